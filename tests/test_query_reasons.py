"""Why an article matched, why it did not, and what a query probably does not mean."""

from __future__ import annotations

import pytest

from clipper import query
from clipper.model import Article
from tests.query_cases import LISTS, article


def explain(text: str, cell: str) -> query.Explanation:
    return query.explain(query.parse(text, LISTS), *article(cell))


def spans(text: str, cell: str) -> list[tuple[str, str]]:
    """Each hit as its zone and the characters of the original that it covers."""
    found, outlet = article(cell)
    proofs = explain(text, cell).proofs
    return [
        (hit.zone, query.zone_text(found, outlet, hit.zone)[hit.start : hit.end])
        for proof in proofs
        for hit in proof.hits
    ]


@pytest.mark.parametrize(
    ("text", "cell", "expected"),
    [
        ("prison", "title=Prison¦text=a prison's gate", [("title", "Prison"), ("text", "prison")]),
        ("private", "pri\u00advate jail", [("text", "pri\u00advate")]),
        ("first", "the ﬁrst", [("text", "ﬁrst")]),
        ("fi*", "the ﬁrst", [("text", "ﬁrst")]),
        ("cafe", "a cafe\u0301.", [("text", "cafe\u0301")]),
        ("us", "The U.S.", [("text", "U.S.")]),
        ("us", "the U.S.-backed", [("text", "U.S.")]),
        ("eeuu", "en EE. UU. hoy", [("text", "EE. UU.")]),
        ('"private prison*"', "private – prisons!", [("text", "private – prisons")]),
        ('"a1 b1"~1', "a1 x b1", [("text", "a1 x b1")]),
        ("a1 NEAR/2 b1", "a1 x b1", [("text", "a1"), ("text", "b1")]),
        ('"a1 b1" NEAR/2 c1', "a1 b1 x c1", [("text", "a1 b1"), ("text", "c1")]),
        ("a1 NOTNEAR/1 b1", "a1 b1 x x x a1", [("text", "a1")]),
        ("#abolishice", "now #AbolishICE!", [("text", "#AbolishICE")]),
        ("abolishice", "now #AbolishICE!", [("text", "AbolishICE")]),
        ("{ICE}", "now #AbolishICE!", [("text", "ICE")]),
        ("caption:jail", "caption=no|caption=a jail¦text=x", [("caption", "jail")]),
        ("author:roe", "author=Jane Doe|author=Sam Roe", [("author", "Roe")]),
        ("outlet:nexus", "outlet=Daily Nexus", [("outlet", "Nexus")]),
        ("url:jail", "url=https://x.org/a-jail", [("url", "jail")]),
        ("tag:jail", "tag=Jail", [("tag", "Jail")]),
        ("移民", "新移民政策", [("text", "移民")]),
        ("a1 OR b1", "b1 a1", [("text", "a1"), ("text", "b1")]),
        ("a1 NOT b1", "a1", [("text", "a1")]),
        ("atleast(2, a1)", "a1 a1", [("text", "a1"), ("text", "a1")]),
    ],
)
def test_hits_are_the_words_of_the_original(
    text: str, cell: str, expected: list[tuple[str, str]]
) -> None:
    """Spans need no second search for highlighting."""
    assert spans(text, cell) == expected


@pytest.mark.parametrize(
    ("text", "cell", "lines"),
    [
        ("prison", "A prison.", ["prison — once: “A prison.”"]),
        (
            "prison* -gate",
            "prison, prisons and a prisoner",
            ["prison* — 3 times, first: “prison, prisons and a prisoner”", "NOT gate — absent"],
        ),
        ("title:{ICE}", "title=ICE raid", ["title:{ICE} — once in the title: “ICE raid”"]),
        ("jail lang:es", "lang=es¦text=jail", ["jail — once: “jail”", "lang:es — yes"]),
        (
            '"private prison*"',
            "The university said on Monday that it will divest from private prisons before the "
            "end of the academic year.",
            ['"private prison*" — once: “…that it will divest from private prisons before the end '
             'of the…”'],
        ),
        ("a1 OR b1", "b1 x", ["b1 — once: “b1 x”"]),
        ("b1", "a1\nb1\nc1", ["b1 — once: “b1”"]),
        ("a1 NEAR/1 b1", "a1 b1", ["a1 NEAR/1 b1 — once: “a1 b1”"]),
    ],
)  # fmt: skip
def test_an_editor_reads_why(text: str, cell: str, lines: list[str]) -> None:
    """One short line for each leaf of the satisfied branch."""
    assert list(explain(text, cell).lines) == lines


