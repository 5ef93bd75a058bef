"""Web archives of others: what is taken in, and what is passed over and why."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper.archive import Archive, foreign
from clipper.archive.foreign import Passed, pages
from clipper.cli import main
from clipper.errors import ArchiveError
from clipper.model import Page
from clipper.store import Store

from .packing import CONFIG
from .test_archive import assert_clean, records
from .test_evidence import index
from .test_evidence import pages as pages_of

NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "https://daily.example/old/1"
LINES = (
    "The city sold its prison shares on Monday. The vote was seven to two, and late.",
    "Nobody in the hall had expected it, and the mayor left without a word to the press.",
    "Students had asked for the sale for nine years, in letters and in front of the hall.",
    "The treasurer said that the money would be put into bonds of the state by the spring.",
)
BODY = (
    "<html lang=en><head><title>City sells its prison shares</title></head><body><article>"
    "<h1>City sells its prison shares</h1>"
    + "".join(f"<p>{line}</p>" for line in LINES)
    + "</article></body></html>"
).encode()
HTML = {"Content-Type": "text/html; charset=utf-8"}


def written(
    url: str = URL,
    body: bytes = BODY,
    headers: Mapping[str, str] = HTML,
    *,
    status: str = "200 OK",
    at: str = "2020-05-01T10:00:00Z",
    kind: str = "response",
    packed: bool = True,
    **more: str,
) -> bytes:
    """One record as other tools write it: WARC 1.0, digests in SHA-1 and base32."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items())]
    block = "\r\n".join([*lines, "", ""]).encode() + body
    named = {
        "WARC-Type": kind,
        "WARC-Target-URI": f"<{url}>",
        "WARC-Date": at,
        "WARC-Record-ID": "<urn:uuid:00000000-0000-4000-8000-000000000000>",
        "WARC-Block-Digest": sha1(block),
        "WARC-Payload-Digest": sha1(body),
        "Content-Type": f"application/http; msgtype={kind}",
        **{key.replace("_", "-"): value for key, value in more.items()},
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    record = f"WARC/1.0\r\n{head}\r\n".encode() + block + b"\r\n\r\n"
    return gzip.compress(record) if packed else record


def sha1(content: bytes) -> str:
    digest = hashlib.sha1(content).digest()
    return f"sha1:{base64.b32encode(digest).decode()}"


def read(content: bytes, folder: Path, name: str = "x.warc.gz") -> list[Page | Passed]:
    path = folder / name
    path.write_bytes(content)
    return list(pages(path, NOW))


def why(found: list[Page | Passed]) -> list[str]:
    return ["taken" if isinstance(each, Page) else each.why for each in found]


def chunked(body: bytes) -> bytes:
    half = len(body) // 2
    parts = (body[:half], body[half:])
    return b"".join(b"%x;note=1\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"


# ---------------------------------------------------------------- reading


@pytest.mark.parametrize("packed", [True, False])
def test_a_page_is_read_as_it_came(tmp_path: Path, packed: bool) -> None:
    (page,) = read(written(packed=packed), tmp_path)
    assert isinstance(page, Page)
    assert (page.url, page.body, page.received) == (URL, BODY, None)
    assert page.fetched_at == datetime(2020, 5, 1, 10, tzinfo=UTC)


def test_transfer_encodings_are_taken_off_and_content_encodings_kept(tmp_path: Path) -> None:
    sent = gzip.compress(BODY)
    headers = {**HTML, "Content-Encoding": "gzip", "Transfer-Encoding": "chunked"}
    (page,) = read(written(body=chunked(sent), headers=headers), tmp_path)
    assert isinstance(page, Page)
    assert (page.body, page.received) == (BODY, sent)
    # Many tools take it off and leave the header.
    (page,) = read(written(headers={**HTML, "Transfer-Encoding": "chunked"}), tmp_path)
    assert isinstance(page, Page)
    assert page.body == BODY


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (written(headers={"Content-Type": "image/png"}), "not HTML"),
        (written(status="404 Not Found"), "the server answered 404"),
        (written(url="ftp://daily.example/x"), "no web address"),
        (written(url="javascript:alert(1)"), "no web address"),
        (written(url="https://[daily/x"), "no web address"),
        (written(at="2031-01-01T00:00:00Z"), "it says a time of capture that can't be"),
        (written(at="1970-01-01T00:00:00Z"), "it says a time of capture that can't be"),
        (written(at="yesterday"), "it does not say when it was captured"),
        (written(WARC_Truncated="length"), "cut off when it was captured"),
        (written(WARC_Block_Digest="sha256:" + "0" * 64), "its digest does not agree with its content"),
        (written(WARC_Payload_Digest="sha1:" + "A" * 32), "its digest does not agree with its content"),
        (written(headers={**HTML, "Content-Encoding": "gzip"}), "the body is damaged"),
        (written(headers={**HTML, "Content-Encoding": "zstd"}), "the body is encoded as 'zstd'"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_with_the_reason(
    tmp_path: Path, record: bytes, reason: str
) -> None:
    found = read(record + written(), tmp_path)
    assert why(found)[0].startswith(reason)
    assert why(found)[1:] == ["taken"]


def test_requests_and_metadata_are_not_spoken_of(tmp_path: Path) -> None:
    content = written(kind="request") + written(kind="metadata") + written()
    assert why(read(content, tmp_path)) == ["taken"]


# ---------------------------------------------------------------- hostile files


def bomb(size: int) -> bytes:
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: %d\r\n\r\n" % size
    return gzip.compress(head + bytes(size), 9)


def test_a_bomb_is_stopped_before_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "FREE_BYTES", 1_000_000)
    content = written() + bomb(30_000_000) + written()
    assert why(read(content, tmp_path)) == ["taken", "the file unpacks to too much"]


def test_a_body_that_is_a_bomb_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clipper.archive.reading.MOST_BYTES", 1_000_000)
    record = written(
        body=gzip.compress(bytes(3_000_000)), headers={**HTML, "Content-Encoding": "gzip"}
    )
    assert why(read(record + written(), tmp_path)) == [
        "the body is too large to be unpacked",
        "taken",
    ]


def test_a_record_that_is_too_large_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "MOST_BLOCK", 100_000)
    content = written(body=b"x" * 200_000) + written()
    assert why(read(content, tmp_path)) == ["too large", "taken"]


def test_a_head_without_end_ends_the_file(tmp_path: Path) -> None:
    content = gzip.compress(b"WARC/1.0\r\n" + b"A: b\r\n" * 100_000)
    assert why(read(content, tmp_path)) == ["a record's head has no end"]


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7 ...", b"\x1f\x8b\x08junk", b"<html>", bytes(500), b""]
)
def test_what_is_no_web_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ArchiveError, match="no WARC file"):
        read(content, tmp_path)


