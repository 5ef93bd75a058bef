"""One article as queries see it: its zones cut into words on demand, terms found once."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from clipper.model import Article, Outlet
from clipper.query import letters, tree
from clipper.query.forms import forms
from clipper.query.words import Words, analyse

MOST_PLACES = 10_000
"""Places of one term or NEAR in one zone that are followed up; more prove nothing more."""


class Spot(NamedTuple):
    """A range of words that a reader would underline, with its weight.

    `lead` is how many characters before the first word belong to it: the # of a tag.
    """

    first: int
    last: int
    weight: float = 1.0
    lead: int = 0


class Place(NamedTuple):
    """Where something was found: first and last word (positions), and its spots."""

    first: int
    last: int
    spots: tuple[Spot, ...]


def _author(article: Article, outlet: Outlet | None) -> str:
    names = dict.fromkeys((*article.authors, article.byline, article.wire))
    return "\n".join(name for name in names if name)


def _outlet(article: Article, outlet: Outlet | None) -> str:
    if outlet is None:
        return article.site_name
    return "\n".join(dict.fromkeys((outlet.name, *outlet.aliases)))


def _url(article: Article, outlet: Outlet | None) -> str:
    return "\n".join(dict.fromkeys(u for u in (article.url, article.canonical_url) if u))


_ZONES: dict[str, Callable[[Article, Outlet | None], str]] = {
    "title": lambda article, outlet: article.title,
    "lede": lambda article, outlet: article.lede,
    "text": lambda article, outlet: article.text,
    "caption": lambda article, outlet: "\n".join(article.captions),
    "author": _author,
    "outlet": _outlet,
    "url": _url,
    "section": lambda article, outlet: article.section,
    "tag": lambda article, outlet: "\n".join(article.keywords),
}

LINED = frozenset({"caption", "author", "outlet", "url", "tag"})
"""Zones of several values, one a line: neither a phrase nor a NEAR crosses a line there."""

_BLOCKED = LINED | {"text"}
"""Zones in which a line is a block, whose end stops a phrase."""


def zone_text(article: Article, outlet: Outlet | None, zone: str) -> str:
    """The string that the spans of a `Hit` with that zone count in.

    `title`, `lede`, `text` and `section` are the article's own fields. The others hold
    several values, joined by a line break: `caption` the captions, `author` the authors, the
    byline and the wire, `outlet` the outlet's name and aliases, `url` the URL and the
    canonical one, `tag` the keywords.
    """
    return _ZONES[zone](article, outlet)


@lru_cache(maxsize=65536)
def _pattern_test(pattern: str) -> Callable[[str], bool]:
    """What tells whether a word fits a pattern with wildcards."""
    body, star = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    if "?" not in body:
        return lambda word: word.startswith(body)
    regex = "".join("." if char == "?" else re.escape(char) for char in body)
    return re.compile(regex + star, re.DOTALL).fullmatch  # type: ignore[return-value]


def is_wild(pattern: str) -> bool:
    """Whether the pattern holds a wildcard."""
    return pattern.endswith("*") or "?" in pattern


def fits(pattern: str, word: str) -> bool:
    """Whether a word fits a pattern: `*` at the end is any ending, `?` one letter."""
    if not is_wild(pattern):
        return word == pattern
    return bool(_pattern_test(pattern)(word))


class Reading:
    """An article under examination. Zones are cut into words when first asked for."""

    def __init__(self, article: Article, outlet: Outlet | None) -> None:
        self.article = article
        self.outlet = outlet
        self._words: dict[str, Words] = {}
        self._places: dict[tuple[int, str], tuple[tree.Node, tuple[Place, ...]]] = {}
        self._filled: dict[tuple[str, ...], tuple[str, ...]] = {}

    def words(self, zone: str) -> Words:
        """The words of a zone."""
        found = self._words.get(zone)
        if found is None:
            found = self._words[zone] = analyse(zone_text(self.article, self.outlet, zone))
        return found

    def filled(self, zones: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `zones` that hold any word."""
        found = self._filled.get(zones)
        if found is None:
            found = tuple(zone for zone in zones if len(self.words(zone)))
            self._filled[zones] = found
        return found

    def holds_word(self, word: tree.Word, zone: str) -> bool:
        """Whether a zone holds the word; quicker than its places."""
        words = self.words(zone)
        pattern = word.pattern
        if "ñ" in pattern or "*" in pattern or "?" in pattern or words.tags:
            return bool(self.places(word, zone))
        return pattern in words.index

    def places(self, term: tree.Node, zone: str) -> tuple[Place, ...]:
        """Where a term (`tree.TERMS`) stands in a zone, in order.

        Remembered by the term's identity; the term is kept, so that the identity stays its own.
        """
        known = self._places.get((id(term), zone))
        if known is not None:
            return known[1]
        found = _FINDERS[type(term)](term, self.words(zone), zone)
        places = tuple(found[:MOST_PLACES])
        self._places[(id(term), zone)] = (term, places)
        return places

    def shouting(self, zone: str) -> bool:
        """Whether case proves nothing in the zone: a headline all in capitals."""
        return zone == "title" and self.words(zone).shouting


