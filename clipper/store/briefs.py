"""Briefs: what was put at the top, what was sent to whom, and what may have been."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE brief_pick (
    clipping INTEGER PRIMARY KEY REFERENCES clipping(id),
    why TEXT NOT NULL,
    picked_by TEXT NOT NULL,
    picked_at TEXT NOT NULL
) STRICT;

CREATE TABLE brief_sending (
    day TEXT NOT NULL,
    recipient TEXT NOT NULL,
    number TEXT NOT NULL,
    clippings TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'refused')),
    reason TEXT NOT NULL DEFAULT '',
    intended_at TEXT NOT NULL,
    ended_at TEXT,
    PRIMARY KEY (day, recipient)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BriefSending:
    """One brief to one recipient. `day` is an ISO date. A state `intended` that is left over
    is a doubt: it may have been sent."""

    day: str
    recipient: str
    number: str
    clippings: tuple[int, ...]
    state: str
    reason: str
    intended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """An update that was changed or taken down after it had been sent."""

    clipping: int
    withdrawn: bool


class Briefs:
    """The tables `brief_pick` and `brief_sending`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def pick(self, clipping: int, why: str, who: str, now: datetime) -> None:
        """Put a clipping at the top of the next brief, with a line of why; "" takes it off."""
        if not why:
            self._connection.run(
                "DELETE FROM brief_pick WHERE clipping = :clipping", clipping=clipping
            )
            return
        self._connection.run(
            """
            INSERT OR REPLACE INTO brief_pick (clipping, why, picked_by, picked_at)
            VALUES (:clipping, :why, :who, :now)
            """,
            clipping=clipping,
            why=why,
            who=who,
            now=columns.time(now),
        )

    def picks(self) -> Mapping[int, str]:
        """The line of why by clipping, the newest pick first."""
        rows = self._connection.rows("SELECT * FROM brief_pick ORDER BY picked_at DESC, clipping")
        return {row["clipping"]: row["why"] for row in rows}

    def get(self, day: str, recipient: str) -> BriefSending | None:
        """What became of a day's brief to a recipient, None when nothing was done."""
        row = self._connection.row(
            "SELECT * FROM brief_sending WHERE day = :day AND recipient = :recipient",
            day=day,
            recipient=recipient,
        )
        return None if row is None else _sending(row)

    def held(self, recipient: str) -> frozenset[int]:
        """The clippings of all briefs that the recipient got, or may have got."""
        rows = self._connection.rows(
            """
            SELECT DISTINCT value FROM brief_sending, json_each(brief_sending.clippings)
            WHERE recipient = :recipient AND state IN ('sent', 'intended')
            """,
            recipient=recipient,
        )
        return frozenset(row["value"] for row in rows)

    def last(self, recipient: str) -> str:
        """The day of the latest brief that the recipient got or may have got, "" for none."""
        found = self._connection.value(
            """
            SELECT max(day) FROM brief_sending
            WHERE recipient = :recipient AND state IN ('sent', 'intended')
            """,
            recipient=recipient,
        )
        return found or ""

    def doubts(self) -> tuple[BriefSending, ...]:
        """All that may have been sent, and nobody has settled, the oldest first."""
        rows = self._connection.rows(
            "SELECT * FROM brief_sending WHERE state = 'intended' ORDER BY day, recipient"
        )
        return tuple(map(_sending, rows))

    def intend(
        self, day: str, recipient: str, number: str, clippings: Iterable[int], now: datetime
    ) -> None:
        """Keep that a brief is about to be sent."""
        self._connection.run(
            """
            INSERT OR REPLACE INTO brief_sending
                (day, recipient, number, clippings, state, intended_at)
            VALUES (:day, :recipient, :number, :clippings, 'intended', :now)
            """,
            day=day,
            recipient=recipient,
            number=number,
            clippings=json.dumps(sorted(clippings)),
            now=columns.time(now),
        )

    def end(self, day: str, recipient: str, state: str, now: datetime, reason: str = "") -> None:
        """Keep what became of it: `sent`, `refused`, or still `intended` with a reason."""
        self._connection.run(
            """
            UPDATE brief_sending SET state = :state, reason = :reason, ended_at = :now
            WHERE day = :day AND recipient = :recipient
            """,
            day=day,
            recipient=recipient,
            state=state,
            reason=reason,
            now=columns.time(now),
        )

    def amended(self, since: datetime, until: datetime) -> tuple[Amended, ...]:
        """Updates that were changed or taken down after `since`, and until `until`.

        The latest act counts: what was taken down and put back is changed.
        """
        rows = self._connection.rows(
            """
            SELECT CAST(substr(key, 10) AS INTEGER) AS clipping, act = 'withdraw' AS withdrawn,
                max(id)
            FROM sending AS late
            WHERE key GLOB 'clipping-[0-9]*' AND sent_at > :since AND sent_at <= :until
                AND EXISTS (SELECT 1 FROM sending AS early WHERE early.key = late.key
                    AND early.publisher = late.publisher AND early.id < late.id)
            GROUP BY key ORDER BY clipping
            """,
            since=columns.time(since),
            until=columns.time(until),
        )
        return tuple(Amended(clipping=r["clipping"], withdrawn=bool(r["withdrawn"])) for r in rows)


def _sending(row: sqlite3.Row) -> BriefSending:
    return BriefSending(
        day=row["day"],
        recipient=row["recipient"],
        number=row["number"],
        clippings=tuple(json.loads(row["clippings"])),
        state=row["state"],
        reason=row["reason"],
        intended_at=columns.read_time(row["intended_at"]),
    )
