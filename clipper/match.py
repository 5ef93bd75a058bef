"""Matching many queries: one pass over an article for the words of all of them.

    article -> tokens of its texts -> atoms that are present -> queries whose atoms all are
            -> evaluation of those alone -> Match

An *atom* is a word or wildcard of a query. Each query names sets of atoms of which it needs
one each; it is listed under the atoms of the set that is hardest to meet, so a query none of
whose listed atoms is present costs nothing. Which atoms a token of text holds is remembered,
and most of an article's few hundred distinct tokens are known to hold none: they are passed
over by one set difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from clipper import query as query_room
from clipper.model import Article, Campaign, Match, Outlet
from clipper.query import letters, tree, words
from clipper.query.evaluate import Branch, holds, prove
from clipper.query.forms import forms
from clipper.query.reading import Reading, fits, is_wild
from clipper.query.reasons import lines
from clipper.query.tree import Node

MOST_REMEMBERED = 400_000
"""Tokens of text that are remembered before the memory is emptied."""

_LONGEST_REMEMBERED = 64

Need = frozenset[str]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One query of a campaign: of each of `needs` at least one atom must be present."""

    campaign: str
    text: str
    root: Node
    needs: tuple[frozenset[int], ...]


# ---------------------------------------------------------------- what a query needs


def needs(node: Node) -> tuple[Need, ...]:
    """Sets of loose patterns; an article without one of each set cannot satisfy the node."""
    return _NEEDS[type(node)](node)


def _all(patterns: Iterable[str]) -> tuple[Need, ...]:
    return tuple(frozenset({letters.fold(pattern)}) for pattern in patterns)


def _of_or(node: tree.Or) -> tuple[Need, ...]:
    """The union of the hardest set of each alternative; nothing when one needs nothing."""
    sets = [needs(child) for child in node.children]
    if not all(sets):
        return ()
    return (frozenset().union(*(hardest(found) for found in sets)),)


def hardest(found: Sequence[Need]) -> Need:
    """The set that fewest articles are likely to meet: few atoms, and long ones."""
    return min(found, key=lambda need: (len(need), -min(len(p.rstrip("*")) for p in need)))


def _of_near(node: tree.Near) -> tuple[Need, ...]:
    return needs(node.left) + (() if node.kind == "NOTNEAR" else needs(node.right))


def _of_child(node: Any) -> tuple[Need, ...]:
    return needs(node.child)


_NEEDS: dict[type[Any], Callable[[Any], tuple[Need, ...]]] = {
    tree.Word: lambda node: _all((node.pattern,)),
    tree.Phrase: lambda node: _all(node.words),
    tree.Exact: lambda node: _all(node.words),
    tree.TagName: lambda node: _all((node.name,)),
    tree.Forms: lambda node: (forms(letters.fold(node.word)),),
    tree.Near: _of_near,
    tree.And: lambda node: tuple(need for child in node.children for need in needs(child)),
    tree.Or: _of_or,
    **dict.fromkeys((tree.AtLeast, tree.Field, tree.Weighted, tree.Named), _of_child),
    **dict.fromkeys((tree.Not, *tree.FACTS), lambda node: ()),
}


def _zones(node: Node, bound: tuple[str, ...] = tree.DEFAULT_ZONES) -> set[str]:
    """The zones whose words can decide the node."""
    if isinstance(node, tree.Field):
        return _zones(node.child, (node.name,))
    if isinstance(node, tree.TERMS):
        return set(bound)
    return {zone for child in tree.children(node) for zone in _zones(child, bound)}


# ---------------------------------------------------------------- which atoms are present


