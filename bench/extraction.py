"""Compare clipper's reading of pages with trafilatura's, in one run and one table.

    python bench/extraction.py --pages DIR [--rounds N] [--each] [--only WORD]

`DIR` holds `truth.json` (a list of `file, url, lang, title, authors, date, text`) and the
pages it names (`NAME.html` or `NAME.html.gz`, UTF-8). Body is the F1 of word 4-grams, a
multiset, averaged over pages; CJK characters count as words. Title is exact after NFKC, case
and white space are folded; authors are the F1 of the set of names; a day is compared as the
outlet wrote it. Times are CPU milliseconds a page: both sides are warmed up on all pages, then
run in alternating order, and the least of the rounds counts for each page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
DEFAULT_PAGES = CHECKOUT.parent / "shared" / "data" / "pages"
WORDS = re.compile(r"[぀-ヿ㐀-鿿]|[^\W_]+")
ISO_DAY = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


@dataclass(frozen=True)
class Sample:
    """A page and what is true of it."""

    name: str
    url: str
    body: bytes
    lang: str
    title: str
    authors: tuple[str, ...]
    day: str
    text: str


@dataclass(frozen=True)
class Found:
    """What one reader made of a page."""

    title: str
    authors: tuple[str, ...]
    day: str
    text: str


Reader = Callable[[Sample], Found]


def samples(folder: Path) -> list[Sample]:
    """The pages of `folder` with their truth."""
    rows = json.loads((folder / "truth.json").read_text("utf-8"))
    return [sample(folder, row) for row in rows]


def sample(folder: Path, row: dict[str, object]) -> Sample:
    """One row of `truth.json` with its page's bytes."""
    path = folder / str(row["file"])
    raw = path.read_bytes()
    authors = row["authors"]
    return Sample(
        name=path.name.removesuffix(".gz").removesuffix(".html"),
        url=str(row["url"]),
        body=gzip.decompress(raw) if path.suffix == ".gz" else raw,
        lang=str(row["lang"]),
        title=str(row["title"] or ""),
        authors=tuple(authors) if isinstance(authors, list) else (),
        day=str(row["date"] or ""),
        text=str(row["text"] or ""),
    )


# ---------------------------------------------------------------- the two readers


def by_trafilatura(page: Sample) -> Found:
    """trafilatura's defaults with its own metadata."""
    from trafilatura import bare_extraction

    document = bare_extraction(page.body, url=page.url, with_metadata=True)
    if document is None:
        return Found("", (), "", "")
    authors = tuple(name.strip() for name in (document.author or "").split(";") if name.strip())
    return Found(document.title or "", authors, document.date or "", document.text or "")


def by_clipper(page: Sample) -> Found:
    """`clipper.extract.extract` on nothing but the address and the body."""
    from clipper.extract import extract
    from clipper.model import Article, Page

    article = extract(Page(url=page.url, body=page.body))
    if not isinstance(article, Article):
        return Found("", (), "", "")
    written = ISO_DAY.search(article.date_text)
    claimed = article.published_at.date().isoformat() if article.published_at else ""
    day = written.group(0) if written else claimed
    return Found(article.title, article.authors, day, article.text)


# ---------------------------------------------------------------- measures


def folded(value: str) -> str:
    """NFKC, no case, single spaces, straight quotes."""
    plain = unicodedata.normalize("NFKC", value).casefold()
    return " ".join(plain.translate(str.maketrans("‘’“”", "''\"\"")).split())


