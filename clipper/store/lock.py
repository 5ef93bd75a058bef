"""One round at a time: a lock on a file beside the store, freed by the kernel at exit.

`flock` belongs to the open file: it ends with the process however that ends, so a
lock is never left behind. The file itself stays; removing it would let two
processes lock two files of one name.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import AlreadyRunning, StoreError


@contextmanager
def hold(path: Path) -> Iterator[None]:
    """Hold the lock at `path` for the block; AlreadyRunning at once when another has it."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{path} can't be made ({error.strerror}).") from error
    try:
        _take(descriptor)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
        yield
        os.truncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        named = f" (process {holder})" if holder else ""
        raise AlreadyRunning(
            f"Another round is under way here{named}. It does the work; nothing to do."
        ) from None
