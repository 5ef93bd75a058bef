"""Accounts of completeness: made from the ledger, and kept as they were made."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta
from typing import Final

from ..completeness import LEFT_OFF, OWNED, Cause, Completeness, Gap, Kind, Watched
from . import columns
from .connection import Connection
from .sources import Sources
from .values import SourceState

SCHEMA: Final = """
CREATE TABLE completeness (
    kind TEXT NOT NULL CHECK (kind IN ('round', 'week')),
    name TEXT NOT NULL,
    began_at TEXT NOT NULL,
    ended_at TEXT NOT NULL,
    sources INTEGER NOT NULL,
    whole INTEGER NOT NULL,
    resting INTEGER NOT NULL,
    pages INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    gaps TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX completeness_ended ON completeness(kind, ended_at);
"""

REMEMBERED: Final = timedelta(days=90)


class Accounts:
    """The table `completeness`, and what it is made of."""

    def __init__(self, connection: Connection, sources: Sources) -> None:
        self._connection = connection
        self._sources = sources

    def watched(self, since: datetime, until: datetime) -> tuple[Watched, ...]:
        """Each source that the config names, with its looks from `since` until `until`."""
        span = {"since": columns.time(since), "until": columns.time(until)}
        sums = {
            row["source"]: row
            for row in self._connection.rows(_SUMS, owned=OWNED, left=LEFT_OFF, **span)
        }
        errors = {row["source"]: row for row in self._connection.rows(_ERRORS, **span)}
        known = {row["slug"] for row in self._connection.rows(_KNOWN, since=span["since"])}
        return tuple(
            _watched(state, sums.get(slug), errors.get(slug), known_before=slug in known)
            for state in self._sources.list()
            for slug in (state.source.slug,)
        )

    def keep(self, told: Completeness) -> None:
        """Keep an account; one of the same kind and name is replaced. Those of rounds are kept
        for `REMEMBERED`, those of weeks for ever."""
        self._connection.run(
            "DELETE FROM completeness WHERE kind = 'round' AND ended_at < :before",
            before=columns.time(told.ended_at - REMEMBERED),
        )
        self._connection.run(
            """
            INSERT OR REPLACE INTO completeness (kind, name, began_at, ended_at, sources, whole,
                resting, pages, failed, gaps)
            VALUES (:kind, :name, :began_at, :ended_at, :sources, :whole,
                :resting, :pages, :failed, :gaps)
            """,
            kind=told.kind.value,
            name=told.name,
            began_at=columns.time(told.began_at),
            ended_at=columns.time(told.ended_at),
            sources=told.sources,
            whole=told.whole,
            resting=told.resting,
            pages=told.pages,
            failed=told.failed,
            gaps=json.dumps(
                [[gap.source, gap.outlet, gap.cause.value, dict(gap.values)] for gap in told.gaps],
                ensure_ascii=False,
            ),
        )

    def get(self, kind: Kind, name: str) -> Completeness | None:
        """The account of that name, None when none was kept."""
        row = self._connection.row(
            "SELECT * FROM completeness WHERE kind = :kind AND name = :name",
            kind=kind.value,
            name=name,
        )
        return None if row is None else _account(row)

    def last(self, kind: Kind) -> Completeness | None:
        """The latest account of a kind, None before the first."""
        row = self._connection.row(
            "SELECT * FROM completeness WHERE kind = :kind ORDER BY ended_at DESC LIMIT 1",
            kind=kind.value,
        )
        return None if row is None else _account(row)


_SPAN = """
    FROM round JOIN ledger_line ON ledger_line.round = round.id
    WHERE round.id >= (SELECT min(id) FROM round WHERE opened_at >= :since)
        AND opened_at >= :since AND opened_at < :until
"""

# As `completeness.is_all_new` has it, counted where the lines are.
_SUMS = f"""
    SELECT source, count(*) AS looks,
        max(iif(looked, opened_at, NULL)) AS reached_at,
        sum(looked AND seen > 2 AND new + iif(new < seen AND instr(dropped, :owned),
            (SELECT sum(value) FROM json_each(dropped) WHERE instr(key, :owned) = 1), 0) >= seen
        ) AS slipped,
        sum(iif(instr(dropped, :left), coalesce(dropped ->> ('$."' || :left || '"'), 0), 0))
            AS left_off,
        sum(fetched + failed) AS pages, sum(failed) AS failed, sum(walled) AS walled
    {_SPAN} GROUP BY source
"""  # noqa: S608

_ERRORS = (
    f"SELECT source, error, max(opened_at) AS failed_at {_SPAN} AND NOT looked GROUP BY source"
)

_KNOWN = """
    SELECT slug FROM source WHERE active = 1 AND EXISTS (SELECT 1 FROM entry
        WHERE entry.source = source.slug AND first_seen_at < :since)
"""


def _watched(
    state: SourceState, sums: sqlite3.Row | None, error: sqlite3.Row | None, *, known_before: bool
) -> Watched:
    source = state.source
    if sums is None:
        return Watched(source=source.slug, outlet=source.outlet, gone=state.gone)
    reached_at = columns.read_time_or_none(sums["reached_at"])
    # The first list of all is always new.
    first = not known_before and reached_at is not None
    return Watched(
        source=source.slug,
        outlet=source.outlet,
        looks=sums["looks"],
        reached_at=reached_at,
        failed_at=columns.read_time(error["failed_at"]) if error else None,
        error=error["error"] if error else "",
        slipped=max(sums["slipped"] - first, 0),
        left_off=sums["left_off"],
        pages=sums["pages"],
        failed=sums["failed"],
        walled=sums["walled"],
        gone=state.gone,
    )


def _account(row: sqlite3.Row) -> Completeness:
    return Completeness(
        kind=Kind(row["kind"]),
        name=row["name"],
        began_at=columns.read_time(row["began_at"]),
        ended_at=columns.read_time(row["ended_at"]),
        sources=row["sources"],
        whole=row["whole"],
        resting=row["resting"],
        pages=row["pages"],
        failed=row["failed"],
        gaps=tuple(
            Gap(source=source, outlet=outlet, cause=Cause(cause), values=values)
            for source, outlet, cause, values in json.loads(row["gaps"])
        ),
    )
