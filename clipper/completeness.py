"""What "no coverage" is worth: which sources were looked at without a gap, and which were not.

    the ledger's lines of a round or a week -> Completeness -> sentences

A source is whole when it was reached, to the end of the time, no list was replaced between two
looks, and nearly all pages were had. What an outlet never lists, nobody can know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from .model import LedgerLine
from .sentences import Value, filled

LATE = timedelta(hours=7)
"""For so long before the end a source may be unreached: at its quiet hours it is looked at every
six hours."""

PAGES = 0.1
"""The share of pages that may be missing before a source counts as not whole."""

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
    Cause.SLIPPED: "all of its list was new at %(number)s of its looks, so stories may have "
    "slipped by before",
    Cause.LEFT_OFF: "%(number)s entries were past the limit of one look",
    Cause.PAGES: "%(missing)s of %(pages)s pages could not be had or were walls; those stories "
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
    """One source and its looks in the time that is accounted for, oldest first.

    `known_before`: it was looked at before that time, so that a wholly new list tells of a gap.
    """

    source: str
    outlet: str
    looks: Sequence[tuple[datetime, LedgerLine]] = ()
    known_before: bool = False
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
) -> Completeness:
    """The account of these sources' looks between two times."""
    sources = tuple(watched)
    gaps = tuple(gap for each in sources if (gap := judge(each, began_at, ended_at)))
    lines = [line for each in sources for _, line in each.looks]
    return Completeness(
        kind=kind,
        name=name,
        began_at=began_at,
        ended_at=ended_at,
        sources=len(sources),
        whole=len(sources) - len(gaps),
        resting=resting,
        pages=sum(line.fetched + line.failed for line in lines),
        failed=sum(line.failed for line in lines),
        gaps=tuple(sorted(gaps, key=lambda gap: (list(Cause).index(gap.cause), gap.source))),
    )


def judge(watched: Watched, began_at: datetime, ended_at: datetime) -> Gap | None:
    """The gravest gap of one source, None when it was looked at without one."""
    reached = [(at, line) for at, line in watched.looks if line.looked]
    if not reached:
        return _unknown(watched)
    last_at, lines = reached[-1][0], [line for _, line in reached]
    later = [line.error for at, line in watched.looks if at > last_at and not line.looked]
    if later and ended_at - last_at > min(LATE, ended_at - began_at):
        when = f"{last_at:%Y-%m-%d %H:%M} UTC"
        return _gap(watched, Cause.LATE, when=when, error=later[-1])
    slipped = sum(map(_is_all_new, lines if watched.known_before else lines[1:]))
    if slipped:
        return _gap(watched, Cause.SLIPPED, number=str(slipped))
    left_off = sum(line.dropped.get("past the limit of one look", 0) for line in lines)
    if left_off:
        return _gap(watched, Cause.LEFT_OFF, number=str(left_off))
    pages = sum(line.fetched + line.failed for line in lines)
    missing = sum(line.failed + line.walled for line in lines)
    if missing > PAGES * pages:
        return _gap(watched, Cause.PAGES, missing=str(missing), pages=str(pages))
    return None


def _unknown(watched: Watched) -> Gap:
    if watched.gone:
        return _gap(watched, Cause.GONE)
    if watched.looks:
        return _gap(watched, Cause.FAILED, error=watched.looks[-1][1].error)
    return _gap(watched, Cause.NEVER)


def _is_all_new(line: LedgerLine) -> bool:
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
