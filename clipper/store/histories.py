"""How each source has fared over time, read from the ledger; nothing here writes."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta

from ..health import History
from ..model import Pulse
from . import columns
from .connection import Connection
from .pulses import Pulses
from .sources import Sources
from .values import SourceState

LATELY = timedelta(days=7)
REMEMBERED = timedelta(days=90)
"""How far back a source's own habits are read."""


class Histories:
    """Histories for `health.judge`."""

    def __init__(self, connection: Connection, sources: Sources, pulses: Pulses) -> None:
        self._connection = connection
        self._sources = sources
        self._pulses = pulses
        self._read: tuple[tuple[int, int], dict[str, sqlite3.Row]] | None = None

    def list(self, now: datetime) -> tuple[History, ...]:
        """The history of each source that the config names, by slug."""
        lines = self._lines(now)
        pulses = self._pulses.list()
        return tuple(
            _history(
                state,
                lines.get(state.source.slug),
                pulses.get(state.source.slug, Pulse()),
            )
            for state in self._sources.list()
        )

    def _lines(self, now: datetime) -> dict[str, sqlite3.Row]:
        """The ledger's sums; read again when a round began since, or an hour later: three
        months of 200 sources take most of a second."""
        latest = self._connection.value("SELECT coalesce(max(id), 0) FROM round")
        key = (latest, int(now.timestamp() // 3600))
        if self._read is None or self._read[0] != key:
            span = {"since": columns.time(now - REMEMBERED), "lately": columns.time(now - LATELY)}
            lines = {row["source"]: row for row in self._connection.rows(_LINES, **span)}
            self._read = (key, lines)
        return self._read[1]


_SUMS = ("had", "failed", "walled", "had_before", "before", "walled_before")


def _history(state: SourceState, line: sqlite3.Row | None, pulse: Pulse) -> History:
    read = line or dict.fromkeys(_SUMS, 0)
    news = sorted(json.loads(line["news"])) if line else ()
    return History(
        slug=state.source.slug,
        news=[columns.read_time(each) for each in news],
        last_success_at=state.last_success_at,
        failures=state.failures,
        error=state.error,
        error_kind=state.error_kind,
        gone=state.gone,
        lately=(read["had"], read["failed"]),
        before=(read["had_before"], read["before"]),
        walled=read["walled"],
        walled_before=read["walled_before"],
        claimed_at=pulse.claimed_at,
        moved_at=pulse.moved_at,
        stalled=pulse.stalled,
    )


_LINES = """
    SELECT source,
        sum(iif(opened_at >= :lately, fetched, 0)) AS had,
        sum(iif(opened_at >= :lately, failed, 0)) AS failed,
        sum(iif(opened_at >= :lately, walled, 0)) AS walled,
        sum(iif(opened_at < :lately, fetched, 0)) AS had_before,
        sum(iif(opened_at < :lately, failed, 0)) AS before,
        sum(iif(opened_at < :lately, walled, 0)) AS walled_before,
        json_group_array(opened_at) FILTER (WHERE new > 0) AS news
    FROM ledger_line JOIN round ON round.id = ledger_line.round
    WHERE opened_at >= :since GROUP BY source
"""
