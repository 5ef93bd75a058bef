"""What the archive shows of clippings, and what it hands on."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import random
import sys
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from clipper import evidence
from clipper.archive import Archive, cdxj, packages, signing, wacz
from clipper.archive.events import event
from clipper.cli import main
from clipper.errors import ArchiveError
from clipper.evidence import EvidenceError, Wanted
from clipper.model import Snapshot, Status

from . import keeping
from .packing import DAY, NOW, Stand, body_of, stand_in

LEAD = "The city sold its prison shares on Monday.\nThe vote was seven to two, and late."


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with stand_in(tmp_path) as made:
        yield made


def exported(stand: Stand, name: str = "out.wacz", most: int = wacz.MOST, **wanted: object) -> Path:
    draw = random.Random(7)
    evidence.export(
        stand.store,
        stand.pages,
        Wanted(**wanted),  # type: ignore[arg-type]
        stand.folder / name,
        title="Clips",
        now=NOW,
        ids=lambda: uuid.UUID(int=draw.getrandbits(128)),
        most=most,
    )
    return stand.folder / name


def test_a_page_that_is_a_revisit_is_handed_on_with_the_page_that_it_refers_to(
    stand: Stand,
) -> None:
    """Once, however many refer to it; and the index leads from one to the other."""
    _, first = stand.clip("1", "City sells", LEAD, packed=True)
    page = stand.archive.read(first)
    stand.archive.close()
    with Archive(
        stand.pages, now=lambda: NOW, earlier=stand.store.snapshots.with_digest
    ) as archive:
        stand.archive = archive
        for number in (2, 3):
            again = replace(page, url=f"https://daily.example/news/{number}")
            (snapshot,) = archive.capture([again])
            pending = keeping.waiting(stand.store, str(number))
            read = keeping.reading(url=again.url, text=f"{LEAD} {number}")
            harvest = replace(keeping.harvest(pending, read), snapshot=snapshot)
            stand.store.save(harvest, keeping.ALONE, NOW)
    package = exported(stand, statuses=tuple(Status))
    with zipfile.ZipFile(package) as opened:
        warc = opened.read("archive/clipper.warc.gz")
        index = gzip.decompress(opened.read("indexes/index.cdx.gz")).decode()
    lines = [json.loads(line.split(" ", 2)[2]) for line in index.splitlines()]
    assert [line["mime"] for line in lines] == ["text/html", "warc/revisit", "warc/revisit"]
    assert len({line["digest"] for line in lines}) == 1
    kinds = [each.rec_type for each in ArchiveIterator(BytesIO(warc))]
    assert (kinds.count("response"), kinds.count("revisit")) == (1, 2)
    assert [each["url"][-1] for each in pages(package)] == ["1", "2", "3"]


def pages(package: Path) -> list[dict[str, str]]:
    with zipfile.ZipFile(package) as opened:
        lines = opened.read("pages/pages.jsonl").decode().splitlines()
    return [json.loads(line) for line in lines[1:]]


def index(package: Path) -> list[tuple[str, str, dict[str, str]]]:
    with zipfile.ZipFile(package) as opened:
        lines = gzip.decompress(opened.read("indexes/index.cdx.gz")).decode().splitlines()
    return [(key, at, json.loads(rest)) for key, at, rest in (x.split(" ", 2) for x in lines)]


def told(stand: Stand, *words: str) -> int:
    return main(["--config", str(stand.folder / "sources.yaml"), "archive", *words])


# ---------------------------------------------------------------- what goes into a package


def test_a_package_holds_the_published_clippings_and_nothing_else(stand: Stand) -> None:
    stand.clip("1", "Sold", LEAD)
    stand.clip("2", "Waiting", LEAD, status=Status.QUEUED)
    stand.clip("3", "Approved", LEAD, status=Status.APPROVED)
    (page,) = pages(exported(stand))
    assert (page["title"], page["text"], page["url"]) == (
        "Sold",
        LEAD,
        "https://daily.example/news/1",
    )
    assert page["ts"] == "2026-03-01T12:00:00Z"
    both = exported(stand, "two.wacz", statuses=(Status.APPROVED, Status.PUBLISHED))
    assert [each["title"] for each in pages(both)] == ["Sold", "Approved"]
    assert len(pages(exported(stand, "all.wacz", statuses=tuple(Status)))) == 3


def test_a_corrected_article_is_exported_with_all_its_captures(stand: Stand) -> None:
    number, _ = stand.clip("1", "Sold", LEAD)
    stand.correct(number, "Sold in part", LEAD.replace("seven", "six"), NOW + DAY)
    package = exported(stand)
    assert [(each["title"], each["ts"][:10]) for each in pages(package)] == [
        ("Sold", "2026-03-01"),
        ("Sold in part", "2026-03-02"),
    ]
    assert len(index(package)) == 2


def test_days_and_campaigns_narrow_what_is_exported(stand: Stand) -> None:
    stand.clip("1", "First", LEAD)
    stand.clip("2", "Second", LEAD, at=NOW + DAY)
    since = exported(stand, "a.wacz", since=NOW + timedelta(seconds=1))
    assert [each["title"] for each in pages(since)] == ["Second"]
    until = exported(stand, "b.wacz", until=NOW + DAY)
    assert [each["title"] for each in pages(until)] == ["First"]
    named = exported(stand, "c.wacz", campaign="prison-divestment")
    assert len(pages(named)) == 2
    with pytest.raises(EvidenceError, match="nothing was written"):
        exported(stand, "d.wacz", campaign="another")
    assert not (stand.folder / "d.wacz").exists()


def test_many_captures_are_exported_in_more_than_one_reading(stand: Stand) -> None:
    for number in range(230):
        stand.clip(str(number), f"Title {number}", LEAD)
    assert [each["title"] for each in pages(exported(stand))] == [f"Title {n}" for n in range(230)]


# ---------------------------------------------------------------- the records


def test_records_are_copied_byte_for_byte_with_the_redirects_that_led_there(stand: Stand) -> None:
    stand.clip("1", "Not wanted", LEAD, status=Status.QUEUED)
    stand.clip("2", "Sold", LEAD, hops=True, packed=True)
    stand.clip("3", "Not wanted", LEAD, status=Status.QUEUED)
    package = exported(stand)
    with zipfile.ZipFile(package) as opened:
        warc = opened.read(f"archive/{wacz.WARC}")
    kinds = [
        (record.rec_type, record.rec_headers.get_header("WARC-Target-URI"))
        for record in ArchiveIterator(BytesIO(warc), no_record_parse=True)
    ]
    url, asked = "https://daily.example/news/2", "https://daily.example/news/2?from=feed"
    assert kinds == [
        ("warcinfo", None),
        ("response", asked),
        ("request", asked),
        ("response", url),
        ("request", url),
        ("metadata", url),
        ("conversion", f"urn:text:{url}"),
    ]
    (source,) = stand.pages.glob("*.warc.gz")
    members = warc.split(b"\x1f\x8b\x08")[2:]
    content = source.read_bytes()
    assert b"\x1f\x8b\x08".join([b"", *members]) in content
    for record in FastIterator(BytesIO(warc), parse_http=False):
        assert record.verify_block_digest()
    assert [(each["status"], each["url"]) for _, _, each in index(package)] == [
        ("200", url),
        ("302", asked),
    ]


def test_the_index_leads_to_each_record(stand: Stand) -> None:
    for number in range(5):
        stand.clip(str(number), f"Title {number}", LEAD, packed=bool(number % 2))
    package = exported(stand)
    with zipfile.ZipFile(package) as opened:
        warc = opened.read(f"archive/{wacz.WARC}")
        block = opened.read("indexes/index.cdx.gz")
        summary = opened.read("indexes/index.idx").decode().splitlines()
    for _, _, place in index(package):
        start, length = int(place["offset"]), int(place["length"])
        member = warc[start : start + length]
        assert place["recordDigest"] == f"sha256:{hashlib.sha256(member).hexdigest()}"
        assert f"WARC-Target-URI: {place['url']}\r\n".encode() in gzip.decompress(member)
    assert json.loads(summary[0].split(" ", 2)[2])["filename"] == "index.cdx.gz"
    place = json.loads(summary[1].split(" ", 2)[2])
    assert (place["offset"], place["length"]) == (0, len(block))
    assert place["digest"] == f"sha256:{hashlib.sha256(block).hexdigest()}"


def test_a_package_too_large_for_one_warc_file_has_several(stand: Stand) -> None:
    for number in range(5):
        stand.clip(str(number), f"Title {number}", LEAD)
    package = exported(stand, most=3000)
    with zipfile.ZipFile(package) as opened:
        names = [name for name in opened.namelist() if name.startswith("archive/")]
        assert names[:2] == ["archive/clipper.warc.gz", "archive/clipper-2.warc.gz"]
        for _, _, place in index(package):
            warc = opened.read(f"archive/{place['filename']}")
            start = int(place["offset"])
            member = gzip.decompress(warc[start : start + int(place["length"])])
            assert f"WARC-Target-URI: {place['url']}\r\n".encode() in member
        for name in names:
            (opening, *_) = ArchiveIterator(BytesIO(opened.read(name)), no_record_parse=True)
            assert opening.rec_headers.get_header("WARC-Filename") == name.rpartition("/")[2]
    assert packages.look(package).faults == []


def test_readers_that_trust_the_zips_directory_find_each_file(stand: Stand) -> None:
    """wabac.js (replayweb.page, ArchiveWeb.page) takes it that a file's head in the zip has an
    extra field only if its line in the directory has one."""
    stand.clip("1", "Sold", LEAD)
    package = exported(stand)
    content = package.read_bytes()
    with zipfile.ZipFile(package) as opened:
        for entry in opened.infolist():
            assert entry.extra == b""
            start = entry.header_offset + 30 + len(entry.filename)
            assert content[start : start + entry.file_size] == opened.read(entry)


def test_a_long_index_is_read_block_by_block() -> None:
    lines = [f"org,example)/{n:05d} 20260301120000 {{}}\n" for n in range(2500)]
    packed, summary = cdxj.blocks(reversed(lines), "index.cdx.gz")
    read = []
    for line in summary.decode().splitlines()[1:]:
        key, _, rest = line.split(" ", 2)
        place = json.loads(rest)
        block = gzip.decompress(packed[place["offset"] : place["offset"] + place["length"]])
        assert block.decode().startswith(f"{key} ")
        read += block.decode().splitlines(keepends=True)
    assert read == lines


def test_the_package_says_what_is_in_it_and_the_parts_agree(stand: Stand) -> None:
    stand.clip("1", "Sold", LEAD)
    with zipfile.ZipFile(exported(stand)) as opened:
        assert all(entry.compress_type == zipfile.ZIP_STORED for entry in opened.infolist())
        described = opened.read("datapackage.json")
        seal = json.loads(opened.read("datapackage-digest.json"))
        for resource in json.loads(described)["resources"]:
            content = opened.read(resource["path"])
            assert resource["bytes"] == len(content)
            assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
    assert seal == {
        "path": "datapackage.json",
        "hash": f"sha256:{hashlib.sha256(described).hexdigest()}",
    }


def test_the_same_export_gives_the_same_bytes(stand: Stand) -> None:
    stand.clip("1", "Sold", LEAD, hops=True)
    assert exported(stand, "a.wacz").read_bytes() == exported(stand, "b.wacz").read_bytes()


# ---------------------------------------------------------------- what goes wrong


def spoil(stand: Stand, snapshot: Snapshot, at: int = 40) -> None:
    path = stand.pages / snapshot.file
    content = bytearray(path.read_bytes())
    content[snapshot.offset + at] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_capture_is_left_out_and_named(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    _, snapshot = stand.clip("1", "Damaged", LEAD)
    stand.clip("2", "Whole", LEAD, hops=True)
    spoil(stand, snapshot)
    out = stand.folder / "out.wacz"
    assert told(stand, "export", str(out)) == 1
    assert [each["title"] for each in pages(out)] == ["Whole"]
    err = capsys.readouterr().err
    assert f"{snapshot.file} at {snapshot.offset}" in err
    assert "Traceback" not in err


def test_damage_beside_a_page_is_told_and_the_page_exported(stand: Stand) -> None:
    _, snapshot = stand.clip("1", "Sold", LEAD)
    spoil(stand, snapshot, snapshot.length + 40)
    found = event(stand.pages, snapshot)
    assert [raw.record.fields["warc-type"] for raw in found.members] == ["response"]
    assert "not whole" in found.fault
    done = evidence.export(
        stand.store, stand.pages, Wanted(), stand.folder / "out.wacz",
        title="Clips", now=NOW, ids=uuid.uuid4,
    )  # fmt: skip
    assert (done.captures, len(done.incomplete)) == (1, 1)


def test_another_capture_than_the_stores_is_never_passed_on(stand: Stand) -> None:
    _, one = stand.clip("1", "One", LEAD)
    _, two = stand.clip("2", "Two", LEAD)
    path = stand.pages / one.file
    content = path.read_bytes()
    path.write_bytes(content[: one.offset] + content[two.offset :])
    with pytest.raises(ArchiveError, match="another one"):
        event(stand.pages, one)


def test_what_a_writer_has_not_synced_is_not_read(stand: Stand) -> None:
    _, snapshot = stand.clip("1", "Sold", LEAD)
    path = stand.pages / snapshot.file
    whole = len(event(stand.pages, snapshot).members)
    with path.open("ab") as file:
        file.write(b"\x1f\x8b half a record")
    found = event(stand.pages, snapshot)
    assert (len(found.members), found.fault) == (whole, "")


def test_a_file_that_is_there_is_left_as_it_is(stand: Stand) -> None:
    stand.clip("1", "Sold", LEAD)
    out = stand.folder / "out.wacz"
    out.write_bytes(b"mine")
    assert told(stand, "export", str(out)) == 1
    assert out.read_bytes() == b"mine"


def test_an_export_that_is_cut_off_leaves_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand.clip("1", "Sold", LEAD)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("clipper.archive.wacz.os.fsync", full)
    with pytest.raises(ArchiveError, match="No space left"):
        exported(stand)
    assert list(stand.folder.glob("*.wacz")) + list(stand.folder.glob(".*.new")) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "out.zip"), "must end in .wacz"),
        (("export", "none/out.wacz"), "can't be written"),
        (("export", "out.wacz", "--campaign", "Prison divestmen"), "Did you mean"),
        (("export", "out.wacz", "--to", "2001-01-01"), "nothing was written"),
        (("show", "99"), "no clipping 99"),
        (("show", "1", "--capture", "7"), "no capture 7"),
        (("show", "1", "--diff", "1", "7"), "no capture 7"),
    ],
)
def test_mistakes_are_told_in_a_sentence(
    stand: Stand,
    words: tuple[str, ...],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(stand.folder)
    stand.clip("1", "Sold", LEAD)
    assert told(stand, *words) in (1, 2)
    err = capsys.readouterr().err
    assert sentence in err
    assert "Traceback" not in err


# ---------------------------------------------------------------- signing


def test_a_signature_is_that_of_the_packages_list(stand: Stand) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    stand.clip("1", "Sold", LEAD)
    out = stand.folder / "out.wacz"
    assert told(stand, "export", str(out), "--sign") == 0
    with zipfile.ZipFile(out) as opened:
        described = opened.read("datapackage.json")
        signed = json.loads(opened.read("datapackage-digest.json"))["signedData"]
    assert signed["created"] == json.loads(described)["created"]
    signature = base64.b64decode(signed["signature"])
    r, s = int.from_bytes(signature[:48]), int.from_bytes(signature[48:])
    key = serialization.load_der_public_key(base64.b64decode(signed["publicKey"]))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
    key.verify(encode_dss_signature(r, s), digest.encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(encode_dss_signature(r, s), b"other", ec.ECDSA(hashes.SHA256()))


def test_signing_without_its_library_says_what_to_install(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == "cryptography"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(ArchiveError, match=r"clipper\[signing\]"):
        signing.signer()


# ---------------------------------------------------------------- showing


def test_the_captures_of_an_article_are_shown_with_their_places(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    number, first = stand.clip("1", "Sold", LEAD)
    second = stand.correct(number, "Sold in part", LEAD, NOW + DAY)
    assert told(stand, "show", str(number), "--json") == 0
    one, two = json.loads(capsys.readouterr().out)
    assert (one["sha256"], two["sha256"]) == (first.digest, second.digest)
    assert (one["whole"], two["whole"]) == (True, True)
    assert told(stand, "show", str(number)) == 0
    out = capsys.readouterr().out
    assert "Sold in part" in out
    assert first.digest in out


def test_the_captured_page_is_written_as_it_came(stand: Stand) -> None:
    number, snapshot = stand.clip("1", "Sold", LEAD, packed=True)
    stand.correct(number, "Sold in part", LEAD, NOW + DAY)
    old, new = stand.folder / "old.html", stand.folder / "new.html"
    assert told(stand, "show", str(number), "--page", str(old), "--capture", "1") == 0
    assert told(stand, "show", str(number), "--page", str(new)) == 0
    assert hashlib.sha256(old.read_bytes()).hexdigest() == snapshot.digest
    assert new.read_bytes() == body_of("Sold in part", LEAD)
    assert told(stand, "show", str(number), "--page", str(old)) == 1
    assert old.read_bytes() == body_of("Sold", LEAD)


def test_what_changed_between_two_captures_is_told_by_words(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    number, _ = stand.clip("1", "City sells shares", LEAD)
    stand.correct(number, "City sells some shares", LEAD.replace("seven", "six"), NOW + DAY)
    assert told(stand, "show", str(number), "--diff", "1", "2") == 0
    out = capsys.readouterr().out
    assert "headline: City sells {+some +}shares" in out
    assert "The vote was [-seven-]{+six+} to two" in out
    assert told(stand, "show", str(number), "--diff", "1", "1") == 0
    assert capsys.readouterr().out == "headline: the same\ntext: the same\n"


def test_a_capture_that_cannot_be_read_ends_with_one(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    number, snapshot = stand.clip("1", "Sold", LEAD)
    spoil(stand, snapshot)
    assert told(stand, "show", str(number)) == 1
    assert snapshot.file in capsys.readouterr().out
    assert told(stand, "show", str(number), "--page", str(stand.folder / "x.html")) == 1
    assert not (stand.folder / "x.html").exists()


# ---------------------------------------------------------------- keys of the index


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Example.com/News/?b=2&a=1", "com,example)/news?a=1&b=2"),
        ("http://example.com", "com,example)/"),
        ("http://example.com:80/a/", "com,example)/a"),
        ("https://example.com:8443/a#part", "com,example:8443)/a"),
        ("https://user:secret@www2.example.com/a//b", "com,example)/a/b"),
    ],
)
def test_urls_are_sorted_as_archives_do(url: str, key: str) -> None:
    assert cdxj.surt(url) == key
