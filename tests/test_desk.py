"""What editors can rely on when they judge: each act recorded, undone, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import desk, excerpt
from clipper.desk import Many, Words
from clipper.errors import Refused, Stale
from clipper.model import Budget, Campaign, Clipping, Hit, Match, Outlet, Span, Status
from clipper.store import Store

from .keeping import HERALD, HOUR, NOW, TEXT, joining, queued, reading, saved, synced

WIDE = Budget(words=500, share=1.0)
DAILY = Outlet(slug="daily", name="The Daily")
ANA: dict[str, Any] = {"who": "ana", "now": NOW}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


def shape(clipping: Clipping) -> tuple[Any, ...]:
    """All of a clipping that an act may change."""
    article = clipping.article
    facts = (article.article.authors, article.article.wire, article.article.published_at)
    return (
        clipping.status, clipping.reason, clipping.headline, clipping.note, clipping.assignee,
        clipping.preface,
        clipping.excerpt, clipping.tags, clipping.decided_at, clipping.decided_by, article.id, facts,
    )  # fmt: skip


ACTS: dict[str, Any] = {
    "approve": lambda s, n, by: desk.approve(s, n, budget=WIDE, **by),
    "approve with words": lambda s, n, by: desk.approve(
        s, n, budget=WIDE, words=Words(headline="Ours", spans=(Span(0, 8),), tags=("x",)), **by
    ),
    "reject": lambda s, n, by: desk.reject(s, n, reason="off-topic", **by),
    "snooze": lambda s, n, by: desk.snooze(s, n, until=NOW + 24 * HOUR, **by),
    "note": lambda s, n, by: desk.reword(
        s, s.clippings.get(n), words=Words(note="call them"), **by
    ),
    "preface": lambda s, n, by: desk.reword(
        s, s.clippings.get(n), words=Words(preface="Come on Monday."), **by
    ),
    "facts": lambda s, n, by: desk.reword(
        s, s.clippings.get(n), words=Words(authors=("Bo Li",), wire="AP", published_at=NOW), **by
    ),
    "assign": lambda s, n, by: desk.assign(s, n, to="bo", **by),
    "retag": lambda s, n, by: desk.retag(s, n, add=("budget",), drop=("prison-divestment",), **by),
}


@pytest.mark.parametrize("name", ACTS)
def test_each_act_can_be_taken_back_to_the_letter(store: Store, name: str) -> None:
    number = queued(store)
    before = store.clippings.get(number)
    done = ACTS[name](store, number, {**ANA, "version": before.version})
    assert shape(done) != shape(before)
    (back,) = desk.undo(store, **ANA)
    assert shape(back) == shape(before)
    assert back.version == before.version + 2, "an editor who looks at it must notice"
    assert [step.undone for step in store.clippings.steps(number)] == [False, True, False]


def test_a_stack_of_acts_is_taken_back_one_by_one_the_last_first(store: Store) -> None:
    number, other = queued(store, "1"), queued(store, "2")
    shapes = [shape(store.clippings.get(number))]
    shapes += [shape(ACTS[name](store, number, ANA)) for name in ("note", "facts", "approve")]
    desk.reject(store, other, reason="too-old", **ANA)
    assert desk.undo(store, **ANA)[0].id == other
    for expected in reversed(shapes[:-1]):
        assert shape(desk.undo(store, **ANA)[0]) == expected
    with pytest.raises(Refused, match="nothing of yours"):
        desk.undo(store, **ANA)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([*ACTS, "requeue", "undo"]), max_size=12))
def test_whatever_the_order_of_acts_taking_them_all_back_restores_the_beginning(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    with Store.create(tmp_path_factory.mktemp("s") / "clipper.db") as opened:
        number = queued(synced(opened))
        beginning = shape(opened.clippings.get(number))
        acts = ACTS | {
            "requeue": lambda s, n, by: desk.requeue(s, n, **by),
            "undo": lambda s, n, by: desk.undo(s, **by),
        }
        for name in names:
            try:
                acts[name](opened, number, ANA)
            except Refused:
                continue
        while opened.clippings.recent("ana"):
            desk.undo(opened, **ANA)
        assert shape(opened.clippings.get(number)) == beginning


def test_nobody_takes_back_what_another_did_or_changed_since(store: Store) -> None:
    number = queued(store)
    desk.approve(store, number, budget=WIDE, **ANA)
    step = store.clippings.recent("ana")[0]
    with pytest.raises(Refused, match="done by ana"):
        desk.undo(store, who="bo", now=NOW, step=step.id)
    desk.requeue(store, number, who="bo", now=NOW)
    with pytest.raises(Refused, match="changed since by bo"):
        desk.undo(store, **ANA)
    assert store.clippings.get(number).status is Status.QUEUED


def test_what_was_published_is_not_taken_back_as_if_nobody_had_read_it(store: Store) -> None:
    number = queued(store)
    desk.approve(store, number, budget=WIDE, **ANA)
    store.clippings.move(number, Status.PUBLISHED, **ANA)
    with pytest.raises(Refused, match="changed since"):
        desk.undo(store, **ANA)
    assert store.clippings.get(number).status is Status.PUBLISHED


# ---------------------------------------------------------------- two at once


def test_a_double_click_decides_once_and_is_told_the_outcome(store: Store) -> None:
    number = queued(store)
    for act in (ACTS["approve"], ACTS["approve"]):
        done = act(store, number, {**ANA, "version": 1})
        assert (done.status, done.version) == (Status.APPROVED, 2)
    assert len(store.clippings.history(number)) == 2


def test_a_colleagues_act_from_the_same_page_is_stale_and_changes_nothing(store: Store) -> None:
    number = queued(store)
    desk.reject(store, number, reason="too-old", version=1, **ANA)
    words = Words(headline="Mine", spans=(Span(0, 8),))
    for name, act in ACTS.items():
        with pytest.raises(Stale, match="ana made it rejected"):
            act(store, number, {"who": "bo", "now": NOW, "version": 1})
        assert store.clippings.get(number).headline == "", name
    with pytest.raises(Stale):
        desk.approve(store, number, who="bo", now=NOW, budget=WIDE, words=words, version=1)


def test_an_act_with_words_is_one_step(store: Store) -> None:
    """So that taking it back takes the words back too, and no half of it can be kept."""
    number = queued(store)
    words = Words(headline="Ours", note="n", authors=("Bo Li",), spans=(Span(0, 8),))
    done = desk.approve(store, number, budget=WIDE, words=words, version=1, **ANA)
    assert (done.headline, done.note, done.article.article.authors) == ("Ours", "n", ("Bo Li",))
    assert done.article.article.origins["authors"] == "editor"
    step = store.clippings.steps(number)[-1]
    assert set(step.changed) == {"headline", "note", "authors", "excerpt"}


# ---------------------------------------------------------------- rules


def test_an_excerpt_over_the_budget_needs_a_reason_and_keeps_it(store: Store) -> None:
    number = queued(store)
    tight = Budget(words=2, share=0.1)
    with pytest.raises(Refused, match="budget is 2 words"):
        desk.approve(store, number, budget=tight, **ANA)
    done = desk.approve(store, number, budget=tight, reason="they allowed it", **ANA)
    assert (done.status, done.reason) == (Status.APPROVED, "they allowed it")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (Words(spans=(Span(0, 9999),)), "does not lie in the article"),
        (Words(quotation="words that nobody wrote"), "own words"),
        (Words(tags=tuple(map(str, range(60)))), "too many"),
    ],
)
def test_words_that_can_not_be_are_refused_with_the_reason(
    store: Store, words: Words, said: str
) -> None:
    number = queued(store)
    with pytest.raises(Refused, match=said):
        desk.approve(store, number, budget=WIDE, words=words, **ANA)
    assert store.clippings.get(number).version == 1


@pytest.mark.parametrize("published", [False, True])
def test_what_was_approved_stays_within_the_budget_when_it_is_reworded(
    store: Store, published: bool
) -> None:
    number = queued(store)
    tight = Budget(words=3, share=1.0)
    desk.approve(store, number, budget=tight, words=Words(spans=(Span(0, 8),)), **ANA)
    if published:
        store.clippings.move(number, Status.PUBLISHED, reason="", **ANA)
    longer = Words(spans=(Span(0, 42),))
    clipping = store.clippings.get(number)
    for act in (
        lambda: desk.reword(store, clipping, budget=tight, words=longer, **ANA),
        lambda: desk.assign(store, number, to="bo", budget=tight, words=longer, **ANA),
    ):
        with pytest.raises(Refused, match="budget is 3 words"):
            act()
    assert store.clippings.get(number).excerpt.words == 2
    done = desk.reword(store, clipping, budget=tight, words=longer, reason="they allowed it", **ANA)
    assert done.excerpt.words == 8
    assert store.clippings.history(number)[-1].reason == "they allowed it"


def test_what_waits_may_be_cut_freely_until_it_is_approved(store: Store) -> None:
    clipping = store.clippings.get(queued(store))
    tight = Budget(words=3, share=1.0)
    words = Words(spans=(Span(0, 42),))
    assert desk.reword(store, clipping, budget=tight, words=words, **ANA).excerpt.words == 8


def test_other_says_nothing_without_a_note(store: Store) -> None:
    number = queued(store)
    with pytest.raises(Refused, match="note"):
        desk.reject(store, number, reason="other", **ANA)
    done = desk.reject(store, number, reason="other", words=Words(note="a hoax"), **ANA)
    assert (done.status, done.note) == (Status.REJECTED, "a hoax")


def test_a_snoozed_story_comes_back_when_its_time_has_come(store: Store) -> None:
    number = queued(store)
    desk.snooze(store, number, until=NOW + 24 * HOUR, **ANA)
    assert store.clippings.snoozed_until(number) == NOW + 24 * HOUR
    assert store.clippings.wake(NOW + 23 * HOUR) == ()
    assert store.clippings.wake(NOW + 25 * HOUR) == (number,)
    assert store.clippings.get(number).status is Status.QUEUED
    assert store.clippings.history(number)[-1].who == "clipper"


@pytest.mark.parametrize("until", [NOW, NOW - HOUR, NOW + timedelta(days=400)])
def test_snoozing_into_the_past_or_for_years_is_refused(store: Store, until: datetime) -> None:
    with pytest.raises(Refused, match="time to come"):
        desk.snooze(store, queued(store), until=until, **ANA)


def test_a_correction_outlives_the_outlets_next_version(store: Store) -> None:
    first = saved(store, "1")
    number = first.clipping
    assert number is not None
    day = datetime(2026, 2, 27, tzinfo=UTC)
    desk.reword(
        store, store.clippings.get(number), words=Words(authors=("Bo Li",), published_at=day), **ANA
    )
    shown = store.clippings.get(number).article.article
    assert (shown.authors, shown.published_at) == (("Bo Li",), day)
    assert shown.origins["published_at"] == "editor"
    update = desk.update_of(store.clippings.get(number), DAILY)
    assert update.attribution == "Via The Daily | Bo Li"


# ---------------------------------------------------------------- the story


def two_copies(store: Store) -> tuple[int, int]:
    """A clipping, and the other copy of its story (an article)."""
    first = saved(store, "1")
    copy = reading(text=TEXT + "\nA closing line of the Herald.", url="https://herald.example/1")
    other = saved(store, "2", read=copy, placement=joining(first), source=HERALD)
    assert first.clipping is not None
    assert other.article is not None
    return first.clipping, other.article


def test_another_copy_is_credited_with_the_same_words_where_it_has_them(store: Store) -> None:
    number, other = two_copies(store)
    before = store.clippings.get(number)
    done = desk.credit(store, number, article=other, budget=WIDE, version=1, **ANA)
    assert (done.article.id, done.article.outlet) == (other, "herald")
    words = excerpt.paragraphs(done.text, done.excerpt)
    assert words == excerpt.paragraphs(before.text, before.excerpt)
    (back,) = desk.undo(store, **ANA)
    assert shape(back) == shape(before)
    with pytest.raises(Refused, match="no copy"):
        desk.credit(store, number, article=9999, budget=WIDE, **ANA)


def test_a_copy_split_out_is_put_before_the_editors_again(store: Store) -> None:
    number, other = two_copies(store)
    done, new = desk.split(store, number, article=other, budget=WIDE, version=1, **ANA)
    assert done.copies == ()
    assert new is not None
    assert store.clippings.get(new).article.id == other
    assert "split article" in store.clippings.history(number)[-1].reason


def test_merging_keeps_one_clipping_and_says_so_in_both_records(store: Store) -> None:
    number, other = (
        queued(store, "1"),
        queued(store, "2", read=reading(url="https://daily.example/2")),
    )
    done = desk.merge(store, number, other=other, version=1, **ANA)
    assert len(done.copies) == 1
    assert store.clippings.get(other).status is Status.REJECTED
    assert "merged" in store.clippings.history(number)[-1].reason
    with pytest.raises(Refused, match="merged"):
        desk.undo(store, **ANA)
    with pytest.raises(Stale):
        desk.merge(store, number, other=other, version=1, **ANA)


# ---------------------------------------------------------------- many at once


def test_an_act_on_many_is_previewed_done_and_taken_back_as_one(store: Store) -> None:
    numbers = [
        queued(store, str(n), read=reading(url=f"https://daily.example/{n}")) for n in range(4)
    ]
    desk.reject(store, numbers[3], reason="too-old", **ANA)
    many = Many(kind="reject", reason="duplicate")
    found = desk.preview(store, numbers, many, lambda _: WIDE, NOW)
    assert [bool(each.refusal) for each in found] == [False, False, False, True]
    assert store.clippings.get(numbers[0]).version == 1, "a preview changes nothing"
    desk.assign(store, numbers[1], who="bo", now=NOW, to="bo")
    versions = [(each.clipping.id, each.clipping.version) for each in found]
    done = desk.act(store, versions, many, lambda _: WIDE, bulk="b1", **ANA)
    assert [each.id for each in done.changed] == [numbers[0], numbers[2]]
    assert [number for number, _ in done.left] == [numbers[1], numbers[3]]
    assert {each.id for each in desk.undo(store, **ANA)} == {numbers[0], numbers[2]}
    assert store.clippings.get(numbers[0]).status is Status.QUEUED
    assert store.clippings.get(numbers[3]).status is Status.REJECTED


@pytest.mark.parametrize(
    "many", [Many(kind="reject"), Many(kind="snooze"), Many(kind="tag"), Many(kind="burn")], ids=str
)
def test_an_act_on_many_that_says_too_little_is_refused(store: Store, many: Many) -> None:
    with pytest.raises(Refused):
        desk.preview(store, [queued(store)], many, lambda _: WIDE, NOW)


# ---------------------------------------------------------------- spans


@given(st.lists(st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT))), max_size=8))
def test_whatever_is_selected_the_excerpt_is_verbatim_and_in_order(
    pairs: list[tuple[int, int]],
) -> None:
    spans = [Span(min(a, b), max(a, b)) for a, b in pairs if a != b]
    joined = desk.joined(TEXT, spans)
    excerpt.measure(TEXT, joined)
    chosen = {at for span in spans for at in range(span.start, span.end) if TEXT[at].strip()}
    kept = {at for span in joined for at in range(span.start, span.end) if TEXT[at].strip()}
    assert kept == chosen


def test_a_paragraph_goes_in_whole_and_out_again(store: Store) -> None:
    clipping = store.clippings.get(queued(store))
    first, second = desk.blocks(clipping)
    assert (first.quoted, second.quoted) == ("all", "")
    both = desk.recut(clipping, 1)
    assert both == (Span(0, len(TEXT)),)
    assert desk.recut(desk.worded(clipping, Words(spans=both)), 0) == (
        Span(second.start, second.end),
    )
    with pytest.raises(Refused):
        desk.recut(clipping, 7)


# ---------------------------------------------------------------- reasons


def test_the_text_is_shown_whole_whatever_is_marked_in_it(store: Store) -> None:
    hits = tuple(Hit("text", a, b, f"c{a}") for a, b in ((4, 8), (6, 20), (18, 31), (60, 9999)))
    match = Match(campaign="c", query="q", hits=hits)
    number = queued(store, read=reading(matches=[match]))
    clipping = store.clippings.get(number)
    found = desk.blocks(clipping)
    assert "\n".join("".join(run.text for run in block.runs) for block in found) == TEXT
    assert all(run.text for block in found for run in block.runs)


def test_each_reason_leads_from_campaign_to_clause_to_sentence(store: Store) -> None:
    clipping = store.clippings.get(queued(store))
    (why,) = desk.why(clipping, DAILY)
    (clause,) = why.clauses
    (sentence,) = clause.sentences
    assert (why.campaign, clause.clause, sentence.block) == (
        "prison-divestment",
        '"prison shares"',
        0,
    )
    assert sentence.words == "The city sold its prison shares on Monday."
    assert sentence.words[sentence.start : sentence.end] == "prison shares"


def test_a_campaign_that_did_not_match_says_which_clause_failed(store: Store) -> None:
    clipping = store.clippings.get(queued(store))
    campaign = Campaign(slug="w", name="W", queries=("water AND city", "prison"))
    (missed, (asked, none)) = desk.why_not(clipping, campaign, DAILY, {})
    assert missed[1] is not None
    assert missed[1].clause == "water"
    assert (asked, none) == ("prison", None)
