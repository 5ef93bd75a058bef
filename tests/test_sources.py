"""Looking at sources: what is sent, what is remembered, and what is said when it fails."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import urls
from clipper.engine import WorkerCrash, WorkerTimeout
from clipper.model import FetchError, Hop, Mark, Page, Poll, PollError, Source
from clipper.sources import KINDS, here, moves
from clipper.sources.choosing import Way

NOW = datetime(2024, 3, 5, 12, tzinfo=UTC)
FEED = "https://ledger.example/feed/"
SOURCE = Source(slug="ledger", kind="feed", address=FEED, outlet="ledger", interval=3600)
SITE = replace(SOURCE, kind="site", address="https://ledger.example/")
HOUR = timedelta(hours=1)


def rss(*numbers: int, build: str = "", ids: str = "g") -> bytes:
    items = "".join(
        f"<item><title>Story {n}</title><link>https://ledger.example/{n}</link>"
        f'<guid isPermaLink="false">{ids}{n}</guid></item>'
        for n in numbers
    )
    return f"<rss><channel><title>T</title><generator>{build}</generator>{items}</channel></rss>".encode()


def page(body: bytes = b"", status: int = 200, url: str = FEED, **headers: str) -> Page:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Page(url=url, body=body, status=status, headers=named)


def led(body: bytes, *hops: tuple[int, str], url: str) -> Page:
    """A page that was reached at `url` by redirects, each a status and the URL that gave it."""
    made = tuple(Hop(url=address, status=status, headers=()) for status, address in hops)
    return Page(url=url, body=body, hops=made)


@dataclass
class Web:
    """A stand-in for the fetcher: what each address answers, and what was asked of it."""

    answers: dict[str, Page | FetchError]
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def __call__(
        self, url: str, *, purpose: str, headers: Mapping[str, str] | None = None
    ) -> Page | FetchError:
        self.asked.append((url, purpose, dict(headers or {})))
        missing = FetchError(kind="http-404", text="Nothing there.", url=url, status=404)
        return self.answers.get(url, missing)

    @property
    def sent(self) -> dict[str, str]:
        return self.asked[-1][2]


def look(
    answers: Page | FetchError | Web,
    mark: Mark | None = None,
    now: datetime = NOW,
    source: Source = SOURCE,
    parse: Any = here,
) -> Poll | PollError:
    web = answers if isinstance(answers, Web) else Web({source.address: answers})
    return KINDS[source.kind](source, mark or {}, fetch=web, parse=parse, now=now)


def polled(*args: Any, **wishes: Any) -> Poll:
    result = look(*args, **wishes)
    assert isinstance(result, Poll), result
    return result


def failed(*args: Any, **wishes: Any) -> PollError:
    result = look(*args, **wishes)
    assert isinstance(result, PollError), result
    return result


def keys(poll: Poll) -> list[str]:
    return [entry.key for entry in poll.entries]


# ---------------------------------------------------------------- what is sent and remembered


def test_validators_are_sent_back_and_a_304_says_that_nothing_changed() -> None:
    first = polled(page(rss(1), etag='"a"', last_modified="Tue, 05 Mar 2024 10:00:00 GMT"))
    web = Web({FEED: page(status=304)})
    second = polled(web, first.mark, NOW + HOUR)
    assert web.sent == {
        "If-None-Match": '"a"',
        "If-Modified-Since": "Tue, 05 Mar 2024 10:00:00 GMT",
    }
    assert (second.unchanged, second.entries) == (True, ())
    assert second.mark == first.mark


@pytest.mark.parametrize("age", [timedelta(hours=24), timedelta(days=9), -HOUR])
def test_once_a_day_and_after_a_clock_went_back_all_is_asked_for(age: timedelta) -> None:
    first = polled(page(rss(1), etag='"a"'))
    web = Web({FEED: page(rss(1, 2), etag='"a"')})
    second = polled(web, first.mark, NOW + age)
    assert web.sent == {}
    assert keys(second) == ["g1", "g2"]
    assert second.mark["full_at"] == (NOW + age).isoformat()


def test_a_304_leaves_the_day_running() -> None:
    mark = polled(page(rss(1), etag='"a"')).mark
    for hours in range(1, 24):
        mark = polled(page(status=304), mark, NOW + hours * HOUR).mark
    web = Web({FEED: page(rss(1), etag='"a"')})
    polled(web, mark, NOW + 24 * HOUR)
    assert web.sent == {}


def test_an_unasked_304_is_an_error_and_never_unchanged() -> None:
    result = failed(page(status=304))
    assert result.kind == "http-304"


def test_after_a_feed_without_entries_all_is_asked_for() -> None:
    first = polled(page(rss(), etag='"a"'))
    assert first.notes == ("The feed is whole and lists no entries.",)
    web = Web({FEED: page(rss(1), etag='"a"')})
    assert keys(polled(web, first.mark, NOW + HOUR)) == ["g1"]
    assert web.sent == {}


def test_the_same_body_is_not_parsed_again() -> None:
    first = polled(page(rss(1)))

    def never(reader: Any, *args: object) -> Any:
        raise AssertionError("parsed")

    second = polled(page(rss(1)), first.mark, NOW + HOUR, parse=never)
    assert second.unchanged


def test_another_body_with_the_same_entries_is_unchanged() -> None:
    first = polled(page(rss(1, build="10:00")))
    assert polled(page(rss(1, build="11:00")), first.mark).unchanged
    assert not polled(page(rss(1, 2)), first.mark).unchanged


def test_what_a_feed_and_its_server_ask_for_is_handed_on_also_when_unchanged() -> None:
    body = rss(1).replace(b"<title>T</title>", b"<title>T</title><ttl>90</ttl>")
    first = polled(page(body, etag='"a"', cache_control="max-age=300"))
    assert (first.ttl, first.fresh_for) == (5400.0, 300.0)
    again = polled(page(status=304, cache_control="max-age=60"), first.mark, NOW + HOUR)
    assert (again.unchanged, again.ttl, again.fresh_for) == (True, 5400.0, 60.0)
    assert polled(page(rss(1))).ttl == 0.0


def test_a_feed_that_shrinks_empties_and_returns_is_read_each_time() -> None:
    mark: Mark = {}
    seen = []
    for numbers in [(1, 2, 3), (3,), (), (1, 2, 3)]:
        poll = polled(page(rss(*numbers), etag='"x"'), mark)
        seen.append(len(poll.entries))
        mark = poll.mark
    assert seen == [3, 1, 0, 3]


def test_a_mark_of_another_address_is_forgotten() -> None:
    first = polled(page(rss(1), etag='"a"'))
    moved = replace(SOURCE, address="https://ledger.example/other")
    web = Web({moved.address: page(rss(1))})
    assert keys(polled(web, first.mark, source=moved)) == ["g1"]
    assert web.sent == {}


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "ü", "x" * 5000, "\x00"])
def test_a_validator_that_cannot_be_sent_is_not_kept(value: str) -> None:
    assert polled(page(rss(1), etag=value)).mark["etag"] == ""


@given(
    st.dictionaries(
        st.sampled_from(
            ["for", "full_at", "etag", "listed", "ids", "moved_times", "identity", "address"]
        ),
        st.text(max_size=20),
    )
)
def test_a_spoilt_mark_never_stops_a_source(mark: dict[str, str]) -> None:
    poll = polled(page(rss(1)), {**mark, "for": FEED, "address": ""})
    assert keys(poll) == ["g1"]


def test_a_mark_is_text_through_and_through() -> None:
    mark = polled(page(rss(1, 2))).mark
    assert all(isinstance(part, str) for pair in mark.items() for part in pair)


def test_ids_that_change_with_each_answer_are_given_up_for_links() -> None:
    first = polled(page(rss(1, 2, 3, ids="x")))
    second = polled(page(rss(1, 2, 3, ids="y")), first.mark)
    assert keys(second) == [f"ledger.example/{n}" for n in (1, 2, 3)]
    assert "ids change" in second.notes[-1]
    third = polled(page(rss(1, 2, 3, ids="z")), second.mark)
    assert third.unchanged
    assert keys(polled(page(rss(4, 1, 2, 3, ids="q")), third.mark))[0] == "ledger.example/4"


# ---------------------------------------------------------------- where it moved


NEW = "https://www.ledger.example/rss"


def test_a_permanent_move_is_believed_in_the_third_round() -> None:
    web = Web({FEED: led(rss(1), (301, FEED), url=NEW), NEW: page(rss(1, 2), url=NEW)})
    mark: Mark = {}
    for _ in range(3):
        poll = polled(web, mark)
        mark = poll.mark
        assert poll.moved_to == NEW
        assert web.asked[-1][0] == FEED
    assert "moved for good" in poll.notes[-1]
    assert keys(polled(web, mark)) == ["g1", "g2"]
    assert web.asked[-1][0] == NEW


@pytest.mark.parametrize(
    "hops",
    [
        pytest.param(((302, FEED),), id="temporary"),
        pytest.param(
            ((307, FEED), (301, "https://ledger.example/x")), id="permanent behind temporary"
        ),
    ],
)
def test_a_temporary_redirect_is_never_a_move(hops: tuple[tuple[int, str], ...]) -> None:
    mark: Mark = {}
    for _ in range(5):
        poll = polled(led(rss(1), *hops, url=NEW), mark)
        mark = poll.mark
        assert poll.moved_to == ""
    assert "moved" not in mark


def test_three_rounds_with_other_targets_are_no_move() -> None:
    mark: Mark = {}
    for target in ("/a", "/b", "/a"):
        poll = polled(led(rss(1), (301, FEED), url=f"https://ledger.example{target}"), mark)
        mark = poll.mark
    assert "address" not in mark


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("https://casino.example/feed", "another site"),
        ("http://ledger.example/feed", "not encrypted"),
    ],
)
def test_a_move_elsewhere_or_off_encryption_is_for_a_person(target: str, words: str) -> None:
    mark: Mark = {}
    for _ in range(4):
        poll = polled(led(rss(1), (308, FEED), url=target), mark)
        mark = poll.mark
    assert poll.moved_to == ""
    assert "address" not in mark
    assert any(words in note for note in poll.notes)


def test_a_new_address_that_dies_leads_back_to_the_configured_one() -> None:
    web = Web({FEED: page(rss(1, 2))})
    mark = {"for": FEED, "address": NEW}
    poll = polled(web, mark)
    assert [url for url, _, _ in web.asked] == [NEW, FEED]
    assert "address" not in poll.mark


def test_a_chain_ends_at_its_first_temporary_redirect() -> None:
    chain = led(b"", (301, FEED), (302, "https://ledger.example/b"), url="https://ledger.example/c")
    assert moves.target_of(chain) == "https://ledger.example/b"


# ---------------------------------------------------------------- what is no feed


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (FetchError(kind="dns", text="Not found.", url=FEED), "dns"),
        (FetchError(kind="type", text="A PDF.", url=FEED), "not-a-feed"),
        (
            FetchError(kind="http-503", text="Busy.", url=FEED, status=503, retry_after=60.0),
            "http-503",
        ),
    ],
)
def test_a_failed_fetch_is_a_failed_poll_with_its_words(error: FetchError, kind: str) -> None:
    result = failed(error)
    assert (result.kind, result.text, result.status) == (kind, error.text, error.status)
    assert result.retry_after == error.retry_after


def test_410_marks_the_source_as_gone() -> None:
    error = FetchError(kind="http-410", text="Gone.", url=FEED, status=410, temporary=False)
    assert failed(error).gone
    assert failed(page(status=410)).gone
    assert not failed(FetchError(kind="http-404", text="No.", url=FEED, status=404)).gone


@pytest.mark.parametrize("status", [204, 206, 301, 404, 500, 511, 999])
def test_any_other_status_is_an_error_even_with_a_feed_as_body(status: int) -> None:
    result = failed(page(rss(1), status=status))
    assert (result.kind, result.status) == (f"http-{status}", status)


@pytest.mark.parametrize("body", [b"", b"  \n "])
def test_an_empty_answer_is_not_taken_for_an_empty_feed(body: bytes) -> None:
    assert failed(page(body)).kind == "empty"


def test_a_portal_that_led_us_elsewhere_is_named() -> None:
    portal = b'<html><form><input type="password"></form></html>'
    result = failed(led(portal, (302, FEED), url="https://wifi.hotel.example/"))
    assert "log-in page" in result.text
    assert "wifi.hotel.example" in result.text


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        (WorkerTimeout("It took long."), "parse-timeout"),
        (WorkerCrash("It died.", reason="died"), "parse-crash"),
    ],
)
def test_a_parser_that_was_given_up_is_an_error_with_its_sentence(
    raised: Exception, kind: str
) -> None:
    def gives_up(reader: Any, *args: object) -> Any:
        raise raised

    result = failed(page(rss(1)), parse=gives_up)
    assert (result.kind, result.text) == (kind, f"Reading the feed failed. {raised}")


# ---------------------------------------------------------------- sites

HOME = b"""<html><head><link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" title="Ledger" href="/rss.xml"></head></html>"""


