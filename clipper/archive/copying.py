"""A copy of the archive's files, also while a process writes to them."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from .files import NAME, read_ledge

_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """A file of the archive as copied: its name, size, and SHA-256 in hex."""

    name: str
    size: int
    digest: str


def copy(folder: Path, to: Path) -> tuple[Copied, ...]:
    """Copy all WARC files to the new folder `to`, the open one up to where it was synced.

    A copy of the store that was made before points at nothing beyond that. Raises
    ArchiveError when a file can't be read or written.
    """
    try:
        to.mkdir(mode=0o700)
        # The list first: a file begun after it holds nothing that the store's copy knows.
        names = sorted(path.name for path in _files(folder))
        name, synced = read_ledge(folder)
        return tuple(
            _copy(folder / each, to / each, synced if each == name else None) for each in names
        )
    except OSError as error:
        raise ArchiveError(
            f"{error.filename or folder}: the archive can't be copied ({error.strerror})."
        ) from error


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if NAME.fullmatch(path.name)]


def _copy(source: Path, target: Path, size: int | None) -> Copied:
    digest, done = hashlib.sha256(), 0
    with source.open("rb") as file, target.open("xb") as copied:
        left = os.fstat(file.fileno()).st_size if size is None else size
        while left and (chunk := file.read(min(left, _CHUNK))):
            copied.write(chunk)
            digest.update(chunk)
            left -= len(chunk)
            done += len(chunk)
        copied.flush()
        os.fsync(copied.fileno())
    shutil.copystat(source, target)
    return Copied(source.name, done, digest.hexdigest())
