"""Link rot: what became of the pages that were clipped, from the looks that were made.

Pure: values in, figures out. A figure here is a count, with the number of pages that it rests
on; nothing is said of pages that nobody looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

AGES: Final = ((7, "in the first week"), (30, "8 to 30 days"), (90, "31 to 90 days"),
               (365, "91 to 365 days"))  # fmt: skip
"""Days between publication and the last look, at most, and what they are called."""
OLDER: Final = "more than a year"


class State(StrEnum):
    """What the last look found; of a page that stands, whether any look found other words."""

    SAME = "same"
    CHANGED = "changed"
    GONE = "gone"
    HOME = "home"
    """The address leads to the outlet's home page."""
    UNREADABLE = "unreadable"
    """A wall stands there, or its text is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A clipped page: its outlet's slug, when its clipping was published first, when it was
    looked at last (None: never), what that look found, and what all looks found."""

    clipping: int
    outlet: str
    published_at: datetime
    looked_at: datetime | None = None
    last: frozenset[str] = frozenset()
    ever: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Of so many pages, how many were looked at, and in which state these were at their last
    look. `excerpt` counts those on which a look missed words that were republished."""

    name: str
    pages: int
    looked: int
    same: int
    changed: int
    gone: int
    home: int
    unreadable: int
    excerpt: int

    @property
    def lost(self) -> int:
        """Pages that a reader's click reaches no more."""
        return self.gone + self.home


@dataclass(frozen=True, slots=True, kw_only=True)
class Rot:
    """The whole archive, by outlet (the most pages first), and by age at the last look; from
    looks made between `first` and `last`, None when there are none."""

    all: Tally
    outlets: tuple[Tally, ...]
    ages: tuple[Tally, ...]
    first: datetime | None
    last: datetime | None


def rot(pages: Iterable[Watched]) -> Rot:
    """The figures of these pages."""
    told = tuple(pages)
    looked = [each.looked_at for each in told if each.looked_at is not None]
    outlets = sorted(_by(told, lambda each: each.outlet), key=lambda each: (-each.pages, each.name))
    order = [*(name for _, name in AGES), OLDER]
    ages = _by([each for each in told if each.looked_at], age)
    return Rot(
        all=tally("", told),
        outlets=tuple(outlets),
        ages=tuple(sorted(ages, key=lambda each: order.index(each.name))),
        first=min(looked, default=None),
        last=max(looked, default=None),
    )


def state(page: Watched) -> State:
    """The state of a page that was looked at."""
    for each in (State.GONE, State.HOME, State.UNREADABLE):
        if each.value in page.last:
            return each
    return State.CHANGED if page.ever & {"headline", "text"} else State.SAME


def age(page: Watched) -> str:
    """How old its clipping was at the last look, in words."""
    assert page.looked_at is not None
    days = (page.looked_at - page.published_at).days
    return next((name for most, name in AGES if days <= most), OLDER)


def tally(name: str, pages: Iterable[Watched]) -> Tally:
    """The figures of some pages together."""
    told = list(pages)
    looked = [each for each in told if each.looked_at is not None]
    states = [state(each) for each in looked]
    return Tally(
        name=name,
        pages=len(told),
        looked=len(looked),
        same=states.count(State.SAME),
        changed=states.count(State.CHANGED),
        gone=states.count(State.GONE),
        home=states.count(State.HOME),
        unreadable=states.count(State.UNREADABLE),
        excerpt=sum("excerpt" in each.ever for each in looked),
    )


def _by(pages: Iterable[Watched], name: Callable[[Watched], str]) -> list[Tally]:
    groups: dict[str, list[Watched]] = {}
    for each in pages:
        groups.setdefault(name(each), []).append(each)
    return [tally(key, group) for key, group in groups.items()]
