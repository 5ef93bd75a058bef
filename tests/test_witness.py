"""A second witness: asked for, proved by the other archive's own index, and never said before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clipper.cli import main
from clipper.fetch import Network, Sender
from clipper.model import Status
from clipper.store import Store, testimony
from clipper.store.testimony import State
from clipper.witness import Archive, advance, mementos

from . import keeping
from .witness_stand_in import StandIn, serving

MINUTE = timedelta(minutes=1)
NETWORK = Network(allow=("127.0.0.0/8",), deadline=10)
KEY = "access:very-secret"


@pytest.fixture
def other() -> Iterator[StandIn]:
    with serving(StandIn()) as stand_in:
        yield stand_in


@pytest.fixture
def archive(other: StandIn) -> Iterator[Archive]:
    with Sender(NETWORK) as sender:
        yield Archive(sender.send, other.url, KEY)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "data" / "clipper.db") as made:
        keeping.synced(made)
        yield made


def published(store: Store, *keys: str) -> list[int]:
    numbers = []
    for key in keys:
        url = f"https://daily.example/news/{key}"
        text = f"Story {key}. {keeping.TEXT}"
        number = keeping.queued(store, key, read=keeping.reading(text=text, url=url), url=url)
        for status in (Status.APPROVED, Status.PUBLISHED):
            store.clippings.move(number, status, who="ana", reason="", now=keeping.NOW)
        numbers.append(number)
    return numbers


def after(store: Store, archive: Archive, *minutes: float) -> testimony.Testimony:
    """The one testimony after steps at these minutes."""
    store.testimonies.want(keeping.NOW)
    for each in minutes:
        advance(store, archive, keeping.NOW + each * MINUTE)
    (found,) = store.testimonies.list()
    return found


def test_a_page_has_a_witness_only_when_the_index_lists_it(store, archive, other) -> None:
    published(store, "1")
    other.listed = False
    assert after(store, archive, 0).state is State.SUBMITTED
    claimed = after(store, archive, 1)
    assert (claimed.state, claimed.where) == (State.CLAIMED, "")
    still = after(store, archive, 2)
    assert still.state is State.CLAIMED
    assert "does not list it yet" in still.reason
    other.listed = True
    proved = after(store, archive, 60)
    assert proved.state is State.PROVED
    assert proved.where == f"{other.url}/web/{other.stamp}/https://daily.example/news/1"
    assert other.saves == 1
    assert f"LOW {KEY}" in other.keys


def test_at_most_three_pages_are_submitted_in_a_minute(store, archive, other) -> None:
    published(store, *map(str, range(1, 8)))
    store.testimonies.want(keeping.NOW)
    counted = []
    for seconds in (0, 20, 59, 61, 90, 122):
        advance(store, archive, keeping.NOW + timedelta(seconds=seconds))
        counted.append(other.saves)
    assert counted == [3, 3, 3, 6, 6, 7]


def failed(kind: str, message: str) -> tuple[int, Any]:
    return 200, {"status": "error", "status_ext": f"error:{kind}", "message": message}


@pytest.mark.parametrize(
    ("save", "state", "words"),
    [
        ((401, {"message": "You need to be logged in"}), State.WAITING, "CLIPPER_WITNESS_KEY"),
        ((429, {"message": "Too many requests"}), State.WAITING, "Too many requests"),
        ((502, "<html>Bad Gateway</html>"), State.WAITING, "status 502"),
        ((200, "not json"), State.WAITING, "status 200"),
        ((200, ["a", "list"]), State.WAITING, "status 200"),
        ((200, {"job_id": 7}), State.WAITING, "status 200"),
        (failed("too-many-daily-captures", "Captured 10 times"), State.WAITING, "10 times"),
        (failed("blocked-url", "In the block list"), State.REFUSED, "block list"),
    ],
)
def test_a_submission_that_fails_is_tried_later_or_given_up_in_words(
    store, archive, other, save: Any, state: State, words: str
) -> None:
    published(store, "1")
    other.save, other.listed = save, False
    found = after(store, archive, 0)
    assert found.state is state
    assert words in found.reason
    assert after(store, archive, 1) == found, "it rests first"
    if state is State.WAITING:
        other.save = None
        assert after(store, archive, 120).state is State.SUBMITTED


@pytest.mark.parametrize(
    ("job", "state"),
    [
        ((200, {"status": "pending", "resources": []}), State.SUBMITTED),
        (failed("gateway-timeout", ""), State.WAITING),
        (failed("not-found", ""), State.REFUSED),
        ((200, {"status": "success", "timestamp": "../../x"}), State.WAITING),
        ((404, {}), State.WAITING),
    ],
)
def test_a_job_is_looked_at_until_it_ends(store, archive, other, job: Any, state: State) -> None:
    published(store, "1")
    other.job = job
    assert after(store, archive, 0, 1).state is state


def test_a_job_that_never_ends_is_asked_for_anew(store, archive, other) -> None:
    published(store, "1")
    other.job = (200, {"status": "pending"})
    assert after(store, archive, 0, 1, 100, 200).state is State.WAITING
    other.job = None
    assert after(store, archive, 400, 401, 402).state is State.PROVED
    assert other.saves == 2


def test_an_answer_that_was_lost_is_looked_up_before_it_is_asked_again(
    store, archive, other
) -> None:
    published(store, "1")
    other.save = (200, None)
    found = after(store, archive, 0)
    assert (found.state, found.job) == (State.WAITING, "")
    assert found.asked_at is not None
    assert after(store, archive, 60).state is State.PROVED
    assert other.saves == 1


def test_what_fails_for_ever_is_given_up_and_says_so(store, archive, other) -> None:
    published(store, "1")
    other.save, other.listed = (500, {}), False
    found = after(store, archive, *(each * 24 * 60 for each in range(10)))
    assert found.state is State.REFUSED
    assert "given up after 6 tries" in found.reason
    assert other.saves == 6


def test_the_captures_that_it_has_already_are_listed(archive, other) -> None:
    found = mementos(archive, "https://daily.example/news/1")
    assert [f"{each.at:%Y-%m-%d}" for each in found] == ["2020-01-02", "2021-01-02"]
    assert all(each.where.startswith(other.url) for each in found)


def test_the_command_needs_a_config_and_a_key_and_never_prints_it(
    store, other, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    (number,) = published(store, "1")
    config = tmp_path / "sources.yaml"
    plain = "outlets:\n  - name: The Daily\n    feed: https://daily.example/feed\n"
    config.write_text(plain)
    told = ["--config", str(config)]
    assert main([*told, "witness"]) == 1
    assert "witness: {}" in capsys.readouterr().err
    config.write_text(f"{plain}network:\n  allow: 127.0.0.0/8\nwitness:\n  service: {other.url}/\n")
    assert main([*told, "witness"]) == 1
    assert "no key is set" in capsys.readouterr().err
    monkeypatch.setenv("CLIPPER_WITNESS_KEY", KEY)
    assert main([*told, "witness"]) == 0
    assert main([*told, "witness", "--list"]) == 0
    assert main([*told, "witness", "--find", "https://daily.example/news/1"]) == 0
    said = capsys.readouterr()
    assert f"{number:>4}  submitted" in said.out
    assert "2020-01-02 03:04" in said.out
    assert "very-secret" not in said.out + said.err
