"""Captures removed on purpose: tombstones in their places, and all else as it was."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from clipper.archive import copy, manifest, tombs, verifying
from clipper.archive.checking import Finding
from clipper.archive.events import event
from clipper.archive.reading import Forgotten, inflate, parse
from clipper.archive.tombs import Removal
from clipper.errors import ArchiveError
from clipper.model import Snapshot
from tests import damage
from tests.faulty import LOSSES, FaultyDisk, Stop

WHY = Removal(
    digest="ab" * 32, who="ana", at=damage.NOW + timedelta(days=40), why="The outlet asked us to."
)


def of(*gone: Snapshot) -> dict[int, Removal]:
    return {each.offset: replace(WHY, digest=each.digest) for each in gone}


def ids() -> uuid.UUID:
    return uuid.UUID(int=random.Random(3).getrandbits(128))


@pytest.mark.parametrize(
    "size", [*range(640, 780), 9_990, 10_007, 65_540, 65_599, 131_200, 400_003]
)
def test_a_tombstone_is_a_record_of_exactly_the_size_that_is_asked_for(size: int) -> None:
    member = tombs.tombstone(size, [b"\1" * 32, b"\2" * 32], WHY, ids)
    assert len(member) == size
    record = parse(inflate(member))
    assert b"forgotten: 2026-04-10T12:30:15" in record.block


def test_one_that_finds_no_room_is_refused() -> None:
    with pytest.raises(ArchiveError, match="too small"):
        tombs.tombstone(300, [b"\1" * 32], WHY, ids)


def removed(shelf: damage.Shelf, number: int) -> list[Snapshot]:
    """Remove one page with its repeats, which would have no page any more, and have the rows
    know it; their snapshots."""
    digest = shelf.snapshots[number].digest
    gone = [each for each in shelf.snapshots if each.digest == digest]
    with shelf.archive() as archive:
        for each in gone:
            (buried,) = archive.forget(each.file, of(each))
            assert archive.forget(each.file, of(each)) == (buried,)
            place = shelf.snapshots.index(each)
            shelf.snapshots[place] = replace(each, length=buried.length)
    return gone


def findings(shelf: damage.Shelf) -> list[Finding]:
    return verifying.verify(shelf.folder, shelf.rows, level=4).findings


def test_each_page_of_every_shape_can_be_removed_and_all_others_stay(tmp_path: Path) -> None:
    for number in range(8):
        shelf = damage.stocked(tmp_path / f"a{number}")
        before = {each: event(shelf.folder, each) for each in shelf.snapshots}
        gone = removed(shelf, number)
        with shelf.archive() as archive:
            for each in before:
                if each not in gone:
                    assert archive.read(each) == before[each].page
                    continue
                with pytest.raises(Forgotten, match="on 2026-04-10 by ana: The outlet asked us"):
                    archive.read(each)
                with pytest.raises(Forgotten):
                    event(shelf.folder, each)
        assert findings(shelf) == []
        if body := shelf.pages[number].body:
            assert body not in b"".join(map(_unpacked, shelf.folder.glob("*.warc.gz")))


def test_the_manifest_tells_of_it_in_a_line_of_its_own(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    gone = shelf.snapshots[0]
    before = manifest.read(shelf.folder)
    with shelf.archive() as archive:
        archive.forget(gone.file, of(gone))
    after = manifest.read(shelf.folder)
    line, was = after.of(gone.file), before.of(gone.file)
    assert line
    assert was
    assert (line.event, line.previous, line.size) == (manifest.REWRITTEN, before.head, was.size)
    assert line.why == "forgotten, 1: ana: The outlet asked us to."
    assert line.chain == was.chain != ""
    assert not after.faults


def test_other_tools_read_the_rewritten_file(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    gone = shelf.snapshots[0]
    with shelf.archive() as archive:
        (buried,) = archive.forget(gone.file, of(gone))
    with (shelf.folder / gone.file).open("rb") as file:
        told = [record.rec_type for record in ArchiveIterator(file, check_digests="raise")]
    with (shelf.folder / gone.file).open("rb") as file:
        quick = [record.verify_block_digest() for record in FastIterator(file, parse_http=False)]
    line = manifest.read(shelf.folder).of(gone.file)
    assert line
    assert len(told) == len(quick) == line.records
    assert all(quick)
    assert buried.records > 2


def test_a_file_that_was_changed_is_not_rewritten(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    gone = shelf.snapshots[0]
    path = shelf.folder / gone.file
    changed = damage.flipped(path.read_bytes(), 900, Random(1))
    damage.put(shelf.folder, path.name, changed)
    with shelf.archive() as archive, pytest.raises(ArchiveError, match="not what it was when"):
        archive.forget(gone.file, of(gone))
    assert path.read_bytes() == changed


def test_nothing_is_removed_where_no_capture_stands(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    with shelf.archive() as archive, pytest.raises(ArchiveError, match="no capture of that page"):
        archive.forget(shelf.snapshots[0].file, {1: WHY})
    assert verifying.verify(shelf.folder, shelf.rows, level=4).findings == []


def test_every_damage_to_a_rewritten_archive_is_found(tmp_path: Path) -> None:
    """Only what a row says of where and when a removed page was captured can't be compared."""
    shelf = damage.stocked(tmp_path / "a")
    removed(shelf, 0)
    rows = shelf.rows()
    missed = set()
    for mutant, told in damage.each_applied(shelf.folder, rows, Random(3), each=199):
        if not verifying.verify(shelf.folder, lambda told=told: told, level=4).findings:
            missed.add(mutant.kind)
    assert missed <= {"row: another URL", "row: another time"}
    assert findings(shelf) == []


@pytest.mark.parametrize("kind", ["kill", "kill within a write", "synced alone", "any part"])
def test_stopped_at_any_call_a_removal_is_done_or_can_be_done_anew(
    tmp_path: Path, kind: str
) -> None:
    def work(shelf: damage.Shelf, disk: FaultyDisk) -> None:
        with shelf.archive(disk=disk) as archive:
            archive.forget(gone.file, of(gone))

    whole = damage.stocked(tmp_path / "whole")
    gone = whole.snapshots[1]
    disk = FaultyDisk(whole.folder)
    work(whole, disk)
    assert len(disk.calls) > 10
    for stop, call in enumerate(disk.calls):
        shelf = damage.stocked(tmp_path / f"{stop}-{call}")
        disk = FaultyDisk(shelf.folder, stop, half=kind == "kill within a write")
        with pytest.raises(Stop):
            work(shelf, disk)
        if kind in LOSSES:
            disk.lose_power(kind, Random(stop))
        with shelf.archive() as archive:
            archive.recover()
        assert not list(shelf.folder.glob("*.new"))
        assert [each.what for each in findings(shelf) if each.level < 3] == []
        removed(shelf, 1)
        assert findings(shelf) == []


def test_a_copy_is_not_made_while_a_removal_is_half_done(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    name = shelf.snapshots[0].file
    (shelf.folder / f"{name}.new").write_bytes(b"half")
    with pytest.raises(ArchiveError, match="pages are being removed"):
        copy(shelf.folder, tmp_path / "copy")
    with shelf.archive() as archive:
        archive.recover()
    assert not (shelf.folder / f"{name}.new").exists()
    copy(shelf.folder, tmp_path / "copy")


def _unpacked(path: Path) -> bytes:
    return b"".join(inflate(member) for member in damage.members(path))
