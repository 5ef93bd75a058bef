"""Captures removed on purpose: a sealed file put together anew, with tombstones in their places.

    NAME.warc.gz.new, NAME.cdxj.new, synced -> a line in the manifest, synced -> both renamed

The line is what makes the new file the right one. A kill before it leaves the old file, and
one after it leaves the new one beside it, which the next start puts in its place.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from ..errors import ArchiveError
from . import agreeing, manifest, tombs
from .agreeing import Group
from .checking import Seen, read_through
from .disk import DISK, READ_ONLY, Disk
from .manifest import Sealed
from .sealing import indexed, measured
from .tombs import Removal

_CHUNK: Final = 1 << 20
NEW: Final = ".new"


@dataclass(frozen=True, slots=True)
class Buried:
    """A capture in whose place a tombstone stands: where, how long it is, and for how many
    records it stands (the redirects that led to it have their own)."""

    file: str
    offset: int
    length: int
    records: int


def forget(
    folder: Path,
    name: str,
    wanted: Mapping[int, Removal],
    now: datetime,
    ids: Callable[[], UUID],
    disk: Disk = DISK,
) -> tuple[Buried, ...]:
    """Put tombstones in the places of a sealed file's captures at these offsets.

    A capture goes with all records beside it and the redirects that led to it. Where one
    stands already nothing is done. The caller holds the writer's lock. Raises ArchiveError,
    and OSError, when the file is not whole or has no capture there; it is as it was then.
    """
    line = manifest.read(folder).of(name)
    path = folder / name
    if line is None or measured(path) != (line.size, line.sha256):
        raise ArchiveError(
            f"{path}: it is not what it was when it was sealed. Nothing was removed from it: "
            "look at it with 'clipper archive verify', and put back a copy."
        )
    buried, puts = _planned(path, wanted, ids)
    if puts:
        _rewrite(path, line, puts, wanted, now, disk)
    return buried


def finish(folder: Path, disk: Disk = DISK) -> None:
    """End what a kill left: what the manifest names is put in place, what it does not is
    removed. The caller holds the writer's lock."""
    for line in manifest.read(folder).lines:
        if line.event == manifest.REWRITTEN:
            _place(folder, line.file, line.sha256, disk)
            _place(folder, line.cdxj, line.cdxj_sha256, disk)
    for path in sorted([*folder.glob(f"*.warc.gz{NEW}"), *folder.glob(f"*.cdxj{NEW}")]):
        disk.remove(path)


def _place(folder: Path, name: str, digest: str, disk: Disk) -> None:
    aside = folder / f"{name}{NEW}"
    if not aside.exists():
        return
    if measured(aside)[1] == digest:
        disk.rename(aside, folder / name)
    else:
        disk.remove(aside)
    disk.sync_folder(folder)


# ---------------------------------------------------------------- what goes where


def _planned(
    path: Path, wanted: Mapping[int, Removal], ids: Callable[[], UUID]
) -> tuple[tuple[Buried, ...], dict[int, bytes]]:
    """What will stand, or stands, at the wanted offsets; and which bytes go where."""
    # The file's digest agrees: all that can be found is that a page which a revisit refers to
    # was removed before, and then the revisit goes as well as any other record.
    seen = [each for each in read_through(path) if isinstance(each, Seen)]
    standing = {each.offset: each for each in seen if each.is_tombstone}
    groups, _ = agreeing.grouped(path.name, seen)
    buried: list[Buried] = []
    puts: dict[int, bytes] = {}
    for offset, removal in sorted(wanted.items()):
        if (tomb := standing.get(offset)) is not None:
            buried.append(Buried(path.name, offset, tomb.length, len(tomb.members)))
            continue
        parts = _with_hops(groups, offset, removal.digest)
        if not parts:
            raise ArchiveError(f"{path} at {offset}: no capture of that page stands there.")
        for group in parts:
            member = _tombstone(group, removal, ids)
            puts[group.main.offset] = member
        records = 1 + len(parts[-1].beside)
        buried.append(Buried(path.name, offset, len(puts[offset]), records))
    return tuple(buried), puts


def _with_hops(groups: list[Group], offset: int, digest: str) -> list[Group]:
    """The capture at an offset, after the redirects that led to it; empty for none."""
    for number, group in enumerate(groups):
        main = group.main
        if main.offset != offset or not main.is_capture or main.digest not in ("", digest):
            continue
        first = number
        while first and _leads(groups[first - 1], group):
            first -= 1
        return groups[first : number + 1]
    return []


def _leads(hop: Group, capture: Group) -> bool:
    return hop.main.is_hop and hop.main.date == capture.main.date


def _tombstone(group: Group, removal: Removal, ids: Callable[[], UUID]) -> bytes:
    members = (group.main, *group.beside)
    size = sum(each.length for each in members)
    digests = [each.member for each in members]
    return tombs.tombstone(size, digests, removal, ids, is_hop=group.main.is_hop)


# ---------------------------------------------------------------- the new file


def _rewrite(
    path: Path,
    line: Sealed,
    puts: Mapping[int, bytes],
    wanted: Mapping[int, Removal],
    now: datetime,
    disk: Disk,
) -> None:
    folder = path.parent
    aside = path.with_name(f"{path.name}{NEW}")
    _write(aside, _with(path, puts), disk)
    lines, count = indexed(aside, path.name)
    content = "".join(lines).encode("ascii")
    _write(folder / f"{line.cdxj}{NEW}", iter([content]), disk)
    disk.sync_folder(folder)
    size, digest = measured(aside)
    said = sorted({f"{each.who}: {each.why}" for each in wanted.values()})
    told = Sealed(
        event=manifest.REWRITTEN,
        file=path.name,
        size=size,
        sha256=digest,
        records=count,
        chain=line.chain,
        cdxj=line.cdxj,
        cdxj_sha256=sha256(content).hexdigest(),
        sealed_at=now.astimezone(UTC).isoformat(),
        why=f"forgotten, {len(wanted)}: {'; '.join(said)}"[:2000],
        previous=manifest.read(folder).head,
    )
    manifest.append(folder, told, disk)
    finish(folder, disk)


def _with(path: Path, puts: Mapping[int, bytes]) -> Iterator[bytes]:
    """The file's bytes, with those of `puts` at their offsets."""
    at = 0
    with path.open("rb") as file:
        for offset, member in sorted(puts.items()):
            while at < offset:
                chunk = file.read(min(_CHUNK, offset - at))
                at += len(chunk)
                yield chunk
            yield member
            at += len(member)
            file.seek(at)
        while chunk := file.read(_CHUNK):
            yield chunk


def _write(path: Path, content: Iterator[bytes], disk: Disk) -> None:
    disk.remove(path)  # what a kill left
    descriptor = disk.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        for chunk in content:
            disk.write_all(descriptor, chunk)
        disk.chmod(descriptor, READ_ONLY)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
