"""Matching many queries: the same answers as asking each, spans that hold, bounded cost."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipper import match, query
from clipper.errors import QueryError
from clipper.model import Article, Campaign, Outlet
from tests.query_cases import LISTS, article, cases

PRISONS = Campaign(
    slug="prisons",
    name="Prison divestment",
    queries=(
        '"private prison*" OR "for-profit prison*" OR (divest* NEAR/10 prison*)',
        "{ICE} NOT cream",
    ),
)
ADELANTO = Campaign(slug="adelanto", name="Adelanto", queries=("{Adelanto}",))
STORY = Article(
    url="https://stanforddaily.com/1",
    title="Students ask trustees to divest",
    lede="A vote on private prisons",
    text="The board will not divest from any prison.\nICE holds 1,900 people in Adelanto.",
)


def matcher(*queries: str) -> match.Matcher:
    return match.Matcher([Campaign(slug="c", name="c", queries=queries)], LISTS)


def test_each_satisfied_query_gives_one_match_in_the_order_of_the_config() -> None:
    """Campaigns and their queries keep their order, and the query is the text as configured."""
    found = match.Matcher([PRISONS, ADELANTO]).match(STORY)
    assert [(m.campaign, m.query) for m in found] == [
        ("prisons", PRISONS.queries[0]),
        ("prisons", PRISONS.queries[1]),
        ("adelanto", "{Adelanto}"),
    ]


def test_hits_come_in_the_order_of_reading_with_their_clauses() -> None:
    """Title, lede, text; within each by place; each names the canonical clause."""
    found = match.Matcher([PRISONS]).match(STORY)[0]
    assert [(h.zone, h.clause) for h in found.hits] == [
        ("lede", '"private prison*"'),
        ("text", "divest* NEAR/10 prison*"),
        ("text", "divest* NEAR/10 prison*"),
    ]
    assert [STORY.text[h.start : h.end] for h in found.hits[1:]] == ["divest", "prison"]
    assert found.explanation[0] == (
        '"private prison*" — once in the summary line: “A vote on private prisons”'
    )
    assert not found.weak


def test_an_article_that_satisfies_nothing_matches_nothing() -> None:
    """An empty tuple, not None."""
    assert match.Matcher([PRISONS, ADELANTO]).match(Article(url="", title="", text="")) == ()
    assert match.Matcher([]).match(STORY) == ()


def test_a_query_that_cannot_be_read_stops_the_building() -> None:
    """QueryError from the constructor; the config is refused as a whole before."""
    with pytest.raises(QueryError):
        matcher("prison AND")


def test_facts_alone_are_asked_of_every_article() -> None:
    """A query without any word is not lost to the look for words."""
    dated = Article(
        url="https://news.ice.gov/a", title="", text="", language="es",
        published_at=datetime(2024, 5, 1, tzinfo=UTC),
    )  # fmt: skip
    found = matcher("site:ice.gov", "lang:es after:2024", "outlet:nexus")
    assert len(found.match(dated)) == 2
    assert len(found.match(dated, Outlet(slug="n", name="Daily Nexus"))) == 3


def test_all_cases_at_once_give_what_each_gives_alone() -> None:
    """Hundreds of queries in one matcher do not disturb each other."""
    rows = [case for case in cases() if not case.expected.startswith("error")]
    together = match.Matcher(
        [Campaign(slug=str(i), name="", queries=(row.query,)) for i, row in enumerate(rows)], LISTS
    )
    parsed = [query.parse(row.query, LISTS) for row in rows]
    for row in rows[::3]:
        found, outlet = article(row.text)
        expected = {str(i) for i, q in enumerate(parsed) if query.holds(q, found, outlet)}
        assert {m.campaign for m in together.match(found, outlet)} == expected
        assert set(together.satisfied(found, outlet)) == expected


TEXTS = st.lists(
    st.sampled_from(
        ["prison", "Prisons", "ICE", "U.S.", "EE. UU.", "don’t", "ﬁnd", "#AbolishICE", "año", "a.m.",
         "private", "“private", "well-being", "x.y", "I.", "no.", "A.", "移民", "\n", "ice's", "..."]
    ),
    max_size=25,
).map(" ".join)  # fmt: skip
ASKED = ["prison*", "ice", "us", "eeuu", "dont", "find", "abolish*", "#abolishice", "año", "am",
         '"private prison*"', "being", "y", "ia", "noa", "移民", "{ICE}", "u?", "~prison",
         "ice NEAR/2 private", "us OR am"]  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_the_quick_look_never_loses_a_match(texts: list[str]) -> None:
    """What is remembered from one article to the next never changes an answer."""
    together = match.Matcher(
        [Campaign(slug=str(i), name="", queries=(text,)) for i, text in enumerate(ASKED)]
    )
    for text in texts:
        found = Article(url="", title="", text=text)
        expected = [str(i) for i, q in enumerate(ASKED) if query.holds(query.parse(q), found)]
        assert list(together.satisfied(found)) == expected


SHARING = [*ASKED, "prison^3", "prison OR prison^3", "title:prison", "text:ice", "ice NOT private",
           "prison NOT (private NEAR/2 ice)", "(prison OR ice) AND (prison OR us)", "prison ice",
           "atleast(2, prison OR ice)", "atleast(2, ice) OR prison", "{ICE} prison", "{ICE} OR us",
           '"private prison*" OR (private NEAR/1 prison*)', "prison* NOTNEAR/1 private",
           "title:{ICE}", "words:>3 ice", '"prison private ice"~3', "private NEAR/2 (ice OR us)",
           "prison NOT title:ice", "title:(ice NOT prison)", "~prison OR prison*"]  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3))
def test_what_queries_share_is_what_each_would_find_alone(texts: list[tuple[str, str]]) -> None:
    """Hits, reasons and doubts of a shared pass equal those of a fresh look for each query."""
    together = match.Matcher(
        [Campaign(slug=str(i), name="", queries=(text,)) for i, text in enumerate(SHARING)]
    )
    for title, text in texts:
        for head in (title, title.upper()):
            found = Article(url="", title=head, text=text)
            alone = {text: query.explain(query.parse(text), found) for text in SHARING}
            matches = {each.query: each for each in together.match(found)}
            assert set(matches) == {text for text, each in alone.items() if each.held}
            for asked, each in matches.items():
                fresh = alone[asked]
                assert each.explanation == fresh.lines
                assert each.weak == fresh.weak
                hits = {hit for proof in fresh.proofs for hit in proof.hits}
                assert set(each.hits) == hits
                assert len(each.hits) == len(hits)


def test_hits_of_one_place_come_in_the_order_of_the_query() -> None:
    """Two clauses that hit the same word are listed as the query has them, every time."""
    found = matcher("prison* OR prisons OR ~prison OR {prisons}").match(
        Article(url="", title="", text="all prisons")
    )
    clauses = [hit.clause for hit in found[0].hits]
    assert clauses == ["prison*", "prisons", "~prison", "{prisons}"]


def test_memory_of_words_is_bounded() -> None:
    """A stream of ever new words empties the memory instead of filling the machine."""
    campaign = Campaign(slug="c", name="c", queries=("prison*",))
    found = match.Matcher([campaign], remembered=1000)
    for start in range(0, 20_000, 500):
        text = " ".join(f"w{start + i}" for i in range(500)) + " prisons"
        assert found.match(Article(url="", title="", text=text))
    assert found._memory.remembered <= 1001
    assert found._atoms.remembered <= 1001


HOSTILE = {
    "one word": "a" * 500_000,
    "the same word": "prison " * 70_000,
    "pairs": "private prison " * 33_000,
    "dots": "a." * 250_000,
    "spaced dots": "a. " * 160_000,
    "apostrophes": "a'" * 250_000,
    "combining accents": "e" + "\u0301" * 400_000,
    "accented letters": "e\u0301" * 200_000,
    "soft hyphens": "p\u00ad" * 250_000,
    "tags": "#AbolishICE " * 40_000,
    "one long tag": "#" + "aB" * 200_000,
    "hashes": "#" * 500_000,
    "ideographs": "移民政策" * 100_000,
    "ligatures": "ﷺ" * 100_000,
    "lines": "private\nprison\n" * 33_000,
    "new words": " ".join(f"w{i}" for i in range(70_000)),
    "new words in apostrophes": "'".join(f"w{i}" for i in range(70_000)),
    "a query's words in apostrophes": "prison'private'a'b'" * 26_000,
    "dots and apostrophes": "a.b'A." * 83_000,
    "hyphens": "a-" * 250_000,
    "a query's words": "private a aB año #abolishice Prison b " * 13_000,
    "a query's words in capitals": "PRIVATE A AB AÑO PRISON B " * 19_000,
    "one side after the other": "a " * 125_000 + "b " * 125_000,
    "one tag": "#AbolishICE " + "a " * 250_000,
    "handles": "@a " * 160_000,
    "one letter a line": "a\n" * 250_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_costs_seconds_at_most(name: str) -> None:
    """Half a megabyte of anything is matched in bounded time by the dearest queries. The bound
    is wide, for a busy machine that also counts lines; it is there for what grows with the
    square of the length."""
    found = matcher(
        '"private prison*"~50', "prison NEAR/500 prison*", "(a* NEAR/100 b*) NEAR/100 (p* OR e*)",
        "prison NOTNEAR/900 private", "atleast(5000, p*)", "{Prison} OR {aB*}", "p?i?a?e*",
        '"a a a a"~50', "#abolish* 移民", "~prison", "año*",
        '"a a a b"~50', "a NEAR/1000 a", "{a a a a}", "{A*} NOTNEAR/1000 {B*}", '"año* a*"',
        "(a NEAR/1000 b) NEAR/9 (b NEAR/1000 a)", "(a NEAR/1000 b) NOTNEAR/1 (a NEAR/1000 a)",
    )  # fmt: skip
    begun = time.process_time()
    found.match(Article(url="", title=HOSTILE[name][:500], text=HOSTILE[name]))
    assert time.process_time() - begun < 25
