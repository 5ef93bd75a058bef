"""What users can rely on of a round in the store: nothing lost, nothing twice, all reasons kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import dedupe
from clipper.errors import NotFound
from clipper.model import (
    Excerpt,
    ExtractError,
    FetchError,
    Kinship,
    LedgerLine,
    PollError,
    Receipt,
    Span,
    Status,
    Update,
)
from clipper.store import Store
from clipper.store.columns import read_time, time
from clipper.store.entries import MOST_REVISIONS
from clipper.store.search import phrase

from .keeping import (
    ALONE,
    DAILY,
    HERALD,
    HOUR,
    NOW,
    OUTLETS,
    TEXT,
    entry,
    harvest,
    joining,
    matched,
    polled,
    queued,
    reading,
    rows,
    saved,
    synced,
    waiting,
)

GONE = FetchError(
    kind="http-404",
    text="The outlet has no such page.",
    url="https://daily.example/x",
    temporary=False,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


# ---------------------------------------------------------------- sources


def test_a_source_that_the_config_names_no_more_stays_with_what_came_from_it(store: Store) -> None:
    queued(store)
    store.sources.sync([HERALD], OUTLETS, NOW)
    assert [state.source.slug for state in store.sources.list()] == ["herald-feed"]
    assert not store.sources.state("daily-feed").active
    assert store.clippings.get(1).article.outlet == "daily"
    store.sources.sync([HERALD, DAILY], OUTLETS, NOW)
    assert len(store.sources.due(NOW + HOUR)) == 2


def test_entries_of_a_source_that_the_config_names_no_more_wait(store: Store) -> None:
    waiting(store, "1")
    store.sources.sync([HERALD], OUTLETS, NOW)
    assert store.entries.pending(NOW) == ()
    store.sources.sync([HERALD, DAILY], OUTLETS, NOW)
    assert len(store.entries.pending(NOW)) == 1


def test_a_source_with_another_address_starts_afresh_and_others_go_on(store: Store) -> None:
    for source in (DAILY, HERALD):
        store.note_poll(source, polled(), NOW, NOW + HOUR)
    moved = replace(DAILY, address="https://daily.example/new-feed")
    store.sources.sync([moved, HERALD], OUTLETS, NOW + HOUR / 2)
    assert [state.source.slug for state in store.sources.due(NOW + HOUR / 2)] == ["daily-feed"]
    assert store.sources.state("daily-feed").mark == {}
    assert store.sources.state("herald-feed").mark == {"etag": "1"}


def test_sources_are_due_in_their_time_or_when_forced(store: Store) -> None:
    store.note_poll(DAILY, polled(), NOW, NOW + HOUR)

    def due(**asked: object) -> list[str]:
        return [state.source.slug for state in store.sources.due(NOW, **asked)]  # type: ignore[arg-type]

    assert due() == ["herald-feed"]
    assert due(force=True) == ["herald-feed", "daily-feed"]
    assert due(only=["daily-feed"]) == []
    assert due(only=["daily"], force=True) == ["daily-feed"]
    assert len(store.sources.due(NOW + HOUR)) == 2


def test_an_unknown_name_is_told(store: Store) -> None:
    with pytest.raises(NotFound, match="weekly"):
        store.sources.due(NOW, only=["daily", "weekly"])
    with pytest.raises(NotFound, match="weekly"):
        store.sources.state("weekly")


def test_a_clock_that_was_a_year_wrong_silences_no_source(store: Store) -> None:
    late = NOW + timedelta(days=366)
    store.note_poll(DAILY, polled(entry("1")), late, late + HOUR)
    assert [state.source.slug for state in store.sources.due(NOW)] == ["herald-feed", "daily-feed"]
    assert len(store.entries.pending(NOW)) == 1


def test_a_failure_is_kept_and_the_mark_with_it_and_a_success_ends_it(store: Store) -> None:
    store.note_poll(DAILY, polled(entry("1")), NOW, NOW)
    failure = PollError(kind="timeout", text="The outlet did not answer in time.")
    for number in (1, 2):
        store.note_poll_error(DAILY, failure, NOW + number * HOUR, NOW + number * 2 * HOUR)
    state = store.sources.state("daily-feed")
    assert (state.failures, state.error_kind, state.error) == (2, "timeout", failure.text)
    assert state.mark == {"etag": "1"}
    assert (state.last_success_at, state.last_new_at) == (NOW, NOW)
    store.note_poll(DAILY, polled(entry("1")), NOW + 3 * HOUR, NOW + 4 * HOUR)
    state = store.sources.state("daily-feed")
    assert (state.failures, state.error) == (0, "")
    assert (state.last_success_at, state.last_new_at) == (NOW + 3 * HOUR, NOW)


def test_a_source_that_is_gone_is_looked_at_only_when_named(store: Store) -> None:
    store.note_poll_error(DAILY, PollError(kind="http-410", text="Gone.", gone=True), NOW, NOW)
    assert [state.source.slug for state in store.sources.due(NOW)] == ["herald-feed"]
    assert [state.source.slug for state in store.sources.due(NOW, only=["daily-feed"])] == [
        "daily-feed"
    ]


def test_a_move_is_counted_while_it_is_told_and_adopted_with_its_history(store: Store) -> None:
    new = "https://www.daily.example/feed"
    for times in (1, 2, 3):
        store.note_poll(DAILY, polled(moved_to=new), NOW, NOW)
        assert store.sources.state("daily-feed").moved_times == times
    store.note_poll(DAILY, polled(moved_to="https://other.example/"), NOW, NOW)
    assert store.sources.state("daily-feed").moved_times == 1
    store.sources.adopt("daily-feed", new, NOW)
    state = store.sources.state("daily-feed")
    assert (state.address, state.source.address, state.moved_times) == (new, DAILY.address, 0)
    store.sources.sync([DAILY, HERALD], OUTLETS, NOW)
    assert store.sources.state("daily-feed").address == new


# ---------------------------------------------------------------- entries


def test_entries_and_mark_are_kept_together_and_the_next_round_finds_them(store: Store) -> None:
    noted = store.note_poll(DAILY, polled(entry("1"), entry("2")), NOW, NOW + HOUR)
    assert (noted.seen, noted.new, noted.before, noted.known) == (2, 2, 0, 0)
    store.note_poll(DAILY, polled(unchanged=True), NOW, NOW + HOUR)
    assert [each.entry.key for each in store.entries.pending(NOW)] == ["1", "2"]
    pending = store.entries.pending(NOW)[0]
    assert (pending.source, pending.outlet, pending.first_seen_at) == ("daily-feed", "daily", NOW)


def test_a_kept_entry_comes_back_as_it_was(store: Store) -> None:
    told = entry(
        "k", byline="By Ana Pérez", summary="s", content="<p>c</p>", published_at=NOW, published_raw="Sun",
        language="es", tags=("a", "b"),
    )  # fmt: skip
    store.note_poll(DAILY, polled(told, entry("undated")), NOW, NOW)
    assert [each.entry for each in store.entries.pending(NOW)] == [told, entry("undated")]


def test_an_entry_is_new_once_however_the_feed_flaps(store: Store) -> None:
    entries = [entry(str(number)) for number in range(5)]
    store.note_poll(DAILY, polled(*entries), NOW, NOW)
    for shown in (entries[:2], [], entries[::-1], entries):
        noted = store.note_poll(DAILY, polled(*shown), NOW, NOW)
        assert (noted.new, noted.before) == (0, len(shown))
    assert len(store.entries.pending(NOW)) == 5


def test_one_key_in_two_sources_is_two_entries(store: Store) -> None:
    """A feed that repeats another's ids overwrites nothing of it."""
    store.note_poll(DAILY, polled(entry("1")), NOW, NOW)
    noted = store.note_poll(HERALD, polled(entry("1", url="https://herald.example/a")), NOW, NOW)
    assert noted.new == 1
    assert {each.source for each in store.entries.pending(NOW)} == {"daily-feed", "herald-feed"}


