"""Articles: the newest text of each, its older versions, its URLs and its matches."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from .. import urls
from ..errors import NotFound
from ..model import (
    Article,
    Harvest,
    Kinship,
    Match,
    Placement,
    Snapshot,
    StoredArticle,
    shortcomings,
)
from . import columns
from .connection import Connection
from .schema import READING
from .search import Index, passage, phrase
from .snapshots import Snapshots
from .values import Found, Version

MOST_VERSIONS: Final = 24
"""So many texts of one article are kept; a page that changes at every look stops there."""

SNAPSHOT_COLUMNS: Final = """
    snapshot.file, snapshot."offset", snapshot.length, snapshot.digest,
    snapshot.url AS snapshot_url, snapshot.captured_at
"""

_COLUMNS = ", ".join(READING)
_VALUES = ", ".join(f":{name}" for name in READING)
_SETTINGS = ", ".join(f"{name} = :{name}" for name in READING)

_SELECT = f"""
    SELECT article.*, {SNAPSHOT_COLUMNS}
    FROM article LEFT JOIN snapshot ON snapshot.id = article.snapshot
"""  # noqa: S608


class Articles:
    """The tables `article`, `article_version`, `article_url` and `match`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._index = Index(connection)
        self._snapshots = Snapshots(connection)

    # ------------------------------------------------------------ asking

    def get(self, id: int) -> StoredArticle:  # noqa: A002
        """The article `id`, its newest version; NotFound when there is none."""
        row = self._connection.row(f"{_SELECT} WHERE article.id = :id", id=id)
        if row is None:
            raise NotFound(f"There is no article {id}.")
        return stored(row)

    def of_story(self, story: int) -> tuple[StoredArticle, ...]:
        """The articles of a story, the first seen first."""
        rows = self._connection.rows(
            f"{_SELECT} WHERE article.story = :story ORDER BY article.id", story=story
        )
        return tuple(map(stored, rows))

    def with_url(self, keys: Iterable[str]) -> tuple[int, ...]:
        """The articles that any of these strict URL keys leads to, the oldest first."""
        rows = self._connection.rows(
            """
            SELECT DISTINCT article FROM article_url
            WHERE url_key IN (SELECT value FROM json_each(:keys)) ORDER BY article
            """,
            keys=columns.json_texts([key for key in keys if key]),
        )
        return tuple(row["article"] for row in rows)

    def matches(self, id: int) -> tuple[Match, ...]:  # noqa: A002
        """Why the newest version of the article `id` matched; empty when it did not."""
        rows = self._connection.rows(
            """
            SELECT match.* FROM match
            JOIN article ON article.id = match.article AND article.version = match.version
            WHERE article.id = :id ORDER BY match.campaign, match.query
            """,
            id=id,
        )
        return tuple(
            columns.match(
                row["campaign"],
                row["query"],
                json.loads(row["hits"]),
                json.loads(row["explanation"]),
                row["weak"],
            )
            for row in rows
        )

    def versions(self, id: int) -> tuple[Version, ...]:  # noqa: A002
        """All texts of the article `id` that were kept, the oldest first."""
        rows = self._connection.rows(
            """
            SELECT version, title, text, fetched_at, replaced_at FROM article_version
            WHERE article = :id
            UNION ALL
            SELECT version, title, text, fetched_at, NULL FROM article WHERE id = :id
            ORDER BY version
            """,
            id=id,
        )
        if not rows:
            raise NotFound(f"There is no article {id}.")
        return tuple(
            Version(
                number=row["version"],
                title=row["title"],
                text=row["text"],
                fetched_at=columns.read_time(row["fetched_at"]),
                replaced_at=columns.read_time_or_none(row["replaced_at"]),
            )
            for row in rows
        )

    def find(
        self, words: str, limit: int = 20, offset: int = 0, since: datetime | None = None
    ) -> tuple[Found, ...]:
        """Articles that hold all of `words`, those saved last first.

        Accents and case do not matter; words in double quotes must stand together, and
        a trailing `*` stands for any ending. Nothing that a person types is an error; what
        holds no word finds nothing. `since` leaves out what was saved before.
        """
        asked = phrase(words)
        if not asked:
            return ()
        rows = self._connection.rows(
            f"""
            SELECT article.*, {SNAPSHOT_COLUMNS}, hit.passage
            FROM (
                SELECT rowid AS id, snippet(article_fts, -1, :open, :close, '…', 32) AS passage
                FROM article_fts WHERE article_fts MATCH :asked
                  AND rowid >= coalesce(
                      (SELECT min(id) FROM (SELECT id FROM article WHERE saved_at >= :since
                                            ORDER BY saved_at LIMIT 1)),
                      iif(:since = '', 0, 9223372036854775807))
                ORDER BY rowid DESC LIMIT :limit OFFSET :offset
            ) AS hit JOIN article ON article.id = hit.id
            LEFT JOIN snapshot ON snapshot.id = article.snapshot
            ORDER BY article.id DESC
            """,  # noqa: S608
            asked=asked,
            open=Index.OPEN,
            close=Index.CLOSE,
            since="" if since is None else columns.time(since),
            limit=bounded(limit, 1_000),
            offset=bounded(offset, 1_000_000),
        )
        return tuple(Found(article=stored(row), passage=passage(row["passage"])) for row in rows)

    def index_faults(self) -> list[str]:
        """Where the full-text index does not agree with the articles; empty when it does."""
        return self._index.faults()

    # ------------------------------------------------------------ saving

    def insert(self, harvest: Harvest, story: int, placement: Placement, now: datetime) -> int:
        """Keep a new article in `story`, with its URLs, and put it in the index."""
        reading = self._reading(harvest, now)
        number = self._connection.run(
            f"""
            INSERT INTO article (story, outlet, first_seen_at, saved_at,
                kinship, best, containment, resemblance, shared, {_COLUMNS})
            VALUES (:story, :outlet, :first_seen_at, :now,
                :kinship, :best, :containment, :resemblance, :shared, {_VALUES})
            """,  # noqa: S608
            story=story,
            outlet=harvest.pending.outlet,
            first_seen_at=columns.time(harvest.pending.first_seen_at),
            now=columns.time(now),
            kinship=placement.kinship.value,
            best=placement.best,
            containment=placement.containment,
            resemblance=placement.resemblance,
            shared=placement.shared,
            **reading,
        )
        self._index.add(number, reading)
        return number

    def renew(self, id: int, harvest: Harvest, now: datetime) -> int:  # noqa: A002
        """Make the harvest's reading the article's newest version, keeping the one before.

        The version that stands afterwards: unchanged when title and text are the same, when
        there was no page this time but was before, when a wall or the like stood in the place
        of a page that was read well before, or when there were too many already.
        """
        old = self._connection.row("SELECT * FROM article WHERE id = :id", id=id)
        if old is None:
            raise NotFound(f"There is no article {id}.")
        reading = self._reading(harvest, now)
        version: int = old["version"]
        same = (old["title"], old["text"]) == (reading["title"], reading["text"])
        # The feed's own words never take the place of what the page said.
        poorer = _is_of_page(old) and not _is_of_page(reading)
        poorer |= _is_poor(reading) and old["snapshot"] is not None and not _is_poor(old)
        richer = _is_of_page(reading) and not _is_of_page(old)
        richer |= reading["snapshot"] is not None and old["snapshot"] is None
        if poorer or version >= MOST_VERSIONS or (same and not richer):
            return version
        if not same:
            self._keep_version(id, now)
            version += 1
        self._index.remove(old)
        self._connection.run(
            f"UPDATE article SET version = :version, {_SETTINGS} WHERE id = :id",  # noqa: S608
            id=id,
            version=version,
            **reading,
        )
        self._index.add(id, reading)
        return version

    def _keep_version(self, id: int, now: datetime) -> None:  # noqa: A002
        self._connection.run(
            f"""
            INSERT INTO article_version (article, version, replaced_at, {_COLUMNS})
            SELECT id, version, :now, {_COLUMNS} FROM article WHERE id = :id
            """,  # noqa: S608
            id=id,
            now=columns.time(now),
        )

    def add_urls(self, id: int, keys: Iterable[str]) -> None:  # noqa: A002
        """Have these strict URL keys lead to the article `id`."""
        self._connection.many(
            "INSERT OR IGNORE INTO article_url (url_key, article) VALUES (:key, :id)",
            [{"key": key, "id": id} for key in keys if key],
        )

    def add_matches(self, id: int, version: int, matches: Sequence[Match]) -> None:  # noqa: A002
        """Keep why a version of the article `id` matched."""
        if not matches:
            return
        self._connection.many(
            """
            INSERT OR REPLACE INTO match
                (article, version, campaign, query, hits, explanation, weak)
            VALUES (:id, :version, :campaign, :query, :hits, :explanation, :weak)
            """,
            [
                {
                    "id": id,
                    "version": version,
                    "campaign": match.campaign,
                    "query": match.query,
                    "hits": columns.json_hits(match),
                    "explanation": columns.json_texts(match.explanation),
                    "weak": int(match.weak),
                }
                for match in matches
            ],
        )

    def _reading(self, harvest: Harvest, now: datetime) -> dict[str, Any]:
        """The columns `READING` of a harvest, its snapshot kept."""
        if harvest.reading is None:
            raise ValueError("a harvest without a reading holds no article")
        snapshot, error = harvest.snapshot, harvest.page_error
        return {
            **_article_columns(harvest.reading.article),
            "fetched_at": columns.time(snapshot.captured_at if snapshot else now),
            "snapshot": self._keep_snapshot(snapshot),
            "page_error": f"{error.kind}: {error.text}" if error else "",
        }

    def _keep_snapshot(self, snapshot: Snapshot | None) -> int | None:
        return None if snapshot is None else self._snapshots.keep(snapshot)


