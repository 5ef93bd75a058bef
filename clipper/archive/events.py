"""One capture as it stands in a WARC file: its response and all that was written with it.

The members are taken byte for byte; nothing is packed again. What is damaged is never
passed on: the response and its page must agree with their digests.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from ..errors import ArchiveError
from ..model import Page, Snapshot
from . import reading, revisits
from .depot import DepotError
from .files import NAME, read_ledge
from .members import Raw, member
from .reading import Forgotten, Record
from .shelf import Shelf

_MOST_BESIDE: Final = 64
"""No capture of ours has more records than this after its response, or hops before it."""


@dataclass(frozen=True, slots=True)
class Event:
    """All records of one capture, in the order of the file, and the page in its response.

    Of a revisit the response that it refers to stands first: without it there is no page.
    `fault` says what beside the response could not be read; empty when all is whole.
    """

    members: tuple[Raw, ...]
    page: Page
    fault: str = ""

    def told(self, name: str) -> str:
        """A field of the capture's metadata record, such as `content-checks`; "" without one."""
        for each in self.members:
            if each.record.fields.get("warc-type") == "metadata":
                for line in each.record.block.decode("utf-8", "replace").split("\r\n"):
                    key, colon, value = line.partition(": ")
                    if colon and key == name:
                        return value
        return ""


def event(where: Path | Shelf, snapshot: Snapshot, since: int = 0) -> Event:
    """The capture that a snapshot points at, on a shelf or in a folder.

    Redirects on the way stand before the response; they are looked for from the offset
    `since`, at which a record must begin. Raises ArchiveError when the response is
    missing, damaged, or another one.
    """
    if not NAME.fullmatch(snapshot.file):
        raise ArchiveError(f"{snapshot.file!r} is no file of the archive.")
    shelf = Shelf.of(where)
    path = shelf.folder / snapshot.file
    try:
        end = _readable(shelf, snapshot.file)
        with shelf.open(snapshot.file) as file:
            main = member(file, snapshot.offset, end)
            original = revisits.original(shelf, main.record)
            payload = None if original is None else reading.http(original.record)[2]
            page = reading.page(main.record, snapshot, payload)
            hops, lost = _hops(file, since, snapshot.offset, main)
            beside, fault = _beside(file, snapshot.offset + len(main.content), end, main)
    except (Forgotten, DepotError):
        raise
    except OSError as error:
        raise ArchiveError(f"{path}: it can't be read ({error.strerror}).") from error
    except (ArchiveError, ValueError, IndexError) as error:
        raise ArchiveError(f"{path} at {snapshot.offset}: {error}.") from error
    first = () if original is None else (original,)
    return Event((*first, *hops, main, *beside), page, fault or lost)


def _readable(shelf: Shelf, name: str) -> int:
    """Up to where a file may be read: a writer may be at work beyond what it has synced."""
    noted = read_ledge(shelf.folder)
    size = shelf.size(name)
    return min(size, noted.size) if noted.name == name else size


def _beside(file: BinaryIO, offset: int, end: int, main: Raw) -> tuple[list[Raw], str]:
    """The records after a response that name it."""
    named = main.record.fields.get("warc-record-id", "")
    found: list[Raw] = []
    try:
        while offset < end and len(found) < _MOST_BESIDE:
            each = member(file, offset, end)
            if named not in _refers_to(each.record) or _begins_another(each.record):
                break
            found.append(each)
            offset += len(each.content)
    except ArchiveError as error:
        return found, f"what was kept beside the page is not whole ({error})"
    return found, ""


def _begins_another(record: Record) -> bool:
    """Whether a record is a capture of its own: a revisit names the page that it refers to."""
    return record.fields.get("warc-type") in ("response", "revisit")


def _hops(file: BinaryIO, offset: int, end: int, main: Raw) -> tuple[list[Raw], str]:
    """The redirects that led to a response: they stand right before it."""
    found: list[Raw] = []
    try:
        while offset < end:
            each = member(file, offset, end)
            offset += len(each.content)
            found = [*found, each][-_MOST_BESIDE:] if _leads_to(each, main, found) else []
    except ArchiveError as error:
        return [], f"the redirects that led to the page can't be read ({error})"
    return found, ""


def _leads_to(each: Raw, main: Raw, found: list[Raw]) -> bool:
    fields = each.record.fields
    if fields.get("warc-date") != main.record.fields.get("warc-date"):
        return False
    if fields.get("warc-type") == "response":
        return "warc-truncated" in fields and each.record.block.startswith(b"HTTP/1.1 3")
    named = {other.record.fields.get("warc-record-id", "") for other in found[-1:]}
    return bool(named & _refers_to(each.record))


def _refers_to(record: Record) -> set[str]:
    names = ("warc-concurrent-to", "warc-refers-to")
    return {record.fields[name] for name in names if record.fields.get(name)}
