"""What users of the archive can rely on: evidence that outlives the link."""

from __future__ import annotations

import errno
import gzip
import os
import signal
import subprocess
import sys
import threading
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from fastwarc.warc import WarcRecordType
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.checker import Checker

from clipper.archive import Archive, Note, reading
from clipper.archive.disk import Disk
from clipper.errors import ArchiveError
from clipper.model import Hop, Page, Snapshot

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
HTML = b"<html><body><p>The city sold its shares.</p></body></html>"


def clock(at: datetime = NOW) -> Callable[[], datetime]:
    return lambda: at


def page(number: int = 1, body: bytes = HTML, **changes: object) -> Page:
    fields: dict[str, object] = {
        "url": f"https://news.example/{number}",
        "body": body,
        "asked": f"https://news.example/{number}?utm_source=x",
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx")),
        "request_headers": (("User-Agent", "clipper"), ("Accept", "text/html")),
        "fetched_at": NOW,
        "address": "192.0.2.7",
    }
    return Page(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "archive", now=clock()) as opened:
        yield opened


def warcs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.warc.gz"))


def records(path: Path) -> list[tuple[str, dict[str, str], bytes]]:
    """Every record as warcio reads it: kind, WARC headers, block."""
    with path.open("rb") as file:
        return [
            (r.rec_type, dict(r.rec_headers.headers), r.raw_stream.read())
            for r in ArchiveIterator(file, no_record_parse=True, arc2warc=False)
        ]


def assert_clean(folder: Path) -> None:
    """Both reference readers accept every record and every digest."""
    for path in warcs(folder):
        with path.open("rb") as file:
            for record in FastIterator(file, parse_http=False):
                assert record.verify_block_digest(), record.headers
        with path.open("rb") as file:
            for record in FastIterator(file, parse_http=True):
                if (
                    record.record_type == WarcRecordType.response
                    and "WARC-Payload-Digest" in record.headers
                ):
                    assert record.verify_payload_digest(), record.headers


# ---------------------------------------------------------------- what comes back


def test_a_captured_page_can_be_read_back_as_it_was(archive: Archive) -> None:
    pages = [page(1), page(2, b""), page(3, b"\x00\xff" * 500, status=404)]
    for snapshot, captured in zip(archive.capture(pages), pages, strict=True):
        read = archive.read(snapshot)
        assert (read.url, read.body, read.status) == (captured.url, captured.body, captured.status)
        assert read.headers == captured.headers
        assert (read.fetched_at, read.address) == (NOW, "192.0.2.7")


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "Deflate": lambda body: zlib.compress(body)[2:-4],
    "x-gzip": gzip.compress,
}


@pytest.mark.parametrize("encoding", ENCODERS)
def test_an_encoded_body_is_kept_as_received_and_read_decoded(
    archive: Archive, encoding: str
) -> None:
    sent = ENCODERS[encoding](HTML)
    captured = page(
        received=sent, headers=(("Content-Encoding", encoding), ("Content-Length", str(len(sent))))
    )
    (snapshot,) = archive.capture([captured])
    read = archive.read(snapshot)
    assert read.body == HTML
    assert read.received == sent
    (path,) = warcs(archive.folder)
    assert sent in next(block for kind, _, block in records(path) if kind == "response")


def test_a_brotli_body_is_read_decoded(archive: Archive) -> None:
    brotli = pytest.importorskip("brotli")
    sent = brotli.compress(HTML)
    (snapshot,) = archive.capture([page(received=sent, headers=(("Content-Encoding", "br"),))])
    assert archive.read(snapshot).body == HTML


def test_headers_that_are_not_true_of_the_kept_body_are_set_aside(archive: Archive) -> None:
    """A reader that believed them would misread the body, so they bear another name."""
    archive.capture([page(headers=(
        ("Transfer-Encoding", "chunked"), ("Content-Encoding", "gzip"), ("Content-Length", "9"),
    ))])  # fmt: skip
    (path,) = warcs(archive.folder)
    head = next(block for kind, _, block in records(path) if kind == "response").split(b"\r\n\r\n")[
        0
    ]
    assert head.split(b"\r\n")[1:] == [
        b"X-Archive-Orig-Content-Encoding: gzip",
        b"X-Archive-Orig-Content-Length: 9",
    ]


