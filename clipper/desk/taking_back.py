"""Taking back what one did: the last act, or one further down, each by whoever did it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeAlias

from ..errors import Refused
from ..model import Budget, Clipping
from ..store import Step, Store
from .acts import HOUSE
from .allowing import use_of, within
from .updates import STANDING

BudgetOf: TypeAlias = Callable[[str], Budget]
"""The budget of an outlet by its slug."""


def undo(
    store: Store, *, who: str, now: datetime, step: int | None = None,
    budget_of: BudgetOf = lambda _: HOUSE,
) -> tuple[Clipping, ...]:  # fmt: skip
    """Take back a person's last act, or the act that `step` belongs to; the clippings as
    they stand again.

    An act on many clippings is taken back as one: those that somebody changed since stay
    as they are, and it is Refused when that is all of them. Refused when there is nothing
    to take back, and when approved words would come back that are over their limit by now,
    for which nobody gave a reason. Asked again, it takes back the act before.
    """
    last = _last(store, who) if step is None else store.clippings.step(step)
    if not last.bulk:
        return (_back(store, last, who, now, budget_of),)
    steps = store.clippings.together(last.bulk, who) or (last,)
    return _undo_many(store, steps, who, now, budget_of)


def _back(store: Store, step: Step, who: str, now: datetime, budget_of: BudgetOf) -> Clipping:
    """One step back. What left the house since counts, so the words of before are asked again."""
    with store.transaction():
        before = store.clippings.get(step.clipping)
        done = store.clippings.undo(step, who=who, now=now)
        same = before.status in STANDING and _quoted(before) == _quoted(done)
        if done.status in STANDING and not same and not store.released.overruns(done.id):
            budget = budget_of(done.article.outlet)
            within(done, use_of(store, done, done.excerpt, budget, now), "")
        return done


def _quoted(clipping: Clipping) -> tuple[object, ...]:
    """What a limit is asked about."""
    return clipping.article.id, clipping.article.article.wire, clipping.excerpt


def _last(store: Store, who: str) -> Step:
    found = store.clippings.recent(who, 1)
    if not found:
        raise Refused("there is nothing of yours to take back")
    return found[0]


def _undo_many(
    store: Store, steps: Sequence[Step], who: str, now: datetime, budget_of: BudgetOf
) -> tuple[Clipping, ...]:
    done: list[Clipping] = []
    refused: list[Refused] = []
    with store.transaction():
        for step in steps:
            try:
                done.append(_back(store, step, who, now, budget_of))
            except Refused as why:
                refused.append(why)
    if not done:
        raise refused[0]
    return tuple(done)