def _candidates(words: Words, loose: str) -> Iterator[int]:
    """The positions of the words that fit a loose pattern."""
    index = words.index
    if not is_wild(loose):
        yield from index.get(loose, ())
        return
    prefix = re.split(r"[*?]", loose, maxsplit=1)[0]
    at = bisect_left(words.vocabulary, prefix)
    while at < len(words.vocabulary) and words.vocabulary[at].startswith(prefix):
        word = words.vocabulary[at]
        if fits(loose, word):
            yield from index[word]
        at += 1


def characters(words: Words, spot: Spot) -> tuple[int, int]:
    """Where a spot begins and ends in the original text."""
    return words.starts[spot.first] - spot.lead, words.ends[spot.last]


def _range(first: int, last: int, lead: int = 0) -> Place:
    return Place(first, last, (Spot(first, last, 1.0, lead),))


def _loose_places(words: Words, pattern: str) -> Iterator[Place]:
    """Where a loose pattern stands; a typed ñ demands ñ."""
    loose = pattern.replace("ñ", "n")
    demands = loose != pattern
    for position in _candidates(words, loose):
        place = _range(position, position)
        if not demands or _fits_original(words, place, pattern):
            yield place
    for tag in words.tags:
        if tag.first == tag.last or not fits(loose, tag.name):
            continue
        if not demands or fits(pattern, letters.fold(tag.exact, keep_tilde=True)):
            yield _range(tag.first, tag.last)


def _original(words: Words, place: Place) -> str:
    return words.text[words.starts[place.first] : words.ends[place.last]]


def _fits_original(words: Words, place: Place, pattern: str) -> bool:
    original = letters.exact(_original(words, place))
    return fits(pattern, letters.fold(original, keep_tilde=True))


def _loose_list(words: Words, pattern: str) -> list[Place]:
    """The same in order, each once; quicker for the plain words that most patterns are."""
    if words.tags or "*" in pattern or "?" in pattern or "ñ" in pattern:
        return sorted(set(_loose_places(words, pattern)))[:MOST_PLACES]
    found = words.index.get(pattern, [])
    return [_range(position, position) for position in found[:MOST_PLACES]]


