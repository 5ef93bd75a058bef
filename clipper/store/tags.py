"""Tags of clippings: what the machine proposes, and what editors decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from .connection import Connection


class Origin(StrEnum):
    """Whose tag it is."""

    CAMPAIGN = "campaign"
    """A campaign's query matched an article of the story."""
    RULE = "rule"
    """A label's query in the config did."""
    EDITOR = "editor"
    """An editor put it on or took it off; the machine lets it be."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """One tag of a clipping. `removed`: an editor took it off, so it is not shown."""

    tag: str
    origin: Origin
    removed: bool


class Tags:
    """The table `clipping_tag`, as far as the machine writes it; editors' acts are `Wording`'s."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def of(self, clipping: int) -> tuple[Tagged, ...]:
        """All tags of a clipping by name, also those that an editor took off."""
        rows = self._connection.rows(
            "SELECT * FROM clipping_tag WHERE clipping = :id ORDER BY tag", id=clipping
        )
        return tuple(
            Tagged(row["tag"], Origin(row["origin"]), bool(row["removed"])) for row in rows
        )

    def propose(self, clipping: int, origin: Origin, tags: Iterable[str]) -> None:
        """Put tags on, each unless it is there already or an editor took it off."""
        self._connection.many(
            """
            INSERT OR IGNORE INTO clipping_tag (clipping, tag, origin)
            VALUES (:id, :tag, :origin)
            """,
            [{"id": clipping, "tag": tag, "origin": origin.value} for tag in tags],
        )

    def withdraw(self, clipping: int, tags: Iterable[str]) -> None:
        """Take back proposals; what an editor decided about stays."""
        self._connection.many(
            """
            DELETE FROM clipping_tag
            WHERE clipping = :id AND tag = :tag AND origin <> 'editor' AND removed = 0
            """,
            [{"id": clipping, "tag": tag} for tag in tags],
        )
