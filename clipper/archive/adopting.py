"""Captures as they stand in a file, for a store that has no row for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import ArchiveError
from ..model import Snapshot
from . import agreeing
from .checking import Seen, read_through
from .files import NAME, is_written, newest, read_ledge


def files(folder: Path) -> list[str]:
    """The names of all WARC files in the archive, in order."""
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if NAME.fullmatch(path.name))


def written_last(folder: Path) -> list[str]:
    """The files in which captures may stand that a kill left without a row."""
    if not folder.is_dir():
        return []
    last = newest(folder)
    names = {read_ledge(folder).name, last.name if last else ""}
    return sorted(name for name in names if name and (folder / name).exists())


def was_stopped(folder: Path) -> bool:
    """Whether more, or less, stands in the file written last than was noted, and nobody is
    writing now: a kill came between."""
    noted = read_ledge(folder)
    files = written_last(folder)
    if is_written(folder) or not files:
        return False
    path = folder / files[-1]
    is_open = bool(path.stat().st_mode & 0o200)
    return is_open and (path.name, path.stat().st_size) != (noted.name, noted.size)


def captures(folder: Path, name: str, since: int = 0) -> Iterator[Snapshot]:
    """The whole captures of a file from the offset `since`, at which a record must begin.

    Of the file that is open, up to where it was synced. Raises ArchiveError.
    """
    path = folder / name
    noted = read_ledge(folder)
    try:
        end = noted.size if name == noted.name else None
        seen = [each for each in read_through(path, since, end) if isinstance(each, Seen)]
    except OSError as error:
        raise ArchiveError(f"{path}: it can't be read ({error.strerror}).") from error
    groups, _ = agreeing.grouped(name, seen)
    whole = [group for group in groups if not any(agreeing.gaps(group))]
    yield from agreeing.captures(name, whole).values()
