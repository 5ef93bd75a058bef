"""Sealing: a WARC file that is full is read once more, indexed, and never written to again.

    walk -> NAME.cdxj, synced -> both read-only -> a line in the manifest, synced

The line is what makes a file sealed. A kill before it leaves a file that is sealed anew at
the next start, with the same index; nothing is torn and nothing is sealed twice.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from . import cdxj, manifest
from .disk import DISK, READ_ONLY, Disk
from .files import NAME
from .manifest import Sealed
from .walking import Gap, walk

_CHUNK: Final = 1 << 20
INDEXED: Final = ("response", "revisit")
"""The kinds of record that replay tools look for."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """A file that could not be sealed, and why."""

    file: str
    why: str


def seal(path: Path, now: datetime, chain: str = "", disk: Disk = DISK) -> Sealed:
    """Seal a WARC file that nobody writes to any more, and give its line of the manifest.

    `chain` is what was noted of its members while they were written, empty when that is not
    known: what was changed before the file was sealed shows by it. One that is sealed stays
    as it is. The caller holds the writer's lock. Raises ArchiveError for a file that is not
    whole, and OSError.
    """
    folder = path.parent
    known = manifest.read(folder)
    if (line := known.of(path.name)) is not None:
        return line
    lines, records = indexed(path)
    content = "".join(lines).encode("ascii")
    index = folder / manifest.index_name(path.name)
    disk.put(index, content, READ_ONLY)
    _close_for_good(path, disk)
    size, digest = measured(path)
    line = Sealed(
        file=path.name,
        size=size,
        sha256=digest,
        records=records,
        chain=chain,
        cdxj=index.name,
        cdxj_sha256=hashlib.sha256(content).hexdigest(),
        sealed_at=now.astimezone(UTC).isoformat(),
        previous=known.head,
    )
    manifest.append(folder, line, disk)
    return line


def _close_for_good(path: Path, disk: Disk) -> None:
    """Have the file on the disk, and nobody write to it."""
    descriptor = disk.open(path, os.O_RDONLY)
    try:
        disk.chmod(descriptor, READ_ONLY)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)


def is_begun(path: Path) -> bool:
    """Whether a file without a line in the manifest was being sealed: no more is written to it."""
    is_indexed = (path.parent / manifest.index_name(path.name)).exists()
    return is_indexed or not path.stat().st_mode & 0o200


def complete(
    folder: Path,
    still_open: Path | None,
    now: datetime,
    chains: Mapping[str, str],
    disk: Disk = DISK,
) -> Iterator[Sealed | Unsealed]:
    """Seal all files that are not, save the one that is still written to.

    `chains` has what was noted of files while they were written.
    """
    sealed = {line.file for line in manifest.read(folder).lines}
    for path in sorted(folder.iterdir()):
        if path == still_open or path.name in sealed or not NAME.fullmatch(path.name):
            continue
        try:
            if path.stat().st_size:  # else a kill came before the first record
                yield seal(path, now, chains.get(path.name, ""), disk)
        except ArchiveError as error:
            yield Unsealed(path.name, str(error))
        except OSError as error:
            yield Unsealed(path.name, f"{path}: it can't be sealed ({error.strerror}).")


def indexed(path: Path) -> tuple[list[str], int]:
    """The lines of a file's index, sorted, and how many records it has; ArchiveError when it
    is not whole."""
    lines, records = [], 0
    for found in walk(path):
        fault = found.why if isinstance(found, Gap) else found.fault
        if isinstance(found, Gap) or found.record is None:
            raise ArchiveError(
                f"{path} at {found.offset}: {fault}. The file was not sealed: put back a copy "
                "of it, or look at it with 'clipper archive verify'."
            )
        if found.record.fields.get("warc-type") in INDEXED:
            lines.append(cdxj.line(found.record, found.content, found.offset, path.name))
        records += 1
    return sorted(lines), records


def measured(path: Path) -> tuple[int, str]:
    """Size and SHA-256 of a file."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
