"""Folders into which others put web archives: each new file is taken in once.

    folders -> survey -> Look(new | waiting | refused) -> take_in, file by file -> WarcFile

A poll's threads may write nothing, so this is a step of its own, beside a round and under the
same lock. What became of a file is kept when it ends, and every `MARK` records before: a kill
costs little, and brings nothing twice, for `importing.take` knows what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from ..archive import dropped, foreign
from ..archive.dropped import Lying, UnreadableError
from ..archive.foreign import Passed
from ..config.warcs import WarcFolder
from ..errors import ArchiveError, ClipperError
from ..model import FileState, Page, WarcFile
from ..store import Store
from .byhand import Rules
from .importing import EARLIER, Taken, take
from .round import Parts

STILL: Final = timedelta(minutes=1)
"""A file that was changed since is believed to be still being written."""

BUDGET: Final = timedelta(minutes=10)
"""So long a round takes in files; the rest waits for the next."""

LEAST: Final = timedelta(minutes=1)
"""So long at least a file that was begun is gone on with, so that each round comes further."""

PATIENCE: Final = timedelta(hours=1)
"""So long after a disk's error a file is read again."""

MARK: Final = 200
"""Records between two notes of how far a file came."""

MOST_TRIES: Final = 3
"""So often a file may have clipper killed within `MARK` records before it is left alone."""

MOST_REASONS: Final = 50
"""Reasons why pages were passed over that are counted for one file."""

ENDED: Final = frozenset(
    {FileState.TAKEN, FileState.COPY, FileState.DAMAGED, FileState.LINK, FileState.GIVEN_UP}
)
"""A file that came so far is not looked at again as long as it lies there as it did."""


_UNDER_WAY: Final = frozenset({FileState.BEGUN, FileState.PARTLY})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A look at one folder: `fresh` is its fault where the look before had none or another.

    `todo` are files to take in, `waiting` may still be being written, `refused` are files that
    were met for the first time and can't be taken.
    """

    folder: WarcFolder
    fault: str = ""
    fresh: bool = False
    todo: tuple[Lying, ...] = ()
    waiting: tuple[WarcFile, ...] = ()
    refused: tuple[WarcFile, ...] = ()


def survey(
    store: Store,
    folders: Sequence[WarcFolder],
    now: datetime,
    only: Sequence[WarcFolder] | None = None,
) -> tuple[Look, ...]:
    """Look what lies in the folders that the config names, or in some of them. Cheap: no file is
    opened."""
    store.warcs.sync({str(each.folder): each.name for each in folders})
    faults = {each.folder: each.fault for each in store.warcs.folders()}
    return tuple(
        _look(store, each, faults.get(str(each.folder), ""), now)
        for each in (folders if only is None else only)
    )


def _look(store: Store, folder: WarcFolder, fault: str, now: datetime) -> Look:
    found, key = dropped.listing(folder.folder), str(folder.folder)
    todo: list[Lying] = []
    waiting: list[WarcFile] = []
    refused: list[WarcFile] = []
    with store.transaction():
        store.warcs.note_look(key, now, fault=found.fault, unread=found.unread, more=found.more)
        if found.fault:
            return Look(folder=folder, fault=found.fault, fresh=found.fault != fault)
        rows = store.warcs.files(key)
        store.warcs.note_there(key, [each.name for each in found.files])
        for file in found.files:
            row = rows.get(file.name)
            judged = _judge(folder, file, row, now)
            if judged is None:
                todo.append(file)
                continue
            if judged is not row:
                store.warcs.keep(judged)
                if judged.state is not FileState.WAITING:
                    refused.append(judged)
            if judged.state is FileState.WAITING:
                waiting.append(judged)
    return Look(
        folder=folder, todo=tuple(todo), waiting=tuple(waiting), refused=tuple(refused)
    )  # fmt: skip


def _judge(folder: WarcFolder, file: Lying, row: WarcFile | None, now: datetime) -> WarcFile | None:
    """How a file stands that is not to be taken in now; None for one that is."""
    same = row is not None and (row.size, row.changed) == (file.size, file.changed)
    state, why = FileState.WAITING, ""
    if file.link:
        state = FileState.LINK
    elif file.size > folder.most_bytes:
        state = FileState.TOO_LARGE
        why = f"{file.size / 1e9:,.1f} GB, allowed are {folder.most_bytes / 1e9:,g} GB"
    elif row is not None and same and row.state in ENDED - {FileState.LINK}:
        return row
    elif row is not None and same and row.state is FileState.UNREADABLE:
        return None if _may_be_read(file, row, now) else row
    elif row is not None and row.size < 0:
        return None  # a person had it looked at again
    elif _lies_still(file, row if same else None, now):
        return None
    if row is not None and same and (row.state, row.why) == (state, why):
        return row
    return _row(folder, file, row, state, why, now)


def _lies_still(file: Lying, row: WarcFile | None, now: datetime) -> bool:
    """Whether nobody writes to a file any more. One whose time is still to come, by a clock
    that goes wrong, is waited for as long from when it was seen so first."""
    changed = _time(file.changed)
    if changed is not None and changed <= now:
        return now - changed >= STILL
    return row is not None and (row.state is not FileState.WAITING or now - row.seen_at >= STILL)


def _may_be_read(file: Lying, row: WarcFile, now: datetime) -> bool:
    """Whether a file that could not be read may be now: at once when somebody gave the right
    to, else after a while."""
    return dropped.may_be_read(file) and (
        row.why == dropped.DENIED or now - row.seen_at >= PATIENCE
    )


def _time(changed: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(changed / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _row(
    folder: WarcFolder, file: Lying, row: WarcFile | None, state: FileState, why: str, now: datetime
) -> WarcFile:
    """The file's row with another state; what was taken of it before stays counted."""
    made = row or WarcFile(
        folder=str(folder.folder), name=file.name, state=state, size=0, changed=0, seen_at=now
    )
    return replace(
        made, state=state, why=why, size=file.size, changed=file.changed, seen_at=now, there=True
    )


