"""Thirty days of two hundred outlets: when each rhythm finds what they publish.

    python bench/rhythm.py [--outlets 200] [--days 30] [--seed 7] [--by-kind] [--only NAME]

Outlets are made, always the same for one seed: national papers with bursts, local dailies
with nights and weekends, student weeklies that publish on one day, small sites, magazines,
and dead outlets of which some wake. Their lists hold 10 to 50 stories; some bring older
stories to the top again, some ask for pauses (ttl, sy:updatePeriod, Cache-Control), all have
outages; one night our own network is down, and clocks change in the US and in Europe. The
clock is the simulation's. Each rhythm sees the same outlets:

- clipper: `clipper.sources.due`, as the scheduler uses it, and the thresholds of it alone;
- fixed: every 30, every 60 minutes; every 5 tells what nobody could have found;
- Miniflux, `entry_frequency`: a week divided by the week's stories, 5 minutes to 24 hours,
  its wishes heeded (internal/model/feed.go); with and without its limit of three errors,
  after which a feed rests until a person looks;
- CommaFeed, empirical: half the mean time between the listed stories, 5 minutes to 4 hours,
  longer after a week's silence; after three errors an hour for each
  (FeedRefreshIntervalCalculator.java).

A story is missed when no look ever saw it in the list. Delays are from publication to the
"""

from __future__ import annotations

import argparse
import heapq
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from clipper.model import Bounds, Entry, Poll, PollError, Pulse, Source
from clipper.sources import due

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
BEFORE = 60
"""Days of stories before the first look, for what the first document lists."""

