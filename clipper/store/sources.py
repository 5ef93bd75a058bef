"""Sources and outlets: what the config names, and how each source has fared."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from ..errors import NotFound
from ..model import Outlet, Poll, PollError, Source
from . import columns
from .connection import Connection
from .values import SourceState

FARTHEST = timedelta(days=8)
"""No source waits longer (or a fifth longer than its own interval), whatever `due_at` says: a
clock that was wrong for an hour must not silence a source for a year."""


class Sources:
    """The tables `outlet`, `source` and `source_address`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, sources: Iterable[Source], outlets: Iterable[Outlet], now: datetime) -> None:
        """Bring the tables to what the config names.

        What it names no more stays, marked inactive, with all that came from it. A source
        whose kind, address or options were changed starts afresh: no mark, no failures, due now.
        """
        at = columns.time(now)
        listed = tuple(sources)
        named = {outlet.slug: outlet for outlet in outlets}
        with self._connection.transaction():
            for outlet in named.values():
                self._put_outlet(outlet, at)
            for source in listed:
                self._put(source, at)
            self._retire("source", [source.slug for source in listed])
            self._retire("outlet", [*named, *(source.outlet for source in listed)])

    def _retire(self, table: str, kept: Sequence[str]) -> None:
        self._connection.run(
            f"UPDATE {table} SET active = 0 WHERE slug NOT IN (SELECT value FROM json_each(:kept))",  # noqa: S608
            kept=columns.json_texts(kept),
        )

    def _put_outlet(self, outlet: Outlet, at: str) -> None:
        self._connection.run(
            """
            INSERT INTO outlet (slug, name, site, active, first_named_at)
            VALUES (:slug, :name, :site, 1, :at)
            ON CONFLICT (slug) DO UPDATE SET
                name = excluded.name, site = excluded.site, active = 1
            """,
            slug=outlet.slug,
            name=outlet.name,
            site=outlet.site,
            at=at,
        )

    def _put(self, source: Source, at: str) -> None:
        self._connection.run(
            """
            INSERT INTO outlet (slug, name, site, active, first_named_at)
            VALUES (:outlet, :outlet, '', 1, :at) ON CONFLICT DO NOTHING
            """,
            outlet=source.outlet,
            at=at,
        )
        self._start_afresh(source, at)
        self._connection.run(
            """
            INSERT INTO source
                (slug, kind, address, outlet, interval, options, active, first_named_at, due_at)
            VALUES (:slug, :kind, :address, :outlet, :interval, :options, 1, :at, :at)
            ON CONFLICT (slug) DO UPDATE SET
                kind = excluded.kind, address = excluded.address, outlet = excluded.outlet,
                interval = excluded.interval, options = excluded.options, active = 1
            """,
            slug=source.slug,
            kind=source.kind,
            address=source.address,
            outlet=source.outlet,
            interval=source.interval,
            options=columns.json_pairs(dict(source.options)),
            at=at,
        )

    def _start_afresh(self, source: Source, at: str) -> None:
        told = {
            "slug": source.slug,
            "kind": source.kind,
            "address": source.address,
            "options": columns.json_pairs(dict(source.options)),
        }
        self._connection.run(
            """
            DELETE FROM pulse WHERE source IN (SELECT slug FROM source WHERE slug = :slug
                AND (kind <> :kind OR address <> :address OR options <> :options))
            """,
            **told,
        )
        self._connection.run(
            """
            UPDATE source SET mark = '{}', adopted = '', due_at = :at, failures = 0, gone = 0,
                held_until = NULL,
                error = '', error_kind = '', moved_to = '', moved_times = 0
            WHERE slug = :slug AND (kind <> :kind OR address <> :address OR options <> :options)
            """,
            at=at,
            **told,
        )

    # ------------------------------------------------------------ asking

    def due(
        self,
        now: datetime,
        only: Iterable[str] = (),
        *,
        early: bool = False,
        force: bool = False,
        ahead: timedelta = timedelta(0),
    ) -> tuple[SourceState, ...]:
        """The active sources that are to be polled, the longest waiting first.

        `only` restricts to sources, or all sources of outlets, by slug, and then counts
        those that are gone too. `early`: also those whose interval is not over (a person
        asks). `force`: also those that asked to be left alone for a while. `ahead`: also those
        that are due within so long, unless they asked for just that pause. Raises NotFound
        for a slug in `only` that no active source or outlet has.
        """
        wanted = tuple(only)
        if wanted:
            self._refuse_unknown(wanted)
        rows = self._connection.rows(
            """
            SELECT * FROM source
            WHERE active = 1
              AND (:early OR :force OR due_at <= :now
                   OR julianday(due_at) - julianday(:now) > max(:most, 1.2 * interval / 86400)
                   OR (due_at <= :soon AND NOT EXISTS (SELECT 1 FROM pulse
                       WHERE pulse.source = slug AND why = 'asked')))
              AND (:force OR held_until IS NULL OR held_until <= :now OR held_until > :farthest)
              AND (gone = 0 OR :named)
              AND (NOT :named OR slug IN (SELECT value FROM json_each(:only))
                   OR outlet IN (SELECT value FROM json_each(:only)))
            ORDER BY due_at, slug
            """,
            now=columns.time(now),
            farthest=columns.time(now + FARTHEST),
            most=FARTHEST.days,
            soon=columns.time(now + ahead),
            early=early,
            force=force,
            named=bool(wanted),
            only=columns.json_texts(wanted),
        )
        return tuple(map(_state, rows))

    def _refuse_unknown(self, wanted: tuple[str, ...]) -> None:
        rows = self._connection.rows(
            """
            SELECT value FROM json_each(:only) WHERE value NOT IN
                (SELECT slug FROM source WHERE active = 1
                 UNION SELECT outlet FROM source WHERE active = 1)
            """,
            only=columns.json_texts(wanted),
        )
        if rows:
            missing = ", ".join(row["value"] for row in rows)
            raise NotFound(f"No source or outlet is called {missing}.")

    def held(self, now: datetime, only: Iterable[str] = ()) -> tuple[SourceState, ...]:
        """The active sources that asked to be left alone and are not due for that reason."""
        wanted = frozenset(only)
        return tuple(
            state
            for state in self.list()
            if state.held_until is not None
            and now < state.held_until <= now + FARTHEST
            and (not wanted or wanted & {state.source.slug, state.source.outlet})
        )

    def state(self, slug: str) -> SourceState:
        """How the source `slug` has fared; NotFound when the store never knew it."""
        row = self._connection.row("SELECT * FROM source WHERE slug = :slug", slug=slug)
        if row is None:
            raise NotFound(f"No source is called {slug}.")
        return _state(row)

    def list(self, inactive: bool = False) -> tuple[SourceState, ...]:
        """All sources that the config names, by slug; with `inactive`, all ever known."""
        rows = self._connection.rows(
            "SELECT * FROM source WHERE active = 1 OR :inactive ORDER BY slug", inactive=inactive
        )
        return tuple(map(_state, rows))

    # ------------------------------------------------------------ after a poll

    def adopt(self, slug: str, address: str, now: datetime) -> None:
        """Use `address` from now on; the one used till now is kept in the history."""
        state = self.state(slug)
        with self._connection.transaction():
            self._connection.run(
                """
                INSERT OR REPLACE INTO source_address (source, used_from, address)
                VALUES (:slug, :at, :address)
                """,
                slug=slug,
                at=columns.time(now),
                address=state.address,
            )
            self._connection.run(
                """
                UPDATE source SET adopted = :address, mark = '{}', moved_to = '', moved_times = 0
                WHERE slug = :slug
                """,
                slug=slug,
                address=address,
            )

    def note_success(
        self, slug: str, poll: Poll, new: int, now: datetime, due_at: datetime
    ) -> None:
        """Keep what a poll left: its mark, the times, where it was asked to look instead."""
        self._connection.run(
            """
            UPDATE source SET
                mark = :mark, due_at = :due_at, last_polled_at = :at, last_success_at = :at,
                last_new_at = iif(:new > 0, :at, last_new_at),
                failures = 0, error = '', error_kind = '', gone = 0, held_until = NULL,
                moved_times = CASE WHEN :moved_to = '' THEN 0
                    WHEN :moved_to = moved_to THEN moved_times + 1 ELSE 1 END,
                moved_to = :moved_to
            WHERE slug = :slug
            """,
            slug=slug,
            mark=columns.json_pairs(poll.mark),
            due_at=columns.time(due_at),
            at=columns.time(now),
            new=new,
            moved_to=poll.moved_to,
        )

    def note_error(self, slug: str, error: PollError, now: datetime, due_at: datetime) -> None:
        """Keep that a poll failed, and when the next is due. The mark stays."""
        self.state(slug)
        self._connection.run(
            """
            UPDATE source SET due_at = :due_at, last_polled_at = :at, failures = failures + 1,
                error_kind = :kind, error = :error, gone = :gone, held_until = :held_until
            WHERE slug = :slug
            """,
            slug=slug,
            due_at=columns.time(due_at),
            at=columns.time(now),
            kind=error.stands or error.kind,
            error=error.text,
            gone=error.gone,
            held_until=columns.time_or_none(_held_until(error, now)),
        )


def _held_until(error: PollError, now: datetime) -> datetime | None:
    """Until when an outlet asked to be left alone (Retry-After); a day at most."""
    if error.retry_after is None:
        return None
    return now + min(timedelta(seconds=error.retry_after), timedelta(days=1))


def _state(row: sqlite3.Row) -> SourceState:
    source = Source(
        slug=row["slug"],
        kind=row["kind"],
        address=row["address"],
        outlet=row["outlet"],
        interval=row["interval"],
        options=tuple(json.loads(row["options"]).items()),
    )
    return SourceState(
        source=source,
        due_at=columns.read_time(row["due_at"]),
        mark=json.loads(row["mark"]),
        active=bool(row["active"]),
        adopted=row["adopted"],
        last_polled_at=columns.read_time_or_none(row["last_polled_at"]),
        last_success_at=columns.read_time_or_none(row["last_success_at"]),
        last_new_at=columns.read_time_or_none(row["last_new_at"]),
        failures=row["failures"],
        held_until=columns.read_time_or_none(row["held_until"]),
        error_kind=row["error_kind"],
        error=row["error"],
        gone=bool(row["gone"]),
        moved_to=row["moved_to"],
        moved_times=row["moved_times"],
    )
