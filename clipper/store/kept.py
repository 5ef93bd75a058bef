"""Small texts kept by name for a while: robots.txt and its like."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from . import columns
from .connection import Connection

A_DAY: Final = timedelta(days=1)


class Kept:
    """The table `kept`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def recall(self, name: str, now: datetime) -> str | None:
        """What is kept under `name`; None when nothing is, or its time is over.

        Kept in the future (the clock was set back since) counts as over.
        """
        found: str | None = self._connection.value(
            """
            SELECT value FROM kept
            WHERE name = :name AND expires_at > :now AND kept_at <= :now
            """,
            name=name,
            now=columns.time(now),
        )
        return found

    def remember(self, name: str, value: str, now: datetime, lasting: timedelta = A_DAY) -> None:
        """Keep `value` under `name` for `lasting`, and drop what is over."""
        with self._connection.transaction():
            self._connection.run("DELETE FROM kept WHERE expires_at <= :now", now=columns.time(now))
            self._connection.run(
                """
                INSERT OR REPLACE INTO kept (name, value, kept_at, expires_at)
                VALUES (:name, :value, :now, :expires_at)
                """,
                name=name,
                value=value,
                now=columns.time(now),
                expires_at=columns.time(now + lasting),
            )
