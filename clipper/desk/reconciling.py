"""What has to be done at a place for one update: the outbox's decision, without any act.

wanted × receipt × what stands there × an open doubt -> Verdict
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..model import Update
from ..publishers.contract import Standing
from ..store.publishing import Proof, Waiting

LET_GO = "let-go"
"""The seal of something that was deleted at the other end, and a person said: leave it so."""


class Verdict(StrEnum):
    """What is to be done, or why nothing is."""

    CREATE = "create"
    AMEND = "amend"
    WITHDRAW = "withdraw"
    KEEP = "keep"
    ADOPT = "adopt"
    """It stands there and no receipt says so: an answer was lost. The receipt is written."""
    FORGET = "forget"
    """It is wanted no more and stands no more: the receipt goes."""
    EDITED = "edited"
    """Somebody edited it there and nothing of ours has changed: their edit stays."""
    CONFLICT = "conflict"
    """Somebody edited it there and ours has changed too: a person decides."""
    MISSING = "missing"
    """Somebody deleted it there: a person decides."""
    UNSURE = "unsure"
    """It may have been sent, and the place can't be asked: a person decides."""
    LATER = "later"
    """Its time for another try has not come."""


ASKS = frozenset({Verdict.CONFLICT, Verdict.MISSING, Verdict.UNSURE})
"""The verdicts that wait for a person."""

ACTS = frozenset({Verdict.CREATE, Verdict.AMEND, Verdict.WITHDRAW, Verdict.ADOPT, Verdict.FORGET})
"""The verdicts that change something, there or in the store."""


class Choice(StrEnum):
    """A person's answer to a verdict that asks."""

    OURS = "ours"
    """Put what was approved in the place of what stands there, or send it again."""
    THEIRS = "theirs"
    """Leave it there as it is; it counts as published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is known of one key at one place.

    `wanted` is None when it should not stand there. `found` is what stands there now, as
    far as the place was asked; `waiting` an act without a receipt.
    """

    key: str
    wanted: Update | None
    proof: Proof | None
    found: Standing | None
    waiting: Waiting | None
    choice: Choice | None = None
    can_find: bool = True
    due: bool = True


def judge(case: Case) -> Verdict:
    """The verdict on one update at one place."""
    if not case.due:
        return Verdict.LATER
    if case.waiting and case.waiting.doubt and not case.can_find:
        return _doubtful(case, case.waiting)
    if case.wanted is None:
        return _unwanted(case)
    if case.proof is None:
        return _new(case)
    return _known(case, case.wanted, case.proof)


def _doubtful(case: Case, waiting: Waiting) -> Verdict:
    """A place that can't be asked may have done what was intended: only a person knows."""
    if case.choice is None:
        return Verdict.UNSURE
    if case.choice is Choice.THEIRS:
        return Verdict.ADOPT if case.wanted else Verdict.FORGET
    if case.wanted is None:
        return Verdict.WITHDRAW
    if case.proof is None or waiting.act == Verdict.WITHDRAW:
        return Verdict.CREATE
    return Verdict.AMEND


def _unwanted(case: Case) -> Verdict:
    return Verdict.WITHDRAW if _stands(case.found) else Verdict.FORGET


def _new(case: Case) -> Verdict:
    if case.found is None or (case.found.gone and case.choice is Choice.OURS):
        return Verdict.CREATE
    return Verdict.MISSING if case.found.gone else Verdict.ADOPT


def _known(case: Case, wanted: Update, proof: Proof) -> Verdict:
    if proof.seal == LET_GO and case.choice is not Choice.OURS:
        return Verdict.KEEP
    found = case.found
    if found is None or found.gone:
        return _by_choice(case.choice, Verdict.CREATE, Verdict.MISSING)
    changed = proof.receipt.revision != wanted.revision
    if found.seal != proof.seal and _is_lost_amendment(case, found):
        return Verdict.ADOPT
    if found.seal == proof.seal:
        return Verdict.AMEND if changed else Verdict.KEEP
    if case.choice is Choice.OURS:
        return Verdict.AMEND
    if case.choice is Choice.THEIRS:
        return Verdict.ADOPT
    return Verdict.CONFLICT if changed else Verdict.EDITED


def _is_lost_amendment(case: Case, found: Standing) -> bool:
    """Whether what stands there is ours, though no receipt says so: an amendment was made,
    and its answer lost."""
    waiting = case.waiting
    return waiting is not None and waiting.doubt and waiting.revision == found.revision


def _by_choice(choice: Choice | None, ours: Verdict, else_: Verdict) -> Verdict:
    if choice is Choice.OURS:
        return ours
    return Verdict.ADOPT if choice is Choice.THEIRS else else_


def _stands(found: Standing | None) -> bool:
    return found is not None and not found.gone
