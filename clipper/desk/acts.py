"""What editors do with a clipping. Each act is recorded: who, when, from, to, why.

    the page's version -> changes (words, facts, tags) -> the step -> the record

Every act takes the `version` that the person saw: Stale, with nothing changed, when
somebody else was quicker. The same act sent twice from one version (a double click) is
done once, and the second is told the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from .. import excerpt, text
from ..errors import Refused, Stale
from ..model import Budget, Clipping, Status
from ..store import Store
from .updates import STANDING
from .wording import LINE, NOTHING, Words, changes_of, within

REASONS: Mapping[str, str] = {
    "off-topic": "not about the campaign's cause",
    "wrong-sense": "the word means something else here",
    "passing-mention": "the cause is only mentioned",
    "duplicate": "told already",
    "too-old": "no longer of use",
    "not-news": "an event listing, a letter, an advertisement",
    "own-content": "written by ourselves",
    "rights": "may not be quoted",
    "broken-extraction": "the text was read wrongly",
    "other": "something else: say it in a note",
}
"""The short list of reasons for a rejection; free words are taken too."""

HOUSE = Budget()
"""The budget of who names none."""

LONGEST_SNOOZE = timedelta(days=366)


# ---------------------------------------------------------------- decisions


def approve(
    store: Store,
    number: int,
    *,
    who: str,
    now: datetime,
    budget: Budget,
    headline: str | None = None,
    quotation: str | None = None,
    reason: str = "",
    version: int | None = None,
    words: Words = NOTHING,
    bulk: str = "",
) -> Clipping:
    """Approve a clipping, with other words or another headline if so wished, in one step.

    `quotation` must stand in the article, word for word; `[…]` joins several passages.
    An excerpt over the budget needs a `reason`, which is kept. Raises Refused, Stale,
    NotFound; then nothing is changed.
    """
    if headline is not None or quotation is not None:
        words = Words(headline=headline, quotation=quotation)
    clipping = store.clippings.get(number)
    changes = _when_fresh(clipping, version, words)
    if clipping.status is Status.QUEUED:
        within(clipping, changes.get("excerpt", clipping.excerpt), budget, reason)
    return _moved(
        store, number, Status.APPROVED, who=who, now=now, reason=_said(reason), version=version,
        changes=changes, bulk=bulk,
    )  # fmt: skip


def reject(
    store: Store, number: int, *, who: str, now: datetime, reason: str,
    version: int | None = None, words: Words = NOTHING, bulk: str = "",
) -> Clipping:  # fmt: skip
    """Reject a clipping; `reason` is one of `REASONS` or the editor's own words.

    "other" alone says nothing: Refused unless the clipping has a note.
    """
    if not reason.strip():
        raise Refused("a rejection needs a reason, so that the query can learn from it")
    clipping = store.clippings.get(number)
    changes = _when_fresh(clipping, version, words)
    if reason == "other" and not changes.get("note", clipping.note).strip():
        raise Refused("“other” needs a note: say in a few words why, then reject")
    return _moved(
        store, number, Status.REJECTED, who=who, now=now, reason=_said(reason), version=version,
        changes=changes, bulk=bulk,
    )  # fmt: skip


def snooze(
    store: Store, number: int, *, who: str, now: datetime, until: datetime, reason: str = "",
    version: int | None = None, words: Words = NOTHING, bulk: str = "",
) -> Clipping:  # fmt: skip
    """Take a clipping out of the queue until a time to come, at most a year away."""
    if not now < until <= now + LONGEST_SNOOZE:
        raise Refused("snooze until a time to come, at most a year away")
    changes = _when_fresh(store.clippings.get(number), version, words)
    return _moved(
        store, number, Status.SNOOZED, who=who, now=now, version=version, changes=changes,
        reason=_said(reason) or f"until {until:%Y-%m-%d %H:%M} UTC", until=until, bulk=bulk,
    )  # fmt: skip


def requeue(
    store: Store, number: int, *, who: str, now: datetime, reason: str = "",
    version: int | None = None, words: Words = NOTHING, bulk: str = "",
) -> Clipping:  # fmt: skip
    """Put a judged clipping back into the queue. Raises Refused for a published one."""
    changes = _when_fresh(store.clippings.get(number), version, words)
    return _moved(
        store, number, Status.QUEUED, who=who, now=now, reason=_said(reason), version=version,
        changes=changes, bulk=bulk,
    )  # fmt: skip


def _moved(store: Store, number: int, to: Status, *, who: str, **told: Any) -> Clipping:
    return _once(
        store, number, told["version"], who,
        lambda step: step.after == to and step.before != step.after,
        lambda: store.clippings.move(number, to, who=who, **told),
    )  # fmt: skip


def _once(
    store: Store, number: int, version: int | None, who: str, is_same: Callable[[Any], bool],
    act: Callable[[], Clipping],
) -> Clipping:  # fmt: skip
    """Do an act; when its version is stale because this person just did the very same,
    the outcome of that."""
    try:
        return act()
    except Stale:
        step = store.clippings.step_from(number, version or 0)
        if step is None or step.undone or step.who != who or not is_same(step):
            raise
        return store.clippings.get(number)


# ---------------------------------------------------------------- words and facts


def reword(
    store: Store, clipping: Clipping, *, who: str, now: datetime, headline: str | None = None,
    quotation: str | None = None, version: int | None = None, words: Words | None = None,
    reason: str = "", bulk: str = "", budget: Budget = HOUSE,
) -> Clipping:  # fmt: skip
    """Change the words shown, the facts, the tags, the note or the assignee.

    Raises Refused for words that are not the article's own, and for an excerpt over the
    budget without a `reason` when the clipping was approved already; Stale.
    """
    asked = words or Words(headline=headline, quotation=quotation)
    changes = _when_fresh(clipping, version, asked)
    _approved_within(clipping, changes, budget, reason)
    names = frozenset(changes)
    return _once(
        store, clipping.id, version, who,
        lambda step: step.before == step.after and set(step.changed) <= names,
        lambda: store.clippings.reword(
            clipping.id, who=who, now=now, version=version, reason=_said(reason), bulk=bulk,
            **changes,
        ),
    )  # fmt: skip


def assign(
    store: Store, number: int, *, who: str, now: datetime, to: str, version: int | None = None,
    words: Words = NOTHING, bulk: str = "", budget: Budget = HOUSE,
) -> Clipping:  # fmt: skip
    """Give a clipping to a person to judge; "" takes it from whoever has it."""
    clipping = store.clippings.get(number)
    changes = _when_fresh(clipping, version, words)
    _approved_within(clipping, changes, budget, "")
    return store.clippings.reword(
        number, who=who, now=now, version=version, bulk=bulk,
        reason=f"assigned to {to}" if to else "assigned to nobody", **changes | {"assignee": to},
    )  # fmt: skip


def retag(
    store: Store, number: int, *, who: str, now: datetime, add: Iterable[str] = (),
    drop: Iterable[str] = (), version: int | None = None, bulk: str = "",
) -> Clipping:  # fmt: skip
    """Put tags on a clipping and take others off."""
    clipping = store.clippings.get(number)
    kept = [tag for tag in clipping.tags if tag not in set(drop)]
    words = Words(tags=tuple(dict.fromkeys([*kept, *add])))
    return reword(store, clipping, who=who, now=now, version=version, words=words, bulk=bulk)


def credit(
    store: Store, number: int, *, who: str, now: datetime, article: int, budget: Budget,
    version: int | None = None,
) -> Clipping:  # fmt: skip
    """Credit another copy of the story. The excerpt is the same words where they stand in
    that copy, else clipper's proposal. Refused for an article that is no copy of it."""
    clipping = store.clippings.get(number)
    if article not in clipping.copies:
        raise Refused(f"article {article} is no copy of this story")
    copy = store.articles.get(article).article
    spans = excerpt.locate(copy.text, f" {excerpt.OMISSION} ".join(_pieces(clipping)))
    hits = [hit for match in store.articles.matches(article) for hit in match.hits]
    cut = excerpt.measure(copy.text, spans) if spans else excerpt.choose(copy, hits, budget)
    return store.clippings.reword(
        number, who=who, now=now, version=version, article=article, excerpt=cut,
        reason="credited another copy",
    )  # fmt: skip


def _pieces(clipping: Clipping) -> Sequence[str]:
    return [clipping.text[span.start : span.end] for span in clipping.excerpt.spans]


def _when_fresh(clipping: Clipping, version: int | None, words: Words) -> dict[str, Any]:
    """The changes that a form asks for. One that saw an older version is not looked at:
    its spans may be of another text; the store refuses it as stale."""
    if version is not None and version != clipping.version:
        return {}
    return changes_of(clipping, words)


def _approved_within(
    clipping: Clipping, changes: Mapping[str, Any], budget: Budget, reason: str
) -> None:
    """Refuse other words over the budget, without a reason, for what was approved: it goes out
    as it is now, and approval is not asked again."""
    if clipping.status in STANDING and "excerpt" in changes:
        within(clipping, changes["excerpt"], budget, reason)


def _said(reason: str) -> str:
    return text.clean(reason, LINE)
