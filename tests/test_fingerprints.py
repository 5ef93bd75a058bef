"""The store's side of stories: look-ups, standing text, growth, and what editors regroup."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import dedupe
from clipper.errors import NotFound, Refused
from clipper.model import (
    Article,
    Entry,
    Excerpt,
    Harvest,
    Kinship,
    Match,
    Newcomer,
    Outlet,
    Poll,
    Reading,
    Source,
    Span,
    Spread,
    Status,
)
from clipper.store import Store
from clipper.store.connection import Connection
from clipper.store.fingerprints import Fingerprints, create
from clipper.store.hashes import KEPT_WEEKS, Hashes
from clipper.store.regrouping import Regrouping

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def words(first: int, last: int) -> str:
    return " ".join(f"word{n}" for n in range(first, last))


def newcomer(
    text: str, *, outlet: str = "gazette", at: datetime = NOW, url: str = "", title: str = "A title"
) -> Newcomer:
    address = url or f"https://{outlet}.example/{crc32(f'{text}{at}'.encode())}"
    article = Article(url=address, title=title, text=text, published_at=at)
    return dedupe.newcomer(article, dedupe.fingerprint(article), outlet, at)


class Kept:
    """Fingerprints with the least of a store around them."""

    def __init__(self, path: Path) -> None:
        self.connection = Connection(path)
        self.connection.db.executescript(
            """
            CREATE TABLE story (id INTEGER PRIMARY KEY) STRICT;
            CREATE TABLE article (id INTEGER PRIMARY KEY) STRICT;
            """
        )
        create(self.connection.db)
        self.fingerprints = Fingerprints(self.connection)

    def add(self, who: Newcomer, story: int | None = None) -> int:
        story = story or self.connection.run("INSERT INTO story DEFAULT VALUES")
        self.connection.run("INSERT OR IGNORE INTO story (id) VALUES (:id)", id=story)
        article = self.connection.run("INSERT INTO article DEFAULT VALUES")
        self.fingerprints.add(article, story, who)
        return article

    def near(self, who: Newcomer) -> list[int]:
        return sorted(each.article for each in self.fingerprints.similar(who).candidates)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(tmp_path / "kept.db")
    yield made
    made.connection.close()


# ---------------------------------------------------------------- look-ups


def test_a_candidate_comes_back_as_it_was_kept(kept: Kept) -> None:
    """Every field of the fingerprint survives the way through the table."""
    who = newcomer(words(0, 300) + " for Ana Ruiz 12 and 3.5 more. Über Straße, José said.")
    kept.add(who)
    (found,) = kept.fingerprints.similar(who).candidates
    assert found.fingerprint == who.fingerprint
    assert (found.outlet, found.url, found.canonical, found.loose, found.dated_at) == (
        who.outlet, who.url, who.canonical, who.loose, who.dated_at,
    )  # fmt: skip


def test_a_copy_a_part_and_a_version_are_found_and_a_stranger_is_not(kept: Kept) -> None:
    whole = kept.add(newcomer(words(0, 400)))
    part = kept.add(newcomer(words(0, 90), outlet="herald"))
    kept.add(newcomer(words(5000, 5400)))
    assert kept.near(newcomer(words(0, 400), outlet="new")) == [whole, part]
    assert kept.near(newcomer(words(100, 500), outlet="new")) == [whole]


def test_an_address_is_found_though_nothing_of_the_text_agrees(kept: Kept) -> None:
    """Strict keys at any outlet; canonical and loose keys within their own."""
    url = "https://gazette.example/news/1"
    first = kept.add(newcomer(words(0, 50), url=url + "/"))
    assert kept.near(newcomer(words(900, 950), url=url + "/", outlet="other")) == [first]
    amp = "https://amp.gazette.example/news/1"
    assert kept.near(newcomer(words(900, 950), url=amp)) == [first]
    assert kept.near(newcomer(words(900, 950), url=amp, outlet="other")) == []


@pytest.mark.parametrize("days", [0, 6, 13, 14])
def test_any_copy_of_the_last_fourteen_days_is_found(kept: Kept, days: int) -> None:
    first = kept.add(newcomer(words(0, 400)))
    assert kept.near(newcomer(words(0, 120), at=NOW + timedelta(days=days), outlet="b")) == [first]


def test_a_clock_set_back_still_finds_what_was_kept_before(kept: Kept) -> None:
    """By some days, and over the end of a week, fresh or filed."""
    first = kept.add(newcomer(words(0, 400)))
    for _ in range(2):
        for days in (2, 8):
            who = newcomer(words(0, 120), at=NOW - timedelta(days=days), outlet="b")
            assert kept.near(who) == [first]
        tidied(kept)


def test_the_spread_counts_stories_and_the_addresses_of_one_outlet(kept: Kept) -> None:
    """What makes standing text: the newcomer's own address counts, its story not yet."""
    footer = words(8000, 8040)
    for n in range(2):
        kept.add(newcomer(f"{words(n * 100, n * 100 + 20)} {footer}"))
    kept.add(newcomer(f"{words(700, 720)} {footer}", outlet="herald"))
    who = newcomer(f"{words(900, 920)} {footer}")
    common = set(who.fingerprint.sketch) & set(newcomer(footer).fingerprint.sketch)
    spread = kept.fingerprints.similar(who).spread
    assert {spread[fp] for fp in common} == {Spread(stories=3, urls=3)}


