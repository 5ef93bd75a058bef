"""What came of what: sources from new entries to approved stories, campaigns by status."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model import Status
from . import columns
from .connection import Connection


@dataclass(frozen=True, slots=True)
class Yield:
    """Of a source, since some time: entries that were new, those that matched, and the
    clippings that credit one of its articles and were approved or published."""

    new: int = 0
    matched: int = 0
    approved: int = 0


class Yields:
    """Sums over the ledger and the clippings; nothing here writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_sources(self, since: datetime) -> Mapping[str, Yield]:
        """The yield of each source, by slug, in the rounds and decisions since then."""
        found: dict[str, Yield] = {}
        for row in self._connection.rows(_LEDGER, since=columns.time(since)):
            found[row["source"]] = Yield(new=row["new"], matched=row["matched"])
        for row in self._connection.rows(_APPROVED, since=columns.time(since)):
            known = found.get(row["source"], Yield())
            found[row["source"]] = Yield(known.new, known.matched, row["approved"])
        return found

    def of_campaigns(self, slugs: Iterable[str]) -> Mapping[str, Mapping[Status, int]]:
        """How many clippings with each of these tags stand in which status."""
        asked = list(slugs)
        found: dict[str, dict[Status, int]] = {slug: dict.fromkeys(Status, 0) for slug in asked}
        for row in self._connection.rows(_BY_STATUS, slugs=columns.json_texts(asked)):
            found[row["tag"]][Status(row["status"])] = row["number"]
        return found


_LEDGER = """
    SELECT source, sum(new) AS new, sum(matched) AS matched FROM ledger_line
    WHERE round >= (SELECT min(id) FROM round WHERE opened_at >= :since) GROUP BY source
"""

_APPROVED = """
    SELECT entry.source, count(DISTINCT clipping.id) AS approved
    FROM clipping JOIN entry ON entry.article = clipping.article
    WHERE clipping.status IN ('approved', 'published') AND clipping.decided_at >= :since
    GROUP BY entry.source
"""

_BY_STATUS = """
    SELECT value AS tag, status, number FROM tally
    WHERE kind = 'tag' AND value IN (SELECT value FROM json_each(:slugs))
"""
