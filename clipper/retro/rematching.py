"""Following an edited query through the archive.

    store.superset -> match anew -> decide -> apply, a hundred articles a transaction

Judged clippings are reported and left alone. A clipping that waited, that nobody touched and
that no query finds any more, is rejected by clipper with the reason, and comes back when a
query finds it again. Killed at any moment it is run again: what was done is not done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from .. import dedupe, excerpt, limits
from ..match import Matcher
from ..model import Match, Reading, StoredArticle
from ..reading import hits_in, labels
from ..store import Kept, Standing, Store
from .changes import Change, Effect, Fresh, decide, of_campaigns, to_name
from .rehearsal import expression_of
from .rules import Rules

PAGE: Final = 100


def rematch(
    store: Store,
    rules: Rules,
    *,
    now: datetime,
    campaigns: Collection[str] | None = None,
    since: timedelta | None = None,
    dry_run: bool = False,
) -> Iterator[Change]:
    """Match the articles saved within `since` (None: all) anew, and follow what changed.

    `campaigns` are slugs; None stands for all, those that left the config included. A change
    is yielded when it is saved, with `dry_run` when it would be. Raises QueryError.
    """
    room = _Room(store, rules, campaigns, now)
    texts = [text for campaign in room.asked for text in campaign.queries]
    floor = store.rematching.floor(None if since is None else now - since)
    ids = store.rematching.superset(expression_of(texts, rules), floor, kept=campaigns)
    for start in range(0, len(ids), PAGE):
        yield from room.follow(ids[start : start + PAGE], floor, dry_run=dry_run)


class _Room:
    """What is the same for all pages of one rematch."""

    def __init__(
        self, store: Store, rules: Rules, campaigns: Collection[str] | None, now: datetime
    ) -> None:
        self._store = store
        self._rules = rules
        self._campaigns = campaigns
        self._now = now
        self.asked = tuple(
            each for each in rules.campaigns if campaigns is None or each.slug in campaigns
        )
        self._matcher = Matcher(self.asked, rules.lists)
        self._labels = labels(rules.tags, rules.lists)

    # ------------------------------------------------------------ deciding

    def follow(self, ids: Sequence[int], floor: int, *, dry_run: bool) -> Iterator[Change]:
        """The changes of the stories whose first article that counts is in this page."""
        stories = self._store.rematching.stories(ids)
        found = []
        for standing in self._store.rematching.standings(stories):
            fresh = self._fresh(standing, floor)
            if self._first(standing, fresh) not in ids:
                continue
            change = decide(standing, fresh, self._labels_of(standing, fresh), self._campaigns)
            if change is not None:
                found.append((standing, fresh, change))
        if dry_run:
            yield from (change for _, _, change in found)
            return
        with self._store.transaction():
            done = [self._apply(*each) for each in found]
        yield from (change for change in done if change is not None)

    def _fresh(self, standing: Standing, floor: int) -> Fresh:
        those = [each.article for each in standing.articles if each.article.id >= floor]
        return {each.id: self._match(each) for each in those}

    def _match(self, stored: StoredArticle) -> tuple[Match, ...]:
        return self._matcher.match(stored.article, self._rules.outlet(stored.outlet))

    def _first(self, standing: Standing, fresh: Fresh) -> int:
        """The first article with a match, kept or new: a story is followed once, with it."""
        counting = (
            each.article.id
            for each in standing.articles
            if each.article.id in fresh
            and (fresh[each.article.id] or of_campaigns(each.matches, self._campaigns))
        )
        return next(counting, 0)

    def _labels_of(self, standing: Standing, fresh: Fresh) -> set[str]:
        """The labels of the articles that match, as a round would have given them."""
        return {
            label
            for each in standing.articles
            if fresh.get(each.article.id, each.matches) or self._beside(each)
            for label in self._labels.satisfied(
                each.article.article, self._rules.outlet(each.article.outlet)
            )
        }

    def _beside(self, kept: Kept) -> tuple[Match, ...]:
        """The kept matches of campaigns that are not in question."""
        if self._campaigns is None:
            return ()
        return tuple(m for m in kept.matches if m.campaign not in self._campaigns)

    # ------------------------------------------------------------ applying

    def _apply(self, standing: Standing, fresh: Fresh, change: Change) -> Change | None:
        """Save a change, unless the story changed since it was looked at; what was saved."""
        if not self._store.rematching.unchanged(standing):
            return None
        act = _ACTS.get(change.effect)
        if act is None:
            return change
        for each in standing.articles:
            if each.article.id in fresh:
                matches = fresh[each.article.id]
                self._store.rematching.rewrite(each, matches, self._campaigns)
        return act(self, standing, fresh, change)

    def _queue(self, standing: Standing, fresh: Fresh, change: Change) -> Change:
        named = to_name(standing, fresh)
        read = self._reading(named, fresh, change.labels)
        queued = self._store.rematching.queue(standing.story, named.article, read, self._now)
        self._store.rematching.retag(queued, change.gained)
        return replace(change, clipping=queued)

    def _requeue(self, standing: Standing, fresh: Fresh, change: Change) -> Change:
        clipping = self._tag(standing, change)
        self._cut(standing, fresh)
        self._store.rematching.return_to_queue(clipping, standing.version, self._now)
        return change

    def _reject(self, standing: Standing, fresh: Fresh, change: Change) -> Change:
        clipping = clipping_of(standing)
        self._store.rematching.set_aside(clipping, standing.version, self._now)
        return change

    def _renew(self, standing: Standing, fresh: Fresh, change: Change) -> Change:
        clipping = self._tag(standing, change)
        if self._cut(standing, fresh) or change.effect is Effect.RETAGGED:
            self._store.rematching.revised(clipping, self._now)
        return change

    def _tag(self, standing: Standing, change: Change) -> int:
        clipping = clipping_of(standing)
        withdrawn = (*change.lost, *change.withdrawn)
        self._store.rematching.retag(clipping, change.gained, change.labels, withdrawn)
        return clipping

    def _cut(self, standing: Standing, fresh: Fresh) -> bool:
        """Cut the excerpt anew when other hits call for it; whether it is another now."""
        versions = {(each.article.id, each.article.version): each for each in standing.articles}
        credited = versions.get(standing.credited)
        if credited is None or standing.frozen or not fresh.get(credited.article.id):
            return False
        chosen = self._reading(credited, fresh, ()).excerpt
        if chosen == standing.excerpt:
            return False
        self._store.rematching.recut(standing, chosen)
        return True

    def _reading(self, kept: Kept, fresh: Fresh, found: Sequence[str]) -> Reading:
        matches = (*fresh.get(kept.article.id, kept.matches), *self._beside(kept))
        return reading_of(self._rules, kept.article, matches, found)


def reading_of(
    rules: Rules, stored: StoredArticle, matches: Sequence[Match], found: Sequence[str] = ()
) -> Reading:
    """A kept article as a round would have read it, with these matches and labels."""
    budget = rules.outlet(stored.outlet).budget
    figures = limits.proposal(budget, stored.article.wire)
    return Reading(
        article=stored.article,
        matches=tuple(matches),
        fingerprint=dedupe.fingerprint(stored.article),
        excerpt=excerpt.choose(stored.article, hits_in(matches), figures),
        tags=tuple(found),
    )


def clipping_of(standing: Standing) -> int:
    """The story's clipping. Raises ValueError when it has none."""
    if standing.clipping is None:
        raise ValueError(f"story {standing.story} has no clipping")
    return standing.clipping


_Act = Callable[[_Room, Standing, Fresh, Change], Change]

_ACTS: Final[Mapping[Effect, _Act]] = {
    Effect.QUEUED: _Room._queue,
    Effect.REQUEUED: _Room._requeue,
    Effect.RETAGGED: _Room._renew,
    Effect.RENEWED: _Room._renew,
    Effect.REJECTED: _Room._reject,
}
