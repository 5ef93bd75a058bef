"""Searching past archives: rehearsing a query, following an edited one, mending stories.

rehearse(store, rules, text)           what a query would find, before it is saved
rematch(store, rules)                  clippings follow the queries as they are now
explain / why_not(rules, article)      why one article matches, or why not
merge, split, rebuild(store)           which articles are one story
"""

from .changes import Change, Effect
from .doubts import doubts
from .passages import Passage, passages
from .reasons import Reasons, explain, why_not
from .regrouping import Merged, Rebuilding, Split, merge, rebuild, split
from .rehearsal import Compared, Rehearsal, Rehearsed, rehearse
from .rematching import rematch
from .rules import Rules, rules_of

__all__ = [
    "Change",
    "Compared",
    "Effect",
    "Merged",
    "Passage",
    "Reasons",
    "Rebuilding",
    "Rehearsal",
    "Rehearsed",
    "Rules",
    "Split",
    "doubts",
    "explain",
    "merge",
    "passages",
    "rebuild",
    "rehearse",
    "rematch",
    "rules_of",
    "split",
    "why_not",
]
