"""Quiet hours, by the clock on the wall."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo


def is_quiet(now: datetime, hours: tuple[time, time] | None, zone: str) -> bool:
    """Whether the clock of `zone` stands within `hours` (first included, last not).

    They may span midnight. On the days when clocks change this holds too: an hour that comes
    twice is quiet twice, and where the last hour is left out, quiet ends with the jump.
    """
    if hours is None:
        return False
    begin, end = hours
    at = now.astimezone(ZoneInfo(zone)).time()
    return begin <= at < end if begin < end else at >= begin or at < end
