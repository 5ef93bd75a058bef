"""Lints that only the archive can tell: a term that stands nowhere, a clause never needed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from .. import query
from ..query import Lint, Query, tree
from ..store import Store

_MOST_ODD = 300
"""So many articles whose words the index may cut otherwise are read to find a word."""


def doubts(
    asked: Query, store: Store | None = None, needed: Collection[str] | None = None
) -> tuple[Lint, ...]:
    """All lints of a query; with a store also the terms that no article of it holds.

    `needed` are the clauses that hits carried, when all articles were looked at.
    """
    return query.lints(asked, None if store is None else _seen(store), needed)


def _seen(store: Store) -> Callable[[str], bool]:
    def seen(word: str) -> bool:
        asked = Query(tree.Word(word))
        return store.rematching.holds(query.to_fts5(asked)) or any(
            query.holds(asked, odd.article) for odd in store.rematching.odd(_MOST_ODD)
        )

    return seen
