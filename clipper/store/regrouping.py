"""What editors merge and split, and placing everything anew.

Each act is kept with the article that was newest then. A rebuild places all articles
again in the order in which they came and repeats each act at its moment, so the same
order gives the same stories, and no machine undoes what a person decided.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Row
from typing import TypeAlias

from ..errors import NotFound, Refused
from ..model import Kinship, Nearby, Newcomer, Placement, Status
from . import columns, fingerprints
from .clippings import Clippings
from .connection import Connection

Place: TypeAlias = Callable[[Newcomer, Nearby], Placement]
"""`dedupe.place`, or another that decides alike."""

# A clipping in these may be set aside when its story goes into one that has its own.
_TO_REJECTED: dict[Status, tuple[Status, ...]] = {
    Status.QUEUED: (Status.REJECTED,),
    Status.SNOOZED: (Status.QUEUED, Status.REJECTED),
    Status.REJECTED: (),
    Status.WITHDRAWN: (),
}


@dataclass(frozen=True, slots=True)
class Act:
    """What an editor did: `merge` brought the story of `article` into that of `other`,
    `split` gave `article` a story of its own (`other` is None). `newest` is the last
    article that was there then."""

    kind: str
    article: int
    other: int | None
    who: str
    at: datetime
    newest: int


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What placing everything anew changes: how many articles there are, `moved` those
    in another story now, `stuck` the clippings whose article went to a story that has a
    clipping already (they stay as they are, for an editor to look at)."""

    articles: int
    moved: tuple[int, ...]
    stuck: tuple[int, ...]


