"""What the store's tests build with: sources, entries and harvests in a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clipper import dedupe
from clipper.model import (
    Article,
    Entry,
    Excerpt,
    FetchError,
    Harvest,
    Hit,
    Kinship,
    Match,
    Outlet,
    Pending,
    Placement,
    Poll,
    Reading,
    Snapshot,
    Source,
    Span,
)
from clipper.store import Saved, Store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)

OUTLETS = (
    Outlet(slug="daily", name="The Daily", site="https://daily.example"),
    Outlet(slug="herald", name="Herald", site="https://herald.example"),
)
DAILY = Source(slug="daily-feed", kind="feed", address="https://daily.example/feed", outlet="daily")
HERALD = Source(
    slug="herald-feed", kind="feed", address="https://herald.example/rss", outlet="herald"
)

TEXT = "The city sold its prison shares on Monday.\nThe vote was seven to two, and late."


def rows(table: str) -> list[dict[str, str]]:
    """The rows of a case table in `tests/data`, by column name."""
    path = Path(__file__).parent / "data" / table
    names, *lines = path.read_text(encoding="utf-8").splitlines()
    return [dict(zip(names.split("\t"), line.split("\t"), strict=True)) for line in lines]


def synced(store: Store, *sources: Source, now: datetime = NOW) -> Store:
    store.sources.sync(sources or (DAILY, HERALD), OUTLETS, now)
    return store


def entry(key: str, **fields: Any) -> Entry:
    told = {"url": f"https://daily.example/news/{key}", "title": f"Title {key}"}
    return Entry(key=key, **(told | fields))


def polled(*entries: Entry, **fields: Any) -> Poll:
    return Poll(entries=entries, **({"mark": {"etag": "1"}} | fields))


def waiting(
    store: Store, key: str, source: Source = DAILY, now: datetime = NOW, **fields: Any
) -> Pending:
    """The pending entry that a poll of `source` with one entry leaves."""
    noted = store.note_poll(source, polled(entry(key, **fields)), now, now + HOUR)
    (id_,) = noted.pending
    return next(each for each in store.entries.pending(now) if each.id == id_)


def snapshot(number: int) -> Snapshot:
    return Snapshot(
        file="clipper-20260301-001.warc.gz", offset=number * 1000, length=900,
        digest=f"{number:064x}", url=f"https://daily.example/news/{number}", captured_at=NOW,
    )  # fmt: skip


def matched(campaign: str = "prison-divestment") -> Match:
    return Match(
        campaign=campaign, query='"prison shares"', hits=(Hit("text", 18, 31, '"prison shares"'),),
        explanation=('"prison shares" in the text',),
    )  # fmt: skip


def reading(
    text: str = TEXT, matches: Sequence[Match] | None = None, url: str = "", **fields: Any
) -> Reading:
    article = Article(
        **(
            {"url": url or "https://daily.example/news/1", "title": "City sells", "text": text}
            | fields
        )
    )
    return Reading(
        article=article,
        matches=(matched(),) if matches is None else tuple(matches),
        fingerprint=dedupe.fingerprint(article),
        excerpt=Excerpt(spans=(Span(0, min(42, len(text))),), words=8, share=0.5),
    )


def harvest(
    pending: Pending,
    read: Reading | None = None,
    at: int | None = None,
    error: FetchError | None = None,
) -> Harvest:
    read = read or reading(url=pending.entry.url)
    kept = snapshot(pending.id if at is None else at) if error is None else None
    if kept:
        kept = replace(kept, url=pending.entry.url)
    newcomer = dedupe.newcomer(read.article, read.fingerprint, pending.outlet, NOW)
    return Harvest(
        pending=pending, reading=read, newcomer=newcomer, snapshot=kept, page_error=error
    )


ALONE = Placement(story=None, kinship=Kinship.FIRST)


def joining(saved: Saved, kinship: Kinship = Kinship.SYNDICATED) -> Placement:
    return Placement(
        story=saved.story, kinship=kinship, best=saved.article,
        containment=0.9, resemblance=0.8, shared=40,
    )  # fmt: skip


def saved(
    store: Store, key: str, read: Reading | None = None, placement: Placement = ALONE,
    source: Source = DAILY, now: datetime = NOW, **fields: Any,
) -> Saved:  # fmt: skip
    """Note an entry, and save a harvest for it."""
    pending = waiting(store, key, source, now, **fields)
    return store.save(harvest(pending, read), placement, now)


def queued(store: Store, key: str = "1", **fields: Any) -> int:
    """The id of the clipping that a saved entry made."""
    clipping = saved(store, key, **fields).clipping
    assert clipping is not None
    return clipping
