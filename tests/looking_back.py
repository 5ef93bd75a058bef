"""What tests of looking back share: a store of articles that were read with real queries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from clipper.model import Article, Campaign, Clipping, Kinship, Outlet, Placement
from clipper.reading import Reader
from clipper.retro import Change, Rules, rematch
from clipper.store import Saved, Store

from .keeping import ALONE, DAILY, HERALD, NOW, harvest, waiting

OUTLETS = {
    "daily": Outlet(slug="daily", name="The Daily"),
    "herald": Outlet(slug="herald", name="Herald"),
}
PRISONS = Campaign(slug="prisons", name="Prisons", queries=('"private prison*"',))
CALLS = Campaign(slug="calls", name="Calls", queries=("jail* NEAR/5 call*",))


def rules(*campaigns: Campaign, **fields: Any) -> Rules:
    return Rules(campaigns=campaigns or (PRISONS, CALLS), outlets=OUTLETS, **fields)


def with_query(campaign: Campaign, *queries: str) -> Campaign:
    return replace(campaign, queries=queries)


class Desk:
    """A store, and the rules by which what comes in is read."""

    def __init__(self, store: Store, now: Rules) -> None:
        self.store = store
        self.rules = now
        self._number = 0

    def takes(
        self, text: str, title: str = "A title", outlet: str = "daily",
        at: datetime = NOW, joining: Saved | None = None, kinship: Kinship = Kinship.SYNDICATED,
        **fields: Any,
    ) -> Saved:  # fmt: skip
        """Save an article as a round would."""
        self._number += 1
        key = str(self._number)
        url = f"https://{outlet}.example/news/{key}"
        source = DAILY if outlet == "daily" else HERALD
        pending = waiting(self.store, key, source, at, url=url)
        article = Article(url=url, title=title, text=text, **fields)
        reader = Reader(self.rules.campaigns, dict(self.rules.lists), dict(self.rules.tags))
        read = reader.judge(article, self.rules.outlet(outlet))
        place = ALONE
        if joining is not None:
            place = Placement(
                story=joining.story, kinship=kinship, best=joining.article,
                containment=0.9, resemblance=0.8, shared=40,
            )  # fmt: skip
        return self.store.save(harvest(pending, read), place, at)

    def edited(self, *campaigns: Campaign, **fields: Any) -> None:
        """The config is another from now on."""
        self.rules = rules(*campaigns, **fields)

    def follow(self, now: datetime = NOW, **wishes: Any) -> list[Change]:
        return list(rematch(self.store, self.rules, now=now, **wishes))

    def effects(self, **wishes: Any) -> list[tuple[str, int | None]]:
        return [(change.effect.value, change.clipping) for change in self.follow(**wishes)]

    def clipping(self, saved: Saved) -> Clipping:
        assert saved.story is not None
        found = self.store.clippings.of_story(saved.story)
        assert found is not None
        return self.store.clippings.get(found)

    def state(self) -> list[tuple[Any, ...]]:
        """Everything that rematching could change."""
        return list(self._state())

    def _state(self) -> Iterator[tuple[Any, ...]]:
        for each in self.store.clippings.list():
            history = self.store.clippings.history(each.id)
            yield (each, len(history), self.store.tags.of(each.id))
            articles = (each.article.id, *each.copies)
            yield tuple(self.store.articles.matches(number) for number in articles)
