"""What editors do with a clipping. Each act is recorded: who, when, from, to, why.

    the page's version -> changes (words, facts, tags) -> the step -> the record

Every act takes the `version` that the person saw: Stale, with nothing changed, when
somebody else was quicker. The same act sent twice from one version (a double click) is
done once, and the second is told the outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from .. import excerpt, limits, text
from ..errors import Refused, Stale
from ..model import Budget, Clipping, Excerpt, Status, StoredArticle
from ..store import Store
from .allowing import Use, use_of, within
from .updates import STANDING
from .wording import LINE, NOTHING, Words, changes_of

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
    with store.transaction():
        clipping = store.clippings.get(number)
        changes = _when_fresh(clipping, version, words)
        used = None
        if clipping.status is Status.QUEUED:
            used = _allowed(store, _changed(clipping, changes), budget, now, reason)
        done = _moved(
            store, number, Status.APPROVED, who=who, now=now, reason=_said(reason),
            version=version, changes=changes, bulk=bulk,
        )  # fmt: skip
        return _noted(store, clipping, done, used, reason)


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
    names = frozenset(changes)
    with store.transaction():
        used = _approved_within(store, clipping, changes, budget, now, reason)
        done = _once(
            store, clipping.id, version, who,
            lambda step: step.before == step.after and set(step.changed) <= names,
            lambda: store.clippings.reword(
                clipping.id, who=who, now=now, version=version, reason=_said(reason), bulk=bulk,
                **changes,
            ),
        )  # fmt: skip
        return _noted(store, clipping, done, used, reason)


def assign(
    store: Store, number: int, *, who: str, now: datetime, to: str, version: int | None = None,
    words: Words = NOTHING, bulk: str = "", budget: Budget = HOUSE,
) -> Clipping:  # fmt: skip
    """Give a clipping to a person to judge; "" takes it from whoever has it."""
    clipping = store.clippings.get(number)
    changes = _when_fresh(clipping, version, words)
    _approved_within(store, clipping, changes, budget, now, "")
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
    version: int | None = None, reason: str = "",
) -> Clipping:  # fmt: skip
    """Credit another copy of the story. The excerpt is the same words where they stand in
    that copy, else clipper's proposal. `budget` is that copy's outlet's.

    Refused for an article that is no copy of it, and, when the clipping was approved already,
    for words over that outlet's budget without a `reason`: the same words can be a larger
    share of a shorter copy.
    """
    with store.transaction():
        clipping = store.clippings.get(number)
        if article not in clipping.copies:
            raise Refused(f"article {article} is no copy of this story")
        stored = store.articles.get(article)
        cut = _cut_from(store, clipping, stored, budget)
        used = None
        if clipping.status in STANDING and version in (None, clipping.version):
            credited = replace(clipping, article=stored, text=stored.article.text, excerpt=cut)
            used = _allowed(store, credited, budget, now, reason)
        done = store.clippings.reword(
            number, who=who, now=now, version=version, article=article, excerpt=cut,
            reason=_said(reason) or "credited another copy",
        )  # fmt: skip
        return _noted(store, clipping, done, used, reason)


def _cut_from(store: Store, clipping: Clipping, stored: StoredArticle, budget: Budget) -> Excerpt:
    """The clipping's words in another copy; clipper's proposal where they do not stand there."""
    copy = stored.article
    spans = excerpt.locate(copy.text, f" {excerpt.OMISSION} ".join(_pieces(clipping)))
    if spans:
        return excerpt.measure(copy.text, spans)
    hits = [hit for match in store.articles.matches(stored.id) for hit in match.hits]
    return excerpt.choose(copy, hits, limits.proposal(budget, copy.wire))


def _pieces(clipping: Clipping) -> Sequence[str]:
    return [clipping.text[span.start : span.end] for span in clipping.excerpt.spans]


def _when_fresh(clipping: Clipping, version: int | None, words: Words) -> dict[str, Any]:
    """The changes that a form asks for. One that saw an older version is not looked at:
    its spans may be of another text; the store refuses it as stale."""
    if version is not None and version != clipping.version:
        return {}
    return changes_of(clipping, words)


def _approved_within(
    store: Store, clipping: Clipping, changes: Mapping[str, Any], budget: Budget, now: datetime,
    reason: str,
) -> Use | None:  # fmt: skip
    """Refuse other words over the budget, without a reason, for what was approved: it goes out
    as it is now, and approval is not asked again. An agency that is named now makes the limit
    stricter, so it counts like other words."""
    if clipping.status not in STANDING or not {"excerpt", "wire"} & changes.keys():
        return None
    return _allowed(store, _changed(clipping, changes), budget, now, reason)


def _changed(clipping: Clipping, changes: Mapping[str, Any]) -> Clipping:
    """The clipping as it would stand, as far as its limit is concerned."""
    facts = {"wire": changes["wire"]} if "wire" in changes else {}
    stored = clipping.article
    return replace(
        clipping,
        article=replace(stored, article=replace(stored.article, **facts)),
        excerpt=changes.get("excerpt", clipping.excerpt),
    )


def _allowed(store: Store, clipping: Clipping, budget: Budget, now: datetime, reason: str) -> Use:
    """How the clipping stands to its limit. Refused without words, and over it without a
    reason."""
    if not clipping.excerpt.spans:
        raise Refused(f"clipping {clipping.id} has no excerpt; choose its words first")
    used = use_of(store, clipping, clipping.excerpt, budget, now)
    within(clipping, used, reason)
    return used


def _noted(
    store: Store, before: Clipping, done: Clipping, used: Use | None, reason: str
) -> Clipping:
    """Keep the reason for what is over the limit, beside the step that was just made, if any."""
    if used is not None and used.over and done.version > before.version:
        store.released.allow(done.id, _said(reason), f"It {', and it '.join(used.over)}.")
    return done


def _said(reason: str) -> str:
    return text.clean(reason, LINE)
