"""What became of published articles: their pages are looked at again, and a person is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from clipper import aftermath, model
from clipper.aftermath import Finding
from clipper.archive import Archive
from clipper.cli import main
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.desk.updates import update_of
from clipper.errors import NotFound
from clipper.model import FetchError, Status
from clipper.pipeline.recheck import recheck
from clipper.store import Role, Store
from clipper.store.testimony import State
from clipper.web import Office

from . import desks, keeping

DAY = timedelta(days=1)
LEAD = "The city sold its prison shares on Monday. The vote was seven to two, and late."
REST = (
    "Nobody in the hall had expected it, and the mayor left without a word to the press.",
    "Students had asked for the sale for nine years, in letters and in front of the hall.",
    "The treasurer said that the money would be put into bonds of the state by the spring.",
)
CONFIG = """
outlets:
  - name: The Daily
    site: http://127.0.0.1:{port}
    feed: http://127.0.0.1:{port}/feed
    gap: 0 s
campaigns:
  - name: Prison divestment
    query: '"prison shares"'
network:
  allow: 127.0.0.0/8
  gap: 0 s
"""


@dataclass
class Outlet:
    """A server with one page that a test can change."""

    title: str = "City sells its prison shares"
    blocks: tuple[str, ...] = (LEAD, *REST)
    status: int = 200
    home: bool = False
    port: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/news/1"

    def page(self) -> bytes:
        body = "".join(f"<p>{block}</p>" for block in self.blocks)
        head = f"<title>{self.title}</title>"
        return f"<html lang=en><head>{head}</head><body><article><h1>{self.title}</h1>{body}</article></body></html>".encode()


@contextmanager
def serving(outlet: Outlet) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            outlet.asked.append(self.path)
            if self.path == "/robots.txt":
                self.send_error(404)
                return
            if outlet.home and self.path != "/":
                self.send_response(302)
                self.send_header("Location", "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            body = outlet.page()
            self.send_response(outlet.status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        outlet.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield
        server.shutdown()
        thread.join()


@dataclass
class Stand:
    """An outlet, a folder, and one clipping of the outlet's page that is published."""

    outlet: Outlet
    folder: Path
    home: Home
    store: Store
    number: int

    def look(self, days_later: float, **asked: Any) -> list[Any]:
        now = keeping.NOW + days_later * DAY
        with assemble(self.home, self.store) as parts:
            return list(recheck(replace(parts, now=lambda: now), **asked))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    outlet = Outlet()
    with serving(outlet):
        (tmp_path / "sources.yaml").write_text(CONFIG.format(port=outlet.port))
        home = Home(str(tmp_path / "sources.yaml"), str(tmp_path / "data"))
        with home.open_store(create=True) as store:
            text = "\n".join(outlet.blocks)
            read = keeping.reading(text=text, url=outlet.url, title=outlet.title)
            store.sources.sync(home.config.sources, home.config.outlets, keeping.NOW)
            (source,) = home.config.sources
            number = keeping.queued(store, "1", read=read, source=source, url=outlet.url)
            for status in (Status.APPROVED, Status.PUBLISHED):
                store.clippings.move(number, status, who="ana", reason="", now=keeping.NOW)
            yield Stand(outlet, tmp_path, home, store, number)


# ---------------------------------------------------------------- decisions


@pytest.mark.parametrize(
    ("age", "looked", "due"),
    [
        (0.5, None, False),
        (1, None, True),
        (1.5, 1.0, False),
        (6.9, 1.2, False),
        (7.1, 1.2, True),
        (40, 1.0, True),  # days that were missed are made up for once
        (41, 40.0, False),
        (95, 40.0, True),
        (4000, 95.0, False),
    ],
)
def test_a_page_is_due_on_the_days_that_were_asked_for(
    age: float, looked: float | None, due: bool
) -> None:
    at = None if looked is None else keeping.NOW + looked * DAY
    assert aftermath.is_due(keeping.NOW, at, keeping.NOW + age * DAY) is due


@pytest.mark.parametrize(
    ("status", "temporary", "finding"),
    [
        (404, True, Finding.GONE),
        (410, False, Finding.GONE),
        (451, False, Finding.GONE),
        (503, True, None),
        (None, True, None),
        (None, False, Finding.UNREADABLE),
    ],
)
def test_a_page_that_cannot_be_had_is_gone_only_when_its_server_says_so(
    status: int | None, temporary: bool, finding: Finding | None
) -> None:
    error = FetchError(kind="x", text="x", url="x", status=status, temporary=temporary)
    assert aftermath.of_error(error) is finding


# ---------------------------------------------------------------- looking


def test_an_unchanged_page_is_kept_as_looked_at_and_says_nothing(stand: Stand) -> None:
    assert stand.look(0.5) == []
    (looked,) = stand.look(1)
    assert looked.findings == ()
    assert stand.look(2) == []
    assert stand.store.looks.open() == ()


