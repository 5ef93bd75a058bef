"""Which links of a front page lead to stories: pages in many builds, each with the truth.

In `tests/data/fronts/` a link that leads to a story has `data-story="yes"`, which clipper does
not look at; what else leads to the same address counts with it.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from clipper.model import PollError
from clipper.sources.fronts import anchors, stories
from clipper.sources.listing import read_listing

FRONTS = sorted((Path(__file__).parent / "data" / "fronts").glob("*.html"))
BASE = "https://valley.example/"


def truth(path: Path) -> dict[str, str]:
    """The stories' addresses, and their headlines."""
    tree = html.fromstring(path.read_text(encoding="utf-8"), base_url=BASE)
    tree.make_links_absolute()
    found = {}
    for each in tree.xpath("//a[@data-story]"):
        said = each.find(".//h3") if each.find(".//h3") is not None else each
        found[each.get("href")] = " ".join(said.text_content().split())
    return found


@pytest.mark.parametrize("path", FRONTS, ids=lambda path: path.stem)
def test_the_stories_of_a_front_page_are_found_and_nothing_else(path: Path) -> None:
    expected = truth(path)
    found = read_listing(path.read_bytes(), "text/html; charset=utf-8", BASE, "", "", 50)
    if not expected:
        assert isinstance(found, PollError)
        return
    assert not isinstance(found, PollError)
    assert {each.url: each.title for each in found.entries} == expected


def test_there_is_a_page_without_stories_and_many_with() -> None:
    assert {bool(truth(path)) for path in FRONTS} == {True, False}
    assert len(FRONTS) >= 8


def test_a_page_on_which_all_stands_beside_is_read_all_the_same() -> None:
    rows = "".join(
        f"<li><a href='/news/{n}-the-county-jail'>The county jail, part {n} of many</a></li>"
        for n in range(5)
    )
    tree = html.fromstring(f"<html><body><div class='sidebar-wrap'>{rows}</div></body></html>")
    assert len(stories(anchors(tree, BASE), BASE)) == 5


def test_a_hundred_thousand_links_are_bounded() -> None:
    rows = "<div>" * 200 + "".join(f"<a href='/n/{n}-a-b'>A b c d e</a>" for n in range(100_000))
    assert len(list(anchors(html.fromstring(f"<body>{rows}</body>"), BASE))) == 5000
