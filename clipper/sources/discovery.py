"""Finding an outlet's sources from its home page: leads are followed, each really looked at.

    page -> typed links, feed-like links -> usual places -> WordPress -> sitemaps -> sections
         -> each polled as its kind will be -> choosing.choose -> Discovery

In a quick search a later step is taken only when the earlier ones did not yield the outlet's
stories; a thorough one also looks at other routes, to compare. Either asks the outlet at
most `MAX_ASKED` times. What nobody invited feed readers to is asked of robots.txt first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .. import urls
from ..errors import ClipperError
from ..model import FetchError, Mark, Page, Poll, PollError, Source
from . import choosing, feed, listing, sitemap, wordpress
from .choosing import Candidate, Lead, Verdict, Way
from .home import Home, read_home
from .seam import Fetch, Kind, Parse

MAX_ASKED = 48
"""Requests that one search makes, robots.txt not counted."""

MAX_TYPED = 10
MAX_SITEMAPS = 3
MAX_PAGES = 6
MAX_SECTION_FEEDS = 10
LEAST_STORIES = 5
"""Stories on a home page that are enough to hold a source against them."""

LEAST_SHARE = 0.2
"""Of the home page's stories; what lists fewer is hardly the outlet's main source."""

USUAL_FEEDS = (
    "/feed/", "/rss.xml", "/feed.xml", "/atom.xml", "/rss", "/index.xml", "/feed",
    "/feeds/posts/default", "/rss/", "/index.rdf", "/feed.json", "/arc/outboundfeeds/rss/",
    "/search/?f=rss&t=article&l=50&s=start_time&sd=desc",
)  # fmt: skip
"""Where feeds mostly are: WordPress, Jekyll, Hugo, Blogger, Ghost, Arc, TownNews."""

USUAL_SITEMAPS = ("/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml", "/sitemap.xml")
SITEMAP_LINE = re.compile(r"^[ \t]*sitemap[ \t]*:[ \t]*(\S{1,2000})", re.I | re.M)
NEWS = re.compile(r"news|noticia", re.I)
WALLS = frozenset({"http-401", "http-403", "http-406", "http-429", "robots"})
"""What a home page may answer though the outlet's feed is open to all."""

