"""Links in a mail that were used: each decides once."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE link_use (
    recipient TEXT NOT NULL,
    clipping INTEGER NOT NULL REFERENCES clipping(id),
    expires_at TEXT NOT NULL,
    act TEXT NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (recipient, clipping, expires_at)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkUse:
    """A link that was used: what was done by it, and when."""

    act: str
    used_at: datetime


class Links:
    """The table `link_use`: one row for each pair of links (approve, reject) that was used."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def used(self, recipient: str, clipping: int, expires_at: datetime) -> LinkUse | None:
        """What was done by that pair of links; None when it was not used."""
        row = self._connection.row(
            """
            SELECT act, used_at FROM link_use WHERE recipient = :recipient
                AND clipping = :clipping AND expires_at = :expires
            """,
            recipient=recipient,
            clipping=clipping,
            expires=columns.time(expires_at),
        )
        if row is None:
            return None
        return LinkUse(act=row["act"], used_at=columns.read_time(row["used_at"]))

    def use(
        self, recipient: str, clipping: int, expires_at: datetime, act: str, now: datetime
    ) -> bool:
        """Keep that a pair of links is used; False, and nothing kept, when it was before."""
        try:
            self._connection.run(
                """
                INSERT INTO link_use (recipient, clipping, expires_at, act, used_at)
                VALUES (:recipient, :clipping, :expires, :act, :now)
                """,
                recipient=recipient,
                clipping=clipping,
                expires=columns.time(expires_at),
                act=act,
                now=columns.time(now),
            )
        except sqlite3.IntegrityError:
            return False
        return True
