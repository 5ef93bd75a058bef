"""Which story a newcomer belongs to: the decision, over what the store found.

No chains: an article joins the story of its single best match, and never brings two
stories together. That is for editors.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from ..model import Candidate, Fingerprint, Kinship, Nearby, Newcomer, Placement, Spread
from .likeness import Likeness, compare, found_share, like_titles, weights

# Measured by bench/stories.py; see docs/explanation/stories.md for how sensitive each is.
_CONTAINED = 0.45
LEAST_IN_COMMON = 0.30
"""The unweighted part of the shorter side that a copy shares at least, whatever it weighs.
The store leaves out candidates below it."""

_SHARED = 4
_SHORT = 150
_BRIEF = 90
_SURE = 0.8
_NUMBERS = 0.4
_NUMBERS_OF_LONG = 0.2
_NAMES = 0.34
_FEW = 4
_WINDOW = timedelta(days=14)
_CONTAINED_AT_ANY_AGE = 0.9
_UPDATE = timedelta(hours=14)
_CONTAINED_LATER = 0.75
_FRAGMENT = 0.2
_AT_START = 0.3
_HALF = 0.5
_AGREES = 0.3

_ROUND_UPS = frozenset(
    {
        "briefing", "briefings", "briefs", "brief", "roundup", "digest", "newsletter", "recap",
        "rundown", "headlines", "bulletin", "boletin", "resumen", "titulares", "rundschau",
        "newsticker", "overblick",
    }
)  # fmt: skip
"""Title words of pieces that gather other stories' openings."""


class Refusal(StrEnum):
    """Why a candidate is not the newcomer's story."""

    TOO_LITTLE = "too little text in common"
    TOO_FEW = "too few passages in common to be sure"
    TOO_OLD = "weeks apart, and not nearly the whole text"
    OTHER_NUMBERS = "the same form of words with other numbers"
    OTHER_NAMES = "the same form of words with other names"
    OTHER_HEADLINE = "one outlet, another headline, and short or another opening"
    LATER = "one outlet, hours apart, and too much differs"
    FRAGMENT = "a small part of a long text, not its opening, under another headline"
    ROUND_UP = "a round-up that quotes it among others"


@dataclass(frozen=True, slots=True)
class _Pair:
    newcomer: Newcomer
    candidate: Candidate
    likeness: Likeness

    @property
    def same_outlet(self) -> bool:
        return self.newcomer.outlet == self.candidate.outlet

    @property
    def shorter(self) -> Fingerprint:
        return min(self._sides, key=lambda side: side.shingles)

    @property
    def longer(self) -> Fingerprint:
        # Not `max`: of two equals the longer must be the one that `shorter` is not.
        first, second = self._sides
        return second if self.shorter is first else first

    @property
    def _sides(self) -> tuple[Fingerprint, Fingerprint]:
        return self.candidate.fingerprint, self.newcomer.fingerprint

    @property
    def identical(self) -> bool:
        one, other = self._sides
        return one.shingles > 0 and one.digest == other.digest

    @property
    def like_titles(self) -> bool:
        one, other = self._sides
        return like_titles(one.title_words, other.title_words)

    @property
    def apart(self) -> timedelta:
        return abs(self.newcomer.dated_at - self.candidate.dated_at)

    @property
    def score(self) -> float:
        return self.likeness.containment * (0.5 + 0.5 * self.likeness.resemblance)


def place(newcomer: Newcomer, nearby: Nearby) -> Placement:
    """Where the newcomer belongs.

    `SAME_URL` and `VERSION` mean that it *is* the stored article `best` (with the same
    text, with another): no second article is to be kept. With every other kinship it is
    an article of its own, in `story` (None: a story of its own, `FIRST`).
    """
    pairs = _pairs(newcomer, nearby)
    known = _first_known(pairs)
    if known is not None:
        kinship = _digests_kinship(known)
        return _placement(known, kinship)
    linked = [pair for pair in pairs if not _refusals(pair)]
    if not linked:
        return Placement(story=None, kinship=Kinship.FIRST)
    best = max(linked, key=lambda pair: (pair.score, pair.likeness.shared, -pair.candidate.article))
    return _placement(best, _copy_kinship(best))


def refusals(
    newcomer: Newcomer, candidate: Candidate, spread: Mapping[int, Spread]
) -> tuple[Refusal, ...]:
    """Why `candidate` is not the newcomer's story, all reasons; empty when it may be."""
    likeness = compare(newcomer.fingerprint, candidate.fingerprint, weights(spread))
    return _refusals(_Pair(newcomer, candidate, likeness))


def _pairs(newcomer: Newcomer, nearby: Nearby) -> list[_Pair]:
    weighed = weights(nearby.spread)
    return [
        _Pair(newcomer, each, compare(newcomer.fingerprint, each.fingerprint, weighed))
        for each in nearby.candidates
    ]


def _placement(pair: _Pair, kinship: Kinship) -> Placement:
    return Placement(
        story=pair.candidate.story,
        kinship=kinship,
        best=pair.candidate.article,
        containment=pair.likeness.containment,
        resemblance=pair.likeness.resemblance,
        shared=pair.likeness.shared,
    )


# ---------------------------------------------------------------- the same article


def _first_known(pairs: list[_Pair]) -> _Pair | None:
    """The pair that is one article by its address: strict first, then canonical, then loose."""
    for is_known in (_same_url, _same_canonical, _same_loose):
        found = [pair for pair in pairs if is_known(pair)]
        if found:
            return min(found, key=lambda pair: pair.candidate.article)
    return None


