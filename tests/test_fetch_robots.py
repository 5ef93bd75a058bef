"""robots.txt is honoured, cached for a day, and can't be used against us."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from clipper.fetch import Fetcher, Network, RobotsCopy
from clipper.fetch.failures import Failure
from clipper.fetch.robots import Robots
from clipper.fetch.targets import read_target
from clipper.model import FetchError, Page

from .hostile import Hostile, answer, in_turn, moved, robots, text

START = datetime(2024, 5, 1, 12, tzinfo=UTC)
SITE = "https://paper.example"


class Net:
    """Answers for robots.txt, and the requests made."""

    def __init__(self, *answers: Page | FetchError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.now = START
        self.kept: dict[str, RobotsCopy] = {}
        self.robots = self.again()

    def again(self) -> Robots:
        """The rules as a new process would know them."""
        self.robots = Robots(self._fetch, lambda: self.now, self.kept.get, self._remember)
        return self.robots

    def _fetch(self, url: str, wait: bool) -> Page | FetchError:
        self.asked.append(url)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def _remember(self, copy: RobotsCopy) -> None:
        self.kept[copy.origin] = copy

    def verdict(self, path: str = "/a") -> str | float:
        try:
            return self.robots.check(read_target(SITE + path))
        except Failure as failure:
            return failure.kind


def file(body: str | bytes, kind: str = "text/plain") -> Page:
    content = body.encode() if isinstance(body, str) else body
    return Page(url=f"{SITE}/robots.txt", body=content, headers=(("Content-Type", kind),))


def error(kind: str, status: int | None = None) -> FetchError:
    return FetchError(kind=kind, text="It failed.", url=f"{SITE}/robots.txt", status=status)


FORBID_A = "User-agent: *\nDisallow: /a\n"


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        (FORBID_A, "/a", False),
        (FORBID_A, "/abc?x=1", False),
        (FORBID_A, "/b", True),
        (FORBID_A + "Allow: /a/b\n", "/a/b/c", True),
        ("User-agent: clipper\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/b", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: clipper\nAllow: /\n", "/b", True),
        ("User-agent: Clipper/1.0\nDisallow: /\n", "/b", False),
        ("user-agent : CLIPPER # us\nDisallow: /\n", "/b", False),
        ("User-agent: c\nDisallow: /\n", "/b", True),
        ("User-agent: clip\nDisallow: /\n", "/b", True),
        ("User-agent: clipperbot\nDisallow: /\n", "/b", True),
        ("User-agent: other\nUser-agent: clipper\nDisallow: /\n", "/b", False),
        ("User-agent: other\nDisallow: /\n", "/b", True),
        ("User-agent: other\nDisallow: /\nUser-agent: *\nDisallow: /x\n", "/b", True),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/x.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$\n", "/x.pdf?y", True),
        ("User-agent: *\nDisallow: /*?print=\n", "/x?print=1", False),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("Disallow: /a\n", "/a", True),
        ("<!doctype html><title>Not found</title>\nUser-agent: *\nDisallow: /", "/a", True),
        ("\x00\x01 binary\nnonsense: x\n", "/a", True),
    ],
)
def test_the_rules_for_us_hold(rules: str, path: str, allowed: bool) -> None:
    net = Net(file(rules))
    assert net.verdict(path) == (0.0 if allowed else "robots")
    assert net.asked == [f"{SITE}/robots.txt"]


def test_a_file_labelled_html_holds_no_rules() -> None:
    assert Net(file(FORBID_A, "text/html; charset=utf-8")).verdict() == 0.0


def test_bytes_that_are_no_utf8_do_not_void_the_rules() -> None:
    assert Net(file(b"# caf\xe9\nUser-agent: *\nDisallow: /a\n")).verdict() == "robots"


@pytest.mark.parametrize(
    ("delay", "expected"),
    [
        ("5", 5.0),
        ("0.5", 0.5),
        ("86400", 30.0),
        ("-1", 0.0),
        ("1e309", 0.0),
        ("nan", 0.0),
        ("x", 0.0),
    ],
)
def test_a_crawl_delay_is_kept_within_reason(delay: str, expected: float) -> None:
    assert Net(file(f"User-agent: *\nCrawl-delay: {delay}\n")).verdict() == expected


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (error("http-404", 404), 0.0),
        (error("http-403", 403), 0.0),
        (error("http-410", 410), 0.0),
        (error("type"), 0.0),
        (error("redirect"), 0.0),
        (error("blocked"), 0.0),
        (error("encoding"), 0.0),
        (error("http-429", 429), "robots"),
        (error("http-500", 500), "robots"),
        (error("http-503", 503), "robots"),
        (error("timeout"), "timeout"),
        (error("dns"), "dns"),
        (error("reset"), "reset"),
        (error("wait"), "wait"),
    ],
)
def test_what_a_robots_txt_that_is_not_had_means(answer: FetchError, verdict: object) -> None:
    assert Net(answer).verdict() == verdict


def test_the_rules_are_asked_for_once_a_day() -> None:
    net = Net(file(FORBID_A), file(""))
    for _ in range(3):
        assert net.verdict() == "robots"
    net.now += timedelta(hours=23)
    assert net.verdict() == "robots"
    assert len(net.asked) == 1
    net.now += timedelta(hours=2)
    assert net.verdict() == 0.0
    assert len(net.asked) == 2


def test_the_rules_are_kept_between_two_rounds() -> None:
    net = Net(file(FORBID_A))
    net.verdict()
    net.again()
    assert net.verdict() == "robots"
    assert len(net.asked) == 1


def test_a_copy_from_the_future_is_not_believed() -> None:
    net = Net(file(""))
    net.kept[SITE] = RobotsCopy(SITE, FORBID_A, START + timedelta(days=400))
    assert net.verdict() == 0.0


def test_trouble_is_looked_at_again_after_minutes() -> None:
    net = Net(error("http-500", 500), file(""))
    assert net.verdict() == "robots"
    assert net.verdict() == "robots"
    assert len(net.asked) == 1
    net.now += timedelta(minutes=6)
    assert net.verdict() == 0.0


def test_an_old_copy_serves_while_the_server_is_in_trouble() -> None:
    net = Net(file(FORBID_A), error("http-500", 500))
    net.verdict()
    net.now += timedelta(days=2)
    assert net.verdict("/b") == 0.0
    assert net.verdict("/a") == "robots"
    net.now += timedelta(days=40)
    net.again()
    assert net.verdict("/b") == "robots", "a month is too old"


@pytest.mark.parametrize(
    "rules",
    [
        "".join(f"User-agent: b{n}\n" for n in range(20_000)) + "Disallow: /x\n" * 10_000,
        "User-agent: *\n" + "".join(f"Disallow: /*{n}*{n}*{n}*$\n" for n in range(25_000)),
        "User-agent: *\nDisallow: /" + "*a" * 200_000 + "$\n",
        "User-agent: *\nDisallow: " + "$" * 400_000 + "\n",
        "User-agent: *\nDisallow: " + "%" * 400_000 + "\n",
        "User-agent:" + " " * 500_000,
        " " * 500_000,
        "User-agent " * 40_000,
        "User-agent: *\nCrawl-delay: " + "9" * 500_000,
    ],
    ids=[
        "agents",
        "stars",
        "one-star-rule",
        "dollars",
        "percents",
        "blanks",
        "blank",
        "words",
        "delay",
    ],
)
def test_half_a_megabyte_of_hostile_rules_takes_no_long_time(rules: str) -> None:
    net = Net(file(rules[:512_000]))
    began = time.process_time()
    net.verdict("/" + "a" * 1500)
    assert time.process_time() - began < 3


# ---------------------------------------------------------------- over the wire


def fetcher(**changes: object) -> Fetcher:
    return Fetcher(Network(allow=("127.0.0.0/8",)), lambda: START, **changes)  # type: ignore[arg-type]


def test_robots_txt_may_be_found_by_redirects() -> None:
    with Hostile({"/rules": robots("User-agent: *\nDisallow: /a")}) as other:
        routes = {"/robots.txt": moved(other.url("/rules")), "/a": text(b"<html>x")}
        with Hostile(routes) as server, fetcher() as it:
            got = it.get(server.url("/a"))
            assert isinstance(got, FetchError)
            assert got.kind == "robots"
            assert "/a" not in server.asked


def test_a_redirect_does_not_lead_past_the_other_hosts_rules() -> None:
    with (
        Hostile({"/robots.txt": robots(FORBID_A), "/a": text(b"<html>x")}) as other,
        Hostile({"/go": moved(other.url("/a"))}) as server,
        fetcher() as it,
    ):
        got = it.get(server.url("/go"))
        assert isinstance(got, FetchError)
        assert got.kind == "robots"
        assert other.asked == ["/robots.txt"]


def test_of_a_huge_robots_txt_the_first_half_megabyte_counts() -> None:
    rules = ("User-agent: *\nDisallow: /a\n" + "# x\n" * 300_000 + "Disallow: /b\n").encode()
    routes = {"/robots.txt": answer(rules, kind="text/plain"), "/b": text(b"<html>x")}
    with Hostile(routes) as server, fetcher() as it:
        assert isinstance(it.get(server.url("/b")), Page)
        got = it.get(server.url("/a"))
        assert isinstance(got, FetchError)
        assert got.kind == "robots"


def test_the_crawl_delay_widens_the_gap() -> None:
    slept: list[float] = []
    routes = {"/robots.txt": robots("User-agent: *\nCrawl-delay: 9"), "/b": text(b"<html>x")}
    with (
        Hostile(routes) as server,
        fetcher(sleep=slept.append, clock=lambda: 1000.0) as it,
    ):
        for _ in range(2):
            assert isinstance(it.get(server.url("/b"), gap=2.0), Page)
        assert slept == [9.0]


def test_a_server_in_trouble_keeps_its_pages_and_says_so() -> None:
    busy = in_turn(answer(b"", "503 Busy"))
    with Hostile({"/robots.txt": busy, "/b": text(b"<html>x")}) as server, fetcher() as it:
        got = it.get(server.url("/b"))
        assert isinstance(got, FetchError)
        assert (got.kind, got.temporary) == ("robots", True)
        assert server.asked == ["/robots.txt"]
