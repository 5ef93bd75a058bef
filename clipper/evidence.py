"""What the archive can show of clippings: captures over time, a package for others.

    store.captures -> archive.event -> archive.wacz.write

The store knows which text was read from which page, the archive holds the page; this room
brings them together and writes to neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from .archive import wacz
from .archive.events import Event, event
from .archive.reading import Forgotten
from .archive.shelf import Shelf
from .archive.stamps import Stamp, Stamper, Unstamped
from .archive.wacz import MOST, Item, Sign
from .dedupe import Change, difference
from .errors import ArchiveError, ClipperError
from .model import Status
from .store import Capture, Store


class EvidenceError(ClipperError):
    """What was asked for can't be shown or exported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which captures go into a package: clippings in these statuses, of a campaign (empty
    for all), captured at or after `since` and before `until`."""

    statuses: Sequence[Status] = (Status.PUBLISHED,)
    campaign: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(slots=True)
class Exported:
    """What went into a package, and what did not and why, in words."""

    captures: int = 0
    records: int = 0
    size: int = 0
    left_out: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    """Pages that were removed from the archive on purpose."""
    stamp: Stamp | Unstamped | None = None
    """What came of the time stamp; None when none was asked for."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One capture of an article: the event in the archive, or why there is none to show.

    `forgotten` says who removed the page on purpose, when and why; that is no fault.
    """

    capture: Capture
    event: Event | None
    fault: str = ""
    forgotten: str = ""

    @property
    def checks(self) -> str:
        """Whether the page told the story when it was read: `good`, `poor: ` and why; "" when
        that was not noted."""
        return self.event.told("content-checks") if self.event else ""


def export(
    store: Store,
    where: Path | Shelf,
    wanted: Wanted,
    to: Path,
    *,
    title: str,
    now: datetime,
    ids: Callable[[], UUID],
    sign: Sign | None = None,
    stamper: Stamper | None = None,
    most: int = MOST,
) -> Exported:
    """Write the captures that are wanted to the new package `to`, signed by `sign` and with a
    time stamp by `stamper`, where they are given; `most` is as `wacz.MOST`. They are read on
    a shelf, or in a folder.

    A capture that is missing or damaged is left out and named. Raises EvidenceError when
    nothing is left to export, ArchiveError when the package can't be written; no file is
    left then.
    """
    done = Exported()
    items = _items(store, where, wanted, done)
    first = next(items, None)
    if first is None:
        raise EvidenceError("\n".join([*done.left_out, *done.forgotten, _nothing(wanted)]))

    def told() -> Iterator[Item]:
        yield first
        yield from items

    done.stamp = wacz.write(
        to, told(), title=title, now=now, ids=ids, sign=sign, stamper=stamper, most=most
    )
    done.size = to.stat().st_size
    return done


def shown(store: Store, where: Path | Shelf, article: int) -> Iterator[Shown]:
    """All captures of an article, the oldest first, each read and checked."""
    for capture in store.captures.of_article(article):
        if capture.snapshot is None:
            yield Shown(capture, None, "The words came from the feed; there was no page.")
            continue
        try:
            yield Shown(capture, event(where, capture.snapshot, capture.preceding))
        except Forgotten as error:
            yield Shown(capture, None, forgotten=str(error))
        except ArchiveError as error:
            yield Shown(capture, None, str(error))


def compared(one: Capture, other: Capture) -> tuple[tuple[Change, ...], tuple[Change, ...]]:
    """What changed from one capture to another, by words: in the headline, in the text."""
    return difference(one.title, other.title), difference(one.text, other.text)


def _items(store: Store, where: Path | Shelf, wanted: Wanted, done: Exported) -> Iterator[Item]:
    captures = store.captures.of_clippings(
        wanted.statuses, wanted.campaign, wanted.since, wanted.until
    )
    for capture in captures:
        assert capture.snapshot is not None
        try:
            found = event(where, capture.snapshot, capture.preceding)
        except Forgotten as error:
            done.forgotten.append(f"{capture.snapshot.url}: {error}")
            continue
        except ArchiveError as error:
            done.left_out.append(str(error))
            continue
        if found.fault:
            done.incomplete.append(f"{capture.snapshot.url}: {found.fault}.")
        done.captures += 1
        done.records += len(found.members)
        yield Item(found, capture.title, capture.text)


def _nothing(wanted: Wanted) -> str:
    if wanted.since or wanted.until or wanted.campaign:
        return "No capture of such a clipping is in the archive; nothing was written."
    return (
        "There is nothing to export: no such clipping has an archived page. "
        "'--status any' takes all clippings, whatever was decided."
    )
