"""Captures: which text of an article was read from which archived page, in rounds and later."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ..model import Snapshot, Status
from . import columns
from .articles import SNAPSHOT_COLUMNS
from .connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One text of an article and the archived page that it was read from.

    `number` counts an article's captures from 1, the oldest first. `version` is that of the
    article, 0 for a page that was looked at again after publication; that one's title and
    text are empty when it could not be read. `snapshot` is None for words that came from
    the feed alone. `replaced_at` is None for the text that stands. `preceding` is where the
    record known before it ends in its file.
    """

    article: int
    version: int
    title: str
    text: str
    fetched_at: datetime
    replaced_at: datetime | None
    snapshot: Snapshot | None
    preceding: int = 0
    number: int = 0

    @property
    def is_look(self) -> bool:
        """Whether the page was looked at again after its clipping was published."""
        return not self.version


_TEXTS: Final = """
    SELECT id AS article, version, title, text, fetched_at, NULL AS replaced_at, snapshot
    FROM article
    UNION ALL
    SELECT article, version, title, text, fetched_at, replaced_at, snapshot
    FROM article_version
    UNION ALL
    SELECT article, 0 AS version, title, text, looked_at AS fetched_at, NULL AS replaced_at,
        snapshot
    FROM look WHERE snapshot IS NOT NULL
"""

_SELECT: Final = f"""
    SELECT had.*, {SNAPSHOT_COLUMNS},
        (SELECT before."offset" + before.length FROM snapshot AS before
         WHERE before.file = snapshot.file AND before."offset" < snapshot."offset"
         ORDER BY before."offset" DESC LIMIT 1) AS preceding
    FROM ({_TEXTS}) AS had
"""  # noqa: S608


class Captures:
    """Captures by article and by clipping; nothing here writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_article(self, article: int) -> tuple[Capture, ...]:
        """All texts of an article that were kept, and the pages that were looked at again
        later, the oldest first; empty for none."""
        rows = self._connection.rows(
            f"""
            {_SELECT} LEFT JOIN snapshot ON snapshot.id = had.snapshot
            WHERE had.article = :article
            ORDER BY had.fetched_at, had.version = 0, had.version, snapshot.id
            """,
            article=article,
        )
        return tuple(replace(_capture(row), number=n) for n, row in enumerate(rows, 1))

    def of_clippings(
        self,
        statuses: Sequence[Status],
        campaign: str = "",
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Capture]:
        """The archived pages of the clippings in one of `statuses`, in the archive's order.

        `campaign` is a tag, empty for all; captured at or after `since`, and before `until`.
        """
        last = ("", -1)
        while rows := self._connection.rows(
            f"""
            {_SELECT} JOIN snapshot ON snapshot.id = had.snapshot
            WHERE had.article IN (
                SELECT article FROM clipping
                WHERE status IN (SELECT value FROM json_each(:statuses))
                AND (:campaign = '' OR EXISTS (
                    SELECT 1 FROM clipping_tag WHERE clipping_tag.clipping = clipping.id
                    AND tag = :campaign AND removed = 0)))
            AND snapshot.captured_at >= :since AND snapshot.captured_at < :until
            AND (snapshot.file, snapshot."offset") > (:file, :offset)
            GROUP BY snapshot.id ORDER BY snapshot.file, snapshot."offset" LIMIT 200
            """,  # noqa: S608
            statuses=columns.json_texts(status.value for status in statuses),
            campaign=campaign,
            since="" if since is None else columns.time(since),
            until="9" if until is None else columns.time(until),
            file=last[0],
            offset=last[1],
        ):
            yield from map(_capture, rows)
            last = (rows[-1]["file"], rows[-1]["offset"])


def _capture(row: sqlite3.Row) -> Capture:
    snapshot = None
    if row["file"] is not None:
        snapshot = Snapshot(
            file=row["file"],
            offset=row["offset"],
            length=row["length"],
            digest=row["digest"],
            url=row["snapshot_url"],
            captured_at=columns.read_time(row["captured_at"]),
        )
    return Capture(
        article=row["article"],
        version=row["version"],
        title=row["title"],
        text=row["text"],
        fetched_at=columns.read_time(row["fetched_at"]),
        replaced_at=columns.read_time_or_none(row["replaced_at"]),
        snapshot=snapshot,
        preceding=row["preceding"] or 0,
    )
