"""The values that the store alone gives out; the others are `clipper.model`'s."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Entry, LedgerLine, Mark, Source, StoredArticle


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source and how it has fared.

    `active` is False when the config names it no more. `failures` counts the failed
    polls since the last success, `error` is the last one's sentence. `gone`: the outlet
    said 410; it is not due until a person asks by name. `adopted`, when not empty, is
    the address in use instead of the configured one; `moved_to` the address that the
    last polls were asked to use, `moved_times` times running.
    """

    source: Source
    due_at: datetime
    mark: Mark = field(default_factory=dict)
    active: bool = True
    adopted: str = ""
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: int = 0
    held_until: datetime | None = None
    error_kind: str = ""
    error: str = ""
    gone: bool = False
    moved_to: str = ""
    moved_times: int = 0

    @property
    def address(self) -> str:
        """Where to look: the adopted address, or else the configured one."""
        return self.adopted or self.source.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What a poll's entries were found to be.

    `seen` counts them all, `before` those that this source had listed before.
    `pending`: ids of the entries kept for a page, `new` their number. `dropped` counts,
    by reason, what another entry or article already has, `known` is their number.
    `revised`: ids of entries listed before whose title or date changed. `refused`: a
    sentence for each entry that could not be kept. `unseen` are the entries that the source
    listed for the first time.
    """

    seen: int
    before: int
    pending: tuple[int, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    revised: tuple[int, ...] = ()
    refused: tuple[str, ...] = ()
    unseen: tuple[Entry, ...] = ()

    @property
    def new(self) -> int:
        """How many entries wait for their page."""
        return len(self.pending)

    @property
    def known(self) -> int:
        """How many entries are dropped because their page was had before."""
        return sum(self.dropped.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What became of a harvest.

    `clipping` is the one that this harvest put into the queue; `also_in` the one that its
    story had already. `joined`: the article came into a story that was there, or is a new
    version of an article that was. `article` is None when nothing could be read.
    """

    article: int | None
    story: int | None = None
    clipping: int | None = None
    also_in: int | None = None
    joined: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One text of an article over time; the newest is in `StoredArticle`.

    `replaced_at` is None for the one that stands.
    """

    number: int
    title: str
    text: str
    fetched_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An article that a search found.

    `passage` is a piece of it around the words searched for: pairs of text and whether
    that text was searched for.
    """

    article: StoredArticle
    passage: tuple[tuple[str, bool], ...]

    @property
    def snippet(self) -> str:
        """The passage as plain text."""
        return "".join(text for text, _ in self.passage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A round of fetching: its ledger. `closed_at` is None when it was cut off."""

    id: int
    opened_at: datetime
    closed_at: datetime | None
    lines: tuple[LedgerLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An update that was about to be sent and has no receipt: it may stand, or not."""

    publisher: str
    key: str
    revision: str
    intended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is, for "what to do next"; `clippings` by status."""

    sources: int
    failing: int
    pending: int
    articles: int
    stories: int
    clippings: Mapping[str, int]
    last_round_at: datetime | None
