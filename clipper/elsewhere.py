"""Sealed files of the archive at another place: sent, proved, noted, and only then removed here.

    manifest - store.elsewhere -> depot.put -> read back -> store.elsewhere.keep
        -> the manifest there -> the version before, there -> the copy here

Each arrow may be the last thing that happens: the next run goes on from there. Nothing is
removed, here or there, for which no newer proof stands in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from .archive import manifest
from .archive.depot import Depot, Interrupted
from .archive.disk import DISK, Disk
from .archive.manifest import Sealed
from .archive.sealing import measured
from .archive.shelf import check_same, keys, lines_here, lines_there
from .archive.there import Noted
from .errors import ArchiveError
from .store import Store
from .store.elsewhere import Proved

PROBE: Final = "clipper-was-here.txt"
_STOPPED: Final = "clipper was stopped while it copied. The next run goes on with it"


@dataclass(slots=True)
class Copied:
    """What a run did: names of files that were sent and proved, that were removed here, and of
    versions that were removed there; how many sealed files still wait, and why, in words.
    `damaged`: something is not what was sealed, and trying again will not help."""

    sent: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    replaced: list[str] = field(default_factory=list)
    waiting: int = 0
    faults: list[str] = field(default_factory=list)
    damaged: bool = False


def noted(store: Store | None, address: str) -> Noted:
    """What the store knows to be at a place, and at others; "" for an archive that has none."""
    rows = store.elsewhere.list() if store is not None else ()
    return Noted(
        frozenset((each.file, each.sha256) for each in rows if each.place == address),
        store.elsewhere.manifest(address) if store is not None else None,
        {each.file: each.place for each in rows if each.place != address},
    )


def waiting(store: Store, folder: Path, address: str) -> int:
    """How many sealed files were not proved to be at a place."""
    known = noted(store, address)
    return sum(not known.has(line) for line in manifest.read(folder).lines)


def copy(
    store: Store,
    folder: Path,
    depot: Depot,
    now: datetime,
    *,
    keep_local: bool = True,
    ask: bool = False,
    again: bool = False,
    disk: Disk = DISK,
) -> Copied:
    """Bring a depot up to the archive in `folder`. The caller holds the store's lock.

    The place is asked only when there is something to do, or with `ask`: for whoever wants
    to know. `again` looks at each file there anew, and sends what is missing or was changed.
    What goes wrong is noted in the store and told; nothing is lost by it, and the next run
    tries again.
    """
    done = Copied()
    run = _Run(store, folder, depot, now, done, disk)
    try:
        run.all(keep_local=keep_local, ask=ask or again, again=again)
    except Interrupted:  # what was noted at the beginning says that there is more to do
        done.waiting = waiting(store, folder, depot.address)
        return done
    except ArchiveError as error:
        done.faults.append(str(error))
    except OSError as error:
        done.faults.append(f"{error.filename or folder}: it can't be copied ({error.strerror}).")
    done.waiting = waiting(store, folder, depot.address)
    if done.faults:
        store.elsewhere.failed(depot.address, done.faults[0], now)
    else:
        store.elsewhere.worked(depot.address)
    return done


class _Run:
    """One run. `rows` is what the store has of the place, by file and SHA-256; `fresh` are the
    versions, by SHA-256, that were read back in it."""

    def __init__(
        self, store: Store, folder: Path, depot: Depot, now: datetime, done: Copied, disk: Disk
    ) -> None:
        self.store, self.folder, self.depot = store, folder, depot
        self.now, self.done, self.disk = now, done, disk
        self.fresh: set[str] = set()
        self.rows = {(row.file, row.sha256): row for row in store.elsewhere.list(depot.address)}

    def all(self, *, keep_local: bool, ask: bool, again: bool) -> None:
        here = lines_here(self.folder)
        if not here:
            return
        if not (ask or self._is_due(keep_local)):
            return
        if manifest.read(self.folder).faults:
            raise ArchiveError(
                f"{self.folder / manifest.FILE}: it is damaged, and nothing was sent. Look at it "
                "with 'clipper archive verify'."
            )
        self.store.elsewhere.begun(self.depot.address, _STOPPED, self.now)
        sizes = self.depot.sizes()
        self._claim(here, again=again)
        for line in manifest.read(self.folder).lines:
            self._send(line, sizes, again=again)
        self._manifest(lines_here(self.folder))
        self._replace()
        if not keep_local:
            self._remove_all()

    def _is_due(self, keep_local: bool) -> bool:
        """Whether there is anything to do: a round asks nothing of the network for nothing."""
        if self.store.elsewhere.fault(self.depot.address) or self._old():
            return True
        lines = manifest.read(self.folder).lines
        if not all(self._row(line) for line in lines):
            return True
        known = self.store.elsewhere.manifest(self.depot.address)
        if known != _measured(lines_here(self.folder)):
            return True  # a time stamp is a line of its own
        return not keep_local and any(self._is_left(line) for line in lines)

    def _is_left(self, line: Sealed) -> bool:
        """Whether anything of a file is here."""
        return any((self.folder / name).exists() for name in (line.file, line.cdxj))

    # ------------------------------------------------------------ what is there

    def _claim(self, here: bytes, *, again: bool) -> None:
        """Have the manifest there before anything else, so that no other archive takes the
        same place; and never write over another's."""
        there = lines_there(self.depot)
        check_same(self.depot, here, there)
        if there:
            return
        if self.rows and not again:
            raise ArchiveError(
                f"{self.depot.address}: what was kept there is gone, the manifest too. Is its "
                "disk mounted, is it the same place as before? If what was there is lost, "
                "'clipper archive copy --again' begins anew, with what is still here."
            )
        self._put_manifest(here)

    def _manifest(self, here: bytes) -> None:
        if self.depot.whole(manifest.FILE) != here:
            self._put_manifest(here)
        self.store.elsewhere.keep_manifest(self.depot.address, *_measured(here), self.now)

    def _put_manifest(self, here: bytes) -> None:
        self.depot.put_text(here, manifest.FILE)
        if self.depot.whole(manifest.FILE) != here:
            raise ArchiveError(
                f"{self.depot.address}: the manifest is not there as it was sent. Run 'clipper "
                "archive copy' once more."
            )

    # ------------------------------------------------------------ bytes, proof, row

    def _send(self, line: Sealed, sizes: dict[str, int], *, again: bool) -> None:
        """Have a file there, proved and noted. One that is damaged here is told, and left."""
        if self._row(line) and not again:
            return
        parts = list(_parts(line))
        if not (self.folder / line.file).exists():
            # Removed here after it was proved there. An older store may not know that.
            if again or not self._row(line):
                self._look(line, parts)
            return
        for name, key, digest in parts:
            if not self._is_whole(name, digest):
                self.done.damaged = True
                self.done.faults.append(
                    f"{self.folder / name}: it is not what was sealed, and was not sent. Look at "
                    "it with 'clipper archive verify'."
                )
                return
            if key in sizes and self._is_there(key, digest):
                continue  # a kill came between the bytes and the row
            self.depot.put(self.folder / name, key)
            if not self._is_there(key, digest):
                raise ArchiveError(
                    f"{self.depot.address}: {key} is not there as it was sent. It is sent once "
                    "more with the next run; the file here stays."
                )
        self._note(line)
        self.done.sent.append(line.file)

    def _is_there(self, key: str, digest: str) -> bool:
        """The proof: what can be read there, from end to end, has the digest of the manifest."""
        found = self.depot.measured(key)
        return found is not None and found[1] == digest

    def _look(self, line: Sealed, parts: list[tuple[str, str, str]]) -> None:
        if all(self._is_there(key, digest) for _, key, digest in parts):
            is_new = not self._row(line)
            self._note(line)
            if is_new:
                self.store.elsewhere.removed(self.rows[line.file, line.sha256], self.now)
            return
        self.done.damaged = True
        self.done.faults.append(
            f"{self.depot.address}: {keys(line)[0]} or its index is missing there or was changed, "
            "and there is no copy here. Put it back from a backup, or from what the service keeps "
            "of earlier versions."
        )

    def _note(self, line: Sealed) -> None:
        row = Proved(
            place=self.depot.address,
            file=line.file,
            sha256=line.sha256,
            keys=keys(line),
            size=line.size,
            proved_at=self.now,
        )
        self.store.elsewhere.keep(row)
        self.rows[line.file, line.sha256] = row
        self.fresh.add(line.sha256)

    def _is_whole(self, name: str, digest: str) -> bool:
        path = self.folder / name
        return path.exists() and measured(path)[1] == digest

    def _row(self, line: Sealed) -> Proved | None:
        """The row of that version of a file; None when it was not proved."""
        return self.rows.get((line.file, line.sha256))

    # ------------------------------------------------------------ what goes

    def _old(self) -> list[Proved]:
        """Versions there that a newer one, proved too, stands in for."""
        lines = {line.file: line for line in manifest.read(self.folder).lines}
        return [
            row
            for row in self.rows.values()
            if (line := lines.get(row.file)) is not None
            and row.sha256 != line.sha256
            and self._row(line)
        ]

    def _replace(self) -> None:
        """Remove the versions before pages were removed: the new ones are proved, and named by
        the manifest there."""
        for row in self._old():
            for key in row.keys:
                self.depot.remove(key)
            self.store.elsewhere.drop(row)
            del self.rows[row.file, row.sha256]
            self.done.replaced.append(row.file)

    def _remove_all(self) -> None:
        lines = [line for line in manifest.read(self.folder).lines if self._is_left(line)]
        if lines and self.rows:
            self._check_apart()
        for line in lines:
            self._remove(line)

    def _check_apart(self) -> None:
        """ArchiveError when the place is the archive's own folder, by whatever way: then what
        is read back there proves nothing, and is gone with the copy here."""
        self.depot.put_text(b"Here for a moment; it may be deleted.\n", PROBE)
        is_same = (self.folder / PROBE).exists()
        self.depot.remove(PROBE)
        if is_same:
            raise ArchiveError(
                f"{self.depot.address}: this is the archive's own folder. Nothing was removed. "
                "Name another place."
            )

    def _remove(self, line: Sealed) -> None:
        """Remove the copy here of a file that is proved to be there, in this very run."""
        row = self._row(line)
        if row is None or not self._is_left(line):
            return
        parts = list(_parts(line))
        for name, _, digest in parts:
            if (self.folder / name).exists() and not self._is_whole(name, digest):
                return  # `verify` tells of it; what is odd here is not removed
        if line.sha256 not in self.fresh:
            if not all(self._is_there(key, digest) for _, key, digest in parts):
                raise ArchiveError(
                    f"{self.depot.address}: {keys(line)[0]} or its index is no longer there as it "
                    "was. Nothing was removed here. 'clipper archive copy --again' sends it once "
                    "more."
                )
            self._note(line)
        self.store.elsewhere.removed(row, self.now)
        for name, _, _ in reversed(parts):  # the file first: it never stands without its index
            self.disk.remove(self.folder / name)
        self.disk.sync_folder(self.folder)
        self.done.removed.append(line.file)


def back(store: Store, address: str, names: list[str]) -> None:
    """Note that files have a copy here again."""
    for row in store.elsewhere.list(address):
        if row.file in names:
            store.elsewhere.removed(row, None)


def _measured(content: bytes) -> tuple[int, str]:
    return len(content), sha256(content).hexdigest()


def _parts(line: Sealed) -> Iterator[tuple[str, str, str]]:
    """A sealed file's index and then itself: the name here, the name there, the SHA-256."""
    key, index = keys(line)
    yield line.cdxj, index, line.cdxj_sha256
    yield line.file, key, line.sha256
