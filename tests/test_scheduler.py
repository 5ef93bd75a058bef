"""What happens by itself: daily jobs on odd days, ticks, and the real process stopped."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import demo
from clipper.cli import door
from clipper.cli.run import _Acts
from clipper.errors import ClipperError, Refused
from clipper.scheduler import Clockwork, Job, due_daily
from clipper.scheduler.timer import TICK
from clipper.store import Store

from . import keeping, smtp_server
from .receiver import receiving
from .rounds import NOW, clipper, command, plain, rows
from .test_brief import CONFIG
from .test_notices import CONFIG as NOTICES
from .test_notices import KEY
from .test_round import kept

LA = ZoneInfo("America/Los_Angeles")
MADRID = ZoneInfo("Europe/Madrid")


def days(text: str) -> frozenset[date]:
    return frozenset(date.fromisoformat(word) for word in text.split())


@pytest.mark.parametrize(
    ("now", "done", "hour", "zone", "due"),
    [
        # an ordinary day
        ("2026-03-05T14:59Z", "2026-03-04", 7, LA, ""),
        ("2026-03-05T15:00Z", "2026-03-04", 7, LA, "2026-03-05"),
        ("2026-03-05T15:01Z", "2026-03-04 2026-03-05", 7, LA, ""),
        # the first day: not before its hour, and nothing of yesterday
        ("2026-03-05T14:59Z", "", 7, LA, ""),
        ("2026-03-05T23:00Z", "", 7, LA, "2026-03-05"),
        # suspended: caught up once, the newest day alone
        ("2026-03-09T13:00Z", "2026-03-05", 7, LA, "2026-03-08"),
        ("2026-03-09T13:01Z", "2026-03-05 2026-03-08", 7, LA, ""),
        ("2026-03-09T14:00Z", "2026-03-05 2026-03-08", 7, LA, "2026-03-09"),
        # the clock skips the hour (2 to 3 on 8 March; 2 to 3 on 29 March)
        ("2026-03-08T09:59Z", "2026-03-07", 2, LA, ""),
        ("2026-03-08T10:00Z", "2026-03-07", 2, LA, "2026-03-08"),
        ("2026-03-29T00:59Z", "2026-03-28", 2, MADRID, ""),
        ("2026-03-29T01:00Z", "2026-03-28", 2, MADRID, "2026-03-29"),
        # the hour comes twice (1 November; 25 October): at the first, and not again
        ("2026-11-01T08:00Z", "2026-10-31", 1, LA, "2026-11-01"),
        ("2026-11-01T09:00Z", "2026-10-31 2026-11-01", 1, LA, ""),
        ("2026-10-25T00:00Z", "2026-10-24", 2, MADRID, "2026-10-25"),
        ("2026-10-25T01:00Z", "2026-10-24 2026-10-25", 2, MADRID, ""),
        # the clock was a year ahead for a while, and is right again
        ("2026-03-05T15:00Z", "2026-03-04 2027-03-05", 7, LA, "2026-03-05"),
        # the clock was set back by some hours, past midnight
        ("2026-03-05T07:30Z", "2026-03-03 2026-03-04 2026-03-05", 7, LA, ""),
    ],
)
def test_a_daily_job_is_due_once_a_local_day(
    now: str, done: str, hour: int, zone: ZoneInfo, due: str
) -> None:
    found = due_daily(datetime.fromisoformat(now), days(done), time(hour), zone)
    assert found == (date.fromisoformat(due) if due else None)


@given(
    st.sampled_from([LA, MADRID, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    st.integers(0, 23),
    st.integers(0, 350),
)
def test_in_a_month_of_minutes_each_day_is_done_once(zone: ZoneInfo, hour: int, start: int) -> None:
    """Ten days ticked by the half hour: every local day once, none before its hour."""
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=start)
    first = now.astimezone(zone).date()
    done: list[date] = []
    for _ in range(480):
        day = due_daily(now, done, time(hour), zone)
        if day is not None:
            assert day == now.astimezone(zone).date()
            done.append(day)
        now += timedelta(minutes=30)
    assert len(set(done)) == len(done)
    assert [first + timedelta(days=n) for n in range(1, 10)] == [d for d in done if d > first][:9]


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 3, 5, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


def clockwork(store: Store, clock: Clock, job: Job, told: list[str]) -> Clockwork:
    return Clockwork(store, lambda stop: None, (job,), now=clock, zone=LA, tell=told.append)


def test_a_daily_job_is_done_once_over_restarts(tmp_path: Path) -> None:
    clock, did = Clock(), list[datetime]()
    job = Job("brief", time(7), lambda stopping: did.append(clock()))
    for _ in range(2):
        opened = Store.open if (tmp_path / "s.db").exists() else Store.create
        with opened(tmp_path / "s.db") as store:
            clockwork(store, clock, job, []).tick()
            clockwork(store, clock, job, []).tick()
    assert len(did) == 1


def test_a_daily_job_that_fails_is_told_and_tried_again_after_a_while(tmp_path: Path) -> None:
    clock, told, did = Clock(), list[str](), list[datetime]()

    def act(stopping: object) -> None:
        did.append(clock())
        if len(did) == 1:
            raise ClipperError("the mail server is away")

    with Store.create(tmp_path / "s.db") as store:
        work = clockwork(store, clock, Job("brief", time(7), act), told)
        for minutes in (0, 1, 15, 1):
            clock.at += timedelta(minutes=minutes)
            work.tick()
        assert store.daily.days("brief") == days("2026-03-05")
    assert told == ["the mail server is away"]
    assert did[1] - did[0] == timedelta(minutes=16)


def test_what_each_tick_does_is_done_though_nothing_is_due(tmp_path: Path) -> None:
    did, told = list[int](), list[str]()

    def after(stopping: object) -> None:
        did.append(1)
        raise ClipperError("the chat is away")

    with Store.create(tmp_path / "s.db") as store:
        work = Clockwork(
            store, print, (), now=Clock(), zone=LA, tell=told.append, after=after,
        )  # fmt: skip
        work.tick()
        work.tick()
    assert (len(did), told) == (2, ["the chat is away"] * 2)


def test_notices_follow_the_config_as_it_is_edited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "sources.yaml"
    with receiving() as receiver, Store.create(tmp_path / "data" / "clipper.db") as store:
        monkeypatch.setenv("CLIPPER_NOTICES_URL", f"json://127.0.0.1:{receiver.port}")
        monkeypatch.setenv("CLIPPER_WEBHOOK_SECRET", KEY)
        keeping.queued(keeping.synced(store), now=datetime.now(UTC))
        acts = _Acts(config, tmp_path / "data", store, True)
        whole = NOTICES.format(port=receiver.port)
        for number, text in enumerate((whole.partition("notices:")[0], whole, "outlets: [", whole)):
            config.write_text(text)
            os.utime(config, (number, number))
            acts.notify(lambda: False)
            assert len(receiver.taken) == (0 if number == 0 else 2)
    assert capsys.readouterr().err == ""


def test_a_clock_that_is_set_back_does_not_silence_the_timer(tmp_path: Path) -> None:
    """As after the clock was a year ahead: the next tick stands a year from now."""
    ticked = threading.Semaphore(0)

    def act(stopping: object) -> None:
        raise AssertionError("nothing is due at this hour")

    class Counted(Clockwork):
        def tick(self) -> None:
            ticked.release()

    with (
        Store.create(tmp_path / "s.db") as store,
        Counted(
            store, act, (), now=lambda: datetime.now(UTC), zone=LA, tell=print, seconds=3600
        ) as work,
    ):
        assert ticked.acquire(timeout=60)
        far = datetime.now(UTC) + timedelta(days=365)
        work._timer.modify_job(TICK, next_run_time=far)
        work._timer.wakeup()
        assert ticked.acquire(timeout=60)


def test_a_surprise_ends_the_clockwork_and_is_kept(tmp_path: Path) -> None:
    ended = threading.Event()

    class Broken(Clockwork):
        def tick(self) -> None:
            raise RuntimeError("a bug")

    with (
        Store.create(tmp_path / "s.db") as store,
        Broken(
            store, lambda stop: None, (), now=lambda: datetime.now(UTC), zone=LA,
            tell=print, on_end=ended.set,
        ) as work,
    ):  # fmt: skip
        assert ended.wait(60)
    assert isinstance(work.broken, RuntimeError)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(NOW, port_base=0, corrected=True) as served:
        yield served


@pytest.fixture(scope="module")
def at_once(servers: tuple[demo.Served, ...], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which one round ran, uninterrupted."""
    place = tmp_path_factory.mktemp("at-once")
    demo.write_config(place, servers)
    clipper(place, "fetch")
    return place


