"""Pages out of web archives that others made: WARC files (1.0, 1.1; packed or not) and WACZ.

    file | members of a WACZ -> bytes, unpacked within bounds -> records -> Page | Passed

All of it is hostile. Nothing is unpacked to the disk, no name in a package is used as a
path, and what is unpacked is bounded for each record and in all.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final
from urllib.parse import SplitResult, urlsplit

from ..errors import ArchiveError
from ..model import Headers, Page
from .reading import decode

MOST_HEAD: Final = 64 * 1024
MOST_BLOCK: Final = 16 * 1024 * 1024
"""A record with a larger block is passed over."""
MOST_RECORDS: Final = 1_000_000
MOST_BYTES: Final = 16 * 1024**3
FREE_BYTES: Final = 64 * 1024 * 1024
MOST_RATIO: Final = 100
"""Past `FREE_BYTES`, what unpacks to so many times its size is a bomb: pages pack to a fifth."""

TOO_MUCH: Final = "the file unpacks to too much"

OLDEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
_CHUNK: Final = 1 << 16
_PACKED: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""How members of a WACZ are packed; others may ask for any amount of memory."""
_BROKEN: Final = (
    zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip
"""What zipfile raises at damage."""
_HTML: Final = frozenset({"text/html", "application/xhtml+xml"})


@dataclass(frozen=True, slots=True)
class Passed:
    """What was not taken: a URL, or a place in the file, and why. `is_damage` ends a file."""

    what: str
    why: str
    is_damage: bool = False


def pages(path: Path, now: datetime) -> Iterator[Page | Passed]:
    """The pages of HTML in an archive of others, and what was passed over and why.

    Records that hold no answer of a server (requests, metadata) are not spoken of. Raises
    ArchiveError when the file can't be read at all, or is no web archive.
    """
    try:
        if zipfile.is_zipfile(path):
            yield from _package(path, now)
        else:
            with path.open("rb") as file:
                yield from _warc(file, path.name, now)
    except OSError as error:
        raise ArchiveError(f"{path}: it can't be read ({error.strerror}).") from error


def _package(path: Path, now: datetime) -> Iterator[Page | Passed]:
    try:
        with zipfile.ZipFile(path) as package:
            found = [
                entry
                for entry in package.infolist()
                if re.fullmatch(r"archive/[^/]+\.warc(\.gz)?", entry.filename)
            ]
            if not found:
                raise ArchiveError(f"{path}: there is no WARC file in this package.")
            for entry in found:
                yield from _member(package, entry, now)
    except _BROKEN as error:
        raise ArchiveError(f"{path}: the package is damaged ({error}).") from error


def _member(
    package: zipfile.ZipFile, entry: zipfile.ZipInfo, now: datetime
) -> Iterator[Page | Passed]:
    name = entry.filename[:200]
    if _is_bomb(entry.file_size, entry.compress_size):
        yield Passed(name, TOO_MUCH, is_damage=True)
        return
    if entry.compress_type not in _PACKED:
        yield Passed(name, "it is packed in a way that clipper does not read", is_damage=True)
        return
    try:
        with package.open(entry) as file:
            yield from _warc(file, name, now)
    except _BROKEN:
        yield Passed(name, "the package is damaged here, or locked", is_damage=True)
    except ArchiveError:
        yield Passed(name, "this is no WARC file", is_damage=True)


# ---------------------------------------------------------------- bytes


class _Stream:
    """The unpacked bytes of a WARC file, read on and on; ArchiveError at a bound or damage."""

    def __init__(self, file: IO[bytes]) -> None:
        self._chunks = _unpacked(file)
        self._held = b""

    def more(self) -> bool:
        """Whether there is more, after having read on if need be."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._held = chunk
        return True

    def begins(self, word: bytes) -> bool:
        """Whether what comes next begins with `word`; it is not read past."""
        while len(self._held) < len(word):
            chunk = next(self._chunks, None)
            if chunk is None:
                return False
            self._held += chunk
        return self._held.startswith(word)

    def head(self) -> bytes:
        """What stands before the next empty line."""
        while not (end := re.search(rb"\r?\n\r?\n", self._held)):
            chunk = next(self._chunks, None)
            if chunk is None or len(self._held) > MOST_HEAD:
                raise ArchiveError("a record's head has no end")
            self._held += chunk
        told, self._held = self._held[: end.start()], self._held[end.end() :]
        return told

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        return b"".join(self._parts(size))

    def skip(self, size: int) -> None:
        """Pass over `size` bytes."""
        for _ in self._parts(size):
            pass

    def skip_breaks(self) -> None:
        """Pass over the line breaks between records."""
        while self.more():
            self._held = self._held.lstrip(b"\r\n")
            if self._held:
                return

    def _parts(self, size: int) -> Iterator[bytes]:
        while size:
            if not self.more():
                raise ArchiveError("the file is cut short")
            part, self._held = self._held[:size], self._held[size:]
            size -= len(part)
            yield part


def _is_bomb(unpacked: int, packed: int) -> bool:
    return unpacked > MOST_BYTES or (unpacked > FREE_BYTES and unpacked > MOST_RATIO * packed)


def _unpacked(file: IO[bytes]) -> Iterator[bytes]:
    read = written = 0
    unpacker: zlib._Decompress | None = None
    chunk = file.read(_CHUNK)
    is_packed = chunk.startswith(b"\x1f\x8b")
    while chunk:
        read += len(chunk)
        while chunk:
            if is_packed:
                unpacker = unpacker or zlib.decompressobj(31)
                try:
                    part = unpacker.decompress(chunk, _CHUNK)
                except zlib.error as error:
                    raise ArchiveError(f"the file is damaged ({error})") from error
                chunk = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                unpacker = None if unpacker.eof else unpacker
            else:
                part, chunk = chunk, b""
            written += len(part)
            if _is_bomb(written, read):
                raise ArchiveError(TOO_MUCH)
            if part:
                yield part
        chunk = file.read(_CHUNK)
    if unpacker is not None:
        raise ArchiveError("the file is cut short")


# ---------------------------------------------------------------- records


def _warc(file: IO[bytes], name: str, now: datetime) -> Iterator[Page | Passed]:
    stream = _Stream(file)
    if not _begins(stream):
        raise ArchiveError(f"{name}: this is no WARC file.")
    try:
        for _ in range(MOST_RECORDS):
            stream.skip_breaks()
            if not stream.more():
                return
            yield from _record(stream, now)
        yield Passed(name, f"only the first {MOST_RECORDS:,} records were looked at", True)
    except ArchiveError as error:
        yield Passed(f"the rest of {name}", str(error), is_damage=True)


def _begins(stream: _Stream) -> bool:
    try:
        return stream.begins(b"WARC/")
    except ArchiveError:
        return False


def _record(stream: _Stream, now: datetime) -> Iterator[Page | Passed]:
    version, *lines = stream.head().splitlines() or [b""]
    if not version.startswith(b"WARC/"):
        raise ArchiveError("a record does not begin as one")
    fields = {key.lower(): value for key, value in _headers(lines)}
    length = fields.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 15:
        raise ArchiveError("a record does not say how long it is")
    if fields.get("warc-type") != "response":
        stream.skip(int(length))
        return
    url = fields.get("warc-target-uri", "").strip("<>")[:4000]
    if int(length) > MOST_BLOCK:
        stream.skip(int(length))
        yield Passed(url, "too large")
        return
    try:
        yield _page(url, fields, stream.take(int(length)), now)
    except _Unfit as why:
        yield Passed(url, str(why))


class _Unfit(Exception):
    """Why a response is not taken."""


def _page(url: str, fields: Mapping[str, str], block: bytes, now: datetime) -> Page:
    """The page of HTML in a response record; _Unfit when it holds none that can be taken."""
    parts = _split(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Unfit("no web address")
    if not fields.get("content-type", "").lower().startswith("application/http"):
        raise _Unfit("no answer of a web server")
    if fields.get("warc-truncated"):
        raise _Unfit("cut off when it was captured")
    head, gap, body = block.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if not gap or len(words) < 2 or not words[1].isdigit():
        raise _Unfit("no answer of a web server")
    if words[1] != b"200":
        raise _Unfit(f"the server answered {int(words[1][:4])}")
    headers = _headers(lines)
    told = {name.lower(): value for name, value in headers}
    kind = told.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _HTML:
        raise _Unfit("not HTML")
    whole = _without_chunks(body) if "chunked" in told.get("transfer-encoding", "") else body
    if not _agrees(fields.get("warc-block-digest"), block) or not (
        _agrees(fields.get("warc-payload-digest"), body)
        or _agrees(fields.get("warc-payload-digest"), whole)
    ):
        raise _Unfit("its digest does not agree with its content")
    try:
        decoded = decode(whole, told.get("content-encoding", ""))
    except ArchiveError as error:
        raise _Unfit(str(error)) from error
    return Page(
        url=url,
        asked=url,
        body=decoded,
        headers=headers,
        received=None if decoded == whole else whole,
        fetched_at=_time(fields.get("warc-date", ""), now),
        address=fields.get("warc-ip-address", "")[:60],
    )


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError as error:
        raise _Unfit("no web address") from error


def _time(told: str, now: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(told[:40])
    except ValueError as error:
        raise _Unfit("it does not say when it was captured") from error
    if at.tzinfo is None or not OLDEST <= at <= now:
        raise _Unfit("it says a time of capture that can't be")
    return at.astimezone(UTC)


def _without_chunks(body: bytes) -> bytes:
    """A body without its transfer encoding; as it is, when it has none though a header says so."""
    found: list[bytes] = []
    rest = body
    while True:
        line, gap, rest = rest.partition(b"\r\n")
        size = line.partition(b";")[0].strip()
        if not gap or not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            return body
        length = int(size, 16)
        if not length:
            return b"".join(found)
        if rest[length : length + 2] != b"\r\n":
            return body
        found.append(rest[:length])
        rest = rest[length + 2 :]


def _agrees(told: str | None, content: bytes) -> bool:
    """Whether a labelled digest is the content's; one in a way that we do not know says nothing."""
    name, _, value = (told or "").partition(":")
    if name.lower() not in ("sha1", "sha256", "md5"):
        return True
    digest = hashlib.new(name.lower(), content, usedforsecurity=False).digest()
    in_32 = base64.b32encode(digest).decode("ascii")
    return value.lower() == digest.hex() or value.upper().rstrip("=") == in_32.rstrip("=")


def _headers(lines: list[bytes]) -> Headers:
    pairs = (line.decode("latin-1").partition(":") for line in lines if b":" in line)
    return tuple((name.strip()[:200], value.strip()) for name, _, value in pairs)