def test_one_address_seen_again_is_no_standing_text(kept: Kept) -> None:
    """A page that changes at every look must not outweigh itself."""
    url = "https://gazette.example/live"
    article = kept.add(newcomer(words(0, 200), url=url))
    for n in range(4):
        kept.fingerprints.renew(article, newcomer(words(0, 200 + n), url=url))
    spread = kept.fingerprints.similar(newcomer(words(0, 210), url=url)).spread
    assert {each.urls for each in spread.values()} == {1}


def test_a_new_version_is_what_is_found_from_then_on(kept: Kept) -> None:
    article = kept.add(newcomer(words(0, 200)))
    kept.fingerprints.renew(article, newcomer(words(3000, 3200)))
    assert kept.near(newcomer(words(3000, 3200), outlet="b")) == [article]
    assert kept.near(newcomer(words(0, 200), outlet="b")) == []


def test_renewing_what_was_never_kept_is_not_found(kept: Kept) -> None:
    with pytest.raises(NotFound):
        kept.fingerprints.renew(99, newcomer(words(0, 20)))


def test_thousands_of_copies_of_one_form_are_bounded(kept: Kept) -> None:
    """A hostile or careless outlet that prints one text under every address."""
    with kept.connection.transaction():
        for n in range(1200):
            kept.add(newcomer(words(0, 300), at=NOW + timedelta(seconds=n)))
    found = kept.fingerprints.similar(newcomer(words(0, 300), outlet="b"))
    assert len(found.candidates) <= 24
    assert max(each.urls for each in found.spread.values()) <= 400 + 40


def test_a_story_in_hundreds_of_papers_is_no_standing_text(kept: Kept) -> None:
    """Copies by the hundred in one story: counted on, each hash still weighs its full weight."""
    with kept.connection.transaction():
        for n in range(150):
            kept.add(newcomer(words(0, 300), outlet=f"paper-{n}"), story=1)
    spread = kept.fingerprints.similar(newcomer(words(0, 300), outlet="b")).spread
    assert {(each.stories, each.urls) for each in spread.values()} == {(1, 1)}


def test_standing_text_behind_many_newer_copies_is_still_seen(kept: Kept) -> None:
    """The newest few alone would hide that an older outlet prints it under every address."""
    with kept.connection.transaction():
        for n in range(3):
            kept.add(newcomer(words(0, 300), url=f"https://gazette.example/{n}"), story=1)
        for n in range(100):
            kept.add(newcomer(words(0, 300), outlet=f"paper-{n}"), story=1)
    spread = kept.fingerprints.similar(newcomer(words(0, 300), outlet="b")).spread
    assert {each.urls for each in spread.values()} == {3}


def test_texts_without_shingles_are_near_nothing(kept: Kept) -> None:
    """Pages without text are not copies of each other."""
    kept.add(newcomer("Watch."))
    assert kept.near(newcomer("Watch.", outlet="b")) == []


# ---------------------------------------------------------------- growth


def weeks(kept: Kept) -> list[int]:
    return [row[0] for row in kept.connection.rows("SELECT DISTINCT bucket FROM fingerprint")]


def tidied(kept: Kept) -> Hashes:
    """The index after so much tidying that nothing is left to be moved."""
    small = Hashes(kept.connection, fresh_rows=0, at_once=100)
    for _ in range(50):
        small.tidy()
    return small