def home(body: bytes = HOME) -> Page:
    return page(body, url=SITE.address, content_type="text/html")


def test_a_sites_feed_is_found_by_its_typed_links_and_remembered() -> None:
    rss_url = "https://ledger.example/rss.xml"
    web = Web({SITE.address: home(), rss_url: page(rss(1), url=rss_url, etag='"a"')})
    first = polled(web, source=SITE)
    assert keys(first) == ["g1"]
    assert [(url, purpose) for url, purpose, _ in web.asked] == [
        (SITE.address, "page"),
        (rss_url, "feed"),
    ]
    web.answers[rss_url] = page(status=304, url=rss_url)
    second = polled(web, first.mark, NOW + HOUR, source=SITE)
    assert second.unchanged
    assert web.asked[-1] == (rss_url, "feed", {"If-None-Match": '"a"'})


def test_a_page_without_links_is_tried_at_the_usual_place() -> None:
    web = Web({SITE.address: home(b"<html></html>"), FEED: page(rss(1))})
    assert keys(polled(web, source=SITE)) == ["g1"]


def test_a_feed_that_died_is_looked_for_anew() -> None:
    web = Web({SITE.address: home(), FEED: page(rss(1, 2))})
    old = {
        "site": SITE.address,
        "feed": "https://ledger.example/old",
        "for": "https://ledger.example/old",
    }
    poll = polled(web, old, source=SITE)
    assert json.loads(poll.mark["found"]) == [["feed", FEED, Way.USUAL]]


