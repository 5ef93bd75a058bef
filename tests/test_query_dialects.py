"""Queries of other services: what they become, and what is said of the differences."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from clipper import query
from clipper.errors import NotFound, QueryError
from clipper.query.dialects import DIALECTS, translate

TABLE = Path(__file__).parent / "data" / "dialects.tsv"


def rows() -> list[list[str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]


@pytest.mark.parametrize(("source", "text", "ours", "kinds"), rows())
def test_a_query_is_translated_with_its_differences(
    source: str, text: str, ours: str, kinds: str
) -> None:
    """The canonical text, and the kinds of differences that are listed."""
    found = translate(text, source)
    assert found.query == ours
    assert str(query.parse(found.query)) == ours
    assert {difference.kind for difference in found.differences} == set(kinds.split())


def test_every_dialect_has_rows() -> None:
    """meltwater, brandwatch, cision, talkwalker, nexis and google."""
    assert {row[0] for row in rows()} == set(DIALECTS)
    assert len(DIALECTS) == 6


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("nexis", "a or"), ("cision", "(a"), ("google", '"a'), ("brandwatch", "country:usa"),
        ("meltwater", "NOT a"), ("talkwalker", "a)"), ("nexis", ""), ("google", "(" * 400),
        ("cision", "a w/5"), ("meltwater", "a" * 100_001), ("brandwatch", "}"),
    ],
)  # fmt: skip
def test_what_cannot_be_translated_is_refused_in_words(source: str, text: str) -> None:
    """A QueryError with a place, never another exception."""
    with pytest.raises(QueryError) as caught:
        translate(text, source)
    assert caught.value.text
    assert caught.value.caret()


def test_an_unknown_service_names_the_nearest() -> None:
    """A typing error in the service's name."""
    with pytest.raises(NotFound, match="meltwater"):
        translate("a", "meltwatr")
