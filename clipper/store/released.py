"""The words that left the house, and the reasons for those over the limit.

Whatever is sent is noted before it is sent, with the words as they stand in it: to a site, a
file, a mail alike. What an excerpt is changed to later adds to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE released (
    article INTEGER NOT NULL REFERENCES article(id),
    words TEXT NOT NULL,
    place TEXT NOT NULL,
    released_at TEXT NOT NULL,
    PRIMARY KEY (article, words)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO released (article, words, place, released_at)
SELECT clipping.article,
    substr(iif(old.version IS NULL, article.text, old.text),
        (span.value ->> 0) + 1, (span.value ->> 1) - (span.value ->> 0)),
    'before', coalesce(clipping.decided_at, clipping.queued_at)
FROM clipping JOIN article ON article.id = clipping.article
LEFT JOIN article_version AS old
    ON old.article = clipping.article AND old.version = clipping.article_version
JOIN json_each(clipping.spans) AS span
WHERE clipping.status IN ('published', 'withdrawn');

CREATE TABLE overrun (
    step INTEGER PRIMARY KEY REFERENCES transition(id),
    clipping INTEGER NOT NULL REFERENCES clipping(id),
    reason TEXT NOT NULL,
    over TEXT NOT NULL
) STRICT;
CREATE INDEX overrun_clipping ON overrun(clipping, step);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """That somebody let an excerpt be over the limit: who, when, why, and what was `over`."""

    clipping: int
    who: str
    at: datetime
    reason: str
    over: str


class Released:
    """The tables `released` and `overrun`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, clipping: int, words: Iterable[str], place: str, now: datetime) -> None:
        """Keep that these passages of a clipping's article are about to leave for a place."""
        self._connection.many(
            """
            INSERT OR IGNORE INTO released (article, words, place, released_at)
            SELECT article, :words, :place, :now FROM clipping WHERE id = :clipping
            """,
            [
                {"clipping": clipping, "words": each, "place": place, "now": columns.time(now)}
                for each in words
            ],
        )

    def of_story(self, story: int) -> tuple[str, ...]:
        """The passages that ever left of a story's articles: its copies are one text."""
        rows = self._connection.rows(
            """
            SELECT DISTINCT words FROM released JOIN article ON article.id = released.article
            WHERE article.story = :story ORDER BY words
            """,
            story=story,
        )
        return tuple(row["words"] for row in rows)

    def allow(self, clipping: int, reason: str, over: str) -> None:
        """Keep why the last step of a clipping may be over the limit."""
        self._connection.run(
            """
            INSERT INTO overrun (step, clipping, reason, over)
            SELECT max(id), :clipping, :reason, :over FROM transition WHERE clipping = :clipping
            """,
            clipping=clipping,
            reason=reason,
            over=over,
        )

    def overruns(self, clipping: int) -> tuple[Overrun, ...]:
        """What was let over the limit of a clipping and not taken back, the last first."""
        rows = self._connection.rows(
            """
            SELECT overrun.*, transition.who, transition.at FROM overrun
            JOIN transition ON transition.id = overrun.step
            WHERE overrun.clipping = :clipping AND transition.undone_by IS NULL
            ORDER BY overrun.step DESC
            """,
            clipping=clipping,
        )
        return tuple(
            Overrun(
                clipping=clipping,
                who=row["who"],
                at=columns.read_time(row["at"]),
                reason=row["reason"],
                over=row["over"],
            )
            for row in rows
        )
