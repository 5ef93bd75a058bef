"""When a source is looked at next, and why: values in, values out.

    pulse, what a look brought -> pulse: pause and why

Three rules, in words that can be told:

- While an outlet may publish, the pause is at most its `interval`. When less than a third of
  what a look brought was seen before, stories may be slipping by: the pause is halved at
  once. When two thirds were, it grows again by half. It is also short enough that no more
  than a fifth of a full list is replaced within it.
- In its quiet hours (see `habit`), and when it has long been silent, the pause is longer.
- What it asks for is heeded, and no failure ends the looks: the pause grows with them.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..model import Bounds, Entry, Poll, PollError, Pulse, Source, Why
from . import habit

DAY = 86_400.0
"""A failing source is looked at once a day at least (or at its own, longer interval)."""

TOMORROW = timedelta(days=1)
SEEN, UNSEEN = 2 / 3, 1 / 3
"""Shares of entries seen before: from the first on the pause grows, below the second it is
halved."""

GROWTH = 1.5
FULL = 1 / 5
"""The part of a list that may be replaced between two looks."""

SILENCE = 1 / 200
"""The pause as a part of the silence, where too little is known of an outlet's hours."""

JITTER = 0.1
"""The part of a pause by which it may be shorter (or, after a failure, longer), so that
sources do not fall into step."""

SPACE = 120.0
"""Seconds between looks at two sources of one host, where its sources leave so much room."""

WEIGHTS = {"dns": 0.25, "hard": 1.0, "soft": 0.5}
"""How much a failure counts: a name that can't be looked up is mostly our own network."""

HARD = frozenset(
    {"http-401", "http-403", "http-404", "http-410", "not-a-feed", "blocked", "robots"}
)
"""Failures that seldom pass by themselves."""


WORDS: Mapping[Why, str] = {
    Why.NEW: "its habits are not known yet",
    Why.USUAL: "it may publish at this hour",
    Why.QUIET: "by its own record it hardly ever publishes at this hour",
    Why.SILENT: "it has published nothing for long",
    Why.BUSY: "its list is short for all that it publishes",
    Why.SLIPPING: "most of what a look brought was new, so stories might slip by",
    Why.ASKED: "it asks for so long a pause",
    Why.FAILING: "the last look failed",
}
"""Each reason as people are told it."""


def weight(error: PollError) -> float:
    """How much a failure counts: hard 1, soft 1/2, a name not found 1/4."""
    if error.kind == "dns" and error.temporary:
        return WEIGHTS["dns"]
    return WEIGHTS["hard" if error.kind in HARD or not error.temporary else "soft"]


def after_success(
    pulse: Pulse,
    source: Source,
    poll: Poll,
    unseen: Sequence[Entry],
    now: datetime,
    *,
    bounds: Bounds,
    jitter: float = 0.0,
) -> Pulse:
    """The pulse after a look that succeeded; `unseen` are the entries listed for the first
    time. `jitter` from 0 to 1 takes up to a tenth off the pause."""
    first = pulse.watched_until is None
    elapsed = DAY if pulse.watched_until is None else (now - pulse.watched_until).total_seconds()
    came = _times(poll.entries if first else unseen, first, now)
    learned = habit.learned(pulse, came, now)
    pace = source.interval if first else _paced(pulse, poll, len(unseen), elapsed, source, bounds)
    listed = pulse.listed if poll.unchanged else len(poll.entries)
    known = replace(_claimed(learned, unseen, now), pace=pace, listed=listed, trouble=0.0)
    expected = habit.rates(known)
    pause, why = _pause(known, expected, source, now, bounds)
    if first and why is Why.USUAL:
        why = Why.NEW
    floor = _floor(known, expected, poll, source, now, bounds)
    if floor > pause:
        why = Why.ASKED
    pause = max(pause * (1 - JITTER * min(max(jitter, 0.0), 1.0)), floor)
    return replace(known, pause=pause, why=why)


def after_failure(
    pulse: Pulse,
    source: Source,
    error: PollError,
    now: datetime,
    *,
    bounds: Bounds,
    jitter: float = 0.0,
) -> Pulse:
    """The pulse after a look that failed: the pause grows by an interval for each hard
    failure in a row, by half for a soft one, by a quarter for a name not found; a day at most.
    `Retry-After` is honoured up to the same bound."""
    longest = max(DAY, source.interval)
    own = weight(error)
    trouble = pulse.trouble + own
    pause = max(source.interval * trouble, min(bounds.shortest, source.interval))
    if own < WEIGHTS["hard"] and pulse.listed:
        # An outage passes: a busy outlet's list must not be replaced before we are back.
        full = habit.filled_in(habit.rates(pulse), now, pulse.listed * FULL, longest)
        pause = min(pause, max(full, source.interval))
    pause = min(max(pause, error.retry_after or 0.0), longest)
    pause *= 1 + JITTER * min(max(jitter, 0.0), 1.0)
    return replace(pulse, trouble=trouble, pause=pause, why=Why.FAILING)


