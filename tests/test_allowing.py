"""No act takes more of an article out of the house than the limit says, without a reason."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import desk, text
from clipper.desk import Many, Order, Words, publish
from clipper.desk.allowing import measured, passages
from clipper.desk.briefing import BriefRules, Recipient, send
from clipper.errors import OverLimit, Refused
from clipper.limits import limit
from clipper.model import Basis, Budget, Clipping, Excerpt, Figures, Grant, Span, Status
from clipper.store import Store, released
from clipper.testing import Shelf

from .keeping import HERALD, NOW, OUTLETS, joining, queued, reading, saved, synced

ANA: dict[str, Any] = {"who": "ana", "now": NOW}
WIDE = Budget(words=500, share=1.0)
TEN = "One two three four five. Six seven eight nine ten."
LONG = "\n".join(f"{letter}a {letter}b {letter}c {letter}d {letter}e." for letter in "abcdefgh")
"""Eight paragraphs of five words."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


def paragraphs(*numbers: int) -> tuple[Span, ...]:
    found = text.blocks(LONG)
    return tuple(found[number] for number in sorted(numbers))


def long(store: Store, **fields: Any) -> int:
    return queued(store, read=reading(text=LONG, **fields))


def sent(store: Store, shelf: Shelf | None = None) -> None:
    """All that stands goes out to one place."""
    updates = desk.standing(store, OUTLETS, "", {})
    done = publish(
        store, Order(updates=updates, who="ana", now=NOW), [shelf or Shelf(name="shelf")]
    )
    assert not [each.trouble for each in done if each.trouble]


# ---------------------------------------------------------------- measuring


CASES = (
    # chosen, left before, words, total, over
    ([(0, 24)], [], 5, 5, 0),
    ([(0, 24)], ["One two three four five."], 5, 5, 0),
    ([(0, 24)], ["Six seven"], 5, 7, 0),
    ([(0, 24)], ["four five. Six seven"], 5, 7, 0),
    ([(0, 24)], ["Six seven eight nine"], 5, 9, 1),
    # What the outlet took out of its text had left all the same.
    ([(0, 24)], ["words that stood there once"], 5, 10, 1),
    ([(0, 50)], [], 10, 10, 2),
)


@pytest.mark.parametrize(("chosen", "before", "words", "total", "over"), CASES)
def test_all_that_left_counts_once(
    chosen: list[tuple[int, int]], before: list[str], words: int, total: int, over: int
) -> None:
    spans = tuple(Span(*each) for each in chosen)
    holds = limit(Budget(words=6, share=1, total_words=8, total_share=1), "", NOW)
    used = measured(TEN, Excerpt(spans=spans, words=words, share=words / 10), before, holds)
    assert (used.words, used.total_words, len(used.over)) == (words, total, over)
    assert used.left == max(0, min(6 - words, 8 - total))


def test_the_mark_of_an_omission_is_no_word_of_the_article() -> None:
    assert passages(("One two […] four", "[…]", "Six")) == ("One two", "four", "Six")


# ---------------------------------------------------------------- over time


def test_words_changed_after_they_went_out_add_to_those_that_left(store: Store) -> None:
    number = long(store)
    tight = Budget(words=10, share=1.0, total_words=15, total_share=1.0)
    desk.approve(store, number, budget=tight, words=Words(spans=paragraphs(0, 1)), **ANA)
    sent(store)
    clipping = store.clippings.get(number)
    assert clipping.status is Status.PUBLISHED
    again = Words(spans=paragraphs(2, 3))
    with pytest.raises(OverLimit, match="20 words that left the house"):
        desk.reword(store, clipping, budget=tight, words=again, **ANA)
    part = Words(spans=paragraphs(1, 2))
    done = desk.reword(store, clipping, budget=tight, words=part, **ANA)
    assert done.excerpt.words == 10
    assert store.released.overruns(number) == ()


def test_words_that_never_went_out_do_not_count_for_ever(store: Store) -> None:
    number = long(store)
    tight = Budget(words=10, share=1.0, total_words=10, total_share=1.0)
    for chosen in (paragraphs(0, 1), paragraphs(2, 3)):
        desk.approve(store, number, budget=tight, words=Words(spans=chosen), **ANA)
        desk.requeue(store, number, **ANA)


def test_words_come_back_by_undo_only_within_what_may_still_leave(store: Store) -> None:
    number, shelf = long(store), Shelf(name="shelf")
    tight = Budget(words=10, share=1.0, total_words=15, total_share=1.0)
    desk.approve(store, number, budget=tight, words=Words(spans=paragraphs(0, 1)), **ANA)
    sent(store, shelf)
    for chosen in (paragraphs(1, 2), paragraphs(1, 3)):
        clipping = store.clippings.get(number)
        desk.reword(store, clipping, budget=tight, words=Words(spans=chosen), **ANA)
    sent(store, shelf)
    with pytest.raises(OverLimit, match="20 words that left"):
        desk.undo(store, budget_of=lambda _: tight, **ANA)
    clipping = store.clippings.get(number)
    assert clipping.excerpt.spans == paragraphs(1, 3)
    desk.reword(store, clipping, budget=tight, words=Words(headline="Ours"), **ANA)
    (back,) = desk.undo(store, budget_of=lambda _: Budget(words=1), **ANA)
    assert back.headline == "", "no word that is quoted changed"


