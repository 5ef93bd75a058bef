"""The one WARC file that is open: appended to and synced.

What is written to the disk and what is acknowledged are told apart by a small file, `open.txt`:
the name of the file and the size up to which it was synced. What stands beyond it may be torn.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import ArchiveError

NAME: Final = re.compile(r"clipper-(\d{8})-(\d{3,6})\.warc\.gz")
# `is_written` holds the lock for a moment; that is no writer to give way to.
_TRIES: Final = 3
_PAUSE: Final = 0.02


def sync_folder(folder: Path) -> None:
    """Have the folder's list of files on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def newest(folder: Path) -> Path | None:
    """The WARC file with the highest day and number, None when there is none."""
    found = [
        (m[1], int(m[2]), path) for path in folder.iterdir() if (m := NAME.fullmatch(path.name))
    ]
    return max(found)[2] if found else None


def next_name(folder: Path, day: date) -> str:
    """A name that no file of that day has."""
    prefix = f"{day:%Y%m%d}"
    taken = [
        int(m[2])
        for path in folder.iterdir()
        if (m := NAME.fullmatch(path.name)) and m[1] == prefix
    ]
    return f"clipper-{prefix}-{max(taken, default=0) + 1:03d}.warc.gz"


class Lock:
    """Only one process writes to a folder; the kernel frees the lock when it ends."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)
        for left in reversed(range(_TRIES)):
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError as error:
                if not left:
                    os.close(self._descriptor)
                    raise ArchiveError(
                        f"{folder}: another process is writing to the archive. Let it finish first."
                    ) from error
            time.sleep(_PAUSE)

    def release(self) -> None:
        """Let others write."""
        os.close(self._descriptor)


def is_written(folder: Path) -> bool:
    """Whether a process holds the writer's lock just now. A shared lock is tried for a moment."""
    try:
        descriptor = os.open(folder / "writer.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


class Ledge:
    """`open.txt`: up to where which file was synced. Losing it costs time, no record."""

    def __init__(self, folder: Path) -> None:
        self._descriptor = os.open(folder / "open.txt", os.O_RDWR | os.O_CREAT, 0o644)

    def read(self) -> tuple[str, int]:
        """The name and the size noted last; an empty name when nothing sensible is."""
        return _noted(os.pread(self._descriptor, 100, 0))

    def note(self, name: str, size: int) -> None:
        """Note that `name` was synced up to `size`; fixed width, in one write."""
        os.pwrite(self._descriptor, f"{name:<40} {size:>20}\n".encode("ascii"), 0)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def read_ledge(folder: Path) -> tuple[str, int]:
    """What `Ledge.read` gives, for a reader that may not write; an empty name without a ledge."""
    try:
        return _noted((folder / "open.txt").read_bytes()[:100])
    except FileNotFoundError:
        return "", 0


def _noted(content: bytes) -> tuple[str, int]:
    words = content.decode("ascii", "replace").split()
    if len(words) != 2 or not NAME.fullmatch(words[0]) or not words[1].isdigit():
        return "", 0
    return words[0], int(words[1])


def cut(path: Path, whole: int) -> None:
    """Cut a file to its first `whole` bytes; what follows is kept as `NAME.OFFSET.torn`."""
    with path.open("rb") as file:
        file.seek(whole)
        rest = file.read()
    put(path.with_name(f"{path.name}.{whole}.torn"), rest)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def put(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Put a file in place, on the disk and whole or not at all; one that is there is replaced."""
    aside = path.with_name(f"{path.name}.new")
    aside.unlink(missing_ok=True)  # one that a kill left may be read-only already
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        write_all(descriptor, content)
        os.fchmod(descriptor, mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    aside.rename(path)
    sync_folder(path.parent)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of `content`, in as many writes as it takes."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


class Open:
    """A WARC file that is appended to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.size = os.fstat(self._descriptor).st_size

    def append(self, content: bytes) -> int:
        """Write and sync `content`; the offset at which it begins.

        On any error the file is cut to the size that it had, and the error raised.
        """
        before = self.size
        try:
            write_all(self._descriptor, content)
            _sync_content(self._descriptor)
        except BaseException:
            # When even this fails, the next start mends the file.
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)
                os.fsync(self._descriptor)
            raise
        self.size = before + len(content)
        return before

    def sync(self) -> None:
        """Have all that stands in the file on the disk."""
        _sync_content(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _sync_content(descriptor: int) -> None:
    # macOS has no fdatasync.
    getattr(os, "fdatasync", os.fsync)(descriptor)
