"""What the user configures: outlets, their sources, campaigns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How much of an article may leave the house: at most `words` and at most `share` of it in
    one excerpt. `total_words` and `total_share` are for all that ever left of it, whatever the
    excerpt was later changed to; None: half as much again."""

    words: int = 150
    share: float = 1 / 3
    total_words: int | None = None
    total_share: float | None = None

    @property
    def all_words(self) -> int:
        """The words of all that may ever leave, named or not."""
        return ceil(self.words * _MORE) if self.total_words is None else self.total_words

    @property
    def all_share(self) -> float:
        """The share of all that may ever leave, named or not."""
        named = self.total_share
        return min(1.0, self.share * _MORE) if named is None else named


_MORE = 1.5

WIRE = Figures(words=75, share=1 / 5)
"""For copy of a news agency, where the config has no profile `wire`."""

WHOLE = Figures(words=1_000_000, share=1, total_words=1_000_000, total_share=1)
"""For a text of one's own, where the config gives no figures."""


class Basis(StrEnum):
    """Why more of an outlet's articles may be quoted than the house's own limit says."""

    LICENCE = "licence"
    PERMISSION = "permission"
    OWN_TEXT = "own-text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an outlet allows: the figures, on what basis, granted `by` whom.

    `until` is the last day that it counts, None for no end. `agency`: it covers copy of news
    agencies too, which is rarely an outlet's to grant.
    """

    figures: Figures
    basis: Basis
    by: str = ""
    until: date | None = None
    agency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget(Figures):
    """An outlet's figures, and what stands in their place: `wire` for copy of news agencies
    (None: clipper's own) and `grant` while it lasts. `profile` is the name of the figures in the
    config, "" for the house's. `limits.limit` says which of them hold."""

    profile: str = ""
    wire: Figures | None = None
    grant: Grant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publication as its readers know it; what *Via* names.

    `gap` is the pause in seconds between two page requests to one of its hosts;
    `attribution` a template of its own, empty for the house's. `retain` is for how many
    seconds its pages may be kept, None for good.
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
    retain: float | None = None


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
