"""Whether a source still brings what it used to: its history in, findings in words out.

A source is silent when, at the last look that succeeded, its newest entry had been waited
for longer than twice the longest gap of its own history, and never less than `LEAST`. Until
it has shown `ENOUGH` gaps nothing is said: a history so short makes any silence plausible.
What was not looked at does not count as silence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

LEAST = timedelta(days=2)
ENOUGH = 8
FAILING = 3
"""Polls that failed in a row before somebody is told."""

PAGES = 10
"""Entries asked for before a share of unreadable ones means anything."""

JUMP = 0.3
"""By how much the share of unreadable pages may rise over the source's own before."""


class Level(StrEnum):
    """How much a finding matters: an alarm needs a person."""

    NOTE = "note"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be. `since` is None where no time is known."""

    area: str
    subject: str
    level: Level
    text: str
    remedy: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a source. `news` are the times at which a round found new entries,
    oldest first; `lately` and `before` are (pages had, pages failed) of two spans of time."""

    slug: str
    news: Sequence[datetime] = ()
    last_success_at: datetime | None = None
    failures: int = 0
    error: str = ""
    gone: bool = False
    lately: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (0, 0)


def plausible(news: Sequence[datetime]) -> timedelta | None:
    """The longest silence that this history makes plausible; None while it is too short."""
    gaps = [later - earlier for earlier, later in pairwise(news)]
    return max(LEAST, 2 * max(gaps)) if len(gaps) >= ENOUGH else None


def judge(history: History) -> tuple[Finding, ...]:
    """What is wrong with a source; empty when all is well."""
    found = _unreached(history) or _silent(history)
    return tuple(each for each in (found, _unreadable(history)) if each)


def _unreached(history: History) -> Finding | None:
    if history.gone:
        text = "the outlet says that this address is gone for good."
        remedy = "Look for its new address and put it into sources.yaml."
        return _finding(history, Level.ALARM, text, remedy, history.last_success_at)
    if history.failures < FAILING:
        return None
    text = f"the last {history.failures} looks failed: {history.error}"
    remedy = "Open the address in a browser; if the outlet moved, put the new one into the config."
    return _finding(history, Level.ALARM, text, remedy, history.last_success_at)


def _silent(history: History) -> Finding | None:
    longest = plausible(history.news)
    if longest is None or history.last_success_at is None:
        return None
    silence = history.last_success_at - history.news[-1]
    if silence <= longest:
        return None
    text = (
        f"nothing new for {_span(silence)}, though it answers; "
        f"by its own history {_span(longest)} would be long."
    )
    remedy = "Look at the outlet's home page: if it has newer stories, its feed moved or broke."
    return _finding(history, Level.ALARM, text, remedy, history.news[-1])


def _unreadable(history: History) -> Finding | None:
    lately, before = _share(history.lately), _share(history.before)
    if lately is None or before is None or lately - before < JUMP:
        return None
    text = f"{lately:.0%} of its pages could not be had this week, {before:.0%} before."
    remedy = "Open one of its stories: a wall, a consent page or a new address may be the cause."
    return _finding(history, Level.WARNING, text, remedy, None)


def _share(pages: tuple[int, int]) -> float | None:
    had, failed = pages
    return failed / (had + failed) if had + failed >= PAGES else None


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span.days >= 2 else f"{int(span.total_seconds() // 3600)} hours"


def _finding(
    history: History, level: Level, text: str, remedy: str, since: datetime | None
) -> Finding:
    return Finding(
        area="sources", subject=history.slug, level=level, text=text, remedy=remedy, since=since
    )
