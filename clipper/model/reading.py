"""What a page is read as."""

from __future__ import annotations

from collections.abc import Mapping
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
    BYLINE_IS_OUTLET = "byline-is-outlet"
    BYLINE_GENERIC = "byline-generic"
    BYLINE_AGENCY = "byline-agency"
    BYLINE_EMAIL = "byline-email"
    NO_DATE = "no-date"
    FOREIGN_CANONICAL = "foreign-canonical"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractError:
    """A page from which no article could be read, as a value."""

    kind: str
    text: str
