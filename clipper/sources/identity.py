"""What tells an entry from all others of its source, poll after poll.

Its id, where a document's ids are good. When more than 5 % of them are missing or
repeated, the link (`urls.strict_key`); when the links are no better, the digest of link,
title and date. A source that once fell to a lower rank stays there (`least`), else its
entries would all be new again with each change.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from .. import text, urls
from ..model import Entry

T = TypeVar("T")

RANKS = ("id", "link", "digest")
TOLERATED = 0.05
LONGEST = 400
"""Characters of a key; a longer id is kept as its digest."""


def identify(
    entries: Sequence[Entry], ids: Sequence[str], least: str = "id"
) -> tuple[tuple[Entry, ...], str, int]:
    """The entries with their keys, the rank that the keys are of, and how many were repeats.

    `ids` are the ids as the document gave them, "" for none. An entry listed twice (same
    key and same link) is kept once, as it stands first.
    """
    ranks = RANKS[RANKS.index(least) if least in RANKS else 0 :]
    once = _first_of_each(zip(entries, ids, strict=True), _listing)
    singles, known = [entry for entry, _ in once], [known for _, known in once]
    columns = [_column(rank, singles, known) for rank in ranks]
    good = (i for i, rank in enumerate(ranks) if _is_good(columns[i], singles, rank))
    chosen = next(good, len(ranks) - 1)
    rank = ranks[chosen]
    unique = _first_of_each(_keyed(singles, columns[chosen:]), lambda entry: _same(entry, rank))
    kept = _told_apart(unique)
    return kept, rank, len(entries) - len(kept)


def _first_of_each(listed: Iterable[T], mark: Callable[[T], Hashable]) -> list[T]:
    found: dict[Hashable, T] = {}
    for one in listed:
        found.setdefault(mark(one), one)
    return list(found.values())


def _listing(pair: tuple[Entry, str]) -> tuple[str, str, str]:
    entry, known = pair
    return known, _link(entry.url), entry.title


def _same(entry: Entry, rank: str) -> tuple[str, str]:
    """What two listings of one entry share, where keys are of `rank`.

    With an id it is the link too, so that an entry listed again with another title is that
    entry; with links it is the title, since outlets give one link to many.
    """
    beside = {"id": _link(entry.url), "link": entry.title}
    return entry.key, beside.get(rank, "")


@lru_cache(maxsize=1024)
def _link(url: str) -> str:
    """`urls.strict_key`, which each entry's link is asked for several times."""
    return urls.strict_key(url)


def _column(rank: str, entries: Sequence[Entry], ids: Sequence[str]) -> list[str]:
    if rank == "id":
        return [_bounded(value) for value in ids]
    make = BY_RANK[rank]
    return [make(entry) for entry in entries]


def _bounded(value: str) -> str:
    short = text.clean(value, LONGEST)
    return short if len(value) <= LONGEST else "sha256:" + text.digest(value)


def _by_link(entry: Entry) -> str:
    return _bounded(_link(entry.url))


def _by_digest(entry: Entry) -> str:
    parts = (_link(entry.url), entry.title, entry.published_raw)
    # An entry with none of them is told by all that it says.
    told = parts if any(parts) else (entry.summary, entry.content, entry.byline, *entry.tags)
    return "sha256:" + text.digest("\x1f".join(told))


BY_RANK: dict[str, Callable[[Entry], str]] = {"link": _by_link, "digest": _by_digest}


def _is_good(keys: Sequence[str], entries: Sequence[Entry], rank: str) -> bool:
    """Whether at most 5 % of the keys are missing, or stand for several entries."""
    keyed = (replace(entry, key=key) for key, entry in zip(keys, entries, strict=True))
    counted = Counter(key for key, _ in {_same(entry, rank) for entry in keyed if entry.key})
    missing = sum(1 for key in keys if not key)
    repeated = sum(number - 1 for number in counted.values())
    return missing + repeated <= TOLERATED * len(keys)


def _keyed(entries: Sequence[Entry], columns: Sequence[Sequence[str]]) -> list[Entry]:
    """Each entry with the first key that it has among the columns, best first."""
    return [
        replace(entry, key=next((keys[i] for keys in columns if keys[i]), _by_digest(entry)))
        for i, entry in enumerate(entries)
    ]


def _told_apart(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Entries that share a key and differ in their link: all of them go by the digest."""
    counted = Counter(entry.key for entry in entries)
    return tuple(
        entry if counted[entry.key] == 1 else replace(entry, key=_by_digest(entry))
        for entry in entries
    )
