"""URLs from outside: hostile links come to nothing, and the keys join what is one page."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import urls

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "data" / "urls.tsv").read_text("utf-8").split("\n")
    if line and not line.startswith("# ")
]
BASE = "https://base.example/news/today?x=1"


@pytest.mark.parametrize(("relation", "left", "right", "shows"), ROWS)
def test_two_urls_are_one_page_or_not(relation: str, left: str, right: str, shows: str) -> None:
    left = left.replace("\\r\\n", "\r\n").replace("\\\\", "\\")
    strict = urls.strict_key(left) == urls.strict_key(right)
    loose = urls.loose_key(left) == urls.loose_key(right)
    assert (strict, loose) == {
        "same": (True, True),
        "loose": (False, True),
        "different": (False, False),
    }[relation], shows
    assert urls.strict_key(left)
    assert urls.loose_key(left)


def test_the_table_is_large_enough_to_mean_something() -> None:
    assert len(ROWS) >= 120


JOINED = [
    ("/x", "https://base.example/x", "absolute path"),
    ("x", "https://base.example/news/x", "relative path"),
    ("../../../x", "https://base.example/x", "above the root"),
    ("?p=2", "https://base.example/news/today?p=2", "query alone"),
    ("#c", "https://base.example/news/today?x=1#c", "fragment alone"),
    ("//other.example/x", "https://other.example/x", "scheme of the base"),
    ("http://other.example", "http://other.example/", "absolute"),
    (" \thttps://other.example/x\r\n", "https://other.example/x", "blanks at the edges"),
    ("https://other.example/a\r\nb", "https://other.example/ab", "line break inside"),
    ("https://other.example/a b", "https://other.example/a%20b", "blank"),
    ('https://other.example/"><script>', "https://other.example/%22%3E%3Cscript%3E", "quotes and brackets"),
    ("https://other.example/100%", "https://other.example/100%25", "bare percent"),
    ("https://münchen.example/ü?q=é#ñ", "https://xn--mnchen-3ya.example/%C3%BC?q=%C3%A9#%C3%B1", "foreign letters"),
    ("https://раураl.example/", "https://xn--l-7sba6dbr.example/", "letters that look like others are shown as punycode"),
    ("https://user:pw@other.example/", "https://other.example/", "credentials"),
    ("https://good.example\\@evil.example/", "https://good.example/@evil.example/", "backslash, as browsers read it"),
    ("https://[::1]:8080/", "https://[::1]:8080/", "IPv6"),
    ("https://other.example:443/", "https://other.example/", "default port"),
    ("", "", "empty"),
    ("   ", "", "blanks"),
    ("javascript:alert(1)", "", "javascript"),
    ("JaVaScRiPt:alert(1)", "", "javascript in mixed case"),
    ("java\tscript:alert(1)", "", "javascript with a tab"),
    ("\x01javascript:alert(1)", "", "javascript behind a control character"),
    ("java\x00script:alert(1)", "", "javascript with a NUL"),
    ("data:text/html,<script>", "", "data"),
    ("vbscript:x", "", "vbscript"),
    ("file:///etc/passwd", "", "file"),
    ("mailto:jane@x.org", "", "mailto"),
    ("ftp://other.example/x", "", "ftp"),
    ("blob:https://other.example/x", "", "blob"),
    ("view-source:https://other.example/x", "", "view-source"),
    ("http://", "", "no host"),
    ("http:///x", "", "empty host"),
    ("http://other.example:99999/", "", "port too large"),
    ("http://other.example:0/", "", "port zero"),
    ("http://other.example:8o/", "", "port of letters"),
    ("http://other.example:-1/", "", "negative port"),
    ("http://[::1/", "", "IPv6 not closed"),
    ("http://[fe80::1%25eth0]/", "", "IPv6 with a zone"),
    ("http://[1.2.3.4]/", "", "IPv4 in brackets"),
    ("http://a..b/", "", "empty label"),
    ("http://-a.example/", "", "label that begins with a hyphen"),
    ("http://%65xample.org/", "", "escapes in the host"),
    ("http://exa mple.org/", "", "blank in the host"),
    ("http://" + "a" * 64 + ".example/", "", "label too long"),
    ("http://" + "a." * 140 + "example/", "", "host too long"),
    ("https://other.example/" + "x" * 1_000_000, "", "a megabyte"),
    ("\ud800https://other.example/", "", "lone surrogate"),
]  # fmt: skip


@pytest.mark.parametrize(("href", "expected", "shows"), JOINED, ids=[row[2] for row in JOINED])
def test_a_link_leads_to_a_web_page_or_nowhere(href: str, expected: str, shows: str) -> None:
    assert urls.join(BASE, href) == expected, shows


def test_without_a_base_only_whole_links_and_those_without_scheme_lead_anywhere() -> None:
    assert urls.join("", "https://a.example/x") == "https://a.example/x"
    assert urls.join("", "//a.example/x") == "https://a.example/x"
    assert urls.join("", "/x") == urls.join("", "x") == urls.join("http://[", "x") == ""


@given(st.text(max_size=200), st.text(max_size=200))
def test_join_gives_ascii_http_urls_or_nothing_and_is_stable(base: str, href: str) -> None:
    found = urls.join(base, href)
    assert found == "" or (found.isascii() and urlsplit(found).scheme in ("http", "https"))
    assert not set(found) & set(" \"'<>\\`\t\r\n") - {"'"}
    assert found == "" or urls.join("", found) == found


LIKELY = st.lists(
    st.sampled_from(["http://", "https:", "//", "/", "a.example", "www.", "amp.", "m.", "..", ".", "%", "%2f", "%zz", "?", "&", "=",
                     "utm_source", "#", "#!", ":", "@", "[", "]", "::1", "8080", "x", "amp", "index.html", " ", "\\", "é", "+", ";"]),
    max_size=14,
).map("".join)  # fmt: skip


@given(LIKELY)
def test_every_function_answers_any_text_and_keys_do_not_depend_on_spelling(url: str) -> None:
    normal = urls.join("", url) if urls.is_web(url) else ""
    assert urls.strict_key(url) == urls.strict_key(normal)
    assert urls.loose_key(url) == urls.loose_key(normal)
    assert (
        bool(urls.strict_key(url))
        == bool(urls.host(url))
        == bool(urls.canonical(url))
        == urls.is_web(url)
    )
    assert urls.without_tracking(urls.without_tracking(url)) == urls.without_tracking(url)
    assert urls.strict_key(urls.without_tracking(url)) == urls.strict_key(url)
    assert urls.strict_key("https://" + urls.strict_key(url)) == urls.strict_key(
        url
    ) or not urls.is_web(url)


@given(LIKELY, LIKELY)
def test_one_strict_key_means_one_loose_key(left: str, right: str) -> None:
    if urls.strict_key(left) == urls.strict_key(right):
        assert urls.loose_key(left) == urls.loose_key(right)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.a.example/x", "a.example"),
        ("https://news.bbc.co.uk/x", "bbc.co.uk"),
        ("https://kim.blogspot.com/", "kim.blogspot.com"),
        ("https://a.gob.mx/", "a.gob.mx"),
        ("https://www.año.es/", "xn--ao-zja.es"),
        ("http://127.0.0.1:8000/x", "127.0.0.1"),
        ("http://[::1]/x", "[::1]"),
        ("http://localhost:8000/", "localhost"),
        ("https://co.uk/", "co.uk"),
        ("mailto:jane@x.org", ""),
    ],
)
def test_site_is_the_registered_domain(url: str, expected: str) -> None:
    assert urls.site(url) == expected


PAGE = "https://www.gazette.example/news/prison-deal?utm_source=rss#top"
CANONICAL = [
    ("", "", "https://www.gazette.example/news/prison-deal", "the URL itself"),
    ("/news/prison-deal-final", "", "https://www.gazette.example/news/prison-deal-final", "relative link"),
    ("https://gazette.example/a", "", "https://gazette.example/a", "another host of the site"),
    ("https://wire.example/a", "", "https://www.gazette.example/news/prison-deal", "another site's claim"),
    ("https://wire.example/a", "/b", "https://www.gazette.example/b", "og:url when the link is another's"),
    ("/", "/b", "https://www.gazette.example/b", "the home page is no article"),
    ("", "/b?fbclid=1&id=2#x", "https://www.gazette.example/b?id=2", "tracking and fragment"),
    ("http://www.gazette.example/a", "", "https://www.gazette.example/a", "https is kept"),
    ("javascript:alert(1)", "", "https://www.gazette.example/news/prison-deal", "a script"),
    ("https://www.gazette.example/#!/a", "", "https://www.gazette.example/#!/a", "hash-bang"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("link", "og", "expected", "shows"), CANONICAL, ids=[row[3] for row in CANONICAL]
)
def test_readers_are_sent_to_the_canonical_url(
    link: str, og: str, expected: str, shows: str
) -> None:
    assert urls.canonical(PAGE, link, og) == expected, shows


def test_canonical_of_no_web_url_is_empty() -> None:
    assert urls.canonical("mailto:x", "https://a.example/", "") == ""


def test_tracking_goes_and_the_rest_stays_as_written() -> None:
    url = "https://a.example/x?b=2&utm_source=rss&a=1&A=&fbclid=1#comments"
    assert urls.without_tracking(url) == "https://a.example/x?b=2&a=1&A=#comments"
    assert urls.without_tracking("https://a.example/x#Echobox=16") == "https://a.example/x"


@pytest.mark.parametrize(
    "unit", ["a", "/", "../", "%", "&", "a=b&", ".", ":", "[", "@", "\\", "é", "\n", "http://"]
)
def test_a_megabyte_of_anything_costs_next_to_nothing(unit: str) -> None:
    started = time.process_time()
    for link in (
        unit * 1_000_000,
        "https://a.example/" + unit * 1_000_000,
        "https://a.example/" + unit * 1300,
    ):
        urls.join(BASE, link)
        urls.loose_key(link)
    assert time.process_time() - started < 1
