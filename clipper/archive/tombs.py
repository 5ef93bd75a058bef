"""Tombstones: what stands in the place of a capture that was removed. Pure: values in, bytes out.

A tombstone is one gzip member, exactly as long as all that it stands for. So every other
record keeps its place, and no row, no index of another file and no revisit has to be changed.
It tells the digest of each member that was there: the chain that was noted while the file was
written can still be followed, and shows that nothing else was changed.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ..errors import ArchiveError
from . import records

_HEX: Final = re.compile(r"[0-9a-f]{64}")
_HEAD: Final = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\x03"
_MOST_STORED: Final = 0xFFFF
_AROUND: Final = len(_HEAD) + 8
_A_BLOCK: Final = 5
"""Bytes that a stored block takes beside what is in it."""
_MOST_SAID: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Which page goes, as the SHA-256 of its decoded body in base16; who had it removed, when,
    and why, in words."""

    digest: str
    who: str
    at: datetime
    why: str


def tombstone(
    size: int,
    removed: Sequence[bytes],
    removal: Removal,
    ids: Callable[[], UUID],
    *,
    is_hop: bool = False,
) -> bytes:
    """A member of exactly `size` bytes for members with these SHA-256 digests.

    The digest of the page is told, save for a redirect that led to it. Where there is no room
    for who and why, they stand in the store and the manifest alone. ArchiveError when not even
    the digests find room.
    """
    urn = records.urn(ids)
    told = {
        "forgotten": records.date(removal.at),
        "removed": " ".join(each.hex() for each in removed),
        **({} if is_hop else {"decodedDigest": f"sha256:{removal.digest}"}),
    }
    said = {"who": removal.who[:_MOST_SAID], "why": removal.why[:_MOST_SAID]}
    for fields in ({**told, **said}, told):
        block = records.fields({**fields, "padding": ""})
        member = _fitted(size, block, lambda block: _record(urn, removal.at, block))
        if member is not None:
            return member
    raise ArchiveError("a record is too small to be replaced by a tombstone")


def removed(told: Mapping[str, str]) -> tuple[bytes, ...]:
    """The digests of the members that a tombstone with these fields stands for; empty for any
    other record."""
    if "forgotten" not in told:
        return ()
    digests = told.get("removed", "").split(" ")
    return tuple(bytes.fromhex(each) for each in digests if _HEX.fullmatch(each))


def _record(urn: str, at: datetime, block: bytes) -> bytes:
    head = {
        "WARC-Type": "metadata",
        "WARC-Record-ID": urn,
        "WARC-Date": records.date(at),
        "Content-Type": "application/warc-fields",
        "WARC-Block-Digest": records.digest(block),
        "Content-Length": str(len(block)),
    }
    return records.record(head, block)


def _fitted(size: int, block: bytes, record: Callable[[bytes], bytes]) -> bytes | None:
    """The member with so much padding before the block's last line break that it has `size`
    bytes; None when it can't be that small. It is stored, not packed: its size is known."""
    fewest = max(1, -(-(size - _AROUND) // (_MOST_STORED + _A_BLOCK)))
    # The length of the length may leave a hole of one byte: one block more steps over it.
    for blocks in (fewest, fewest + 1):
        room = size - _AROUND - _A_BLOCK * blocks
        for digits in range(2, 10):
            padding = room - len(record(block)) - (digits - len(str(len(block))))
            if padding < 0:
                continue
            padded = block[:-2] + b"." * padding + b"\r\n"
            if len(str(len(padded))) == digits:
                return _stored(record(padded), blocks)
    return None


def _stored(content: bytes, blocks: int) -> bytes:
    parts, at = [_HEAD], 0
    for left in reversed(range(blocks)):
        chunk = content[at : at + _MOST_STORED] if left else content[at:]
        parts += [struct.pack("<BHH", not left, len(chunk), len(chunk) ^ 0xFFFF), chunk]
        at += len(chunk)
    parts.append(struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF))
    return b"".join(parts)
