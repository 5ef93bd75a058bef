"""Which local days a daily job was done for."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE daily (
    job TEXT NOT NULL,
    day TEXT NOT NULL,
    done_at TEXT NOT NULL,
    PRIMARY KEY (job, day)
) STRICT, WITHOUT ROWID;
"""

MOST: Final = 400
"""Days that are kept of one job."""


class Daily:
    """The table `daily`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def days(self, job: str) -> frozenset[date]:
        """The local days that `job` was done for."""
        rows = self._connection.rows("SELECT day FROM daily WHERE job = :job", job=job)
        return frozenset(date.fromisoformat(row["day"]) for row in rows)

    def note(self, job: str, day: date, now: datetime) -> None:
        """Keep that `job` was done for `day`; noting it twice changes nothing."""
        with self._connection.transaction():
            self._connection.run(
                "INSERT OR IGNORE INTO daily (job, day, done_at) VALUES (:job, :day, :at)",
                job=job,
                day=day.isoformat(),
                at=columns.time(now),
            )
            self._connection.run(
                """
                DELETE FROM daily WHERE job = :job AND day NOT IN
                    (SELECT day FROM daily WHERE job = :job ORDER BY done_at DESC LIMIT :most)
                """,
                job=job,
                most=MOST,
            )
