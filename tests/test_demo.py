"""The demo: seven made-up outlets over real HTTP, with every difficulty that it promises."""

from __future__ import annotations

import http.client
import json
import os
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from clipper import config, demo
from clipper.demo.pages import page

NOW = datetime(2025, 11, 22, 15, 40, tzinfo=UTC)
Reply = tuple[int, dict[str, str], bytes]


def get(url: str, **headers: str) -> Reply:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    with closing(connection):
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(
            "GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}
        )
        reply = connection.getresponse()
        return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(NOW, port_base=0) as served:
        yield served


def articles() -> list[demo.SampleArticle]:
    return [article for outlet in demo.outlets(NOW) for article in outlet.articles]


def test_there_are_seven_outlets_and_more_than_sixty_articles_in_two_languages() -> None:
    outlets = demo.outlets(NOW)
    assert len(outlets) == 7
    assert len(articles()) >= 60
    assert {outlet.language for outlet in outlets} == {"en", "es"}
    assert {outlet.feed for outlet in outlets} == {"rss", "rss-full", "atom", "json"}
    assert len({outlet.layout for outlet in outlets}) == 7


def test_articles_are_of_newspaper_length() -> None:
    for article in articles():
        words = sum(len(paragraph.split()) for paragraph in article.paragraphs)
        low = 60 if article.flags & {"dead", "paywall"} else 145
        assert low <= words <= 500, article.slug


def test_a_story_of_the_wire_ran_in_three_outlets_with_other_headlines_and_cut_tails() -> None:
    wire = [article for article in articles() if "Associated Press" in article.byline]
    assert len(wire) == 3
    assert len({article.title for article in wire}) == 3
    first, second, third = sorted((article.paragraphs for article in wire), key=len)
    assert len(first) < len(second) < len(third)
    assert third[: len(first)] == first
    assert third[: len(second)] == second


BYLINES = {
    "capitals": r"^By [A-Z]+ [A-Z]+$",
    "two people and a role": r"^By \w+ \w+ and \w+ \w+, Staff Writers$",
    "an address": r"^By .* \| \S+@\S+$",
    "an agency after the name": r"Associated Press$",
    "an agency of its own": r"EFE$",
    "the editorial board": r"^By the Editorial Board$",
    "name and outlet": r"/The Redwood Daily$",
    "a log-in name": r"^admin$",
    "particles and a suffix": r"van der Meer Jr\.$",
    "three people": r"^By .*, .* and .*$",
    "Spanish": r"^Por ",
    "Spanish, two people": r"^Por .* y ",
    "the newsroom": r"^Redacción$",
    "words before the name": r"^(Special to|Texto:|Interview by)",
    "nothing": r"^$",
}


@pytest.mark.parametrize("form", BYLINES)
def test_bylines_come_in_more_than_ten_forms(form: str) -> None:
    assert any(re.search(BYLINES[form], article.byline) for article in articles())


@pytest.mark.parametrize("flag", ["amp", "paywall", "dead", "members", "undated"])
def test_each_difficulty_is_there(flag: str) -> None:
    assert any(flag in article.flags for article in articles())


def test_most_articles_are_off_topic() -> None:
    topic = re.compile(r"priva\w+ prison|prisiones privadas|for-profit|detention|detención|Corvane")
    on = [a for a in articles() if topic.search(" ".join((a.title, *a.paragraphs)))]
    assert 12 <= len(on) < len(articles()) / 2


def test_words_that_only_look_like_the_topic_are_there() -> None:
    text = {article.slug: " ".join(article.paragraphs) for article in articles()}
    assert "Adelanto" in text["alcalde-adelanto-salarial"]
    assert "ICE" in text["ice-hielo-planta"]
    assert "divest" in text["marina-casino"]
    assert "detained" in text["high-school-hockey-final"]


# ---------------------------------------------------------------- over HTTP


def links(served: demo.Served) -> list[str]:
    _, headers, body = get(served.feed)
    if "json" in headers["content-type"]:
        return [entry["url"] for entry in json.loads(body)["items"]]
    root = ElementTree.fromstring(body)
    atom = "{http://www.w3.org/2005/Atom}"
    found = [entry.find(f"{atom}link") for entry in root.iter(f"{atom}entry")]
    return [link.get("href", "") for link in found if link is not None] or [
        entry.findtext("link", "") for entry in root.iter("item")
    ]


def test_every_link_of_every_feed_leads_to_its_page_but_the_dead_one(
    servers: tuple[demo.Served, ...],
) -> None:
    status = {url: get(url)[0] for served in servers for url in links(served)}
    assert len(status) == len(articles())
    assert [url.rsplit("/", 2)[1] for url in status if status[url] == 404] == [
        "wellness-line-closed"
    ]
    assert set(status.values()) == {200, 404}


def test_a_page_says_what_its_article_says(servers: tuple[demo.Served, ...]) -> None:
    for served in servers:
        for article in served.outlet.articles:
            html = page(served.outlet, article, served.home).decode(served.outlet.charset)
            assert "$" not in re.sub(r"\$[\d]", "", html), article.slug
            assert served.outlet.name in html
            assert article.paragraphs[0] in unescape(html)


