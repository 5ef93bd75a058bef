"""The editors' acts upon clippings, and publishing what they approved."""

from .acts import (
    REASONS,
    approve,
    assign,
    credit,
    reject,
    requeue,
    retag,
    reword,
    snooze,
)
from .allowing import Use, use_of
from .bulk import KINDS, MOST, Done, Many, Prospect, act, preview
from .grouping import kin, merge, split
from .illustrating import illustrate
from .judging import Block, Clause, Run, Sentence, Why, blocks, why, why_not
from .publishing import Order, Target, plan, publish, withdraw
from .taking_back import undo
from .updates import standing, update_of
from .wording import Words, changes_of, joined, recut, worded

__all__ = [
    "KINDS",
    "MOST",
    "REASONS",
    "Block",
    "Clause",
    "Done",
    "Many",
    "Order",
    "Prospect",
    "Run",
    "Sentence",
    "Target",
    "Use",
    "Why",
    "Words",
    "act",
    "approve",
    "assign",
    "blocks",
    "changes_of",
    "credit",
    "illustrate",
    "joined",
    "kin",
    "merge",
    "plan",
    "preview",
    "publish",
    "recut",
    "reject",
    "requeue",
    "retag",
    "reword",
    "snooze",
    "split",
    "standing",
    "undo",
    "update_of",
    "use_of",
    "why",
    "why_not",
    "withdraw",
    "worded",
]
