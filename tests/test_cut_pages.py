"""A page whose body is cut off: evidence of what came, and never words to judge by."""

from __future__ import annotations

import gzip
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator

from clipper import custody, evidence
from clipper.archive import Archive
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.fetch import Fetcher
from clipper.fetch.fetcher import PART
from clipper.model import FetchError, Page
from clipper.pipeline.round import RETRIES, run
from clipper.store import Store

from . import keeping
from .damage import NOW, Shelf, body, page
from .hostile import (
    MAX,
    OK,
    Hostile,
    Route,
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

TITLE = "Trustees sell the prison shares after a long night"
WORDS = (
    "<p>The trustees of the university voted on Monday night to sell all prison shares that the "
    "endowment holds, after students had filled the hall for nine hours.</p>" * 4
)
PAGE = (
    f"<html lang=en><head><title>{TITLE}</title></head>"
    f"<body><article><h1>{TITLE}</h1>{WORDS}</article></body></html>"
).encode()
HALF = PAGE[: len(PAGE) // 2]
PACKED = gzip.compress(b"<html>" + random.Random(5).randbytes(3000).hex().encode())


def begun(start: bytes, *lines: str, length: int = 0) -> bytes:
    """An answer that announces more than is sent."""
    return head(*lines, f"Content-Length: {length or len(start) + 900}") + start


# ---------------------------------------------------------------- what the fetcher hands over

CHUNKED = "Transfer-Encoding: chunked"
CASES: dict[str, tuple[Route, str, str, bytes]] = {
    "closed": (raw(begun(HALF)), "reset", "disconnect", HALF),
    "reset": (resetting(begun(HALF)), "reset", "disconnect", HALF),
    "chunks": (
        raw(head(CHUNKED), b"%x\r\n" % len(HALF), HALF, b"\r\n5\r\nab"),
        "reset", "disconnect", HALF + b"ab",
    ),
    "silent": (stalling(begun(HALF)), "timeout deadline", "time", HALF),
    "silent-unannounced": (stalling(OK + b"\r\n" + HALF), "timeout deadline", "time", HALF),
    "slow": (endless(OK + b"\r\n" + HALF, b" ", 0.05), "deadline", "time", HALF),
    "too-long": (endless(OK + b"\r\n", b"x" * 65536), "too-large", "length", b"x" * MAX),
    "too-long-and-says-so": (
        raw(begun(HALF, length=MAX + 1)), "too-large", "length", HALF,
    ),
    "packed": (
        raw(begun(PACKED[:2000], "Content-Encoding: gzip")), "reset", "disconnect", b"<html>",
    ),
}  # fmt: skip
NONE: dict[str, Route] = {
    "nothing-came": raw(begun(b"")),
    "no-head": raw(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "half-a-head": resetting(head()[:-2]),
    "a-picture": raw(begun(b"\x89PNG\r\n\x1a\n" + bytes(500))),
    "a-video": raw(head("Content-Length: 999", kind="video/mp4") + b"x" * 99),
    "bomb": raw(begun(gzip_bomb(20)[:9000], "Content-Encoding: gzip")),
    "whole-bomb": answer(gzip_bomb(20), "200 OK", "text/html", "Content-Encoding: gzip"),
    "not-gzip": raw(begun(HALF, "Content-Encoding: gzip")),
    "brotli": raw(begun(HALF, "Content-Encoding: br")),
    "an-error": raw(head("Content-Length: 999", status="500 Oops") + HALF),
    "bad-chunks": raw(head(CHUNKED), b"zz\r\nabc"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[Hostile]:
    routes = {f"/{name}": route for name, (route, *_) in CASES.items()}
    routes |= {f"/{name}": route for name, route in NONE.items()}
    routes |= {"/away": moved("/closed")}
    with Hostile(routes) as hostile:
        yield hostile


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(network(), now, sleep=lambda seconds: None) as fetcher:
        yield fetcher


@pytest.mark.parametrize("name", CASES)
def test_what_came_before_the_cut_is_handed_over_beside_the_error(
    server: Hostile, fetcher: Fetcher, name: str
) -> None:
    _, kinds, why, start = CASES[name]
    got = fetcher.get(server.url(f"/{name}"), gap=0)
    assert isinstance(got, FetchError)
    assert got.kind in kinds.split()
    assert got.cut is not None
    assert got.cut.truncated == why
    assert got.cut.body.startswith(start)
    assert (got.cut.status, got.cut.url) == (200, server.url(f"/{name}"))
    if name == "packed":
        assert got.cut.received == PACKED[:2000]
        assert gzip.decompress(PACKED).startswith(got.cut.body)
    elif name != "slow":
        assert (got.cut.body, got.cut.received) == (start, None)
    assert "cut" not in repr(got)


@pytest.mark.parametrize("name", NONE)
def test_what_is_no_page_is_no_evidence(server: Hostile, fetcher: Fetcher, name: str) -> None:
    got = fetcher.get(server.url(f"/{name}"), gap=0)
    assert isinstance(got, FetchError)
    assert got.cut is None


def test_the_way_to_a_page_that_was_cut_off_is_handed_over_too(
    server: Hostile, fetcher: Fetcher
) -> None:
    got = fetcher.get(server.url("/away"), gap=0)
    assert isinstance(got, FetchError)
    assert got.cut is not None
    assert [hop.url for hop in got.cut.hops] == [server.url("/away")]
    assert got.cut.url == server.url("/closed")


def test_of_feeds_and_robots_nothing_is_handed_over(server: Hostile, fetcher: Fetcher) -> None:
    for purpose in ("feed", "found", "any"):
        got = fetcher.get(server.url("/closed"), purpose, gap=0)
        assert isinstance(got, FetchError)
        assert got.cut is None


def test_of_a_page_that_is_too_long_the_first_megabyte_is_kept() -> None:
    with (
        Hostile({"/": endless(OK + b"\r\n", b"y" * 65536)}) as server,
        Fetcher(network(max_bytes=3 * PART, deadline=20, idle=20), now) as fetcher,
    ):
        got = fetcher.get(server.url(), gap=0)
        assert isinstance(got, FetchError)
        assert got.cut is not None
        assert got.cut.body == b"y" * PART


# ---------------------------------------------------------------- in the archive


def cut(number: int, why: str, **fields: object) -> Page:
    start = body(number)[:200]
    told = (("Content-Type", "text/html"), ("Content-Length", "9000"))
    return page(number, body=start, truncated=why, headers=told, **fields)


def test_readers_of_web_archives_see_that_a_page_was_cut_off_and_why(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "warc")
    with shelf.archive() as archive:
        shelf.keep(
            archive, *(cut(n, why) for n, why in enumerate(("length", "time", "disconnect")))
        )
        archive.seal()
        read = [archive.read(each) for each in shelf.snapshots]
    assert [each.truncated for each in read] == ["length", "time", "disconnect"]
    (path,) = shelf.folder.glob("*.warc.gz")
    with path.open("rb") as file:
        found = [each for each in ArchiveIterator(file) if each.rec_type == "response"]
        assert [each.rec_headers.get_header("WARC-Truncated") for each in found] == [
            "length", "time", "disconnect",
        ]  # fmt: skip
    with path.open("rb") as file:
        for record in FastIterator(file, parse_http=False):
            assert record.verify_block_digest()
    assert keeping_nothing_wrong(shelf)


def keeping_nothing_wrong(shelf: Shelf) -> bool:
    from clipper.archive import verifying

    return verifying.verify(shelf.folder, shelf.rows, level=4).findings == []


def test_a_body_that_was_cut_is_never_a_revisit_nor_what_one_refers_to(tmp_path: Path) -> None:
    """The same bytes, but who knows what followed."""
    shelf = Shelf(tmp_path / "warc")
    with shelf.archive() as archive:
        shelf.keep(archive, cut(1, "disconnect"))
        shelf.keep(archive, cut(1, "disconnect"))
        shelf.keep(archive, replace(cut(1, ""), truncated=""))
        shelf.keep(archive, replace(cut(1, ""), truncated=""), cut(1, "time"))
    (path,) = shelf.folder.glob("*.warc.gz")
    with path.open("rb") as file:
        kinds = [each.rec_type for each in ArchiveIterator(file)]
    assert kinds.count("response") == 5
    assert kinds.count("revisit") == 0
    assert keeping_nothing_wrong(shelf)


def test_verify_names_a_reason_for_a_cut_that_is_none(tmp_path: Path) -> None:
    from clipper.archive import verifying

    shelf = Shelf(tmp_path / "warc")
    with shelf.archive() as archive:
        shelf.keep(archive, cut(1, "boredom"))
    (found,) = verifying.verify(shelf.folder, shelf.rows, level=3).findings
    assert "for a reason that is none" in found.what


# ---------------------------------------------------------------- in a round

FEED = (
    '<rss version="2.0"><channel><title>Daily</title><item><title>{title}</title>'
    "<link>{link}</link><guid>1</guid><description>{words}</description></item></channel></rss>"
)
CONFIG = """
network: {{gap: 0s, allow: [127.0.0.0/8]}}
outlets:
  - name: Daily
    feed: {feed}
campaigns:
  - name: Prisons
    query: '"prison shares"'
"""


@dataclass
class Stand:
    server: Hostile
    home: Home
    store: Store

    def shows(self, route: Route) -> None:
        self.server.routes["/news/1"] = route

    def tells(self, words: str, title: str = "A long night at the university") -> None:
        told = FEED.format(title=title, link=self.server.url("/news/1"), words=words)
        self.server.routes["/feed"] = answer(told.encode(), "200 OK", "application/rss+xml")

    def round(self, after: timedelta) -> None:
        at = keeping.NOW + after
        with assemble(self.home, self.store) as parts:
            for _ in run(replace(parts, now=lambda: at), early=True):
                pass

    @property
    def asked(self) -> int:
        return self.server.asked.count("/news/1")

    def checks(self) -> list[str]:
        return [each.checks for each in evidence.shown(self.store, self.home.archive_path, 1)]

    def whole(self) -> bool:
        with Archive(self.home.archive_path, now=lambda: NOW) as archive:
            return custody.verify(self.store, archive, level=4).report.findings == []


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    with Hostile({}) as server:
        (tmp_path / "sources.yaml").write_text(CONFIG.format(feed=server.url("/feed")))
        home = Home(str(tmp_path / "sources.yaml"), str(tmp_path / "data"))
        with home.open_store(create=True) as store:
            store.sources.sync(home.config.sources, home.config.outlets, keeping.NOW)
            made = Stand(server, home, store)
            made.tells("The trustees met on Monday night, and students filled the hall.")
            yield made


def test_a_cut_page_is_kept_and_tried_again_and_the_whole_one_is_read(stand: Stand) -> None:
    stand.shows(raw(begun(HALF)))
    stand.round(timedelta(0))
    assert stand.checks() == ["poor: cut off (disconnect)"]
    (snapshot,) = stand.store.snapshots.all()
    assert snapshot.digest == sha256(HALF).hexdigest()
    article = stand.store.articles.get(1).article
    assert article.text == "The trustees met on Monday night, and students filled the hall."
    assert b"prison shares" in HALF
    assert stand.store.clippings.of_story(1) is None, "a part is nothing to judge by"
    assert stand.whole()
    stand.shows(text(PAGE))
    stand.round(RETRIES[0] + timedelta(minutes=1))
    assert stand.asked == 2
    assert stand.checks() == ["poor: cut off (disconnect)", "good"]
    assert "prison shares" in stand.store.articles.get(1).article.text
    assert stand.store.clippings.of_story(1) is not None
    assert stand.whole()


def test_a_page_that_is_too_long_is_given_up_after_some_tries(stand: Stand) -> None:
    path = stand.home.config_path
    path.write_text(path.read_text().replace("gap: 0s", "gap: 0s, max_megabytes: 1"))
    stand.home = Home(str(path), str(stand.home.data))
    stand.shows(raw(begun(HALF, length=5_000_000)))
    for hours in range(0, 200, 7):
        stand.round(timedelta(hours=hours))
    assert stand.asked == 1 + len(RETRIES)
    assert len(list(stand.store.snapshots.all())) == 1 + len(RETRIES)
    assert stand.checks() == ["poor: cut off (length)"]
    assert stand.whole()


def test_a_cut_page_never_takes_the_place_of_what_was_read_well(stand: Stand) -> None:
    stand.shows(text(PAGE))
    stand.round(timedelta(0))
    good = stand.store.articles.get(1)
    assert "prison shares" in good.article.text
    stand.shows(raw(begun(HALF)))
    stand.tells("Corrected: the trustees met, and students filled the hall.", "Corrected: a night")
    for hours in (1, 8, 30):
        stand.round(timedelta(hours=hours))
    assert stand.store.articles.get(1) == good
    assert stand.checks() == ["good"]
    assert stand.whole()


def test_a_cut_page_of_an_entry_without_words_is_kept_all_the_same(stand: Stand) -> None:
    stand.tells("", "")
    stand.shows(raw(begun(HALF)))
    stand.round(timedelta(0))
    assert [each.digest for each in stand.store.snapshots.all()] == [sha256(HALF).hexdigest()]
    assert stand.whole()
    stand.shows(text(PAGE))
    stand.round(RETRIES[0] + timedelta(minutes=1))
    assert "prison shares" in stand.store.articles.get(1).article.text


def test_words_of_the_feed_that_the_page_repeats_are_the_pages_from_then_on(stand: Stand) -> None:
    """The whole page is what the article points at, though title and text are the same."""
    stand.shows(raw(begun(HALF)))
    stand.round(timedelta(0))
    first = stand.store.articles.get(1)
    (source,) = stand.home.config.sources
    pending = keeping.waiting(stand.store, "again", source, url=stand.server.url("/2"))
    read = keeping.reading(text=first.article.text, title=first.article.title)
    harvest = replace(keeping.harvest(pending, read), snapshot=keeping.snapshot(7))
    assert stand.store.articles.renew(1, harvest, keeping.NOW) == first.version
    (had,) = stand.store.captures.of_article(1)
    assert had.snapshot is not None
    assert had.snapshot.digest == keeping.snapshot(7).digest
