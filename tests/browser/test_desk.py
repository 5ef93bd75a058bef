"""The desk in a browser: logging in, the queue, filters, on a phone, without a script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clipper.store import Role
from tests import desks

from .conftest import HEADLINES, Desk, fill

PageOf = Callable[..., Page]
Axe = Callable[[Page], list[str]]


def test_a_stranger_logs_in_and_comes_to_where_they_wanted(desk: Desk, page_of: PageOf) -> None:
    """The log-in page leads on to the page that was asked for; logging out ends it."""
    desks.account(desk.office, Role.EDITOR)
    page = page_of(None)
    page.goto(f"{desk.url}/?order=oldest")
    expect(page).to_have_url(f"{desk.url}/login?next=/?order%3Doldest")
    page.get_by_label("Name").fill("editor")
    page.get_by_label("Password").fill(desks.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(f"{desk.url}/?order=oldest")
    expect(page.locator("[data-row]").first).to_contain_text(HEADLINES[-1])
    page.locator(".who summary").click()
    page.get_by_role("button", name="Log out").click()
    page.goto(desk.url)
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_search_and_a_saved_view_live_in_the_address(desk: Desk, page_of: PageOf) -> None:
    """A query narrows the list, a view keeps it, and the address alone brings it back."""
    page = page_of()
    page.goto(desk.url)
    page.get_by_label("Search with a query").fill("laundry OR boycott")
    page.keyboard.press("Enter")
    expect(page.locator("[data-row]")).to_have_count(2)
    page.get_by_text("Save this view").click()
    page.get_by_label("Name", exact=True).fill("Strikes")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(desk.url)
    page.get_by_role("link", name="Strikes").click()
    expect(page.locator("[data-row]")).to_have_count(2)
    expect(page.get_by_label("Search with a query")).to_have_value("laundry OR boycott")


def test_a_query_that_cant_be_read_says_where(desk: Desk, page_of: PageOf) -> None:
    """The place and the remedy stand under the field, and what was typed stays in it."""
    page = page_of()
    page.goto(desk.url)
    page.get_by_label("Search with a query").fill('"prison shares')
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("^")
    expect(page.get_by_label("Search with a query")).to_have_value('"prison shares')


def test_more_rows_come_by_themselves(desk: Desk, page_of: PageOf) -> None:
    """Scrolling to the end brings the next rows, in order, until all are there."""
    fill(desk.office, tuple(f"Another story, number {n}" for n in range(100, 160)))
    page = page_of()
    page.goto(desk.url)
    expect(page.locator("[data-row]")).to_have_count(40)
    page.locator(".next").scroll_into_view_if_needed()
    expect(page.locator("[data-row]")).to_have_count(72)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/?words=%22&doubt=any", "/account", "/nothing"])
def test_every_page_is_accessible(
    desk: Desk, page_of: PageOf, axe: Axe, path: str, phone: bool, dark: bool
) -> None:
    """axe-core finds nothing, in light and dark, on a desktop and on a phone."""
    page = page_of(phone=phone, dark=dark)
    page.goto(desk.url + path)
    assert axe(page) == []


@pytest.mark.parametrize("path", ["/login", "/welcome"])
def test_the_strangers_pages_are_accessible(
    desk: Desk, page_of: PageOf, axe: Axe, path: str
) -> None:
    """axe-core finds nothing on the pages before the log-in."""
    if path == "/login":
        desks.account(desk.office, Role.EDITOR)
    page = page_of(None)
    page.goto(desk.url + path)
    assert axe(page) == []


@pytest.mark.parametrize("zoom", [1, 2], ids=["phone", "phone at 200 %"])
def test_nothing_is_cut_off_on_a_phone(desk: Desk, page_of: PageOf, zoom: int) -> None:
    """No page scrolls sideways at 390 px, nor at 200 % zoom."""
    page = page_of(phone=zoom == 1, zoom=zoom)
    for path in ("/", "/?tag=x", "/account"):
        page.goto(desk.url + path)
        wider = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wider <= 0, path


def test_the_queue_works_without_a_script(desk: Desk, page_of: PageOf) -> None:
    """Filters are a plain form, and the next rows are a plain link."""
    fill(desk.office, tuple(f"Another story, number {n}" for n in range(100, 160)))
    page = page_of(script=False)
    page.goto(desk.url)
    page.get_by_role("link", name="More").click()
    expect(page.locator("[data-row]")).to_have_count(32)


def test_the_interface_speaks_the_browsers_language(desk: Desk, page_of: PageOf) -> None:
    """A Spanish browser gets Spanish, until the person chooses otherwise."""
    page = page_of(language="es")
    page.goto(desk.url)
    expect(page.get_by_role("button", name="Buscar")).to_be_visible()
    page.goto(f"{desk.url}/account")
    page.get_by_label("Idioma").select_option("en")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
