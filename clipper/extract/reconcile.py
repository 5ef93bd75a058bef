"""Which text to believe: the engine's, the outlet's own JSON-LD, the feed's, or a second reader's.

Never taken blindly: JSON-LD's articleBody is a teaser on some sites, shortened on others, and
of another story on a few. The guards are those of the measured recipe.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from clipper import text
from clipper.model import Origin

from . import blocks, jsonld
from .blocks import Block

GRAM = 4
SHORT_BODY = 700
"""Characters under which a body asks for a second opinion."""
MOST_COMPARED = 60_000
"""Characters of a text that are compared."""

WORD = re.compile(r"[぀-ヿ㐀-鿿가-힯฀-๿]|[^\W_]+")
CUT_END = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\W{0,3}$")
ENDED = re.compile(r"[.!?。！？।؟۔…»”\"'’)\]]\s*$")

Grams: TypeAlias = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Body:
    """Blocks with where they were read."""

    blocks: list[Block]
    origin: str

    @property
    def length(self) -> int:
        """Characters of all blocks."""
        return sum(len(block.text) for block in self.blocks)


def grams(value: str) -> Grams:
    """The runs of four words of a text, whatever their case."""
    words = WORD.findall(value[:MOST_COMPARED].casefold())
    return frozenset(zip(*(words[at:] for at in range(GRAM)), strict=False))


def cover(part: Grams, whole: Grams) -> float:
    """The share of `part` that also lies in `whole`, from 0 to 1."""
    return len(part & whole) / len(part) if part else 0.0


def is_cut(value: str) -> bool:
    """Whether a text ends as teasers do: with an ellipsis, or in the middle of a sentence."""
    ending = value[-200:].strip()
    return not ending or bool(CUT_END.search(ending)) or not ENDED.search(ending)


def articles_body(node: jsonld.Node) -> list[Block]:
    """The blocks of the node's articleBody; empty when it has none."""
    raw = node.get("articleBody") or node.get("reviewBody")
    if isinstance(raw, list):
        raw = "\n".join(one for one in raw[:2000] if isinstance(one, str))
    if not isinstance(raw, str) or len(raw) < 100:
        return []
    return blocks.from_source(jsonld.unescaped(raw[:500_000]))


def with_declared(body: Body, declared: Sequence[Block], origin: str) -> Body:
    """`body` beside the text that the outlet itself gives (JSON-LD, the feed's content).

    It replaces ours when they share less than half, and it is longer and not cut. When ours
    holds nine tenths of it, blocks of ours that it does not know are dropped, headings excepted.
    """
    words = blocks.join(declared)
    if not body.blocks and words:
        return Body(paragraphs(declared), origin)
    if len(words) < 200 or is_cut(words):
        return body
    theirs, ours = grams(words), grams(blocks.join(body.blocks))
    if cover(theirs, ours) >= 0.9:
        return _without_unknown(body, theirs, len(words))
    if cover(ours, theirs) < 0.5 and len(words) > body.length:
        return Body(paragraphs(declared), origin)
    return body


def paragraphs(declared: Sequence[Block]) -> list[Block]:
    """`declared` as it is, or broken where sentences end when it is one endless block."""
    if len(declared) > 1 or len(declared[0].text) < 1500:
        return list(declared)
    whole = declared[0].text
    spans = text.sentences(whole)
    grouped = [spans[at : at + 3] for at in range(0, len(spans), 3)]
    return [Block(whole[group[0].start : group[-1].end]) for group in grouped]


def _without_unknown(body: Body, theirs: Grams, length: int) -> Body:
    """`body` without blocks that the outlet's own text does not have, if they are few."""
    kept = [block for block in body.blocks if block.heading or _is_known(block, theirs)]
    remaining = sum(len(block.text) for block in kept)
    # Their text may stop early: then what it lacks is the story's end, not the site's noise.
    if remaining < 0.5 * body.length or remaining < 0.8 * length:
        return body
    tail = body.blocks[_last_known(body.blocks, theirs) + 1 :]
    if sum(len(block.text) for block in tail) > 0.3 * body.length:
        return body
    return Body(kept, body.origin)


def _last_known(found: Sequence[Block], theirs: Grams) -> int:
    known = [at for at, block in enumerate(found) if not block.heading and _is_known(block, theirs)]
    return known[-1] if known else len(found) - 1


def _is_known(block: Block, theirs: Grams) -> bool:
    own = grams(block.text)
    if not own:
        # Too short for a run of four: one word of speech, a list item. Benefit of the doubt.
        return True
    return cover(own, theirs) >= 0.3


def rescued(
    body: Body,
    second: Callable[[], list[Block]],
    *,
    word_count: int,
    most: float,
) -> Body:
    """The second reader's text in place of `body`, when `body` is suspiciously little.

    That is: under `SHORT_BODY` characters, or the outlet counts 1.6 times as many words, or the
    other finds 2.2 times as much on a page that holds but one story. `most` is how many
    characters the other could find at all, 0 on a page that may append further stories below
    the first: there the last rule does not hold.
    """
    words = text.count_words(blocks.join(body.blocks)) if word_count > 100 else 0
    doubted = body.length < SHORT_BODY or (words * 1.6 < word_count and word_count > 100)
    wanted = 1.3 if doubted else 2.2
    if not doubted and most < wanted * body.length:
        return body
    other = Body(second(), str(Origin.BODY))
    return other if other.length > max(wanted * body.length, 200) else body
