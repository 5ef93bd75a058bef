"""Tombstones: captures that were removed from the archive on purpose, by whom, when and why.

A tombstone is kept before anything is removed, and done when the file was rewritten: what a
kill left between is ended at the next start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model import Snapshot, Status
from . import columns
from .connection import Connection
from .snapshots import SnapshotRow

SCHEMA: Final = """
CREATE TABLE tombstone (
    snapshot INTEGER PRIMARY KEY REFERENCES snapshot(id),
    asked_at TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    why TEXT NOT NULL,
    done_at TEXT
) STRICT;
CREATE INDEX tombstone_open ON tombstone(snapshot) WHERE done_at IS NULL;
CREATE INDEX look_snapshot ON look(snapshot) WHERE snapshot IS NOT NULL;
"""

_OF: Final = """
    SELECT id AS article, snapshot FROM article WHERE snapshot IS NOT NULL
    UNION SELECT article, snapshot FROM article_version WHERE snapshot IS NOT NULL
    UNION SELECT article, snapshot FROM look WHERE snapshot IS NOT NULL AND article IS NOT NULL
"""
"""Which captures an article has."""

_PLACE: Final = 'file, "offset", length, digest, url, captured_at'

_STANDING: Final = "NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.snapshot = snapshot.id)"


@dataclass(frozen=True, slots=True)
class Held:
    """A capture that stands in the archive: its row's id, and where it is."""

    id: int
    snapshot: Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """A capture that is to be removed, or was: `done_at` is None as long as it was not."""

    id: int
    snapshot: Snapshot
    who: str
    why: str
    asked_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bereft:
    """A clipping that loses captures; `left` is how many of its article stay."""

    clipping: int
    title: str
    status: Status
    lost: int
    left: int


