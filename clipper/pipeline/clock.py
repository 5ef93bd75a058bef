"""How far this machine's clock is from the outlets': their Date headers against our time."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from ..model import Page
from ..store import Store

KEPT = "clock"
LASTING = timedelta(days=7)
FEWEST = 2
"""Hosts that must have told the time: one alone may be wrong itself."""


@dataclass(frozen=True, slots=True)
class Skew:
    """By how much this machine's clock is ahead of the median of so many hosts' clocks."""

    ahead: timedelta
    hosts: int


def ahead_of(page: Page) -> float | None:
    """By how many seconds we are ahead of the server that wrote this answer.

    None where it does not tell the time, or a cache answered with an older copy.
    """
    if page.header("age").strip() not in ("", "0"):
        return None
    try:
        told = parsedate_to_datetime(page.header("date")[:60])
        return (
            page.fetched_at - (told if told.tzinfo else told.replace(tzinfo=UTC))
        ).total_seconds()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def keep(store: Store, aheads: Iterable[float], now: datetime) -> None:
    """Keep the median of what the hosts of a round told, one value a host."""
    told = sorted(aheads)
    if len(told) >= FEWEST:
        value = json.dumps({"ahead": statistics.median(told), "hosts": len(told)})
        store.remember(KEPT, value, now, lasting=LASTING)


def kept(store: Store, now: datetime) -> Skew | None:
    """What the latest rounds told, None where they told nothing."""
    value = store.recall(KEPT, now)
    if value is None:
        return None
    told = json.loads(value)
    return Skew(timedelta(seconds=told["ahead"]), told["hosts"])
