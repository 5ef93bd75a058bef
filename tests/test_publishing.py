"""The outbox: each update exactly once at each place, whatever fails, and nobody's edit lost."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from clipper import desk
from clipper.desk.publishing import Dispatch, Order, plan, publish, withdraw
from clipper.desk.reconciling import Choice, Verdict
from clipper.errors import AlreadyRunning, PublishError, Refused
from clipper.model import Budget, Status, Update
from clipper.publishers import site, third_party
from clipper.publishers.contract import Failed, Place
from clipper.publishers.markdown import Markdown
from clipper.store import Store
from clipper.testing import HOSTILE, NOW, SAMPLE, Shelf, check_contract

from . import keeping

LATER = NOW + timedelta(hours=1)


def update(number: int, revision: str = "r1", **changes: object) -> Update:
    whole = replace(
        SAMPLE,
        key=f"clipping-{number}",
        revision=revision,
        headline=f"Headline {number} {revision}",
        url=f"https://gazette.example/{number}",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def order(*updates: Update, now: datetime = NOW, **more: object) -> Order:
    return Order(updates=updates, who="ana", now=now, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield keeping.synced(opened)


def verdicts(done: Sequence[Dispatch]) -> list[str]:
    return [each.verdict.value for each in done]


def shown(shelf: Shelf) -> list[tuple[str, str]]:
    return sorted((p.key, p.update.revision) for p in shelf.posts.values() if not p.gone)


# ---------------------------------------------------------------- the contract


def test_a_shelf_and_a_folder_of_markdown_keep_the_contract(tmp_path: Path) -> None:
    shelf = Shelf()
    check_contract(lambda: shelf)
    blind = Shelf(can_find=False)
    check_contract(lambda: blind)
    check_contract(lambda: Markdown(tmp_path / "news", "house"))


def test_the_kit_tells_a_place_that_forgets_keys() -> None:
    class Forgetful(Shelf):
        def find(self, key: str) -> None:
            return None

    place = Forgetful()
    with pytest.raises(AssertionError, match="found by its key"):
        check_contract(lambda: place)


def test_a_place_of_another_package_is_opened_by_its_entry_point() -> None:
    opening = third_party.Opening(
        name="our-shelf", options={}, house="h", send=lambda: None, secret=lambda name: ""
    )
    entry = EntryPoint("shelf", "tests.test_publishing:opened_shelf", third_party.GROUP)
    assert third_party.opened("shelf", opening, [entry]).name == "our-shelf"
    with pytest.raises(PublishError, match="No installed package brings the kind 'shlf'"):
        third_party.opened("shlf", opening, [entry])
    broken = EntryPoint("broken", "tests.test_publishing:NOW", third_party.GROUP)
    with pytest.raises(PublishError, match="can't be opened"):
        third_party.opened("broken", opening, [broken])


def opened_shelf(opening: third_party.Opening) -> Shelf:
    return Shelf()


# ---------------------------------------------------------------- reconciliation


def test_a_place_is_brought_to_what_was_approved_and_then_left_alone(store: Store) -> None:
    shelf = Shelf()
    assert verdicts(publish(store, order(update(1), update(2)), [shelf])) == ["create", "create"]
    assert publish(store, order(update(1), update(2)), [shelf]) == ()
    done = publish(store, order(update(1, "r2")), [shelf])
    assert sorted(verdicts(done)) == ["amend", "withdraw"]
    assert shown(shelf) == [("clipping-1", "r2")]
    assert [each.act for each in store.receipts.sendings("clipping-2")] == ["create", "withdraw"]


def test_a_dry_run_says_what_would_change_and_changes_nothing(store: Store) -> None:
    shelf = Shelf()
    publish(store, order(update(1), update(2)), [shelf])
    before = shown(shelf)
    [planned] = plan(store, order(update(1, "r2"), update(3)), [shelf])
    told = {step.case.key: step.verdict for step in planned.steps}
    assert told == {
        "clipping-1": Verdict.AMEND,
        "clipping-2": Verdict.WITHDRAW,
        "clipping-3": Verdict.CREATE,
    }
    assert shown(shelf) == before
    assert store.updates.waiting() == ()


CASES = [
    # what happened there, our revision now, a person's answer -> verdict, revision there, text
    ("edited", "r1", None, "edited", "edited by hand"),
    ("edited", "r2", None, "conflict", "edited by hand"),
    ("edited", "r2", Choice.OURS, "amend", ""),
    ("edited", "r2", Choice.THEIRS, "adopt", "edited by hand"),
    ("deleted", "r1", None, "missing", None),
    ("deleted", "r2", None, "missing", None),
    ("deleted", "r1", Choice.OURS, "create", ""),
    ("deleted", "r1", Choice.THEIRS, "adopt", None),
    ("binned", "r1", None, "missing", None),
    ("binned", "r1", Choice.OURS, "create", ""),
]


@pytest.mark.parametrize(("event", "revision", "choice", "verdict", "there"), CASES)
def test_what_people_changed_there_is_never_overwritten_unasked(
    store: Store, event: str, revision: str, choice: Choice | None, verdict: str, there: str | None
) -> None:
    shelf = Shelf()
    publish(store, order(update(1)), [shelf])
    [post] = shelf.posts.values()
    if event == "deleted":
        shelf.posts.clear()
    else:
        post.edited, post.gone = "edited by hand", event == "binned"
    choices = {"clipping-1": choice} if choice else {}
    [done] = publish(store, order(update(1, revision), choices=choices), [shelf])
    assert done.verdict == verdict
    assert [post.edited for post in shelf.posts.values() if not post.gone] == (
        [] if there is None else [there]
    )
    if choice:
        assert publish(store, order(update(1, revision)), [shelf]) == ()


def test_a_failure_keeps_its_place_with_its_reason_and_nothing_waits_for_it(store: Store) -> None:
    broken, well = Shelf(name="broken"), Shelf(name="well")
    broken.trip = lambda act, moment: Failed(text="The disk there is full.", lasting=True)
    done = publish(store, order(update(1)), [broken, well])
    assert [(each.place, each.trouble) for each in done] == [
        ("broken", "The disk there is full."),
        ("well", ""),
    ]
    [waiting] = store.updates.waiting()
    assert (waiting.publisher, waiting.reason) == ("broken", "The disk there is full.")
    assert waiting.attempts == 1
    assert not waiting.doubt
    broken.trip = lambda act, moment: None
    assert verdicts(publish(store, order(update(1)), [broken, well])) == ["create"]
    assert store.updates.waiting() == ()


def test_a_place_that_refuses_all_is_asked_once_and_all_wait_with_the_reason(store: Store) -> None:
    shelf = Shelf()
    asked: list[str] = []

    def refuse(act: str, moment: str) -> Failed:
        asked.append(act)
        return Failed(text="wrong password", stop=True, lasting=True)

    shelf.trip = refuse
    publish(store, order(update(1), update(2), update(3)), [shelf])
    assert asked == ["create"]
    assert [each.reason for each in store.updates.waiting()] == ["wrong password"] * 3


def test_after_a_doubt_the_place_is_left_alone_for_a_while_and_then_looked_at(
    store: Store,
) -> None:
    shelf = Shelf()
    lost = Failed(text="No answer came.", maybe_done=True)
    shelf.trip = lambda act, moment: lost if moment == "after" else None
    publish(store, order(update(1)), [shelf])
    shelf.trip = lambda act, moment: None
    assert verdicts(publish(store, order(update(1)), [shelf])) == ["later"]
    assert verdicts(publish(store, order(update(1), now=LATER), [shelf])) == ["adopt"]
    assert shelf.sent == 1


def test_a_named_pause_is_kept(store: Store) -> None:
    shelf = Shelf()
    shelf.trip = lambda act, moment: Failed(text="Too many.", stop=True, retry_after=600)
    publish(store, order(update(1)), [shelf])
    shelf.trip = lambda act, moment: None
    soon = NOW + timedelta(minutes=9)
    assert verdicts(publish(store, order(update(1), now=soon), [shelf])) == ["later"]
    due = NOW + timedelta(minutes=11)
    assert verdicts(publish(store, order(update(1), now=due), [shelf])) == ["create"]


def test_what_may_have_been_sent_to_a_place_that_cannot_be_asked_waits_for_a_person(
    store: Store,
) -> None:
    shelf = Shelf(can_find=False)
    shelf.trip = lambda act, moment: Failed(text="No answer.", maybe_done=True)
    publish(store, order(update(1)), [shelf])
    shelf.trip = lambda act, moment: None
    assert verdicts(publish(store, order(update(1), now=LATER), [shelf])) == ["unsure"]
    again = order(update(1), now=LATER, choices={"clipping-1": Choice.OURS})
    assert verdicts(publish(store, again, [shelf])) == ["create"]
    assert shelf.sent == 1


def test_a_store_from_a_backup_sends_nothing_twice(store: Store, tmp_path: Path) -> None:
    store.backup(tmp_path / "backup.db")
    shelf = Shelf()
    publish(store, order(update(1)), [shelf])
    with Store.open(tmp_path / "backup.db") as old:
        assert verdicts(publish(old, order(update(1)), [shelf])) == ["adopt"]
    assert shelf.sent == 1


def test_two_runs_at_once_do_not_both_send(store: Store) -> None:
    shelf = Shelf()

    def second(act: str, moment: str) -> None:
        with pytest.raises(AlreadyRunning):
            publish(store, order(update(1)), [Shelf(name="other")])

    shelf.trip = second  # type: ignore[assignment]
    publish(store, order(update(1)), [shelf])
    assert shelf.sent == 1


# ---------------------------------------------------------------- clippings


def test_a_clipping_is_published_with_its_first_receipt_and_withdrawn_everywhere(
    store: Store,
) -> None:
    number = keeping.queued(store)
    desk.approve(store, number, who="ana", now=NOW, budget=Budget(words=200, share=1))
    with pytest.raises(Refused, match="not published yet"):
        withdraw(store, number, who="ana", now=NOW, reason="wrong")
    one, other = Shelf(name="one"), Shelf(name="other")
    one.trip = lambda act, moment: Failed(text="down")

    def standing() -> Order:
        return order(*desk.standing(store, keeping.OUTLETS, "", {}))

    publish(store, standing(), [one])
    assert store.clippings.status(number) is Status.APPROVED
    publish(store, standing(), [one, other])
    assert store.clippings.status(number) is Status.PUBLISHED
    with pytest.raises(Refused, match="reason"):
        withdraw(store, number, who="ana", now=NOW, reason=" ")
    withdraw(store, number, who="ana", now=NOW, reason="the outlet retracted it")
    publish(store, standing(), [one, other])
    assert shown(other) == []
    last = store.clippings.history(number)[-1]
    assert (last.after, last.reason) == ("withdrawn", "the outlet retracted it")
    assert store.updates.waiting() == ()


def test_withdrawing_one_publishes_no_other(store: Store, tmp_path: Path) -> None:
    shelf, pages = Shelf(), site.Site(tmp_path / "site", site.SiteSettings())
    publish(store, order(update(1), update(2)), [shelf, pages])
    only = order(update(1), update(3), only=frozenset({"clipping-2"}))
    publish(store, only, [shelf, pages])
    assert shown(shelf) == [("clipping-1", "r1")]
    assert [each.key for each in store.receipts.list("site")] == ["clipping-1"]


# ---------------------------------------------------------------- faults


class Killed(BaseException):
    """The process ends here."""


class Chance:
    """Decides by its seed where the next thing fails."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.armed = False

    def trip(self, act: str, moment: str) -> Failed | None:
        if not self.armed:
            return None
        drawn = self.random.random()
        if drawn < 0.10:
            raise Killed
        if drawn < 0.25:
            return Failed(text="It failed.", maybe_done=moment == "after")
        if drawn < 0.30 and moment == "before":
            return Failed(text="All is refused.", stop=True)
        return None

    def commit(self) -> None:
        """A kill between two steps: what was not committed yet is undone, as SQLite does."""
        if self.armed and self.random.random() < 0.06:
            raise Killed


