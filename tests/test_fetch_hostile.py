"""Hostile servers, over real sockets: each ends in an error of its kind, in time, in bounds."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from clipper.fetch import Fetcher
from clipper.model import FetchError, Page

from .hostile import (
    DEADLINE,
    MAX,
    OK,
    Caller,
    Hostile,
    answer,
    endless,
    gzip_bomb,
    head,
    moved,
    network,
    now,
    raw,
    resetting,
    stalling,
    text,
)

FEED = b"<rss><channel><title>x</title></channel></rss>"


def gzipped(body: bytes, *encodings: str) -> bytes:
    return (
        head(*(f"Content-Encoding: {name}" for name in encodings), f"Content-Length: {len(body)}")
        + body
    )


BOMB = gzip_bomb(20)

# path, what the server does, the kinds of error that are right ("page": a whole page)
CASES = {
    "no-answer": (stalling(), "timeout deadline"),
    "stall-in-status": (stalling(b"HTTP/1.1 20"), "timeout deadline"),
    "stall-in-body": (stalling(OK + b"Content-Length: 100\r\n\r\nabc"), "timeout deadline"),
    "empty-reply": (raw(b""), "reset"),
    "reset-before-status": (resetting(), "reset"),
    "reset-in-status": (resetting(b"HTTP/1.1 2"), "reset protocol"),
    "reset-in-body": (resetting(OK + b"Content-Length: 100\r\n\r\nabc"), "reset"),
    "garbage-status": (raw(b"\x00\x01\x02 what\r\n\r\n"), "protocol"),
    "ssh-banner": (raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "protocol"),
    "http-0.9": (raw(b"<html>bare</html>"), "protocol"),
    "status-too-high": (raw(b"HTTP/1.1 12345 X\r\n\r\n"), "protocol"),
    "status-no-number": (raw(b"HTTP/1.1 abc X\r\n\r\n"), "protocol"),
    "status-line-endless": (endless(b"HTTP/1.1 200 ", b"O" * 8192), "protocol"),
    "slow-headers": (endless(OK, b"X: y\r\n", 0.05), "deadline protocol"),
    "slow-header-bytes": (endless(OK, b"X", 0.05), "deadline"),
    "slow-body": (endless(OK + b"\r\n", b"x", 0.05), "deadline"),
    "slow-chunks": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", 0.05),
        "deadline",
    ),
    "endless-100": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "protocol"),
    "slow-100": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.05), "protocol deadline"),
    "endless-100-header": (endless(b"HTTP/1.1 100 Continue\r\n", b"X: y\r\n"), "protocol"),
    "endless-headers": (endless(OK, b"X-A: b\r\n"), "protocol"),
    "endless-header-line": (endless(OK + b"X-A: ", b"b" * 8192), "protocol"),
    "header-line-10-mb": (raw(OK + b"X: " + b"a" * 10_000_000 + b"\r\n\r\nhi"), "protocol reset"),
    "cookie-60-kb": (
        raw(OK + b"Set-Cookie: a=" + b"b" * 60_000 + b"\r\nContent-Length: 2\r\n\r\nhi"),
        "page",
    ),
    "endless-body": (endless(OK + b"\r\n", b"x" * 65536), "too-large"),
    "endless-chunks": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"ffff\r\n" + b"x" * 65535 + b"\r\n"),
        "too-large",
    ),
    "endless-chunk-extension": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x" * 8192),
        "protocol",
    ),
    "endless-trailer": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        "protocol",
    ),
    "length-too-long": (raw(OK + b"Content-Length: 100\r\n\r\nabc"), "reset"),
    "length-too-short": (raw(OK + b"Content-Length: 3\r\n\r\nabcdef"), "protocol"),
    "length-negative": (raw(OK + b"Content-Length: -3\r\n\r\nabc"), "protocol"),
    "length-no-number": (raw(OK + b"Content-Length: three\r\n\r\nabc"), "protocol"),
    "length-100-tb": (raw(OK + b"Content-Length: 100000000000000\r\n\r\nabc"), "too-large"),
    "length-two-values": (
        raw(OK + b"Content-Length: 3\r\nContent-Length: 6\r\n\r\nabcdef"),
        "protocol",
    ),
    "chunk-junk": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n"), "protocol"),
    "chunk-negative": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"x" * 65536),
        "protocol",
    ),
    "chunk-8-eib": (
        endless(OK + b"Transfer-Encoding: chunked\r\n\r\n7fffffffffffffff\r\n", b"x" * 65536),
        "too-large",
    ),
    "chunk-no-last": (raw(OK + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"), "reset"),
    "transfer-gzip": (raw(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), "protocol"),
    "gzip-bomb": (raw(gzipped(BOMB, "gzip")), "too-large"),
    "gzip-bomb-chunked": (
        raw(
            head("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
            b"%x\r\n" % len(BOMB),
            BOMB,
            b"\r\n0\r\n\r\n",
        ),
        "too-large",
    ),
    "gzip-twice": (raw(gzipped(gzip.compress(BOMB), "gzip", "gzip")), "encoding"),
    "encodings-100": (raw(gzipped(b"x", *["gzip"] * 90)), "encoding"),
    "encoding-unknown": (raw(gzipped(b"x", "pack200")), "encoding"),
    "gzip-said-plain-sent": (raw(gzipped(b"<html>plain", "gzip")), "encoding"),
    "gzip-cut": (raw(gzipped(gzip.compress(FEED)[:-9], "gzip")), "encoding"),
    "gzip-not-said": (answer(gzip.compress(FEED)), "type"),
    "video": (endless(head(kind="video/mp4"), b"x" * 65536), "type"),
    "pdf-by-label": (answer(b"%PDF-1.7", kind="application/pdf"), "type"),
    "pdf-called-html": (answer(b"%PDF-1.7 ..."), "type"),
    "part-unasked": (answer(b"<html>", "206 Partial Content"), "http-206"),
    "304-unasked": (answer(b"", "304 Not Modified"), "http-304"),
    "no-content": (raw(b"HTTP/1.1 204 No Content\r\n\r\n"), "page"),
    "length-none": (raw(OK + b"\r\n<html>whole"), "page"),
    "type-none": (raw(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>"), "page"),
    "type-junk": (answer(b"<html>", kind=";;;;="), "page"),
    "folded-header": (raw(OK + b"X-A: one\r\n two\r\nContent-Length: 6\r\n\r\n<html>"), "page"),
    "header-without-colon": (
        raw(OK + b"what is this\r\nContent-Length: 6\r\n\r\n<html>"),
        "page protocol",
    ),
    "redirect-endless-body": (
        endless(head("Location: /ok", status="302 Found"), b"x" * 65536),
        "page",
    ),
    "redirect-slow-body": (endless(head("Location: /ok", status="302 Found"), b"x", 0.05), "page"),
    "redirect-bomb-body": (
        raw(
            head(
                "Location: /ok",
                "Content-Encoding: gzip",
                f"Content-Length: {len(BOMB)}",
                status="301 Moved",
            )
            + BOMB
        ),
        "page",
    ),
    "redirect-loop": (moved("/redirect-loop"), "redirect"),
    "redirect-loop-of-two": (moved("/redirect-back"), "redirect"),
    "redirect-back": (moved("/redirect-loop-of-two"), "redirect"),
    "redirect-nowhere": (answer(b"", "302 Found"), "redirect"),
    "redirect-empty": (moved(""), "redirect"),
    "redirect-bytes": (moved("http://\xff\xfe\x80/"), "blocked"),
    "redirect-60-kb": (moved("/" + "a" * 60_000), "blocked"),
    "redirect-300": (answer(b"", "300 Multiple Choices"), "http-300"),
    "error-with-endless-body": (endless(head(status="500 Oops"), b"x" * 65536), "http-500"),
    "error-with-feed": (answer(FEED, "503 Busy", "application/rss+xml"), "http-503"),
}


def endless_redirect(caller: Caller) -> None:
    step = int(caller.path.partition("?")[2] or 0)
    moved(f"/redirect-endless?{step + 1}")(caller)


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    routes = {f"/{name}": route for name, (route, _) in CASES.items()}
    routes |= {"/ok": text(b"<html>well"), "/redirect-endless": endless_redirect}
    with Hostile(routes) as hostile:
        yield hostile


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(network(), now, sleep=lambda seconds: None, jitter=lambda: -0.4) as fetcher:
        yield fetcher


@pytest.mark.parametrize("name", CASES)
def test_each_hostile_answer_ends_in_an_error_of_its_kind_and_in_time(
    server: Hostile, fetcher: Fetcher, name: str
) -> None:
    began = time.monotonic()
    got = fetcher.get(server.url(f"/{name}"), gap=0)
    assert time.monotonic() - began < 2 * DEADLINE + 2
    kind = got.kind if isinstance(got, FetchError) else "page"
    assert kind in CASES[name][1].split(), got
    if isinstance(got, FetchError):
        assert got.url == server.url(f"/{name}")
        assert got.text.endswith(".")
        assert "Errno" not in got.text
    assert isinstance(fetcher.get(server.url("/ok"), gap=0), Page), "the next fetch is not harmed"


def test_a_redirect_without_end_is_left_after_five_hops(server: Hostile, fetcher: Fetcher) -> None:
    got = fetcher.get(server.url("/redirect-endless"), "feed", gap=0)
    assert isinstance(got, FetchError)
    assert got.kind == "redirect"
    asked = [path for path in server.asked if path.split("?")[0] == "/redirect-endless"]
    assert len(asked) == 6


def test_a_circle_is_noticed_before_the_hops_run_out(fetcher: Fetcher) -> None:
    with Hostile({"/a": moved("/b"), "/b": moved("/a")}) as server:
        got = fetcher.get(server.url("/a"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert "circle" in got.text
        assert server.asked == ["/a", "/b"]


def test_a_reset_before_any_answer_is_tried_three_times_and_no_more(fetcher: Fetcher) -> None:
    with Hostile({"/": resetting()}) as server:
        got = fetcher.get(server.url(), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind == "reset"
        assert server.asked == ["/"] * 3


def test_a_reset_within_an_answer_is_not_tried_again(fetcher: Fetcher) -> None:
    with Hostile({"/": resetting(OK + b"Content-Length: 9\r\n\r\nab")}) as server:
        assert isinstance(fetcher.get(server.url(), "feed", gap=0), FetchError)
        assert server.asked == ["/"]


def test_a_closed_port_is_refused_and_temporary(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    got = fetcher.get(f"http://127.0.0.1:{port}/", gap=0)
    assert isinstance(got, FetchError)
    assert (got.kind, got.temporary) == ("refused", True)


def test_the_deadline_holds_over_all_hops_together() -> None:
    def slow(caller: Caller) -> None:
        step = int(caller.path[1:])
        time.sleep(0.25)
        moved(f"/{step + 1}")(caller)

    with (
        Hostile({f"/{step}": slow for step in range(9)}) as server,
        Fetcher(network(idle=5, max_redirects=9), now) as fetcher,
    ):
        began = time.monotonic()
        got = fetcher.get(server.url("/0"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind == "deadline"
        assert time.monotonic() - began < DEADLINE + 0.4


def test_the_deadline_holds_for_the_name_server_too() -> None:
    def resolve(host: str, port: int) -> list[str]:
        time.sleep(2)
        return ["127.0.0.1"]

    with Fetcher(network(), now, resolve=resolve) as fetcher:
        began = time.monotonic()
        got = fetcher.get("http://paper.test/", "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind in ("dns", "deadline")
        assert time.monotonic() - began < DEADLINE + 0.4


def test_memory_stays_flat_whatever_is_sent(server: Hostile, fetcher: Fetcher) -> None:
    greedy = (
        "endless-body endless-chunks chunk-8-eib chunk-negative gzip-bomb gzip-bomb-chunked "
        "redirect-endless-body redirect-bomb-body endless-headers header-line-10-mb video"
    )
    tracemalloc.start()
    try:
        for name in greedy.split():
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            fetcher.get(server.url(f"/{name}"), gap=0)
            peak = tracemalloc.get_traced_memory()[1] - before
            assert peak < 8 * MAX + 10_000_000 * (name == "header-line-10-mb"), name
    finally:
        tracemalloc.stop()


def test_the_body_of_a_redirect_is_left_on_the_wire(fetcher: Fetcher) -> None:
    routes = {
        "/go": endless(head("Location: /ok", status="302 Found"), b"x" * 65536),
        "/ok": text(b"<html>well"),
    }
    with Hostile(routes) as server:
        got = fetcher.get(server.url("/go"), "feed", gap=0)
        assert isinstance(got, Page)
        # What fits into the kernel's buffers may leave the server; reading would be megabytes.
        assert server.sent < 8_000_000


def test_a_stopped_fetcher_ends_what_is_under_way() -> None:
    with Hostile({"/": stalling()}) as server:
        fetcher = Fetcher(network(deadline=20, idle=20), now)
        answers: list[Page | FetchError] = []
        thread = threading.Thread(
            target=lambda: answers.append(fetcher.get(server.url(), "feed", gap=0))
        )
        thread.start()
        while not server.asked:
            time.sleep(0.01)
        fetcher.close()
        thread.join(3)
        assert [got.kind for got in answers if isinstance(got, FetchError)] == ["closed"]
        late = fetcher.get(server.url(), "feed", gap=0)
        assert isinstance(late, FetchError)
        assert late.kind == "closed"
