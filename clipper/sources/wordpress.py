"""The kind `wordpress`: an outlet's posts by the REST interface that WordPress brings.

    mark -> newest posts, a page of them -> and more, while all are newer than the newest known

It lists what a feed lists, with the whole text, and more of it: a feed ends after ten posts
or so, this goes back until it meets what was seen before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from .. import text, urls
from ..errors import ClipperError
from ..model import Entry, FetchError, Mark, Poll, PollError, Source
from . import dates, feed, jsonfeed, plain, refusal
from .decode import decode
from .limits import CONTENT, RAW_DATE, SUMMARY, TITLE
from .seam import MAX_ENTRIES, Document, Fetch, Parse

PER_PAGE = 50
MAX_PAGES = 4
"""Pages of posts that one look asks for."""

FIELDS = "id,date_gmt,link,title,excerpt,content"
ROUTE = "wp/v2/posts"
WITH_ZONE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at the posts of a WordPress site; see `clipper.sources.Kind`."""
    memory = feed.memory_of(mark, source.address)
    known = memory.get("newest", "")
    entries: dict[str, Entry] = {}
    notes: list[str] = []
    for number in range(1, MAX_PAGES + 1):
        document = _page(posts_url(source.address, number), fetch, parse)
        if isinstance(document, PollError):
            if number == 1:
                return document
            notes.append(f"Older posts could not be had: {document.text}")
            break
        entries |= {entry.key: entry for entry in document.entries}
        notes.extend(document.notes)
        if not known or len(document.entries) < PER_PAGE or _reaches(document, known):
            break
    else:
        notes.append(f"More than {len(entries)} posts are new; the older ones were left out.")
    return _polled(source, memory, tuple(entries.values())[:MAX_ENTRIES], notes)


def posts_url(address: str, number: int = 1) -> str:
    """Where the posts of a site are listed, a page of them.

    `address` is the site's home or its REST interface in either of its two forms.
    """
    wishes = {"per_page": str(PER_PAGE), "page": str(number), "_fields": FIELDS}
    if "rest_route=" in address:
        base = address.partition("rest_route=")[0]
        return f"{base}rest_route=/{ROUTE}&{urlencode(wishes)}"
    root = address.partition("?")[0].rstrip("/")
    if "/wp-json" not in root:
        root += "/wp-json"
    root = root.partition(f"/{ROUTE}")[0]
    return f"{root}/{ROUTE}?{urlencode(wishes)}"


def read_posts(body: bytes, content_type: str, url: str) -> Document | PollError:
    """The posts of one answer. What is none is a PollError that says what it is."""
    value, trouble = jsonfeed.load(decode(body, content_type)[0])
    if not isinstance(value, list):
        said = "" if trouble else refusal.message(value)
        reason = f" (“{said}”)" if said else ""
        return PollError(
            kind="not-wordpress",
            text=f"WordPress's list of posts is not to be had there{reason}. "
            "Use the outlet's feed instead.",
        )
    read = [_entry(one, url) for one in value[: 2 * PER_PAGE] if isinstance(one, dict)]
    return Document(entries=tuple(entry for entry in read if entry is not None))


def _entry(value: Mapping[str, Any], base: str) -> Entry | None:
    link = urls.join(base, _text(value.get("link")))
    number = value.get("id")
    if not link or not isinstance(number, int):
        return None
    claim = _text(value.get("date_gmt"))
    content = _rendered(value.get("content"))
    dated = claim if not claim or WITH_ZONE.search(claim) else f"{claim}Z"
    return Entry(
        key=str(number)[:40],
        url=link,
        title=plain.from_html(_rendered(value.get("title")), TITLE),
        summary=plain.from_html(_rendered(value.get("excerpt")), SUMMARY),
        content=text.clean_lines(content[: 2 * CONTENT], CONTENT),
        published_at=dates.read(dated),
        published_raw=text.clean(claim, RAW_DATE),
    )


def _rendered(value: object) -> str:
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _page(url: str, fetch: Fetch, parse: Parse) -> Document | PollError:
    page = fetch(url, purpose="found", headers={"Accept": "application/json"})
    if isinstance(page, FetchError):
        return feed.failed(page)
    if page.status != 200:
        said = f"WordPress's list of posts answers with the status {page.status}."
        return PollError(kind=f"http-{page.status}", text=said, status=page.status)
    try:
        return parse(read_posts, page.body, page.header("content-type"), page.url)
    except ClipperError as error:
        return PollError(kind="parse-crash", text=f"Reading the posts failed. {error}")


def _reaches(document: Document, known: str) -> bool:
    """Whether the page goes back to what was seen before."""
    newest = dates.read(known) or datetime.max.replace(tzinfo=UTC)
    return any(entry.published_at and entry.published_at <= newest for entry in document.entries)


def _polled(source: Source, memory: Mark, entries: tuple[Entry, ...], notes: list[str]) -> Poll:
    digest = text.digest(repr(entries))
    unchanged = memory.get("entries") == digest
    newest = max((entry.published_at for entry in entries if entry.published_at), default=None)
    mark = {"for": source.address, "entries": digest}
    if newest is not None:
        mark["newest"] = newest.isoformat()
    return Poll(
        entries=() if unchanged else entries,
        mark=mark,
        unchanged=unchanged,
        notes=tuple(dict.fromkeys(notes)),
    )
