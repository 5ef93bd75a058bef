"""Testimonies: what is asked of another archive for a clipping, and what it has proved."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE testimony (
    clipping INTEGER PRIMARY KEY REFERENCES clipping(id),
    url TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('waiting', 'submitted', 'claimed', 'proved', 'refused')),
    job TEXT NOT NULL,
    stamp TEXT NOT NULL,
    "where" TEXT NOT NULL,
    reason TEXT NOT NULL,
    tries INTEGER NOT NULL,
    asked_at TEXT,
    again_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX testimony_due ON testimony(again_at)
    WHERE state IN ('waiting', 'submitted', 'claimed');
"""


class State(StrEnum):
    """How far a testimony has come."""

    WAITING = "waiting"
    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    """The archive says that it has the page; its index does not list it yet."""
    PROVED = "proved"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """One clipping's page at another archive.

    `job` is the archive's name for our asking, `stamp` the capture's time as it writes it
    (14 digits), `where` the capture's address once it is proved. `asked_at` is when it was
    asked; with no `job` yet, the answer was lost. `reason` says what stood in the way last.
    """

    clipping: int
    url: str
    state: State
    again_at: datetime
    job: str = ""
    stamp: str = ""
    where: str = ""
    reason: str = ""
    tries: int = 0
    asked_at: datetime | None = None

    def to(self, state: State, **changes: Any) -> Self:
        """The same testimony in another state, or with other facts."""
        return replace(self, state=state, **changes)


class Testimonies:
    """The table `testimony`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def want(self, now: datetime) -> int:
        """Have a row for each published clipping that has none, save those whose pages were
        removed from our own archive on purpose; how many are new."""
        wanted = """
            FROM clipping JOIN article ON article.id = clipping.article
            WHERE clipping.status = 'published'
                AND clipping.id NOT IN (SELECT clipping FROM testimony)
                AND NOT EXISTS (SELECT 1 FROM tombstone
                    WHERE tombstone.snapshot = article.snapshot)
        """
        with self._connection.transaction():
            number = int(self._connection.value(f"SELECT count(*) {wanted}"))
            self._connection.run(
                f"""
                INSERT INTO testimony (clipping, url, state, job, stamp, "where", reason, tries,
                    again_at, changed_at)
                SELECT clipping.id, article.url, 'waiting', '', '', '', '', 0, :now, :now {wanted}
                """,
                now=columns.time(now),
            )
        return number

    def due(self, now: datetime) -> tuple[Testimony, ...]:
        """Those whose next step may be taken, the one that has waited longest first."""
        rows = self._connection.rows(
            """
            SELECT * FROM testimony WHERE state IN ('waiting', 'submitted', 'claimed')
                AND again_at <= :now ORDER BY again_at, clipping
            """,
            now=columns.time(now),
        )
        return tuple(map(_testimony, rows))

    def asked_since(self, moment: datetime) -> int:
        """How many pages were submitted since then."""
        found = self._connection.value(
            "SELECT count(*) FROM testimony WHERE asked_at > :moment", moment=columns.time(moment)
        )
        return int(found)

    def list(self) -> tuple[Testimony, ...]:
        """All of them, by clipping."""
        return tuple(
            map(_testimony, self._connection.rows("SELECT * FROM testimony ORDER BY clipping"))
        )

    def of(self, clipping: int) -> Testimony | None:
        """A clipping's testimony, None when nothing was asked."""
        row = self._connection.row(
            "SELECT * FROM testimony WHERE clipping = :clipping", clipping=clipping
        )
        return None if row is None else _testimony(row)

    def change(self, to: Testimony, now: datetime) -> None:
        """Keep a testimony's new state."""
        self._connection.run(
            """
            UPDATE testimony SET state = :state, job = :job, stamp = :stamp, "where" = :where,
                reason = :reason, tries = :tries, asked_at = :asked_at, again_at = :again_at,
                changed_at = :now
            WHERE clipping = :clipping
            """,
            state=to.state.value,
            job=to.job,
            stamp=to.stamp,
            where=to.where,
            reason=to.reason,
            tries=to.tries,
            asked_at=columns.time_or_none(to.asked_at),
            again_at=columns.time(to.again_at),
            now=columns.time(now),
            clipping=to.clipping,
        )


def _testimony(row: sqlite3.Row) -> Testimony:
    return Testimony(
        clipping=row["clipping"],
        url=row["url"],
        state=State(row["state"]),
        again_at=columns.read_time(row["again_at"]),
        job=row["job"],
        stamp=row["stamp"],
        where=row["where"],
        reason=row["reason"],
        tries=row["tries"],
        asked_at=columns.read_time_or_none(row["asked_at"]),
    )
