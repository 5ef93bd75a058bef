"""What an editor needs to see of a clipping: its text marked up, and the reasons for it.

text + hits + excerpt -> blocks -> runs          how each letter is shown
match -> clauses -> sentences                    why it is here
query of another campaign -> why not             why it is not there
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

from .. import query, text
from ..model import Campaign, Clipping, Hit, Match, Outlet, Span
from ..query import WhyNot

MOST_PLACES = 12
"""Sentences shown of one clause; the rest are counted."""

MOST_MARKED = 1_000
"""Hits marked in the text."""

_AROUND = 240

# ---------------------------------------------------------------- the text


@dataclass(frozen=True, slots=True)
class Run:
    """A run of text that is shown alike: `hit` is the clause that it satisfied, or ""."""

    text: str
    hit: str = ""
    quoted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A paragraph of the frozen text. `start` and `end` are characters of it, `sentences`
    too; `quoted` is "all", "part" or "" of it in the excerpt."""

    number: int
    start: int
    end: int
    runs: tuple[Run, ...]
    sentences: tuple[Span, ...]
    quoted: str


def blocks(clipping: Clipping) -> tuple[Block, ...]:
    """The paragraphs of the frozen text, with the hits and the excerpt marked."""
    hits = sorted({(h.start, h.end, h.clause) for h in _all_hits(clipping) if h.zone == "text"})
    marked = _Spread(hits[:MOST_MARKED])
    sentences = _Spread([(span.start, span.end) for span in text.sentences(clipping.text)])
    spans = clipping.excerpt.spans
    return tuple(
        Block(
            number=number,
            start=block.start,
            end=block.end,
            runs=_runs(clipping.text, block, marked.within(block), spans),
            sentences=tuple(Span(start, end) for start, end in sentences.within(block)),
            quoted=_quoted(block, spans),
        )
        for number, block in enumerate(text.blocks(clipping.text))
    )


T = TypeVar("T", tuple[int, int], tuple[int, int, str])


class _Spread(Generic[T]):
    """Things in the order of their starts, to be asked for those that start in a span."""

    def __init__(self, found: Sequence[T]) -> None:
        self._found: Sequence[T] = found
        self._starts = [each[0] for each in found]

    def within(self, span: Span) -> list[T]:
        first, last = (bisect_left(self._starts, edge) for edge in (span.start, span.end))
        return list(self._found[first:last])


def _all_hits(clipping: Clipping) -> Iterable[Hit]:
    return (hit for match in clipping.matches for hit in match.hits)


def _runs(
    value: str, block: Span, hits: Sequence[tuple[int, int, str]], spans: Sequence[Span]
) -> tuple[Run, ...]:
    near = [span for span in spans if span.start < block.end and block.start < span.end]
    edges = {block.start, block.end}
    edges.update(edge for hit in hits for edge in hit[:2])
    edges.update(edge for span in near for edge in (span.start, span.end))
    inside = sorted(edge for edge in edges if block.start <= edge <= block.end)
    return tuple(
        Run(
            text=value[start:end],
            hit=next((clause for a, b, clause in hits if a <= start < b), ""),
            quoted=any(span.start <= start < span.end for span in near),
        )
        for start, end in pairwise(inside)
    )


def _quoted(block: Span, spans: Sequence[Span]) -> str:
    if any(span.start <= block.start and block.end <= span.end for span in spans):
        return "all"
    return "part" if any(s.start < block.end and block.start < s.end for s in spans) else ""


# ---------------------------------------------------------------- why


@dataclass(frozen=True, slots=True)
class Sentence:
    """Where a clause was satisfied: the words around, the hit between `start` and `end`
    of them; `block` is the paragraph's number when they stand in the text, else None."""

    zone: str
    words: str
    start: int
    end: int
    block: int | None


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of a query with the sentences that satisfied it; `more` are not shown."""

    clause: str
    sentences: tuple[Sentence, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a campaign wanted the story: `others` are the leaves that left no hit (a word
    that is absent, a fact), in words."""

    campaign: str
    query: str
    weak: bool
    clauses: tuple[Clause, ...]
    others: tuple[str, ...]


def why(clipping: Clipping, outlet: Outlet) -> tuple[Why, ...]:
    """The reasons, campaign by campaign: clause, then sentence."""
    zones = _Zones(clipping, outlet)
    return tuple(_why(match, zones) for match in clipping.matches)


class _Zones:
    """The texts that hits count in, their sentences found once."""

    def __init__(self, clipping: Clipping, outlet: Outlet) -> None:
        self._clipping = clipping
        self._outlet = outlet
        self._sentences: dict[str, tuple[Span, ...]] = {}
        self._starts = [block.start for block in text.blocks(clipping.text)]

    def text(self, zone: str) -> str:
        if zone == "text":
            return self._clipping.text
        return query.zone_text(self._clipping.article.article, self._outlet, zone)

    def sentence(self, hit: Hit) -> Sentence | None:
        value = self.text(hit.zone)
        if not 0 <= hit.start < hit.end <= len(value):
            return None
        span = self._around(hit, value)
        block = bisect_right(self._starts, hit.start) - 1 if hit.zone == "text" else None
        words = value[span.start : span.end]
        return Sentence(hit.zone, words, hit.start - span.start, hit.end - span.start, block)

    def _around(self, hit: Hit, value: str) -> Span:
        if hit.zone not in self._sentences:
            self._sentences[hit.zone] = text.sentences(value)
        found = self._sentences[hit.zone]
        at = bisect_right(found, Span(hit.start, len(value) + 1)) - 1
        whole = found[at] if at >= 0 else Span(0, len(value))
        start = max(min(whole.start, hit.start), hit.start - _AROUND)
        return Span(start, min(max(whole.end, hit.end), hit.end + _AROUND))


def _why(match: Match, zones: _Zones) -> Why:
    by_clause: dict[str, list[Hit]] = {}
    for hit in match.hits:
        by_clause.setdefault(hit.clause, []).append(hit)
    return Why(
        campaign=match.campaign,
        query=match.query,
        weak=match.weak,
        clauses=tuple(_clause(clause, hits, zones) for clause, hits in by_clause.items()),
        others=tuple(
            line
            for line in match.explanation
            if not any(line.startswith(f"{clause} — ") for clause in by_clause)
        ),
    )


def _clause(clause: str, hits: Sequence[Hit], zones: _Zones) -> Clause:
    shown = [found for hit in hits[:MOST_PLACES] if (found := zones.sentence(hit)) is not None]
    return Clause(clause, tuple(shown), max(0, len(hits) - MOST_PLACES))


# ---------------------------------------------------------------- why not


def why_not(
    clipping: Clipping, campaign: Campaign, outlet: Outlet, lists: Mapping[str, Sequence[str]]
) -> tuple[tuple[str, WhyNot | None], ...]:
    """Each query of a campaign with what it missed; None for one that the story satisfies."""
    article = clipping.article.article
    return tuple(
        (asked, query.why_not(query.parse(asked, lists), article, outlet))
        for asked in campaign.queries
    )