# ---------------------------------------------------------------- what others can read


def test_warcio_and_fastwarc_read_all_records_and_find_all_digests_right(
    archive: Archive, tmp_path: Path
) -> None:
    sent = gzip.compress(HTML)
    archive.capture(
        [page(1), page(2, received=sent, headers=(("Content-Encoding", "gzip"),))],
        [Note(fields={"source": "daily"}, text="Die Stadt verkaufte."), Note()],
    )
    archive.capture([page(3)])
    (path,) = warcs(archive.folder)
    assert [kind for kind, _, _ in records(path)] == (
        ["warcinfo"]
        + ["response", "request", "metadata", "conversion"]
        + ["response", "request", "metadata"] * 2
    )
    assert_clean(archive.folder)
    checker = Checker.__new__(Checker)
    checker.verbose, checker.exit_value = True, 0
    checker.process_one(str(path))
    assert checker.exit_value == 0
    with path.open("rb") as file:
        bodies = [
            r.content_stream().read() for r in ArchiveIterator(file) if r.rec_type == "response"
        ]
    assert bodies == [HTML] * 3


def test_each_record_is_a_gzip_member_of_its_own_and_a_snapshot_points_at_it(
    archive: Archive,
) -> None:
    snapshots = archive.capture([page(number) for number in range(5)])
    (path,) = warcs(archive.folder)
    content = path.read_bytes()
    for number, snapshot in enumerate(snapshots):
        member = content[snapshot.offset : snapshot.offset + snapshot.length]
        unpacker = zlib.decompressobj(31)
        record = unpacker.decompress(member)
        assert unpacker.eof
        assert unpacker.unused_data == b""
        assert f"WARC-Target-URI: https://news.example/{number}\r\n".encode() in record


def test_the_records_of_one_event_bear_one_date_and_name_the_response(archive: Archive) -> None:
    hop = Hop(
        url="http://news.example/old", status=301, headers=(("Location", "https://news.example/1"),)
    )
    archive.capture([page(hops=(hop,))], [Note(text="words")])
    (path,) = warcs(archive.folder)
    found = records(path)[1:]
    kinds = [kind for kind, _, _ in found]
    assert kinds == ["response", "request", "response", "request", "metadata", "conversion"]
    assert {fields["WARC-Date"] for _, fields, _ in found} == {"2026-03-01T12:30:15.250000Z"}
    main = found[2][1]["WARC-Record-ID"]
    assert found[3][1]["WARC-Concurrent-To"] == main
    assert found[5][1]["WARC-Refers-To"] == main
    assert found[0][1]["WARC-Truncated"] == "unspecified"
    assert (
        found[0][2] == b"HTTP/1.1 301 Moved Permanently\r\nLocation: https://news.example/1\r\n\r\n"
    )


def test_no_secret_of_ours_is_written(archive: Archive) -> None:
    captured = page(
        url="https://ana:hunter2@news.example/1",
        request_headers=(
            ("Authorization", "Bearer hunter2"),
            ("COOKIE", "s=hunter2"),
            ("Accept", "*/*"),
        ),
    )
    archive.capture([captured])
    (path,) = warcs(archive.folder)
    written = b"".join(repr(fields).encode() + block for _, fields, block in records(path))
    assert b"hunter2" not in written
    assert b"Accept: */*" in written


def test_a_hostile_header_can_not_forge_a_record(archive: Archive) -> None:
    evil = "x\r\n\r\n\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n"
    captured = page(
        headers=(("X-Evil", evil), (evil, "1"), ("X-Letters", "naïve ✂")), body=evil.encode()
    )
    (snapshot,) = archive.capture([captured], [Note(fields={"entry": evil}, text=evil + "\ud800")])
    assert archive.read(snapshot).body == evil.encode()
    assert_clean(archive.folder)
    (path,) = warcs(archive.folder)
    assert len(records(path)) == 5