@pytest.mark.parametrize(
    "url", ["https://daily.example/news/1", "http://www.daily.example/news/1?utm_source=rss#top"]
)
@pytest.mark.parametrize("read", [False, True])
def test_a_page_that_was_had_is_dropped_with_the_reason(store: Store, url: str, read: bool) -> None:
    if read:
        saved(store, "1")
    else:
        waiting(store, "1")
    noted = store.note_poll(HERALD, polled(entry("other", url=url)), NOW, NOW)
    assert (noted.new, noted.known, dict(noted.dropped)) == (
        0,
        1,
        {"already had from daily-feed": 1},
    )
    again = store.note_poll(HERALD, polled(entry("other", url=url)), NOW, NOW)
    assert (again.before, again.known) == (1, 0)


def test_a_page_had_under_its_canonical_address_is_dropped_too(store: Store) -> None:
    saved(store, "1", reading(canonical_url="https://daily.example/2026/city-sells"))
    noted = store.note_poll(
        HERALD, polled(entry("x", url="https://daily.example/2026/city-sells")), NOW, NOW
    )
    assert dict(noted.dropped) == {"already had from daily": 1}


def test_no_outlet_can_claim_the_address_of_another(store: Store) -> None:
    saved(store, "1", reading(canonical_url="https://herald.example/scoop"))
    noted = store.note_poll(
        HERALD, polled(entry("scoop", url="https://herald.example/scoop")), NOW, NOW
    )
    assert noted.new == 1


