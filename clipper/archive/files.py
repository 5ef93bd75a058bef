"""The one WARC file that is open: appended to and synced.

What is written to the disk and what is acknowledged are told apart by a small file, `open.txt`:
the name of the file, the size up to which it was synced, and a digest of what it holds up to
there. What stands beyond it may be torn.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from .disk import DISK, Disk

LEDGE: Final = "open.txt"
START: Final = "0" * 64
"""The chain of no member."""
_LENGTH: Final = 40 + 1 + 20 + 1 + 64 + 1 + 16 + 1
_EARLIER: Final = 40 + 1 + 20 + 1
"""So long was the note of earlier versions, which had neither chain nor check."""
_HEX: Final = re.compile(r"[0-9a-f]{64}")

NAME: Final = re.compile(r"clipper-(\d{8})-(\d{3,6})\.warc\.gz")
# `is_written` holds the lock for a moment; that is no writer to give way to.
_TRIES: Final = 3
_PAUSE: Final = 0.02


def newest(folder: Path) -> Path | None:
    """The WARC file with the highest day and number, None when there is none."""
    found = [
        (m[1], int(m[2]), path) for path in folder.iterdir() if (m := NAME.fullmatch(path.name))
    ]
    return max(found)[2] if found else None


def next_name(folder: Path, day: date, sealed: Iterable[str] = ()) -> str:
    """A name that no file of that day has, nor one of those `sealed`, which may be elsewhere."""
    prefix = f"{day:%Y%m%d}"
    taken = [
        int(m[2])
        for name in (*(path.name for path in folder.iterdir()), *sealed)
        if (m := NAME.fullmatch(name)) and m[1] == prefix
    ]
    return f"clipper-{prefix}-{max(taken, default=0) + 1:03d}.warc.gz"


@dataclass(frozen=True, slots=True)
class Noted:
    """What the ledge says: a file's name, up to where it was synced, and `chain`, the digest of
    the digests of its gzip members up to there; empty when it is not known."""

    name: str
    size: int
    chain: str


NOTHING: Final = Noted("", 0, "")


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

    def __init__(self, folder: Path, disk: Disk = DISK) -> None:
        self._disk = disk
        self._descriptor = disk.open(folder / LEDGE, os.O_RDWR | os.O_CREAT)

    def read(self) -> Noted:
        """What was noted last; an empty name when nothing sensible is: what a power failure
        left of a note is taken out then."""
        content = os.pread(self._descriptor, _LENGTH + 1, 0)
        noted = _noted(content)
        if content and not noted.name:
            self.clear()
        return noted

    def clear(self) -> None:
        """Note nothing: it is not known up to where which file was synced."""
        self._disk.truncate(self._descriptor, 0)

    def note(self, noted: Noted) -> None:
        """Note up to where a file was synced; fixed width, in one write."""
        self._disk.write_at(self._descriptor, _line(noted), 0)

    def close(self) -> None:
        """Close the file."""
        self._disk.close(self._descriptor)


def read_ledge(folder: Path) -> Noted:
    """What `Ledge.read` gives, for a reader that may not write; an empty name without a ledge."""
    return _noted(_ledge(folder))


def is_ledge_damaged(folder: Path) -> bool:
    """Whether there is a ledge that says nothing sensible."""
    content = _ledge(folder)
    return bool(content) and not _noted(content).name


def _ledge(folder: Path) -> bytes:
    try:
        return (folder / LEDGE).read_bytes()[: _LENGTH + 1]
    except FileNotFoundError:
        return b""


def _line(noted: Noted) -> bytes:
    told = f"{noted.name:<40} {noted.size:>20} {noted.chain:<64}".encode("ascii")
    # So that a note of which only a part arrived is told from a whole one.
    return told + b" " + sha256(told).hexdigest()[:16].encode("ascii") + b"\n"


def _noted(content: bytes) -> Noted:
    words = content.decode("ascii", "replace").split()
    if len(words) < 2 or not NAME.fullmatch(words[0]) or not words[1].isdigit():
        return NOTHING
    if content[_EARLIER - 1 : _EARLIER] == b"\n":
        return Noted(words[0], int(words[1]), "")
    chain = words[2] if len(words) > 3 and _HEX.fullmatch(words[2]) else ""
    noted = Noted(words[0], int(words[1]), chain)
    return noted if _line(noted) == content else NOTHING


def chained(chain: str, member: bytes) -> str:
    """The chain with one more gzip member, of which this is the SHA-256."""
    return sha256(bytes.fromhex(chain) + member).hexdigest()


class Open:
    """A WARC file that is appended to.

    `chain` is over the gzip members in it. `is_sound` is false when something may stand in
    the file that should not: no more may be appended then before it was mended.
    """

    def __init__(self, path: Path, disk: Disk = DISK) -> None:
        self.path = path
        self._disk = disk
        self._descriptor = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.size = os.fstat(self._descriptor).st_size
        self.chain = START
        self.is_sound = True

    @property
    def noted(self) -> Noted:
        """What the ledge says of it once all is synced."""
        return Noted(self.path.name, self.size, self.chain)

    def append(self, members: Sequence[bytes], ledge: Ledge) -> None:
        """Write and sync whole gzip members in one append, and note it.

        On any error the file is cut to the size that it had, and the error raised.
        """
        size, chain = self.size, self.chain
        content = b"".join(members)
        try:
            self._disk.write_all(self._descriptor, content)
            self._disk.sync_content(self._descriptor)
            self.size = size + len(content)
            for member in members:
                self.chain = chained(self.chain, sha256(member).digest())
            ledge.note(self.noted)
        except BaseException:
            self.size, self.chain = size, chain
            self._cut(size)
            raise

    def _cut(self, size: int) -> None:
        self.is_sound = False
        # When this fails too, the file is mended before anything else is written to it.
        with suppress(OSError):
            self._disk.truncate(self._descriptor, size)
            self._disk.sync(self._descriptor)
            self.is_sound = True

    def sync(self) -> None:
        """Have all that stands in the file on the disk."""
        self._disk.sync_content(self._descriptor)

    def close(self) -> None:
        """Close the file."""
        self._disk.close(self._descriptor)
