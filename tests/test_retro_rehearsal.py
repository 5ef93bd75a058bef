"""Rehearsing a query: what it would find is told, truly and in bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from clipper import query
from clipper.errors import NotFound, QueryError
from clipper.model import Article, Outlet, Status
from clipper.query.dialects import DIALECTS
from clipper.retro import Rules, explain, rehearse, why_not
from clipper.retro.rehearsal import expression_of
from clipper.store import Store

from .keeping import NOW, synced
from .looking_back import CALLS, PRISONS, Desk, rules, with_query
from .query_cases import LISTS, Case, article, cases

DAY = timedelta(days=1)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Store.create(tmp_path / "clipper.db") as store:
        yield Desk(synced(store), rules())


def titles(found: query.Query | object) -> list[str]:
    return [hit.article.article.title for hit in found.hits]  # type: ignore[attr-defined]


def test_a_rehearsal_tells_the_stories_newest_first_with_the_sentences_of_their_hits(
    desk: Desk,
) -> None:
    desk.takes("The jail closed. Nobody called from the jail again.", "First")
    desk.takes("The school opened.", "No match")
    desk.takes("It rained. A jail, they said, is a jail.", "Second", outlet="herald")
    found = rehearse(desk.store, desk.rules, "jail", now=NOW)
    assert titles(found) == ["Second", "First"]
    assert [str(p) for p in found.hits[0].passages] == ["A [jail], they said, is a [jail]."]
    assert (found.stories, found.articles, found.complete) == (2, 2, True)
    assert found.archive == 3
    assert dict(found.outlets) == {"daily": 1, "herald": 1}


def test_copies_of_a_story_count_once_as_a_story(desk: Desk) -> None:
    first = desk.takes("The jail closed.", "One copy")
    second = desk.takes("The jail closed today.", "Another", outlet="herald", joining=first)
    found = rehearse(desk.store, desk.rules, "jail", now=NOW)
    assert (found.stories, found.articles) == (1, 2)
    assert found.hits[0].article.id == second.article
    assert found.hits[0].copies == (first.article,)


def test_words_of_the_lede_are_found(desk: Desk) -> None:
    desk.takes("The vote was late.", "Title", lede="A privately run jail will close")
    assert rehearse(desk.store, desk.rules, "jail", now=NOW).stories == 1


@pytest.mark.parametrize(
    "text", ["The off\u00adice of the jail", "the oﬃce", "All of #OfficeHours"]
)
def test_words_that_the_index_cuts_otherwise_are_found_all_the_same(desk: Desk, text: str) -> None:
    """Soft hyphens, ligatures, CamelCase tags: the index misses them, the rehearsal does not."""
    desk.takes(text, "Title")
    found = rehearse(desk.store, desk.rules, "office", now=NOW)
    assert found.stories == 1
    assert "unseen" not in {lint.kind for lint in found.lints}


@pytest.mark.parametrize("lede", ["The jail will close.", "The jail will close. It …"])
def test_a_sentence_that_the_lede_repeats_is_told_once(desk: Desk, lede: str) -> None:
    desk.takes("The jail will close. It rained.", "Title", lede=lede)
    found = rehearse(desk.store, desk.rules, "jail", now=NOW)
    assert [str(p) for p in found.hits[0].passages] == ["The [jail] will close."]
    alone = rehearse(desk.store, desk.rules, "lede:jail", now=NOW)
    assert [p.zone for p in alone.hits[0].passages] == ["lede"]


def test_gained_and_lost_are_told_against_the_saved_queries(desk: Desk) -> None:
    desk.takes("Both a private prison and a jail.", "Both")
    desk.takes("Only a private prison.", "Saved only")
    desk.takes("Only a jail.", "New only")
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, saved=PRISONS)
    assert found.compared is not None
    assert [hit.article.article.title for hit in found.compared.gained] == ["New only"]
    assert [hit.article.article.title for hit in found.compared.lost] == ["Saved only"]
    assert (found.compared.gained_number, found.compared.lost_number) == (1, 1)


def test_one_of_several_queries_is_replaced_and_the_others_stay_beside(desk: Desk) -> None:
    saved = with_query(PRISONS, '"private prison"', "warden")
    desk.takes("A private prison.", "First query's")
    desk.takes("A warden spoke.", "Second query's")
    desk.takes("The jail and its warden.", "Found anyway")
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, saved=saved, number=1)
    assert found.compared is not None
    assert found.compared.replaces == ('"private prison"',)
    assert [hit.article.article.title for hit in found.compared.lost] == ["First query's"]
    assert found.compared.gained == ()


def test_a_number_that_the_campaign_has_not_is_refused_by_name(desk: Desk) -> None:
    with pytest.raises(NotFound, match="Prisons has 1 queries; there is no 2"):
        rehearse(desk.store, desk.rules, "jail", now=NOW, saved=PRISONS, number=2)


def test_earlier_decisions_on_what_it_finds_are_counted(desk: Desk) -> None:
    for text in ("A private prison, one.", "A private prison, two.", "A private prison, three."):
        desk.takes(text)
    desk.takes("A prison of the state.")
    store = desk.store
    store.clippings.move(1, Status.APPROVED, who="ada", now=NOW)
    store.clippings.move(2, Status.REJECTED, who="ada", now=NOW, reason="off-topic")
    found = rehearse(store, desk.rules, "prison", now=NOW)
    assert {s.value: n for s, n in found.decisions.items()} == {
        "approved": 1, "rejected": 1, "queued": 1
    }  # fmt: skip
    assert found.stories == 4
    assert (found.hits[0].clipping, found.hits[0].status) == (None, None)


def test_a_term_that_stands_nowhere_in_the_archive_is_doubted(desk: Desk) -> None:
    desk.takes("The jail closed.")
    found = rehearse(desk.store, desk.rules, "jail OR goal OR prisn*", now=NOW)
    unseen = [lint.text for lint in found.lints if lint.kind == "unseen"]
    assert len(unseen) == 2
    assert any("goal" in text for text in unseen)
    assert any("prisn*" in text for text in unseen)


def test_since_leaves_out_what_came_in_before(desk: Desk) -> None:
    desk.takes("An old jail.", "Old", at=NOW - 40 * DAY)
    desk.takes("A new jail.", "New", at=NOW)
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, since=30 * DAY)
    assert titles(found) == ["New"]
    assert found.archive == 1


def test_since_after_everything_finds_nothing(desk: Desk) -> None:
    desk.takes("An old jail.", at=NOW - 40 * DAY)
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, since=DAY)
    assert (found.stories, found.archive, found.complete) == (0, 0, True)


def test_what_is_told_is_cut_and_the_numbers_are_not(desk: Desk) -> None:
    for number in range(7):
        desk.takes(f"The jail number {number}.")
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, most=3)
    assert len(found.hits) == 3
    assert found.stories == 7


def test_when_time_is_over_it_says_how_much_was_looked_at(desk: Desk) -> None:
    for number in range(250):
        desk.takes(f"The jail number {number}.", f"Number {number}")
    ticks = iter(range(0, 1000, 10))
    found = rehearse(desk.store, desk.rules, "jail", now=NOW, seconds=5, clock=lambda: next(ticks))
    assert not found.complete
    assert (found.looked, found.candidates, found.stories) == (100, 250, 100)
    assert titles(found)[0] == "Number 249"


def test_a_query_that_cannot_be_read_is_an_error_with_its_place(desk: Desk) -> None:
    with pytest.raises(QueryError) as caught:
        rehearse(desk.store, desk.rules, "jail AND (prison", now=NOW)
    assert caught.value.start == 9


@pytest.mark.parametrize("wide", [1_500, 2_500])
@pytest.mark.parametrize("deep", [1, 25])
def test_a_very_large_query_is_answered_all_the_same(desk: Desk, wide: int, deep: int) -> None:
    """Wider or deeper than the full-text index takes: then every article is looked at."""
    desk.takes("The jail closed.")
    text = " OR ".join(["jail", *(f"w{number}" for number in range(wide))])
    for number in range(deep):
        text = f"(({text}) (jail OR v{number}))"
    assert rehearse(desk.store, desk.rules, text, now=NOW).stories == 1


# ---------------------------------------------------------------- one semantics

MATCHING = [case for case in cases() if case.expected in ("yes", "no")]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, dict[int, Case]]]:
    """Every text of the query language's case table, in one store."""
    path = tmp_path_factory.mktemp("library") / "clipper.db"
    with Store.create(path) as store:
        desk = Desk(synced(store), rules())
        kept = {}
        with store.transaction():
            for case in MATCHING:
                one, _ = article(case.text)
                fields = {
                    name: getattr(one, name) for name in Article.__slots__
                    if name not in ("url", "title", "text")
                }  # fmt: skip
                saved = desk.takes(one.text, one.title, **fields)
                assert saved.article is not None
                kept[saved.article] = case
        yield desk, kept


