"""Alerts and newsletters: which stories each letter in `data/mail` lists, and which links not."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipper.model import Entry
from clipper.sources import letters
from clipper.sources.letters import MOST_STORIES, UNRESOLVED, read_letter

MAIL = Path(__file__).parent / "data" / "mail"
GAZETTE = "https://gazette.example/2026/03/04/trustees-vote"
HERALD = "https://herald.example/news/jail-closes-its-doors"


def listed(name: str) -> tuple[Entry, ...]:
    return read_letter((MAIL / f"{name}.eml").read_bytes()).entries


def html(body: str) -> bytes:
    return b"Content-Type: text/html; charset=utf-8\r\n\r\n" + body.encode()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "google-alert",
            [
                (f"{GAZETTE}?id=7", "Trustees vote to divest from private prisons"),
                (HERALD, "County jail closes its doors after sixty years"),
            ],
        ),
        ("google-alert-text", [(GAZETTE, "Trustees vote to divest from private prisons")]),
        (
            "alerta-es",
            [
                (
                    "https://diario.example/2026/03/el-cierre-de-la-carcel",
                    "El condado anuncia el cierre de la cárcel",
                )
            ],
        ),
        (
            "talkwalker",
            [
                (GAZETTE, "Trustees vote to divest from private prisons"),
                (HERALD, "County jail closes its doors after sixty years"),
            ],
        ),
        (
            "newsletter",
            [
                ("https://gazette.example/2026/03/04/jail-closes", "County jail closes its doors"),
                ("", "Sheriff answers questions on the closing"),
                ("", "What comes after the jail, in five charts"),
            ],
        ),
    ],
)
def test_a_letter_lists_its_stories_and_nothing_of_its_machinery(
    name: str, expected: list[tuple[str, str]]
) -> None:
    assert [(entry.url, entry.title) for entry in listed(name)] == expected


def test_an_alert_tells_outlet_and_snippet_and_claims_no_date() -> None:
    first = listed("google-alert")[0]
    assert first.tags == ("outlet: The Gazette",)
    assert first.summary.startswith("The board voted nine to two")
    assert (first.published_at, first.published_raw) == (None, "")


def test_a_link_that_hides_its_target_is_marked_and_names_no_address() -> None:
    _, tracked, aggregated = listed("newsletter")
    assert UNRESOLVED in tracked.tags
    assert UNRESOLVED in aggregated.tags
    assert tracked.key != aggregated.key
    assert tracked.key.startswith("unresolved:")


def test_one_story_in_two_letters_has_one_key() -> None:
    assert listed("google-alert-text")[0].key == listed("talkwalker")[0].key


def test_the_subject_is_read_from_its_encoding() -> None:
    told = read_letter((MAIL / "newsletter.eml").read_bytes())
    assert told.subject == "Morning Gazette — jail to close"
    assert (told.left_out, told.unresolved) == (8, 2)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff" * 500,
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n" * 2_000,
        b"Content-Type: text/html; charset=punycode\r\n\r\n<a href='https://a.example/x'>b",
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Subject: =?utf-8?b?////?=\r\nSubject: =?nope?q?x?=\r\n\r\nhello",
        b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
            for n in range(1_500)
        ),
        html("<div>" * 5_000 + "<a href='https://a.example/story-1'>x</a>"),
        html("<a href='https://[bad/story'>a headline of several words</a>"),
        html("<a href='https://u:p@a.example:99999/x'>a headline of several words</a>"),
    ],
)
def test_hostile_letters_list_nothing_and_raise_nothing(content: bytes) -> None:
    assert read_letter(content).entries == ()


def test_a_letter_of_thousands_of_links_is_bounded() -> None:
    many = "".join(
        f"<a href='https://a.example/{n}'>Headline number {n} of many</a>" for n in range(9_000)
    )
    assert len(read_letter(html(many)).entries) == MOST_STORIES


@pytest.mark.parametrize(
    ("words", "is_one"),
    [
        ("County jail closes its doors", True),
        ("Gefängnis schließt Pforten", True),
        ("県が刑務所の閉鎖を発表しました", True),
        ("Read more", False),
        ("https://gazette.example/a/b c d e", False),
        ("12 34 56 78 90", False),
    ],
)
def test_headlines_are_told_from_buttons(words: str, is_one: bool) -> None:
    assert letters.is_headline(words) is is_one


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("https://t.example/r?url=https%3A%2F%2Fa.example%2Fstory", "https://a.example/story"),
        ("https://a.example/story?to=Madrid", "https://a.example/story?to=Madrid"),
        ("https://www.facebook.com/sharer.php?u=https%3A%2F%2Fa.example%2Fstory", None),
        ("https://t.example/share?url=https%3A%2F%2Fa.example%2Fstory", None),
        (
            "https://t.example/r?url=javascript:alert(1)",
            "https://t.example/r?url=javascript:alert(1)",
        ),
        ("https://bit.ly/3xYz", ""),
        ("ftp://a.example/story", None),
    ],
)
def test_only_what_is_in_clear_is_unwrapped(href: str, target: str | None) -> None:
    entries = read_letter(html(f"<a href='{href}'>A headline of several words</a>")).entries
    assert [entry.url for entry in entries] == ([] if target is None else [target])
