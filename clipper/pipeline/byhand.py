"""Clipping one page by hand: an address that a person found goes through the same pipe.

    known? | fetch -> Page | read, in a worker -> Reading | capture | place | save -> Clipped

What a round would have thrown away, because no query wants it, is queued all the same: a
person asked for it. The reason why no round had found it is told and recorded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from .. import dedupe, excerpt, limits, query, reading, text, urls
from ..archive import Note
from ..errors import ArchiveError, ClipperError, Refused
from ..fetch import Fetcher
from ..model import (
    Article,
    Campaign,
    Entry,
    ExtractError,
    FetchError,
    Harvest,
    Outlet,
    Page,
    Reading,
    Snapshot,
    StoredArticle,
)
from ..store import Store
from ..store.byhand import KnownUrl
from .removed import removed
from .round import ROBOTS, Parts, answer_of, feed_content

PATIENCE: Final = timedelta(seconds=20)
"""So long is waited for a round that writes to the archive."""

_PAUSE: Final = 0.5

MOST_MISSES: Final = 20
"""Campaigns of which the nearest miss is told."""


class Why(StrEnum):
    """Why a page had not been found by itself."""

    QUEUED = "queued"
    """It had been: it is before the editors already."""
    UNMATCHED = "unmatched"
    """It was fetched, but no query wanted it."""
    WAITING = "waiting"
    """A source lists it, and its page was not fetched yet. `detail`: the source."""
    FAILED = "failed"
    """A source lists it, and its page could not be had. `detail`: why."""
    UNLISTED = "unlisted"
    """The outlet is followed, and none of its sources listed this. `detail`: the outlet."""
    UNFOLLOWED = "unfollowed"
    """The outlet is not among the sources. `detail`: its host."""


SENTENCES: Final[Mapping[Why, str]] = {
    Why.QUEUED: "it was before the editors already",
    Why.UNMATCHED: "it was fetched before, but no query matched",
    Why.WAITING: "{} lists it, but its page was not fetched yet",
    Why.FAILED: "its page could not be had before ({})",
    Why.UNLISTED: "no source of {} had listed it",
    Why.UNFOLLOWED: "{} is not among the sources",
}
"""The reason in words, for the record; `{}` is the detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """Why a campaign's query does not want the page: what is missing, what came closest."""

    campaign: str
    text: str
    nearest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipped:
    """The clipping, and why no round had made it.

    `campaigns` are those whose queries want the page; when there are none, `misses` says for
    each why not, the nearest first.
    """

    clipping: int
    why: Why
    detail: str = ""
    campaigns: tuple[str, ...] = ()
    misses: tuple[Miss, ...] = ()


