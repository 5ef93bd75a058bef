"""Revisits: what stands in the place of a response whose body the archive holds already.

revisit -> the response that it refers to, read and checked -> its payload
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from ..model import Snapshot
from . import reading, records
from .files import NAME
from .members import Raw, member
from .reading import Record
from .records import Original
from .shelf import Shelf

_FILE: Final = records.FILE.lower()
_OFFSET: Final = records.OFFSET.lower()


def payload(where: Path | Shelf, record: Record) -> bytes | None:
    """The body that a revisit refers to, as it was received; None for any other record.

    Raises ArchiveError when it is not there, or is another one; OSError.
    """
    found = original(where, record)
    return None if found is None else reading.http(found.record)[2]


def original(where: Path | Shelf, record: Record) -> Raw | None:
    """The response that a revisit refers to; None for any other record.

    Raises ArchiveError and OSError as `payload` does.
    """
    if record.fields.get("warc-type") != "revisit":
        return None
    if record.fields.get("warc-profile") != records.SAME_PAYLOAD:
        raise ArchiveError("a revisit of a kind that can't be read here")
    found = _at(where, record.fields.get(_FILE, ""), record.fields.get(_OFFSET, ""))
    fields = found.record.fields
    agrees = (
        fields.get("warc-type") == "response"
        and fields.get("warc-record-id") == record.fields.get("warc-refers-to")
        and fields.get("warc-date") == record.fields.get("warc-refers-to-date")
        and fields.get("warc-target-uri") == record.fields.get("warc-refers-to-target-uri")
        and records.digest(reading.http(found.record)[2])
        == record.fields.get("warc-payload-digest")
    )
    if not agrees:
        raise ArchiveError("the page that a revisit refers to is another one")
    return found


def original_of(where: Path | Shelf, snapshot: Snapshot) -> Original:
    """The response behind a snapshot: its own, or the one that its revisit refers to.

    Raises ArchiveError when it can't be read, or is not what it says; OSError.
    """
    file, offset = snapshot.file, snapshot.offset
    found = _at(where, file, str(offset))
    behind = original(where, found.record)
    if behind is not None:
        fields = found.record.fields
        file, offset, found = fields[_FILE], int(fields[_OFFSET]), behind
    fields = found.record.fields
    if fields.get("warc-type") != "response":
        raise ArchiveError("no response stands at that place")
    if "warc-truncated" in fields:
        raise ArchiveError("the page that stands there was cut off")
    return Original(
        id=fields.get("warc-record-id", ""),
        url=fields.get("warc-target-uri", ""),
        date=fields.get("warc-date", ""),
        payload=records.digest(reading.http(found.record)[2]),
        file=file,
        offset=offset,
    )


def _at(where: Path | Shelf, file: str, offset: str) -> Raw:
    if not NAME.fullmatch(file) or not offset.isascii() or not offset.isdigit():
        raise ArchiveError("a revisit does not say where its page stands")
    shelf = Shelf.of(where)
    try:
        with shelf.open(file) as opened:
            return member(opened, int(offset), shelf.size(file))
    except FileNotFoundError:
        raise ArchiveError(
            f"the page that a revisit refers to was in {file}, which is missing"
        ) from None
