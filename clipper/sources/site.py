"""The kind `site`: an outlet's home page, whose feed is found and then looked at.

    mark -> the feed found before, as a feed
         -> else the home page -> the feeds that it names, then /feed/ -> the first that is one

What was found is remembered, and looked for anew when it is there no more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from .. import urls
from ..errors import ClipperError
from ..model import FetchError, Mark, Poll, PollError, Source
from . import feed
from .reading import find_links
from .seam import Fetch, Link, Parse

GUESSES = ("/feed/",)
"""Where a feed mostly is when the home page names none: WordPress's place."""

MAX_TRIES = 4
"""Feeds that a page names and that are tried."""


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at an outlet's site; see `clipper.sources.Kind`."""
    known = mark.get("feed", "") if mark.get("site") == source.address else ""
    last: PollError | None = None
    if known:
        result = _as_feed(source, known, mark, fetch, parse, now)
        if isinstance(result, Poll) or result.kind not in feed.DEAD:
            return result
        last = result
    found = _discover(source, fetch, parse, now)
    return last if isinstance(found, PollError) and last is not None else found


def _as_feed(
    source: Source, address: str, mark: Mark, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    result = feed.poll(replace(source, address=address), mark, fetch=fetch, parse=parse, now=now)
    if isinstance(result, PollError):
        # That a feed is gone says nothing about the site.
        return replace(result, gone=False)
    remembered = {**result.mark, "site": source.address, "feed": address}
    return replace(result, mark=remembered, moved_to="")


def _discover(source: Source, fetch: Fetch, parse: Parse, now: datetime) -> Poll | PollError:
    candidates = _candidates(source, fetch, parse)
    if isinstance(candidates, PollError):
        return candidates
    empty: Poll | None = None
    for address in candidates:
        result = _as_feed(source, address, {}, fetch, parse, now)
        if isinstance(result, Poll) and result.entries:
            return replace(result, notes=(*result.notes, f"The feed found is {address}."))
        empty = empty or (result if isinstance(result, Poll) else None)
    return empty or PollError(
        kind="no-feed",
        text=f"No feed was found: {source.address} names none that can be read, and there is none "
        "at /feed/. Put the feed's address as `feed:` if you know it.",
    )


def _candidates(source: Source, fetch: Fetch, parse: Parse) -> list[str] | PollError:
    page = fetch(source.address, purpose="page", headers={})
    if isinstance(page, FetchError):
        # A type that no page has: the address may be the feed's own.
        return [source.address] if page.kind == "type" else feed.failed(page)
    if page.status != 200:
        return PollError(
            kind=f"http-{page.status}",
            text=f"The site answers with the status {page.status}.",
            status=page.status,
            gone=page.status == 410,
        )
    kind = page.header("content-type").lower()
    own = [source.address] if "xml" in kind and "xhtml" not in kind else []
    try:
        links = parse(find_links, page.body, kind, page.url)
    except ClipperError as error:
        return PollError(kind="parse-crash", text=f"Reading the home page failed. {error}")
    return list(dict.fromkeys([*own, *_addresses(links, page.url)]))


def _addresses(links: tuple[Link, ...], home: str) -> Iterator[str]:
    for link in links[:MAX_TRIES]:
        yield link.url
    for guess in GUESSES:
        if joined := urls.join(home, guess):
            yield joined
