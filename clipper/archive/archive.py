"""The archive's door: capture pages, read snapshots."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from .. import __version__
from ..errors import ArchiveError, ClipperError
from ..model import Page, Snapshot
from . import bringing, forgetting, manifest, members, reading, records, revisits
from .depot import Depot, DepotError
from .disk import DISK, Disk
from .files import NAME, START, Ledge, Lock, Noted, Open, chained, newest, next_name
from .forgetting import Buried
from .manifest import Sealed
from .mending import mend
from .reading import Forgotten, Record
from .records import Member, Note, Original
from .sealing import (
    NOTHING_KNOWN,
    Known,
    Unsealed,
    close_for_good,
    complete,
    is_begun,
    reindex,
    seal,
    take_back,
)
from .shelf import Connect, Shelf, nowhere
from .stamps import Stamp, Stamper, Unstamped
from .tombs import Removal
from .walking import Found, walk

ROLL_BYTES: Final = 256 * 1024 * 1024

Earlier = Callable[[str], Snapshot | None]
"""`(SHA-256 of a decoded body) -> a capture of the same body`, None for none."""


class Archive:
    """The WARC files in a folder. A context manager; `capture` may be called from threads.

    Reading needs no rights to write. The first capture takes the writer's lock and mends
    what a kill may have torn; ArchiveError when another process is writing.
    `now` gives the time for file names and headers, `ids` the records' UUIDs, and a new
    file is begun with each UTC day and after `roll_bytes`; the one before is sealed then.
    `earlier` finds a capture whose decoded body has that SHA-256: a page with the same
    payload is then kept as a revisit of it. Without it each page is written whole. All that
    changes what is on the disk goes through `disk`.
    """

    def __init__(
        self,
        folder: Path | str,
        *,
        now: Callable[[], datetime],
        ids: Callable[[], uuid.UUID] = uuid.uuid4,
        roll_bytes: int = ROLL_BYTES,
        earlier: Earlier | None = None,
        disk: Disk = DISK,
        connect: Connect = nowhere,
    ) -> None:
        self.folder = Path(folder)
        self.shelf = Shelf(self.folder, connect)
        # What is written never waits for a network: it refers to nothing that is elsewhere.
        self._here = Shelf(self.folder)
        self._now = now
        self._ids = ids
        self._roll_bytes = roll_bytes
        self._earlier = earlier
        self._disk = disk
        self.sealing: tuple[Sealed | Unsealed, ...] = ()
        self._turn = threading.Lock()
        self._lock: Lock | None = None
        self._ledge: Ledge | None = None
        self._open: Open | None = None
        self._known: dict[str, Known] = {}

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
            self._let_go()

    def _let_go(self) -> None:
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
        with self._turn:
            try:
                return self._write(pages, told)
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: the pages could not be kept ({error.strerror}). Nothing "
                    "of this step was kept; make room or mend the disk, and run it again."
                ) from error

    def _write(self, pages: Sequence[Page], notes: Sequence[Note]) -> tuple[Snapshot, ...]:
        file, ledge = self._opened()
        parts = []
        if not file.size:
            software = f"clipper/{__version__}"
            parts.append(records.warcinfo(file.path.name, software, self._now(), self._ids))
        at = file.size + sum(map(len, parts))
        snapshots: list[Snapshot] = []
        batch: dict[str, Original] = {}
        for page, note in zip(pages, notes, strict=True):
            for member in self._event(page, note, batch, file.path.name, at):
                parts.append(member.content)
                if member.digest:
                    snapshots.append(_snapshot(page, member, file.path.name, at))
                at += len(member.content)
        file.append(parts, ledge)
        return tuple(snapshots)

    def _event(
        self, page: Page, note: Note, batch: dict[str, Original], name: str, at: int
    ) -> tuple[Member, ...]:
        """The records of a page; `batch` are the responses that are about to be written."""
        main = records.urn(self._ids)
        # Of a page that was cut off nobody knows whether the rest was the same.
        if self._earlier is None or not page.body or page.truncated:
            return records.event(page, note, self._ids, main)
        payload = records.digest(records.payload(page))
        same = batch.get(payload) or self._original(page, payload)
        event = records.event(page, note, self._ids, main, same)
        if same is None:
            place = at
            for member in event:
                if member.digest:
                    break
                place += len(member.content)
            told = (records.target(page.url), records.date(page.fetched_at))
            batch[payload] = Original(main, *told, payload, name, place)
        return event

    def _original(self, page: Page, payload: str) -> Original | None:
        """A response in the archive with that payload, read and checked; None for none.

        Nothing refers to what can't be read: then the page is written whole once more.
        """
        assert self._earlier is not None
        try:
            snapshot = self._earlier(sha256(page.body).hexdigest())
            if snapshot is None:
                return None
            found = revisits.original_of(self._here, snapshot)
        except (ClipperError, OSError, ValueError):
            return None
        return found if found.payload == payload else None

    def _opened(self) -> tuple[Open, Ledge]:
        """The file to append to, a new one when the day or the size asks for it."""
        if self._open and not self._open.is_sound:
            self._let_go()  # what could not be cut off is set aside by a new start
        if self._ledge is None:
            self._start()
        assert self._ledge is not None
        day = self._now().date()
        current = self._open
        if current and _day(current.path) == f"{day:%Y%m%d}" and current.size < self._roll_bytes:
            return current, self._ledge
        if current:
            self._shut(current)
            self._seal_all()
        sealed = [line.file for line in manifest.read(self.folder).lines]
        self._open = Open(self.folder / next_name(self.folder, day, sealed), self._disk)
        self._disk.sync_folder(self.folder)
        return self._open, self._ledge

    def _shut(self, file: Open) -> None:
        """Write no more to the open file."""
        self._open = None
        self._known[file.path.name] = Known(file.chain)
        file.close()

    def _start(self, *, give_up: bool = False) -> None:
        """Take the lock, mend the file that was open last, and go on with it.

        With `give_up`, not with one that is shorter than what was written to it.
        """
        if not self.folder.exists():
            self._disk.make_folder(self.folder)
            self._disk.sync_folder(self.folder.parent)
        lock = Lock(self.folder)
        ledge = None
        try:
            ledge = Ledge(self.folder, self._disk)
            manifest.mend(self.folder, self._disk)
            forgetting.finish(self.folder, self._disk)
            self._open = self._mended(ledge, give_up)
        except BaseException:
            if ledge is not None:
                ledge.close()
            lock.release()
            raise
        self._lock, self._ledge = lock, ledge
        self._seal_all()

    def _mended(self, ledge: Ledge, give_up: bool) -> Open | None:
        """The file that was open last, mended; None when there is none to go on with."""
        sealed = {line.file for line in manifest.read(self.folder).lines}
        noted = ledge.read()
        last = newest(self.folder)
        # When the clock was set back, the file that was open is not the newest by name.
        written = self.folder / noted.name if noted.name else last
        self._known = {}
        for path in {last, written}:
            if path is not None and path.name not in sealed and path.exists():
                self._mend(path, noted, ledge, give_up)
        if last is None or last.name in sealed or is_begun(last):
            return None
        known = self._known.get(last.name, NOTHING_KNOWN)
        if known.why:
            return None
        opened = Open(last, self._disk)
        opened.chain = known.chain or _chain(last, START, 0, opened.size)
        if opened.noted != noted:
            # What a kill left whole beyond the note is kept: it must be on the disk first.
            opened.sync()
            ledge.note(opened.noted)
        return opened

    def _mend(self, path: Path, noted: Noted, ledge: Ledge, give_up: bool) -> None:
        """Mend a file that may have been open when the last writer stopped."""
        is_noted = path.name == noted.name
        short = noted.size - path.stat().st_size if is_noted else 0
        if short > 0 and give_up:
            mend(path, None, self._disk)
            self._known[path.name] = Known(why=f"{short} bytes at its end were lost")
            # Sealed first: nothing may be written where the lost records stood, for rows
            # still point there, and without the note it would not be known.
            try:
                seal(path, self._now(), self._known[path.name], self._disk)
            except ArchiveError:  # damaged as well: `complete` tells of it at each start
                close_for_good(path, self._disk)
            ledge.clear()
            return
        whole = mend(path, noted.size if is_noted else None, self._disk)
        if is_noted and noted.chain:
            self._known[path.name] = Known(_chain(path, noted.chain, noted.size, whole))

    def _seal_all(self) -> None:
        """Seal what is full. What can't be sealed stays as it is: it must not keep new pages
        from being captured, and `verify` tells of it."""
        still_open = self._open.path if self._open else None
        self.sealing = tuple(
            complete(self.folder, still_open, self._now(), self._known, self._disk)
        )

    def recover(self, *, give_up: bool = False) -> tuple[Sealed | Unsealed, ...]:
        """Mend what a kill left, and seal what is full; what was sealed or could not be.

        The first capture does the same by itself. Raises ArchiveError as it does. With
        `give_up`, a file that is shorter than what was written to it is sealed as it is, so
        that new pages can be kept; `verify` goes on telling what is gone.
        """
        with self._turn:
            try:
                if self._ledge is None:
                    self._start(give_up=give_up)
                return self.sealing
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: it can't be mended ({error.strerror})."
                ) from error

    def take_back(self) -> tuple[str, ...]:
        """Seal files anew that were sealed without their end and have it again; their names.

        The caller has called `recover`: nobody else writes. Raises ArchiveError.
        """
        return self._each(lambda line: take_back(self.folder, line, self._now(), self._disk))

    def reindex(self) -> tuple[str, ...]:
        """Write indexes of sealed files anew that are missing or were changed; the names of
        the files. As for `take_back`."""
        return self._each(lambda line: reindex(self.folder, line, self._disk))

    def _each(self, act: Callable[[Sealed], bool]) -> tuple[str, ...]:
        done = []
        for line in manifest.read(self.folder).lines:
            try:
                if act(line):
                    done.append(line.file)
            except ArchiveError:
                continue  # the file itself is damaged: `verify` tells of it
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder / line.file}: it can't be put in order ({error.strerror})."
                ) from error
        return tuple(done)

    def seal(self) -> tuple[Sealed | Unsealed, ...]:
        """Seal every file, the open one too: the next capture begins a new one.

        Also mends what a kill left. What was sealed before is not told again. Raises
        ArchiveError when another process is writing.
        """
        with self._turn:
            try:
                return self._sealed()
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: it can't be sealed ({error.strerror})."
                ) from error

    def _sealed(self) -> tuple[Sealed | Unsealed, ...]:
        before: tuple[Sealed | Unsealed, ...] = ()
        if self._ledge is None:
            self._start()
            before = self.sealing
        if self._open:
            self._shut(self._open)
        self._seal_all()
        return *(each for each in before if isinstance(each, Sealed)), *self.sealing

    def stamp(self, stamper: Stamper) -> Stamp | Unstamped | None:
        """Have the end of the manifest's chain stamped, and keep the stamp as its next line.

        None when no file was sealed since the stamp before. The service is asked while pages
        may be captured. Raises ArchiveError when another process is writing.
        """
        if not manifest.read(self.folder).unstamped:
            return None
        self.recover()
        found = manifest.read(self.folder)
        if not found.unstamped:  # another process saw to it meanwhile
            return None
        if found.faults:
            return Unstamped("the manifest is damaged ('clipper archive verify' tells where)")
        done = stamper(found.last)
        if isinstance(done, Unstamped):
            return done
        with self._turn:
            if manifest.read(self.folder).head != found.head:
                return Unstamped("another file was sealed just then")
            line = manifest.stamped(found, done.at, done.authority, done.answer)
            try:
                manifest.append(self.folder, line, self._disk)
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder / manifest.FILE}: the time stamp can't be kept "
                    f"({error.strerror})."
                ) from error
        return done

    def forget(self, file: str, wanted: Mapping[int, Removal]) -> tuple[Buried, ...]:
        """Put tombstones in the places of a file's captures at these offsets; see `forgetting`.

        Every file is sealed before. Raises ArchiveError; the file is as it was then, or the
        next start ends what was begun.
        """
        with self._turn:
            try:
                self._sealed()
                self._bring_one(file)
                return forgetting.forget(
                    self.folder, file, wanted, self._now(), self._ids, self._disk
                )
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder / file}: nothing can be removed from it ({error.strerror})."
                ) from error

    def bring_back(self) -> Iterator[str]:
        """Copy every sealed file that is at the depot alone back into the folder, and give
        its name when it is there, its digest checked; into an empty folder, the manifest
        first. Raises ArchiveError; what was brought before stays.
        """
        with self._turn:
            try:
                if self._ledge is None:
                    self._start()
                depot = self._connected()
                bringing.manifest_back(self.folder, depot, self._disk)
                for line in manifest.read(self.folder).lines:
                    if bringing.bring(self.folder, line, depot, self._disk):
                        yield line.file
            except OSError as error:
                raise ArchiveError(
                    f"{self.folder}: nothing can be brought back ({error.strerror})."
                ) from error

    def _bring_one(self, file: str) -> None:
        line = manifest.read(self.folder).of(file)
        if line is not None and not (self.folder / file).exists():
            bringing.bring(self.folder, line, self._connected(), self._disk)

    def _connected(self) -> Depot:
        depot = self.shelf.depot
        if depot is None:
            raise ArchiveError(
                f"{self.folder}: no place is named from which files can be brought back. Name "
                "it in the config, with 'archive: elsewhere: place:'."
            )
        return depot

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
            record = _record(self.shelf, snapshot)
            return reading.page(record, snapshot, revisits.payload(self.shelf, record))
        except (Forgotten, DepotError):
            raise
        except OSError as error:
            raise ArchiveError(f"{place}: the page can't be read ({error.strerror}).") from error
        except (ArchiveError, ValueError, IndexError) as error:
            raise ArchiveError(f"{place}: the page can't be read: {error}.") from error


def _record(shelf: Shelf, snapshot: Snapshot) -> Record:
    with shelf.open(snapshot.file) as file:
        file.seek(snapshot.offset)
        content = file.read(min(snapshot.length, reading.MOST_BYTES))
        try:
            return reading.parse(reading.inflate(content))
        except ArchiveError:
            with suppress(ArchiveError):
                # A tombstone is longer: it stands for the records beside the page too.
                found = members.member(file, snapshot.offset, shelf.size(snapshot.file)).record
                if reading.is_tombstone(found):
                    return found
            raise


def _chain(path: Path, chain: str, start: int, end: int) -> str:
    """A chain with the members from `start` to `end` of a file."""
    for found in walk(path, start, end):
        if isinstance(found, Found):
            chain = chained(chain, sha256(found.content).digest())
    return chain


def _day(path: Path) -> str:
    match = NAME.fullmatch(path.name)
    return match[1] if match else ""


def _snapshot(page: Page, member: Member, name: str, offset: int) -> Snapshot:
    return Snapshot(
        file=name,
        offset=offset,
        length=len(member.content),
        digest=member.digest,
        url=page.url,
        captured_at=page.fetched_at,
    )
