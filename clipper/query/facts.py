"""What a query asks of an article as a whole: its host, language, date and length.

Each reader takes the characters after the colon and returns a node, or None for what it
can't read.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from clipper.query import tree

_MONTHS = 12
_LANGUAGES = {
    "english": "en", "spanish": "es", "español": "es", "french": "fr", "german": "de",
    "italian": "it", "portuguese": "pt", "chinese": "zh", "japanese": "ja", "arabic": "ar",
}  # fmt: skip
_COUNT = re.compile(r"([<>]=?|=)?\s*(\d{1,7})(?:\s*(?:\.\.|[-–])\s*(\d{1,7}))?")
_DAY = re.compile(r"(\d{4})(?:[-/](\d{1,2}))?(?:[-/](\d{1,2}))?")


@dataclass(frozen=True, slots=True)
class Fact:
    """How a field's value is read, what a value that can't be read is said to be, the remedy."""

    read: Callable[[str], tree.Node | None]
    wrong: str
    remedy: str


def site(text: str) -> tree.Node | None:
    """`ice.gov`, also as a URL: the host without www."""
    text = re.sub(r"^(?:https?:)?//", "", text.strip(" .,").lower())
    host = text.split("/", 1)[0].split(":", 1)[0].removeprefix("www.").strip(".")
    return tree.Site(host) if re.fullmatch(r"(?:[\w-]+\.)*[\w-]+", host) else None


def language(text: str) -> tree.Node | None:
    """A BCP 47 tag, or the name of a few languages."""
    text = text.strip(" .,").lower().replace("_", "-")
    tag = _LANGUAGES.get(text, text)
    return tree.Language(tag) if re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", tag) else None


def _published(side: str) -> Callable[[str], tree.Node | None]:
    return lambda text: day(text, side)


def day(text: str, side: str) -> tree.Node | None:
    """A year, a month or a day: its first day, and its canonical text."""
    found = _DAY.fullmatch(text.strip(" .,"))
    if found is None:
        return None
    year, month, number = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    if not (year >= 1 and 1 <= month <= _MONTHS):
        return None
    if not 1 <= number <= calendar.monthrange(year, month)[1]:
        return None
    first = date(year, month, number)
    size = 10 if found[3] else 7 if found[2] else 4
    return tree.Published(side, first, first.isoformat()[:size])


def length(text: str) -> tree.Node | None:
    """`>300`, `<=800`, `300..800`, `300`: bounds, both inclusive."""
    found = _COUNT.fullmatch(text.strip())
    if found is None or (found[1] and found[3]):
        return None
    least, most = int(found[2]), int(found[3] or found[2])
    bounds: dict[str | None, tuple[int, int | None]] = {
        ">": (least + 1, None), ">=": (least, None), "<": (0, least - 1), "<=": (0, least),
    }  # fmt: skip
    low, high = bounds.get(found[1], (least, most))
    return tree.Length(low, high) if high is None or low <= high else None


FACTS: dict[str, Fact] = {
    "site": Fact(site, "no host name", "Write it as site:example.org."),
    "lang": Fact(language, "no language tag", "Write two letters, as in lang:es."),
    "after": Fact(
        _published("after"), "no date", "Write it as after:2024-05-31 (or 2024-05, 2024)."
    ),
    "before": Fact(_published("before"), "no date", "Write it as before:2024-05-31 (or 2024-05)."),
    "words": Fact(length, "no number of words", "Write it as words:>300 or words:300..800."),
}
