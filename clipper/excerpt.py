"""The words that we republish: which, and proof that they are verbatim.

An excerpt is spans of the article's text, whole sentences, in order. `choose` proposes
one; an editor's own choice becomes spans by `locate`. `paragraphs` cuts the words out
of the frozen text, so that what is shown cannot differ from what was written.

    blocks -> those that are the article's own words -> opening, or those with the hits
           -> whole paragraphs, then whole sentences, up to the budget -> spans
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Protocol

from clipper import byline, text
from clipper.model import Article, Excerpt, Hit, Span

OMISSION = "[…]"
"""Stands between spans that do not touch."""

_MOST_BLOCKS = 2_000
_MOST_HITS = 5_000


class Bounds(Protocol):
    """What bounds an excerpt: figures, or the limit that holds."""

    @property
    def words(self) -> int: ...
    @property
    def share(self) -> float: ...


# ---------------------------------------------------------------- measuring


def measure(value: str, spans: Iterable[Span]) -> Excerpt:
    """The excerpt that these spans of `value` make, with its words and its share.

    Raises `ValueError` when a span is empty or lies outside of the text, or when two
    overlap or stand out of order.
    """
    return _measured(value, spans, text.count_words(value))


def _measured(value: str, spans: Iterable[Span], total: int) -> Excerpt:
    spans = tuple(spans)
    bounds = [0, *(edge for span in spans for edge in (span.start, span.end)), len(value)]
    if any(left > right for left, right in pairwise(bounds)) or any(
        s.start == s.end for s in spans
    ):
        raise ValueError("The spans of an excerpt must lie in the text, in order, without overlap.")
    words = sum(text.count_words(value[span.start : span.end]) for span in spans)
    return Excerpt(spans=spans, words=words, share=round(words / total, 4) if total else 0.0)


def allowance(value: str, budget: Bounds) -> int:
    """How many words of `value` may be republished: the budget's words or its share, the less."""
    return _allowed(text.count_words(value), budget)


def _allowed(total: int, budget: Bounds) -> int:
    return max(0, min(budget.words, int(total * budget.share)))


# ---------------------------------------------------------------- showing


def paragraphs(value: str, excerpt: Excerpt) -> tuple[str, ...]:
    """The excerpt's paragraphs, cut verbatim out of `value`.

    Between spans that do not touch stands "[…]": inside the paragraph when both lie in
    one block, else as a paragraph of its own. Spans touch when only white space lies
    between them. Raises `ValueError` as `measure` does.
    """
    spans = measure(value, excerpt.spans).spans
    shown: list[str] = []
    for before, span in pairwise((None, *spans)):
        if span is None:
            continue
        gap = value[before.end : span.start] if before else "\n"
        first, *others = value[span.start : span.end].split("\n")
        if "\n" in gap:
            shown += [OMISSION] * bool(gap.strip()) + [first]
        else:
            shown[-1] += f" {OMISSION} {first}" if gap.strip() else gap + first
        shown += others
    return tuple(line.strip() for line in shown if line.strip())


# ---------------------------------------------------------------- an editor's words

_ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
)
_UNSEEN = re.compile("[\xad\u200b-\u200f\u2060\ufeff]")
_LONGEST_QUOTATION = 50_000
_BRACKETED = re.compile(r"\s*[\[(](?:…|\.\.\.|\. \. \.)[\])]\s*")
_ELLIPSIS = re.compile(r"\s*(?:…|\.{3,})\s*")


def locate(value: str, quotation: str) -> tuple[Span, ...] | None:
    """Where an editor's words stand verbatim in `value`; None when they do not.

    White space, the shape of quotation marks, apostrophes and dashes, and unseen
    characters may differ; case and every word must agree. "[…]", "(...)" or, when that
    finds nothing, "..." separates pieces that stand in this order. A piece begins and
    ends at a word's edge.

    >>> locate("He said: “No.”\\nThen he left.", 'He said: "No." Then')
    (Span(start=0, end=19),)
    """
    if len(quotation) > _LONGEST_QUOTATION:
        return None
    plain, places = _plain(value)
    wanted = _plain(unicodedata.normalize("NFC", quotation))[0].strip()
    for pieces in _readings(wanted):
        if pieces and (found := _find_all(plain, pieces)):
            return tuple(_restored(value, places, start, end) for start, end in found)
    return None


