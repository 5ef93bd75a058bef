"""Matching many queries: one pass over an article for the words of all of them.

    article -> tokens of its texts -> atoms that are present -> queries whose atoms all are
            -> places of the atoms -> evaluation of those queries alone -> Match

An *atom* is a word or wildcard of a query. Each query names sets of atoms of which it needs
one each; it is listed under the atoms of the set that is hardest to meet, so a query none of
whose listed atoms is present costs nothing. Which atoms a token of text holds is remembered,
and most of an article's few hundred distinct tokens are known to hold none: they are passed
over by one set difference.

Where a query has to be evaluated, the places of all atoms are found in one look at the text,
and what a term, a NEAR or a NOT found there, its spans and its reason in words, serves all
queries that ask for it (`clipper.query.evaluate`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clipper import query as query_room
from clipper.model import Article, Campaign, Hit, Match, Outlet
from clipper.query import tree, words
from clipper.query.evaluate import Findings, Leaf, Plan, Planner
from clipper.query.needs import Need, hardest, needs, patterns
from clipper.query.patterns import LONGEST_REMEMBERED, Atoms
from clipper.query.reading import Reading
from clipper.query.reasons import line
from clipper.query.tree import Node

MOST_REMEMBERED = 400_000
"""Tokens of text that are remembered before the memory is emptied; words of it as many."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """One query of a campaign.

    It is looked at when an atom of the need that it is listed under is present; of each of
    `needs`, the others, one has to be present too.
    """

    campaign: str
    text: str
    plan: Plan
    needs: tuple[Need, ...]


def _zones(node: Node, bound: tuple[str, ...] = tree.DEFAULT_ZONES) -> set[str]:
    """The zones whose words can decide the node."""
    if isinstance(node, tree.Field):
        return _zones(node.child, (node.name,))
    if isinstance(node, tree.TERMS):
        return set(bound)
    return {zone for child in tree.children(node) for zone in _zones(child, bound)}


# ---------------------------------------------------------------- which atoms are present


class _Memory:
    """Which atoms a token of plain text holds, remembered from article to article."""

    def __init__(self, atoms: Atoms, most: int) -> None:
        self._atoms = atoms
        self._most = most
        self._idle: set[str] = set()
        self._busy: dict[str, frozenset[str]] = {}

    @property
    def remembered(self) -> int:
        """How many tokens are remembered."""
        return len(self._idle) + len(self._busy)

    def of(self, tokens: set[str]) -> set[str]:
        """The atoms that any of the tokens holds."""
        found: set[str] = set()
        for token in tokens - self._idle:
            found |= self._busy.get(token) or self._learn(token)
        return found

    def _learn(self, token: str) -> frozenset[str]:
        found = frozenset(atom for word in words.words_in(token) for atom in self._atoms.of(word))
        if len(token) > LONGEST_REMEMBERED:
            return found
        if self.remembered > self._most:
            self._idle.clear()
            self._busy.clear()
        if found:
            self._busy[token] = found
        else:
            self._idle.add(token)
        return found


# ---------------------------------------------------------------- what a leaf says


_ORDER = {zone: at for at, zone in enumerate(tree.ZONES)}

_Said = tuple[tuple[Hit, ...], tuple[str, ...], bool]
"""Hits in the order of reading, each once; the reasons in words; whether any is weak."""


def _place(hit: Hit) -> tuple[int, int, int]:
    return _ORDER[hit.zone], hit.start, hit.end


class _Evidence:
    """What the leaves that hold of one article say, each made once for all queries.

    `lasting` is kept from article to article: what says the same of each.
    """

    def __init__(self, findings: Findings, lasting: dict[Leaf, _Said]) -> None:
        self._findings = findings
        self._known: dict[Leaf, _Said] = {}
        self._lasting = lasting

    def of(self, leaf: Leaf) -> _Said:
        """What a leaf that holds says."""
        said = self._known.get(leaf) or self._lasting.get(leaf)
        return said or self._say(leaf)

    def _say(self, leaf: Leaf) -> _Said:
        proof = self._findings.proof(leaf)
        hits = proof.hits
        if len(hits) > 1:
            unique = {(hit.zone, hit.start, hit.end, hit.weight): hit for hit in hits}
            hits = tuple(sorted(unique.values(), key=_place))
        said = (hits, (line(proof, self._findings.reading),), proof.weak)
        (self._known if hits else self._lasting)[leaf] = said
        return said


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
        self._atoms = Atoms(remembered)
        self._memory = _Memory(self._atoms, remembered)
        self._lasting: dict[Leaf, _Said] = {}
        self._queries: list[_Compiled] = []
        self._listed: dict[str, list[int]] = {}
        self._always: list[int] = []
        zones, planner = set(tree.DEFAULT_ZONES), Planner()
        for campaign in campaigns:
            for text in campaign.queries:
                root = query_room.parse(text, lists).root
                zones |= _zones(root)
                self._list(campaign.slug, text, root, planner)
        self._zones = tuple(zone for zone in tree.ZONES if zone in zones)

    def _list(self, campaign: str, text: str, root: Node, planner: Planner) -> None:
        for pattern in patterns(root):
            self._atoms.add(pattern)
        wanted = list(needs(root))
        if wanted:
            first = hardest(wanted)
            wanted = sorted((need for need in wanted if need != first), key=len)
            for pattern in first:
                self._listed.setdefault(pattern, []).append(len(self._queries))
        else:
            self._always.append(len(self._queries))
        plan = planner.plan(root)
        self._queries.append(_Compiled(campaign, text, plan, tuple(wanted)))

    def match(self, article: Article, outlet: Outlet | None = None) -> tuple[Match, ...]:
        """The queries that the article satisfies, in the order of the config, each with why.

        Hits are spans in the original strings of the article's zones; see
        `clipper.query.zone_text` for those of several values.
        """
        candidates, findings = self._look(article, outlet)
        evidence = _Evidence(findings, self._lasting)
        found = []
        for compiled in candidates:
            leaves = compiled.plan.gather(findings)
            if leaves is not None:
                found.append(_match(compiled, leaves, findings, evidence))
        return tuple(found)

    def satisfied(self, article: Article, outlet: Outlet | None = None) -> tuple[str, ...]:
        """The slugs of the campaigns that the article satisfies; no hits are gathered."""
        candidates, findings = self._look(article, outlet)
        slugs = (each.campaign for each in candidates if each.plan.holds(findings))
        return tuple(dict.fromkeys(slugs))

    def _look(self, article: Article, outlet: Outlet | None) -> tuple[list[_Compiled], Findings]:
        """The queries all of whose needs are met, in order, and the article to ask them of."""
        reading = Reading(article, outlet, self._atoms)
        present = self._present(reading)
        at: set[int] = set(self._always)
        for atom in present:
            at.update(self._listed.get(atom, ()))
        chosen = []
        for compiled in map(self._queries.__getitem__, sorted(at)):
            for need in compiled.needs:
                if need.isdisjoint(present):
                    break
            else:
                chosen.append(compiled)
        return chosen, Findings(reading, present)

    def _present(self, reading: Reading) -> set[str]:
        present: set[str] = set()
        for zone in self._zones:
            analysed = reading.words(zone)
            tokens = analysed.tokens()
            if tokens is not None:
                present |= self._memory.of(tokens)
                continue
            present.update(analysed.located)
            for tag in analysed.tags:
                present.update(self._atoms.of(tag.name))
        return present


def _match(
    compiled: _Compiled, leaves: Sequence[Leaf], findings: Findings, evidence: _Evidence
) -> Match:
    """A query with what the leaves of its satisfied branch found."""
    if len(leaves) > 1:
        hits, reasons, weak = _together([evidence.of(leaf) for leaf in dict.fromkeys(leaves)])
    else:
        hits, reasons, weak = evidence.of(leaves[0])
    return Match(
        campaign=compiled.campaign,
        query=compiled.text,
        hits=hits,
        explanation=reasons,
        weak=weak and compiled.plan.is_weak(findings),
    )


def _together(parts: list[_Said]) -> _Said:
    """What several leaves say, as one."""
    reasons = tuple([reason for _, some, _ in parts for reason in some])
    weak = any(part[2] for part in parts)
    found = [hits for hits, _, _ in parts if hits]
    if len(found) == 1:
        return found[0], reasons, weak
    return tuple(sorted([hit for hits in found for hit in hits], key=_place)), reasons, weak
