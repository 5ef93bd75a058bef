"""A folder replaced as a whole: the old one stands until the new one is complete.

    files -> written beside, unchanged ones linked -> synced -> exchanged by rename

A process killed at any moment leaves the old folder or the new one. Where the system
can't exchange two folders at once there is a moment with neither; `mend` then puts
the old one back at the next start.
"""

from __future__ import annotations

import ctypes
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

_AT_FDCWD = -100
_EXCHANGE = 2


def mend(folder: Path) -> None:
    """Finish or undo what a killed process left beside `folder`."""
    old = _beside(folder, "old")
    if old.is_dir() and not folder.exists():
        old.rename(folder)
    for left in (old, _beside(folder, "new")):
        if left.is_dir():
            shutil.rmtree(left)


def replace(
    folder: Path,
    files: Mapping[str, bytes],
    kept: frozenset[str],
    exchange: Callable[[Path, Path], bool] | None = None,
) -> bool:
    """Make `folder` hold exactly `files` and the files named in `kept`.

    Names are relative, with "/". Returns False, and touches nothing, when all stands
    so already. `exchange` swaps two folders in one step or answers False (`exchanged`
    when not given). Raises OSError; the old folder is then as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    mend(folder)
    present = set(names(folder))
    if present - kept == set(files) and all(_same(folder / name, files[name]) for name in files):
        return False
    new = _beside(folder, "new")
    try:
        _build(new, folder, files, kept & present)
        _put_in_place(new, folder, exchange or exchanged)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    shutil.rmtree(_beside(folder, "old"), ignore_errors=True)
    shutil.rmtree(new, ignore_errors=True)
    return True


def names(folder: Path) -> Iterator[str]:
    """The relative names of all files in a folder; none when there is no folder."""
    for place, _, files in os.walk(folder):
        for file in files:
            yield (Path(place) / file).relative_to(folder).as_posix()


def _beside(folder: Path, what: str) -> Path:
    return folder.with_name(f".{folder.name}.clipper-{what}")


def _same(file: Path, content: bytes) -> bool:
    try:
        return file.stat().st_size == len(content) and file.read_bytes() == content
    except OSError:
        return False


def _build(
    new: Path, old: Path, files: Mapping[str, bytes], kept: frozenset[str] | set[str]
) -> None:
    new.mkdir()
    if old.is_dir():
        shutil.copymode(old, new)
    for name in kept:
        _link(old / name, new / name)
    for name, content in files.items():
        if _same(old / name, content):
            _link(old / name, new / name)
        else:
            _write(new / name, content)
    for place, _, _ in os.walk(new):
        _sync(Path(place))


def _link(old: Path, new: Path) -> None:
    """The same file under both names where the disk allows it, else a copy."""
    new.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError:
        shutil.copy2(old, new, follow_symlinks=False)


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _put_in_place(new: Path, folder: Path, exchange: Callable[[Path, Path], bool]) -> None:
    if not folder.exists():
        new.rename(folder)
    elif not exchange(new, folder):
        old = _beside(folder, "old")
        folder.rename(old)
        try:
            new.rename(folder)
        except OSError:
            old.rename(folder)
            raise
    _sync(folder.parent)


def exchanged(one: Path, other: Path) -> bool:
    """Swap two folders in one step (Linux, renameat2(2)); False where that can't be done."""
    with suppress(OSError, AttributeError):
        rename = ctypes.CDLL(None, use_errno=True).renameat2
        places = (_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other))
        return bool(rename(*places, _EXCHANGE) == 0)
    return False


def _sync(folder: Path) -> None:
    # Windows can't open folders; there the rename alone has to do.
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
