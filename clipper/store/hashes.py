"""Which articles hold a hash: the index behind the look-up for near-copies.

A hash is random, so each new one lands on a page of its own: written straight into the
index of a week, a batch of a hundred articles rewrote nearly all of that week's pages
(measured: 260 KB of log an article). So there are three tables, each filled from the one
before in the order of the hashes, a slice at a time, which touches few pages:

    fresh_fingerprint   the newest few thousand articles
    fingerprint         by week of arrival, for as many weeks as look-ups reach back
    anchor              one hash in eight, of whatever age: finds whole copies for good
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from .connection import Connection

TABLES = """
CREATE TABLE fresh_fingerprint (
    fp INTEGER NOT NULL,
    article INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    PRIMARY KEY (fp, article)
) STRICT, WITHOUT ROWID;

CREATE TABLE fingerprint (
    bucket INTEGER NOT NULL,
    fp INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (bucket, fp, article)
) STRICT, WITHOUT ROWID;

CREATE TABLE anchor (
    fp INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (fp, article)
) STRICT, WITHOUT ROWID;
"""

_WEEK = 7 * 24 * 3600
_WINDOW = timedelta(days=14)

_MAX_ANCHORS = 40
_ANCHOR_EVERY = 8

KEPT_WEEKS = 4
"""Weeks that stay in the index. Counted by what is there and not by the clock, so that a
clock set forward drops nothing."""

_MAX_WEEKS = 8
_TIDY_EVERY = 100
FRESH_ROWS = 128_000
MOVED_AT_ONCE = 12_800
_ENDLESS = 2**62


class Hashes:
    """The tables `fresh_fingerprint`, `fingerprint` and `anchor`.

    More than `fresh_rows` are moved on, `at_once` in one `tidy` (two hundred articles'):
    twice what arrives between two of them.
    """

    def __init__(
        self, connection: Connection, *, fresh_rows: int = FRESH_ROWS, at_once: int = MOVED_AT_ONCE
    ) -> None:
        self._connection = connection
        self._fresh_rows = fresh_rows
        self._at_once = at_once
        self._kept = 0
        self._moved_until = 0

    def postings(self, hashes: Iterable[int], seen_at: datetime, limit: int) -> dict[int, str]:
        """For each hash the articles that have it, newest first, as `17,12,3`; "" for none.

        Those of the last 14 days before `seen_at`, of one hash in eight those of any age: at
        most `limit` fresh ones, as many from the weeks, and a few older ones. As text, because
        most hashes of a copy have one and the same list: the caller reads it once.
        """
        wanted = list(hashes)
        if not wanted:
            return {}
        recent = [fp for fp in wanted if fp % _ANCHOR_EVERY]
        anchored = [fp for fp in wanted if not fp % _ANCHOR_EVERY]
        oldest, newest = _week(seen_at - _WINDOW), _week(seen_at)
        # One week ahead: a clock that was set back finds what it wrote before.
        window = range(oldest, newest + 2)
        found = self._in_weeks(recent, window, oldest, limit) | self._in_weeks(
            anchored, sorted({*self._weeks(), *window}), -_ENDLESS, limit
        )
        return found | self._with_anchors(anchored, found)

    def keep(self, article: int, hashes: Sequence[int], seen_at: datetime) -> None:
        """Have these hashes lead to the article; now and then, move older ones on."""
        week = _week(seen_at)
        self._connection.many(
            "INSERT OR IGNORE INTO fresh_fingerprint (fp, article, bucket) "
            "VALUES (:fp, :article, :week)",
            [{"fp": fp, "article": article, "week": week} for fp in hashes],
        )
        if self._kept % _TIDY_EVERY == 0:
            self.tidy()
        self._kept += 1

    def tidy(self) -> None:
        """Move a slice of the fresh hashes into their weeks, and one of the oldest week out.

        A slice at a time, so that no transaction waits long for it.
        """
        fresh = self._connection.value("SELECT count(*) FROM fresh_fingerprint")
        if fresh > self._fresh_rows:
            self._file()
        rows = self._at_once
        while rows > 0 and len(weeks := self._weeks()) > KEPT_WEEKS:
            rows -= self._retire(weeks[0], rows)

    # ------------------------------------------------------------ looking up

    def _in_weeks(
        self, hashes: list[int], weeks: Sequence[int], oldest: int, limit: int
    ) -> dict[int, str]:
        if not hashes:
            return {}
        named = list(weeks)[-_MAX_WEEKS:]
        # SQLite drops doubles from the list, so the statement can have one form.
        padded = named + named[-1:] * (_MAX_WEEKS - len(named))
        rows = self._connection.rows(
            _IN_WEEKS,
            hashes=json.dumps(hashes),
            oldest=oldest,
            limit=limit,
            **{f"week{n}": week for n, week in enumerate(padded)},
        )
        return {fp: ",".join(filter(None, (fresh, filed))) for fp, fresh, filed in rows}

    def _with_anchors(self, hashes: list[int], found: dict[int, str]) -> dict[int, str]:
        if not hashes:
            return {}
        rows = self._connection.rows(_ANCHORED, hashes=json.dumps(hashes), limit=_MAX_ANCHORS)
        return {fp: _joined(found[fp], articles) for fp, articles in rows if articles}

    def _weeks(self) -> list[int]:
        return [row[0] for row in self._connection.rows(_WEEKS)]

    # ------------------------------------------------------------ moving on

    def _file(self) -> None:
        """Move the next slice of fresh hashes, in their order, into their weeks."""
        start = self._moved_until
        last = self._connection.value(_NTH_FRESH, start=start, nth=self._at_once)
        end = _ENDLESS if last is None else last
        self._connection.run(_FILE, start=start, last=end)
        self._connection.run(
            "DELETE FROM fresh_fingerprint WHERE fp >= :start AND fp <= :last",
            start=start,
            last=end,
        )
        self._moved_until = 0 if last is None else last + 1

    def _retire(self, week: int, rows: int) -> int:
        """Move the next slice out of a week, its anchors kept; how many rows went: one at
        least."""
        last = self._connection.value(_NTH_FILED, week=week, nth=rows)
        end = _ENDLESS if last is None else last
        self._connection.run(_ANCHOR, week=week, last=end, every=_ANCHOR_EVERY)
        went: int = self._connection.value(_COUNT_FILED, week=week, last=end)
        self._connection.run(_RETIRE, week=week, last=end)
        return went


_NAMED_WEEKS = ", ".join(f":week{n}" for n in range(_MAX_WEEKS))
_IN_WEEKS = f"""
SELECT wanted.value,
       (SELECT group_concat(article) FROM (
            SELECT article FROM fresh_fingerprint
            WHERE fp = wanted.value AND bucket >= :oldest
            ORDER BY article DESC LIMIT :limit)),
       (SELECT group_concat(article) FROM (
            SELECT article FROM fingerprint
            WHERE fp = wanted.value AND bucket IN ({_NAMED_WEEKS})
            ORDER BY bucket DESC, article DESC LIMIT :limit))
FROM json_each(:hashes) AS wanted
"""  # noqa: S608

_ANCHORED = """
SELECT wanted.value,
       (SELECT group_concat(article) FROM (
            SELECT article FROM anchor WHERE fp = wanted.value
            ORDER BY article DESC LIMIT :limit))
FROM json_each(:hashes) AS wanted
"""

_WEEKS = """
WITH RECURSIVE week(bucket) AS (
    SELECT min(bucket) FROM fingerprint
    UNION ALL
    SELECT (SELECT min(bucket) FROM fingerprint WHERE bucket > week.bucket)
    FROM week WHERE week.bucket IS NOT NULL
)
SELECT bucket FROM week WHERE bucket IS NOT NULL
"""

# A slice ends with the last row of a hash, never among them: standing text has one hash in
# more articles than a slice has rows, and a slice that ended before it would be empty for ever.
_NTH_FRESH = (
    "SELECT fp FROM fresh_fingerprint WHERE fp >= :start ORDER BY fp LIMIT 1 OFFSET :nth - 1"
)
_FILE = """
INSERT OR IGNORE INTO fingerprint (bucket, fp, article)
SELECT bucket, fp, article FROM fresh_fingerprint WHERE fp >= :start AND fp <= :last
ORDER BY bucket, fp, article
"""

_NTH_FILED = "SELECT fp FROM fingerprint WHERE bucket = :week ORDER BY fp LIMIT 1 OFFSET :nth - 1"
_ANCHOR = """
INSERT OR IGNORE INTO anchor (fp, article)
SELECT fp, article FROM fingerprint
WHERE bucket = :week AND fp <= :last AND fp % :every = 0 ORDER BY fp, article
"""
_COUNT_FILED = "SELECT count(*) FROM fingerprint WHERE bucket = :week AND fp <= :last"
_RETIRE = "DELETE FROM fingerprint WHERE bucket = :week AND fp <= :last"


def _week(at: datetime) -> int:
    return int(at.timestamp() // _WEEK)


def _joined(recent: str, anchored: str) -> str:
    if not recent:
        return anchored
    return ",".join(dict.fromkeys([*recent.split(","), *anchored.split(",")]))
