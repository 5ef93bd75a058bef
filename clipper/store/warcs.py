"""Folders of web archives that others fill, and what became of each file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from ..model import TROUBLED, FileState, WarcFile, WarcFolderState
from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE warc_folder (
    folder TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    active INTEGER NOT NULL,
    looked_at TEXT,
    fault TEXT NOT NULL DEFAULT '',
    unread TEXT NOT NULL DEFAULT '[]',
    more INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE warc_file (
    folder TEXT NOT NULL REFERENCES warc_folder(folder),
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    size INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    digest TEXT NOT NULL,
    why TEXT NOT NULL,
    pages INTEGER NOT NULL,
    queued INTEGER NOT NULL,
    known INTEGER NOT NULL,
    passed TEXT NOT NULL,
    records INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    ended_at TEXT,
    there INTEGER NOT NULL,
    PRIMARY KEY (folder, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX warc_file_digest ON warc_file(digest) WHERE digest <> '';
"""

TOLD: Final = 20
"""Files that need a person and are told by name, of one folder."""


class Warcs:
    """The tables `warc_folder` and `warc_file`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, named: Mapping[str, str]) -> None:
        """Keep which folders the config names: their paths, and what they are called."""
        with self._connection.transaction():
            known = {
                row["folder"]: row["name"] if row["active"] else None
                for row in self._connection.rows("SELECT * FROM warc_folder")
            }
            for folder, name in named.items():
                if known.get(folder) != name:
                    self._connection.run(
                        """
                        INSERT INTO warc_folder (folder, name, active)
                        VALUES (:folder, :name, 1)
                        ON CONFLICT DO UPDATE SET name = :name, active = 1
                        """,
                        folder=folder,
                        name=name,
                    )
            for folder in known.keys() - named.keys():
                if known[folder] is not None:
                    self._connection.run(
                        "UPDATE warc_folder SET active = 0 WHERE folder = :folder", folder=folder
                    )

    def note_look(
        self, folder: str, now: datetime, *, fault: str, unread: Iterable[str], more: bool
    ) -> None:
        """Keep that a folder was looked at, and how it stood."""
        self._connection.run(
            """
            UPDATE warc_folder SET looked_at = :at, fault = :fault, unread = :unread, more = :more
            WHERE folder = :folder
            """,
            folder=folder,
            at=columns.time(now),
            fault=fault,
            unread=columns.json_texts(unread),
            more=int(more),
        )

    def note_there(self, folder: str, there: Iterable[str]) -> None:
        """Keep which files lie there at this look."""
        self._connection.run(
            """
            UPDATE warc_file SET there = NOT there WHERE folder = :folder
                AND there <> (name IN (SELECT value FROM json_each(:there)))
            """,
            folder=folder,
            there=columns.json_texts(there),
        )

    def files(self, folder: str) -> Mapping[str, WarcFile]:
        """All files that ever lay in a folder, by name."""
        rows = self._connection.rows(
            "SELECT * FROM warc_file WHERE folder = :folder ORDER BY name", folder=folder
        )
        return {row["name"]: _file(row) for row in rows}

    def get(self, folder: str, name: str) -> WarcFile | None:
        """The file of that name in a folder, None when none ever was."""
        row = self._connection.row(
            "SELECT * FROM warc_file WHERE folder = :folder AND name = :name",
            folder=folder,
            name=name,
        )
        return None if row is None else _file(row)

    def with_digest(self, digest: str) -> WarcFile | None:
        """A file of these bytes that was taken in whole, None when there was none."""
        row = self._connection.row(
            """
            SELECT * FROM warc_file WHERE digest = :digest AND digest <> '' AND state = :taken
            ORDER BY ended_at LIMIT 1
            """,
            digest=digest,
            taken=FileState.TAKEN.value,
        )
        return None if row is None else _file(row)

    def keep(self, file: WarcFile) -> None:
        """Keep how a file stands."""
        self._connection.run(
            """
            INSERT OR REPLACE INTO warc_file (folder, name, state, size, changed, seen_at, digest,
                why, pages, queued, known, passed, records, tries, ended_at, there)
            VALUES (:folder, :name, :state, :size, :changed, :seen_at, :digest,
                :why, :pages, :queued, :known, :passed, :records, :tries, :ended_at, :there)
            """,
            folder=file.folder,
            name=file.name,
            state=file.state.value,
            size=file.size,
            changed=file.changed,
            seen_at=columns.time(file.seen_at),
            digest=file.digest,
            why=file.why,
            pages=file.pages,
            queued=file.queued,
            known=file.known,
            passed=columns.json_pairs(file.passed),
            records=file.records,
            tries=file.tries,
            ended_at=columns.time_or_none(file.ended_at),
            there=int(file.there),
        )

    def again(self, folder: str, name: str) -> None:
        """Have a file looked at anew at the next round, from its first record."""
        self._connection.run(
            """
            UPDATE warc_file SET state = :begun, size = -1, digest = '', records = 0, tries = 0
            WHERE folder = :folder AND name = :name
            """,
            folder=folder,
            name=name,
            begun=FileState.BEGUN.value,
        )

    def folders(self) -> tuple[WarcFolderState, ...]:
        """The folders that the config names, and how they stand."""
        rows = self._connection.rows("SELECT * FROM warc_folder WHERE active = 1 ORDER BY name")
        return tuple(self._folder(row) for row in rows)

    def _folder(self, row: sqlite3.Row) -> WarcFolderState:
        folder = row["folder"]
        counts = self._connection.rows(
            """
            SELECT state, sum(there) AS files, sum((pages + known) * there) AS pages FROM warc_file
            WHERE folder = :folder GROUP BY state
            """,
            folder=folder,
        )
        troubled = self._connection.rows(
            """
            SELECT * FROM warc_file WHERE folder = :folder AND there = 1
                AND state IN (SELECT value FROM json_each(:troubled))
            ORDER BY seen_at DESC, name LIMIT :most
            """,
            folder=folder,
            troubled=columns.json_texts(sorted(TROUBLED)),
            most=TOLD,
        )
        return WarcFolderState(
            folder=folder,
            name=row["name"],
            looked_at=columns.read_time_or_none(row["looked_at"]),
            fault=row["fault"],
            unread=columns.texts(row["unread"]),
            more=bool(row["more"]),
            files={FileState(each["state"]): each["files"] for each in counts if each["files"]},
            pages=sum(each["pages"] for each in counts),
            troubled=tuple(map(_file, troubled)),
        )


def _file(row: sqlite3.Row) -> WarcFile:
    return WarcFile(
        folder=row["folder"],
        name=row["name"],
        state=FileState(row["state"]),
        size=row["size"],
        changed=row["changed"],
        seen_at=columns.read_time(row["seen_at"]),
        digest=row["digest"],
        why=row["why"],
        pages=row["pages"],
        queued=row["queued"],
        known=row["known"],
        passed=json.loads(row["passed"]),
        records=row["records"],
        tries=row["tries"],
        ended_at=columns.read_time_or_none(row["ended_at"]),
        there=bool(row["there"]),
    )
