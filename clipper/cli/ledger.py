"""The ledger of a round in words: what was seen, and what could not be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from ..model import LedgerLine
from .words import count

COLUMNS = ("seen", "new", "fetched", "matched", "queued", "failed")


def as_text(lines: Sequence[LedgerLine], names: Mapping[str, str]) -> str:
    """A table, a row a source, in the order of their names."""
    rows = [
        row for line in sorted(lines, key=lambda line: line.source) for row in [_row(line, names)]
    ]
    width = max([len("outlet"), *(len(row[0]) for row in rows)])
    head = f"{'outlet':<{width}}  " + "  ".join(f"{name:>7}" for name in COLUMNS)
    body = [
        f"{row[0]:<{width}}  " + "  ".join(f"{cell:>7}" for cell in row[1:-1]) + f"  {row[-1]}"
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in [head, *body])


def _row(line: LedgerLine, names: Mapping[str, str]) -> tuple[str, ...]:
    name = names.get(line.outlet, line.outlet)
    if not line.looked:
        return (name, *("-" for _ in COLUMNS), "could not look")
    cells = tuple(str(getattr(line, column)) for column in COLUMNS)
    return (name, *cells, "nothing new" if line.unchanged and not line.fetched else "")


def conclusion(lines: Sequence[LedgerLine], beside: int = 0) -> str:
    """The round in a few sentences; `beside` were queued from elsewhere than sources."""
    looked = [line for line in lines if line.looked]
    queued = beside + sum(line.queued for line in lines)
    parts = [f"Looked at {count(len(looked), 'source')}."] if lines else []
    dropped: Counter[str] = Counter()
    for line in lines:
        dropped.update(line.dropped)
    if dropped:
        why = ", ".join(f"{number:,} {reason}" for reason, number in dropped.most_common())
        parts.append(f"Left out: {why}.")
    if failed := sum(line.failed for line in lines):
        pages = "page" if failed == 1 else "pages"
        parts.append(f"{failed:,} {pages} could not be had; what the feed said of them was kept.")
    if queued:
        parts.append(f"{count(queued, 'story')} queued for your decision: clipper queue")
    elif looked:
        parts.append("Nothing was queued: no new article matched a campaign.")
    return "\n".join(parts)