def test_ids_that_change_at_every_look_make_nothing_new(store: Store) -> None:
    for number in range(4):
        noted = store.note_poll(
            DAILY, polled(entry(f"id-{number}", url="https://daily.example/a")), NOW, NOW
        )
        assert noted.new == (number == 0)


def test_entries_without_a_url_are_told_apart_by_their_keys(store: Store) -> None:
    noted = store.note_poll(DAILY, polled(entry("1", url=""), entry("2", url="")), NOW, NOW)
    assert noted.new == 2


def test_one_bad_entry_among_fifty_leaves_forty_nine(store: Store) -> None:
    entries = [entry(str(n), title="\ud800" if n == 7 else "t") for n in range(50)]
    noted = store.note_poll(DAILY, polled(*entries), NOW, NOW)
    assert (noted.new, len(noted.refused)) == (49, 1)
    assert "'7'" in noted.refused[0]
    assert store.verify() == ()


def test_a_changed_title_is_a_revision_and_revisions_are_capped(store: Store) -> None:
    store.note_poll(DAILY, polled(entry("1")), NOW, NOW)
    for number in range(MOST_REVISIONS + 10):
        noted = store.note_poll(
            DAILY, polled(entry("1", title=f"Title, corrected {number}")), NOW, NOW
        )
        assert len(noted.revised) == (number < MOST_REVISIONS)
    assert store._connection.value("SELECT count(*) FROM entry_revision") == MOST_REVISIONS
    assert store._connection.value("SELECT title FROM entry_revision WHERE number = 1") == "Title 1"
    assert store.entries.pending(NOW)[0].entry.title == f"Title, corrected {MOST_REVISIONS - 1}"


def test_a_failed_page_is_tried_again_in_its_time_and_given_up_with_the_reason(
    store: Store,
) -> None:
    pending = waiting(store, "1")
    store.entries.note_failure(pending, GONE, NOW, NOW + HOUR)
    assert store.entries.pending(NOW) == ()
    (again,) = store.entries.pending(NOW + HOUR)
    assert (again.id, again.attempts) == (pending.id, 1)
    store.entries.note_failure(again, ExtractError(kind="empty", text="No text."), NOW, None)
    assert store.entries.pending(NOW + 99 * HOUR) == ()
    row = store._connection.row("SELECT state, why FROM entry")
    assert row
    assert tuple(row) == ("given-up", "empty: No text.")
    assert store.note_poll(DAILY, polled(entry("1")), NOW, NOW).before == 1


def test_pending_entries_are_bounded_and_the_longest_known_come_first(store: Store) -> None:
    store.note_poll(HERALD, polled(*[entry(f"h{n}", url="") for n in range(3)]), NOW, NOW)
    store.note_poll(DAILY, polled(*[entry(f"d{n}", url="") for n in range(3)]), NOW - HOUR, NOW)
    assert [each.entry.key for each in store.entries.pending(NOW, limit=4)] == [
        "d0",
        "d1",
        "d2",
        "h0",
    ]
    assert [
        each.entry.key for each in store.entries.pending(NOW, sources=["herald-feed"], limit=1)
    ] == ["h0"]


