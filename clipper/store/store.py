"""The store: the door to all that is kept in SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from ..errors import StoreError
from ..model import (
    Harvest,
    Nearby,
    Newcomer,
    Placement,
    Poll,
    PollError,
    Source,
)
from . import columns, gauges, lock, opening
from .articles import Articles
from .briefs import Briefs
from .byhand import ByHand
from .captures import Captures
from .clippings import Clippings
from .completeness import Accounts
from .connection import BUSY_SECONDS, Connection
from .daily import Daily
from .elsewhere import Elsewhere
from .entries import Entries
from .fingerprints import Fingerprints
from .gauges import Gauges
from .histories import Histories
from .kept import A_DAY, Kept
from .ledger import Ledger
from .links import Links
from .looks import Looks
from .notices import Notices
from .outlines import Outlines
from .overlaps import Overlaps
from .people import People
from .pictures import Pictures
from .publishing import Receipts, Updates
from .pulses import Pulses
from .queue import Queue
from .regrouping import Regrouping
from .released import Released
from .rematching import Rematching
from .saving import Saving, newcomer_of
from .snapshots import Snapshots
from .sources import Sources
from .stories import Stories
from .tags import Tags
from .testimony import Testimonies
from .tombstones import Tombstones
from .values import Counts, Noted, Saved
from .warcs import Warcs
from .yields import Yields


class Store:
    """What clipper keeps: sources, entries, articles, stories, clippings, the ledger.

    Made by `Store.create` or `Store.open`; a context manager that closes itself. Each
    subject is an attribute; acts that concern several are methods here. It may be used
    from several threads: they take turns, a transaction at a time. So a block of
    `transaction()` must never wait for another thread that uses the store.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.path = connection.path
        self.sources = Sources(connection)
        self.pulses = Pulses(connection)
        self.entries = Entries(connection)
        self.articles = Articles(connection)
        self.captures = Captures(connection)
        self.snapshots = Snapshots(connection)
        self.tombstones = Tombstones(connection)
        self.stories = Stories(connection)
        self.clippings = Clippings(connection)
        self.receipts = Receipts(connection)
        self.updates = Updates(connection)
        self.ledger = Ledger(connection)
        self.accounts = Accounts(connection, self.sources)
        self.looks = Looks(connection)
        self.outlines = Outlines(connection)
        self.briefs = Briefs(connection)
        self.daily = Daily(connection)
        self.links = Links(connection)
        self.notices = Notices(connection)
        self.testimonies = Testimonies(connection)
        self.elsewhere = Elsewhere(connection)
        self.fingerprints = Fingerprints(connection)
        self.regrouping = Regrouping(connection, self.clippings)
        self.rematching = Rematching(connection, self.articles, self.clippings)
        self.tags = Tags(connection)
        self.released = Released(connection)
        self.pictures = Pictures(connection)
        self.people = People(connection)
        self.queue = Queue(connection)
        self.byhand = ByHand(connection, self.articles)
        self.yields = Yields(connection)
        self.histories = Histories(connection, self.sources, self.pulses)
        self.overlaps = Overlaps(connection)
        self.warcs = Warcs(connection)
        self._kept = Kept(connection)
        self._saving = Saving(
            connection,
            self.entries,
            self.articles,
            self.stories,
            self.clippings,
            self.fingerprints,
        )

    @classmethod
    def create(cls, path: Path | str) -> Self:
        """A new store at `path`, its folder made if need be; StoreError when a file is there."""
        opening.create(Path(path))
        return cls.open(path)

    @classmethod
    def open(
        cls, path: Path | str, *, create: bool = False, busy_seconds: float = BUSY_SECONDS
    ) -> Self:
        """The store at `path`; with `create`, made when there is no file at all.

        A store of an older clipper is copied beside itself and brought up to date. A file
        that is there but is no store of ours is refused and left as it is: NotAStore when it
        is empty, damaged or another application's, NewerStore for a later clipper's.
        """
        path = Path(path)
        if not path.exists():
            if not create:
                raise StoreError(f"There is no store at {path}. A first 'clipper fetch' makes it.")
            opening.create(path)
        return cls(opening.connect(path, busy_seconds))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close; a transaction that is open is undone. Closing twice is allowed."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done inside is kept together or not at all.

        Inside another one it is a savepoint, as each `save` is: a harvest that fails is
        undone alone, when its error is caught within the outer block.
        """
        with self._connection.transaction():
            yield

    @contextmanager
    def lock(self, what: str = "") -> Iterator[None]:
        """Be the only round on this store; AlreadyRunning at once when another is under way.

        With `what`, the only one that does that; rounds and others go on.
        """
        name = f"{self.path.name}.{what}.lock" if what else f"{self.path.name}.lock"
        with lock.hold(self.path.with_name(name)):
            yield

    # ------------------------------------------------------------ a round

    def note_poll(self, source: Source, poll: Poll, now: datetime, due_at: datetime) -> Noted:
        """Keep what a poll gave: the unseen entries as pending, and the mark, together.

        An entry is known by source and key. One whose page was had already, or waits,
        under the same strict URL key is kept but not pending: dropped, with the reason.
        Raises NotFound for a source that was never synced.
        """
        with self.transaction():
            self.sources.state(source.slug)
            noted = self.entries.note(source.slug, poll, now)
            self.sources.note_success(source.slug, poll, noted.new, now, due_at)
            return noted

    def note_poll_error(
        self, source: Source, error: PollError, now: datetime, due_at: datetime
    ) -> None:
        """Keep that a source could not be looked at. Its mark and its entries stay."""
        self.sources.note_error(source.slug, error, now, due_at)

    def similar(self, harvest: Harvest) -> tuple[Newcomer, Nearby]:
        """The harvest's newcomer, and what it may be a copy of: for `dedupe.place`.

        Raises ValueError for a harvest without a reading.
        """
        looked_for = newcomer_of(harvest)
        return looked_for, self.fingerprints.similar(looked_for)

    def save(
        self,
        harvest: Harvest,
        placement: Placement,
        now: datetime,
        again_at: datetime | None = None,
    ) -> Saved:
        """Keep all that one entry yielded, in one transaction.

        The article goes into its story, or becomes the newest version of the article that
        it is; its matches queue the story, if nobody has it before them yet. A story that was
        judged is never queued anew. An entry that was saved before changes nothing. With
        `again_at` the entry waits on for its page.
        """
        return self._saving.save(harvest, placement, now, again_at)

    # ------------------------------------------------------------ small things

    def recall(self, name: str, now: datetime) -> str | None:
        """The text kept under `name`, None when there is none or its time is over."""
        return self._kept.recall(name, now)

    def remember(self, name: str, value: str, now: datetime, lasting: timedelta = A_DAY) -> None:
        """Keep a text under `name` for a while."""
        self._kept.remember(name, value, now, lasting)

    def gauges(self, now: datetime) -> Gauges:
        """Numbers for those who watch a server; cheap enough for every minute."""
        return gauges.read(self._connection, now)

    def counts(self) -> Counts:
        """How much there is of what. It counts whole tables: not for use within a round."""
        (row,) = self._connection.rows(
            """
            SELECT (SELECT count(*) FROM source WHERE active = 1) AS sources,
                (SELECT count(*) FROM source WHERE active = 1 AND failures > 0) AS failing,
                (SELECT count(*) FROM entry WHERE state = 'pending') AS pending,
                (SELECT count(*) FROM article) AS articles,
                (SELECT count(*) FROM story) AS stories,
                (SELECT max(opened_at) FROM round) AS last_round_at
            """
        )
        return Counts(
            sources=row["sources"],
            failing=row["failing"],
            pending=row["pending"],
            articles=row["articles"],
            stories=row["stories"],
            clippings={status.value: n for status, n in self.clippings.counts().items()},
            last_round_at=columns.read_time_or_none(row["last_round_at"]),
        )

    # ------------------------------------------------------------ the file

    def backup(self, path: Path | str) -> None:
        """Write a whole, consistent copy to `path`, also while others write."""
        opening.backup(self._connection, Path(path))

    def is_readable(self) -> bool:
        """Whether the store's file is there and answers; never raises."""
        try:
            self.people.have_accounts()
            return self.path.exists()
        except (StoreError, sqlite3.Error, OSError):
            return False

    def verify(self) -> tuple[str, ...]:
        """What is wrong with the file, in SQLite's words; empty when all is well.

        Reads the whole store: pages, references, and the full-text index against the texts.
        """
        rows = self._connection.rows("PRAGMA integrity_check(20)")
        found = [row[0] for row in rows if row[0] != "ok"]
        dangling = self._connection.rows("PRAGMA foreign_key_check")
        found += [f"{row['table']} {row['rowid']} points at nothing" for row in dangling[:20]]
        return tuple(found + self.articles.index_faults())
