"""How fast pages are kept and looked at again, beside zlib and SHA-256 alone.

    python bench/archive.py [--pages 2000] [--runs 5]

Pages of real weight (`bench/news_pages.py`), one in ten of them a repeat. *Write* is what a
round does: `Archive.capture` in batches, synced. *Verify* is `verify` at levels 2 to 4 over
the sealed files. It is done twice in each run: with pages that the server sent as they are, and
with the same pages as most servers send them, gzip, which the archive stores as they came.

The baselines do no more than must be done. Pages sent as they are: compress each body as `Archive`
does and hash it; inflate each member and hash what comes out. Pages sent gzip: store each body in
a gzip member, and hash it as received and as decoded; inflate each member, inflate the body in it,
and hash both. Figures are seconds of the processor, the median of the runs, and the median ratio
to the baseline of the same run; MB are those of the decoded pages.
"""

from __future__ import annotations

import argparse
import gzip
import statistics
import sys
import tempfile
import time
import zlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent))

import news_pages

from clipper.archive import Archive, Note, verifying
from clipper.archive.agreeing import Row
from clipper.archive.records import date
from clipper.archive.walking import Found, walk
from clipper.model import Page, Snapshot

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
BATCH = 16


def made(number: int) -> list[Page]:
    random, pages = Random(5), list[Page]()
    around = [news_pages.template(random, f"Daily {n}") for n in range(20)]
    for n in range(number):
        if pages and not n % 10:
            body = random.choice(pages).body
        else:
            name, url = f"Daily {n % 20}", f"https://news.example/{n}"
            story = news_pages.story(random, NOW)
            body = news_pages.page(story, name, url, around[n % 20], random).encode()
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        pages.append(
            Page(
                url=f"https://news.example/{n}",
                asked=f"https://news.example/{n}",
                body=body,
                status=200,
                headers=headers,
                fetched_at=NOW,
            )
        )
    return pages


def packed(pages: list[Page]) -> list[Page]:
    """The same pages as most servers send them."""
    headers = (*pages[0].headers, ("Content-Encoding", "gzip"))
    known: dict[bytes, bytes] = {}
    for page in pages:
        if page.body not in known:
            known[page.body] = gzip.compress(page.body, 6, mtime=0)
    return [replace(page, received=known[page.body], headers=headers) for page in pages]


def used(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return max(1e-9, time.process_time() - started)


def write(folder: Path, pages: list[Page]) -> list[Snapshot]:
    kept: dict[str, Snapshot] = {}
    snapshots: list[Snapshot] = []
    with Archive(folder, now=lambda: NOW, earlier=kept.get) as archive:
        for start in range(0, len(pages), BATCH):
            some = pages[start : start + BATCH]
            notes = [Note(fields={"outlet": "daily"}, text="The text. " * 300) for _ in some]
            for each in archive.capture(some, notes):
                kept.setdefault(each.digest, each)
                snapshots.append(each)
        archive.seal()
    return snapshots


def compress(pages: list[Page]) -> None:
    for page in pages:
        sha256(page.body).hexdigest()
        if page.received is not None:
            sha256(page.received).hexdigest()
        packer = zlib.compressobj(6 if page.received is None else 0, zlib.DEFLATED, 31)
        packer.compress(page.body if page.received is None else page.received)
        packer.flush()


def members(folder: Path) -> list[bytes]:
    """Every gzip member of the archive, cut out beforehand."""
    return [
        found.content
        for path in sorted(folder.glob("*.warc.gz"))
        for found in walk(path)
        if isinstance(found, Found)
    ]


def inflate(cut_out: list[bytes]) -> None:
    for member in cut_out:
        record = zlib.decompressobj(31).decompress(member)
        sha256(record)
        if b"\r\nContent-Encoding: gzip\r\n" in record[:2000]:
            # The second empty line ends the server's head.
            body = record.split(b"\r\n\r\n", 2)[2]
            if body.startswith(b"\x1f\x8b"):
                sha256(zlib.decompressobj(31).decompress(body))


def rows(snapshots: list[Snapshot]) -> list[Row]:
    told = [
        Row(each.file, each.offset, each.length, each.digest, each.url, date(each.captured_at))
        for each in snapshots
    ]
    return sorted(told, key=lambda row: (row.file, row.offset))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    plain = made(given.pages)
    ways = {"sent as they are": plain, "sent gzip": packed(plain)}
    figures: dict[str, dict[str, list[float]]] = {way: defaultdict(list) for way in ways}
    for _ in range(given.runs):
        for way, pages in ways.items():
            for name, seconds in once(pages).items():
                figures[way][name].append(seconds)
    size = sum(len(page.body) for page in plain) / 1e6
    for way in ways:
        tell(way, figures[way], len(plain), size)


def once(pages: list[Page]) -> dict[str, float]:
    """Seconds of each act, all in one run."""
    done = {"zlib and SHA-256: write": used(lambda: compress(pages))}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "warc"
        snapshots: list[Snapshot] = []
        done["clipper: write"] = used(lambda: snapshots.extend(write(folder, pages)))
        cut_out, told = members(folder), rows(snapshots)
        done["zlib and SHA-256: read"] = used(lambda: inflate(cut_out))
        for level in (2, 3, 4):
            done[f"clipper: verify, level {level}"] = used(partial(look, folder, told, level))
    return done


def look(folder: Path, told: list[Row], level: int) -> None:
    found = verifying.verify(folder, lambda: told, level=level).findings
    if found:
        raise SystemExit(f"verify found something: {found[:3]}")


def tell(way: str, figures: dict[str, list[float]], number: int, size: float) -> None:
    print(f"{number:,} pages {way}, {size:,.0f} MB")
    print(f"{'':32} {'CPU s':>7} {'MB/s':>7} {'ratio':>6}")
    for name, times in figures.items():
        base = "write" if name.endswith("write") else "read"
        ratios = [
            one / other
            for one, other in zip(times, figures[f"zlib and SHA-256: {base}"], strict=True)
        ]
        middle = statistics.median(times)
        print(f"{name:32} {middle:7.2f} {size / middle:7.0f} {statistics.median(ratios):6.2f}")


if __name__ == "__main__":
    main()
