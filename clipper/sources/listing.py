"""The kind `listing`: a page that lists an outlet's stories, where it has no feed.

    page -> links by a CSS selector and a pattern, or those that look like stories' -> entries

Options: `links`, a CSS selector of the links or of what holds them; `pattern`, what their
addresses look like, with `*` for anything. Without either, the links to stories are told by
where they stand, their words and their addresses (see `fronts`).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .. import text, urls
from ..engine import WorkerTimeout
from ..errors import ClipperError
from ..model import Entry, FetchError, Mark, Poll, PollError, Source
from . import addresses, dates, feed, links
from .decode import decode
from .fronts import Anchor, anchors, stories
from .seam import MAX_ENTRIES, Document, Fetch, Parse


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at a page that lists stories; see `clipper.sources.Kind`."""
    memory = feed.memory_of(mark, source.address)
    page = fetch(source.address, purpose="page", headers=feed.validators(memory, now))
    if isinstance(page, FetchError):
        return feed.failed(page)
    if page.status == 304 and memory:
        return Poll(entries=(), mark=dict(memory), unchanged=True)
    if page.status != 200:
        said = f"The page answers with the status {page.status}."
        return PollError(kind=f"http-{page.status}", text=said, status=page.status)
    wishes = dict(source.options)
    selector, pattern = wishes.get("links", ""), wishes.get("pattern", "")
    kind = page.header("content-type")
    try:
        found = parse(read_listing, page.body, kind, page.url, selector, pattern, MAX_ENTRIES)
    except WorkerTimeout as error:
        return PollError(kind="parse-timeout", text=f"Reading the page failed. {error}")
    except ClipperError as error:
        return PollError(kind="parse-crash", text=f"Reading the page failed. {error}")
    if isinstance(found, PollError):
        return found
    digest = text.digest(repr(found.entries))
    unchanged = memory.get("entries") == digest
    listed = str(len(found.entries))
    known = feed.remembered_validators(page, now)
    return Poll(
        entries=() if unchanged else found.entries,
        mark={"for": source.address, **known, "entries": digest, "listed": listed},
        unchanged=unchanged,
        notes=found.notes,
        left_off=0 if unchanged else found.left_off,
    )


def read_listing(
    body: bytes, content_type: str, url: str, selector: str, pattern: str, limit: int
) -> Document | PollError:
    """The stories that a page lists, in its order. Never raises for what the bytes hold.

    PollError `no-stories` when none is found, `bad-selector` for a selector that is none.
    """
    from cssselect import SelectorError

    tree = links.tree_of(decode(body, content_type)[0])
    if tree is None:
        return _nothing("It is no web page, or an empty one.")
    try:
        found = list(anchors(tree, url, selector))
    except SelectorError as error:
        said = text.clean(str(error), 100)
        return PollError(kind="bad-selector", text=f"`links:` is no CSS selector ({said}).")
    kept = [each for each in found if addresses.fits(each.url, pattern)] if pattern else found
    if not selector and not pattern:
        kept = stories(kept, url)
    entries = _entries(kept)
    if not entries:
        return _nothing(_remedy(selector, pattern, len(found)))
    return Document(entries=entries[:limit], left_off=max(0, len(entries) - limit))


def _remedy(selector: str, pattern: str, links_found: int) -> str:
    if selector and not links_found:
        return "Its selector (`links:`) fits no link there: has the page been rebuilt?"
    if pattern:
        return f"None of its {links_found} links fits the pattern: has the outlet changed them?"
    return "Name the links by a CSS selector (`links:`) or the addresses by a `pattern:`."


def _nothing(remedy: str) -> PollError:
    return PollError(kind="no-stories", text=f"The page lists no stories. {remedy}")


def _entries(found: list[Anchor]) -> tuple[Entry, ...]:
    """One entry an address, with the longest words of its links; a heading's go before."""
    made: dict[str, Entry] = {}
    headed: set[str] = set()
    for each in found:
        key = urls.strict_key(each.url) or each.url
        entry = made.get(key)
        if entry is None:
            made[key] = Entry(
                key=key[:400],
                url=each.url,
                title=each.words,
                published_at=dates.read(each.claim),
                published_raw=each.claim,
            )
        elif each.words and (each.headed, len(each.words)) > (key in headed, len(entry.title)):
            made[key] = replace(entry, title=each.words)
        if each.headed and made[key].title == each.words:
            headed.add(key)
    return tuple(made.values())
