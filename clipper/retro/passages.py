"""The sentences in which a query's words stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from .. import query, text
from ..model import Article, Hit, Outlet, Span


@dataclass(frozen=True, slots=True)
class Passage:
    """One sentence of an article's `zone`: pairs of text and whether it is a hit."""

    zone: str
    pieces: tuple[tuple[str, bool], ...]

    def __str__(self) -> str:
        return "".join(f"[{piece}]" if hit else piece for piece, hit in self.pieces)


def passages(
    article: Article, outlet: Outlet | None, hits: Iterable[Hit], most: int = 3
) -> tuple[Passage, ...]:
    """The first `most` sentences that hold hits, in the order of the hits.

    Those of a summary line that only repeats the text are told with the text.
    """
    by_zone: dict[str, list[Hit]] = {}
    for hit in hits:
        by_zone.setdefault(hit.zone, []).append(hit)
    if "text" in by_zone and _repeats(article):
        by_zone.pop("lede", None)
    found = (
        passage for zone, those in by_zone.items() for passage in _in(article, outlet, zone, those)
    )
    return tuple(islice(found, most))


def _repeats(article: Article) -> bool:
    return article.lede.rstrip("… ") in article.text


def _in(
    article: Article, outlet: Outlet | None, zone: str, hits: Iterable[Hit]
) -> Iterator[Passage]:
    whole = query.zone_text(article, outlet, zone)
    waiting = sorted(hits, key=lambda hit: (hit.start, hit.end))
    for sentence in text.sentences(whole):
        inside = [hit for hit in waiting if sentence.start <= hit.start < sentence.end]
        if inside:
            yield Passage(zone, _pieces(whole, sentence, inside))


def _pieces(whole: str, sentence: Span, hits: Iterable[Hit]) -> tuple[tuple[str, bool], ...]:
    pieces: list[tuple[str, bool]] = []
    reached = sentence.start
    for hit in hits:
        start, end = max(hit.start, reached), min(hit.end, sentence.end)
        if start >= end:
            continue
        pieces += [(whole[reached:start], False), (whole[start:end], True)]
        reached = end
    pieces.append((whole[reached : sentence.end], False))
    return tuple(piece for piece in pieces if piece[0])
