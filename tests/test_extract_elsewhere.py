"""A page that stands where the article should is not read as the article."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from clipper import extract
from clipper.model import Entry, ExtractError, Page

DATA = Path(__file__).parent / "data" / "elsewhere.tsv"
WORDS = "The county council met on Monday night to look at what the jail costs. " * 8


def cases() -> list[list[str]]:
    with DATA.open(encoding="utf-8") as file:
        return [row for row in csv.reader(file, delimiter="\t") if not row[0].startswith("#")]


def page_of(title: str, head: str, **fields: str) -> Page:
    h1 = f"<h1>{head}</h1>" if head else ""
    body = f"<html><head><title>{title}</title></head><body>{h1}<p>{WORDS}</p></body></html>"
    given = {"url": "https://daily.example/news/1"} | fields
    return Page(
        body=body.encode(), headers=(("Content-Type", "text/html; charset=utf-8"),), **given
    )


@pytest.mark.parametrize(("title", "head", "listed", "is_elsewhere"), cases())
def test_a_page_that_says_nothing_is_here_is_no_article(
    title: str, head: str, listed: str, is_elsewhere: str
) -> None:
    found = extract.extract(page_of(title, head), Entry(key="1", title=listed))
    refused = isinstance(found, ExtractError) and found.kind == "not-found"
    assert refused == (is_elsewhere == "yes"), found


@pytest.mark.parametrize(
    ("asked", "reached", "is_home"),
    [
        ("https://daily.example/news/1", "https://daily.example/", True),
        ("https://daily.example/?p=17", "https://www.daily.example", True),
        ("https://daily.example/news/1", "https://daily.example/news/one", False),
        ("https://daily.example/news/1", "https://daily.example/?p=17", False),
        ("https://daily.example/", "https://daily.example/", False),
        ("", "https://daily.example/", False),
    ],
)
def test_an_address_that_leads_home_is_no_article(asked: str, reached: str, is_home: bool) -> None:
    page = page_of("Lakeshore Tribune", "The news of the lake", url=reached, asked=asked)
    found = extract.extract(page, Entry(key="1", title="Council votes on jail"))
    assert (isinstance(found, ExtractError) and found.kind == "home-page") == is_home
