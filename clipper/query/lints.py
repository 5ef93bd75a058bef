"""Lints: what a query probably does not mean, said without refusing it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from clipper.query import tree
from clipper.query.letters import fold
from clipper.query.printer import clause, show
from clipper.query.tree import Node

FEW_LETTERS = 3
FAR = 25


@dataclass(frozen=True, slots=True)
class Lint:
    """A doubt about a query.

    `kind` is a short stable word (`quotes`, `wildcard`, `near`, `unseen`, `name`, `lower`,
    `mixed`, `idle`, `question`, `operator`); `text` says what is read, `remedy` what to write
    instead, which may be empty. `start` and `end` are character offsets in the source.
    """

    kind: str
    text: str
    remedy: str = ""
    start: int = 0
    end: int = 0


def both_readings(alternatives: Sequence[Sequence[Node]]) -> tuple[str, str]:
    """The text and the remedy of the lint `mixed`: how it is read, and how it could be.

    `alternatives` are what OR separates, each the terms side by side in it.
    """
    read = [" AND ".join(_tight(node) for node in factors) for factors in alternatives]
    ours = " OR ".join(
        f"({text})" if len(factors) > 1 else text
        for text, factors in zip(read, alternatives, strict=True)
    )
    groups: list[list[Node]] = [[node] for node in alternatives[0]]
    for factors in alternatives[1:]:
        groups[-1].append(factors[0])
        groups.extend([node] for node in factors[1:])
    other = " AND ".join(_any_of(group) for group in groups)
    text = f"OR stands beside AND; it is read as {_short(ours)}."
    return text, f"If {_short(other)} is meant, write the parentheses."


def _short(text: str, most: int = 200) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _tight(node: Node) -> str:
    return f"({show(node)})" if isinstance(node, tree.And | tree.Or) else show(node)


def _any_of(group: list[Node]) -> str:
    if len(group) == 1:
        return _tight(group[0])
    return "(" + " OR ".join(_tight(node) for node in group) + ")"


def lints(
    root: Node,
    source: str,
    notes: Sequence[Lint],
    seen: Callable[[str], bool] | None,
    needed: Collection[str] | None,
) -> tuple[Lint, ...]:
    """All lints of a query, in the order of their places.

    `seen(pattern)` tells whether the archive holds a word (loose; a trailing * is a prefix);
    `needed` are the clauses that hits of past matches named. Either may be None: not known.
    """
    found = [*notes, *_of_source(source)]
    for leaf, zone in leaves(root):
        found.extend(_of_leaf(leaf))
        if seen is not None:
            found.extend(_unseen(leaf, seen))
        if needed is not None and clause(leaf, zone) not in needed:
            text = f"No hit ever needed {clause(leaf, zone)}."
            found.append(Lint("idle", text, "Take it out if it stays so.", *place(leaf)))
    return tuple(sorted(dict.fromkeys(found), key=lambda lint: (lint.start, lint.kind)))


def leaves(node: Node, zone: str = "") -> Iterator[tuple[Node, str]]:
    """The positive leaves of a tree with the field that binds each: what a hit can name."""
    if isinstance(node, tree.Not):
        return
    if isinstance(node, tree.Field):
        zone = node.name
    if isinstance(node, (*tree.TERMS, tree.Near, tree.AtLeast)):
        yield node, zone
        return
    for child in tree.children(node):
        yield from leaves(child, zone)


def place(node: Node) -> tuple[int, int]:
    """Where a node stands in the source, as far as it knows."""
    if isinstance(node, (*tree.TERMS, tree.Near, tree.Not)):
        return node.start, node.end
    for child in tree.children(node):
        return place(child)
    return 0, 0


def _of_leaf(leaf: Node) -> Iterator[Lint]:
    if isinstance(leaf, tree.Near):
        if leaf.distance > FAR:
            text = f"{leaf.kind}/{leaf.distance} reaches beyond a paragraph."
            yield Lint("near", text, "AND may be meant.", *place(leaf))
    elif isinstance(leaf, tree.Exact) and all(word == word.lower() for word in leaf.words):
        text = f"{show(leaf)} matches small letters only, not at the start of a sentence."
        yield Lint("lower", text, "Braces are meant for names such as {ICE}.", *place(leaf))
    for pattern in patterns(leaf):
        letters = pattern.rstrip("*")
        if pattern.endswith("*") and len(letters) < FEW_LETTERS:
            text = f"{pattern} matches every word that begins with {letters}."
            yield Lint("wildcard", text, "Give at least three letters before *.", *place(leaf))
    for child in tree.children(leaf):
        yield from _of_leaf(child)


def patterns(leaf: Node) -> tuple[str, ...]:
    """The word patterns of a term itself, not of what is under it."""
    if isinstance(leaf, tree.Word):
        return (leaf.pattern,)
    if isinstance(leaf, tree.Phrase | tree.Exact):
        return leaf.words
    if isinstance(leaf, tree.Forms):
        return (leaf.word,)
    return ()


def _unseen(leaf: Node, seen: Callable[[str], bool]) -> Iterator[Lint]:
    for pattern in patterns(leaf):
        loose = fold(pattern)
        if "?" not in loose and not isinstance(leaf, tree.Forms) and not seen(loose):
            text = f"No article of the archive holds {pattern}."
            yield Lint("unseen", text, "Check the spelling.", *place(leaf))
    for child in tree.children(leaf):
        yield from _unseen(child, seen)


_LOWER = re.compile(r"(?<=\s)(or|and|not|near)(?=\s)")
_SINGLE = re.compile(r"(?<!\w)['‘](\w[^'’]*)['’](?!\w)")
_QUESTION = re.compile(r"\w\?(?=[\s\")»”]|$)")


def _of_source(source: str) -> Iterator[Lint]:
    bare = _blank_quoted(source)
    for found in _LOWER.finditer(bare):
        text = f"{found[0]} in small letters is a word that the article must hold."
        yield Lint("operator", text, f"Write {found[0].upper()} for the operator.", *found.span())
    for found in _SINGLE.finditer(bare):
        if len(found[1].split()) < 2:
            continue
        text = "Single quotation marks make no phrase."
        yield Lint("quotes", text, f'Write "{found[1]}".', *found.span())
    for found in _QUESTION.finditer(source):
        text = "? stands for exactly one letter, also at the end."
        yield Lint("question", text, "Take it out if it is only punctuation.", *found.span())


def _blank_quoted(source: str) -> str:
    """`source` with its phrases, braces and comments replaced by as many blanks' worth of x."""
    pattern = r'"[^"]*"|[“„][^”“]*[”“]|«[^»]*»|\{[^}]*\}|/\*.*?\*/'
    return re.sub(pattern, lambda found: "x" * len(found[0]), source, flags=re.DOTALL)
