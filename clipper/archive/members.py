"""One gzip member of a WARC file, as it stands there and as the record that is in it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import BinaryIO, Final

from ..errors import ArchiveError
from . import reading
from .reading import Record

_CHUNK: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Raw:
    """A gzip member as it stands in its file, and the record that is in it."""

    content: bytes
    record: Record


def member(file: BinaryIO, offset: int, end: int) -> Raw:
    """The member at `offset`, which must be over before `end`; ArchiveError when damaged."""
    unpacker = zlib.decompressobj(31)
    content, record = bytearray(), bytearray()
    file.seek(offset)
    while not unpacker.eof:
        chunk = file.read(max(0, min(_CHUNK, end - offset - len(content))))
        if not chunk:
            raise ArchiveError("a record is cut short")
        content += chunk
        try:
            record += unpacker.decompress(chunk, reading.MOST_BYTES + 1 - len(record))
        except zlib.error as error:
            raise ArchiveError("a record is damaged") from error
        if len(record) > reading.MOST_BYTES:
            raise ArchiveError("a record is too large")
    whole = len(content) - len(unpacker.unused_data)
    return Raw(bytes(content[:whole]), reading.parse(bytes(record)))
