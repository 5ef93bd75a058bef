"""`MANIFEST.jsonl`: what each sealed file was when it was sealed, in a chain of digests.

One line a file, only ever added to. Each line bears the SHA-256 of the line before it, so
that none can be changed, dropped or moved without all later ones showing it, and `check`,
the SHA-256 of its own other fields, so that the last one shows it too. Whoever noted the
digest of the last line elsewhere can prove that nothing before it was changed since.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from .disk import DISK, Disk
from .files import NAME

FILE: Final = "MANIFEST.jsonl"
BEGINNING: Final = "0" * 64
"""What stands for the line before the first one."""

SEALED: Final = "sealed"
REWRITTEN: Final = "rewritten"
STAMPED: Final = "stamped"

_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What a file is: name, size in bytes, SHA-256 and number of records; `chain`, the digest
    of its members as the writer noted it while it wrote, empty when that is not known; its
    index's name and SHA-256; and when that was (ISO-8601, UTC).

    `event` is `sealed`, or `rewritten` for a file that was sealed before and was put together
    anew, with the reason in `why`: the last line of a file is what it must be now.
    `previous` is the digest of the line before, `check` that of this line's other fields.
    """

    event: str = SEALED
    file: str
    size: int
    sha256: str
    records: int
    chain: str = ""
    cdxj: str
    cdxj_sha256: str
    sealed_at: str
    why: str = ""
    previous: str
    check: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """A line that tells something else of a file, such as where it was moved: all its fields.

    This version reads no more of it than that it is whole and in its place.
    """

    event: str
    file: str
    told: Mapping[str, Any]

    @property
    def previous(self) -> str:
        """The digest of the line before."""
        return str(self.told["previous"])


@dataclass(frozen=True, slots=True)
class Stamped:
    """A line that holds a time stamp over the line before: over the whole chain, so.

    `number` is the line's, from 1; `head` the digest of the line before; `answer` what the
    service answered (DER), empty when it can't be read; `files` are those that were sealed,
    or rewritten, since the stamp before.
    """

    number: int
    head: str
    answer: bytes
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What can be believed, and what is wrong with lines: their number, from 1, and why.

    `lines` has one for each sealed file, its last, in the order in which they were sealed.
    `stamps` are the time stamps over the chain; `unstamped` the files that none covers yet,
    as they are now. `head` is the digest of the last line, `last` that line itself; `torn`
    is what a kill left of one more, at the end, and `whole` where it begins.
    """

    lines: tuple[Sealed, ...] = ()
    others: tuple[Other, ...] = ()
    stamps: tuple[Stamped, ...] = ()
    unstamped: tuple[str, ...] = ()
    faults: tuple[tuple[int, str], ...] = ()
    head: str = BEGINNING
    last: bytes = b""
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
    lines: dict[str, Sealed] = {}
    others: list[Other] = []
    faults: list[tuple[int, str]] = []
    stamps: list[Stamped] = []
    waiting: dict[str, None] = {}
    head, last = BEGINNING, b""
    for number, raw in enumerate(content[:whole].split(b"\n")[:-1], 1):
        line = _parsed(raw)
        if line is None:
            faults.append((number, "the line is damaged"))
        elif line.previous != head:
            faults.append((number, "the line before it is not the one that it names"))
        if isinstance(line, Other):
            others.append(line)
            if line.event == STAMPED:
                stamps.append(Stamped(number, head, _answer(line), tuple(waiting)))
                waiting.clear()
        elif line is not None and (line.event == SEALED) == (line.file in lines):
            what = "named twice" if line.event == SEALED else "rewritten and was never sealed"
            faults.append((number, f"{line.file} is {what}"))
        elif line is not None:
            lines[line.file] = line
            waiting[line.file] = None
        head, last = sha256(raw).hexdigest(), raw
    return Manifest(
        lines=tuple(lines.values()),
        others=tuple(others),
        stamps=tuple(stamps),
        unstamped=tuple(waiting),
        faults=tuple(faults),
        head=head,
        last=last,
        torn=content[whole:],
        whole=whole,
    )


def stamped(found: Manifest, at: datetime, authority: str, answer: bytes) -> Other:
    """The line for a time stamp over the last line of a manifest."""
    told = {
        "event": STAMPED,
        "file": found.unstamped[-1],
        "at": at.isoformat(),
        "authority": authority,
        "answer": base64.b64encode(answer).decode("ascii"),
        "previous": found.head,
    }
    return Other(STAMPED, found.unstamped[-1], told)


def _answer(line: Other) -> bytes:
    try:
        return base64.b64decode(str(line.told.get("answer", "")), validate=True)
    except ValueError:
        return b""


def append(folder: Path, line: Sealed | Other, disk: Disk = DISK) -> None:
    """Add a line and have it on the disk. The caller holds the writer's lock.

    When that fails the manifest is as it was, or its next `mend` makes it so.
    """
    descriptor = disk.open(folder / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    try:
        size = os.fstat(descriptor).st_size
        try:
            disk.write_all(descriptor, written(line))
            disk.sync(descriptor)
        except OSError:
            disk.truncate(descriptor, size)
            raise
    finally:
        disk.close(descriptor)
    disk.sync_folder(folder)


def mend(folder: Path, disk: Disk = DISK) -> None:
    """Set what a kill left of a line aside, as `MANIFEST.jsonl.OFFSET.torn`; nothing is lost:
    the file whose line it was is sealed again."""
    found = read(folder)
    if found.torn:
        disk.cut(folder / FILE, found.whole)


def written(line: Sealed | Other) -> bytes:
    """A line as it stands in the file, its `check` made anew."""
    told = dict(line.told) if isinstance(line, Other) else asdict(line)
    return json.dumps(told | {"check": _check(told)}).encode("ascii") + b"\n"


def _check(told: Mapping[str, Any]) -> str:
    rest = {name: value for name, value in told.items() if name != "check"}
    return sha256(json.dumps(rest).encode()).hexdigest()


def _parsed(raw: bytes) -> Sealed | Other | None:
    """The line, when it is one of ours to the letter."""
    try:
        told = json.loads(raw)
        event, file = told["event"], told["file"]
        is_file = event in (SEALED, REWRITTEN)
        line = Sealed(**told) if is_file else Other(str(event), str(file), told)
        is_ours = written(line) == raw + b"\n" and _HEX.fullmatch(told["previous"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not is_ours or not NAME.fullmatch(str(file)):
        return None
    if isinstance(line, Other):
        return line
    digests = [line.sha256, line.cdxj_sha256, *([line.chain] if line.chain else [])]
    whole = isinstance(line.size, int) and isinstance(line.records, int)
    if not whole or not all(_HEX.fullmatch(str(each)) for each in digests):
        return None
    return line if line.cdxj == index_name(line.file) else None


def index_name(name: str) -> str:
    """The name of a WARC file's index: `clipper-20260301-001.cdxj`."""
    return f"{name.removesuffix('.warc.gz')}.cdxj"
