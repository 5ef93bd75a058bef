"""A query as an FTS5 expression that finds at least the articles that match.

For SQLite's full-text index with `tokenize = 'unicode61 remove_diacritics 2'`. What the index
cannot decide (order, distance, case, fields, NOT) is left to the evaluator, which sees every
article that the expression finds. Articles for whose texts `clipper.query.is_plain` is false
have to be evaluated whether the index finds them or not.

Source: sqlite.org/fts5.html, sections 3 (query syntax) and 4.3.1 (unicode61).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from clipper.query import letters, tree
from clipper.query.forms import forms
from clipper.query.tree import Node
from clipper.query.words import ACRONYM_MOST, TAILS

INDEXED = frozenset({"title", "lede", "text"})
"""The zones that a store's full-text index has to cover."""

_LONGEST_ACRONYM = ACRONYM_MOST
_MOST_ALTERNATIVES = 2_000

_Zones = Collection[str]


def to_fts5(node: Node, zones: _Zones, indexed: _Zones) -> str | None:
    """The expression for a tree; None when only everything is a superset.

    `zones` is where unbound terms look, `indexed` what the index covers.
    """
    return _WRITERS[type(node)](node, zones, indexed)


def _quoted(tokens: list[str], prefix: bool) -> str:
    return '"' + " ".join(tokens) + '"' + ("*" if prefix else "")


def _spellings(pattern: str) -> str | None:
    """How the index may have cut a word: as it is, by an acronym's dots, by an apostrophe."""
    loose = letters.fold(pattern)
    body = loose.split("?")[0].rstrip("*")
    prefix = body != loose
    if not body:
        return None
    found = [[body], *_acronyms(body, prefix), *_contractions(body, prefix)]
    written = [_quoted(tokens, prefix) for tokens in found]
    return written[0] if len(written) == 1 else "(" + " OR ".join(written) + ")"


def _acronyms(body: str, prefix: bool) -> list[list[str]]:
    if not 2 <= len(body) <= 2 * _LONGEST_ACRONYM or not body.isalpha():
        return []
    found = [list(body)] if len(body) <= _LONGEST_ACRONYM else []
    pairs = [body[i : i + 2] for i in range(0, len(body), 2)]
    whole = pairs[:-1] if len(pairs[-1]) == 1 else pairs
    doubled = len(pairs) > 1 and all(pair[0] == pair[1] for pair in whole)
    if doubled and (prefix or whole is pairs):
        found.append(pairs)
    return found


def _contractions(body: str, prefix: bool) -> list[list[str]]:
    found: list[list[str]] = []
    for tail in TAILS:
        for size in range(1 if prefix else len(tail), len(tail) + 1):
            head = body[:-size]
            if body.endswith(tail[:size]) and head:
                found.append([head, tail[:size]])
    return found


def _covered(zones: _Zones, indexed: _Zones) -> bool:
    return all(zone in indexed for zone in zones)


def _all_of(patterns: tuple[str, ...], zones: _Zones, indexed: _Zones) -> str | None:
    if not _covered(zones, indexed):
        return None
    return _both([_spellings(pattern) for pattern in patterns])


def _both(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    if not known:
        return None
    return known[0] if len(known) == 1 else "(" + " AND ".join(known) + ")"


def _either(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or len(known) > _MOST_ALTERNATIVES:
        return None
    return known[0] if len(known) == 1 else "(" + " OR ".join(known) + ")"


def _forms(node: tree.Forms, zones: _Zones, indexed: _Zones) -> str | None:
    if not _covered(zones, indexed):
        return None
    return _either([_spellings(form) for form in sorted(forms(node.word.replace("ñ", "n")))])


def _near(node: tree.Near, zones: _Zones, indexed: _Zones) -> str | None:
    left = to_fts5(node.left, zones, indexed)
    if node.kind == "NOTNEAR":
        return left
    return _both([left, to_fts5(node.right, zones, indexed)])


def _below(node: Any, zones: _Zones, indexed: _Zones) -> str | None:
    return to_fts5(node.child, zones, indexed)


def _nothing(node: Any, zones: _Zones, indexed: _Zones) -> str | None:
    return None


_WRITERS: dict[type[Any], Callable[[Any, _Zones, _Zones], str | None]] = {
    tree.Word: lambda node, zones, indexed: _all_of((node.pattern,), zones, indexed),
    tree.Phrase: lambda node, zones, indexed: _all_of(node.words, zones, indexed),
    tree.Exact: lambda node, zones, indexed: _all_of(node.words, zones, indexed),
    tree.TagName: lambda node, zones, indexed: _all_of((node.name,), zones, indexed),
    tree.Forms: _forms,
    tree.Near: _near,
    tree.AtLeast: _below,
    tree.Weighted: _below,
    tree.Named: _below,
    tree.Field: lambda node, zones, indexed: to_fts5(node.child, (node.name,), indexed),
    tree.And: lambda node, zones, indexed: _both(
        [to_fts5(child, zones, indexed) for child in node.children]
    ),
    tree.Or: lambda node, zones, indexed: _either(
        [to_fts5(child, zones, indexed) for child in node.children]
    ),
    tree.Not: _nothing,
    **dict.fromkeys(tree.FACTS, _nothing),
}