def _lacks_word(words: Words, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns is a plain word that the text does not hold."""
    if words.tags:
        return False
    missing = (pattern for pattern in patterns if pattern not in words.index)
    return any(not is_wild(pattern) and "ñ" not in pattern for pattern in missing)


def _word_places(term: tree.Word, words: Words, zone: str) -> list[Place]:
    return _loose_list(words, term.pattern)


def _forms_places(term: tree.Forms, words: Words, zone: str) -> list[Place]:
    demands = "ñ" in term.word
    found: set[Place] = set()
    for form in forms(term.word.replace("ñ", "n")):
        found.update(
            place
            for place in _loose_list(words, form)
            if not demands or "ñ" in letters.fold(_original(words, place), keep_tilde=True)
        )
    return sorted(found)


def _tag_places(term: tree.TagName, words: Words, zone: str) -> list[Place]:
    loose = term.name.replace("ñ", "n")
    return sorted(
        _range(tag.first, tag.last, words.starts[tag.first] - tag.start)
        for tag in words.tags
        if tag.mark == term.mark
        and fits(loose, tag.name)
        and (loose == term.name or fits(term.name, letters.fold(tag.exact, keep_tilde=True)))
    )


def _exact_word(words: Words, pattern: str, ignore_case: bool) -> Iterator[Place]:
    loose = letters.fold(pattern)
    for place in _loose_places(words, loose):
        original = letters.exact(_original(words, place))
        any_case = ignore_case and fits(pattern.casefold(), original.casefold())
        if any_case or fits(pattern, original):
            yield place


def _exact_places(term: tree.Exact, words: Words, zone: str) -> list[Place]:
    if _lacks_word(words, (letters.fold(pattern) for pattern in term.words)):
        return []
    ignore_case = zone == "title" and words.shouting
    steps = [list(_exact_word(words, pattern, ignore_case)) for pattern in term.words]
    return _some(_sequences(steps, 0, words, zone))


def _phrase_places(term: tree.Phrase, words: Words, zone: str) -> list[Place]:
    if _lacks_word(words, term.words):
        return []
    steps = [_loose_list(words, pattern) for pattern in term.words]
    return _some(_sequences(steps, term.slop, words, zone))


def _some(places: Iterator[Place]) -> list[Place]:
    return sorted(set(islice(places, MOST_PLACES)))


def _sequences(steps: list[list[Place]], slop: int, words: Words, zone: str) -> Iterator[Place]:
    """The runs that take one place of each step, in order, within one block.

    At most `slop` further words stand in a run, all gaps together.
    """
    nexts = [_ends_by_start(step) for step in steps[1:]]
    for begin in steps[0]:
        for last in _runs(begin.last, nexts, slop):
            if zone not in _BLOCKED or words.block(begin.first) == words.block(last):
                yield _range(begin.first, last)


_Step = tuple[list[int], dict[int, list[int]]]


def _ends_by_start(places: list[Place]) -> _Step:
    """The positions where places begin, ascending, and for each those where they end."""
    ends: dict[int, list[int]] = {}
    for place in places:
        ends.setdefault(place.first, []).append(place.last)
    return sorted(ends), ends


def _runs(last: int, nexts: list[_Step], slop: int) -> Iterable[int]:
    """Where runs that go on from `last` through all the steps can end."""
    spent = {last: 0}
    for starts, ends in nexts:
        spent = _step(spent, starts, ends, slop)
        if not spent:
            break
    return spent


def _step(
    spent: dict[int, int], starts: list[int], ends: dict[int, list[int]], slop: int
) -> dict[int, int]:
    """The ends reached by one more word, each with the fewest further words spent so far."""
    reached: dict[int, int] = {}
    before = sorted(spent, reverse=True)
    cheapest: float = inf
    for at in range(bisect_left(starts, before[-1] + 1), len(starts)):
        start = starts[at]
        while before and before[-1] < start:
            end = before.pop()
            cheapest = min(cheapest, spent[end] - end - 1)
        cost = int(cheapest) + start
        if cost > slop and not before:
            break
        if cost <= slop:
            for end in ends[start]:
                reached[end] = min(cost, reached.get(end, cost))
    return reached


_FINDERS: dict[type[Any], Callable[[Any, Words, str], list[Place]]] = {
    tree.Word: _word_places,
    tree.Phrase: _phrase_places,
    tree.Exact: _exact_places,
    tree.Forms: _forms_places,
    tree.TagName: _tag_places,
}
