"""Editors' merges and splits, and placing everything anew, with what becomes of clippings.

Grouping never deletes: an article that leaves a story with its matches is put before the
editors in its new one, and a clipping that another one takes in is rejected with that reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .. import dedupe
from ..model import Status
from ..reading import labels
from ..store import Rebuilt, Standing, Store
from .changes import to_name
from .rematching import reading_of
from .rules import Rules

_SET_ASIDE = 1
_RANK: Final[Mapping[Status | None, int]] = {
    None: 0,
    Status.QUEUED: 2,
    Status.SNOOZED: 3,
    Status.REJECTED: 4,
    Status.WITHDRAWN: 5,
    Status.APPROVED: 6,
    Status.PUBLISHED: 7,
}
"""Which clipping stands when two stories become one: the one that was judged furthest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """`moved` articles came into `story`. `clipping` stands for it, if any; `joined` is the
    one that was set aside for it, rejected with that reason, if both stories had one."""

    story: int
    moved: int
    clipping: int | None
    joined: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The article's own story, and the clipping that was queued for it, if it matched."""

    story: int
    queued: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilding:
    """What placing all anew changed; `queued` are new clippings of stories that came apart."""

    rebuilt: Rebuilt
    queued: tuple[int, ...]


def merge(store: Store, one: int, other: int, *, who: str, now: datetime) -> Merged:
    """Make one story of two.

    The clipping that was judged stays, with its decision; between two alike that of `one`.
    The other is rejected, its reason naming the first. Raises Refused when both are approved
    or published (take one back first), NotFound for a story without articles.
    """
    with store.transaction():
        goes, stays = _ordered(store.rematching.standing(one), store.rematching.standing(other))
        moved = store.regrouping.merge(goes.story, stays.story, who=who, now=now)
        both = goes.clipping is not None and stays.clipping is not None
        return Merged(
            story=stays.story,
            moved=moved,
            clipping=stays.clipping if stays.clipping is not None else goes.clipping,
            joined=goes.clipping if both else None,
        )


def _ordered(one: Standing, other: Standing) -> tuple[Standing, Standing]:
    """The story that goes and the one that stays."""
    return (one, other) if _rank(other) > _rank(one) else (other, one)


def _rank(standing: Standing) -> int:
    # What clipper set aside by itself was never judged.
    alone = standing.status is Status.REJECTED and not standing.touched
    return _SET_ASIDE if alone else _RANK[standing.status]


def split(store: Store, rules: Rules, article: int, *, who: str, now: datetime) -> Split:
    """Give an article a story of its own; it is queued if it matched and has no clipping.

    The clipping goes along if it credits this very article. Raises Refused when it is alone
    in its story already, NotFound.
    """
    with store.transaction():
        old = store.stories.of_article(article)
        story = store.regrouping.split(article, who=who, now=now)
        queued = _queue_unseen(store, rules, (story, old), now)
        return Split(story=story, queued=queued[0] if queued else None)


def rebuild(store: Store, rules: Rules, *, now: datetime, dry_run: bool = False) -> Rebuilding:
    """Place all articles anew, in the order in which they came, by today's rules.

    The same articles in the same order give the same stories; what editors merged and split
    is repeated at its moment and wins. Clippings go with the article that they credit.
    """
    rebuilt = store.regrouping.rebuild(dedupe.place, now, dry_run=dry_run)
    if dry_run:
        return Rebuilding(rebuilt=rebuilt, queued=())
    with store.transaction():
        # Killed before this, the next rematch queues them.
        stories = store.rematching.stories(rebuilt.moved)
        return Rebuilding(rebuilt=rebuilt, queued=_queue_unseen(store, rules, stories, now))


def _queue_unseen(
    store: Store, rules: Rules, stories: Iterable[int], now: datetime
) -> tuple[int, ...]:
    """Queue those of the stories that hold a match and have no clipping; their ids."""
    labelled = labels(rules.tags, rules.lists)
    queued = []
    for standing in store.rematching.standings(stories):
        matches = [match for each in standing.articles for match in each.matches]
        if standing.clipping is not None or not matches:
            continue
        named = to_name(standing, {})
        found = labelled.satisfied(named.article.article, rules.outlet(named.article.outlet))
        read = reading_of(rules, named.article, named.matches, found)
        clipping = store.rematching.queue(standing.story, named.article, read, now)
        store.rematching.retag(clipping, {match.campaign for match in matches})
        queued.append(clipping)
    return tuple(queued)
