"""Where the parts of a query stand in an article, and what holds of it as a whole."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
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
    line = reading.words(zone).block if zone in LINED else None
    if node.kind == "NOTNEAR":
        others = _Sorted(right)
        return [place for place in left if not _is_near(place, others, node.distance, line)]
    found: set[Place] = set()
    for pair in _pairs(left, right, node, line):
        found.add(pair)
        if len(found) >= MOST_PLACES:
            break
    return sorted(found)


Line = Callable[[int], int]


class _Sorted:
    """Places in order, for finding quickly those around another."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self.firsts = [place.first for place in places]
        self.longest = max((place.last - place.first for place in places), default=0)

    def around(self, place: Place, reach: int) -> Sequence[Place]:
        """The places that can lie within `reach` words of `place`."""
        low = bisect_left(self.firsts, place.first - reach - self.longest - 1)
        high = bisect_right(self.firsts, place.last + reach + 1)
        return self.places[low:high]


def _gap(before: Place, after: Place) -> int:
    """Words between two places; negative when they overlap or stand the other way round."""
    return after.first - before.last - 1


def _pairs(
    left: Sequence[Place], right: Sequence[Place], node: tree.Near, line: Line | None
) -> Iterator[Place]:
    others = _Sorted(right)
    for a in left:
        for b in others.around(a, node.distance):
            near = 0 <= _gap(a, b) <= node.distance
            if not near and node.kind == "NEAR":
                near = 0 <= _gap(b, a) <= node.distance
            if near and (line is None or line(a.first) == line(b.first)):
                spots = tuple(sorted({*a.spots, *b.spots}))
                yield Place(min(a.first, b.first), max(a.last, b.last), spots)


def _is_near(place: Place, others: _Sorted, distance: int, line: Line | None) -> bool:
    """Whether another place is near, or reaches over this one (a word is not near itself)."""
    for other in others.around(place, distance):
        apart = max(_gap(place, other), _gap(other, place))
        itself = (other.first, other.last) == (place.first, place.last)
        same_line = line is None or line(place.first) == line(other.first)
        if apart <= distance and same_line and not itself:
            return True
    return False


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