# ---------------------------------------------------------------- taking in


@dataclass(frozen=True, slots=True)
class Step:
    """A file that a round came to: how it stands, None when there is nothing new to tell, and
    how it stood where this round went on with it, None where it began it."""

    look: Look
    file: WarcFile | None
    before: WarcFile | None = None


@dataclass(slots=True)
class _Errand:
    """What the files of one round share."""

    parts: Parts
    rules: Rules
    until: datetime
    stopping: Callable[[], bool]

    @property
    def store(self) -> Store:
        return self.parts.store

    def ends(self, until: datetime | None = None) -> bool:
        """Whether no more is to be begun now; with `until`, whether a file is left there."""
        return self.stopping() or self.parts.now() >= (until or self.until)


def take_in(
    parts: Parts,
    rules: Rules,
    looks: Sequence[Look],
    *,
    stopping: Callable[[], bool] = lambda: False,
    budget: timedelta = BUDGET,
) -> Iterator[Step]:
    """Take in what a survey found, file by file; each is yielded when it is kept.

    What is wrong with a file is in its row and stops no other. Ends early when `stopping` says
    so or the time is over: the next call goes on. The caller holds the store's lock. Raises
    ArchiveError when ours can't be written.
    """
    errand = _Errand(parts, rules, parts.now() + budget, stopping)
    for look in looks:
        for file in look.todo:
            if errand.ends():
                return
            row = parts.store.warcs.get(str(look.folder.folder), file.name)
            done = _take_in(errand, look.folder, file, row)
            if done is not None:
                parts.store.warcs.keep(done)
            elif stopping():
                return
            resumed = row is not None and done is not None and _is_resumed(row, done.digest)
            yield Step(look, done, row if resumed else None)


