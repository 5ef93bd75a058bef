"""Author lines and datelines: what a press officer may rely on, case by case."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.byline import Byline, Dateline, dateline, parse
from clipper.model import Doubt

DATA = Path(__file__).parent / "data"


def rows(name: str, width: int) -> list[list[str]]:
    lines = (DATA / name).read_text("utf-8").split("\n")
    kept = [line.split("\t") for line in lines if line and not line.startswith("# ")]
    return [
        [cell.strip(" ") if place else cell for place, cell in enumerate(row)]
        + [""] * (width - len(row))
        for row in kept
    ]


def listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


@pytest.mark.parametrize(
    ("line", "outlet", "authors", "wire", "doubts", "shows"), rows("bylines.tsv", 6)
)
def test_a_printed_byline_gives_these_names(
    line: str, outlet: str, authors: str, wire: str, doubts: str, shows: str
) -> None:
    found = parse(line.replace("\\n", "\n"), outlet)
    assert (found.authors, found.wire, found.doubts) == (listed(authors), wire, listed(doubts)), (
        shows
    )


def test_the_tables_are_large_enough_to_mean_something() -> None:
    assert len(rows("bylines.tsv", 6)) >= 150
    assert len(rows("datelines.tsv", 5)) >= 40


@pytest.mark.parametrize(("text", "place", "wire", "left", "shows"), rows("datelines.tsv", 5))
def test_a_printed_dateline_gives_place_agency_and_where_the_text_begins(
    text: str, place: str, wire: str, left: str, shows: str
) -> None:
    found = dateline(text)
    assert (found.place, found.wire) == (place, wire), shows
    assert text[found.end :] == (left or text), shows


@given(st.text(max_size=600), st.text(max_size=30))
def test_any_line_gives_a_byline_with_clean_names(line: str, outlet: str) -> None:
    found = parse(line, outlet)
    assert isinstance(found, Byline)
    assert all(name == name.strip() and 0 < len(name) <= 80 for name in found.authors)
    assert len(set(found.authors)) == len(found.authors) <= 20
    assert set(found.doubts) <= {doubt.value for doubt in Doubt}
    assert not (found.authors and found.doubts)


PIECES = ["By ", "JANE DOE", "Sam Roe", ", ", " and ", "Staff", "AP", "(", ")", "|", "/", "Jr.", "PhD", "de la ", "von ",
          "for the ", "jane@x.org", "March 3", " - ", "Photos by ", "Editorial Board", "y", "&", ";", ":", "Daily Nexus"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_mixture_of_a_bylines_parts_is_read_without_a_crash(pieces: list[str]) -> None:
    parse("".join(pieces), "Daily Nexus")


@given(st.text(max_size=300))
def test_a_dateline_never_takes_more_than_its_window(value: str) -> None:
    found = dateline(value)
    assert 0 <= found.end <= min(160, len(value))
    assert found.end or found == Dateline()


@pytest.mark.parametrize(
    "unit",
    ["a ", "By ", "A,", "(", "and ", "| ", "x@", "@", ". ", "AP ", "de ", " -", "Éé", "Staff "],
)
def test_a_line_of_a_megabyte_costs_no_more_than_a_long_one(unit: str) -> None:
    started = time.process_time()
    parse(unit * 500_000)
    dateline(unit * 500_000)
    assert time.process_time() - started < 1
