"""The gate: which addresses and URLs are fetched at all; no server is needed to ask that."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.fetch.addresses import networks, refusal
from clipper.fetch.dial import check, connect, look_up
from clipper.fetch.failures import Failure
from clipper.fetch.targets import MAX_URL, Target, follow, read_target, redacted
from clipper.fetch.waits import DAY, retry_after

from .hostile import DATA

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
PUBLIC = "93.184.216.34"


def table(name: str, columns: int) -> list[tuple[str, ...]]:
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    rows = [tuple(line.split("\t")) for line in lines if not line.startswith("#")]
    assert all(len(row) == columns for row in rows), name
    return rows


@pytest.mark.parametrize(("address", "verdict", "case"), table("addresses.tsv", 3))
def test_only_public_addresses_are_connected_to(address: str, verdict: str, case: str) -> None:
    assert bool(refusal(address)) == (verdict == "refused"), case


@given(st.ip_addresses())
def test_no_address_passes_that_the_standard_library_calls_private(ip: object) -> None:
    address = str(ip)
    if not refusal(address) and not address.startswith("64:ff9b:"):
        assert ip.is_global
        assert not ip.is_multicast


def test_what_the_config_allows_is_connected_to_and_nothing_beside_it() -> None:
    allow = networks(["127.0.0.0/8", "fd00::/8"])
    assert not refusal("127.0.0.1", allow)
    assert not refusal("fd00::1", allow)
    assert refusal("10.0.0.1", allow)
    assert refusal("::ffff:127.0.0.1", allow)


@pytest.mark.parametrize(("url", "asked", "case"), table("targets.tsv", 3))
def test_only_plain_web_addresses_pass(url: str, asked: str, case: str) -> None:
    if asked != "refused":
        assert read_target(url).url == asked, case
        return
    with pytest.raises(Failure) as caught:
        read_target(url)
    assert (caught.value.kind, caught.value.temporary) == ("blocked", False), case


@given(st.one_of(st.text(max_size=60), st.text(max_size=60).map("http://{}".format)))
def test_no_text_whatever_breaks_the_gate(url: str) -> None:
    try:
        target = read_target(url)
    except Failure:
        return
    assert target.scheme in ("http", "https")
    assert "@" not in target.netloc
    assert target.url.isascii()
    assert read_target(target.url) == target


@pytest.mark.parametrize("char", ["\t", "\n", "\r", "\x00", "\x1b", "\x7f", "\u2028", "\ud800"])
def test_no_control_character_passes(char: str) -> None:
    with pytest.raises(Failure):
        read_target(f"http://example.org/a{char}b")


def test_an_address_of_60_kilobytes_is_refused() -> None:
    with pytest.raises(Failure, match=str(MAX_URL)):
        read_target("http://example.org/" + "a" * 60_000)


SECURE = Target("https", "example.org", 443, "/news/a?x=1")
PLAIN = Target("http", "example.org", 80, "/news/a?x=1")


@pytest.mark.parametrize(
    ("location", "result"),
    [
        ("/b", "https://example.org/b"),
        ("b", "https://example.org/news/b"),
        ("?y=2", "https://example.org/news/a?y=2"),
        ("//other.example/c", "https://other.example/c"),
        (" https://other.example/ ", "https://other.example/"),
        ("/with blank", "https://example.org/with%20blank"),
        ("/caf\u00c3\u00a9", "https://example.org/caf%C3%A9"),
        ("/caf\u00e9", "https://example.org/caf%C3%A9"),
    ],
)
def test_a_redirect_leads_where_browsers_go(location: str, result: str) -> None:
    assert follow(SECURE, location).url == result


@pytest.mark.parametrize(
    ("location", "kind"),
    [
        ("", "redirect"),
        ("  ", "redirect"),
        ("http://example.org/b", "redirect"),
        ("file:///etc/passwd", "blocked"),
        ("javascript:alert(1)", "blocked"),
        ("data:text/html,x", "blocked"),
        ("https://[::1", "blocked"),
        ("https://h:abc/", "blocked"),
        ("https://" + "a" * 300 + "/", "blocked"),
        ("/\\evil.example/", "blocked"),
        ("ht\ttps://evil.example/", "blocked"),
        ("/" + "a" * 60_000, "blocked"),
    ],
)
def test_a_redirect_that_leads_nowhere_good_is_not_followed(location: str, kind: str) -> None:
    with pytest.raises(Failure) as caught:
        follow(SECURE, location)
    assert caught.value.kind == kind


def test_a_redirect_may_lead_from_http_to_https() -> None:
    assert follow(PLAIN, "https://example.org/b").scheme == "https"


def test_passwords_never_reach_an_error() -> None:
    assert redacted("https://user:secret@example.org/a\nb") == "https://example.org/ab"


@pytest.mark.parametrize(("value", "date", "seconds", "case"), table("retry-after.tsv", 4))
def test_retry_after_is_read_in_every_form(value: str, date: str, seconds: str, case: str) -> None:
    expected = None if seconds == "none" else float(seconds)
    assert retry_after(value, date=date, now=NOON) == expected, case


@given(st.text(max_size=500), st.text(max_size=80))
def test_retry_after_stays_within_a_day_whatever_it_says(value: str, date: str) -> None:
    wait = retry_after(value, date=date, now=NOON)
    assert wait is None or 0 < wait <= DAY


# ---------------------------------------------------------------- names and sockets


def test_one_private_address_among_public_ones_condemns_the_name() -> None:
    with pytest.raises(Failure) as caught:
        check("example.org", [PUBLIC, "10.0.0.1"], ())
    assert caught.value.kind == "blocked"
    assert "10.0.0.1" in caught.value.text


def test_a_silent_name_server_does_not_hold_the_fetch() -> None:
    began = time.monotonic()
    with pytest.raises(Failure) as caught:
        look_up(lambda host, port: time.sleep(1) or [PUBLIC], "example.org", 80, 0.1)
    assert caught.value.kind == "dns"
    assert time.monotonic() - began < 0.8


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(socket.EAI_NONAME, "no such name"),
        socket.gaierror(socket.EAI_AGAIN, "try again"),
        UnicodeError("label too long"),
        None,
    ],
)
def test_a_name_without_address_is_a_temporary_error(error: Exception | None) -> None:
    def resolve(host: str, port: int) -> list[str]:
        if error:
            raise error
        return []

    with pytest.raises(Failure) as caught:
        look_up(resolve, "nowhere.example", 80, 1)
    assert (caught.value.kind, caught.value.temporary) == ("dns", True)


def test_an_address_is_not_looked_up() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise AssertionError

    assert look_up(resolve, "::1", 80, 1) == ("::1",)


def test_the_next_address_is_tried_when_the_first_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        held: list[socket.socket] = []
        with connect(["127.0.0.9", "127.0.0.1"], port, lambda: 2.0, held.append) as sock:
            assert sock.getpeername()[0] == "127.0.0.1"
        assert len(held) == 2
