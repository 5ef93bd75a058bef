"""What was about to be sent, and what stands published."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from ..model import Receipt, Update
from . import columns
from .connection import Connection
from .values import Intent


class Updates:
    """The table `intent`: written before anything is sent, so that a kill leaves a trace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def intend(self, publisher: str, updates: Iterable[Update], now: datetime) -> None:
        """Keep that these updates are about to be sent."""
        self._connection.many(
            """
            INSERT OR REPLACE INTO intent (publisher, key, revision, intended_at)
            VALUES (:publisher, :key, :revision, :at)
            """,
            [
                {
                    "publisher": publisher,
                    "key": update.key,
                    "revision": update.revision,
                    "at": columns.time(now),
                }
                for update in updates
            ],
        )

    def unconfirmed(self, publisher: str) -> tuple[Intent, ...]:
        """What was about to be sent and has no receipt: look there before sending again."""
        rows = self._connection.rows(
            "SELECT * FROM intent WHERE publisher = :publisher ORDER BY key", publisher=publisher
        )
        return tuple(
            Intent(
                publisher=row["publisher"],
                key=row["key"],
                revision=row["revision"],
                intended_at=columns.read_time(row["intended_at"]),
            )
            for row in rows
        )

    def standing(self, publisher: str) -> tuple[Receipt, ...]:
        """What stands published there: the latest receipt of each key."""
        rows = self._connection.rows(
            "SELECT * FROM receipt WHERE publisher = :publisher ORDER BY key", publisher=publisher
        )
        return tuple(
            Receipt(
                publisher=row["publisher"],
                key=row["key"],
                revision=row["revision"],
                where=row["where"],
                sent_at=columns.read_time(row["sent_at"]),
            )
            for row in rows
        )


class Receipts:
    """The table `receipt`: a publisher's proofs, one a key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, publisher: str, receipts: Iterable[Receipt]) -> None:
        """Keep a publisher's receipts; the intents that they answer are done."""
        rows = [
            {
                "publisher": publisher,
                "key": receipt.key,
                "revision": receipt.revision,
                "where": receipt.where,
                "at": columns.time(receipt.sent_at),
            }
            for receipt in receipts
        ]
        with self._connection.transaction():
            self._connection.many(
                """
                INSERT OR REPLACE INTO receipt (publisher, key, revision, "where", sent_at)
                VALUES (:publisher, :key, :revision, :where, :at)
                """,
                rows,
            )
            self._connection.many(
                """
                DELETE FROM intent WHERE publisher = :publisher AND key = :key
                    AND revision = :revision
                """,
                rows,
            )

    def withdraw(self, publisher: str, keys: Iterable[str]) -> None:
        """Forget what no longer stands there."""
        rows = [{"publisher": publisher, "key": key} for key in keys]
        with self._connection.transaction():
            for table in ("receipt", "intent"):
                self._connection.many(
                    f"DELETE FROM {table} WHERE publisher = :publisher AND key = :key",  # noqa: S608
                    rows,
                )

    def list(self, publisher: str) -> tuple[Receipt, ...]:
        """The latest receipt of each key that stands at a publisher's place, by key."""
        return Updates(self._connection).standing(publisher)
