"""What "no coverage" is worth: which sources were looked at without a gap, and which were not.

    the ledger's lines of a round or a week -> Completeness -> sentences

A source is whole when it was reached, to the end of the time, no list was replaced between two
looks, and nearly all pages were had. What an outlet never lists, nobody can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from .model import LedgerLine
from .sentences import Value, filled

LATE = timedelta(hours=7)
"""For so long before the end a source may be unreached: at its quiet hours it is looked at every
six hours."""

PAGES = 0.1
"""The share of pages that may be missing before a source counts as not whole."""

LEFT_OFF = "past the limit of one look"
"""The ledger's reason for entries that were listed and not taken."""

OWNED = "already had from"
"""How the ledger's reason begins for an entry that was new in this source alone."""


class Kind(StrEnum):
    """What is accounted for."""

    ROUND = "round"
    WEEK = "week"


class Cause(StrEnum):
    """Why "no coverage" can't be said of a source; the gravest first."""

    GONE = "gone"
    FAILED = "failed"
    NEVER = "never"
    LATE = "late"
    SILENT = "silent"
    SLIPPED = "slipped"
    LEFT_OFF = "left-off"
    PAGES = "pages"


UNKNOWN = frozenset({Cause.GONE, Cause.FAILED, Cause.NEVER})
"""Causes by which nothing is known of what a source published in that time."""

SENTENCES: Mapping[Cause, str] = {
    Cause.GONE: "it says that it is gone for good, so it is not looked at any more",
    Cause.FAILED: "it could not be looked at: %(error)s",
    Cause.NEVER: "it was not looked at in this time",
    Cause.LATE: "it was not reached after %(when)s: %(error)s",
    Cause.SILENT: "it answers, but has had nothing new since %(when)s, which is long by its own "
    "history: its list may be broken",
    Cause.SLIPPED: "all of its list was new at %(number)s of its looks, so stories may have "
    "slipped by before",
    Cause.LEFT_OFF: "%(number)s entries were past the limit of one look",
    Cause.PAGES: "%(missing)s of %(pages)s pages could not be had or read; those stories "
    "were judged by the words of its list",
}
ALL = (
    "All %(number)s sources were looked at without a gap: where nothing was found, they listed "
    "nothing that matched."
)
SOME = "“No coverage” can be said of %(whole)s of %(number)s sources, not of these:"
NONE = "“No coverage” can be said of no source in this time:"
NOTHING = "No source was looked at in this time, so nothing can be said of it."
RESTING = "%(number)s more were not asked this time and stand as they did."
MISSING = (
    "Of %(pages)s pages %(failed)s could not be had; those stories were judged by the words of "
    "the list."
)