KINDS: Mapping[str, Kind] = {
    "feed": feed.poll,
    "sitemap": sitemap.poll,
    "wordpress": wordpress.poll,
    "listing": listing.poll,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """What a search found: a verdict on every candidate, the chosen ones first; the page that
    it began from, as reached, and what that calls itself; how often the outlet was asked."""

    home: str
    name: str
    verdicts: tuple[Verdict, ...]
    asked: int

    @property
    def chosen(self) -> tuple[Candidate, ...]:
        return tuple(each.candidate for each in self.verdicts if each.chosen)


def discover(
    address: str,
    *,
    fetch: Fetch,
    parse: Parse,
    now: datetime,
    thorough: bool = False,
    pages: bool = False,
) -> Discovery | PollError:
    """Search an outlet for its sources, from its home page or any address of it.

    `pages`: the page's own list of stories may serve where nothing else does; a person should
    see it before it is trusted. A PollError says that the address itself could not be had.
    """
    return _Search(address, fetch, parse, now, thorough=thorough, pages=pages).run()


def asked_politely(fetch: Fetch, lead: Lead) -> Fetch:
    """The fetch for a lead: feeds that nobody invited readers to are asked of robots.txt."""
    if lead.invited:
        return fetch

    def found(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        return fetch(url, purpose="found" if purpose == "feed" else purpose, headers=headers)

    return found


@dataclass(slots=True)
class _Search:
    """One search: the hands, and what it has come upon."""

    address: str
    hands: Fetch
    parse: Parse
    now: datetime
    thorough: bool
    pages: bool
    asked: int = 0
    root: str = ""
    home: Home = field(default_factory=Home)
    candidates: list[Candidate] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)

    def run(self) -> Discovery | PollError:
        trouble = self._begin()
        if trouble is not None and trouble.kind not in WALLS:
            return trouble
        if not self._is_found:
            for step in self._steps():
                step()
        trouble = trouble or self.home.instead
        if trouble is not None and not self._chosen:
            return trouble
        return Discovery(
            home=self.root, name=self.home.name, verdicts=self._verdicts(), asked=self.asked
        )

    def _steps(self) -> Iterator[Callable[[], None]]:
        """The steps that are still worth taking, each judged when its turn comes."""
        yield self._named
        if not self._is_enough:
            yield self._usual_feeds
        if not self._is_enough or (self.thorough and self.home.rest):
            yield self._wordpress
        if not self._is_enough or self.thorough:
            yield self._sitemaps
        if not self._is_enough:
            yield self._sections
        if self.pages and not self._chosen:
            yield self._page

    # ------------------------------------------------------------ the page itself

    def _begin(self) -> PollError | None:
        """Read the address: a source itself, or a page; what is in the way of it."""
        self.root = self.address
        page = self._fetch(self.address, purpose="page", headers={})
        if isinstance(page, FetchError):
            if page.kind == "type":
                self._given()
                return None if self._chosen else feed.failed(page)
            return feed.failed(page)
        if page.status != 200:
            said = f"The site answers with the status {page.status}."
            return PollError(kind=f"http-{page.status}", text=said, status=page.status)
        self.root = page.url
        if _is_document(page):
            self._given()
            if self._chosen:
                return None
        try:
            kind = page.header("content-type")
            self.home = self.parse(read_home, page.body, kind, page.url)
        except ClipperError as error:
            return PollError(kind="parse-crash", text=f"Reading the home page failed. {error}")
        return None

    def _given(self) -> None:
        self._try(Lead(kind="feed", address=self.address, way=Way.GIVEN))
        if not self._chosen:
            self._try(Lead(kind="sitemap", address=self.address, way=Way.GIVEN))

    # ------------------------------------------------------------ the steps

    def _named(self) -> None:
        for link in self.home.typed[:MAX_TYPED]:
            self._try(Lead(kind="feed", address=link.url, way=Way.TYPED, title=link.title))
        for link in self.home.anchors:
            self._try(Lead(kind="feed", address=link.url, way=Way.ANCHOR, title=link.title))

    def _usual_feeds(self) -> None:
        had = len(self._chosen)
        for address in self._beside(USUAL_FEEDS):
            self._try(Lead(kind="feed", address=address, way=Way.USUAL))
            if len(self._chosen) > had or (had and self._is_enough):
                return

    def _wordpress(self) -> None:
        if self.home.rest:
            self._try(Lead(kind="wordpress", address=self.home.rest, way=Way.REST))
        elif self.home.is_wordpress:
            address = urls.join(self.root, "/wp-json/")
            self._try(Lead(kind="wordpress", address=address, way=Way.REST))

    def _sitemaps(self) -> None:
        named = self._in_robots()
        # Looking for more than the outlet names is for when there is nothing else.
        usual = [] if named or self._is_enough else list(self._beside(USUAL_SITEMAPS))
        for address in named[:MAX_SITEMAPS]:
            self._try(Lead(kind="sitemap", address=address, way=Way.ROBOTS))
            if self._is_enough and not self.thorough:
                return
        for address in usual:
            self._try(Lead(kind="sitemap", address=address, way=Way.USUAL))
            if self._is_enough:
                return

    def _in_robots(self) -> list[str]:
        page = self.hands(urls.join(self.root, "/robots.txt"), purpose="robots", headers={})
        if isinstance(page, FetchError) or page.status != 200:
            return []
        named = SITEMAP_LINE.findall(page.body[:512_000].decode("utf-8", "replace"))[:200]
        found = [address for each in named if (address := urls.join(page.url, each))]
        return sorted(dict.fromkeys(found), key=lambda address: NEWS.search(address) is None)

    def _sections(self) -> None:
        """Feeds of sections: those that the sections' own pages name, and pages of feeds."""
        lists = [each.lead.address for each in self.candidates if _is_page_of_feeds(each)]
        found: dict[str, str] = {}
        for address in (*lists[:2], *self.home.sections[:MAX_PAGES]):
            for link in self._feeds_on(address):
                found.setdefault(link, address)
        for address in list(found)[:MAX_SECTION_FEEDS]:
            self._try(Lead(kind="feed", address=address, way=Way.SECTION))

    def _feeds_on(self, address: str) -> list[str]:
        page = self._fetch(address, purpose="page", headers={})
        if isinstance(page, FetchError) or page.status != 200:
            return []
        try:
            home = self.parse(read_home, page.body, page.header("content-type"), page.url)
        except ClipperError:
            return []
        return [link.url for link in (*home.typed, *home.anchors)]

    def _page(self) -> None:
        self._try(Lead(kind="listing", address=self.root, way=Way.PAGE))

    # ------------------------------------------------------------ one lead

    def _beside(self, paths: Iterable[str]) -> Iterator[str]:
        """Usual places: below the address where that is a folder of the site, then at its root."""
        below = self.root.partition("?")[0].rstrip("/")
        at_root = urls.join(self.root, "/").rstrip("/")
        for base in dict.fromkeys((below, at_root)):
            for path in paths:
                yield base + path

    def _try(self, lead: Lead) -> None:
        """Look at a lead as its kind will be looked at, once."""
        key = f"{lead.kind} {urls.strict_key(lead.address)}"
        if key in self.tried:
            return
        self.tried.add(key)
        self.candidates.append(Candidate(lead=lead, result=self._looked(lead)))

    def _looked(self, lead: Lead) -> Poll | PollError:
        known = "" if self.thorough else choosing.aside(lead)
        if known:  # not worth a request when nobody wants to see it
            return PollError(kind="aside", text=known)
        return polled(lead, {}, fetch=self._fetch, parse=self.parse, now=self.now)

    def _fetch(
        self, url: str, *, purpose: str, headers: Mapping[str, str] = {}
    ) -> Page | FetchError:
        if self.asked >= MAX_ASKED:
            said = "Not looked at: the outlet was asked often enough for one search."
            return FetchError(kind="enough", text=said, url=url)
        self.asked += 1
        return self.hands(url, purpose=purpose, headers=headers)

    # ------------------------------------------------------------ where it stands

    def _verdicts(self) -> tuple[Verdict, ...]:
        return choosing.choose(self.candidates, self.now, (self.address, self.root))

    @property
    def _chosen(self) -> list[Candidate]:
        return [each.candidate for each in self._verdicts() if each.chosen]

    @property
    def _is_found(self) -> bool:
        """Whether the address was a source itself: then that is what was asked for."""
        return any(each.lead.way is Way.GIVEN for each in self._chosen)

    @property
    def _is_enough(self) -> bool:
        """Whether what was chosen lists what stands on the home page, as far as it shows any."""
        chosen = self._chosen
        shown = {urls.strict_key(address) for address in self.home.stories}
        if not chosen or len(shown) < LEAST_STORIES:
            return bool(chosen)
        listed = {urls.strict_key(entry.url) for each in chosen for entry in each.entries}
        return len(shown & listed) >= LEAST_SHARE * min(len(shown), len(listed))


def _is_document(page: Page) -> bool:
    """Whether a page is no HTML but a feed or a sitemap, by its type or its first bytes."""
    kind = page.header("content-type").lower()
    head = page.body[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if b"<html" in head or b"<!doctype html" in head:
        return False
    return ("xml" in kind and "xhtml" not in kind) or head.startswith(
        (b"<?xml", b"<rss", b"<feed", b"<rdf", b"<urlset", b"<sitemapindex", b"{")
    )


def _is_page_of_feeds(each: Candidate) -> bool:
    result = each.result
    return (
        each.lead.way is Way.ANCHOR
        and isinstance(result, PollError)
        and result.kind == "not-a-feed"
        and "web page" in result.text
    )


def polled(
    lead: Lead, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at a source that a search found."""
    source = Source(slug="", kind=lead.kind, address=lead.address, outlet="")
    poll = KINDS[lead.kind]
    return poll(source, mark, fetch=asked_politely(fetch, lead), parse=parse, now=now)
