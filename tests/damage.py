"""A small archive of every shape, and the ways in which it can be damaged.

Used by the tests of `verify`, and by `bench/damage.py` for the figures in the docs.
"""

from __future__ import annotations

import gzip
import json
import shutil
import uuid
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from clipper.archive import Archive, Note, manifest
from clipper.archive.agreeing import Row
from clipper.archive.records import date
from clipper.archive.walking import Found, walk
from clipper.model import Hop, Page, Snapshot

NOW = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
DAY = timedelta(days=1)


def body(number: int) -> bytes:
    """A page of its own, of some hundred bytes."""
    random = Random(number)
    words = " ".join(random.choices(("city", "prison", "shares", "vote", "board", "née"), k=60))
    return f"<html><body><p>Story {number}. {words}</p></body></html>".encode()


def page(number: int, *, at: datetime = NOW, url: str = "", **fields: object) -> Page:
    told: dict[str, object] = {
        "url": url or f"https://news.example/{number}",
        "body": body(number),
        "headers": (("Content-Type", "text/html; charset=utf-8"), ("Server", "nginx")),
        "request_headers": (("User-Agent", "clipper"),),
        "fetched_at": at,
        "address": "192.0.2.7",
    }
    return Page(**(told | fields))  # type: ignore[arg-type]


def encoded(number: int, *, at: datetime = NOW, hops: int = 2) -> Page:
    """A page that came packed, at the end of a chain of redirects."""
    way = tuple(
        Hop(
            url=f"http://news.example/old/{each}",
            status=301,
            headers=(("Location", f"https://news.example/{number}"),),
        )
        for each in range(hops)
    )
    return page(
        number,
        at=at,
        received=gzip.compress(body(number), mtime=0),
        headers=(("Content-Encoding", "gzip"), ("Content-Type", "text/html")),
        hops=way,
    )


@dataclass
class Shelf:
    """What an archive and a store know, kept in memory: the snapshots, and how to find one."""

    folder: Path
    at: datetime = NOW
    seed: int = 7
    stamped: bool = False

    def __post_init__(self) -> None:
        self.snapshots: list[Snapshot] = []
        self.pages: list[Page] = []
        self._random = Random(self.seed)

    def earlier(self, digest: str) -> Snapshot | None:
        return next((each for each in self.snapshots if each.digest == digest), None)

    def archive(self, **fields: object) -> Archive:
        told: dict[str, object] = {"earlier": self.earlier, "ids": self._id}
        return Archive(self.folder, now=lambda: self.at, **(told | fields))  # type: ignore[arg-type]

    def _id(self) -> uuid.UUID:
        return uuid.UUID(int=self._random.getrandbits(128))

    def keep(self, archive: Archive, *pages: Page, text: str = "") -> tuple[Snapshot, ...]:
        found = self.unkept(archive, *pages, text=text)
        self.snapshots += found
        self.pages += pages
        return found

    @staticmethod
    def unkept(archive: Archive, *pages: Page, text: str = "") -> tuple[Snapshot, ...]:
        """Capture pages without keeping a row."""
        notes = [Note(fields={"outlet": "daily"}, text=text) for _ in pages]
        return archive.capture(pages, notes)

    def rows(self) -> list[Row]:
        return sorted(map(row, self.snapshots), key=lambda each: (each.file, each.offset))


def row(snapshot: Snapshot) -> Row:
    return Row(
        snapshot.file,
        snapshot.offset,
        snapshot.length,
        snapshot.digest,
        snapshot.url,
        date(snapshot.captured_at),
    )


def stocked(folder: Path, *, seal: bool = True) -> Shelf:
    """Two days: redirects, packed bodies, revisits of the same and of another URL, within a
    file and from one file to another. Without `seal` the second day's file is left open."""
    shelf = Shelf(folder)
    with shelf.archive() as archive:
        shelf.keep(archive, page(1), encoded(2), text="The city sold.")
        shelf.keep(archive, page(3, body=b""))
        shelf.keep(archive, page(1, url="https://other.example/1", at=NOW + DAY / 9))
        shelf.at = NOW + DAY
        shelf.keep(archive, page(1, at=shelf.at), encoded(2, at=shelf.at, hops=1), text="Again.")
        shelf.keep(archive, page(5, at=shelf.at), page(5, url="https://news.example/six"))
        if seal:
            archive.seal()
    return shelf


# ---------------------------------------------------------------- damage


