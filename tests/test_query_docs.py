"""Every example of the query documentation is true."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipper import query
from clipper.errors import QueryError
from clipper.query.dialects import translate
from clipper.query.lexer import FIELDS
from tests.query_cases import LISTS, article, unescape

DOCS = Path(__file__).parent.parent / "docs"
PAGES = [DOCS / "reference" / "query-language.md", DOCS / "howto" / "write-a-query.md"]


def rows(*header: str) -> list[list[str]]:
    """The rows of all tables with that header, their cells without back-ticks."""
    return list(_rows(header))


def _rows(header: tuple[str, ...]) -> Iterator[list[str]]:
    for page in PAGES:
        inside = False
        for line in page.read_text(encoding="utf-8").splitlines():
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            if cells == list(header):
                inside = True
            elif not cells:
                inside = False
            elif inside and not cells[0].startswith("---"):
                yield [cell.strip("`").replace("\\|", "|") for cell in cells]


@pytest.mark.parametrize(("text", "cell", "matches"), rows("Query", "Text", "Matches"))
def test_an_example_matches_as_the_page_says(text: str, cell: str, matches: str) -> None:
    """Each row of the tables of the reference and of the how-to."""
    found, outlet = article(re.sub(r"\s*¦\s*", "¦", unescape(cell)))
    assert query.holds(query.parse(text, LISTS), found, outlet) is (matches == "yes")


@pytest.mark.parametrize(("text", "why"), rows("Query", "Refused because"))
def test_what_the_page_calls_refused_is_refused(text: str, why: str) -> None:
    """Each row of the table of refusals."""
    with pytest.raises(QueryError):
        query.parse(text, LISTS)


@pytest.mark.parametrize(("source", "text", "ours"), rows("From", "Original", "Translation"))
def test_the_translations_are_those_of_the_page(source: str, text: str, ours: str) -> None:
    """Each row of the table of other services."""
    assert translate(text, source).query == ours


def test_every_field_is_documented_and_every_documented_field_exists() -> None:
    """The table of fields is complete, aliases included."""
    named = {
        name
        for row in rows("Field", "Looks at", "Also written")
        for name in re.findall(r"(\w+):", f"{row[0]} {row[2]}")
    }
    assert named == set(FIELDS)


def test_queries_shown_alone_can_be_read_without_doubt() -> None:
    """The blocks marked as queries have no lints."""
    page = PAGES[1].read_text(encoding="utf-8")
    shown = re.findall(r"```query\n(.*?)\n```", page, flags=re.DOTALL)
    assert len(shown) == 3
    assert [query.lints(query.parse(text)) for text in shown] == [(), (), ()]


def test_the_error_shown_is_the_error_given() -> None:
    """The caret and words of the reference's example."""
    with pytest.raises(QueryError) as caught:
        query.parse("prison AND OR school")
    shown = f"{caught.value.caret()}\n{caught.value.text} {caught.value.remedy}"
    assert shown in PAGES[0].read_text(encoding="utf-8")
