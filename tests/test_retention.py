"""A takedown, and terms that end: what goes, what stays, and who is told."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clipper import custody, evidence, retention
from clipper.archive import Archive
from clipper.archive.reading import Forgotten
from clipper.archive.tombs import Removal
from clipper.cli import main
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.errors import NotFound
from clipper.model import FetchError, LedgerLine, Outlet, Snapshot, Status
from clipper.pipeline import Done, run
from clipper.pipeline.byhand import Rules, clip
from clipper.pipeline.recheck import Looked, recheck
from clipper.store import Store
from tests.hostile import Hostile, answer, moved, text
from tests.packing import CONFIG, DAY, NOW, Stand, stand_in

LATER = NOW + 40 * DAY

WORDS_OF_IT = "The city sold its prison shares on Monday night, after four hours"
WORDS = (
    f"<p>{WORDS_OF_IT} in a hall that was filled to the last seat by students.</p>"
    "<p>The vote was seven to two. The shares are worth some millions, the treasurer said, and "
    "the money would be put into bonds of the state by the spring.</p>"
    "<p>Nobody in the hall had expected it, and the mayor left without a word to the press.</p>"
)
LIVE = """
network: {{gap: 0s, allow: [127.0.0.0/8]}}
outlets:
  - name: Daily
    feed: {feed}
campaigns:
  - name: Prisons
    query: '"prison shares"'