def test_the_index_leaves_out_no_article_that_a_query_matches(
    library: tuple[Desk, dict[int, Case]],
) -> None:
    """Every query of the table over every text of it: what holds is in the superset."""
    desk, kept = library
    asked = Rules(lists={name: tuple(terms) for name, terms in LISTS.items()})
    missed = []
    for text in {case.query for case in MATCHING}:
        parsed = query.parse(text, asked.lists)
        found = set(desk.store.rematching.superset(expression_of((text,), asked)))
        missed += [
            (text, kept[stored.id].text)
            for stored in desk.store.rematching.articles(kept.keys() - found)
            if query.holds(parsed, stored.article, Outlet(slug="daily", name="The Daily"))
        ]
    assert not missed


# ---------------------------------------------------------------- why, why not


def test_explain_says_why_and_where(desk: Desk) -> None:
    saved = desk.takes("It rained.\nA private prison will close.")
    assert saved.article is not None
    found = explain(desk.rules, desk.store.articles.get(saved.article), '"private prison"')
    assert found.why_not is None
    assert [str(p) for p in found.passages] == ["A [private prison] will close."]


def test_why_not_names_the_nearest_miss_of_each_query(desk: Desk) -> None:
    saved = desk.takes("A jail where nobody at all was ever allowed to make a call.")
    assert saved.article is not None
    stored = desk.store.articles.get(saved.article)
    (found,) = why_not(desk.rules, stored, CALLS)
    assert found.why_not is not None
    assert "apart" in found.why_not.nearest
    assert "[jail]" in " ".join(map(str, found.passages))


def test_every_dialect_that_the_command_names_exists() -> None:
    assert set(DIALECTS) == {"meltwater", "brandwatch", "cision", "talkwalker", "nexis", "google"}
