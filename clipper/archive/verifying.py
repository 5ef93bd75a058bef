"""Whether the archive is what it was: five levels, each with all below it.

1. the manifest's chain, and the sizes of what it names
2. the digests of the sealed files and their indexes
3. every member unpacked, heads, lengths, and all digests
4. revisits resolve, events are whole, indexes and the store's rows agree, both ways
5. a sample of pages is read anew (by whoever asks: see `Sampled`)
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Final

from ..errors import ArchiveError
from ..model import Snapshot
from . import agreeing, manifest
from .agreeing import Group, Row
from .checking import ADOPT, COPY, MISSING, REPAIR, Finding, Seen, read_through
from .depot import DepotError
from .files import (
    LEDGE,
    NAME,
    NOTHING,
    START,
    chained,
    is_ledge_damaged,
    is_written,
    newest,
    read_ledge,
)
from .manifest import Manifest, Sealed
from .sealing import is_begun, measured
from .shelf import Shelf
from .stamps import Check, Stamp, Unstamped
from .there import NAME_IT, NONE_NOTED, THERE, Noted, There

_MANIFEST: Final = "Put back a copy of the manifest from a backup, and compare the two."
_STAMP: Final = (
    "See that `archive: time_stamps: certificates:` has the root certificate of the service that "
    "was asked then. If it has, compare the manifest with a backup's."
)
_HALF: Final = (
    "If clipper was killed just then, 'clipper archive repair' ends the sealing. Else a line "
    "of the manifest is gone: put back a copy of it."
)


Rows = Callable[[], Iterable[Row]]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A capture to be read anew: the text kept beside it has this SHA-256, `told` is its
    metadata, and `software` what wrote its file."""

    snapshot: Snapshot
    text: str
    told: Mapping[str, str]
    software: str


@dataclass(frozen=True, slots=True)
class Vouched:
    """A time stamp over the chain: the manifest's line, from 1, the files that it is the first
    to cover as they were then, and whether it holds; None when that was not looked at."""

    line: int
    files: tuple[str, ...]
    found: Stamp | Unstamped | None


@dataclass(slots=True)
class Report:
    """What a look at the archive gave. `files` are those in the folder, `elsewhere` those at
    the depot alone; `head` is the digest of the manifest's last line; `unstamped` are the
    sealed files that no time stamp covers yet."""

    findings: list[Finding] = field(default_factory=list)
    files: int = 0
    sealed: int = 0
    elsewhere: int = 0
    records: int = 0
    captures: int = 0
    size: int = 0
    head: str = manifest.BEGINNING
    sample: list[Sampled] = field(default_factory=list)
    stamps: list[Vouched] = field(default_factory=list)
    unstamped: tuple[str, ...] = ()


def verify(
    where: Path | Shelf,
    rows: Rows | None = None,
    *,
    level: int = 4,
    sample: int = 0,
    chance: random.Random | None = None,
    check: Check | None = None,
    noted: Noted = NONE_NOTED,
    offline: bool = False,
) -> Report:
    """Look at the archive on a shelf or in a folder up to `level`; it may be written to
    meanwhile.

    `check` says whether a time stamp holds; without it that is not looked at.

    `rows` gives the store's rows as they stand when it is called, in the order of file and
    offset; None leaves the store out. `sample` captures are picked for level 5. `noted` is
    what the store knows of the depot; the depot itself is looked at too, unless `offline`.
    Raises ArchiveError when the folder can't be read.
    """
    shelf = Shelf.of(where)
    folder = shelf.folder
    try:
        written = is_written(folder)
        # Before the sizes are taken: what a row points at was on the disk before it.
        told = None if rows is None else rows()
        drawn = chance or random.Random(0)  # noqa: S311
        there = None if offline else There.look(shelf, noted)
        look = _Look(shelf, level, sample, drawn, written, noted, there)
        look.stamps(check)
        return look.all(told)
    except OSError as error:
        raise ArchiveError(f"{folder}: the archive can't be read ({error.strerror}).") from error