def test_what_was_moved_on_is_found_like_what_is_fresh(kept: Kept) -> None:
    """Three tables, one answer."""
    for n in range(6):
        kept.add(newcomer(words(n * 150, n * 150 + 300), at=NOW + timedelta(days=n)))
    late = [newcomer(words(n * 150, n * 150 + 200), at=NOW + timedelta(days=9)) for n in range(6)]
    before = [kept.near(each) for each in late]
    assert all(before)
    tidied(kept)
    assert kept.connection.value("SELECT count(*) FROM fresh_fingerprint") == 0
    assert [kept.near(each) for each in late] == before


def test_old_weeks_are_dropped_and_recent_ones_never(kept: Kept) -> None:
    """The index of shared hashes stays as large as a few weeks, however old the store."""
    for week in range(8):
        kept.add(newcomer(words(week * 500, week * 500 + 300), at=NOW + timedelta(weeks=week)))
    tidied(kept)
    assert len(weeks(kept)) == KEPT_WEEKS
    late = newcomer(words(3500, 3620), at=NOW + timedelta(weeks=7), outlet="b")
    assert kept.near(late) == [8]


REGULAR, ANCHORED = range(1, 8), range(8, 100, 8)


def test_a_hash_is_found_for_fourteen_days_and_an_anchor_for_good(kept: Kept) -> None:
    """In whichever table it is, at each step of its way."""
    hashes = Hashes(kept.connection, fresh_rows=0, at_once=10)
    for week in range(9):
        at = NOW + timedelta(weeks=week)
        hashes.keep(week + 1, [*REGULAR, *ANCHORED], at)
        for _ in range(12):
            hashes.tidy()
            found = hashes.postings([*REGULAR, *ANCHORED], at, 99)
            last_fortnight = {str(n) for n in range(max(1, week - 1), week + 2)}
            assert {fp: set(found[fp].split(",")) for fp in REGULAR} == dict.fromkeys(
                REGULAR, last_fortnight
            )
            ever = {str(n) for n in range(1, week + 2)}
            assert all(set(found[fp].split(",")) == ever for fp in ANCHORED)


@pytest.mark.parametrize("at_once", [1, 5, 7, 64])
def test_standing_text_in_more_articles_than_a_slice_moves_on_too(kept: Kept, at_once: int) -> None:
    """A line that all of an outlet's articles end with has more rows than one slice holds;
    moving them once stood still there, and the round with it."""
    hashes = Hashes(kept.connection, fresh_rows=0, at_once=at_once)
    standing, article = 800, 0
    for week in range(KEPT_WEEKS + 2):
        for _ in range(20):
            article += 1
            own = [article * 1000 + n for n in range(3)]
            hashes.keep(article, [*own, standing], NOW + timedelta(weeks=week))
    for _ in range(500):
        hashes.tidy()
    assert kept.connection.value("SELECT count(*) FROM fresh_fingerprint") == 0
    assert len(weeks(kept)) == KEPT_WEEKS
    found = hashes.postings([standing], NOW + timedelta(weeks=KEPT_WEEKS + 1), 999)
    assert len(found[standing].split(",")) == article


def test_a_clock_set_back_over_a_weeks_end_still_finds_filed_hashes(kept: Kept) -> None:
    hashes = Hashes(kept.connection, fresh_rows=0, at_once=99)
    hashes.keep(1, REGULAR, NOW)
    hashes.tidy()
    assert hashes.postings(REGULAR, NOW - timedelta(days=7), 9) == dict.fromkeys(REGULAR, "1")


def test_fresh_hashes_are_no_longer_found_than_filed_ones(kept: Kept) -> None:
    """A store that takes ten articles a week decides as one that takes thousands."""
    hashes = Hashes(kept.connection)
    hashes.keep(1, [*REGULAR, *ANCHORED], NOW)
    found = hashes.postings([*REGULAR, *ANCHORED], NOW + timedelta(days=22), 9)
    assert {fp for fp, listed in found.items() if listed} == set(ANCHORED)


@pytest.mark.parametrize("days", [15, 22, 29, 60, 3000])
def test_a_whole_copy_is_found_at_any_age(kept: Kept, days: int) -> None:
    """Exactly the same text, and one that differs in a paragraph."""
    first = kept.add(newcomer(words(0, 400)))
    for week in range(1, 7):
        kept.add(newcomer(words(week * 500, week * 500 + 300), at=NOW + timedelta(weeks=week)))
    tidied(kept)
    later = NOW + timedelta(days=days)
    near = words(0, 380) + " " + words(9000, 9020)
    assert kept.near(newcomer(words(0, 400), at=later, outlet="b")) == [first]
    assert kept.near(newcomer(near, at=later, outlet="c")) == [first]


