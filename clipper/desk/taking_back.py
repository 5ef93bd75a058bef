"""Taking back what one did: the last act, or one further down, each by whoever did it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..errors import Refused
from ..model import Clipping
from ..store import Step, Store


def undo(store: Store, *, who: str, now: datetime, step: int | None = None) -> tuple[Clipping, ...]:
    """Take back a person's last act, or the act that `step` belongs to; the clippings as
    they stand again.

    An act on many clippings is taken back as one: those that somebody changed since stay
    as they are, and it is Refused when that is all of them. Refused when there is nothing
    to take back. Asked again, it takes back the act before.
    """
    last = _last(store, who) if step is None else store.clippings.step(step)
    if not last.bulk:
        return (store.clippings.undo(last, who=who, now=now),)
    return _undo_many(store, store.clippings.together(last.bulk, who) or (last,), who, now)


def _last(store: Store, who: str) -> Step:
    found = store.clippings.recent(who, 1)
    if not found:
        raise Refused("there is nothing of yours to take back")
    return found[0]


def _undo_many(
    store: Store, steps: Sequence[Step], who: str, now: datetime
) -> tuple[Clipping, ...]:
    done: list[Clipping] = []
    refused: list[Refused] = []
    with store.transaction():
        for step in steps:
            try:
                done.append(store.clippings.undo(step, who=who, now=now))
            except Refused as why:
                refused.append(why)
    if not done:
        raise refused[0]
    return tuple(done)
