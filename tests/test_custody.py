"""The archive and the store held against each other: the commands, and real rounds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clipper import custody, demo
from clipper.archive import Archive, manifest
from clipper.cli import main
from clipper.errors import ArchiveError
from clipper.model import Entry, Outlet, Page, Reading

from . import damage, keeping, rounds
from .packing import DAY, NOW, Stand, stand_in

LEAD = "The city sold its prison shares on Monday.\nThe vote was seven to two, and late."


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with stand_in(tmp_path) as made:
        made.clip("1", "City sells", LEAD, hops=True)
        made.clip("2", "Another", f"{LEAD}\nMore.", packed=True)
        yield made


def run(stand: Stand, *words: str) -> int:
    stand.archive.close()
    return main(["--config", str(stand.folder / "sources.yaml"), "archive", *words])


def change(stand: Stand, statement: str) -> None:
    with sqlite3.connect(stand.store.path) as db:
        db.execute(statement)
    db.close()


def found(stand: Stand, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    code = run(stand, "verify", "--json", *words)
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert code == (1 if told["findings"] else 0)
    return told


# ---------------------------------------------------------------- the commands


def test_verify_says_that_all_is_well(stand: Stand, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(stand, "verify") == 0
    told = capsys.readouterr()
    assert "1 file (0 sealed)" in told.out
    assert "11 records of 2 captures: all is well." in told.out
    assert told.err == ""


def test_verify_names_place_and_remedy_and_ends_with_1(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    change(stand, "UPDATE snapshot SET digest = 'x' WHERE id = 1")
    assert run(stand, "verify") == 1
    told = capsys.readouterr()
    assert told.err.startswith("clipper-20260301-001.warc.gz:\n")
    assert "(at byte " in told.err
    assert "1 page that the store knows can't be shown from here:" in told.err
    assert "https://daily.example/news/1 (2026-03-01)" in told.err
    assert "another digest than the capture" in told.err
    assert "Put back a backup of the store" in told.err
    assert "1 finding." in told.out


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE snapshot SET captured_at = 'yesterday' WHERE id = 1",
        "UPDATE snapshot SET file = '../../etc/passwd' WHERE id = 1",
        'UPDATE snapshot SET "offset" = -5 WHERE id = 1',
        'UPDATE snapshot SET "offset" = 9000000000000000000 WHERE id = 2',
        "UPDATE snapshot SET length = -1 WHERE id = 1",
        "UPDATE snapshot SET url = 'http://[x' WHERE id = 1",
    ],
)
def test_no_row_however_edited_is_passed_over_or_breaks_the_look(
    stand: Stand, capsys: pytest.CaptureFixture[str], edit: str
) -> None:
    change(stand, edit)
    assert found(stand, capsys)["findings"]


def test_a_row_beyond_the_file_is_an_alarm_that_repair_does_not_hide(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    (path,) = stand.pages.glob("*.warc.gz")
    last = list(stand.store.snapshots.all())[-1]
    damage.put(stand.pages, path.name, path.read_bytes()[: last.offset])
    (stand.pages / "open.txt").unlink()
    assert run(stand, "repair") == 1
    assert "a page is lost" in capsys.readouterr().err


@pytest.mark.parametrize("left", ["a record more", "nothing", "a damage within"])
def test_after_repair_of_a_file_that_lost_its_end_new_pages_are_kept_and_the_alarm_stays(
    stand: Stand, capsys: pytest.CaptureFixture[str], left: str
) -> None:
    (path,) = stand.pages.glob("*.warc.gz")
    first, last = stand.store.snapshots.all()
    whole = path.read_bytes()
    content = bytearray(whole[: last.offset if left != "nothing" else 0])
    if left == "a damage within":
        content[60] ^= 255
    path.write_bytes(content)
    stand.archive.close()
    page = Page(url="https://daily.example/9", body=b"<p>x</p>", fetched_at=NOW)
    with Archive(stand.pages, now=lambda: NOW) as archive:
        with pytest.raises(ArchiveError, match="'clipper archive repair' lets new pages be kept"):
            archive.capture([page])
        assert run(stand, "repair") == 1
        told = capsys.readouterr().err
        assert "a page is lost" in told
        assert last.url in told
        assert (first.url in told) == (left == "nothing")
        (kept,) = archive.capture([page])
        assert kept.file == "clipper-20260301-002.warc.gz"
        stand.store.snapshots.keep(kept)
        archive.seal()
    assert found(stand, capsys)["findings"]
    if left != "a damage within":
        whys = [line.why for line in manifest.read(stand.pages).lines]
        assert whys[0].endswith("bytes at its end were lost")
        assert whys[1] == ""
        damage.put(stand.pages, path.name, whole.replace(b"\x1f", b"\x2f", 1))
        assert run(stand, "repair") == 1, "it is not as the sealed one was"
        damage.put(stand.pages, path.name, whole)
        assert run(stand, "repair") == 0
        assert "it has its end again" in capsys.readouterr().out
        assert run(stand, "verify") == 0
        line = manifest.read(stand.pages).of(path.name)
        assert line is not None
        assert (line.event, line.size) == (manifest.REWRITTEN, len(whole))


def test_repair_goes_on_when_a_sealed_file_and_its_index_are_gone(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    run(stand, "seal")
    for path in [*stand.pages.glob("*.cdxj"), *stand.pages.glob("*.warc.gz")]:
        path.unlink()
    assert run(stand, "repair") == 1
    told = capsys.readouterr().err
    assert "a sealed file is missing" in told
    assert "2 pages that the store knows can't be shown" in told


@pytest.mark.parametrize("harm", ["removed", "edited"])
def test_repair_writes_an_index_anew_from_its_file(
    stand: Stand, capsys: pytest.CaptureFixture[str], harm: str
) -> None:
    run(stand, "seal")
    (index,) = stand.pages.glob("*.cdxj")
    whole = index.read_bytes()
    capsys.readouterr()
    damage.put(stand.pages, index.name, None if harm == "removed" else whole.replace(b"1", b"2"))
    assert found(stand, capsys)["findings"]
    assert run(stand, "repair") == 0
    assert "its index was written anew" in capsys.readouterr().out
    assert index.read_bytes() == whole
    assert not index.stat().st_mode & 0o222
    aside = [path.read_bytes() for path in stand.pages.glob("*.damaged")]
    assert aside == ([] if harm == "removed" else [whole.replace(b"1", b"2")])


def test_an_index_is_not_written_anew_from_a_file_that_was_changed(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    run(stand, "seal")
    (index,) = stand.pages.glob("*.cdxj")
    (path,) = stand.pages.glob("*.warc.gz")
    parts = damage.members(path)
    damage.put(stand.pages, path.name, b"".join([parts[0], *parts[3:]]))
    damage.put(stand.pages, index.name, None)
    assert run(stand, "repair") == 1
    assert "the index of a sealed file is missing" in capsys.readouterr().err
    damage.put(stand.pages, path.name, b"".join([*parts[:-2], damage.packed(b"WARC/1.1")]))
    assert run(stand, "repair") == 1


def test_repair_gives_rows_and_sets_torn_ends_aside(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list(stand.store.snapshots.all())
    lost = stand.capture("https://daily.example/news/3", "Third", LEAD, at=NOW)
    change(stand, "DELETE FROM snapshot WHERE id = 99")
    (path,) = stand.pages.glob("*.warc.gz")
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08torn")
    assert len(found(stand, capsys)["findings"]) == 2
    assert run(stand, "repair") == 0
    told = capsys.readouterr().out
    assert "1 capture got a row, 0 files sealed." in told
    assert f"kept aside: {path.name}." in told
    assert list(stand.store.snapshots.all()) == [*before, lost]
    assert found(stand, capsys)["findings"] == []
    assert run(stand, "repair") == 0
    assert "0 captures got a row" in capsys.readouterr().out


def test_seal_tells_what_it_sealed_and_the_end_of_the_chain(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(stand, "seal") == 0
    head = manifest.read(stand.pages).head
    told = capsys.readouterr().out
    assert "clipper-20260301-001.warc.gz: sealed, 11 records." in told
    assert head in told
    assert run(stand, "seal") == 0
    assert "Everything was sealed already." in capsys.readouterr().out
    assert found(stand, capsys)["manifest_head"] == head
    assert found(stand, capsys)["sealed"] == 1


def test_without_an_archive_there_is_nothing_to_seal_and_nothing_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = str(tmp_path / "sources.yaml")
    assert main(["--config", config, "archive", "seal"]) == 0
    assert main(["--config", config, "archive", "verify"]) == 0
    assert "There is no store here" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_a_sealed_archive_is_as_whole(stand: Stand, tmp_path: Path) -> None:
    run(stand, "seal")
    there = tmp_path / "copy"
    assert (
        main(["--config", str(stand.folder / "sources.yaml"), "backup", "--verify", str(there)])
        == 0
    )
    names = {path.name for path in (there / "archive").iterdir()}
    assert names == {"clipper-20260301-001.warc.gz", "clipper-20260301-001.cdxj", manifest.FILE}
    with Archive(there / "archive", now=lambda: NOW) as archive:
        assert not custody.verify(stand.store, archive, level=4).report.findings


# ---------------------------------------------------------------- at the start of a round


def test_what_a_kill_left_without_a_row_is_adopted_before_the_next_round(stand: Stand) -> None:
    lost = stand.capture("https://daily.example/news/3", "Third", LEAD, at=NOW)
    assert custody.adopt(stand.store, stand.archive) == 1
    assert custody.adopt(stand.store, stand.archive) == 0
    assert list(stand.store.snapshots.all())[-1] == lost


def test_what_a_kill_left_before_it_was_noted_is_adopted_too(stand: Stand) -> None:
    """Whole on the disk, and neither the note nor the store knows: before anything is written
    after it."""
    noted = (stand.pages / "open.txt").read_bytes()
    lost = stand.capture("https://daily.example/news/3", "Third", LEAD, at=NOW)
    stand.archive.close()
    (stand.pages / "open.txt").write_bytes(noted)
    with Archive(stand.pages, now=lambda: NOW) as archive:
        assert custody.adopt(stand.store, archive) == 1
        assert list(stand.store.snapshots.all())[-1] == lost
        assert custody.adopt(stand.store, archive) == 0


def test_nothing_is_adopted_where_nothing_is_or_another_writes(
    stand: Stand, tmp_path: Path
) -> None:
    nothing = Archive(tmp_path / "none", now=lambda: NOW)
    assert custody.adopt(stand.store, nothing) == 0
    assert not nothing.folder.exists()
    with Archive(stand.pages, now=lambda: NOW) as other:
        assert custody.adopt(stand.store, other) == 0


# ---------------------------------------------------------------- pages read anew


def reading_of(text: str) -> Reading:
    return keeping.reading(text=text, url="https://daily.example/news/1")


def reread(stand: Stand, text: str, **fields: str) -> custody.Verified:
    """Level 5 over one capture whose text was kept as `LEAD`, read anew as `text`."""
    from clipper.archive import Note

    page = Page(url="https://daily.example/9", body=b"<p>x</p>", fetched_at=NOW + DAY)
    (snapshot,) = stand.archive.capture([page], [Note(fields=fields, text=LEAD)])
    stand.store.snapshots.keep(snapshot)

    def read(page: Page, entry: Entry, outlet: Outlet) -> Reading:
        is_it = page.url == "https://daily.example/9"
        return reading_of(text if is_it else page.body.decode())

    stand.archive.close()
    return custody.verify(stand.store, stand.archive, level=5, sample=9, reread=read)


def level_5(done: custody.Verified, number: str = "9") -> list[str]:
    return [each.what for each in done.report.findings if each.level == 5]


def test_a_text_that_is_not_what_the_page_says_is_found(stand: Stand) -> None:
    done = reread(stand, "Something else.", **{"feed-content": "none"})
    assert level_5(done) == ["the text that was kept is not what is read from the page now"]


def test_a_text_that_is_what_the_page_says_is_not(stand: Stand) -> None:
    assert level_5(reread(stand, LEAD, **{"feed-content": "none"})) == []


@pytest.mark.parametrize(
    "fields",
    [{}, {"feed-content": "sha256:1"}, {"feed-content": "none", "source": "gone"}],
    ids=str,
)
def test_what_was_read_with_words_that_are_not_kept_is_counted_and_no_finding(
    stand: Stand, fields: dict[str, str]
) -> None:
    done = reread(stand, "Something else.", **fields)
    assert level_5(done) == []
    assert done.unlike >= 1


def test_a_page_that_a_later_clipper_reads_otherwise_is_no_finding(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(custody, "SOFTWARE", "clipper/99")
    done = reread(stand, "Something else.", **{"feed-content": "none"})
    assert level_5(done) == []
    assert done.unlike >= 1


# ---------------------------------------------------------------- real rounds


def test_after_real_rounds_every_level_finds_all_well_and_repeats_are_revisits(
    tmp_path: Path,
) -> None:
    with demo.serve(rounds.NOW, port_base=0, corrected=True) as served:
        demo.write_config(tmp_path, served)
        rounds.ledger(tmp_path)
        rounds.ledger(tmp_path)
    rounds.clipper(tmp_path, "archive", "seal")
    done = rounds.clipper(tmp_path, "archive", "verify", "--level", "5", "--sample", "60", "--json")
    told = json.loads(done.stdout)
    assert told["findings"] == []
    assert told["captures"] == len(rounds.rows(tmp_path, "select id from snapshot")) > 50
    assert told["sealed"] >= 1
    assert told["read_anew"] > 40
    assert told["not_comparable"] < told["read_anew"] // 2
    for path in (tmp_path / "data" / "archive").glob("*.warc.gz"):
        for member in damage.members(path):
            record = damage.unpacked(member)
            if record.startswith(b"WARC/1.1\r\nWARC-Type: metadata"):
                assert b"\r\nrobots: allowed\r\n" in record
                assert b"\r\nfeed-content: " in record


def test_the_first_capture_with_a_digest_is_what_a_revisit_refers_to(stand: Stand) -> None:
    first, second = stand.store.snapshots.all()
    assert stand.store.snapshots.with_digest(first.digest) == first
    assert stand.store.snapshots.with_digest(second.digest) == second
    assert stand.store.snapshots.with_digest("0" * 64) is None
    with Archive(
        stand.pages, now=lambda: NOW + timedelta(hours=1), earlier=stand.store.snapshots.with_digest
    ) as archive:
        stand.archive.close()
        page = archive.read(first)
        (again,) = archive.capture([page])
        assert again.length < first.length * 2
        assert archive.read(again).body == page.body
