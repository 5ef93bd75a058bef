"""What is at the depot, against the manifest: the first two levels of `verify`, from afar."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Self

from ..errors import ArchiveError
from . import manifest
from .checking import Finding
from .depot import Depot
from .manifest import Manifest, Sealed
from .shelf import Shelf, check_same, keys, lines_here, whole_lines

THERE: Final = (
    "Put back the file from a backup, or from what the service keeps of earlier versions."
)
NAME_IT: Final = (
    "Name that place again ('archive: elsewhere: place:') and get its files with 'clipper archive "
    "bring-back', before another is named."
)
AGAIN: Final = (
    "Run 'clipper archive copy --again': it sends the file once more, from the copy here."
)
_ASK: Final = (
    "'clipper doctor --online' says more of the place; '--offline' leaves it out of the look."
)
_COPY: Final = "Run 'clipper archive copy'."


@dataclass(frozen=True, slots=True)
class Noted:
    """What the store has noted of a depot: name and SHA-256 of each version of a file that was
    proved to be there."""

    proved: frozenset[tuple[str, str]] = frozenset()
    manifest: tuple[int, str] | None = None
    """Size and SHA-256 of the manifest that was proved to be there last."""
    others: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Files that were proved to be at another place than the depot's: its address, by name."""

    def has(self, line: Sealed) -> bool:
        """Whether that version of a file was proved to be there."""
        return (line.file, line.sha256) in self.proved


NONE_NOTED: Final = Noted()


@dataclass(frozen=True, slots=True)
class There:
    """What a depot lists, by name with sizes; `fault` when it can't be asked."""

    depot: Depot
    noted: Noted
    sizes: Mapping[str, int]
    here: bytes
    manifest: bytes = b""
    fault: str = ""

    @classmethod
    def look(cls, shelf: Shelf, noted: Noted) -> Self | None:
        """Ask the depot of a shelf what it has; None when there is no depot."""
        depot = shelf.depot
        if depot is None:
            return None
        here = lines_here(shelf.folder)
        try:
            return cls(depot, noted, depot.sizes(), here, depot.whole(manifest.FILE) or b"")
        except ArchiveError as error:
            return cls(depot, noted, {}, here, fault=str(error).rstrip("."))

    def has(self, line: Sealed) -> bool:
        """Whether a file is there, as far as can be told: by its name, or by what was noted
        where nothing can be asked."""
        return self.noted.has(line) if self.fault else keys(line)[0] in self.sizes

    def findings(self, told: Manifest, local: Collection[str], level: int) -> Iterator[Finding]:
        """What is not there as it should be: sizes, and from level 2 the digests of files of
        which a copy is here too (the others are read as a whole later on)."""
        if self.fault:
            what = self.fault.removeprefix(f"{self.depot.address}: ")
            yield Finding(1, self.depot.address, None, what, _ASK)
            return
        yield from self._manifest(told, local)
        for line in told.lines:
            is_here = line.file in local
            if self.noted.has(line) or not is_here:
                yield from self._sizes(line, AGAIN if is_here else THERE)
                yield from self._digests(line, level, is_here=is_here)
            yield from self._before(line)

    def _manifest(self, told: Manifest, local: Collection[str]) -> Iterator[Finding]:
        at = self.depot.address
        try:
            check_same(self.depot, self.here, whole_lines(self.manifest))
        except ArchiveError as error:
            what = str(error).partition(". Nothing was sent")[0]
            remedy = "Put back a copy of the manifest, here or there, and compare the two."
            yield Finding(1, manifest.FILE, None, what, remedy)
            return
        needed = [
            manifest.written(line)
            for line in told.lines
            if self.noted.has(line) or line.file not in local
        ]
        size, digest = self.noted.manifest or (0, sha256().hexdigest())
        lacking = sum(each not in self.manifest for each in needed)
        if needed and not self.manifest:
            yield Finding(1, manifest.FILE, None, f"{at}: the manifest is missing there", AGAIN)
        elif lacking:
            what = f"{at}: the manifest there lacks lines: {lacking}"
            yield Finding(1, manifest.FILE, None, what, AGAIN)
        elif sha256(self.manifest[:size]).hexdigest() != digest:
            what = f"{at}: the manifest there is not the one that was put there"
            yield Finding(1, manifest.FILE, None, what, AGAIN)
        elif not self.manifest.endswith(b"\n") and self.manifest:
            what = f"{at}: something stands at the end of the manifest there that is no line"
            yield Finding(1, manifest.FILE, None, what, AGAIN)

    def _sizes(self, line: Sealed, remedy: str) -> Iterator[Finding]:
        key, index = keys(line)
        at = self.depot.address
        if key not in self.sizes:
            if self.noted.has(line):
                yield Finding(1, line.file, None, f"{at}: {key} is missing there", remedy)
        elif self.sizes[key] != line.size:
            what = f"{at}: {key} has {self.sizes[key]:,} bytes there, and had {line.size:,}"
            yield Finding(1, line.file, None, what, remedy)
        if index not in self.sizes and (key in self.sizes or self.noted.has(line)):
            yield Finding(1, line.cdxj, None, f"{at}: {index} is missing there", remedy)

    def _digests(self, line: Sealed, level: int, *, is_here: bool) -> Iterator[Finding]:
        if level < 2 or not is_here:
            return
        for key, name, wanted in zip(
            keys(line), (line.file, line.cdxj), (line.sha256, line.cdxj_sha256), strict=True
        ):
            try:
                found = self.depot.measured(key)
            except ArchiveError as error:
                yield Finding(2, name, None, str(error).rstrip("."), AGAIN)
                continue
            if found is not None and found[1] != wanted:
                what = f"{self.depot.address}: {key} was changed there: its digest differs"
                yield Finding(2, name, None, what, AGAIN)

    def _before(self, line: Sealed) -> Iterator[Finding]:
        """The version before pages were removed: it should be gone."""
        if line.event != manifest.REWRITTEN or not self.noted.has(line):
            return
        stem = line.file.partition(".")[0]
        if any(key.partition(".")[0] == stem and key not in keys(line) for key in self.sizes):
            what = f"{self.depot.address}: the version before pages were removed is still there"
            yield Finding(1, line.file, None, what, _COPY)