@pytest.mark.parametrize("length", ["-1", "1e3", "²", "9" * 20, "", "0x10"])
def test_a_record_of_no_sensible_length_ends_the_file(tmp_path: Path, length: str) -> None:
    head = f"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {length}\r\n\r\n"
    found = read(written() + gzip.compress(head.encode()), tmp_path)
    assert why(found) == ["taken", "a record does not say how long it is"]
    assert found[-1].is_damage  # type: ignore[union-attr]


def test_a_file_that_is_cut_short_gives_what_is_whole(tmp_path: Path) -> None:
    content = written() + written(url=f"{URL}2")
    assert why(read(content[:-20], tmp_path)) == ["taken", "the file is cut short"]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255), st.booleans())
def test_no_damage_brings_anything_but_a_word(at: int, byte: int, packed: bool) -> None:
    """A byte changed anywhere: pages that are taken are whole, all else is said."""
    content = bytearray(written(packed=packed) + written(url=f"{URL}2", packed=packed))
    content[at % len(content)] = byte
    stream = io.BytesIO(bytes(content))
    try:
        found = list(foreign._warc(stream, "x", NOW))
    except ArchiveError:
        return
    assert all(isinstance(each, Page | Passed) for each in found)
    assert all(each.body == BODY for each in found if isinstance(each, Page))


