"""The canonical text of a query: what `str(query)` gives, and what reads back as its equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clipper.query import tree
from clipper.query.tree import Node

_OR, _AND, _NOT, _NEAR, _PRIMARY = range(5)

_LEVELS: dict[type[Any], int] = {
    tree.Or: _OR,
    tree.And: _AND,
    tree.Not: _NOT,
    tree.Near: _NEAR,
}


def show(node: Node) -> str:
    """The canonical text of a node."""
    return _PRINTERS[type(node)](node)


def clause(node: Node, zone: str = "") -> str:
    """The canonical text of a leaf, with the field it was asked for in."""
    return show(tree.Field(zone, node)) if zone else show(node)


def _at(level: int, node: Node) -> str:
    text = show(node)
    return f"({text})" if _LEVELS.get(type(node), _PRIMARY) < level else text


def _phrase(node: tree.Phrase) -> str:
    slop = f"~{node.slop}" if node.slop else ""
    return f'"{" ".join(node.words)}"{slop}'


def _near(node: tree.Near) -> str:
    left, right = _at(_NEAR, node.left), _at(_PRIMARY, node.right)
    return f"{left} {node.kind}/{node.distance} {right}"


def _decimal(number: float) -> str:
    return f"{number:.4f}".rstrip("0").rstrip(".")


def _length(node: tree.Length) -> str:
    if node.most is None:
        return f"words:>={node.least}"
    if node.least == 0:
        return f"words:<={node.most}"
    return f"words:{node.least}..{node.most}"


def _many(joint: str, level: int) -> Callable[[Any], str]:
    return lambda node: joint.join(_at(level, child) for child in node.children)


_PRINTERS: dict[type[Any], Callable[[Any], str]] = {
    tree.Word: lambda node: node.pattern,
    tree.Phrase: _phrase,
    tree.Exact: lambda node: "{" + " ".join(node.words) + "}",
    tree.Forms: lambda node: f"~{node.word}",
    tree.TagName: lambda node: f"{node.mark}{node.name}",
    tree.Near: _near,
    tree.AtLeast: lambda node: f"atleast({node.count}, {show(node.child)})",
    tree.Field: lambda node: f"{node.name}:{_at(_PRIMARY, node.child)}",
    tree.Weighted: lambda node: f"{_at(_PRIMARY, node.child)}^{_decimal(node.weight)}",
    tree.Named: lambda node: f"${node.name}",
    tree.Site: lambda node: f"site:{node.host}",
    tree.Language: lambda node: f"lang:{node.tag}",
    tree.Published: lambda node: f"{node.side}:{node.typed}",
    tree.Length: _length,
    tree.And: _many(" AND ", _NOT),
    tree.Or: _many(" OR ", _AND),
    tree.Not: lambda node: f"NOT {_at(_NEAR, node.child)}",
}