def _same_url(pair: _Pair) -> bool:
    return pair.newcomer.url != 0 and pair.newcomer.url == pair.candidate.url


def _same_canonical(pair: _Pair) -> bool:
    """One outlet says that both are one address, and nothing in the texts belies it.

    Sites that name their front page or a section as every page's canonical are common,
    so the outlet's word alone is not enough.
    """
    mine = {pair.newcomer.canonical, pair.newcomer.url} - {0}
    theirs = {pair.candidate.canonical, pair.candidate.url} - {0}
    return pair.same_outlet and bool(mine & theirs) and _agree(pair, _AGREES)


def _same_loose(pair: _Pair) -> bool:
    loose = pair.newcomer.loose
    return (
        loose != 0
        and pair.same_outlet
        and loose == pair.candidate.loose
        and _agree(pair, _CONTAINED)
    )


def _agree(pair: _Pair, enough: float) -> bool:
    return pair.like_titles or pair.likeness.raw >= enough


def _digests_kinship(pair: _Pair) -> Kinship:
    same = pair.newcomer.fingerprint.digest == pair.candidate.fingerprint.digest
    return Kinship.SAME_URL if same else Kinship.VERSION


def _copy_kinship(pair: _Pair) -> Kinship:
    if pair.identical:
        return Kinship.IDENTICAL
    return Kinship.SYNDICATED if pair.likeness.resemblance >= _HALF else Kinship.PARTIAL


# ---------------------------------------------------------------- the guards


def _refusals(pair: _Pair) -> tuple[Refusal, ...]:
    # A whole text under the same headline is the same copy, however often it is printed.
    if pair.identical and pair.like_titles:
        return ()
    return tuple(refusal for refusal, refuses in _GUARDS.items() if refuses(pair))


def _too_little(pair: _Pair) -> bool:
    return pair.likeness.containment < _CONTAINED or pair.likeness.raw < LEAST_IN_COMMON


def _too_few(pair: _Pair) -> bool:
    """Fewer than four in common are enough when they are all there is, and more speaks for it."""
    shared, comparable = pair.likeness.shared, pair.likeness.comparable
    if shared >= _SHARED:
        return False
    return not shared or shared < comparable or not (pair.like_titles or _at_start(pair))


def _too_old(pair: _Pair) -> bool:
    return pair.apart > _WINDOW and pair.likeness.containment < _CONTAINED_AT_ANY_AGE


def _form_is_suspect(pair: _Pair) -> bool:
    """Templates are filled by one outlet, or are short, in a chain of outlets."""
    both_short = pair.longer.shingles < _SHORT
    return pair.same_outlet or (both_short and pair.likeness.containment < _SURE)


def _other_numbers(pair: _Pair) -> bool:
    if _form_is_suspect(pair):
        return _numbers_differ(pair, _NUMBERS)
    # A chain's long templates (property transfers, scores): hardly any figure agrees.
    return pair.likeness.containment < _SURE and _numbers_differ(pair, _NUMBERS_OF_LONG)


def _numbers_differ(pair: _Pair, enough: float) -> bool:
    numbers = pair.shorter.numbers
    return len(numbers) >= _FEW and found_share(numbers, pair.longer.numbers) < enough


def _other_names(pair: _Pair) -> bool:
    names = pair.shorter.names
    return (
        _form_is_suspect(pair)
        and len(names) >= _FEW
        and found_share(names, pair.longer.names) < _NAMES
    )


def _other_headline(pair: _Pair) -> bool:
    """A second edition keeps its headline or its opening; what shares the rest alone, in
    one outlet, shares its background or the outlet's own words."""
    if not pair.same_outlet or pair.like_titles:
        return False
    begins_otherwise = pair.likeness.containment < _SURE and not _at_start(pair)
    return pair.shorter.shingles < _BRIEF or begins_otherwise


def _later(pair: _Pair) -> bool:
    if not pair.same_outlet or pair.apart <= _UPDATE:
        return False
    return pair.likeness.containment < _CONTAINED_LATER or _numbers_differ(pair, _NUMBERS)


def _fragment(pair: _Pair) -> bool:
    small_part = pair.likeness.resemblance < _FRAGMENT
    return small_part and not pair.like_titles and not _at_start(pair)


def _at_start(pair: _Pair) -> bool:
    """Whether the shorter text holds the opening of the longer one."""
    opening = pair.longer.opening
    known = opening[: bisect_right(opening, pair.shorter.tau)]
    return bool(known) and len(set(known) & set(pair.shorter.sketch)) / len(known) >= _AT_START


def _round_up(pair: _Pair) -> bool:
    gathers = not _ROUND_UPS.isdisjoint(pair.longer.title_words)
    return gathers and pair.likeness.resemblance < _HALF


_GUARDS: Mapping[Refusal, Callable[[_Pair], bool]] = MappingProxyType(
    {
        Refusal.TOO_LITTLE: _too_little,
        Refusal.TOO_FEW: _too_few,
        Refusal.TOO_OLD: _too_old,
        Refusal.OTHER_NUMBERS: _other_numbers,
        Refusal.OTHER_NAMES: _other_names,
        Refusal.OTHER_HEADLINE: _other_headline,
        Refusal.LATER: _later,
        Refusal.FRAGMENT: _fragment,
        Refusal.ROUND_UP: _round_up,
    }
)
