"""The query language, case by case: tests/data/queries.tsv is the table to extend."""

from __future__ import annotations

import time

import pytest

from clipper import match, query
from clipper.errors import QueryError
from clipper.model import Campaign
from tests.query_cases import LISTS, Case, article, cases

CASES = cases()


def test_the_table_holds_every_group_of_the_language() -> None:
    """At least 300 cases, and each construct has some that match and some that do not."""
    groups = {case.group for case in CASES}
    assert len(CASES) >= 300
    for group in groups - {"errors"}:
        assert {case.expected for case in CASES if case.group == group} == {"yes", "no"}


@pytest.mark.parametrize("case", [c for c in CASES if not c.expected.startswith("error")], ids=str)
def test_a_query_matches_what_the_table_says(case: Case) -> None:
    """Every row holds, by the evaluator and by the matcher of many alike."""
    found, outlet = article(case.text)
    parsed = query.parse(case.query, LISTS)
    assert query.holds(parsed, found, outlet) is (case.expected == "yes")
    campaign = Campaign(slug="c", name="C", queries=(case.query,))
    matches = match.Matcher([campaign], LISTS).match(found, outlet)
    assert bool(matches) is (case.expected == "yes")
    assert query.explain(parsed, found, outlet).held is (case.expected == "yes")
    assert (query.why_not(parsed, found, outlet) is None) is (case.expected == "yes")


@pytest.mark.parametrize("case", [c for c in CASES if c.expected.startswith("error")], ids=str)
def test_an_error_names_its_place_and_a_remedy(case: Case) -> None:
    """Position, caret and remedy of every refusal."""
    with pytest.raises(QueryError) as caught:
        query.parse(case.query, LISTS)
    error = caught.value
    assert f"error {error.start}-{error.end}" == case.expected, error.text
    assert error.remedy.endswith((".", "?"))
    assert error.text.endswith(".")
    assert "^" in error.caret()


@pytest.mark.parametrize("case", [c for c in CASES if not c.expected.startswith("error")], ids=str)
def test_the_canonical_text_reads_back_as_the_same_query(case: Case) -> None:
    """parse(str(q)) == q, and str is then stable."""
    parsed = query.parse(case.query, LISTS)
    again = query.parse(str(parsed), LISTS)
    assert again == parsed
    assert str(again) == str(parsed)
    assert hash(again) == hash(parsed)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Private Prison", "private AND prison"),
        ("a1 | b1 -c1", "a1 OR b1 AND NOT c1"),
        ("((a1 OR (b1 OR c1)))", "a1 OR b1 OR c1"),
        ("“Año Nuevo”", '"año nuevo"'),
        ("headline: U.S.", "title:us"),
        ("a1 NEAR b1", "a1 NEAR/4 b1"),
        ("a1 NEAR/2 (b1 NEAR/3 c1)", "a1 NEAR/2 (b1 NEAR/3 c1)"),
        ("words:>300", "words:>=301"),
        ("words:100-200", "words:100..200"),
        ("(a1^2)^3", "a1^6"),
        ("(title:a1)^2", "title:a1^2"),
        ("COVID-19", '"covid 19"'),
        ("-(a1 b1) c1", "NOT (a1 AND b1) AND c1"),
        ("after:2024-5", "after:2024-05"),
        ("site:https://WWW.ice.gov/x", "site:ice.gov"),
    ],
)
def test_the_canonical_text_is_plain(text: str, canonical: str) -> None:
    """One spelling of every query, whichever way it was typed."""
    assert str(query.parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "(" * 1000 + "a" + ")" * 1000,
        "NOT (" * 500 + "a" + ")" * 500,
        "a -(" * 500 + "b" + ")" * 500,
        " NEAR/1 ".join(["a"] * 500),
        "title:(" * 300 + "a" + ")" * 300,
        "(" * 100_000,
        '"' * 99_999,
        "a " * 150_000,
        "a OR " * 30_000 + "a",
        "atleast(1, " * 200 + "a" + ")" * 200,
    ],
    ids=lambda text: text[:12],
)
def test_a_pathological_query_is_refused_in_words_and_quickly(text: str) -> None:
    """Depth, length and number are bounded: a QueryError, no recursion, within a second."""
    begun = time.process_time()
    with pytest.raises(QueryError):
        query.parse(text)
    assert time.process_time() - begun < 1.0


@pytest.mark.parametrize("joint", [" OR ", " "])
def test_five_thousand_terms_are_read_within_a_second(joint: str) -> None:
    """A long query is no deep one."""
    begun = time.process_time()
    parsed = query.parse(joint.join(f"w{i}" for i in range(5000)))
    assert time.process_time() - begun < 1.0
    assert query.parse(str(parsed)) == parsed


def test_a_list_that_contains_itself_is_refused() -> None:
    """$a -> $b -> $a ends in an error that names the list."""
    with pytest.raises(QueryError, match="contains itself"):
        query.parse("$a", {"a": ["$b"], "b": ["$a"]})


def test_an_error_in_a_list_says_which_entry() -> None:
    """The place is the list's name; the remedy holds the entry."""
    with pytest.raises(QueryError, match=r"In the list \$x") as caught:
        query.parse("prison $x", {"x": ["good", "*bad"]})
    assert (caught.value.start, caught.value.end) == (7, 9)
    assert "*bad" in caught.value.remedy


def test_an_unknown_list_names_the_nearest() -> None:
    """A typing error in a list's name is mended by the remedy."""
    with pytest.raises(QueryError) as caught:
        query.parse("$prizons", LISTS)
    assert "$prisons" in caught.value.remedy
