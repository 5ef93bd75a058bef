"""Campaigns, sources and clipping by hand in a browser: live check, rehearsal, saving."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clipper.store import Role

from .conftest import HEADLINES, Desk

PageOf = Callable[..., Page]
Axe = Callable[[Page], list[str]]

CAMPAIGN = "/campaign/prison-divestment"


def test_a_query_is_checked_as_it_is_typed(desk: Desk, page_of: PageOf) -> None:
    """The fault stands under the query with its place, and goes when it is mended."""
    page = page_of()
    page.goto(desk.url + CAMPAIGN)
    page.get_by_label("Query 1").fill('warehouse OR "jail')
    expect(page.locator("#q0-said .wrong")).to_be_visible()
    expect(page.locator("#q0-said .caret")).to_contain_text("^")
    page.get_by_label("Query 1").fill("warehouse OR jail")
    expect(page.locator("#q0-said")).to_contain_text("Read as: warehouse OR jail")
    expect(page.locator("#q0-said .wrong")).to_have_count(0)


def test_a_query_is_rehearsed_saved_with_its_comment_and_followed(
    desk: Desk, page_of: PageOf
) -> None:
    """What is lost is shown before saving; saving keeps comments and the queue follows."""
    page = page_of(Role.ADMIN)
    page.goto(desk.url + CAMPAIGN)
    page.get_by_label("Query 1").fill("laundry OR boycott")
    page.get_by_role("button", name="Rehearse").click()
    rehearsed = page.get_by_role("region", name="Rehearsal")
    expect(rehearsed).to_contain_text("Finds 2 stories")
    expect(rehearsed).to_contain_text("−10")
    path = desk.office.config().path
    before = path.read_text()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("0 stories came into the queue, 10 left it.")).to_be_visible()
    assert "query: 'laundry OR boycott'   # the comment stays" in path.read_text()
    assert len(path.read_text().splitlines()) == len(before.splitlines())
    page.goto(desk.url)
    expect(page.locator("[data-row]")).to_have_count(2)


def test_it_works_without_a_script(desk: Desk, page_of: PageOf) -> None:
    """Rehearsing and saving are plain forms."""
    page = page_of(Role.ADMIN, script=False)
    page.goto(desk.url + CAMPAIGN)
    page.locator("#q1").fill("laundry")
    page.get_by_role("button", name="Rehearse").click()
    expect(page.locator("#rehearsed")).to_contain_text("Finds 12 stories")
    expect(page.locator("#q1")).to_have_value("laundry")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".said")).to_contain_text("Saved.")
    assert len(desk.office.config().campaigns[0].queries) == 2


def test_two_admins_at_once_lose_no_word(desk: Desk, page_of: PageOf) -> None:
    """The later one is told, keeps what they typed, and sees what is saved now."""
    first, second = page_of(Role.ADMIN), page_of(Role.ADMIN, name="other admin")
    first.goto(desk.url + CAMPAIGN)
    second.goto(desk.url + CAMPAIGN)
    first.get_by_label("Query 1").fill("theirs")
    first.get_by_role("button", name="Save").click()
    expect(first.locator(".said")).to_contain_text("Saved.")
    second.get_by_label("Query 1").fill("mine")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("alert")).to_contain_text("changed since this page was opened")
    expect(second.get_by_label("Query 1")).to_have_value("mine")
    expect(second.locator(".now")).to_have_text("theirs")


def test_a_source_is_added_in_the_browser(desk: Desk, page_of: PageOf) -> None:
    """An outlet's feed is typed, saved, and listed."""
    page = page_of(Role.ADMIN)
    page.goto(f"{desk.url}/sources")
    page.get_by_label("Outlet").fill("La Voz")
    page.get_by_label("Address").fill("https://voz.example/rss")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", name="La Voz")).to_be_visible()


def test_on_a_phone_every_page_of_the_navigation_is_in_sight(desk: Desk, page_of: PageOf) -> None:
    """The last one is not cut off beside the account's menu."""
    page = page_of(Role.ADMIN, phone=True)
    page.goto(f"{desk.url}/sources")
    ends, room, menu = page.evaluate(
        """() => [
            [...document.querySelectorAll(".top nav a")].map(a => a.getBoundingClientRect().right),
            document.querySelector(".top nav").getBoundingClientRect().right,
            document.querySelector(".who").getBoundingClientRect().left,
        ]"""
    )
    assert len(ends) >= 4
    assert max(ends) <= room <= menu


def test_what_a_phone_shares_stands_in_the_form(desk: Desk, page_of: PageOf) -> None:
    """The share target fills the form in; nothing is fetched until the person says so."""
    page = page_of(phone=True)
    page.goto(f"{desk.url}/clip?text=Read+this:+https://daily.example/a?b=c")
    expect(page.get_by_label("Address of the article")).to_have_value("https://daily.example/a?b=c")
    expect(page.locator('link[rel="manifest"]')).to_have_count(1)
    href = page.get_by_role("link", name="Clip with clipper").get_attribute("href")
    assert re.match(r"javascript:location\.href='http://127\.0\.0\.1:\d+/clip\?url='", href or "")


@pytest.mark.parametrize("phone", [False, True])
@pytest.mark.parametrize("dark", [False, True])
def test_nothing_bars_anybody(
    desk: Desk, page_of: PageOf, axe: Axe, phone: bool, dark: bool
) -> None:
    """axe-core finds nothing, and nothing is wider than the screen."""
    page = page_of(Role.ADMIN, phone=phone, dark=dark)
    for path in ("/campaigns", CAMPAIGN, "/campaigns/new", "/sources", "/clip"):
        page.goto(desk.url + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(desk.url + CAMPAIGN)
    page.get_by_label("Query 1").fill(f'"{HEADLINES[0]}" OR "')
    expect(page.locator(".caret")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Query 1").fill("jail OR laundry")
    page.get_by_role("button", name="Rehearse").click()
    expect(page.locator("#rehearsed h2")).to_be_visible()
    assert axe(page) == []
