"""Old layouts brought into today's form before the body is read.

Pages made by hand or by old systems set their text bare between runs of `br`, inside FONT, in
one cell of a table whose other cells hold the menu. Every reader of bodies looks for paragraphs
in boxes: so each line becomes a paragraph, and the cell that holds the story takes the place of
the table around it.

    FONT out, CENTER a box -> bare lines to paragraphs -> the story's cell out of its table
"""

from __future__ import annotations

import re
from itertools import islice, takewhile
from typing import Any

from lxml import etree

from clipper import text

from .blocks import BREAKING, HEADINGS
from .markup import Markup
from .tables import xpath

BARE_ENOUGH = 200
"""Characters of text set bare in a box from which its lines may be the story's."""
BARE_SHARE = 0.25
"""Share of what stands in paragraphs already that a box's bare text must reach: where a page has
paragraphs, bare lines are an address or a menu."""
CELL_ENOUGH = 200
"""Characters of sentences from which a cell may hold the story."""
CELL_SHARE = 0.6
"""Share of the page's sentences that the story's cell holds at least."""
MAX_BOXES = 300
MAX_HEADINGS = 100
MAX_PARAGRAPHS = 1500

BOXES = frozenset({"div", "td", "th", "section", "article", "main", "span", "body", "blockquote"})
BLOCKS = tuple(sorted(BREAKING - {"br"}))
CELLS = ("td", "th")
TEXT = xpath("string()")
SENTENCE = re.compile(r"[.!?。！？।؟…]")


def straighten(markup: Markup, title: str) -> None:
    """Bring the tree's bare lines and table columns into paragraphs and boxes, in place.

    In such a column, what stands above the headline (`title`) is taken out with it.
    """
    tree = markup.tree
    etree.strip_tags(tree, "font")
    for centred in tree.iter("center"):
        centred.tag = "div"
    part_lines(tree)
    column = _free_column(tree)
    if column is not None:
        _behead(column, title)


# ---------------------------------------------------------------- lines


def part_lines(tree: Any) -> None:
    """Make paragraphs of the lines that are set bare between breaks; no word is lost or moved."""
    boxes = dict.fromkeys(broken.getparent() for broken in tree.iter("br"))
    bare = {box: _bare_length(box) for box in islice(boxes, MAX_BOXES) if box.tag in BOXES}
    bare = {box: length for box, length in bare.items() if length > BARE_ENOUGH}
    if not bare:
        return
    least = BARE_SHARE * sum(map(_told, islice(tree.iter("p"), MAX_PARAGRAPHS)))
    for box, length in bare.items():
        if length >= least:
            _to_paragraphs(box)


def _bare_length(box: Any) -> int:
    parts = [box.text or "", *(child.tail or "" for child in box)]
    return sum(len(part.strip()) for part in parts)


def _to_paragraphs(box: Any) -> None:
    """Each run of words and inline elements between breaks becomes a `p`."""
    children, opening = list(box), box.text
    _open_up(box)
    box.text = None
    run = _paragraph(box, opening)
    for child in children:
        if child.tag == "br" or next(child.iter(*BLOCKS), None) is not None:
            _close(box, run)
            run = _paragraph(box, child.tail)
            child.tail = None
            _set_again(box, child)
        else:
            run.append(child)
    _close(box, run)


def _open_up(box: Any) -> None:
    """A box that holds paragraphs, and what stands around it, can be neither `span` nor `p`."""
    for outer in (box, *box.iterancestors("p", "span")):
        if outer.tag in ("p", "span"):
            outer.tag = "div"


def _paragraph(box: Any, opening: str | None) -> Any:
    run = box.makeelement("p")
    run.text = opening
    return run


def _close(box: Any, run: Any) -> None:
    if len(run) or (run.text or "").strip():
        box.append(run)


def _set_again(box: Any, child: Any) -> None:
    if child.tag == "br":
        box.remove(child)
    else:
        box.append(child)


# ---------------------------------------------------------------- columns


def _free_column(tree: Any) -> Any:
    """Put the cell that holds most of the page's sentences in the place of all tables around it.

    Gives that cell, a `div` now, or None when no cell holds most.
    """
    told: dict[Any, int] = {}
    total = 0
    for paragraph in islice(tree.iter("p"), MAX_PARAGRAPHS):
        length = _told(paragraph)
        cell = next(paragraph.iterancestors(*CELLS), None) if length else None
        total += length
        if cell is not None:
            told[cell] = told.get(cell, 0) + length
    best = max(told, key=told.__getitem__, default=None)
    if best is None or told[best] < max(CELL_ENOUGH, CELL_SHARE * total):
        return None
    table = list(best.iterancestors("table"))[-1:]
    if not table or table[0].getparent() is None:
        return None
    best.tag = "div"
    best.tail = table[0].tail
    table[0].getparent().replace(table[0], best)
    return best


def _behead(column: Any, title: str) -> None:
    """Take the headline and the lines above it out of the column, unless those tell something."""
    wanted = text.fold(title)
    heads = islice(column.iter(*HEADINGS), MAX_HEADINGS)
    head = next((one for one in heads if wanted and text.fold(_words(one)) == wanted), None)
    if head is None:
        return
    inners = takewhile(lambda one: one is not column, (head, *head.iterancestors()))
    above = [one for inner in inners for one in inner.itersiblings(preceding=True)]
    if not any(map(_told, above)):
        for one in above:
            one.clear()
        head.clear(keep_tail=True)


def _words(element: Any) -> str:
    return " ".join(TEXT(element).split())


def _told(paragraph: Any) -> int:
    """The characters of a paragraph's sentences, without its links; 0 when it tells nothing."""
    words = TEXT(paragraph)
    if len(words) < 40 or not SENTENCE.search(words):
        return 0
    linked = sum(len(TEXT(link)) for link in paragraph.iter("a")) if len(paragraph) else 0
    return max(0, len(words) - linked)