class Regrouping:
    """The table `regrouping`, and the stories that it changes."""

    def __init__(self, connection: Connection, clippings: Clippings) -> None:
        self._connection = connection
        self._clippings = clippings
        self._fingerprints = fingerprints.Fingerprints(connection)

    def merge(self, story: int, into: int, *, who: str, now: datetime) -> int:
        """Bring all articles of `story` into the story `into`; how many came.

        The clipping of `into` stands. If only `story` has one, it goes along; if both have,
        that of `story` is rejected with the reason, and Refused when it is approved or
        published. NotFound when a story has no articles.
        """
        with self._connection.transaction():
            _named(who)
            if story == into:
                raise Refused(f"Story {story} can't be merged into itself.")
            articles, others = self._articles(story), self._articles(into)
            self._merge_clippings(story, into, who, now)
            self._record("merge", articles[0], others[0], story, into, who, now)
            self._move(articles, into)
            self._link(articles[0], others[0])
            self._connection.run("UPDATE story SET main_article = NULL WHERE id = :id", id=story)
            return len(articles)

    def split(self, article: int, *, who: str, now: datetime) -> int:
        """Give `article` a story of its own; that story's id.

        The clipping stays with the story, unless it credits this very article: then it
        goes along. Refused when the article is alone in its story.
        """
        with self._connection.transaction():
            _named(who)
            old = self._story_of(article)
            if len(self._articles(old)) == 1:
                raise Refused(f"Article {article} is the only one of story {old}.")
            new = self._begin(now)
            self._record("split", article, None, old, new, who, now)
            self._move([article], new)
            self._link(article, None)
            self._connection.run(
                "UPDATE clipping SET story = :new, version = version + 1 "
                "WHERE story = :old AND article = :article",
                new=new,
                old=old,
                article=article,
            )
            self._settle_primaries()
            return new

    def survivor(self, story: int) -> int:
        """The story that `story` is part of now: itself, or what it was merged into."""
        seen = {story}
        while (row := self._connection.row(_MERGED_INTO, story=story)) is not None:
            story = row["after_story"]
            if story in seen or self._count(story):
                return story
            seen.add(story)
        return story

    def acts(self) -> tuple[Act, ...]:
        """All that editors merged and split, the first first."""
        return tuple(_act(row) for row in self._connection.rows(_ACTS, above=-1, until=2**62))

    # ------------------------------------------------------------ rebuilding

    def rebuild(self, place: Place, now: datetime, *, dry_run: bool = False) -> Rebuilt:
        """Place all articles anew, in the order in which they came, editors' acts included.

        Works on a copy in the temporary folder; the store changes at the end, in one
        transaction, and not at all with `dry_run`. A story keeps the id of its first
        article's story. An article's newest text counts, whichever version came first.
        """
        with tempfile.TemporaryDirectory() as folder:
            copy = _Copy(Path(folder) / "rebuilt.db")
            try:
                number = self._place_all(copy, place)
                changes = list(self._changes(copy))
            finally:
                copy.close()
        if dry_run or not changes:
            return Rebuilt(number, tuple(change.article for change in changes), ())
        with self._connection.transaction():
            stuck = self._apply(changes, now)
        return Rebuilt(number, tuple(change.article for change in changes), stuck)

    def _place_all(self, copy: _Copy, place: Place) -> int:
        number, last = 0, -1
        with copy.connection.transaction():
            for article, _, newcomer in self._fingerprints.newcomers():
                self._repeat(copy, last, article - 1)
                copy.take(article, newcomer, place)
                number, last = number + 1, article - 1
            self._repeat(copy, last, 2**62)
        return number

    def _repeat(self, copy: _Copy, above: int, until: int) -> None:
        for row in self._connection.rows(_ACTS, above=above, until=until):
            copy.repeat(_act(row))

    def _changes(self, copy: _Copy) -> Iterator[_Change]:
        """Articles whose story differs, each with the id that its new story shall have."""
        names: dict[int, int] = {}
        taken: set[int] = set()
        fresh = int(self._connection.value("SELECT coalesce(max(id), 0) FROM story"))
        for article, story, _ in self._fingerprints.newcomers():
            placed = copy.placed(article)
            if placed["story"] not in names:
                fresh += story in taken
                names[placed["story"]] = fresh if story in taken else story
                taken.add(names[placed["story"]])
            if names[placed["story"]] != story:
                yield _Change(article, names[placed["story"]], placed["kinship"], placed["best"])

    def _apply(self, changes: list[_Change], now: datetime) -> tuple[int, ...]:
        self._connection.many(
            "INSERT OR IGNORE INTO story (id, began_at) VALUES (:story, :at)",
            [{"story": change.story, "at": columns.time(now)} for change in changes],
        )
        for change in changes:
            self._move([change.article], change.story)
            self._connection.run(
                "UPDATE article SET kinship = :kinship, best = :best WHERE id = :article",
                kinship=change.kinship,
                best=change.best,
                article=change.article,
            )
        self._settle_primaries()
        self._connection.run(_CLIPPINGS_FOLLOW)
        return tuple(row[0] for row in self._connection.rows(_CLIPPINGS_STUCK))

    # ------------------------------------------------------------ steps

    def _merge_clippings(self, story: int, into: int, who: str, now: datetime) -> None:
        goes, stays = self._clippings.of_story(story), self._clippings.of_story(into)
        if goes is None:
            return
        if stays is None:
            self._connection.run(
                "UPDATE clipping SET story = :into, version = version + 1 WHERE id = :goes",
                into=into,
                goes=goes,
            )
            return
        steps = _TO_REJECTED.get(self._clippings.status(goes))
        if steps is None:
            raise Refused(
                f"Both stories have a clipping, and {goes} is "
                f"{self._clippings.status(goes)}. Merge the other way round, or take it back first."
            )
        for step in steps:
            reason = f"merged into story {into}, clipping {stays}"
            self._clippings.move(goes, step, who=who, now=now, reason=reason)

    def _record(
        self,
        kind: str,
        article: int,
        other: int | None,
        old: int,
        new: int,
        who: str,
        now: datetime,
    ) -> None:
        self._connection.run(
            """
            INSERT INTO regrouping
                (at, who, kind, article, other, before_story, after_story, newest)
            VALUES (:at, :who, :kind, :article, :other, :old, :new,
                (SELECT max(id) FROM article))
            """,
            at=columns.time(now),
            who=who,
            kind=kind,
            article=article,
            other=other,
            old=old,
            new=new,
        )

    def _move(self, articles: list[int], story: int) -> None:
        for article in articles:
            self._connection.run(
                "UPDATE article SET story = :story WHERE id = :article",
                story=story,
                article=article,
            )
        self._fingerprints.move(articles, story)

    def _link(self, article: int, best: int | None) -> None:
        self._connection.run(
            "UPDATE article SET kinship = :editor, best = :best WHERE id = :article",
            editor=Kinship.EDITOR.value,
            best=best,
            article=article,
        )

    def _settle_primaries(self) -> None:
        """Have no story's primary be an article of another story, or none though it has some."""
        self._connection.run(_SETTLE)

    def _begin(self, now: datetime) -> int:
        return self._connection.run(
            "INSERT INTO story (began_at) VALUES (:at)", at=columns.time(now)
        )

    def _articles(self, story: int) -> list[int]:
        rows = self._connection.rows(
            "SELECT id FROM article WHERE story = :story ORDER BY id", story=story
        )
        if not rows:
            raise NotFound(f"There is no story {story}, or it was merged into another.")
        return [row[0] for row in rows]

    def _count(self, story: int) -> int:
        found: int = self._connection.value(
            "SELECT count(*) FROM article WHERE story = :story", story=story
        )
        return found

    def _story_of(self, article: int) -> int:
        found: int | None = self._connection.value(
            "SELECT story FROM article WHERE id = :article", article=article
        )
        if found is None:
            raise NotFound(f"There is no article {article}.")
        return found