ZONES = tuple(
    map(
        ZoneInfo,
        (
            *("America/Los_Angeles", "America/Los_Angeles", "America/Denver", "America/Chicago"),
            *("America/New_York", "America/New_York", "Europe/Madrid"),
        ),
    )
)

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
DAYTIME = (1, 1, 1, 1, 2, 5, 9, 12, 12, 11, 11, 10, 9, 10, 11, 11, 10, 8, 6, 4, 3, 2, 2, 1)
LOCAL = (0, 0, 0, 0, 0, 2, 8, 10, 10, 8, 8, 9, 8, 8, 8, 9, 10, 6, 3, 2, 1, 1, 0, 0)
OFFICE = (0, 0, 0, 0, 0, 0, 0, 1, 4, 8, 9, 9, 6, 7, 8, 8, 6, 3, 1, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class Outlet:
    """An outlet's stories as seconds from the first look, and how it answers."""

    kind: str
    stories: list[float]
    window: int
    outages: list[tuple[float, float, str]] = field(default_factory=list)
    ttl: float = 0.0
    fresh_for: float = 0.0
    pinned: int = 0
    entries: list[Entry] = field(default_factory=list)

    def listed(self, at: float) -> list[int]:
        """The numbers of the stories in its list; older ones may stand there again, by day."""
        end = bisect_right(self.stories, at)
        newest = range(max(0, end - self.window + self.pinned), end)
        old = (newest.start - 1 - (7 * int(at // DAY) + n) % 40 for n in range(self.pinned))
        return [*newest, *(n for n in old if n >= 0)]

    def trouble(self, at: float) -> PollError | None:
        """The failure of a look at that time, None when it succeeds."""
        for began, ended, kind in self.outages:
            if began <= at < ended:
                return PollError(kind=kind, text="", temporary=kind != "http-404")
        return None


# ---------------------------------------------------------------- the outlets


def outlets(number: int, days: int, rng: random.Random) -> list[Outlet]:
    """The press: in 200, 30 national, 60 local, 50 student, 35 small, 10 magazines, 15 dead."""
    shares = (("national", 30), ("local", 60), ("student", 50), ("small", 35), ("magazine", 10))
    kinds = [kind for kind, share in shares for _ in range(share)] + ["dead"] * 15
    night = rng.uniform(5, days - 5) * DAY
    made = [_outlet(kinds[n * len(kinds) // number], days, night, rng) for n in range(number)]
    for outlet in made:
        outlet.entries = [
            Entry(key=str(n), published_at=BEGAN + timedelta(seconds=at))
            for n, at in enumerate(outlet.stories)
        ]
    return made


def _outlet(kind: str, days: int, night: float, rng: random.Random) -> Outlet:
    zone = rng.choice(ZONES)
    times = sorted(_utc(at, zone) for at in _STORIES[kind](days, rng))
    stories = [at for at in times if at < days * DAY]
    window = rng.choice((10, 10, 15, 20, 20, 25, 30, 50))
    outlet = Outlet(kind, stories, max(window, 20) if kind == "national" else window)
    outlet.outages = [*_outages(days, rng), (night, night + 3 * HOUR, "dns")]
    _wish(outlet, rng)
    return outlet


def _utc(at: float, zone: ZoneInfo) -> float:
    """Seconds of the local clock as seconds from the first look; clocks change within the month."""
    local = (BEGAN + timedelta(seconds=at)).replace(tzinfo=zone)
    return (local.astimezone(UTC) - BEGAN).total_seconds()


def _wish(outlet: Outlet, rng: random.Random) -> None:
    """WordPress says "hourly" by default; a few ask for a day and publish all the same."""
    lot = rng.random()
    outlet.ttl = HOUR if lot < 0.5 else DAY if lot < 0.55 else 0.0
    outlet.pinned = rng.choice((0,) * 8 + (1, 3))
    outlet.fresh_for = rng.choice((300.0, 600.0, 900.0)) if rng.random() < 0.2 else 0.0


def _outages(days: int, rng: random.Random) -> list[tuple[float, float, str]]:
    found = []
    for _ in range(rng.choice((0, 1, 2, 2, 3, 5))):
        began = rng.uniform(0.1, days) * DAY
        lasts = rng.choice((0.3, 0.5, 1, 2, 6)) * HOUR
        found.append((began, began + lasts, rng.choice(("http-503", "timeout", "reset"))))
    if rng.random() < 0.03:
        began = rng.uniform(2, days - 4) * DAY
        found.append((began, began + 3 * DAY, rng.choice(("http-404", "http-503"))))
    return found


def _drawn(rate: float, hours: Sequence[float], days: Callable[[int], float], until: int,
           rng: random.Random) -> Iterator[float]:  # fmt: skip
    """Story times: `rate` a day by the hours' weights, each day by its own weight."""
    total = sum(hours)
    for day in range(-BEFORE, until + 1):
        number = rate * days(day % 7)
        for hour, share in enumerate(hours):
            for _ in range(_poisson(number * share / total, rng)):
                yield day * DAY + hour * HOUR + rng.uniform(0, HOUR)


def _poisson(mean: float, rng: random.Random) -> int:
    passed, number = rng.expovariate(1), 0
    while passed < mean:
        number += 1
        passed += rng.expovariate(1)
    return number


def _national(days: int, rng: random.Random) -> Iterator[float]:
    rate = rng.uniform(40, 140)
    yield from _drawn(rate, DAYTIME, lambda day: 1.0 if day < 5 else 0.55, days, rng)
    for _ in range(days // 4):  # breaking news
        began = rng.uniform(0, days) * DAY
        for _ in range(rng.randint(10, 40)):
            yield began + rng.expovariate(1 / HOUR)


def _local(days: int, rng: random.Random) -> Iterator[float]:
    weekend = rng.choice((0.0, 0.3, 0.5))
    rate = rng.uniform(6, 35)
    yield from _drawn(rate, LOCAL, lambda day: 1.0 if day < 5 else weekend, days, rng)


def _student(days: int, rng: random.Random) -> Iterator[float]:
    day, hour = rng.randrange(5), rng.choice((0, 6, 8, 10, 16, 20))
    for week in range(-BEFORE // 7, days // 7 + 1):
        issue = (week * 7 + day) * DAY + hour * HOUR + rng.gauss(0, 0.5 * HOUR)
        if rng.random() < 0.9:
            for _ in range(rng.randint(8, 22)):
                yield issue + rng.expovariate(1 / (0.5 * HOUR))
    yield from _drawn(rng.uniform(0.2, 1), OFFICE, lambda day: float(day < 5), days, rng)


def _small(days: int, rng: random.Random) -> Iterator[float]:
    rate = rng.uniform(0.3, 2.5)
    yield from _drawn(rate, OFFICE, lambda day: 1.0 if day < 5 else 0.3, days, rng)


def _magazine(days: int, rng: random.Random) -> Iterator[float]:
    yield from _drawn(rng.uniform(0.2, 0.7), OFFICE, lambda day: float(day < 5), days, rng)


def _dead(days: int, rng: random.Random) -> Iterator[float]:
    last = -rng.uniform(10, 400) * DAY
    yield from (last - rng.uniform(0, 90) * DAY for _ in range(20))
    if rng.random() < 0.25:
        awake = rng.uniform(5, days) * DAY
        yield from (awake + rng.uniform(0, 10) * DAY for _ in range(rng.randint(2, 12)))


_STORIES = {
    "national": _national, "local": _local, "student": _student, "small": _small,
    "magazine": _magazine, "dead": _dead,
}  # fmt: skip


# ---------------------------------------------------------------- the rhythms


class Rhythm(Protocol):
    """Decides the pause after each look, in seconds; None when it never looks again."""

    def after(
        self, outlet: Outlet, at: float, listed: Sequence[int], unseen: Sequence[int],
        error: PollError | None,
    ) -> float | None: ...  # fmt: skip


@dataclass(slots=True)
class Fixed:
    seconds: float

    def after(self, outlet, at, listed, unseen, error):  # type: ignore[no-untyped-def]
        return self.seconds


@dataclass(slots=True)
class Clipper:
    """Ours. `habits` off leaves the thresholds alone, between the bounds."""

    chance: random.Random
    habits: bool = True
    pulse: Pulse = field(default_factory=Pulse)

    def after(self, outlet, at, listed, unseen, error):  # type: ignore[no-untyped-def]
        now = BEGAN + timedelta(seconds=at)
        source = Source(slug="s", kind="feed", address="", outlet="o", interval=HOUR)
        entries = tuple(outlet.entries[n] for n in listed)
        result = error or Poll(
            entries=entries if unseen else (), unchanged=not unseen, ttl=outlet.ttl,
            fresh_for=outlet.fresh_for,
        )  # fmt: skip
        new = [outlet.entries[n] for n in unseen]
        self.pulse = due.next_pulse(
            self.pulse, source, result, new, now, bounds=Bounds(), chance=self.chance
        )
        return self.pulse.pause


@dataclass(slots=True)
class Thresholds:
    """The two thresholds of the share of seen entries, and nothing else."""

    longest: float
    pause: float = HOUR

    def after(self, outlet, at, listed, unseen, error):  # type: ignore[no-untyped-def]
        if error is None and listed:
            seen = 1 - len(unseen) / len(listed)
            if seen >= due.SEEN:
                self.pause = min(self.pause * 1.5, self.longest)
            elif seen < due.UNSEEN:
                self.pause = max(self.pause / 2, 10 * MINUTE)
        return self.pause


@dataclass(slots=True)
class Miniflux:
    limit: int = 0
    errors: int = 0
    known: list[float] = field(default_factory=list)

    def after(self, outlet, at, listed, unseen, error):  # type: ignore[no-untyped-def]
        self.known.extend(outlet.stories[n] for n in unseen)
        self.errors = self.errors + 1 if error else 0
        if self.limit and self.errors >= self.limit:
            return None
        week = [story for story in self.known if at - 7 * DAY <= story <= at]
        spread = max(week) - min(week) if len(week) > 1 else 0.0
        count = -(-7 * DAY * (len(week) - 1) // spread) if spread else 0
        pause = min(max(7 * DAY / count, 5 * MINUTE), DAY) if count else DAY
        wish = 0.0 if error else max(outlet.ttl, outlet.fresh_for)
        return min(max(pause, wish), DAY)


@dataclass(slots=True)
class CommaFeed:
    errors: int = 0
    newest: float | None = None
    mean: float | None = None

    def after(self, outlet, at, listed, unseen, error):  # type: ignore[no-untyped-def]
        least, most = 5 * MINUTE, 4 * HOUR
        if error:
            self.errors += 1
            pause = least if self.errors < 3 else HOUR * (self.errors - 3 + 1)
            return min(max(pause, least), most)
        self.errors = 0
        times = [outlet.stories[n] for n in listed]
        self.newest = max(times, default=None)
        self.mean = (max(times) - min(times)) / (len(times) - 1) if len(times) > 1 else None
        return min(max(self._empirical(at, least, most), outlet.fresh_for, least), most)

    def _empirical(self, at: float, least: float, most: float) -> float:
        silent = (at - self.newest) // DAY if self.newest is not None else 30
        for days, part in ((30, 1), (14, 2), (7, 4)):
            if silent >= days:
                return most / part
        return min(max(self.mean / 2, least), most / 4) if self.mean is not None else most


RHYTHMS: dict[str, Callable[[random.Random], Rhythm]] = {
    "clipper": lambda rng: Clipper(rng),
    "thresholds alone, to 6 h": lambda rng: Thresholds(6 * HOUR),
    "thresholds alone, to 1 h": lambda rng: Thresholds(HOUR),
    "every 30 min": lambda rng: Fixed(30 * MINUTE),
    "every 60 min": lambda rng: Fixed(60 * MINUTE),
    "every 5 min": lambda rng: Fixed(5 * MINUTE),
    "Miniflux": lambda rng: Miniflux(),
    "Miniflux, 3 errors": lambda rng: Miniflux(limit=3),
    "CommaFeed": lambda rng: CommaFeed(),
}


# ---------------------------------------------------------------- thirty days


@dataclass(slots=True)
class Told:
    """What one rhythm found at the outlets of one kind."""

    delays: list[float] = field(default_factory=list)
    missed: int = 0
    requests: int = 0

    def add(self, other: Told) -> None:
        self.delays += other.delays
        self.missed += other.missed
        self.requests += other.requests

    def row(self, name: str) -> str:
        found = sorted(self.delays) or [0.0]
        number = len(self.delays) + self.missed
        hour = sum(delay <= HOUR for delay in self.delays) / number if number else 0.0
        p90 = found[min(len(found) - 1, int(len(found) * 0.9))]
        return (
            f"| {name} | {self.missed:,} | {statistics.median(found) / 60:.0f} | {p90 / 60:.0f} "
            f"| {hour:.1%} | {self.requests:,} |"
        )


def watched(outlet: Outlet, rhythm: Rhythm, days: int, first: float) -> Told:
    """What looking at one outlet in this rhythm finds; looks fall on whole minutes."""
    told, seen = Told(), set[int]()
    queue = [first]
    while queue and (at := heapq.heappop(queue)) < days * DAY:
        told.requests += 1
        error = outlet.trouble(at)
        listed = [] if error else outlet.listed(at)
        unseen = [n for n in listed if n not in seen]
        seen.update(unseen)
        told.delays += [at - outlet.stories[n] for n in unseen if outlet.stories[n] >= first]
        pause = rhythm.after(outlet, at, listed, unseen, error)
        if pause is not None:
            heapq.heappush(queue, -(-(at + pause) // MINUTE) * MINUTE)
    # The last hours are nobody's fault: what is not due yet is not missed.
    last = max(seen, default=-1)
    ended = days * DAY - 2 * DAY
    told.missed = sum(
        n not in seen and first <= at and (n < last or at < ended)
        for n, at in enumerate(outlet.stories)
    )
    return told


def main() -> None:
    words = argparse.ArgumentParser(description="Compare rhythms on made-up outlets.")
    words.add_argument("--outlets", type=int, default=200)
    words.add_argument("--days", type=int, default=30)
    words.add_argument("--seed", type=int, default=7)
    words.add_argument("--by-kind", action="store_true")
    words.add_argument("--only", default="")
    asked = words.parse_args()
    press = outlets(asked.outlets, asked.days, random.Random(asked.seed))
    number = sum(at >= 0 for outlet in press for at in outlet.stories)
    print(f"{len(press)} outlets, {asked.days} days, {number:,} stories (seed {asked.seed})\n")
    print("| rhythm | missed | median, min | p90, min | within the hour | requests |")
    print("|---|--:|--:|--:|--:|--:|")
    for name, make in RHYTHMS.items():
        if asked.only not in name:
            continue
        kinds: dict[str, Told] = {}
        for n, outlet in enumerate(press):
            rng = random.Random(asked.seed * 1000 + n)
            told = watched(outlet, make(rng), asked.days, rng.uniform(0, HOUR))
            kinds.setdefault(outlet.kind, Told()).add(told)
        whole = Told()
        for told in kinds.values():
            whole.add(told)
        print(whole.row(name))
        if asked.by_kind:
            for kind, told in kinds.items():
                print(told.row(f"{name}: {kind}"))


if __name__ == "__main__":
    main()