def test_a_clock_set_forward_drops_nothing(kept: Kept) -> None:
    """Fault 224: a year ahead is one more week that holds something, no more."""
    first = kept.add(newcomer(words(0, 400)))
    kept.add(newcomer(words(600, 900), at=NOW + timedelta(days=365)))
    tidied(kept)
    assert kept.near(newcomer(words(0, 120), at=NOW + timedelta(days=1), outlet="b")) == [first]


def test_the_fresh_hashes_stay_few(kept: Kept) -> None:
    """Each hundred articles, a slice moves on: no transaction rewrites a whole week."""
    small = Hashes(kept.connection, fresh_rows=12_800, at_once=7_000)
    with kept.connection.transaction():
        for n in range(1000):
            small.keep(n, range(n, 64_000_000 + n, 1_000_000), NOW)
            fresh = kept.connection.value("SELECT count(*) FROM fresh_fingerprint")
            assert fresh <= 12_800 + 2 * 6_400
            oldest = kept.connection.value(
                "SELECT coalesce(min(article), 1000) FROM fresh_fingerprint"
            )
            assert oldest >= n - 600, "none is left behind"
    found = small.postings(range(5_000_000, 5_001_000), NOW, 9)
    assert found == {5_000_000 + n: str(n) for n in range(1000)}


def test_articles_come_back_in_their_order(kept: Kept) -> None:
    """What a rebuild goes by."""
    who = [newcomer(words(n * 50, n * 50 + 40)) for n in range(5)]
    for each in who:
        kept.add(each)
    assert [(a, n) for a, _, n in kept.fingerprints.newcomers()] == list(enumerate(who, 1))


# ---------------------------------------------------------------- in a whole store


SOURCE = Source(slug="feed", kind="feed", address="https://f.example/", outlet="gazette")
OUTLETS = tuple(Outlet(slug=name, name=name.title()) for name in ("gazette", "herald", "voice"))


class Desk:
    """A store with sources, into which articles go as in a round."""

    def __init__(self, path: Path) -> None:
        self.store = Store.create(path)
        sources = [replace(SOURCE, slug=f"feed-{o.slug}", outlet=o.slug) for o in OUTLETS]
        self.sources = {source.outlet: source for source in sources}
        self.store.sources.sync(sources, OUTLETS, NOW)
        self.connection = self.store._connection
        self.regrouping = Regrouping(self.connection, self.store.clippings)
        self.taken = 0

    def take(
        self, text: str, outlet: str = "gazette", *, url: str = "", matched: bool = False
    ) -> int:
        """Have an article arrive; its id."""
        self.taken += 1
        now = NOW + timedelta(minutes=self.taken)
        address = url or f"https://{outlet}.example/{self.taken}"
        entry = Entry(key=f"k{self.taken}", url=f"{address}?entry={self.taken}", title="A title")
        self.store.note_poll(self.sources[outlet], Poll(entries=(entry,)), now, now)
        (pending,) = self.store.entries.pending(now, limit=10)
        read = reading(text, address, matched)
        looking = dedupe.newcomer(read.article, read.fingerprint, outlet, now)
        harvest = Harvest(pending=pending, reading=read, newcomer=looking)
        placement = dedupe.place(*self.store.similar(harvest))
        saved = self.store.save(harvest, placement, now)
        assert saved.article is not None
        return saved.article

    def story(self, article: int) -> int:
        return self.store.stories.of_article(article)

    def stories(self) -> dict[int, int]:
        rows = self.connection.rows("SELECT id, story FROM article")
        return {row[0]: row[1] for row in rows}

    def sketched(self) -> dict[int, int]:
        rows = self.connection.rows("SELECT article, story FROM placed")
        return {row[0]: row[1] for row in rows}


def reading(text: str, url: str, matched: bool) -> Reading:
    article = Article(url=url, title=f"A title {len(text)}", text=text)
    match = Match(campaign="Prisons", query="prison*", hits=())
    return Reading(
        article=article,
        matches=(match,) if matched else (),
        fingerprint=dedupe.fingerprint(article),
        excerpt=Excerpt(spans=(Span(0, min(20, len(text))),), words=3, share=0.1),
    )


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "clipper.db")
    yield made
    made.store.close()