"""


def live_page(words: str) -> bytes:
    title = "City sells its prison shares after a long night"
    return (
        f"<html lang=en><head><title>{title}</title></head>"
        f"<body><article><h1>{title}</h1>{words}</article></body></html>"
    ).encode()


@dataclass
class Live:
    """An outlet on loopback, and a clipping of its page that is published."""

    server: Hostile
    home: Home
    store: Store
    number: int = 0

    def lists(self, key: str, path: str, title: str = "City sells its prison shares") -> None:
        told = (
            '<rss version="2.0"><channel><title>Daily</title><item>'
            f"<title>{title}</title><link>{self.server.url(path)}</link><guid>{key}</guid>"
            "<description>Prison shares: all that the feed says of it.</description>"
            "</item></channel></rss>"
        )
        self.server.routes["/feed"] = answer(told.encode(), "200 OK", "application/rss+xml")

    def round(self, at: datetime) -> list[LedgerLine]:
        with assemble(self.home, self.store) as parts:
            steps = list(run(replace(parts, now=lambda: at), early=True))
        return [step.line for step in steps if isinstance(step, Done)]

    def recheck(self, at: datetime) -> list[Looked]:
        with assemble(self.home, self.store) as parts:
            return list(recheck(replace(parts, now=lambda: at), only=(self.number,)))

    def take_down(self) -> None:
        self.forget(retention.takedown(self.store, [self.number]))

    def forget(self, plan: retention.Plan) -> None:
        with Archive(self.home.archive_path, now=lambda: LATER) as archive:
            done = retention.forget(
                self.store, archive, plan, who="ana", why="They asked.", now=LATER
            )
        assert done.faults == []

    def captures(self) -> list[str]:
        """What stands in the archive."""
        found = []
        with Archive(self.home.archive_path, now=lambda: LATER) as archive:
            for each in self.store.snapshots.all():
                with suppress(Forgotten):
                    found.append(archive.read(each).url)
        return found

    def records(self) -> int:
        return len(list(self.store.snapshots.all()))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with stand_in(tmp_path) as made:
        yield made


def clipped(stand: Stand) -> tuple[int, int]:
    """Two clippings: the first was corrected, the second looked at again."""
    one, _ = stand.clip("1", "City sells", "The city sold its prison shares.", hops=True)
    stand.correct(one, "City sells", "The city sold all its prison shares.", NOW + DAY)
    two, snapshot = stand.clip("2", "Zebra", "A zebra was seen downtown today.", packed=True)
    again = stand.capture(snapshot.url, "Zebra", "Two zebras were seen.", at=NOW + 2 * DAY)
    stand.store.looks.add(
        two, ["text"], NOW + 2 * DAY, snapshot=stand.store.snapshots.keep(again),
        article=stand.store.clippings.get(two).article.id,
    )  # fmt: skip
    return one, two


def removed(stand: Stand, plan: retention.Plan) -> retention.Done:
    return retention.forget(
        stand.store, stand.archive, plan, who="ana", why="They asked.", now=LATER
    )


def findings(stand: Stand) -> list[str]:
    done = custody.verify(stand.store, stand.archive, level=4)
    return [each.what for each in done.report.findings]


def test_a_takedown_removes_all_captures_of_an_article_and_leaves_the_others(
    stand: Stand,
) -> None:
    one, two = clipped(stand)
    plan = retention.takedown(stand.store, [one])
    assert [(each.clipping, each.lost, each.left) for each in plan.bereft] == [(one, 2, 0)]
    done = removed(stand, plan)
    assert (done.captures, done.faults) == (2, [])
    assert findings(stand) == []
    mine, others = (
        list(evidence.shown(stand.store, stand.pages, stand.store.clippings.get(n).article.id))
        for n in (one, two)
    )
    assert all("by ana: They asked." in each.forgotten for each in mine)
    assert all(each.event and not each.event.fault for each in others)
    assert retention.takedown(stand.store, [one]) == retention.Plan()


def test_looks_and_pages_of_the_same_address_go_too(stand: Stand) -> None:
    _, two = clipped(stand)
    url = stand.store.clippings.get(two).article.article.url
    unlinked = stand.capture(url, "Zebra", "As it was said once.", at=NOW + 3 * DAY)
    stand.store.snapshots.keep(unlinked)
    assert len(retention.takedown(stand.store, [two]).asked) == 3


def test_a_repeat_of_the_same_page_goes_with_it(stand: Stand) -> None:
    one, snapshot = stand.clip("1", "City sells", "The city sold its prison shares.")
    page = stand.archive.read(snapshot)
    (copy,) = stand.archive.capture([replace(page, url="https://other.example/copy")])
    stand.store.snapshots.keep(copy)
    plan = retention.takedown(stand.store, [one])
    assert [each.snapshot.url for each in plan.repeats] == ["https://other.example/copy"]
    removed(stand, plan)
    assert findings(stand) == []


def test_what_is_older_goes_save_what_a_later_capture_leans_on(stand: Stand) -> None:
    stand.clip("1", "City sells", "The city sold its prison shares.")
    _, leaning = stand.clip("2", "Zebra", "A zebra was seen downtown today.")
    page = replace(stand.archive.read(leaning), fetched_at=NOW + 9 * DAY)
    (again,) = stand.archive.capture([page])
    stand.store.snapshots.keep(again)
    daily = Outlet(slug="daily", name="The Daily", retain=timedelta(days=5).total_seconds())
    plan = retention.expired(stand.store, [daily], NOW + 6 * DAY)
    assert [each.snapshot.url for each in plan.kept] == [leaning.url]
    assert len(plan.asked) == 1
    removed(stand, plan)
    assert findings(stand) == []
    assert stand.archive.read(again).body == page.body
    assert len(retention.expired(stand.store, [daily], NOW + 30 * DAY).asked) == 2
    assert retention.expired(stand.store, [replace(daily, retain=None)], LATER).captures == ()


def test_a_page_that_comes_again_after_a_takedown_is_written_whole(stand: Stand) -> None:
    one, snapshot = stand.clip("1", "City sells", "The city sold its prison shares.")
    page = stand.archive.read(snapshot)
    removed(stand, retention.takedown(stand.store, [one]))
    (again,) = stand.archive.capture([replace(page, fetched_at=LATER)])
    stand.store.snapshots.keep(again)
    assert stand.archive.read(again).body == page.body
    assert findings(stand) == []


@pytest.mark.parametrize("reached", ["asked", "rewritten"])
def test_what_a_kill_left_is_ended_at_the_next_start(stand: Stand, reached: str) -> None:
    one, _ = clipped(stand)
    plan = retention.takedown(stand.store, [one])
    stand.store.tombstones.ask([each.id for each in plan.captures], "ana", "They asked.", NOW)
    if reached == "rewritten":
        for each in plan.captures:
            stand.archive.forget(each.snapshot.file, _removal(each.snapshot))
        assert set(findings(stand)) == {"the store does not know yet that a capture was removed"}
    stand.archive.close()
    with Archive(stand.pages, now=lambda: LATER) as archive:
        done = retention.finish(stand.store, archive, LATER)
    assert done.captures == 2
    assert findings(stand) == []
    assert stand.store.tombstones.open() == ()


def test_a_damaged_file_is_left_and_tried_again(stand: Stand) -> None:
    one, _ = clipped(stand)
    stand.archive.seal()
    plan = retention.takedown(stand.store, [one])
    path = stand.pages / plan.files[0]
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:-1] + b"x")
    done = removed(stand, plan)
    assert done.captures == 0
    assert "Nothing was removed from it" in done.faults[0]
    path.write_bytes(whole)
    assert retention.finish(stand.store, stand.archive, LATER).captures == 2


def test_no_such_clipping(stand: Stand) -> None:
    with pytest.raises(NotFound):
        retention.takedown(stand.store, [99])


def _removal(snapshot: Snapshot) -> dict[int, Removal]:
    told = Removal(digest=snapshot.digest, who="ana", at=NOW, why="They asked.")
    return {snapshot.offset: told}


# ---------------------------------------------------------------- the command


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    monkeypatch.chdir(tmp_path)
    with stand_in(tmp_path) as stand:
        return clipped(stand)


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([str(each) for each in words])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_command_explains_and_removes_nothing_without_a_yes(
    shop: tuple[int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = said(capsys, "archive", "forget", shop[0], "--why", "They asked.")
    assert code == 1
    assert "2 captures in 1 file" in out
    assert "City sells (published): 2 captures, none left" in out
    assert "What stays:" in out
    assert out.endswith("Nothing was removed.\n")
    assert "--yes" in err
    assert said(capsys, "archive", "show", shop[0])[0] == 0


def test_the_command_removes_with_a_yes_and_all_else_tells_of_it(
    shop: tuple[int, int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, _ = said(capsys, "archive", "forget", shop[0], "--why", "They asked.", "--yes")
    assert code == 0
    assert "Removed: 2 captures, 8 records." in out
    code, out, _ = said(capsys, "archive", "show", shop[0])
    assert (code, out.count("They asked.")) == (0, 2)
    code, out, _ = said(capsys, "archive", "verify", "--level", "4")
    assert (code, "all is well" in out) == (0, True), out
    code, out, err = said(capsys, "archive", "export", "out.wacz")
    assert (code, "2 pages" in out, err.count("not in it:")) == (0, True, 2)
    with zipfile.ZipFile(tmp_path / "out.wacz") as package:
        pages = package.read("pages/pages.jsonl").decode()
    assert "City sells" not in pages
    code, out, _ = said(capsys, "backup", "copy")
    assert code == 0, out
    assert said(capsys, "backup", "copy", "--verify")[0] == 0
    line = json.loads((tmp_path / "data/archive/MANIFEST.jsonl").read_text().splitlines()[-1])
    assert (line["event"], line["why"].endswith("They asked.")) == ("rewritten", True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("1",), "Say why"),
        ((), "Name the clippings"),
        (("1", "--expired"), "one of these"),
        (("--outlet", "daily"), "go together"),
        (("--outlet", "Daly", "--before", "2030-01-01", "--why", "x"), "Did you mean"),
    ],
    ids=str,
)
def test_what_is_unclear_is_refused(
    shop: tuple[int, int],
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    says: str,
) -> None:
    code, _, err = said(capsys, "archive", "forget", *words)
    assert code != 0
    assert says in err


def test_an_outlets_old_pages_go_by_hand_or_by_its_terms(
    shop: tuple[int, int], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    day = f"{NOW + DAY:%Y-%m-%d}"
    words = ("archive", "forget", "--outlet", "the daily", "--before", day, "--why", "Terms.")
    code, out, _ = said(capsys, *words, "--yes")
    assert (code, "Removed: 2 captures" in out) == (0, True), out
    terms = CONFIG.replace("slug: daily", "slug: daily\n    retain: 1 day")
    (tmp_path / "sources.yaml").write_text(terms, encoding="utf-8")
    code, out, _ = said(capsys, "archive", "forget", "--expired", "--yes")
    assert (code, "Removed: 2 captures" in out) == (0, True), out
    code, out, _ = said(capsys, "archive", "forget", "--expired", "--yes")
    assert (code, out) == (0, "No page in the archive is meant by that.\n")


# ---------------------------------------------------------------- and later


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    with Hostile({}) as server:
        (tmp_path / "sources.yaml").write_text(LIVE.format(feed=server.url("/feed")))
        home = Home(str(tmp_path / "sources.yaml"), str(tmp_path / "data"))
        with home.open_store(create=True) as store:
            store.sources.sync(home.config.sources, home.config.outlets, NOW)
            made = Live(server, home, store)
            made.lists("1", "/news/1")
            server.routes["/news/1"] = text(live_page(WORDS))
            made.round(NOW)
            number = store.clippings.of_story(1)
            assert number is not None
            for status in (Status.APPROVED, Status.PUBLISHED):
                store.clippings.move(number, status, who="ana", reason="", now=NOW)
            made.number = number
            yield made


def test_a_page_that_was_taken_down_while_published_is_looked_at_and_not_kept(live: Live) -> None:
    live.take_down()
    live.server.routes["/news/1"] = text(live_page(WORDS.replace("four", "five")))
    (looked,) = live.recheck(NOW + 8 * DAY)
    assert [each.value for each in looked.findings or ()] == ["text", "excerpt"]
    assert (
        "removed from the archive on 2026-04-10 by ana: They asked. It is not" in looked.unarchived
    )
    (look,) = live.store.looks.of(live.number)
    assert (look.text, look.detail) == ("", looked.unarchived)
    assert live.captures() == []
    assert live.records() == 1, "the tombstone alone"


def test_a_page_that_was_taken_down_is_not_fetched_again_though_its_feed_lists_it_anew(
    live: Live,
) -> None:
    live.take_down()
    before = live.server.asked.count("/news/1")
    live.lists("1", "/news/1", "Corrected: a long night")
    live.round(NOW + 8 * DAY)
    live.lists("2", "/news/1")
    live.round(NOW + 9 * DAY)
    assert live.server.asked.count("/news/1") == before
    assert live.captures() == []
    article = live.store.articles.get(live.store.clippings.get(live.number).article.id)
    assert WORDS_OF_IT in article.article.text, "nor do the feed's words take their place"


def test_a_redirect_to_a_page_that_was_taken_down_is_no_way_back(live: Live) -> None:
    live.take_down()
    live.server.routes["/short"] = moved("/news/1")
    live.lists("3", "/short")
    lines = live.round(NOW + 8 * DAY)
    assert any("not captured again" in line.error for line in lines)
    assert live.captures() == []


def test_nor_does_it_come_back_by_hand_or_from_a_file(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "before.wacz"
    words = ["--config", str(live.home.config_path)]
    assert main([*words, "archive", "export", str(out)]) == 0
    live.take_down()
    live.server.routes["/short"] = moved("/news/1")
    with assemble(live.home, live.store) as parts:
        by_hand = clip(parts, Rules(), live.server.url("/short"), who="ana")
    assert isinstance(by_hand, FetchError)
    assert by_hand.kind == "forgotten"
    capsys.readouterr()
    assert main([*words, "archive", "import", str(out)]) == 0
    assert "It is not captured again." in capsys.readouterr().out
    assert live.captures() == []


def test_a_page_of_which_older_captures_were_removed_goes_on_being_captured(live: Live) -> None:
    live.server.routes["/news/1"] = text(live_page(WORDS.replace("four", "five")))
    live.recheck(NOW + 8 * DAY)
    (daily,) = live.home.config.outlets
    _, second = live.store.snapshots.all()
    plan = retention.older(live.store, {daily.slug: second.captured_at})
    assert len(plan.asked) == 1
    live.forget(plan)
    live.server.routes["/news/1"] = text(live_page(WORDS.replace("four", "six")))
    (looked,) = live.recheck(NOW + 31 * DAY)
    assert looked.unarchived == ""
    assert len(live.captures()) == 2


def test_recheck_says_so_and_no_other_archive_is_asked(
    live: Live, capsys: pytest.CaptureFixture[str]
) -> None:
    live.take_down()
    words = ["--config", str(live.home.config_path)]
    assert main([*words, "recheck", str(live.number)]) == 0
    assert "This page was removed from the archive on 2026-04-10 by ana" in capsys.readouterr().out
    assert live.store.testimonies.want(LATER) == 0
