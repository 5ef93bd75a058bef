"""What an article is grouped by: its fingerprint, and those near it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


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
