"""The article's own words by a walk of our own: a tenth of the engine's time, silent when unsure.

Where a page's prose stands is weighed from its paragraphs: each gives its length to all that
holds it. From the body we step inwards as long as one child holds nearly all of it; what is
reached is the story's container, and its blocks are read without what stands beside the story.

    paragraphs -> weights of containers -> the innermost that holds nearly all -> its blocks

The walk answers only where nothing speaks against it. Little prose, a second story below the
first, much that stands beside it or would have to be dropped, an outlet that counts other words
than we: then the answer is None, and the engine reads the page.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any

from lxml import etree

from clipper import text

from . import blocks
from .blocks import BREAKING, HEADINGS, SKIPPED, Block
from .markup import MAX_NAMES, REMEMBERED, WHOLE_TAGS, Markup
from .tables import xpath

NEARLY_ALL = 0.85
"""Share of the prose around it that a container must hold."""
MOST = 0.6
"""Share of the page's prose that no box holds by chance, whatever it is called."""
MOST_DROPPED = 0.15
"""Share of a container's text that may be dropped block by block."""
MOST_BESIDE = 0.3
"""Share of a container's prose that may stand in boxes named as none of the story."""
ENOUGH = 700
"""Characters below which the walk does not trust itself."""
MAX_PARAGRAPHS = 1500
LINKED = 0.6
"""Share of links from which a block leads elsewhere instead of telling something."""
TELLING = 100
"""Characters from which a sentence with links all over still tells something."""
LIKE = 1.35
"""Factor by which our count of words and the outlet's may differ."""

TEXT = xpath("string()")
BARE = xpath("//body//text()[string-length(.) > 100]/..")
NO_BOX = HEADINGS | {"p", "body", "html"}
SENTENCE = re.compile(r"[.!?。！？।؟…]")
BESIDE = re.compile(
    r"comment|sidebar|related|footer|promo|newsletter|recommend|popular|widget|share|social|"
    r"cookie|consent|subscri|advert|teaser|disclaimer|copyright|read-?(?:more|next|also)|see-?also|"
    r"trending|most-?(?:read|viewed)|more-?(?:from|stories)|internal-?link|recirc|outbrain|taboola|"
    r"carousel|gallery|slide-?show|attachment|caption|credit|video|embed|tweet|instagram|toolbar|"
    r"paywall|signup|sign-up|donat|tags\b|tag-?list|breadcrumb|byline|signature|hidden|pull-?quote|"
    r"author[-_]?(?:bio|box|card|info|note|text)|writer[-_]?(?:bio|box|card|info|note)|"
    r"about[-_]?(?:author|writer|box|text)|bio[-_]?(?:box|card|info|text)"
)
"""Classes and ids, in small letters, of what stands in or beside a story and is none of it."""
NEVER_OWN = re.compile(
    r"comment|related|sidebar|footer|promo|newsletter|recommend|popular|trending|teaser|cookie|"
    r"consent|disclaimer|most-?(?:read|viewed)|more-?(?:from|stories)|read-?(?:more|next|also)"
)
"""Those of them that are none of the story even where they hold most of the page's prose."""
PROSE = frozenset({"p", "blockquote", "pre", "li", "dd", "td"})
UNREAD = SKIPPED - {"title", "map", "menu"}


def read(markup: Markup, word_count: int = 0) -> list[Block] | None:
    """The story's blocks, or None where the walk is not sure of them.

    `word_count` is what the outlet says, 0 when it says nothing.
    """
    body = markup.tree.find("body")
    prose = _Prose.of(markup)
    total = prose.weights.get(body, 0.0) if body is not None else 0.0
    if total < ENOUGH:
        return None
    container = prose.innermost(body)
    if not prose.is_plain(container, total):
        return None
    found = _Blocks()
    found.walk(container)
    if found.prose < NEARLY_ALL * prose.weights[container]:
        return None
    return found.kept if found.is_sure(word_count) else None


def with_standfirst(found: list[Block], standfirst: str) -> list[Block]:
    """`found` with the printed standfirst before it, which stands outside of most containers."""
    opening = text.fold(" ".join(block.text for block in found[:4]))
    return found if text.fold(standfirst) in opening else [Block(standfirst), *found]


# ---------------------------------------------------------------- where the prose stands


@dataclass(frozen=True, slots=True)
class _Prose:
    """Each element that holds prose, with how many characters of it are the story's (`weights`)
    and how many stand in a box within it that is none of the story (`beside`)."""

    weights: dict[Any, float]
    beside: dict[Any, float]

    @staticmethod
    def of(markup: Markup) -> _Prose:
        found = _Prose({}, {})
        around = [
            ((parent, *parent.iterancestors()), weight)
            for parent, weight in _paragraphs(markup).items()
        ]
        bulk = MOST * sum(weight for _, weight in around)
        held = _sums(around)
        own = _holds_headline(markup)
        verdicts = {outer: _is_beside(outer, own, weight > bulk) for outer, weight in held.items()}
        for outers, weight in around:
            aside = any(map(verdicts.__getitem__, outers))
            _add(found.beside if aside else found.weights, outers, weight)
        return found

    def innermost(self, body: Any) -> Any:
        """The innermost element that holds nearly all prose of the one around it."""
        container = body
        while True:
            inner = max(
                (child for child in container if child in self.weights),
                key=self.weights.__getitem__,
                default=None,
            )
            if inner is None or self.weights[inner] < NEARLY_ALL * self.weights[container]:
                return container
            container = inner

    def is_plain(self, container: Any, total: float) -> bool:
        """Whether the container holds nearly all of the page's prose, and one story's only."""
        weight = self.weights[container]
        if weight < NEARLY_ALL * total or self.beside.get(container, 0.0) > MOST_BESIDE * weight:
            return False
        headlines = sum(1 for _ in container.iter("h1"))
        stories = sum(1 for one in container.iter("article") if self.weights.get(one, 0.0) > 200)
        return headlines <= 1 and stories <= 1