@pytest.mark.parametrize(
    ("text", "cell", "weak"),
    [
        ("{ICE}", "title=ICE RAIDS CITY", True),
        ("{ICE}", "title=ICE raids city", False),
        ("{ICE}", "title=ICE RAIDS¦text=ICE said", False),
        ("ice", "title=ICE RAIDS", False),
        ("{ICE} OR raids", "title=ICE RAIDS", False),
        ("{ICE} raids", "title=ICE RAIDS", True),
        ("{ICE} NEAR/2 raids", "title=ICE RAIDS", True),
        ("{Ice}", "title=ICE RAIDS", True),
    ],
)
def test_a_headline_in_capitals_proves_no_case(text: str, cell: str, weak: bool) -> None:
    """A match that rests on case in such a headline is marked weak."""
    found = explain(text, cell)
    assert found.held
    assert found.weak is weak


@pytest.mark.parametrize(
    ("text", "cell", "clause", "said"),
    [
        ("prison AND gate", "prison", "gate", ""),
        ("prison NEAR/3 divest", "prison a b c d e f divest", "prison NEAR/3 divest",
         "prison … divest 6 words apart, NEAR/3 asked"),
        ("prison NEAR/3 divest", "prison", "prison NEAR/3 divest", "prison is there, divest is not"),
        ("a1 ONEAR/3 b1", "b1 x a1", "a1 ONEAR/3 b1",
         "a1 … b1 1 word apart, in the other order, ONEAR/3 asked"),
        ('"private prison"', "private state prison", '"private prison"',
         "private … prison 1 word apart, a phrase asked"),
        ('"private prison"', "private\nprison", '"private prison"',
         "private … prison 0 words apart, across a paragraph's end, a phrase asked"),
        ('"private prison"', "private jail", '"private prison"',
         "private is there, prison is not"),
        ("prison", "prisons", "prison", "prisons is there; prison does not match it"),
        ("divested", "divest", "divested", ""),
        ("año", "ano", "año", "ano is there; año does not match it"),
        ("{ICE}", "ice cream", "{ICE}",
         "ice is there; braces ask for this case and these accents"),
        ("title:prison", "text=prison", "title:prison", "it stands in the text"),
        ("prison", "caption=prison¦text=x", "prison", "it stands in a caption"),
        ("atleast(3, a1)", "a1 a1", "atleast(3, a1)", "it stands there twice, 3 asked"),
        ("(a1 OR b1) gate", "gate", "a1 OR b1", ""),
        ("a1 NOTNEAR/2 b1", "a1 b1", "a1 NOTNEAR/2 b1",
         "each a1 stands near b1, NOTNEAR/2 asked"),
    ],
)  # fmt: skip
def test_why_not_names_the_clause_and_the_nearest_miss(
    text: str, cell: str, clause: str, said: str
) -> None:
    """The first failing clause, and what came closest."""
    found = query.why_not(query.parse(text), *article(cell))
    assert found is not None
    assert (found.clause, found.nearest) == (clause, said)
    assert found.text


