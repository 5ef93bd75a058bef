"""What a page's address alone says: whether it looks like a story's, and the shape that it has.

Outlets write stories' addresses with the date, a number, or the headline's words, and those
of sections, authors and their own pages with a word or two.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from .. import urls

DATED = re.compile(r"/(?:19|20)\d\d[/-](?:0?[1-9]|1[0-2])(?:[/-]|\b)")
NUMBERED = re.compile(r"\d{5,}")
HEADLINE = re.compile(r"[^\W_]+(?:[-_][^\W_]+){3,}")
NOT_STORIES = re.compile(
    r"/(?:tags?|topics?|authors?|people|staff|category|categor[ií]as?|section|seccion|page|search|"
    r"buscar|login|log-in|subscribe|newsletters?|about(?:-us)?|contact|privacy[\w-]*|terms[\w-]*|"
    r"cookies?[\w-]*|feed|rss|comments?|wp-content|wp-json|shop|tienda|advertis\w*|jobs|"
    r"galer[ií]as?|account|donate)(?:/|$|\.)",
    re.I,
)
FILES = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|zip|css|js|xml|json|rss|ico|woff2?)$", re.I
)


SLUG = re.compile(r"[^\W_]+(?:[-_][^\W_]+)+|\d{4,}", re.I)


def may_be_story(url: str) -> bool:
    """Whether nothing in the address says that it is none: a file, a list, a page of the
    outlet's own."""
    path = urlsplit(url).path
    return path not in ("", "/") and not FILES.search(path) and not NOT_STORIES.search(path)


def has_slug(url: str) -> bool:
    """Whether the last part of the address has several words or a number, or it is a page
    (`.html`) or lies deep: what stories have, and a section's address mostly has not.

    >>> has_slug("https://gazette.example/food/tamale-recipe/"), has_slug("https://g.example/food")
    (True, False)
    """
    parts = urlsplit(url)
    way = [part for part in parts.path.split("/") if part]
    return bool(way) and bool(
        SLUG.search(way[-1]) or "." in way[-1] or len(way) > 2 or NUMBERED.search(parts.query)
    )


def looks_like_story(url: str) -> bool:
    """Whether the address has a story's shape.

    >>> looks_like_story("https://gazette.example/2026/03/jail-closes")
    True
    >>> looks_like_story("https://gazette.example/about-us")
    False
    """
    parts = urlsplit(url)
    path = parts.path
    if not may_be_story(url):
        return False
    if DATED.search(path) or HEADLINE.search(path):
        return True
    return bool(NUMBERED.search(path) or NUMBERED.search(parts.query))


def shape(url: str) -> str:
    """How the address is built: its host, the first part of its way, how deep it goes."""
    parts = [part for part in urlsplit(url).path.split("/") if part]
    first = "" if not parts or len(parts) == 1 or parts[0].isdigit() else parts[0]
    return f"{urls.host(url)}/{first}/{len(parts)}"


def fits(url: str, pattern: str) -> bool:
    """Whether the address fits a pattern in which `*` stands for anything.

    A pattern without a scheme is of the way behind the host.

    >>> fits("https://gazette.example/news/2026/jail?x=1", "/news/*")
    True
    """
    parts = urlsplit(url)
    subject = url if "://" in pattern else parts.path + (f"?{parts.query}" if parts.query else "")
    return fnmatchcase(subject, pattern)
