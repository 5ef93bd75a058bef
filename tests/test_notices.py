"""Notices: what is told, once, to chats that refuse, close and stall; and signed webhooks."""

from __future__ import annotations

import builtins
import contextlib
import json
import logging
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from clipper import chat
from clipper.cli import main
from clipper.errors import AlreadyRunning
from clipper.fetch import Network, Sender
from clipper.model import PollError, Status
from clipper.notices import (
    PAUSES,
    WEBHOOK,
    Courier,
    Failed,
    Letter,
    Rules,
    Target,
    again,
    arrived,
    is_quiet,
    look,
    send,
)
from clipper.notices.couriers import key_of, to_chat, to_webhook
from clipper.notices.words import inert
from clipper.store import Store

from . import keeping
from .receiver import CLOSE, STALL, Receiver, receiving

NOW = keeping.NOW
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
ALL = frozenset({"queued", "spike", "failing", "well-again"})
TOKEN = "s3cr3t-t0k3n"
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ROOT = Path(__file__).parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "data" / "clipper.db") as made:
        yield keeping.synced(made)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def rules(**fields: object) -> Rules:
    target = Target(**({"name": "team", "what": ALL} | fields))
    return Rules(
        targets=(target,),
        outlets={"daily": "The Daily", "herald": "Herald"},
        campaigns={"prison-divestment": "Prison divestment"},
        sources={"daily-feed": "The Daily", "herald-feed": "Herald"},
    )


def webhook(**fields: object) -> Rules:
    what = frozenset({"queued", "approved", "published", "withdrawn"})
    return rules(by=WEBHOOK, what=what, **fields)


def address(receiver: Receiver) -> str:
    stalls = STALL in receiver.verdicts
    return f"json://user:{TOKEN}@127.0.0.1:{receiver.port}/{TOKEN}?rto={0.3 if stalls else 20}"


def courier(receiver: Receiver) -> dict[str, Courier]:
    return {"team": to_chat(address(receiver))}


def queue(store: Store, *keys: str, now: datetime = NOW, **fields: object) -> list[int]:
    return [
        keeping.queued(
            store, key, now=now, url=f"https://daily.example/news/{key}",
            read=keeping.reading(
                text=f"Story {key}. {keeping.TEXT}", url=f"https://daily.example/news/{key}",
                title=str(fields.get("title", f"Title {key}")),
            ),
        )
        for key in keys
    ]  # fmt: skip


def states(store: Store) -> list[str]:
    rows = store._connection.rows("SELECT state FROM notice ORDER BY id")
    return [row["state"] for row in rows]


# ---------------------------------------------------------------- what is told


def test_a_round_is_one_notice_with_its_first_headlines(store: Store, receiver: Receiver) -> None:
    queue(store, *"1234567")
    assert look(store, rules(), NOW) == 1
    (told,) = send(store, rules(), courier(receiver), now=NOW)
    assert (told.state, told.count) == ("sent", 1)
    said = json.loads(receiver.bodies[0])
    assert said["title"] == "7 stories wait for a decision"
    assert said["message"].count("•") == 5
    assert "Title 7 (The Daily)" in said["message"]
    assert "… and 2 more" in said["message"]
    assert look(store, rules(), NOW + MINUTE) == 0
    assert list(send(store, rules(), courier(receiver), now=NOW + MINUTE)) == []
    queue(store, "8", now=NOW + MINUTE)
    assert look(store, rules(), NOW + MINUTE) == 1


def test_a_new_target_is_told_of_the_last_day_alone(store: Store) -> None:
    queue(store, "1", now=NOW - 2 * DAY)
    assert look(store, rules(), NOW) == 0
    queue(store, "2")
    assert look(store, rules(name="another"), NOW) == 1


def test_only_the_campaigns_that_somebody_asked_for(store: Store) -> None:
    queue(store, "1")
    assert look(store, rules(campaigns=frozenset({"water"})), NOW) == 0
    assert look(store, rules(name="b", campaigns=frozenset({"prison-divestment"})), NOW) == 1


