"""The values that pass between the stages, one frozen type each.

Nothing in here acts, and nothing is filled in later: each stage takes the value
of the one before and returns its own. The words are the glossary's
(`docs/reference/glossary.md`). All datetimes are aware and in UTC.

    Source -> Poll(Entry*, Mark) -> Page -> Snapshot -> Article -> Match* -> Placement
           -> Harvest -> Clipping -> Update -> Receipt
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in the order received; names as received, compared without case."""

Mark: TypeAlias = Mapping[str, str]
"""What a source kind hands itself for its next poll. Opaque to all but that kind."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# ---------------------------------------------------------------- what is configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How much of an article may leave the house: at most `words` and at most `share` of it."""

    words: int = 150
    share: float = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publication as its readers know it; what *Via* names.

    `gap` is the pause in seconds between two page requests to one of its hosts;
    `attribution` a template of its own, empty for the house's.
    """

    slug: str
    name: str
    site: str = ""
    aliases: tuple[str, ...] = ()
    language: str = ""
    gap: float = 2.0
    budget: Budget = Budget()
    attribution: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A configured place where entries are looked for.

    `kind` names a key of `clipper.sources.KINDS`, `outlet` an `Outlet.slug`;
    `interval` is the time between two polls in seconds. `options` is what its kind is told
    beside the address, as pairs.
    """

    slug: str
    kind: str
    address: str
    outlet: str
    interval: float = 3600.0
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A named interest with one or more queries; a story that any of them finds is its own."""

    slug: str
    name: str
    queries: tuple[str, ...]


# ---------------------------------------------------------------- polling


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


# ---------------------------------------------------------------- fetching


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect on the way to a page: the URL asked and what it answered."""

    url: str
    status: int
    headers: Headers
    request_headers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One HTTP response as fetched.

    `url` is the one reached, `asked` the one that was asked for. `body` is decoded
    (no content encoding), at most the fetcher's limit; `received` is the body as it
    came, after transfer decoding, when that differs from `body`, else None.
    `address` is the IP address that answered.
    """

    url: str
    body: bytes
    asked: str = ""
    status: int = 200
    headers: Headers = ()
    request_headers: Headers = ()
    received: bytes | None = None
    fetched_at: datetime = EPOCH
    hops: tuple[Hop, ...] = ()
    address: str = ""

    def header(self, name: str) -> str:
        """The first value of the header `name` (any case), or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchError:
    """A URL that could not be fetched, as a value.

    `kind` is a short stable word: `dns`, `refused`, `reset`, `timeout`, `deadline`,
    `tls`, `protocol`, `too-large`, `encoding`, `type`, `redirect`, `blocked` (address
    or scheme not allowed), `robots`, `wait` (its host's turn has not come), `closed` (the
    round is ending), `http-NNN`. `text` is a sentence for people.
    `temporary`: trying again later can help. `retry_after`: seconds, clamped to a day.
    """

    kind: str
    text: str
    url: str
    status: int | None = None
    temporary: bool = True
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The archived copy of a page: the response record's place in a WARC file.

    `file` is relative to the archive's folder; `offset` and `length` are bytes of the
    gzip member; `digest` is the sha256, in hex, of the decoded body.
    """

    file: str
    offset: int
    length: int
    digest: str
    url: str
    captured_at: datetime


# ---------------------------------------------------------------- reading


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


# ---------------------------------------------------------------- judging


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `start <= i < end`, in a named text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A span that satisfied a term: `zone` names the article's text that it lies in
    (`title`, `lede`, `text`, `caption`, `author` …), `clause` the canonical term."""

    zone: str
    start: int
    end: int
    clause: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that satisfied a campaign's query, and why.

    `query` is the text as configured, `explanation` one line per leaf of the satisfied
    branch. `weak`: every hit of some clause is of the kind that proves little
    (an all-capitals headline, say).
    """

    campaign: str
    query: str
    hits: tuple[Hit, ...]
    explanation: tuple[str, ...] = ()
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The words we republish: spans of the article's `text`, in order, not overlapping.

    `words` counts the words of the spans, `share` their part of the article's words.
    """

    spans: tuple[Span, ...]
    words: int
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The compact value of an article's text by which near-copies are found.

    `sketch` holds the smallest distinct 48-bit shingle hashes, ascending; `tau` the
    largest kept (2**48 - 1 when all were kept); `shingles` how many distinct there are.
    `digest` is the exact digest of the folded text. The rest serves the guards.
    """

    sketch: tuple[int, ...]
    tau: int
    shingles: int
    digest: str
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    title_words: tuple[str, ...] = ()
    opening: tuple[int, ...] = ()


class Kinship(StrEnum):
    """How an article came to be in its story."""

    FIRST = "first"
    SAME_URL = "same-url"
    IDENTICAL = "identical"
    VERSION = "version"
    SYNDICATED = "syndicated"
    PARTIAL = "partial"
    EDITOR = "editor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """The decision where an article belongs.

    `story` is the story joined, None for a story of its own; `best` the article that
    decided it. `containment` and `resemblance` are the weighted shares of the smaller
    and the larger side, `shared` the number of fingerprints in common.
    """

    story: int | None
    kinship: Kinship
    best: int | None = None
    containment: float = 0.0
    resemblance: float = 0.0
    shared: int = 0


# ---------------------------------------------------------------- placing


@dataclass(frozen=True, slots=True)
class Spread:
    """How widely one fingerprint stands: in how many `stories`, and under how many
    addresses of the one outlet that has it most often (`urls`), the newcomer counted."""

    stories: int
    urls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An article that looks for its story.

    `url`, `canonical` and `loose` are 63-bit numbers of its URL keys, 0 when it has none
    that names an article. `dated_at` is when it was published as far as can be known.
    """

    outlet: str
    url: int
    canonical: int
    loose: int
    fingerprint: Fingerprint
    dated_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A stored article that a newcomer may be a copy of; `article` and `story` are ids."""

    article: int
    story: int
    outlet: str
    url: int
    canonical: int
    loose: int
    fingerprint: Fingerprint
    dated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Nearby:
    """What the store found near a newcomer: candidates, and the spread of fingerprints.

    A fingerprint that `spread` does not name stands in one story.
    """

    candidates: tuple[Candidate, ...] = ()
    spread: Mapping[int, Spread] = field(default_factory=dict)


# ---------------------------------------------------------------- keeping


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
    other silently. `headline`, when not empty, is shown instead of the title.
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
    not known. `unchanged`: looked, and nothing was new. `dropped` counts by reason.
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
    dropped: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    notes: tuple[str, ...] = ()


# ---------------------------------------------------------------- publishing


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A post as it is published.

    `key` never changes for a clipping; `revision` changes whenever what is shown does.
    `paragraphs` are the excerpt's, verbatim, with "[…]" between spans that do not touch.
    `url` is where *Continue reading* leads. `at` is the date shown: when it was approved.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A publisher's proof of where and when an update stands."""

    publisher: str
    key: str
    revision: str
    where: str
    sent_at: datetime
