"""`MANIFEST.jsonl`: what each sealed file was when it was sealed, in a chain of digests.

One line a file, only ever added to. Each line bears the SHA-256 of the line before it, so
that none can be changed, dropped or moved without all later ones showing it, and `check`,
the SHA-256 of its own other fields, so that the last one shows it too. Whoever noted the
digest of the last line elsewhere can prove that nothing before it was changed since.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .files import NAME, cut, sync_folder, write_all

FILE: Final = "MANIFEST.jsonl"
BEGINNING: Final = "0" * 64
"""What stands for the line before the first one."""

_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed file: name, size in bytes, SHA-256 and number of records; its index's name
    and SHA-256; when it was sealed (ISO-8601, UTC). `previous` is the digest of the line
    before, `check` that of this line's other fields."""

    file: str
    size: int
    sha256: str
    records: int
    cdxj: str
    cdxj_sha256: str
    sealed_at: str
    previous: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """The lines that can be believed, and what is wrong with others: their number, from 1, and why.

    `head` is the digest of the last line; `torn` is what a kill left of one more, at the
    end, and `whole` where it begins.
    """

    lines: tuple[Sealed, ...] = ()
    faults: tuple[tuple[int, str], ...] = ()
    head: str = BEGINNING
    torn: bytes = b""
    whole: int = 0

    def of(self, name: str) -> Sealed | None:
        """The line of a file; None when it was not sealed."""
        return next((line for line in self.lines if line.file == name), None)


def read(folder: Path) -> Manifest:
    """The manifest of an archive; an empty one when there is none yet."""
    try:
        content = (folder / FILE).read_bytes()
    except FileNotFoundError:
        return Manifest()
    whole = content.rfind(b"\n") + 1
    lines: list[Sealed] = []
    faults: list[tuple[int, str]] = []
    head, names = BEGINNING, set()
    for number, raw in enumerate(content[:whole].split(b"\n")[:-1], 1):
        line = _parsed(raw)
        if line is None:
            faults.append((number, "the line is damaged"))
        else:
            if line.previous != head:
                faults.append((number, "the line before it is not the one that it names"))
            if line.file in names:
                faults.append((number, f"{line.file} is named twice"))
            else:
                lines.append(line)
            names.add(line.file)
        head = sha256(raw).hexdigest()
    return Manifest(tuple(lines), tuple(faults), head, content[whole:], whole)


def append(folder: Path, line: Sealed) -> None:
    """Add a line and have it on the disk. The caller holds the writer's lock."""
    content = written(line)
    descriptor = os.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        write_all(descriptor, content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_folder(folder)


def mend(folder: Path) -> None:
    """Set what a kill left of a line aside, as `MANIFEST.jsonl.OFFSET.torn`; nothing is lost:
    the file whose line it was is sealed again."""
    found = read(folder)
    if not found.torn:
        return
    cut(folder / FILE, found.whole)


def written(line: Sealed) -> bytes:
    """A line as it stands in the file, its `check` made anew."""
    told = asdict(line) | {"check": _check(asdict(line))}
    return json.dumps(told).encode("ascii") + b"\n"


def _check(told: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in told.items() if name != "check"}
    return sha256(json.dumps(rest).encode()).hexdigest()


def _parsed(raw: bytes) -> Sealed | None:
    """The line, when it is one of ours to the letter."""
    try:
        told = json.loads(raw)
        line = Sealed(**told)
        is_ours = written(line) == raw + b"\n"
    except (ValueError, TypeError, RecursionError):
        return None
    digests = (line.sha256, line.cdxj_sha256, line.previous)
    if not is_ours or not all(_HEX.fullmatch(str(each)) for each in digests):
        return None
    named = NAME.fullmatch(str(line.file))
    return line if named and line.cdxj == index_name(line.file) else None


def index_name(name: str) -> str:
    """The name of a WARC file's index: `clipper-20260301-001.cdxj`."""
    return f"{name.removesuffix('.warc.gz')}.cdxj"
