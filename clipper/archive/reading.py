"""A WARC member read back into a page, with everything checked that can be."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from ..errors import ArchiveError
from ..model import Headers, Page, Snapshot
from .records import VERSION

MOST_BYTES: Final = 64 * 1024 * 1024
"""No record and no body is unpacked past this."""


class Forgotten(ArchiveError):
    """A capture was removed on purpose: a tombstone stands in its place."""


@dataclass(frozen=True, slots=True)
class Record:
    """One WARC record: its named fields, lower-case, and its block."""

    fields: Mapping[str, str]
    block: bytes


def inflate(member: bytes) -> bytes:
    """The record in one gzip member; ArchiveError when it is damaged, cut or too large."""
    unpacker = zlib.decompressobj(31)
    try:
        record = unpacker.decompress(member, MOST_BYTES)
    except zlib.error as error:
        raise ArchiveError("a record is damaged") from error
    if not unpacker.eof or unpacker.unused_data:
        raise ArchiveError("a record is cut short, too large, or runs into the next")
    return record


def parse(record: bytes) -> Record:
    """A record's fields and block; ArchiveError when it is none, or its digest disagrees."""
    head, gap, rest = record.partition(b"\r\n\r\n")
    if not head.startswith(VERSION) or not gap:
        raise ArchiveError("a record does not begin as WARC 1.1 records do")
    lines = head.split(b"\r\n")[1:]
    fields = {name.lower(): value for name, value in _headers(lines)}
    if len(fields) != len(lines):
        raise ArchiveError("a record's head has a line that is no field, or a field twice")
    length = fields.get("content-length", "")
    if not length.isascii() or not length.isdigit() or rest[int(length) :] != b"\r\n\r\n":
        raise ArchiveError("a record is not as long as it says")
    block = rest[: int(length)]
    if fields.get("warc-block-digest") != f"sha256:{sha256(block).hexdigest()}":
        raise ArchiveError("a record's digest does not agree with its content")
    return Record(fields, block)


def page(record: Record, snapshot: Snapshot, payload: bytes | None = None) -> Page:
    """The page in a response record; ArchiveError when it is not the snapshot's.

    `payload` is the body that a revisit refers to, which has none of its own.
    """
    if is_tombstone(record):
        raise Forgotten(_removed(record))
    if record.fields.get("warc-type") not in ("response", "revisit"):
        raise ArchiveError("no response stands at that place")
    status, headers, own = http(record)
    content = own if payload is None else payload
    body = decode(content, first(headers, "content-encoding"))
    if sha256(body).hexdigest() != snapshot.digest:
        raise ArchiveError("the page that stands there is another one")
    return Page(
        url=snapshot.url,
        asked=snapshot.url,
        body=body,
        status=status,
        headers=headers,
        received=None if content == body else content,
        fetched_at=snapshot.captured_at,
        address=record.fields.get("warc-ip-address", ""),
        truncated=record.fields.get("warc-truncated", ""),
    )


def is_tombstone(record: Record) -> bool:
    """Whether a record stands for a capture that was removed."""
    return record.fields.get("warc-type") == "metadata" and record.block.startswith(b"forgotten: ")


def told(block: bytes) -> Iterator[tuple[str, str]]:
    """The named fields in a block of `application/warc-fields`."""
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            yield name, value


def _removed(record: Record) -> str:
    said = dict(told(record.block))
    who = f" by {said['who']}" if said.get("who") else ""
    why = f": {said['why']}" if said.get("why") else ""
    return f"The page was removed from the archive on {said['forgotten'][:10]}{who}{why}."


def http(record: Record) -> tuple[int, Headers, bytes]:
    """Status, headers and payload of the answer in a record; ArchiveError when it is none."""
    head, gap, content = record.block.partition(b"\r\n\r\n")
    status, *lines = head.split(b"\r\n")
    words = status.split(b" ")
    if not gap or len(words) < 2 or not words[1].isdigit():
        raise ArchiveError("a record holds no answer of a server")
    return int(words[1]), _headers(lines), content


# ---------------------------------------------------------------- content encodings


def decode(content: bytes, encoding: str) -> bytes:
    """A body without its content encoding, at most `MOST_BYTES`; ArchiveError otherwise."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return content
    decoder = _DECODERS.get(name)
    if decoder is None:
        raise ArchiveError(f"the body is encoded as {name[:40]!r}, which can't be read here")
    return decoder(content)


def _gunzip(content: bytes) -> bytes:
    # Several members are one body (RFC 1952, 2.2).
    body = b""
    while content:
        unpacker = zlib.decompressobj(31)
        body += _bounded(unpacker, content, MOST_BYTES - len(body))
        content = unpacker.unused_data
        if not content.startswith(b"\x1f\x8b"):
            break
    return body


def _inflate_body(content: bytes) -> bytes:
    # "deflate" is the zlib format (RFC 9110, 8.4.1.2); many servers send it raw.
    is_zlib = len(content) > 1 and content[0] & 15 == 8 and int.from_bytes(content[:2]) % 31 == 0
    return _bounded(zlib.decompressobj(15 if is_zlib else -15), content, MOST_BYTES)


def _bounded(unpacker: zlib._Decompress, content: bytes, most: int) -> bytes:
    try:
        body = unpacker.decompress(content, max(1, most))
    except zlib.error as error:
        raise ArchiveError(f"the body is damaged ({error})") from error
    if unpacker.unconsumed_tail:
        raise ArchiveError("the body is too large to be unpacked")
    return body


def _brotli(content: bytes) -> bytes:
    try:
        import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError as error:
        raise ArchiveError("the body is encoded with brotli; install 'brotli'") from error
    unpacker = brotli.Decompressor()
    try:
        body: bytes = unpacker.process(content, output_buffer_limit=MOST_BYTES)
    except brotli.error as error:
        raise ArchiveError(f"the body is damaged ({error})") from error
    if not unpacker.is_finished():
        raise ArchiveError("the body is cut short, or too large to be unpacked")
    return body


_DECODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate_body,
    "br": _brotli,
}


# ---------------------------------------------------------------- headers


def _headers(lines: list[bytes]) -> Headers:
    pairs = (line.partition(b":") for line in lines if b":" in line)
    return tuple((_text(name), _text(value).strip(" \t")) for name, _, value in pairs)


def _text(value: bytes) -> str:
    return value.decode("latin-1")


def first(headers: Headers, name: str) -> str:
    """The value of the first header of that name, in lower case; empty when there is none."""
    return next((value for key, value in headers if key.lower() == name), "")
