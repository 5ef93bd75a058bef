"""One article as queries see it: its zones cut into words on demand, terms found once."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from math import inf
from typing import Any, NamedTuple

from clipper.model import Article, Outlet
from clipper.query import letters, tree
from clipper.query.forms import forms
from clipper.query.patterns import Atoms, fits
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


class Reading:
    """An article under examination. Zones are cut into words when first asked for.

    The places of `atoms` are found in one look at each zone, those of any other pattern
    one by one.
    """

    def __init__(self, article: Article, outlet: Outlet | None, atoms: Atoms | None = None) -> None:
        self.article = article
        self.outlet = outlet
        self._atoms = atoms
        self._words: dict[str, Words] = {}
        self._places: dict[tuple[int, str], tuple[tree.Node, Sequence[Place]]] = {}
        self._filled: dict[tuple[str, ...], tuple[str, ...]] = {}

    def words(self, zone: str) -> Words:
        """The words of a zone."""
        found = self._words.get(zone)
        if found is None:
            text = zone_text(self.article, self.outlet, zone)
            found = self._words[zone] = analyse(text, self._atoms)
        return found

    def filled(self, zones: tuple[str, ...]) -> tuple[str, ...]:
        """Those of `zones` that hold any word."""
        found = self._filled.get(zones)
        if found is None:
            found = tuple(zone for zone in zones if len(self.words(zone)))
            self._filled[zones] = found
        return found

    def places(self, term: tree.Node, zone: str) -> Sequence[Place]:
        """Where a term (`tree.TERMS`) stands in a zone, in order.

        Remembered by the term's identity; the term is kept, so that the identity stays its own.
        """
        known = self._places.get((id(term), zone))
        if known is not None:
            return known[1]
        places = _FINDERS[type(term)](term, self.words(zone), zone)[:MOST_PLACES]
        self._places[(id(term), zone)] = (term, places)
        return places

    def shouting(self, zone: str) -> bool:
        """Whether case proves nothing in the zone: a headline all in capitals."""
        return zone == "title" and self.words(zone).shouting


def characters(words: Words, spot: Spot) -> tuple[int, int]:
    """Where a spot begins and ends in the original text."""
    start, end = words.span(spot.first, spot.last)
    return start - spot.lead, end


@lru_cache(maxsize=32768)
def _range(first: int, last: int, lead: int = 0) -> Place:
    return Place(first, last, (Spot(first, last, 1.0, lead),))


def _loose_places(words: Words, pattern: str) -> Iterator[Place]:
    """Where a loose pattern stands; a typed ñ demands ñ."""
    loose = pattern.replace("ñ", "n")
    demands = loose != pattern
    for position in words.positions(loose):
        place = _range(position, position)
        if not demands or _fits_original(words, place, pattern):
            yield place
    for tag in words.wide_tags:
        if not fits(loose, tag.name):
            continue
        if not demands or fits(pattern, letters.fold(tag.exact, keep_tilde=True)):
            yield _range(tag.first, tag.last)


def _original(words: Words, place: Place) -> str:
    start, end = words.span(place.first, place.last)
    return words.text[start:end]


def _fits_original(words: Words, place: Place, pattern: str) -> bool:
    original = letters.exact(_original(words, place))
    return fits(pattern, letters.fold(original, keep_tilde=True))


def _loose_list(words: Words, pattern: str) -> list[Place]:
    """The same in order, each once; quicker for the plain words that most patterns are."""
    if "ñ" in pattern:
        return sorted(set(_loose_places(words, pattern)))[:MOST_PLACES]
    found = [_range(position, position) for position in words.positions(pattern)[:MOST_PLACES]]
    tags = {_range(tag.first, tag.last) for tag in words.wide_tags if fits(pattern, tag.name)}
    return sorted({*found, *tags})[:MOST_PLACES] if tags else found


def _lacks_word(words: Words, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns is a word that the text does not hold."""
    if words.tags:
        return False
    return any("ñ" not in pattern and not words.positions(pattern) for pattern in patterns)


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


def _shown(words: Words, pattern: str, ignore_case: bool) -> Callable[[Place], bool]:
    """Whether what stands at a place fits an exact pattern; each spelling is judged once."""
    known: dict[str, bool] = {}

    def fits_exactly(place: Place) -> bool:
        typed = _original(words, place)
        found = known.get(typed)
        if found is None:
            shown = letters.exact(typed)
            found = fits(pattern, shown)
            if not found and ignore_case:
                found = fits(pattern.casefold(), shown.casefold())
            known[typed] = found
        return found

    return fits_exactly


def _exact_places(term: tree.Exact, words: Words, zone: str) -> list[Place]:
    loose = [letters.fold(pattern) for pattern in term.words]
    if _lacks_word(words, loose):
        return []
    ignore_case = zone == "title" and words.shouting
    tests = {pattern: _shown(words, pattern, ignore_case) for pattern in term.words}
    if not words.tags:
        judges = [tests[pattern] for pattern in term.words]
        runs = _plain_runs(loose, words, zone)
        shown = (
            first
            for first in runs
            if all(judge(_range(first + i, first + i)) for i, judge in enumerate(judges))
        )
        return [_range(first, first + len(loose) - 1) for first in islice(shown, MOST_PLACES)]
    found = {
        pattern: list(filter(test, _loose_places(words, letters.fold(pattern))))
        for pattern, test in tests.items()
    }
    return _some(_sequences([found[pattern] for pattern in term.words], 0, words, zone))


def _phrase_places(term: tree.Phrase, words: Words, zone: str) -> list[Place]:
    if _lacks_word(words, term.words):
        return []
    if not term.slop and not words.tags and not any("ñ" in pattern for pattern in term.words):
        return _plain_sequences(term.words, words, zone)
    found = {pattern: _loose_list(words, pattern) for pattern in set(term.words)}
    steps = [found[pattern] for pattern in term.words]
    return _some(_sequences(steps, term.slop, words, zone))


def _plain_sequences(patterns: Sequence[str], words: Words, zone: str) -> list[Place]:
    """Runs of single words one right after the other, within one block."""
    further = len(patterns) - 1
    firsts = _plain_runs(patterns, words, zone)
    return [_range(first, first + further) for first in firsts[:MOST_PLACES]]


def _plain_runs(patterns: Sequence[str], words: Words, zone: str) -> Sequence[int]:
    """Where such runs begin, all of them."""
    firsts = words.positions(patterns[0])
    for step, pattern in enumerate(patterns[1:], start=1):
        here = frozenset(words.positions(pattern))
        firsts = [first for first in firsts if first + step in here]
    further = len(patterns) - 1
    if firsts and zone in _BLOCKED:
        return [at for at in firsts if words.block(at) == words.block(at + further)]
    return firsts


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