def _is_of_page(reading: Mapping[str, Any] | sqlite3.Row) -> bool:
    """Whether the words are a page's: not the feed's, beside a page without an article or one
    that was cut off."""
    return reading["snapshot"] is not None and not reading["page_error"]


def _is_poor(reading: Mapping[str, Any] | sqlite3.Row) -> bool:
    return bool(shortcomings(json.loads(reading["doubts"]), reading["text"]))


def url_keys(harvest: Harvest) -> tuple[str, ...]:
    """The strict keys of the URLs under which a harvest's article is known.

    The canonical URL counts only within the article's own site: otherwise one outlet's
    page could claim to be another's.
    """
    if harvest.reading is None:
        return ()
    article = harvest.reading.article
    named = [harvest.pending.entry.url, article.url]
    if harvest.snapshot:
        named.append(harvest.snapshot.url)
    if urls.site(article.canonical_url) == urls.site(article.url):
        named.append(article.canonical_url)
    keys = (urls.strict_key(url) for url in named if url)
    return tuple(dict.fromkeys(key for key in keys if key))


def bounded(number: int, most: int) -> int:
    """`number`, but at least 0 and at most `most`."""
    return max(0, min(number, most))


_TEXTS = (
    *("url", "title", "text", "canonical_url", "lede", "byline", "dateline", "wire"),
    *("language", "date_text", "section", "image", "site_name"),
)
_TUPLES = ("authors", "captions", "keywords", "doubts")


