"""Pulses: how each source publishes, as far as was seen, and why it is looked at when it is."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ..model import Pulse, Why
from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE pulse (
    source TEXT PRIMARY KEY REFERENCES source(slug),
    pace REAL NOT NULL,
    listed INTEGER NOT NULL,
    trouble REAL NOT NULL,
    counts TEXT NOT NULL,
    weeks REAL NOT NULL,
    watched_until TEXT,
    newest_at TEXT,
    pause REAL NOT NULL,
    why TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

DATES: Final = """
ALTER TABLE pulse ADD COLUMN claimed_at TEXT;
ALTER TABLE pulse ADD COLUMN moved_at TEXT;
ALTER TABLE pulse ADD COLUMN stalled INTEGER NOT NULL DEFAULT 0;
"""


class Pulses:
    """The table `pulse`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, source: str) -> Pulse:
        """What is known of a source's rhythm; an empty pulse before its first look."""
        row = self._connection.row("SELECT * FROM pulse WHERE source = :source", source=source)
        return Pulse() if row is None else _pulse(row)

    def list(self) -> Mapping[str, Pulse]:
        """All pulses by their source's slug."""
        rows = self._connection.rows("SELECT * FROM pulse")
        return {row["source"]: _pulse(row) for row in rows}

    def note(self, source: str, pulse: Pulse, due_at: datetime) -> None:
        """Keep a source's pulse, and when it is looked at next."""
        with self._connection.transaction():
            self._connection.run(
                """
                INSERT OR REPLACE INTO pulse (source, pace, listed, trouble, counts, weeks,
                    watched_until, newest_at, claimed_at, moved_at, stalled, pause, why)
                VALUES (:source, :pace, :listed, :trouble, :counts, :weeks,
                    :watched_until, :newest_at, :claimed_at, :moved_at, :stalled, :pause, :why)
                """,
                source=source,
                pace=pulse.pace,
                listed=pulse.listed,
                trouble=pulse.trouble,
                counts=json.dumps(pulse.counts),
                weeks=pulse.weeks,
                watched_until=columns.time_or_none(pulse.watched_until),
                newest_at=columns.time_or_none(pulse.newest_at),
                claimed_at=columns.time_or_none(pulse.claimed_at),
                moved_at=columns.time_or_none(pulse.moved_at),
                stalled=pulse.stalled,
                pause=pulse.pause,
                why=pulse.why.value,
            )
            self._connection.run(
                "UPDATE source SET due_at = :due_at WHERE slug = :source",
                due_at=columns.time(due_at),
                source=source,
            )


def _pulse(row: sqlite3.Row) -> Pulse:
    return Pulse(
        pace=row["pace"],
        listed=row["listed"],
        trouble=row["trouble"],
        counts=tuple(json.loads(row["counts"])),
        weeks=row["weeks"],
        watched_until=columns.read_time_or_none(row["watched_until"]),
        newest_at=columns.read_time_or_none(row["newest_at"]),
        claimed_at=columns.read_time_or_none(row["claimed_at"]),
        moved_at=columns.read_time_or_none(row["moved_at"]),
        stalled=row["stalled"],
        pause=row["pause"],
        why=Why(row["why"]),
    )