def _plain(value: str) -> tuple[str, list[int]]:
    """The text as it is compared, and for each of its characters the place in `value`."""
    letters: list[str] = []
    places: list[int] = []
    for place, letter in enumerate(value.translate(_ALIKE)):
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            letter = " "
        elif _UNSEEN.match(letter):
            continue
        letters.append(letter)
        places.append(place)
    return "".join(letters), places


def _readings(wanted: str) -> Iterator[list[str]]:
    """The pieces that may be meant, the most literal reading first."""
    for separator in (None, _BRACKETED, re.compile(f"{_BRACKETED.pattern}|{_ELLIPSIS.pattern}")):
        pieces = separator.split(wanted) if separator else [wanted]
        yield [piece.strip() for piece in pieces if piece.strip()]
    if wanted[:1] == wanted[-1:] == '"':
        yield from _readings(wanted[1:-1].strip()) if len(wanted) > 2 else ()


def _find_all(plain: str, pieces: Sequence[str]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = 0
    for piece in pieces:
        start = _find(plain, piece, at)
        if start < 0:
            return []
        at = start + len(piece)
        found.append((start, at))
    return found


def _find(plain: str, piece: str, at: int) -> int:
    start = plain.find(piece, at)
    while start >= 0 and not (_is_edge(plain, start) and _is_edge(plain, start + len(piece))):
        start = plain.find(piece, start + 1)
    return start


def _is_edge(plain: str, at: int) -> bool:
    return not (0 < at < len(plain) and plain[at - 1].isalnum() and plain[at].isalnum())


def _restored(value: str, places: list[int], start: int, end: int) -> Span:
    after = places[end] if end < len(places) else len(value)
    span = Span(places[start], after)
    while span.end - 1 > places[end - 1]:
        # Blanks and unseen letters behind the last word are no part of the quotation.
        span = Span(span.start, span.end - 1)
    return span


# ---------------------------------------------------------------- what is the article's own


@dataclass(frozen=True, slots=True)
class _Sentence:
    span: Span
    words: int


@dataclass(frozen=True, slots=True)
class _Block:
    """A paragraph that may be quoted. `alone`: it makes sense without the one before."""

    place: int
    sentences: tuple[_Sentence, ...]
    alone: bool

    @property
    def words(self) -> int:
        return sum(sentence.words for sentence in self.sentences)

    @property
    def span(self) -> Span:
        return Span(self.sentences[0].span.start, self.sentences[-1].span.end)


_ENDING = re.compile(r"[.!?…;\"'”’»)\]。！？」\u0964\u061f\u06d4]\s*$")
_HEADING_WORDS = 14
_MATTER = re.compile(
    r"\W*(?:read (?:more|also|next|the full)|also read|see also|more\s*:|"
    r"related(?: stor(?:y|ies)| articles?)?\s*:|más información|lea también|lee también|"
    r"leer también|te puede interesar|ver también|lea más|"
    r"sign up|subscribe|suscr[ií]b|newsletter|follow us|s[ií]guenos|click here|haz clic|"
    r"share this|advertisement|publicidad|sponsored|support (?:our|local)|donate|"
    r"(?:ap |file )?photos?\s*(?:by|:|/|courtesy)|image\s*:|video\s*:|fotos?\s*(?:de|:|/)|"
    r"editor[’']?s note|nota del editor|correction\s*:|clarification\s*:|"
    r"this (?:story|article|post) (?:was|is|has been|originally)|"
    r"(?:last )?updated\b.{0,40}\d|published\b.{0,40}\d|copyright|©|\(c\) ?\d{4}|"
    r"all rights reserved|the associated press contributed|contact the (?:writer|reporter|author))",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?:By|BY|Por|POR)\s+[A-ZÁÉÍÓÚÑ]")


def _is_own(block: str, title: str) -> bool:
    """Whether the block is the article's prose: no heading, byline, invitation or credit."""
    words = text.count_words(block)
    if words < 3 or _MATTER.match(block) or text.fold(block[:400]) == title:
        return False
    if words <= _HEADING_WORDS and _is_heading(block):
        return False
    return not (words <= 12 and _BYLINE.match(block))


def _is_heading(block: str) -> bool:
    """Of a short block: not ended like a sentence, ended by a colon, or shouted."""
    return not _ENDING.search(block) or block.rstrip().endswith(":") or block.isupper()


_LEANING = (
    "he|she|it|they|him|her|his|hers|their|theirs|its|this|that|these|those|such",
    "the (?:latter|former|two|three)|both|neither|another|others",
    "but|however|and|or|so|yet|still|nor|also|too|moreover|furthermore|additionally|in addition",
    "instead|then|thus|therefore|nevertheless|nonetheless|likewise|similarly|otherwise|meanwhile",
    "as a result|for example|for instance|on the other hand|by contrast|in contrast|in response",
    "él|ella|ellos|ellas|esto|eso|aquello|ese|esa|esos|esas|estos|estas|dicho|dicha|ambos|ambas",
    "pero|sin embargo|además|también|asimismo|así|por eso|por ello|por su parte|no obstante",
    "entonces|en cambio|por ejemplo|mientras tanto",
    "said|added|asked|dijo|añadió|agregó|señaló|explicó|preguntó|afirmó|indicó|apuntó",
)
"""What a paragraph begins with that leans on the one before."""

_DEPENDENT = re.compile(rf"[\"'“‘«\[(]*(?:{'|'.join(_LEANING)})\b(?!['’]?\w)", re.IGNORECASE)
_PRONOUN_SPEAKER = re.compile(
    r"[\"”»],?\s+(?:(?:he|she|they)\s+\w+|(?:said|added)\s+(?:he|she|they)|"
    r"(?:dijo|añadió|agregó|señaló|explicó|afirmó)(?=[.,]|\s*$))",
    re.IGNORECASE,
)
_FULL_NAME = re.compile(r"[^\W\d_a-z][\w'’-]+\s[^\W\d_a-z][\w'’-]+")


def _stands_alone(words: str) -> bool:
    """Whether a reader understands it without what stands before.

    Not when it begins in small letters, with a closing quotation mark, a pronoun or a
    joint ("But", "Sin embargo"), or quotes a "he" or "she" without a name.
    """
    first = words.lstrip("\"'“‘«([¿¡—– ")[:1]
    if first.islower() or words[:1] in "”»’,;:)" or _DEPENDENT.match(words):
        return False
    return not (_PRONOUN_SPEAKER.search(words[:600]) and not _FULL_NAME.search(words[:600]))


def _own_blocks(article: Article) -> Iterator[_Block]:
    """The blocks that may be quoted, the dateline of the first one left out; read one by one."""
    value, title = article.text, text.fold(article.title)
    place = 0
    for span in text.blocks(value)[:_MOST_BLOCKS]:
        start = span.start + (byline.dateline(value[span.start : span.end]).end if not place else 0)
        if not _is_own(value[start : span.end], title):
            continue
        block = _block(value, place, Span(start, span.end))
        if block.sentences:
            place += 1
            yield block


def _block(value: str, place: int, span: Span) -> _Block:
    words = value[span.start : span.end]
    sentences = tuple(
        _Sentence(
            Span(span.start + s.start, span.start + s.end), text.count_words(words[s.start : s.end])
        )
        for s in text.sentences(words)
    )
    return _Block(place, sentences, _stands_alone(words.lstrip()))


# ---------------------------------------------------------------- choosing


def choose(article: Article, hits: Iterable[Hit], budget: Bounds) -> Excerpt:
    """The excerpt that clipper proposes: whole sentences of `article.text` within the budget.

    The opening paragraphs, without dateline, headings, credits and invitations; when
    the opening holds none of the heaviest hits (those of the highest `Hit.weight` in
    zone `text`), the paragraphs with the most hit weight that make sense alone.

    `budget.words` is never exceeded. Its share is exceeded only by a single sentence,
    when the text is so short that no sentence would fit. When not even one sentence
    fits into `budget.words`, the excerpt is empty: an editor has to choose.
    """
    total = text.count_words(article.text)
    limit = _allowed(total, budget)
    weights = _Weights(hits)
    # Most articles need no more than their opening: the rest is read only when it is asked for.
    opening = _filled(article.text, _own_blocks(article), limit)
    if weights.heaviest and not weights.holds_heaviest(opening):
        opening = _with_hits(article.text, list(_own_blocks(article)), weights, limit) or opening
    if not opening:
        opening = _single(article.text, list(_own_blocks(article)), weights, limit, budget.words)
    return _measured(article.text, opening, total)


class _Weights:
    """The hits of the article's text, to be asked how much a span holds."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        counted = (hit for hit in hits if hit.zone == "text" and hit.weight > 0)
        self._hits = sorted(counted, key=lambda hit: (hit.start, hit.end))[:_MOST_HITS]
        self._starts = [hit.start for hit in self._hits]
        self.heaviest = max((hit.weight for hit in self._hits), default=0.0)

    def within(self, span: Span) -> list[Hit]:
        first, last = bisect_left(self._starts, span.start), bisect_left(self._starts, span.end)
        return [hit for hit in self._hits[first:last] if hit.end <= span.end]

    def of(self, span: Span) -> float:
        """The weight in a span: each term in full once, each repetition a tenth."""
        seen: dict[str, float] = {}
        repeated = 0.0
        for hit in self.within(span):
            repeated += hit.weight / 10 if hit.clause in seen else 0
            seen[hit.clause] = max(hit.weight, seen.get(hit.clause, 0))
        return sum(seen.values()) + repeated

    def holds_heaviest(self, spans: Iterable[Span]) -> bool:
        return any(hit.weight >= self.heaviest for span in spans for hit in self.within(span))


def _filled(value: str, blocks: Iterable[_Block], room: int) -> list[Span]:
    """Whole paragraphs from the first on, then the sentences of the next that still fit."""
    spans: list[Span] = []
    for block in blocks:
        if block.words > room:
            part = _leading(value, block.sentences, room)
            return spans + ([part] if part else [])
        spans.append(block.span)
        room -= block.words
    return spans


def _leading(value: str, sentences: Sequence[_Sentence], room: int) -> Span | None:
    """The sentences from the first on that fit, ending where no quotation is open."""
    start = sentences[0].span.start
    best: Span | None = None
    for sentence, used in zip(sentences, accumulate(s.words for s in sentences), strict=True):
        if used > room:
            break
        if _is_balanced(value[start : sentence.span.end]):
            best = Span(start, sentence.span.end)
    return best


def _is_balanced(words: str) -> bool:
    """Whether each quotation that is opened is closed."""
    pairs = words.count("“") == words.count("”") and words.count("«") == words.count("»")
    return pairs and words.count('"') % 2 == 0


def _with_hits(value: str, blocks: Sequence[_Block], weights: _Weights, limit: int) -> list[Span]:
    """The paragraphs with the most hit weight, whole where they fit, in the text's order."""
    scored = ((weights.of(block.span), block) for block in blocks)
    best_first = sorted((pair for pair in scored if pair[0]), key=lambda p: (-p[0], p[1].place))
    room, spans = limit, set[Span]()
    for _, block in best_first:
        for span, words in _quotable(value, blocks, block, weights, room, bool(spans)):
            if not any(_overlap(span, other) for other in spans):
                spans.add(span)
                room -= words
    return sorted(spans)


def _overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


def _quotable(
    value: str, blocks: Sequence[_Block], block: _Block, weights: _Weights, room: int, others: bool
) -> list[tuple[Span, int]]:
    """How to quote the block within the room: whole, with the one before, or in part."""
    if block.alone and block.words <= room:
        return [(block.span, block.words)]
    before = blocks[block.place - 1] if block.place else None
    if not block.alone and before and before.alone and before.words + block.words <= room:
        return [(before.span, before.words), (block.span, block.words)]
    part = _part_with_hits(value, block, weights, room)
    if part:
        return [part]
    # Better a paragraph that leans on another than none that says why it matched.
    return [(block.span, block.words)] if block.words <= room and not others else []


def _part_with_hits(
    value: str, block: _Block, weights: _Weights, room: int
) -> tuple[Span, int] | None:
    """The run of whole sentences in the block with the most hit weight that stands alone."""
    best: tuple[float, Span, int] | None = None
    for first, sentence in enumerate(block.sentences[:200]):
        if not _stands_alone(value[sentence.span.start : sentence.span.end]):
            continue
        span = _leading(value, block.sentences[first : first + 40], room)
        if span and (found := weights.of(span)) and (best is None or found > best[0]):
            best = (found, span, text.count_words(value[span.start : span.end]))
    return best[1:] if best else None


_SHORTEST = 6


def _single(
    value: str, blocks: Sequence[_Block], weights: _Weights, limit: int, most: int
) -> list[Span]:
    """One sentence where nothing longer fits: one with a hit before one without, one
    within the limit that stands alone before one that exceeds the share."""
    fitting = [s for block in blocks[:20] for s in block.sentences[:20] if s.words <= most]
    with_hits = [s for s in fitting if weights.within(s.span)]
    within = [s for s in with_hits or fitting if _SHORTEST <= s.words <= limit]
    alone = [s for s in within if _stands_alone(value[s.span.start : s.span.end])]
    return [s.span for s in (alone or with_hits or fitting)[:1]]
