"""The syntax tree of a query: frozen nodes that are equal when they mean the same.

`Node` is the union of them. `start` and `end`, where a node has them, are character offsets
in the query's source and take no part in comparing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

ZONES = ("title", "lede", "text", "caption", "author", "outlet", "url", "section", "tag")
"""The fields with words of their own, in the order in which hits are listed."""

DEFAULT_ZONES = ("title", "lede", "text")
"""Where a term looks that no field binds."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word in loose form (ñ kept); `*` ends it in any way, `?` is one letter."""

    pattern: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words in sequence, with at most `slop` further words between them in all."""

    words: tuple[str, ...]
    slop: int = 0
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Exact:
    """Words in sequence, exact in case and accents."""

    words: tuple[str, ...]
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Forms:
    """A word with its plural, possessive and regular forms (`clipper.query.forms`)."""

    word: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TagName:
    """A #tag or an @name itself; `name` is loose and may end in `*`."""

    mark: str
    name: str
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """`kind` is NEAR, ONEAR (in order) or NOTNEAR; `distance` the most words between."""

    kind: str
    distance: int
    left: Node
    right: Node
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`child` has at least `count` hits in the article."""

    count: int
    child: Node


@dataclass(frozen=True, slots=True)
class Field:
    """`child` looked for in the zone `name` alone."""

    name: str
    child: Node


@dataclass(frozen=True, slots=True)
class Weighted:
    """`child`, its hits weighing `weight` times as much when an excerpt is chosen."""

    child: Node
    weight: float


@dataclass(frozen=True, slots=True)
class Named:
    """A list from the config, inserted by its name; `child` is what it stands for."""

    name: str
    child: Node


@dataclass(frozen=True, slots=True)
class Site:
    """The article's host is `host` or a subdomain of it."""

    host: str


@dataclass(frozen=True, slots=True)
class Language:
    """The article's language is `tag` (BCP 47, lower case) or a variety of it."""

    tag: str


@dataclass(frozen=True, slots=True)
class Published:
    """The outlet's claimed date: on `day` or later (after), or earlier than `day` (before).

    `typed` is the day as the query has it: a year, a month or a day, in UTC.
    """

    side: str
    day: date
    typed: str


@dataclass(frozen=True, slots=True)
class Length:
    """The number of words of the article's text is from `least` to `most` inclusive."""

    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class And:
    """All of `children`."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """Any of `children`."""

    children: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`child` fails. `start` and `end` are those of the operator."""

    child: Node
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)


_Term: TypeAlias = Word | Phrase | Exact | Forms | TagName
_Wrapper: TypeAlias = AtLeast | Field | Weighted | Named | Not
_Fact: TypeAlias = Site | Language | Published | Length
Node: TypeAlias = _Term | _Wrapper | _Fact | Near | And | Or

FACTS = (Site, Language, Published, Length)
TERMS = (Word, Phrase, Exact, Forms, TagName)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly under `node`."""
    if isinstance(node, And | Or):
        return node.children
    if isinstance(node, Near):
        return (node.left, node.right)
    if isinstance(node, AtLeast | Field | Weighted | Named | Not):
        return (node.child,)
    return ()


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """`parts` under one And or Or; those of the same kind are taken in, one alone is itself."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.children if isinstance(part, kind) else (part,))
    return flat[0] if len(flat) == 1 else kind(tuple(flat))


def moved(node: Node, start: int, end: int) -> Node:
    """`node` as if it stood from `start` to `end` of the query: where a list's name stands."""
    if isinstance(node, And | Or):
        return replace(node, children=tuple(moved(child, start, end) for child in node.children))
    if isinstance(node, Near):
        left, right = moved(node.left, start, end), moved(node.right, start, end)
        return replace(node, left=left, right=right, start=start, end=end)
    if isinstance(node, Not):
        return replace(node, child=moved(node.child, start, end), start=start, end=end)
    if isinstance(node, AtLeast | Field | Weighted | Named):
        return replace(node, child=moved(node.child, start, end))
    if isinstance(node, FACTS):
        return node
    return replace(node, start=start, end=end)


def _bounded(weight: float) -> float:
    return min(1000.0, max(0.0001, round(weight, 4)))


def weighted(node: Node, weight: float) -> Node:
    """`node` with a weight, in the form that prints and reads back: one weight, inside a field."""
    if isinstance(node, FACTS):
        return node
    if isinstance(node, Weighted):
        return Weighted(node.child, _bounded(node.weight * weight))
    if isinstance(node, Field):
        return Field(node.name, weighted(node.child, weight))
    return Weighted(node, weight)
