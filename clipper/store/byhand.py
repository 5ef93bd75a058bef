"""What the store knows of an address that a person wants clipped, and the entry for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .. import urls
from ..model import Entry, Outlet, Pending
from . import columns
from .articles import Articles
from .connection import Connection
from .entries import read_pending

PREFIX: Final = "by-hand:"
"""Begins the slug of the source that stands for what was clipped by hand from an outlet; no
slug of a config holds a colon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownUrl:
    """What is known of a URL.

    `article` is the last one that it leads to, else None. `listed` is the entry under which
    a source listed it, which has no article yet; `why` the reason, when it was given up.
    """

    article: int | None = None
    listed: Pending | None = None
    why: str = ""


class ByHand:
    """Entries that no source listed."""

    def __init__(self, connection: Connection, articles: Articles) -> None:
        self._connection = connection
        self._articles = articles

    def known(self, url: str) -> KnownUrl:
        """What is known of `url`, by its strict key."""
        key = urls.strict_key(url)
        found = self._articles.with_url((key,))
        if found:
            return KnownUrl(article=found[-1])
        row = self._connection.row(
            """
            SELECT entry.*, source.outlet FROM entry JOIN source ON source.slug = entry.source
            WHERE url_key = :key AND url_key <> '' AND state <> 'known' AND article IS NULL
            ORDER BY entry.id LIMIT 1
            """,
            key=key,
        )
        if row is None:
            return KnownUrl()
        return KnownUrl(listed=read_pending(row), why=row["why"])

    def enter(self, url: str, outlet: Outlet, now: datetime, key: str = "") -> Pending:
        """An entry for `url`, to be saved with its harvest in the same transaction.

        `key` tells several captures of one address apart; empty, the address is the key.

        The outlet is kept too, when the store does not know it, as one that no config names.
        """
        at, source = columns.time(now), f"{PREFIX}{outlet.slug}"
        with self._connection.transaction():
            self.meet(outlet, now)
            self._connection.run(
                """
                INSERT INTO source
                    (slug, kind, address, outlet, interval, active, first_named_at, due_at)
                VALUES (:slug, 'by-hand', '', :outlet, 3600, 0, :at, :at) ON CONFLICT DO NOTHING
                """,
                slug=source,
                outlet=outlet.slug,
                at=at,
            )
            number = self._connection.value(_ENTER, key=key or url, **_entry(url, source, at))
        return Pending(
            id=number,
            source=source,
            outlet=outlet.slug,
            entry=Entry(key=key or url, url=url),
            first_seen_at=now,
        )

    def meet(self, outlet: Outlet, now: datetime) -> None:
        """Keep an outlet that no config names, when the store does not know it yet."""
        self._connection.run(
            """
            INSERT INTO outlet (slug, name, site, active, first_named_at)
            VALUES (:slug, :name, :site, 0, :at) ON CONFLICT DO NOTHING
            """,
            slug=outlet.slug,
            name=outlet.name,
            site=outlet.site,
            at=columns.time(now),
        )


_ENTER = """
    INSERT INTO entry (source, key, state, url, url_key, title, byline, summary, content,
        published_raw, language, tags, first_seen_at, next_try_at)
    VALUES (:source, :key, 'pending', :url, :url_key, '', '', '', '', '', '', '[]', :at, :at)
    ON CONFLICT (source, key) DO UPDATE SET state = 'pending' RETURNING id
"""


def _entry(url: str, source: str, at: str) -> dict[str, str]:
    return {"url": url, "url_key": urls.strict_key(url), "source": source, "at": at}