WORDS = (*SENTENCES.values(), ALL, SOME, NONE, NOTHING, RESTING, MISSING)
"""All sentences, for those who translate them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One source in the time that is accounted for: the sums of its looks.

    `looks` in all; `reached_at` the last that succeeded, `failed_at` the last that did not,
    with its `error`; `slipped`: looks at a list that was wholly new (not counting the first
    look of all); `left_off` entries past the limit; `pages` asked for, `failed` of them not
    had, `walled` of them without their story.
    """

    source: str
    outlet: str
    looks: int = 0
    reached_at: datetime | None = None
    failed_at: datetime | None = None
    error: str = ""
    slipped: int = 0
    left_off: int = 0
    pages: int = 0
    failed: int = 0
    walled: int = 0
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Why "no coverage" can't be said of one source; `values` fill the cause's sentence."""

    source: str
    outlet: str
    cause: Cause
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completeness:
    """An account of a round or a week.

    `sources` were to be looked at, `whole` of them without a gap, the rest are in `gaps`;
    `resting` were not asked. `pages` were asked for, `failed` of them could not be had. `name`
    tells it from others of its kind: a round's number, a week as `2026-W48`.
    """

    kind: Kind
    name: str
    began_at: datetime
    ended_at: datetime
    sources: int
    whole: int
    resting: int = 0
    pages: int = 0
    failed: int = 0
    gaps: tuple[Gap, ...] = ()


def account(
    kind: Kind,
    name: str,
    watched: Iterable[Watched],
    began_at: datetime,
    ended_at: datetime,
    *,
    resting: int = 0,
    silent: Mapping[str, datetime] = MappingProxyType({}),
) -> Completeness:
    """The account of these sources' looks between two times. `silent` are sources that had
    nothing new for longer than their history makes plausible, and since when."""
    sources = tuple(watched)
    gaps = tuple(
        gap
        for each in sources
        if (gap := judge(each, began_at, ended_at, silent_since=silent.get(each.source)))
    )
    return Completeness(
        kind=kind,
        name=name,
        began_at=began_at,
        ended_at=ended_at,
        sources=len(sources),
        whole=len(sources) - len(gaps),
        resting=resting,
        pages=sum(each.pages for each in sources),
        failed=sum(each.failed for each in sources),
        gaps=tuple(sorted(gaps, key=lambda gap: (list(Cause).index(gap.cause), gap.source))),
    )


def judge(
    watched: Watched,
    began_at: datetime,
    ended_at: datetime,
    *,
    silent_since: datetime | None = None,
) -> Gap | None:
    """The gravest gap of one source, None when it was looked at without one."""
    reached, failed = watched.reached_at, watched.failed_at
    if reached is None:
        return _unknown(watched)
    if failed and failed > reached and ended_at - reached > min(LATE, ended_at - began_at):
        when = f"{reached:%Y-%m-%d %H:%M} UTC"
        return _gap(watched, Cause.LATE, when=when, error=watched.error)
    if silent_since is not None and silent_since < ended_at:
        return _gap(watched, Cause.SILENT, when=f"{silent_since:%Y-%m-%d %H:%M} UTC")
    if watched.slipped:
        return _gap(watched, Cause.SLIPPED, number=str(watched.slipped))
    if watched.left_off:
        return _gap(watched, Cause.LEFT_OFF, number=str(watched.left_off))
    missing = watched.failed + watched.walled
    if missing > PAGES * watched.pages:
        pages = str(watched.pages)
        return _gap(watched, Cause.PAGES, missing=str(missing), pages=pages)
    return None


def _unknown(watched: Watched) -> Gap:
    if watched.gone:
        return _gap(watched, Cause.GONE)
    if watched.looks:
        return _gap(watched, Cause.FAILED, error=watched.error)
    return _gap(watched, Cause.NEVER)


def of_line(line: LedgerLine, at: datetime, *, known_before: bool, gone: bool) -> Watched:
    """One source in a round: its line, written at `at`. `known_before`: it was looked at
    before, so that a wholly new list tells of a gap."""
    return Watched(
        source=line.source,
        outlet=line.outlet,
        looks=1,
        reached_at=at if line.looked else None,
        failed_at=None if line.looked else at,
        error="" if line.looked else line.error,
        slipped=int(known_before and is_all_new(line)),
        left_off=line.dropped.get(LEFT_OFF, 0),
        pages=line.fetched + line.failed,
        failed=line.failed,
        walled=line.walled,
        gone=gone,
    )


def is_all_new(line: LedgerLine) -> bool:
    """Whether nothing that was seen before was left in the list; a list of two tells little."""
    owned = sum(number for why, number in line.dropped.items() if why.startswith(OWNED))
    return line.seen > 2 and line.new + owned >= line.seen


def _gap(watched: Watched, cause: Cause, **values: str) -> Gap:
    return Gap(source=watched.source, outlet=watched.outlet, cause=cause, values=values)


# ---------------------------------------------------------------- in words


def verdict(told: Completeness, translate: Callable[[str], str] = str) -> str:
    """What the account means for "no coverage", in a sentence."""
    sentence = SOME
    if not told.sources:
        sentence = NOTHING
    elif told.whole == told.sources:
        sentence = ALL
    elif not told.whole:
        sentence = NONE
    values: dict[str, Value] = {"number": str(told.sources), "whole": str(told.whole)}
    return filled(sentence, values, translate)


def reason(gap: Gap, translate: Callable[[str], str] = str) -> str:
    """Why "no coverage" can't be said of a source."""
    return filled(SENTENCES[gap.cause], gap.values, translate)


def remarks(told: Completeness, translate: Callable[[str], str] = str) -> tuple[str, ...]:
    """What else is to be known of the account."""
    found = []
    if told.failed:
        pages: dict[str, Value] = {"pages": str(told.pages), "failed": str(told.failed)}
        found.append(filled(MISSING, pages, translate))
    if told.resting:
        found.append(filled(RESTING, {"number": str(told.resting)}, translate))
    return tuple(found)
