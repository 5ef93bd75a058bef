"""No fetch reaches an address that it must not reach, and TLS proves whom it reached."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from clipper.fetch import Fetcher, Network
from clipper.model import FetchError, Page

from .hostile import (
    DATA,
    DEADLINE,
    OK,
    SECRET,
    TLS,
    Caller,
    Hostile,
    endless,
    moved,
    network,
    now,
    stalling,
    text,
)

SPELLINGS = [
    line
    for line in (DATA / "forbidden-hosts.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]

NAMES = {
    "private.test": ["10.1.2.3"],
    "mixed.test": ["127.0.0.1", "127.0.0.2"],
    "mapped.test": ["::ffff:127.0.0.2"],
    "nat64.test": ["64:ff9b::7f00:2"],
    "sixto4.test": ["2002:7f00:2::"],
    "loop6.test": ["::1"],
    "metadata.test": ["169.254.169.254"],
    "localhost": ["127.0.0.2"],
    "localhost.": ["127.0.0.2"],
    "public.test": ["127.0.0.1"],
}


@pytest.fixture(scope="module")
def canary() -> Iterator[Hostile]:
    """Stands on a loopback address that is not allowed, and must never be asked."""
    with Hostile({"/": text(SECRET)}, host="127.0.0.2") as hostile:
        yield hostile


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("way", ["asked", "redirected"])
def test_a_forbidden_address_is_reached_in_no_spelling(
    canary: Hostile, spelling: str, way: str
) -> None:
    target = f"http://{spelling}:{canary.port}/"
    raw_target = target.encode().decode("latin-1")
    with (
        Hostile({"/go": moved(raw_target)}) as server,
        Fetcher(network(), now, resolve=lambda host, port: NAMES[host]) as fetcher,
    ):
        got = fetcher.get(target if way == "asked" else server.url("/go"), "feed", gap=0)
    assert isinstance(got, FetchError)
    assert got.kind == "blocked", got
    assert not got.temporary
    assert canary.connections == 0


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "ftp://public.test/",
        "gopher://public.test/",
        "data:text/html,x",
        "javascript:alert(1)",
        "ldap://public.test/",
        "dict://public.test:11211/",
        "about:blank",
        "http://127.0.0.2:P\\@public.test/",
        "http://public.test:22/",
        "http://user:secret@public.test/",
    ],
)
def test_a_redirect_off_the_web_is_blocked_before_any_look_up(location: str) -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError(host)

    with Hostile({"/": moved(location)}) as server, Fetcher(network(), now, resolve=resolve) as it:
        got = it.get(server.url(), "feed", gap=0)
    assert isinstance(got, FetchError)
    assert got.kind == "blocked"
    assert "secret" not in repr(got)


def test_a_name_that_changes_its_address_between_two_look_ups_gains_nothing(
    canary: Hostile,
) -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.2"], ["127.0.0.2"]])

    def resolve(host: str, port: int) -> list[str]:
        return next(answers)

    with Fetcher(network(), now, resolve=resolve) as fetcher:
        first = fetcher.get(f"http://paper.test:{canary.port}/", "feed", gap=0)
        second = fetcher.get(f"http://paper.test:{canary.port}/", "feed", gap=0)
    assert isinstance(first, FetchError)
    assert first.kind == "refused", "the checked address was connected to, where nobody listens"
    assert isinstance(second, FetchError)
    assert second.kind == "blocked"
    assert canary.connections == 0


def test_the_robots_txt_passes_the_same_gate(canary: Hostile) -> None:
    routes = {"/robots.txt": moved(canary.url("/")), "/a": text(b"<html>fine")}
    with Hostile(routes) as server, Fetcher(network(), now) as fetcher:
        assert isinstance(fetcher.get(server.url("/a"), gap=0), Page)
    assert canary.connections == 0


def test_without_a_word_in_the_config_this_machine_is_out_of_reach() -> None:
    with Hostile({"/": text(SECRET)}) as server, Fetcher(Network(), now) as fetcher:
        got = fetcher.get(server.url(), gap=0)
        assert isinstance(got, FetchError)
        assert got.kind == "blocked"
        assert server.connections == 0


# ---------------------------------------------------------------- TLS


def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def tls_fetcher(**changes: object) -> Fetcher:
    settings = network(ca_file=str(TLS / "ca.pem"), **changes)
    return Fetcher(settings, now, resolve=to_loopback)


def test_a_valid_certificate_is_accepted_by_name() -> None:
    with Hostile({"/": text(b"<html>safe")}, certificate="good") as server, tls_fetcher() as it:
        got = it.get(server.url("/", "good.test"), "feed", gap=0)
        again = it.get(server.url("/", "good.test"), "feed", gap=0)
        assert isinstance(got, Page), got
        assert isinstance(again, Page)
        assert got.url.startswith("https://good.test:")
        assert server.connections == 1


@pytest.mark.parametrize("certificate", ["self-signed", "expired", "other"])
def test_a_certificate_that_proves_nothing_is_an_error(certificate: str) -> None:
    with Hostile({"/": text(b"x")}, certificate=certificate) as server, tls_fetcher() as it:
        got = it.get(server.url("/", "good.test"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind == "tls"
        assert "certificate" in got.text
        assert server.asked == []


def test_plain_http_where_tls_should_be_is_an_error() -> None:
    with Hostile({"/": text(b"x")}) as server, tls_fetcher() as it:
        got = it.get(server.url("/", "good.test").replace("http:", "https:"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind in ("tls", "reset", "timeout")


def test_a_handshake_that_stalls_meets_the_deadline() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, tls_fetcher(idle=10) as it:
        began = time.monotonic()
        got = it.get(f"https://good.test:{silent.getsockname()[1]}/", "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind in ("deadline", "timeout")
        assert time.monotonic() - began < DEADLINE + 0.5


@pytest.mark.parametrize("start", [b"", OK + b"\r\n"], ids=["silent", "slow body"])
def test_the_deadline_reaches_through_tls(start: bytes) -> None:
    route = endless(start, b"x", 0.05) if start else stalling()
    with Hostile({"/": route}, certificate="good") as server, tls_fetcher(idle=10) as it:
        began = time.monotonic()
        got = it.get(server.url("/", "good.test"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind in ("deadline", "timeout")
        assert time.monotonic() - began < DEADLINE + 0.5


def test_through_a_proxy_tls_still_proves_the_outlets_name() -> None:
    with Hostile({"/": text(b"<html>safe")}, certificate="good") as server:

        def tunnel(caller: Caller) -> None:
            assert caller.method == "CONNECT"
            with socket.create_connection((server.host, server.port)) as inner:
                caller.send(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=pump, args=(inner, caller.sock))
                back.start()
                pump(caller.sock, inner)
                back.join()
            caller.hang_up()

        names = ("good.test", "other.test")
        routes = {f"{name}:{server.port}": tunnel for name in names}
        with Hostile(routes) as proxy, tls_fetcher(proxy=proxy.url(), deadline=5, idle=5) as it:
            got = it.get(server.url("/", "good.test"), "feed", gap=0)
            assert isinstance(got, Page), got
            assert got.body == b"<html>safe"
            wrong = it.get(server.url("/", "other.test"), "feed", gap=0)
            assert isinstance(wrong, FetchError)
            assert wrong.kind == "tls"


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Pass bytes on until one end is closed."""
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def test_from_a_secure_address_no_redirect_to_an_open_one_is_followed() -> None:
    with (
        Hostile({"/": text(SECRET)}) as server,
        Hostile({"/": moved(server.url())}, certificate="good") as secure,
        tls_fetcher() as it,
    ):
        got = it.get(secure.url("/", "good.test"), "feed", gap=0)
        assert isinstance(got, FetchError)
        assert got.kind == "redirect"
        assert server.connections == 0
