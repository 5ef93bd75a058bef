"""Whether what was read agrees with itself, with the index, and with the store.

Pure: values in, findings out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ..model import Snapshot
from . import records
from .checking import ADOPT, COPY, REPAIR, Finding, Seen

_ORDER: Final = ("request", "metadata", "conversion")
_ROW: Final = "Put back a backup of the store; the archive holds the page as it was."


@dataclass(frozen=True, slots=True)
class Row:
    """What the store says of a capture, as it stands in its row."""

    file: str
    offset: int
    length: int
    digest: str
    url: str
    captured_at: str


@dataclass(slots=True)
class Group:
    """A response or revisit, and the records that belong to it, in the order of the file."""

    main: Seen
    beside: list[Seen] = field(default_factory=list)

    def one(self, kind: str) -> Seen | None:
        """The record of that kind beside it."""
        return next((each for each in self.beside if each.kind == kind), None)

    def snapshot(self, file: str) -> Snapshot | None:
        """Where the capture stands; None for a redirect, and for what can't be read."""
        main = self.main
        try:
            at = datetime.fromisoformat(main.date)
        except ValueError:
            return None
        if not main.is_capture or not main.digest:
            return None
        return Snapshot(
            file=file,
            offset=main.offset,
            length=main.length,
            digest=main.digest,
            url=main.url,
            captured_at=at,
        )


def grouped(file: str, seen: Iterable[Seen]) -> tuple[list[Group], list[Finding]]:
    """The events of a file, and the records that stand where none of theirs does."""
    groups: list[Group] = []
    findings: list[Finding] = []
    ids: set[str] = set()
    for each in seen:
        if each.id in ids:
            findings.append(Finding(3, file, each.offset, "a record stands there twice", COPY))
        ids.add(each.id)
        if each.is_tombstone:
            continue
        if each.kind in ("response", "revisit"):
            groups.append(Group(each))
        elif each.kind in _ORDER:
            group = groups[-1] if groups else None
            if group is None or group.main.id not in each.names:
                what = f"a {each.kind} record stands apart from its capture"
                findings.append(Finding(4, file, each.offset, what, COPY))
            else:
                group.beside.append(each)
    return groups, findings


def events(file: str, groups: Sequence[Group]) -> Iterator[Finding]:
    """Events that are not whole."""
    hops: list[Group] = []
    for group in groups:
        for what in gaps(group):
            yield Finding(4, file, group.main.offset, what, COPY)
        if hops and hops[-1].main.date != group.main.date:
            at = hops[-1].main.offset
            yield Finding(4, file, at, "a redirect stands apart from its page", COPY)
            hops = []
        if group.main.is_hop:
            hops.append(group)
            continue
        metadata = group.one("metadata")
        if metadata is not None and int_or(metadata.told.get("hops"), len(hops)) != len(hops):
            what = "not all redirects that led to the page are there"
            yield Finding(4, file, group.main.offset, what, COPY)
        hops = []
    if hops:
        at = hops[-1].main.offset
        yield Finding(4, file, at, "a redirect stands apart from its page", COPY)


def int_or(text: str | None, default: int) -> int:
    """A number that a record tells; `default` when it tells none."""
    if text is None:
        return default
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def gaps(group: Group) -> Iterator[str]:
    """What is missing or wrong within one event."""
    main, kinds = group.main, [each.kind for each in group.beside]
    places = [_ORDER.index(kind) for kind in kinds]
    if places != sorted(set(places)):
        yield "the records of a capture are out of order, or one is there twice"
    if any(each.date != main.date for each in group.beside):
        yield "the records of a capture bear different dates"
    # Files of before the text had an address of its own have it under the page's.
    if any(each.url.removeprefix(records.TEXT) != main.url for each in group.beside):
        yield "the records of a capture bear different addresses"
    if not main.names & {each.id for each in group.beside}:
        yield "the request of a capture is missing"
    if main.is_hop:
        return
    metadata, conversion = group.one("metadata"), group.one("conversion")
    if metadata is None:
        yield "the metadata of a capture are missing"
        return
    if main.digest and metadata.told.get("decodedDigest") != f"sha256:{main.digest}":
        yield "the digest of the decoded page does not agree with it"
    text = metadata.told.get("textDigest")
    if text and conversion is None:
        yield "the text of a capture is missing"
    elif text and conversion is not None and text != f"sha256:{conversion.digest}":
        yield "the text of a capture is another one"