def vouched(folder: Path, check: Check, files: Iterable[str]) -> dict[str, Stamp]:
    """For each of these files the earliest time stamp that holds and covers it as it is now;
    none for a file that is not sealed, not there, or not what it was. Raises OSError."""
    found: dict[str, Stamp] = {}
    waiting: set[str] = set()
    told = manifest.read(folder)
    for each in told.stamps:
        for file in each.files:  # one that was sealed anew is another file
            found.pop(file, None)
        waiting.update(each.files)
        done = check(each.answer, each.head)
        if isinstance(done, Stamp):
            found |= dict.fromkeys(waiting, done)
            waiting.clear()
    return {
        line.file: found[line.file]
        for line in told.lines
        if line.file in files
        and line.file in found
        and line.file not in told.unstamped
        and not told.faults
        and (folder / line.file).exists()
        and measured(folder / line.file)[1] == line.sha256
    }


class _Look:
    """One look: the manifest and the ledge as they stood when it began."""

    def __init__(
        self,
        shelf: Shelf,
        level: int,
        sample: int,
        chance: random.Random,
        written: bool,
        noted: Noted,
        there: There | None,
    ) -> None:
        folder = shelf.folder
        self.shelf, self.folder, self.level = shelf, folder, level
        self.kept, self.there = noted, there
        self.report = Report()
        self._wanted, self._chance, self._candidates = sample, chance, 0
        stands = folder.is_dir()
        self.manifest = manifest.read(folder) if stands else Manifest()
        self.sealed = {line.file: line for line in self.manifest.lines}
        self.noted = read_ledge(folder) if stands else NOTHING
        self.sizes = dict(sorted(_sizes(folder))) if stands else {}
        self.last = newest(folder) if stands else None
        self.written = written or is_written(folder)

    def all(self, rows: Iterable[Row] | None) -> Report:
        self.report.head = self.manifest.head
        self.report.sealed, self.report.files = len(self.sealed), len(self.sizes)
        self.report.findings += self._chain()
        away = {each.file for each in self.manifest.lines if self._is_away(each)}
        self.report.elsewhere = len(away)
        for name, told in _beside(sorted({*self.sizes, *away}), rows or ()):
            rows_of = None if rows is None else told
            if name in self.sizes:
                self._here(name, rows_of)
            elif name in away:
                self._borrowed(self.sealed[name], rows_of)
            elif name not in self.sealed:
                what = f"the file is missing, and rows of the store point at it: {len(told)}"
                self._add(4, name, None, what, MISSING)
        return self.report

    def stamps(self, check: Check | None) -> None:
        """Look at the time stamps over the chain, at every level: they cost a millisecond."""
        self.report.unstamped = self.manifest.unstamped
        for each in self.manifest.stamps:
            found = None if check is None else check(each.answer, each.head)
            self.report.stamps.append(Vouched(each.number, each.files, found))
            if isinstance(found, Unstamped):
                what = f"line {each.number}: the time stamp does not hold: {found.why}"
                self._add(1, manifest.FILE, None, what, _STAMP)

    def _here(self, name: str, told: list[Row] | None) -> None:
        try:
            self._file(self.folder / name, told)
        except FileNotFoundError:
            # It went elsewhere meanwhile, or there is nothing to be said for it.
            line = self.sealed.get(name)
            if line is None or self.there is None:
                raise
            self._borrowed(line, told)

    def _is_away(self, line: Sealed) -> bool:
        """Whether a file is at the depot alone, as far as that is known."""
        if line.file in self.sizes:
            return False
        return self.there.has(line) if self.there else self.kept.has(line)

    def _borrowed(self, line: Sealed, told: list[Row] | None) -> None:
        """Look at a file that is at the depot alone; a copy is made for the time."""
        if self.level < 2 or self.there is None or self.there.fault:
            self.report.size += line.size
            return
        before = len(self.report.findings)
        try:
            with self.shelf.borrowed(line) as path:
                self._file(path, told)
        except DepotError as error:
            self._add(2, line.file, None, str(error).rstrip("."), THERE)
            return
        at = self.there.depot.address
        self.report.findings[before:] = [
            replace(each, what=f"{at}: {each.what}", remedy=THERE)
            if each.remedy in (COPY, REPAIR)
            else each
            for each in self.report.findings[before:]
        ]

    def _add(self, level: int, file: str, offset: int | None, what: str, remedy: str) -> None:
        self.report.findings.append(Finding(level, file, offset, what, remedy))

    # ------------------------------------------------------------ level 1

    def _chain(self) -> Iterator[Finding]:
        for number, why in self.manifest.faults:
            yield Finding(1, manifest.FILE, None, f"line {number}: {why}", _MANIFEST)
        if self.manifest.torn:
            what = "the last line is cut short"
            yield Finding(1, manifest.FILE, self.manifest.whole, what, _HALF)
        for line in self.manifest.lines:
            yield from self._sizes(line)
        for name in self.sizes:
            if name not in self.sealed:
                yield from self._unsealed(self.folder / name)
        if self.noted.name and self.noted.name not in {*self.sizes, *self.sealed}:
            yield Finding(
                1, self.noted.name, None, "the file that was written to is missing", MISSING
            )
        if not self.written and is_ledge_damaged(self.folder):
            what = "what was noted of the file that is written to is damaged"
            yield Finding(1, LEDGE, None, what, REPAIR)
        yield from self._strays()
        if self.there is not None:
            yield from self.there.findings(self.manifest, self.sizes, self.level)

    def _sizes(self, line: Sealed) -> Iterator[Finding]:
        if self._is_away(line):
            return
        if line.file not in self.sizes:
            place = self.kept.others.get(line.file)
            what = "a sealed file is missing"
            if place:
                what += f"; it was copied to {place}, which the config does not name now"
            yield Finding(1, line.file, None, what, NAME_IT if place else MISSING)
        elif (size := self.sizes[line.file]) != line.size:
            what = f"a sealed file has {size:,} bytes, and had {line.size:,}"
            yield Finding(1, line.file, None, what, COPY)
        # (Files that go elsewhere go before their indexes.)
        if not (self.folder / line.cdxj).exists() and (self.folder / line.file).exists():
            yield Finding(1, line.cdxj, None, "the index of a sealed file is missing", REPAIR)

    def _unsealed(self, path: Path) -> Iterator[Finding]:
        size = self.sizes[path.name]
        if path.name == self.noted.name and size < self.noted.size:
            lost = self.noted.size - size
            what = f"the file is {lost:,} bytes shorter than what was written to it"
            yield Finding(1, path.name, size, what, COPY)
        if self.written:
            return
        if is_begun(path):
            yield Finding(1, path.name, None, "its sealing was begun and not ended", _HALF)
        elif size and path.name != self.noted.name and path != self.last:
            yield Finding(1, path.name, None, "a full file was not sealed", REPAIR)

    def _strays(self) -> Iterator[Finding]:
        for path in sorted(self.folder.glob("*.cdxj")) if self.folder.is_dir() else ():
            name = f"{path.name.removesuffix('.cdxj')}.warc.gz"
            if name not in self.sizes and name not in self.sealed:
                yield Finding(1, name, None, "the file is missing, and its index is there", MISSING)

    # ------------------------------------------------------------ levels 2 to 4

    def _file(self, path: Path, told: list[Row] | None) -> None:
        name, line = path.name, self.sealed.get(path.name)
        size = path.stat().st_size
        self.report.size += size
        if self.level >= 2 and line is not None:
            self._digests(path, line)
        if self.level < 3:
            return
        seen: list[Seen] = []
        damage: list[Finding] = []
        for each in read_through(path, 0, self._end(name, size), self.shelf):
            if isinstance(each, Seen):
                seen.append(each)
            else:
                damage.append(each)
        self.report.findings += damage or self._as_written(name, line, seen, size)
        self.report.records += len(seen)
        if line is not None and len(seen) != line.records:
            what = f"a sealed file has {len(seen):,} whole records, and had {line.records:,}"
            self._add(3, name, None, what, COPY)
        groups, misplaced = agreeing.grouped(name, seen)
        self.report.findings += [each for each in misplaced if each.level <= self.level]
        self.report.captures += sum(group.main.is_capture for group in groups)
        if self.level >= 4:
            self._agree(path, line, seen, groups, told)
        self._sample(name, seen, groups)

    def _as_written(
        self, name: str, line: Sealed | None, seen: list[Seen], size: int
    ) -> Iterator[Finding]:
        """Whether the members are those that the writer noted when it wrote them."""
        end = self.noted.size if line is None else size
        wanted = self.noted.chain if line is None else line.chain
        if not wanted or (line is None and name != self.noted.name):
            return
        chain = START
        for each in seen:
            for member in each.members if each.offset < end else ():
                chain = chained(chain, member)
        if chain != wanted:
            what = "the records are not those that were written: one was changed, added or removed"
            yield Finding(3, name, None, what, COPY)

    def _end(self, name: str, size: int) -> int:
        """Up to where a file is looked at: beyond what was synced a writer may be at work."""
        if self.written and name not in self.sealed:
            if name == self.noted.name:
                return min(size, self.noted.size)
            if self.folder / name == self.last:
                return 0
        return size

    def _digests(self, path: Path, line: Sealed) -> None:
        if measured(path)[1] != line.sha256:
            self._add(2, path.name, None, "a sealed file was changed: its digest differs", COPY)
        try:
            content = path.with_name(line.cdxj).read_bytes()
        except FileNotFoundError:
            return
        if sha256(content).hexdigest() != line.cdxj_sha256:
            self._add(2, line.cdxj, None, "the index was changed: its digest differs", REPAIR)

    def _agree(
        self,
        path: Path,
        line: Sealed | None,
        seen: list[Seen],
        groups: list[Group],
        told: list[Row] | None,
    ) -> None:
        found = self.report.findings
        found += agreeing.events(path.name, groups)
        index = path.with_name(line.cdxj if line else manifest.index_name(path.name))
        if line is not None and index.exists():
            found += agreeing.index(path.name, index.name, index.read_bytes(), seen)
        if told is None:
            return
        captures = agreeing.captures(path.name, groups)
        last = max((row.offset for row in told), default=-1)
        end = self._end(path.name, path.stat().st_size)
        tombs = {each.offset: each for each in seen if each.is_tombstone}
        for each in agreeing.rows(path.name, end, told, captures, tombs):
            on_its_way = each.remedy == ADOPT and line is None and (each.offset or 0) > last
            if not (on_its_way and self.written):
                found.append(each)

    def _sample(self, name: str, seen: list[Seen], groups: list[Group]) -> None:
        """Each capture with a text has the same chance of being among the sample."""
        if self.level < 5 or not self._wanted:
            return
        software = next((each.told.get("software", "") for each in seen if not each.offset), "")
        for group in groups:
            text, metadata = group.one("conversion"), group.one("metadata")
            snapshot = group.snapshot(name)
            if not (snapshot and text and metadata):
                continue
            one = Sampled(snapshot, text.digest, metadata.told, software)
            self._candidates += 1
            if len(self.report.sample) < self._wanted:
                self.report.sample.append(one)
            elif (place := self._chance.randrange(self._candidates)) < self._wanted:
                self.report.sample[place] = one


def _sizes(folder: Path) -> Iterator[tuple[str, int]]:
    for path in folder.iterdir():
        if NAME.fullmatch(path.name):
            yield path.name, path.stat().st_size


def _beside(names: Iterable[str], rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Each file with its rows; both come in the order of the names."""
    left = iter(names)
    name = next(left, None)
    for file, told in groupby(rows, key=lambda row: row.file):
        while name is not None and name < file:
            yield name, []
            name = next(left, None)
        if name == file:
            name = next(left, None)
        yield file, list(told)
    while name is not None:
        yield name, []
        name = next(left, None)
