"""What searching past archives asks of the store, and how queries edited since are followed.

Which articles may satisfy a query: the full-text index names a superset; `article_odd`
those whose words it may cut otherwise. Deciding is not done here.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..errors import NotFound, Refused
from ..model import Excerpt, Match, Reading, Status, StoredArticle
from . import columns
from .articles import SNAPSHOT_COLUMNS, Articles, stored
from .clippings import MACHINE, Clippings
from .connection import Connection
from .tags import Origin, Tagged, Tags
from .wording import Wording

LOST: Final = "no longer matched after the query was edited"
FOUND_AGAIN: Final = "matches again after the query was edited"
EDITED: Final = "the query was edited"

_EVERYTHING = 2**62


@dataclass(frozen=True, slots=True)
class Kept:
    """An article with the matches of its newest version, as they are kept."""

    article: StoredArticle
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """A story as rematching finds it: its articles, and its clipping if it has one.

    `touched`: a person did something to the clipping. `frozen`: what it shows was approved
    or worded by a person. `credited` is the article and version that the excerpt was cut
    from. `primary` is the article that stands for the story.
    """

    story: int
    primary: int
    articles: tuple[Kept, ...]
    clipping: int | None = None
    status: Status | None = None
    version: int = 0
    touched: bool = False
    frozen: bool = False
    credited: tuple[int, int] = (0, 0)
    excerpt: Excerpt | None = None
    tags: tuple[Tagged, ...] = ()


class Rematching:
    """Articles of past rounds by query, and the clippings that follow an edited one."""

    def __init__(self, connection: Connection, articles: Articles, clippings: Clippings) -> None:
        self._connection = connection
        self._articles = articles
        self._clippings = clippings
        self._tags = Tags(connection)
        self._wording = Wording(connection)

    # ------------------------------------------------------------ which articles

    def floor(self, since: datetime | None) -> int:
        """The id of the first article that was saved at `since` or later."""
        if since is None:
            return 0
        found: int | None = self._connection.value(
            "SELECT id FROM article WHERE saved_at >= :since ORDER BY saved_at LIMIT 1",
            since=columns.time(since),
        )
        return _EVERYTHING if found is None else found

    def count(self, floor: int = 0) -> int:
        """How many articles there are from `floor` on."""
        found: int = self._connection.value(
            "SELECT count(*) FROM article WHERE id >= :floor", floor=floor
        )
        return found

    def superset(
        self,
        expression: str | None,
        floor: int = 0,
        *,
        kept: Iterable[str] | None = (),
        newest: int | None = None,
    ) -> array[int]:
        """Ids of all articles from `floor` on that a query may match, ascending, 8 bytes each.

        `expression` is FTS5's (None: every article), `kept` the campaigns of whom kept matches
        count too (None: of all). With `newest`, so many at most, the last saved.
        """
        limit = -1 if newest is None else newest
        found = self._narrowed(expression, floor, kept, limit)
        if found is None:
            found = self._connection.numbers(_ALL, floor=floor, limit=limit)
        found.reverse()
        return found

    def _narrowed(
        self, expression: str | None, floor: int, kept: Iterable[str] | None, limit: int
    ) -> array[int] | None:
        if expression is None:
            return None
        try:
            return self._connection.numbers(
                _NARROWED,
                expression=expression,
                floor=floor,
                campaigns=None if kept is None else columns.json_texts(kept),
                limit=limit,
            )
        except sqlite3.OperationalError:
            # FTS5 limits an expression's depth; then every article is looked at.
            return None

    def holds(self, expression: str | None) -> bool:
        """Whether the index holds anything that satisfies an FTS5 expression."""
        if expression is None:
            return True
        statement = "SELECT 1 FROM article_fts WHERE article_fts MATCH :asked LIMIT 1"
        try:
            return self._connection.row(statement, asked=expression) is not None
        except sqlite3.OperationalError:
            return True

    def odd(self, limit: int) -> tuple[StoredArticle, ...]:
        """The last saved articles whose words the index may cut otherwise."""
        ids = self._connection.numbers(
            "SELECT article FROM article_odd ORDER BY article DESC LIMIT :limit", limit=limit
        )
        return self.articles(ids)

    def articles(self, ids: Iterable[int]) -> tuple[StoredArticle, ...]:
        """The articles with these ids, ascending; those that there are not are left out."""
        rows = self._connection.rows(_ARTICLES, ids=json.dumps(list(ids)))
        return tuple(map(stored, rows))

    def stories(self, ids: Iterable[int]) -> tuple[int, ...]:
        """The stories of the articles with these ids, ascending."""
        statement = """
            SELECT DISTINCT story FROM article
            WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY story
        """
        rows = self._connection.rows(statement, ids=json.dumps(list(ids)))
        return tuple(row["story"] for row in rows)

    def decisions(self, stories: Iterable[int]) -> Mapping[int, tuple[int, Status]]:
        """The clipping of each story that has one, with its status."""
        rows = self._connection.rows(_DECISIONS, stories=json.dumps(list(stories)))
        return {row["story"]: (row["id"], Status(row["status"])) for row in rows}

    # ------------------------------------------------------------ how stories stand

    def standings(self, stories: Iterable[int]) -> tuple[Standing, ...]:
        """How these stories stand, those that there are, by id."""
        asked = json.dumps(sorted(set(stories)))
        kept: dict[int, list[Kept]] = {}
        matches = self._matches(asked)
        for row in self._connection.rows(_OF_STORIES, stories=asked):
            article = stored(row)
            kept.setdefault(article.story, []).append(
                Kept(article, tuple(matches.get(article.id, ())))
            )
        rows = self._connection.rows(_STANDINGS, stories=asked, machine=MACHINE)
        return tuple(self._standing(row, kept.get(row["id"], [])) for row in rows)

    def standing(self, story: int) -> Standing:
        """How one story stands. NotFound."""
        for found in self.standings((story,)):
            return found
        raise NotFound(f"There is no story {story}.")

    def _standing(self, row: sqlite3.Row, kept: Sequence[Kept]) -> Standing:
        clipping: int | None = row["clipping"]
        if clipping is None:
            return Standing(row["id"], row["main_article"] or 0, tuple(kept))
        return Standing(
            story=row["id"],
            primary=row["main_article"] or 0,
            articles=tuple(kept),
            clipping=clipping,
            status=Status(row["status"]),
            version=row["version"],
            touched=bool(row["touched"]),
            frozen=bool(row["frozen"]),
            credited=(row["article"], row["article_version"]),
            excerpt=columns.excerpt(row["spans"], row["words"], row["share"]),
            tags=self._tags.of(clipping),
        )

    def _matches(self, stories: str) -> dict[int, list[Match]]:
        found: dict[int, list[Match]] = {}
        for row in self._connection.rows(_MATCHES, stories=stories):
            match = columns.match(
                row["campaign"],
                row["query"],
                json.loads(row["hits"]),
                json.loads(row["explanation"]),
                row["weak"],
            )
            found.setdefault(row["article"], []).append(match)
        return found

    # ------------------------------------------------------------ following

    def unchanged(self, standing: Standing) -> bool:
        """Whether the story and its clipping still are as they were found."""
        now = self.standings((standing.story,))
        versions = {(kept.article.id, kept.article.version) for kept in standing.articles}
        return bool(now) and (
            (now[0].clipping, now[0].status, now[0].version)
            == (standing.clipping, standing.status, standing.version)
            and versions <= {(kept.article.id, kept.article.version) for kept in now[0].articles}
        )

    def rewrite(
        self, kept: Kept, matches: Sequence[Match], campaigns: Iterable[str] | None
    ) -> None:
        """Keep `matches` in place of the article's matches of these campaigns (None: of all)."""
        self._connection.run(
            """
            DELETE FROM match WHERE article = :article AND version = :version
                AND (:campaigns IS NULL
                     OR campaign IN (SELECT value FROM json_each(:campaigns)))
            """,
            article=kept.article.id,
            version=kept.article.version,
            campaigns=None if campaigns is None else columns.json_texts(campaigns),
        )
        self._articles.add_matches(kept.article.id, kept.article.version, matches)

    def queue(self, story: int, article: StoredArticle, reading: Reading, now: datetime) -> int:
        """Put a story that has no clipping before the editors, crediting `article`."""
        return self._clippings.queue(story, article.id, article.version, reading, now)

    def return_to_queue(self, clipping: int, version: int, now: datetime) -> None:
        """Bring back what `set_aside` set aside."""
        self._clippings.move(
            clipping, Status.QUEUED, who=MACHINE, now=now, reason=FOUND_AGAIN, version=version
        )

    def set_aside(self, clipping: int, version: int, now: datetime) -> None:
        """Reject a queued clipping that no query wants any more, as clipper's own step."""
        self._clippings.move(
            clipping, Status.REJECTED, who=MACHINE, now=now, reason=LOST, version=version
        )

    def retag(
        self,
        clipping: int,
        campaigns: Iterable[str] = (),
        labels: Iterable[str] = (),
        withdrawn: Iterable[str] = (),
    ) -> None:
        """Propose campaigns and labels as tags, and take back proposals."""
        self._tags.withdraw(clipping, withdrawn)
        self._tags.propose(clipping, Origin.CAMPAIGN, campaigns)
        self._tags.propose(clipping, Origin.RULE, labels)

    def recut(self, standing: Standing, excerpt: Excerpt) -> None:
        """Cut the excerpt anew from the same text. Refused for one that a person froze."""
        if standing.clipping is None or standing.frozen:
            raise Refused("An excerpt that a person chose is not cut anew.")
        self._wording.cut(standing.clipping, *standing.credited, excerpt)

    def revised(self, clipping: int, now: datetime) -> None:
        """Note in the clipping's history that an edited query changed its tags or words."""
        self._clippings.revised(clipping, EDITED, now)


