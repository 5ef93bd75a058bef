"""The queue: clippings as rows of a list, filtered, ordered, and a page at a time.

A row is light: it has no text. What filters and orders look at stands in `clipping`
itself (`outlet`, `dated_at`, `doubts`, `weight`), copied there by triggers, so that no
filter has to read 20,000 articles. A search by a query asks the full-text index for
candidates and lets the query's own evaluator decide, within a bound: what it did not get
to is looked at by the next page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from .. import query as queries
from ..model import Article, Outlet, Status
from . import columns
from .articles import read_article
from .connection import Connection
from .corrections import AS_JSON, read_corrections

WIRE: Final = "wire"
"""Stands among a clipping's doubts when an agency is credited for the copy."""

PAGE: Final = 40
"""Rows on one page."""

MOST_EVALUATED: Final = 120
"""Articles that one search reads and evaluates; the next page goes on from there."""

MOST_COUNTED: Final = 1_000
"""A filter's clippings are counted up to here; beyond it there are "more than"."""

_AT_ONCE: Final = 40
_FEW: Final = 2_000

_CUT = ", ".join(
    f"iif(old.version IS NULL, article.{name}, old.{name}) AS {name}"
    for name in ("title", "authors", "wire", "published_at", "language", "canonical_url", "url")
)

_ROW = f"""
    SELECT clipping.id, clipping.status, clipping.reason, clipping.headline, clipping.assignee,
        clipping.words, clipping.version, clipping.queued_at, clipping.decided_at,
        clipping.decided_by, clipping.outlet, clipping.doubts, clipping.weight, clipping.story,
        {_CUT},
        (SELECT json_group_array(tag) FROM clipping_tag
         WHERE clipping_tag.clipping = clipping.id AND removed = 0) AS tags,
        (SELECT count(DISTINCT other.outlet) FROM article AS other
         WHERE other.story = clipping.story AND other.outlet <> clipping.outlet) AS elsewhere,
        (SELECT coalesce(sum(json_array_length(hits)), 0) FROM match
         WHERE match.article = clipping.article
           AND match.version = clipping.article_version) AS hits,
        clipping.article AS article, {AS_JSON} AS corrections
    FROM clipping JOIN article ON article.id = clipping.article
    LEFT JOIN article_version AS old
        ON old.article = clipping.article AND old.version = clipping.article_version
"""  # noqa: S608

# Only what is asked for is in the statement, so that an index can serve it.
_TERMS: Final[Mapping[str, str]] = {
    "status": "clipping.status = :status",
    "outlet": "clipping.outlet = :outlet",
    "campaign": """EXISTS (SELECT 1 FROM clipping_tag WHERE clipping_tag.clipping = clipping.id
        AND tag = :campaign AND removed = 0)""",
    "tag": """EXISTS (SELECT 1 FROM clipping_tag WHERE clipping_tag.clipping = clipping.id
        AND tag = :tag AND removed = 0)""",
    "assignee": "clipping.assignee = :assignee",
    "doubt": """clipping.doubts <> '[]'
        AND (:doubt = 'any' OR instr(clipping.doubts, json_quote(:doubt)))""",
    "since": "coalesce(clipping.dated_at, clipping.queued_at) >= :since",
    "until": "coalesce(clipping.dated_at, clipping.queued_at) < :until",
}


@dataclass(frozen=True, slots=True)
class _Order:
    """How rows follow each other; `id` settles what is equal, in the same direction."""

    column: str
    falling: bool

    @property
    def by(self) -> str:
        way = "DESC" if self.falling else "ASC"
        return f"clipping.{self.column} {way}, clipping.id {way}"

    @property
    def beyond(self) -> str:
        sign = "<" if self.falling else ">"
        return f"(clipping.{self.column}, clipping.id) {sign} (:beyond, :beyond_id)"


_ORDERS: Final[Mapping[str, _Order]] = {
    "newest": _Order("queued_at", falling=True),
    "oldest": _Order("queued_at", falling=False),
    "relevant": _Order("weight", falling=True),
}

