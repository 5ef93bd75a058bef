"""The archive is stopped at every call to the system: nothing acknowledged is ever lost.

`FaultyDisk` stands in the place of the archive's disk: it stops at a call, or fails there, and
knows what a power failure may leave.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from clipper import custody
from clipper.archive import Archive, adopting, manifest, verifying
from clipper.archive.stamps import Stamp
from clipper.errors import ArchiveError
from clipper.model import Page
from clipper.store import Store
from tests.damage import DAY, NOW, Shelf, encoded, page, row
from tests.faulty import LOSSES, FaultyDisk, QuickDisk, Stop


def captured(
    shelf: Shelf, archive: Archive, disk: FaultyDisk, *pages: Page, text: str = ""
) -> None:
    """Capture pages and keep their rows: only then are they acknowledged."""
    found = shelf.unkept(archive, *pages, text=text)
    disk.tick("commit")
    shelf.snapshots += found
    disk.tick("acknowledge")


def work(shelf: Shelf, disk: FaultyDisk) -> None:
    """Two days' work with redirects and revisits; a file is rolled, both are sealed, and the
    chain gets a time stamp."""
    with shelf.archive(disk=disk) as archive:
        captured(shelf, archive, disk, page(1), encoded(2), text="The city sold.")
        captured(shelf, archive, disk, page(1, url="https://other.example/1"))
    shelf.at = NOW + DAY
    with shelf.archive(disk=disk) as archive:
        captured(shelf, archive, disk, page(1, at=shelf.at), page(3, at=shelf.at))
        archive.seal()
        archive.stamp(lambda _: Stamp(NOW, "Somebody", b"an answer"))
        shelf.stamped = True
        captured(shelf, archive, disk, page(4, at=shelf.at), text="And again.")


def assert_whole(shelf: Shelf) -> None:
    """After a new start: all that was acknowledged can be read, and `verify` finds nothing."""
    with shelf.archive(disk=QuickDisk()) as archive:
        archive.recover()
        rows = {(each.file, each.offset): row(each) for each in shelf.snapshots}
        for name in adopting.files(shelf.folder):
            for each in adopting.captures(shelf.folder, name):
                rows.setdefault((each.file, each.offset), row(each))
        for each in shelf.snapshots:
            assert archive.read(each).url == each.url
        shelf.at += DAY / 24
        (more,) = shelf.unkept(archive, page(9, at=shelf.at))
        assert archive.read(more).body
        rows[more.file, more.offset] = row(more)
    assert not shelf.stamped or manifest.read(shelf.folder).stamps
    told = sorted(rows.values(), key=lambda each: (each.file, each.offset))
    assert verifying.verify(shelf.folder, lambda: told, level=4).findings == []


def steps(tmp_path: Path) -> list[str]:
    """The calls of an undisturbed run."""
    disk = FaultyDisk(tmp_path / "whole")
    work(Shelf(disk.folder), disk)
    return disk.calls


CALLS = {
    *("make_folder", "create", "write", "write_at", "sync", "sync_content"),
    *("chmod", "rename", "remove", "commit", "acknowledge"),
}


def test_the_work_makes_every_kind_of_call(tmp_path: Path) -> None:
    calls = steps(tmp_path)
    assert set(calls) == CALLS
    assert len(calls) > 50


@pytest.mark.parametrize("kind", ["kill", "kill within a write", *LOSSES])
def test_stopped_at_any_call_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, kind: str
) -> None:
    for stop, call in enumerate(steps(tmp_path)):
        disk = FaultyDisk(tmp_path / f"{stop}-{call}", stop, half=kind == "kill within a write")
        shelf = Shelf(disk.folder)
        with pytest.raises(Stop):
            work(shelf, disk)
        if kind in LOSSES:
            disk.lose_power(kind, Random(stop))
        assert_whole(shelf)


@pytest.mark.parametrize("rest", ["nothing", "zeros"])
def test_any_prefix_of_the_last_append_is_set_aside_or_kept(tmp_path: Path, rest: str) -> None:
    """What arrived of it ends at any byte, and nothing follows, or zeros do."""
    shelf = Shelf(tmp_path / "a")
    with shelf.archive() as archive:
        shelf.keep(archive, page(1), text="The city sold.")
        noted = (shelf.folder / "open.txt").read_bytes()
        shelf.unkept(archive, encoded(2, hops=1), page(3))
    (path,) = shelf.folder.glob("*.warc.gz")
    content = path.read_bytes()
    for end in range(int(noted.split()[1]), len(content), 37):
        again = Shelf(tmp_path / str(end), seed=end)
        again.folder.mkdir()
        zeros = bytes(len(content) - end) if rest == "zeros" else b""
        (again.folder / path.name).write_bytes(content[:end] + zeros)
        (again.folder / "open.txt").write_bytes(noted)
        again.snapshots = list(shelf.snapshots)
        assert_whole(again)


def test_stopped_once_more_while_it_recovers(tmp_path: Path) -> None:
    """The second start is stopped at each of its calls, after a first stop with a torn file."""
    calls = steps(tmp_path)
    first = max(n for n, call in enumerate(calls) if call == "sync_content") - 1
    assert calls[first] == "write"
    seen: set[str] = set()
    for second in range(80):
        disk = FaultyDisk(tmp_path / f"twice-{second}", first, half=True)
        shelf = Shelf(disk.folder)
        with pytest.raises(Stop):
            work(shelf, disk)
        again = FaultyDisk(disk.folder, second)
        shelf.at += DAY
        ended = False
        with shelf.archive(disk=again) as archive, suppress(Stop):
            archive.recover()
            captured(shelf, archive, again, page(7, at=shelf.at))
            ended = True
        seen |= set(again.calls)
        if not ended:
            again.lose_power("any part", Random(second))
        assert_whole(shelf)
        if ended:
            assert "truncate" in seen, "there was something to set aside"
            return
    raise AssertionError("the second start never came to its end")


@pytest.mark.parametrize("calls", [1, 2, 3, 8])
def test_calls_that_fail_cost_one_step_and_nothing_else(tmp_path: Path, calls: int) -> None:
    """Some calls fail, and the process lives on: an error in words, or no harm at all."""
    for stop, call in enumerate(steps(tmp_path)):
        disk = FaultyDisk(tmp_path / f"{stop}-{call}", stop, fail=calls)
        shelf, told = Shelf(disk.folder), list[str]()
        for _ in range(3):
            try:
                work(shelf, disk)
            except ArchiveError as error:
                told.append(str(error))
            except OSError:
                told.append("")  # the row's own
            shelf.at = NOW
        assert all("disk is ill" in each for each in told if each)
        shelf.at = NOW + DAY
        assert_whole(shelf)


def test_after_a_failure_that_left_rubbish_the_same_archive_goes_on(tmp_path: Path) -> None:
    """A write, and then cutting it off again, fail: what is left is no place for a record."""
    disk = FaultyDisk(tmp_path / "a")
    shelf = Shelf(disk.folder)
    with shelf.archive(disk=disk) as archive:
        shelf.keep(archive, page(1))
        disk.stop, disk.fail = disk.count + 1, 2  # the sync and the cut; the write was done
        with pytest.raises(ArchiveError, match="the disk is ill"):
            shelf.keep(archive, page(2))
        assert disk.calls[-3:] == ["write", "sync_content", "truncate"]
        shelf.keep(archive, page(3))
    assert_whole(shelf)


# ---------------------------------------------------------------- with a real store


def test_stopped_at_any_call_the_store_and_the_archive_agree_after_repair(tmp_path: Path) -> None:
    total = len(steps(tmp_path))
    with Store.create(tmp_path / "empty.db"):
        pass
    for stop in range(total):
        folder = tmp_path / f"{stop}"
        disk = FaultyDisk(folder / "archive", stop)
        folder.mkdir()
        shelf = Shelf(disk.folder)
        shutil.copy(tmp_path / "empty.db", folder / "clipper.db")
        with Store.open(folder / "clipper.db") as store:
            shelf.earlier = store.snapshots.with_digest  # type: ignore[method-assign]
            with suppress(Stop):
                kept(shelf, store, disk)
        with (
            Store.open(folder / "clipper.db") as store,
            Archive(disk.folder, now=lambda: NOW + DAY, disk=QuickDisk()) as archive,
        ):
            custody.repair(store, archive)
            rows = list(store.snapshots.all())
            assert set(shelf.snapshots) <= set(rows)
            for each in rows:
                assert archive.read(each).url == each.url
            assert custody.verify(store, archive, level=4).report.findings == []


def kept(shelf: Shelf, store: Store, disk: FaultyDisk) -> None:
    """A day and the next, each capture with its row."""
    for _ in range(2):
        with shelf.archive(disk=disk) as archive:
            for pages in ((page(1), encoded(2)), (page(1, url="https://other.example/1"),)):
                for each in shelf.unkept(archive, *pages, text="The city sold."):
                    disk.tick("commit")
                    store.snapshots.keep(each)
                    disk.tick("acknowledge")
                    shelf.snapshots.append(each)
            archive.seal()
        shelf.at += DAY
