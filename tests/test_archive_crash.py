"""The archive is stopped at every call to the system: nothing acknowledged is ever lost.

`Disk` stands between the archive and the system. It knows what a power failure may leave: of
each file what was synced last and any part of what came after, as it was or as zeros; of each
folder the names that were synced last, or all.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from clipper.archive import Archive, adopting, verifying
from clipper.errors import ArchiveError
from clipper.model import Page
from tests.damage import DAY, NOW, Shelf, encoded, page, row


class Stop(BaseException):
    """The process is dead: every further call ends with this too."""


class Disk:
    """Counts the calls that change something, stops at one, and knows what is durable."""

    CALLS = ("write", "pwrite", "fsync", "fdatasync", "ftruncate", "rename", "chmod", "fchmod")

    def __init__(
        self, folder: Path, stop: int = -1, *, half: bool = False, fail: bool = False
    ) -> None:
        self.folder, self.stop, self.half, self.fail = folder, stop, half, fail
        self.count, self.is_dead = 0, False
        self.calls: list[str] = []
        self.synced: dict[int, bytes] = {}
        self.names: dict[str, int] = {}
        self._real = {name: getattr(os, name) for name in self.CALLS}

    @contextmanager
    def between(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        with patch.context() as within:
            for name in self.CALLS:
                within.setattr(os, name, self._calling(name))
            yield

    def tick(self, name: str, then: Callable[[], Any] = lambda: None) -> None:
        """A step is about to be done."""
        if self.is_dead:
            raise Stop
        self.calls.append(name)
        self.count += 1
        if self.count - 1 != self.stop:
            return
        if self.fail:
            raise OSError(errno.EIO, "the disk is ill")
        then()
        self.is_dead = True
        raise Stop

    def _calling(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            part: Callable[[], Any] = lambda: None  # noqa: E731
            if name == "write" and self.half:
                part = lambda: self._real["write"](given[0], bytes(given[1])[: len(given[1]) // 2])  # noqa: E731
            self.tick(name, part)
            done = self._real[name](*given, **named)
            if name in ("fsync", "fdatasync"):
                self._sync(given[0])
            return done

        return call

    def _sync(self, descriptor: int) -> None:
        state = os.fstat(descriptor)
        if stat.S_ISDIR(state.st_mode):
            if Path(f"/proc/self/fd/{descriptor}").readlink() == self.folder:
                self.names = self._there()
        else:
            self.synced[state.st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()

    def _there(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self.folder.iterdir()}

    def lose_power(self, kind: str) -> None:
        """What is on the disk afterwards; `kind` says which of the possible outcomes."""
        if not self.folder.exists():
            return
        there = self._there()
        current = {ino: (self.folder / name).read_bytes() for name, ino in there.items()}
        names = self.names if kind == "synced alone" else {**self.names, **there}
        for name in there:
            (self.folder / name).unlink()
        for name, ino in names.items():
            old = self.synced.get(ino, b"")
            (self.folder / name).write_bytes(outcome(kind, old, current.get(ino, old)))


def outcome(kind: str, old: bytes, new: bytes) -> bytes:
    """What a power failure leaves of a file that was synced as `old` and is `new` since."""
    if kind == "synced alone":
        return old
    if not new.startswith(old):
        return {"half": new, "zeros": bytes(len(new)), "all but a byte": old}[kind]
    more = new[len(old) :]
    return (
        old
        + {
            "half": more[: len(more) // 2],
            "zeros": bytes(len(more)),
            "all but a byte": more[:-1],
        }[kind]
    )


LOSSES = ("synced alone", "half", "zeros", "all but a byte")


def captured(shelf: Shelf, archive: Archive, disk: Disk, *pages: Page, text: str = "") -> None:
    """Capture pages and keep their rows: only then are they acknowledged."""
    found = shelf.unkept(archive, *pages, text=text)
    disk.tick("commit")
    shelf.snapshots += found
    disk.tick("acknowledge")


def work(shelf: Shelf, disk: Disk) -> None:
    """Two days' work with redirects and revisits; a file is rolled, both are sealed."""
    with shelf.archive() as archive:
        captured(shelf, archive, disk, page(1), encoded(2), text="The city sold.")
        captured(shelf, archive, disk, page(1, url="https://other.example/1"))
    shelf.at = NOW + DAY
    with shelf.archive() as archive:
        captured(shelf, archive, disk, page(1, at=shelf.at), page(3, at=shelf.at))
        archive.seal()
        captured(shelf, archive, disk, page(4, at=shelf.at), text="And again.")