_STRANGER: Final = Outlet(slug="", name="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the config says that clipping by hand needs; outlets by slug are in `Parts`.

    An outlet that is not followed has the budget and all else of `stranger`.
    """

    campaigns: Sequence[Campaign] = ()
    lists: Mapping[str, tuple[str, ...]] | None = None
    stranger: Outlet = _STRANGER


@dataclass(frozen=True, slots=True)
class _Errand:
    """One page to be clipped: what is known of its address, and for whom."""

    parts: Parts
    rules: Rules
    url: str
    who: str
    known: KnownUrl
    outlet: Outlet

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def followed(self) -> bool:
        return self.outlet.slug in self.parts.outlets


def clip(
    parts: Parts,
    rules: Rules,
    url: str,
    *,
    who: str,
    patience: timedelta = PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
    strict: Callable[..., Fetcher] = Fetcher,
) -> Clipped | FetchError | ExtractError:
    """Put the page at `url` before the editors, by the will of `who`.

    It is fetched through the same gate as all else; addresses in a private network are
    reached only at hosts that the config follows, even where `network: allow:` names more.
    A page that cannot be had or read is an error as a value, and nothing is kept of it.
    Raises Refused for what is no web address, and when a round writes to the archive for
    longer than `patience`. `strict` makes the fetcher for hosts that are not followed, from
    network settings without `allow`, and `now`.
    """
    address = _address(url)
    known = parts.store.byhand.known(address)
    if known.article is not None:
        return _from_store(parts, rules, known, who)
    errand = _Errand(parts, rules, address, who, known, outlet_of(parts, rules, known, address))
    page = _fetch(errand, strict)
    if isinstance(page, FetchError):
        return page
    if (gone := removed(parts.store, page.url)) is not None:
        return gone
    answer = _read(errand, page)
    if isinstance(answer, ExtractError):
        return answer
    return _save(errand, answer, _capture(errand, page, answer, patience, sleep))


def _address(url: str) -> str:
    """What was pasted as an address to fetch, without what only tracks."""
    pasted = text.clean(url, urls.MAX_LENGTH + 1).strip()
    joined = urls.join("", pasted)
    if not joined or len(pasted) > urls.MAX_LENGTH:
        raise Refused("That is no web address. Paste one that begins with http:// or https://.")
    return urls.without_tracking(joined)


# ---------------------------------------------------------------- whose page it is


def outlet_of(parts: Parts, rules: Rules, known: KnownUrl, url: str) -> Outlet:
    """The outlet whose page it is; one that is not followed is named by its site."""
    if known.listed is not None and known.listed.outlet in parts.outlets:
        return parts.outlets[known.listed.outlet]
    near = [outlet for outlet in parts.outlets.values() if _nearness(parts, outlet, url)]
    if near:
        return max(near, key=lambda outlet: _nearness(parts, outlet, url))
    name = urls.site(url)
    return replace(rules.stranger, slug=text.slug(name) or text.digest(name)[:8], name=name)


def _nearness(parts: Parts, outlet: Outlet, url: str) -> int:
    """How near a URL is to an outlet's own addresses; 0 when it is on another site."""
    homes = [home for home in _homes(parts, outlet) if _is_on_site(home, url)]
    return max((_closeness(home, url) for home in homes), default=0)


def _closeness(home: str, url: str) -> int:
    if _origin(home) != _origin(url):
        return 1
    return 2 + (len(home) if url.startswith(home) else 0)


def _homes(parts: Parts, outlet: Outlet) -> list[str]:
    # A feed may lie on a host that serves many outlets: it counts where no home is known.
    feeds = [
        state.source.address
        for state in parts.store.sources.list()
        if state.source.outlet == outlet.slug
    ]
    return [outlet.site] if outlet.site else feeds


def _is_on_site(home: str, url: str) -> bool:
    by_address = urls.site(home).replace(".", "").isdigit()
    if by_address:
        return _origin(home) == _origin(url)
    return bool(home) and urls.site(home) == urls.site(url)


def _origin(url: str) -> str:
    return urlsplit(url).netloc.lower()


# ---------------------------------------------------------------- fetching and reading


def _fetch(errand: _Errand, strict: Callable[..., Fetcher]) -> Page | FetchError:
    """The page, through the gate; private networks only at hosts that the config follows."""
    followed = {
        _origin(home)
        for outlet in errand.parts.outlets.values()
        for home in (*_homes(errand.parts, outlet), outlet.site)
    }
    with ExitStack() as stack:
        fetcher = errand.parts.fetcher
        if _origin(errand.url) not in followed and fetcher.network.allow:
            public = replace(fetcher.network, allow=())
            fetcher = stack.enter_context(strict(public, errand.parts.now))
        return fetcher.get(errand.url, "page", errand.outlet.gap)


def _read(errand: _Errand, page: Page) -> Reading | ExtractError:
    listed = errand.known.listed
    entry = listed.entry if listed else Entry(key=errand.url, url=errand.url)
    return answer_of(errand.parts.workers.submit(reading.read, page, entry, errand.outlet))


def _note(errand: _Errand, answer: Reading) -> Note:
    fields = {"outlet": errand.outlet.slug, "by-hand": errand.who, "robots": ROBOTS}
    if (listed := errand.known.listed) is not None:
        fields |= {"source": listed.source, "entry": listed.entry.key}
    fields["feed-content"] = "none" if listed is None else feed_content(listed.entry)
    return Note(fields=fields, text=answer.article.text)


def _capture(
    errand: _Errand,
    page: Page,
    answer: Reading,
    patience: timedelta,
    sleep: Callable[[float], None],
) -> Snapshot:
    """Archive the page; a round that writes just now is waited for."""
    left = patience.total_seconds()
    while True:
        try:
            (snapshot,) = errand.parts.archive.capture([page], [_note(errand, answer)])
        except ArchiveError as error:
            if not isinstance(error.__cause__, BlockingIOError):
                raise
            if left <= 0:
                raise Refused(
                    "A round of fetching is writing to the archive just now. Nothing was "
                    "lost: clip this again when the round is over."
                ) from error
        else:
            return snapshot
        sleep(_PAUSE)
        left -= _PAUSE


# ---------------------------------------------------------------- saving


def _save(errand: _Errand, answer: Reading, snapshot: Snapshot) -> Clipped:
    """Place and save, and queue what no query wants; all in one transaction."""
    store, now = errand.store, errand.parts.now()
    why, detail = _why(errand)
    with store.transaction():
        pending = errand.known.listed or store.byhand.enter(errand.url, errand.outlet, now)
        newcomer = dedupe.newcomer(answer.article, answer.fingerprint, pending.outlet, now)
        harvest = Harvest(pending=pending, reading=answer, newcomer=newcomer, snapshot=snapshot)
        placement = dedupe.place(*store.similar(harvest))
        saved = store.save(harvest, placement, now)
        assert saved.article is not None
        stored = store.articles.get(saved.article)
        clipping, _ = _queue(errand, stored, answer, _told(why, detail))
    return _clipped(errand, stored, clipping, why, detail)


def _from_store(parts: Parts, rules: Rules, known: KnownUrl, who: str) -> Clipped:
    """Queue an article that was fetched before, if its story is not before the editors."""
    assert known.article is not None
    stored = parts.store.articles.get(known.article)
    stranger = replace(rules.stranger, slug=stored.outlet, name=stored.outlet)
    outlet = parts.outlets.get(stored.outlet, stranger)
    errand = _Errand(parts, rules, stored.article.url, who, known, outlet)
    answer = Reading(
        article=stored.article,
        matches=(),
        fingerprint=dedupe.fingerprint(stored.article),
        excerpt=excerpt.choose(
            stored.article, (), limits.proposal(outlet.budget, stored.article.wire)
        ),
    )
    with parts.store.transaction():
        clipping, new = _queue(errand, stored, answer, _told(Why.UNMATCHED, ""))
    return _clipped(errand, stored, clipping, Why.UNMATCHED if new else Why.QUEUED, "")


def _queue(errand: _Errand, stored: StoredArticle, answer: Reading, told: str) -> tuple[int, bool]:
    """The story's clipping, made if need be, and whether it was. The person's wish is in its
    history, except when the page was before the editors already."""
    store, now = errand.store, errand.parts.now()
    there = store.clippings.of_story(stored.story)
    if there is None:
        place = (stored.story, stored.id, stored.version)
        return store.clippings.queue(*place, answer, now, who=errand.who, why=told), True
    if errand.known.article is None:
        store.clippings.remark(there, who=errand.who, reason=told, now=now)
    return there, False


def _told(why: Why, detail: str) -> str:
    return f"clipped by hand: {SENTENCES[why].format(detail)}"


def _clipped(
    errand: _Errand, stored: StoredArticle, clipping: int, why: Why, detail: str
) -> Clipped:
    found = errand.store.articles.matches(stored.id)
    campaigns = tuple(dict.fromkeys(match.campaign for match in found))
    missed = () if campaigns else _misses(errand, stored.article)
    return Clipped(clipping=clipping, why=why, detail=detail, campaigns=campaigns, misses=missed)


def _why(errand: _Errand) -> tuple[Why, str]:
    known = errand.known
    if known.listed is not None and known.why:
        return Why.FAILED, known.why
    if known.listed is not None:
        return Why.WAITING, known.listed.source
    if errand.followed:
        return Why.UNLISTED, errand.outlet.name
    return Why.UNFOLLOWED, errand.outlet.name


def _misses(errand: _Errand, article: Article) -> tuple[Miss, ...]:
    """Why each campaign does not want the article, in a worker: it is foreign text."""
    rules = errand.rules
    asked = (tuple(rules.campaigns)[:MOST_MISSES], dict(rules.lists or {}))
    answer = errand.parts.workers.submit(misses, *asked, article, errand.outlet)
    try:
        return answer.result()
    except ClipperError:
        # The reasons are a courtesy: the clipping stands without them.
        return ()


def misses(
    campaigns: Sequence[Campaign],
    lists: Mapping[str, tuple[str, ...]],
    article: Article,
    outlet: Outlet,
) -> tuple[Miss, ...]:
    """Each campaign's nearest miss, the campaigns that came closest first."""
    found = []
    for campaign in campaigns:
        asked = (query.parse(each, lists) for each in campaign.queries)
        missed = [query.why_not(each, article, outlet) for each in asked]
        best = max((each for each in missed if each), key=lambda each: len(each.hits), default=None)
        if best is not None:
            told = Miss(campaign=campaign.slug, text=best.text, nearest=best.nearest)
            found.append((len(best.hits), told))
    return tuple(told for _, told in sorted(found, key=lambda pair: -pair[0]))
