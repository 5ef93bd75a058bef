"""How alike two fingerprints are, once standing text is taken out."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from ..model import Fingerprint, Spread
from .sketch import SAMPLE, rank

STANDING_URLS = 3
"""Text that one outlet has under so many addresses is standing text: weather, boilerplate."""

STANDING_STORIES = 20
"""Text in more stories than this says nothing about any of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """Two texts compared over the hashes that both sketches can know.

    `containment` is the shared weight over the smaller side's, `resemblance` over the
    larger side's; both 0 when neither side has weight. `raw` is the unweighted shared
    part of the smaller side, `shared` how many hashes are in common, `comparable` how
    many the smaller side has.
    """

    containment: float
    resemblance: float
    raw: float
    shared: int
    comparable: int


def weight(spread: Spread) -> float:
    """What a fingerprint proves: nothing when it is standing text, else 1/sqrt(stories)."""
    if spread.urls >= STANDING_URLS or spread.stories > STANDING_STORIES:
        return 0.0
    return 1 / sqrt(max(1, spread.stories))


def weights(spread: Mapping[int, Spread]) -> dict[int, float]:
    """`weight` of each fingerprint."""
    return {fp: weight(stands) for fp, stands in spread.items()}


def compare(one: Fingerprint, other: Fingerprint, weights: Mapping[int, float]) -> Likeness:
    """How alike two texts are; a hash that `weights` does not name weighs 1.

    Only hashes up to the smaller tau count: above it one sketch can't say that the other
    text lacks a shingle.
    """
    tau = min(one.tau, other.tau)
    mine = one.sketch[: bisect_right(one.sketch, tau)]
    theirs = other.sketch[: bisect_right(other.sketch, tau)]
    common = set(mine).intersection(theirs)
    shared = _total(common, weights)
    smaller, larger = sorted((_total(mine, weights), _total(theirs, weights)))
    comparable = min(len(mine), len(theirs))
    return Likeness(
        containment=shared / smaller if smaller else 0.0,
        resemblance=shared / larger if larger else 0.0,
        raw=len(common) / comparable if comparable else 0.0,
        shared=len(common),
        comparable=comparable,
    )


def _total(hashes: Iterable[int], weights: Mapping[int, float]) -> float:
    return sum([weights.get(each, 1.0) for each in hashes])


def found_share(few: tuple[str, ...], many: tuple[str, ...]) -> float:
    """The part of `few` that is in `many`; both are samples as `sketch.sample` takes them.

    A full sample says nothing about values that rank after its last, so those are left
    out. 1 when nothing can be said.
    """
    if len(many) == SAMPLE:
        few = tuple(value for value in few if rank(value) <= rank(many[-1]))
    return len(set(few).intersection(many)) / len(few) if few else 1.0


def like_titles(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two headlines agree: most of the shorter one's words are in the other."""
    fewer = min(len(one), len(other))
    if not fewer:
        return False
    common = len(set(one).intersection(other))
    return common / fewer >= 0.6 and (common >= 2 or len(one) == len(other))
