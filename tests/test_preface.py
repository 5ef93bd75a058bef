"""The campaign's own words above an excerpt: everywhere, marked as its own, never as a quotation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from clipper import desk, text
from clipper.desk import Words
from clipper.desk.briefing import BriefRules, Recipient, gather
from clipper.model import Budget, Clipping, Outlet
from clipper.publishers import rendering, site
from clipper.publishers.markdown import Markdown
from clipper.publishers.pages import SiteSettings
from clipper.reports import page as brief_page
from clipper.reports import plain
from clipper.store import Store

from . import desks
from .keeping import NOW, OUTLETS, TEXT, queued, synced

ANA: dict[str, Any] = {"who": "ana", "now": NOW}
WIDE = Budget(words=500, share=1.0)
DAILY = Outlet(slug="daily", name="The Daily")
OURS = "We have asked for this <since> 2019.\nCome on Monday."


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


@pytest.fixture
def clipping(store: Store) -> Clipping:
    return desk.approve(store, queued(store), budget=WIDE, words=Words(preface=OURS), **ANA)


def test_it_is_no_part_of_what_is_quoted_or_counted(store: Store, clipping: Clipping) -> None:
    assert (clipping.preface, clipping.note) == (OURS, "")
    assert clipping.excerpt == store.clippings.get(clipping.id).excerpt
    use = desk.use_of(store, clipping, clipping.excerpt, Budget(words=8, share=1), NOW)
    assert (use.words, use.over) == (8, ())
    update = desk.update_of(clipping, DAILY)
    assert update.note == OURS
    assert not any("Monday" in each and "asked" in each for each in update.paragraphs)


def test_an_update_without_one_is_the_same_as_before_there_were_any(store: Store) -> None:
    """Else every update would be sent again after an upgrade."""
    clipping = store.clippings.get(queued(store))
    update = desk.update_of(clipping, DAILY)
    shown = (update.headline, update.attribution, update.paragraphs, update.url)
    assert update.revision == text.digest(repr((shown, update.campaigns)))
    noted = desk.reword(store, clipping, words=Words(preface=OURS), **ANA)
    assert desk.update_of(noted, DAILY).revision != update.revision


def test_the_note_for_colleagues_is_never_shown(store: Store) -> None:
    clipping = store.clippings.get(queued(store))
    noted = desk.reword(store, clipping, words=Words(note="call the editor"), **ANA)
    assert desk.update_of(noted, DAILY) == desk.update_of(clipping, DAILY)


def _is_marked(shown: str) -> None:
    assert shown.index("Our note:") < shown.index("We have asked for this <since> 2019.")
    assert shown.count("Our note:") == 1
    assert shown.index("Come on Monday.") < shown.index("Via The Daily")


def test_the_site_and_its_feeds_mark_it_outside_of_the_quotation(
    tmp_path: Path, clipping: Clipping
) -> None:
    folder = tmp_path / "site"
    settings = SiteSettings(title="Seen", url="https://group.example")
    update = desk.update_of(clipping, DAILY)
    site.publish([update], folder, settings, NOW)
    shown = html.fromstring((folder / "index.html").read_text("utf-8"))
    (article,) = shown.xpath("//article")
    _is_marked(article.text_content())
    _is_marked("\n".join(shown.xpath("//p[@class='note' or @class='credit']//text()")))
    for name, path in (("feed.xml", "//*[local-name()='content']"), ("rss.xml", "//description")):
        bodies = etree.parse(folder / name).xpath(path)
        told = html.fromstring(bodies[-1].text)
        _is_marked(told.text_content())
        assert "Monday." not in "".join(told.xpath("//blockquote//text()")).replace(TEXT[:42], "")
    items = json.loads((folder / "feed.json").read_text("utf-8"))["items"]
    _is_marked(items[0]["content_text"])


def test_posts_elsewhere_mark_it_in_the_same_way(tmp_path: Path, clipping: Clipping) -> None:
    update = desk.update_of(clipping, DAILY)
    Markdown(tmp_path / "news", "house").create(update, NOW)
    (file,) = (tmp_path / "news").glob("*.md")
    written = file.read_text("utf-8").replace("&lt;", "<").replace("&gt;", ">").replace("**", "")
    _is_marked(written.partition("---\n\n")[2])
    assert "> We" not in written
    post = html.fromstring(rendering.rendered(update, "wordpress.html", None, classes="c"))
    _is_marked(post.text_content())
    quoted = "".join(post.xpath("//blockquote//text()"))
    assert "asked" not in quoted


def test_the_brief_marks_it_too(store: Store, clipping: Clipping) -> None:
    rules = BriefRules(outlets=OUTLETS, campaigns={})
    brief = gather(store, rules, Recipient(address="a@b.example"), NOW + timedelta(hours=1), NOW)
    one_line = "Our note: We have asked for this <since> 2019. Come on Monday."
    assert one_line in " ".join(plain(brief).split())
    shown = html.fromstring(brief_page(brief))
    assert one_line in shown.text_content()
    assert "asked" not in "".join(shown.xpath("//blockquote//text()"))


def test_a_step_of_before_the_column_can_still_be_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "clipper.db"
    with Store.create(path) as store:
        number = queued(synced(store))
        desk.approve(store, number, budget=WIDE, words=Words(headline="Ours"), **ANA)
    with closing(sqlite3.connect(path)) as file:
        file.execute(
            "UPDATE transition SET prior = json_remove(prior, '$.preface') WHERE prior <> ''"
        )
        file.execute("UPDATE clipping SET preface = 'kept'")
        file.commit()
    with Store.open(path) as store:
        (back,) = desk.undo(store, **ANA)
        assert (back.status, back.headline, back.preface) == ("queued", "", "kept")


def test_editors_write_it_in_the_desk_and_see_it_as_readers_will(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    number = queued(office.store)
    client = desks.client_of(office)
    words = {"version": "1", "preface": OURS}
    assert client.send(f"/clippings/{number}/save", **words).status_code == 303
    shown = html.fromstring(client.get(f"/clippings/{number}").text)
    assert shown.xpath("string(//textarea[@name='preface'])").strip() == OURS
    _is_marked(shown.xpath("string(//*[@id='preview'])"))
    stale = client.send(f"/clippings/{number}/save", version="1", preface="Another one.")
    assert stale.status_code == 409
    assert "Another one." in stale.text
    assert "Our note to readers" in stale.text
    office.store.close()