class Tombstones:
    """The table `tombstone`; its rows stay for good."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of_articles(self, articles: Sequence[int]) -> tuple[Held, ...]:
        """The captures of these articles, looks of before the store named their pages too:
        those of the same addresses."""
        return self._held(
            f"""
            WITH own AS (SELECT snapshot FROM ({_OF}) WHERE article IN
                (SELECT value FROM json_each(:articles)))
            SELECT snapshot.id, {_PLACE} FROM snapshot
            WHERE {_STANDING} AND (id IN (SELECT snapshot FROM own)
                OR url IN (SELECT url FROM snapshot WHERE id IN (SELECT snapshot FROM own)))
            ORDER BY file, "offset"
            """,  # noqa: S608
            articles=columns.as_json(list(articles)),
        )

    def of_outlet(self, outlet: str, before: datetime) -> tuple[Held, ...]:
        """The captures of an outlet's articles that were made before a time."""
        return self._held(
            f"""
            WITH own AS (SELECT had.snapshot FROM ({_OF}) AS had JOIN article ON
                article.id = had.article WHERE article.outlet = :outlet)
            SELECT snapshot.id, {_PLACE} FROM snapshot
            WHERE {_STANDING} AND captured_at < :before AND (id IN (SELECT snapshot FROM own)
                OR url IN (SELECT url FROM snapshot WHERE id IN (SELECT snapshot FROM own)))
            ORDER BY file, "offset"
            """,  # noqa: S608
            outlet=outlet,
            before=columns.time(before),
        )

    def of_article(self, article: int) -> Tombstone | None:
        """The tombstone of an article's newest capture; None when that stands, and without any."""
        row = self._connection.row(
            f"""
            SELECT tombstone.*, {_PLACE} FROM (
                SELECT snapshot FROM article WHERE id = :article
                UNION SELECT snapshot FROM article_version WHERE article = :article
                UNION SELECT snapshot FROM look WHERE article = :article
            ) AS had JOIN snapshot ON snapshot.id = had.snapshot
            LEFT JOIN tombstone ON tombstone.snapshot = snapshot.id
            ORDER BY captured_at DESC, snapshot.id DESC LIMIT 1
            """,  # noqa: S608
            article=article,
        )
        return None if row is None or row["asked_at"] is None else _tombstone(row)

    def repeats(self, ids: Sequence[int]) -> tuple[Held, ...]:
        """All other captures of the same pages, byte for byte: one may stand for the other."""
        return self._held(
            f"""
            SELECT snapshot.id, {_PLACE} FROM snapshot
            WHERE {_STANDING} AND digest IN (SELECT digest FROM snapshot
                WHERE id IN (SELECT value FROM json_each(:ids)))
            AND id NOT IN (SELECT value FROM json_each(:ids))
            ORDER BY file, "offset"
            """,  # noqa: S608
            ids=columns.as_json(list(ids)),
        )

    def bereft(self, ids: Sequence[int]) -> tuple[Bereft, ...]:
        """The clippings whose articles have one of these captures."""
        rows = self._connection.rows(
            f"""
            SELECT clipping.id, clipping.status,
                coalesce(nullif(clipping.headline, ''), article.title) AS title,
                sum(had.snapshot IN (SELECT value FROM json_each(:ids))) AS lost,
                sum(had.snapshot NOT IN (SELECT value FROM json_each(:ids))
                    AND NOT EXISTS (SELECT 1 FROM tombstone
                        WHERE tombstone.snapshot = had.snapshot)) AS remaining
            FROM clipping JOIN article ON article.id = clipping.article
            JOIN ({_OF}) AS had ON had.article = article.id
            GROUP BY clipping.id HAVING lost > 0 ORDER BY clipping.id
            """,  # noqa: S608
            ids=columns.as_json(list(ids)),
        )
        return tuple(
            Bereft(row["id"], row["title"], Status(row["status"]), row["lost"], row["remaining"])
            for row in rows
        )

    def ask(self, ids: Iterable[int], who: str, why: str, now: datetime) -> None:
        """Keep that these captures are to be removed, all or none."""
        with self._connection.transaction():
            for each in ids:
                self._connection.run(
                    """
                    INSERT INTO tombstone (snapshot, asked_at, asked_by, why)
                    VALUES (:snapshot, :now, :who, :why) ON CONFLICT (snapshot) DO NOTHING
                    """,
                    snapshot=each,
                    now=columns.time(now),
                    who=who,
                    why=why,
                )

    def done(self, lengths: Iterable[tuple[int, int]], now: datetime) -> None:
        """Keep that captures were removed, and how long the record in their place is."""
        with self._connection.transaction():
            for number, length in lengths:
                self._connection.run(
                    "UPDATE snapshot SET length = :length WHERE id = :id", id=number, length=length
                )
                self._connection.run(
                    "UPDATE tombstone SET done_at = :now WHERE snapshot = :id AND done_at IS NULL",
                    id=number,
                    now=columns.time(now),
                )

    def open(self) -> tuple[Tombstone, ...]:
        """What is asked for and not done, in the order of the archive."""
        rows = self._connection.rows(
            f"""
            SELECT tombstone.*, {_PLACE} FROM tombstone
            JOIN snapshot ON snapshot.id = tombstone.snapshot
            WHERE done_at IS NULL ORDER BY file, "offset"
            """  # noqa: S608
        )
        return tuple(map(_tombstone, rows))

    def _held(self, statement: str, **values: object) -> tuple[Held, ...]:
        rows = self._connection.rows(statement, **values)
        return tuple(Held(row["id"], _snapshot(row)) for row in rows)


def _tombstone(row: sqlite3.Row) -> Tombstone:
    return Tombstone(
        id=row["snapshot"],
        snapshot=_snapshot(row),
        who=row["asked_by"],
        why=row["why"],
        asked_at=columns.read_time(row["asked_at"]),
        done_at=columns.read_time_or_none(row["done_at"]),
    )


def _snapshot(row: sqlite3.Row) -> Snapshot:
    names = ("file", "offset", "length", "digest", "url", "captured_at")
    return SnapshotRow(*(row[name] for name in names)).snapshot()
