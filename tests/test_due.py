"""When a source is looked at next: what steers the pause, and what bounds it."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.model import Bounds, Entry, Page, Poll, PollError, Pulse, Source, Why
from clipper.sources import (
    KINDS,
    after_failure,
    after_success,
    habit,
    here,
    next_pulse,
    spaced,
    weight,
)
from clipper.sources.due import DAY, WORDS
from clipper.sources.wishes import fresh_for
from clipper.store import Store

from .keeping import DAILY, polled, synced

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
SOURCE = Source(slug="ledger", kind="feed", address="https://l.example/feed", outlet="ledger")
BOUNDS = Bounds()


def entries(times: Iterable[datetime | None]) -> tuple[Entry, ...]:
    return tuple(Entry(key=str(n), published_at=at) for n, at in enumerate(times))


def looked(
    pulse: Pulse,
    listed: int = 10,
    new: int = 0,
    at: datetime = NOW,
    came: Iterable[datetime] | None = None,
    **told: float,
) -> Pulse:
    """A look that brought `listed` entries, the first `new` of them unseen."""
    times = list(came) if came is not None else [at - timedelta(minutes=5 * n) for n in range(new)]
    shown = entries([*times, *[None] * (listed - len(times))])
    poll = Poll(entries=shown, unchanged=not times, **told)
    return after_success(pulse, SOURCE, poll, shown[: len(times)], at, bounds=BOUNDS)


def begun(**fields: object) -> Pulse:
    return replace(Pulse(pace=3600.0, watched_until=NOW - HOUR), **fields)


def daily(weeks: int = 4, until: datetime = NOW, a_day: int = 8) -> Pulse:
    """The habit of an outlet that publishes on weekdays from 9 to 17, UTC, and never else."""
    pulse = Pulse(pace=3600.0, watched_until=until - timedelta(weeks=weeks), listed=30)
    at = until - timedelta(weeks=weeks)
    while (at := at + HOUR) <= until:
        news = [at] * (a_day // 8) if at.weekday() < 5 and 9 <= at.hour < 17 else []
        pulse = habit.learned(pulse, news, at)
    return pulse


# ---------------------------------------------------------------- the share that was seen


def test_a_look_that_is_mostly_new_halves_the_pause_at_once() -> None:
    pulse = looked(begun(), new=7)
    assert (pulse.pace, pulse.why) == (1800.0, Why.SLIPPING)
    assert looked(pulse, new=8, at=NOW + HOUR / 2).pace == 900.0
    assert looked(begun(pace=700.0), new=10).pace == BOUNDS.shortest


def test_a_look_that_is_mostly_known_lets_the_pause_grow_again_up_to_the_interval() -> None:
    pulse = looked(begun(pace=1200.0), new=3)
    assert pulse.pace == 1800.0
    assert looked(replace(pulse, pace=3000.0), new=0).pace == 3600.0
    assert looked(begun(pace=1200.0), new=5).pace == 1200.0, "between the thresholds it stays"


def test_one_new_entry_in_a_list_of_one_is_no_flood() -> None:
    assert looked(begun(), listed=1, new=1).pace == 3600.0


def test_a_short_list_is_looked_at_before_a_fifth_of_it_is_replaced() -> None:
    busy = replace(daily(a_day=64), listed=6, watched_until=NOW)  # eight an hour
    pulse = looked(busy, listed=6, new=0, at=NOW + HOUR / 4)
    assert pulse.why is Why.BUSY
    assert 600.0 <= pulse.pause < 1800.0
    assert looked(replace(busy, listed=100), listed=100, at=NOW + HOUR / 4).pause == 3600.0


# ---------------------------------------------------------------- hours


def test_hours_in_which_an_outlet_never_publishes_are_rests() -> None:
    night = datetime(2026, 3, 4, 22, tzinfo=UTC)
    pulse = looked(daily(until=night), at=night)
    assert (pulse.why, pulse.pause) == (Why.QUIET, BOUNDS.longest)
    noon = datetime(2026, 3, 5, 12, tzinfo=UTC)
    assert looked(daily(until=noon), at=noon).pause == 3600.0


def test_a_rest_ends_within_an_interval_of_the_first_busy_hour() -> None:
    early = datetime(2026, 3, 5, 5, 30, tzinfo=UTC)
    pulse = looked(daily(until=early), at=early)
    ends = early + timedelta(seconds=pulse.pause)
    assert pulse.why is Why.QUIET
    assert early + HOUR < ends <= datetime(2026, 3, 5, 10, tzinfo=UTC)


def test_little_is_believed_of_an_outlet_that_is_hardly_known() -> None:
    night = datetime(2026, 3, 4, 22, tzinfo=UTC)
    assert looked(daily(weeks=1, until=night, a_day=8), at=night).why is not Why.NEW
    few = replace(daily(until=night), counts=(0.5,) * 24 + (0.0,) * 144)
    assert looked(few, at=night).pause == 3600.0
    assert habit.quiet_hours(few, habit.rates(few)) == frozenset()


def test_no_hour_of_a_busy_outlet_is_quiet() -> None:
    counts = tuple(400.0 if hour % 24 in range(8, 20) else 2.0 for hour in range(168))
    national = Pulse(counts=counts, weeks=5.0)
    assert habit.quiet_hours(national, habit.rates(national)) == frozenset()


def test_a_habit_fades_and_a_new_one_takes_its_place() -> None:
    pulse = daily(weeks=4)
    for week in range(1, 13):  # from now on it publishes at night
        at = NOW + timedelta(weeks=week)
        pulse = habit.learned(pulse, [], at - timedelta(days=3))
        night = at.replace(hour=23)
        pulse = habit.learned(pulse, [night - timedelta(days=1)] * 0 + [night] * 20, night)
    expected = habit.rates(pulse)
    assert expected[habit.hour_of_week(NOW.replace(hour=23))] > expected[habit.hour_of_week(NOW)]


def test_a_story_without_a_date_counts_when_it_was_found_and_never_in_the_future() -> None:
    pulse = looked(begun(), listed=10, came=[NOW + timedelta(days=400), NOW - timedelta(days=400)])
    assert sum(pulse.counts) == 2.0
    assert pulse.newest_at == NOW
    assert pulse.counts[habit.hour_of_week(NOW)] == 1.0
    assert pulse.counts[habit.hour_of_week(NOW - HOUR)] == 1.0


# ---------------------------------------------------------------- the first document


def test_the_dates_of_a_first_document_tell_the_habit() -> None:
    at = datetime(2026, 3, 4, 22, tzinfo=UTC)
    days = [at.replace(hour=10) - timedelta(days=n) for n in range(1, 50)]
    weekdays = [day for day in days if day.weekday() < 5]
    pulse = looked(Pulse(), listed=len(weekdays), came=weekdays, at=at)
    assert pulse.weeks == pytest.approx(6.0)
    assert pulse.why is Why.QUIET


def test_a_first_document_without_dates_tells_nothing() -> None:
    shown = entries([None] * 10)
    pulse = after_success(Pulse(), SOURCE, Poll(entries=shown), shown, NOW, bounds=BOUNDS)
    assert (pulse.why, pulse.pause) == (Why.NEW, 3600.0)


def test_an_outlet_that_was_silent_for_two_months_is_looked_at_seldom_but_is() -> None:
    old = [NOW - timedelta(days=60 + n) for n in range(10)]
    pulse = looked(Pulse(), came=old)
    assert (pulse.why, pulse.pause) == (Why.SILENT, BOUNDS.longest)
    awake = looked(pulse, new=1, at=NOW + 6 * HOUR)
    assert awake.pause == 3600.0


# ---------------------------------------------------------------- wishes and failures


def test_what_an_outlet_asks_for_is_heeded() -> None:
    assert looked(begun(), ttl=5400.0).why is Why.ASKED
    assert looked(begun(), ttl=5400.0).pause == 5400.0
    assert looked(begun(), ttl=DAY).pause == BOUNDS.longest
    assert looked(begun(), fresh_for=1800.0).pause == 3600.0


def test_a_wish_that_its_own_stories_contradict_counts_for_an_interval() -> None:
    assert looked(daily(), ttl=DAY, at=NOW + HOUR).pause == 3600.0
    hurried = looked(begun(), new=9, ttl=3600.0)
    assert hurried.pause == 1800.0, "an hour is what WordPress says by itself"
    assert looked(begun(), new=9, ttl=3600.0, fresh_for=2700.0).pause == 2700.0


@pytest.mark.parametrize(
    ("said", "age", "seconds"),
    [
        ("max-age=600", "", 600),
        ("public, max-age=600, s-maxage=9", "100", 500),
        ("s-maxage=600", "", 0),
        ("no-cache, max-age=600", "", 0),
        ("max-age=99999999999", "", 86_400),
        ("max-age=x", "", 0),
        ("max-age=60", "900", 0),
        ("MAX-AGE = 60", "²", 60),
    ],
)
def test_how_long_an_answer_holds(said: str, age: str, seconds: float) -> None:
    page = Page(url="https://l.example", body=b"", headers=(("cache-control", said), ("Age", age)))
    assert fresh_for(page) == seconds


def failing(kind: str = "http-503", *, temporary: bool = True, after: float = 0.0) -> PollError:
    return PollError(kind=kind, text="x", temporary=temporary, retry_after=after or None)


@pytest.mark.parametrize(
    ("kind", "temporary", "hours"),
    [
        ("dns", True, 0.25),
        ("http-503", True, 0.5),
        ("timeout", True, 0.5),
        ("http-404", True, 1.0),
        ("tls", False, 1.0),
        ("not-a-feed", True, 1.0),
    ],
)
def test_failures_weigh_and_the_pause_grows_linearly_with_them(
    kind: str, temporary: bool, hours: float
) -> None:
    error = failing(kind, temporary=temporary)
    assert weight(error) == hours
    pulse = begun()
    for number in range(1, 5):
        pulse = after_failure(pulse, SOURCE, error, NOW, bounds=BOUNDS)
        assert pulse.pause == pytest.approx(hours * 3600 * number)
    assert pulse.why is Why.FAILING
    assert looked(pulse, new=1).trouble == 0.0


def test_no_failure_ends_the_looks() -> None:
    pulse = begun(trouble=1e9)
    assert after_failure(pulse, SOURCE, failing("http-404"), NOW, bounds=BOUNDS).pause == DAY
    asked = failing(after=1e308)
    assert after_failure(begun(), SOURCE, asked, NOW, bounds=BOUNDS).pause == DAY
    assert after_failure(begun(), SOURCE, failing(after=7200), NOW, bounds=BOUNDS).pause == 7200


def test_an_outage_of_a_busy_outlet_is_not_waited_out() -> None:
    busy = replace(daily(a_day=64), listed=20, trouble=40.0)
    assert after_failure(busy, SOURCE, failing(), NOW, bounds=BOUNDS).pause < 3 * 3600
    assert after_failure(busy, SOURCE, failing("http-404"), NOW, bounds=BOUNDS).pause == DAY


PULSES = st.builds(
    Pulse,
    pace=st.floats(0, 1e6),
    listed=st.integers(0, 500),
    trouble=st.floats(0, 1e6),
    counts=st.one_of(st.just(()), st.lists(st.floats(0, 1e4), min_size=168, max_size=168).map(tuple)),
    weeks=st.floats(0, 10),
    watched_until=st.one_of(st.none(), st.integers(-9999, 9999).map(lambda n: NOW + n * HOUR)),
    newest_at=st.one_of(st.none(), st.just(NOW - 100 * HOUR)),
)  # fmt: skip


@given(
    PULSES,
    st.floats(60, 30 * 86_400),
    st.integers(0, 30),
    st.integers(0, 30),
    st.floats(0, 1e9),
    st.integers(0, 99),
)
def test_whatever_was_seen_a_source_is_looked_at_again_within_the_bounds(
    pulse: Pulse, interval: float, listed: int, new: int, asked: float, seed: int
) -> None:
    source = replace(SOURCE, interval=interval)
    shown = entries([NOW] * listed)
    poll = Poll(entries=shown, ttl=asked, fresh_for=asked)
    after = next_pulse(
        pulse, source, poll, shown[:new], NOW, bounds=BOUNDS, chance=random.Random(seed)
    )
    least = 0.9 * min(BOUNDS.shortest, interval)
    assert least - 1e-6 <= after.pause <= max(BOUNDS.longest, interval)
    failed = next_pulse(
        pulse, source, failing(), (), NOW, bounds=BOUNDS, chance=random.Random(seed)
    )
    assert least <= failed.pause <= 1.1 * max(DAY, interval)


def test_looks_at_one_host_are_kept_apart() -> None:
    minute = timedelta(minutes=1)
    pulse = Pulse(pause=3600.0, why=Why.USUAL)
    others = [NOW + n * minute for n in (30, 58, 61)]
    assert spaced(pulse, NOW, others) == NOW + 56 * minute, "a story is not found later for it"
    assert spaced(replace(pulse, why=Why.ASKED), NOW, others) == NOW + 63 * minute
    many = [NOW + n * minute for n in range(100)]
    assert NOW + 30 * minute <= spaced(pulse, NOW, many) <= NOW + 60 * minute
    assert spaced(pulse, NOW, []) == NOW + HOUR


def test_each_reason_has_words() -> None:
    assert set(WORDS) == set(Why)


# ---------------------------------------------------------------- kept


def test_a_pulse_is_kept_and_forgotten_with_its_address(tmp_path: Path) -> None:
    pulse = looked(daily(), new=2, at=NOW + HOUR)
    with Store.create(tmp_path / "clipper.db") as store:
        synced(store, DAILY)
        assert store.pulses.get(DAILY.slug) == Pulse()
        store.note_poll(DAILY, polled(), NOW, NOW)
        store.pulses.note(DAILY.slug, pulse, NOW + 3 * HOUR)
        assert store.pulses.get(DAILY.slug) == pulse
        assert store.sources.state(DAILY.slug).due_at == NOW + 3 * HOUR
        synced(store, DAILY)
        assert store.pulses.list() == {DAILY.slug: pulse}
        synced(store, replace(DAILY, address="https://daily.example/elsewhere"))
        assert store.pulses.list() == {}


def test_a_long_interval_of_ones_own_is_waited_for_and_a_wrong_clock_is_not(tmp_path: Path) -> None:
    monthly = replace(DAILY, interval=30 * DAY)
    with Store.create(tmp_path / "clipper.db") as store:
        synced(store, monthly)

        def due_after(days: float) -> bool:
            store.note_poll(monthly, polled(), NOW, NOW + timedelta(days=days))
            return bool(store.sources.due(NOW))

        assert not due_after(29)
        assert due_after(300)
        synced(store, DAILY)
        assert due_after(29), "an hourly source never waits a month"


def test_what_is_due_soon_is_taken_along_unless_it_asked_for_its_pause(tmp_path: Path) -> None:
    soon, minutes = NOW + timedelta(minutes=2), timedelta(minutes=3)
    with Store.create(tmp_path / "clipper.db") as store:
        synced(store, DAILY)
        store.pulses.note(DAILY.slug, Pulse(why=Why.USUAL), soon)
        assert store.sources.due(NOW) == ()
        assert len(store.sources.due(NOW, ahead=minutes)) == 1
        store.pulses.note(DAILY.slug, Pulse(why=Why.ASKED), soon)
        assert store.sources.due(NOW, ahead=minutes) == ()
        assert len(store.sources.due(soon, ahead=minutes)) == 1


def test_a_long_absence_is_not_taken_for_a_long_watch() -> None:
    pulse = habit.learned(daily(weeks=4), [], NOW + timedelta(weeks=30))
    assert pulse.weeks <= 1.1


@pytest.mark.parametrize("kind", ["sitemap", "wordpress", "listing"])
def test_every_kind_hands_on_how_long_its_answer_holds(kind: str) -> None:
    bodies = {
        "sitemap": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>'
        b"https://l.example/news/a-story-1</loc><lastmod>2026-03-04</lastmod></url></urlset>",
        "wordpress": b'[{"id": 1, "link": "https://l.example/a", "date_gmt": "2026-03-04T10:00:00",'
        b' "title": {"rendered": "A"}}]',
        "listing": b"<html><body><main>"
        + b"".join(
            b'<h2><a href="/2026/03/04/a-long-story-number-%d">A story with a long title %d</a></h2>'
            % (n, n)
            for n in range(9)
        )
        + b"</main></body></html>",
    }
    source = replace(SOURCE, kind=kind, address="https://l.example/")

    def fetch(url: str, **wishes: object) -> Page:
        said = (("Cache-Control", "max-age=900"),)
        return Page(url=url, body=bodies[kind], headers=said)

    found = KINDS[kind](source, {}, fetch=fetch, parse=here, now=NOW)
    assert isinstance(found, Poll), found
    assert found.fresh_for == 900.0
