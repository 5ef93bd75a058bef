"""The archive kept whole: looked at, against the store too, and what a kill left undone.

store.snapshots + archive.verify -> a sample, read anew -> Verified
archive.recover -> captures without a row -> store.snapshots.adopt -> Repaired
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from . import __version__
from .archive import Archive, adopting, verifying
from .archive.agreeing import Row
from .archive.checking import Finding
from .archive.reading import Forgotten
from .archive.sealing import Unsealed
from .archive.stamps import Check, Stamper, Unstamped
from .archive.there import NONE_NOTED, Noted
from .archive.verifying import Report, Sampled
from .errors import ArchiveError, NotFound
from .model import Entry, ExtractError, Outlet, Page, Reading
from .store import Store

SOFTWARE: Final = f"clipper/{__version__}"

Reread = Callable[[Page, Entry, Outlet], Reading | ExtractError]


@dataclass(frozen=True, slots=True)
class Lost:
    """A page that the store points at and that can't be read: its URL, when it was captured
    as the row says it, and why."""

    url: str
    captured_at: str
    why: str


@dataclass(slots=True)
class Verified:
    """What a look gave: the archive's report, and of the sample how many pages were read
    anew, and how many of these can't be compared (another version of clipper read them, or
    they were read together with words of a feed that are not kept).

    Where something was found, each page in those files was read: how many can be, and which
    can't.
    """

    report: Report
    reread: int = 0
    unlike: int = 0
    readable: int = 0
    lost: list[Lost] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Repaired:
    """Captures that got a row; files that were sealed, that were put back and sealed anew,
    whose index was written anew, and that could not be sealed; and the torn tails that are
    kept beside them."""

    adopted: int
    sealed: tuple[str, ...]
    back: tuple[str, ...]
    indexes: tuple[str, ...]
    unsealed: tuple[Unsealed, ...]
    torn: tuple[str, ...]


def verify(
    store: Store | None,
    archive: Archive,
    *,
    level: int,
    sample: int = 0,
    chance: random.Random | None = None,
    outlets: Mapping[str, Outlet] | None = None,
    reread: Reread | None = None,
    check: Check | None = None,
    noted: Noted = NONE_NOTED,
    offline: bool = False,
) -> Verified:
    """Look at the archive up to `level`; without a store its rows are left out, without
    `check` the time stamps are.

    Files that are at the depot are looked at there, against what is `noted` of it, unless
    `offline`. At level 5 `sample` captures are read anew by `reread`, and their texts must be
    those that were kept. Nothing is changed. Raises ArchiveError when nothing can be looked at.
    """
    report = verifying.verify(
        archive.shelf,
        None if store is None else lambda: _rows(store),
        level=level,
        sample=sample,
        chance=chance,
        check=check,
        noted=noted,
        offline=offline,
    )
    done = Verified(report)
    if store is not None and reread is not None:
        for each in sorted(report.sample, key=lambda one: (one.snapshot.file, one.snapshot.offset)):
            _compare(done, store, archive, each, outlets or {}, reread)
    if store is not None and report.findings:
        _read_all(done, store, archive, offline=offline)
    return done


def _read_all(done: Verified, store: Store, archive: Archive, *, offline: bool) -> None:
    """Read what the store knows in the files in which something was found."""
    files = {each.file for each in done.report.findings}
    for row in store.snapshots.rows():
        if row.file not in files or (offline and not (archive.folder / row.file).exists()):
            continue
        try:
            archive.read(row.snapshot())
            done.readable += 1
        except Forgotten:
            continue
        except (ArchiveError, ValueError, OverflowError) as error:
            done.lost.append(Lost(row.url, row.captured_at, str(error)))


def repair(store: Store, archive: Archive) -> Repaired:
    """Set torn tails aside, end what sealing was begun, and give captures their rows.

    Nothing is deleted. A file that is shorter than it was is sealed as it is: what is gone
    stays an alarm, and new pages can be kept. The caller holds the store's lock. Raises
    ArchiveError when another process is writing.
    """
    done = archive.recover(give_up=True)
    back = archive.take_back()
    indexes = archive.reindex()
    names = adopting.files(archive.folder)
    adopted = sum(store.snapshots.adopt(adopting.captures(archive.folder, name)) for name in names)
    torn = sorted(path.name for path in archive.folder.glob("*.torn"))
    return Repaired(
        adopted=adopted,
        sealed=tuple(each.file for each in done if not isinstance(each, Unsealed)),
        back=back,
        indexes=indexes,
        unsealed=tuple(each for each in done if isinstance(each, Unsealed)),
        torn=tuple(torn),
    )


def adopt(store: Store, archive: Archive) -> int:
    """Give rows to the captures that a kill left without, at the end of what was written
    last; how many there were. Cheap: it is done before each round. What can't be read, or
    is written to by another process, is left to `verify`."""
    adopted = 0
    with suppress(ArchiveError):
        if adopting.was_stopped(archive.folder):
            archive.recover()
    for name in adopting.written_last(archive.folder):
        with suppress(ArchiveError):
            since = store.snapshots.last_in(name)
            adopted += store.snapshots.adopt(adopting.captures(archive.folder, name, since))
    return adopted


REST: Final = timedelta(hours=1)
"""How long a service that failed is left alone."""

_KEPT: Final = "time-stamp"


def stamp(store: Store, archive: Archive, stamper: Stamper, now: datetime) -> Unstamped | None:
    """Have the archive's chain stamped where files were sealed since the last stamp; why it
    could not be, None when all is well or the service has its rest after a failure.

    Raises ArchiveError when another process is writing, or the stamp can't be kept.
    """
    failed = failure(store, now)
    if failed is not None and now - failed[0] < REST:
        return None
    done = archive.stamp(stamper)
    if isinstance(done, Unstamped):
        store.remember(_KEPT, f"{now.isoformat()}\n{done.why}", now, lasting=timedelta(days=30))
        return done
    if failed is not None:
        store.remember(_KEPT, "", now, lasting=REST)
    return None


def failure(store: Store, now: datetime) -> tuple[datetime, str] | None:
    """When and why the latest asking for a time stamp failed; None for no such failure."""
    kept = store.recall(_KEPT, now)
    if not kept:
        return None
    at, why = kept.split("\n", 1)
    return datetime.fromisoformat(at), why


def _rows(store: Store) -> Iterator[Row]:
    rows = store.snapshots.rows()
    return (
        Row(row.file, row.offset, row.length, row.digest, row.url, row.captured_at) for row in rows
    )


# ---------------------------------------------------------------- a page read anew


def _compare(
    done: Verified,
    store: Store,
    archive: Archive,
    one: Sampled,
    outlets: Mapping[str, Outlet],
    reread: Reread,
) -> None:
    try:
        page = archive.read(one.snapshot)
    except ArchiveError:
        return  # level 3 has told it
    entry, is_same = _entry(store, one)
    slug = one.told.get("outlet", "")
    answer = reread(page, entry, outlets.get(slug, Outlet(slug=slug, name=slug)))
    done.reread += 1
    text = "" if isinstance(answer, ExtractError) else answer.article.text
    if sha256(text.encode("utf-8", "replace")).hexdigest() == one.text:
        return
    if not is_same or one.software != SOFTWARE:
        done.unlike += 1
        return
    at = one.snapshot
    what = "the text that was kept is not what is read from the page now"
    remedy = f"Look at the page and its text: {at.url}"
    done.report.findings.append(Finding(5, at.file, at.offset, what, remedy))


def _entry(store: Store, one: Sampled) -> tuple[Entry, bool]:
    """The entry that a page was read with, and whether it is known to be the same as then."""
    told, url = one.told, one.snapshot.url
    is_same = told.get("feed-content") == "none"
    found = store.entries.listed(told.get("source", ""), told.get("entry", ""))
    if found is not None:
        return replace(found[0], content=""), is_same and not found[1]
    if "recheck-of" in told:
        return _of_clipping(store, told["recheck-of"], url), is_same
    return Entry(key=url, url=url), is_same and "source" not in told


def _of_clipping(store: Store, number: str, url: str) -> Entry:
    try:
        then = store.clippings.get(int(number)).article.article
    except (NotFound, ValueError):
        return Entry(key=url, url=url)
    return Entry(key=then.url, url=then.url, title=then.title)
