"""A takedown, and terms that end: what goes, what stays, and who is told."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clipper import custody, evidence, retention
from clipper.archive import Archive
from clipper.archive.tombs import Removal
from clipper.cli import main
from clipper.errors import NotFound
from clipper.model import Outlet, Snapshot
from tests.packing import CONFIG, DAY, NOW, Stand, stand_in

LATER = NOW + 40 * DAY


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
