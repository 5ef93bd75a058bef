"""Which articles tell one story: what an editor merges, splits, and may want to merge."""

from __future__ import annotations

from datetime import datetime

from .. import dedupe, excerpt, limits, text
from ..errors import Refused, Stale
from ..model import Budget, Clipping, Reading
from ..store import Store

MOST_KIN = 6
_FEWEST_WORDS = 2


def merge(
    store: Store, number: int, *, who: str, now: datetime, other: int, version: int | None = None
) -> Clipping:
    """Bring the story of clipping `other` into that of clipping `number`, which stands.

    The other clipping is rejected with the reason, as `store.regrouping.merge` says; both
    keep it in their record. Refused when the other one is approved or published. It is
    taken back by splitting the copies out again.
    """
    with store.transaction():
        clipping = _fresh(store, number, version)
        goes = store.clippings.get(other)
        store.regrouping.merge(goes.story, clipping.story, who=who, now=now)
        return store.clippings.remark(
            number, who=who, now=now, reason=f"merged the story of clipping {other} into this one"
        )


def split(
    store: Store, number: int, *, who: str, now: datetime, article: int, budget: Budget,
    version: int | None = None,
) -> tuple[Clipping, int | None]:  # fmt: skip
    """Give a copy a story of its own; the clipping, and the id of the new story's, if any.

    A copy that matched a campaign is queued as a clipping of its own, else it would be
    lost from sight. Refused for the copy that is credited: credit another one first.
    """
    with store.transaction():
        clipping = _fresh(store, number, version)
        if article not in clipping.copies:
            raise Refused("only another copy of this story can be split out")
        story = store.regrouping.split(article, who=who, now=now)
        queued = _queued(store, story, article, budget, now)
        said = f"split article {article} out" + (f", now clipping {queued}" if queued else "")
        return store.clippings.remark(number, who=who, now=now, reason=said), queued


def _fresh(store: Store, number: int, version: int | None) -> Clipping:
    clipping = store.clippings.get(number)
    if version is not None and version != clipping.version:
        raise Stale(f"Clipping {number} was changed since you looked. Look again first.")
    return clipping


def _queued(store: Store, story: int, article: int, budget: Budget, now: datetime) -> int | None:
    matches = store.articles.matches(article)
    if not matches:
        return None
    stored = store.articles.get(article)
    hits = [hit for match in matches for hit in match.hits]
    reading = Reading(
        article=stored.article,
        matches=matches,
        fingerprint=dedupe.fingerprint(stored.article),
        excerpt=excerpt.choose(stored.article, hits, limits.proposal(budget, stored.article.wire)),
    )
    return store.clippings.queue(story, article, stored.version, reading, now)


def kin(store: Store, clipping: Clipping) -> tuple[tuple[int, str], ...]:
    """Clippings of about the same time whose titles share most words: ids and titles."""
    own = _words(clipping.article.article.title)
    shared = [
        (len(own & _words(title)), number, title)
        for number, title in store.clippings.titles(clipping.queued_at)
        if number != clipping.id
    ]
    near = sorted((each for each in shared if each[0] >= _FEWEST_WORDS), reverse=True)
    return tuple((number, title) for _, number, title in near[:MOST_KIN])


def _words(title: str) -> set[str]:
    return {word for word in text.words(title) if len(word) > 3}
