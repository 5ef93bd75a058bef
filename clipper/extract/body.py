"""The article's own words: trafilatura on the tree that we parsed, and a second reader.

trafilatura runs in its fast mode: its slow one lowers the quality on English news and doubles
the time. Where it finds suspiciously little, the second reader's text, the JSON-LD or the feed's
own may take its place, under guards: unguarded rescue breaks more than it mends.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml import etree

from . import blocks
from .blocks import Block
from .markup import WHOLE_TAGS, Markup
from .tables import xpath

NEVER_TEXT = (
    "script", "style", "svg", "noscript", "template", "link", "iframe", "canvas", "video", "audio",
    "object", "embed", "source", "track", "select", "input", "textarea", "nav", "button", "label",
    "picture", "footer", "aside",
)  # fmt: skip

PARAGRAPHS = xpath(
    "//p[not(ancestor::aside or ancestor::footer or ancestor::nav or ancestor::form or "
    "ancestor::figure)]"
)
BROKEN_LINES = xpath("//*[self::div or self::td or self::article or self::section][count(br) > 2]")
AROUND = re.compile(
    r"comment|sidebar|related|footer|promo|newsletter|recommend|popular|widget|share|social|"
    r"cookie|consent|subscri|advert|teaser|disclaimer|copyright|author-?bio|about-?author",
    re.I,
)
SENTENCE = re.compile(r"[.!?。！？।؟…]")


def by_engine(markup: Markup) -> list[Block]:
    """The blocks that trafilatura's fast extraction finds; empty when it finds none."""
    from trafilatura import bare_extraction

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    try:
        document = bare_extraction(
            markup.tree,
            url=markup.url,
            fast=True,
            with_metadata=False,
            include_comments=False,
        )
    except (ValueError, TypeError, AttributeError, IndexError, RecursionError, etree.LxmlError):
        # Surprises of the engine on broken markup: the second reader takes over.
        return []
    found = getattr(document, "body", None)
    if found is None:
        return []
    # The engine's last resort is one element with a line for each piece of text.
    for element in found.iter("p"):
        if element.text and "\n" in element.text:
            _break_lines(element)
    return blocks.of(found, frozenset({"graphic"}))


def _break_lines(element: Any) -> None:
    first, *rest = element.text.split("\n")
    element.text = first
    for at, line in enumerate(rest[: blocks.MAX_BLOCKS]):
        broken = etree.Element("lb")
        broken.tail = line
        element.insert(at, broken)


def strip(markup: Markup) -> None:
    """Take out what is never text; the head's facts must have been read before."""
    etree.strip_elements(markup.tree, *NEVER_TEXT, with_tail=False)


def by_paragraphs(markup: Markup) -> list[Block]:
    """A second opinion: the blocks of the container that holds most running text."""
    scores: dict[Any, float] = {}
    for element, weight in _prose(markup):
        parent = element.getparent()
        for share in (1.0, 0.5):
            if parent is None or parent.tag in ("body", "html"):
                break
            scores[parent] = scores.get(parent, 0.0) + weight * share
            parent = parent.getparent()
    if not scores:
        return []
    best = max(scores, key=lambda element: scores[element])
    return [block for block in blocks.of(best) if block.heading or len(block.text) > 1]


def _prose(markup: Markup) -> Iterator[tuple[Any, float]]:
    for element in PARAGRAPHS(markup.tree)[:3000]:
        weight = _weight(element)
        if weight > 0 and not _is_around(element):
            yield element, weight
    for element in BROKEN_LINES(markup.tree)[:300]:
        own = "".join(child.tail or "" for child in element) + (element.text or "")
        if len(own) > 200 and len(element) and not _is_around(element):
            yield element[0], float(len(own))


def _weight(element: Any) -> float:
    words = element.text_content()
    length = len(words.strip())
    if length < 40 or not SENTENCE.search(words):
        return 0.0
    linked = sum(len(link.text_content()) for link in element.iter("a"))
    return length * (1 - min(1.0, linked / length))


def _is_around(element: Any) -> bool:
    near = islice(element.iterancestors(), 6)
    outer = next(
        (one for one in near if AROUND.search(f"{one.get('class')} {one.get('id')}")), None
    )
    return outer is not None and outer.tag not in WHOLE_TAGS


# ---------------------------------------------------------------- text that only a script holds

STATES = xpath(
    "//script[@id='__NEXT_DATA__' or @id='fusion-metadata' or @id='__NUXT_DATA__' or "
    "contains(@type,'application/json')]"
)
FUSION = re.compile(r"Fusion\.globalContent\s*=\s*(?=\{)")
MAX_STATE = 3_000_000
MAX_LEAVES = 20_000


def script_states(markup: Markup) -> list[str]:
    """The JSON in which script-built pages carry their text, unparsed, at most three."""
    found = [script.text or "" for script in STATES(markup.tree)[:6]]
    fusion = markup.tree.find(".//script[@id='fusion-metadata']")
    if fusion is not None and fusion.text:
        found.append(fusion.text)
    return [state for state in found if 500 < len(state) < MAX_STATE][:3]


def by_scripts(states: list[str]) -> list[Block]:
    """The longest run of prose in the states of a page that is built by script."""
    best: list[Block] = []
    for state in states:
        for run in _runs(_state(state)):
            if _length(run) > _length(best):
                best = run
    return best


def _length(found: list[Block]) -> int:
    return sum(len(block.text) for block in found)


def _state(source: str) -> Any:
    found = FUSION.search(source)
    start = found.end() if found else 0
    try:
        return json.JSONDecoder(strict=False).raw_decode(source[start:].lstrip())[0]
    except (ValueError, RecursionError):
        return None


def _runs(root: Any) -> Iterator[list[Block]]:
    """Each list's prose, taken together, and each single long string of markup."""
    waiting = [root]
    for _ in range(MAX_LEAVES):
        if not waiting:
            return
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
            run = [block for one in value[:500] for block in _prose_of(one)]
            if run:
                yield run
        elif isinstance(value, str) and len(value) > 600 and blocks.LOOKS_MARKED.search(value):
            yield blocks.from_source(value)


def _prose_of(value: Any) -> list[Block]:
    """The prose of one element of a content list: its own text, not that of what it holds."""
    if isinstance(value, dict):
        kind = value.get("type") or value.get("__typename") or ""
        if kind in ("image", "video", "gallery", "interstitial_link", "raw_html", "custom_embed"):
            return []
        value = next((value[key] for key in ("content", "text", "html") if key in value), "")
    if not isinstance(value, str) or len(value) < 40 or not SENTENCE.search(value):
        return []
    return blocks.from_source(value)
