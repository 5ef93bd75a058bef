"""What a query wants, as words that another search box understands."""

from __future__ import annotations

import re
from collections.abc import Iterator

from clipper.query import tree
from clipper.query.tree import Exact, Node, Phrase, Word


def phrases(root: Node, source: str = "") -> tuple[str, ...]:
    """The phrases that a query wants, in its order; its plain words when it has no phrase.

    What it does not want is left out, and so are words with `*` or `?`: a foreign search box
    takes them for letters. Words are as typed in `source`, with their accents, where they
    stand there.
    """
    found = list(dict.fromkeys(_wanted(root, source)))
    return tuple(f for f in found if " " in f) or tuple(f for f in found if len(f) > 3)


def _wanted(node: Node, source: str) -> Iterator[str]:
    if isinstance(node, tree.Not):
        return
    if isinstance(node, tree.Phrase | tree.Exact):
        if not any(sign in word for word in node.words for sign in "*?"):
            yield _typed(node, source) or " ".join(node.words)
        return
    if isinstance(node, tree.Word):
        if not any(sign in node.pattern for sign in "*?"):
            yield _typed(node, source) or node.pattern
        return
    if isinstance(node, tree.Forms):
        yield node.word
        return
    for child in tree.children(node):
        yield from _wanted(child, source)


_PLAIN = re.compile(r"""[^"“”'$*?()~:=\s][^"“”$*?()~:=]*""")


def _typed(node: Phrase | Exact | Word, source: str) -> str:
    """The words as they stand in the query; "" when something else stands there."""
    words = " ".join(source[node.start : node.end].strip("\"“”'= ").split())
    return words if _PLAIN.fullmatch(words) else ""
