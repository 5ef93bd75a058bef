"""A sitemap's bytes into its stories: pure, streaming, bounded, for any worker.

    bytes -> unzip, a piece at a time -> pull parser -> one <url> or <sitemap> -> Sitemap

No document is ever held as a tree: each element is read and let go. Entities are never
resolved, nothing else is loaded, and what comes out of the zip is counted.
"""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from .. import text, urls
from ..model import Entry, PollError
from . import addresses, dates, refusal
from .limits import RAW_DATE, TAG, TAGS, TITLE
from .xmlfeed import language_tag

MAX_UNZIPPED = 52_428_800
"""Bytes: what the protocol allows (sitemaps.org)."""

MAX_URLS = 50_000
"""Addresses of one sitemap, by the protocol; what follows is not looked at."""

MAX_CHILDREN = 5_000
"""Sitemaps of an index that are looked at; the newest are wanted, wherever they stand."""

PIECE = 65_536
FIELD = 4_096
"""Characters of one field; what is longer is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that an index names; `at` is when it changed last, as it claims."""

    url: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitemap:
    """A sitemap as read: its entries, the newest first, or the sitemaps that it names.

    `undated` counts addresses with neither news tags nor a date, `old` those that were
    left out for their age, `left_off` those past the limit.
    """

    entries: tuple[Entry, ...] = ()
    children: tuple[Child, ...] = ()
    is_news: bool = False
    undated: int = 0
    old: int = 0
    left_off: int = 0
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Reading:
    """What was read so far. `heap` holds the newest entries: when, number, entry."""

    url: str
    since: datetime
    limit: int
    root: str = ""
    heap: list[tuple[datetime, int, Entry]] = field(default_factory=list)
    children: list[Child] = field(default_factory=list)
    seen: int = 0
    news: int = 0
    undated: int = 0
    old: int = 0
    left_off: int = 0

    @property
    def is_full(self) -> bool:
        return self.seen >= MAX_URLS

    def add(self, at: datetime, entry: Entry) -> None:
        # Of two as new, the one that stands first is kept.
        row = (at, -self.seen, entry)
        if len(self.heap) < self.limit:
            heapq.heappush(self.heap, row)
            return
        heapq.heappushpop(self.heap, row)
        self.left_off += 1


def read_sitemap(
    body: bytes, content_type: str, url: str, since: datetime, limit: int
) -> Sitemap | PollError:
    """Read a sitemap or an index of sitemaps, gzipped or not.

    Addresses whose date is before `since` are left out, and of the others the newest
    `limit` are kept. What is no sitemap is a PollError `not-a-sitemap`, one that nothing can
    be read of `malformed`. Never raises for what the bytes hold.
    """
    from lxml import etree

    reading = _Reading(url, since, limit)
    notes: list[str] = []
    try:
        _pull(body, reading)
    except _TooLarge:
        notes.append(f"Only its first {MAX_UNZIPPED >> 20} MB were looked at.")
    except zlib.error:
        notes.append("Its compression is damaged; what came before was read.")
    except etree.XMLSyntaxError as error:
        notes.append(f"Its XML is broken ({text.clean(str(error.msg), 100)}).")
    if reading.root not in ("urlset", "sitemapindex"):
        return _refused(body, url)
    if notes and not reading.heap and not reading.children:
        return PollError(kind="malformed", text=f"The sitemap can't be read. {notes[0]}")
    if reading.is_full:
        notes.append(f"It lists more than {MAX_URLS:,} addresses; the rest was not looked at.")
    return Sitemap(
        entries=tuple(row[2] for row in sorted(reading.heap, reverse=True, key=_row_order)),
        children=tuple(reading.children),
        is_news=reading.news > 0,
        undated=reading.undated,
        old=reading.old,
        left_off=reading.left_off,
        notes=tuple(notes),
    )


def _row_order(row: tuple[datetime, int, Entry]) -> tuple[datetime, int]:
    return row[0], row[1]


