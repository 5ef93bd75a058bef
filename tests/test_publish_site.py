"""The site's further forms: lists by outlet and month, three feeds, sitemap, pages to embed.

Judged by readers that are not ours: html5lib in strict mode, feedparser, lxml, json.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree, html

from clipper.errors import PublishError
from clipper.model import Update
from clipper.publishers import pages, site, swap
from clipper.testing import HOSTILE, SAMPLE

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
SETTINGS = pages.SiteSettings(url="https://press.example/news", description="What is written.")


def update(number: int, **changes: object) -> Update:
    whole = replace(SAMPLE, key=f"clipping-{number}", at=NOW - timedelta(days=20 * number))
    return replace(whole, **changes)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    updates = [update(1), update(2, outlet="Daily Nexus", note="Come on Monday."), update(3)]
    site.publish(
        [*updates, replace(HOSTILE, key="clipping-9", at=NOW)], tmp_path / "site", SETTINGS, NOW
    )
    return tmp_path / "site"


def headlines(file: Path) -> list[str]:
    return html.document_fromstring(file.read_bytes()).xpath("//article/h2//text()")


def test_there_is_a_list_for_each_outlet_and_each_month(folder: Path) -> None:
    assert len(headlines(folder / "outlets" / "daily-nexus.html")) == 1
    assert len(headlines(folder / "months" / "2026-01.html")) == 2
    archive = html.document_fromstring((folder / "archive.html").read_bytes())
    links = archive.xpath("//main//a/@href")
    assert "months/2026-02.html" in links
    assert "outlets/stanford-daily.html" in links
    assert all((folder / link).exists() for link in links)


def test_every_link_within_the_site_leads_somewhere(folder: Path) -> None:
    for name in swap.names(folder):
        if not name.endswith(".html") or name == "fragment.html":
            continue
        for link in html.document_fromstring((folder / name).read_bytes()).xpath("//@href"):
            if not link.startswith(("http", "#")):
                assert ((folder / name).parent / link).exists(), (name, link)


def test_every_page_is_valid_html(folder: Path) -> None:
    """html5lib in strict mode refuses whatever the HTML standard calls a parse error."""
    import html5lib

    checked = 0
    for name in swap.names(folder):
        if name.endswith(".html"):
            text = (folder / name).read_text(encoding="utf-8")
            parser = html5lib.HTMLParser(strict=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                parse = parser.parseFragment if name == "fragment.html" else parser.parse
                parse(text)
            checked += 1
    assert checked > 10


def test_three_feeds_tell_the_same(folder: Path) -> None:
    atom = feedparser.parse((folder / "feed.xml").read_bytes())
    rss = feedparser.parse((folder / "rss.xml").read_bytes())
    told = json.loads((folder / "feed.json").read_bytes())
    assert (atom.bozo, rss.bozo) == (False, False)
    assert (atom.version, rss.version) == ("atom10", "rss20")
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    ids = [entry.id for entry in atom.entries]
    assert ids == [entry.id for entry in rss.entries] == [each["id"] for each in told["items"]]
    links = [entry.link for entry in rss.entries]
    assert links == [each["url"] for each in told["items"]]
    dates = [entry.published_parsed for entry in atom.entries]
    assert dates == [entry.published_parsed for entry in rss.entries]
    assert "<script" not in rss.entries[0].summary


def test_a_json_feed_has_what_its_standard_asks_for(folder: Path) -> None:
    told = json.loads((folder / "feed.json").read_bytes())
    assert told["feed_url"] == "https://press.example/news/feed.json"
    for each in told["items"]:
        assert isinstance(each["id"], str)
        assert each["content_text"]
        assert datetime.fromisoformat(each["date_published"]).tzinfo
    assert "Come on Monday." in told["items"][2]["content_text"]


def test_the_sitemap_names_every_page_and_nothing_else(folder: Path) -> None:
    tree = etree.fromstring((folder / "sitemap.xml").read_bytes())
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {loc.text for loc in tree.iter(f"{space}loc")}
    names = {n for n in swap.names(folder) if n.endswith(".html")}
    names -= {"fragment.html", "widget.html"}
    expected = {f"https://press.example/news/{'' if n == 'index.html' else n}" for n in names}
    assert found == expected


def test_the_widget_has_no_script_and_leads_to_our_pages(folder: Path) -> None:
    widget = html.document_fromstring((folder / "widget.html").read_bytes())
    assert not widget.xpath("//script | //*[@onclick]")
    links = widget.xpath("//li/a/@href")
    assert len(links) == 4
    assert all(link.startswith("https://press.example/news/updates/") for link in links)


def test_without_an_address_there_is_no_feed_that_needs_one(tmp_path: Path) -> None:
    site.publish([update(1)], tmp_path / "s", pages.SiteSettings(), NOW)
    names = set(swap.names(tmp_path / "s"))
    assert not names & {"rss.xml", "sitemap.xml"}
    assert {"feed.xml", "feed.json", "widget.html"} <= names


def test_a_theme_of_ones_own_stands_in_for_ours_and_reaches_nothing_else(tmp_path: Path) -> None:
    theme = tmp_path / "theme"
    theme.mkdir()
    (theme / "style.css").write_text("body { color: navy }", encoding="utf-8")
    (theme / "update.html").write_text("<p>{{ update.headline }}</p>", encoding="utf-8")
    themed = replace(SETTINGS, theme=theme)
    site.publish([update(1)], tmp_path / "s", themed, NOW)
    assert (tmp_path / "s" / "style.css").read_text(encoding="utf-8") == "body { color: navy }"
    [page] = (tmp_path / "s" / "updates").iterdir()
    assert page.read_text(encoding="utf-8") == (
        "<p>Trustees vote on “prison stock” &amp; more &lt;b&gt;</p>"
    )
    (theme / "update.html").write_text("{{ ''.__class__.__mro__ }}", encoding="utf-8")
    with pytest.raises(PublishError, match="template"):
        site.publish([update(2)], tmp_path / "s", themed, NOW)
    assert page.exists()


def test_one_change_touches_only_the_files_that_show_it(tmp_path: Path) -> None:
    updates = [update(number, at=NOW - timedelta(hours=number)) for number in range(300)]
    site.publish(updates, tmp_path / "s", SETTINGS, NOW)
    before = {n: (tmp_path / "s" / n).stat().st_ino for n in swap.names(tmp_path / "s")}
    updates[150] = replace(updates[150], revision="r2", headline="Corrected")
    site.publish(updates, tmp_path / "s", SETTINGS, NOW + timedelta(days=1))
    touched = {
        name for name, inode in before.items() if (tmp_path / "s" / name).stat().st_ino != inode
    }
    lists = {"index.4.html", "campaigns/prison-divestment.4.html", "outlets/stanford-daily.4.html"}
    assert lists < touched
    assert len(touched) < 15
