"""`clipper sources`: the real command against a real server, and a config with comments."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from clipper.config import load

from . import sites
from .rounds import clipper
from .sites import Served, Site

CONFIG = """\
# Ask Ana before you change this.
network: {gap: 0 s, allow: [127.0.0.0/8]}
outlets:
  - name: Daily Nexus          # the students' paper
    feed: 'https://nexus.example/feed/'   # found by hand

  - name: Herald
    site: https://herald.example
    aliases: [The Herald]

campaigns:
  - name: Jails
    query: jail
"""

OPML = """<?xml version="1.0"?>
<opml version="2.0"><head><title>Mine</title><ownerName>Ana</ownerName></head><body>
<outline text="Papers" x:mood="good" xmlns:x="urn:x">
  <outline text="North" category="/a/b">
    <outline text="Gazette &amp; Post" type="rss" xmlUrl="https://gazette.example/rss" htmlUrl="https://gazette.example/" colour="red"/>
    <outline text="Gazette &amp; Post" type="rss" xmlUrl="https://gazette.example/sport.rss"/>
  </outline>
  <outline text="Nexus again" xmlUrl="https://nexus.example/feed/"/>
  <outline text="The Herald" xmlUrl="https://herald.example/rss"/>
  <outline text="Evil" xmlUrl="javascript:alert(1)"/>
  <outline text="Secret" xmlUrl="file:///etc/passwd"/>
  <outline text="A bookmark" type="link" url="https://x.example"/>
</outline></body></opml>"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources.yaml").write_text(CONFIG)
    return tmp_path


def text_of(folder: Path) -> str:
    return (folder / "sources.yaml").read_text()


def sources(folder: Path) -> list[tuple[str, str, str]]:
    config = load(folder / "sources.yaml")
    return [(each.outlet, each.kind, each.address) for each in config.sources]


def comments_stay(folder: Path) -> None:
    for line in CONFIG.splitlines():
        assert line in text_of(folder)


# ---------------------------------------------------------------- add


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    listed = {site.name: site for site in sites.table()}
    with sites.serving(list(listed.values())) as running:
        yield running


def stand(served: Served, name: str) -> str:
    """Have the loopback address itself answer as one of the sites; its home."""
    found: Site = next(site for site in served.sites.values() if site.name == name)
    served.sites["127.0.0.1"] = found
    served.made.clear()
    return f"http://127.0.0.1:{served.port}"


def test_an_outlet_is_added_with_its_reasons_and_the_comments_stay(
    folder: Path, served: Served
) -> None:
    home = stand(served, "wp-usual")
    done = clipper(folder, "sources", "add", home, "--name", "Wp Times", "--yes")
    assert f"✓ feed {home}/feed/ (named in the page's head)" in done.stdout
    assert "10 stories, newest 4 Mar 2026, 100% whole" in done.stdout
    assert "It lists readers' comments, not the outlet's news." in done.stdout
    assert f"  - name: Wp Times\n    site: {home}/\n    feed: {home}/feed/\n" in text_of(folder)
    comments_stay(folder)
    again = clipper(folder, "sources", "add", home, "--name", "Wp Times", "--yes")
    assert "in the config already" in again.stdout


def test_another_outlet_of_the_same_name_is_not_taken_for_the_one_that_is_there(
    folder: Path, served: Served
) -> None:
    home = stand(served, "wp-usual")
    there = served.sites["127.0.0.1"]
    lines = {**there.lines, "/": there.lines["/"] + " named:Herald"}
    served.sites["127.0.0.1"] = replace(there, lines=lines)
    done = clipper(folder, "sources", "add", home, "--yes")
    assert "There is another outlet called Herald already. Say --name" in done.stderr
    assert ("127-0-0-1", "feed", f"{home}/feed/") in sources(folder)
    assert ("herald", "site", "https://herald.example") in sources(folder)


def test_a_config_without_outlets_gets_its_first_by_a_home_page(
    tmp_path: Path, served: Served
) -> None:
    home = stand(served, "wp-usual")
    begun = CONFIG[: CONFIG.index("outlets:")] + CONFIG[CONFIG.index("campaigns:") :]
    (tmp_path / "sources.yaml").write_text(begun)
    checked = clipper(tmp_path, "check")
    assert "no outlet is named. Add one: clipper sources add" in checked.stdout
    nothing = clipper(tmp_path, "fetch", expect=1)
    assert "names no outlet yet" in nothing.stderr
    assert not (tmp_path / "data").exists()
    clipper(tmp_path, "sources", "add", home, "--name", "First", "--yes")
    assert sources(tmp_path) == [("first", "feed", f"{home}/feed/")]
    assert text_of(tmp_path).startswith(begun)


