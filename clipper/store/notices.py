"""Notices: what is to be told to whom, how far that came, and what was told before."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    told TEXT NOT NULL,
    made_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'intended', 'sent', 'dropped')),
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    again_at TEXT,
    ended_at TEXT,
    UNIQUE (target, key)
) STRICT;
CREATE INDEX notice_open ON notice(target, id) WHERE state IN ('waiting', 'intended');

CREATE TABLE notice_mark (
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    upto INTEGER NOT NULL,
    PRIMARY KEY (target, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE notice_standing (
    target TEXT NOT NULL,
    subject TEXT NOT NULL,
    level INTEGER NOT NULL,
    since_at TEXT NOT NULL,
    PRIMARY KEY (target, subject)
) STRICT, WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one target. `target` is its name in the config, never its address.

    `told` are the facts. `state`: `waiting`, `intended` (about to be sent: left over, it may have
    been sent), `sent`, or `dropped` (given up). `reason` says why it was not sent yet.
    """

    id: int
    target: str
    kind: str
    key: str
    told: Mapping[str, Any]
    made_at: datetime
    state: str
    attempts: int
    reason: str
    again_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A clipping as a notice tells it; `campaigns` are its tags."""

    clipping: int
    headline: str
    outlet: str
    url: str
    campaigns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged(Queued):
    """A step that brought a clipping to another status; `step` grows with each."""

    step: int
    after: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Outlets that ran a story (`clipping` and its `headline`) or met a campaign's query within
    a span of time; `campaigns` are the story's tags, or that campaign."""

    subject: str
    outlets: tuple[str, ...]
    campaigns: tuple[str, ...]
    clipping: int | None = None
    headline: str = ""


class Notices:
    """The tables `notice`, `notice_mark` and `notice_standing`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------ the outbox

    def add(self, target: str, kind: str, key: str, told: Mapping[str, Any], now: datetime) -> None:
        """Keep that something is to be told; what has that key already is told once."""
        self._connection.run(
            """
            INSERT OR IGNORE INTO notice (target, kind, key, told, made_at)
            VALUES (:target, :kind, :key, :told, :now)
            """,
            target=target,
            kind=kind,
            key=key,
            told=columns.as_json(told),
            now=columns.time(now),
        )

    def open(self, target: str = "") -> tuple[Notice, ...]:
        """What waits or may have been sent, to one target or at all, the oldest first."""
        rows = self._connection.rows(
            """
            SELECT * FROM notice WHERE state IN ('waiting', 'intended')
                AND :target IN ('', target) ORDER BY target, id
            """,
            target=target,
        )
        return tuple(map(_notice, rows))

    def ended(self, limit: int = 20) -> tuple[Notice, ...]:
        """What was sent or given up, the last first."""
        rows = self._connection.rows(
            """
            SELECT * FROM notice WHERE state IN ('sent', 'dropped')
            ORDER BY ended_at DESC, id DESC LIMIT :limit
            """,
            limit=limit,
        )
        return tuple(map(_notice, rows))

    def intend(self, ids: Iterable[int]) -> None:
        """Keep that these are about to be sent."""
        self._connection.many(
            "UPDATE notice SET state = 'intended', attempts = attempts + 1 WHERE id = :id",
            [{"id": each} for each in ids],
        )

    def end(self, ids: Iterable[int], state: str, now: datetime, reason: str = "") -> None:
        """Keep what became of them: `sent`, `dropped`, or `intended` with a doubt's reason."""
        self._connection.many(
            """
            UPDATE notice SET state = :state, reason = :reason, again_at = NULL, ended_at = :now
            WHERE id = :id
            """,
            [
                {"id": each, "state": state, "reason": reason, "now": columns.time(now)}
                for each in ids
            ],
        )

    def put_off(self, ids: Iterable[int], again_at: datetime, reason: str) -> None:
        """Keep that they were not sent, why, and when to try again."""
        self._connection.many(
            """
            UPDATE notice SET state = 'waiting', reason = :reason, again_at = :again
            WHERE id = :id
            """,
            [{"id": each, "reason": reason, "again": columns.time(again_at)} for each in ids],
        )

    def forget(self, before: datetime) -> None:
        """Forget what was ended before then."""
        self._connection.run(
            "DELETE FROM notice WHERE state IN ('sent', 'dropped') AND ended_at < :before",
            before=columns.time(before),
        )

    # ------------------------------------------------------------ what was told before

    def mark(self, target: str, kind: str) -> int | None:
        """Up to which row a target was told of things of that kind; None before the first."""
        found: int | None = self._connection.value(
            "SELECT upto FROM notice_mark WHERE target = :target AND kind = :kind",
            target=target,
            kind=kind,
        )
        return found

    def note_mark(self, target: str, kind: str, upto: int) -> None:
        """Keep up to which row a target was told; what is kept already is not written again."""
        self._connection.run(
            """
            INSERT INTO notice_mark (target, kind, upto) VALUES (:target, :kind, :upto)
            ON CONFLICT DO UPDATE SET upto = :upto WHERE upto <> :upto
            """,
            target=target,
            kind=kind,
            upto=upto,
        )

    def standing(self, target: str) -> Mapping[str, tuple[int, datetime]]:
        """What a target was told that still stands: subject to level and since when."""
        rows = self._connection.rows(
            "SELECT * FROM notice_standing WHERE target = :target ORDER BY subject", target=target
        )
        return {r["subject"]: (r["level"], columns.read_time(r["since_at"])) for r in rows}

    def stand(self, target: str, subject: str, level: int, since: datetime) -> None:
        """Keep that a target was told of it at that level."""
        self._connection.run(
            """
            INSERT OR REPLACE INTO notice_standing (target, subject, level, since_at)
            VALUES (:target, :subject, :level, :since)
            """,
            target=target,
            subject=subject,
            level=level,
            since=columns.time(since),
        )

    def fall(self, target: str, subject: str) -> None:
        """Keep that it no longer stands: should it come again, it is told again."""
        self._connection.run(
            "DELETE FROM notice_standing WHERE target = :target AND subject = :subject",
            target=target,
            subject=subject,
        )

    # ------------------------------------------------------------ what there is to tell

    def rows_before(self, before: datetime) -> tuple[int, int]:
        """The last clipping queued, and the last step made, until `before`; 0 for none."""
        at = columns.time(before)
        last = "SELECT max(id) FROM clipping WHERE queued_at <= :at"
        step = "SELECT max(id) FROM transition WHERE at <= :at"
        return (
            self._connection.value(last, at=at) or 0,
            self._connection.value(step, at=at) or 0,
        )

    def polled_at(self) -> datetime | None:
        """When a source was looked at last, None before the first time."""
        at = self._connection.value("SELECT max(last_polled_at) FROM source WHERE active = 1")
        return columns.read_time_or_none(at)

    def queued_after(self, clipping: int) -> tuple[Queued, ...]:
        """The clippings after that one that wait for a decision, the newest first."""
        rows = self._connection.rows(
            f"""
            SELECT {_TOLD} FROM clipping JOIN article ON article.id = clipping.article
            WHERE clipping.id > :id AND clipping.status = 'queued' ORDER BY clipping.id DESC
            """,  # noqa: S608
            id=clipping,
        )
        return tuple(Queued(**_told(row)) for row in rows)

    def judged_after(self, step: int, statuses: Sequence[str]) -> tuple[Judged, ...]:
        """The steps after that one that brought a clipping to one of these statuses."""
        rows = self._connection.rows(
            f"""
            SELECT {_TOLD}, transition.id AS step, transition.after, transition.at
            FROM transition JOIN clipping ON clipping.id = transition.clipping
            JOIN article ON article.id = clipping.article
            WHERE transition.id > :step AND before <> after
                AND after IN (SELECT value FROM json_each(:statuses)) ORDER BY transition.id
            """,  # noqa: S608
            step=step,
            statuses=json.dumps(list(statuses)),
        )
        return tuple(
            Judged(
                **_told(row),
                step=row["step"],
                after=row["after"],
                at=columns.read_time(row["at"]),
            )
            for row in rows
        )

    def crowds(self, since: datetime, least: int) -> tuple[Crowd, ...]:
        """Stories and campaigns with articles from `least` outlets that came out, and were seen,
        since then. Stories that were rejected do not count."""
        asked = {"since": columns.time(since), "least": least}
        stories = self._connection.rows(_STORIES, **asked)
        campaigns = self._connection.rows(_CAMPAIGNS, **asked)
        return (
            *(
                Crowd(
                    subject=f"story:{row['story']}",
                    outlets=columns.texts(row["outlets"]),
                    campaigns=columns.texts(row["tags"]),
                    clipping=row["clipping"],
                    headline=row["headline"],
                )
                for row in stories
            ),
            *(
                Crowd(
                    subject=f"campaign:{row['campaign']}",
                    outlets=columns.texts(row["outlets"]),
                    campaigns=(row["campaign"],),
                )
                for row in campaigns
            ),
        )