# ---------------------------------------------------------------- statements

_KEPT = """
    SELECT DISTINCT article FROM match WHERE article >= :floor
        AND (:campaigns IS NULL OR campaign IN (SELECT value FROM json_each(:campaigns)))
"""

# The newest first, so that a limit leaves the oldest out; each branch has its own.
_NARROWED = f"""
    SELECT id FROM (
        SELECT * FROM (SELECT rowid AS id FROM article_fts
            WHERE article_fts MATCH :expression AND rowid >= :floor
            ORDER BY rowid DESC LIMIT :limit)
        UNION SELECT * FROM (SELECT article FROM article_odd WHERE article >= :floor
            ORDER BY article DESC LIMIT :limit)
        UNION SELECT * FROM ({_KEPT} ORDER BY article DESC LIMIT :limit)
    ) ORDER BY id DESC LIMIT :limit
"""  # noqa: S608

_ALL = """
    SELECT id FROM article WHERE id >= :floor ORDER BY id DESC LIMIT :limit
"""

_ARTICLES = f"""
    SELECT article.*, {SNAPSHOT_COLUMNS}
    FROM article LEFT JOIN snapshot ON snapshot.id = article.snapshot
    WHERE article.id IN (SELECT value FROM json_each(:ids)) ORDER BY article.id
"""  # noqa: S608

_OF_STORIES = f"""
    SELECT article.*, {SNAPSHOT_COLUMNS}
    FROM article LEFT JOIN snapshot ON snapshot.id = article.snapshot
    WHERE article.story IN (SELECT value FROM json_each(:stories))
    ORDER BY article.id
"""  # noqa: S608

_MATCHES = """
    SELECT match.* FROM match
    JOIN article ON article.id = match.article AND article.version = match.version
    WHERE article.story IN (SELECT value FROM json_each(:stories))
    ORDER BY match.article, match.campaign, match.query
"""

_DECISIONS = """
    SELECT story, id, status FROM clipping
    WHERE story IN (SELECT value FROM json_each(:stories))
"""

_STANDINGS = """
    SELECT story.id, story.main_article, clipping.id AS clipping, clipping.status,
        clipping.version, clipping.frozen, clipping.article, clipping.article_version,
        clipping.spans, clipping.words, clipping.share,
        EXISTS (SELECT 1 FROM transition
                WHERE transition.clipping = clipping.id AND who <> :machine) AS touched
    FROM story LEFT JOIN clipping ON clipping.story = story.id
    WHERE story.id IN (SELECT value FROM json_each(:stories)) ORDER BY story.id
"""