def _article_columns(article: Article) -> dict[str, Any]:
    return {
        **{name: getattr(article, name) for name in _TEXTS},
        **{name: columns.json_texts(getattr(article, name)) for name in _TUPLES},
        "published_at": columns.time_or_none(article.published_at),
        "modified_at": columns.time_or_none(article.modified_at),
        "origins": columns.json_pairs(article.origins),
    }


def read_article(row: sqlite3.Row) -> Article:
    """The value of a row that holds an article's columns."""
    fields: dict[str, Any] = {name: row[name] for name in _TEXTS}
    fields |= {name: columns.texts(row[name]) for name in _TUPLES}
    return Article(
        **fields,
        published_at=columns.read_time_or_none(row["published_at"]),
        modified_at=columns.read_time_or_none(row["modified_at"]),
        origins=columns.pairs(row["origins"]),
    )


def _snapshot(row: sqlite3.Row) -> Snapshot | None:
    if row["file"] is None:
        return None
    return Snapshot(
        file=row["file"],
        offset=row["offset"],
        length=row["length"],
        digest=row["digest"],
        url=row["snapshot_url"],
        captured_at=columns.read_time(row["captured_at"]),
    )


def stored(row: sqlite3.Row) -> StoredArticle:
    """The value of a row that holds an article's columns and its snapshot's."""
    return StoredArticle(
        id=row["id"],
        outlet=row["outlet"],
        story=row["story"],
        article=read_article(row),
        fetched_at=columns.read_time(row["fetched_at"]),
        first_seen_at=columns.read_time(row["first_seen_at"]),
        kinship=Kinship(row["kinship"]),
        snapshot=_snapshot(row),
        version=row["version"],
    )
