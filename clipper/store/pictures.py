"""The campaign's own pictures for clippings, clean and small, by their content."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from .connection import Connection

SCHEMA: Final = """
CREATE TABLE picture (
    name TEXT PRIMARY KEY,
    body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
ALTER TABLE clipping ADD COLUMN image TEXT NOT NULL DEFAULT '';
ALTER TABLE clipping ADD COLUMN image_alt TEXT NOT NULL DEFAULT '';
"""


class Pictures:
    """The table `picture`. A picture that no clipping names any more stays: a step that took it
    away can be taken back."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, body: bytes, suffix: str) -> str:
        """Keep a picture; its name, which is made of its content."""
        name = f"{sha256(body).hexdigest()[:24]}.{suffix}"
        self._connection.run(
            "INSERT OR IGNORE INTO picture (name, body) VALUES (:name, :body)", name=name, body=body
        )
        return name

    def get(self, name: str) -> bytes | None:
        """The picture of that name, None when there is none."""
        found: bytes | None = self._connection.value(
            "SELECT body FROM picture WHERE name = :name", name=name
        )
        return found
