"""The kind `listing`: a page that lists an outlet's stories, where it has no feed.

    page -> links by a CSS selector and a pattern, or those that look like stories' -> entries

Options: `links`, a CSS selector of the links or of what holds them; `pattern`, what their
addresses look like, with `*` for anything. Without either, the links are told by their
addresses and words, and of the shapes that addresses have the commonest is taken.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from .. import text, urls
from ..engine import WorkerTimeout
from ..errors import ClipperError
from ..model import Entry, FetchError, Mark, Poll, PollError, Source
from . import addresses, dates, feed, links
from .decode import decode
from .limits import RAW_DATE, TITLE
from .seam import MAX_ENTRIES, Document, Fetch, Parse

LEAST = 3
"""Stories that a page must list before their shape is believed."""

MAX_ANCHORS = 5_000
MAX_UP = 4
"""Elements above a link in which its date is looked for."""


BOXES = frozenset({"article", "li"})
"""Elements that hold one story each."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link on a page: where it leads, its words, and the date that stands beside it."""

    url: str
    words: str
    claim: str = ""


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


def anchors(tree: Any, url: str, selector: str = "") -> Iterator[Anchor]:
    """The links of a page that lead to other pages, at most `MAX_ANCHORS`.

    With a selector those that it fits, and those within what it fits.
    """
    base = links.base_of(tree, url)
    for number, element in enumerate(_chosen(tree, selector)):
        if number >= MAX_ANCHORS:
            return
        found = urls.join(base, element.get("href") or "").partition("#")[0]
        if found and urls.strict_key(found) != urls.strict_key(url):
            words = text.clean(" ".join(element.itertext())[: 4 * TITLE], TITLE)
            words = words or text.clean(element.get("title") or "", TITLE)
            yield Anchor(found, words, _claim(element))


def _chosen(tree: Any, selector: str) -> Iterator[Any]:
    if not selector:
        yield from tree.iter("a")
        return
    from cssselect import HTMLTranslator

    for element in tree.xpath(HTMLTranslator().css_to_xpath(selector)):
        if isinstance(element.tag, str):
            yield from element.iter("a")


def _claim(element: Any) -> str:
    """The date (`<time datetime>`) that stands nearest to a link, in what holds it alone."""
    here = element
    for _ in range(MAX_UP):
        for found in here.iter("time"):
            return str(found.get("datetime") or "")[:RAW_DATE]
        if here.tag in BOXES:
            return ""
        here = here.getparent()
        if here is None or (here.tag not in BOXES and _holds_others(here, element)):
            return ""
    return ""


def _holds_others(box: Any, element: Any) -> bool:
    """Whether a box holds links to elsewhere; of one with many, the first few tell."""
    first = islice(box.iter("a"), 8)
    return any(each.get("href") != element.get("href") for each in first)


def stories(found: list[Anchor], url: str) -> list[Anchor]:
    """Those of the links that lead to stories: of the page's own site, an address like a
    story's, words like a headline's, and a shape that several of them share."""
    home = urls.site(url)
    likely = [
        each
        for each in found
        if addresses.looks_like_story(each.url) and urls.site(each.url) == home
    ]
    titled = {each.url for each in likely if len(each.words) >= 15 or each.words.count(" ") >= 2}
    shapes = Counter(addresses.shape(address) for address in titled)
    most = max(shapes.values(), default=0)
    # A shape of a few among many is a box of something else.
    common = {shape for shape, number in shapes.items() if number * 5 >= most}
    kept = [each for each in likely if each.url in titled and addresses.shape(each.url) in common]
    return kept if len({each.url for each in kept}) >= LEAST else []


def _entries(found: list[Anchor]) -> tuple[Entry, ...]:
    """One entry an address, with the longest words of its links."""
    made: dict[str, Entry] = {}
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
        elif len(each.words) > len(entry.title):
            made[key] = replace(entry, title=each.words)
    return tuple(made.values())
