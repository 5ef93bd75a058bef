"""What a place to publish to offers, and what it answers: the contract of all publishers.

A publisher brings one update at a time to its place, or takes it away. It decides
nothing: the outbox (`clipper.desk.publishing`) compares what was approved with what
stands, writes down what it intends, calls one of the acts, and keeps the receipt.

    survey -> what stands    find -> one of them, after a doubt
    create · amend · withdraw -> Standing | Failed

The idempotency key is `Update.key`. Whatever `create` sends carries it in a way that
survives edits at the other end, so that `find` meets it again when the answer was lost.
A place that can't be searched says so (`can_find`); after a doubt a person decides.

Expected failures are values (`Failed`), never exceptions. `clipper.testing` holds the
test kit that every publisher must pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from clipper.model import Receipt, Update

OpenSecret: TypeAlias = Callable[[str], str]
"""From a variable's name to the secret in it; raises ConfigError that names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands at the other end under a key.

    `where` is the address that people open; `ref` the place's own name for it (a post's
    number, a file); `revision` the `Update.revision` that it was made from, "" when it
    does not say; `seal` a digest of what readers would see of it, as it stands there now:
    equal seals mean that nobody touched it. `gone`: it lies in the place's bin.
    """

    where: str
    ref: str
    revision: str
    seal: str
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """An act that did not succeed, with the reason in words.

    `maybe_done`: it may have happened all the same (no answer came); the outbox looks
    before it tries again. `stop`: all that follows at this place would fail alike (a wrong
    password, no connection). `lasting`: trying again does not help before a person changes
    something. `retry_after` is in seconds, when the other end named a time.
    """

    text: str
    maybe_done: bool = False
    stop: bool = False
    lasting: bool = False
    retry_after: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One finding of a preflight: `text` says what was looked at and what to do about it."""

    ok: bool
    text: str


class Publisher(Protocol):
    """A place that takes one update at a time.

    `name` is the place's own in the store and on the screen: never changed once used.
    `can_find` tells that `survey` and `find` can look; where they can't, the outbox never
    calls them, and `Standing.ref` is the update's key.
    """

    name: str
    can_find: bool

    def survey(self, refs: Mapping[str, str]) -> Mapping[str, Standing] | Failed:
        """What stands of these (key to `Standing.ref`), by key; a key that is missing in the
        answer was deleted there."""

    def find(self, key: str) -> Standing | Failed | None:
        """What stands under the key, whoever remembers it; None when nothing does."""

    def create(self, update: Update, now: datetime) -> Standing | Failed:
        """Bring a new update there, under `update.key`."""

    def amend(self, ref: str, update: Update, now: datetime) -> Standing | Failed:
        """Replace what stands under `ref` by the update."""

    def withdraw(self, ref: str) -> Failed | None:
        """Take away what stands under `ref`; None also when it was gone already."""

    def check(self) -> tuple[Check, ...]:
        """Whether the place can be published to, without publishing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What a whole place answered: the receipts of all that stands there now."""

    receipts: tuple[Receipt, ...] = field(default=())


class WholePublisher(Protocol):
    """A place that is brought to a list of updates in one step, all or nothing (the site).

    To bring the same list again changes nothing, so that no doubt can arise.
    """

    name: str

    def plan(self, updates: Sequence[Update]) -> tuple[str, ...]:
        """One line for people per change that `bring` would make. Raises PublishError."""

    def bring(self, updates: Sequence[Update], now: datetime) -> Brought | Failed:
        """Make the place hold exactly these updates."""

    def check(self) -> tuple[Check, ...]:
        """Whether the place can be published to, without publishing anything."""


Place: TypeAlias = Publisher | WholePublisher