class Tripping(site.Site):
    """The site, which may be killed before and after it is written."""

    def __init__(self, folder: Path, trip: Callable[[str, str], Failed | None]) -> None:
        super().__init__(folder, site.SiteSettings())
        self._trip = trip

    def bring(self, updates: Sequence[Update], now: datetime):  # type: ignore[no-untyped-def]
        return self._trip("bring", "before") or self._kept(super().bring(updates, now))

    def _kept(self, brought: object) -> object:
        return self._trip("bring", "after") or brought


class TrippingMarkdown(Markdown):
    """Markdown files, where each act may fail or be killed before and after it is done."""

    trip: Callable[[str, str], Failed | None]

    def _put(self, name: str, update: Update):  # type: ignore[no-untyped-def]
        failed = self.trip("put", "before")
        if failed:
            return failed
        done = super()._put(name, update)
        return self.trip("put", "after") or done

    def withdraw(self, ref: str) -> Failed | None:
        return self.trip("withdraw", "before") or super().withdraw(ref)


ROUNDS = 240


@pytest.mark.parametrize("seed", range(6))
def test_every_update_stands_exactly_once_whatever_fails_or_is_killed(
    tmp_path: Path, seed: int
) -> None:
    """240 rounds in all: approvals, corrections and withdrawals published while calls fail,
    answers are lost and the process is killed at any step; then one quiet run."""
    chance = Chance(seed)
    shelf, blind = Shelf(trip=chance.trip), Shelf("blind", can_find=False, trip=chance.trip)
    files = TrippingMarkdown(tmp_path / "news", "house")
    files.trip = chance.trip
    places: list[Place] = [Tripping(tmp_path / "site", chance.trip), files, shelf, blind]
    wanted: dict[int, Update] = {}
    now = NOW
    kills = 0
    with Store.create(tmp_path / "clipper.db") as store:
        store._connection.before_commit(chance.commit, lambda: lambda: None)
        for number in range(ROUNDS // 6):
            _change(chance.random, wanted, number)
            now += timedelta(minutes=chance.random.choice([0, 1, 5, 600]))
            chance.armed = True
            try:
                publish(store, order(*wanted.values(), now=now), places)
            except Killed:
                kills += 1
            chance.armed = False
        for _ in range(3):
            now += timedelta(days=1)
            answers = _answers(store, blind, {each.key for each in wanted.values()})
            publish(store, order(*wanted.values(), now=now, choices=answers), places)
        assert kills > 5
        expected = sorted((each.key, each.revision) for each in wanted.values())
        assert shown(shelf) == expected
        assert shown(blind) == expected
        assert _in_files(tmp_path / "news") == expected
        assert sorted((r.key, r.revision) for r in store.receipts.list("site")) == expected
        assert len(list((tmp_path / "site" / "updates").iterdir())) == len(expected)
        assert store.updates.waiting() == ()
        assert publish(store, order(*wanted.values(), now=now), places) == ()


def _change(chance: random.Random, wanted: dict[int, Update], number: int) -> None:
    drawn = chance.random()
    if drawn < 0.55 or not wanted:
        wanted[number] = update(number)
    elif drawn < 0.8:
        chosen = chance.choice(list(wanted))
        wanted[chosen] = update(chosen, f"r{number}")
    else:
        del wanted[chance.choice(list(wanted))]


def _answers(store: Store, blind: Shelf, wanted: set[str]) -> dict[str, Choice]:
    """What a person says who looked at the place that can't be asked."""
    answers = {}
    for waiting in store.updates.waiting("blind"):
        there = [p.update.revision for p in blind.posts.values() if p.key == waiting.key]
        done = waiting.revision in there if waiting.key in wanted else not there
        answers[waiting.key] = Choice.THEIRS if done else Choice.OURS
    return answers


def _in_files(folder: Path) -> list[tuple[str, str]]:
    found = []
    for file in folder.glob("*.md"):
        lines = file.read_text(encoding="utf-8").splitlines()
        url = next(line for line in lines if line.startswith("source_url"))
        revision = next(line for line in lines if line.startswith("clipper_revision"))
        found.append((f"clipping-{url.rsplit('/', 1)[1][:-1]}", revision.split('"')[1]))
    return sorted(found)


# ---------------------------------------------------------------- Markdown


def test_a_markdown_file_is_front_matter_and_a_quotation(tmp_path: Path) -> None:
    Markdown(tmp_path, "house").create(SAMPLE, NOW)
    [file] = tmp_path.iterdir()
    front, body = file.read_text(encoding="utf-8").removeprefix("---\n").split("\n---\n\n", 1)
    from ruamel.yaml import YAML

    told = YAML(typ="safe", pure=True).load(front)
    assert told["title"] == "Trustees vote on “prison stock” & more <b>"
    assert told["categories"] == ["Prison divestment"]
    assert told["source_url"] == "https://gazette.example/story/1?a=1&b=2"
    assert body == (
        "Via Stanford Daily \\| Julia Ingram\n\n> The first words.\n>\n> \\[…\\]\n>\n"
        "> The last words.\n\n[Continue reading](<https://gazette.example/story/1?a=1&b=2>)\n"
    )


def test_hostile_words_stay_words_in_markdown(tmp_path: Path) -> None:
    Markdown(tmp_path, "house").create(HOSTILE, NOW)
    [file] = tmp_path.iterdir()
    text = file.read_text(encoding="utf-8")
    body = text.split("\n---\n", 1)[1]
    assert "<script" not in body
    assert "<img" not in body
    assert not re.search(r"(?<!\\)[\[\]]\(?javascript", body)
    assert "{{" not in body
    assert "{%" not in body


def test_a_renamed_markdown_file_is_still_known(tmp_path: Path) -> None:
    place = Markdown(tmp_path, "house")
    made = place.create(SAMPLE, NOW)
    assert not isinstance(made, Failed)
    (tmp_path / made.ref).rename(tmp_path / "my-name.md")
    stands = place.survey({SAMPLE.key: made.ref})
    assert not isinstance(stands, Failed)
    assert stands[SAMPLE.key].ref == "my-name.md"


def test_other_files_in_the_folder_stay(tmp_path: Path) -> None:
    (tmp_path / "about.md").write_text("---\ntitle: About\n---\n", encoding="utf-8")
    place = Markdown(tmp_path, "house")
    made = place.create(SAMPLE, NOW)
    assert not isinstance(made, Failed)
    place.withdraw(made.ref)
    assert [file.name for file in tmp_path.iterdir()] == ["about.md"]
