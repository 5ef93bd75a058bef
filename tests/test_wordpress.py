"""WordPress, the real one: it runs on loopback for these tests, from Debian's packages.

Between clipper and WordPress stands a go-between that can answer in its place, swallow an
answer after the post was made, or let all pass.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clipper.desk.publishing import Order, publish
from clipper.fetch import Network, Sender
from clipper.model import Picture, Update
from clipper.publishers.contract import Failed, Standing
from clipper.publishers.wordpress import WordPress, WordPressSettings
from clipper.publishers.wpapi import Api
from clipper.store import Store
from clipper.testing import HOSTILE, SAMPLE, check_contract

from .test_posts import located

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

HERE = Path(__file__).parent
NEEDED = ("php", "mariadbd", "mariadb-install-db")
ABSENT = [name for name in NEEDED if not shutil.which(name)]
if not Path("/usr/share/wordpress/wp-load.php").exists():
    ABSENT.append("wordpress")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(ABSENT),
        reason=f"no real WordPress here: {', '.join(ABSENT)} not installed "
        "(apt install wordpress php-cli php-mysql mariadb-server)",
    ),
]

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
NETWORK = Network(allow=("127.0.0.0/8",), deadline=20)
_houses = count()


@dataclass(frozen=True)
class Blog:
    """A WordPress that runs: its address, and its administrator's log-in."""

    url: str
    user: str
    password: str

    def ask(self, method: str, route: str, content: dict[str, Any] | None = None) -> Any:
        """What a person does in WordPress itself."""
        pair = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.url}/?rest_route=/wp/v2/{route}",
            method=method,
            data=json.dumps(content).encode() if content is not None else None,
            headers={"Authorization": f"Basic {pair}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def user_of(self, role: str) -> tuple[str, str]:
        """A new user of this role: name and application password."""
        name = f"{role}{next(_houses)}"
        made = self.ask(
            "POST",
            "users",
            {
                "username": name,
                "email": f"{name}@example.org",
                "password": "four plain words here",
                "roles": [role],
            },
        )
        route = f"users/{made['id']}/application-passwords"
        return name, self.ask("POST", route, {"name": "clipper"})["password"]


@pytest.fixture(scope="module")
def blog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Blog]:
    folder = tmp_path_factory.mktemp("wordpress")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        told = folder / "told"
        with told.open("w") as out:
            subprocess.run(
                [str(HERE / "services" / "wordpress-up.sh"), str(folder / "state"), str(port)],
                stdout=out,
                stdin=subprocess.DEVNULL,
                check=True,
                timeout=180,
            )
        yield Blog(*told.read_text().split())
    finally:
        for file in (folder / "state").glob("*.pid"):
            _end(int(file.read_text()))