# ---------------------------------------------------------------- saving


def test_a_match_queues_its_story_once_with_the_why(store: Store) -> None:
    done = saved(store, "1")
    assert (done.clipping, done.joined, done.version) == (1, False, 1)
    clipping = store.clippings.get(1)
    assert (clipping.status, clipping.tags) == (Status.QUEUED, ("prison-divestment",))
    assert clipping.matches == (matched(),)
    assert clipping.text == TEXT
    assert clipping.article == store.articles.get(1)
    assert clipping.article.snapshot
    assert [(t.who, t.before, t.after) for t in store.clippings.history(1)] == [
        ("clipper", "", "queued")
    ]


def test_an_article_that_does_not_match_is_kept_and_not_queued(store: Store) -> None:
    done = saved(store, "1", reading(matches=()))
    assert (done.article, done.clipping, store.counts().clippings["queued"]) == (1, None, 0)
    assert store.articles.get(1).article.text == TEXT


def test_an_article_comes_back_as_it_was_read(store: Store) -> None:
    read = reading(
        canonical_url="https://daily.example/c", lede="L", authors=("Ana Pérez", "Bo Li"), byline="By", dateline="ADELANTO",
        wire="AP", language="en", published_at=NOW, modified_at=NOW + HOUR, date_text="Sunday", captions=("c",),
        section="News", keywords=("k",), image="https://daily.example/i.jpg", site_name="Daily",
        origins={"title": "json-ld"}, doubts=("no-date",),
    )  # fmt: skip
    saved(store, "1", read)
    assert store.articles.get(1).article == read.article


def test_a_harvest_saved_twice_changes_nothing(store: Store) -> None:
    pending = waiting(store, "1")
    first = store.save(harvest(pending), ALONE, NOW)
    second = store.save(harvest(pending), ALONE, NOW)
    assert (second.article, second.clipping, second.also_in) == (
        first.article,
        None,
        first.clipping,
    )
    assert (store.counts().articles, len(store.clippings.history(1))) == (1, 1)


def test_a_copy_joins_its_story_and_queues_nothing_more(store: Store) -> None:
    first = saved(store, "1")
    copy = saved(
        store,
        "2",
        reading(url="https://herald.example/2", matches=[matched("jails")]),
        joining(first),
        HERALD,
    )
    assert (copy.clipping, copy.also_in, copy.joined) == (None, 1, True)
    clipping = store.clippings.get(1)
    assert clipping.copies == (2,)
    assert clipping.tags == ("jails", "prison-divestment")
    assert clipping.matches == (matched(),)
    assert store.articles.matches(2) == (matched("jails"),)
    assert store.articles.get(2).kinship == Kinship.SYNDICATED
    assert [each.id for each in store.articles.of_story(1)] == [1, 2]


@pytest.mark.parametrize("status", [Status.APPROVED, Status.REJECTED])
def test_a_copy_of_a_story_that_was_judged_changes_nothing_of_it(
    store: Store, status: Status
) -> None:
    first = saved(store, "1")
    judged = store.clippings.move(1, status, who="ana", now=NOW, reason="off-topic")
    saved(
        store,
        "2",
        reading(url="https://herald.example/2", matches=[matched("jails")]),
        joining(first),
        HERALD,
    )
    assert store.clippings.get(1) == replace(judged, copies=(2,))


def test_a_copy_that_matches_queues_a_story_that_did_not(store: Store) -> None:
    first = saved(store, "1", reading(matches=()))
    copy = saved(store, "2", reading(url="https://herald.example/2"), joining(first), HERALD)
    assert copy.clipping == 1
    assert store.clippings.get(1).article.outlet == "herald"


LONGER = TEXT + "\nThe council met again on Friday."


def renewed(
    store: Store, text: str = LONGER, now: object = NOW + HOUR, **changes: object
) -> object:
    """The daily's article 1 again, with another text, by way of its changed entry."""
    store.entries.again([1], NOW + HOUR)
    (pending,) = store.entries.pending(NOW + HOUR)
    read = replace(reading(text=text), **changes)  # type: ignore[arg-type]
    again = harvest(pending, read, at=77)
    placement = dedupe.place(*store.similar(again))
    return store.save(again, placement, NOW + HOUR)