def package(path: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return path


def test_names_in_a_package_lead_nowhere(tmp_path: Path) -> None:
    names = (
        "../../evil.warc.gz",
        "/etc/evil.warc.gz",
        "archive/../../evil.warc.gz",
        "archive/a/b.warc.gz",
    )
    files = {name: written() for name in names}
    inside = tmp_path / "in"
    inside.mkdir()
    path = package(inside / "x.wacz", {**files, "archive/x.warc.gz": written()})
    assert why(list(pages(path, NOW))) == ["taken"]
    assert [each.name for each in tmp_path.rglob("*")] == ["in", "x.wacz"]
    path = package(inside / "y.wacz", files)
    with pytest.raises(ArchiveError, match="no WARC file"):
        list(pages(path, NOW))


def test_a_package_that_unpacks_to_too_much_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(foreign, "FREE_BYTES", 1_000_000)
    plain = gzip.decompress(bomb(20_000_000))
    path = package(tmp_path / "x.wacz", {"archive/x.warc": plain}, zipfile.ZIP_DEFLATED)
    assert why(list(pages(path, NOW))) == ["the file unpacks to too much"]


def test_a_damaged_file_in_a_package_is_named(tmp_path: Path) -> None:
    path = package(tmp_path / "x.wacz", {"archive/a.warc.gz": written()})
    content = bytearray(path.read_bytes())
    (start,) = struct.unpack_from("<H", content, 26)
    content[30 + start + 200] ^= 0xFF
    path.write_bytes(content)
    (found,) = list(pages(path, NOW))
    assert isinstance(found, Passed)
    assert found.is_damage


# ---------------------------------------------------------------- the command


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    return tmp_path


def told(home: Path, *words: str) -> int:
    return main(["--config", str(home / "sources.yaml"), "archive", *words])


def test_pages_of_others_become_captures_and_clippings(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    late = BODY.replace(b"seven to two", b"six to two")
    file = home / "theirs.warc.gz"
    file.write_bytes(
        written()
        + written(headers={"Content-Type": "image/png"})
        + written(body=late, at="2020-05-02T10:00:00Z")
        + written(at="2019-01-01T10:00:00Z")
    )
    assert told(home, "import", str(file), "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert [(each["url"], each["is_new"]) for each in done["taken"]] == [(URL, True), (URL, False)]
    assert sorted(each["why"] for each in done["passed"]) == [
        "a capture as new as this one is kept already",
        "not HTML",
    ]
    with Store.open(home / "data" / "clipper.db") as store:
        (clipping,) = store.clippings.list()
        assert clipping.matches
        assert "six to two" in store.articles.get(clipping.article.id).article.text
        one, two = store.captures.of_article(clipping.article.id)
        assert (one.fetched_at.day, two.fetched_at.day) == (1, 2)
        with Archive(home / "data" / "archive", now=lambda: NOW) as archive:
            assert one.snapshot is not None
            assert archive.read(one.snapshot).body == BODY
    assert_clean(home / "data" / "archive")
    (warc,) = (home / "data" / "archive").glob("*.warc.gz")
    kinds = [kind for kind, _, _ in records(warc)]
    assert kinds == ["warcinfo", *["response", "metadata", "conversion"] * 2]
    told_of = [block for kind, _, block in records(warc) if kind == "metadata"]
    assert all(b"imported-from: theirs.warc.gz" in block for block in told_of)


def test_a_front_page_is_no_story(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A crawl begins there; it is full of the words of other stories."""
    file = home / "theirs.warc.gz"
    fronts = ("https://daily.example", "https://daily.example/", "https://daily.example/?p=3")
    file.write_bytes(b"".join(written(url=url) for url in fronts))
    assert told(home, "import", str(file), "--json") == 0
    done = json.loads(capsys.readouterr().out)
    assert [each["url"] for each in done["taken"]] == ["https://daily.example/?p=3"]
    assert {each["why"] for each in done["passed"]} == {"an outlet's front page, which is no story"}


def test_the_same_file_brings_nothing_twice(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "theirs.warc.gz"
    file.write_bytes(written())
    assert told(home, "import", str(file)) == 0
    before = hashlib.sha256(
        b"".join(sorted(p.read_bytes() for p in home.rglob("*.warc.gz")))
    ).digest()
    capsys.readouterr()
    assert told(home, "import", str(file)) == 0
    assert "0 pages taken in" in capsys.readouterr().out
    after = hashlib.sha256(
        b"".join(sorted(p.read_bytes() for p in home.rglob("*.warc.gz")))
    ).digest()
    assert before == after


def test_what_was_exported_can_be_taken_in_elsewhere(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = home / "theirs.warc.gz", home / "out.wacz"
    file.write_bytes(
        written() + written(body=BODY.replace(b"seven", b"six"), at="2020-05-02T10:00:00Z")
    )
    assert told(home, "import", str(file)) == 0
    assert told(home, "export", str(out), "--status", "any") == 0
    there = home / "there"
    there.mkdir()
    (there / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    assert told(there, "import", str(out)) == 0
    again = there / "again.wacz"
    assert told(there, "export", str(again), "--status", "any") == 0
    kept = ("ts", "url", "title", "text")
    assert [[p[k] for k in kept] for p in pages_of(out)] == [
        [p[k] for k in kept] for p in pages_of(again)
    ]
    assert [each["digest"] for *_, each in index(out)] == [
        each["digest"] for *_, each in index(again)
    ]


def test_damage_is_told_and_ends_with_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = home / "theirs.warc.gz"
    file.write_bytes((written() + written(url=f"{URL}2"))[:-30])
    assert told(home, "import", str(file)) == 1
    out = capsys.readouterr().out
    assert "1 page taken in, 1 queued" in out
    assert "the rest of theirs.warc.gz: the file is cut short" in out
    other = home / "other.pdf"
    other.write_bytes(b"%PDF")
    assert told(home, "import", str(other)) == 1
    assert "no WARC file" in capsys.readouterr().err
