"""A home page's bytes into what it says of the outlet's sources: pure, for any worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from .. import text, urls
from ..model import PollError
from . import links, refusal
from .decode import decode
from .fronts import Anchor, stories
from .fronts import anchors as anchors_of
from .naming import site_name
from .seam import Link

MAX_ANCHORS = 8
MAX_SECTIONS = 12

FEED_WAY = re.compile(
    r"(?:^|/)(?:feeds?|rss\d?|atom|rdf)(?:/|$)|(?:rss|feed|atom|index|rdf)\.(?:xml|rdf|json|php)$"
    r"|\.(?:rss|atom|rdf)$",
    re.I,
)
FEED_QUERY = re.compile(r"(?:^|&)(?:feed=|format=(?:feed|rss|atom)|type=(?:rss|atom))", re.I)
FEED_WORDS = re.compile(r"\s*(?:rss(?: feeds?)?|atom|news ?feed|feeds?|canal(?:es)? rss)\s*", re.I)
REST = "https://api.w.org/"
SECTION = re.compile(r"/(?:(?:category|section|seccion|news|noticias)/)?[^\W\d_][\w-]{2,30}/?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What a page says: the feeds that its head names (`typed`), its links that look like
    feeds (`anchors`), its WordPress interface (`rest`, "" for none), its `sections`, and the
    addresses of the `stories` on it. `name` is what the site calls itself, "" for nothing;
    `instead` what stands in the page's place (a parked domain, a challenge)."""

    typed: tuple[Link, ...] = ()
    anchors: tuple[Link, ...] = ()
    rest: str = ""
    is_wordpress: bool = False
    sections: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    name: str = ""
    instead: PollError | None = None


def read_home(body: bytes, content_type: str, url: str) -> Home:
    """Read a page for its outlet's sources. Never raises for what the bytes hold."""
    source = decode(body[: 2 * links.MAX_PAGE], content_type)[0]
    tree = links.tree_of(source)
    if tree is None:
        return Home()
    base = links.base_of(tree, url)
    anchors = list(anchors_of(tree, url))
    return Home(
        typed=links.typed_links(tree, base),
        anchors=tuple(_feeds(anchors, url))[:MAX_ANCHORS],
        rest=_rest(tree, base),
        is_wordpress="/wp-content/" in source or "/wp-includes/" in source,
        sections=tuple(_sections(anchors, url))[:MAX_SECTIONS],
        stories=tuple(dict.fromkeys(each.url for each in stories(anchors, url))),
        name=site_name(tree, url),
        instead=refusal.in_place(source),
    )


def _rest(tree: Any, base: str) -> str:
    for element in tree.iter("link"):
        if REST in (element.get("rel") or "").split():
            return urls.join(base, element.get("href") or "")
    return ""


def _feeds(anchors: list[Anchor], url: str) -> Iterator[Link]:
    """The links that look like feeds, each once; only on the outlet's own site, since what
    others offer there is theirs."""
    seen: set[str] = set()
    for each in anchors:
        parts = urlsplit(each.url)
        like = (
            FEED_WAY.search(parts.path)
            or FEED_QUERY.search(parts.query)
            or FEED_WORDS.fullmatch(each.words)
        )
        if like and urls.site(each.url) == urls.site(url) and each.url not in seen:
            seen.add(each.url)
            yield Link(each.url, text.clean(each.words, 200))


def _sections(anchors: list[Anchor], url: str) -> Iterator[str]:
    """The pages of sections that a page links: a short way, on the same host."""
    seen: set[str] = set()
    for each in anchors:
        parts = urlsplit(each.url)
        fits = SECTION.fullmatch(parts.path) and not parts.query and not _is_plumbing(parts.path)
        if fits and urls.host(each.url) == urls.host(url) and each.url not in seen:
            seen.add(each.url)
            yield each.url


def _is_plumbing(path: str) -> bool:
    """Pages that every site has and that list no stories."""
    return FEED_WAY.search(path) is not None or PLUMBING.search(path) is not None


PLUMBING = re.compile(
    r"/(?:about|contact|privacy|terms|cookie|login|log-in|subscri|newsletter|search|advert|donate|"
    r"jobs|shop|account|tag|author|staff|legal|imprint|aviso|contacto|publicidad)",
    re.I,
)
