"""Stories: which articles carry the same copy, and which of them is the primary."""

from __future__ import annotations

from datetime import datetime

from ..errors import NotFound
from . import columns
from .connection import Connection


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
