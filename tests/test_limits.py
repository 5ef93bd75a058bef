"""Which limit holds: a table of cases, and the day on which a grant ends."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from clipper import limits
from clipper.model import WHOLE, WIRE, Basis, Budget, Figures, Grant

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LICENCE = Grant(
    figures=Figures(words=400, share=1.0), basis=Basis.LICENCE, by="Jo Doe", until=date(2026, 3, 1)
)
ENDED = Grant(
    figures=Figures(words=400, share=1.0),
    basis=Basis.PERMISSION,
    by="Jo Doe",
    until=date(2026, 2, 1),
)
AGENCY = Grant(figures=Figures(words=300, share=1.0), basis=Basis.LICENCE, by="AP", agency=True)
OWN = Grant(figures=WHOLE, basis=Basis.OWN_TEXT)

CASES = (
    # budget, wire, words, total, why
    (Budget(), "", 150, 225, "the house's limit"),
    (Budget(total_words=160), "", 150, 160, "the house's limit"),
    (Budget(words=60, profile="brief"), "", 60, 90, "the profile “brief”"),
    (Budget(), "AP", 75, 113, "the limit for copy of agencies (AP)"),
    (Budget(words=50), "AP", 50, 75, "the limit for copy of agencies (AP)"),
    (Budget(wire=Figures(words=20)), "AP", 20, 30, "the limit for copy of agencies (AP)"),
    (Budget(grant=LICENCE), "", 400, 600, "a licence by Jo Doe until 2026-03-01"),
    (Budget(grant=LICENCE), "AP", 75, 113, "the limit for copy of agencies (AP)"),
    (Budget(grant=AGENCY), "AP", 300, 450, "a licence by AP"),
    (Budget(grant=OWN), "", 1_000_000, 1_000_000, "our own text"),
    (
        Budget(grant=ENDED), "", 150, 225,
        "the house's limit; a permission by Jo Doe ended on 2026-02-01",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("budget", "wire", "words", "total", "why"), CASES)
def test_which_limit_holds_and_why(
    budget: Budget, wire: str, words: int, total: int, why: str
) -> None:
    found = limits.limit(budget, wire, NOW)
    assert (found.words, found.total_words, found.why) == (words, total, why)


@pytest.mark.parametrize(
    ("now", "over"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), False),
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), False),
        # It is still the first of March in Hawaii.
        (datetime(2026, 3, 2, 9, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 11, 59, tzinfo=UTC), False),
        (datetime(2026, 3, 2, 12, 0, tzinfo=UTC), True),
        (datetime(2027, 1, 1, tzinfo=UTC), True),
    ],
)
def test_the_last_day_of_a_grant_counts_wherever_it_is_that_day(now: datetime, over: bool) -> None:
    assert limits.is_over(date(2026, 3, 1), now) is over
    found = limits.limit(Budget(grant=LICENCE), "", now)
    assert (found.words, found.lapsed) == ((150, LICENCE) if over else (400, None))


def test_what_is_proposed_never_leans_on_a_grant_that_may_end() -> None:
    assert limits.proposal(Budget(grant=LICENCE), "").words == 150
    assert limits.proposal(Budget(), "Reuters").words == WIRE.words
    little = Grant(figures=Figures(words=30), basis=Basis.PERMISSION, by="Jo Doe")
    assert limits.proposal(Budget(grant=little), "").words == 30
