"""What a query needs: words without which no article can satisfy it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from clipper.query import letters, tree
from clipper.query.forms import forms
from clipper.query.tree import Node

Need = frozenset[str]
"""Loose patterns of which a word of the article has to fit one at least."""


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


def patterns(node: Node) -> set[str]:
    """All loose patterns that deciding the node may ask for, those of what NOT forbids too."""
    if isinstance(node, tree.TERMS):
        return set().union(*needs(node))
    return set().union(*map(patterns, tree.children(node)))