def outlets(store: Store, number: int, *, now: datetime = NOW, first: int = 0) -> None:
    """So many outlets, each with a story of its own for the campaign."""
    for each in range(first, first + number):
        source = replace(keeping.DAILY, slug=f"s{each}", outlet=f"o{each}",
                         address=f"https://o{each}.example/feed")  # fmt: skip
        outlet = replace(keeping.OUTLETS[0], slug=f"o{each}", name=f"Outlet {each}")
        store.sources.sync((source,), (outlet,), now)
        url = f"https://o{each}.example/1"
        read = keeping.reading(text=f"Number {each}. {keeping.TEXT}", url=url)
        keeping.saved(store, f"k{each}", source=source, now=now, url=url, read=read)


def test_a_spike_is_told_once_and_again_when_it_doubled(store: Store) -> None:
    told = rules(what=frozenset({"spike"}), outlets=3, within=timedelta(hours=6))
    outlets(store, 2)
    assert look(store, told, NOW) == 0
    outlets(store, 1, first=2)
    assert look(store, told, NOW) == 1
    outlets(store, 2, first=3)
    assert look(store, told, NOW) == 0, "five are not twice three"
    outlets(store, 1, first=5)
    assert look(store, told, NOW) == 1
    first, second = store.notices.open("team")
    assert (first.told["count"], second.told["count"]) == (3, 6)
    assert second.told["about"] == "campaign"
    assert second.told["campaigns"] == ["Prison divestment"]
    later = NOW + timedelta(hours=7)
    assert look(store, told, later) == 0
    outlets(store, 3, first=10, now=later)
    assert look(store, told, later) == 1, "it was over, and is another one now"


def test_many_outlets_with_one_story_are_a_spike_of_that_story(store: Store) -> None:
    one = keeping.saved(store, "1")
    for each in range(2):
        source = replace(keeping.DAILY, slug=f"s{each}", outlet=f"o{each}",
                         address=f"https://o{each}.example/feed")  # fmt: skip
        outlet = replace(keeping.OUTLETS[0], slug=f"o{each}", name=f"Outlet {each}")
        store.sources.sync((source,), (outlet,), NOW)
        url = f"https://o{each}.example/1"
        read = keeping.reading(url=url, matches=())
        keeping.saved(store, f"k{each}", source=source, url=url, read=read,
                      placement=keeping.joining(one))  # fmt: skip
    told = rules(what=frozenset({"spike"}), outlets=3)
    assert look(store, told, NOW) == 1
    (notice,) = store.notices.open("team")
    assert (notice.told["about"], notice.told["headline"]) == ("story", "City sells")


def test_old_stories_of_a_first_round_are_no_spike(store: Store) -> None:
    for key in "123":
        read = keeping.reading(
            text=f"{key} {keeping.TEXT}", published_at=NOW - 30 * DAY,
            url=f"https://daily.example/{key}",
        )  # fmt: skip
        keeping.saved(store, key, read=read)
    keeping.saved(
        store, "h", source=keeping.HERALD, url="https://herald.example/1",
        read=keeping.reading(url="https://herald.example/1", published_at=NOW - 30 * DAY),
    )  # fmt: skip
    assert look(store, rules(what=frozenset({"spike"}), outlets=2), NOW) == 0


def test_a_failing_source_is_told_once_and_once_when_it_is_well_again(store: Store) -> None:
    error = PollError(kind="dns", text="The name was not found.")
    told = rules(what=frozenset({"failing", "well-again"}))
    for hour in range(3):
        assert look(store, told, NOW + hour * keeping.HOUR) == 0, "it is no third failure yet"
        store.note_poll_error(keeping.HERALD, error, NOW + hour * keeping.HOUR, NOW)
    at = NOW + 3 * keeping.HOUR
    assert look(store, told, at) == 1
    assert look(store, told, at + MINUTE) == 0
    (notice,) = store.notices.open("team")
    (source,) = notice.told["sources"]
    assert source["outlet"] == "Herald"
    assert "the last 3 looks failed" in source["text"]
    assert source["remedy"]
    later = at + keeping.HOUR
    store.note_poll(keeping.HERALD, keeping.polled(), later, later + keeping.HOUR)
    assert look(store, told, later) == 1
    assert store.notices.open("team")[-1].kind == "well-again"
    assert look(store, told, later + MINUTE) == 0


