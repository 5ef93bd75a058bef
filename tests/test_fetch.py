"""Fetching from servers that mean well: what comes back, manners, headers, connections."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from clipper.fetch import PURPOSES, Fetcher, Network
from clipper.fetch.purposes import accepts, disguise, media_type
from clipper.model import FetchError, Page

from .hostile import Caller, Hostile, answer, in_turn, moved, raw, resetting, robots, text

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
ALLOW = ("127.0.0.0/8",)


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds - 1000)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fetcher(clock: Clock) -> Iterator[Fetcher]:
    settings = Network(allow=ALLOW, contact="desk@example.org", deadline=5)
    with Fetcher(settings, clock.now, clock=clock, sleep=clock.sleep) as fetcher:
        yield fetcher


def page(got: Page | FetchError) -> Page:
    assert isinstance(got, Page), got
    return got


def failed(got: Page | FetchError) -> FetchError:
    assert isinstance(got, FetchError), got
    return got


# ---------------------------------------------------------------- what comes back


def test_a_page_says_what_was_asked_what_came_and_when(fetcher: Fetcher) -> None:
    packed = gzip.compress(b"<html>hello")
    route = answer(packed, "200 Fine", "text/html", "Content-Encoding: gzip", "X-A: 1", "X-A: 2")
    with Hostile({"/a": route}) as server:
        got = page(fetcher.get(server.url("/a#part")))
        assert got.asked == server.url("/a#part")
        assert got.url == server.url("/a")
        assert (got.body, got.received) == (b"<html>hello", packed)
        assert [value for name, value in got.headers if name == "X-A"] == ["1", "2"]
        assert got.address == "127.0.0.1"
        assert got.fetched_at == START
        assert got.hops == ()


def test_a_body_that_was_not_packed_is_kept_once(fetcher: Fetcher) -> None:
    with Hostile({"/a": text(b"<html>hello")}) as server:
        assert page(fetcher.get(server.url("/a"))).received is None


def test_every_hop_is_recorded(fetcher: Fetcher) -> None:
    routes = {"/a": moved("/b", 301), "/b": moved("c?x=1", 307), "/c": text(b"<html>there")}
    with Hostile(routes) as server:
        got = page(fetcher.get(server.url("/a")))
        assert got.url == server.url("/c?x=1")
        assert [(hop.url, hop.status) for hop in got.hops] == [
            (server.url("/a"), 301),
            (server.url("/b"), 307),
        ]
        assert ("Location", "/b") in got.hops[0].headers


def test_304_is_a_page_without_body_when_it_was_asked_for(fetcher: Fetcher) -> None:
    with Hostile({"/f": answer(b"", "304 Not Modified", "", 'ETag: "x"')}) as server:
        got = page(fetcher.get(server.url("/f"), "feed", headers={"If-None-Match": '"x"'}))
        assert (got.status, got.body, got.header("etag")) == (304, b"", '"x"')
        assert server.seen[-1].headers["If-None-Match"] == '"x"'
        assert failed(fetcher.get(server.url("/f"), "feed")).kind == "http-304"


@pytest.mark.parametrize(
    ("status", "temporary"),
    [
        (400, False),
        (401, False),
        (402, False),
        (403, False),
        (404, True),
        (410, False),
        (418, False),
        (451, False),
        (500, True),
        (502, True),
        (511, True),
        (999, True),
    ],
)
def test_each_status_is_an_error_of_its_own_with_a_sentence(
    fetcher: Fetcher, status: int, temporary: bool
) -> None:
    with Hostile({"/a": answer(b"<html>no", f"{status} No")}) as server:
        got = failed(fetcher.get(server.url("/a"), "feed"))
        assert (got.kind, got.status, got.temporary) == (f"http-{status}", status, temporary)
        assert got.text.endswith(".")


@pytest.mark.parametrize(
    ("status", "header", "kind"),
    [
        (403, "cf-mitigated: challenge", "challenge"),
        (503, "Server: ddos-guard", "challenge"),
        (403, "X-DataDome: protected", "challenge"),
        (403, "Server: cloudflare", "http-403"),
        (404, "cf-mitigated: challenge", "http-404"),
    ],
)
def test_a_check_for_being_a_person_is_told_by_its_header(
    fetcher: Fetcher, status: int, header: str, kind: str
) -> None:
    with Hostile({"/a": answer(b"<html>no", f"{status} No", "", header)}) as server:
        got = failed(fetcher.get(server.url("/a"), "feed"))
        assert (got.kind, got.status) == (kind, status)


def test_cookies_are_not_kept(fetcher: Fetcher) -> None:
    with Hostile({"/a": text(b"<html>x", "Set-Cookie: id=1; Path=/")}) as server:
        page(fetcher.get(server.url("/a")))
        page(fetcher.get(server.url("/a")))
        assert all("Cookie" not in caller.headers for caller in server.seen)


def test_the_users_proxy_and_netrc_are_not_used(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with Hostile({"/a": text(b"<html>x")}) as server:
        page(fetcher.get(server.url("/a")))
        assert "Authorization" not in server.seen[-1].headers


def test_a_proxy_that_is_set_is_used_but_the_gate_stays(clock: Clock) -> None:
    def relay(caller: Caller) -> None:
        assert caller.path == "http://paper.test/a"
        text(b"<html>by proxy")(caller)

    names = {"paper.test": ["93.184.216.34"], "inner.test": ["10.0.0.1"]}
    with Hostile({"http://paper.test/a": relay}) as proxy:
        settings = Network(proxy=proxy.url(), deadline=5)
        with Fetcher(
            settings, clock.now, resolve=lambda host, port: names[host], sleep=clock.sleep
        ) as fetcher:
            got = page(fetcher.get("http://paper.test/a", "feed"))
            assert got.body == b"<html>by proxy"
            assert failed(fetcher.get("http://inner.test/a", "feed")).kind == "blocked"
            assert proxy.asked == ["http://paper.test/a"]


def test_settings_that_make_no_sense_are_refused_at_once(clock: Clock) -> None:
    for wrong in (Network(allow=("everything",)), Network(proxy="socks5://x"), Network(proxy="x")):
        with pytest.raises(ValueError):
            Fetcher(wrong, clock.now)


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        ("desk@example.org", "clipper/0.1.0 (+desk@example.org)"),
        ("", "clipper/0.1.0"),
        ("  ", "clipper/0.1.0"),
        ("a\r\nX-Evil: 1", "clipper/0.1.0 (+aX-Evil: 1)"),
        ("José (desk)", "clipper/0.1.0 (+Jose desk)"),
        ("x" * 1000, "clipper/0.1.0 (+" + "x" * 200 + ")"),
    ],
)
def test_clipper_says_who_it_is_and_whom_to_ask(contact: str, agent: str) -> None:
    assert Network(contact=contact).user_agent.replace(version(), "0.1.0") == agent


def version() -> str:
    from clipper import __version__

    return __version__


def test_a_missing_contact_is_remarked_upon() -> None:
    assert "contact:" in Network().remark
    assert Network(contact="desk@example.org").remark == ""


def test_what_was_sent_is_what_is_recorded(fetcher: Fetcher) -> None:
    with Hostile({"/a": text(b"<html>x")}) as server:
        got = page(fetcher.get(server.url("/a")))
        sent = server.seen[-1].headers
        assert dict(got.request_headers) == sent
        assert sent["User-Agent"] == fetcher.network.user_agent
        assert sent["Accept-Encoding"] == "gzip"
        assert sent["Host"] == f"127.0.0.1:{server.port}"


def test_credentials_go_to_their_own_host_alone_and_are_not_recorded(fetcher: Fetcher) -> None:
    secrets = {"Authorization": "Bearer s3cret", "Cookie": "s3cret", "X-Key": "s3cret"}
    headers = secrets | {"If-None-Match": '"v1"'}
    with Hostile({"/b": text(b"<html>x")}) as other:
        routes = {"/a": moved("/here"), "/here": moved(other.url("/b"))}
        with Hostile(routes) as server:
            got = page(fetcher.get(server.url("/a"), "feed", headers=headers))
            assert all(c.headers["Authorization"] == "Bearer s3cret" for c in server.seen)
        assert other.seen[0].headers["If-None-Match"] == '"v1"'
        assert "s3cret" not in repr(other.seen[0].headers)
        assert "s3cret" not in repr(got)


# ---------------------------------------------------------------- types


@pytest.mark.parametrize(
    ("purpose", "header", "taken"),
    [
        ("page", "text/html; charset=utf-8", True),
        ("page", "TEXT/HTML", True),
        ("page", "application/xhtml+xml", True),
        ("page", "text/plain", True),
        ("page", "", True),
        ("page", "none", True),
        ("page", "image/png", False),
        ("page", "application/pdf", False),
        ("page", "application/octet-stream", False),
        ("page", "application/json", False),
        ("feed", "application/rss+xml", True),
        ("feed", "application/octet-stream", True),
        ("feed", "text/plain", True),
        ("feed", "text/html", True),
        ("feed", "application/feed+json", True),
        ("feed", "", True),
        ("feed", "video/mp4", False),
        ("feed", "application/zip", False),
        ("robots", "text/html", True),
        ("robots", "image/x-icon", False),
        ("any", "video/mp4", True),
    ],
)
def test_the_type_is_judged_by_what_the_document_is_for(
    purpose: str, header: str, taken: bool
) -> None:
    assert accepts(PURPOSES[purpose], header) is taken


def test_a_type_that_is_none_counts_as_missing() -> None:
    assert media_type(";;;") == media_type("a" * 400 + "/b") == media_type("text / html") == ""


def test_files_are_known_by_their_first_bytes() -> None:
    assert disguise(b"%PDF-1.4") == "a PDF"
    assert disguise(b"\x00\x00\x00\x18ftypmp42") == "a video"
    assert disguise(b"<html>") == disguise(b"") == disguise("\ufeff<rss>".encode()) == ""


# ---------------------------------------------------------------- manners


def test_two_pages_of_one_host_are_a_gap_apart(fetcher: Fetcher, clock: Clock) -> None:
    with Hostile({"/a": text(b"<html>x")}) as server:
        for _ in range(3):
            page(fetcher.get(server.url("/a"), gap=2.0))
        assert clock.slept == [2.0, 2.0]
        page(fetcher.get(server.url("/a"), gap=0.0))
        assert clock.slept == [2.0, 2.0]


def test_the_gap_counts_after_errors_too(fetcher: Fetcher, clock: Clock) -> None:
    with Hostile({}) as server:
        failed(fetcher.get(server.url("/a")))
        failed(fetcher.get(server.url("/a")))
        assert clock.slept == [2.0]


def test_another_host_need_not_wait(fetcher: Fetcher, clock: Clock) -> None:
    routes = {"/a": text(b"<html>x")}
    with Hostile(routes) as one, Hostile(routes) as two:
        page(fetcher.get(one.url("/a")))
        page(fetcher.get(two.url("/a")))
        assert clock.slept == []


def test_redirects_within_a_host_are_one_visit(fetcher: Fetcher, clock: Clock) -> None:
    with Hostile({"/a": moved("/b"), "/b": text(b"<html>x")}) as server:
        page(fetcher.get(server.url("/a")))
        assert clock.slept == []


def test_one_request_at_a_time_a_host_and_many_hosts_at_once() -> None:
    def slow(caller: Caller) -> None:
        time.sleep(0.05)
        text(b"<html>x")(caller)

    routes = {"/a": slow}
    with (
        Hostile(routes) as one,
        Hostile(routes) as two,
        Fetcher(Network(allow=ALLOW), lambda: START) as fetcher,
        ThreadPoolExecutor(8) as pool,
    ):
        began = time.monotonic()
        urls = [one.url("/a"), two.url("/a")] * 4
        answers = list(pool.map(lambda url: fetcher.get(url, "feed", gap=0), urls))
        assert all(isinstance(got, Page) for got in answers)
        assert one.most_at_once == two.most_at_once == 1
        assert time.monotonic() - began < 0.39, "the two hosts took turns"


def test_after_a_429_the_host_has_thirty_seconds_of_peace(fetcher: Fetcher, clock: Clock) -> None:
    routes = {"/a": answer(b"", "429 Slow Down"), "/b": text(b"<html>x")}
    with Hostile(routes) as server:
        got = failed(fetcher.get(server.url("/a"), "feed"))
        assert (got.kind, got.retry_after) == ("http-429", 30.0)
        page(fetcher.get(server.url("/b"), "feed"))
        assert clock.slept == [30.0]


@pytest.mark.parametrize("status", ["429 Slow Down", "503 Busy"])
def test_a_long_rest_is_not_waited_for_but_told(
    fetcher: Fetcher, clock: Clock, status: str
) -> None:
    routes = {"/a": answer(b"", status, "", "Retry-After: 600"), "/b": text(b"<html>x")}
    with Hostile(routes) as server:
        assert failed(fetcher.get(server.url("/a"), "feed")).retry_after == 600
        clock.seconds += 100
        got = failed(fetcher.get(server.url("/b"), "feed"))
        assert (got.kind, got.retry_after) == (f"http-{status[:3]}", 500)
        assert clock.slept == []
        assert "/b" not in server.asked
        clock.seconds += 501
        page(fetcher.get(server.url("/b"), "feed"))


def test_who_will_not_wait_is_told_when_to_come_again(fetcher: Fetcher, clock: Clock) -> None:
    with Hostile({"/a": text(b"<html>x")}) as server:
        page(fetcher.get(server.url("/a"), wait=False))
        clock.seconds += 0.5
        got = failed(fetcher.get(server.url("/a"), wait=False))
        assert (got.kind, got.retry_after, got.temporary) == ("wait", 1.5, True)
        assert clock.slept == []


def test_who_will_not_wait_is_not_held_by_anothers_request() -> None:
    release = threading.Event()

    def held(caller: Caller) -> None:
        release.wait(5)
        text(b"<html>x")(caller)

    with (
        Hostile({"/slow": held, "/a": text(b"<html>x")}) as server,
        Fetcher(Network(allow=ALLOW), lambda: START) as fetcher,
        ThreadPoolExecutor(1) as pool,
    ):
        other = pool.submit(fetcher.get, server.url("/slow"), "feed")
        while "/slow" not in server.asked:
            time.sleep(0.01)
        assert failed(fetcher.get(server.url("/a"), "feed", wait=False)).kind == "wait"
        release.set()
        page(other.result())


# ---------------------------------------------------------------- connections


def test_a_connection_serves_many_pages(fetcher: Fetcher) -> None:
    with Hostile({"/a": text(b"<html>x"), "/f": answer(b"", "304 Not Modified")}) as server:
        for _ in range(3):
            page(fetcher.get(server.url("/a"), gap=0))
            page(fetcher.get(server.url("/f"), "feed", gap=0, headers={"If-None-Match": "x"}))
        assert len(server.asked) == 7
        # One for robots.txt, whose 404 ends its connection, and one for all the rest.
        assert server.connections == 2


def test_a_kept_connection_that_the_server_dropped_is_made_anew(fetcher: Fetcher) -> None:
    with Hostile({"/a": in_turn(text(b"<html>x"), resetting(), text(b"<html>y"))}) as server:
        page(fetcher.get(server.url("/a"), "feed", gap=0))
        assert page(fetcher.get(server.url("/a"), "feed", gap=0)).body == b"<html>y"


def test_what_is_left_over_on_a_connection_never_becomes_an_answer(fetcher: Fetcher) -> None:
    smuggled = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    routes = {
        "/a": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + smuggled, close=False),
        "/n": raw(b"HTTP/1.1 304 No\r\n\r\n" + smuggled, close=False),
        "/b": text(b"<html>good"),
    }
    with Hostile(routes) as server:
        assert failed(fetcher.get(server.url("/a"), "feed", gap=0)).kind == "protocol"
        assert page(fetcher.get(server.url("/b"), "feed", gap=0)).body == b"<html>good"
        page(fetcher.get(server.url("/n"), "feed", gap=0, headers={"If-None-Match": "x"}))
        assert page(fetcher.get(server.url("/b"), "feed", gap=0)).body == b"<html>good"


def test_what_comes_late_on_a_kept_connection_never_becomes_an_answer(fetcher: Fetcher) -> None:
    def late(caller: Caller) -> None:
        caller.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        time.sleep(0.05)
        caller.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")

    with Hostile({"/a": late, "/b": text(b"<html>good")}) as server:
        page(fetcher.get(server.url("/a"), "feed", gap=0))
        time.sleep(0.2)
        assert page(fetcher.get(server.url("/b"), "feed", gap=0)).body == b"<html>good"


def test_a_line_end_after_the_body_does_no_harm(fetcher: Fetcher) -> None:
    route = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi\r\n", close=False)
    with Hostile({"/a": route}) as server:
        assert page(fetcher.get(server.url("/a"), "feed", gap=0)).body == b"hi"
        assert page(fetcher.get(server.url("/a"), "feed", gap=0)).body == b"hi"


def test_no_thread_and_no_socket_outlives_the_fetcher() -> None:
    before = threading.active_count()
    with Hostile({"/a": text(b"<html>x")}) as server:
        with Fetcher(Network(allow=ALLOW), lambda: START) as fetcher:
            page(fetcher.get(server.url("/a")))
        deadline = time.monotonic() + 2
        while threading.active_count() > before + 1 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert threading.active_count() <= before + 1


def test_the_settings_load_nothing_heavy() -> None:
    code = (
        "import sys; from clipper.fetch import Network; Network(); "
        "sys.exit(bool({'requests', 'urllib3', 'ssl', 'protego'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_public_names_are_there() -> None:
    import clipper.fetch

    for name in clipper.fetch.__all__:
        assert getattr(clipper.fetch, name)
    with pytest.raises(AttributeError):
        clipper.fetch.Nothing  # noqa: B018


def test_robots_are_asked_for_pages_and_not_for_feeds(fetcher: Fetcher) -> None:
    rules = robots("User-agent: *\nDisallow: /")
    with Hostile({"/robots.txt": rules, "/a": text(b"<html>x")}) as server:
        page(fetcher.get(server.url("/a"), "feed"))
        assert server.asked == ["/a"]
        got = failed(fetcher.get(server.url("/a")))
        assert (got.kind, got.text) == ("robots", "forbidden by robots.txt")
        assert server.asked == ["/a", "/robots.txt"]