def test_what_was_withdrawn_has_left_all_the_same(store: Store) -> None:
    number = long(store)
    tight = Budget(words=10, share=1.0, total_words=10, total_share=1.0)
    desk.approve(store, number, budget=tight, words=Words(spans=paragraphs(0, 1)), **ANA)
    sent(store)
    desk.withdraw(store, number, reason="mended", **ANA)
    desk.requeue(store, number, **ANA)
    with pytest.raises(OverLimit):
        desk.approve(store, number, budget=tight, words=Words(spans=paragraphs(2)), **ANA)
    desk.approve(store, number, budget=tight, words=Words(spans=paragraphs(1)), **ANA)


@settings(max_examples=25, deadline=None)
@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(["approve", "reword", "assign", "requeue", "send", "withdraw", "undo"]),
            st.sets(st.integers(0, 7), min_size=1, max_size=4),
            st.sampled_from(["", "", "", "they agreed"]),
        ),
        max_size=14,
    )
)
def test_whatever_the_acts_no_more_leaves_than_the_limit_says_without_a_reason(
    tmp_path_factory: pytest.TempPathFactory, acts: list[tuple[str, set[int], str]]
) -> None:
    tight = Budget(words=10, share=1.0, total_words=15, total_share=1.0)
    with Store.create(tmp_path_factory.mktemp("s") / "clipper.db") as store:
        number, shelf = long(synced(store)), Shelf(name="shelf")
        left: set[int] = set()
        for name, numbers, reason in acts:
            words = Words(spans=paragraphs(*numbers))
            clipping = store.clippings.get(number)
            try:
                _do(store, shelf, clipping, name, words, reason, tight)
            except Refused:
                assert store.clippings.get(number) == clipping
                continue
            after = store.clippings.get(number)
            if name == "send" and after.status is Status.PUBLISHED:
                left |= _numbers(after)
            if after.status in (Status.APPROVED, Status.PUBLISHED):
                out = len(left | _numbers(after)) * 5
                allowed = after.excerpt.words <= 10 and out <= 15
                assert allowed or store.released.overruns(number)
        passed = store.released.of_story(store.clippings.get(number).story)
        assert {_block(each) for each in passed} == left, "whatever the order, it is what left"


def _do(
    store: Store, shelf: Shelf, clipping: Clipping, name: str, words: Words, reason: str,
    tight: Budget,
) -> None:  # fmt: skip
    number = clipping.id
    if name == "approve":
        desk.approve(store, number, budget=tight, words=words, reason=reason, **ANA)
    elif name == "reword":
        desk.reword(store, clipping, budget=tight, words=words, reason=reason, **ANA)
    elif name == "assign":
        desk.assign(store, number, to="bo", budget=tight, words=words, **ANA)
    elif name == "requeue":
        desk.requeue(store, number, **ANA)
    elif name == "withdraw":
        desk.withdraw(store, number, reason="mended", **ANA)
    elif name == "undo":
        desk.undo(store, budget_of=lambda _: tight, **ANA)
    else:
        sent(store, shelf)


def _block(words: str) -> int:
    return LONG.split("\n").index(words)


def _numbers(clipping: Clipping) -> set[int]:
    found = (clipping.text[span.start : span.end] for span in clipping.excerpt.spans)
    return {_block(line) for piece in found for line in piece.split("\n")}


# ---------------------------------------------------------------- each act


def test_the_reason_is_kept_with_who_and_when_and_goes_with_the_step(store: Store) -> None:
    number = long(store)
    tight = Budget(words=5, share=1.0)
    words = Words(spans=paragraphs(0, 1))
    desk.approve(store, number, budget=tight, words=words, reason="they agreed", **ANA)
    (kept,) = store.released.overruns(number)
    assert (kept.who, kept.at, kept.reason) == ("ana", NOW, "they agreed")
    assert "the budget is 5 words" in kept.over
    desk.undo(store, **ANA)
    assert store.released.overruns(number) == ()


def test_a_reason_for_nothing_is_not_kept_as_one(store: Store) -> None:
    number = long(store)
    desk.approve(store, number, budget=WIDE, reason="why not", **ANA)
    assert store.released.overruns(number) == ()