ORDERS: Final = tuple(_ORDERS)
"""The names of the orders; the first is the usual one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which clippings, and in what order; what is empty restricts nothing.

    `campaign` and `tag` are tags (a campaign's is its slug), `outlet` a slug, `doubt` a
    `Doubt`, "wire" or "any". `since` (inclusive) and `until` (exclusive) bound the day that
    the outlet gave, or else that it was queued. `words` is a query of the query language.
    """

    status: str = Status.QUEUED.value
    campaign: str = ""
    outlet: str = ""
    tag: str = ""
    assignee: str = ""
    doubt: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""
    order: str = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A clipping in a list. `elsewhere` counts the other outlets that ran the copy, `hits`
    the hits of all its matches; `weight` is its relevance."""

    id: int
    status: Status
    reason: str
    headline: str
    title: str
    outlet: str
    authors: tuple[str, ...]
    wire: str
    published_at: datetime | None
    language: str
    url: str
    tags: tuple[str, ...]
    hits: int
    elsewhere: int
    doubts: tuple[str, ...]
    assignee: str
    words: int
    version: int
    weight: float
    story: int
    queued_at: datetime
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """Rows, and the id of the last clipping that was looked at, to go on from: None at the end."""

    rows: tuple[QueueRow, ...]
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueCounts:
    """How many clippings of a status each choice would leave, by its value."""

    statuses: Mapping[str, int] = field(default_factory=dict)
    outlets: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    assignees: Mapping[str, int] = field(default_factory=dict)
    doubts: Mapping[str, int] = field(default_factory=dict)


class Queue:
    """Lists of clippings, over the tables `clipping`, `article` and `article_fts`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def page(
        self,
        asked: Filter,
        outlets: Mapping[str, Outlet] | None = None,
        after: int | None = None,
        limit: int = PAGE,
    ) -> QueuePage:
        """The rows that follow the clipping `after` (None: from the first).

        `outlets` serve the facts of a query (`outlet:`). Raises QueryError for `words` that
        can't be read. A clipping that is gone, or has left the filter, still tells where to
        go on.
        """
        query = queries.parse(asked.words) if asked.words.strip() else None
        if query is None:
            rows = self._rows(asked, after, limit + 1)
            more = len(rows) > limit
            kept = rows[:limit]
            return QueuePage(
                rows=tuple(map(_queue_row, kept)), after=kept[-1]["id"] if more else None
            )
        return self._search(asked, query, outlets or {}, after, limit)

    def next(
        self, asked: Filter, after: int, outlets: Mapping[str, Outlet] | None = None
    ) -> int | None:
        """The id of the clipping that follows `after`, or else the first other one; None when
        there is no other."""
        for start in (after, None):
            for row in self.page(asked, outlets, start, 2).rows:
                if row.id != after:
                    return row.id
        return None

    def count(self, asked: Filter, most: int = MOST_COUNTED) -> int:
        """How many clippings the filter leaves, `words` not regarded; at most `most`."""
        kept = self._kept_count(asked)
        if kept is not None:
            return min(kept, most)
        terms, named = self._terms(asked)
        found: int = self._connection.value(
            f"""
            SELECT count(*) FROM (SELECT 1 FROM clipping WHERE {terms} LIMIT :most)
            """,  # noqa: S608
            most=most,
            **named,
        )
        return found

    def _kept_count(self, asked: Filter) -> int | None:
        """The number that the tally has for a filter by one thing or none; else None."""
        given = [name for name in _TERMS if name != "status" and getattr(asked, name)]
        if len(given) > 1 or not all(name in _KINDS for name in given):
            return None
        found: int = self._connection.value(
            """
            SELECT coalesce(sum(number), 0) FROM tally
            WHERE kind = :kind AND value = :value AND :status IN ('', status)
            """,
            kind=_KINDS[given[0]] if given else "status",
            value=getattr(asked, given[0]) if given else "",
            status=asked.status,
        )
        return found

    def ids(self, asked: Filter, limit: int = 1_000) -> tuple[int, ...]:
        """The ids that the filter leaves, in its order, `words` not regarded."""
        terms, named = self._terms(asked)
        rows = self._connection.rows(
            f"SELECT id FROM clipping WHERE {terms} ORDER BY {_order(asked).by} LIMIT :limit",  # noqa: S608
            limit=limit,
            **named,
        )
        return tuple(row["id"] for row in rows)

    def counts(self, status: str) -> QueueCounts:
        """How many clippings there are of each kind, among those of `status` ("": all)."""
        return QueueCounts(
            statuses=self._tally("kind = 'status'", "", by="status"),
            **{name: self._tally(kind, status, by="value") for name, kind in _TALLIES.items()},
        )

    def _tally(self, kind: str, status: str, by: str) -> dict[str, int]:
        rows = self._connection.rows(
            f"""
            SELECT {by}, sum(number) FROM tally WHERE {kind} AND :status IN ('', status)
            GROUP BY 1 HAVING sum(number) > 0 ORDER BY 2 DESC, 1 LIMIT 200
            """,  # noqa: S608
            status=status,
        )
        return {row[0]: row[1] for row in rows}

    # ------------------------------------------------------------ rows

    def _terms(self, asked: Filter) -> tuple[str, dict[str, Any]]:
        named = {
            name: columns.time(value) if isinstance(value, datetime) else value
            for name, value in ((name, getattr(asked, name)) for name in _TERMS)
            if value
        }
        return " AND ".join(_TERMS[name] for name in named) or "1", named

    def _rows(
        self, asked: Filter, after: int | None, limit: int, extra: str = "1", **more: Any
    ) -> list[sqlite3.Row]:
        terms, named = self._terms(asked)
        order = _order(asked)
        place = self._place(order, after)
        return self._connection.rows(
            f"""
            {_ROW} WHERE {terms} AND {extra} AND {order.beyond if place else "1"}
            ORDER BY {order.by} LIMIT :limit
            """,
            limit=limit,
            **named,
            **place,
            **more,
        )

    def _place(self, order: _Order, after: int | None) -> dict[str, Any]:
        if after is None:
            return {}
        value = self._connection.value(
            f"SELECT {order.column} FROM clipping WHERE id = :id",  # noqa: S608
            id=after,
        )
        return {} if value is None else {"beyond": value, "beyond_id": after}

    # ------------------------------------------------------------ searching

    def _search(
        self,
        asked: Filter,
        query: queries.Query,
        outlets: Mapping[str, Outlet],
        after: int | None,
        limit: int,
    ) -> QueuePage:
        extra, named = self._candidates(query)
        found: list[QueueRow] = []
        looked = 0
        while looked < MOST_EVALUATED:
            rows = self._rows(asked, after, _AT_ONCE, extra, **named)
            for row in rows:
                after = row["id"]
                looked += 1
                if queries.holds(query, self._article(row["article"]), outlets.get(row["outlet"])):
                    found.append(_queue_row(row))
                    if len(found) == limit:
                        return QueuePage(rows=tuple(found), after=after)
            if len(rows) < _AT_ONCE:
                return QueuePage(rows=tuple(found), after=None)
        return QueuePage(rows=tuple(found), after=after)

    def _candidates(self, query: queries.Query) -> tuple[str, dict[str, Any]]:
        """A term that leaves the articles which the index finds, when they are few.

        Where they are many, the first rows hold enough of them: every row is evaluated.
        """
        expression = queries.to_fts5(query)
        if expression is None:
            return "1", {}
        rows = self._connection.rows(
            "SELECT rowid FROM article_fts WHERE article_fts MATCH :expression LIMIT :few",
            expression=expression,
            few=_FEW,
        )
        if len(rows) == _FEW:
            return "1", {}
        ids = columns.as_json([row[0] for row in rows])
        return (
            """clipping.article IN (SELECT value FROM json_each(:ids)
               UNION ALL SELECT article FROM article_odd)""",
            {"ids": ids},
        )

    def _article(self, id: int) -> Article:  # noqa: A002
        row = self._connection.row("SELECT * FROM article WHERE id = :id", id=id)
        assert row is not None
        return read_article(row)


