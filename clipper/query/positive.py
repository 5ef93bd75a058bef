"""Every way to satisfy a query must need something to be there, not only to be absent."""

from __future__ import annotations

from collections.abc import Callable

from clipper.errors import QueryError
from clipper.query import tree
from clipper.query.tree import Node


def first(node: Node, wanted: Callable[[Node], bool]) -> Node | None:
    """The first node at or under `node` that is `wanted`, in the order of reading."""
    if wanted(node):
        return node
    for child in tree.children(node):
        found = first(child, wanted)
        if found is not None:
            return found
    return None


def check_positive(root: Node, query: str) -> None:
    """Refuse a query that something can satisfy without holding anything that was asked for."""
    if _needs_something(root):
        return
    culprit = first(root, lambda node: isinstance(node, tree.Not))
    start, end = (culprit.start, culprit.end) if isinstance(culprit, tree.Not) else (0, len(query))
    raise QueryError(
        "The query, or one way to meet it, only says what is not wanted.",
        query=query,
        start=start,
        end=end,
        remedy="Say what is wanted beside it, as in prison NOT gate; join NOT by AND, not by OR.",
    )


def _needs_something(node: Node) -> bool:
    if isinstance(node, tree.And):
        return any(_needs_something(child) for child in node.children)
    if isinstance(node, tree.Or):
        return all(_needs_something(child) for child in node.children)
    if isinstance(node, tree.Not):
        return _fails_by_something(node.child)
    if isinstance(node, tree.Field | tree.Weighted | tree.Named):
        return _needs_something(node.child)
    return True


def _fails_by_something(node: Node) -> bool:
    """Whether each way in which `node` fails needs something to be there."""
    if isinstance(node, tree.And):
        return all(_fails_by_something(child) for child in node.children)
    if isinstance(node, tree.Or):
        return any(_fails_by_something(child) for child in node.children)
    if isinstance(node, tree.Not):
        return _needs_something(node.child)
    if isinstance(node, tree.Field | tree.Weighted | tree.Named):
        return _fails_by_something(node.child)
    return False
