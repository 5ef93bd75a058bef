"""The outbox's memory: what was about to be sent, what stands published, what was sent when.

intend -> (send) -> save | note_failure
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..model import Receipt, Update
from . import columns
from .connection import Connection
from .values import Intent

SCHEMA: Final = """
ALTER TABLE intent ADD COLUMN act TEXT NOT NULL DEFAULT 'create';
ALTER TABLE intent ADD COLUMN doubt INTEGER NOT NULL DEFAULT 1;
ALTER TABLE intent ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intent ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE intent ADD COLUMN again_at TEXT;

ALTER TABLE receipt ADD COLUMN ref TEXT NOT NULL DEFAULT '';
ALTER TABLE receipt ADD COLUMN seal TEXT NOT NULL DEFAULT '';

CREATE TABLE sending (
    id INTEGER PRIMARY KEY,
    publisher TEXT NOT NULL,
    key TEXT NOT NULL,
    act TEXT NOT NULL,
    revision TEXT NOT NULL,
    "where" TEXT NOT NULL,
    sent_at TEXT NOT NULL
) STRICT;
CREATE INDEX sending_key ON sending(key, id);

CREATE TABLE house (
    name TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO house (name) VALUES (lower(hex(randomblob(16))));
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An act that was intended and has no receipt.

    `doubt`: it may have happened at the other end. `attempts` counts the tries that
    failed, `reason` is the last one's in words, `again_at` the earliest next try.
    """

    publisher: str
    key: str
    act: str
    revision: str
    intended_at: datetime
    doubt: bool
    attempts: int
    reason: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A receipt with what the outbox needs to know the thing again: the place's own
    reference, and the seal of it as it stood when it was sent."""

    receipt: Receipt
    ref: str
    seal: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """One act that succeeded: the record that stays when its receipt is gone."""

    publisher: str
    key: str
    act: str
    revision: str
    where: str
    sent_at: datetime


class Updates:
    """The table `intent`: written before anything is sent, so that a kill leaves a trace."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def intend(self, publisher: str, updates: Iterable[Update], now: datetime) -> None:
        """Keep that these updates are about to be sent."""
        self.begin(publisher, [(each.key, "create", each.revision) for each in updates], now)

    def begin(self, publisher: str, acts: Iterable[tuple[str, str, str]], now: datetime) -> None:
        """Keep that (key, act, revision) are about to be done; the count of tries goes on."""
        self._connection.many(
            """
            INSERT INTO intent (publisher, key, act, revision, intended_at, doubt)
            VALUES (:publisher, :key, :act, :revision, :at, 1)
            ON CONFLICT (publisher, key) DO UPDATE SET act = :act, revision = :revision,
                intended_at = :at, doubt = 1
            """,
            [
                {
                    "publisher": publisher,
                    "key": key,
                    "act": act,
                    "revision": revision,
                    "at": columns.time(now),
                }
                for key, act, revision in acts
            ],
        )

    def house(self) -> str:
        """This store's own name among others that publish to the same place; never changes."""
        return str(self._connection.value("SELECT name FROM house"))

    def note_failure(
        self, publisher: str, key: str, *, reason: str, doubt: bool, again_at: datetime | None
    ) -> None:
        """Keep why an intended act has not succeeded; it stays in the outbox."""
        self._connection.run(
            """
            UPDATE intent SET reason = :reason, doubt = :doubt, again_at = :again,
                attempts = attempts + 1
            WHERE publisher = :publisher AND key = :key
            """,
            publisher=publisher,
            key=key,
            reason=reason,
            doubt=doubt,
            again=columns.time_or_none(again_at),
        )

    def drop(self, publisher: str, key: str) -> None:
        """Forget an intended act: nothing of it stands, and nothing is wanted."""
        self._connection.run(
            "DELETE FROM intent WHERE publisher = :publisher AND key = :key",
            publisher=publisher,
            key=key,
        )

    def waiting(self, publisher: str = "") -> tuple[Waiting, ...]:
        """What was intended and has no receipt, at one place or at all, by place and key."""
        rows = self._connection.rows(
            """
            SELECT * FROM intent WHERE :publisher IN ('', publisher) ORDER BY publisher, key
            """,
            publisher=publisher,
        )
        return tuple(map(_waiting, rows))

    def unconfirmed(self, publisher: str) -> tuple[Intent, ...]:
        """What was about to be sent and has no receipt: look there before sending again."""
        return tuple(
            Intent(
                publisher=each.publisher,
                key=each.key,
                revision=each.revision,
                intended_at=each.intended_at,
            )
            for each in self.waiting(publisher)
        )

    def standing(self, publisher: str) -> tuple[Receipt, ...]:
        """What stands published there: the latest receipt of each key."""
        return tuple(proof.receipt for proof in Receipts(self._connection).proofs(publisher))


class Receipts:
    """The tables `receipt` (proofs of what stands, one a key) and `sending` (all that was sent)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def save(self, publisher: str, receipts: Iterable[Receipt]) -> None:
        """Keep a publisher's receipts; the intents that they answer are done."""
        with self._connection.transaction():
            for receipt in receipts:
                proof = Proof(receipt=receipt, ref="", seal="")
                self.keep(publisher, proof, receipt.revision, "create")

    def keep(self, publisher: str, proof: Proof, intended: str, act: str) -> None:
        """Keep a proof, and that `act` was done; the intent of revision `intended` is over."""
        receipt = proof.receipt
        row = {
            "publisher": publisher,
            "key": receipt.key,
            "revision": receipt.revision,
            "where": receipt.where,
            "at": columns.time(receipt.sent_at),
            "ref": proof.ref,
            "seal": proof.seal,
        }
        with self._connection.transaction():
            self._note(act, row)
            self._connection.run(
                """
                INSERT OR REPLACE INTO receipt
                    (publisher, key, revision, "where", sent_at, ref, seal)
                VALUES (:publisher, :key, :revision, :where, :at, :ref, :seal)
                """,
                **row,
            )
            self._connection.run(
                """
                DELETE FROM intent WHERE publisher = :publisher AND key = :key
                    AND revision = :intended
                """,
                publisher=publisher,
                key=receipt.key,
                intended=intended,
            )

    def _note(self, act: str, row: dict[str, str]) -> None:
        """One line in `sending`, unless this very sending stands there as the last."""
        self._connection.run(
            """
            INSERT INTO sending (publisher, key, act, revision, "where", sent_at)
            SELECT :publisher, :key, :act, :revision, :where, :at
            WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE publisher = :publisher
                AND key = :key AND revision = :revision AND "where" = :where)
            """,
            act=act,
            **{name: row[name] for name in ("publisher", "key", "revision", "where", "at")},
        )

    def remove(self, publisher: str, key: str, now: datetime) -> None:
        """Keep that a thing no longer stands there; its receipt and intent go."""
        with self._connection.transaction():
            self._connection.run(
                """
                INSERT INTO sending (publisher, key, act, revision, "where", sent_at)
                SELECT publisher, key, 'withdraw', revision, "where", :at FROM receipt
                WHERE publisher = :publisher AND key = :key
                """,
                publisher=publisher,
                key=key,
                at=columns.time(now),
            )
            self.withdraw(publisher, [key])

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
        return tuple(proof.receipt for proof in self.proofs(publisher))

    def proofs(self, publisher: str) -> tuple[Proof, ...]:
        """The latest proof of each key that stands at a publisher's place, by key."""
        rows = self._connection.rows(
            "SELECT * FROM receipt WHERE publisher = :publisher ORDER BY key", publisher=publisher
        )
        return tuple(map(_proof, rows))

    def of(self, key: str) -> tuple[Proof, ...]:
        """Where the update `key` stands, by place."""
        rows = self._connection.rows(
            "SELECT * FROM receipt WHERE key = :key ORDER BY publisher", key=key
        )
        return tuple(map(_proof, rows))

    def sendings(self, key: str) -> tuple[Sending, ...]:
        """All that was ever sent of the update `key`, the first first."""
        rows = self._connection.rows("SELECT * FROM sending WHERE key = :key ORDER BY id", key=key)
        return tuple(
            Sending(
                publisher=row["publisher"],
                key=row["key"],
                act=row["act"],
                revision=row["revision"],
                where=row["where"],
                sent_at=columns.read_time(row["sent_at"]),
            )
            for row in rows
        )


def _waiting(row: sqlite3.Row) -> Waiting:
    return Waiting(
        publisher=row["publisher"],
        key=row["key"],
        act=row["act"],
        revision=row["revision"],
        intended_at=columns.read_time(row["intended_at"]),
        doubt=bool(row["doubt"]),
        attempts=row["attempts"],
        reason=row["reason"],
        again_at=columns.read_time_or_none(row["again_at"]),
    )


def _proof(row: sqlite3.Row) -> Proof:
    receipt = Receipt(
        publisher=row["publisher"],
        key=row["key"],
        revision=row["revision"],
        where=row["where"],
        sent_at=columns.read_time(row["sent_at"]),
    )
    return Proof(receipt=receipt, ref=row["ref"], seal=row["seal"])
