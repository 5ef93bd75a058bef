"""Evaluation: whether a query holds of an article, and the proof that it does.

A tree is made into a *plan* once: its leaves are the terms, NEARs, counts and facts, each
with the field and the weight that bind it, and equal leaves are one, also those of different
queries. `Findings` remember for one article what its leaves found, so that each is looked
for once however many queries ask. A plan answers yes or no (`holds`) and stops at the first
reason, or gathers the leaves of the satisfied branch (`gather`); both ask the same leaves,
so they cannot disagree. Spans and proofs are made of gathered leaves alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from clipper.model import Hit
from clipper.query import tree
from clipper.query.needs import needs
from clipper.query.places import Zones, counted, is_so, places
from clipper.query.printer import clause
from clipper.query.reading import Place, Reading, characters
from clipper.query.tree import Node

Found = Sequence[tuple[str, Place]]
"""Places, each with its zone. A leaf that holds has one at least, or `_HELD`."""

_NOTHING: Found = ()


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


# ---------------------------------------------------------------- findings in one article


class Findings:
    """What the leaves of plans found in one article, each looked for once.

    `present` are the patterns that the article's words fit, of all those that the leaves
    name; a leaf that needs another is not looked for. None: not known.
    """

    def __init__(self, reading: Reading, present: frozenset[str] | set[str] | None = None) -> None:
        self.reading = reading
        self._present = present
        self.known: dict[Leaf, Found] = {}
        self._proofs: dict[Leaf, Proof] = {}

    def look(self, leaf: Leaf) -> Found:
        """Where a leaf that is not known yet stands; empty when it does not hold."""
        present = self._present
        lacks = present is not None and not leaf.atoms <= present
        found = self.known[leaf] = _NOTHING if lacks else leaf.find(self)
        return found

    def proof(self, leaf: Leaf) -> Proof:
        """The proof of a leaf that holds, with its spans."""
        proof = self._proofs.get(leaf)
        if proof is None:
            proof = self._proofs[leaf] = leaf.prove(self.known[leaf], self.reading)
        return proof


# ---------------------------------------------------------------- plans


class Leaf:
    """A term, a NEAR, a count, a fact, or the absence of what NOT forbids, as a plan asks it.

    `atoms` are patterns that all have to be in the article. Compared by identity: `Planner`
    makes one leaf of all that are equal.
    """

    __slots__ = ("alone", "atoms", "kind", "name", "node", "proves_case", "weight", "zones")

    def __init__(self, node: Node, zones: Zones, weight: float, kind: str) -> None:
        self.node = node
        self.zones = zones
        self.weight = weight
        self.kind = kind
        self.alone = (self,)
        bound = "" if zones == tree.DEFAULT_ZONES or kind == "fact" else zones[0]
        self.name = clause(node, bound)
        self.proves_case = _proves_case(node)
        self.atoms = frozenset(
            pattern for need in needs(node) if len(need) == 1 for pattern in need
        )

    def holds(self, findings: Findings) -> bool:
        known = findings.known.get(self)
        return bool(findings.look(self) if known is None else known)

    def gather(self, findings: Findings) -> Sequence[Leaf] | None:
        known = findings.known.get(self)
        if known is None:
            known = findings.look(self)
        return self.alone if known else None

    def is_weak(self, findings: Findings) -> bool:
        return findings.proof(self).weak

    def find(self, findings: Findings) -> Found:
        """Where it stands; empty when it does not hold."""
        return _FIND[self.kind](self, findings.reading)

    def prove(self, found: Found, reading: Reading) -> Proof:
        """The proof of what was found."""
        if self.kind in ("fact", "absent"):
            return Proof(self.name, self.kind)
        name, weight, hits = self.name, self.weight, []
        for zone, spot in {(zone, spot): None for zone, place in found for spot in place.spots}:
            start, end = characters(reading.words(zone), spot)
            hits.append(Hit(zone, start, end, name, spot.weight * weight))
        weak = self.proves_case and all(reading.shouting(zone) for zone, _ in found)
        count = len({(zone, place.first, place.last) for zone, place in found})
        return Proof(name, "found", tuple(hits), count, weak)


def _found(leaf: Leaf, reading: Reading) -> Found:
    zones = reading.filled(leaf.zones)
    return [(zone, place) for zone in zones for place in places(leaf.node, zone, reading)]


def _counted(leaf: Leaf, reading: Reading) -> Found:
    assert isinstance(leaf.node, tree.AtLeast)
    found = counted(leaf.node, reading, leaf.zones)
    return found if len(found) >= leaf.node.count else _NOTHING


def _true(leaf: Leaf, reading: Reading) -> Found:
    return _HELD if is_so(leaf.node, reading) else _NOTHING


_FIND: dict[str, Callable[[Leaf, Reading], Found]] = {
    "found": _found,
    "counted": _counted,
    "fact": _true,
}
_HELD: Found = (("", Place(0, 0, ())),)


def _proves_case(node: Node) -> bool:
    """Whether a leaf rests on case, which capitals throughout do not show."""
    if isinstance(node, tree.Exact):
        return True
    return any(_proves_case(child) for child in tree.children(node))


class _All:
    """AND: all of the parts."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Plan, ...]) -> None:
        self.parts = parts

    def holds(self, findings: Findings) -> bool:
        return all(part.holds(findings) for part in self.parts)

    def gather(self, findings: Findings) -> Sequence[Leaf] | None:
        leaves: list[Leaf] = []
        for part in self.parts:
            found = part.gather(findings)
            if found is None:
                return None
            leaves += found
        return leaves

    def is_weak(self, findings: Findings) -> bool:
        return any(part.is_weak(findings) for part in self.parts)


