"""What a look at a source yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .common import Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item as a source listed it.

    `key` is its identity within the source. `url` is absolute http(s), or empty
    when the source named none that may be fetched. `summary` is plain text,
    `content` the HTML of `content:encoded` and its like, uncleaned but bounded.
    `published_at` is the outlet's claim, None when it made none (never "now");
    `published_raw` is the claim as written.
    """

    key: str
    url: str = ""
    title: str = ""
    byline: str = ""
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None
    published_raw: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What looking at a source gave.

    `unchanged`: the source said or showed that nothing is new since `mark`.
    `notes` are doubts in words (a malformed document that was read all the same);
    `left_off` counts entries past the limit of one poll. `moved_to` is an address
    that the source asked us, permanently, to use instead.
    """

    entries: tuple[Entry, ...]
    mark: Mark = field(default_factory=dict)
    unchanged: bool = False
    notes: tuple[str, ...] = ()
    left_off: int = 0
    moved_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollError:
    """A source that could not be looked at, or what it gave can't be read.

    `kind` is a short stable word (`dns`, `timeout`, `http-404`, `not-a-feed` …),
    `text` a sentence for people. `gone` means that the outlet said 410: polling stops
    until a person looks. `retry_after` is in seconds, already clamped.
    """

    kind: str
    text: str
    temporary: bool = True
    gone: bool = False
    retry_after: float | None = None
    status: int | None = None
