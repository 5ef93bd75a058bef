"""The headline: the printed one, told apart from the site's name and from kickers.

A page names its headline in up to eight places, each wrong in its own way: `<title>` and
og:title carry the site's name, JSON-LD may be cut, the first h1 may be the site's logo. The h1
that is most like another candidate wins: it is what readers see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from clipper import text
from clipper.model import Origin

from . import jsonld
from .markup import Markup, likeness, tokens

MAX_TITLE = 400
ALIKE = 0.5
"""Likeness from which an h1 is taken to be the headline that the page's head speaks of."""

META_TITLES = ("og:title", "twitter:title", "parsely-title", "sailthru.title", "dc.title", "title")

SEPARATOR = re.compile(r"\s+(?:[|\-–—:·•»«›/~―]|::|\|\|)\s+|\s*[|｜»›]\s*|\s+[-–—]|(?<=\S):\s+")
ELLIPSIS = ("…", "...")
CLOSING = frozenset(":;,.!?…)]»”’'\"%")
OPENING = frozenset("([«“„‘¿¡")
CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def choose(markup: Markup) -> tuple[str, str]:
    """The headline and its origin; two empty strings when the page has none."""
    declared = candidates(markup)
    heads = printed(markup)
    stated = [title for title, _ in declared]
    best = max(heads, key=lambda head: _backing(head, stated), default="")
    if best and _backing(best, stated) >= ALIKE:
        return without_kicker(best, stated), Origin.BODY
    lone = [head for head in heads if len(tokens(head)) > 3]
    if len(lone) == 1 and len(heads) == 1:
        return lone[0], Origin.BODY
    return next(iter(declared), (lone[0] if lone else "", Origin.BODY if lone else ""))


def candidates(markup: Markup) -> list[tuple[str, str]]:
    """The titles that the head declares, without the site's name, best source first."""
    raw = [
        (jsonld.text(markup.node, "headline", "name"), Origin.JSON_LD),
        *((markup.meta(key), Origin.META) for key in META_TITLES),
        (markup.page_title, Origin.META),
    ]
    cleaned = [(text.clean(title, MAX_TITLE), origin) for title, origin in raw if title]
    # A headline that was cut ("…") serves only when nothing else is there.
    cleaned.sort(key=lambda pair: pair[0].endswith(ELLIPSIS))
    every = [title for title, _ in cleaned]
    return [
        (without_site(title, markup.site_names, every), str(origin)) for title, origin in cleaned
    ]


def _backing(head: str, stated: Sequence[str]) -> float:
    return max((likeness(head, title) for title in stated), default=0.0)


# ---------------------------------------------------------------- printed headlines


def printed(markup: Markup) -> list[str]:
    """The headlines in the page itself, h1s first, without logos and those of other stories."""
    found = [head_text(element) for element in markup.heads]
    names = markup.site_names
    return [without_site(head, names, ()) for head in found if head and not is_site(head, names)]


def head_text(element: Any) -> str:
    """The words of a headline element; parts in elements of their own are kept apart."""
    parts = [part for part in islice(element.itertext(), 100) if part]
    words = parts[0] if parts else ""
    for part in parts[1:]:
        words += (" " if _is_apart(words, part) else "") + part
    return text.clean(words, MAX_TITLE)


def _is_apart(before: str, after: str) -> bool:
    """Whether a blank belongs between two parts: not before marks, not within a word."""
    if before[-1:].isspace() or after[0].isspace() or after[0] in CLOSING or before[-1] in OPENING:
        return False
    return not (before[-1].isalnum() and (after[0].islower() or CJK.match(after)))


def without_kicker(head: str, stated: Iterable[str]) -> str:
    """`head` without a short kicker glued before a title that is declared elsewhere.

    What ends in a colon is a part of the headline ("Opinion: …"), and so is what follows it.
    """
    folded = text.fold(head)
    bare = [text.fold(title) for title in stated if len(tokens(title)) > 3]
    if folded in bare or len(folded) != len(head):
        return head
    for title in bare:
        extra = len(folded) - len(title)
        if 2 < extra < 40 and folded.endswith(title) and head[:extra].strip()[-1:] != ":":
            return head[extra:].strip(" |–—-·")
    return head


# ---------------------------------------------------------------- the site's name


@lru_cache(maxsize=512)
def _letters(value: str) -> str:
    return re.sub(r"[\W_]+", "", text.fold(value)).removeprefix("the").removeprefix("www")


def is_site(value: str, names: Iterable[str]) -> bool:
    """Whether `value` is one of the outlet's `names`, whatever its case, blanks and "The"."""
    bare = _letters(value)
    return bool(bare) and any(bare == _letters(name) for name in names)


def without_site(title: str, names: Sequence[str], every: Sequence[str]) -> str:
    """`title` without the parts that name the site or that no other candidate has.

    >>> without_site("Rain - News - The Daily World", ["The Daily World"], ["Rain"])
    'Rain'
    """
    for _ in range(4):
        shorter = _without_one(title, names, every)
        if shorter == title:
            return title
        title = _without_section(shorter, title)
    return title


def _without_section(shorter: str, title: str) -> str:
    """`shorter` without a section's name ("News", "Opinion") before the site's, set off alike."""
    cuts = list(SEPARATOR.finditer(shorter))
    mark = SEPARATOR.match(title, len(shorter))
    if not cuts or mark is None or mark.group().strip() != cuts[-1].group().strip():
        return shorter
    left, right = shorter[: cuts[-1].start()], shorter[cuts[-1].end() :]
    return left if len(tokens(right)) <= 2 and len(tokens(left)) > 2 else shorter


def _without_one(title: str, names: Sequence[str], every: Sequence[str]) -> str:
    cuts = list(SEPARATOR.finditer(title))
    if not cuts:
        return title
    for cut, left, right in ((c, title[: c.start()], title[c.end() :]) for c in reversed(cuts)):
        if _names_site(right, names) or _only_here(left, every, title):
            return left.strip() if len(left.strip()) > 1 else title
        if cut is cuts[0] and (_names_site(left, names) or _only_here(right, every, title)):
            return right.strip() if len(right.strip()) > 1 else title
    return title


def _names_site(part: str, names: Sequence[str]) -> bool:
    """Whether a part names the site, or does so with a word or two more ("Madison, Wisconsin")."""
    if is_site(part, names):
        return True
    bare = _letters(part)
    host = _letters(names[-1]) if names else ""
    return len(host) > 4 and host in bare and len(tokens(part)) <= 4


def _only_here(rest: str, every: Sequence[str], title: str) -> bool:
    """Whether another candidate is exactly `rest`: what goes beyond it is no headline."""
    bare = _letters(rest)
    return len(tokens(rest)) > 2 and any(
        bare == _letters(other) for other in every if other != title
    )
