"""Where an archive's files are read from: its folder, or the depot once they left it.

A sealed file has one name here and a name at the depot (`key`). The two differ for a file that
was rewritten, so that the new one is there, and proved, before the old one goes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Self

from ..errors import ArchiveError
from . import manifest
from .depot import MOST_BYTES, Depot, DepotError
from .manifest import Manifest, Sealed

Connect = Callable[[], Depot | None]
"""Gives the depot, None when there is none; called when a file is not in the folder."""

_LETTERS: Final = 16


def nowhere() -> None:
    """The depot of an archive that has none."""
    return


def keys(line: Sealed) -> tuple[str, str]:
    """What a sealed file and its index are called at a depot."""
    return _key(line, line.file, line.sha256), _key(line, line.cdxj, line.cdxj_sha256)


def _key(line: Sealed, name: str, digest: str) -> str:
    if line.event == manifest.SEALED:
        return name
    stem, dot, kind = name.partition(".")
    return f"{stem}.{digest[:_LETTERS]}{dot}{kind}"


class Shelf:
    """An archive's files for reading, by name, wherever they are.

    Whatever is in the folder is read there; the depot is asked for the rest, single records
    by single requests. Safe from many threads, save within `borrowed`.
    """

    def __init__(self, folder: Path | str, connect: Connect = nowhere) -> None:
        self.folder = Path(folder)
        self._connect = connect
        self._manifest: tuple[tuple[int, int], Manifest] | None = None
        self._lent: dict[str, Path] = {}

    @classmethod
    def of(cls, where: Path | Self) -> Self:
        """A folder as a shelf without a depot; a shelf as it is."""
        return where if isinstance(where, cls) else cls(where)  # type: ignore[arg-type]

    @property
    def depot(self) -> Depot | None:
        """The depot as it is named now, None when the archive has none."""
        return self._connect()

    def open(self, name: str) -> BinaryIO:
        """A file of the archive. FileNotFoundError when it is nowhere; DepotError; OSError."""
        try:
            return self._path(name).open("rb")
        except FileNotFoundError:
            line, depot = self._line(name), self.depot
            if line is None or depot is None:
                raise
            return depot.open(keys(line)[0], line.size)

    def size(self, name: str) -> int:
        """A file's size, as it is here, or as the manifest has it for one that is not."""
        try:
            return self._path(name).stat().st_size
        except FileNotFoundError:
            line = self._line(name)
            if line is None:
                raise
            return line.size

    def _path(self, name: str) -> Path:
        return self._lent.get(name, self.folder / name)

    def _line(self, name: str) -> Sealed | None:
        """The manifest's line; it is read anew when the manifest has changed."""
        try:
            stat = (self.folder / manifest.FILE).stat()
        except FileNotFoundError:
            return None
        stamp = (stat.st_mtime_ns, stat.st_size)
        kept = self._manifest
        if kept is None or kept[0] != stamp:
            kept = self._manifest = (stamp, manifest.read(self.folder))
        return kept[1].of(name)

    @contextmanager
    def borrowed(self, line: Sealed) -> Iterator[Path]:
        """A file that is at the depot alone, with its index, copied to a folder that is gone
        afterwards: for who must read it from end to end. Whatever it is like is handed on, save
        what is longer than it was.

        Raises DepotError when it can't be had.
        """
        depot = self.depot
        if depot is None:
            raise DepotError(f"{line.file}: it is not here, and no depot is named.")
        with tempfile.TemporaryDirectory(prefix="clipper-look-") as name:
            for key, file in zip(keys(line), (line.file, line.cdxj), strict=True):
                try:
                    most = line.size if file == line.file else MOST_BYTES
                    _copy(depot, key, Path(name) / file, most)
                except FileNotFoundError:
                    if file == line.file:
                        raise DepotError(f"{depot.address}: {key} is not there.") from None
            self._lent[line.file] = Path(name) / line.file
            try:
                yield Path(name) / line.file
            finally:
                del self._lent[line.file]


def _copy(depot: Depot, key: str, to: Path, most: int) -> None:
    with to.open("xb") as file:
        for chunk in depot.chunks(key, most):
            file.write(chunk)


# ---------------------------------------------------------------- the depot's own manifest


def lines_there(depot: Depot) -> bytes:
    """The manifest at the depot, its whole lines; empty when there is none."""
    return whole_lines(depot.whole(manifest.FILE) or b"")


def whole_lines(content: bytes) -> bytes:
    """What stands before the end of the last line."""
    return content[: content.rfind(b"\n") + 1]


def lines_here(folder: Path) -> bytes:
    """The manifest in the folder, its whole lines; empty when there is none."""
    try:
        content = (folder / manifest.FILE).read_bytes()
    except FileNotFoundError:
        return b""
    return whole_lines(content)


def check_same(depot: Depot, here: bytes, there: bytes) -> None:
    """ArchiveError unless the depot's manifest is the beginning of ours: else another archive
    is kept there, or one of the two is not what it was, and nothing may be replaced."""
    if here.startswith(there):
        return
    if there.startswith(here):
        raise ArchiveError(
            f"{depot.address}: what is kept there is further on than this archive: its manifest "
            "has lines that are missing here. Was an older copy put back? Nothing was sent. "
            "Move data/archive aside and get all back with 'clipper archive bring-back'."
        )
    raise ArchiveError(
        f"{depot.address}: the manifest there is that of another archive, or one of the two was "
        "changed. Nothing was sent. Give each archive a folder of its own ('archive: "
        "elsewhere: place:'), or compare the two with the digest that you noted."
    )
