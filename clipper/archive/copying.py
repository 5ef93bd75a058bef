"""A copy of the archive's files, also while a process writes to them."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from . import manifest
from .files import NAME, read_ledge

_CHUNK: Final = 1 << 20


_UNDONE: Final = (
    "pages are being removed, or were when clipper was killed. Let it end, or run "
    "'clipper archive repair', and copy it then."
)
_MOVED: Final = "a file went elsewhere while it was copied. Copy it once more."
_MEANWHILE: Final = "pages were removed from it while it was copied. Copy it once more."


@dataclass(frozen=True, slots=True)
class Copied:
    """A file of the archive as copied: its name, size, and SHA-256 in hex."""

    name: str
    size: int
    digest: str


def copy(folder: Path, to: Path) -> tuple[Copied, ...]:
    """Copy all WARC files, their indexes and the manifest to the new folder `to`, the open
    file up to where it was synced.

    A copy of the store that was made before points at nothing beyond that. Raises
    ArchiveError when a file can't be read or written.
    """
    try:
        if next(folder.glob("*.warc.gz.new"), None) if folder.is_dir() else None:
            raise ArchiveError(f"{folder}: {_UNDONE}")
        to.mkdir(mode=0o700)
        # The manifest first: what it names is there. What is sealed while the copy is made
        # is unsealed in it, and sealed again when the copy is put to use.
        sealed = manifest.read(folder)
        # Then the list: a file begun after it holds nothing that the store's copy knows.
        names = sorted(path.name for path in _files(folder))
        noted = read_ledge(folder)
        copied = [
            _copy(folder / each, to / each, noted.size if each == noted.name else None)
            for each in names
        ]
        copied += [
            _copy(folder / each.cdxj, to / each.cdxj, None)
            for each in sealed.lines
            if (folder / each.cdxj).exists()  # else `verify` tells of it
        ]
        if sealed.whole:
            lines = folder / manifest.FILE
            copied.append(_copy(lines, to / manifest.FILE, sealed.whole))
        rewritten = {each for each in manifest.read(folder).lines if each.event != manifest.SEALED}
        if rewritten - set(sealed.lines):
            raise ArchiveError(f"{folder}: {_MEANWHILE}")
        return tuple(copied)
    except FileNotFoundError as error:
        # Sealed files go from here once they are proved to be elsewhere.
        if NAME.fullmatch(Path(str(error.filename)).name) is None:
            raise ArchiveError(
                f"{error.filename}: it is not there, and can't be copied."
            ) from error
        raise ArchiveError(f"{folder}: {_MOVED}") from error
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
