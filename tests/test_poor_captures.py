"""A capture is good only when it tells the story; a poor one is tried again, beside the first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clipper import evidence
from clipper.archive import Archive
from clipper.archive.events import event
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.extract.doubts import is_other_story
from clipper.model import Doubt, StoredArticle, shortcomings
from clipper.pipeline.round import RETRIES, run
from clipper.store import Store

from . import keeping

TITLE = "Trustees sell the prison shares after a long night"
WORDS = (
    "<p>The trustees of the university voted on Monday night to sell all prison shares that the "
    "endowment holds, after students had filled the hall for nine hours.</p>"
    "<p>The vote was seven to two. The shares are worth some four million dollars, the treasurer "
    "said, and will be sold within the month. Nobody spoke against it in the end.</p>" * 2
)
WALL = "<p>Please enable JavaScript and cookies to continue.</p>"
OTHER = (
    "<p>The home team won its third game in a row on Saturday, before a crowd of some hundreds "
    "who had come in spite of the rain. The coach was pleased.</p>" * 3
)
CONFIG = """
network: {{gap: 0s, allow: [127.0.0.0/8]}}
outlets:
  - name: Daily
    feed: http://127.0.0.1:{port}/feed
campaigns:
  - name: Prisons
    query: '"prison shares"'
"""


@dataclass
class Outlet:
    """An outlet of one story, whose page shows what is said here."""

    title: str = TITLE
    words: str = WORDS
    port: int = 0
    asked: int = 0

    def feed(self) -> str:
        link = f"http://127.0.0.1:{self.port}/news/1"
        return (
            '<rss version="2.0"><channel><title>Daily</title><item>'
            f"<title>{TITLE}</title><link>{link}</link><guid>1</guid></item></channel></rss>"
        )

    def page(self) -> str:
        return (
            f"<html lang=en><head><title>{self.title}</title></head>"
            f"<body><article><h1>{self.title}</h1>{self.words}</article></body></html>"
        )


@contextmanager
def serving(outlet: Outlet) -> Iterator[None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = {"/feed": outlet.feed, "/news/1": outlet.page}
            told = known.get(self.path)
            outlet.asked += self.path == "/news/1"
            body = told().encode() if told else b""
            self.send_response(200 if told else 404)
            kind = "application/rss+xml" if self.path == "/feed" else "text/html; charset=utf-8"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    outlet.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Stand:
    """An outlet, and a folder with a config, a store and an archive."""

    outlet: Outlet
    home: Home
    store: Store

    def round(self, after: timedelta) -> None:
        now = keeping.NOW + after
        with assemble(self.home, self.store) as parts:
            for _ in run(replace(parts, now=lambda: now), early=True):
                pass

    @property
    def article(self) -> StoredArticle:
        return self.store.articles.get(1)

    def checks(self) -> list[str]:
        """What the archive notes of each capture, in its order."""
        found = []
        for snapshot in self.store.snapshots.all():
            blocks = [
                each.record.block.decode()
                for each in event(self.home.archive_path, snapshot).members
                if each.record.fields["warc-type"] == "metadata"
            ]
            lines = blocks[0].split("\r\n")
            found += [line for line in lines if line.startswith("content-checks")]
        return found


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    outlet = Outlet()
    with serving(outlet):
        (tmp_path / "sources.yaml").write_text(CONFIG.format(port=outlet.port))
        home = Home(str(tmp_path / "sources.yaml"), str(tmp_path / "data"))
        with home.open_store(create=True) as store:
            store.sources.sync(home.config.sources, home.config.outlets, keeping.NOW)
            yield Stand(outlet, home, store)


# ---------------------------------------------------------------- what is poor


@pytest.mark.parametrize(
    ("doubts", "length", "poor"),
    [
        ((), 3000, ()),
        ((), 40, ()),  # short stories are
        (("short-text",), 40, ()),
        (("no-text",), 0, ("no-text",)),
        (("wall",), 400, ("wall",)),
        (("other-story",), 4000, ("other-story",)),
        (("paywall",), 400, ("paywall",)),
        (("paywall",), 4000, ()),  # declared, and yet all of it is there
        (("no-date", "byline-generic", "foreign-canonical"), 900, ()),
    ],
)
def test_what_makes_a_reading_poor(
    doubts: tuple[str, ...], length: int, poor: tuple[str, ...]
) -> None:
    assert shortcomings(doubts, "x" * length) == poor


@pytest.mark.parametrize(
    ("headline", "title", "body", "other"),
    [
        (TITLE, TITLE, "", False),
        (TITLE, "A long night at the university", WORDS, False),  # another headline, one story
        (TITLE, "Home team wins third game", OTHER, True),
        ("Trustees sell shares", "Home team wins", OTHER, False),  # too few words to tell
        ("Los fideicomisarios venderán acciones carcelarias", "El equipo ganó", OTHER, True),
        ("Los fideicomisarios venderán acciones carcelarias",
         "El equipo ganó", "Los FIDEICOMISARIOS venderan sus acciones.", False),
        ("市議会が刑務所の株式を売却することを決定した", "別の記事", "試合に勝った", False),
        ("", "Home team wins", OTHER, False),
    ],
)  # fmt: skip
def test_another_story_is_told_by_the_headline_of_the_entry(
    headline: str, title: str, body: str, other: bool
) -> None:
    assert is_other_story(headline, title, body) is other


# ---------------------------------------------------------------- what becomes of it


def test_a_good_capture_is_marked_good_and_not_fetched_again(stand: Stand) -> None:
    stand.round(timedelta(0))
    stand.round(RETRIES[0] * 2)
    assert stand.outlet.asked == 1
    assert stand.checks() == ["content-checks: good"]


@pytest.mark.parametrize(
    ("title", "words", "doubt"),
    [("Just a moment...", WALL, Doubt.WALL), ("Home team wins third game", OTHER, Doubt.OTHER_STORY)],
)  # fmt: skip
def test_a_poor_capture_is_tried_again_and_the_good_one_stands_beside_it(
    stand: Stand, title: str, words: str, doubt: Doubt
) -> None:
    stand.outlet.title, stand.outlet.words = title, words
    stand.round(timedelta(0))
    assert doubt in stand.article.article.doubts
    stand.round(RETRIES[0] / 2)
    assert stand.outlet.asked == 1, "not yet"
    stand.outlet.title, stand.outlet.words = TITLE, WORDS
    stand.round(RETRIES[0] + timedelta(minutes=1))
    assert stand.outlet.asked == 2
    assert not stand.article.article.shortcomings
    assert (stand.article.article.title, stand.article.version) == (TITLE, 2)
    poor, good = stand.checks()
    assert poor.startswith("content-checks: poor: ")
    assert doubt in poor
    assert good == "content-checks: good"
    shown = list(evidence.shown(stand.store, stand.home.archive_path, 1))
    assert [each.checks for each in shown] == [poor.removeprefix("content-checks: "), "good"]
    assert [each.snapshot is not None for each in stand.store.captures.of_article(1)] == [True] * 2
    clipping = stand.store.clippings.get(1)
    assert "prison shares" in clipping.text
    stand.round(timedelta(days=5))
    assert stand.outlet.asked == 2


def test_a_page_that_stays_poor_is_given_up_after_some_tries(stand: Stand) -> None:
    stand.outlet.title, stand.outlet.words = "Just a moment...", WALL
    for hours in range(0, 200, 7):
        stand.round(timedelta(hours=hours))
    assert stand.outlet.asked == 1 + len(RETRIES)
    assert stand.article.version == 1
    assert len(stand.checks()) == 1 + len(RETRIES)


def test_a_wall_never_takes_the_place_of_what_was_read_well(stand: Stand) -> None:
    stand.round(timedelta(0))
    good = stand.article
    (source,) = stand.home.config.sources
    harvest = keeping.harvest(
        keeping.waiting(stand.store, "again", source, url="https://daily.example/2"),
        keeping.reading(text="Please enable cookies.", title="Wait", doubts=("wall",)),
    )
    assert stand.store.articles.renew(1, harvest, keeping.NOW) == good.version
    assert stand.article.article == good.article


def test_the_archive_stays_whole(stand: Stand) -> None:
    stand.outlet.title, stand.outlet.words = "Just a moment...", WALL
    stand.round(timedelta(0))
    stand.round(RETRIES[0] + timedelta(minutes=1))
    with Archive(stand.home.archive_path, now=lambda: keeping.NOW) as archive:
        bodies = [archive.read(each).body for each in stand.store.snapshots.all()]
    assert bodies == [stand.outlet.page().encode()] * 2
