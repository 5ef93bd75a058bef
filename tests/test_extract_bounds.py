"""Hostile pages: each must be read in bounded time, and what can be read must be."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from clipper.extract import extract
from clipper.model import Article, Page

SECONDS = 4.0
"""CPU allowed for a page: the promise is 2 s on a quiet machine, and tests run on busy ones."""

LINE = (
    "<p>The council voted on Tuesday to approve the budget, debated for weeks by its members.</p>"
)
STORY = LINE.replace("</p>", " It takes effect in June.</p>") * 6
TITLE = "Council votes on the new budget"


def page(body: str, head: str = "") -> bytes:
    """A page with this head and body, and a headline."""
    html = f"<html><head><title>{TITLE}</title>{head}</head><body><h1>{TITLE}</h1>{body}"
    return html.encode("utf-8", "surrogatepass")


def linked(value: str) -> str:
    """A JSON-LD script."""
    return f'<script type="application/ld+json">{value}</script>'


KEPT: dict[str, Callable[[], bytes]] = {
    "attributes": lambda: page(f"<p {' '.join(f'a{n}=1' for n in range(50_000))}>x</p>{STORY}"),
    "meta flood": lambda: page(STORY, '<meta name="author" content="Jane Doe">' * 100_000),
    "link flood": lambda: page(STORY, '<link rel="canonical" href="/x">' * 50_000),
    "long meta": lambda: page(STORY, f'<meta name="author" content="{"Jane Doe, " * 300_000}">'),
    "deep JSON": lambda: page(STORY, linked("[" * 200_000 + "]" * 200_000)),
    "deep graph": lambda: page(STORY, linked('{"@graph":[' * 900 + "]}" * 900)),
    "huge JSON": lambda: page(
        STORY, linked(json.dumps({"@type": "Article", "author": ["J D"] * 400_000}))
    ),
    "many JSON": lambda: page(STORY, linked('{"@type":"Article","author":"A B"}') * 400),
    "huge number": lambda: page(STORY, linked('{"@type":"Article","wordCount":' + "9" * 9000 + "}")),
    "long title": lambda: page(STORY, f"<title>{' - a | b' * 100_000}</title>"),
    "blanks": lambda: page(f"<p>{' ' * 3_000_000}x</p>{STORY}"),
    "digits": lambda: page(f"<p>{'1 2 3-4-5 ' * 200_000}</p>{STORY}"),
    "open comment": lambda: page(f"{STORY}<!-- {'x' * 2_000_000}"),
    "long byline": lambda: page(f'<p class="byline">{"Jane Doe and " * 90_000}</p>{STORY}'),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_a_flood_beside_the_story_costs_neither_time_nor_the_story(name: str) -> None:
    source = KEPT[name]()
    start = time.process_time()
    article = extract(Page(url="https://paper.example/news/1", body=source))
    assert time.process_time() - start < SECONDS
    assert isinstance(article, Article)
    assert "It takes effect in June." in article.text


DROWNED: dict[str, Callable[[], bytes]] = {
    "text": lambda: page(f"<p>{'word and more. ' * 1_000_000}</p>"),
    "one word": lambda: page(f"<p>{'a' * 9_000_000}</p>"),
    "nested div": lambda: page("<div>" * 100_000 + STORY),
    "nested tables": lambda: page("<table><tr><td>" * 50_000 + STORY),
    "paragraphs": lambda: page(LINE * 60_000),
    "divs": lambda: page("<div>x</div>" * 100_000),
    "links": lambda: page('<p><a href="/x">a link here</a></p>' * 100_000),
    "line breaks": lambda: page("<div>" + "text<br>" * 100_000),
    "rows": lambda: page("<table>" + "<tr><td>a</td><td>b</td></tr>" * 60_000),
    "bylines": lambda: page('<div class="byline">By Jane Doe</div>' * 20_000 + STORY),
    "headlines": lambda: page(f"<h1>{TITLE} again</h1>" * 20_000 + STORY),
    "dates": lambda: page('<time datetime="2020-01-01">x</time>' * 50_000 + STORY),
    "printed dates": lambda: page("<p>Published on 1 March 2020 at 10:00</p>" * 20_000),
    "classes": lambda: page("".join(f'<p class="author-{n}">x</p>' for n in range(30_000))),
    "marks": lambda: page(f"<p>a{chr(0x301) * 1_000_000}</p>"),
    "references": lambda: page("<p>" + "&#x202e;&#0;&#55296;&amp;" * 100_000),
    "angle brackets": lambda: page("<" * 1_000_000),
    "inline soup": lambda: page("<p><b><i>" * 20_000 + STORY),
}  # fmt: skip


@pytest.mark.parametrize("name", DROWNED)
def test_a_page_that_is_a_flood_ends_in_time(name: str) -> None:
    source = DROWNED[name]()
    start = time.process_time()
    extract(Page(url="https://paper.example/news/1", body=source))
    assert time.process_time() - start < SECONDS


def test_a_story_of_a_megabyte_is_read_whole() -> None:
    """Length alone is no reason to cut: three thousand paragraphs of two hundred words' page."""
    blocks = [
        f"Paragraph {n} of the report says what the council did that day." for n in range(3000)
    ]
    padding = "<!-- " + "x" * 800_000 + " -->"
    body = page("<article>" + "".join(f"<p>{block}</p>" for block in blocks) + padding)
    article = extract(Page(url="https://paper.example/news/1", body=body))
    assert isinstance(article, Article)
    assert article.text.split("\n") == blocks
