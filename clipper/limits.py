"""Which limit holds for an excerpt: the outlet's profile, the wire's, or what an outlet granted.

    profile -> the stricter of it and the wire's, for copy of an agency -> a grant in force

It is policy, not law; `docs/explanation/attribution-and-fair-quoting.md` has the facts behind
the figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from .model import WIRE, Basis, Budget, Figures, Grant

_LAST_HOURS = timedelta(hours=12)

BASES: Final = {
    Basis.LICENCE: "a licence",
    Basis.PERMISSION: "a permission",
    Basis.OWN_TEXT: "our own text",
}
"""What each basis is called in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What holds for an excerpt at one moment, and why.

    `words` and `share` are for one excerpt, the totals for all that ever left of the article.
    `profile` is the name of the figures, "" for the house's, "wire" for an agency's where those
    are stricter; `wire` is the agency then. `grant` is the one in force, `lapsed` one that is
    over: the profile holds again.
    """

    words: int
    share: float
    total_words: int
    total_share: float
    profile: str = ""
    wire: str = ""
    grant: Grant | None = None
    lapsed: Grant | None = None

    @property
    def why(self) -> str:
        """Whose limit it is, in words, without a full stop."""
        if self.grant is not None:
            by = f" by {self.grant.by}" if self.grant.by else ""
            until = f" until {self.grant.until:%Y-%m-%d}" if self.grant.until else ""
            return f"{BASES[self.grant.basis]}{by}{until}"
        own = f"the limit for copy of agencies ({self.wire})" if self.wire else ""
        own = own or (f"the profile “{self.profile}”" if self.profile else "the house's limit")
        return f"{own}; {lapse(self.lapsed)}" if self.lapsed else own


def lapse(grant: Grant) -> str:
    """That a grant is over, in words, without a full stop."""
    assert grant.until is not None
    by = f" by {grant.by}" if grant.by else ""
    return f"{BASES[grant.basis]}{by} ended on {grant.until:%Y-%m-%d}"


def limit(budget: Budget, wire: str, now: datetime) -> Limit:
    """What holds at `now` for an article of an outlet with that budget. `wire` is the agency
    that is credited for the copy, "" for the outlet's own."""
    grant = budget.grant
    over = grant is not None and grant.until is not None and is_over(grant.until, now)
    if grant is not None and not over and (grant.agency or not wire):
        return _limit(grant.figures, grant=grant)
    lapsed = grant if over else None
    if not wire:
        return _limit(budget, profile=budget.profile, lapsed=lapsed)
    stricter = _stricter(budget, budget.wire or WIRE)
    return _limit(stricter, profile="wire", wire=wire, lapsed=lapsed)


def proposal(budget: Budget, wire: str) -> Figures:
    """The figures for the excerpt that clipper proposes: the profile's, whatever was granted
    above them, so that none is over the limit because a grant has ended. Less, where less was
    granted."""
    own = _stricter(budget, budget.wire or WIRE) if wire else budget
    return _stricter(own, budget.grant.figures) if budget.grant is not None else own


def is_over(until: date, now: datetime) -> bool:
    """Whether the day is over everywhere: it counts as long as some clock on Earth shows it."""
    midnight = datetime.combine(until, time(), UTC) + timedelta(days=1)
    return now >= midnight + _LAST_HOURS


def _stricter(one: Figures, other: Figures) -> Figures:
    return Figures(
        words=min(one.words, other.words),
        share=min(one.share, other.share),
        total_words=min(one.all_words, other.all_words),
        total_share=min(one.all_share, other.all_share),
    )


def _limit(figures: Figures, **why: Any) -> Limit:
    return Limit(
        words=figures.words,
        share=figures.share,
        total_words=figures.all_words,
        total_share=figures.all_share,
        **why,
    )
