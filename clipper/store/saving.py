"""Saving a harvest: one entry's article, matches, story and clipping, all or nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ..model import FetchError, Harvest, Kinship, Newcomer, Placement, Reading, Status
from .articles import Articles, url_keys
from .clippings import Clippings
from .connection import Connection
from .entries import Entries
from .fingerprints import Fingerprints
from .stories import Stories
from .values import Saved

_UNDECIDED = frozenset({Status.QUEUED, Status.SNOOZED})
_SAME_ARTICLE = frozenset({Kinship.SAME_URL, Kinship.VERSION})


@dataclass(frozen=True, slots=True)
class Saving:
    """The tables that a harvest goes into."""

    connection: Connection
    entries: Entries
    articles: Articles
    stories: Stories
    clippings: Clippings
    fingerprints: Fingerprints

    def save(
        self, harvest: Harvest, placement: Placement, now: datetime, again_at: datetime | None
    ) -> Saved:
        """See `Store.save`."""
        pending, reading = harvest.pending, harvest.reading
        with self.connection.transaction():
            done = self.entries.article_of(pending.id)
            if done is not None:
                return self._as_it_is(done)
            saved = Saved(article=None)
            if reading is not None:
                saved = self._save(harvest, reading, placement, now)
            self.entries.settle(
                pending.id,
                saved.article,
                now,
                why=_why(harvest),
                keep_content=harvest.snapshot is None or isinstance(harvest.page_error, FetchError),
                again_at=again_at,
            )
            return saved

    def _save(
        self, harvest: Harvest, reading: Reading, placement: Placement, now: datetime
    ) -> Saved:
        if placement.kinship in _SAME_ARTICLE and placement.best is not None:
            return self._renew(placement.best, harvest, reading, now)
        story = self.stories.begin(now) if placement.story is None else placement.story
        article = self.articles.insert(harvest, story, placement, now)
        if placement.story is None:
            self.stories.set_primary(story, article)
        self.fingerprints.add(article, story, newcomer_of(harvest))
        self._keep_why(article, 1, harvest, reading)
        saved = Saved(article=article, story=story, joined=placement.story is not None)
        return self._judge(saved, story, article, reading, now)

    def _renew(self, article: int, harvest: Harvest, reading: Reading, now: datetime) -> Saved:
        version = self.articles.renew(article, harvest, now)
        newest = self.articles.get(article).article
        if (newest.title, newest.text) != (reading.article.title, reading.article.text):
            # This reading was not kept, so its matches and excerpt would fit no text.
            return self._as_it_is(article)
        self.fingerprints.renew(article, newcomer_of(harvest))
        self._keep_why(article, version, harvest, reading)
        story = self.stories.of_article(article)
        saved = Saved(article=article, story=story, joined=True, version=version)
        return self._judge(saved, story, article, reading, now)

    def _keep_why(self, article: int, version: int, harvest: Harvest, reading: Reading) -> None:
        self.articles.add_urls(article, url_keys(harvest))
        self.articles.add_matches(article, version, reading.matches)

    def _judge(
        self, saved: Saved, story: int, article: int, reading: Reading, now: datetime
    ) -> Saved:
        """Put the story of an article that matched before the editors, if nobody did yet."""
        # A story that has just begun is before nobody yet.
        clipping = self.clippings.of_story(story) if saved.joined else None
        if not reading.matches:
            return replace(saved, also_in=clipping)
        if clipping is None:
            queued = self.clippings.queue(story, article, saved.version, reading, now)
            return replace(saved, clipping=queued)
        if self.clippings.status(clipping) in _UNDECIDED:
            self.clippings.tag(clipping, reading)
            self.clippings.follow(clipping, article, saved.version, reading, now)
        return replace(saved, also_in=clipping)

    def _as_it_is(self, article: int) -> Saved:
        found = self.articles.get(article)
        return Saved(
            article=article,
            story=found.story,
            also_in=self.clippings.of_story(found.story),
            joined=True,
            version=found.version,
        )


def newcomer_of(harvest: Harvest) -> Newcomer:
    """The harvest's article as it looks for its story; ValueError when there is none."""
    if harvest.newcomer is None:
        raise ValueError("a harvest with a reading needs a newcomer to be placed")
    return harvest.newcomer


def _why(harvest: Harvest) -> str:
    error = harvest.page_error
    return f"{error.kind}: {error.text}" if error else ""
