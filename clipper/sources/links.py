"""The feeds that a web page names in its head (`<link rel="alternate" type=…>`)."""

from __future__ import annotations

import re
from typing import Any

from .. import text, urls
from .limits import word_set
from .seam import Link

MAX_PAGE = 2_000_000
"""Characters of a page that are looked at; a head is at its beginning."""

MAX_LINKS = 20

FEED_TYPES = word_set(
    "application/rss+xml application/atom+xml application/rdf+xml application/feed+json "
    "application/json application/xml text/xml application/x-rss+xml"
)
ASIDE = re.compile(r"comment|comentario|kommentar|respuestas|podcast|oembed|wp-json", re.I)
"""What marks a feed that is not the outlet's news."""


def feed_links(source: str, url: str) -> tuple[Link, ...]:
    """The feeds that the page at `url` names, the likeliest first, at most 20.

    The news before comments and podcasts; else as the page lists them.
    """
    tree = tree_of(source)
    return () if tree is None else typed_links(tree, base_of(tree, url))


def base_of(tree: Any, url: str) -> str:
    """What relative links of the page at `url` are relative to."""
    return urls.join(url, next((b.get("href") or "" for b in tree.iter("base")), "")) or url


def typed_links(tree: Any, base: str) -> tuple[Link, ...]:
    """The feeds that a page's tree names, the likeliest first, at most 20."""
    found: dict[str, Link] = {}
    for element in tree.iter("link"):
        link = _link(element, base)
        if link is not None and len(found) < MAX_LINKS:
            found.setdefault(link.url, link)
    return tuple(sorted(found.values(), key=_is_aside))


def tree_of(source: str) -> Any:
    """The tree of a page, its first two million characters; None for what is none."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(source[:MAX_PAGE].encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None


def _link(element: Any, base: str) -> Link | None:
    rel = (element.get("rel") or "")[:200].lower().split()
    kind = (element.get("type") or "")[:200].partition(";")[0].strip().lower()
    if "alternate" not in rel or kind not in FEED_TYPES:
        return None
    url = urls.join(base, element.get("href") or "")
    return Link(url, text.clean(element.get("title") or "", 200)) if url else None


def _is_aside(link: Link) -> bool:
    return ASIDE.search(f"{link.url} {link.title}") is not None
