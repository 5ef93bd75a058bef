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


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a file that is to be sealed: `chain`, as it was noted while its members
    were written, empty when that is not known (what was changed before the file was sealed
    shows by it); and `why` it is not as it was, empty when it is."""

    chain: str = ""
    why: str = ""


NOTHING_KNOWN: Final = Known()


def seal(path: Path, now: datetime, known: Known = NOTHING_KNOWN, disk: Disk = DISK) -> Sealed:
    """Seal a WARC file that nobody writes to any more, and give its line of the manifest.

    One that is sealed stays as it is. The caller holds the writer's lock. Raises ArchiveError
    for a file that is not whole, and OSError.
    """
    line = manifest.read(path.parent).of(path.name)
    return line or _seal(path, now, known, manifest.SEALED, disk)


def take_back(folder: Path, line: Sealed, now: datetime, disk: Disk = DISK) -> bool:
    """Seal a file anew that was sealed without its end, and has it again: a copy was put back
    that begins as the sealed one did. Whether it was so.

    Raises ArchiveError when it is not whole; OSError.
    """
    path = folder / line.file
    if not line.why or not path.exists() or path.stat().st_size <= line.size:
        return False
    if measured(path, line.size)[1] != line.sha256:
        return False
    why = f"put back: {path.stat().st_size - line.size} bytes more"
    _seal(path, now, Known(why=why), manifest.REWRITTEN, disk)
    return True


def _seal(path: Path, now: datetime, known: Known, event: str, disk: Disk) -> Sealed:
    folder = path.parent
    lines, records = indexed(path)
    content = "".join(lines).encode("ascii")
    index = folder / manifest.index_name(path.name)
    disk.put(index, content, READ_ONLY)
    close_for_good(path, disk)
    size, digest = measured(path)
    line = Sealed(
        event=event,
        file=path.name,
        size=size,
        sha256=digest,
        records=records,
        chain=known.chain,
        cdxj=index.name,
        cdxj_sha256=hashlib.sha256(content).hexdigest(),
        sealed_at=now.astimezone(UTC).isoformat(),
        why=known.why,
        previous=manifest.read(folder).head,
    )
    manifest.append(folder, line, disk)
    return line


def reindex(folder: Path, line: Sealed, disk: Disk = DISK) -> bool:
    """Write the index of a sealed file anew where it is missing or was changed; whether it was.

    Only what the manifest bears out is put in the place of what is there, which is kept
    aside as `NAME.damaged`. Raises ArchiveError when the file itself is not whole; OSError.
    """
    index = folder / line.cdxj
    if not (folder / line.file).exists():
        return False
    there = index.read_bytes() if index.exists() else None
    if there is not None and hashlib.sha256(there).hexdigest() == line.cdxj_sha256:
        return False
    content = "".join(indexed(folder / line.file)[0]).encode("ascii")
    if hashlib.sha256(content).hexdigest() != line.cdxj_sha256:
        return False
    if there is not None:
        disk.keep_aside(index, there, "damaged")
    disk.put(index, content, READ_ONLY)
    return True


def close_for_good(path: Path, disk: Disk) -> None:
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
    known: Mapping[str, Known],
    disk: Disk = DISK,
) -> Iterator[Sealed | Unsealed]:
    """Seal all files that are not, save the one that is still written to.

    `known` has what is known of files, by name.
    """
    sealed = {line.file for line in manifest.read(folder).lines}
    for path in sorted(folder.iterdir()):
        if path == still_open or path.name in sealed or not NAME.fullmatch(path.name):
            continue
        try:
            told = known.get(path.name, NOTHING_KNOWN)
            if path.stat().st_size or told.why:  # else a kill came before the first record
                yield seal(path, now, told, disk)
        except ArchiveError as error:
            yield Unsealed(path.name, str(error))
        except OSError as error:
            yield Unsealed(path.name, f"{path}: it can't be sealed ({error.strerror}).")


def indexed(path: Path, name: str = "") -> tuple[list[str], int]:
    """The lines of a file's index, sorted, and how many records it has; ArchiveError when it
    is not whole. `name` is what the file will be called, when not as it is."""
    lines, records = [], 0
    for found in walk(path):
        fault = found.why if isinstance(found, Gap) else found.fault
        if isinstance(found, Gap) or found.record is None:
            raise ArchiveError(
                f"{path} at {found.offset}: {fault}. The file was not sealed: put back a copy "
                "of it, or look at it with 'clipper archive verify'."
            )
        if found.record.fields.get("warc-type") in INDEXED:
            lines.append(cdxj.line(found.record, found.content, found.offset, name or path.name))
        records += 1
    return sorted(lines), records


def measured(path: Path, most: int | None = None) -> tuple[int, str]:
    """Size and SHA-256 of a file, or of its first `most` bytes."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK if most is None else min(_CHUNK, most - size)):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