def test_a_corrected_article_is_a_new_version_and_the_old_one_is_kept(store: Store) -> None:
    saved(store, "1")
    done = renewed(store)
    assert (done.article, done.version, done.joined, done.clipping) == (1, 2, True, None)  # type: ignore[attr-defined]
    versions = store.articles.versions(1)
    assert [(v.number, v.text, v.replaced_at) for v in versions] == [
        (1, TEXT, NOW + HOUR),
        (2, LONGER, None),
    ]
    assert store.counts().articles == 1
    assert [found.article.version for found in store.articles.find("council")] == [2]
    assert len(store.articles.find("prison")) == 1
    assert store.verify() == ()


def test_a_queued_clipping_follows_a_correction_and_stale_editors_are_told(store: Store) -> None:
    saved(store, "1")
    seen = store.clippings.get(1)
    renewed(store, excerpt=Excerpt(spans=(Span(0, 10),), words=2, share=0.1))
    clipping = store.clippings.get(1)
    assert (clipping.text, clipping.version, clipping.excerpt.spans) == (
        LONGER,
        seen.version + 1,
        (Span(0, 10),),
    )
    assert store.clippings.history(1)[-1].reason == "the outlet changed the text"


@pytest.mark.parametrize("act", ["approve", "reword", "approve and requeue"])
def test_a_correction_never_touches_a_copy_that_a_person_froze(store: Store, act: str) -> None:
    saved(store, "1")
    if act.startswith("approve"):
        frozen = store.clippings.move(1, Status.APPROVED, who="ana", now=NOW)
        if act.endswith("requeue"):
            frozen = store.clippings.move(1, Status.QUEUED, who="ana", now=NOW)
    else:
        frozen = store.clippings.reword(1, who="ana", now=NOW, headline="Ours")
    renewed(store, text="Entirely other words.")
    assert store.clippings.get(1) == frozen
    assert frozen.text == TEXT == frozen.article.article.text
    assert store.articles.get(1).article.text == "Entirely other words."


def test_a_text_that_did_not_change_is_no_new_version(store: Store) -> None:
    saved(store, "1")
    assert renewed(store, text=TEXT).version == 1  # type: ignore[attr-defined]
    assert len(store.articles.versions(1)) == 1


def test_versions_of_one_article_are_capped(store: Store) -> None:
    saved(store, "1")
    for number in range(30):
        renewed(store, text=f"{TEXT} {number}")
    assert len(store.articles.versions(1)) == 24
    assert store.articles.get(1).article.text == f"{TEXT} 22"
    assert store.verify() == ()


def test_the_feeds_words_serve_until_the_page_is_had_and_never_replace_it(store: Store) -> None:
    pending = waiting(store, "1")
    blurb = reading(text="The city sold its prison shares on Monday.")
    slow = replace(GONE, kind="timeout", temporary=True)
    first = store.save(harvest(pending, blurb, error=slow), ALONE, NOW, again_at=NOW + HOUR)
    assert (first.clipping, store.articles.get(1).snapshot) == (1, None)
    assert store.entries.pending(NOW) == ()
    (again,) = store.entries.pending(NOW + HOUR)
    assert (again.attempts, again.entry.key) == (1, "1")
    page = harvest(again, reading())
    assert store.save(page, dedupe.place(*store.similar(page)), NOW + HOUR).version == 2
    assert store.articles.get(1).snapshot
    assert store.clippings.get(1).text == TEXT
    store.entries.again([1], NOW + HOUR)
    (third,) = store.entries.pending(NOW + HOUR)
    worse = harvest(third, replace(blurb, matches=(matched("jails"),)), error=slow)
    store.save(worse, dedupe.place(*store.similar(worse)), NOW + HOUR)
    assert store.articles.get(1).article.text == TEXT
    assert store.articles.matches(1) == store.clippings.get(1).matches == (matched(),)
    assert store.entries.pending(NOW + 9 * HOUR) == ()


def test_a_page_with_the_very_words_of_the_feed_adds_its_evidence(store: Store) -> None:
    pending = waiting(store, "1")
    store.save(harvest(pending, error=GONE), ALONE, NOW, again_at=NOW)
    page = harvest(pending)
    done = store.save(page, dedupe.place(*store.similar(page)), NOW)
    assert (done.version, len(store.articles.versions(1))) == (1, 1)
    assert store.articles.get(1).snapshot == page.snapshot
    assert store.verify() == ()


