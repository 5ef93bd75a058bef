"""What an article is judged by: its hits, its excerpt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of characters, `start <= i < end`, in a named text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Hit:
    """A span that satisfied a term: `zone` names the article's text that it lies in
    (`title`, `lede`, `text`, `caption`, `author` …), `clause` the canonical term."""

    zone: str
    start: int
    end: int
    clause: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article that satisfied a campaign's query, and why.

    `query` is the text as configured, `explanation` one line per leaf of the satisfied
    branch. `weak`: every hit of some clause is of the kind that proves little
    (an all-capitals headline, say).
    """

    campaign: str
    query: str
    hits: tuple[Hit, ...]
    explanation: tuple[str, ...] = ()
    weak: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """The words we republish: spans of the article's `text`, in order, not overlapping.

    `words` counts the words of the spans, `share` their part of the article's words.
    """

    spans: tuple[Span, ...]
    words: int
    share: float
