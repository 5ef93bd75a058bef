"""Blocks of text out of a tree: paragraphs, headings, list items and cells, in reading order."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lxml import etree, html

from clipper import text

from .tables import words

MAX_BLOCK = 100_000
"""Characters of one block; a longer one is cut."""
MAX_BLOCKS = 4000

BREAKING = frozenset(
    words(
        """
        address article blockquote body br center dd div dl dt fieldset figcaption figure h1 h2
        h3 h4 h5 h6 header hr html li main ol p pre section summary details table tbody td tfoot
        th thead tr ul head list item quote lb row cell code
        """
    )
)
"""Elements whose edges end a block: those of HTML, and those of trafilatura's own trees."""
SKIPPED = frozenset(
    words(
        """
        script style noscript template aside nav footer form button figure figcaption iframe svg
        select textarea title object video audio canvas label input dialog menu map
        """
    )
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "head"})


@dataclass(frozen=True, slots=True)
class Block:
    """One block's text, and whether it is a heading."""

    text: str
    heading: bool = False


def of(element: Any, skipped: frozenset[str] = SKIPPED) -> list[Block]:
    """The blocks within `element`, without what is set in elements of `skipped`.

    `element` may be HTML or a tree of trafilatura's.
    """
    reader = _Reader()
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            if (not tag or tag in skipped) and node is not element:
                walk.skip_subtree()
                continue
            reader.open(tag, node.text)
        else:
            reader.close(tag, node.tail if node is not element else None)
    return reader.done()


class _Reader:
    """Gathers text between the edges of breaking elements."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.parts: list[str] = []
        self.heading = False

    def open(self, tag: str, value: str | None) -> None:
        if tag in BREAKING:
            self.end()
            self.heading = tag in HEADINGS
        self._add(value)

    def close(self, tag: str, tail: str | None) -> None:
        if tag in BREAKING:
            self.end()
        self._add(tail)

    def _add(self, value: str | None) -> None:
        if value:
            self.parts.append(value)

    def end(self) -> None:
        line = clean("".join(self.parts)) if self.parts else ""
        self.parts = []
        if line and len(self.found) < MAX_BLOCKS:
            self.found.append(Block(line, self.heading))
        self.heading = False

    def done(self) -> list[Block]:
        self.end()
        return self.found


def clean(value: str) -> str:
    """One block's text: one line, cleaned, at most `MAX_BLOCK` characters."""
    # Folding the blanks here lets most text pass `text.clean` without its slower half.
    return text.clean(" ".join(value[: MAX_BLOCK * 2].split()), MAX_BLOCK)


LOOKS_MARKED = re.compile(
    r"<(?:p|br|div|h\d|ul|ol|li|blockquote|a|em|strong|b|i|span)\b[^<>]{0,500}>", re.I
)
PARAGRAPH_GAP = re.compile(r"\s*\n\s*")


def from_source(source: str) -> list[Block]:
    """The blocks of a piece of HTML or plain text, such as a feed's content."""
    source = source[:2_000_000]
    if not LOOKS_MARKED.search(source):
        return [Block(line) for line in map(clean, PARAGRAPH_GAP.split(source)) if line]
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        marked = f"<html><body>{source}</body></html>".encode("utf-8", "replace")
        return of(html.document_fromstring(marked, parser=parser))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return []


def join(found: Iterable[Block]) -> str:
    """The blocks as an article's text: joined by one newline each."""
    return "\n".join(block.text for block in found)
