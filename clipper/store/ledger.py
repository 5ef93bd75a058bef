"""The ledger: what each round did at each source."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from ..errors import NotFound
from ..model import LedgerLine
from . import columns
from .connection import Connection
from .values import Round

_NUMBERS = ("seen", "new", "fetched", "matched", "queued", "failed", "walled")


class Ledger:
    """The tables `round` and `ledger_line`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def open(self, now: datetime) -> int:
        """Begin a round; its id."""
        return self._connection.run(
            "INSERT INTO round (opened_at) VALUES (:at)", at=columns.time(now)
        )

    def line(self, round: int, line: LedgerLine) -> None:  # noqa: A002
        """Keep what the round did at a source; a later line of that source replaces it."""
        self._connection.run(
            """
            INSERT OR REPLACE INTO ledger_line (round, source, outlet, looked, unchanged,
                seen, new, fetched, matched, queued, failed, walled, dropped, error, notes)
            VALUES (:round, :source, :outlet, :looked, :unchanged,
                :seen, :new, :fetched, :matched, :queued, :failed, :walled,
                :dropped, :error, :notes)
            """,
            round=round,
            source=line.source,
            outlet=line.outlet,
            looked=line.looked,
            unchanged=line.unchanged,
            dropped=columns.json_pairs(line.dropped),
            error=line.error,
            notes=columns.json_texts(line.notes),
            **{name: getattr(line, name) for name in _NUMBERS},
        )

    def close(self, round: int, now: datetime) -> None:  # noqa: A002
        """End a round."""
        self._connection.run(
            "UPDATE round SET closed_at = :at WHERE id = :id", id=round, at=columns.time(now)
        )

    def get(self, round: int) -> Round:  # noqa: A002
        """The round with its lines, by outlet and source; NotFound when there is none."""
        row = self._connection.row("SELECT * FROM round WHERE id = :id", id=round)
        if row is None:
            raise NotFound(f"There is no round {round}.")
        lines = self._connection.rows(
            "SELECT * FROM ledger_line WHERE round = :id ORDER BY outlet, source", id=round
        )
        return Round(
            id=row["id"],
            opened_at=columns.read_time(row["opened_at"]),
            closed_at=columns.read_time_or_none(row["closed_at"]),
            lines=tuple(map(_line, lines)),
        )

    def last(self) -> Round | None:
        """The latest round, None before the first."""
        latest = self._connection.value("SELECT max(id) FROM round")
        return None if latest is None else self.get(latest)


def _line(row: sqlite3.Row) -> LedgerLine:
    return LedgerLine(
        source=row["source"],
        outlet=row["outlet"],
        looked=bool(row["looked"]),
        unchanged=bool(row["unchanged"]),
        dropped=json.loads(row["dropped"]),
        error=row["error"],
        notes=columns.texts(row["notes"]),
        **{name: row[name] for name in _NUMBERS},
    )