def index(file: str, name: str, content: bytes, seen: Iterable[Seen]) -> Iterator[Finding]:
    """Where an index and its file disagree, both ways."""
    remedy = REPAIR
    lines = content.decode("utf-8", "replace").splitlines(keepends=True)
    wanted = {each.line: each.offset for each in seen if each.line}
    if lines != sorted(lines):
        yield Finding(4, name, None, "the index is not sorted", remedy)
    for line in set(lines) - set(wanted):
        what = f"the index has a line that no record of {file} bears out: {line[:60].strip()!r}"
        yield Finding(4, name, None, what, remedy)
    for line in wanted.keys() - set(lines):
        yield Finding(4, file, wanted[line], f"{name} does not have this record", remedy)
    if len(lines) != len(set(lines)):
        yield Finding(4, name, None, "the index has a line twice", remedy)


def rows(
    file: str,
    end: int,
    told: Sequence[Row],
    captures: Mapping[int, Snapshot],
    tombs: Mapping[int, Seen],
) -> Iterator[Finding]:
    """Where the store's rows and a file disagree, both ways. `end` is the file's size.

    A row may point at a tombstone: of `tombs`, by offset, which stands for its page.
    """
    known = {row.offset for row in told}
    for row in told:
        capture = captures.get(row.offset)
        if row.offset + row.length > end:
            what = "a row of the store points beyond the end of the file: a page is lost"
            yield Finding(4, file, row.offset, what, COPY)
        elif capture is None and (tomb := tombs.get(row.offset)) is not None:
            yield from _entombed(file, row, tomb)
        elif capture is None:
            what = "a row of the store points at a place where no capture is"
            yield Finding(4, file, row.offset, what, COPY)
        elif named := _differences(row, capture):
            what = f"a row of the store says another {' and '.join(named)} than the capture"
            yield Finding(4, file, row.offset, what, _ROW)
    for offset in sorted(captures.keys() - known):
        yield Finding(4, file, offset, "the store does not know a page that was kept", ADOPT)
    for offset, tomb in tombs.items():
        if "decodedDigest" in tomb.told and offset not in known:
            what = "the store has no row for a capture that was removed"
            yield Finding(4, file, offset, what, _ROW)


def _entombed(file: str, row: Row, tomb: Seen) -> Iterator[Finding]:
    if tomb.told.get("decodedDigest") != f"sha256:{row.digest}":
        what = "a tombstone stands for another page than a row of the store says"
        yield Finding(4, file, row.offset, what, COPY)
    elif row.length != tomb.length:
        what = "the store does not know yet that a capture was removed"
        yield Finding(4, file, row.offset, what, REPAIR)


def _differences(row: Row, capture: Snapshot) -> list[str]:
    pairs = {
        "length": (row.length, capture.length),
        "digest": (row.digest, capture.digest),
        "URL": (_target(row.url), capture.url),
        "time": (row.captured_at, records.date(capture.captured_at)),
    }
    return [name for name, (one, other) in pairs.items() if one != other]


def _target(url: str) -> str:
    try:
        return records.target(url)
    except ValueError:  # no address at all
        return url


def captures(file: str, groups: Iterable[Group]) -> dict[int, Snapshot]:
    """The captures of a file by their offset; those that can't be read are not among them."""
    found = (group.snapshot(file) for group in groups)
    return {each.offset: each for each in found if each is not None}
