"""How each source has fared over time, read from the ledger; nothing here writes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from ..health import History
from . import columns
from .connection import Connection
from .sources import Sources

LATELY = timedelta(days=7)
REMEMBERED = timedelta(days=90)
"""How far back a source's own habits are read."""


class Histories:
    """Histories for `health.judge`."""

    def __init__(self, connection: Connection, sources: Sources) -> None:
        self._connection = connection
        self._sources = sources

    def list(self, now: datetime) -> tuple[History, ...]:
        """The history of each source that the config names, by slug."""
        news: dict[str, list[datetime]] = {}
        pages: dict[str, tuple[int, int, int, int]] = {}
        span = {"since": columns.time(now - REMEMBERED), "lately": columns.time(now - LATELY)}
        for row in self._connection.rows(_LINES, **span):
            pages[row["source"]] = (row["had"], row["failed"], row["had_before"], row["before"])
            times = sorted(json.loads(row["news"]))
            news[row["source"]] = [columns.read_time(each) for each in times]
        return tuple(
            History(
                slug=state.source.slug,
                news=news.get(state.source.slug, ()),
                last_success_at=state.last_success_at,
                failures=state.failures,
                error=state.error,
                gone=state.gone,
                lately=pages.get(state.source.slug, (0, 0, 0, 0))[:2],
                before=pages.get(state.source.slug, (0, 0, 0, 0))[2:],
            )
            for state in self._sources.list()
        )


_LINES = """
    SELECT source,
        sum(iif(opened_at >= :lately, fetched, 0)) AS had,
        sum(iif(opened_at >= :lately, failed, 0)) AS failed,
        sum(iif(opened_at < :lately, fetched, 0)) AS had_before,
        sum(iif(opened_at < :lately, failed, 0)) AS before,
        json_group_array(opened_at) FILTER (WHERE new > 0) AS news
    FROM ledger_line JOIN round ON round.id = ledger_line.round
    WHERE opened_at >= :since GROUP BY source
"""