@pytest.mark.parametrize("words", [("schedule",), ("run", "--local", "--port", "0")])
def test_sigterm_within_a_round_ends_it_cleanly_and_loses_nothing(
    servers: tuple[demo.Served, ...], at_once: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    demo.write_config(tmp_path, servers)
    running = subprocess.Popen(
        command(*words), cwd=tmp_path, env=plain(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(tmp_path, "select 1 from entry where state = 'pending'", running)
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 0, err
    assert "Stopped" in out
    assert "Traceback" not in err

    clipper(tmp_path, "fetch")
    assert kept(tmp_path) == kept(at_once)


@pytest.mark.parametrize(("words", "code"), [(("run",), 0), (("schedule",), 0), (("fetch",), 143)])
def test_sigterm_before_a_command_has_its_own_handlers_stops_it_in_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    code: int,
) -> None:
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        monkeypatch.setattr(door.root, "main", lambda **told: signal.raise_signal(signal.SIGTERM))
        assert door.main(words) == code
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGTERM, before)
    assert "What was saved stays saved" in capsys.readouterr().err


def wait_for(folder: Path, statement: str, running: subprocess.Popen[str]) -> None:
    """Until the store has a row of that kind; the process must still run."""
    pause = threading.Event()
    for _ in range(1200):
        assert running.poll() is None, running.communicate()
        if (folder / "data" / "clipper.db").exists():
            try:
                if rows(folder, statement):
                    return
            except Exception:  # noqa: BLE001  (being made just now)
                pass
        pause.wait(0.05)
    raise AssertionError("no round began")


def test_the_morning_brief_is_a_daily_job_and_reaches_each_once(tmp_path: Path) -> None:
    config = tmp_path / "sources.yaml"
    with smtp_server.serving() as post, Store.create(tmp_path / "data" / "clipper.db") as store:
        config.write_text(
            CONFIG.format(port=post.port) + "  cutoff: '06:30'\n  zone: Europe/Madrid\n"
        )
        jobs = {job.name: job for job in _Acts(config, tmp_path / "data", store, True).daily()}
        assert (jobs["brief"].at, jobs["brief"].zone) == (time(6, 30), MADRID)
        jobs["brief"].act(lambda: False)
        jobs["brief"].act(lambda: False)
        assert len(post.taken) == 2


def test_a_brief_that_nobody_takes_fails_so_that_it_is_tried_again(tmp_path: Path) -> None:
    config = tmp_path / "sources.yaml"
    with smtp_server.serving() as post:
        port = post.port  # nobody listens there after this
    config.write_text(CONFIG.format(port=port))
    with Store.create(tmp_path / "data" / "clipper.db") as store:
        jobs = {job.name: job for job in _Acts(config, tmp_path / "data", store, True).daily()}
        with pytest.raises(Refused, match=r"ana@press\.example"):
            jobs["brief"].act(lambda: False)
