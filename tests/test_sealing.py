"""Sealing and revisits: a full file is never written to again, a body is never kept twice."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from clipper.archive import Archive, cdxj, manifest, verifying
from clipper.archive.events import event
from clipper.archive.records import SAME_PAYLOAD
from clipper.archive.sealing import Sealed, Unsealed
from clipper.errors import ArchiveError
from clipper.model import Snapshot
from tests import damage
from tests.damage import DAY, NOW, Shelf, page, stocked


def sealed_names(folder: Path) -> list[str]:
    return [line.file for line in manifest.read(folder).lines]


def is_read_only(path: Path) -> bool:
    return not path.stat().st_mode & 0o222


def fields(folder: Path, snapshot: Snapshot) -> tuple[str, dict[str, str], bytes]:
    """A record as warcio reads it: kind, WARC headers, HTTP head."""
    content = (folder / snapshot.file).read_bytes()
    part = content[snapshot.offset : snapshot.offset + snapshot.length]
    (found,) = [
        (each.rec_type, dict(each.rec_headers.headers), each.raw_stream.read())
        for each in ArchiveIterator(BytesIO(part), no_record_parse=True)
    ]
    return found


# ---------------------------------------------------------------- sealing


def test_a_file_is_sealed_when_its_day_is_over(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1), page(2))
        assert sealed_names(tmp_path) == []
        shelf.at = NOW + DAY
        shelf.keep(archive, page(3, at=shelf.at))
        assert all(archive.read(each).body for each in shelf.snapshots)
    (line,) = manifest.read(tmp_path).lines
    path = tmp_path / "clipper-20260301-001.warc.gz"
    content, index = path.read_bytes(), (tmp_path / "clipper-20260301-001.cdxj").read_bytes()
    assert line == Sealed(
        file=path.name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        records=7,
        chain=line.chain,
        cdxj="clipper-20260301-001.cdxj",
        cdxj_sha256=hashlib.sha256(index).hexdigest(),
        sealed_at="2026-03-02T12:30:15.250000+00:00",
        previous="0" * 64,
        check=line.check,
    )
    chain = bytes(32)
    for member in damage.members(path):
        chain = hashlib.sha256(chain + hashlib.sha256(member).digest()).digest()
    assert line.chain == chain.hex()
    assert is_read_only(path)
    assert is_read_only(tmp_path / line.cdxj)
    assert not is_read_only(tmp_path / "clipper-20260302-001.warc.gz")


def test_a_file_is_sealed_when_it_is_full(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive(roll_bytes=4000) as archive:
        for _ in range(4):
            shelf.keep(archive, page(len(shelf.pages), body=os.urandom(900)))
    assert sealed_names(tmp_path) == ["clipper-20260301-001.warc.gz"]


def test_the_index_is_sorted_and_points_at_each_response_and_revisit(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    offsets: set[tuple[str, int]] = set()
    for line in manifest.read(shelf.folder).lines:
        text = (shelf.folder / line.cdxj).read_text("ascii")
        lines = text.splitlines(keepends=True)
        assert lines == sorted(lines)
        content = (shelf.folder / line.file).read_bytes()
        for each in lines:
            key, stamp, told = each.split(" ", 2)
            value = json.loads(told)
            start, length = int(value["offset"]), int(value["length"])
            member = content[start : start + length]
            assert value["recordDigest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"
            assert gzip.decompress(member).startswith(b"WARC/1.1\r\nWARC-Type: re")
            assert (key, value["filename"]) == (cdxj.surt(value["url"]), line.file)
            assert len(stamp) == 14
            offsets.add((line.file, start))
    assert {(each.file, each.offset) for each in shelf.snapshots} <= offsets
    assert len(offsets) == len(shelf.snapshots) + 3  # the redirects


def test_the_manifest_is_a_chain(tmp_path: Path) -> None:
    stocked(tmp_path / "a")
    found = manifest.read(tmp_path / "a")
    first, second = (tmp_path / "a" / manifest.FILE).read_bytes().splitlines()
    assert json.loads(second)["previous"] == hashlib.sha256(first).hexdigest()
    assert found.head == hashlib.sha256(second).hexdigest()
    assert not found.faults


def test_seal_seals_the_open_file_and_the_next_capture_begins_another(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1))
        (done,) = archive.seal()
        assert isinstance(done, Sealed)
        assert archive.seal() == ()
        (after,) = shelf.keep(archive, page(2))
        assert after.file == "clipper-20260301-002.warc.gz"
    with shelf.archive() as archive:
        assert shelf.keep(archive, page(3))[0].file == after.file
        assert archive.seal()[0].file == after.file
    with shelf.archive() as archive:
        assert archive.seal() == ()
        assert shelf.keep(archive, page(4))[0].file == "clipper-20260301-003.warc.gz"
    assert all(Archive(tmp_path, now=lambda: NOW).read(each).body for each in shelf.snapshots)


def test_files_of_before_there_were_seals_are_sealed_at_the_next_capture(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a", seal=False)
    for name in ("clipper-20260301-001.cdxj", manifest.FILE):
        damage.put(shelf.folder, name, None)
    first = shelf.folder / "clipper-20260301-001.warc.gz"
    first.chmod(0o644)
    with shelf.archive() as archive:
        shelf.keep(archive, page(8, at=shelf.at))
    assert sealed_names(shelf.folder) == [first.name]
    assert is_read_only(first)


def test_a_damaged_file_is_not_sealed_and_keeps_no_page_from_being_captured(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1), page(2))
    path = tmp_path / "clipper-20260301-001.warc.gz"
    parts = damage.members(path)
    broken = bytearray(parts[1])
    broken[60] ^= 255
    path.write_bytes(b"".join([parts[0], broken, *parts[2:]]))
    shelf.at = NOW + DAY
    with shelf.archive() as archive:
        (after,) = shelf.keep(archive, page(3, at=shelf.at))
        assert archive.read(after).body
        (failed,) = archive.sealing
        assert isinstance(failed, Unsealed)
        assert "was not sealed" in failed.why
    assert sealed_names(tmp_path) == []
    assert not is_read_only(path)


def test_a_torn_line_of_the_manifest_is_set_aside_and_written_again(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    path = shelf.folder / manifest.FILE
    content = path.read_bytes()
    kept_to = (len(content) - 1, content.index(b"\n") + 5)
    for kept in kept_to:
        path.write_bytes(content[:kept])
        with shelf.archive() as archive:
            archive.recover()
        assert sealed_names(shelf.folder) == [
            each.name for each in sorted(shelf.folder.glob("*.warc.gz"))
        ]
        assert not manifest.read(shelf.folder).faults
    torn = {path.read_bytes() for path in shelf.folder.glob("MANIFEST.jsonl.*.torn")}
    begins = content.index(b"\n") + 1
    assert torn == {content[begins:kept] for kept in kept_to}, "both, the second beside the first"


def test_a_surt_is_as_replay_tools_sort() -> None:
    cases = {
        "https://www.Example.com/News/?b=2&a=1": "com,example)/news?a=1&b=2",
        "http://example.com": "com,example)/",
        "http://user:pw@example.com:8080/x#part": "com,example:8080)/x",
        "https://example.com:443//a//b/": "com,example)/a/b",
        "http://www2.news.example.co.uk/": "uk,co,example,news)/",
        "http://[2001:db8::1]:81/x": "[2001:db8::1]:81)/x",
        "http://[broken/x": "http://[broken/x",
    }
    assert {url: cdxj.surt(url) for url in cases} == cases


# ---------------------------------------------------------------- revisits


def test_the_same_payload_again_is_a_revisit_that_reads_as_the_page(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    first, again = shelf.snapshots[0], shelf.snapshots[4]
    assert (first.url, first.digest) == (again.url, again.digest)
    kind, told, block = fields(shelf.folder, again)
    _, original, _ = fields(shelf.folder, first)
    assert kind == "revisit"
    assert told["WARC-Profile"] == SAME_PAYLOAD
    assert told["WARC-Refers-To"] == original["WARC-Record-ID"]
    assert told["WARC-Refers-To-Target-URI"] == original["WARC-Target-URI"]
    assert told["WARC-Refers-To-Date"] == original["WARC-Date"]
    assert told["WARC-Payload-Digest"] == original["WARC-Payload-Digest"]
    assert block.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html")
    assert block.endswith(b"\r\n\r\n")
    with Archive(shelf.folder, now=lambda: NOW) as archive:
        for snapshot, captured in zip(shelf.snapshots, shelf.pages, strict=True):
            read = archive.read(snapshot)
            assert (read.url, read.body) == (captured.url, captured.body)
            assert (read.received, read.headers) == (captured.received, captured.headers)
            assert read.fetched_at == captured.fetched_at


def kinds(shelf: Shelf) -> list[str]:
    return [fields(shelf.folder, each)[0] for each in shelf.snapshots]


def test_which_captures_are_revisits(tmp_path: Path) -> None:
    """The same URL, another URL, another file, within one batch; never of an empty body."""
    shelf = stocked(tmp_path / "a")
    assert kinds(shelf) == [
        *("response", "response", "response", "revisit"),
        *("revisit", "revisit", "response", "revisit"),
    ]


def test_a_revisit_never_refers_to_a_revisit(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        for _ in range(3):
            shelf.keep(archive, page(1))
            shelf.snapshots.reverse()  # the newest is found first
    told = [fields(tmp_path, each) for each in shelf.snapshots]
    original = next(each for each in told if each[0] == "response")
    assert {each[1].get("WARC-Refers-To") for each in told} == {
        None,
        original[1]["WARC-Record-ID"],
    }


def test_the_same_text_in_another_packing_is_kept_as_it_came(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    other = damage.encoded(2, hops=0)
    assert other.received is not None
    with shelf.archive() as archive:
        shelf.keep(archive, other)
        again = replace(other, received=gzip.compress(other.body, 1, mtime=1))
        shelf.keep(archive, again, page(2))
        assert [archive.read(each).received for each in shelf.snapshots] == [
            other.received, again.received, None,
        ]  # fmt: skip
    assert kinds(shelf) == ["response"] * 3


@pytest.mark.parametrize("harm", ["missing", "damaged", "other", "wrong row"])
def test_nothing_refers_to_a_page_that_can_not_be_read(tmp_path: Path, harm: str) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1), page(2))
        shelf.at = NOW + DAY
        shelf.keep(archive, page(3, at=shelf.at))
        first = shelf.snapshots[0]
        content = (tmp_path / first.file).read_bytes()
        if harm == "missing":
            damage.put(tmp_path, first.file, None)
        elif harm == "damaged":
            damage.put(
                tmp_path,
                first.file,
                content[: first.offset + 40] + b"\0" + content[first.offset + 41 :],
            )
        elif harm == "other":
            shelf.snapshots[0] = replace(shelf.snapshots[1], digest=first.digest)
        else:
            shelf.snapshots[0] = replace(first, file="../x.warc.gz")
        (again,) = shelf.keep(archive, page(1, at=shelf.at))
        assert archive.read(again).body == damage.body(1)
    assert fields(tmp_path, again)[0] == "response"


def test_a_revisit_of_another_page_is_refused_in_words(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    first = sorted(shelf.folder.glob("*.warc.gz"))[0]
    damage.put(shelf.folder, first.name, None)
    with (
        Archive(shelf.folder, now=lambda: NOW) as archive,
        pytest.raises(ArchiveError, match="which is missing"),
    ):
        archive.read(shelf.snapshots[4])


def test_an_event_of_a_revisit_brings_the_page_that_it_refers_to(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    found = event(shelf.folder, shelf.snapshots[5])
    assert [each.record.fields["warc-type"] for each in found.members] == [
        *("response", "response", "request"),  # the original, a redirect
        *("revisit", "request", "metadata", "conversion"),
    ]
    assert found.page.body == damage.body(2)
    assert not found.fault


def test_warcio_reads_a_file_with_revisits(tmp_path: Path) -> None:
    shelf = stocked(tmp_path / "a")
    found = []
    for path in sorted(shelf.folder.glob("*.warc.gz")):
        with path.open("rb") as file:
            for each in ArchiveIterator(file, check_digests="raise"):
                each.content_stream().read()
                found.append(each.rec_type)
    assert found.count("revisit") == 4
    assert found.count("response") == 4 + 3


def test_a_day_later_the_clock_set_back_seals_both_files(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1))
        shelf.at = NOW - timedelta(days=3)
        shelf.keep(archive, page(2))
        archive.seal()
    assert sorted(sealed_names(tmp_path)) == [
        "clipper-20260226-001.warc.gz",
        "clipper-20260301-001.warc.gz",
    ]
    assert not verifying.verify(tmp_path, shelf.rows).findings
