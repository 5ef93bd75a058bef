"""Feeds made to cost: each ends within the time limit, as entries or as an error, and the
feed that waits beside it is read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as Late
from datetime import UTC, datetime

import pytest

from clipper.engine import Workers
from clipper.model import Page, Poll, PollError, Source
from clipper.sources import Document, feed, parse_feed

LIMIT = 3.0
NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
HEAD = '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>'
TAIL = "</channel></rss>"
GOOD = '<item><title>Good</title><guid isPermaLink="false">good</guid><link>https://a.example/g</link></item>'


def described(inner: str) -> str:
    """A feed with a good entry and one whose description is `inner`, raw."""
    return (
        f"{HEAD}{GOOD}<item><title>x</title><link>https://a.example/x</link>"
        f'<guid isPermaLink="false">x</guid><description>{inner}</description></item>{TAIL}'
    )


TOKENS = (
    "<",
    "&",
    "<!--",
    "]]>",
    "<![CDATA[",
    "</",
    "<a ",
    "<?",
    "<!",
    "<b>",
    "&amp;",
    '<a href="',
)

SHAPES: dict[str, Callable[[], str]] = {
    "nested elements": lambda: described("<a>" * 100_000 + "</a>" * 100_000),
    "nested divs": lambda: described("&lt;div&gt;" * 100_000),
    "attributes": lambda: described("<a " + " ".join(f'a{i}="1"' for i in range(200_000)) + "/>"),
    "namespaces": lambda: described(
        "<a " + " ".join(f'xmlns:n{i}="urn:{i}"' for i in range(20_000)) + "/>"
    ),
    "a long attribute": lambda: described(f'<a b="{"x" * 9_000_000}"/>'),
    "comments": lambda: described("<!-- c -->" * 100_000),
    "items": lambda: (
        HEAD + "".join(f"<item><guid>g{i}</guid></item>" for i in range(50_000)) + TAIL
    ),
    "a long word as author": lambda: described(f"</description><author>{'a' * 200_000}</author>"),
    "authors": lambda: f"{HEAD}<item>{'<author>a b</author>' * 50_000}</item>{TAIL}",
    "many links": lambda: described('&lt;a href="https://x.example/"&gt;x&lt;/a&gt;' * 100_000),
    "link elements": lambda: (
        f"{HEAD}<item>{'<link>https://x.example/</link>' * 100_000}</item>{TAIL}"
    ),
    "styles": lambda: described('&lt;p style="' + "a:b;" * 500_000 + '"&gt;x&lt;/p&gt;'),
    "html": lambda: described("&lt;p&gt;Words &lt;b&gt;here&lt;/b&gt;.&lt;/p&gt;" * 100_000),
    "a title": lambda: f"{HEAD}<item><title>{'T' * 9_000_000}</title></item>{TAIL}",
    "blanks as date": lambda: (
        f"{HEAD}<item><title>t</title><pubDate>{' ' * 1_000_000}1</pubDate></item>{TAIL}"
    ),
    "digits as date": lambda: (
        f"{HEAD}<item><title>t</title><pubDate>{'1' * 1_000_000}</pubDate></item>{TAIL}"
    ),
    "a long id": lambda: f"{HEAD}<item><title>t</title><guid>{'g' * 1_000_000}</guid></item>{TAIL}",
    "categories": lambda: (
        f"{HEAD}<item>{''.join(f'<category>c{i}</category>' for i in range(10_000))}</item>{TAIL}"
    ),
    "odd dates": lambda: (
        HEAD
        + "".join(
            f"<item><title>{i}</title><pubDate>Marz {i} odd 99 x</pubDate></item>"
            for i in range(500)
        )
        + TAIL
    ),
    "billion laughs": lambda: (
        '<!DOCTYPE l [<!ENTITY a "lol">'
        + "".join(f'<!ENTITY a{i} "{f"&a{i - 1 if i else str()};" * 10}">' for i in range(10))
        + "]>"
        + described("&a9;")
    ),
    "quadratic blow-up": lambda: (
        f'<!DOCTYPE l [<!ENTITY a "{"x" * 100_000}">]>' + described("&a;" * 50_000)
    ),
    "doctype brackets": lambda: "<!DOCTYPE l " + "[" * 500_000 + described("x"),
    "processing instructions": lambda: "<?a b?>" * 200_000 + described("x"),
    "open comment": lambda: "<!-- " * 200_000 + described("x"),
    "broken entries": lambda: HEAD + "<item><title>a</b></item>" * 5000 + TAIL,
    "json": lambda: (
        '{"version":"https://jsonfeed.org/version/1","items":[' + "{}," * 500_000 + "{}]}"
    ),
    "json numbers": lambda: (
        '{"version":"https://jsonfeed.org/version/1","items":[{"id":' + "9" * 1_000_000 + "}]}"
    ),
    **{
        f"{token} at the top": lambda token=token: HEAD + token * (200_000 // len(token))
        for token in TOKENS
    },
    **{f"{token} first": lambda token=token: token * (200_000 // len(token)) for token in TOKENS},
    **{
        f"{token} in a description": lambda token=token: described(token * (200_000 // len(token)))
        for token in TOKENS
    },
    **{
        f"{token} in escaped HTML": lambda token=token: described(
            (token * (150_000 // len(token)))
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace("]]>", "]]&gt;")
        )
        for token in TOKENS
    },
}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers(
        2, seconds=LIMIT, megabytes=500, preload=("pebble", "feedparser", "lxml.html")
    ) as pool:
        pool.submit(parse_feed, described("x").encode()).result()
        yield pool


def looked(pool: Workers, body: str) -> Poll | PollError:
    """A poll of a feed with that body, parsed by the pool."""
    source = Source(slug="s", kind="feed", address="https://a.example/feed", outlet="o")
    page = Page(url=source.address, body=body.encode()[: 10 * 2**20])
    return feed.poll(
        source,
        {},
        fetch=lambda url, **wishes: page,
        parse=lambda reader, *args: pool.submit(reader, *args).result(),
        now=NOW,
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_a_costly_feed_ends_in_time_and_its_neighbour_is_read(workers: Workers, shape: str) -> None:
    body = SHAPES[shape]()
    begun = time.monotonic()
    beside = workers.submit(parse_feed, described("x").encode())
    result = looked(workers, body)
    assert time.monotonic() - begun < LIMIT + 5
    try:
        neighbour = beside.result(timeout=LIMIT + 5)
    except Late:
        pytest.fail("the feed beside it was not read")
    assert isinstance(neighbour, Document)
    assert len(neighbour.entries) == 2
    if isinstance(result, PollError):
        assert result.text.endswith(".")
        assert not result.gone
    else:
        assert len(result.entries) <= 500


def test_a_feed_that_takes_too_long_is_an_error_with_a_sentence() -> None:
    with Workers(1, seconds=0.5, preload=("pebble", "feedparser")) as pool:
        result = looked(pool, described("<a:b/>" * 1_500_000))
    assert isinstance(result, PollError)
    assert result.kind == "parse-timeout"
    assert "longer than 0.5 seconds" in result.text


def test_entries_past_the_limit_are_counted_not_dropped_silently(workers: Workers) -> None:
    result = looked(workers, SHAPES["items"]())
    assert isinstance(result, Poll)
    assert (len(result.entries), result.left_off) == (500, 49_500)


@pytest.mark.parametrize(
    ("shape", "words"), [("nested elements", "deeper than 200"), ("attributes", "more than 256")]
)
def test_what_no_feed_has_is_refused_before_it_is_parsed(shape: str, words: str) -> None:
    """In this process, where nothing would stop it: the entry is lost, its neighbour is not."""
    result = parse_feed(SHAPES[shape]().encode())
    assert isinstance(result, Document)
    assert [entry.title for entry in result.entries] == ["Good"]
    assert any(words in note for note in result.notes)