def next_pulse(
    pulse: Pulse,
    source: Source,
    result: Poll | PollError,
    unseen: Sequence[Entry],
    now: datetime,
    *,
    bounds: Bounds,
    chance: random.Random,
) -> Pulse:
    """The pulse after a look with `result`; see `after_success` and `after_failure`."""
    jitter = chance.random()
    if isinstance(result, PollError):
        return after_failure(pulse, source, result, now, bounds=bounds, jitter=jitter)
    return after_success(pulse, source, result, unseen, now, bounds=bounds, jitter=jitter)


def spaced(pulse: Pulse, now: datetime, others: Collection[datetime]) -> datetime:
    """When the pause is over, apart from the looks at the host's other sources.

    They are kept `SPACE` apart, or less where so many would not fit into half the pause. A
    look is moved forward, so that no story is found later for it, but where the pause was
    asked for or follows a failure.
    """
    due_at = now + timedelta(seconds=pulse.pause)
    space = timedelta(seconds=min(SPACE, pulse.pause / 2 / (len(others) + 1)))
    later = pulse.why in (Why.ASKED, Why.FAILING)
    for other in sorted(others, reverse=not later):
        if abs(other - due_at) < space:
            due_at = other + space if later else other - space
    return due_at


# ---------------------------------------------------------------- the parts of the decision


def _times(unseen: Sequence[Entry], first: bool, now: datetime) -> list[datetime]:
    """When the stories came. What has no date came now, or, in a first document, unknown."""
    return [
        entry.published_at or now for entry in unseen if not first or entry.published_at is not None
    ]


def _claimed(pulse: Pulse, unseen: Sequence[Entry], now: datetime) -> Pulse:
    """What the new entries' dates claim; those of the future are believed by nobody."""
    dated = [e.published_at for e in unseen if e.published_at and e.published_at <= now + TOMORROW]
    newest = max(dated, default=None)
    if newest is None:
        return pulse
    if pulse.claimed_at is None or newest > pulse.claimed_at:
        return replace(pulse, claimed_at=newest, moved_at=now, stalled=0)
    return replace(pulse, stalled=pulse.stalled + len(dated))


def _paced(
    pulse: Pulse, poll: Poll, unseen: int, elapsed: float, source: Source, bounds: Bounds
) -> float:
    """The pace as the share of entries that were seen before steers it."""
    shortest = min(bounds.shortest, source.interval)
    pace = min(max(pulse.pace or source.interval, shortest), source.interval)
    seen = 1.0 if poll.unchanged or not poll.entries else 1.0 - unseen / len(poll.entries)
    if seen < UNSEEN and unseen > 1:
        return max(min(pace, elapsed) / 2, shortest)
    return min(pace * GROWTH, source.interval) if seen >= SEEN else pace


def _pause(
    pulse: Pulse, expected: Sequence[float], source: Source, now: datetime, bounds: Bounds
) -> tuple[float, Why]:
    """The pause by what is known of the outlet, and its reason."""
    shortest = min(bounds.shortest, source.interval)
    longest = max(bounds.longest, source.interval)
    pause, why = _calm(pulse, expected, now, longest)
    if why is Why.USUAL and pulse.pace < source.interval:
        why = Why.SLIPPING
    full = habit.filled_in(expected, now, pulse.listed * FULL, pause) if pulse.listed else pause
    return (max(full, shortest), Why.BUSY) if full < pause else (pause, why)


def _calm(
    pulse: Pulse, expected: Sequence[float], now: datetime, longest: float
) -> tuple[float, Why]:
    """The pace, or a longer pause in quiet hours and after a long silence."""
    quiet = habit.quiet_hours(pulse, expected)
    if quiet:
        opens = habit.quiet_until(quiet, now, longest)
        pause, why = (opens - now).total_seconds() + pulse.pace, Why.QUIET
    elif sum(pulse.counts) < habit.ENOUGH and pulse.newest_at is not None:
        pause, why = (now - pulse.newest_at).total_seconds() * SILENCE, Why.SILENT
    else:
        return pulse.pace, Why.USUAL
    pause = min(pause, longest)
    return (pause, why) if pause > pulse.pace else (pulse.pace, Why.USUAL)


def _floor(
    pulse: Pulse,
    expected: Sequence[float],
    poll: Poll,
    source: Source,
    now: datetime,
    bounds: Bounds,
) -> float:
    """The pause that the outlet asks for, as far as it is heeded.

    What the server says of its answer (Cache-Control) always holds, for an interval at most.
    What the document says of its rhythm (ttl, sy:updatePeriod) is often a program's default:
    where stories slip by or its list fills up sooner, it is not what the outlet does.
    Longer wishes are heeded, up to the longest pause, unless the outlet publishes meanwhile.
    """
    asked = max(poll.fresh_for, poll.ttl)
    if asked > source.interval:
        within = habit.filled_in(expected, now, 1.0, min(asked, 7 * DAY)) < asked
        asked = source.interval if within else min(asked, max(bounds.longest, source.interval))
    full = pulse.listed * FULL
    hurried = pulse.pace < source.interval or (
        full > 0 and habit.filled_in(expected, now, full, asked) < asked
    )
    return min(asked, poll.fresh_for) if hurried else asked
