"""One WARC file, record for record: what each holds, and what is wrong with it.

walk -> heads, lengths, digests -> Seen* and Finding*
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from . import cdxj, reading, revisits, tombs
from .reading import Record
from .sealing import INDEXED
from .shelf import Shelf
from .walking import Found, Gap, walk

COPY: Final = "Keep this file aside, and put back a copy from a backup."
MISSING: Final = "Put back the file from a backup ('clipper backup' makes one)."
ADOPT: Final = (
    "If clipper was stopped just then, the next 'clipper fetch' tells the store, or run "
    "'clipper archive repair'. Else put back a backup of the store."
)
REPAIR: Final = "Run 'clipper archive repair'."

_ID: Final = re.compile(r"<urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}>")
_NAMING: Final = ("warc-concurrent-to", "warc-refers-to")
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
KINDS: Final = ("warcinfo", "response", "revisit", "request", "metadata", "conversion")
"""The kinds of record that clipper writes."""
TRUNCATED: Final = ("length", "time", "disconnect")
"""Why a page may be cut off (WARC 1.1, 5.13)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: found at which level, in which file of the
    archive, at which byte (None: the file as a whole), what, and what to do."""

    level: int
    file: str
    offset: int | None
    what: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A record that was read: its place, and what the others and the store say of it too.

    `member` is the gzip member's SHA-256, as bytes. `names` are the ids of the records that
    it belongs to. `digest` is the SHA-256 of what
    matters: the decoded body of a capture, the text of a conversion. `told` are the fields
    of a metadata record, or of the warcinfo. `line` is its line in the index, if any.
    """

    offset: int
    length: int
    member: bytes
    kind: str
    id: str
    date: str
    url: str
    names: frozenset[str]
    digest: str = ""
    is_hop: bool = False
    told: Mapping[str, str] = field(default_factory=dict)
    line: str = ""

    @property
    def members(self) -> tuple[bytes, ...]:
        """The SHA-256 of the members as they were written: a tombstone's are those that it
        stands for."""
        return tombs.removed(self.told) or (self.member,)

    @property
    def is_tombstone(self) -> bool:
        """Whether it stands for a capture that was removed."""
        return self.kind == "metadata" and "forgotten" in self.told

    @property
    def is_capture(self) -> bool:
        """Whether a row of the store points at it."""
        return self.kind in INDEXED and not self.is_hop


def read_through(
    path: Path, start: int = 0, end: int | None = None, shelf: Shelf | None = None
) -> Iterator[Seen | Finding]:
    """Every record of a file and every fault, in order. Raises OSError.

    What its revisits refer to is read on `shelf`; without one, in the file's folder.
    """
    beside = shelf or Shelf(path.parent)
    for found in walk(path, start, end):
        if isinstance(found, Gap):
            size = found.end - found.offset
            yield Finding(3, path.name, found.offset, f"{found.why} ({size:,} bytes)", COPY)
        elif found.record is None:
            yield Finding(3, path.name, found.offset, found.fault, COPY)
        else:
            yield from _look(path, found, found.record, beside)


def _look(path: Path, found: Found, record: Record, shelf: Shelf) -> Iterator[Seen | Finding]:
    seen = _seen(path, found, record)
    faults = list(_faults(path, record, seen, is_first=not found.offset))
    digest, fault = _digest(shelf, record, seen)
    for what in (*faults, *([fault] if fault else [])):
        yield Finding(3, path.name, found.offset, what, COPY)
    yield replace(seen, digest=digest) if digest else seen


def _seen(path: Path, found: Found, record: Record) -> Seen:
    fields = record.fields
    kind = fields.get("warc-type", "")
    is_fields = kind in ("metadata", "warcinfo")
    beside = ("warc-concurrent-to",) if kind == "revisit" else _NAMING
    return Seen(
        offset=found.offset,
        length=len(found.content),
        member=sha256(found.content).digest(),
        kind=kind,
        id=fields.get("warc-record-id", ""),
        date=fields.get("warc-date", ""),
        url=fields.get("warc-target-uri", ""),
        names=frozenset(fields[name] for name in beside if fields.get(name)),
        is_hop=kind == "response" and "warc-payload-digest" not in fields,
        told=dict(reading.told(record.block)) if is_fields else {},
        line=cdxj.line(record, found.content, found.offset, path.name) if kind in INDEXED else "",
    )


def _faults(path: Path, record: Record, seen: Seen, *, is_first: bool) -> Iterator[str]:
    """What is wrong with a record's head."""
    if seen.kind not in KINDS:
        yield f"a record of a kind that clipper does not write ({seen.kind[:40]!r})"
    if not _ID.fullmatch(seen.id):
        yield "a record without an id of its own"
    if not _DATE.fullmatch(seen.date):
        yield "a record without a date"
    if is_first != (seen.kind == "warcinfo"):
        yield "the file does not begin with its warcinfo, or has a second one"
    if seen.kind == "warcinfo" and record.fields.get("warc-filename") != path.name:
        yield "the file bears another name than when it was begun"
    if seen.is_hop and not (
        record.fields.get("warc-truncated") and record.block.startswith(b"HTTP/1.1 3")
    ):
        yield "a response has no digest of its payload"
    if seen.is_capture and record.fields.get("warc-truncated", "length") not in TRUNCATED:
        yield "a page was cut off for a reason that is none"


def _digest(shelf: Shelf, record: Record, seen: Seen) -> tuple[str, str]:
    """The digest of a capture's decoded body or of a text, and what is wrong with it."""
    if seen.kind == "conversion":
        return record.fields["warc-block-digest"].removeprefix("sha256:"), ""  # parsing checked it
    if not seen.is_capture:
        return "", ""
    try:
        _, headers, content = reading.http(record)
        if seen.kind == "revisit":
            content = revisits.payload(shelf, record) or b""
        received = sha256(content).hexdigest()
        if f"sha256:{received}" != record.fields.get("warc-payload-digest"):
            return "", "the digest of the page does not agree with it"
        body = reading.decode(content, reading.first(headers, "content-encoding"))
    except (ArchiveError, OSError, ValueError) as error:
        return "", f"the page can't be read ({error})"
    # A body that was not packed is itself: it is not hashed twice.
    return (received if body is content else sha256(body).hexdigest()), ""