def _refused(body: bytes, url: str) -> PollError:
    from .decode import decode

    found = refusal.binary(body)
    if found is None:
        source = decode(body[: refusal.HEAD], "")[0]
        found = refusal.markup(source, "html" if "<html" in source.lower() else "", url)
    said = found.text.replace("There is no feed", "There is no sitemap", 1)
    return replace(found, kind="not-a-sitemap", text=said)


class _TooLarge(Exception):
    """More came out than a sitemap may hold."""


def _pieces(body: bytes) -> Iterator[bytes]:
    if not body.startswith(b"\x1f\x8b"):
        for at in range(0, min(len(body), MAX_UNZIPPED), PIECE):
            yield body[at : at + PIECE]
        return
    unzip, total, rest = zlib.decompressobj(16 + zlib.MAX_WBITS), 0, body
    while rest and not unzip.eof:
        piece = unzip.decompress(rest, PIECE)
        rest = unzip.unconsumed_tail
        total += len(piece)
        if total > MAX_UNZIPPED:
            raise _TooLarge
        if piece:
            yield piece


def _pull(body: bytes, reading: _Reading) -> None:
    from lxml import etree

    parser = etree.XMLPullParser(
        events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False,
        dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )  # fmt: skip
    for piece in _pieces(body.lstrip() if body[:1].isspace() else body):
        parser.feed(piece)
        for event, element in parser.read_events():
            if not _take(event, element, reading):
                return
    parser.close()


def _take(event: str, element: Any, reading: _Reading) -> bool:
    """Take one event in; whether to go on."""
    name = _local(element.tag)
    if event == "start":
        if not reading.root:
            reading.root = name
        return reading.root in ("urlset", "sitemapindex")
    if name == "url":
        _take_url(element, reading)
    elif name == "sitemap":
        _take_child(element, reading)
    elif not _is_row(element):
        return True
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
    return not reading.is_full and len(reading.children) < MAX_CHILDREN


def _is_row(element: Any) -> bool:
    """Whether an element stands right below the root."""
    parent = element.getparent()
    return parent is not None and parent.getparent() is None


def _local(tag: object) -> str:
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _fields(element: Any) -> dict[str, str]:
    """The texts below an element by their local names; those of news under `news:`."""
    found: dict[str, str] = {}
    for below in element.iter():
        if not isinstance(below.tag, str) or below is element:
            continue
        space, _, name = below.tag.rpartition("}")
        prefix = "news:" if "news" in space else "" if "image" not in space else "image:"
        found.setdefault(prefix + name.lower(), (below.text or "")[:FIELD].strip())
    return found


def _take_child(element: Any, reading: _Reading) -> None:
    fields = _fields(element)
    url = urls.join(reading.url, fields.get("loc", ""))
    if url:
        reading.children.append(Child(url=url, at=dates.read(fields.get("lastmod", ""))))


def _take_url(element: Any, reading: _Reading) -> None:
    reading.seen += 1
    fields = _fields(element)
    claim = fields.get("news:publication_date", "")
    named = any(name.startswith("news:") for name in fields)
    reading.news += named
    published = _date(claim)
    at = published or _date(fields.get("lastmod", ""))
    if at is not None and at < reading.since:  # the commonest case by far, so the first
        reading.old += 1
        return
    url = urls.join(reading.url, fields.get("loc", ""))
    if not url or not (named or addresses.looks_like_story(url)):
        return
    if at is None:
        reading.undated += 1
    else:
        reading.add(at, _entry(url, fields, claim, published))


# A sitemap of old pages names the same few days over and over.
_date = lru_cache(maxsize=512)(dates.read)


def _entry(url: str, fields: dict[str, str], claim: str, published: datetime | None) -> Entry:
    # When a page was changed last is not when it was published: no date is made of it.
    words = fields.get("news:keywords", "").split(",")
    tags = [tag for word in words[: 4 * TAGS] if (tag := text.clean(word, TAG))]
    return Entry(
        key=urls.strict_key(url) or url,
        url=url,
        title=text.clean(fields.get("news:title", ""), TITLE),
        published_at=published,
        published_raw=text.clean(claim, RAW_DATE),
        language=language_tag(fields.get("news:language", "")),
        tags=tuple(dict.fromkeys(tags))[:TAGS],
    )
