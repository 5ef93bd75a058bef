"""Numbers for those who watch a server: cheap to read, whatever the store's size."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from . import columns
from .connection import Connection

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauges:
    """What stands now. `clippings` by status; `failures` are failed looks in a row by
    (outlet, source); `looks_failed` and `pages_failed` of the last day by outlet; `outbox` by
    (place, whether the last try failed); `letters` of briefs by state; `last_round` are the
    times at which the latest finished round began and ended."""

    clippings: Mapping[str, int]
    pending: int
    failures: Mapping[tuple[str, str], int]
    gone: int
    looks_failed: Mapping[str, int]
    pages_failed: Mapping[str, int]
    outbox: Mapping[tuple[str, bool], int]
    letters: Mapping[str, int]
    rounds: int
    last_round: tuple[datetime, datetime] | None


def read(connection: Connection, now: datetime) -> Gauges:
    """The numbers as they stand; no transaction holds up who writes meanwhile."""
    rows, value = connection.rows, connection.value
    sources = rows("SELECT outlet, slug, failures, gone FROM source WHERE active = 1")
    day = rows(_DAY, since=columns.time(now - A_DAY))
    last = connection.row(
        "SELECT opened_at, closed_at FROM round WHERE closed_at IS NOT NULL "
        "ORDER BY id DESC LIMIT 1"
    )
    return Gauges(
        clippings={row["value"]: row["number"] for row in rows(_CLIPPINGS)},
        pending=value("SELECT count(*) FROM entry WHERE state = 'pending'"),
        failures={(row["outlet"], row["slug"]): row["failures"] for row in sources},
        gone=sum(row["gone"] for row in sources),
        looks_failed={row["outlet"]: row["looks"] for row in day},
        pages_failed={row["outlet"]: row["pages"] for row in day},
        outbox={(row["publisher"], bool(row["failed"])): row["n"] for row in rows(_OUTBOX)},
        letters={row["state"]: row["n"] for row in rows(_LETTERS)},
        rounds=value("SELECT coalesce(max(id), 0) FROM round"),
        last_round=None
        if last is None
        else (columns.read_time(last["opened_at"]), columns.read_time(last["closed_at"])),
    )


_CLIPPINGS = """
    SELECT status AS value, sum(number) AS number FROM tally WHERE kind = 'status' GROUP BY status
"""
_DAY = """
    SELECT outlet, sum(looked = 0) AS looks, sum(failed) AS pages FROM ledger_line
    WHERE round >= (SELECT min(id) FROM round WHERE opened_at >= :since) GROUP BY outlet
"""
_OUTBOX = "SELECT publisher, reason <> '' AS failed, count(*) AS n FROM intent GROUP BY 1, 2"
_LETTERS = "SELECT state, count(*) AS n FROM brief_sending GROUP BY state"
