"""What "no coverage" is worth: which gaps are seen, and which are none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from clipper import demo
from clipper.cli.completeness import _monday, of_week
from clipper.completeness import (
    WORDS,
    Cause,
    Kind,
    Watched,
    account,
    judge,
    of_line,
    reason,
    remarks,
    verdict,
)
from clipper.model import LedgerLine, Poll
from clipper.store import Role, Store
from clipper.web import language

from . import desks, keeping
from .keeping import DAILY, HERALD, HOUR, NOW
from .rounds import clipper, ledger

SINCE, UNTIL = NOW - timedelta(days=7), NOW


FAILED = {"looked": False, "error": "It does not answer.", "seen": 0, "new": 0}


def look(hours: float, **told: object) -> tuple[float, LedgerLine]:
    """A look so many hours before the end; by default five listed, one of them new."""
    fields = {"looked": True, "seen": 5, "new": 1} | told
    return hours, LedgerLine(source=DAILY.slug, outlet="daily", **fields)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as made:
        made.sources.sync([DAILY], [], SINCE - timedelta(days=30))
        yield made


@pytest.fixture
def cause(store: Store) -> Callable[..., object]:
    """The cause that these looks leave, kept in the ledger and summed up by the store."""

    def found(*looks: tuple[float, LedgerLine], known: bool = True, gone: bool = False) -> object:
        if known:
            keeping.waiting(store, "before", now=SINCE - timedelta(days=1))
        for hours, line in looks:
            store.ledger.line(store.ledger.open(UNTIL - timedelta(hours=hours)), line)
        (watched,) = store.accounts.watched(SINCE, UNTIL)
        gap = judge(replace(watched, gone=gone), SINCE, UNTIL)
        return gap.cause if gap else None

    return found


Found = Callable[..., object]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        ([look(100), look(50), look(1)], None),
        ([look(100), look(50, seen=0, new=0, unchanged=True)], None),
        ([], Cause.NEVER),
        ([look(5, **FAILED)], Cause.FAILED),
        # A failure in between is no gap while the list overlaps.
        ([look(100), look(50, **FAILED), look(20)], None),
        ([look(100), look(6), look(3, **FAILED)], None),
        ([look(100), look(30), look(10, **FAILED)], Cause.LATE),
        ([look(50), look(1, new=5)], Cause.SLIPPED),
        (
            [look(50), look(1, new=3, dropped={"already had from x": 2, "no query matched": 3})],
            Cause.SLIPPED,
        ),
        ([look(50), look(1, new=3, dropped={"already had from x": 1})], None),
        ([look(2), look(1, seen=1, new=1)], None),
        ([look(1, dropped={"past the limit of one look": 7})], Cause.LEFT_OFF),
        ([look(1, fetched=5, failed=5)], Cause.PAGES),
        ([look(1, fetched=10, walled=2)], Cause.PAGES),
        ([look(1, fetched=95, failed=5)], None),
        ([look(-1, **FAILED), look(1)], None),  # what is after the end does not count
    ],
)
def test_the_gravest_gap_is_found(
    cause: Found, looks: list[tuple[float, LedgerLine]], expected: Cause | None
) -> None:
    assert cause(*looks) is expected


def test_a_source_that_is_gone_is_told_as_such(cause: Found) -> None:
    assert cause(look(5, **FAILED), gone=True) is Cause.GONE


def test_a_list_that_stands_still_for_too_long_is_a_gap_of_the_week(store: Store) -> None:
    """Three stories a day for weeks, then none for five days, though it answers."""
    keeping.waiting(store, "before", now=SINCE - timedelta(days=29))
    for hours in range(24 * 29, -1, -8):
        new = 1 if hours > 24 * 5 else 0
        _, line = look(0, new=new)
        store.ledger.line(store.ledger.open(UNTIL - timedelta(hours=hours)), line)
        at = UNTIL - timedelta(hours=hours)
        store.sources.note_success(DAILY.slug, Poll(entries=()), new, at, UNTIL)
    monday = (UNTIL - timedelta(days=UNTIL.weekday())).date()
    (gap,) = of_week(store, monday, UNTIL).gaps
    assert gap.cause is Cause.SILENT
    assert reason(gap).startswith("it answers, but has had nothing new since 2026-")
    calm = of_week(store, monday - timedelta(days=14), UNTIL)
    assert calm.gaps == ()


def test_a_first_list_is_always_new_and_no_gap(cause: Found) -> None:
    assert cause(look(1, new=5), known=False) is None


def test_a_line_of_a_round_is_judged_as_the_ledgers_sums_are(cause: Found) -> None:
    for line, known in ((look(1, new=5)[1], True), (look(1, new=5)[1], False)):
        watched = of_line(line, UNTIL, known_before=known, gone=False)
        gap = judge(watched, SINCE, UNTIL)
        assert (gap.cause if gap else None) == (Cause.SLIPPED if known else None)
    gap = judge(of_line(look(1, **FAILED)[1], UNTIL, known_before=True, gone=False), SINCE, UNTIL)
    assert gap is not None
    assert gap.values == {"error": "It does not answer."}


def test_an_account_says_in_sentences_what_it_is_worth() -> None:
    whole = Watched(source="a", outlet="a", looks=1, reached_at=UNTIL, pages=100, failed=1)
    lost = Watched(source="b", outlet="b", looks=1, failed_at=UNTIL, error="It does not answer.")
    told = account(Kind.WEEK, "w", [whole, lost], SINCE, UNTIL, resting=3)
    assert verdict(told).startswith("“No coverage” can be said of 1 of 2 sources")
    assert reason(told.gaps[0]) == "it could not be looked at: It does not answer."
    assert any("1 could not be had" in each for each in remarks(told))
    assert any(each.startswith("3 more") for each in remarks(told))
    assert "All 1 sources" in verdict(account(Kind.WEEK, "w", [whole], SINCE, UNTIL))
    assert "no source" in verdict(account(Kind.WEEK, "w", [lost], SINCE, UNTIL))
    assert "nothing can be said" in verdict(account(Kind.WEEK, "w", [], SINCE, UNTIL))


def test_each_sentence_is_there_in_spanish() -> None:
    spanish = language.catalogue("es")
    assert [each for each in WORDS if spanish.gettext(each) == each] == []


# ---------------------------------------------------------------- kept


def test_a_week_is_made_from_the_ledger_and_stands_once_it_is_kept(tmp_path: Path) -> None:
    monday = date(2026, 2, 23)
    at = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    with Store.create(tmp_path / "clipper.db") as store:
        keeping.synced(store, now=at - timedelta(days=30))
        for hours in (50, 30, 10, -5):  # the last in the week after
            number = store.ledger.open(at - timedelta(hours=hours))
            line = LedgerLine(source=DAILY.slug, outlet="daily", looked=True, seen=5, new=1)
            store.ledger.line(number, line)
        told = of_week(store, monday, at)
        assert (told.name, told.sources, told.whole) == ("2026-W09", 2, 1)
        assert [(gap.source, gap.cause) for gap in told.gaps] == [(HERALD.slug, Cause.NEVER)]
        store.accounts.keep(told)
        assert store.accounts.last(Kind.WEEK) == told
        store.sources.sync([DAILY], [], at)
        assert of_week(store, monday, at) == told, "it stays as it was made"


def test_a_week_is_written_as_the_standard_has_it() -> None:
    assert _monday("2026-W48") == date(2026, 11, 23)
    assert _monday("2026-w01") == date(2025, 12, 29)
    for wrong in ("2026-48", "x", "2026-W60", ""):
        with pytest.raises(Exception, match="no week"):
            _monday(wrong)


def test_the_desk_tells_what_the_last_week_is_worth(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    with office.store as store:
        keeping.synced(store)
        number = store.ledger.open(desks.NOW - HOUR)
        line = LedgerLine(source=DAILY.slug, outlet="daily", looked=True, seen=5, new=1)
        store.ledger.line(number, line)
        page = desks.client_of(office, Role.VIEWER).get("/sources").text
        assert "can be said of 1 of 2 sources" in page
        assert "it was not looked at in this time" in page


# ---------------------------------------------------------------- a whole round


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(datetime(2026, 3, 4, 12, tzinfo=UTC), port_base=0) as served:
        yield served


def test_a_round_ends_with_its_account_and_keeps_it(
    servers: tuple[demo.Served, ...], tmp_path: Path
) -> None:
    config = demo.write_config(tmp_path, servers)
    dead = "outlets:\n  - name: Dead Outlet\n    feed: http://127.0.0.1:9/feed\n    gap: 0\n"
    config.write_text(config.read_text().replace("outlets:\n", dead, 1))
    done = clipper(tmp_path, "fetch", expect=1)
    number = len(servers)
    assert f"can be said of {number} of {number + 1} sources" in done.stdout or (
        "could not be had or read" in done.stdout
    )
    assert "Dead Outlet: it could not be looked at" in done.stdout
    again = clipper(tmp_path, "completeness")
    assert "Dead Outlet: it could not be looked at" in again.stdout
    week = json.loads(clipper(tmp_path, "completeness", "--week", "--json").stdout)
    assert week["sources"] == number + 1
    ledger(tmp_path, "dead-outlet", expect=1)
    told = json.loads(clipper(tmp_path, "completeness", "--json").stdout)
    assert (told["sources"], told["whole"], told["resting"]) == (1, 0, number)
