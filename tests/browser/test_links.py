"""A link from the morning brief in a browser: on a desk and on a phone, without log-in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clipper.desk import links
from clipper.model import Status
from tests import desks
from tests.test_links import CONFIG, KEY, path

from .conftest import Desk, fill


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    office = replace(desks.office_of(tmp_path, text=CONFIG), link_key=lambda: KEY)
    fill(office)
    with desks.serving_desk(office) as url:
        found = Desk(url, office)
        yield found
    office.store.close()
    assert not found.trouble, found.trouble


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_link_asks_first_and_decides_at_the_button(
    desk: Desk, page_of: Callable[..., Page], axe: Callable[[Page], list[str]], phone: bool
) -> None:
    page = page_of(None, phone=phone)
    page.goto(desk.url + path(1, links.REJECT))
    expect(page.get_by_role("heading", name="Reject this story?")).to_be_visible()
    expect(page.get_by_text("You act as ana@press.example")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert desk.office.store.clippings.status(1) is Status.QUEUED
    page.get_by_label("Reason").select_option(index=1)
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("status").filter(has_text=re.compile("used up"))).to_be_visible()
    assert desk.office.store.clippings.status(1) is Status.REJECTED
    page.reload()
    expect(page.get_by_role("button", name="Reject")).to_have_count(0)


def test_without_a_script_it_works_too(desk: Desk, page_of: Callable[..., Page]) -> None:
    page = page_of(None, script=False, language="es")
    page.goto(desk.url + path(2))
    page.get_by_role("button", name="Aprobar").click()
    expect(page.get_by_text("El enlace ya no sirve")).to_be_visible()
    assert desk.office.store.clippings.status(2) is Status.APPROVED