@pytest.mark.parametrize(
    ("text", "cell", "said"),
    [
        ("prison -gate", "prison gate", "it is there: gate — once: “prison gate”"),
        ("lang:es", "lang=en", "its language is en"),
        ("lang:es", "text=x", "its language is not known"),
        ("after:2025", "date=2024-01-02", "it was published on 2024-01-02"),
        ("after:2025", "text=x", "it has no date"),
        ("site:a.org", "url=https://b.org/x", "the article is at https://b.org/x"),
        ("words:>5", "one two", "it has 2 words"),
        ("a1 OR b1", "c1", "none of 2 alternatives is there"),
    ],
)
def test_why_not_says_what_is_the_case_instead(text: str, cell: str, said: str) -> None:
    """What a NOT found, and what the article is where a fact was asked."""
    found = query.why_not(query.parse(text), *article(cell))
    assert found is not None
    assert found.text == said


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        (
            "(divest prison) OR (geo adelanto prison)",
            "adelanto AND prison holds; geo: it is not in the title, the summary line or the text",
        ),
        ("zoo OR (prison NOT gate)", "prison holds; NOT gate: it is there: gate — once: "
         "“prison gate in Adelanto”"),
        ("(zoo bar) OR prisons", "prison is there; prisons does not match it"),
        ("prison AND (NOT gate NOT zoo OR divest)", ""),
    ],
)  # fmt: skip
def test_why_not_of_alternatives_names_the_one_that_came_nearest(text: str, nearest: str) -> None:
    """The AND of which most is there, with what it lacks; else the first near miss."""
    found = query.why_not(query.parse(text), *article("prison gate in Adelanto"))
    assert found is not None
    assert found.text.startswith("none of 2 alternatives")
    assert found.nearest == nearest


def test_weights_are_those_of_the_hits() -> None:
    """term^k multiplies the weight of its hits, nested weights multiply."""
    proofs = explain("(prison^2 gate)^3 OR jail", "prison gate jail").proofs
    assert [hit.weight for proof in proofs for hit in proof.hits] == [6.0, 3.0, 1.0]


# ------------------------------------------------------------------ lints


@pytest.mark.parametrize(
    ("text", "kind", "place"),
    [
        ("“private prison”", "quotes", (0, 16)),
        ("'private prison'", "quotes", (0, 16)),
        ("pr*", "wildcard", (0, 3)),
        ("a1 NEAR/30 b1", "near", (3, 10)),
        ("Green New", "name", (0, 9)),
        ("{ice}", "lower", (0, 5)),
        ("a1 b1 OR c1", "mixed", (0, 11)),
        ("prison or jail", "operator", (7, 9)),
        ('"why prisons?"', "question", (11, 13)),
    ],
)
def test_a_doubtful_query_gets_a_lint(text: str, kind: str, place: tuple[int, int]) -> None:
    """Each doubt has a kind, a place and words."""
    found = [lint for lint in query.lints(query.parse(text)) if lint.kind == kind]
    assert [(lint.start, lint.end) for lint in found] == [place]
    assert found[0].text


@pytest.mark.parametrize(
    "text",
    ['"private prison*" OR "for-profit prison*" OR (divest* NEAR/10 prison*)', "{ICE} -cream",
     "pri*", "a1 NEAR/25 b1", '"Green New Deal"', "green New", "(a1 b1) OR c1", "title:{ICE} OR b1",
     '"bread or wine"', "wom?n"],
)  # fmt: skip
def test_a_sound_query_gets_none(text: str) -> None:
    """Lints do not cry wolf."""
    assert query.lints(query.parse(text)) == ()


def test_or_beside_and_shows_both_readings() -> None:
    """How it is read, and how it could be meant."""
    (lint,) = query.lints(query.parse("private prison OR jail -gate"))
    assert "(private AND prison) OR (jail AND NOT gate)" in lint.text
    assert "private AND (prison OR jail) AND NOT gate" in lint.remedy


def test_a_term_never_seen_in_the_archive_is_named() -> None:
    """`seen` is asked for loose words and prefixes."""
    known = {"prison", "divest*", "ice"}
    parsed = query.parse('{ICE} "prison divestmint" divest*')
    found = list(query.lints(parsed, seen=known.__contains__))
    assert [(lint.kind, lint.text) for lint in found] == [
        ("unseen", "No article of the archive holds divestmint.")
    ]


def test_a_clause_that_no_hit_ever_needed_is_named() -> None:
    """`needed` are the clauses of the archive's hits, as hits carry them."""
    parsed = query.parse("title:prison OR gaol OR (a1 NEAR/2 b1)")
    found = Article(url="", title="Prison", text="a1 b1")
    hits = [hit.clause for proof in query.explain(parsed, found).proofs for hit in proof.hits]
    assert [lint.text for lint in query.lints(parsed, needed=hits)] == ["No hit ever needed gaol."]
