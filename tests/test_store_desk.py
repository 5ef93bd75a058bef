"""What editors can rely on: every decision recorded, none overwritten, every excerpt verbatim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from clipper.errors import NotFound, Refused
from clipper.model import MOVES, Excerpt, Span, Status
from clipper.store import Store

from .keeping import (
    HERALD,
    HOUR,
    NOW,
    TEXT,
    joining,
    matched,
    queued,
    reading,
    rows,
    saved,
    synced,
)

SHORT = Excerpt(spans=(Span(0, 8), Span(18, 31)), words=4, share=0.2)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


WAYS: dict[str, tuple[Status, ...]] = {
    "queued": (),
    "snoozed": (Status.SNOOZED,),
    "approved": (Status.APPROVED,),
    "rejected": (Status.REJECTED,),
    "published": (Status.APPROVED, Status.PUBLISHED),
    "withdrawn": (Status.APPROVED, Status.PUBLISHED, Status.WITHDRAWN),
}


def brought_to(store: Store, status: str) -> int:
    number = queued(store)
    for step in WAYS[status]:
        store.clippings.move(number, step, who="ana", now=NOW)
    return number


# ---------------------------------------------------------------- moves


@pytest.mark.parametrize("case", rows("moves.tsv"), ids=lambda case: f"{case['from']}-{case['to']}")
def test_only_the_allowed_moves_are_made_and_each_is_recorded(
    store: Store, case: dict[str, str]
) -> None:
    number = brought_to(store, case["from"])
    before = store.clippings.get(number)
    steps = store.clippings.history(number)
    if case["allowed"] == "yes":
        after = store.clippings.move(
            number, Status(case["to"]), who="bo", now=NOW + HOUR, reason="so"
        )
        assert (after.status, after.reason, after.version) == (case["to"], "so", before.version + 1)
        (step,) = store.clippings.history(number)[len(steps) :]
        assert (step.who, step.at, step.before, step.after, step.reason) == (
            "bo",
            NOW + HOUR,
            case["from"],
            case["to"],
            "so",
        )
        return
    with pytest.raises(Refused, match=f"is {case['from']}; it can't become {case['to']}"):
        store.clippings.move(number, Status(case["to"]), who="bo", now=NOW)
    assert store.clippings.get(number) == before
    assert store.clippings.history(number) == steps


def test_who_decided_and_when_stays_through_publishing_and_goes_with_requeueing(
    store: Store,
) -> None:
    number = queued(store)
    store.clippings.move(number, Status.APPROVED, who="ana", now=NOW + HOUR)
    sent = store.clippings.move(number, Status.PUBLISHED, who="bo", now=NOW + 2 * HOUR)
    assert (sent.decided_by, sent.decided_at) == ("ana", NOW + HOUR)
    store.clippings.move(number, Status.WITHDRAWN, who="bo", now=NOW + 3 * HOUR)
    back = store.clippings.move(number, Status.QUEUED, who="bo", now=NOW + 4 * HOUR)
    assert (back.decided_by, back.decided_at, back.queued_at) == ("", None, NOW)


def test_two_editors_never_overwrite_each_other(store: Store) -> None:
    number = queued(store)
    seen = store.clippings.get(number).version
    store.clippings.move(number, Status.REJECTED, who="ana", now=NOW, version=seen)
    for act in (
        lambda: store.clippings.move(number, Status.QUEUED, who="bo", now=NOW, version=seen),
        lambda: store.clippings.reword(number, who="bo", now=NOW, version=seen, headline="X"),
    ):
        with pytest.raises(Refused, match="ana made it rejected at 2026-03-01 12:00 UTC"):
            act()
    assert store.clippings.get(number).headline == ""


def test_a_decision_without_a_name_is_refused(store: Store) -> None:
    number = queued(store)
    with pytest.raises(Refused, match="name of the person"):
        store.clippings.move(number, Status.APPROVED, who="", now=NOW)
    with pytest.raises(Refused, match="name of the person"):
        store.clippings.reword(number, who="", now=NOW, headline="X")


def test_what_is_not_there_is_told(store: Store) -> None:
    for ask in (store.clippings.get, store.clippings.history, store.clippings.status,
                store.articles.get, store.articles.versions, store.stories.of_article, store.stories.primary):  # fmt: skip
        with pytest.raises(NotFound, match="99"):
            ask(99)
    with pytest.raises(NotFound):
        store.clippings.move(99, Status.APPROVED, who="ana", now=NOW)
    assert store.articles.matches(99) == ()


# ---------------------------------------------------------------- words


def test_rewording_is_recorded_with_what_stood_before(store: Store) -> None:
    number = queued(store)
    after = store.clippings.reword(
        number, who="ana", now=NOW, headline="Ours", note="n", assignee="bo", excerpt=SHORT,
        tags=["prison-divestment", "budget"],
    )  # fmt: skip
    assert (after.headline, after.note, after.assignee, after.excerpt) == ("Ours", "n", "bo", SHORT)
    assert after.tags == ("budget", "prison-divestment")
    step = store.clippings.history(number)[-1]
    assert (step.before, step.after) == ("queued", "queued")
    assert step.reason == "reworded: headline, note, assignee, tags, excerpt"
    changed = store._connection.value("SELECT changed FROM transition ORDER BY id DESC LIMIT 1")
    assert '"headline":["","Ours"]' in changed
    assert '"spans":[[0,42]]' in changed


def test_rewording_that_changes_nothing_is_no_step(store: Store) -> None:
    number = queued(store)
    before = store.clippings.get(number)
    assert store.clippings.reword(number, who="ana", now=NOW, headline=None, excerpt=None) == before
    assert (
        store.clippings.reword(number, who="ana", now=NOW, headline="", tags=before.tags) == before
    )
    assert len(store.clippings.history(number)) == 1


def test_a_move_may_bring_its_changes_in_one_step(store: Store) -> None:
    number = queued(store)
    after = store.clippings.move(
        number, Status.APPROVED, who="ana", now=NOW, changes={"headline": "Ours", "excerpt": SHORT}
    )
    assert (after.status, after.headline, after.excerpt, after.version) == (
        Status.APPROVED,
        "Ours",
        SHORT,
        2,
    )
    assert len(store.clippings.history(number)) == 2


@pytest.mark.parametrize(
    "spans",
    [((0, 9999),), ((-1, 4),), ((5, 5),), ((9, 4),), ((0, 10), (5, 20)), ((20, 30), (0, 10))],
    ids=str,
)
def test_an_excerpt_that_does_not_lie_in_the_text_is_refused_and_nothing_changes(
    store: Store, spans: Any
) -> None:
    number = queued(store)
    before = store.clippings.get(number)
    bad = Excerpt(spans=tuple(Span(*span) for span in spans), words=1, share=0.1)
    with pytest.raises(Refused, match="does not lie"):
        store.clippings.reword(number, who="ana", now=NOW, headline="X", excerpt=bad)
    with pytest.raises(Refused, match="does not lie"):
        store.clippings.move(number, Status.APPROVED, who="ana", now=NOW, changes={"excerpt": bad})
    assert store.clippings.get(number) == before


def test_a_change_that_there_is_not_is_refused(store: Store) -> None:
    number = queued(store)
    with pytest.raises(Refused, match="no status that can be changed"):
        store.clippings.reword(number, who="ana", now=NOW, status="published")


def test_another_copy_is_credited_with_an_excerpt_of_its_own(store: Store) -> None:
    first = saved(store, "1")
    other = "HERALD — The city sold its shares."
    saved(store, "2", reading(url="https://herald.example/2", text=other), joining(first), HERALD)
    with pytest.raises(Refused, match="needs an excerpt"):
        store.clippings.reword(1, who="ana", now=NOW, article=2)
    after = store.clippings.reword(
        1, who="ana", now=NOW, article=2, excerpt=replace(SHORT, spans=(Span(9, 17),))
    )
    assert (after.article.id, after.text, after.copies) == (2, other, (1,))
    alone = saved(store, "3", reading(url="https://daily.example/3"))
    with pytest.raises(Refused, match="no copy of this story"):
        store.clippings.reword(1, who="ana", now=NOW, article=alone.article, excerpt=SHORT)


def test_a_tag_that_an_editor_took_off_stays_off(store: Store) -> None:
    first = saved(store, "1")
    store.clippings.reword(1, who="ana", now=NOW, tags=["budget"])
    saved(
        store,
        "2",
        reading(url="https://herald.example/2", matches=[matched(), matched("jails")]),
        joining(first),
        HERALD,
    )
    assert store.clippings.get(1).tags == ("budget", "jails")
    store.clippings.reword(1, who="ana", now=NOW, tags=["prison-divestment"])
    assert store.clippings.get(1).tags == ("prison-divestment",)


# ---------------------------------------------------------------- lists


def test_lists_are_newest_first_and_by_status_campaign_and_outlet(store: Store) -> None:
    for number in range(4):
        campaign = "jails" if number == 2 else "prison-divestment"
        source = {"source": HERALD} if number == 3 else {}
        saved(
            store, str(number), reading(url=f"https://daily.example/{number}", matches=[matched(campaign)]),
            now=NOW + number * HOUR, **source,
        )  # fmt: skip
    store.clippings.move(1, Status.REJECTED, who="ana", now=NOW)

    def ids(**asked: Any) -> list[int]:
        return [clipping.id for clipping in store.clippings.list(**asked)]

    assert ids() == [4, 3, 2, 1]
    assert ids(status=Status.QUEUED) == [4, 3, 2]
    assert ids(campaign="jails") == [3]
    assert ids(outlet="herald", status=Status.QUEUED, campaign="prison-divestment") == [4]
    assert ids(limit=2, offset=1) == [3, 2]
    assert ids(limit=-1) == []
    assert ids(campaign="x' OR 1=1 --") == []
    assert store.clippings.counts()[Status.QUEUED] == 3
    assert store.clippings.list(status=Status.QUEUED)[0] == store.clippings.get(4)


def test_a_list_that_is_not_limited_leaves_nothing_out(store: Store) -> None:
    with store.transaction():
        for number in range(120):
            saved(store, str(number), reading(url=f"https://daily.example/{number}"))
    assert len(store.clippings.list(status=Status.QUEUED)) == 120


# ---------------------------------------------------------------- whatever editors and outlets do


@settings(max_examples=25, stateful_step_count=25, deadline=None)
class Desk(RuleBasedStateMachine):
    """An outlet that goes on correcting, and editors who go on judging, in any order."""

    folders: Iterator[Path]

    @initialize()
    def begin(self) -> None:
        self.store = synced(Store.create(next(self.folders) / "clipper.db"))
        first = saved(self.store, "1")
        assert first.clipping
        self.seen = {1: TEXT}

    def teardown(self) -> None:
        if hasattr(self, "store"):
            assert self.store.verify() == ()
            self.store.close()

    @rule(words=st.text("abc \n", min_size=1, max_size=30))
    def correct(self, words: str) -> None:
        from clipper import dedupe

        from .keeping import harvest

        self.store.entries.again([1], NOW)
        (pending,) = self.store.entries.pending(NOW)
        again = harvest(pending, reading(text=words + TEXT), at=7)
        self.store.save(again, dedupe.place(*self.store.similar(again)), NOW)

    @rule(to=st.sampled_from(Status))
    def move(self, to: Status) -> None:
        status = self.store.clippings.status(1)
        if to in MOVES[status]:
            self.store.clippings.move(1, to, who="ana", now=NOW)
        else:
            with pytest.raises(Refused):
                self.store.clippings.move(1, to, who="ana", now=NOW)

    @rule(start=st.integers(0, 40), length=st.integers(1, 40))
    def cut(self, start: int, length: int) -> None:
        excerpt = Excerpt(spans=(Span(start, start + length),), words=1, share=0.1)
        if start + length > len(self.store.clippings.get(1).text):
            with pytest.raises(Refused):
                self.store.clippings.reword(1, who="bo", now=NOW, excerpt=excerpt)
            return
        self.frozen = self.store.clippings.reword(1, who="bo", now=NOW, excerpt=excerpt).text

    @invariant()
    def the_excerpt_is_verbatim_of_a_text_that_the_outlet_printed(self) -> None:
        if not hasattr(self, "store"):
            return
        clipping = self.store.clippings.get(1)
        printed = {version.text for version in self.store.articles.versions(1)}
        assert clipping.text in printed
        assert clipping.text == clipping.article.article.text
        assert all(
            0 <= span.start < span.end <= len(clipping.text) for span in clipping.excerpt.spans
        )
        if hasattr(self, "frozen"):
            assert clipping.text == self.frozen

    @invariant()
    def each_step_begins_where_the_last_ended(self) -> None:
        if not hasattr(self, "store"):
            return
        steps = self.store.clippings.history(1)
        assert all(one.after == other.before for one, other in pairwise(steps))
        assert steps[-1].after == self.store.clippings.status(1)
        assert self.store.clippings.get(1).version == len(steps)


def test_whatever_editors_and_outlets_do_excerpts_stay_verbatim(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    Desk.folders = (tmp_path_factory.mktemp("desk") for _ in iter(int, 1))
    run_state_machine_as_test(Desk)


@given(status=st.sampled_from(Status))
def test_the_table_of_moves_names_every_status(status: Status) -> None:
    assert status in MOVES
    listed = {(case["from"], case["to"]): case["allowed"] for case in rows("moves.tsv")}
    assert all(listed.get((status, to), "yes") == "yes" for to in MOVES[status])
