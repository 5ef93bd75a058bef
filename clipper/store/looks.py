"""Looks at published pages: what became of an article after its clipping went out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..errors import NotFound
from ..linkrot import Watched
from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE look (
    id INTEGER PRIMARY KEY,
    clipping INTEGER NOT NULL REFERENCES clipping(id),
    looked_at TEXT NOT NULL,
    findings TEXT NOT NULL,
    detail TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    noted_at TEXT,
    noted_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX look_clipping ON look(clipping, id);
CREATE INDEX look_open ON look(clipping) WHERE noted_at IS NULL AND findings <> '[]';
"""

PAGES: Final = """
ALTER TABLE look ADD COLUMN article INTEGER REFERENCES article(id);
ALTER TABLE look ADD COLUMN snapshot INTEGER REFERENCES snapshot(id);
CREATE INDEX look_article ON look(article) WHERE article IS NOT NULL;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a published clipping's page.

    `findings` are values of `clipper.aftermath.Finding`, none when all is as it was;
    `detail` is a sentence. `title` and `text` are what the page said then, empty when it
    could not be read (and, in looks of an earlier clipper, when nothing had changed).
    `noted_at` is when a person took note.
    """

    id: int
    clipping: int
    looked_at: datetime
    findings: tuple[str, ...]
    detail: str = ""
    title: str = ""
    text: str = ""
    noted_at: datetime | None = None
    noted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Out:
    """A clipping that stands published: since when, and when its page was looked at last."""

    clipping: int
    published_at: datetime
    looked_at: datetime | None


class Looks:
    """The table `look`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def out(self) -> tuple[Out, ...]:
        """All clippings that stand published, the one that has waited longest first."""
        rows = self._connection.rows(
            """
            SELECT clipping.id,
                (SELECT max(at) FROM transition WHERE transition.clipping = clipping.id
                    AND after = 'published' AND before <> 'published') AS published_at,
                (SELECT max(looked_at) FROM look WHERE look.clipping = clipping.id) AS looked_at
            FROM clipping WHERE status = 'published'
            ORDER BY coalesce(looked_at, published_at), clipping.id
            """
        )
        return tuple(
            Out(
                clipping=row["id"],
                published_at=columns.read_time(row["published_at"]),
                looked_at=columns.read_time_or_none(row["looked_at"]),
            )
            for row in rows
            if row["published_at"] is not None
        )

    def watched(self) -> Iterator[Watched]:
        """Each clipping that was ever published, with what the looks at its page found."""
        found: dict[int, list[tuple[datetime, frozenset[str]]]] = {}
        for row in self._connection.rows(
            "SELECT clipping, looked_at, findings FROM look ORDER BY id"
        ):
            look = (columns.read_time(row["looked_at"]), frozenset(columns.texts(row["findings"])))
            found.setdefault(row["clipping"], []).append(look)
        for row in self._connection.rows(
            """
            SELECT clipping.id, article.outlet, min(transition.at) AS published_at
            FROM clipping JOIN article ON article.id = clipping.article
            JOIN transition ON transition.clipping = clipping.id AND after = 'published'
            GROUP BY clipping.id ORDER BY clipping.id
            """
        ):
            looks = found.get(row["id"], [])
            yield Watched(
                clipping=row["id"],
                outlet=row["outlet"],
                published_at=columns.read_time(row["published_at"]),
                looked_at=looks[-1][0] if looks else None,
                last=looks[-1][1] if looks else frozenset(),
                ever=frozenset().union(*(findings for _, findings in looks)),
            )

    def add(
        self,
        clipping: int,
        findings: Sequence[str],
        now: datetime,
        *,
        detail: str = "",
        title: str = "",
        text: str = "",
        article: int | None = None,
        snapshot: int | None = None,
    ) -> int:
        """Keep one look; its id. `article` is whose page was looked at, `snapshot` the row of
        the page that was captured, if one was."""
        return self._connection.run(
            """
            INSERT INTO look (clipping, looked_at, findings, detail, title, text, article, snapshot)
            VALUES (:clipping, :now, :findings, :detail, :title, :text, :article, :snapshot)
            """,
            article=article,
            snapshot=snapshot,
            clipping=clipping,
            now=columns.time(now),
            findings=columns.json_texts(findings),
            detail=detail,
            title=title,
            text=text,
        )

    def of(self, clipping: int) -> tuple[Look, ...]:
        """All looks at a clipping's page, the first first."""
        rows = self._connection.rows(
            "SELECT * FROM look WHERE clipping = :clipping ORDER BY id", clipping=clipping
        )
        return tuple(map(_look, rows))

    def open(self, clipping: int | None = None) -> tuple[Look, ...]:
        """Looks that found something and that nobody has taken note of, the newest first."""
        rows = self._connection.rows(
            """
            SELECT * FROM look WHERE noted_at IS NULL AND findings <> '[]'
                AND (:clipping IS NULL OR clipping = :clipping) ORDER BY id DESC
            """,
            clipping=clipping,
        )
        return tuple(map(_look, rows))

    def note(self, clipping: int, who: str, now: datetime) -> int:
        """A person takes note of all that is open for a clipping; how many looks that were.

        NotFound when nothing is open.
        """
        with self._connection.transaction():
            found = self.open(clipping)
            if not found:
                raise NotFound(f"Nothing waits to be noted for clipping {clipping}.")
            self._connection.run(
                """
                UPDATE look SET noted_at = :now, noted_by = :who
                WHERE clipping = :clipping AND noted_at IS NULL
                """,
                now=columns.time(now),
                who=who,
                clipping=clipping,
            )
            return len(found)


def _look(row: sqlite3.Row) -> Look:
    return Look(
        id=row["id"],
        clipping=row["clipping"],
        looked_at=columns.read_time(row["looked_at"]),
        findings=columns.texts(row["findings"]),
        detail=row["detail"],
        title=row["title"],
        text=row["text"],
        noted_at=columns.read_time_or_none(row["noted_at"]),
        noted_by=row["noted_by"],
    )