class _Atoms:
    """All atoms, numbered, and which of them a word is."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._starts: dict[str, list[int]] = {}
        self._spelled: list[tuple[str, int]] = []
        self._lengths: list[int] = []

    def number(self, pattern: str) -> int:
        """The number of an atom; a new one is taken in."""
        found = self._numbers.get(pattern)
        if found is not None:
            return found
        number = self._numbers[pattern] = len(self._numbers)
        if "?" in pattern:
            self._spelled.append((pattern, number))
        elif is_wild(pattern):
            self._starts.setdefault(pattern[:-1], []).append(number)
            self._lengths = sorted({len(start) for start in self._starts})
        return number

    def of(self, word: str) -> set[int]:
        """The atoms that a loose word is."""
        found = {self._numbers[word]} if word in self._numbers else set()
        for length in self._lengths:
            found.update(self._starts.get(word[:length], ()) if length <= len(word) else ())
        found.update(number for pattern, number in self._spelled if fits(pattern, word))
        return found


class _Memory:
    """Which atoms a token of plain text holds, remembered from article to article."""

    def __init__(self, atoms: _Atoms, most: int) -> None:
        self._atoms = atoms
        self._most = most
        self._idle: set[str] = set()
        self._busy: dict[str, frozenset[int]] = {}

    def of(self, tokens: set[str]) -> set[int]:
        """The atoms that any of the tokens holds."""
        found: set[int] = set()
        for token in tokens - self._idle:
            known = self._busy.get(token)
            found |= self._learn(token) if known is None else known
        return found

    def _learn(self, token: str) -> frozenset[int]:
        found = frozenset(n for word in words.words_in(token) for n in self._atoms.of(word))
        if len(token) > _LONGEST_REMEMBERED:
            return found
        if len(self._idle) + len(self._busy) > self._most:
            self._idle.clear()
            self._busy.clear()
        if found:
            self._busy[token] = found
        else:
            self._idle.add(token)
        return found


# ---------------------------------------------------------------- the matcher


class Matcher:
    """The queries of all campaigns, ready to be asked of one article after another.

    `lists` are those that `$name` inserts; `remembered` bounds the tokens of text that are
    kept from article to article. Built once a process; `match` keeps nothing of an article
    but its vocabulary. Not safe for use from several threads at once. Raises QueryError for
    a query that can't be read.
    """

    def __init__(
        self,
        campaigns: Iterable[Campaign],
        lists: Mapping[str, Sequence[str]] | None = None,
        remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._atoms = _Atoms()
        self._memory = _Memory(self._atoms, remembered)
        self._queries: list[_Compiled] = []
        self._listed: dict[int, list[int]] = {}
        self._always: list[int] = []
        self._terms: dict[Node, Node] = {}
        zones = set(tree.DEFAULT_ZONES)
        for campaign in campaigns:
            for text in campaign.queries:
                root = query_room.parse(text, lists).root
                zones |= _zones(root)
                self._list(campaign.slug, text, root)
        self._zones = tuple(zone for zone in tree.ZONES if zone in zones)

    def _list(self, campaign: str, text: str, root: Node) -> None:
        at = len(self._queries)
        root = self._shared(root)
        wanted = sorted(needs(root), key=lambda need: hardest((need,)) and len(need))
        numbered = tuple(frozenset(map(self._atoms.number, need)) for need in wanted)
        self._queries.append(_Compiled(campaign, text, root, numbered))
        if not wanted:
            self._always.append(at)
            return
        for pattern in hardest(wanted):
            self._listed.setdefault(self._atoms.number(pattern), []).append(at)

    def _shared(self, node: Node) -> Node:
        """`node` with every term that an earlier query has too being the very same object."""
        if isinstance(node, tree.TERMS):
            return self._terms.setdefault(node, node)
        if isinstance(node, tree.And | tree.Or):
            return replace(node, children=tuple(map(self._shared, node.children)))
        if isinstance(node, tree.Near):
            return replace(node, left=self._shared(node.left), right=self._shared(node.right))
        if isinstance(node, tree.FACTS):
            return node
        return replace(node, child=self._shared(node.child))

    def match(self, article: Article, outlet: Outlet | None = None) -> tuple[Match, ...]:
        """The queries that the article satisfies, in the order of the config, each with why.

        Hits are spans in the original strings of the article's zones; see
        `clipper.query.zone_text` for those of several values.
        """
        reading = Reading(article, outlet)
        found = []
        for compiled in self._candidates(reading):
            if not holds(compiled.root, reading):
                continue
            branch = prove(compiled.root, reading)
            if branch is not None:
                found.append(_match(compiled, branch, reading))
        return tuple(found)

    def satisfied(self, article: Article, outlet: Outlet | None = None) -> tuple[str, ...]:
        """The slugs of the campaigns that the article satisfies; no hits are gathered."""
        reading = Reading(article, outlet)
        slugs = (q.campaign for q in self._candidates(reading) if holds(q.root, reading))
        return tuple(dict.fromkeys(slugs))

    def _candidates(self, reading: Reading) -> list[_Compiled]:
        """The queries all of whose needs are met, in order."""
        present = self._present(reading)
        listed = {at for number in present for at in self._listed.get(number, ())}
        chosen = (self._queries[at] for at in sorted(listed.union(self._always)))
        return [q for q in chosen if not any(need.isdisjoint(present) for need in q.needs)]

    def _present(self, reading: Reading) -> set[int]:
        present: set[int] = set()
        for zone in self._zones:
            analysed = reading.words(zone)
            tokens = analysed.tokens()
            if tokens is not None:
                present |= self._memory.of(tokens)
                continue
            names = {tag.name for tag in analysed.tags}
            for word in names.union(analysed.index):
                present |= self._atoms.of(word)
        return present


def _match(compiled: _Compiled, branch: Branch, reading: Reading) -> Match:
    found = {hit for proof in branch.proofs for hit in proof.hits}
    hits = sorted(found, key=lambda hit: (tree.ZONES.index(hit.zone), hit.start, hit.end))
    return Match(
        campaign=compiled.campaign,
        query=compiled.text,
        hits=tuple(hits),
        explanation=lines(branch, reading),
        weak=branch.weak,
    )
