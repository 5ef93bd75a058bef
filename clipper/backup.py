"""A copy of all that clipper keeps, made while it runs; and putting it back.

A backup is a folder: the store as one file, the archive's files, the config, what people
wrote and gave beside it (posts, a theme, images, keys), and `backup.json`, which says what
they must be. It is made aside and renamed: a folder of the
name that was asked for is a whole backup. The store is copied first. What its rows point at
was on the disk before them, so the archive's copy, made after, holds it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from . import __version__, archive
from .archive import Archive
from .archive.reading import Forgotten
from .errors import ArchiveError, ClipperError, StoreError
from .store import Store
from .store.elsewhere import Proved

LIST: Final = "backup.json"
STORE: Final = "clipper.db"
CONFIG: Final = "sources.yaml"
PAGES: Final = "archive"
DATA: Final = "data"
BESIDE: Final = "beside"
_MADE_ANEW: Final = re.compile(r"clipper.*\.db.*|\..*|.*\.(lock|new)|archive|drawn")
"""What stands in the data folder and is copied otherwise, or made anew when it is missing."""
_CHUNK: Final = 1 << 20


class BackupError(ClipperError):
    """A backup can't be made, or is none that can be put back."""


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made: how many files and bytes; and sealed files of the archive that
    are at another place alone, and so not in it, by place, with all their bytes."""

    folder: Path
    files: int
    size: int
    elsewhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    size_elsewhere: int = 0


@dataclass(frozen=True, slots=True)
class Verified:
    """What a look at a backup gave: pages read again, and faults in words, none if all is well;
    and how many pages are in files that are at another place, and were not looked at."""

    pages: int
    faults: tuple[str, ...]
    elsewhere: int = 0


def make(
    store: Store,
    pages: Path,
    config: Path,
    to: Path,
    now: datetime,
    *,
    data: Path | None = None,
    beside: Mapping[str, Path] = MappingProxyType({}),
    leave: Collection[Path] = (),
) -> Made:
    """Copy `store`, the archive at `pages` and `config` into the new folder `to`.

    Also all else in the folder `data` (keys, images), save what is in `leave` (pages that
    are made anew), and the folders `beside` the config by their names (posts, a theme).
    Links are not followed. Raises BackupError when `to` is there already or can't be
    written; nothing is left then.
    """
    if to.exists():
        raise BackupError(f"{to} exists already. Name another folder; a date in it helps.")
    aside = to.with_name(f".{to.name}.{os.getpid()}.new")
    try:
        aside.mkdir(mode=0o700, parents=True)
        store.backup(aside / STORE)
        (aside / STORE).chmod(0o600)
        copied = archive.copy(pages, aside / PAGES)
        files = {f"{PAGES}/{each.name}": (each.size, each.digest) for each in copied}
        if config.exists():
            shutil.copy2(config, aside / CONFIG)
            files[CONFIG] = _measured(aside / CONFIG)
        files |= _own(aside, data, beside, leave)
        files[STORE] = _measured(aside / STORE)
        away = _away(store, {each.name for each in copied})
        ways = {name: _way(folder, config.parent) for name, folder in beside.items()}
        _write(aside / LIST, _listed(now, away, ways, files))
        _sync(aside / PAGES)
        _sync(aside)
        aside.rename(to)
        _sync(to.parent)
    except OSError as error:
        why = f"{error.filename or to}: the backup can't be made ({error.strerror})."
        raise BackupError(why) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Made(
        to,
        len(files),
        sum(size for size, _ in files.values()),
        {place: tuple(each.file for each in those) for place, those in away.items()},
        sum(each.size for those in away.values() for each in those),
    )


def _listed(
    now: datetime,
    away: Mapping[str, Iterable[Proved]],
    ways: Mapping[str, str],
    files: Mapping[str, tuple[int, str]],
) -> str:
    """What stands in `LIST`."""
    told = {
        "clipper": __version__,
        "elsewhere": {place: [each.file for each in those] for place, those in away.items()},
        "made_at": now.isoformat(),
        "beside": ways,
        "files": files,
    }
    return json.dumps(told, indent=1, sort_keys=True)


def _away(store: Store, here: Collection[str]) -> dict[str, list[Proved]]:
    """What was proved to be at a place and is not here, by place."""
    away: dict[str, list[Proved]] = {}
    for each in store.elsewhere.list():
        if each.file not in here:
            away.setdefault(each.place, []).append(each)
    return away


def _own(
    aside: Path, data: Path | None, beside: Mapping[str, Path], leave: Collection[Path]
) -> dict[str, tuple[int, str]]:
    """Copy what people wrote and gave into the backup: of the data folder and `beside`."""
    files: dict[str, tuple[int, str]] = {}
    if data is not None:
        own = [each for each in _files(data, leave) if not _is_made_anew(each, data)]
        files |= _copied(own, data, aside, DATA)
    for name, folder in beside.items():
        files |= _copied(_files(folder, leave), folder, aside, f"{BESIDE}/{name}")
    return files


def _files(folder: Path, leave: Collection[Path]) -> list[Path]:
    """The regular files below a folder, in order; none when there is no such folder."""
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        here = Path(place)
        folders[:] = sorted(each for each in folders if here / each not in leave)
        paths = (here / name for name in sorted(names))
        found += [path for path in paths if path.is_file() and not path.is_symlink()]
    return found


def _is_made_anew(path: Path, data: Path) -> bool:
    return _MADE_ANEW.fullmatch(path.relative_to(data).parts[0]) is not None


def _copied(paths: list[Path], folder: Path, aside: Path, name: str) -> dict[str, tuple[int, str]]:
    """Copy files into the backup below `name`, on the disk; each with its size and SHA-256."""
    done: dict[str, tuple[int, str]] = {}
    for path in paths:
        key = f"{name}/{path.relative_to(folder).as_posix()}"
        (aside / key).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copy2(path, aside / key)
        _sync(aside / key)
        done[key] = _measured(aside / key)
    return done


def _way(folder: Path, home: Path) -> str:
    """Where a folder stands as seen from the config; its name alone when it is elsewhere."""
    if folder.is_relative_to(home):
        return folder.relative_to(home).as_posix()
    return folder.name


def verify(folder: Path, now: datetime) -> Verified:
    """Look whether a backup is whole: each file, the store, and each page that it points at.

    Works on a copy of the store, so that the backup stays as it is. Raises BackupError for a
    folder that is no backup.
    """
    faults = list(_changed(folder, _list(folder)))
    if faults:
        return Verified(0, tuple(faults))
    look = folder.with_name(f".{folder.name}.{os.getpid()}.look")
    read = elsewhere = 0
    try:
        look.mkdir(mode=0o700)
        shutil.copyfile(folder / STORE, look / STORE)
        with (
            Store.open(look / STORE) as store,
            Archive(folder / PAGES, now=lambda: now) as pages,
        ):
            faults += store.verify()
            away = {each.file for each in store.elsewhere.list()}
            for snapshot in store.snapshots.all():
                if snapshot.file in away and not (folder / PAGES / snapshot.file).exists():
                    elsewhere += 1
                    continue
                try:
                    pages.read(snapshot)
                    read += 1
                except Forgotten:
                    continue  # removed on purpose: a tombstone stands there, as it should
                except ArchiveError as error:
                    faults.append(str(error))
                    read += 1
    except StoreError as error:
        faults.append(str(error))
    except OSError as error:
        raise BackupError(f"{folder} can't be looked at ({error.strerror}).") from error
    finally:
        shutil.rmtree(look, ignore_errors=True)
    return Verified(read, tuple(faults), elsewhere)


def restore(folder: Path, data: Path, config: Path) -> None:
    """Put a backup back: its store and archive to `data`, its config to `config`.

    What stood beside the config is put beside it again. Nothing that is there is replaced:
    a config that is there stays, and so does each post and each file of a theme. Raises
    BackupError when `data` holds something, or the backup is damaged.
    """
    faults = tuple(_changed(folder, _list(folder)))
    if faults:
        raise BackupError(f"{folder} is damaged, and was not put back: {'; '.join(faults)}")
    if data.exists() and any(data.iterdir()):
        raise BackupError(
            f"{data} is not empty. Move it away first, so that nothing is lost by a mistake."
        )
    aside = data.with_name(f".{data.name}.{os.getpid()}.new")
    try:
        aside.mkdir(parents=True, mode=0o700)
        shutil.copy2(folder / STORE, aside / STORE)
        shutil.copytree(folder / PAGES, aside / PAGES)
        if (folder / DATA).exists():
            shutil.copytree(folder / DATA, aside, dirs_exist_ok=True)
        for path in (*(aside / PAGES).iterdir(), aside / STORE, aside / PAGES, aside):
            _sync(path)
        if data.exists():
            data.rmdir()
        aside.rename(data)
        if not config.exists() and (folder / CONFIG).exists():
            shutil.copy2(folder / CONFIG, config)
        _put_beside(folder, config.parent)
    except OSError as error:
        raise BackupError(
            f"{error.filename or data}: the backup can't be put back ({error.strerror})."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _put_beside(folder: Path, home: Path) -> None:
    told = json.loads((folder / LIST).read_text(encoding="utf-8")).get("beside", {})
    for name in sorted(path.name for path in (folder / BESIDE).glob("*")):
        way = str(told.get(name, name))
        to = home / (way if _is_below(way) else name)
        for path in _files(folder / BESIDE / name, ()):
            place = to / path.relative_to(folder / BESIDE / name)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, place)


def _is_below(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return bool(parts) and name[0] != "/" and ".." not in parts


def _list(folder: Path) -> dict[str, tuple[int, str]]:
    """The files of a backup by their path in it: size and SHA-256."""
    try:
        told: Any = json.loads((folder / LIST).read_text(encoding="utf-8"))
        files = {
            str(name): (int(size), str(digest)) for name, (size, digest) in told["files"].items()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"{folder} is no backup of clipper: it has no good {LIST}.") from error
    if STORE not in files or any(not _is_ours(name) for name in files):
        raise BackupError(f"{folder} is no backup of clipper: {LIST} names other files.")
    return files


def _is_ours(name: str) -> bool:
    head, _, tail = name.partition("/")
    if head == PAGES:
        return bool(tail) and "/" not in tail and not tail.startswith(".")
    return name in (STORE, CONFIG) or (head in (DATA, BESIDE) and _is_below(tail))


def _changed(folder: Path, files: dict[str, tuple[int, str]]) -> Iterator[str]:
    for name, told in sorted(files.items()):
        try:
            if _measured(folder / name) != told:
                yield f"{name} is not what was written"
        except OSError as error:
            yield f"{name} can't be read ({error.strerror})"


def _measured(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()


def _write(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
