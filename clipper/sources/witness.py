"""Whether a feed's ids are ids: some outlets make new ones for each answer.

A few entries of the last answer are remembered, each by digests of its link and of its key.
When the same links come back with other ids, the ids are worth nothing.
"""

from __future__ import annotations

from .. import text, urls
from .seam import Document

WITNESSES = 8
DIGITS = 12


def of(document: Document) -> str:
    """The witnesses of a document, as the mark keeps them."""
    pairs = list(_pairs(document).items())[:WITNESSES]
    return " ".join(f"{link}:{key}" for link, key in pairs)


def contradicts(witnesses: str, document: Document) -> bool:
    """Whether at least two witnesses, and more than half of those that came back, have
    another key now."""
    then = dict(pair.split(":", 1) for pair in witnesses.split() if ":" in pair)
    now = _pairs(document)
    back = [link for link in then if link in now]
    changed = sum(1 for link in back if then[link] != now[link])
    return changed >= 2 and changed * 2 > len(back)


def _pairs(document: Document) -> dict[str, str]:
    linked = ((urls.strict_key(entry.url), entry.key) for entry in document.entries)
    return {_short(link): _short(key) for link, key in linked if link}


def _short(value: str) -> str:
    return text.digest(value)[:DIGITS]
