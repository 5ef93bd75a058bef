"""The kinds `sitemap`, `wordpress`, `listing` and `site`: what each reads, and what it refuses."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from clipper.model import FetchError, Page, Poll, PollError, Source
from clipper.sources import KINDS, addresses, here, sitemap, wordpress
from clipper.sources.choosing import Way
from clipper.sources.listing import read_listing
from clipper.sources.seam import Document
from clipper.sources.sitemapxml import MAX_UNZIPPED, Child, Sitemap, read_sitemap

from .sites import NOW, Ask, posts, robots, rss, title
from .sites import html as html_page
from .sites import sitemap as sitemap_page
from .test_sources import Web

BASE = "https://herald.example"
WEEK_AGO = NOW - timedelta(days=7)
DAY = timedelta(days=1)


def ask(*words: str, listed: tuple[int, ...] = (1, 2, 3)) -> Ask:
    return Ask(BASE, listed, words)


def at(path: str, body: bytes, kind: str = "text/html", **headers: str) -> tuple[str, Page]:
    named = (("content-type", kind), *((n.replace("_", "-"), v) for n, v in headers.items()))
    return BASE + path, Page(url=BASE + path, body=body, status=200, headers=named)


def look(kind: str, path: str, web: Web, mark: object = None, **options: str) -> Poll | PollError:
    source = Source(
        slug="h", kind=kind, address=BASE + path, outlet="h", options=tuple(options.items())
    )
    now = NOW
    return KINDS[kind](source, mark or {}, fetch=web, parse=here, now=now)  # type: ignore[arg-type]


def good(result: Poll | PollError) -> Poll:
    assert isinstance(result, Poll), result
    return result


def bad(result: Poll | PollError) -> PollError:
    assert isinstance(result, PollError), result
    return result


# ---------------------------------------------------------------- sitemap


def read(body: bytes, limit: int = 500) -> Sitemap | PollError:
    return read_sitemap(body, "application/xml", f"{BASE}/s.xml", WEEK_AGO, limit)


def urlset(*rows: str) -> bytes:
    inner = "".join(f"<url>{row}</url>" for row in rows)
    return f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{inner}</urlset>".encode()


def test_news_tags_become_entries_with_title_date_and_language() -> None:
    found = read(sitemap_page(ask("news", listed=(1,)))[2])
    assert isinstance(found, Sitemap)
    (entry,) = found.entries
    assert (entry.title, entry.language) == (title(1), "en")
    assert entry.published_at == NOW - timedelta(hours=5)


def test_a_change_of_a_page_is_never_taken_for_its_publication() -> None:
    found = read(sitemap_page(ask(listed=(1,)))[2])
    assert isinstance(found, Sitemap)
    (entry,) = found.entries
    assert (entry.published_at, entry.published_raw) == (None, "")


def test_the_newest_are_kept_whatever_their_order() -> None:
    loc = "<loc>/2026/03/story-{0}-of-the-county</loc><lastmod>2026-03-0{0}</lastmod>"
    found = read(urlset(*(loc.format(n) for n in (1, 4, 2, 3))), limit=2)
    assert isinstance(found, Sitemap)
    assert [entry.url[-22:-14] for entry in found.entries] == ["/story-4", "/story-3"]
    assert found.left_off == 2


def test_pages_that_are_no_stories_are_left_out() -> None:
    now = f"<lastmod>{NOW.isoformat()}</lastmod>"
    found = read(
        urlset(f"<loc>{BASE}/about</loc>{now}", f"<loc>{BASE}/tag/jail-and-more-of-it</loc>{now}")
    )
    assert isinstance(found, Sitemap)
    assert found.entries == ()


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"<html><body>hello", "not-a-sitemap", "web page"),
        (b"", "not-a-sitemap", "no sitemap"),
        (b"%PDF-1.4", "not-a-sitemap", "a PDF"),
        (b"<rss><channel></channel></rss>", "not-a-sitemap", "no sitemap"),
        (b"<urlset><url><loc>x", "malformed", "broken"),
    ],
)
def test_what_is_no_sitemap_is_named(body: bytes, kind: str, words: str) -> None:
    error = read(body)
    assert isinstance(error, PollError)
    assert error.kind == kind
    assert words in error.text


def test_entities_are_never_resolved() -> None:
    bomb = b"<!DOCTYPE u [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
    bomb += b"<!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    row = b"<urlset><url><loc>https://herald.example/2026/03/a-b-c-d&b;</loc><lastmod>2026-03-04</lastmod>"
    found = read(bomb + row + b"<title>&b;&f;</title></url></urlset>")
    assert isinstance(found, Sitemap)
    assert "root:" not in repr(found)
    assert "aaaaaaaaaa" not in repr(found)


def test_a_zip_that_grows_without_end_is_cut() -> None:
    head = b"<urlset><url><loc>https://herald.example/2026/03/a-b-c-d</loc><lastmod>2026-03-04</lastmod></url>"
    found = read(gzip.compress(head + (b"<x/>" + b" " * 2**20) * (MAX_UNZIPPED // 2**20 + 1)))
    assert isinstance(found, Sitemap)
    assert len(found.entries) == 1
    assert found.notes == ("Only its first 50 MB were looked at.",)


def test_an_index_is_followed_to_what_may_be_new() -> None:
    def child(name: str, age: int | None = None) -> Child:
        return Child(url=f"{BASE}/{name}.xml", at=None if age is None else NOW - age * DAY)

    listed = [
        child("tags"),
        child("posts-1", 30),
        child("posts-2", 1),
        child("news"),
        child("x", 2),
    ]
    names = [each.url.rpartition("/")[2] for each in sitemap.chosen(listed, NOW)]
    assert names == ["news.xml", "posts-2.xml", "x.xml"]


def test_an_index_in_an_index_ends() -> None:
    nested = b"<sitemapindex><sitemap><loc>/s.xml</loc></sitemap></sitemapindex>"
    web = Web(dict([at("/s.xml", nested, "application/xml")]))
    assert good(look("sitemap", "/s.xml", web)).entries == ()
    assert len(web.asked) <= 1 + sitemap.MAX_PARTS


def test_the_same_stories_again_are_unchanged() -> None:
    web = Web(dict([at("/s.xml", sitemap_page(ask("news"))[2], "application/xml", etag='"1"')]))
    first = good(look("sitemap", "/s.xml", web))
    again = good(look("sitemap", "/s.xml", web, first.mark))
    assert len(first.entries) == 3
    assert (again.unchanged, again.entries) == (True, ())
    assert web.sent == {"If-None-Match": '"1"'}


# ---------------------------------------------------------------- wordpress


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://h.example", "https://h.example/wp-json/wp/v2/posts?per_page=50&page=1&_fields="),
        ("https://h.example/wp-json/", "https://h.example/wp-json/wp/v2/posts?per_page=50"),
        (
            "https://h.example/blog/wp-json/wp/v2/posts?x=1",
            "https://h.example/blog/wp-json/wp/v2/posts?per_page",
        ),
        (
            "https://h.example/?rest_route=/",
            "https://h.example/?rest_route=/wp/v2/posts&per_page=50",
        ),
    ],
)
def test_where_posts_are_asked_for(address: str, expected: str) -> None:
    assert wordpress.posts_url(address).startswith(expected)


def test_posts_come_whole_and_with_their_dates_in_utc() -> None:
    url = wordpress.posts_url(BASE)
    page = replace(at("/x", posts(ask())[2], "application/json")[1], url=url)
    entries = good(look("wordpress", "", Web({url: page}))).entries
    assert [entry.title for entry in entries] == [title(n) for n in (1, 2, 3)]
    assert entries[0].published_at == NOW - timedelta(hours=5)
    assert len(entries[0].content) > 800


def test_what_came_in_since_is_fetched_page_by_page() -> None:
    def page(number: int, listed: range) -> tuple[str, Page]:
        url = wordpress.posts_url(BASE, number)
        body = posts(ask(listed=tuple(listed)))[2]
        return url, Page(
            url=url, body=body, status=200, headers=(("content-type", "application/json"),)
        )

    web = Web(dict([page(1, range(1, 51)), page(2, range(51, 101)), page(3, range(101, 151))]))
    mark = {"for": BASE, "newest": (NOW - 70 * timedelta(hours=5)).isoformat()}
    assert len(good(look("wordpress", "", web, mark)).entries) == 100
    assert len(web.asked) == 2


def test_an_interface_that_is_shut_says_so() -> None:
    url = wordpress.posts_url(BASE)
    body = json.dumps({"code": "rest_disabled", "message": "Only for members."}).encode()
    page = Page(url=url, body=body, status=200, headers=())
    error = bad(look("wordpress", "", Web({url: page})))
    assert error.kind == "not-wordpress"
    assert "Only for members" in error.text


# ---------------------------------------------------------------- listing

PAGE = b"""<html><body><nav><a href="/about-us-and-our-paper-today">About us and our paper</a></nav>
<main><article><h2><a href="/n/jail-1">Jail closes at last</a></h2><time datetime="2026-03-04T08:00:00Z">today</time></article>
<article><a href="/n/jail-1"><img></a><h2><a href="/n/vote-2">County votes</a></h2></article></main></body></html>"""


def stories(result: Document | PollError) -> list[tuple[str, str]]:
    assert isinstance(result, Document), result
    return [(entry.url.removeprefix(BASE), entry.title) for entry in result.entries]


def test_a_selector_names_the_links() -> None:
    found = read_listing(PAGE, "text/html", BASE, "main article", "", 50)
    assert stories(found) == [("/n/jail-1", "Jail closes at last"), ("/n/vote-2", "County votes")]
    assert isinstance(found, Document)
    assert [entry.published_raw for entry in found.entries] == ["2026-03-04T08:00:00Z", ""]


def test_a_pattern_names_the_addresses() -> None:
    assert [url for url, _ in stories(read_listing(PAGE, "", BASE, "", "/n/v*", 50))] == [
        "/n/vote-2"
    ]


def test_without_either_the_links_are_told_by_their_looks() -> None:
    body = html_page(ask("a:/contact", "section:/sport", listed=tuple(range(1, 7))))[2]
    assert len(stories(read_listing(body, "", BASE, "", "", 50))) == 6


@pytest.mark.parametrize(
    ("selector", "pattern", "kind", "words"),
    [
        ("h9 a", "", "no-stories", "rebuilt"),
        ("", "/x/*", "no-stories", "pattern"),
        ("h2 >> a", "", "bad-selector", "no CSS selector"),
        ("", "", "no-stories", "links:"),
    ],
)
def test_a_page_that_yields_nothing_says_why(
    selector: str, pattern: str, kind: str, words: str
) -> None:
    error = read_listing(PAGE, "", BASE, selector, pattern, 50)
    assert isinstance(error, PollError)
    assert error.kind == kind
    assert words in error.text


def test_the_options_of_the_config_reach_the_page() -> None:
    web = Web(dict([at("/n", PAGE)]))
    assert len(good(look("listing", "/n", web, links="h2 a", pattern="/n/jail*")).entries) == 1
    assert web.asked[0][1] == "page"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://h.example/2026/03/04/jail", True),
        ("https://h.example/news/jail-closes-after-vote", True),
        ("https://h.example/n/1234567", True),
        ("https://h.example/story?id=123456", True),
        ("https://h.example/", False),
        ("https://h.example/sport", False),
        ("https://h.example/tag/jail-closes-after-vote", False),
        ("https://h.example/img/2026/03/photo.jpg", False),
    ],
)
def test_what_a_storys_address_looks_like(url: str, expected: bool) -> None:
    assert addresses.looks_like_story(url) is expected


# ---------------------------------------------------------------- site


def two_sections() -> Web:
    home = html_page(ask("typed:/north.xml", "typed:/south.xml", listed=tuple(range(1, 9))))[2]
    return Web(
        dict(
            [
                at("/", home),
                at("/north.xml", rss(ask(listed=(1, 3, 5, 7)))[2], "application/rss+xml"),
                at("/south.xml", rss(ask(listed=(2, 4, 6, 8)))[2], "application/rss+xml"),
            ]
        )
    )


def missing(path: str) -> FetchError:
    return FetchError(kind="http-404", text="Nothing there.", url=BASE + path, status=404)


def test_several_sources_of_a_site_are_looked_at_as_one() -> None:
    web = two_sections()
    first = good(look("site", "/", web))
    assert len(first.entries) == 8
    web.asked.clear()
    again = good(look("site", "/", web, first.mark))
    assert again.unchanged
    assert [url for url, _, _ in web.asked] == [f"{BASE}/north.xml", f"{BASE}/south.xml"]


def test_a_part_in_trouble_costs_itself_only_and_is_told() -> None:
    web = two_sections()
    mark = good(look("site", "/", web)).mark
    web.answers[f"{BASE}/north.xml"] = FetchError(
        kind="http-503", text="It is overloaded.", url=f"{BASE}/north.xml", status=503
    )
    web.answers[f"{BASE}/south.xml"] = at("/south.xml", rss(ask(listed=(2, 4, 10)))[2])[1]
    poll = good(look("site", "/", web, mark))
    assert len(poll.entries) == 3
    assert any("north.xml could not be looked at: It is overloaded." in note for note in poll.notes)


def test_a_part_that_is_gone_is_looked_for_anew_once_a_day() -> None:
    web = two_sections()
    mark = good(look("site", "/", web)).mark
    web.answers[f"{BASE}/north.xml"] = missing("/north.xml")
    web.asked.clear()
    same_day = good(look("site", "/", web, mark))
    assert f"{BASE}/" not in [url for url, _, _ in web.asked]
    home = html_page(ask("typed:/all.xml", listed=tuple(range(1, 9))))[2]
    web.answers |= dict([at("/", home), at("/all.xml", rss(ask(listed=tuple(range(1, 13))))[2])])
    source = Source(slug="h", kind="site", address=f"{BASE}/", outlet="h")
    later = good(KINDS["site"](source, same_day.mark, fetch=web, parse=here, now=NOW + DAY))
    assert json.loads(later.mark["found"]) == [["feed", f"{BASE}/all.xml", Way.TYPED]]
    assert len(later.entries) == 12


def test_a_site_that_stands_while_its_feeds_are_gone_is_told_of_as_such() -> None:
    web = two_sections()
    mark = good(look("site", "/", web)).mark
    web.answers = dict([at("/", b"<html><h1>The Herald</h1></html>")])
    error = bad(look("site", "/", web, mark))
    assert error.text.startswith("Nothing there. What listed its stories is gone")
    assert f"clipper sources add {BASE}/" in error.text
    assert not error.gone


def test_a_mark_of_an_earlier_version_is_understood() -> None:
    web = two_sections()
    old = {"site": f"{BASE}/", "feed": f"{BASE}/north.xml", "for": f"{BASE}/north.xml"}
    assert len(good(look("site", "/", web, old)).entries) == 4
    assert len(web.asked) == 1


def test_a_site_without_sources_names_what_came_nearest() -> None:
    page = robots(ask("no:/feed"))[2]
    forbidden = FetchError(kind="robots", text="forbidden by robots.txt", url=f"{BASE}/feed/")
    web = Web(dict([at("/", b"<html>"), at("/robots.txt", page, "text/plain")]))
    web.answers[f"{BASE}/feed/"] = forbidden
    error = bad(look("site", "/", web))
    assert error.kind == "no-feed"
    assert "robots.txt asks not to look there" in error.text
    assert "clipper sources add" in error.text
