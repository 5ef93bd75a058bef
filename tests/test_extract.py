"""Reading articles out of pages: golden pairs, charsets, the feed's part, and bounds.

`tests/data/pages/NAME.html` is a page as an outlet might serve it, `NAME.expected.json` what
must be read from it: only the fields named there are compared. `text` is the list of blocks,
`text_has` and `text_lacks` are parts of it, `doubts_has` doubts that must be among others.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipper.extract import extract, from_entry
from clipper.model import Article, Doubt, Entry, ExtractError, Origin, Outlet, Page

PAGES = Path(__file__).parent / "data" / "pages"
NAMES = sorted(path.name.removesuffix(".expected.json") for path in PAGES.glob("*.expected.json"))
LONG = (
    "The county council voted on Tuesday night to end its contract with the company that runs "
    "the regional jail, after four hours of testimony from residents and former guards."
)
BODY = "".join(f"<p>{LONG} This is paragraph {number} of the story.</p>" for number in range(5))


def read(html: str | bytes, url: str = "https://paper.example/news/1", **more: Any) -> Article:
    """The article of a page with this source."""
    body = html if isinstance(html, bytes) else html.encode()
    article = extract(Page(url=url, body=body, **more))
    assert isinstance(article, Article), article
    return article


# ---------------------------------------------------------------- golden pairs


def shown(article: Article, name: str) -> Any:
    """A field as the expectations write it."""
    value = getattr(article, name)
    if name == "text":
        return value.split("\n") if value else []
    if isinstance(value, datetime):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("name", NAMES)
def test_a_page_gives_what_its_outlet_printed(name: str) -> None:
    expected = json.loads((PAGES / f"{name}.expected.json").read_text("utf-8"))
    article = read((PAGES / f"{name}.html").read_bytes(), expected.pop("url"))
    for part in expected.pop("text_has", []):
        assert part in article.text
    for part in expected.pop("text_lacks", []):
        assert part not in article.text
    assert set(expected.pop("doubts_has", [])) <= set(article.doubts)
    assert article.text.startswith(expected.pop("text_starts", ""))
    origins = expected.pop("origins", {})
    assert {key: article.origins.get(key) for key in origins} == origins
    assert {key: shown(article, key) for key in expected} == expected


@pytest.mark.parametrize("name", NAMES)
def test_every_article_keeps_the_promises_of_its_type(name: str) -> None:
    """One newline between blocks and none within; known origins of named fields; known doubts."""
    article = read((PAGES / f"{name}.html").read_bytes())
    assert all(block == block.strip() != "" for block in article.text.split("\n") if article.text)
    assert set(article.origins) <= {field.name for field in fields(Article)}
    assert set(article.origins.values()) <= set(Origin)
    assert set(article.doubts) <= set(Doubt)
    assert article.published_at is None or article.published_at.tzinfo is UTC


# ---------------------------------------------------------------- what is no page


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "PDF"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "picture"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "picture"),
        (b"PK\x03\x04\x14\x00", "ZIP"),
        (b"\x00\x00\x00\x18ftypmp42", "video"),
        (bytes(range(1, 9)) * 60, "binary"),
    ],
)
def test_a_file_served_as_html_is_refused_by_its_bytes(body: bytes, word: str) -> None:
    error = extract(
        Page(url="https://a.example/x", body=body, headers=(("Content-Type", "text/html"),))
    )
    assert isinstance(error, ExtractError)
    assert error.kind == "not-html"
    assert word in error.text


@pytest.mark.parametrize("body", [b"", b" \n\t ", b"<", b"<html></html>", b"\xef\xbb\xbf"])
def test_an_empty_page_is_an_error_and_no_crash(body: bytes) -> None:
    error = extract(Page(url="https://a.example/x", body=body))
    assert isinstance(error, ExtractError)
    assert error.kind == "empty"


# ---------------------------------------------------------------- charsets

CYRILLIC = (
    "Совет округа проголосовал за расторжение договора с компанией. На заседании, которое длилось "
    "четыре часа, выступили жители и бывшие охранники, но это не было главным для совета. "
) * 3
JAPANESE = "郡議会は火曜日の夜、地域の刑務所を運営する会社との契約を終了することを決めた。" * 8
FRENCH = "Le conseil du comté a décidé mardi soir de résilier le contrat de la société privée. " * 6


@pytest.mark.parametrize(
    ("words", "codec", "header", "meta"),
    [
        (FRENCH, "utf-8", "iso-8859-1", ""),
        (FRENCH, "cp1252", "", "windows-1252"),
        (FRENCH, "cp1252", "utf-8", "utf-8"),
        (FRENCH, "cp1252", "", ""),
        (CYRILLIC, "cp1251", "windows-1251", ""),
        (CYRILLIC, "cp1251", "iso-8859-1", "windows-1251"),
        (CYRILLIC, "cp1251", "iso-8859-1", ""),
        (CYRILLIC, "utf-16-le", "", ""),
        (CYRILLIC, "utf-16", "utf-8", ""),
        (JAPANESE, "shift_jis", "", "Shift_JIS"),
        (JAPANESE, "euc_jp", "euc-jp", "utf-8"),
        (JAPANESE, "utf-8", "shift_jis", "shift_jis"),
        (FRENCH, "cp1252", "zlib", "unicode_escape"),
    ],
)
def test_text_is_right_when_either_declaration_fits(
    words: str, codec: str, header: str, meta: str
) -> None:
    declared = f'<meta charset="{meta}">' if meta else ""
    page = f"<html><head>{declared}<title>{words[:30]}</title></head><body><p>{words}</p></body>"
    headers = (("Content-Type", f"text/html; charset={header}"),) if header else ()
    article = read(page.encode(codec), headers=headers)
    assert article.text == words.strip()


def test_a_charset_that_is_no_charset_is_never_used() -> None:
    page = f"<html><head><meta charset=idna></head><body><h1>A title</h1>{BODY}</body>"
    article = read(page, headers=(("Content-Type", "text/html; charset=rot13"),))
    assert LONG in article.text


# ---------------------------------------------------------------- titles


@pytest.mark.parametrize(
    ("head", "h1", "title"),
    [
        ("<title>Jail vote: a long night - News - The Ledger</title>", "", "Jail vote: a long night"),
        ("<title>The Ledger | Jail vote ends a long night</title>", "", "Jail vote ends a long night"),
        ("<title>Jail vote | The Ledger</title>", "<h1>Jail vote</h1>", "Jail vote"),
        (
            "<meta property=og:title content='Vote on jail: what to know'>",
            "<h1>Vote on jail: what to <em>know</em></h1>",
            "Vote on jail: what to know",
        ),
        (
            "<meta property=og:title content='Vote ends the jail contract'>",
            "<h1><span>Exclusive</span>Vote ends the jail contract</h1>",
            "Vote ends the jail contract",
        ),
        ("<title>Jail vote</title>", "<h1>The Ledger</h1><h2 class=entry-title>Jail vote</h2>", "Jail vote"),
        ("<title>x</title>", "<h1>The one printed headline of this page</h1>", "The one printed headline of this page"),
        (
            '<script type="application/ld+json">{"@type":"Article","headline":"Vote ends jail…"}</script>'
            "<meta property=og:title content='Vote ends jail contract'>",
            "",
            "Vote ends jail contract",
        ),
    ],
)  # fmt: skip
def test_the_title_is_the_printed_headline_without_the_sites_name(
    head: str, h1: str, title: str
) -> None:
    site = '<meta property="og:site_name" content="The Ledger">'
    assert read(f"<html><head>{site}{head}</head><body>{h1}{BODY}</body></html>").title == title


# ---------------------------------------------------------------- authors


@pytest.mark.parametrize(
    ("markup", "authors"),
    [
        ('<p class="byline">By Jane Doe and Sam Roe</p>', ["Jane Doe", "Sam Roe"]),
        ('<p>By <a href="/writer/77/jane/">Jane Doe</a></p>', ["Jane Doe"]),
        ('<p class="auteur">Par Anne Dupont</p>', ["Anne Dupont"]),
        ('<div class="article-author">Von Hans Müller und Eva Groß</div>', ["Hans Müller", "Eva Groß"]),
        ("<p>By Jane Doe</p>", ["Jane Doe"]),
        ('<aside><p class="byline">By Other Person</p></aside>', []),
        ('<figure><span class="author">Photo Maker</span></figure>', []),
        ('<div class="comments"><span class="author">Angry Reader</span></div>', []),
        ('<p class="author">admin</p>', []),
        ('<p class="author">https://paper.example/u/7</p>', []),
    ],
)  # fmt: skip
def test_the_printed_byline_is_read_where_nothing_is_declared(
    markup: str, authors: list[str]
) -> None:
    page = f"<html><body><article><h1>Council ends the jail contract</h1>{markup}{BODY}</article>"
    assert list(read(page).authors) == authors


@pytest.mark.parametrize(
    ("meta", "authors"),
    [
        ('<meta name="author" content="Jane Doe">', ["Jane Doe"]),
        ('<meta name="parsely-author" content="Jane Doe"><meta name="parsely-author" content="Sam Roe">', ["Jane Doe", "Sam Roe"]),
        ('<meta name="dc.creator" content="Doe, Jane">', ["Jane Doe"]),
        ('<meta property="article:author" content="https://facebook.example/jane">', []),
        ('<meta name="sailthru.author" content="jdoe"><meta name="byl" content="By Jane Doe">', ["Jane Doe"]),
        ('<meta name="twitter:label1" content="Written by"><meta name="twitter:data1" content="Jane Doe">', ["Jane Doe"]),
        ('<meta name="author" content="jane@paper.example">', []),
    ],
)  # fmt: skip
def test_the_authors_that_the_head_declares_are_names(meta: str, authors: list[str]) -> None:
    page = f"<html><head>{meta}</head><body><h1>Council ends the jail contract</h1>{BODY}</body>"
    assert list(read(page).authors) == authors


def test_an_outlet_that_signs_itself_is_kept_and_doubted() -> None:
    linked = '{"@type":"NewsArticle","author":{"@type":"Organization","name":"Paper Daily"}}'
    page = (
        '<html><head><meta property="og:site_name" content="Paper Daily">'
        f'<script type="application/ld+json">{linked}</script></head><body><h1>A title</h1>{BODY}'
    )
    article = read(page)
    assert article.authors == ("Paper Daily",)
    assert Doubt.BYLINE_IS_OUTLET in article.doubts


@pytest.mark.parametrize("signed", ["Paper Daily", "the paper daily", "Associated Press"])
def test_for_a_known_outlet_what_is_credited_apart_is_no_author(signed: str) -> None:
    page = f"<article><h1>A title of some words</h1><p class=byline>By {signed}</p>{BODY}</article>"
    outlet = Outlet(slug="paper", name="Paper Daily")
    article = extract(Page(url="https://paper.example/1", body=page.encode()), None, outlet)
    assert isinstance(article, Article)
    assert article.authors == ()
    assert set(article.doubts) & {Doubt.BYLINE_IS_OUTLET, Doubt.BYLINE_AGENCY}


# ---------------------------------------------------------------- dates


@pytest.mark.parametrize(
    ("markup", "url", "day"),
    [
        ('<meta property="article:published_time" content="2024-05-01T10:00:00+02:00">', "", "2024-05-01"),
        ('<meta name="sailthru.date" content="Saturday, December 23, 2023, 04:50 AM">', "", "2023-12-23"),
        ('<meta name="pubdate" content="Wed, 01 May 2024 10:00:00 GMT">', "", "2024-05-01"),
        ('<meta name="date" content="20240501">', "", "2024-05-01"),
        ('<time datetime="2024-05-01">yesterday</time>', "", "2024-05-01"),
        ('<span class="date">1 de mayo de 2024</span>', "", "2024-05-01"),
        ('<span class="date">Stand: 28.04.2024 08:52 Uhr</span>', "", "2024-04-28"),
        ('<span class="date">le 3 août 2023</span>', "", "2023-08-03"),
        ('<span class="date">2024年5月1日</span>', "", "2024-05-01"),
        ("<div><b>Tuesday 14 May 2024</b></div>", "", "2024-05-14"),
        ("", "https://paper.example/2023/12/12/x", "2023-12-12"),
        ('<meta name="date" content="0001-01-01T00:00:00">', "", None),
        ('<meta name="date" content="soon">', "", None),
        ("<p>© 2019 Paper</p>", "", None),
    ],
)  # fmt: skip
def test_the_date_is_the_outlets_claim_or_none(markup: str, url: str, day: str | None) -> None:
    page = f"<html><head></head><body><article><h1>Council ends the contract</h1>{markup}{BODY}"
    at = read(page, url or "https://paper.example/news/1").published_at
    assert (at.date().isoformat() if at else None) == day


def test_a_date_after_we_fetched_the_page_is_not_believed() -> None:
    page = f'<meta name="date" content="2999-01-01"><h1>A title</h1>{BODY}'
    assert read(page, fetched_at=datetime(2024, 5, 1, tzinfo=UTC)).published_at is None


# ---------------------------------------------------------------- language


@pytest.mark.parametrize(
    ("lang", "words", "language"),
    [
        ("en", LONG * 2, "en"),
        ("en", FRENCH, "fr"),
        ("", CYRILLIC, "ru"),
        ("en-US", JAPANESE, "ja"),
        ("pt-BR", "Curto.", "pt"),
        ("nb-NO", "", "nb"),
    ],
)
def test_a_declared_language_is_checked_against_the_words(
    lang: str, words: str, language: str
) -> None:
    page = f'<html lang="{lang}"><body><h1>A title of some words</h1><p>{words}</p></body></html>'
    assert read(page).language == language


# ---------------------------------------------------------------- the feed's part

ENTRY = Entry(
    key="1",
    url="https://paper.example/news/1",
    title="Council ends the jail contract",
    byline="By Jane Doe",
    summary="A vote after four hours.",
    content=BODY,
    published_at=datetime(2024, 5, 1, 8, tzinfo=UTC),
    published_raw="Wed, 01 May 2024 08:00:00 GMT",
    language="en",
)


def test_the_feed_fills_what_the_page_lacks() -> None:
    body = f"<html><body>{BODY}</body></html>".encode()
    article = extract(Page(url=ENTRY.url, body=body), ENTRY)
    assert isinstance(article, Article)
    assert (article.title, article.authors) == (ENTRY.title, ("Jane Doe",))
    assert article.published_at == ENTRY.published_at
    assert {article.origins[key] for key in ("title", "authors", "published_at")} == {"feed"}


def test_the_page_is_believed_before_the_feed() -> None:
    body = (
        '<html><head><meta property="article:published_time" content="2024-04-30T08:00:00Z"></head>'
        f'<body><h1>Another title of the page</h1><p class="byline">By Sam Roe</p>{BODY}</body>'
    )
    article = extract(Page(url=ENTRY.url, body=body.encode()), ENTRY)
    assert isinstance(article, Article)
    assert (article.title, article.authors) == ("Another title of the page", ("Sam Roe",))
    assert article.date_text == "2024-04-30T08:00:00Z"


def test_a_page_without_text_takes_the_feeds() -> None:
    article = extract(Page(url=ENTRY.url, body=b"<h1>Council ends the jail contract</h1>"), ENTRY)
    assert isinstance(article, Article)
    assert article.text.count("\n") == 4
    assert article.origins["text"] == "feed"


def test_an_entry_alone_is_an_article_and_says_so() -> None:
    outlet = Outlet(slug="paper", name="Paper Daily")
    article = from_entry(ENTRY, outlet)
    assert isinstance(article, Article)
    assert article.text.split("\n")[0] == f"{LONG} This is paragraph 0 of the story."
    assert article.doubts == ("feed-only",)
    assert article.authors == ("Jane Doe",)
    assert article.site_name == "Paper Daily"


def test_an_entry_with_a_summary_alone_is_short_and_never_hidden() -> None:
    article = from_entry(Entry(key="1", title="A title", summary="A vote after four hours."))
    assert isinstance(article, Article)
    assert article.text == "A vote after four hours."
    assert set(article.doubts) == {"feed-only", "short-text", "no-date"}


def test_an_entry_with_nothing_in_it_is_an_error() -> None:
    error = from_entry(Entry(key="1", url="https://paper.example/1"))
    assert isinstance(error, ExtractError)


# ---------------------------------------------------------------- whatever comes

SCRAPS = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<div>",
        "<h1>",
        "</h1>",
        "<article>",
        "<br>",
        "<table>",
        "<td>",
        "<a",
        "href='/author/x'>",
        "</a>",
        "<!--",
        "-->",
        "<script",
        "type=application/ld+json>",
        "</script>",
        "<meta",
        "name=author",
        "content=",
        "<time",
        "datetime=",
        '{"@type":"NewsArticle","author":',
        '"headline":',
        "[",
        "]",
        "{",
        "}",
        ">",
        '"',
        "'",
        "&",
        "&#0;",
        "&#xD800;",
        "\x00",
        "\ufeff",
        "2024-01-01",
        "By",
        "Jane-Doe",
        "記事",
        "مقال",
        "\u202e",
        "|",
        "-",
        ":",
        "<h1",
        "class=byline>",
        "<![CDATA[",
        "]]>",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(SCRAPS, st.text(max_size=12)), max_size=60))
def test_no_page_makes_a_traceback(scraps: list[str]) -> None:
    """Whatever the bytes are, the answer is an article that keeps its promises, or an error."""
    page = " ".join(scraps).encode("utf-8", "surrogatepass")
    found = extract(Page(url="https://paper.example/1", body=page))
    if isinstance(found, Article):
        assert "\n\n" not in found.text
        assert found.text == found.text.strip()
        assert "\x00" not in found.text + found.title


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_make_a_traceback(body: bytes) -> None:
    """Bytes of any kind are an article or an error."""
    assert isinstance(
        extract(Page(url="https://paper.example/1", body=body)), Article | ExtractError
    )