def test_a_notice_leads_to_the_desk_when_its_address_is_known(store: Store) -> None:
    queue(store, "1", "2")
    told = replace(rules(), desk="https://clips.example")
    look(store, told, NOW)
    said: list[str] = []
    list(send(store, told, {"team": lambda letter: said.append(letter.text)}, now=NOW))
    assert said[0].endswith("https://clips.example/")
    (notice,) = store.notices.ended()
    assert notice.told["first"][0]["desk"] == "https://clips.example/clippings/2"


# ---------------------------------------------------------------- quiet hours

NIGHT = (time(22), time(7))


@pytest.mark.parametrize(
    ("at", "hours", "zone", "quiet"),
    [
        ("2026-03-02T06:59", NIGHT, "UTC", True),
        ("2026-03-02T07:00", NIGHT, "UTC", False),
        ("2026-03-02T21:59", NIGHT, "UTC", False),
        ("2026-03-02T22:00", NIGHT, "UTC", True),
        ("2026-03-02T12:30", (time(12), time(13)), "UTC", True),
        ("2026-03-02T13:00", (time(12), time(13)), "UTC", False),
        # New York goes forward on 8 March at 2: seven by the clock is 11 UTC from then on
        ("2026-03-07T11:59", NIGHT, "America/New_York", True),
        ("2026-03-08T10:59", NIGHT, "America/New_York", True),
        ("2026-03-08T11:00", NIGHT, "America/New_York", False),
        # quiet until 2:30, which is left out: it ends with the jump
        ("2026-03-08T06:59", (time(22), time(2, 30)), "America/New_York", True),
        ("2026-03-08T07:00", (time(22), time(2, 30)), "America/New_York", False),
        # back on 1 November: the hour from 1 to 2 comes twice and is quiet twice
        ("2026-11-01T05:30", (time(1), time(2)), "America/New_York", True),
        ("2026-11-01T06:30", (time(1), time(2)), "America/New_York", True),
        ("2026-11-01T07:00", (time(1), time(2)), "America/New_York", False),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(
    at: str, hours: tuple[time, time], zone: str, quiet: bool
) -> None:
    assert is_quiet(datetime.fromisoformat(at).replace(tzinfo=UTC), hours, zone) is quiet


def test_what_came_in_quiet_hours_is_sent_after_them_as_one(
    store: Store, receiver: Receiver
) -> None:
    told = rules(quiet=NIGHT)
    for hour, key in enumerate("123"):
        at = datetime(2026, 3, 1, 22, tzinfo=UTC) + hour * keeping.HOUR
        queue(store, key, now=at)
        look(store, told, at)
        (held,) = send(store, told, courier(receiver), now=at)
        assert (held.state, held.count) == ("quiet", hour + 1)
    assert receiver.taken == []
    (sent,) = send(store, told, courier(receiver), now=datetime(2026, 3, 2, 7, tzinfo=UTC))
    assert (sent.state, sent.count) == ("sent", 3)
    (body,) = receiver.bodies
    assert json.loads(body)["title"] == "3 stories wait for a decision"


# ---------------------------------------------------------------- once


def test_a_refusal_is_kept_in_words_and_tried_again_after_a_growing_pause(
    store: Store, receiver: Receiver
) -> None:
    receiver.verdicts = [500, 403, 200]
    queue(store, "1")
    look(store, rules(), NOW)
    (told,) = send(store, rules(), courier(receiver), now=NOW)
    assert (told.state, told.text) == ("waits", "the service refuses it (500).")
    (waits,) = send(store, rules(), courier(receiver), now=NOW + PAUSES[0] - MINUTE / 2)
    assert (waits.state, waits.fresh, len(receiver.taken)) == ("waits", False, 1)
    at = NOW + PAUSES[0]
    (told,) = send(store, rules(), courier(receiver), now=at)
    assert "403: its token or path may be wrong" in told.text
    assert store.notices.open("team")[0].again_at == at + PAUSES[1]
    (told,) = send(store, rules(), courier(receiver), now=at + PAUSES[1])
    assert (told.state, len(receiver.taken)) == ("sent", 3)


def test_a_service_that_is_not_there_is_no_doubt(store: Store) -> None:
    with receiving() as gone:
        where = address(gone)
    queue(store, "1")
    look(store, rules(), NOW)
    (told,) = send(store, rules(), {"team": to_chat(where)}, now=NOW)
    assert (told.state, told.text) == ("waits", "the service can't be reached: no connection.")


@pytest.mark.parametrize("verdict", [CLOSE, STALL])
def test_a_lost_answer_is_a_doubt_that_a_person_settles(
    store: Store, receiver: Receiver, verdict: int
) -> None:
    receiver.verdicts = [verdict]
    queue(store, "1")
    look(store, rules(), NOW)
    (told,) = send(store, rules(), courier(receiver), now=NOW)
    assert (told.state, told.fresh) == ("doubt", True)
    queue(store, "2")
    look(store, rules(), NOW)
    doubt, sent = send(store, rules(), courier(receiver), now=NOW + DAY)
    assert (doubt.state, doubt.fresh, sent.state) == ("doubt", False, "sent"), "others go on"
    assert again(store, NOW + DAY) == 1
    (told,) = send(store, rules(), courier(receiver), now=NOW + DAY)
    assert (told.state, len(receiver.taken)) == ("sent", 3)


def test_a_kill_between_the_sending_and_its_end_is_a_doubt(
    store: Store, receiver: Receiver
) -> None:
    def killed(_: Letter) -> None:
        raise KeyboardInterrupt

    queue(store, "1")
    look(store, rules(), NOW)
    with pytest.raises(KeyboardInterrupt):
        list(send(store, rules(), {"team": killed}, now=NOW))
    (told,) = send(store, rules(), courier(receiver), now=NOW)
    assert (told.state, receiver.taken) == ("doubt", [])
    assert "stopped before the service answered" in told.text
    assert arrived(store, NOW) == 1
    assert states(store) == ["sent"]


def test_a_kill_while_looking_loses_and_doubles_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(store, "1", "2")
    kept = store.notices.note_mark

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store.notices, "note_mark", killed)
    with pytest.raises(KeyboardInterrupt):
        look(store, rules(), NOW)
    assert states(store) == []
    monkeypatch.setattr(store.notices, "note_mark", kept)
    assert look(store, rules(), NOW) == 1


def test_what_could_not_be_sent_for_days_is_given_up_with_its_reason(
    store: Store, receiver: Receiver
) -> None:
    receiver.verdicts = [500] * 9
    queue(store, "1")
    look(store, rules(), NOW)
    list(send(store, rules(), courier(receiver), now=NOW))
    (told,) = send(store, rules(), courier(receiver), now=NOW + 4 * DAY)
    assert told.state == "dropped"
    (ended,) = store.notices.ended()
    assert (ended.state, ended.reason) == ("dropped", "the service refuses it (500).")


def failing(deliver: Courier, chance: random.Random) -> Courier:
    """A courier that refuses, loses answers, and is killed before and after the sending."""

    def courier(letter: Letter) -> Failed | None:
        fate = chance.choice(["good", "good", "refused", "lost", "kill", "kill after"])
        if fate == "refused":
            return Failed(text="no", answered=True)
        if fate == "kill":
            raise KeyboardInterrupt
        deliver(letter)
        if fate == "kill after":
            raise KeyboardInterrupt
        return Failed(text="lost", maybe_sent=True) if fate == "lost" else None

    return courier


def test_whatever_fails_and_wherever_it_is_killed_each_thing_is_told_once(
    store: Store, receiver: Receiver, sender: Sender
) -> None:
    """200 rounds of a chat and a webhook, whose answers are refusals, lost and late, with kills
    before and after the sending: at the end each clipping was told by each, and none twice: a
    chat's doubts are told and not sent again, a webhook's carry one id."""
    chance = random.Random(5)
    chats: list[str] = []
    hook = hooked(receiver, sender)["team"]

    def to_team(letter: Letter) -> None:
        chats.append(letter.text)

    both = Rules(targets=(
        Target(name="chat", what=frozenset({"approved"})),
        Target(name="hook", by=WEBHOOK, what=frozenset({"approved"})),
    ))  # fmt: skip
    wild = {"chat": failing(to_team, chance), "hook": failing(hook, chance)}
    at, numbers = NOW, []
    for turn in range(200):
        at += timedelta(hours=chance.choice([0, 1, 11]))
        if turn < 150 and turn % 3 == 0:
            (number,) = queue(store, f"k{turn}", now=at)
            store.clippings.move(number, Status.APPROVED, who="ana", now=at)
            numbers.append(number)
        with contextlib.suppress(KeyboardInterrupt):
            look(store, both, at)
            list(send(store, both, wild, now=at))
    good = {"chat": to_team, "hook": hook}
    for day in (1, 2):
        list(send(store, both, good, now=at + day * DAY))
    left = store.notices.open()
    assert {each.state for each in left} <= {"intended"}
    assert {each.target for each in left} <= {"chat"}
    for number in numbers:
        heard = sum(f"/k{3 * (number - 1)}\n" in f"{text}\n" for text in chats)
        doubt = any(each.told["clipping"] == number for each in left)
        assert heard == 1 or (heard == 0 and doubt), (number, heard, doubt)
    told: dict[str, set[int]] = {}
    for _, headers, body in receiver.taken:
        told.setdefault(headers["webhook-id"], set()).add(json.loads(body)["data"]["clipping"])
    assert sorted(told.values(), key=min) == [{number} for number in numbers]


# ---------------------------------------------------------------- secrets, and what acts


@pytest.mark.parametrize("verdict", [200, 500, CLOSE, STALL])
def test_no_token_gets_into_a_log_or_the_store(
    store: Store, receiver: Receiver, verdict: int, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str], tmp_path: Path,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    receiver.verdicts = [verdict]
    queue(store, "1")
    look(store, rules(), NOW)
    (told,) = send(store, rules(), courier(receiver), now=NOW)
    assert TOKEN not in repr(told)
    assert [record for record in caplog.records if record.name.startswith("apprise")] == []
    out, err = capfd.readouterr()
    assert TOKEN not in out + err
    store._connection.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert TOKEN.encode() not in (tmp_path / "data" / "clipper.db").read_bytes()


def test_an_address_that_apprise_cannot_read_is_told_without_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = chat.send(f"nonsense://{TOKEN}", "a", "b")
    assert failed is not None
    assert "can't read the address" in failed.text
    assert TOKEN not in failed.text + caplog.text


def test_no_redirect_takes_the_text_to_another_place(store: Store, receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.verdicts = [307]
        receiver.location = f"http://127.0.0.1:{elsewhere.port}/"
        failed = chat.send(address(receiver), "a", "b")
        assert failed is not None
        assert "redirect, which is not followed" in failed.text
        assert elsewhere.taken == []


def test_an_address_with_an_at_sign_still_works(store: Store) -> None:
    url = "https://medium.example/@ana/1"
    (number,) = [keeping.queued(store, "1", url=url, read=keeping.reading(url=url))]
    store.clippings.move(number, Status.APPROVED, who="ana", now=NOW)
    told, said = rules(what=frozenset({"approved"})), []
    look(store, told, NOW)
    list(send(store, told, {"team": lambda letter: said.append(letter.text)}, now=NOW))
    assert "https://medium.example/%40ana/1" in said[0]


def test_a_headline_calls_nobody(store: Store, receiver: Receiver) -> None:
    queue(store, "1", title="@everyone <!channel> look <@U123> a@b.example")
    look(store, rules(), NOW)
    list(send(store, rules(), courier(receiver), now=NOW))
    said = json.loads(receiver.bodies[0])["message"]
    assert not re.search(r"@\w|<!|<@", said)
    assert inert("3 @ 5") == "3 @ 5"


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: object) -> object:
        if name == "apprise":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", missing)
    failed = chat.send("json://127.0.0.1", "a", "b")
    assert failed is not None
    assert "pip install 'clipper[notices]'" in failed.text
    assert not failed.maybe_sent


# ---------------------------------------------------------------- webhooks


@pytest.fixture
def sender() -> Iterator[Sender]:
    with Sender(Network(allow=("127.0.0.0/8",), deadline=5)) as made:
        yield made


def hooked(receiver: Receiver, sender: Sender, now: datetime = NOW) -> dict[str, Courier]:
    key = key_of(KEY)
    assert key is not None
    url = f"http://127.0.0.1:{receiver.port}/hook"
    return {"team": to_webhook(sender, url, key, lambda: now)}


def documented() -> dict[str, object]:
    """What the example in the docs defines."""
    page = (ROOT / "docs" / "howto" / "webhook.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.S)
    names: dict[str, object] = {}
    exec(code, names)
    return names


def test_what_was_decided_is_posted_with_a_signature_that_the_docs_can_check(
    store: Store, receiver: Receiver, sender: Sender
) -> None:
    (number,) = queue(store, "1")
    store.clippings.move(number, Status.APPROVED, who="ana", reason="", now=NOW)
    assert look(store, webhook(), NOW) == 1, "it does not wait any more: only the approval is told"
    (told,) = send(store, webhook(), hooked(receiver, sender), now=NOW)
    assert (told.state, told.count) == ("sent", 1)
    path, headers, body = receiver.taken[0]
    said = json.loads(body)
    assert (path, said["type"], said["timestamp"]) == (
        "/hook",
        "clipping.approved",
        "2026-03-01T12:00:00Z",
    )
    assert said["data"]["headline"] == "Title 1"
    assert said["data"]["outlet"] == "The Daily"
    assert said["data"]["campaigns"] == ["Prison divestment"]
    assert "ana" not in body.decode(), "who decided stays in the house"
    verify = documented()["verify"]
    assert callable(verify)
    at = NOW.timestamp()
    assert verify(KEY, headers, body, at) == said
    for wrong in (
        (KEY, headers, body + b" ", at),
        (KEY, headers | {"webhook-id": "msg_other"}, body, at),
        (KEY, headers, body, at + 600),
        ("whsec_" + "A" * 32, headers, body, at),
    ):
        with pytest.raises(ValueError):
            verify(*wrong)


def test_a_published_vector_of_the_convention() -> None:
    """The example of the reference implementations (svix, standard-webhooks)."""
    from clipper.notices.couriers import headers

    key = key_of(KEY)
    assert key is not None
    at = datetime.fromtimestamp(1614265330, UTC)
    made = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}', key)
    assert made["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("lost", [500, CLOSE, 302])
def test_a_webhook_is_tried_again_with_the_same_id(
    store: Store, receiver: Receiver, sender: Sender, lost: int
) -> None:
    receiver.verdicts = [lost]
    queue(store, "1")
    look(store, webhook(), NOW)
    (told,) = send(store, webhook(), hooked(receiver, sender), now=NOW)
    assert told.state == "waits"
    later = NOW + PAUSES[0]
    (told,) = send(store, webhook(), hooked(receiver, sender, later), now=later)
    assert told.state == "sent"
    first, second = (headers for _, headers, _ in receiver.taken)
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"]


def test_a_kill_while_a_webhook_is_sent_sends_it_again_with_the_same_id(
    store: Store, receiver: Receiver, sender: Sender
) -> None:
    real = hooked(receiver, sender)["team"]

    def killed(letter: Letter) -> None:
        real(letter)
        raise KeyboardInterrupt

    queue(store, "1")
    look(store, webhook(), NOW)
    with pytest.raises(KeyboardInterrupt):
        list(send(store, webhook(), {"team": killed}, now=NOW))
    list(send(store, webhook(), {"team": real}, now=NOW))
    assert len({headers["webhook-id"] for _, headers, _ in receiver.taken}) == 1
    assert states(store) == ["sent"]


def test_a_refusal_of_one_holds_up_no_other(
    store: Store, receiver: Receiver, sender: Sender
) -> None:
    receiver.verdicts = [422]
    for number in queue(store, "1", "2"):
        store.clippings.move(number, Status.APPROVED, who="ana", reason="", now=NOW)
    look(store, webhook(), NOW)
    told = list(send(store, webhook(), hooked(receiver, sender), now=NOW))
    assert [each.state for each in told] == ["waits", "sent"]


@pytest.mark.parametrize(("asked", "pause"), [("7200", timedelta(hours=2)), ("5", PAUSES[0])])
def test_a_webhook_that_asks_for_a_rest_gets_it(
    store: Store, receiver: Receiver, sender: Sender, asked: str, pause: timedelta
) -> None:
    """None of what waits is sent before: the first at the end of the longer pause."""
    receiver.verdicts, receiver.retry_after = [429], asked
    for number in queue(store, "1", "2"):
        store.clippings.move(number, Status.APPROVED, who="ana", reason="", now=NOW)
    look(store, webhook(), NOW)
    (told,) = send(store, webhook(), hooked(receiver, sender), now=NOW)
    assert (told.state, len(receiver.taken)) == ("waits", 1)
    before = NOW + min(pause, timedelta(seconds=int(asked))) - timedelta(seconds=1)
    list(send(store, webhook(), hooked(receiver, sender, before), now=before))
    assert len(receiver.taken) == 1
    after = NOW + pause
    (told,) = send(store, webhook(), hooked(receiver, sender, after), now=after)
    assert (told.state, told.count) == ("sent", 2)


def test_a_webhook_goes_to_no_private_address_that_the_config_does_not_allow(
    store: Store, receiver: Receiver
) -> None:
    queue(store, "1")
    look(store, webhook(), NOW)
    with Sender(Network(deadline=5)) as closed:
        (told,) = send(store, webhook(), hooked(receiver, closed), now=NOW)
    assert (told.state, receiver.taken) == ("waits", [])


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_é", "whsec_!!!", "x" * 40]
)
def test_a_key_that_protects_nothing_is_none(secret: str) -> None:
    assert key_of(secret) is None or secret == "x" * 40


# ---------------------------------------------------------------- the command

CONFIG = """
outlets:
  - name: The Daily
    slug: daily
    feed: https://daily.example/feed
campaigns:
  - name: Prison divestment
    query: '"prison shares"'
network:
  allow: 127.0.0.0/8
notices:
  - name: team
    where: CLIPPER_NOTICES_URL
    campaigns: Prison divestment
webhook:
  - name: site
    url: http://127.0.0.1:{port}/hook
"""


def test_the_command_shows_tests_and_sends(
    store: Store, receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("CLIPPER_NOTICES_URL", address(receiver))
    monkeypatch.setenv("CLIPPER_WEBHOOK_SECRET", KEY)
    config = tmp_path / "sources.yaml"
    config.write_text(CONFIG.format(port=receiver.port))
    told = ["--config", str(config), "notices"]
    queue(store, "1", now=datetime.now(UTC))
    assert main([*told, "--dry-run"]) == 0
    assert "1 story waits for a decision" in capsys.readouterr().out
    assert (receiver.taken, states(store)) == ([], [])
    assert main([*told, "--test"]) == 0
    assert "team: taken." in capsys.readouterr().out
    assert len(receiver.taken) == 2
    assert main([*told, "--send"]) == 0
    said = capsys.readouterr().out
    assert "team: 1 notice sent." in said
    assert "site: 1 notice sent." in said
    assert main([*told, "--send"]) == 0
    assert "Nothing new" in capsys.readouterr().out
    assert main(told) == 0
    assert "site: queued: sent" in capsys.readouterr().out
    monkeypatch.delenv("CLIPPER_WEBHOOK_SECRET")
    queue(store, "2", now=datetime.now(UTC))
    assert main([*told, "--send"]) == 1
    said = capsys.readouterr().err
    assert "site: 1 notice not sent" in said
    assert "CLIPPER_WEBHOOK_SECRET is not set" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("CLIPPER_NOTICES_URL", "slack://T0/B0/secret", "no environment variable is named here"),
        ("    campaigns: Prison divestment", "    campaigns: Prison divestmnt", "Did you mean “Prison divestment”"),
        ("    campaigns: Prison divestment", "    what: spikes", "Did you mean “spike”"),
        ("    campaigns: Prison divestment", "    quiet: 22-7", "no span of hours"),
        ("    campaigns: Prison divestment", "    outlets: 1", "2"),
        ("name: site", "name: team", "named twice"),
        ("    where: CLIPPER_NOTICES_URL\n", "", "`where` is missing"),
    ],
)  # fmt: skip
def test_a_config_that_cannot_work_is_refused_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    config = tmp_path / "sources.yaml"
    text = CONFIG.format(port=80)
    assert old in text
    config.write_text(text.replace(old, new))
    assert main(["--config", str(config), "check"]) == 1
    said = capsys.readouterr()
    assert words in said.out + said.err
    assert "secret" not in new or "T0/B0" not in said.out + said.err


def test_two_at_once_send_once(store: Store) -> None:
    def second() -> None:
        with store.lock("notices"):
            raise AssertionError

    with store.lock(), store.lock("notices"), pytest.raises(AlreadyRunning):
        second()


def test_the_store_remembers_no_more_than_it_needs(store: Store, receiver: Receiver) -> None:
    queue(store, "1")
    look(store, rules(), NOW)
    list(send(store, rules(), courier(receiver), now=NOW))
    list(send(store, rules(), courier(receiver), now=NOW + 100 * DAY))
    assert states(store) == []
