"""Which articles carry the same copy: fingerprints in, a placement out.

    article -> fingerprint -> newcomer -> place(newcomer, nearby) -> Placement

A story is a text lineage, not an event: two reports of one fire are two stories, one
agency report in nine papers is one. The method and its limits are described in
`docs/explanation/stories.md`.
"""

from .difference import Change, Run, difference
from .likeness import Likeness, compare, weight, weights
from .placing import LEAST_IN_COMMON, Refusal, place, refusals
from .primary import primary
from .sketch import fingerprint, newcomer

__all__ = [
    "LEAST_IN_COMMON",
    "Change",
    "Likeness",
    "Refusal",
    "Run",
    "compare",
    "difference",
    "fingerprint",
    "newcomer",
    "place",
    "primary",
    "refusals",
    "weight",
    "weights",
]