def _take_in(
    errand: _Errand, folder: WarcFolder, file: Lying, row: WarcFile | None
) -> WarcFile | None:
    """What became of a file; None when it is as it was, or was stopped before it was begun."""
    now = errand.parts.now()
    try:
        digest = dropped.digest(file, errand.stopping)
    except UnreadableError as error:
        return _unread(errand, folder, file, row, str(error))
    if digest is None:
        return None
    same = row if row is not None and row.digest == digest else None
    if same is not None and same.state in ENDED:
        # Touched, but the same bytes as before.
        errand.store.warcs.keep(replace(same, size=file.size, changed=file.changed))
        return None
    resumed = row if row is not None and _is_resumed(row, digest) else None
    why = resumed.why if resumed is not None else ""
    begun = _row(folder, file, resumed, FileState.BEGUN, why, now)
    begun = replace(begun, digest=digest)
    twin = errand.store.warcs.with_digest(digest)
    if twin is not None and (twin.folder, twin.name) != (begun.folder, begun.name):
        return replace(begun, state=FileState.COPY, why=twin.name, ended_at=now)
    if begun.tries >= MOST_TRIES:
        return replace(begun, state=FileState.GIVEN_UP, ended_at=now)
    return _read(errand, file, replace(begun, tries=begun.tries + 1))


def _is_resumed(row: WarcFile, digest: str) -> bool:
    """Whether a file of this digest goes on where it stood."""
    return row.digest == digest and row.state in _UNDER_WAY


def _unread(
    errand: _Errand, folder: WarcFolder, file: Lying, row: WarcFile | None, why: str
) -> WarcFile | None:
    """A file that could not be read; None when that is told already."""
    still = dropped.lies_still(file)
    state = FileState.UNREADABLE if still else FileState.WAITING
    failed = _row(folder, file, row, state, why if still else "", errand.parts.now())
    if row is None or (row.state, row.why) != (failed.state, failed.why):
        return failed
    errand.store.warcs.keep(failed)
    return None


def _read(errand: _Errand, file: Lying, row: WarcFile) -> WarcFile:
    """Take in the records after those that were looked at before."""
    store = errand.store
    store.warcs.keep(row)
    try:
        found = _records(file.path, errand.parts.now())
        until = errand.until
        for number, each in enumerate(islice(found, row.records, None)):
            if not number:
                # On a slow disk the way to here may take longer than a round has.
                until = max(until, errand.parts.now() + LEAST)
            if isinstance(each, Passed) and each.is_damage:
                row = replace(row, why=row.why or _damage(each, file.path.name))
            else:
                made = each if isinstance(each, Passed) else _taken(errand, each, file)
                row = _counted(row, made)
            row = replace(row, records=row.records + 1)
            if errand.ends(until):
                return replace(row, state=FileState.PARTLY, tries=0)
            if row.records % MARK == 0:
                row = replace(row, tries=1)
                store.warcs.keep(row)
    except (ClipperError, KeyboardInterrupt, SystemExit):
        # Not the file's fault: ours can't be written just now, or a person wants an end.
        store.warcs.keep(replace(row, state=FileState.PARTLY, tries=0))
        raise
    if not dropped.lies_still(file):
        return replace(row, state=FileState.WAITING, why="", tries=0)
    state = FileState.DAMAGED if row.why else FileState.TAKEN
    return replace(row, state=state, tries=0, ended_at=errand.parts.now())


def _records(path: Path, now: datetime) -> Iterator[Page | Passed]:
    """The pages of a file; that it is no web archive, or can't be read, is damage too."""
    try:
        yield from foreign.pages(path, now)
    except ArchiveError as error:
        yield Passed(path.name, str(error).removeprefix(f"{path}: "), is_damage=True)


def _taken(errand: _Errand, page: Page, file: Lying) -> Taken | Passed:
    return take(errand.parts, errand.rules, page, file.name)


def _damage(passed: Passed, file: str) -> str:
    """What is wrong, and where in a package."""
    where = passed.what.removeprefix("the rest of ")
    why = passed.why.removeprefix(f"{file}: ")
    return (why if where == file else f"{where}: {why}")[:500]


def _counted(row: WarcFile, made: Taken | Passed) -> WarcFile:
    if isinstance(made, Taken):
        return replace(
            row, pages=row.pages + 1, queued=row.queued + (made.clipping is not None)
        )  # fmt: skip
    if made.why == EARLIER:
        return replace(row, known=row.known + 1)
    why = made.why[:200]
    if why not in row.passed and len(row.passed) >= MOST_REASONS:
        why = "other reasons"
    return replace(row, passed={**row.passed, why: row.passed.get(why, 0) + 1})
