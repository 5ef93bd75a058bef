"""Sending: what waits in the outboxes is handed over, each once.

A chat gets all that waits for it as one message. When a chat's answer was lost, or clipper was
killed in between, nobody knows whether it arrived: it stays, is said, and a person decides. A
webhook gets each notice by itself with an id that stays the same, so it is simply sent again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ..store import Store
from ..store.notices import Notice
from .quiet import is_quiet
from .target import CHAT, Rules, Target
from .words import message

PAUSES: Final = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 300, 600))
"""The pause after each failed try; the last one stays."""

GIVEN_UP: Final = timedelta(days=3)
"""A notice that could not be sent for so long is given up."""

REMEMBERED: Final = timedelta(days=90)

MOST: Final = 50
"""Requests to one webhook at a time; the rest waits for the next minute."""

CUT_OFF: Final = "clipper was stopped before the service answered."


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is handed over: in words for people, and as facts for programs.

    `number` is the same whenever it is sent.
    """

    number: str
    kind: str
    at: datetime
    title: str
    text: str
    told: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A letter that was not taken, as far as we know. `text` is a sentence that names no
    address; `answered`: the other end refused this one, and others may do better, unless it
    asked for a `rest`: until that is over it wants nothing."""

    text: str
    maybe_sent: bool = False
    answered: bool = False
    rest: timedelta = timedelta(0)


Courier = Callable[[Letter], Failed | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of `count` notices to a target: `sent`, `waits` (with `text`, why), `quiet`,
    `doubt` or `dropped`. `fresh`: it became so just now."""

    target: str
    state: str
    count: int
    text: str = ""
    fresh: bool = False


def send(
    store: Store,
    rules: Rules,
    couriers: Mapping[str, Courier],
    *,
    now: datetime,
    stopping: Callable[[], bool] = lambda: False,
) -> Iterator[Told]:
    """Send what is due. Only one may do so at a time: hold `store.lock("notices")`.

    One target's failure leaves the others alone.
    """
    for target in rules.targets:
        if stopping():
            return
        notices = store.notices.open(target.name)
        yield from _given_up(store, target, notices, now)
        waiting = [each for each in store.notices.open(target.name) if each.state == "waiting"]
        if target.by == CHAT:
            yield from _to_chat(store, target, notices, waiting, couriers[target.name], now)
        else:
            yield from _to_webhook(store, target, notices, couriers[target.name], now, stopping)
    store.notices.forget(now - REMEMBERED)


def _given_up(
    store: Store, target: Target, notices: Sequence[Notice], now: datetime
) -> Iterator[Told]:
    old = [
        each
        for each in notices
        if each.state == "waiting" and each.attempts and now - each.made_at > GIVEN_UP
    ]
    for each in old:
        store.notices.end([each.id], "dropped", now, each.reason)
    if old:
        text = f"given up after {GIVEN_UP.days} days: {old[-1].reason}"
        yield Told(target=target.name, state="dropped", count=len(old), text=text, fresh=True)


# ---------------------------------------------------------------- to a chat


def _to_chat(
    store: Store,
    target: Target,
    notices: Sequence[Notice],
    waiting: Sequence[Notice],
    courier: Courier,
    now: datetime,
) -> Iterator[Told]:
    doubts = [each for each in notices if each.state == "intended"]
    if doubts:
        text = doubts[-1].reason or CUT_OFF
        yield Told(target=target.name, state="doubt", count=len(doubts), text=text)
    if not waiting:
        return
    count = len(waiting)
    if is_quiet(now, target.quiet, target.zone):
        yield Told(target=target.name, state="quiet", count=count)
        return
    later = [each.again_at for each in waiting if each.again_at and each.again_at > now]
    if later:
        yield Told(target=target.name, state="waits", count=count, text=waiting[0].reason)
        return
    ids = [each.id for each in waiting]
    title, words = message(waiting)
    letter = Letter(
        number=number(store.updates.house(), target.name, waiting[-1].key),
        kind=waiting[-1].kind, at=now, title=title, text=words,
    )  # fmt: skip
    store.notices.intend(ids)
    failed = courier(letter)
    if failed is None:
        store.notices.end(ids, "sent", now)
        yield Told(target=target.name, state="sent", count=count, fresh=True)
    elif failed.maybe_sent:
        store.notices.end(ids, "intended", now, failed.text)
        yield Told(target=target.name, state="doubt", count=count, text=failed.text, fresh=True)
    else:
        store.notices.put_off(ids, now + _pause(waiting), failed.text)
        yield Told(target=target.name, state="waits", count=count, text=failed.text, fresh=True)


def _pause(notices: Sequence[Notice]) -> timedelta:
    return PAUSES[min(max(each.attempts for each in notices), len(PAUSES) - 1)]


# ---------------------------------------------------------------- to a webhook


def _to_webhook(
    store: Store,
    target: Target,
    notices: Sequence[Notice],
    courier: Courier,
    now: datetime,
    stopping: Callable[[], bool],
) -> Iterator[Told]:
    given_up = {each.id for each in notices} - {n.id for n in store.notices.open(target.name)}
    due = [
        each
        for each in notices
        if each.id not in given_up and (each.again_at is None or each.again_at <= now)
    ]
    house, sent = store.updates.house(), 0
    for at, each in enumerate(due[:MOST]):
        if stopping():
            break
        store.notices.intend([each.id])
        failed = courier(letter_of(house, each))
        if failed is None:
            store.notices.end([each.id], "sent", now)
            sent += 1
            continue
        pause = max(_pause([each]), failed.rest)
        store.notices.put_off([each.id], now + pause, failed.text)
        yield Told(target=target.name, state="waits", count=1, text=failed.text, fresh=True)
        if failed.rest:
            others = [other.id for other in due[at + 1 :]]
            store.notices.put_off(others, now + failed.rest, failed.text)
            break
        if not failed.answered:
            break  # nobody is there now: the others would only wait for the same
    if sent:
        yield Told(target=target.name, state="sent", count=sent, fresh=True)


def letter_of(house: str, notice: Notice) -> Letter:
    """A notice as a webhook gets it."""
    title, words = message([notice])
    return Letter(
        number=number(house, notice.target, notice.key),
        kind=notice.kind,
        at=notice.made_at,
        title=title,
        text=words,
        told=notice.told,
    )


def number(house: str, target: str, key: str) -> str:
    """The id of a notice, the same whenever it is sent."""
    return "msg_" + hashlib.sha256(f"{house}\n{target}\n{key}".encode()).hexdigest()[:32]


# ---------------------------------------------------------------- doubts


def again(store: Store, now: datetime) -> int:
    """A person says that what may have been sent is to be sent once more."""
    doubts = _doubts(store)
    for each in doubts:
        store.notices.put_off([each.id], now, each.reason)
    return len(doubts)


def arrived(store: Store, now: datetime) -> int:
    """A person says that what may have been sent did arrive."""
    doubts = _doubts(store)
    store.notices.end([each.id for each in doubts], "sent", now, "a person said that it arrived")
    return len(doubts)


def _doubts(store: Store) -> list[Notice]:
    return [each for each in store.notices.open() if each.state == "intended"]
