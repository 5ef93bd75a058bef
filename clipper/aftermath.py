"""What became of an article after its clipping was published: decided here, looked at elsewhere.

It needs two decisions (`excerpt`, `dedupe`), so it stands above them, as `reading` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from . import dedupe, excerpt, text
from .model import Article, Clipping, Doubt, ExtractError, FetchError

DAYS: Final = (1, 7, 30, 90)
"""Days after publication on which a page is looked at again: corrections come early, rot late."""

GONE: Final = frozenset({404, 410, 451})
"""HTTP statuses that say a page is not there any more (RFC 9110; RFC 7725 for 451)."""


class Finding(StrEnum):
    """What a look at a published page found."""

    HEADLINE = "headline"
    TEXT = "text"
    EXCERPT = "excerpt"
    """Words that we republished stand on the page no more."""
    GONE = "gone"
    HOME = "home"
    """The address leads to the outlet's home page now."""
    UNREADABLE = "unreadable"
    """A wall stands there, or a page without the text that it had."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words that an article had when they were last looked at."""

    title: str
    text: str


def is_due(
    published_at: datetime, looked_at: datetime | None, now: datetime, days: Sequence[int] = DAYS
) -> bool:
    """Whether a page is to be looked at: a day of `days` has come since the last look.

    A look that was missed is made up for once, however many days went by.
    """
    passed = [day for day in days if published_at + timedelta(days=day) <= now]
    if not passed:
        return False
    latest = published_at + timedelta(days=max(passed))
    return looked_at is None or looked_at < latest


def compare(clipping: Clipping, before: Words, found: Article) -> tuple[Finding, ...]:
    """What changed from `before` to what the page says now.

    Typographic marks, case and white space are no change. A page on which a wall stands, or
    that lost its text, is `UNREADABLE`: nothing is known of the words then.
    """
    if {Doubt.WALL, Doubt.NO_TEXT} & set(found.doubts) or _is_stub(before, found):
        return (Finding.UNREADABLE,)
    told = []
    if _plain(before.title) != _plain(found.title):
        told.append(Finding.HEADLINE)
    if _plain(before.text) != _plain(found.text):
        told.append(Finding.TEXT)
        if not _stands(clipping, found.text):
            told.append(Finding.EXCERPT)
    return tuple(told)


def of_error(error: FetchError | ExtractError) -> Finding | None:
    """What an error says of a page; None when it says nothing yet and the look is made later."""
    if isinstance(error, ExtractError):
        named = {"not-found": Finding.GONE, "home-page": Finding.HOME}
        return named.get(error.kind, Finding.UNREADABLE)
    if error.status in GONE:
        return Finding.GONE
    return None if error.temporary else Finding.UNREADABLE


def changed_words(before: str, after: str) -> tuple[int, int]:
    """How many words were cut from a text, and how many were added."""
    runs = dedupe.difference(before, after)
    cut = sum(text.count_words(each.text) for each in runs if each.run == "cut")
    return cut, sum(text.count_words(each.text) for each in runs if each.run == "added")


def _plain(value: str) -> list[str]:
    return text.words(text.fold(value))


def _is_stub(before: Words, found: Article) -> bool:
    is_walled = Doubt.PAYWALL in found.doubts
    return is_walled and len(found.text) < len(before.text) / 2


def _stands(clipping: Clipping, now: str) -> bool:
    spans = clipping.excerpt.spans
    passages = [clipping.text[span.start : span.end] for span in spans]
    lines = [line for passage in passages for line in passage.split("\n") if line.strip()]
    return all(line in now or excerpt.locate(now, line) is not None for line in lines)
