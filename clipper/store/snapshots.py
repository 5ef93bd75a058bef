"""Snapshots: where in the archive each captured page stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from ..model import Snapshot
from . import columns
from .connection import Connection

SCHEMA = """
CREATE INDEX snapshot_digest ON snapshot(digest);
"""


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """A row as it stands, whatever it says; `captured_at` is text."""

    file: str
    offset: int
    length: int
    digest: str
    url: str
    captured_at: str

    def snapshot(self) -> Snapshot:
        """The row as a value; ValueError when its time is none."""
        return Snapshot(
            file=self.file,
            offset=self.offset,
            length=self.length,
            digest=self.digest,
            url=self.url,
            captured_at=columns.read_time(self.captured_at),
        )


class Snapshots:
    """The table `snapshot`: rows are only ever added."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, snapshot: Snapshot) -> int:
        """Keep where a page was captured, and give the row's id; once for each place."""
        with self._connection.transaction():
            return self._keep(snapshot)

    def _keep(self, snapshot: Snapshot) -> int:
        found: int = self._connection.value(
            """
            INSERT INTO snapshot (file, "offset", length, digest, url, captured_at)
            VALUES (:file, :offset, :length, :digest, :url, :captured_at)
            ON CONFLICT (file, "offset") DO UPDATE SET url = url RETURNING id
            """,
            file=snapshot.file,
            offset=snapshot.offset,
            length=snapshot.length,
            digest=snapshot.digest,
            url=snapshot.url,
            captured_at=columns.time(snapshot.captured_at),
        )
        return found

    def adopt(self, snapshots: Iterable[Snapshot]) -> int:
        """Keep captures that have no row yet, together; how many had none."""
        adopted = 0
        with self._connection.transaction():
            for each in snapshots:
                if not self._connection.value(
                    """SELECT count(*) FROM snapshot WHERE file = :file AND "offset" = :offset""",
                    file=each.file,
                    offset=each.offset,
                ):
                    self._keep(each)
                    adopted += 1
        return adopted

    def all(self) -> Iterator[Snapshot]:
        """Every snapshot, in the order of the archive."""
        for row in self.rows():
            yield row.snapshot()

    def rows(self) -> Iterator[SnapshotRow]:
        """The rows that there are at this call, in the order of the archive."""
        newest = self._connection.value("SELECT coalesce(max(id), 0) FROM snapshot")
        return self._rows(newest)

    def _rows(self, newest: int) -> Iterator[SnapshotRow]:
        last = ("", -(2**63))
        while rows := self._connection.rows(
            """
            SELECT file, "offset", length, digest, url, captured_at FROM snapshot
            WHERE (file, "offset") > (:file, :offset) AND id <= :newest
            ORDER BY file, "offset" LIMIT 1000
            """,
            file=last[0],
            offset=last[1],
            newest=newest,
        ):
            yield from map(_row, rows)
            last = (rows[-1]["file"], rows[-1]["offset"])

    def with_digest(self, digest: str) -> Snapshot | None:
        """The first capture that stands and whose decoded body has that SHA-256; None for none."""
        row = self._connection.row(
            """
            SELECT file, "offset", length, digest, url, captured_at FROM snapshot
            WHERE digest = :digest
            AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.snapshot = snapshot.id)
            ORDER BY id LIMIT 1
            """,
            digest=digest,
        )
        return None if row is None else _row(row).snapshot()

    def made_of(self, url: str, at: datetime, digest: str) -> Snapshot | None:
        """The capture that stands of this page, at this time, with this digest; None for none."""
        row = self._connection.row(
            """
            SELECT file, "offset", length, digest, url, captured_at FROM snapshot
            WHERE digest = :digest AND url = :url AND captured_at = :at
            AND NOT EXISTS (SELECT 1 FROM tombstone WHERE tombstone.snapshot = snapshot.id)
            ORDER BY id LIMIT 1
            """,
            digest=digest,
            url=url,
            at=columns.time(at),
        )
        return None if row is None else _row(row).snapshot()

    def last_in(self, file: str) -> int:
        """The offset of the last capture in a file that has a row; 0 when none has."""
        found: int = self._connection.value(
            """SELECT coalesce(max("offset"), 0) FROM snapshot WHERE file = :file""", file=file
        )
        return found


def _row(row: sqlite3.Row) -> SnapshotRow:
    return SnapshotRow(*row)