@settings(max_examples=40, deadline=None)
@given(body=st.binary(max_size=300), url=st.text(max_size=40), value=st.text(max_size=40))
def test_whatever_a_server_sends_is_kept_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, body: bytes, url: str, value: str
) -> None:
    folder = tmp_path_factory.mktemp("archive")
    with Archive(folder, now=clock()) as archive:
        captured = page(body=body, url=f"https://news.example/{url}", headers=(("X", value),))
        (snapshot,) = archive.capture([captured])
        assert archive.read(snapshot).body == body
    assert_clean(folder)


# ---------------------------------------------------------------- files


def test_a_new_file_is_begun_each_day_and_past_the_size(tmp_path: Path) -> None:
    at = [NOW]
    with Archive(tmp_path, now=lambda: at[0], roll_bytes=3000) as archive:
        for _ in range(3):
            archive.capture([page(body=os.urandom(900))])
        at[0] += timedelta(days=1)
        archive.capture([page()])
    assert [path.name for path in warcs(tmp_path)] == [
        "clipper-20260301-001.warc.gz",
        "clipper-20260301-002.warc.gz",
        "clipper-20260302-001.warc.gz",
    ]
    for path in warcs(tmp_path):
        kind, fields, block = records(path)[0]
        assert (kind, fields["WARC-Filename"]) == ("warcinfo", path.name)
        assert b"software: clipper/" in block


def test_a_second_run_of_the_day_goes_on_in_the_same_file(tmp_path: Path) -> None:
    for number in range(3):
        with Archive(tmp_path, now=clock()) as archive:
            archive.capture([page(number)])
    (path,) = warcs(tmp_path)
    assert [kind for kind, _, _ in records(path)].count("warcinfo") == 1
    assert_clean(tmp_path)


def test_only_one_process_writes_and_others_read(archive: Archive) -> None:
    (snapshot,) = archive.capture([page()])
    with Archive(archive.folder, now=clock()) as second:
        assert second.read(snapshot).body == HTML
        with pytest.raises(ArchiveError, match="another process is writing"):
            second.capture([page(2)])


