"""When a source is looked at next. Failures lengthen the pause; none ends it."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Protocol

from ..model import Poll, PollError, Source

LONGEST = timedelta(hours=24)
"""A failing source is looked at once a day at least (or at its own, longer interval)."""

JITTER = 0.1
"""The part of a pause by which it may be longer, so that sources do not fall into step."""

WEIGHTS = {"dns": 0.25, "hard": 1.0, "soft": 0.5}
"""How much a failure counts: a name that can't be looked up is mostly our own network."""

HARD = frozenset(
    {"http-401", "http-403", "http-404", "http-410", "not-a-feed", "blocked", "robots"}
)
"""Failures that seldom pass by themselves."""


class History(Protocol):
    """What must be known of a source's past: `clipper.store`'s SourceState is one."""

    @property
    def source(self) -> Source: ...
    @property
    def failures(self) -> int: ...


def weight(error: PollError) -> float:
    """How much a failure counts: hard 1, soft 1/2, a name not found 1/4."""
    if error.kind == "dns" and error.temporary:
        return WEIGHTS["dns"]
    return WEIGHTS["hard" if error.kind in HARD or not error.temporary else "soft"]


def next_due(
    source: Source,
    failures: float,
    now: datetime,
    retry_after: float | None = None,
    jitter: float = 0.0,
) -> datetime:
    """When to look again: the interval, doubled for each failure in a row, a day at most.

    `failures` is the sum of the weights; `retry_after`, in seconds, is honoured up to the
    same bound; `jitter` from 0 to 1 adds up to a tenth of the pause.
    """
    longest = max(LONGEST.total_seconds(), source.interval)
    pause = source.interval * 2.0 ** min(max(failures, 0.0), 32.0)
    pause = min(max(pause, retry_after or 0.0), longest)
    pause *= 1 + JITTER * min(max(jitter, 0.0), 1.0)
    return now + timedelta(seconds=pause)


def due_after(
    history: History, result: Poll | PollError, now: datetime, chance: random.Random
) -> datetime:
    """When to look again at a source whose poll just gave `result`.

    `history` is its state before that poll; its failures all count as much as this one.
    """
    jitter = chance.random()
    if isinstance(result, Poll):
        return next_due(history.source, 0.0, now, jitter=jitter)
    failures = (history.failures + 1) * weight(result)
    return next_due(history.source, failures, now, result.retry_after, jitter)
