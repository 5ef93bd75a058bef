"""The rhythm in whole rounds: days of an outlet pass by a clock that is handed in."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from clipper.archive import Archive
from clipper.fetch import Network
from clipper.model import FetchError, Outlet, Page, Source, Why
from clipper.pipeline import Parts, Rhythm, run
from clipper.store import Store

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
SOURCE = Source(slug="daily", kind="feed", address="https://daily.example/feed", outlet="daily")


class Here:
    """Workers that work at once, in this process."""

    def submit(self, act: Callable[..., Any], *subject: object) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(act(*subject))
        return done


class Clock:
    def __init__(self) -> None:
        self.at = BEGAN

    def __call__(self) -> datetime:
        return self.at


class Daily:
    """An outlet that publishes on the hour from 9 to 17 on weekdays, UTC, and lists thirty."""

    network = Network()

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.looks: list[datetime] = []
        self.down = False

    def stories(self) -> list[datetime]:
        at = self.clock().replace(minute=0, second=0, microsecond=0)
        hours = (at - n * HOUR for n in range(24 * 9))
        return [each for each in hours if each.weekday() < 5 and 9 <= each.hour < 17][:30]

    def get(self, url: str, purpose: str = "", **wishes: object) -> Page | FetchError:
        if purpose != "feed":
            return FetchError(kind="http-404", text="Gone.", url=url, temporary=False)
        self.looks.append(self.clock())
        if self.down:
            return FetchError(kind="http-503", text="Overloaded.", url=url, status=503)
        items = "".join(
            f"<item><title>Story of {at}</title><guid>{at.timestamp()}</guid>"
            f"<pubDate>{format_datetime(at)}</pubDate><description>Words of {at}.</description>"
            "</item>"
            for at in self.stories()
        )
        body = f"<rss><channel><title>Daily</title>{items}</channel></rss>".encode()
        return Page(url=url, body=body, headers=(("Content-Type", "application/rss+xml"),))


@contextmanager
def watching(folder: Path) -> Iterator[tuple[Parts, Clock, Daily]]:
    clock = Clock()
    outlet = Daily(clock)
    with (
        Store.create(folder / "clipper.db") as store,
        Archive(folder / "archive", now=clock) as archive,
    ):
        named = Outlet(slug="daily", name="Daily", gap=0.0)
        # Hundreds of rounds: what they keep need not outlive a power cut.
        store._connection.raw.execute("PRAGMA synchronous = OFF")
        store.sources.sync([SOURCE], [named], clock())
        yield Parts(
            store=store, archive=archive, fetcher=outlet, workers=Here(),  # type: ignore[arg-type]
            outlets={"daily": named}, now=clock, random=random.Random(1),
            rhythm=Rhythm(batch=1, seconds=0.01),
        ), clock, outlet  # fmt: skip


def pass_by(parts: Parts, clock: Clock, until: datetime) -> None:
    """Rounds as a schedule does them, each when the store says that something is due."""
    while clock.at < until:
        if parts.store.sources.due(clock.at):
            list(run(parts, ahead=timedelta(minutes=3)))
        due_at = parts.store.sources.state("daily").due_at
        clock.at = min(max(due_at, clock.at + timedelta(minutes=1)), until)


def between(looks: list[datetime], first: int, last: int) -> list[datetime]:
    return [at for at in looks if first <= at.hour < last]


def test_an_outlets_nights_are_rests_and_its_stories_are_found_within_the_hour(
    tmp_path: Path,
) -> None:
    with watching(tmp_path) as (parts, clock, outlet):
        pass_by(parts, clock, BEGAN + timedelta(days=14))
        late = [at for at in outlet.looks if at >= BEGAN + timedelta(days=9)]
        assert {at.date() for at in late} >= {
            datetime(2026, 3, d, tzinfo=UTC).date() for d in (12, 13)
        }
        thursday = [at for at in late if at.day == 12]
        assert len(between(thursday, 9, 17)) >= 8
        assert len(between(thursday, 19, 24)) <= 3
        found = parts.store._connection.rows(
            "SELECT published_at, first_seen_at FROM entry WHERE published_at > :after",
            after=(BEGAN + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
        assert len(found) > 60
        waits = [
            datetime.fromisoformat(row["first_seen_at"])
            - datetime.fromisoformat(row["published_at"])
            for row in found
        ]
        assert max(waits) <= HOUR + timedelta(minutes=3)


def test_an_outage_lengthens_the_pause_and_a_success_ends_it(tmp_path: Path) -> None:
    with watching(tmp_path) as (parts, clock, outlet):
        pass_by(parts, clock, BEGAN + 2 * HOUR)
        outlet.down = True
        outlet.looks.clear()
        pass_by(parts, clock, BEGAN + 9 * HOUR)
        pauses = [later - at for at, later in zip(outlet.looks, outlet.looks[1:], strict=False)]
        assert len(pauses) >= 2
        assert pauses == sorted(pauses), "each longer than the one before"
        pulse = parts.store.pulses.get("daily")
        assert (pulse.why, pulse.trouble) == (Why.FAILING, 0.5 * len(outlet.looks))
        outlet.down = False
        pass_by(parts, clock, BEGAN + 18 * HOUR)
        assert parts.store.pulses.get("daily").trouble == 0.0
        assert parts.store.sources.state("daily").failures == 0