def test_a_corrected_page_is_told_once_with_its_words_and_archived(stand: Stand) -> None:
    stand.outlet.title = "City sells some of its prison shares"
    stand.outlet.blocks = (LEAD.replace("seven", "six"), *REST)
    (looked,) = stand.look(1)
    assert looked.findings == (Finding.HEADLINE, Finding.TEXT)
    assert looked.after.title == stand.outlet.title
    assert aftermath.changed_words(looked.before.text, looked.after.text) == (1, 1)
    with Archive(stand.home.archive_path, now=lambda: keeping.NOW) as archive:
        (file,) = list(archive.folder.glob("*.warc.gz"))
    assert file.stat().st_size > 0
    looked_at = list(stand.store.snapshots.all())[-1]
    assert archive.read(looked_at).body == stand.outlet.page()
    (again,) = stand.look(7)
    assert again.findings == (), "what was told is not told again"
    assert stand.store.clippings.get(stand.number).status is Status.PUBLISHED


def test_each_look_stands_among_the_captures_with_what_it_said(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unchanged, corrected, walled: each page that was had can be shown, compared, handed on."""
    stand.look(1)
    stand.outlet.title = "City sells some of its prison shares"
    stand.outlet.blocks = (LEAD.replace("seven", "six"), *REST)
    stand.look(7)
    stand.outlet.status = 410
    stand.look(30)
    article = stand.store.clippings.get(stand.number).article.id
    had = stand.store.captures.of_article(article)
    assert [(each.number, each.is_look) for each in had] == [(1, False), (2, True), (3, True)]
    assert [each.title for each in had[1:]] == ["City sells its prison shares", stand.outlet.title]
    assert had[1].text == had[0].text
    assert all(each.snapshot for each in had[1:])
    capsys.readouterr()
    number = str(stand.number)
    assert run(stand, "archive", "show", number, "--diff", "2", "3") == 0
    assert "{+some of +}" in capsys.readouterr().out
    run(stand, "archive", "show", number)  # the first one's page is a made-up place
    assert capsys.readouterr().out.count("looked at again") == 2
    out = stand.folder / "out.wacz"
    run(stand, "archive", "export", str(out))
    assert "2 pages" in capsys.readouterr().out


def test_an_excerpt_that_was_taken_out_is_told(stand: Stand) -> None:
    stand.outlet.blocks = ("The council met on Monday and put the matter off.", *REST)
    (looked,) = stand.look(1)
    assert looked.findings == (Finding.TEXT, Finding.EXCERPT)


def test_typographic_marks_are_no_change(stand: Stand) -> None:
    stand.outlet.title = "City Sells Its Prison Shares!"
    stand.outlet.blocks = tuple(block.replace(",", " –") for block in stand.outlet.blocks)
    (looked,) = stand.look(1)
    assert looked.findings == ()


def test_a_page_that_is_gone_or_leads_home_is_told(stand: Stand) -> None:
    stand.outlet.status = 410
    (looked,) = stand.look(1)
    assert looked.findings == (Finding.GONE,)
    stand.outlet.status, stand.outlet.home = 200, True
    (looked,) = stand.look(7)
    assert looked.findings == (Finding.HOME,)


def test_a_server_that_is_down_is_asked_again_next_time(stand: Stand) -> None:
    stand.outlet.status = 503
    (looked,) = stand.look(1)
    assert looked.findings is None
    assert stand.store.looks.of(stand.number) == ()
    stand.outlet.status = 200
    (looked,) = stand.look(1.1)
    assert looked.findings == ()


def test_noting_closes_what_was_found(stand: Stand) -> None:
    stand.outlet.title = "Another headline"
    stand.look(1)
    assert len(stand.store.looks.open(stand.number)) == 1
    assert stand.store.looks.note(stand.number, "ana", keeping.NOW) == 1
    assert stand.store.looks.open() == ()
    with pytest.raises(NotFound):
        stand.store.looks.note(stand.number, "ana", keeping.NOW)


# ---------------------------------------------------------------- doors


def run(stand: Stand, *words: str) -> int:
    base = ["--config", str(stand.folder / "sources.yaml")]
    return main([*base, *words])


def test_the_command_tells_what_changed_and_what_can_be_done(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    stand.outlet.title = "City sells some of its prison shares"
    stand.outlet.blocks = (LEAD.replace("seven", "six"), *REST)
    number = str(stand.number)
    assert run(stand, "recheck", number) == 0
    said = capsys.readouterr().out
    assert "headline changed: “City sells its prison shares” → “City sells some of" in said
    assert "text changed: 1 word cut, 1 word added" in said
    assert f"clipper recheck --noted {number}" in said
    assert run(stand, "recheck", "--list") == 0
    assert "headline changed; text changed" in capsys.readouterr().out
    assert run(stand, "recheck", "--noted", number) == 0
    assert run(stand, "recheck", "--list") == 0
    assert "Nothing waits to be noted." in capsys.readouterr().out
    assert run(stand, "recheck", "--days", "soon") == 2
    assert "1,7,30,90" in capsys.readouterr().err


def test_the_judging_page_shows_what_changed_until_somebody_takes_note(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number = keeping.queued(office.store, "1", read=keeping.reading(title="<b>Old</b>"))
    for status in (Status.APPROVED, Status.PUBLISHED):
        office.store.clippings.move(number, status, who="ana", reason="", now=keeping.NOW)
    office.store.looks.add(
        number,
        ["headline", "text"],
        office.now(),
        title="<i>New</i>",
        text="The city kept <b>it</b>.",
    )
    client = desks.client_of(office)
    page = client.get(f"/clippings/{number}").text
    assert "&lt;i&gt;New&lt;/i&gt;" in page
    assert "<ins>" in page
    assert "<i>New" not in page
    assert (
        desks.client_of(office, Role.VIEWER).send(f"/clippings/{number}/noted").status_code == 403
    )
    captures = client.get(f"/clippings/{number}/captures")
    assert captures.status_code == 200
    assert client.send(f"/clippings/{number}/noted").status_code == 303
    assert "It reads now" not in client.get(f"/clippings/{number}").text
    office.store.close()


def test_the_judging_page_says_which_looks_were_not_archived(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number, store = published(office), office.store
    said = "It was removed from the archive; this look was not archived."
    store.looks.add(number, ["text"], office.now())
    assert said not in desks.client_of(office).get(f"/clippings/{number}").text
    snapshot = store.captures.of_article(store.clippings.get(number).article.id)[0].snapshot
    assert snapshot is not None
    later = office.now() + DAY
    store.tombstones.ask([store.snapshots.keep(snapshot)], "ana", "They asked.", later)
    assert said not in desks.client_of(office).get(f"/clippings/{number}").text
    store.looks.add(number, ["headline"], later + DAY, title="New")
    assert desks.client_of(office).get(f"/clippings/{number}").text.count(said) == 1
    store.close()


def published(office: Office) -> int:
    number = keeping.queued(office.store, "1", read=keeping.reading(title="Old"))
    for status in (Status.APPROVED, Status.PUBLISHED):
        office.store.clippings.move(number, status, who="ana", reason="", now=keeping.NOW)
    return number


def test_the_new_headline_is_taken_over_by_one_act(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number = published(office)
    client = desks.client_of(office)
    nothing = client.send(f"/clippings/{number}/retitle", version="3")
    assert nothing.status_code == 404
    office.store.looks.add(number, ["headline"], office.now(), title="New", text="x")
    version = office.store.clippings.get(number).version
    stale = client.send(f"/clippings/{number}/retitle", version=str(version - 1))
    assert (stale.status_code, office.store.clippings.get(number).headline) == (303, "")
    done = client.send(f"/clippings/{number}/retitle", version=str(version), headline="Forged")
    assert done.status_code == 303
    assert office.store.clippings.get(number).headline == "New"
    assert office.store.looks.open(number) == ()
    office.store.close()


def test_a_published_story_is_withdrawn_at_the_desk_with_a_reason(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number = published(office)
    client = desks.client_of(office)
    assert "Withdraw it everywhere" in client.get(f"/clippings/{number}").text
    client.send(f"/clippings/{number}/withdraw", withdraw_reason=" ")
    assert office.store.clippings.get(number).status is Status.PUBLISHED
    client.send(f"/clippings/{number}/withdraw", withdraw_reason="the outlet took it down")
    assert office.store.clippings.get(number).status is Status.WITHDRAWN
    step = office.store.clippings.steps(number)[-1]
    assert (step.reason, step.who) == ("the outlet took it down", "editor")
    assert "Withdraw it everywhere" not in client.get(f"/clippings/{number}").text
    office.store.close()


def test_continue_reading_leads_to_a_proved_copy_by_one_act_and_back(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number = published(office)
    client, url = desks.client_of(office), f"/clippings/{number}/relink"
    store = office.store

    def address() -> str:
        clipping = store.clippings.get(number)
        return update_of(clipping, model.Outlet(slug="daily", name="The Daily")).url

    store.looks.add(number, ["gone"], office.now())
    there = address()
    assert client.send(url, version="3").status_code == 404
    assert "Link to the archived copy" not in client.get(f"/clippings/{number}").text
    copy = "https://web.archive.example/web/20260301000000/https://daily.example/1"
    store.testimonies.want(office.now())
    asked = store.testimonies.of(number)
    assert asked
    store.testimonies.change(asked.to(State.CLAIMED, where=copy), office.now())
    assert client.send(url, version="3").status_code == 404
    store.testimonies.change(asked.to(State.PROVED, where=copy), office.now())
    assert "Link to the archived copy" in client.get(f"/clippings/{number}").text
    version = store.clippings.get(number).version
    assert client.send(url, version=str(version - 1)).status_code == 303
    assert address() == there
    assert client.send(url, version=str(version), link="https://evil.example").status_code == 303
    assert address() == copy
    assert store.looks.open(number) == ()
    page = client.get(f"/clippings/{number}").text
    assert "leads to an archived copy" in page
    again = str(store.clippings.get(number).version)
    assert client.send(url, version=again).status_code == 303
    assert address() == there
    store.close()
