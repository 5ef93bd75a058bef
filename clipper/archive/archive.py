"""The archive's door: capture pages, read snapshots."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .. import __version__
from ..errors import ArchiveError
from ..model import Page, Snapshot
from . import reading, records
from .files import NAME, Ledge, Lock, Open, mend, newest, next_name, sync_folder
from .records import Member, Note

ROLL_BYTES: Final = 256 * 1024 * 1024


class Archive:
    """The WARC files in a folder. A context manager; `capture` may be called from threads.

    Reading needs no rights to write. The first capture takes the writer's lock and mends
    what a kill may have torn; ArchiveError when another process is writing.
    `now` gives the time for file names and headers, `ids` the records' UUIDs, and a new
    file is begun with each UTC day and after `roll_bytes`.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        now: Callable[[], datetime],
        ids: Callable[[], uuid.UUID] = uuid.uuid4,
        roll_bytes: int = ROLL_BYTES,
    ) -> None:
        self.folder = Path(folder)
        self._now = now
        self._ids = ids
        self._roll_bytes = roll_bytes
        self._turn = threading.Lock()
        self._lock: Lock | None = None
        self._ledge: Ledge | None = None
        self._open: Open | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the open file and the lock. Closing twice is allowed."""
        with self._turn:
            for held in (self._open, self._ledge):
                if held is not None:
                    held.close()
            if self._lock is not None:
                self._lock.release()
            self._open = self._ledge = self._lock = None

    # ------------------------------------------------------------ writing

    def capture(self, pages: Sequence[Page], notes: Sequence[Note] = ()) -> tuple[Snapshot, ...]:
        """Keep pages, all or none: their snapshots, in order, when they are on the disk.

        `notes` are empty or one a page. Raises ArchiveError when they can't be written; the
        archive is then as it was.
        """
        if notes and len(notes) != len(pages):
            raise ValueError("there must be one note a page, or none at all")
        if not pages:
            return ()
        told = notes or [Note()] * len(pages)
        events = [
            records.event(page, note, self._ids) for page, note in zip(pages, told, strict=True)
        ]
        with self._turn:
            try:
                return self._write(pages, events)
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: the pages could not be kept ({error.strerror}). Nothing "
                    "of this step was kept; make room or mend the disk, and run it again."
                ) from error

    def _write(
        self, pages: Sequence[Page], events: Sequence[tuple[Member, ...]]
    ) -> tuple[Snapshot, ...]:
        file, ledge = self._opened()
        start = file.size
        opening = b""
        if not start:
            opening = records.warcinfo(
                file.path.name, f"clipper/{__version__}", self._now(), self._ids
            )
        content = b"".join([opening, *(member.content for event in events for member in event)])
        file.append(content)
        ledge.note(file.path.name, file.size)
        return _snapshots(pages, events, file.path.name, start + len(opening))

    def _opened(self) -> tuple[Open, Ledge]:
        """The file to append to, a new one when the day or the size asks for it."""
        if self._ledge is None:
            self._start()
        assert self._ledge is not None
        day = self._now().date()
        current = self._open
        if current and _day(current.path) == f"{day:%Y%m%d}" and current.size < self._roll_bytes:
            return current, self._ledge
        if current:
            current.close()
        self._open = Open(self.folder / next_name(self.folder, day))
        sync_folder(self.folder)
        return self._open, self._ledge

    def _start(self) -> None:
        """Take the lock, mend the file that was open last, and go on with it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = Lock(self.folder)
        try:
            ledge = Ledge(self.folder)
            name, synced = ledge.read()
            last = newest(self.folder)
            if name and (self.folder / name) != last:
                # The clock was set back: the file that was open is not the newest by name.
                _mend_if_there(self.folder / name, synced)
            if last is not None:
                mend(last, synced if last.name == name else 0)
                self._open = Open(last)
        except BaseException:
            lock.release()
            raise
        self._lock, self._ledge = lock, ledge

    # ------------------------------------------------------------ reading

    def read(self, snapshot: Snapshot) -> Page:
        """The page that a snapshot points at, its digests checked.

        `received` is the body as it came, when it was encoded. Raises ArchiveError when the
        file is missing, or what stands there is damaged or another page.
        """
        if not NAME.fullmatch(snapshot.file):
            raise ArchiveError(f"{snapshot.file!r} is no file of the archive.")
        path = self.folder / snapshot.file
        place = f"{path} at {snapshot.offset}"
        try:
            record = reading.parse(reading.inflate(_bytes(path, snapshot)))
            return reading.page(record, snapshot)
        except OSError as error:
            raise ArchiveError(f"{place}: the page can't be read ({error.strerror}).") from error
        except (ArchiveError, ValueError, IndexError) as error:
            raise ArchiveError(f"{place}: the page can't be read: {error}.") from error


def _bytes(path: Path, snapshot: Snapshot) -> bytes:
    length = min(snapshot.length, reading.MOST_BYTES)
    with path.open("rb") as file:
        file.seek(snapshot.offset)
        return file.read(length)


def _mend_if_there(path: Path, synced: int) -> None:
    if path.exists():
        mend(path, synced)


def _day(path: Path) -> str:
    match = NAME.fullmatch(path.name)
    return match[1] if match else ""


def _snapshots(
    pages: Sequence[Page], events: Sequence[tuple[Member, ...]], name: str, start: int
) -> tuple[Snapshot, ...]:
    found: list[Snapshot] = []
    for page, event in zip(pages, events, strict=True):
        for member in event:
            if member.digest:
                found.append(_snapshot(page, member, name, start))
            start += len(member.content)
    return tuple(found)


def _snapshot(page: Page, member: Member, name: str, offset: int) -> Snapshot:
    return Snapshot(
        file=name,
        offset=offset,
        length=len(member.content),
        digest=member.digest,
        url=page.url,
        captured_at=page.fetched_at,
    )