def test_threads_may_capture_at_once(archive: Archive) -> None:
    snapshots: list[Snapshot] = []

    def work(first: int) -> None:
        for number in range(first, first + 10):
            snapshots.extend(archive.capture([page(number, str(number).encode())]))

    threads = [threading.Thread(target=work, args=(n * 10,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(archive.read(s).body for s in snapshots) == sorted(
        str(n).encode() for n in range(40)
    )
    assert_clean(archive.folder)


def test_the_same_ids_and_time_give_the_same_bytes(tmp_path: Path) -> None:
    contents = []
    for name in "ab":
        random = Random(7)
        with Archive(
            tmp_path / name, now=clock(), ids=lambda r=random: uuid.UUID(int=r.getrandbits(128))
        ) as archive:
            archive.capture([page()])
        contents.append(warcs(tmp_path / name)[0].read_bytes())
    assert contents[0] == contents[1]


# ---------------------------------------------------------------- damage


def cut(path: Path, lost: int) -> None:
    os.truncate(path, path.stat().st_size - lost)


@pytest.mark.parametrize(
    "tail",
    [b"\x1f\x8b", b"\0" * 4000, gzip.compress(b"x" * 5000)[:-9], b"garbage" * 99],
    ids=["magic", "zeros", "cut", "garbage"],
)
def test_a_torn_tail_is_set_aside_and_nothing_before_it_is_lost(
    tmp_path: Path, tail: bytes
) -> None:
    with Archive(tmp_path, now=clock()) as archive:
        before = archive.capture([page(1), page(2)])
    (path,) = warcs(tmp_path)
    size = path.stat().st_size
    with path.open("ab") as file:
        file.write(tail)
    with Archive(tmp_path, now=clock()) as archive:
        after = archive.capture([page(3)])
        assert [archive.read(s).url[-1] for s in (*before, *after)] == ["1", "2", "3"]
    assert path.with_name(f"{path.name}.{size}.torn").read_bytes() == tail
    assert_clean(tmp_path)


def test_whole_captures_after_the_last_note_of_the_size_are_kept(tmp_path: Path) -> None:
    """A kill between the write and the note leaves whole captures: they are evidence. One of
    which not all records are there is set aside with all that is there of it."""
    with Archive(tmp_path, now=clock()) as archive:
        (first,) = archive.capture([page(1)])
        noted = (tmp_path / "open.txt").read_bytes()
        (second, third) = archive.capture([page(2), page(3)])
    (tmp_path / "open.txt").write_bytes(noted)
    (path,) = warcs(tmp_path)
    cut(path, 5)
    torn = path.read_bytes()[third.offset :]
    with Archive(tmp_path, now=clock()) as archive:
        archive.capture([page(4)])
        assert archive.read(first).url == "https://news.example/1"
        assert archive.read(second).url == "https://news.example/2"
    assert path.with_name(f"{path.name}.{third.offset}.torn").read_bytes() == torn
    assert_clean(tmp_path)


@pytest.mark.parametrize("noted", [b"", b"rubbish", b"\xff" * 60, b"../../x 7"])
def test_a_lost_note_of_the_size_costs_no_record(tmp_path: Path, noted: bytes) -> None:
    with Archive(tmp_path, now=clock()) as archive:
        (snapshot,) = archive.capture([page(1)])
    (tmp_path / "open.txt").write_bytes(noted)
    with Archive(tmp_path, now=clock()) as archive:
        archive.capture([page(2)])
        assert archive.read(snapshot).body == HTML
    assert not list(tmp_path.glob("*.torn"))


def test_a_file_shorter_than_what_was_acknowledged_is_an_alarm(tmp_path: Path) -> None:
    with Archive(tmp_path, now=clock()) as archive:
        archive.capture([page(1)])
    (path,) = warcs(tmp_path)
    cut(path, 1)
    content = path.read_bytes()
    with (
        Archive(tmp_path, now=clock()) as archive,
        pytest.raises(ArchiveError, match="1 bytes shorter"),
    ):
        archive.capture([page(2)])
    assert path.read_bytes() == content


def test_the_file_that_was_open_is_mended_though_the_clock_was_set_back(tmp_path: Path) -> None:
    with Archive(tmp_path, now=clock()) as archive:
        archive.capture([page(1)])
    with Archive(tmp_path, now=clock(NOW - timedelta(days=3))) as archive:
        archive.capture([page(2)])
    earlier = tmp_path / "clipper-20260226-001.warc.gz"
    with earlier.open("ab") as file:
        file.write(b"\x1f\x8btorn")
    with Archive(tmp_path, now=clock()) as archive:
        archive.capture([page(3)])
    assert_clean(tmp_path)
    assert list(tmp_path.glob("clipper-20260226-001.warc.gz.*.torn"))


@pytest.mark.parametrize("failing", ["write", "sync_content", "write_at"])
def test_a_full_disk_leaves_the_archive_as_it_was(tmp_path: Path, failing: str) -> None:
    class Full(Disk):
        is_full = False

    def fail(self: Full, *given: Any) -> Any:
        if self.is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return getattr(Disk, failing)(self, *given)

    setattr(Full, failing, fail)
    disk = Full()
    with Archive(tmp_path, now=clock(), disk=disk) as archive:
        (first,) = archive.capture([page(1)])
        (path,) = warcs(tmp_path)
        before = path.read_bytes(), (tmp_path / "open.txt").read_bytes()
        disk.is_full = True
        with pytest.raises(ArchiveError, match="No space left"):
            archive.capture([page(2)])
        assert (path.read_bytes(), (tmp_path / "open.txt").read_bytes()) == before
        disk.is_full = False
        (third,) = archive.capture([page(3)])
        assert archive.read(first).url != archive.read(third).url
    assert_clean(tmp_path)


LIMITED = """
import resource, signal, sys
from datetime import datetime, UTC
from clipper.archive import Archive
from clipper.errors import ArchiveError
from clipper.model import Page
import os
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
now = datetime(2026, 3, 1, tzinfo=UTC)
with Archive(sys.argv[1], now=lambda: now) as archive:
    kept = archive.capture([Page(url="https://n.example/1", body=os.urandom(9000), fetched_at=now)])
    try:
        archive.capture([Page(url="https://n.example/2", body=os.urandom(30_000), fetched_at=now)])
    except ArchiveError as error:
        print(error)
    again = archive.capture([Page(url="https://n.example/3", body=b"small", fetched_at=now)])
    assert archive.read(kept[0]).url and archive.read(again[0]).body == b"small"
"""


def test_when_the_disk_takes_only_half_of_a_batch_nothing_of_it_stays(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "could not be kept" in done.stdout
    (path,) = warcs(tmp_path)
    assert [f["WARC-Target-URI"][-1] for kind, f, _ in records(path) if kind == "response"] == [
        "1",
        "3",
    ]
    assert_clean(tmp_path)


WRITER = """
import os, sys
from datetime import datetime, UTC
from clipper.archive import Archive
from clipper.model import Page
now = datetime(2026, 3, 1, tzinfo=UTC)
with Archive(sys.argv[1], now=lambda: now) as archive:
    number = 0
    while True:
        pages = [Page(url=f"https://n.example/{number + i}", body=os.urandom(20_000), fetched_at=now)
                 for i in range(20)]
        for s in archive.capture(pages):
            print(s.file, s.offset, s.length, s.digest, s.url, flush=True)
        number += 20
"""


def test_every_acknowledged_capture_survives_a_kill_at_any_moment(tmp_path: Path) -> None:
    random, acknowledged = Random(5), []
    for _ in range(8):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        first = child.stdout.readline()
        timer = threading.Timer(random.uniform(0, 0.15), child.send_signal, [signal.SIGKILL])
        timer.start()
        acknowledged += [first, *child.stdout]
        child.wait()
        timer.join()
        child.stdout.close()
    told = [line.split() for line in acknowledged if line.endswith("\n")]
    with Archive(tmp_path, now=clock(datetime(2026, 3, 1, tzinfo=UTC))) as archive:
        archive.capture([page(1)])
        for file, offset, length, digest, url in told:
            archive.read(Snapshot(file=file, offset=int(offset), length=int(length),
                                  digest=digest, url=url, captured_at=NOW))  # fmt: skip
    assert len(told) >= 8 * 20
    assert_clean(tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_damaged_record_is_never_read_as_a_page(
    tmp_path_factory: pytest.TempPathFactory, place: int, change: int
) -> None:
    """Any byte of the member changed: the page comes back right, or ArchiveError says so."""
    folder = tmp_path_factory.mktemp("archive")
    with Archive(folder, now=clock()) as archive:
        (snapshot,) = archive.capture([page()])
        (path,) = warcs(folder)
        content = bytearray(path.read_bytes())
        content[snapshot.offset + place % snapshot.length] ^= change
        path.write_bytes(content)
        try:
            assert archive.read(snapshot).body == HTML
        except ArchiveError:
            return


BOMB = zlib.compress(b"\0" * (80 * 1024 * 1024))


@pytest.mark.parametrize(
    "changes",
    [
        {"file": "../secrets.warc.gz"},
        {"file": "clipper-20250101-001.warc.gz"},
        {"offset": 3},
        {"offset": 10**12},
        {"length": 20},
        {"digest": "0" * 64},
    ],
    ids=str,
)
def test_a_snapshot_that_points_wrong_is_refused_in_words(
    archive: Archive, changes: dict[str, object]
) -> None:
    (snapshot,) = archive.capture([page()])
    with pytest.raises(ArchiveError):
        archive.read(replace(snapshot, **changes))  # type: ignore[arg-type]


def test_nothing_outside_the_archive_is_read(archive: Archive) -> None:
    (snapshot,) = archive.capture([page()])
    (path,) = warcs(archive.folder)
    (archive.folder.parent / path.name).write_bytes(path.read_bytes())
    with pytest.raises(ArchiveError, match="no file of the archive"):
        archive.read(replace(snapshot, file=f"../{path.name}"))


def test_a_record_that_was_packed_anew_with_other_words_is_found_out(archive: Archive) -> None:
    """gzip's own check sum would be right; the digests are not."""
    (snapshot,) = archive.capture([page()])
    (path,) = warcs(archive.folder)
    content = path.read_bytes()
    record = gzip.decompress(content[snapshot.offset : snapshot.offset + snapshot.length])
    forged = gzip.compress(record.replace(b"Server: nginx", b"Server: other"))
    path.write_bytes(content[: snapshot.offset] + forged)
    with pytest.raises(ArchiveError, match="digest does not agree"):
        archive.read(replace(snapshot, length=len(forged)))


@pytest.mark.parametrize(
    ("content", "encoding", "says"),
    [
        (b"x", "zstd, gzip", "can't be read here"),
        (b"not packed", "gzip", "damaged"),
        (b"not packed", "deflate", "damaged"),
        (b"not packed", "br", "damaged"),
        (b"", "br", "cut short"),
    ],
)
def test_a_body_that_can_not_be_decoded_is_told_why(
    content: bytes, encoding: str, says: str
) -> None:
    with pytest.raises(ArchiveError, match=says):
        reading.decode(content, encoding)


def test_a_body_of_several_gzip_members_is_one_body() -> None:
    assert reading.decode(gzip.compress(b"one ") + gzip.compress(b"two"), "gzip") == b"one two"


@pytest.mark.parametrize(
    "record",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: 3\r\n\r\nabcdef\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: -1\r\n\r\n\r\n\r\n",
        b"WARC/1.1\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n",
    ],
)
def test_what_is_no_whole_record_is_refused(record: bytes) -> None:
    with pytest.raises(ArchiveError):
        reading.parse(record)


def test_a_request_is_no_page(archive: Archive) -> None:
    (snapshot,) = archive.capture([page()])
    start = snapshot.offset + snapshot.length
    (path,) = warcs(archive.folder)
    unpacker = zlib.decompressobj(31)
    unpacker.decompress(path.read_bytes()[start:])
    length = path.stat().st_size - start - len(unpacker.unused_data)
    with pytest.raises(ArchiveError, match="no response"):
        archive.read(replace(snapshot, offset=start, length=length))


def test_a_body_that_would_unpack_past_the_bound_is_refused(archive: Archive) -> None:
    (snapshot,) = archive.capture([page(received=BOMB, headers=(("Content-Encoding", "deflate"),))])
    with pytest.raises(ArchiveError, match="too large"):
        archive.read(snapshot)


def test_a_folder_that_can_not_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        Archive(tmp_path / "file" / "archive", now=clock()) as archive,
        pytest.raises(ArchiveError, match="could not be kept"),
    ):
        archive.capture([page()])


def test_there_is_a_note_for_each_page_or_none(archive: Archive) -> None:
    with pytest.raises(ValueError, match="one note a page"):
        archive.capture([page(), page(2)], [Note()])
    assert archive.capture([]) == ()
    assert not archive.folder.exists()


def test_records_read_the_same_from_a_stream(archive: Archive) -> None:
    """A file cut at any member's end is a WARC file: no reader needs the rest."""
    (first, _) = archive.capture([page(1), page(2)])
    (path,) = warcs(archive.folder)
    part = path.read_bytes()[: first.offset + first.length]
    kinds = [r.rec_type for r in ArchiveIterator(BytesIO(part))]
    assert kinds == ["warcinfo", "response"]
