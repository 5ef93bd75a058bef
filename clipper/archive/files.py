"""The one WARC file that is open: appended to, synced, mended after a kill.

What is written to the disk and what is acknowledged are told apart by a small file, `open.txt`:
the name of the file and the size up to which it was synced. What stands beyond it may be torn.
"""

from __future__ import annotations

import fcntl
import os
import re
import zlib
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Final

from ..errors import ArchiveError

NAME: Final = re.compile(r"clipper-(\d{8})-(\d{3,6})\.warc\.gz")
_CHUNK: Final = 1 << 20


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
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise ArchiveError(
                f"{folder}: another process is writing to the archive. Let it finish first."
            ) from error

    def release(self) -> None:
        """Let others write."""
        os.close(self._descriptor)


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


def mend(path: Path, trusted: int) -> int:
    """Cut off what is no whole member at the end of a WARC file; its size then.

    What is cut is kept beside it as `NAME.OFFSET.torn`. Raises ArchiveError when the file
    is shorter than what was synced: then records that were acknowledged are gone.
    """
    size = path.stat().st_size
    if size < trusted:
        raise ArchiveError(
            f"{path} is {trusted - size} bytes shorter than what was written to it. Records "
            "are missing; put back a copy of the file."
        )
    whole = _whole_until(path, trusted)
    if whole < size:
        _set_aside(path, whole)
    return whole


def _whole_until(path: Path, start: int) -> int:
    """The offset at which the last whole gzip member ends, looking from `start`."""
    end, unpacker = start, zlib.decompressobj(31)
    with path.open("rb") as file:
        file.seek(start)
        waiting = b""
        while chunk := waiting or file.read(_CHUNK):
            try:
                unpacker.decompress(chunk, _CHUNK)
            except zlib.error:
                return end
            waiting = unpacker.unconsumed_tail
            if unpacker.eof:
                waiting = unpacker.unused_data
                end = file.tell() - len(waiting)
                unpacker = zlib.decompressobj(31)
    return end


def _set_aside(path: Path, whole: int) -> None:
    torn = path.with_name(f"{path.name}.{whole}.torn")
    with path.open("rb") as file, torn.open("wb") as aside:
        file.seek(whole)
        while chunk := file.read(_CHUNK):
            aside.write(chunk)
        aside.flush()
        os.fsync(aside.fileno())
    sync_folder(path.parent)
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


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
            view = memoryview(content)
            while view:
                view = view[os.write(self._descriptor, view) :]
            _sync_content(self._descriptor)
        except BaseException:
            # When even this fails, the next start mends the file.
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)
                os.fsync(self._descriptor)
            raise
        self.size = before + len(content)
        return before

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


# macOS has no fdatasync.
_sync_content = getattr(os, "fdatasync", os.fsync)
