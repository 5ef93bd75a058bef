"""What two sources of one outlet listed alike: the counts for an estimate of recall."""

from __future__ import annotations

from datetime import datetime

from ..recall import Overlap
from . import columns
from .connection import Connection

_PAIRS = """
    WITH watched AS (
        SELECT source.slug, source.outlet,
            max(:since, (SELECT min(first_seen_at) FROM entry WHERE entry.source = source.slug))
                AS since
        FROM source WHERE active = 1
            AND EXISTS (SELECT 1 FROM entry WHERE entry.source = source.slug)
    ), pair AS (
        SELECT one.outlet, one.slug AS first, other.slug AS second,
            max(one.since, other.since) AS since
        FROM watched AS one JOIN watched AS other
            ON other.outlet = one.outlet AND other.slug > one.slug
    ), listed AS (
        SELECT pair.outlet, pair.first, pair.second, entry.url_key,
            max(entry.source = pair.first) AS by_first,
            max(entry.source = pair.second) AS by_second
        FROM pair JOIN entry ON entry.source IN (pair.first, pair.second)
        WHERE entry.url_key <> ''
            AND coalesce(entry.published_at, entry.first_seen_at) > pair.since
        GROUP BY pair.outlet, pair.first, pair.second, entry.url_key
    )
    SELECT outlet, first, second, sum(by_first) AS by_first, sum(by_second) AS by_second,
        sum(by_first AND by_second) AS by_both
    FROM listed GROUP BY outlet, first, second ORDER BY outlet, first, second
"""
# Only what was published after both were first looked at: what a feed held on its first day
# the other route may never have had the chance to list.


class Overlaps:
    """Counts over the table `entry`; nothing here writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, moment: datetime) -> tuple[Overlap, ...]:
        """For each two sources of one outlet, what they listed of the stories since then."""
        rows = self._connection.rows(_PAIRS, since=columns.time(moment))
        return tuple(
            Overlap(
                outlet=row["outlet"],
                first=row["first"],
                second=row["second"],
                by_first=row["by_first"],
                by_second=row["by_second"],
                by_both=row["by_both"],
            )
            for row in rows
        )
