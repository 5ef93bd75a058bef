"""Stories: which articles carry the same copy, and which of them is the primary."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import NotFound
from ..model import Placement, StoredArticle
from . import columns
from .articles import SNAPSHOT_COLUMNS, stored
from .connection import Connection


@dataclass(frozen=True, slots=True)
class Copy:
    """An article in its story. `placement` is the evidence by which it came there, as it was
    then; `primary`: it stands for the story."""

    article: StoredArticle
    placement: Placement
    primary: bool


class Stories:
    """The table `story`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def begin(self, now: datetime) -> int:
        """Make a story; it has no article yet."""
        return self._connection.run(
            "INSERT INTO story (began_at) VALUES (:at)", at=columns.time(now)
        )

    def of_article(self, article: int) -> int:
        """The story of an article; NotFound when there is no such article."""
        found = self._connection.value("SELECT story FROM article WHERE id = :id", id=article)
        if found is None:
            raise NotFound(f"There is no article {article}.")
        return int(found)

    def copies(self, story: int) -> tuple[Copy, ...]:
        """The articles of a story with their evidence, the first seen first.

        NotFound when the story has none: it never was, or was merged into another.
        """
        rows = self._connection.rows(_COPIES, story=story)
        if not rows:
            raise NotFound(f"There is no story {story}, or it was merged into another.")
        return tuple(
            Copy(
                article=(article := stored(row)),
                placement=Placement(
                    story=story,
                    kinship=article.kinship,
                    best=row["best"],
                    containment=row["containment"],
                    resemblance=row["resemblance"],
                    shared=row["shared"],
                ),
                primary=row["id"] == row["main_article"],
            )
            for row in rows
        )

    def primary(self, story: int) -> int:
        """The story's primary article; NotFound when there is no such story."""
        found = self._connection.value(
            "SELECT main_article FROM story WHERE id = :story", story=story
        )
        if found is None:
            raise NotFound(f"There is no story {story}.")
        return int(found)

    def set_primary(self, story: int, article: int, chosen_by: str = "") -> bool:
        """Make an article the primary; whether it now is.

        `chosen_by` names the person, empty for the machine, which never overrules one.
        """
        self._connection.run(
            """
            UPDATE story SET main_article = :article, chosen_by = :who
            WHERE id = :story AND (chosen_by = '' OR :who <> '')
            """,
            story=story,
            article=article,
            who=chosen_by,
        )
        return self.primary(story) == article


_COPIES = f"""
    SELECT article.*, {SNAPSHOT_COLUMNS}, story.main_article
    FROM article JOIN story ON story.id = article.story
    LEFT JOIN snapshot ON snapshot.id = article.snapshot
    WHERE article.story = :story ORDER BY article.id
"""  # noqa: S608