@dataclass(frozen=True, slots=True)
class _Change:
    article: int
    story: int
    kinship: str
    best: int | None


class _Copy:
    """Fingerprints and stories alone, in a file of their own, filled anew."""

    def __init__(self, path: Path) -> None:
        self.connection = Connection(path)
        self.connection.db.executescript(_COPY_TABLES)
        fingerprints.create(self.connection.db)
        self._fingerprints = fingerprints.Fingerprints(self.connection)

    def close(self) -> None:
        self.connection.close()

    def take(self, article: int, newcomer: Newcomer, place: Place) -> None:
        placement = place(newcomer, self._fingerprints.similar(newcomer))
        story = placement.story or self._begin()
        self.connection.run(
            "INSERT INTO article VALUES (:article, :story, :kinship, :best)",
            article=article,
            story=story,
            kinship=placement.kinship.value,
            best=placement.best,
        )
        self._fingerprints.add(article, story, newcomer)

    def repeat(self, act: Act) -> None:
        story = self.placed(act.article)["story"]
        into = self._begin() if act.other is None else self.placed(act.other)["story"]
        whole = "id = :article" if act.other is None else "story = :story"
        rows = self.connection.rows(
            f"SELECT id FROM article WHERE {whole}",  # noqa: S608
            article=act.article,
            story=story,
        )
        moved = [row[0] for row in rows]
        self.connection.many(
            "UPDATE article SET story = :into WHERE id = :id",
            [{"into": into, "id": each} for each in moved],
        )
        self._fingerprints.move(moved, into)
        self.connection.run(
            "UPDATE article SET kinship = 'editor', best = :best WHERE id = :article",
            best=act.other,
            article=act.article,
        )

    def placed(self, article: int) -> Row:
        found = self.connection.row("SELECT * FROM article WHERE id = :article", article=article)
        if found is None:
            raise NotFound(f"Article {article} has no fingerprint.")
        return found

    def _begin(self) -> int:
        return self.connection.run("INSERT INTO story DEFAULT VALUES")


def _named(who: str) -> None:
    if not who:
        raise Refused("A decision needs the name of the person who makes it.")


def _act(row: Row) -> Act:
    return Act(
        kind=row["kind"],
        article=row["article"],
        other=row["other"],
        who=row["who"],
        at=columns.read_time(row["at"]),
        newest=row["newest"],
    )


# ---------------------------------------------------------------- statements

_ACTS = "SELECT * FROM regrouping WHERE newest > :above AND newest <= :until ORDER BY id"

_MERGED_INTO = """
SELECT after_story FROM regrouping WHERE kind = 'merge' AND before_story = :story
ORDER BY id DESC LIMIT 1
"""

_SETTLE = """
UPDATE story SET
    chosen_by = '',
    main_article = (SELECT min(article.id) FROM article WHERE article.story = story.id)
WHERE (main_article IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM article WHERE article.id = story.main_article AND article.story = story.id))
   OR (main_article IS NULL AND EXISTS (SELECT 1 FROM article WHERE article.story = story.id))
"""

_CLIPPINGS_FOLLOW = """
UPDATE OR IGNORE clipping SET
    story = (SELECT article.story FROM article WHERE article.id = clipping.article),
    version = version + 1
WHERE story <> (SELECT article.story FROM article WHERE article.id = clipping.article)
"""

# Not those that a merge set aside: an editor knows of them.
_CLIPPINGS_STUCK = """
SELECT clipping.id FROM clipping JOIN article ON article.id = clipping.article
WHERE article.story <> clipping.story
  AND NOT EXISTS (SELECT 1 FROM regrouping
                  WHERE kind = 'merge' AND before_story = clipping.story)
ORDER BY clipping.id
"""

_COPY_TABLES = """
CREATE TABLE story (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    story INTEGER NOT NULL REFERENCES story(id),
    kinship TEXT NOT NULL,
    best INTEGER
) STRICT;
CREATE INDEX article_story ON article(story);
"""
