"""Where the parts of a query stand in an article, and what holds of it as a whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from clipper.query import tree
from clipper.query.reading import LINED, MOST_PLACES, Place, Reading
from clipper.query.tree import Node

Zones = tuple[str, ...]


def places(node: Node, zone: str, reading: Reading) -> Sequence[Place]:
    """Where a term, an OR group or a NEAR stands in one zone."""
    find = _PLACES.get(type(node))
    return reading.places(node, zone) if find is None else find(node, zone, reading)


def _or_places(node: tree.Or, zone: str, reading: Reading) -> Sequence[Place]:
    found = {place for child in node.children for place in places(child, zone, reading)}
    return sorted(found)


def _field_places(node: tree.Field, zone: str, reading: Reading) -> Sequence[Place]:
    return places(node.child, zone, reading) if node.name == zone else ()


def _weighted_places(node: tree.Weighted, zone: str, reading: Reading) -> Sequence[Place]:
    found = places(node.child, zone, reading)
    return [_heavier(place, node.weight) for place in found]


def _heavier(place: Place, weight: float) -> Place:
    spots = tuple(spot._replace(weight=spot.weight * weight) for spot in place.spots)
    return place._replace(spots=spots)


def _named_places(node: tree.Named, zone: str, reading: Reading) -> Sequence[Place]:
    return places(node.child, zone, reading)


def _near_places(node: tree.Near, zone: str, reading: Reading) -> Sequence[Place]:
    left = places(node.left, zone, reading)
    if not left:
        return ()
    right = places(node.right, zone, reading)
    line = reading.words(zone).line if zone in LINED else None
    others = _Others(right, line)
    if node.kind == "NOTNEAR":
        return [place for place in left if not others.any_near(place, node.distance)]
    found: set[Place] = set()
    for pair in _pairs(left, others, node):
        found.add(pair)
        if len(found) >= MOST_PLACES:
            break
    return sorted(found)


Line = Callable[[int], tuple[int, int]]
"""The first and the last word of the line that holds a word; no place reaches over its end."""


class _Others:
    """Places in order, for finding those near another without looking at the rest.

    A hostile text can make ten thousand of them overlap; what it costs must not grow with
    the square of that.
    """

    def __init__(self, places: Sequence[Place], line: Line | None) -> None:
        self._places = places
        self._line = line
        self._firsts = [place.first for place in places]

    @cached_property
    def _by_last(self) -> list[Place]:
        return sorted(self._places, key=lambda place: place.last)

    @cached_property
    def _lasts(self) -> list[int]:
        return [place.last for place in self._by_last]

    @cached_property
    def _same(self) -> Counter[tuple[int, int]]:
        return Counter((place.first, place.last) for place in self._places)

    def _window(self, place: Place, distance: int) -> tuple[int, int]:
        """The first and the last word at which a near one may end and begin."""
        low, high = place.first - distance - 1, place.last + distance + 1
        if self._line is None:
            return low, high
        first, last = self._line(place.first)
        return max(low, first), min(high, last)

    def before(self, place: Place, distance: int) -> Sequence[Place]:
        """Those that end at most `distance` words before `place` begins, in order."""
        low, _ = self._window(place, distance)
        at, end = bisect_left(self._lasts, low), bisect_left(self._lasts, place.first)
        return sorted(self._by_last[at:end])

    def after(self, place: Place, distance: int) -> Sequence[Place]:
        """Those that begin at most `distance` words after `place` ends, in order."""
        _, high = self._window(place, distance)
        at, end = bisect_right(self._firsts, place.last), bisect_right(self._firsts, high)
        return self._places[at:end]

    def any_near(self, place: Place, distance: int) -> bool:
        """Whether one is near, or reaches over `place` (a word is not near itself)."""
        low, high = self._window(place, distance)
        begun = bisect_right(self._firsts, high)
        return begun - bisect_left(self._lasts, low) > self._same[(place.first, place.last)]


def _pairs(left: Sequence[Place], others: _Others, node: tree.Near) -> Iterator[Place]:
    for a in left:
        if node.kind == "NEAR":
            for b in others.before(a, node.distance):
                yield Place(b.first, a.last, tuple(sorted({*a.spots, *b.spots})))
        for b in others.after(a, node.distance):
            yield Place(a.first, b.last, tuple(sorted({*a.spots, *b.spots})))


_PLACES: dict[type[Any], Callable[[Any, str, Reading], Sequence[Place]]] = {
    tree.Or: _or_places,
    tree.Field: _field_places,
    tree.Weighted: _weighted_places,
    tree.Named: _named_places,
    tree.Near: _near_places,
}


def counted(node: tree.AtLeast, reading: Reading, zones: Zones) -> list[tuple[str, Place]]:
    """The hits that atleast counts: places that do not overlap, in all zones together."""
    found: list[tuple[str, Place]] = []
    for zone, some in _collected(node.child, reading, zones).items():
        last = -1
        for place in sorted(some, key=lambda place: place.last):
            if place.first > last:
                found.append((zone, place))
                last = place.last
    return found


def _collected(node: Node, reading: Reading, zones: Zones) -> dict[str, list[Place]]:
    """The places of a node by zone, each field within it looked for in its own zone."""
    if isinstance(node, tree.Field):
        return _collected(node.child, reading, (node.name,))
    if isinstance(node, tree.Or | tree.Named):
        found: dict[str, list[Place]] = {}
        for child in tree.children(node):
            for zone, some in _collected(child, reading, zones).items():
                found.setdefault(zone, []).extend(some)
        return found
    return {zone: list(places(node, zone, reading)) for zone in zones}


# ---------------------------------------------------------------- facts


def _site(node: tree.Site, reading: Reading) -> bool:
    article = reading.article
    return any(_is_under(node.host, url) for url in (article.url, article.canonical_url) if url)


def _is_under(host: str, url: str) -> bool:
    try:
        found = (urlsplit(url).hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    return found == host or found.endswith("." + host)


def _language(node: tree.Language, reading: Reading) -> bool:
    language = reading.article.language.lower().replace("_", "-")
    return language == node.tag or language.startswith(node.tag + "-")


def _published(node: tree.Published, reading: Reading) -> bool:
    at = reading.article.published_at
    if at is None:
        return False
    edge = datetime(node.day.year, node.day.month, node.day.day, tzinfo=UTC)
    return at >= edge if node.side == "after" else at < edge


def _length(node: tree.Length, reading: Reading) -> bool:
    count = len(reading.words("text"))
    return node.least <= count and (node.most is None or count <= node.most)


def is_so(node: Node, reading: Reading) -> bool:
    """Whether a fact (`tree.FACTS`) is true of the article."""
    return _FACTS[type(node)](node, reading)


_FACTS: dict[type[Any], Callable[[Any, Reading], bool]] = {
    tree.Site: _site,
    tree.Language: _language,
    tree.Published: _published,
    tree.Length: _length,
}
