"""The calls by which the archive changes what is on the disk, and no others.

One object stands between: a test puts its own in the place, which stops or fails at any call
and knows what a power failure would leave.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

READ_ONLY: Final = 0o444
WRITABLE: Final = 0o644


class Disk:
    """The system's calls as they are; each raises OSError."""

    def open(self, path: Path, flags: int, mode: int = WRITABLE) -> int:
        """A descriptor of a file or folder; with `os.O_CREAT` the file is made."""
        return os.open(path, flags, mode)

    def close(self, descriptor: int) -> None:
        """Let go of a descriptor."""
        os.close(descriptor)

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        path.mkdir(parents=True)

    def write(self, descriptor: int, content: bytes | memoryview) -> int:
        """Write some of `content`, and say how much."""
        return os.write(descriptor, content)

    def write_at(self, descriptor: int, content: bytes, offset: int) -> int:
        """Write at a place in a file."""
        return os.pwrite(descriptor, content, offset)

    def sync(self, descriptor: int) -> None:
        """Have a file, its size and rights, or a folder's list, on the disk."""
        os.fsync(descriptor)

    def sync_content(self, descriptor: int) -> None:
        """Have a file's content and its size on the disk."""
        # macOS has no fdatasync.
        getattr(os, "fdatasync", os.fsync)(descriptor)

    def truncate(self, descriptor: int, size: int) -> None:
        """Cut a file to `size`."""
        os.ftruncate(descriptor, size)

    def chmod(self, descriptor: int, mode: int) -> None:
        """Change the rights on an open file."""
        os.fchmod(descriptor, mode)

    def rename(self, path: Path, to: Path) -> None:
        """Give a file another name, in the place of what bears it."""
        path.rename(to)

    def remove(self, path: Path) -> None:
        """Remove a file; one that is not there is no error."""
        path.unlink(missing_ok=True)

    # ------------------------------------------------------------ made of these

    def write_all(self, descriptor: int, content: bytes) -> None:
        """Write all of `content`, in as many writes as it takes."""
        view = memoryview(content)
        while view:
            view = view[self.write(descriptor, view) :]

    def sync_folder(self, folder: Path) -> None:
        """Have the folder's list of files on the disk."""
        descriptor = self.open(folder, os.O_RDONLY)
        try:
            self.sync(descriptor)
        finally:
            self.close(descriptor)

    def put(self, path: Path, content: bytes, mode: int = WRITABLE) -> None:
        """Put a file in place, whole or not at all; one that is there is replaced."""
        aside = path.with_name(f"{path.name}.new")
        self.remove(aside)  # one that a kill left may be read-only already
        descriptor = self.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            self.write_all(descriptor, content)
            self.chmod(descriptor, mode)
            self.sync(descriptor)
        finally:
            self.close(descriptor)
        self.rename(aside, path)
        self.sync_folder(path.parent)

    def keep_aside(self, path: Path, content: bytes, *words: str) -> None:
        """Keep what stood in a file as `NAME.WORDS` beside it; nothing that is there already
        is replaced."""
        aside = _aside(path, content, words)
        if aside is None:
            self.sync_folder(path.parent)
        else:
            self.put(aside, content)

    def cut(self, path: Path, whole: int) -> None:
        """Cut a file to its first `whole` bytes; what follows is kept as `NAME.OFFSET.torn`."""
        with path.open("rb") as file:
            file.seek(whole)
            rest = file.read()
        self.keep_aside(path, rest, f"{whole}", "torn")
        descriptor = self.open(path, os.O_WRONLY)
        try:
            self.truncate(descriptor, whole)
            self.sync(descriptor)
        finally:
            self.close(descriptor)


def _aside(path: Path, content: bytes, words: Sequence[str]) -> Path | None:
    """A free name for what is kept aside; None when a kill left the same there already."""
    *first, last = words
    number = 1
    while True:
        again = [f"{number}"] if number > 1 else []
        aside = path.with_name(".".join([path.name, *first, *again, last]))
        if not aside.exists():
            return aside
        if aside.read_bytes() == content:
            return None
        number += 1


DISK: Final = Disk()
"""The disk, where no other is given."""