def assert_whole(shelf: Shelf, acknowledged: int) -> None:
    """After a new start: all that was acknowledged can be read, and `verify` finds nothing."""
    with shelf.archive() as archive:
        archive.recover()
        rows = {(each.file, each.offset): row(each) for each in shelf.snapshots}
        for name in adopting.files(shelf.folder):
            for each in adopting.captures(shelf.folder, name):
                rows.setdefault((each.file, each.offset), row(each))
        for each in shelf.snapshots:
            assert archive.read(each).url == each.url
        shelf.at += DAY / 24
        (more,) = shelf.unkept(archive, page(9, at=shelf.at))
        assert archive.read(more).body
        rows[more.file, more.offset] = row(more)
    told = sorted(rows.values(), key=lambda each: (each.file, each.offset))
    assert verifying.verify(shelf.folder, lambda: told, level=4).findings == []
    assert len(shelf.snapshots) >= acknowledged


def steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of an undisturbed run."""
    disk = Disk(tmp_path / "whole")
    with disk.between(monkeypatch):
        work(Shelf(disk.folder), disk)
    return disk.calls


def test_the_work_makes_every_kind_of_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = steps(tmp_path, monkeypatch)
    assert {"write", "pwrite", "fsync", "fdatasync", "rename", "chmod", "commit"} <= set(calls)
    assert len(calls) > 40


@pytest.mark.parametrize("kind", ["kill", "kill within a write", *LOSSES])
def test_stopped_at_any_call_nothing_that_was_acknowledged_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    for stop, call in enumerate(steps(tmp_path, monkeypatch)):
        disk = Disk(tmp_path / f"{stop}-{call}", stop, half=kind == "kill within a write")
        shelf = Shelf(disk.folder)
        with disk.between(monkeypatch), pytest.raises(Stop):
            work(shelf, disk)
        if kind in LOSSES:
            disk.lose_power(kind)
        assert_whole(shelf, len(shelf.snapshots))


def test_stopped_once_more_while_it_recovers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start is stopped at each of its calls, after a first stop with a torn file."""
    calls = steps(tmp_path, monkeypatch)
    first = max(n for n, call in enumerate(calls) if call == "fdatasync")
    for second in range(60):
        disk = Disk(tmp_path / f"twice-{second}", first)
        shelf = Shelf(disk.folder)
        with disk.between(monkeypatch), pytest.raises(Stop):
            work(shelf, disk)
        disk.lose_power("half")
        again = Disk(disk.folder, second)
        again.names, again.synced = (
            again._there(),
            {path.stat().st_ino: path.read_bytes() for path in disk.folder.iterdir()},
        )
        shelf.at += DAY
        ended = False
        with again.between(monkeypatch), shelf.archive() as archive:
            try:
                archive.recover()
                captured(shelf, archive, again, page(7, at=shelf.at))
                ended = True
            except Stop:
                pass
        if not ended:
            again.lose_power("half")
        assert_whole(shelf, len(shelf.snapshots))
        if ended:
            assert second > 10
            return
    raise AssertionError("the second start never came to its end")


def test_a_call_that_fails_costs_one_step_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call fails once, and the process lives on: an error in words, or no harm at all."""
    for stop, call in enumerate(steps(tmp_path, monkeypatch)):
        disk = Disk(tmp_path / f"{stop}-{call}", stop, fail=True)
        shelf, told = Shelf(disk.folder), list[str]()
        with disk.between(monkeypatch):
            for _ in range(2):
                try:
                    work(shelf, disk)
                except ArchiveError as error:
                    told.append(str(error))
                except OSError:
                    told.append(call)
                shelf.at = NOW
        assert all("disk is ill" in each or each in ("commit", "acknowledge") for each in told)
        shelf.at = NOW + DAY
        assert_whole(shelf, 1)
