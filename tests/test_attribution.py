"""The credit line: nothing left over when something is unknown, and templates that are refused."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import attribution

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "data" / "attributions.tsv").read_text("utf-8").split("\n")
    if line and not line.startswith("# ")
]


@pytest.mark.parametrize(
    ("outlet", "authors", "wire", "date", "template", "expected", "shows"), ROWS
)
def test_a_credit_line_names_who_is_known_and_leaves_nothing_over(
    outlet: str, authors: str, wire: str, date: str, template: str, expected: str, shows: str
) -> None:
    when = dt.date.fromisoformat(date) if date else None
    line = attribution.attribute(outlet, authors.split(";"), wire, when, template)
    assert line == expected, shows


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("Via {outler}", "Did you mean {outlet}?"),
        ("Via {outlet} {}", "There are:"),
        ("Via {outlet", "Write {{"),
        ("Via outlet}", "Write }}"),
        ("Via {outlet}[ | {authors}", "not closed"),
        ("Via {outlet} {authors}]", "come in pairs"),
        ("Via {outlet}[ [{wire}] | {authors}]", "come in pairs"),
        ("Via [{outlet}]", "outside of square brackets"),
        ("Via the press", "must name {outlet}"),
        ("{outlet.__class__}", "no field"),
        ("{outlet!r:>99999999}", "no field"),
        ("{outlet}" + "x" * 300, "longer"),
    ],
)
def test_a_faulty_template_is_refused_with_its_remedy(template: str, said: str) -> None:
    fault = attribution.check(template)
    assert fault is not None
    assert said in fault
    with pytest.raises(ValueError):
        attribution.attribute("Gazette", [], template=template)


def test_the_houses_template_and_the_empty_one_are_sound() -> None:
    assert attribution.check("") is None
    assert attribution.check(attribution.DEFAULT) is None


@given(st.text(alphabet="ab{}[]| outlet", max_size=60))
def test_a_template_is_refused_or_gives_one_line(template: str) -> None:
    if attribution.check(template) is None:
        line = attribution.attribute("Gazette", ["Jane Doe"], template=template)
        assert "Gazette" in line
        assert "\n" not in line


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=4), st.text(max_size=20))
def test_any_names_give_one_clean_line(outlet: str, authors: list[str], wire: str) -> None:
    line = attribution.attribute(outlet, authors, wire)
    assert line.startswith("Via")
    assert line == " ".join(line.split())
