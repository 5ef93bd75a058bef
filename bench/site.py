"""How long a site takes: built whole, built again unchanged, and after one change.

python bench/site.py [UPDATES]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clipper.model import Update
from clipper.publishers import pages, site, swap

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
SETTINGS = pages.SiteSettings(url="https://press.example/news")


def updates(number: int) -> list[Update]:
    """Updates of six campaigns and forty outlets over four years."""
    chance = random.Random(1)
    words = "the county board voted on prison stock after a hearing".split()  # noqa: SIM905
    return [
        Update(
            key=f"clipping-{each}",
            revision="r1",
            headline=" ".join(chance.choices(words, k=9)),
            attribution=f"Via Outlet {each % 40} | Jane Doe",
            paragraphs=(" ".join(chance.choices(words, k=60)), "[…]", " ".join(words * 3)),
            url=f"https://outlet{each % 40}.example/story/{each}",
            outlet=f"Outlet {each % 40}",
            campaigns=(f"Campaign {each % 6}",),
            at=NOW - timedelta(hours=7 * each),
            language="en",
        )
        for each in range(number)
    ]


def main() -> None:
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "site"
        made = updates(number)
        _timed("built whole", folder, made)
        _timed("again, nothing changed", folder, made)
        made[number // 2] = replace(made[number // 2], revision="r2", headline="Corrected")
        _timed("after one correction", folder, made)
        made.insert(0, replace(made[0], key="clipping-new", at=NOW + timedelta(hours=1)))
        _timed("after one more update", folder, made)


def _timed(what: str, folder: Path, made: list[Update]) -> None:
    before = {file: (folder / file).stat().st_ino for file in swap.names(folder)}
    start = time.perf_counter()
    site.publish(made, folder, SETTINGS, NOW)
    seconds = time.perf_counter() - start
    after = {file: (folder / file).stat().st_ino for file in swap.names(folder)}
    written = sum(1 for file, inode in after.items() if before.get(file) != inode)
    print(f"{what}: {seconds:.2f} s, {written} of {len(after)} files written")


if __name__ == "__main__":
    main()
