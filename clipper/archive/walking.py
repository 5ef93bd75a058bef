"""Through a WARC file from member to member, with nothing skipped that is not told.

file -> Found* and Gap*, in the order of the file, end to end
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from . import reading
from .reading import Record
from .records import VERSION

_MAGIC: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How each member of ours begins: deflate, no name, no time."""
_FASTEST: Final = b"\x00\x04"
_SYSTEMS: Final = b"\x00\x03\x07\x0a\x0b\x13\xff"
"""What zlib writes for effort and system."""
_HEAD: Final = 10
_FIRST: Final = 1 << 13
_CHUNK: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class Found:
    """A whole record at `offset`: its member as it stands there, and what is in it.

    `fault` says what is wrong with the record itself; `record` is None then.
    """

    offset: int
    content: bytes
    record: Record | None
    fault: str = ""

    @property
    def end(self) -> int:
        """Where what follows begins."""
        return self.offset + len(self.content)


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes from `offset` to `end` that are no whole member, and why."""

    offset: int
    end: int
    why: str


def walk(path: Path, start: int = 0, end: int | None = None) -> Iterator[Found | Gap]:
    """Every member of the file from `start`, at which one must begin, to `end`.

    After a gap it goes on at the next member that can be read. Raises OSError.
    """
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        stop = size if end is None else min(end, size)
        if start >= stop:
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            at = start
            while at < stop:
                found = _member(content, at, stop)
                if isinstance(found, Gap):
                    found = Gap(at, _next(content, at + 1, stop), found.why)
                yield found
                at = found.end


def _member(content: mmap.mmap, at: int, stop: int) -> Found | Gap:
    head = content[at : at + _HEAD]
    if not (head.startswith(_MAGIC) and head[8:9] in _FASTEST and head[9:10] in _SYSTEMS):
        return Gap(at, stop, "no record begins here")
    unpacker, record, read, size = zlib.decompressobj(31), bytearray(), at, _FIRST
    while not unpacker.eof:
        chunk = content[read : min(read + size, stop)]
        if not chunk:
            return Gap(at, stop, "a record is cut short")
        read, size = read + len(chunk), _CHUNK
        try:
            record += unpacker.decompress(chunk, reading.MOST_BYTES + 1 - len(record))
        except zlib.error:
            return Gap(at, stop, "a record is damaged")
        if len(record) > reading.MOST_BYTES:
            return Gap(at, stop, "a record is too large")
    member = content[at : read - len(unpacker.unused_data)]
    try:
        return Found(at, member, reading.parse(bytes(record)))
    except ArchiveError as error:
        return Found(at, member, None, str(error))


def _next(content: mmap.mmap, at: int, stop: int) -> int:
    """Where the next record of ours begins; `stop` when there is none."""
    while (at := content.find(_MAGIC, at, stop)) >= 0:
        try:
            begun = zlib.decompressobj(31).decompress(content[at : at + _FIRST], len(VERSION))
        except zlib.error:
            begun = b""
        if begun == VERSION:
            return at
        at += 1
    return stop
