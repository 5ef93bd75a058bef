"""What leaves, and the proof that it did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture of the campaign's own: `name` is made of its content and ends in `.jpg`, `.png`
    or `.webp`, `alt` says what it shows. `body` is empty where only its name is needed."""

    name: str
    alt: str
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A post as it is published.

    `key` never changes for a clipping; `revision` changes whenever what is shown does.
    `paragraphs` are the excerpt's, verbatim, with "[…]" between spans that do not touch.
    `url` is where *Continue reading* leads. `note` is the campaign's own words: a clipping's
    preface. `at` is the date shown: when it was approved.
    """

    key: str
    revision: str
    headline: str
    attribution: str
    paragraphs: tuple[str, ...]
    url: str
    outlet: str
    campaigns: tuple[str, ...]
    at: datetime
    published_at: datetime | None = None
    language: str = ""
    note: str = ""
    clipping: int = 0
    image: Picture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A publisher's proof of where and when an update stands."""

    publisher: str
    key: str
    revision: str
    where: str
    sent_at: datetime
