"""One page into one `Reading`: what a worker process does.

    page, entry, outlet -> extract -> match(campaigns) -> tags -> fingerprint -> excerpt

The decisions do not know each other; this room calls them in order and holds no
logic of its own. A worker is prepared once with the campaigns (their queries are
compiled then) and reads many pages after that.

The decisions are imported when the first `Reader` is made: the process that only sends
pages to workers does without them, and starts a fifth sooner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .model import Article, Campaign, Entry, ExtractError, Hit, Match, Outlet, Page, Reading

if TYPE_CHECKING:
    from .match import Matcher


class Reader:
    """Reads pages for a fixed set of campaigns.

    `lists` are the config's named term lists, `tags` its labels, each with the query that
    gives it.
    """

    def __init__(
        self,
        campaigns: Sequence[Campaign],
        lists: Mapping[str, tuple[str, ...]] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        from .match import Matcher

        self._matcher = Matcher(campaigns, lists or {})
        self._labels = labels(tags or {}, lists)

    def read(self, page: Page | None, entry: Entry, outlet: Outlet) -> Reading | ExtractError:
        """Read `page`, or what the feed itself said when there is none."""
        from . import extract

        article = (
            extract.from_entry(entry, outlet)
            if page is None
            else extract.extract(page, entry, outlet)
        )
        if isinstance(article, ExtractError):
            return article
        return self.judge(article, outlet)

    def judge(self, article: Article, outlet: Outlet) -> Reading:
        """Match an article, take its fingerprint and choose its excerpt.

        Labels are looked for only in an article that a campaign asks for: they never queue.
        """
        from . import dedupe, excerpt, limits

        matches = self._matcher.match(article, outlet)
        figures = limits.proposal(outlet.budget, article.wire)
        return Reading(
            article=article,
            matches=matches,
            fingerprint=dedupe.fingerprint(article),
            excerpt=excerpt.choose(article, hits_in(matches), figures),
            tags=self._labels.satisfied(article, outlet) if matches else (),
        )


def labels(tags: Mapping[str, str], lists: Mapping[str, tuple[str, ...]] | None = None) -> Matcher:
    """The config's labels as a matcher: `satisfied` gives those that an article gets."""
    from .match import Matcher

    rules = (Campaign(slug=label, name=label, queries=(rule,)) for label, rule in tags.items())
    return Matcher(rules, lists or {})


def hits_in(matches: Sequence[Match]) -> tuple[Hit, ...]:
    """All hits of all matches, each place once, in reading order."""
    unique = {(hit.zone, hit.start, hit.end): hit for match in matches for hit in match.hits}
    return tuple(unique[place] for place in sorted(unique))


_reader: Reader | None = None


def prepare(
    campaigns: Sequence[Campaign],
    lists: Mapping[str, tuple[str, ...]],
    tags: Mapping[str, str] | None = None,
) -> None:
    """Make this worker process ready; called once, before its first page."""
    global _reader
    from . import dedupe, excerpt, extract, limits  # noqa: F401 - before the first page's clock runs

    _reader = Reader(campaigns, lists, tags)


def read(page: Page | None, entry: Entry, outlet: Outlet) -> Reading | ExtractError:
    """What `Reader.read` does, with the reader that `prepare` made in this process.

    One that was never prepared has no campaigns.
    """
    if _reader is None:
        prepare((), {})
    assert _reader is not None
    return _reader.read(page, entry, outlet)
