"""What the store keeps and gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from .fetching import FetchError, Snapshot
from .judging import Excerpt, Match
from .placing import Fingerprint, Kinship, Newcomer
from .polling import Entry
from .reading import Article, ExtractError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one page, or one entry without a page, was read as: the worker's answer.

    `tags` are the labels whose rule the article satisfies; they never queue by themselves.
    """

    article: Article
    matches: tuple[Match, ...]
    fingerprint: Fingerprint
    excerpt: Excerpt
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """An entry that waits in the store for its page."""

    id: int
    source: str
    outlet: str
    entry: Entry
    first_seen_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Harvest:
    """All that one entry yielded, saved in one transaction.

    `snapshot` is None when no page was had and the feed's own text served; then
    `page_error` says why. `reading` is None when nothing could be read at all; else
    `newcomer` is its article as it looks for its story.
    """

    pending: Pending
    reading: Reading | None
    newcomer: Newcomer | None = None
    snapshot: Snapshot | None = None
    page_error: FetchError | ExtractError | None = None


class Status(StrEnum):
    """Where a clipping stands."""

    QUEUED = "queued"
    SNOOZED = "snoozed"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


MOVES: Mapping[Status, frozenset[Status]] = MappingProxyType(
    {
        Status.QUEUED: frozenset({Status.APPROVED, Status.REJECTED, Status.SNOOZED}),
        Status.SNOOZED: frozenset({Status.QUEUED}),
        Status.APPROVED: frozenset({Status.PUBLISHED, Status.QUEUED}),
        Status.REJECTED: frozenset({Status.QUEUED}),
        Status.PUBLISHED: frozenset({Status.WITHDRAWN}),
        Status.WITHDRAWN: frozenset({Status.QUEUED}),
    }
)
"""The transitions that are allowed; any other is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article as the store holds it."""

    id: int
    outlet: str
    story: int
    article: Article
    fetched_at: datetime
    first_seen_at: datetime
    kinship: Kinship = Kinship.FIRST
    snapshot: Snapshot | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """A story put before the editors.

    `article` is the copy that is credited; `copies` the story's other articles' ids.
    `excerpt` are spans of exactly `text`, the frozen copy that it was cut from.
    `version` grows by one with each change, so that two editors never overwrite each
    other silently. `headline`, when not empty, is shown instead of the title;
    `preface` is the campaign's own words, shown above the excerpt and never within it. `image`
    names a picture of its own in the store, `image_alt` says what it shows. `link`, when not
    empty, is where *Continue reading* leads instead of the article. `note` is for colleagues
    alone.
    """

    id: int
    story: int
    article: StoredArticle
    text: str
    status: Status
    reason: str
    headline: str
    note: str
    assignee: str
    excerpt: Excerpt
    matches: tuple[Match, ...]
    tags: tuple[str, ...]
    copies: tuple[int, ...]
    version: int
    queued_at: datetime
    decided_at: datetime | None = None
    decided_by: str = ""
    preface: str = ""
    image: str = ""
    image_alt: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One recorded step of a clipping: who, when, from, to, why."""

    clipping: int
    at: datetime
    who: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerLine:
    """What a round did at one source.

    `looked` is False when the source could not be looked at: "nothing found" is then
    not known. `unchanged`: looked, and nothing was new. `walled`: pages had without
    their story: a consent, challenge or payment page, or one without text.
    `dropped` counts by reason.
    """

    source: str
    outlet: str
    looked: bool
    unchanged: bool = False
    seen: int = 0
    new: int = 0
    fetched: int = 0
    matched: int = 0
    queued: int = 0
    failed: int = 0
    walled: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    notes: tuple[str, ...] = ()