def test_copies_share_a_story_and_strangers_do_not(desk: Desk) -> None:
    """The whole way: poll, similar, place, save."""
    one, two = desk.take(words(0, 300)), desk.take(words(0, 250), "herald")
    three = desk.take(words(700, 900), "voice")
    assert desk.story(one) == desk.story(two) != desk.story(three)
    assert desk.store.articles.get(two).kinship is Kinship.SYNDICATED


def test_a_known_address_becomes_a_version_and_not_an_article(desk: Desk) -> None:
    url = "https://gazette.example/news/1"
    first = desk.take(words(0, 300), url=url)
    assert desk.take(words(0, 320), url=url) == first
    assert desk.store.articles.get(first).version == 2


def test_merged_stories_are_one_and_newcomers_join_it(desk: Desk) -> None:
    one, two = desk.take(words(0, 300)), desk.take(words(700, 900), "herald")
    gone, kept = desk.story(two), desk.story(one)
    assert desk.regrouping.merge(gone, kept, who="mia", now=NOW) == 1
    assert desk.stories() == desk.sketched() == {one: kept, two: kept}
    assert desk.story(desk.take(words(700, 880), "voice")) == kept
    assert desk.store.articles.get(two).kinship is Kinship.EDITOR
    assert desk.regrouping.survivor(gone) == kept
    (act,) = desk.regrouping.acts()
    assert (act.kind, act.who, act.article, act.other) == ("merge", "mia", two, one)


def test_a_split_article_has_its_own_story_and_its_own_followers(desk: Desk) -> None:
    """What was split stays apart; copies go to whichever is nearer."""
    one, two = desk.take(words(0, 300)), desk.take(words(0, 300) + " " + words(900, 1100), "herald")
    assert desk.story(one) == desk.story(two)
    new = desk.regrouping.split(two, who="mia", now=NOW)
    assert desk.story(two) == new != desk.story(one)
    assert desk.stories() == desk.sketched()
    follower = desk.take(words(50, 300) + " " + words(900, 1100), "voice")
    assert desk.story(follower) == new
    assert desk.story(desk.take(words(0, 300), "voice")) == desk.story(one)


def test_the_primary_of_every_story_is_one_of_its_articles(desk: Desk) -> None:
    one, two = desk.take(words(0, 300)), desk.take(words(0, 300), "herald")
    new = desk.regrouping.split(one, who="mia", now=NOW)
    assert desk.store.stories.primary(new) == one
    assert desk.store.stories.primary(desk.story(two)) == two
    desk.regrouping.merge(desk.story(two), new, who="mia", now=NOW)
    assert desk.store.stories.primary(new) == one


@pytest.mark.parametrize(
    "act", ["merge itself", "merge nothing", "split alone", "split nothing", "nobody"]
)
def test_acts_that_make_no_sense_are_refused(desk: Desk, act: str) -> None:
    one = desk.take(words(0, 300))
    story, regrouping = desk.story(one), desk.regrouping
    acts = {
        "merge itself": lambda: regrouping.merge(story, story, who="mia", now=NOW),
        "merge nothing": lambda: regrouping.merge(99, story, who="mia", now=NOW),
        "split alone": lambda: regrouping.split(one, who="mia", now=NOW),
        "split nothing": lambda: regrouping.split(99, who="mia", now=NOW),
        "nobody": lambda: regrouping.merge(story, story, who="", now=NOW),
    }
    with pytest.raises((Refused, NotFound)):
        acts[act]()
    assert regrouping.acts() == ()


def test_a_clipping_goes_along_with_its_story(desk: Desk) -> None:
    one, two = desk.take(words(0, 300)), desk.take(words(700, 900), "herald", matched=True)
    clipping = desk.store.clippings.of_story(desk.story(two))
    desk.regrouping.merge(desk.story(two), desk.story(one), who="mia", now=NOW)
    assert desk.store.clippings.of_story(desk.story(one)) == clipping


def test_of_two_clippings_one_stands_and_the_other_says_why_not(desk: Desk) -> None:
    """One decision a story; nothing is deleted."""
    one = desk.take(words(0, 300), matched=True)
    two = desk.take(words(700, 900), "herald", matched=True)
    stays, goes = (desk.store.clippings.of_story(desk.story(each)) for each in (one, two))
    assert stays is not None
    assert goes is not None
    desk.regrouping.merge(desk.story(two), desk.story(one), who="mia", now=NOW)
    gone = desk.store.clippings.get(goes)
    assert gone.status is Status.REJECTED
    assert f"clipping {stays}" in gone.reason
    assert desk.store.clippings.of_story(desk.story(two)) == stays


