"""A feed's bytes into its entries: pure, bounded, for any worker.

bytes -> decode -> JSON Feed | XML -> entries -> keys -> Document | PollError
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, TypeVar

from ..model import Entry, PollError
from . import jsonfeed, mend, refusal, xmlfeed
from .decode import decode
from .identity import identify
from .links import feed_links
from .seam import MAX_BODY, MAX_ENTRIES, Document, Link
from .xmlfeed import SURPRISES

R = TypeVar("R")

RDF_FEEDS = ("purl.org/rss/", "netscape.com/rdf", "<item", ":item")
"""What an RDF document shows when it is a feed."""


def parse_feed(
    body: bytes,
    content_type: str = "",
    url: str = "",
    limit: int = MAX_ENTRIES,
    identity: str = "id",
) -> Document | PollError:
    """Read a feed: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

    `content_type` is the HTTP header's value, `url` where the document was found: relative
    links are resolved against it. At most `limit` entries are kept. `identity` is the rank
    that the source's keys fell to before (see `Document.identity`).

    What is no feed is a PollError `not-a-feed` that says what it is; a feed of which
    nothing can be read is `malformed`, no content at all `empty`. Never raises for what
    the bytes hold; time and memory are the caller's to bound.
    """
    if len(body) > MAX_BODY:
        return PollError(kind="too-large", text=f"The feed is larger than {MAX_BODY >> 20} MB.")
    if not body.strip(b" \t\r\n\x00\xef\xbb\xbf"):
        return PollError(kind="empty", text="The answer is empty: not even a feed without entries.")
    source, note = decode(body, content_type)
    notes = (note,) if note else ()
    if source.lstrip()[:1] in ("{", "["):
        return _json(source, url, limit, identity, notes)
    root = mend.find_root(source)
    if root is None or root.local not in mend.ROOTS or not _is_feed(root):
        return refusal.binary(body) or refusal.markup(source, root.name if root else "", url)
    return _xml(root, url, limit, identity, notes)


def find_links(body: bytes, content_type: str, url: str) -> tuple[Link, ...]:
    """The feeds that a web page names, the likeliest first."""
    return feed_links(decode(body[:MAX_BODY], content_type)[0], url)


def _is_feed(root: mend.Root) -> bool:
    """RDF says many things that are no news."""
    return root.local != "rdf" or any(mark in root.text for mark in RDF_FEEDS)


def _json(
    source: str, url: str, limit: int, identity: str, notes: tuple[str, ...]
) -> Document | PollError:
    value, trouble = jsonfeed.load(source)
    if trouble or not jsonfeed.is_feed(value):
        return refusal.json(value, trouble)
    listed = value["items"]
    return _document(
        (one for one in listed[:limit]),
        lambda one: jsonfeed.entry_of(one, value, url),
        identity,
        title=jsonfeed.title_of(value),
        language=jsonfeed.language_of(value),
        notes=notes,
        left_off=max(0, len(listed) - limit),
    )


def _xml(
    root: mend.Root, url: str, limit: int, identity: str, notes: tuple[str, ...]
) -> Document | PollError:
    try:
        raw = xmlfeed.read(root, url, limit)
    except SURPRISES as error:
        return PollError(kind="malformed", text=f"The feed can't be read ({type(error).__name__}).")
    if raw.broken and not raw.entries:
        return PollError(
            kind="malformed",
            text=f"The feed's XML is broken, and no entry can be read: {raw.broken}.",
        )
    return _document(
        islice(raw.entries, limit),
        lambda one: xmlfeed.entry_of(one, raw, url),
        identity,
        title=xmlfeed.title_of(raw),
        language=xmlfeed.language_of(raw),
        notes=(*notes, *raw.notes),
        left_off=raw.left_off + max(0, len(raw.entries) - limit),
        ttl=xmlfeed.ttl_of(raw),
    )


def _document(
    listed: Iterable[R],
    entry_of: Callable[[R], tuple[Entry, str]],
    identity: str,
    *,
    title: str,
    language: str,
    notes: tuple[str, ...],
    left_off: int,
    ttl: float | None = None,
) -> Document:
    """The document of all entries that can be read; each that can't costs itself only."""
    read = [_read(one, entry_of) for one in listed]
    good = [pair for pair in read if pair is not None]
    entries, rank, doubles = identify(
        [entry for entry, _ in good], [known for _, known in good], identity
    )
    counted = (
        (len(read) - len(good), "could not be read"),
        (doubles, "listed twice"),
    )
    said = (
        f"{number} {'entry' if number == 1 else 'entries'} {why}."
        for number, why in counted
        if number
    )
    return Document(
        entries=entries,
        title=title,
        language=language,
        notes=(*notes, *said, *_empty(entries)),
        left_off=left_off,
        ttl=ttl,
        identity=rank,
    )


def _read(one: R, entry_of: Callable[[R], tuple[Entry, str]]) -> tuple[Entry, str] | None:
    if not isinstance(one, Mapping):
        return None
    try:
        return entry_of(one)
    except SURPRISES:
        return None


def _empty(entries: tuple[Any, ...]) -> tuple[str, ...]:
    return () if entries else ("The feed is whole and lists no entries.",)
