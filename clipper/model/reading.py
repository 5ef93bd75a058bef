"""What a page is read as."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Origin(StrEnum):
    """Where a field of an article was read."""

    JSON_LD = "json-ld"
    META = "meta"
    FEED = "feed"
    BODY = "body"
    RULE = "rule"
    EDITOR = "editor"


class Doubt(StrEnum):
    """Why a value of an article deserves a second look."""

    SHORT_TEXT = "short-text"
    NO_TEXT = "no-text"
    FEED_ONLY = "feed-only"
    PAYWALL = "paywall"
    WALL = "wall"
    """A consent, captcha or challenge page stands in the article's place."""
    OTHER_STORY = "other-story"
    """The page does not tell what its entry's headline says."""
    BYLINE_IS_OUTLET = "byline-is-outlet"
    BYLINE_GENERIC = "byline-generic"
    BYLINE_AGENCY = "byline-agency"
    BYLINE_EMAIL = "byline-email"
    NO_DATE = "no-date"
    FOREIGN_CANONICAL = "foreign-canonical"


_POOR = frozenset({Doubt.WALL, Doubt.NO_TEXT, Doubt.OTHER_STORY})
_BEGINNING = 1500
"""Characters under which a text before a paywall is taken for its beginning alone."""


def shortcomings(doubts: Collection[str], text: str) -> tuple[str, ...]:
    """Which doubts make a poor reading of a story; none for a good one. A short text is none:
    short stories are."""
    found = [each for each in doubts if each in _POOR]
    if Doubt.PAYWALL in doubts and len(text) < _BEGINNING:
        found.append(Doubt.PAYWALL)
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What extraction read from a page.

    `text` is the article's own words: blocks (paragraphs, headings, list items, cells)
    joined by one "\\n" and holding none themselves, so that a newline is always the end
    of a block. `lede` is the standfirst or summary line, not part of `text`.
    `origins` maps a field's name to where it was read; `doubts` says what to check.
    `published_at` and `modified_at` are the outlet's claims; `date_text` is the claim as
    written. `canonical_url` is what readers should be sent to. `byline` is the printed
    line verbatim; `authors` the names parsed from it; `wire` the agency's name or "".
    """

    url: str
    title: str
    text: str
    canonical_url: str = ""
    lede: str = ""
    authors: tuple[str, ...] = ()
    byline: str = ""
    dateline: str = ""
    wire: str = ""
    language: str = ""
    published_at: datetime | None = None
    modified_at: datetime | None = None
    date_text: str = ""
    captions: tuple[str, ...] = ()
    section: str = ""
    keywords: tuple[str, ...] = ()
    image: str = ""
    site_name: str = ""
    origins: Mapping[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()

    @property
    def shortcomings(self) -> tuple[str, ...]:
        """See `shortcomings`."""
        return shortcomings(self.doubts, self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractError:
    """A page from which no article could be read, as a value."""

    kind: str
    text: str