def test_a_feed_in_trouble_for_now_is_kept() -> None:
    busy = FetchError(kind="http-503", text="Busy.", url=FEED, status=503)
    web = Web({FEED: busy, SITE.address: home()})
    result = failed(web, {"site": SITE.address, "feed": FEED}, source=SITE)
    assert result.kind == "http-503"
    assert len(web.asked) == 1


def test_a_site_without_any_feed_says_so() -> None:
    result = failed(Web({SITE.address: home(b"<html></html>")}), source=SITE)
    assert result.kind == "no-feed"
    assert "feed:" in result.text


def test_links_that_lead_nowhere_safe_are_not_followed() -> None:
    evil = b'<link rel="alternate" type="application/rss+xml" href="%s">'
    links = b"".join(
        evil % href for href in (b"javascript:x", b"file:///etc/passwd", b"data:x", b"")
    )
    web = Web({SITE.address: home(b"<html><head>" + links)})
    failed(web, source=SITE)
    assert {urls.host(url) for url, _, _ in web.asked} == {"ledger.example"}
    assert all(url.startswith("https://ledger.example/") for url, _, _ in web.asked)


# ---------------------------------------------------------------- over real HTTP


class Served(BaseHTTPRequestHandler):
    """A feed with an ETag."""

    seen: list[str]

    def do_GET(self) -> None:
        tag = self.headers.get("If-None-Match", "")
        type(self).seen.append(tag)
        body = b"" if tag == '"v1"' else rss(1, 2)
        self.send_response(304 if tag == '"v1"' else 200)
        self.send_header("ETag", '"v1"')
        self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


def test_over_real_http_the_second_look_costs_no_body() -> None:
    from clipper.fetch import Fetcher, Network

    handler = type("Handler", (Served,), {"seen": []})
    with (
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        Fetcher(Network(allow=("127.0.0.0/8",)), now=lambda: NOW) as fetcher,
        ThreadPoolExecutor(1) as pool,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        source = replace(SOURCE, address=f"http://127.0.0.1:{server.server_port}/feed")
        hands = {
            "fetch": lambda url, **wishes: fetcher.get(url, gap=0.0, **wishes),
            "parse": lambda reader, *args: pool.submit(reader, *args).result(),
            "now": NOW,
        }
        first = KINDS["feed"](source, {}, **hands)
        assert isinstance(first, Poll)
        second = KINDS["feed"](source, first.mark, **hands)
        server.shutdown()
    assert keys(first) == ["g1", "g2"]
    assert isinstance(second, Poll)
    assert second.unchanged
    assert handler.seen == ["", '"v1"']
