"""A disk that stops or fails at any call, and knows what a power failure would leave.

Of each file: what was synced last, and of what came after any part, in order or not. Of each
folder: the names that were synced last, and any first part of what came after.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from clipper.archive.disk import Disk

SECTOR = 512
LOSSES = ("synced alone", "all", "any part", "zeros", "sectors")
"""What of that which was not synced is there after a power failure."""


class QuickDisk(Disk):
    """A disk that waits for nothing: for what a test does before and after a failure."""

    def sync(self, descriptor: int) -> None:
        """Nothing."""

    def sync_content(self, descriptor: int) -> None:
        """Nothing."""


class Stop(BaseException):
    """The process is dead: every further call ends with this too."""


@dataclass
class State:
    """A file as it was synced last, and what was done to it since: writes and cuts."""

    content: bytes = b""
    mode: int = 0o644
    since: list[tuple[int, bytes | None]] = field(default_factory=list)
    mode_now: int = 0o644

    def after(self, kind: str, random: Random) -> bytes:
        """What a power failure leaves of it."""
        content, since = self.content, list(self.since)
        if kind == "synced alone":
            since = []
        elif kind == "any part" and since:
            since = since[: random.randint(1, len(since))]
            at, last = since[-1]
            if last is not None:
                since[-1] = at, last[: random.randint(0, len(last))]
        for at, written in since:
            content = _applied(content, at, written, kind, random)
        return content


def _applied(content: bytes, at: int, written: bytes | None, kind: str, random: Random) -> bytes:
    if written is None:
        return content[:at].ljust(at, b"\0")
    arrived = bytearray(written)
    for start in range(0, len(written), SECTOR):
        if kind == "zeros" or (kind == "sectors" and random.random() < 0.5):
            end = min(start + SECTOR, len(written))
            arrived[start:end] = bytes(end - start)
    return content[:at].ljust(at, b"\0") + arrived + content[at + len(arrived) :]


class FaultyDisk(Disk):
    """Counts the calls, stops at one of them (`half`: within a write), or fails there.

    With `fail` it goes on failing for so many calls, as a full disk does.
    """

    def __init__(self, folder: Path, stop: int = -1, *, half: bool = False, fail: int = 0) -> None:
        self.folder, self.stop, self.half, self.fail = folder, stop, half, fail
        self.count, self.is_dead = 0, False
        self.calls: list[str] = []
        self.states: dict[int, State] = {}
        self.names: dict[str, int] = {}
        self.renamed: list[tuple[str, str, int]] = []
        if folder.is_dir():
            self._settle()

    def _settle(self) -> None:
        """All that is there now is on the disk."""
        for path in self.folder.iterdir():
            state = path.stat()
            mode = state.st_mode & 0o777
            self.states[state.st_ino] = State(path.read_bytes(), mode, [], mode)
            self.names[path.name] = state.st_ino

    # ------------------------------------------------------------ each call

    def tick(self, name: str, then: Callable[[], Any] = lambda: None) -> None:
        """A step is about to be done."""
        if self.is_dead:
            raise Stop
        self.calls.append(name)
        self.count += 1
        at = self.count - 1
        if self.fail and self.stop <= at < self.stop + self.fail:
            raise OSError(errno.EIO, "the disk is ill")
        if at == self.stop and not self.fail:
            then()
            self.is_dead = True
            raise Stop

    def open(self, path: Path, flags: int, mode: int = 0o644) -> int:
        if flags & os.O_CREAT and not path.exists():
            self.tick("create")
            descriptor = super().open(path, flags, mode)
            self.states[os.fstat(descriptor).st_ino] = State()
            self.renamed.append(("", path.name, os.fstat(descriptor).st_ino))
            return descriptor
        if self.is_dead:
            raise Stop
        return super().open(path, flags, mode)

    def make_folder(self, path: Path) -> None:
        self.tick("make_folder")
        super().make_folder(path)

    def write(self, descriptor: int, content: bytes | memoryview) -> int:
        def half() -> None:
            if self.half:
                self._write(descriptor, bytes(content)[: len(content) // 2])

        self.tick("write", half)
        return self._write(descriptor, bytes(content))

    def _write(self, descriptor: int, content: bytes) -> int:
        end = os.fstat(descriptor).st_size
        self._of(descriptor).since.append((end, content))
        return super().write(descriptor, content)

    def write_at(self, descriptor: int, content: bytes, offset: int) -> int:
        self.tick("write_at")
        self._of(descriptor).since.append((offset, content))
        return super().write_at(descriptor, content, offset)

    def sync(self, descriptor: int) -> None:
        self.tick("sync")
        place = Path(f"/proc/self/fd/{descriptor}").readlink()
        if place == self.folder:
            self.names = self._names(len(self.renamed))
            self.renamed = []
        elif place.is_file():
            self._synced(descriptor)
            self._of(descriptor).mode = self._of(descriptor).mode_now

    def sync_content(self, descriptor: int) -> None:
        self.tick("sync_content")
        self._synced(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        self.tick("truncate")
        self._of(descriptor).since.append((size, None))
        super().truncate(descriptor, size)

    def chmod(self, descriptor: int, mode: int) -> None:
        self.tick("chmod")
        self._of(descriptor).mode_now = mode
        super().chmod(descriptor, mode)

    def rename(self, path: Path, to: Path) -> None:
        self.tick("rename")
        self.renamed.append((path.name, to.name, path.stat().st_ino))
        super().rename(path, to)

    def remove(self, path: Path) -> None:
        self.tick("remove")
        if path.exists():
            self.renamed.append((path.name, "", path.stat().st_ino))
        super().remove(path)

    # ------------------------------------------------------------ what it knows

    def _of(self, descriptor: int) -> State:
        return self.states.setdefault(os.fstat(descriptor).st_ino, State())

    def _synced(self, descriptor: int) -> None:
        state = self._of(descriptor)
        state.content = Path(f"/proc/self/fd/{descriptor}").read_bytes()
        state.since = []

    def _names(self, number: int) -> dict[str, int]:
        names = dict(self.names)
        for old, new, inode in self.renamed[:number]:
            names.pop(old, None)
            if new:
                names[new] = inode
        return names

    def lose_power(self, kind: str, random: Random) -> None:
        """Leave in the folder what may be there afterwards, of the given kind."""
        if not self.folder.exists():
            return
        number = {"synced alone": 0, "any part": random.randint(0, len(self.renamed))}
        names = self._names(number.get(kind, len(self.renamed)))
        left = {
            name: (self.states.get(inode, State()).after(kind, random), self._mode(inode, kind))
            for name, inode in names.items()
        }
        for path in list(self.folder.iterdir()):
            path.unlink()
        for name, (content, mode) in left.items():
            (self.folder / name).write_bytes(content)
            (self.folder / name).chmod(mode)

    def _mode(self, inode: int, kind: str) -> int:
        state = self.states.get(inode, State())
        return state.mode if kind == "synced alone" else state.mode_now