def _paragraphs(markup: Markup) -> dict[Any, float]:
    """What holds paragraphs, with the characters of their sentences; links don't count.

    On a page without paragraphs it is the boxes whose text stands bare, broken by `br` or not
    at all.
    """
    found: dict[Any, float] = {}
    for element in islice(markup.tree.iter("p"), MAX_PARAGRAPHS):
        words = TEXT(element)
        if len(words) < 40 or not SENTENCE.search(words):
            continue
        linked = sum(len(TEXT(link)) for link in element.iter("a")) if len(element) else 0
        parent = element.getparent()
        if parent is not None and linked < LINKED * len(words):
            found[parent] = found.get(parent, 0.0) + len(words) - linked
    return found if sum(found.values()) > ENOUGH else {**_bare(markup), **found}


def _bare(markup: Markup) -> dict[Any, float]:
    found: dict[Any, float] = {}
    for holder in BARE(markup.tree)[:MAX_PARAGRAPHS]:
        outers = (holder, *holder.iterancestors())
        box = next((one for one in outers if one.tag in BREAKING), None)
        if box is None or box.tag in NO_BOX:
            continue
        own = "".join((holder.text or "", *(child.tail or "" for child in holder)))
        if SENTENCE.search(own):
            found[box] = found.get(box, 0.0) + len(own)
    return found


def _sums(around: Iterable[tuple[Sequence[Any], float]]) -> dict[Any, float]:
    sums: dict[Any, float] = {}
    for outers, weight in around:
        _add(sums, outers, weight)
    return sums


def _add(sums: dict[Any, float], outers: Iterable[Any], weight: float) -> None:
    for outer in outers:
        sums[outer] = sums.get(outer, 0.0) + weight


def _holds_headline(markup: Markup) -> Container[Any]:
    if markup.around:
        return markup.around
    first = next(markup.tree.iter("h1"), None)
    return set(first.iterancestors()) if first is not None else set()


def _is_beside(element: Any, own: Container[Any], holds_most: bool) -> bool:
    # What holds the headline too stands not beside the story, whatever its class says; nor does
    # most of the page's prose, unless it is what readers wrote, or a list of other stories.
    if element.tag in WHOLE_TAGS or element in own or not stands_beside(element):
        return False
    return not holds_most or NEVER_OWN.search(_called(element)) is not None


def _called(element: Any) -> str:
    return f"{element.get('class') or ''} {element.get('id') or ''}"[: 2 * MAX_NAMES].lower()


def stands_beside(element: Any) -> bool:
    """Whether an element's class or id says that it is none of the story."""
    names, called = element.get("class"), element.get("id")
    return bool(names and _names_beside(names[:MAX_NAMES])) or bool(
        called and _names_beside(called[:MAX_NAMES])
    )


@lru_cache(maxsize=REMEMBERED)
def _names_beside(names: str) -> bool:
    return BESIDE.search(names.lower()) is not None


# ---------------------------------------------------------------- its blocks


@dataclass(slots=True)
class _Blocks:
    """Gathers the blocks of a container, and how much was passed over."""

    kept: list[Block] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    linked: int = 0
    dropped: int = 0
    prose: int = 0

    def walk(self, container: Any) -> None:
        walk = etree.iterwalk(container, events=("start", "end"))
        skipped: Any = None
        for event, node in walk:
            if event == "start":
                if node is not container and (node.tag in UNREAD or stands_beside(node)):
                    skipped = node
                    walk.skip_subtree()
                else:
                    self.enter(node)
            elif node is skipped:
                self.add(node.tail)
            else:
                self.leave(node, node is container)

    def enter(self, node: Any) -> None:
        if node.tag in BREAKING:
            self.end()
            self.open.append(node.tag)
        elif node.tag == "a":
            self.linked += len(TEXT(node))
        self.add(node.text)

    def leave(self, node: Any, last: bool) -> None:
        if node.tag in BREAKING:
            self.end()
            self.open.pop()
        if not last:
            self.add(node.tail)

    def add(self, value: str | None) -> None:
        if value:
            self.parts.append(value)

    def end(self) -> None:
        line = blocks.clean("".join(self.parts)) if self.parts else ""
        linked = self.linked
        self.parts.clear()
        self.linked = 0
        if not line or len(self.kept) >= blocks.MAX_BLOCKS:
            return
        kind = self.kind()
        if kind in HEADINGS:
            self.kept.append(Block(line, True))
        elif self.tells(line, linked, kind):
            self.prose += len(line)
            self.kept.append(Block(line))
        else:
            self.dropped += len(line)

    def kind(self) -> str:
        """The innermost of the open blocks that says what its text is."""
        return next((tag for tag in reversed(self.open) if tag != "br" and tag != "div"), "div")

    def tells(self, line: str, linked: int, kind: str) -> bool:
        """Whether a block is of the story by its look: running text, not a link to elsewhere."""
        spoken = len(line) > TELLING and SENTENCE.search(line) is not None
        if linked >= LINKED * len(line):
            return kind == "p" and spoken and linked < 0.9 * len(line)
        return kind in PROSE or spoken

    def is_sure(self, word_count: int) -> bool:
        if self.prose < ENOUGH or self.dropped > MOST_DROPPED * self.prose:
            return False
        if word_count < 100:
            return True
        counted = text.count_words(blocks.join(self.kept))
        return counted < word_count * LIKE and word_count < counted * LIKE