def grams(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """The multiset of runs of `size` words; of shorter texts the one run that there is."""
    words = WORDS.findall(text.casefold())
    runs = range(max(1, len(words) - size + 1))
    return Counter(tuple(words[at : at + size]) for at in runs if words)


def f1(shared: int, found: int, true: int) -> float:
    """The harmonic mean of precision and recall; 1 when both sides are empty."""
    if not found and not true:
        return 1.0
    return 2 * shared / (found + true)


def body_f1(found: str, true: str) -> float:
    """How much of the body was read, and nothing else."""
    ours, theirs = grams(found), grams(true)
    return f1((ours & theirs).total(), ours.total(), theirs.total())


def authors_f1(found: Iterable[str], true: Iterable[str]) -> float:
    """The names in common, whatever their order."""
    ours, theirs = {folded(name) for name in found}, {folded(name) for name in true}
    return f1(len(ours & theirs), len(ours), len(theirs))


def days_apart(found: str, true: str) -> int:
    """Days between the two, 0 when both are unknown, 9999 when only one is."""
    if not found or not true:
        return 0 if found == true else 9999
    return abs((date.fromisoformat(found[:10]) - date.fromisoformat(true[:10])).days)


def marks(found: Found, page: Sample) -> tuple[float, ...]:
    """body F1, title exact, authors F1, exact day, ±1 day."""
    apart = days_apart(found.day, page.day)
    return (
        body_f1(found.text, page.text),
        float(folded(found.title) == folded(page.title)),
        authors_f1(found.authors, page.authors),
        float(apart == 0),
        float(apart <= 1),
    )


# ---------------------------------------------------------------- the run


def timed(reader: Reader, page: Sample) -> tuple[Found, float]:
    """What `reader` made of `page`, and the CPU milliseconds it took."""
    start = time.process_time()
    found = reader(page)
    return found, (time.process_time() - start) * 1000


def run(readers: dict[str, Reader], pages: list[Sample], rounds: int) -> dict[str, list[float]]:
    """The least time of each reader for each page, in an order that alternates."""
    least = {name: [float("inf")] * len(pages) for name in readers}
    for turn in range(rounds):
        for at, page in enumerate(pages):
            names = list(readers)[:: 1 if (turn + at) % 2 else -1]
            for name in names:
                least[name][at] = min(least[name][at], timed(readers[name], page)[1])
    return least


def table(rows: dict[str, tuple[float, ...]]) -> str:
    """The lines of a Markdown table."""
    head = "| reader | body F1 | title | authors F1 | exact day | ±1 day | ms a page | max ms | x |"
    lines = [head, "|---" * 9 + "|"]
    lines += [
        f"| {name} | "
        + " | ".join(f"{v:.3f}" for v in row[:5])
        + f" | {row[5]:.1f} | {row[6]:.0f} | {row[7]:.2f} |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def show_each(page: Sample, found: Found) -> None:
    """One page's marks, with what was expected where it differs."""
    got = marks(found, page)
    print(f"{page.name:32} " + " ".join(f"{v:.3f}" for v in got))
    for label, mine, true in (
        ("title", found.title, page.title),
        ("authors", list(found.authors), list(page.authors)),
        ("day", found.day, page.day),
    ):
        if mine != true:
            print(f"    {label}: {mine!r}\n    {'truth':>{len(label)}}: {true!r}")


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=Path, default=DEFAULT_PAGES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", action="store_true", help="one line a page too")
    parser.add_argument("--only", default="", help="only pages whose name holds this")
    wanted = parser.parse_args()
    if not (wanted.pages / "truth.json").exists():
        print(f"No truth.json in {wanted.pages}. Name a folder of pages with --pages.")
        return 1
    pages = [page for page in samples(wanted.pages) if wanted.only in page.name]
    readers: dict[str, Reader] = {"trafilatura": by_trafilatura, "clipper": by_clipper}
    found = {name: [reader(page) for page in pages] for name, reader in readers.items()}
    if wanted.each:
        for page, ours in zip(pages, found["clipper"], strict=True):
            show_each(page, ours)
    least = run(readers, pages, wanted.rounds)
    spent = {name: sum(times) / len(times) for name, times in least.items()}
    rows = {}
    for name in readers:
        scores = [marks(f, page) for f, page in zip(found[name], pages, strict=True)]
        means = tuple(sum(column) / len(scores) for column in zip(*scores, strict=True))
        rows[name] = (*means, spent[name], max(least[name]), spent["trafilatura"] / spent[name])
    print(f"{len(pages)} pages, least of {wanted.rounds} rounds")
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