def test_an_entry_of_which_nothing_could_be_read_is_given_up_with_the_reason(store: Store) -> None:
    pending = waiting(store, "1")
    done = store.save(replace(harvest(pending, error=GONE), reading=None), ALONE, NOW)
    assert done.article is None
    assert store.entries.pending(NOW + HOUR) == ()


def test_an_editors_primary_wins_over_the_machines(store: Store) -> None:
    first = saved(store, "1")
    saved(store, "2", reading(url="https://herald.example/2"), joining(first), HERALD)
    assert store.stories.primary(1) == 1
    assert store.stories.set_primary(1, 2)
    assert store.stories.set_primary(1, 1, "ana")
    assert not store.stories.set_primary(1, 2)
    assert store.stories.primary(1) == 1


def test_nothing_that_a_round_asks_walks_the_archive(store: Store) -> None:
    """Every look-up of a round is served by an index, whatever the archive's size."""
    walked: list[str] = []
    real = store._connection.raw
    asked: list[str] = []
    real.set_trace_callback(asked.append)
    first = saved(store, "1")
    saved(store, "2", reading(url="https://herald.example/2"), joining(first), HERALD)
    renewed(store)
    store.note_poll(DAILY, polled(entry("1"), entry("9")), NOW, NOW)
    store.clippings.get(1)
    real.set_trace_callback(None)
    big = {
        "article",
        "article_version",
        "article_url",
        "entry",
        "match",
        "snapshot",
        "clipping",
        "sketch",
        "fingerprint",
    }
    for statement in set(asked):
        if (
            not statement.lstrip()
            .upper()
            .startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH"))
        ):
            continue
        for step in real.execute(f"EXPLAIN QUERY PLAN {statement}"):
            words = step[3].split()
            if words[0] == "SCAN" and words[1] in big and "USING" not in words:
                walked.append(f"{step[3]}: {statement}")
    assert walked == []


# ---------------------------------------------------------------- search


SHELF = {
    1: (
        "Private prison shares",
        ("Ana Ibáñez",),
        "The city will divest. Divestment of all shares takes a year.",
    ),
    2: ("The prison board", ("Bo Li",), "A private meeting about the prison."),
    3: ("La cárcel", (), "El tiempo será bueno; the weather, too."),
}


@pytest.mark.parametrize("case", rows("searches.tsv"), ids=lambda case: case["typed"])
def test_a_search_finds_what_holds_all_the_words_whatever_is_typed(
    store: Store, case: dict[str, str]
) -> None:
    for number, (title, authors, text) in SHELF.items():
        saved(store, str(number), reading(title=title, authors=authors, text=text, matches=()))
    found = sorted(each.article.id for each in store.articles.find(case["typed"]))
    assert found == [int(number) for number in case["finds"].split() if number != "-"]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.create(tmp_path_factory.mktemp("shelf") / "clipper.db") as opened:
        saved(synced(opened), "1")
        yield opened


@settings(max_examples=200, deadline=None)
@given(typed=st.text(max_size=60))
def test_nothing_that_a_person_types_is_an_error(shelf: Store, typed: str) -> None:
    shelf.articles.find(typed)


def test_a_search_is_bounded(store: Store) -> None:
    assert len(phrase("word " * 500).split()) == 32
    assert phrase('!!! ??? * ""') == ""
    saved(store, "1")
    assert store.articles.find("prison", limit=-5) == ()
    assert store.articles.find("prison", offset=10**30) == ()
    assert store.articles.find("(" * 100_000 + "\0") == ()


def test_a_search_shows_the_newest_first_and_the_words_in_their_place(store: Store) -> None:
    for number in range(3):
        saved(
            store,
            str(number),
            reading(url=f"https://daily.example/{number}"),
            now=NOW + number * HOUR,
        )
    found = store.articles.find("prison shares", limit=2)
    assert [each.article.id for each in found] == [3, 2]
    assert ("prison", True) in found[0].passage
    assert found[0].snippet.startswith("The city sold its prison shares")
    assert [each.article.id for each in store.articles.find("prison", offset=2)] == [1]
    assert [each.article.id for each in store.articles.find("prison", since=NOW + HOUR)] == [3, 2]
    assert store.articles.find("prison", since=NOW + 9 * HOUR) == ()


