"""Merging, splitting and rebuilding stories: nothing is deleted, no decision is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clipper import retro
from clipper.errors import Refused
from clipper.model import Status
from clipper.store import Saved, Store

from .keeping import NOW, synced
from .looking_back import PRISONS, Desk, rules

PRISON = "A private prison will close."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store.create(tmp_path / "clipper.db") as store:
        yield Desk(synced(store), rules(PRISONS))


def merge(desk: Desk, one: Saved, other: Saved) -> retro.Merged:
    assert one.story
    assert other.story
    return retro.merge(desk.store, one.story, other.story, who="ada", now=NOW)


def test_of_two_waiting_clippings_the_first_named_stays(desk: Desk) -> None:
    one, other = desk.takes(PRISON), desk.takes(f"{PRISON} Soon.")
    done = merge(desk, one, other)
    assert (done.clipping, done.joined, done.story) == (1, 2, one.story)
    assert desk.store.clippings.status(2) is Status.REJECTED
    assert "clipping 1" in desk.store.clippings.history(2)[-1].reason


@pytest.mark.parametrize(
    ("one", "other", "stays"),
    [
        ("queued", "approved", 2),
        ("approved", "queued", 1),
        ("queued", "rejected", 2),
        ("queued", "snoozed", 2),
        ("rejected", "approved", 2),
        ("none", "queued", 1),
        ("none", "approved", 1),
    ],
)
def test_the_clipping_that_was_judged_further_stays(
    desk: Desk, one: str, other: str, stays: int
) -> None:
    stories = [desk.takes(PRISON if at != "none" else "It rained.") for at in (one, other)]
    for saved, status in zip(stories, (one, other), strict=True):
        if status not in ("queued", "none"):
            assert saved.clipping
            desk.store.clippings.move(saved.clipping, Status(status), who="ada", now=NOW)
    before = {c.id: c.status for c in desk.store.clippings.list()}
    done = merge(desk, *stories)
    assert done.clipping == stays
    assert desk.store.clippings.status(stays) is before[stays]
    assert len(desk.store.clippings.list()) == len(before)


def test_two_that_are_approved_are_not_merged_and_nothing_changes(desk: Desk) -> None:
    one, other = desk.takes(PRISON), desk.takes(f"{PRISON} Soon.")
    for number in (1, 2):
        desk.store.clippings.move(number, Status.APPROVED, who="ada", now=NOW)
    before = desk.state()
    with pytest.raises(Refused, match="take it back"):
        merge(desk, one, other)
    assert desk.state() == before


def test_what_clipper_set_aside_by_itself_gives_way_to_what_waits(desk: Desk) -> None:
    one = desk.takes(PRISON)
    desk.edited(retro_jails := PRISONS.__class__(slug="prisons", name="P", queries=("jail",)))
    desk.follow()
    other = desk.takes("A jail.")
    assert retro_jails.queries == ("jail",)
    assert merge(desk, one, other).clipping == 2


def test_a_split_article_that_matched_is_put_before_the_editors(desk: Desk) -> None:
    one = desk.takes(PRISON)
    other = desk.takes(f"{PRISON} Soon.", outlet="herald", joining=one)
    assert other.article
    done = retro.split(desk.store, desk.rules, other.article, who="ada", now=NOW)
    assert done.story != one.story
    assert done.queued == 2
    clipping = desk.store.clippings.get(2)
    assert clipping.article.id == other.article
    assert (clipping.status, clipping.tags) == (Status.QUEUED, ("prisons",))


def test_the_clipping_goes_along_with_the_copy_that_it_credits(desk: Desk) -> None:
    one = desk.takes(PRISON)
    other = desk.takes(f"{PRISON} Soon.", outlet="herald", joining=one)
    assert one.article
    done = retro.split(desk.store, desk.rules, one.article, who="ada", now=NOW)
    assert desk.store.clippings.get(1).story == done.story
    left = desk.clipping(other)
    assert (left.id, done.queued) == (2, 2)


def test_a_split_article_that_did_not_match_is_not_queued(desk: Desk) -> None:
    one = desk.takes(PRISON)
    other = desk.takes("It rained.", outlet="herald", joining=one)
    assert other.article
    done = retro.split(desk.store, desk.rules, other.article, who="ada", now=NOW)
    assert done.queued is None


def test_a_rebuild_keeps_what_editors_merged_and_split_and_changes_nothing_twice(
    desk: Desk,
) -> None:
    words = "The county board voted on {0} to end its {0} contract with the {0} company after a {0} hearing."
    texts = [words.format(name) for name in ("prison", "water", "waste", "school")]
    stories = [desk.takes(text) for text in texts]
    merge(desk, stories[0], stories[1])
    first = retro.rebuild(desk.store, desk.rules, now=NOW)
    assert first.rebuilt.articles == 4
    where = [desk.store.stories.of_article(each.article or 0) for each in stories]
    assert where[0] == where[1]
    again = retro.rebuild(desk.store, desk.rules, now=NOW)
    assert (again.rebuilt.moved, again.queued) == ((), ())
    assert [desk.store.stories.of_article(each.article or 0) for each in stories] == where


def test_a_match_that_a_rebuild_parts_from_its_story_is_queued(desk: Desk) -> None:
    """The machine had joined by mistake what today's rules keep apart."""
    one = desk.takes(PRISON)
    other = desk.takes("A private prison of quite another kind opened.", joining=one)
    assert other.clipping is None
    done = retro.rebuild(desk.store, desk.rules, now=NOW)
    assert done.rebuilt.moved == (other.article,)
    assert len(done.queued) == 1
    assert desk.clipping(one).id == 1


def test_a_dry_rebuild_changes_nothing(desk: Desk) -> None:
    one = desk.takes(PRISON)
    desk.takes("A private prison of quite another kind opened.", joining=one)
    before = desk.state()
    done = retro.rebuild(desk.store, desk.rules, now=NOW, dry_run=True)
    assert len(done.rebuilt.moved) == 1
    assert desk.state() == before


def test_the_copies_of_a_story_are_told_with_their_evidence(desk: Desk) -> None:
    one = desk.takes(PRISON)
    desk.takes(f"{PRISON} Soon.", outlet="herald", joining=one)
    assert one.story
    first, second = desk.store.stories.copies(one.story)
    assert (first.primary, first.placement.best) == (True, None)
    assert (second.placement.kinship.value, second.placement.best) == ("syndicated", one.article)
    assert (second.placement.containment, second.placement.shared) == (0.9, 40)
