"""The walk of our own: it reads plain stories, and leaves to the engine what it is not sure of."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper.extract import extract, markup, walk
from clipper.extract.blocks import Block
from clipper.model import Article, Page

LINES = [
    f"The council heard witness number {number} on Tuesday night, and put off its vote again, "
    "because the county's lawyer had asked for more time to read the contract."
    for number in range(8)
]
STORY = "".join(f"<p>{line}</p>" for line in LINES)
OTHER = "".join(
    f"<p>Reader {number} thinks that nobody at the paper has ever been to the jail, and would "
    "like to see the figures for all of the years before the contract was signed.</p>"
    for number in range(20)
)
LINKS = "".join(
    f'<li><a href="/{n}">Another story of the day, which is number {n}</a></li>' for n in range(9)
)
HEAD = "<h1>Council puts off its vote on the jail</h1>"


def walked(body: str, word_count: int = 0) -> list[Block] | None:
    """What the walk reads of a page with this body."""
    source = f"<html><head><title>x</title></head><body>{body}</body></html>"
    page = markup.read("https://paper.example/news/1", source)
    assert page is not None
    return walk.read(page, word_count)


def texts(found: list[Block] | None) -> list[str]:
    assert found is not None
    return [block.text for block in found]


@pytest.mark.parametrize(
    "body",
    [
        f"<main>{HEAD}<div>{STORY}</div></main>",
        f"<main>{HEAD}<div>{STORY}<div class='newsletter-box'><p>Sign up for more.</p></div></div>",
        f"<main>{HEAD}<div>{STORY}<ul class='related'>{LINKS}</ul></div></main>",
        f"<main>{HEAD}<div>{STORY}<ul>{LINKS[:200]}</ul></div></main>",
        f"<main>{HEAD}<div>{STORY}</div></main><div id='comments'>{OTHER}</div>",
        f"<main>{HEAD}<div class='post-paywall widget'>{STORY}</div></main>",
        f"<div class='page has-sidebar'>{HEAD}<div>{STORY}</div></div>",
        f"<main>{HEAD}<div>{STORY[: STORY.index('<p>', 9)]}<figure><figcaption>A jail."
        f"</figcaption></figure>{STORY[STORY.index('<p>', 9) :]}</div></main>",
        f"<main>{HEAD}<div>{'<br><br>'.join(LINES)}</div></main>",
        f"<main>{HEAD}<div>{''.join(f'<div>{line}</div>' for line in LINES)}</div></main>",
    ],
    ids=[
        "plain",
        "newsletter",
        "related-list",
        "bare-list",
        "comments",
        "named-as-a-wall",
        "has-sidebar",
        "caption",
        "br",
        "divs",
    ],
)
def test_a_plain_story_is_read_whole_without_what_stands_beside_it(body: str) -> None:
    assert texts(walked(body)) == LINES


@pytest.mark.parametrize(
    "body",
    [
        f"<main>{HEAD}<p>{LINES[0]}</p></main>",
        f"<main><article>{HEAD}{STORY}</article><article><h1>Another</h1>{OTHER}</article></main>",
        f"<main>{HEAD}<div>{STORY}<div class='promo'>{OTHER}</div></div></main>",
        f"<main>{HEAD}<div>{STORY}{'<table><tr><td><a>1,204</a></td></tr></table>' * 90}</div></main>",
        "",
    ],
    ids=["short", "two-stories", "much-beside", "much-dropped", "nothing"],
)
def test_where_something_speaks_against_it_the_walk_is_silent(body: str) -> None:
    assert walked(body) is None


def test_the_walk_is_silent_when_the_outlet_counts_other_words() -> None:
    body = f"<main>{HEAD}<div>{STORY}</div></main>"
    counted = sum(len(line.split()) for line in LINES)
    assert walked(body, counted) is not None
    assert walked(body, counted * 2) is None
    assert walked(body, counted // 2) is None


def test_headings_within_the_story_are_kept_as_headings() -> None:
    body = f"<main>{HEAD}<div>{STORY}<h2>What comes next</h2>{STORY}</div></main>"
    found = walked(body)
    assert [block.text for block in found or [] if block.heading] == ["What comes next"]


def test_a_standfirst_outside_of_the_container_opens_the_text_once() -> None:
    line = "Four things to know about what the council has put off."
    page = f"<main>{HEAD}<p class='standfirst'>{line}</p><div>{STORY}</div></main>"
    for inner in (page, page.replace("<div><p>", f"<div><p>{line}</p><p>", 1)):
        source = f"<html><head></head><body>{inner}</body></html>".encode()
        article = extract(Page(url="https://paper.example/news/1", body=source))
        assert isinstance(article, Article)
        assert article.text.startswith(line)
        assert article.text.count(line) == 1


@given(st.lists(st.sampled_from(["<div class='share'>", "</div>", "<p>", STORY, OTHER, HEAD, "<a>",
                                 "<article>", "</article>", "<br>", "text. " * 50]), max_size=30))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_whatever_the_markup_the_walk_gives_clean_lines_or_nothing(parts: list[str]) -> None:
    found = walked("".join(parts))
    assert found is None or all(
        block.text and "\n" not in block.text and block.text == block.text.strip()
        for block in found
    )
