"""The full-text index: what people type made safe, and the index kept in step.

`article_fts` is an FTS5 table over the columns of `article` (external content): the
text stands once, in `article`. New articles wait in memory and go into the index by one
`executemany` just before the commit, in the same transaction.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from typing import Any, ClassVar, Final

from ..errors import NotAStore
from ..query import is_plain
from .connection import Connection

INDEXED: Final = ("title", "lede", "authors", "text")
"""The columns of `article` that the index covers."""

MOST_WORDS: Final = 32
"""A search looks at so many words or phrases and no more."""

MOST_LETTERS: Final = 1_000
"""A search looks at so much of what was typed and no more."""

_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')
_LETTER = re.compile(r"[^\W_]")


def phrase(typed: str) -> str:
    """What a person typed as an FTS5 expression that can't be wrong; empty when it has no word.

    Each word, and each run of words in double quotes, becomes a quoted FTS5 string, so that
    no operator, bracket or column name of FTS5 is one. All of them must occur.

    >>> phrase('cárcel AND "private prison" divest*')
    '"cárcel" "AND" "private prison" "divest" *'
    """
    parts = (_string(match) for match in _PART.finditer(typed[:MOST_LETTERS].replace("\0", " ")))
    return " ".join([part for part in parts if part][:MOST_WORDS])


def _string(match: re.Match[str]) -> str:
    text = match[1] if match[1] is not None else match[2]
    if not _LETTER.search(text):
        return ""
    open_end = match[1] is None and text.endswith("*")
    safe = text.rstrip("*").encode("utf-8", "replace").decode()
    return f'"{safe}"' + (" *" if open_end else "")


def is_odd(*texts: str) -> bool:
    """Whether the index may cut or fold words of these texts otherwise than queries do.

    Such articles stand in `article_odd`, and are matched without asking the index.
    """
    return not all(map(is_plain, texts))


def passage(marked: str) -> tuple[tuple[str, bool], ...]:
    """A passage that `snippet()` marked, as pairs of text and whether it was searched for."""
    pieces = re.split(f"({Index.OPEN}|{Index.CLOSE})", marked)
    found, inside = [], False
    for piece in pieces:
        if piece in (Index.OPEN, Index.CLOSE):
            inside = piece == Index.OPEN
        elif piece:
            found.append((piece, inside))
    return tuple(found)


class Index:
    """The table `article_fts`, filled at the end of a transaction."""

    # Controls never stand in a cleaned text.
    OPEN: ClassVar[str] = "\x02"
    CLOSE: ClassVar[str] = "\x03"

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[int, dict[str, Any]] = {}
        connection.before_commit(self._flush, self._mark)

    def add(self, id: int, reading: dict[str, Any]) -> None:  # noqa: A002
        """Have the article's columns indexed before the transaction ends."""
        self._waiting[id] = {"id": id, **{name: reading[name] for name in INDEXED}}
        if is_odd(reading["title"], reading["lede"], reading["text"]):
            self._connection.run("INSERT OR IGNORE INTO article_odd (article) VALUES (:id)", id=id)

    def remove(self, row: sqlite3.Row) -> None:
        """Take an article out of the index, given its row as it was indexed."""
        self._connection.run("DELETE FROM article_odd WHERE article = :id", id=row["id"])
        if self._waiting.pop(row["id"], None) is not None:
            return
        self._connection.run(
            """
            INSERT INTO article_fts (article_fts, rowid, title, lede, authors, text)
            VALUES ('delete', :id, :title, :lede, :authors, :text)
            """,
            id=row["id"],
            **{name: row[name] for name in INDEXED},
        )

    def _mark(self) -> Callable[[], None]:
        before = dict(self._waiting)

        def undo() -> None:
            self._waiting = before

        return undo

    def _flush(self) -> None:
        self._connection.raw.executemany(
            """
            INSERT INTO article_fts (rowid, title, lede, authors, text)
            VALUES (:id, :title, :lede, :authors, :text)
            """,
            self._waiting.values(),
        )
        self._waiting = {}

    def faults(self) -> list[str]:
        """Whether the index agrees with the texts, by FTS5's own check; empty when it does."""
        try:
            with self._connection.transaction():
                self._connection.raw.execute(
                    "INSERT INTO article_fts (article_fts, rank) VALUES ('integrity-check', 1)"
                )
        except NotAStore as error:
            return [f"the full-text index does not agree with the texts ({error})"]
        return []
