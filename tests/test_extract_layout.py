"""Old layouts: text between line breaks and in the cells of tables is read as paragraphs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper.extract import extract, layout, markup
from clipper.model import Article, Page

LINES = [
    f"The clerk read letter number {number} aloud on Monday, and nobody on the board said a word "
    "about the contract until the last of the neighbours had sat down again."
    for number in range(6)
]
TITLE = "Board hears the neighbours out"
MENU = (
    "<td><a href='/'>Front page</a><p>Classified ads: bring them to the counter by noon.</p></td>"
)


def straightened(body: str) -> markup.Markup:
    page = markup.read("https://paper.example/1", f"<html><body>{body}</body></html>")
    assert page is not None
    layout.straighten(page, TITLE)
    return page


def paragraphs(page: markup.Markup) -> list[str]:
    return [" ".join("".join(one.itertext()).split()) for one in page.tree.iter("p")]


def text_of(body: str) -> list[str]:
    source = f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"
    article = extract(Page(url="https://paper.example/1", body=source.encode()))
    assert isinstance(article, Article)
    return article.text.split("\n")


@pytest.mark.parametrize("gap", ["<br>", "<br><br>", "<br/>&nbsp;<br/>", "<br>\n<br>\n<br>"])
@pytest.mark.parametrize("box", ["div", "td", "span", "font", "center", "section"])
def test_text_between_breaks_becomes_paragraphs(gap: str, box: str) -> None:
    body = f"<{box}>{gap.join(LINES)}</{box}>"
    if box == "td":
        body = f"<table><tr>{body}</tr></table>"
    assert paragraphs(straightened(body)) == LINES


def test_links_and_bold_words_stay_in_their_sentence() -> None:
    line = LINES[0].replace("letter", "<a href='/l'>letter</a>").replace("aloud", "<b>aloud</b>")
    assert paragraphs(straightened(f"<div>{line}<br><br>{LINES[1]}</div>")) == LINES[:2]


def test_an_address_between_breaks_beside_a_story_in_paragraphs_is_left_alone() -> None:
    address = "<br>".join(
        f"Office {number}, 4 Depot Street, open on weekdays" for number in range(6)
    )
    story = "".join(f"<p>{line}</p>" for line in LINES * 3)
    assert paragraphs(straightened(f"<div>{story}</div><div>{address}</div>")) == LINES * 3


@pytest.mark.parametrize("nested", [False, True])
def test_of_a_table_of_columns_the_story_is_read_whole_and_alone(nested: bool) -> None:
    cell = f"<small>County</small><h2>{TITLE}</h2><font>{'<br><br>'.join(LINES)}</font>"
    inner = f"<table><tr><td>{cell}</td></tr></table>" if nested else cell
    assert text_of(f"<table><tr>{MENU}<td>{inner}</td>{MENU}</tr></table>") == LINES


def test_a_table_of_figures_in_a_story_stays_where_it_is() -> None:
    figures = "<table><tr><td><p>Beds were counted in March, and once again in June.</p></td><td>1,204</td></tr></table>"
    page = straightened("".join(f"<p>{line}</p>" for line in LINES) + figures)
    assert page.tree.find(".//table") is not None


def test_a_story_whose_headline_stands_below_the_section_begins_after_it() -> None:
    story = "<br><br>".join(LINES)
    assert text_of(f"<div>County<br><br>{TITLE}<br><br>{story}</div>") == LINES


@given(st.lists(st.sampled_from([*LINES[:3], "<br>", "<div>", "</div>", "<p>", "<td>", "<table>",
                                 "<b>", "</b>", "<span>", "</span>", "<font>", "<img>", "stray "]), max_size=40))  # fmt: skip
@settings(max_examples=80, deadline=None)
def test_parting_lines_loses_no_word_and_keeps_their_order(parts: list[str]) -> None:
    source = f"<html><body><i>x</i>{' '.join(parts)}</body></html>"
    before = markup.read("https://paper.example/1", source)
    assert before is not None
    words = "".join(before.tree.itertext()).split()
    layout.part_lines(before.tree)
    assert "".join(before.tree.itertext()).split() == words


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 250 + "words and words <br>" * 15_000,
        "".join(f"<div>{LINES[0]}{LINES[0]}<br>" for _ in range(250)),
        "<table><tr><td>" * 200 + f"<p>{LINES[0]}</p>" * 5000,
    ],
    ids=["breaks", "deep-boxes", "deep-tables"],
)
def test_floods_of_breaks_and_tables_cost_little_time(body: str) -> None:
    page = markup.read("https://paper.example/1", f"<html><body>{body}</body></html>")
    assert page is not None
    start = time.process_time()
    layout.straighten(page, TITLE)
    assert time.process_time() - start < 2.0
