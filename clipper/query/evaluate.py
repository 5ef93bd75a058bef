"""Evaluation: whether a query holds of an article, and the proof that it does.

`holds` answers yes or no and stops at the first reason; `prove` gathers every hit of the
satisfied branch. Both ask `places`, so they cannot disagree.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from clipper.model import Hit
from clipper.query import tree
from clipper.query.printer import clause
from clipper.query.reading import LINED, MOST_PLACES, Place, Reading, characters
from clipper.query.tree import Node

Zones = tuple[str, ...]


# ---------------------------------------------------------------- places of what has words


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


_FACTS: dict[type[Any], Callable[[Any, Reading], bool]] = {
    tree.Site: _site,
    tree.Language: _language,
    tree.Published: _published,
    tree.Length: _length,
}


# ---------------------------------------------------------------- yes or no


def holds(node: Node, reading: Reading, zones: Zones = tree.DEFAULT_ZONES) -> bool:
    """Whether a query's tree holds of an article."""
    return _HOLDS[type(node)](node, reading, zones)


def _term_holds(node: Node, reading: Reading, zones: Zones) -> bool:
    return any(places(node, zone, reading) for zone in reading.filled(zones))


def _word_holds(node: tree.Word, reading: Reading, zones: Zones) -> bool:
    return any(reading.holds_word(node, zone) for zone in reading.filled(zones))


def _atleast_holds(node: tree.AtLeast, reading: Reading, zones: Zones) -> bool:
    return len(_counted(node, reading, zones)) >= node.count


def _counted(node: tree.AtLeast, reading: Reading, zones: Zones) -> list[tuple[str, Place]]:
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


def _and_holds(node: tree.And, reading: Reading, zones: Zones) -> bool:
    return all(_HOLDS[type(child)](child, reading, zones) for child in node.children)


def _or_holds(node: tree.Or, reading: Reading, zones: Zones) -> bool:
    return any(_HOLDS[type(child)](child, reading, zones) for child in node.children)


_HOLDS: dict[type[Any], Callable[[Any, Reading, Zones], bool]] = {
    tree.Word: _word_holds,
    tree.Phrase: _term_holds,
    tree.Exact: _term_holds,
    tree.Forms: _term_holds,
    tree.TagName: _term_holds,
    tree.Near: _term_holds,
    tree.AtLeast: _atleast_holds,
    tree.Field: lambda node, reading, zones: holds(node.child, reading, (node.name,)),
    tree.Weighted: lambda node, reading, zones: holds(node.child, reading, zones),
    tree.Named: lambda node, reading, zones: holds(node.child, reading, zones),
    tree.And: _and_holds,
    tree.Or: _or_holds,
    tree.Not: lambda node, reading, zones: not holds(node.child, reading, zones),
    **{kind: lambda node, reading, zones: _FACTS[type(node)](node, reading) for kind in _FACTS},
}


# ---------------------------------------------------------------- proof


@dataclass(frozen=True, slots=True)
class Proof:
    """One leaf of the satisfied branch: its canonical text and what bears it out.

    `hits` are its spans in order, `count` how many places they make. `kind` is `found`,
    `absent` (a NOT whose clause is nowhere) or `fact` (a date, a site, a language, a length).
    `weak`: every hit proves little.
    """

    clause: str
    kind: str
    hits: tuple[Hit, ...] = ()
    count: int = 0
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """What satisfied a node: its leaves, and whether that is weak as a whole."""

    proofs: tuple[Proof, ...]
    weak: bool


def prove(
    node: Node, reading: Reading, zones: Zones = tree.DEFAULT_ZONES, weight: float = 1.0
) -> Branch | None:
    """The satisfied branch of a tree, or None when it does not hold."""
    return _PROVE[type(node)](node, reading, zones, weight)


def _bound(zones: Zones) -> str:
    return "" if zones == tree.DEFAULT_ZONES else zones[0]


def _prove_term(node: Node, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    found = [(zone, place) for zone in zones for place in places(node, zone, reading)]
    return _found(node, found, reading, zones, weight) if found else None


def _prove_atleast(
    node: tree.AtLeast, reading: Reading, zones: Zones, weight: float
) -> Branch | None:
    found = _counted(node, reading, zones)
    return _found(node, found, reading, zones, weight) if len(found) >= node.count else None


def _found(
    node: Node, found: list[tuple[str, Place]], reading: Reading, zones: Zones, weight: float
) -> Branch:
    name = clause(node, _bound(zones))
    spots = {(zone, spot): None for zone, place in found for spot in place.spots}
    hits = tuple(
        Hit(zone, *characters(reading.words(zone), spot), name, spot.weight * weight)
        for zone, spot in spots
    )
    weak = _proves_case(node) and all(reading.shouting(zone) for zone, _ in found)
    count = len({(zone, place.first, place.last) for zone, place in found})
    return Branch((Proof(name, "found", hits, count, weak),), weak)


def _proves_case(node: Node) -> bool:
    """Whether a leaf rests on case, which capitals throughout do not show."""
    if isinstance(node, tree.Exact):
        return True
    return any(_proves_case(child) for child in tree.children(node))


def _prove_field(node: tree.Field, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    return prove(node.child, reading, (node.name,), weight)


def _prove_weighted(
    node: tree.Weighted, reading: Reading, zones: Zones, weight: float
) -> Branch | None:
    return prove(node.child, reading, zones, weight * node.weight)


def _prove_named(node: tree.Named, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    return prove(node.child, reading, zones, weight)


def _prove_and(node: tree.And, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    branches: list[Branch] = []
    for child in node.children:
        branch = prove(child, reading, zones, weight)
        if branch is None:
            return None
        branches.append(branch)
    return Branch(_all_proofs(branches), any(branch.weak for branch in branches))


def _prove_or(node: tree.Or, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    tried = (prove(child, reading, zones, weight) for child in node.children)
    branches = [branch for branch in tried if branch is not None]
    if not branches:
        return None
    return Branch(_all_proofs(branches), all(branch.weak for branch in branches))


def _all_proofs(branches: list[Branch]) -> tuple[Proof, ...]:
    return tuple(dict.fromkeys(proof for branch in branches for proof in branch.proofs))


def _prove_not(node: tree.Not, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    if holds(node.child, reading, zones):
        return None
    return Branch((Proof(clause(node, _bound(zones)), "absent"),), weak=False)


def _prove_fact(node: Node, reading: Reading, zones: Zones, weight: float) -> Branch | None:
    if not holds(node, reading, zones):
        return None
    return Branch((Proof(clause(node), "fact"),), weak=False)


_PROVE: dict[type[Any], Callable[[Any, Reading, Zones, float], Branch | None]] = {
    **dict.fromkeys((*tree.TERMS, tree.Near), _prove_term),
    tree.AtLeast: _prove_atleast,
    tree.Field: _prove_field,
    tree.Weighted: _prove_weighted,
    tree.Named: _prove_named,
    tree.And: _prove_and,
    tree.Or: _prove_or,
    tree.Not: _prove_not,
    **dict.fromkeys(_FACTS, _prove_fact),
}