def test_several_are_added_and_an_outlet_that_is_known_gets_what_it_lacks(
    folder: Path, served: Served
) -> None:
    home = stand(served, "sections-typed")
    clipper(folder, "sources", "add", home, "--name", "the herald", "--yes")
    assert sources(folder)[1:] == [
        ("herald", "feed", f"{home}/north.xml"),
        ("herald", "feed", f"{home}/south.xml"),
    ]
    comments_stay(folder)


def test_without_yes_nothing_is_written_where_nobody_can_be_asked(
    folder: Path, served: Served
) -> None:
    done = clipper(folder, "sources", "add", stand(served, "typed-rss"), expect=1)
    assert "Nothing was written" in done.stdout
    assert text_of(folder) == CONFIG


def test_a_page_without_feeds_shows_the_headlines_that_it_would_take(
    folder: Path, served: Served
) -> None:
    home = stand(served, "page-only")
    done = clipper(folder, "sources", "add", home, "--name", "Page", "--yes")
    assert "Story 1: the county votes on its jail" in done.stdout
    assert sources(folder)[-1] == ("page", "listing", f"{home}/")


def test_where_nothing_is_found_the_reasons_are_told(folder: Path, served: Served) -> None:
    done = clipper(folder, "sources", "add", stand(served, "usual-forbidden"), "--yes", expect=1)
    assert "robots.txt asks not to look there" in done.stdout
    assert "can be followed" in done.stderr
    assert text_of(folder) == CONFIG


def test_json_for_scripts(folder: Path, served: Served) -> None:
    home = stand(served, "trap-tag")
    done = clipper(folder, "sources", "add", home, "--json", expect=1)
    rows = {each["address"]: each for each in json.loads(done.stdout)["candidates"]}
    assert rows[f"{home}/feed/"]["chosen"] is True
    assert rows[f"{home}/tag/cats/feed/"]["overlap"] == 1.0
    assert text_of(folder) == CONFIG


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://", "a b"])
def test_what_is_no_web_address_is_refused(folder: Path, url: str) -> None:
    done = clipper(folder, "sources", "add", url, expect=1)
    assert "is no web address" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_config_it_says_how_to_begin(tmp_path: Path) -> None:
    done = clipper(tmp_path, "sources", "add", "https://x.example", expect=1)
    assert "clipper init" in done.stderr


# ---------------------------------------------------------------- list


def test_the_list_tells_how_each_fares(folder: Path, served: Served) -> None:
    home = stand(served, "typed-rss")
    text = CONFIG.replace("https://nexus.example/feed/", f"{home}/gone.xml")
    text = text.replace("https://herald.example", home)
    (folder / "sources.yaml").write_text(text)
    assert "not looked at yet" in clipper(folder, "sources").stdout
    clipper(folder, "fetch", "--quiet", expect=1)
    shown = clipper(folder, "sources").stdout
    assert shown.index("Daily Nexus: failing") < shown.index("Herald: well")
    assert "has nothing at this address. (1 time)" in shown
    rows = json.loads(clipper(folder, "sources", "--json").stdout)
    assert [(row["source"], row["health"]) for row in rows] == [
        ("daily-nexus", "failing"),
        ("herald", "well"),
    ]


# ---------------------------------------------------------------- lists


def test_a_list_is_taken_in_and_each_row_accounted_for(folder: Path) -> None:
    (folder / "mine.opml").write_text(OPML)
    dry = clipper(folder, "sources", "import", "mine.opml", "--dry-run", expect=1)
    assert "would be added: Gazette & Post" in dry.stdout
    assert text_of(folder) == CONFIG
    done = clipper(folder, "sources", "import", "mine.opml", expect=1)
    assert "there already: 1" in done.stdout
    assert "refused: Evil: javascript:alert(1) is no web address." in done.stdout
    assert "refused: Secret: file:///etc/passwd is no web address." in done.stdout
    assert "refused: A bookmark: it names no feed" in done.stdout
    assert sources(folder)[1:] == [
        ("herald", "feed", "https://herald.example/rss"),
        ("gazette-post", "feed", "https://gazette.example/rss"),
        ("gazette-post", "feed", "https://gazette.example/sport.rss"),
    ]
    comments_stay(folder)
    again = clipper(folder, "sources", "import", "mine.opml", expect=1)
    assert "there already: 4" in again.stdout
    assert "added:" not in again.stdout