# What a filter by one value is counted as in the tally.
_KINDS: Final = {"campaign": "tag", "tag": "tag", "outlet": "outlet", "assignee": "assignee"}

# Kept by triggers (`tallies`): counting 20,000 clippings for each view would take too long.
_TALLIES: Final[Mapping[str, str]] = {
    "outlets": "kind = 'outlet'",
    "tags": "kind = 'tag'",
    "assignees": "kind = 'assignee'",
    "doubts": "kind = 'doubt'",
}


def _order(asked: Filter) -> _Order:
    return _ORDERS.get(asked.order, _ORDERS["newest"])


def _queue_row(row: sqlite3.Row) -> QueueRow:
    told: dict[str, Any] = {
        "authors": columns.texts(row["authors"]),
        "wire": row["wire"],
        "published_at": columns.read_time_or_none(row["published_at"]),
    }
    return QueueRow(
        id=row["id"],
        status=Status(row["status"]),
        reason=row["reason"],
        headline=row["headline"],
        title=row["title"],
        outlet=row["outlet"],
        **(told | read_corrections(row["corrections"])),
        language=row["language"],
        url=row["canonical_url"] or row["url"],
        tags=tuple(sorted(columns.texts(row["tags"]))),
        hits=row["hits"],
        elsewhere=row["elsewhere"],
        doubts=tuple(each for each in json.loads(row["doubts"]) if each != WIRE),
        assignee=row["assignee"],
        words=row["words"],
        version=row["version"],
        weight=row["weight"],
        story=row["story"],
        queued_at=columns.read_time(row["queued_at"]),
        decided_at=columns.read_time_or_none(row["decided_at"]),
        decided_by=row["decided_by"],
    )
