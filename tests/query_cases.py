"""How the case tables of the query language are read, and small articles made."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clipper.model import Article, Outlet

DATA = Path(__file__).parent / "data"

LISTS = {
    "prisons": ["Mesa Verde Center", "jail*"],
    "all": ["$prisons", "gaol"],
}


@dataclass(frozen=True)
class Case:
    """One row: `expected` is yes, no, or the two offsets of the error."""

    group: str
    query: str
    text: str
    expected: str
    why: str

    def __str__(self) -> str:
        return f"{self.group}: {self.query} / {self.why}"


def unescape(cell: str) -> str:
    """A cell with its \\n, \\t and \\uXXXX resolved."""
    plain = cell.replace("\\n", "\n").replace("\\t", "\t")
    return re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), plain)


def cases() -> list[Case]:
    """All rows of queries.tsv."""
    with (DATA / "queries.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [Case(*map(unescape, row)) for row in rows[1:]]


def article(cell: str) -> tuple[Article, Outlet | None]:
    """The article that a cell describes: bare text, or zone=value parted by ¦ or |."""
    parts = [part.partition("=") for part in re.split("[¦|]", cell)]
    if not all(equals and re.fullmatch("[a-z]+", name) for name, equals, _ in parts):
        return Article(url="https://example.org/a", title="", text=cell), None
    found: dict[str, list[str]] = {}
    for name, _, value in parts:
        found.setdefault(name, []).append(value)
    one = {name: values[0] for name, values in found.items()}
    date = datetime.fromisoformat(one["date"]).replace(tzinfo=UTC) if "date" in one else None
    outlet = None
    if "outlet" in one:
        aliases = tuple(found.get("alias", ()))
        outlet = Outlet(slug="o", name=one["outlet"], aliases=aliases)
    return Article(
        url=one.get("url", "https://example.org/a"),
        title=one.get("title", ""),
        lede=one.get("lede", ""),
        text=one.get("text", ""),
        captions=tuple(found.get("caption", ())),
        authors=tuple(found.get("author", ())),
        byline=one.get("byline", ""),
        wire=one.get("wire", ""),
        section=one.get("section", ""),
        language=one.get("lang", ""),
        keywords=tuple(found.get("tag", ())),
        published_at=date,
    ), outlet
