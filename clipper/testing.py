"""The contracts of publishers and of kinds of source as test kits, and places to test with.

A package that brings a kind of place keeps the contract when this passes:

    from clipper import testing

    def test_contract(tmp_path):
        testing.check_contract(lambda: MyPlace(tmp_path))

A package that brings a kind of source keeps its contract when `check_kind` passes.

`check_contract` makes, changes, finds and takes away updates at the place, so give it one
that nobody reads. `Shelf` is a place in memory that can be told to fail.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from clipper import urls
from clipper.model import Entry, FetchError, Page, Poll, PollError, Source, Update
from clipper.publishers.contract import Check, Failed, Publisher, Standing
from clipper.sources.seam import Kind, here

_Answer = TypeVar("_Answer")

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)

SAMPLE = Update(
    key="clipping-1",
    revision="r1",
    headline="Trustees vote on “prison stock” & more <b>",
    attribution="Via Stanford Daily | Julia Ingram",
    paragraphs=("The first words.", "[…]", "The last words."),
    url="https://gazette.example/story/1?a=1&b=2",
    outlet="Stanford Daily",
    campaigns=("Prison divestment",),
    at=NOW,
    language="en",
)
"""An update with the signs that places get wrong."""

HOSTILE = replace(
    SAMPLE,
    key="clipping-2",
    headline="<script>alert(1)</script> {{ 7*7 }} [gallery] \u202e --- \n# x",
    paragraphs=("<img src=x onerror=alert(1)>", "[link](javascript:alert(1))", "a" * 5_000),
    attribution="Via <i>X</i> | \u2028 Y",
    note="{% raw %} <!-- /wp:group -->",
)
"""An update that an outlet made to break out of where it is put."""


def check_contract(opened: Callable[[], Publisher]) -> None:
    """Raises AssertionError, with the rule in words, when a place does not keep the contract.

    `opened` opens the place anew each time, as each run of clipper does. The place must not
    hold `SAMPLE` or `HOSTILE` before; it does not afterwards.
    """
    _rule("a place has a name", bool(opened().name))
    for update in (SAMPLE, HOSTILE):
        _check_one(opened, update)
    _rule(
        "withdrawing what nobody has is no failure",
        opened().withdraw("999999999") is None,
    )
    _rule("a preflight finds something to say", len(opened().check()) > 0)


def _check_one(opened: Callable[[], Publisher], update: Update) -> None:
    if opened().can_find:
        _rule("what was never sent is not found", opened().find(update.key) is None)
    made = _stands(opened().create(update, NOW), "create answers with what stands")
    if not opened().can_find:
        _rule("a place that can't be searched knows it by its key", made.ref == update.key)
    else:
        found = _stands(opened().find(update.key), "what was created is found by its key")
        _rule("find and create agree", found == made)
        _rule("find tells the revision", found.revision == update.revision)
        _check_survey(opened, update.key, made)
    changed = replace(update, revision="r2", headline=f"Corrected: {update.headline}")
    amended = _stands(opened().amend(made.ref, changed, NOW), "amend answers with what stands")
    _rule("an amended update keeps its place", amended.ref == made.ref)
    if opened().can_find:
        _rule("an amendment changes the seal", amended.seal != made.seal)
        found = _stands(opened().find(update.key), "what was amended is found by its key")
        _rule("find tells the new revision", found.revision == "r2")
    _rule("withdraw succeeds", opened().withdraw(amended.ref) is None)
    _rule("withdrawing twice is no failure", opened().withdraw(amended.ref) is None)
    if opened().can_find:
        left = opened().find(update.key)
        _rule(
            "what was withdrawn is gone",
            left is None or (isinstance(left, Standing) and left.gone),
        )


def _check_survey(opened: Callable[[], Publisher], key: str, made: Standing) -> None:
    stands = opened().survey({key: made.ref, "clipping-999": "999999998"})
    assert not isinstance(stands, Failed), f"contract: survey answers ({stands})"
    _rule("survey tells what stands", stands.get(key) == made)
    _rule("survey leaves out what does not stand", "clipping-999" not in stands)


def _stands(answer: Standing | Failed | None, rule: str) -> Standing:
    assert isinstance(answer, Standing), f"contract: {rule} (got {answer})"
    return answer


def _rule(rule: str, kept: bool) -> None:
    assert kept, f"contract: {rule}"


# ---------------------------------------------------------------- kinds of source


def check_kind(kind: Kind, source: Source, answers: Mapping[str, Page]) -> None:
    """Raises AssertionError, with the rule in words, when a kind of source breaks the contract.

    `answers` are pages by address, of which the kind makes at least one entry. Nothing else
    is fetched: any other address fails as a server that does not answer.
    """
    asked: list[str] = []

    def fetch(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        asked.append(purpose)
        return answers.get(url) or FetchError(kind="timeout", text="no answer", url=url)

    def nothing(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        return FetchError(kind="timeout", text="no answer", url=url)

    def rubbish(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        return Page(url=url, body=b"\x00\xff<{[" * 500, status=200)

    first = kind(source, {}, fetch=fetch, parse=here, now=NOW)
    assert isinstance(first, Poll), f"contract: a poll of good answers succeeds (got {first})"
    _check_entries(first.entries)
    _rule("fetches have the purpose feed or page", set(asked) <= {"feed", "page"})
    _rule("a mark holds text alone", all(isinstance(v, str) for v in first.mark.values()))
    again = kind(source, dict(first.mark), fetch=fetch, parse=here, now=NOW)
    assert isinstance(again, Poll), f"contract: a second poll succeeds (got {again})"
    keys = {entry.key for entry in first.entries}
    _rule("the same answers give the same keys", {e.key for e in again.entries} <= keys)
    failed = kind(source, dict(first.mark), fetch=nothing, parse=here, now=NOW)
    assert isinstance(failed, PollError), "contract: no answer is a PollError, never a Poll"
    _rule("a failure says a sentence", bool(failed.text.strip()))
    for mark in ({}, {"for": "x", "last": "nonsense"}, dict(first.mark)):
        given = kind(source, mark, fetch=rubbish, parse=here, now=NOW)
        _rule("rubbish is a value too", isinstance(given, Poll | PollError))


def _check_entries(entries: Sequence[Entry]) -> None:
    _rule("there are entries to test with", len(entries) > 0)
    _rule("each entry has a key", all(entry.key for entry in entries))
    _rule("no two entries have one key", len({e.key for e in entries}) == len(entries))
    _rule("addresses are absolute", all(not e.url or urls.is_web(e.url) for e in entries))
    dates = [entry.published_at for entry in entries if entry.published_at is not None]
    _rule("dates have a zone", all(at.tzinfo is not None for at in dates))
    _rule("a date is never invented", NOW not in dates)


# ---------------------------------------------------------------- a place in memory


@dataclass
class Post:
    """What stands on a shelf."""

    key: str
    update: Update
    edited: str = ""
    gone: bool = False


@dataclass
class Shelf:
    """A place in memory, which behaves like a place that people edit too.

    `trip` is called before (`"before"`) and after (`"after"`) each act that changes
    something, and may answer with a failure or raise, as a kill does.
    """

    name: str = "shelf"
    can_find: bool = True
    posts: dict[str, Post] = field(default_factory=dict)
    trip: Callable[[str, str], Failed | None] = lambda act, moment: None
    sent: int = 0

    def survey(self, refs: Mapping[str, str]) -> Mapping[str, Standing] | Failed:
        """What stands of these."""
        return {key: self._standing(ref) for key, ref in refs.items() if ref in self.posts}

    def find(self, key: str) -> Standing | Failed | None:
        """The post under the key."""
        refs = [ref for ref, post in self.posts.items() if post.key == key]
        standing = [self._standing(ref) for ref in refs]
        return next((each for each in standing if not each.gone), next(iter(standing), None))

    def create(self, update: Update, now: datetime) -> Standing | Failed:
        """A new post, whatever stands there already: a shelf has no memory for keys."""

        def act() -> Standing:
            self.sent += 1
            ref = str(self.sent) if self.can_find or update.key in self.posts else update.key
            self.posts[ref] = Post(update.key, update)
            return self._standing(ref)

        return self._tripped("create", act)

    def amend(self, ref: str, update: Update, now: datetime) -> Standing | Failed:
        """The post replaced."""

        def act() -> Standing:
            self.posts[ref] = Post(update.key, update)
            return self._standing(ref)

        return self._tripped("amend", act)

    def withdraw(self, ref: str) -> Failed | None:
        """The post taken away."""

        def act() -> None:
            self.posts.pop(ref, None)

        return self._tripped("withdraw", act)

    def check(self) -> tuple[Check, ...]:
        """Always well."""
        return (Check(ok=True, text="A shelf stands."),)

    def _tripped(self, act: str, do: Callable[[], _Answer]) -> _Answer | Failed:
        before = self.trip(act, "before")
        if before:
            return before
        answer = do()
        return self.trip(act, "after") or answer

    def _standing(self, ref: str) -> Standing:
        post = self.posts[ref]
        return Standing(
            where=f"shelf://{ref}",
            ref=ref,
            revision=post.update.revision,
            seal=f"{post.update.revision}/{post.update.headline}/{post.edited}",
            gone=post.gone,
        )
