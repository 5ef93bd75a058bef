"""Entries: what sources listed, from first sight until an article or a reason why not."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from .. import urls
from ..model import Entry, ExtractError, FetchError, Pending, Poll
from . import columns
from .connection import Connection
from .sources import FARTHEST
from .values import Noted

MOST_REVISIONS: Final = 24
"""An entry that changes at every look is noted so often and no more."""


class Entries:
    """The tables `entry` and `entry_revision`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------ noting

    def note(self, source: str, poll: Poll, now: datetime) -> Noted:
        """Keep the entries of a poll: the unseen as pending, the changed as revised.

        One entry that can't be kept (text that is no Unicode, say) is refused by itself.
        To be called inside a transaction.
        """
        tally = _Tally()
        for entry in poll.entries:
            try:
                self._note(source, entry, now, tally)
            except (UnicodeEncodeError, sqlite3.DataError, ValueError, OverflowError) as error:
                tally.refused.append(f"{entry.key[:80]!r} could not be kept: {error}")
        return Noted(
            seen=len(poll.entries),
            before=tally.before,
            pending=tuple(tally.pending),
            dropped=dict(tally.dropped),
            revised=tuple(tally.revised),
            refused=tuple(tally.refused),
            unseen=tuple(tally.unseen),
        )

    def _note(self, source: str, entry: Entry, now: datetime, tally: _Tally) -> None:
        seen = self._connection.row(
            """
            SELECT id, title, published_raw, revisions, state FROM entry
            WHERE source = :source AND key = :key
            """,
            source=source,
            key=entry.key,
        )
        if seen is not None:
            tally.before += 1
            if self._note_revision(seen, entry, now):
                tally.revised.append(seen["id"])
            return
        url_key = urls.strict_key(entry.url) if entry.url else ""
        owner = self._owner(url_key)
        why = "" if owner is None else f"already had from {owner}"
        number = self._insert(source, entry, url_key, why, now)
        tally.unseen.append(entry)
        if why:
            tally.dropped[why] += 1
        else:
            tally.pending.append(number)

    def _owner(self, url_key: str) -> str | None:
        """The source, or else the outlet, that a URL was had from before; None when unseen."""
        if not url_key:
            return None
        owner: str | None = self._connection.value(
            """
            SELECT source FROM entry
            WHERE url_key = :url_key AND url_key <> '' AND state <> 'known'
            UNION ALL
            SELECT article.outlet FROM article_url JOIN article ON article.id = article_url.article
            WHERE article_url.url_key = :url_key
            LIMIT 1
            """,
            url_key=url_key,
        )
        return owner

    def _insert(self, source: str, entry: Entry, url_key: str, why: str, now: datetime) -> int:
        at = columns.time(now)
        return self._connection.run(
            """
            INSERT INTO entry (source, key, state, url, url_key, title, byline, summary, content,
                published_at, published_raw, language, tags, first_seen_at, next_try_at, why)
            VALUES (:source, :key, :state, :url, :url_key, :title, :byline, :summary, :content,
                :published_at, :published_raw, :language, :tags, :at, :at, :why)
            """,
            source=source,
            key=entry.key,
            state="known" if why else "pending",
            url=entry.url,
            url_key=url_key,
            title=entry.title,
            byline=entry.byline,
            summary=entry.summary,
            content="" if why else entry.content,
            published_at=columns.time_or_none(entry.published_at),
            published_raw=entry.published_raw,
            language=entry.language,
            tags=columns.json_texts(entry.tags),
            at=at,
            why=why,
        )

    def _note_revision(self, seen: sqlite3.Row, entry: Entry, now: datetime) -> bool:
        same = (seen["title"], seen["published_raw"]) == (entry.title, entry.published_raw)
        if same or seen["revisions"] >= MOST_REVISIONS:
            return False
        self._connection.run(
            """
            INSERT INTO entry_revision (entry, number, seen_at, title, published_raw)
            SELECT id, revisions + 1, :at, title, published_raw FROM entry WHERE id = :id
            """,
            id=seen["id"],
            at=columns.time(now),
        )
        self._connection.run(
            """
            UPDATE entry SET title = :title, published_raw = :published_raw,
                published_at = :published_at, summary = :summary, byline = :byline,
                content = iif(state = 'pending', :content, content), revisions = revisions + 1
            WHERE id = :id
            """,
            id=seen["id"],
            title=entry.title,
            published_raw=entry.published_raw,
            published_at=columns.time_or_none(entry.published_at),
            summary=entry.summary,
            byline=entry.byline,
            content=entry.content,
        )
        return True

    # ------------------------------------------------------------ waiting

    def pending(
        self, now: datetime, sources: Iterable[str] = (), limit: int = 500
    ) -> tuple[Pending, ...]:
        """Entries whose page is to be fetched now, the longest known first, at most `limit`.

        Among them those that an earlier round left undone and those whose next try has
        come. `sources` restricts to source slugs; entries of sources that the config
        names no more wait.
        """
        wanted = tuple(sources)
        named = "entry.source IN (SELECT value FROM json_each(:sources))" if wanted else "1"
        rows = self._connection.rows(
            f"""
            SELECT entry.*, source.outlet FROM entry JOIN source ON source.slug = entry.source
            WHERE entry.state = 'pending' AND source.active = 1
              AND (entry.next_try_at <= :now OR entry.next_try_at > :farthest)
              AND {named}
            ORDER BY entry.next_try_at, entry.id LIMIT :limit
            """,  # noqa: S608
            now=columns.time(now),
            farthest=columns.time(now + FARTHEST),
            sources=columns.json_texts(wanted),
            limit=max(0, limit),
        )
        return tuple(map(read_pending, rows))

    def again(self, ids: Iterable[int], now: datetime) -> None:
        """Have these entries wait for their page once more (their outlet changed them)."""
        numbers = list(ids)
        if not numbers:
            return
        self._connection.run(
            """
            UPDATE entry SET state = 'pending', next_try_at = :at, attempts = 0, why = ''
            WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('saved', 'given-up')
            """,
            ids=columns.as_json(numbers),
            at=columns.time(now),
        )

    def note_failure(
        self,
        pending: Pending,
        error: FetchError | ExtractError,
        now: datetime,
        next_try_at: datetime | None,
    ) -> None:
        """Keep that an entry's page was not had, and when to try again.

        None gives it up: the entry stays, with the reason.
        """
        self._connection.run(
            """
            UPDATE entry SET attempts = attempts + 1, why = :why,
                state = iif(:next_try_at IS NULL, 'given-up', 'pending'),
                next_try_at = coalesce(:next_try_at, :at)
            WHERE id = :id AND state = 'pending'
            """,
            id=pending.id,
            why=f"{error.kind}: {error.text}",
            next_try_at=columns.time_or_none(next_try_at),
            at=columns.time(now),
        )

    def settle(
        self,
        id: int,  # noqa: A002
        article: int | None,
        now: datetime,
        *,
        why: str = "",
        keep_content: bool = False,
        again_at: datetime | None = None,
    ) -> None:
        """Mark an entry as done: its article is saved, or, with None, it is given up.

        With `again_at` it waits on, for its page: the feed's own words served meanwhile.
        """
        self._connection.run(
            """
            UPDATE entry SET article = coalesce(:article, article), why = :why,
                state = CASE WHEN :again_at IS NOT NULL THEN 'pending'
                    WHEN :article IS NULL THEN 'given-up' ELSE 'saved' END,
                attempts = attempts + 1, next_try_at = coalesce(:again_at, :now),
                content = iif(:keep_content, content, '')
            WHERE id = :id
            """,
            id=id,
            article=article,
            why=why,
            again_at=columns.time_or_none(again_at),
            now=columns.time(now),
            keep_content=keep_content,
        )

    def listed(self, source: str, key: str) -> tuple[Entry, int] | None:
        """An entry as its source listed it last, and how often it was revised; None for none."""
        row = self._connection.row(
            """
            SELECT entry.*, source.outlet FROM entry JOIN source ON source.slug = entry.source
            WHERE entry.source = :source AND entry.key = :key
            """,
            source=source,
            key=key,
        )
        return None if row is None else (read_pending(row).entry, row["revisions"])

    def article_of(self, id: int) -> int | None:  # noqa: A002
        """The article that an entry already became and waits no more; None while it waits."""
        found: int | None = self._connection.value(
            "SELECT article FROM entry WHERE id = :id AND state = 'saved'", id=id
        )
        return found


class _Tally:
    """The counts of one `note`, while it runs."""

    def __init__(self) -> None:
        self.before = 0
        self.pending: list[int] = []
        self.dropped: Counter[str] = Counter()
        self.revised: list[int] = []
        self.refused: list[str] = []
        self.unseen: list[Entry] = []


def read_pending(row: sqlite3.Row) -> Pending:
    """The entry of a row that holds its columns and its source's outlet."""
    entry = Entry(
        key=row["key"],
        url=row["url"],
        title=row["title"],
        byline=row["byline"],
        summary=row["summary"],
        content=row["content"],
        published_at=columns.read_time_or_none(row["published_at"]),
        published_raw=row["published_raw"],
        language=row["language"],
        tags=columns.texts(row["tags"]),
    )
    return Pending(
        id=row["id"],
        source=row["source"],
        outlet=row["outlet"],
        entry=entry,
        first_seen_at=columns.read_time(row["first_seen_at"]),
        attempts=row["attempts"],
    )