def _end(process: int) -> None:
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except OSError:
        children = []
    for each in (process, *map(int, children)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(each, signal.SIGTERM)


@dataclass
class Between:
    """What stands between clipper and WordPress. `plan` answers each request that changes
    something: None lets it pass, a status is answered in its place, and "lose" and "fail"
    let WordPress do it and then give no answer, or a 500."""

    url: str = ""
    plan: list[Any] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


@pytest.fixture
def between(blog: Blog) -> Iterator[Between]:
    told = Between()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None: ...

        def _pass(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            changes = self.command != "GET"
            told.seen.append(self.command)
            act = told.plan.pop(0) if changes and told.plan else None
            if isinstance(act, tuple):
                return self._say(*act)
            status, content = _forward(blog, self, body)
            if act == "lose":
                over.wait(30)
                return None
            if act == "fail":
                return self._say(500, b"<h1>Fatal error</h1>", {})
            return self._say(status, content, {"Content-Type": "application/json"})

        def _say(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = _pass  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.url = f"http://127.0.0.1:{server.server_port}"
    yield told
    over.set()
    server.shutdown()
    server.server_close()


def _forward(blog: Blog, handler: BaseHTTPRequestHandler, body: bytes) -> tuple[int, bytes]:
    kept = {n: v for n, v in handler.headers.items() if n in ("Authorization", "Content-Type")}
    request = urllib.request.Request(
        blog.url + handler.path, method=handler.command, data=body or None, headers=kept
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@dataclass
class Bench:
    """A store of its own, and a place on the WordPress whose posts are its own."""

    blog: Blog
    store: Store
    house: str
    senders: list[Sender] = field(default_factory=list)

    def place(self, url: str = "", network: Network = NETWORK, **changes: Any) -> WordPress:
        login = changes.pop("login", (self.blog.user, self.blog.password))
        self.senders.append(Sender(network))
        api = Api(url or self.blog.url, *login, self.senders[-1].send)
        settings = WordPressSettings(
            house=self.house, campaigns=frozenset({"Prison divestment"}), tags=("press",)
        )
        return WordPress(api, replace(settings, **changes))

    def publish(self, place: WordPress, *updates: Update, now: datetime = NOW, **more: Any) -> Any:
        return publish(self.store, Order(updates=updates, who="ana", now=now, **more), [place])

    def posts(self) -> list[dict[str, Any]]:
        """All posts of this bench that are not in the bin, as WordPress tells them."""
        asked = "posts&context=edit&per_page=100&status=publish,draft,pending,private,future"
        marks = {_mark(self.house, f"clipping-{n}") for n in range(60)}
        return [
            post
            for post in self.blog.ask("GET", asked)
            if any(mark in post["content"]["raw"] for mark in marks)
        ]


def _mark(house: str, key: str) -> str:
    from clipper.publishers.rendering import marker

    return marker(house, key)


@pytest.fixture
def bench(blog: Blog, tmp_path: Path) -> Iterator[Bench]:
    with Store.create(tmp_path / "clipper.db") as store:
        made = Bench(blog, store, f"house-{next(_houses)}")
        yield made
        for sender in made.senders:
            sender.close()


def update(number: int = 1, revision: str = "r1", **changes: Any) -> Update:
    whole = replace(SAMPLE, key=f"clipping-{number}", revision=revision)
    return replace(whole, **changes)


def verdicts(done: Any) -> list[str]:
    return [each.verdict.value for each in done]


# ---------------------------------------------------------------- the contract, and posts


def test_it_keeps_the_contract(bench: Bench) -> None:
    check_contract(lambda: bench.place())


def test_a_new_post_is_a_draft_with_category_tags_excerpt_and_a_name(bench: Bench) -> None:
    bench.publish(bench.place(), update(campaigns=("Prison divestment", "Students")))
    [post] = bench.posts()
    assert post["status"] == "draft"
    assert post["title"]["raw"] == "Trustees vote on “prison stock” &amp; more &lt;b&gt;"
    assert post["excerpt"]["raw"] == "The first words."
    assert post["slug"].startswith("trustees-vote-on-prison-stock-more-b-")
    names = {
        term["name"]
        for kind in ("categories", "tags")
        for term in bench.blog.ask("GET", f"{kind}&post={post['id']}")
    }
    assert names == {"Prison divestment", "Students", "press"}
    assert "Via Stanford Daily | Julia Ingram" in post["content"]["raw"]
    assert '<a href="https://gazette.example/story/1?a=1&amp;b=2"' in post["content"]["raw"]


def test_a_published_post_carries_the_day_of_its_approval_and_its_author(bench: Bench) -> None:
    name, _ = bench.blog.user_of("author")
    place = bench.place(status="publish", author=name, categories={"Prison divestment": "Press"})
    [done] = bench.publish(place, update())
    [post] = bench.posts()
    assert (post["status"], post["date_gmt"]) == ("publish", "2026-03-09T15:30:00")
    assert done.where == post["link"]
    assert bench.blog.ask("GET", f"users/{post['author']}&context=edit")["username"] == name
    [category] = bench.blog.ask("GET", f"categories&post={post['id']}")
    assert category["name"] == "Press"
    assert "The last words." in post["content"]["rendered"]


def test_an_image_of_our_own_is_sent_once(bench: Bench, tmp_path: Path) -> None:
    image = tmp_path / "banner.png"
    image.write_bytes(base64.b64decode(_PNG))
    place = bench.place(images={"Prison divestment": image})
    bench.publish(place, update(1), update(2))
    bench.publish(bench.place(images={"Prison divestment": image}), update(1), update(2), update(3))
    numbers = {post["featured_media"] for post in bench.posts()}
    assert len(bench.posts()) == 3
    assert len(numbers) == 1
    assert numbers != {0}


def test_what_a_camera_wrote_into_an_image_is_not_sent(
    bench: Bench, blog: Blog, tmp_path: Path
) -> None:
    image = tmp_path / "banner.jpg"
    image.write_bytes(located())
    bench.publish(bench.place(images={"Prison divestment": image}), update(1))
    (post,) = bench.posts()
    media = blog.ask("GET", f"media/{post['featured_media']}")
    with urllib.request.urlopen(media["source_url"], timeout=30) as answer:
        sent = answer.read()
    assert sent.startswith(b"\xff\xd8\xff")
    assert b"Ana" not in sent


def test_an_image_that_is_none_is_told_and_nothing_is_sent(bench: Bench, tmp_path: Path) -> None:
    image = tmp_path / "banner.png"
    image.write_bytes(b"no picture")
    told = bench.publish(bench.place(images={"Prison divestment": image}), update(1))
    assert "this is no JPEG, PNG, WebP or GIF image" in str(told)
    assert bench.posts() == []


_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_an_updates_own_image_is_featured_with_its_words_and_goes_when_it_is_taken_away(
    bench: Bench,
) -> None:
    picture = Picture(name=f"{'ab' * 12}.png", alt="The hall", body=base64.b64decode(_PNG))
    bench.publish(bench.place(), update(1, image=picture), update(2, image=picture))
    numbers = {post["featured_media"] for post in bench.posts()}
    assert len(numbers) == 1
    assert numbers != {0}
    bench.publish(bench.place(), update(1, revision="r2"), update(2, image=picture))
    assert sorted(post["featured_media"] for post in bench.posts()) == [0, *numbers]


def test_hostile_words_stay_words(bench: Bench) -> None:
    """No markup, shortcode or block of an outlet's own gets into a post or its page."""
    place = bench.place(status="publish")
    bench.publish(place, replace(HOSTILE, key="clipping-5"))
    [post] = bench.posts()
    raw, shown = post["content"]["raw"], post["content"]["rendered"]
    assert raw.count("<!-- /wp:group -->") == 1
    assert "[gallery" not in raw
    assert "<script" not in shown
    assert "<img" not in shown
    assert "<i>" not in shown


# ---------------------------------------------------------------- what happens there


def test_an_amended_update_changes_its_post_and_nothing_else(bench: Bench) -> None:
    bench.publish(bench.place(), update())
    [before] = bench.posts()
    bench.blog.ask("POST", f"posts/{before['id']}", {"status": "publish", "slug": "own-address"})
    assert verdicts(bench.publish(bench.place(), update(1, "r2", headline="Corrected"))) == [
        "amend"
    ]
    [after] = bench.posts()
    assert after["id"] == before["id"]
    assert after["title"]["raw"] == "Corrected"
    assert (after["status"], after["slug"]) == ("publish", "own-address")


def test_an_edit_there_is_noticed_and_left_alone(bench: Bench) -> None:
    bench.publish(bench.place(), update())
    [post] = bench.posts()
    bench.blog.ask("POST", f"posts/{post['id']}", {"title": "By hand"})
    assert verdicts(bench.publish(bench.place(), update())) == ["edited"]
    assert verdicts(bench.publish(bench.place(), update(1, "r2"))) == ["conflict"]
    [post] = bench.posts()
    assert post["title"]["raw"] == "By hand"


@pytest.mark.parametrize("for_good", [False, True], ids=["into-the-bin", "for-good"])
def test_a_deletion_there_is_noticed_and_nothing_is_made_anew(bench: Bench, for_good: bool) -> None:
    bench.publish(bench.place(), update())
    [post] = bench.posts()
    bench.blog.ask("DELETE", f"posts/{post['id']}{'&force=true' if for_good else ''}")
    assert verdicts(bench.publish(bench.place(), update(1, "r2"))) == ["missing"]
    assert bench.posts() == []


def test_a_withdrawn_update_lies_in_the_bin(bench: Bench) -> None:
    bench.publish(bench.place(), update())
    [post] = bench.posts()
    assert verdicts(bench.publish(bench.place())) == ["withdraw"]
    assert bench.blog.ask("GET", f"posts/{post['id']}&context=edit")["status"] == "trash"
    assert bench.publish(bench.place()) == ()


# ---------------------------------------------------------------- failures


def test_a_wrong_password_is_named(bench: Bench) -> None:
    [done] = bench.publish(bench.place(login=(bench.blog.user, "wrong wrong")), update())
    assert "application password is wrong" in done.trouble
    assert [each.reason for each in bench.store.updates.waiting()] == [done.trouble]


def test_a_role_that_is_too_low_is_named(bench: Bench) -> None:
    login = bench.blog.user_of("subscriber")
    [done] = bench.publish(bench.place(login=login, campaigns=frozenset(), tags=()), update())
    assert "role may not" in done.trouble
    assert bench.posts() == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ((401, b"", {}), "shut us out before WordPress was asked"),
        ((403, b"<h1>Forbidden</h1>", {}), "a firewall"),
        ((429, b"", {"Retry-After": "120"}), "come less often"),
        ((503, b"", {"Retry-After": "120"}), "trouble of its own"),
        ((500, b"<h1>Fatal error</h1>", {}), "trouble of its own"),
        ((302, b"", {"Location": "https://elsewhere.example/wp-login.php"}), "sends us on"),
        ((200, b"<html>log in</html>", {}), "something else than WordPress"),
        ((200, b"[]", {}), "something else than WordPress"),
    ],
    ids=["401", "403", "429", "503", "500", "redirect", "html", "no-id"],
)
def test_no_failure_counts_as_published_and_the_next_try_makes_one_post(
    bench: Bench, between: Between, answer: Any, words: str
) -> None:
    warm = bench.place(between.url)
    warm._labels(update())
    between.plan = [answer]
    [done] = bench.publish(warm, update())
    assert words in done.trouble
    assert bench.store.receipts.list("wordpress") == ()
    [done] = bench.publish(bench.place(between.url), update(), now=LATER)
    assert done.verdict == "create"
    assert len(bench.posts()) == 1


def test_a_pause_that_it_asks_for_is_kept(bench: Bench, between: Between) -> None:
    place = bench.place(between.url)
    place._labels(update())
    between.plan = [(429, b"", {"Retry-After": "120"})]
    bench.publish(place, update())
    assert verdicts(bench.publish(place, update())) == ["later"]


def test_a_500_after_the_post_was_made_makes_no_second_one(bench: Bench, between: Between) -> None:
    place = bench.place(between.url)
    place._labels(update())
    between.plan = ["fail"]
    [done] = bench.publish(place, update())
    assert done.trouble == ""
    assert len(bench.posts()) == 1


def test_a_time_out_after_the_post_was_made_makes_no_second_one(
    bench: Bench, between: Between
) -> None:
    place = bench.place(between.url, replace(NETWORK, deadline=2))
    place._labels(update())
    between.plan = ["lose"]
    [done] = bench.publish(place, update())
    assert "did not" in done.trouble or "time" in done.trouble or "answer" in done.trouble
    assert verdicts(bench.publish(place, update())) == ["later"]
    changed = update(1, "r2", headline="Corrected meanwhile")
    assert verdicts(bench.publish(bench.place(), changed, now=LATER)) == ["adopt"]
    [post] = bench.posts()
    assert post["title"]["raw"] == "Corrected meanwhile"


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("act", ["create", "amend", "withdraw"])
def test_a_kill_between_sending_and_receipt_leaves_one_post(bench: Bench, act: str) -> None:
    place = bench.place()
    if act != "create":
        bench.publish(place, update())
    wanted = {"create": [update()], "amend": [update(1, "r2")], "withdraw": []}[act]
    killed: Callable[..., Any] = getattr(place, act)

    def then_die(*arguments: Any) -> None:
        killed(*arguments)
        raise Killed

    setattr(place, act, then_die)
    with pytest.raises(Killed):
        bench.publish(place, *wanted)
    bench.publish(bench.place(), *wanted, now=LATER)
    assert len(bench.posts()) == len(wanted)
    assert [r.revision for r in bench.store.receipts.list("wordpress")] == [
        each.revision for each in wanted
    ]
    assert bench.publish(bench.place(), *wanted, now=LATER) == ()


# ---------------------------------------------------------------- the preflight


def test_the_preflight_says_that_all_is_well(bench: Bench) -> None:
    assert all(check.ok for check in bench.place(status="publish").check())


def test_the_preflight_names_the_cause(bench: Bench, between: Between) -> None:
    def said(place: WordPress) -> str:
        bad = [check.text for check in place.check() if not check.ok]
        assert bad
        return " ".join(bad)

    wrong = bench.place(login=(bench.blog.user, "wrong"))
    assert "application password" in said(wrong)
    nobody = bench.place(login=("nobody", "wrong"))
    assert "The user name or the application password is wrong" in said(nobody)
    low = bench.place(login=bench.blog.user_of("contributor"), status="publish")
    assert "may not publish posts" in said(low)
    assert "make categories" in said(low)
    assert "https" in said(bench.place("http://blog.example"))
    private = bench.place(network=Network())
    assert "network: allow" in said(private)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nothing = f"http://127.0.0.1:{closed.getsockname()[1]}"
        assert "can't be reached" in said(bench.place(nothing))
    assert "TLS" in said(bench.place(bench.blog.url.replace("http:", "https:")))


def test_what_stands_of_many_posts_is_asked_in_a_few_requests(
    bench: Bench, between: Between
) -> None:
    place = bench.place(between.url)
    updates = [update(number) for number in range(1, 56)]
    bench.publish(place, *updates)
    between.seen.clear()
    assert bench.publish(place, *updates) == ()
    assert between.seen == ["GET", "GET"]


def test_credentials_go_nowhere_in_the_open() -> None:
    def never(*arguments: Any, **named: Any) -> Any:
        raise AssertionError("something was sent")

    place = WordPress(Api("http://blog.example", "u", "p", never), WordPressSettings(house="h"))
    failed = place.find("clipping-1")
    assert isinstance(failed, Failed)
    assert "in the open" in failed.text
    assert not isinstance(failed, Standing)


def test_whatever_fails_on_the_way_each_update_is_one_post_at_the_end(
    bench: Bench, between: Between
) -> None:
    """Twenty rounds against the real thing: answers lost, refused and failed at random."""
    chance = random.Random(7)
    wanted: dict[int, Update] = {}
    now = NOW
    place = bench.place(between.url, replace(NETWORK, deadline=1.5))
    place._labels(update())
    for number in range(20):
        if number % 4 == 3 and wanted:
            del wanted[chance.choice(list(wanted))]
        else:
            wanted[number] = update(number, headline=f"Headline {number}")
        if number % 5 == 4:
            chosen = chance.choice(list(wanted))
            wanted[chosen] = update(chosen, f"r{number}", headline=f"Corrected {number}")
        between.plan = [chance.choice([None, None, "fail", (500, b"", {}), (429, b"", {})])]
        if number in (3, 10, 16):
            between.plan = ["lose"]
        bench.publish(place, *wanted.values(), now=now)
        now += timedelta(minutes=chance.choice([1, 30]))
    between.plan = []
    for _ in range(2):
        now += timedelta(days=1)
        bench.publish(bench.place(), *wanted.values(), now=now)
    titles = sorted(post["title"]["raw"] for post in bench.posts())
    assert titles == sorted(each.headline for each in wanted.values())
    assert bench.store.updates.waiting() == ()
    assert bench.publish(bench.place(), *wanted.values(), now=now) == ()


_BLOCKS = """() => {
    const all = (blocks) => blocks.flatMap((b) => [[b.name, b.isValid], ...all(b.innerBlocks)]);
    return all(wp.data.select('core/block-editor').getBlocks());
}"""
_READY = """() => window.wp && wp.data && wp.data.select('core/block-editor')
    && wp.data.select('core/block-editor').getBlocks().length > 0"""
_SAVE = """async () => {
    wp.data.dispatch('core/editor').editPost({title: 'Edited in the editor'});
    await wp.data.dispatch('core/editor').savePost();
}"""


def open_editor(page: Page, address: str) -> None:
    """Open a post in the editor. PHP's own server now and then drops one of the editor's hundred
    scripts; a person would reload, and so does this, three times at most."""
    from playwright.sync_api import TimeoutError as TookTooLongError

    for patience in (15_000, 15_000, 60_000):
        page.goto(address, wait_until="domcontentloaded")
        try:
            page.wait_for_function(_READY, timeout=patience)
        except TookTooLongError:
            if patience == 60_000:
                raise
        else:
            return


def test_the_block_editor_takes_every_block_and_an_edit_there_keeps_the_key(
    bench: Bench, browser: Browser
) -> None:
    """In WordPress's own editor, in a real browser: no "invalid content"; a title edited and
    saved there is seen as an edit, of the same post."""
    noted = update(note="Come on Monday.\nBring friends.")
    hostile = replace(HOSTILE, key="clipping-2")
    bench.publish(bench.place(), noted, hostile)
    page = browser.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{bench.blog.url}/wp-login.php")
    page.fill("#user_login", "editor")
    page.fill("#user_pass", "correct horse battery")
    page.click("#wp-submit")
    for post in bench.posts():
        edit = f"{bench.blog.url}/wp-admin/post.php?post={post['id']}&action=edit"
        open_editor(page, edit)
        blocks = page.evaluate(_BLOCKS)
        assert len(blocks) >= 8
        assert all(valid for _, valid in blocks), blocks
    page.evaluate(_SAVE)
    page.close()
    done = bench.publish(bench.place(), noted, hostile)
    assert verdicts(done) == ["edited"]
    assert len(bench.posts()) == 2
