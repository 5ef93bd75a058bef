"""How long a host asks us to wait: Retry-After (RFC 9110, 10.2.3), proof against junk."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DAY = 86_400.0
"""Seconds; the longest wait that is honoured."""

_SECONDS = re.compile(r"[0-9]{1,400}", re.ASCII)


def retry_after(value: str, *, date: str = "", now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, at most a day; None when it asks for none.

    A date counts from the answer's own `date` header, because the server wrote both by the
    same clock, else from `now`. Zero, the past and junk ask for nothing.

    >>> retry_after("120", now=datetime(2024, 1, 1, tzinfo=UTC))
    120.0
    """
    text = value.strip()[:400]
    if _SECONDS.fullmatch(text):
        return min(float(text), DAY) or None
    due = _date(text)
    if due is None:
        return None
    wait = (due - (_date(date) or now)).total_seconds()
    return min(wait, DAY) if wait > 0 else None


def _date(text: str) -> datetime | None:
    if len(text) > 60:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