@dataclass(frozen=True)
class Mutant:
    """One damage: of which kind, to which file (None: to the rows), and what it is then.

    `content` None removes the file.
    """

    kind: str
    name: str | None
    content: bytes | None = None
    rows: tuple[Row, ...] = ()


def put(folder: Path, name: str, content: bytes | None) -> None:
    """Have a file hold this, whatever its rights; none when None."""
    path = folder / name
    mode = path.stat().st_mode if path.exists() else 0o644
    path.unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)


def members(path: Path) -> list[bytes]:
    return [found.content for found in walk(path) if isinstance(found, Found)]


def of_warc(path: Path, random: Random, each: int) -> Iterator[Mutant]:
    """Damage to a WARC file: `each` is between how many bytes one bit is turned, or the
    file is cut."""
    content, parts = path.read_bytes(), members(path)

    def told(kind: str, changed: bytes) -> Mutant:
        return Mutant(kind, path.name, changed)

    for at in range(0, len(content), each):
        yield told("bit turned", flipped(content, at, random))
        yield told("cut short", content[:at])
    for at in (len(content) // 3, len(content) - 40):
        yield told("zeros at the end", content[:at] + bytes(len(content) - at))
    for n, part in enumerate(parts):
        rest = [*parts[:n], *parts[n + 1 :]]
        yield told("record dropped", b"".join(rest))
        yield told("record doubled", b"".join([*parts[: n + 1], *parts[n:]]))
        yield told(
            "record packed anew", b"".join([*parts[:n], packed(unpacked(part)), *parts[n + 1 :]])
        )
        yield told("bytes between records", b"".join([*parts[:n], b"\0", *parts[n:]]))
        if n:
            swapped = [*parts[: n - 1], part, parts[n - 1], *parts[n + 1 :]]
            yield told("records swapped", b"".join(swapped))
        for kind, change in FORGERIES.items():
            forged = packed(change(unpacked(part)))
            if unpacked(forged) != unpacked(part):
                yield told(kind, b"".join([*parts[:n], forged, *parts[n + 1 :]]))
    yield Mutant("file removed", path.name, None)


def scrambled(content: bytes, random: Random) -> tuple[str, bytes]:
    """Damage of any size at any place, and its kind."""
    kind = random.choice(("overwritten", "inserted", "taken out", "zeros", "doubled", "cut off"))
    at, size = random.randrange(len(content)), random.randint(1, 200)
    before, part, after = content[:at], content[at : at + size], content[at + size :]
    changed = {
        "overwritten": random.randbytes(len(part)),
        "inserted": random.randbytes(size) + part,
        "taken out": b"",
        "zeros": bytes(len(part)),
        "doubled": part + part,
    }
    if kind == "cut off":
        return kind, before + random.randbytes(size)
    return kind, before + changed[kind] + after


def flipped(content: bytes, at: int, random: Random) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1 << random.randrange(8)
    return bytes(changed)


def unpacked(member: bytes) -> bytes:
    return zlib.decompressobj(31).decompress(member)


def packed(record: bytes) -> bytes:
    """A member as zlib writes it, but not as the archive did."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31, 1)
    content = packer.compress(record) + packer.flush()
    return content[:8] + b"\0" + content[9:]


def _redated(record: bytes) -> bytes:
    return record.replace(b"WARC-Date: 2026-03-0", b"WARC-Date: 2025-03-0")


def _readdressed(record: bytes) -> bytes:
    return record.replace(b"Target-URI: https://news", b"Target-URI: https://evil")


def _reworded(record: bytes) -> bytes:
    """Another body, and all digests of the record made to fit."""
    head, _, block = record.removesuffix(b"\r\n\r\n").partition(b"\r\n\r\n")
    changed = block.replace(b"city", b"pity").replace(b"outlet: daily", b"outlet: noise")
    if changed == block:
        return record
    from hashlib import sha256

    fields = []
    for line in head.split(b"\r\n"):
        if line.startswith(b"WARC-Block-Digest"):
            line = b"WARC-Block-Digest: sha256:" + sha256(changed).hexdigest().encode()
        if line.startswith(b"WARC-Payload-Digest"):
            payload = changed.partition(b"\r\n\r\n")[2]
            line = b"WARC-Payload-Digest: sha256:" + sha256(payload).hexdigest().encode()
        fields.append(line)
    return b"\r\n".join(fields) + b"\r\n\r\n" + changed + b"\r\n\r\n"


FORGERIES: dict[str, Callable[[bytes], bytes]] = {
    "date forged": _redated,
    "address forged": _readdressed,
    "words forged": _reworded,
}


def of_lines(path: Path, random: Random, each: int) -> Iterator[Mutant]:
    """Damage to an index or to the manifest."""
    content = path.read_bytes()
    lines = content.splitlines(keepends=True)
    kind = "index" if path.suffix == ".cdxj" else "manifest"

    def told(what: str, changed: bytes) -> Mutant:
        return Mutant(f"{kind}: {what}", path.name, changed)

    for at in range(0, len(content), each):
        yield told("bit turned", flipped(content, at, random))
        yield told("cut short", content[:at])
    for n, line in enumerate(lines):
        yield told("line dropped", b"".join([*lines[:n], *lines[n + 1 :]]))
        yield told("line doubled", b"".join([*lines[: n + 1], *lines[n:]]))
        if n:
            yield told(
                "lines swapped", b"".join([*lines[: n - 1], line, lines[n - 1], *lines[n + 1 :]])
            )
        edited = line.replace(b"2026", b"2025", 1)
        yield told("line edited", b"".join([*lines[:n], edited, *lines[n + 1 :]]))
    yield Mutant(f"{kind}: removed", path.name, None)


def of_ledge(path: Path, random: Random, each: int) -> Iterator[Mutant]:
    """Damage to the note about the open file."""
    content = path.read_bytes()
    for at in range(0, len(content), 1 + each // 10):
        yield Mutant("note: bit turned", path.name, flipped(content, at, random))
        if at:
            yield Mutant("note: cut short", path.name, content[:at])
            yield Mutant("note: part doubled", path.name, content[:at] + content[at - 1 :])


def of_rows(rows: list[Row]) -> Iterator[Mutant]:
    """Damage to the store's rows."""

    def told(kind: str, n: int, *changed: Row) -> Mutant:
        new = sorted([*rows[:n], *changed, *rows[n + 1 :]], key=lambda one: (one.file, one.offset))
        return Mutant(f"row: {kind}", None, rows=tuple(new))

    for n, one in enumerate(rows):
        yield told("dropped", n)
        yield told("another file", n, replace(one, file="clipper-20260228-001.warc.gz"))
        yield told("another offset", n, replace(one, offset=one.offset + 1))
        yield told("beyond the file", n, replace(one, offset=one.offset + 10**6))
        yield told("another length", n, replace(one, length=one.length + 1))
        yield told("another digest", n, replace(one, digest="0" * 64))
        yield told("another URL", n, replace(one, url="https://news.example/other"))
        yield told("another time", n, replace(one, captured_at="2026-03-01T00:00:00.000000Z"))
        yield told("doubled", n, one, replace(one, offset=one.offset + 2))
        other = rows[n - 1]
        yield told("digest of another", n, replace(one, digest=other.digest))
        yield told("place of another", n, replace(one, file=other.file, offset=other.offset))


def mutants(folder: Path, rows: list[Row], random: Random, each: int) -> Iterator[Mutant]:
    """Every kind of damage to an archive and to what the store says of it."""
    for path in sorted(folder.glob("*.warc.gz")):
        yield from of_warc(path, random, each)
    for path in [*sorted(folder.glob("*.cdxj")), folder / manifest.FILE]:
        if path.exists():
            yield from of_lines(path, random, each)
    first, second = sorted(folder.glob("*.warc.gz"))[:2]
    yield Mutant("file in another's place", first.name, second.read_bytes())
    yield Mutant("file in another's place", second.name, first.read_bytes())
    yield from of_ledge(folder / "open.txt", random, each)
    yield from of_rows(rows)


def each_applied(
    folder: Path, rows: list[Row], random: Random, each: int
) -> Iterator[tuple[Mutant, list[Row]]]:
    """The mutants one after the other, each in place while it is looked at."""
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    for mutant in mutants(folder, rows, random, each):
        if mutant.name is None:
            if list(mutant.rows) != rows:
                yield mutant, list(mutant.rows)
        elif mutant.content != whole[mutant.name]:
            put(folder, mutant.name, mutant.content)
            yield mutant, rows
            put(folder, mutant.name, whole[mutant.name])
    del whole


def forged_line(folder: Path, name: str, **changes: object) -> bytes:
    """The manifest with one file's line changed and its own check made to fit."""
    lines = []
    for raw in (folder / manifest.FILE).read_bytes().splitlines():
        told = json.loads(raw)
        if told["file"] == name:
            line = replace(manifest.Sealed(**told), **changes)  # type: ignore[arg-type]
            raw = manifest.written(line).rstrip(b"\n")
        lines.append(raw)
    return b"\n".join(lines) + b"\n"


def copied(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to
