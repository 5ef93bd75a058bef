"""The kind `sitemap`: the addresses that an outlet lists for search engines, the news first.

    mark -> fetch -> sitemap | index -> its newest sitemaps, a few -> entries of this week

A sitemap lists all that an outlet ever published, so only what is dated within `RECENT` is
taken, by its news tags or its `lastmod`; addresses without any date are left out and counted.
An index is followed to the sitemaps that changed last, by what they claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from .. import text
from ..engine import WorkerTimeout
from ..errors import ClipperError
from ..model import Entry, FetchError, Mark, Poll, PollError, Source
from . import feed
from .seam import MAX_ENTRIES, Fetch, Parse
from .sitemapxml import Child, Sitemap, read_sitemap

RECENT = timedelta(days=7)
MAX_PARTS = 4
"""Sitemaps of an index that one look fetches."""

MAX_DEPTH = 2
"""Indexes within an index that are followed."""

NEWS = re.compile(r"news|noticia|actual|nachricht", re.I)
STORIES = re.compile(r"post|article|articulo|story|stories|content|nota", re.I)
OTHER = re.compile(r"tag|categor|author|page-|pages|image|video|product|event|user|taxonom", re.I)
LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Look:
    """One look: the hands, and what it gathered."""

    fetch: Fetch
    parse: Parse
    now: datetime
    entries: dict[str, Entry] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    troubles: list[PollError] = field(default_factory=list)
    undated: int = 0
    left_off: int = 0
    read: int = 0
    parts: int = 0


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at a sitemap; see `clipper.sources.Kind`."""
    look = _Look(fetch, parse, now)
    memory = feed.memory_of(mark, source.address)
    headers = feed.validators(memory, now)
    first = _fetched(look, source.address, headers)
    if isinstance(first, PollError):
        return first
    if first is None:
        return Poll(entries=(), mark=dict(memory), unchanged=True)
    found, remembered = first
    _gather(look, found, 0)
    if not look.entries and look.troubles:
        return look.troubles[0]
    if not look.entries and look.undated:
        return PollError(
            kind="undated-sitemap",
            text=f"The sitemap lists {look.undated:,} addresses without a date, so that new "
            "stories can't be told from old ones. Use the outlet's feed, or a listing page.",
        )
    return _polled(look, source, memory, remembered)


def _polled(look: _Look, source: Source, memory: Mark, remembered: Mark) -> Poll:
    entries = tuple(look.entries.values())[:MAX_ENTRIES]
    digest = text.digest(repr(entries))
    unchanged = memory.get("entries") == digest
    if look.undated:
        look.notes.append(f"{look.undated:,} addresses without a date were left out.")
    look.notes.extend(f"A part of it: {trouble.text}" for trouble in look.troubles[:2])
    listed = str(len(entries))
    # An index says nothing of its own about what its parts list: it is asked for as a whole.
    kept = {} if look.parts else remembered
    return Poll(
        entries=() if unchanged else entries,
        mark={"for": source.address, **kept, "entries": digest, "listed": listed},
        unchanged=unchanged,
        notes=tuple(dict.fromkeys(look.notes)),
        left_off=0 if unchanged else look.left_off + len(look.entries) - len(entries),
    )


def _fetched(
    look: _Look, address: str, headers: dict[str, str]
) -> tuple[Sitemap, dict[str, str]] | PollError | None:
    """A sitemap as a worker read it, with what to remember; None when nothing changed."""
    page = look.fetch(address, purpose="found", headers=headers)
    if isinstance(page, FetchError):
        return feed.failed(page)
    if page.status == 304 and headers:
        return None
    if page.status != 200:
        said = f"The sitemap's address answers with the status {page.status}."
        return PollError(kind=f"http-{page.status}", text=said, status=page.status)
    kind = page.header("content-type")
    since = look.now - RECENT
    try:
        found = look.parse(read_sitemap, page.body, kind, page.url, since, MAX_ENTRIES)
    except WorkerTimeout as error:
        return PollError(kind="parse-timeout", text=f"Reading the sitemap failed. {error}")
    except ClipperError as error:
        return PollError(kind="parse-crash", text=f"Reading the sitemap failed. {error}")
    if isinstance(found, PollError):
        return found
    return found, feed.remembered_validators(page, look.now)


def _gather(look: _Look, found: Sitemap, depth: int) -> None:
    for entry in found.entries:
        look.entries.setdefault(entry.key, entry)
    look.notes.extend(found.notes)
    look.undated += found.undated
    look.left_off += found.left_off
    if not found.children:
        return
    if depth >= MAX_DEPTH:
        look.notes.append("Sitemaps nested deeper were not looked at.")
        return
    for child in chosen(found.children, look.now):
        if look.parts >= MAX_PARTS:
            return
        look.parts += 1
        below = _fetched(look, child.url, {})
        if isinstance(below, PollError):
            look.troubles.append(below)
        elif below is not None:
            _gather(look, below[0], depth + 1)


def chosen(children: Iterable[Child], now: datetime) -> list[Child]:
    """The sitemaps of an index that may list new stories, the likeliest first.

    Those for news, then those that changed last; left out are those that claim to be
    older than a week, and those that by their names list no stories.
    """
    listed = list(enumerate(children))
    fresh = [
        (number, child)
        for number, child in listed
        if (child.at is None or child.at >= now - RECENT) and _rank(child.url) < 3
    ]
    # Of those without any date the last is mostly the newest.
    ordered = sorted(
        fresh,
        key=lambda pair: (_rank(pair[1].url), -_seconds(pair[1].at or LONG_AGO), -pair[0]),
    )
    return [child for _, child in ordered[:MAX_PARTS]]


def _rank(url: str) -> int:
    name = url.rpartition("/")[2]
    if NEWS.search(name):
        return 0
    if STORIES.search(name):
        return 1
    return 3 if OTHER.search(name) else 2


def _seconds(at: datetime) -> float:
    return (at - LONG_AGO).total_seconds()
