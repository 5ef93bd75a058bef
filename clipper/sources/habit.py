"""When an outlet publishes, by the hour of the week: learned from its own stories.

An hour is quiet when the outlet's quietest hours, this one among them, hold no more than
`MISSED` of its stories. Where little is known no hour is quiet. Hours are those of UTC:
twice a year the habit is an hour off, which the smoothing bears, and it is learned anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import log

from ..model import Pulse

WEEK = 168
"""Hours."""

HOUR = 3600.0

FADE = 0.85
"""What is left after a week of what was learned: habits count for about six weeks."""

REMEMBERED = timedelta(weeks=6)
"""How far back the dates of a first document are believed to be complete."""

MISSED = 0.02
"""The share of an outlet's stories that may fall into its quiet hours."""

RARE = 0.1
"""Stories an hour above which no hour is quiet, however small their share."""

ENOUGH = 25.0
"""Stories that must have been seen before an hour is called quiet."""

WATCHED = 1.0
"""Weeks that must have been seen before an hour is called quiet."""

NEAR = (1, 2, 3, 2, 1)
"""How much the hours around one count for it."""

CHANCE = 1.0
"""Stories that are left to chance, at any hour: the less was seen, the more it counts."""

OWN = 150.0
"""Stories after which an hour's own record counts as much as that of its class of days."""


def hour_of_week(at: datetime) -> int:
    """0 is the hour from Monday 0:00, UTC; 167 the last of Sunday."""
    here = at.astimezone(UTC)
    return here.weekday() * 24 + here.hour


def learned(pulse: Pulse, stories: Iterable[datetime], now: datetime) -> Pulse:
    """The pulse after a look at `now` that found stories which came at these times."""
    times = tuple(stories)
    began = pulse.watched_until
    if began is None:
        return _seeded(pulse, times, now)
    passed = max((now - began) / timedelta(weeks=1), 0.0)
    left = FADE**passed
    watched = min((1.0 - left) / -log(FADE), 1.0)  # no list tells of more than a week or so
    counts = [count * left for count in (pulse.counts or (0.0,) * WEEK)]
    for at in times:
        counts[hour_of_week(min(max(at, began), now))] += 1.0
    newest = max([at for at in (*times, pulse.newest_at) if at is not None], default=None)
    return replace(
        pulse,
        counts=tuple(round(count, 3) for count in counts),
        weeks=round(pulse.weeks * left + watched, 5),
        watched_until=now,
        newest_at=min(newest, now) if newest else None,
    )


def _seeded(pulse: Pulse, times: Sequence[datetime], now: datetime) -> Pulse:
    """The first document's dates tell of the time that it spans."""
    past = [at for at in times if at <= now]
    oldest = min(past, default=now)
    since = max(oldest, now - REMEMBERED)
    counts = [0.0] * WEEK
    for at in past:
        if at >= since:
            counts[hour_of_week(at)] += 1.0
    return replace(
        pulse,
        counts=tuple(counts),
        weeks=round((now - since) / timedelta(weeks=1), 5),
        watched_until=now,
        newest_at=max(past, default=None),
    )


def rates(pulse: Pulse) -> tuple[float, ...]:
    """Stories to be expected in each hour of the week; none where nothing was watched."""
    if not pulse.counts or not pulse.weeks:
        return (0.0,) * WEEK
    counts, total = pulse.counts, sum(pulse.counts)
    near = [
        sum(part * counts[(hour + step - 2) % WEEK] for step, part in enumerate(NEAR)) / sum(NEAR)
        for hour in range(WEEK)
    ]
    classes = _by_class(near, pulse.weeks)
    # In the first week each hour was watched once, or not at all.
    times = max(pulse.weeks, 1.0)
    chance, own = CHANCE / (CHANCE + total), total / (OWN + total)
    return tuple(
        ((1.0 - chance) * (own * near[hour] + (1.0 - own) * classes[hour]) + chance * total / WEEK)
        / times
        for hour in range(WEEK)
    )


def _by_class(near: Sequence[float], weeks: float) -> list[float]:
    """For each hour the mean of that hour on all weekdays, or on both days of the weekend."""
    days = [max(number * min(weeks, 1.0), 1.0) for number in (5, 2)]
    work = [sum(near[hour:120:24]) / days[0] for hour in range(24)]
    rest = [sum(near[120 + hour :: 24]) / days[1] for hour in range(24)]
    return work * 5 + rest * 2


def quiet_hours(pulse: Pulse, expected: Sequence[float]) -> frozenset[int]:
    """The hours of the week in which the outlet all but never publishes."""
    if sum(pulse.counts) < ENOUGH or pulse.weeks < WATCHED:
        return frozenset()
    hours = sorted(range(WEEK), key=lambda hour: (expected[hour], hour))
    most = MISSED * sum(expected)
    held = accumulate(expected[hour] for hour in hours)
    return frozenset(
        hour
        for hour, so_far in zip(hours, held, strict=True)
        if so_far <= most and expected[hour] <= RARE
    )


def quiet_until(quiet: frozenset[int], now: datetime, most: float) -> datetime:
    """When the quiet hours end that `now` lies in, `most` seconds ahead at most; `now` itself
    when it lies in none."""
    if hour_of_week(now) not in quiet:
        return now
    end = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    last = now + timedelta(seconds=most)
    while end < last and hour_of_week(end) in quiet:
        end += timedelta(hours=1)
    return min(end, last)


def filled_in(expected: Sequence[float], now: datetime, number: float, most: float) -> float:
    """Seconds until so many stories are to be expected from `now` on; `most` at most."""
    left, passed = number, 0.0
    first = HOUR - (now.minute * 60 + now.second)
    hour = hour_of_week(now)
    while passed < most:
        span = first if passed == 0.0 else HOUR
        comes = expected[hour] * span / HOUR
        if comes >= left:
            return min(passed + span * left / comes, most)
        left -= comes
        passed += span
        hour = (hour + 1) % WEEK
    return most