# ---------------------------------------------------------------- ledger, receipts, small things


def test_the_ledger_keeps_what_a_round_did_and_where_it_could_not_look(store: Store) -> None:
    assert store.ledger.last() is None
    number = store.ledger.open(NOW)
    lines = (
        LedgerLine(
            source="daily-feed",
            outlet="daily",
            looked=True,
            seen=9,
            new=2,
            dropped={"no query matched": 2},
            notes=("odd",),
        ),
        LedgerLine(source="herald-feed", outlet="herald", looked=False, error="No answer."),
    )
    for line in (replace(lines[0], seen=1), *lines):
        store.ledger.line(number, line)
    last = store.ledger.last()
    assert last
    assert (last.lines, last.opened_at, last.closed_at) == (lines, NOW, None)
    store.ledger.close(number, NOW + HOUR)
    assert store.ledger.get(number).closed_at == NOW + HOUR
    with pytest.raises(NotFound):
        store.ledger.get(99)


def update(key: str, revision: str = "r1") -> Update:
    return Update(
        key=key,
        revision=revision,
        headline="h",
        attribution="a",
        paragraphs=(),
        url="u",
        outlet="o",
        campaigns=(),
        at=NOW,
    )


def test_what_was_about_to_be_sent_is_known_until_its_receipt_is_kept(store: Store) -> None:
    store.updates.intend("site", [update("c1"), update("c2")], NOW)
    receipt = Receipt(publisher="site", key="c1", revision="r1", where="/c1", sent_at=NOW)
    store.receipts.save("site", [receipt])
    assert [each.key for each in store.updates.unconfirmed("site")] == ["c2"]
    assert store.receipts.list("site") == store.updates.standing("site") == (receipt,)
    assert store.receipts.list("mail") == ()
    newer = replace(receipt, revision="r2", sent_at=NOW + HOUR)
    store.receipts.save("site", [newer])
    assert store.receipts.list("site") == (newer,)
    store.receipts.withdraw("site", ["c1", "c2"])
    assert store.receipts.list("site") == ()
    assert store.updates.unconfirmed("site") == ()


def test_a_receipt_of_another_revision_confirms_nothing(store: Store) -> None:
    store.updates.intend("site", [update("c1", "r2")], NOW)
    store.receipts.save(
        "site", [Receipt(publisher="site", key="c1", revision="r1", where="", sent_at=NOW)]
    )
    assert [each.revision for each in store.updates.unconfirmed("site")] == ["r2"]


def test_what_is_remembered_is_over_in_its_time(store: Store) -> None:
    store.remember("robots https://daily.example", "Disallow: /", NOW)
    assert store.recall("robots https://daily.example", NOW + 23 * HOUR) == "Disallow: /"
    assert store.recall("robots https://daily.example", NOW + 24 * HOUR) is None
    assert store.recall("robots https://daily.example", NOW - HOUR) is None
    store.remember("other", "x", NOW + 48 * HOUR)
    assert store._connection.value("SELECT count(*) FROM kept") == 1


def test_counts_tell_where_things_stand(store: Store) -> None:
    queued(store)
    waiting(store, "2")
    store.note_poll_error(HERALD, PollError(kind="dns", text="No such name."), NOW, NOW)
    store.ledger.open(NOW)
    counts = store.counts()
    assert (counts.sources, counts.failing, counts.pending, counts.articles, counts.stories) == (
        2,
        1,
        1,
        1,
        1,
    )
    assert counts.clippings == {status.value: int(status == "queued") for status in Status}
    assert counts.last_round_at == NOW


@given(st.datetimes(), st.datetimes())
def test_times_as_text_are_in_the_order_of_time_and_come_back(one, other) -> None:  # type: ignore[no-untyped-def]
    one, other = one.replace(tzinfo=NOW.tzinfo), other.replace(tzinfo=NOW.tzinfo)
    assert (time(one) < time(other)) == (one < other)
    assert read_time(time(one)) == one
    assert len(time(one)) == 27


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        time(NOW.replace(tzinfo=None))
