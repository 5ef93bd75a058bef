"""Web archives that others put into a folder: which files there are, and what each one is.

    folder -> listing -> Listing(Lying*) ;  Lying -> digest -> SHA-256 | why it can't be had

Only looks. No link is followed, neither to a file nor to a folder: what lies elsewhere is not
what was put here.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SUFFIXES: Final = (".warc", ".warc.gz", ".wacz")
DEPTH: Final = 5
MOST_FILES: Final = 10_000
MOST_SEEN: Final = 200_000
"""Names of any kind that are looked at, so that a whole disk named by mistake ends."""

_CHUNK: Final = 1 << 20
_FLAGS: Final = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """A file with the name of a web archive, as it lies there. `name` is its way from the
    folder, with bytes that are no text written out; `size` is in bytes, `changed` its time of
    change in nanoseconds since 1970. `link`: it is none itself, but leads elsewhere."""

    name: str
    path: Path
    size: int
    changed: int
    link: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What lies in a folder, the oldest first, so that earlier captures are taken first.

    `fault` says why the folder can't be read, "" when it can; `unread` are names of inner
    folders that can't; `more`: there is more than is looked at.
    """

    files: tuple[Lying, ...] = ()
    fault: str = ""
    unread: tuple[str, ...] = ()
    more: bool = False


def listing(folder: Path, most: int = MOST_FILES, most_seen: int = MOST_SEEN) -> Listing:
    """The web archives in a folder and those within it, `DEPTH` deep; hidden ones are not read."""
    found: list[Lying] = []
    unread: list[str] = []
    seen = 0
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            for entry in _entries(here):
                seen += 1
                if seen > most_seen or len(found) > most:
                    return _listing(found[:most], unread, more=True)
                if entry.is_dir(follow_symlinks=False):
                    if depth < DEPTH:
                        waiting.append((Path(entry.path), depth + 1))
                elif entry.name.lower().endswith(SUFFIXES):
                    found += _lying(folder, Path(entry.path))
        except OSError as error:
            if here == folder:
                return Listing(fault=_why(error))
            unread.append(_name(folder, here))
    return _listing(found[:most], unread, more=len(found) > most)


def _listing(found: list[Lying], unread: list[str], *, more: bool) -> Listing:
    ordered = sorted(found, key=lambda each: (each.changed, each.name))
    return Listing(files=tuple(ordered), unread=tuple(sorted(unread)), more=more)


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not entry.name.startswith("."))


def _lying(folder: Path, path: Path) -> list[Lying]:
    """The file as it lies there; none when it went in the meantime, or is no file at all."""
    try:
        told = path.lstat()
    except OSError:
        return []
    is_link = stat.S_ISLNK(told.st_mode)
    if not (stat.S_ISREG(told.st_mode) or is_link):
        return []
    return [
        Lying(
            name=_name(folder, path),
            path=path,
            size=told.st_size,
            changed=told.st_mtime_ns,
            link=is_link,
        )
    ]


def _name(folder: Path, path: Path) -> str:
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")


def lies_still(file: Lying) -> bool:
    """Whether the file lies there as it did."""
    try:
        told = file.path.lstat()
    except OSError:
        return False
    return (told.st_size, told.st_mtime_ns) == (file.size, file.changed)


DENIED: Final = os.strerror(errno.EACCES).lower()
"""The reason of a file that clipper's user has no right to read."""


def may_be_read(file: Lying) -> bool:
    """Whether clipper's user has the right to read a file."""
    return os.access(file.path, os.R_OK)


class UnreadableError(Exception):
    """Why a file can't be read."""


def digest(file: Lying, stopping: Callable[[], bool] = lambda: False) -> str | None:
    """The SHA-256 of a file, in hex; None when `stopping` ended it.

    Raises UnreadableError when it can't be read, is no file any more, or grew past its size.
    """
    told = hashlib.sha256()
    left = file.size
    try:
        # Neither a link nor a pipe that came into its place is followed or waited for.
        number = os.open(file.path, _FLAGS)
        with open(number, "rb", buffering=0) as opened:  # noqa: PTH123  (a descriptor)
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise UnreadableError("it is no file")
            while part := opened.read(_CHUNK):
                left -= len(part)
                if left < 0:
                    raise UnreadableError("it grew while it was read")
                if stopping():
                    return None
                told.update(part)
    except OSError as error:
        raise UnreadableError(_why(error)) from error
    return told.hexdigest()


def _why(error: OSError) -> str:
    return (error.strerror or "it can't be read").lower()