def test_folders_and_attributes_that_clipper_has_no_use_for_are_given_back(folder: Path) -> None:
    (folder / "mine.opml").write_text(OPML)
    clipper(folder, "sources", "import", "mine.opml", expect=1)
    clipper(folder, "sources", "export", "--opml", "back.opml")
    root = etree.parse(folder / "back.opml").getroot()
    papers = root.find("body/outline[@text='Papers']")
    assert papers is not None
    assert papers.get("{urn:x}mood") == "good"
    north = papers.find("outline[@text='North']")
    assert north is not None
    assert north.get("category") == "/a/b"
    assert [each.get("xmlUrl") for each in north] == [
        "https://gazette.example/rss",
        "https://gazette.example/sport.rss",
    ]
    assert north[0].get("colour") == "red"
    clipper(folder, "sources", "import", "back.opml")
    clipper(folder, "sources", "export", "--opml", "again.opml")
    assert (folder / "again.opml").read_text() == (folder / "back.opml").read_text()


@pytest.mark.parametrize("kind", ["opml", "csv"])
def test_what_is_handed_on_comes_back_the_same(folder: Path, tmp_path: Path, kind: str) -> None:
    rich = CONFIG.replace(
        "campaigns:",
        "  - name: 'Q: \"<A>\" & B'\n    site: https://q.example\n    sitemap: https://q.example/s.xml\n"
        "    listing: {url: 'https://q.example/n', links: 'main h2 > a', pattern: '/n/*'}\n"
        "  - name: '=cmd()'\n    wordpress: https://w.example\n\ncampaigns:",
    )
    (folder / "sources.yaml").write_text(rich)
    name = f"list.{kind}"
    done = clipper(folder, "sources", "export", f"--{kind}", name)
    assert " addresses." in done.stderr
    other = tmp_path / "other"
    other.mkdir()
    (other / "sources.yaml").write_text("outlets:\n  - name: Z\n    site: https://z.example\n")
    clipper(other, "sources", "import", f"../{name}")
    here, there = load(folder / "sources.yaml"), load(other / "sources.yaml")
    keys = [(s.outlet, s.kind, s.address, s.options) for s in here.sources]
    assert [(s.outlet, s.kind, s.address, s.options) for s in there.sources][1:] == keys
    names = [(o.name, o.site) for o in here.outlets]
    assert [(o.name, o.site) for o in there.outlets][1:] == names


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("a.opml", b"<!DOCTYPE x [<!ENTITY a 'b'>]><opml><body/></opml>", "DOCTYPE"),
        ("a.opml", b"<html></html>", "does not begin with <opml>"),
        ("a.opml", b"<opml><body>", "no OPML that can be read"),
        ("a.opml", b"<opml>" + b"<outline>" * 10_000, "no OPML that can be read"),
        ("a.opml", b" " * 5_000_001, "larger than 5 MB"),
        ("a.csv", b"one,two\n1,2\n", "no column `address`"),
        ("a.csv", b"name,address\n\xff\xfe,x\n", "not UTF-8"),
        ("a.csv", b'name,address\n"a,b\n', "is no CSV"),
    ],
)
def test_a_hostile_or_foreign_file_is_refused_as_a_whole(
    folder: Path, name: str, body: bytes, words: str
) -> None:
    (folder / name).write_bytes(body)
    done = clipper(folder, "sources", "import", name, expect=1)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert text_of(folder) == CONFIG


def test_columns_go_by_many_names_and_signs(folder: Path) -> None:
    (folder / "a.csv").write_bytes(
        "\ufeffTitle;Website;xmlUrl;Owner\r\nEl Día;https://dia.example;https://dia.example/rss;Ana\r\n"
        "Only Home;https://home.example;;\r\n".encode()
    )
    clipper(folder, "sources", "import", "a.csv")
    assert sources(folder)[-2:] == [
        ("el-dia", "feed", "https://dia.example/rss"),
        ("only-home", "site", "https://home.example"),
    ]
