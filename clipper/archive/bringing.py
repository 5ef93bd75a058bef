"""Sealed files brought back from the depot.

    depot -> NAME.new, synced -> its digest is the manifest's -> renamed

A kill leaves a `.new` file, which the next start removes.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

from ..errors import ArchiveError
from . import manifest
from .depot import MOST_BYTES, Depot
from .disk import READ_ONLY, Disk
from .manifest import Sealed
from .shelf import check_same, keys, lines_here, lines_there


def manifest_back(folder: Path, depot: Depot, disk: Disk) -> None:
    """Have the depot's manifest in a folder that has none. Raises ArchiveError when there is
    none, when it is damaged, or when the folder has another one."""
    here, there = lines_here(folder), lines_there(depot)
    if not there:
        raise ArchiveError(
            f"{depot.address}: there is no {manifest.FILE}, so no archive was kept there. "
            "Look at the address."
        )
    if here:
        check_same(depot, here, there)
        return
    disk.put(folder / manifest.FILE, there)
    if faults := manifest.read(folder).faults:
        number, why = faults[0]
        disk.remove(folder / manifest.FILE)
        raise ArchiveError(
            f"{depot.address}: its {manifest.FILE} is not whole (line {number}: {why}). Nothing "
            "was brought back. Look whether the service keeps earlier versions of it."
        )


def bring(folder: Path, line: Sealed, depot: Depot, disk: Disk) -> bool:
    """Have a sealed file and its index in the folder; whether one of them was not. What is
    there already stays as it is. Raises ArchiveError when it is missing at the depot, or is
    not what was sealed; nothing is put in place then."""
    wanted = zip((line.cdxj, line.file), reversed(keys(line)), strict=True)
    told = {line.file: (line.sha256, line.size), line.cdxj: (line.cdxj_sha256, MOST_BYTES)}
    brought = False
    for name, key in wanted:  # the index first: it is never missing beside its file
        if not (folder / name).exists():
            _bring(folder / name, key, told[name], depot, disk)
            brought = True
    return brought


def _bring(path: Path, key: str, told: tuple[str, int], depot: Depot, disk: Disk) -> None:
    wanted, most = told
    aside = path.with_name(f"{path.name}.new")
    disk.remove(aside)
    digest = sha256()
    descriptor = disk.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for chunk in depot.chunks(key, most):
            disk.write_all(descriptor, chunk)
            digest.update(chunk)
        disk.chmod(descriptor, READ_ONLY)
        disk.sync(descriptor)
    except FileNotFoundError:
        disk.remove(aside)
        raise ArchiveError(f"{depot.address}: {key} is not there, and not here either.") from None
    except ArchiveError:
        disk.remove(aside)
        raise
    finally:
        disk.close(descriptor)
    if digest.hexdigest() != wanted:
        disk.remove(aside)
        raise ArchiveError(
            f"{depot.address}: {key} is not what was sealed; it was not brought back. Look "
            "whether the service keeps earlier versions of it."
        )
    disk.rename(aside, path)
    disk.sync_folder(path.parent)
