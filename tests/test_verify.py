"""`verify`: whatever is done to an archive is found, and what is whole is left in peace."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from clipper.archive import Archive, manifest, verifying
from clipper.archive.checking import Finding
from clipper.errors import ArchiveError
from clipper.model import Snapshot
from tests import damage


def findings(folder: Path, rows: list[damage.Row] | None, level: int = 4) -> list[Finding]:
    told = None if rows is None else lambda: rows
    return verifying.verify(folder, told, level=level).findings


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "open"])
@pytest.mark.parametrize("level", [1, 2, 3, 4, 5])
def test_a_whole_archive_gives_no_finding(tmp_path: Path, seal: bool, level: int) -> None:
    shelf = damage.stocked(tmp_path / "a", seal=seal)
    assert findings(shelf.folder, shelf.rows(), level) == []
    report = verifying.verify(shelf.folder, shelf.rows, level=4)
    assert (report.files, report.sealed, report.captures) == (2, 2 if seal else 1, 8)
    assert report.head == manifest.read(shelf.folder).head


def test_no_archive_gives_no_finding(tmp_path: Path) -> None:
    assert findings(tmp_path / "none", []) == []


def test_every_damage_to_a_sealed_archive_is_found(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    missed: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for mutant, rows in damage.each_applied(shelf.folder, shelf.rows(), Random(3), each=149):
        tried[mutant.kind] += 1
        missed[mutant.kind] += not findings(shelf.folder, rows)
    assert +missed == Counter()
    assert len(tried) > 30
    assert findings(shelf.folder, shelf.rows()) == []


def test_every_damage_to_an_open_file_is_found(tmp_path: Path) -> None:
    """Without a seal, by the chain that the writer noted: also another packing, or words forged
    together with every digest that stands beside them."""
    shelf = damage.stocked(tmp_path / "a", seal=False)
    missed: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    for mutant, rows in damage.each_applied(shelf.folder, shelf.rows(), Random(3), each=149):
        tried[mutant.kind] += 1
        missed[mutant.kind] += not findings(shelf.folder, rows)
    assert +missed == Counter()
    assert len(tried) > 30


@pytest.mark.parametrize("seal", [True, False], ids=["sealed", "open"])
def test_damage_of_any_size_at_any_place_is_found(tmp_path: Path, seal: bool) -> None:
    """Some hundred of them; six thousand were tried once for each, with other seeds."""
    shelf = damage.stocked(tmp_path / "a", seal=seal)
    rows, random = shelf.rows(), Random(11)
    whole = {
        path.name: path.read_bytes()
        for path in sorted(shelf.folder.iterdir())
        if path.name != "writer.lock"
    }
    missed = []
    for _ in range(300):
        name = random.choice(list(whole))
        kind, content = damage.scrambled(whole[name], random)
        damage.put(shelf.folder, name, content)
        if content != whole[name] and not findings(shelf.folder, rows):
            missed.append((name, kind))
        damage.put(shelf.folder, name, whole[name])
    assert missed == []


def test_without_the_writers_note_only_what_leaves_each_record_as_it_was_is_missed(
    tmp_path: Path,
) -> None:
    """A bit of padding, another packing; or words forged with every digest beside them."""
    shelf = damage.stocked(tmp_path / "a", seal=False)
    damage.put(shelf.folder, "open.txt", None)
    last = sorted(shelf.folder.glob("*.warc.gz"))[-1]
    missed: Counter[str] = Counter()
    for mutant in damage.of_warc(last, Random(3), 149):
        whole = last.read_bytes()
        damage.put(shelf.folder, last.name, mutant.content)
        missed[mutant.kind] += not findings(shelf.folder, shelf.rows())
        damage.put(shelf.folder, last.name, whole)
    assert set(+missed) <= {"bit turned", "record packed anew", "words forged"}, +missed


def test_what_was_changed_before_a_file_was_sealed_is_found_after_it(tmp_path: Path) -> None:
    """The seal makes nothing good: it keeps what the writer noted."""
    shelf = damage.stocked(tmp_path / "a", seal=False)
    path = sorted(shelf.folder.glob("*.warc.gz"))[-1]
    at = len(b"".join(damage.members(path)[:2])) + 9
    content = bytearray(path.read_bytes())
    content[at] = 255  # gzip's word for the system: it changes nothing of the record
    damage.put(shelf.folder, path.name, bytes(content))
    with shelf.archive() as archive:
        assert [each.file for each in archive.seal()] == [path.name]
    found = findings(shelf.folder, None, 3)
    assert any("not those that were written" in each.what for each in found), found


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"records": 3}, "and had 3"),
        ({"sealed_at": "2020-01-01T00:00:00+00:00"}, "the line before it is not the one"),
        ({"size": 5}, "and had 5"),
        ({"sha256": "0" * 64}, "its digest differs"),
    ],
    ids=str,
)
def test_a_line_of_the_manifest_that_was_forged_well_is_found_by_the_chain(
    tmp_path: Path, changes: dict[str, object], says: str
) -> None:
    shelf = damage.stocked(tmp_path / "a")
    first = sorted(shelf.folder.glob("*.warc.gz"))[0].name
    damage.put(shelf.folder, manifest.FILE, damage.forged_line(shelf.folder, first, **changes))
    found = findings(shelf.folder, shelf.rows())
    assert any(says in each.what for each in found), found
    assert any("line 2" in each.what for each in found)


def test_each_level_finds_its_own(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    path = sorted(shelf.folder.glob("*.warc.gz"))[0]
    content = path.read_bytes()
    damage.put(shelf.folder, path.name, damage.flipped(content, 400, Random(1)))
    assert [each.level for each in findings(shelf.folder, None, 1)] == []
    assert [each.level for each in findings(shelf.folder, None, 2)] == [2]
    assert {each.level for each in findings(shelf.folder, None, 3)} == {2, 3}
    damage.put(shelf.folder, path.name, content)
    assert findings(shelf.folder, [], 3) == []
    assert len(findings(shelf.folder, [], 4)) == 8


def test_after_a_damage_the_records_that_follow_are_still_looked_at(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a", seal=False)
    path = sorted(shelf.folder.glob("*.warc.gz"))[-1]
    parts = damage.members(path)
    broken = bytearray(parts[1])
    broken[40] ^= 255
    damage.put(shelf.folder, path.name, b"".join([parts[0], broken, *parts[2:]]))
    found = [each for each in findings(shelf.folder, None, 3) if each.file == path.name]
    assert [(each.offset, each.level) for each in found] == [(len(parts[0]), 3)]
    assert verifying.verify(shelf.folder, None, level=3).records > len(parts)


def test_what_a_writer_is_about_is_no_finding(tmp_path: Path) -> None:
    """Beyond what was synced nothing is looked at while somebody writes; later it is."""
    shelf = damage.stocked(tmp_path / "a", seal=False)
    rows = shelf.rows()
    with shelf.archive() as archive:
        shelf.keep(archive, damage.page(9, at=shelf.at))
        path = sorted(shelf.folder.glob("*.warc.gz"))[-1]
        with path.open("ab") as file:
            file.write(b"\x1f\x8b half of it")
        assert findings(shelf.folder, rows) == []
    found = findings(shelf.folder, rows)
    assert {each.what for each in found} == {
        "no record begins here (13 bytes)",
        "the store does not know a page that was kept",
    }


def test_a_row_that_points_beyond_the_file_is_told_as_a_loss(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a", seal=False)
    last = max(shelf.snapshots, key=lambda each: (each.file, each.offset))
    path = shelf.folder / last.file
    damage.put(shelf.folder, last.file, path.read_bytes()[: last.offset])
    found = findings(shelf.folder, shelf.rows())
    assert any("beyond the end of the file" in each.what for each in found)
    assert any("shorter than what was written" in each.what for each in found)


def test_a_page_that_a_revisit_refers_to_and_that_is_gone_is_found(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    first = sorted(shelf.folder.glob("*.warc.gz"))[0]
    damage.put(shelf.folder, first.name, None)
    found = findings(shelf.folder, None)
    assert any("the page that a revisit refers to was in" in each.what for each in found)
    assert any(each.what == "a sealed file is missing" for each in found)


def test_the_sample_is_drawn_from_captures_with_a_text(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    told = verifying.verify(shelf.folder, None, level=5, sample=3, chance=Random(1)).sample
    every = verifying.verify(shelf.folder, None, level=5, sample=50, chance=Random(1)).sample
    assert len(told) == 3
    assert len(every) == 4
    known: set[Snapshot] = set(shelf.snapshots)
    assert {each.snapshot for each in every} <= known
    assert all(each.told["outlet"] == "daily" and each.software for each in every)


def test_an_archive_that_can_not_be_read_is_told_in_words(tmp_path: Path) -> None:
    shelf = damage.stocked(tmp_path / "a")
    damage.put(shelf.folder, manifest.FILE, None)
    (shelf.folder / manifest.FILE).mkdir()
    with pytest.raises(ArchiveError, match="can't be read"):
        findings(shelf.folder, None)


def test_verify_may_run_beside_a_round_that_rolls_and_seals(tmp_path: Path) -> None:
    """Rows, sizes and the manifest are of one moment, whatever is written after it."""
    shelf = damage.stocked(tmp_path / "a", seal=False)

    def rows() -> list[damage.Row]:
        told = shelf.rows()
        with Archive(shelf.folder, now=lambda: shelf.at + timedelta(days=1)) as archive:
            archive.capture([damage.page(11)])
            held.append(archive)
        return told

    held: list[Archive] = []
    found = verifying.verify(shelf.folder, rows, level=4).findings
    assert {each.what for each in found} <= {"the store does not know a page that was kept"}