def test_crediting_a_shorter_copy_makes_the_same_words_a_larger_share(store: Store) -> None:
    first = saved(store, "1", read=reading(text=LONG))
    short = "\n".join(LONG.split("\n")[:2])
    copy = reading(text=short, url="https://herald.example/1")
    other = saved(store, "2", read=copy, placement=joining(first), source=HERALD).article
    assert first.clipping is not None
    assert other is not None
    half = Budget(words=50, share=0.5)
    words = Words(spans=paragraphs(0, 1))
    desk.approve(store, first.clipping, budget=half, words=words, **ANA)
    with pytest.raises(OverLimit, match="100% of the article"):
        desk.credit(store, first.clipping, article=other, budget=half, **ANA)
    done = desk.credit(
        store, first.clipping, article=other, budget=half, reason="both agreed", **ANA
    )
    assert done.article.id == other
    assert store.released.overruns(first.clipping)[0].reason == "both agreed"


def test_what_left_with_one_copy_counts_for_the_others(store: Store) -> None:
    first = saved(store, "1", read=reading(text=LONG))
    copy = reading(text=LONG + "\nA closing line.", url="https://herald.example/1")
    other = saved(store, "2", read=copy, placement=joining(first), source=HERALD).article
    number = first.clipping
    assert number is not None
    assert other is not None
    desk.approve(store, number, budget=WIDE, words=Words(spans=paragraphs(0, 1)), **ANA)
    sent(store)
    done = desk.credit(store, number, article=other, budget=WIDE, **ANA)
    used = desk.use_of(store, done, Excerpt(spans=(), words=0, share=0), WIDE, NOW)
    assert used.total_words == 10


def test_naming_an_agency_brings_the_agencies_limit(store: Store) -> None:
    number = long(store)
    budget = Budget(words=50, share=1.0, wire=Figures(words=5, share=1.0))
    desk.approve(store, number, budget=budget, words=Words(spans=paragraphs(0, 1)), **ANA)
    clipping = store.clippings.get(number)
    with pytest.raises(OverLimit, match="copy of agencies"):
        desk.reword(store, clipping, budget=budget, words=Words(wire="AP"), **ANA)
    desk.reword(store, clipping, budget=budget, words=Words(wire="AP", spans=paragraphs(0)), **ANA)


def test_a_grant_that_ended_is_told_to_who_leans_on_it(store: Store) -> None:
    number = long(store)
    grant = Grant(
        figures=Figures(words=40, share=1.0), basis=Basis.LICENCE, by="Jo", until=date(2026, 3, 1)
    )
    budget = Budget(words=5, share=1.0, grant=grant)
    words = Words(spans=paragraphs(0, 1, 2, 3))
    late = NOW + timedelta(days=2)
    with pytest.raises(OverLimit, match="a licence by Jo ended on 2026-03-01"):
        desk.approve(store, number, who="ana", now=late, budget=budget, words=words)
    desk.approve(store, number, budget=budget, words=words, **ANA)


def test_many_at_once_are_shown_against_their_limit_first(store: Store) -> None:
    number = long(store)
    tight = Budget(words=3, share=1.0)
    many = Many(kind="approve")
    (found,) = desk.preview(store, [number], many, lambda _: tight, NOW)
    assert found.use is not None
    assert found.use.over
    assert "over the budget" in found.refusal
    done = desk.act(store, [(number, 1)], many, lambda _: tight, bulk="b", **ANA)
    assert done.changed == ()
    reasoned = Many(kind="approve", reason="they agreed")
    assert desk.act(store, [(number, 1)], reasoned, lambda _: tight, bulk="b", **ANA).changed
    assert store.released.overruns(number)[0].reason == "they agreed"


def test_a_store_of_before_knows_what_had_gone_out(tmp_path: Path) -> None:
    """The migration takes the words from the text that they were cut from."""
    path = tmp_path / "clipper.db"
    with Store.create(path) as store:
        number = queued(synced(store), read=reading(text="Añade: one two three four."))
        words = Words(spans=(Span(7, 14), Span(21, 25)))
        desk.approve(store, number, budget=WIDE, words=words, **ANA)
        sent(store)
        clipping = store.clippings.get(number)
    with closing(sqlite3.connect(path)) as file:
        file.executescript(f"DROP TABLE overrun; DROP TABLE released; {released.SCHEMA}")
    with Store.open(path) as store:
        assert store.released.of_story(clipping.story) == ("four", "one two")


def test_a_brief_counts_as_much_as_a_page(store: Store) -> None:
    number = long(store)
    desk.approve(store, number, budget=WIDE, words=Words(spans=paragraphs(0)), **ANA)
    rules = BriefRules(
        outlets=OUTLETS, campaigns={}, recipients=(Recipient(address="bo@group.example"),),
        sender="clips@group.example",
    )  # fmt: skip
    (told,) = send(store, rules, lambda *_: None, now=NOW + timedelta(days=1))
    assert (told.state, told.stories) == ("sent", 1)
    used = desk.use_of(
        store, store.clippings.get(number), Excerpt(spans=(), words=0, share=0), WIDE, NOW
    )
    assert used.total_words == 5