def test_an_approved_clipping_is_never_merged_away(desk: Desk) -> None:
    one = desk.take(words(0, 300), matched=True)
    two = desk.take(words(700, 900), "herald", matched=True)
    goes = desk.store.clippings.of_story(desk.story(two))
    assert goes is not None
    desk.store.clippings.move(goes, Status.APPROVED, who="mia", now=NOW)
    with pytest.raises(Refused, match="other way round"):
        desk.regrouping.merge(desk.story(two), desk.story(one), who="mia", now=NOW)
    assert desk.story(one) != desk.story(two)
    desk.regrouping.merge(desk.story(one), desk.story(two), who="mia", now=NOW)
    assert desk.story(one) == desk.story(two)


# ---------------------------------------------------------------- rebuilding


def test_a_rebuild_in_the_same_order_changes_nothing(desk: Desk) -> None:
    """Also with what editors merged and split between."""
    one, two = desk.take(words(0, 300)), desk.take(words(0, 280), "herald")
    three = desk.take(words(700, 900), "voice")
    desk.regrouping.split(two, who="mia", now=NOW)
    desk.regrouping.merge(desk.story(three), desk.story(one), who="mia", now=NOW)
    desk.take(words(0, 290), "voice")
    before = desk.stories()
    rebuilt = desk.regrouping.rebuild(dedupe.place, NOW)
    assert (rebuilt.articles, rebuilt.moved, rebuilt.stuck) == (4, (), ())
    assert desk.stories() == desk.sketched() == before


def test_a_rebuild_mends_what_another_method_did(desk: Desk) -> None:
    """Articles and sketches agree afterwards, and the first story keeps its id."""
    one, two = desk.take(words(0, 300)), desk.take(words(0, 280), "herald", matched=True)
    alone = desk.connection.run("INSERT INTO story (began_at) VALUES ('2026')")
    desk.regrouping._move([two], alone)
    desk.connection.run("UPDATE clipping SET story = :alone", alone=alone)
    wrong = desk.stories()
    assert desk.regrouping.rebuild(dedupe.place, NOW, dry_run=True).moved == (two,)
    assert desk.stories() == wrong, "a dry run changes nothing"
    assert desk.regrouping.rebuild(dedupe.place, NOW).moved == (two,)
    assert desk.stories() == desk.sketched() == {one: desk.story(one), two: desk.story(one)}
    clipping = desk.store.clippings.of_story(desk.story(one))
    assert clipping is not None, "the clipping follows its article"


PIECES = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.integers(0, 3),
        st.sampled_from(["gazette", "herald", "voice"]),
        st.sampled_from(["none", "none", "none", "split", "merge"]),
    ),
    min_size=2,
    max_size=10,
)


@settings(max_examples=25, deadline=None)
@given(PIECES)
def test_no_order_of_acts_is_undone_by_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, pieces: list[tuple[int, int, str, str]]
) -> None:
    """Same order, same stories; and what an editor split is never joined again."""
    desk = Desk(tmp_path_factory.mktemp("desk") / "clipper.db")
    for text, cut, outlet, act in pieces:
        article = desk.take(words(text * 400, text * 400 + 300 - cut * 40), outlet)
        try:
            if act == "split":
                desk.regrouping.split(article, who="mia", now=NOW)
            if act == "merge":
                desk.regrouping.merge(desk.story(article), desk.story(1), who="mia", now=NOW)
        except Refused:
            continue
    before = desk.stories()
    assert desk.regrouping.rebuild(dedupe.place, NOW).moved == ()
    assert desk.stories() == desk.sketched() == before
    desk.store.close()


def test_the_tables_fit_together(desk: Desk) -> None:
    """No dangling reference after all acts."""
    one, two = desk.take(words(0, 300)), desk.take(words(0, 280), "herald")
    desk.regrouping.split(two, who="mia", now=NOW)
    desk.regrouping.merge(desk.story(two), desk.story(one), who="mia", now=NOW)
    assert desk.store.verify() == ()
    with pytest.raises(sqlite3.IntegrityError):
        desk.store.fingerprints.add(999, 1, newcomer(words(0, 20)))
