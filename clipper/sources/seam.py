"""What a kind of source is given, and what its parser returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from ..model import Entry, FetchError, Mark, Page, Poll, PollError, Source

T = TypeVar("T")

MAX_BODY = 10 * 2**20
"""Bytes of a feed that are read; the fetcher's limit is the same or lower."""

MAX_ENTRIES = 500
"""Entries of one document that are kept; the rest is counted."""


class Fetch(Protocol):
    """Get one URL; `clipper.fetch.Fetcher.get` with the gap filled in."""

    def __call__(
        self, url: str, *, purpose: str, headers: Mapping[str, str] = ...
    ) -> Page | FetchError: ...


class Parse(Protocol):
    """Call a pure reader of foreign bytes where it can do no harm: in a worker.

    Raises what the worker raises when there is no answer (a ClipperError).
    """

    def __call__(self, reader: Callable[..., T], /, *args: object) -> T: ...


class Kind(Protocol):
    """A kind of source.

    `mark` is what the last poll that succeeded returned, empty at first; `now` is aware
    and in UTC. Expected failures are returned, never raised.
    """

    def __call__(
        self, source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
    ) -> Poll | PollError: ...


def here(reader: Callable[..., T], /, *args: object) -> T:
    """A `Parse` that calls the reader in this very process: for tests and trusted input."""
    return reader(*args)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed document as read.

    `title` and `language` are the document's own. `left_off` counts entries past the
    limit. `ttl` is how long, in seconds, the outlet says that nothing new is to be
    expected; None when it says nothing. `identity` is what the entries' keys were made of:
    `id`, `link` or `digest`.
    """

    entries: tuple[Entry, ...]
    title: str = ""
    language: str = ""
    notes: tuple[str, ...] = ()
    left_off: int = 0
    ttl: float | None = None
    identity: str = "id"


@dataclass(frozen=True, slots=True)
class Link:
    """A feed that a web page names: its absolute address and its title."""

    url: str
    title: str = ""
