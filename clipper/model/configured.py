"""What the user configures: outlets, their sources, campaigns."""

from __future__ import annotations

from dataclasses import dataclass


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
