"""What a look at a source yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

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
    that the source asked us, permanently, to use instead. `ttl` and `fresh_for` are seconds:
    for how long the document says that nothing new is to be expected, and for how long the
    server says that its answer holds; 0 when they say nothing.
    """

    entries: tuple[Entry, ...]
    mark: Mark = field(default_factory=dict)
    unchanged: bool = False
    notes: tuple[str, ...] = ()
    left_off: int = 0
    moved_to: str = ""
    ttl: float = 0.0
    fresh_for: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PollError:
    """A source that could not be looked at, or what it gave can't be read.

    `kind` is a short stable word (`dns`, `timeout`, `http-404`, `not-a-feed` …),
    `text` a sentence for people. `gone` means that the outlet said 410: polling stops
    until a person looks. `retry_after` is in seconds, already clamped. `stands` is what stands
    in the source's place: `page`, `challenge`, `consent`, `parked` or `login`; "" for none of
    these.
    """

    kind: str
    text: str
    temporary: bool = True
    gone: bool = False
    retry_after: float | None = None
    status: int | None = None
    stands: str = ""


# ---------------------------------------------------------------- the rhythm


class Why(StrEnum):
    """Why a source is looked at next when it is."""

    NEW = "new"
    """Nothing is known of its habits yet."""
    USUAL = "usual"
    """It may publish at this hour."""
    QUIET = "quiet"
    """By its own record it does not publish at this hour."""
    SILENT = "silent"
    """It has published nothing for long."""
    BUSY = "busy"
    """Its list is short for what it publishes."""
    SLIPPING = "slipping"
    """Most of what the last look brought was new: stories may have slipped by."""
    ASKED = "asked"
    """It asks for so long a pause."""
    FAILING = "failing"
    """The last look failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The shortest and the longest pause between two looks, in seconds."""

    shortest: float = 600.0
    longest: float = 21_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How one source publishes, as far as was seen, and how it is looked at.

    `pace` is the longest pause, in seconds, while the outlet may publish; 0 before the first
    look. `listed`: entries in its latest document. `trouble`: the weights of the failures in
    a row. `counts` are its stories by hour of the week (UTC, Monday 0 h first), `weeks` for
    how long they were watched; both fade, so that habits may change. `watched_until` is the
    last look that succeeded, `newest_at` when its newest story came. `claimed_at` is the newest
    date that it ever claimed, `moved_at` when we learned of that, and `stalled` how many dated
    entries it has listed since that claim nothing newer. `pause` (seconds) and `why` are the
    last decision.
    """

    pace: float = 0.0
    listed: int = 0
    trouble: float = 0.0
    counts: tuple[float, ...] = ()
    weeks: float = 0.0
    watched_until: datetime | None = None
    newest_at: datetime | None = None
    claimed_at: datetime | None = None
    moved_at: datetime | None = None
    stalled: int = 0
    pause: float = 0.0
    why: Why = Why.NEW
