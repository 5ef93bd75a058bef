"""The timer: APScheduler, made to bear a clock that is set back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

GRACE = timedelta(hours=6)
"""How late a tick may come and still count; it asks what is due, so late is as good."""

TICK = "tick"


class Timer(BackgroundScheduler):  # type: ignore[misc]
    """APScheduler's, whose longest wait is one interval.

    Its own wait ends at a time of the wall clock: when that is set back by a day, nothing
    would run for a day.
    """

    def __init__(self, interval: timedelta, zone: ZoneInfo) -> None:
        super().__init__(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={
                "coalesce": True,
                "max_instances": 1,
                "misfire_grace_time": int(GRACE.total_seconds()),
            },
            timezone=zone,
        )
        self.interval = interval

    def _process_jobs(self) -> Any:
        job = self.get_job(TICK)
        now = datetime.now(self.timezone)
        if job is not None and job.next_run_time > now + 2 * self.interval:
            self.modify_job(TICK, next_run_time=now)
        waits = super()._process_jobs()
        longest = self.interval.total_seconds()
        return longest if waits is None else min(waits, longest)


def start(act: Callable[[], None], seconds: float, zone: ZoneInfo) -> Timer:
    """Have `act` called now and every so many seconds, in one thread, until `shutdown()`."""
    # A round that outlasts the interval is no news: the tick after it asks what is due.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    timer = Timer(timedelta(seconds=seconds), zone)
    timer.add_job(act, "interval", id=TICK, seconds=seconds, next_run_time=datetime.now(zone))
    timer.start()
    return timer