class _Any:
    """OR: any of the parts; all that hold are gathered."""

    __slots__ = ("parts",)

    def __init__(self, parts: tuple[Plan, ...]) -> None:
        self.parts = parts

    def holds(self, findings: Findings) -> bool:
        return any(part.holds(findings) for part in self.parts)

    def gather(self, findings: Findings) -> Sequence[Leaf] | None:
        leaves: list[Leaf] = []
        for part in self.parts:
            found = part.gather(findings)
            if found:
                leaves += found
        return leaves or None

    def is_weak(self, findings: Findings) -> bool:
        return all(part.is_weak(findings) for part in self.parts if part.holds(findings))


class _None:
    """NOT: the part fails."""

    __slots__ = ("leaf", "part")

    def __init__(self, part: Plan, leaf: Leaf) -> None:
        self.part = part
        self.leaf = leaf

    def holds(self, findings: Findings) -> bool:
        return not self.part.holds(findings)

    def gather(self, findings: Findings) -> Sequence[Leaf] | None:
        if self.part.holds(findings):
            return None
        findings.known[self.leaf] = _HELD
        return self.leaf.alone

    def is_weak(self, findings: Findings) -> bool:
        return False


Plan = Leaf | _All | _Any | _None
"""`holds` is yes or no; `gather` the leaves of the satisfied branch in the query's order,
perhaps one twice, or None; `is_weak`, of what holds, that it proves little."""


class Planner:
    """Makes plans whose equal leaves are one."""

    def __init__(self) -> None:
        self._leaves: dict[tuple[Node, Zones, float, str], Leaf] = {}
        self._terms: dict[Node, Node] = {}

    def plan(self, node: Node, zones: Zones = tree.DEFAULT_ZONES, weight: float = 1.0) -> Plan:
        """The plan of a tree, looked for in `zones` where no field binds it."""
        if isinstance(node, tree.And | tree.Or):
            parts = tuple(self.plan(child, zones, weight) for child in node.children)
            return _All(parts) if isinstance(node, tree.And) else _Any(parts)
        if isinstance(node, tree.Not):
            part = self.plan(node.child, zones)
            return _None(part, self._leaf(node, zones, 1.0, "absent"))
        if isinstance(node, tree.Field):
            return self.plan(node.child, (node.name,), weight)
        if isinstance(node, tree.Weighted):
            return self.plan(node.child, zones, weight * node.weight)
        if isinstance(node, tree.Named):
            return self.plan(node.child, zones, weight)
        if isinstance(node, tree.FACTS):
            return self._leaf(node, tree.DEFAULT_ZONES, 1.0, "fact")
        kind = "counted" if isinstance(node, tree.AtLeast) else "found"
        return self._leaf(node, zones, weight, kind)

    def _leaf(self, node: Node, zones: Zones, weight: float, kind: str) -> Leaf:
        key = (node, zones, weight, kind)
        leaf = self._leaves.get(key)
        if leaf is None:
            leaf = self._leaves[key] = Leaf(self._shared(node), zones, weight, kind)
        return leaf

    def _shared(self, node: Node) -> Node:
        """`node` with every term that another leaf has too being the very same object."""
        if isinstance(node, tree.TERMS):
            return self._terms.setdefault(node, node)
        if isinstance(node, tree.And | tree.Or):
            return replace(node, children=tuple(map(self._shared, node.children)))
        if isinstance(node, tree.Near):
            return replace(node, left=self._shared(node.left), right=self._shared(node.right))
        if isinstance(node, tree.FACTS):
            return node
        return replace(node, child=self._shared(node.child))


# ---------------------------------------------------------------- one query, one article


@lru_cache(maxsize=256)
def _planned(node: Node, zones: Zones) -> Plan:
    return Planner().plan(node, zones)


def holds(node: Node, reading: Reading, zones: Zones = tree.DEFAULT_ZONES) -> bool:
    """Whether a query's tree holds of an article."""
    return _planned(node, zones).holds(Findings(reading))


def prove(node: Node, reading: Reading, zones: Zones = tree.DEFAULT_ZONES) -> Branch | None:
    """The satisfied branch of a tree, or None when it does not hold."""
    plan, findings = _planned(node, zones), Findings(reading)
    leaves = plan.gather(findings)
    return None if leaves is None else branch(plan, leaves, findings)


def branch(plan: Plan, leaves: Iterable[Leaf], findings: Findings) -> Branch:
    """The proofs of the leaves that a plan gathered, each once."""
    proofs = tuple(findings.proof(leaf) for leaf in dict.fromkeys(leaves))
    weak = any(proof.weak for proof in proofs) and plan.is_weak(findings)
    return Branch(proofs, weak)
