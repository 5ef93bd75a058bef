"""Whether what is done once a day is to be done now: values in, values out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def due_daily(now: datetime, done: Collection[date], at: time, zone: ZoneInfo) -> date | None:
    """The local day whose job is to be done now; None when nothing is to be done.

    `now` is aware, `done` the local days that were done, `at` the local time of
    the job in `zone`. Each day is done once: a day that was slept through is caught up as
    soon as possible, but only the newest such day. On the day when the clock skips that time
    it is an hour later, and where it comes twice, the first counts. A day done while the
    clock was wrong does not keep the other days from being done.
    """
    today = now.astimezone(zone).date()
    if now >= _moment(today, at, zone):
        return None if today in done else today
    yesterday = today - timedelta(days=1)
    # Where nothing was done before yesterday, clipper was not here to do it.
    if yesterday in done or not any(day < yesterday for day in done):
        return None
    return yesterday


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """When it is `at` in `zone` on `day`, in UTC: two aware times of one zone would be
    compared by their clock faces."""
    local = datetime.combine(day, at, zone)
    return local.astimezone(ZoneInfo("UTC"))