def test_pages_differ_in_charset_as_real_ones_do(servers: tuple[demo.Served, ...]) -> None:
    voz = next(served for served in servers if served.outlet.charset == "iso-8859-1")
    _, headers, body = get(voz.home + "/")
    assert headers["content-type"] == "text/html; charset=iso-8859-1"
    assert "médico" in body.decode("iso-8859-1") or "detención" in body.decode("iso-8859-1")


def test_the_amp_page_names_its_canonical_page(servers: tuple[demo.Served, ...]) -> None:
    lake = next(served for served in servers if served.outlet.layout == "metro")
    amp = next(url for url in links(lake) if "/amp/" in url)
    canonical = re.search(rb'rel="canonical" href="([^"]+)"', get(amp)[2])
    assert canonical
    assert get(canonical[1].decode())[0] == 200
    assert b"/amp/" not in canonical[1]


def test_an_undated_entry_has_no_date_in_the_feed_nor_on_the_page(
    servers: tuple[demo.Served, ...],
) -> None:
    ledger = next(served for served in servers if served.outlet.slug == "cold-creek-ledger")
    entry = re.search(
        rb"<entry>(?:(?!<entry>).)*letters-jail-bonds.*?</entry>", get(ledger.feed)[2], re.S
    )
    assert entry
    assert b"published" not in entry[0]
    assert b"updated" not in entry[0]


def test_robots_txt_forbids_one_page(servers: tuple[demo.Served, ...]) -> None:
    for served in servers:
        assert b"Disallow: /members/" in get(f"{served.home}/robots.txt")[2]
    assert sum("/members/" in url for served in servers for url in links(served)) == 1


def test_what_is_known_already_answers_304(servers: tuple[demo.Served, ...]) -> None:
    for served in servers:
        status, headers, body = get(served.feed)
        assert (status, bool(body)) == (200, True)
        again = get(served.feed, If_None_Match=headers["etag"])
        assert (again[0], again[2]) == (304, b"")
        assert get(served.feed, If_Modified_Since=headers["last-modified"])[0] == 304
        assert get(served.feed, If_None_Match='"other"')[0] == 200


def corrected_page(served: tuple[demo.Served, ...]) -> str:
    redwood = next(one for one in served if one.outlet.slug == "redwood-daily")
    return get(redwood.home + "/abolition-reading-group/")[2].decode()


def test_one_article_is_corrected_after_it_was_first_fetched() -> None:
    with demo.serve(NOW, port_base=0) as servers:
        assert "a sophomore" in corrected_page(servers)
        assert "Correction: An earlier version" in corrected_page(servers)


def test_the_corrected_text_can_be_served_at_once() -> None:
    with demo.serve(NOW, port_base=0, corrected=True) as servers:
        assert "She is a junior" in corrected_page(servers)


# ---------------------------------------------------------------- now, ports, config


def test_dates_are_counted_back_from_now_and_addresses_hold_none() -> None:
    then = NOW + timedelta(days=400)
    early, late = demo.outlets(NOW), demo.outlets(then)
    for one, other in zip(early, late, strict=True):
        for a, b in zip(one.articles, other.articles, strict=True):
            assert one.path(a) == other.path(b)
            if a.published_at and b.published_at:
                assert b.published_at - a.published_at == then - NOW
                assert timedelta(0) < NOW - a.published_at < timedelta(days=14)


def test_the_ports_are_the_same_from_run_to_run_unless_they_are_taken() -> None:
    base = 21_000 + os.getpid() % 500 * 20  # below the ports that the system hands out
    with demo.serve(NOW, port_base=base) as servers:
        first = [served.port for served in servers]
        with demo.serve(NOW, port_base=base) as others:
            assert not {served.port for served in others} & set(first)
    with demo.serve(NOW, port_base=base) as servers:
        assert [served.port for served in servers] == first


def test_the_config_of_the_demo_is_valid_and_names_every_outlet(
    servers: tuple[demo.Served, ...], tmp_path: Path
) -> None:
    path = demo.write_config(tmp_path / "demo", servers)
    made = config.load(path, env={})
    assert [outlet.name for outlet in made.outlets] == [served.outlet.name for served in servers]
    assert [source.address for source in made.sources] == [served.feed for served in servers]
    assert {outlet.gap for outlet in made.outlets} == {0.0}
    assert made.network.allow == ("127.0.0.0/8",)
    assert made.campaigns[0].name == "Prison divestment"
    assert made.warnings == ()


def test_the_demo_is_small() -> None:
    folder = Path(demo.__file__).parent
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) < 600_000


def test_the_answer_to_an_unknown_path_does_not_repeat_it(
    servers: tuple[demo.Served, ...],
) -> None:
    status, _, body = get(servers[0].home + "/%3Cscript%3E")
    assert status == 404
    assert b"script" not in body
