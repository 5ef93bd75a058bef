"""After a query was edited: the queue follows it, and no decision is lost or changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from clipper.model import Campaign, Outlet, Status
from clipper.retro import Rules
from clipper.store import Origin, Store

from .keeping import NOW, synced
from .looking_back import CALLS, OUTLETS, PRISONS, Desk, rules, with_query

PRISON = "A private prison will close."
JAIL = "The county jail will close."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store.create(tmp_path / "clipper.db") as store:
        yield Desk(synced(store), rules(PRISONS))


def jails() -> Campaign:
    return with_query(PRISONS, "jail*")


def test_without_an_edit_nothing_changes(desk: Desk) -> None:
    desk.takes(PRISON)
    before = desk.state()
    assert desk.follow() == []
    assert desk.state() == before


def test_what_a_query_finds_now_is_queued_with_its_reasons(desk: Desk) -> None:
    saved = desk.takes(JAIL)
    desk.edited(jails())
    (change,) = desk.follow()
    assert (change.effect.value, change.gained) == ("queued", ("prisons",))
    clipping = desk.clipping(saved)
    assert clipping.id == change.clipping
    assert clipping.status is Status.QUEUED
    assert clipping.tags == ("prisons",)
    assert [m.query for m in clipping.matches] == ["jail*"]
    assert clipping.excerpt.words > 0
    assert desk.follow() == []


def test_what_nobody_touched_and_no_query_finds_leaves_the_queue_by_clipper_with_the_reason(
    desk: Desk,
) -> None:
    saved = desk.takes(PRISON)
    desk.edited(jails())
    assert desk.effects() == [("rejected", 1)]
    clipping = desk.clipping(saved)
    assert clipping.status is Status.REJECTED
    last = desk.store.clippings.history(1)[-1]
    assert (last.who, last.reason) == ("clipper", "no longer matched after the query was edited")
    assert desk.follow() == []


def test_what_left_the_queue_can_be_brought_back_by_a_person_and_stays(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.edited(jails())
    desk.follow()
    desk.store.clippings.move(1, Status.QUEUED, who="ada", now=NOW)
    assert desk.follow() == []
    assert desk.clipping(saved).status is Status.QUEUED


def test_what_left_the_queue_comes_back_when_a_query_finds_it_again(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.edited(jails())
    desk.follow()
    desk.edited(PRISONS)
    assert desk.effects() == [("requeued", 1)]
    clipping = desk.clipping(saved)
    assert clipping.status is Status.QUEUED
    assert [m.query for m in clipping.matches] == list(PRISONS.queries)


def test_an_editors_rejection_stays_though_a_query_finds_it_again(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.store.clippings.move(1, Status.REJECTED, who="ada", now=NOW, reason="off-topic")
    desk.edited(PRISONS, with_query(CALLS, "close"))
    assert desk.effects() == [("judged", 1)]
    assert desk.clipping(saved).status is Status.REJECTED


@pytest.mark.parametrize("to", [Status.APPROVED, Status.REJECTED])
def test_judged_clippings_are_reported_and_never_changed(desk: Desk, to: Status) -> None:
    desk.takes(PRISON)
    desk.store.clippings.move(1, to, who="ada", now=NOW, reason="why")
    before = desk.state()
    desk.edited(jails())
    (change,) = desk.follow()
    assert (change.effect.value, change.lost, change.status) == ("judged", ("prisons",), to)
    assert desk.state() == before


@pytest.mark.parametrize("act", ["note", "snooze"])
def test_what_somebody_worked_on_stays_in_the_queue_as_it_is(desk: Desk, act: str) -> None:
    desk.takes(PRISON)
    if act == "note":
        desk.store.clippings.reword(1, who="ada", now=NOW, note="ask the lawyers")
    else:
        desk.store.clippings.move(1, Status.SNOOZED, who="ada", now=NOW)
    before = desk.state()
    desk.edited(jails())
    assert desk.effects() == [("kept", 1)]
    assert desk.state() == before


def test_a_clipping_loses_one_campaigns_tag_and_stays_for_the_other(desk: Desk) -> None:
    desk.edited(PRISONS, with_query(CALLS, "close*"))
    saved = desk.takes(PRISON)
    assert desk.clipping(saved).tags == ("calls", "prisons")
    desk.edited(PRISONS, with_query(CALLS, "phone*"))
    (change,) = desk.follow()
    assert (change.effect.value, change.lost) == ("retagged", ("calls",))
    clipping = desk.clipping(saved)
    assert (clipping.status, clipping.tags) == (Status.QUEUED, ("prisons",))
    assert [m.campaign for m in clipping.matches] == ["prisons"]
    assert desk.follow() == []


def test_a_waiting_clipping_gains_a_campaign(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.edited(PRISONS, with_query(CALLS, "close*"))
    assert desk.effects() == [("retagged", 1)]
    assert desk.clipping(saved).tags == ("calls", "prisons")


def test_a_tag_that_an_editor_took_off_is_not_put_on_again(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.store.clippings.reword(1, who="ada", now=NOW, tags=())
    desk.edited(with_query(PRISONS, "prison"))
    desk.follow()
    assert desk.clipping(saved).tags == ()


def test_a_campaign_that_left_the_config_lets_its_waiting_clippings_go(desk: Desk) -> None:
    desk.takes(PRISON)
    desk.edited(CALLS)
    assert desk.effects() == [("rejected", 1)]


def test_only_the_named_campaign_is_followed(desk: Desk) -> None:
    desk.takes(PRISON)
    desk.takes(JAIL)
    desk.edited(with_query(PRISONS, "zebra"), with_query(CALLS, "jail"))
    assert desk.effects(campaigns={"calls"}) == [("queued", 2)]


def test_a_campaign_alone_leaves_anothers_clipping_in_the_queue(desk: Desk) -> None:
    desk.edited(PRISONS, with_query(CALLS, "close*"))
    saved = desk.takes(PRISON)
    desk.edited(PRISONS, with_query(CALLS, "zebra"))
    assert desk.effects(campaigns={"calls"}) == [("retagged", 1)]
    assert desk.clipping(saved).status is Status.QUEUED
    assert desk.clipping(saved).tags == ("prisons",)


def test_a_story_is_followed_once_whichever_copies_change(desk: Desk) -> None:
    first = desk.takes(PRISON)
    desk.takes(f"{PRISON} A jail too.", outlet="herald", joining=first)
    desk.edited(jails())
    assert [change.effect.value for change in desk.follow(dry_run=True)] == ["renewed"]
    desk.follow()
    assert desk.clipping(first).status is Status.QUEUED
    assert desk.follow() == []


def test_copies_far_apart_are_one_change_of_one_story(desk: Desk) -> None:
    """Copies in different batches, the first of them not even a match."""
    first = desk.takes("It rained all week.")
    for number in range(130):
        desk.takes(f"The council met for the {number}th time.")
    desk.takes(f"{JAIL} One.", outlet="herald", joining=first)
    for number in range(130):
        desk.takes(f"The council met for the {number}th time in May.")
    desk.takes(f"{JAIL} Two.", outlet="herald", joining=first)
    desk.edited(with_query(PRISONS, "jail* OR council"))
    dry = desk.follow(dry_run=True)
    assert sum(change.story == first.story for change in dry) == 1
    assert len(dry) == 261
    done = desk.follow()
    assert [(c.story, c.effect) for c in done] == [(c.story, c.effect) for c in dry]
    assert desk.follow() == []


def test_a_dry_run_tells_the_same_and_changes_nothing(desk: Desk) -> None:
    desk.takes(PRISON)
    desk.takes(JAIL)
    desk.edited(jails())
    before = desk.state()
    dry = desk.follow(dry_run=True)
    assert desk.state() == before
    assert [(c.effect, c.story) for c in desk.follow()] == [(c.effect, c.story) for c in dry]


def test_since_leaves_older_articles_as_they_are(desk: Desk) -> None:
    day = timedelta(days=1)
    desk.takes(PRISON, at=NOW - 40 * day)
    desk.takes(JAIL, at=NOW - 40 * day)
    newer = desk.takes(f"{JAIL} Again.", at=NOW)
    desk.edited(jails())
    assert desk.effects(since=30 * day) == [("queued", 2)]
    assert desk.clipping(newer).id == 2


def test_the_excerpt_follows_the_hits_until_somebody_chose_its_words(desk: Desk) -> None:
    filler = " ".join(["The council met and talked about the roads for hours."] * 12)
    text = f"{filler}\nA private prison will close in June.\n{filler}\nThe jail stays open."
    saved, other = desk.takes(text), desk.takes(f"{text} Really.")
    cut = desk.clipping(other)
    desk.store.clippings.reword(cut.id, who="ada", now=NOW, headline="Ours")
    desk.edited(jails())
    desk.follow()
    shown = desk.clipping(saved)
    words = [shown.text[span.start : span.end] for span in shown.excerpt.spans]
    assert any("jail" in each for each in words)
    assert desk.clipping(other).excerpt == cut.excerpt


@dataclass(frozen=True, kw_only=True)
class Meddling(Rules):
    """Rules that let somebody else act while the articles are being matched."""

    act: Callable[[], object]

    def outlet(self, slug: str) -> Outlet:
        self.act()
        return super().outlet(slug)


def test_a_clipping_that_is_judged_meanwhile_is_left_as_it_was_judged(
    desk: Desk, tmp_path: Path
) -> None:
    """Somebody approves it on the desk between looking and saving."""
    saved = desk.takes(PRISON)

    def approve() -> None:
        with Store.open(tmp_path / "clipper.db") as theirs:
            if theirs.clippings.status(1) is Status.QUEUED:
                theirs.clippings.move(1, Status.APPROVED, who="ada", now=NOW)

    desk.rules = Meddling(campaigns=(jails(),), outlets=OUTLETS, act=approve)
    assert desk.follow() == []
    clipping = desk.clipping(saved)
    assert clipping.status is Status.APPROVED
    assert [m.query for m in clipping.matches] == list(PRISONS.queries)


def test_an_older_copy_that_was_not_looked_at_keeps_its_story_in_the_queue(desk: Desk) -> None:
    day = timedelta(days=1)
    first = desk.takes(PRISON, at=NOW - 40 * day)
    desk.takes(f"{PRISON} Soon.", outlet="herald", joining=first)
    desk.edited(jails())
    assert desk.effects(since=30 * day) == [("renewed", 1)]
    assert desk.clipping(first).status is Status.QUEUED


def test_what_an_editor_took_off_stays_off_when_its_campaign_goes_and_comes_again(
    desk: Desk,
) -> None:
    desk.edited(PRISONS, with_query(CALLS, "close*"))
    saved = desk.takes(PRISON)
    desk.store.clippings.reword(1, who="ada", now=NOW, tags=("prisons",))
    for words in ("zebra", "close*"):
        desk.edited(PRISONS, with_query(CALLS, words))
        assert desk.effects() == [("retagged", 1)]
        assert desk.clipping(saved).tags == ("prisons",)


def test_an_odd_spelling_is_found_though_the_index_misses_it(desk: Desk) -> None:
    desk.takes("The jai\u00adl will close.")
    desk.edited(jails())
    assert desk.effects() == [("queued", 1)]


# ---------------------------------------------------------------- tags by rule


def test_labels_land_on_what_a_campaign_queues_and_never_queue_by_themselves(desk: Desk) -> None:
    desk.edited(PRISONS, tags={"Students": "student*"})
    saved = desk.takes(f"{PRISON} The students cheered.")
    alone = desk.takes("The students cheered.")
    assert desk.clipping(saved).tags == ("Students", "prisons")
    assert {(t.tag, t.origin) for t in desk.store.tags.of(1)} == {
        ("Students", Origin.RULE),
        ("prisons", Origin.CAMPAIGN),
    }
    assert alone.clipping is None


def test_a_copys_labels_come_to_a_waiting_clipping(desk: Desk) -> None:
    desk.edited(PRISONS, tags={"Students": "student*"})
    first = desk.takes(PRISON)
    desk.takes(f"{PRISON} The students cheered.", outlet="herald", joining=first)
    assert desk.clipping(first).tags == ("Students", "prisons")


def test_an_edited_rule_moves_its_label_on_what_waits(desk: Desk) -> None:
    saved = desk.takes(f"{PRISON} The students cheered.")
    desk.edited(PRISONS, tags={"Students": "student*"})
    assert desk.effects() == [("retagged", 1)]
    assert desk.clipping(saved).tags == ("Students", "prisons")
    desk.edited(PRISONS, tags={"Students": "pupil*"})
    assert desk.effects() == [("retagged", 1)]
    assert desk.clipping(saved).tags == ("prisons",)
    assert desk.follow() == []


def test_an_editors_own_tags_are_not_the_machines_to_take_off(desk: Desk) -> None:
    saved = desk.takes(PRISON)
    desk.store.clippings.reword(1, who="ada", now=NOW, tags=("prisons", "Students", "urgent"))
    desk.edited(PRISONS, tags={"Students": "pupil*"})
    assert desk.follow() == []
    assert desk.clipping(saved).tags == ("Students", "prisons", "urgent")


def test_a_label_that_an_editor_took_off_and_put_back_is_the_editors(desk: Desk) -> None:
    desk.edited(PRISONS, tags={"Students": "student*"})
    saved = desk.takes(f"{PRISON} The students cheered.")
    desk.store.clippings.reword(1, who="ada", now=NOW, tags=("prisons",))
    desk.store.clippings.reword(1, who="ada", now=NOW, tags=("prisons", "Students"))
    desk.edited(PRISONS)
    desk.follow()
    assert desk.clipping(saved).tags == ("Students", "prisons")