_TAGS: Final = """(SELECT json_group_array(tag) FROM clipping_tag
    WHERE clipping_tag.clipping = clipping.id AND removed = 0)"""
_HEADLINE: Final = "iif(clipping.headline <> '', clipping.headline, {0}.title)"
_TOLD: Final = f"""clipping.id AS clipping, {_HEADLINE.format("article")} AS headline,
    article.outlet AS outlet,
    iif(article.canonical_url <> '', article.canonical_url, article.url) AS url,
    {_TAGS} AS tags"""

_FRESH: Final = """article.saved_at > :since AND article.first_seen_at > :since
    AND (article.published_at IS NULL OR article.published_at > :since)"""

_STORIES: Final = f"""
    SELECT article.story, clipping.id AS clipping, {_HEADLINE.format("main")} AS headline,
        {_TAGS} AS tags, json_group_array(DISTINCT article.outlet) AS outlets
    FROM article JOIN clipping ON clipping.story = article.story
    JOIN article AS main ON main.id = clipping.article
    WHERE {_FRESH} AND clipping.status <> 'rejected'
    GROUP BY article.story HAVING count(DISTINCT article.outlet) >= :least
    ORDER BY article.story
"""  # noqa: S608
_CAMPAIGNS: Final = f"""
    SELECT match.campaign, json_group_array(DISTINCT article.outlet) AS outlets
    FROM article JOIN match ON match.article = article.id AND match.version = article.version
    WHERE {_FRESH}
    GROUP BY match.campaign HAVING count(DISTINCT article.outlet) >= :least
    ORDER BY match.campaign
"""  # noqa: S608


def _told(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "clipping": row["clipping"],
        "headline": row["headline"],
        "outlet": row["outlet"],
        "url": row["url"],
        "campaigns": columns.texts(row["tags"]),
    }


def _notice(row: sqlite3.Row) -> Notice:
    return Notice(
        id=row["id"],
        target=row["target"],
        kind=row["kind"],
        key=row["key"],
        told=json.loads(row["told"]),
        made_at=columns.read_time(row["made_at"]),
        state=row["state"],
        attempts=row["attempts"],
        reason=row["reason"],
        again_at=columns.read_time_or_none(row["again_at"]),
    )
