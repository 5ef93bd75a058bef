"""Sealed files of the archive that are at a depot too, or there alone: what was proved, when."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE elsewhere (
    place TEXT NOT NULL,
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    keys TEXT NOT NULL,
    size INTEGER NOT NULL,
    proved_at TEXT NOT NULL,
    removed_at TEXT,
    PRIMARY KEY (place, file, sha256)
) STRICT;
CREATE TABLE elsewhere_manifest (
    place TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    proved_at TEXT NOT NULL
) STRICT;
CREATE TABLE elsewhere_fault (
    place TEXT PRIMARY KEY,
    text TEXT NOT NULL,
    since TEXT NOT NULL,
    failed_at TEXT NOT NULL,
    tries INTEGER NOT NULL
) STRICT;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """A version of a sealed file that was read back at a place and agreed with its digest.

    `keys` are the names of the file and of its index there, `size` is in bytes. `removed_at`
    is when the copy here was removed, None while there is one.
    """

    place: str
    file: str
    sha256: str
    keys: tuple[str, str]
    size: int
    proved_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why the last try to copy to a place failed; since when it does, and how many tries."""

    place: str
    text: str
    since: datetime
    failed_at: datetime
    tries: int


class Elsewhere:
    """The tables `elsewhere`, `elsewhere_manifest` and `elsewhere_fault`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, place: str = "") -> tuple[Proved, ...]:
        """What was proved at a place, or at all, in the order of the files."""
        rows = self._connection.rows(
            "SELECT * FROM elsewhere WHERE :place IN ('', place) ORDER BY file, proved_at, place",
            place=place,
        )
        return tuple(map(_proved, rows))

    def keep(self, proved: Proved) -> None:
        """Note that a version was proved to be there; once more for a newer proof."""
        self._connection.run(
            """
            INSERT INTO elsewhere (place, file, sha256, keys, size, proved_at, removed_at)
            VALUES (:place, :file, :sha256, :keys, :size, :proved_at, NULL)
            ON CONFLICT (place, file, sha256) DO UPDATE SET proved_at = excluded.proved_at
            """,
            place=proved.place,
            file=proved.file,
            sha256=proved.sha256,
            keys="\n".join(proved.keys),
            size=proved.size,
            proved_at=columns.time(proved.proved_at),
        )

    def removed(self, proved: Proved, at: datetime | None) -> None:
        """Note that the copy here is removed, or (None) that there is one again."""
        self._connection.run(
            """
            UPDATE elsewhere SET removed_at = :at
            WHERE place = :place AND file = :file AND sha256 = :sha256
            """,
            at=columns.time_or_none(at),
            place=proved.place,
            file=proved.file,
            sha256=proved.sha256,
        )

    def drop(self, proved: Proved) -> None:
        """Forget a version: it is no longer there, or what is there is not it."""
        self._connection.run(
            "DELETE FROM elsewhere WHERE place = :place AND file = :file AND sha256 = :sha256",
            place=proved.place,
            file=proved.file,
            sha256=proved.sha256,
        )

    def manifest(self, place: str) -> tuple[int, str] | None:
        """Size and SHA-256 of the manifest that was proved to be at a place last."""
        row = self._connection.row(
            "SELECT size, sha256 FROM elsewhere_manifest WHERE place = :place", place=place
        )
        return None if row is None else (row["size"], row["sha256"])

    def keep_manifest(self, place: str, size: int, digest: str, now: datetime) -> None:
        """Note which manifest was proved to be at a place."""
        self._connection.run(
            """
            INSERT OR REPLACE INTO elsewhere_manifest (place, size, sha256, proved_at)
            VALUES (:place, :size, :digest, :now)
            """,
            place=place,
            size=size,
            digest=digest,
            now=columns.time(now),
        )

    def fault(self, place: str) -> Fault | None:
        """Why copying to a place failed last; None when it did not."""
        row = self._connection.row(
            "SELECT * FROM elsewhere_fault WHERE place = :place", place=place
        )
        return None if row is None else _fault(row)

    def begun(self, place: str, text: str, now: datetime) -> None:
        """Note before a try what will be true if it never ends; `failed` or `worked` follows."""
        self._connection.run(
            """
            INSERT INTO elsewhere_fault (place, text, since, failed_at, tries)
            VALUES (:place, :text, :now, :now, 0) ON CONFLICT (place) DO NOTHING
            """,
            place=place,
            text=text,
            now=columns.time(now),
        )

    def failed(self, place: str, text: str, now: datetime) -> None:
        """Note that a try failed."""
        self._connection.run(
            """
            INSERT INTO elsewhere_fault (place, text, since, failed_at, tries)
            VALUES (:place, :text, :now, :now, 1)
            ON CONFLICT (place) DO UPDATE SET text = excluded.text,
                failed_at = excluded.failed_at, tries = tries + 1
            """,
            place=place,
            text=text,
            now=columns.time(now),
        )

    def worked(self, place: str) -> None:
        """Note that nothing failed."""
        self._connection.run("DELETE FROM elsewhere_fault WHERE place = :place", place=place)


def _proved(row: sqlite3.Row) -> Proved:
    name, _, index = row["keys"].partition("\n")
    return Proved(
        place=row["place"],
        file=row["file"],
        sha256=row["sha256"],
        keys=(name, index),
        size=row["size"],
        proved_at=columns.read_time(row["proved_at"]),
        removed_at=columns.read_time_or_none(row["removed_at"]),
    )


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(
        place=row["place"],
        text=row["text"],
        since=columns.read_time(row["since"]),
        failed_at=columns.read_time(row["failed_at"]),
        tries=row["tries"],
    )
