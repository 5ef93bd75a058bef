"""What an editor can rely on at the judging page in a real browser.

Each page fails its test on a console error and on a request to another host (conftest).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clipper import excerpt
from clipper.store import Filter, Role
from tests import keeping

from .conftest import Desk

PageOf = Callable[..., Page]


def ids(desk: Desk) -> tuple[int, ...]:
    return desk.office.store.queue.ids(Filter())


def at(page: Page, desk: Desk, number: int, query: str = "") -> Page:
    page.goto(f"{desk.url}/clippings/{number}{query}")
    return page


def paragraphs(desk: Desk, number: int) -> tuple[str, ...]:
    clipping = desk.office.store.clippings.get(number)
    return excerpt.paragraphs(clipping.text, clipping.excerpt)


def press(page: Page, *keys: str) -> None:
    """Press keys that lead to another page, and wait for that."""
    with page.expect_navigation():
        for key in keys:
            page.keyboard.press(key)


def test_ten_stories_are_judged_by_keyboard_alone(page_of: PageOf, desk: Desk) -> None:
    page, store = page_of(), desk.office.store
    numbers = ids(desk)
    page.goto(f"{desk.url}/")
    page.keyboard.press("j")
    press(page, "Enter")
    assert page.url == f"{desk.url}/clippings/{numbers[0]}"
    ways: Sequence[tuple[str, ...]] = [
        ("a",), ("r", "1"), ("r", "4"), ("a",), ("s", "2"), ("r", "9"), ("a",), ("a",), ("r", "3"), ("a",),
    ]  # fmt: skip
    for way in ways:
        press(page, *way)
    found = [store.clippings.get(number) for number in numbers[:10]]
    assert [clipping.status for clipping in found] == [
        "approved", "rejected", "rejected", "approved", "snoozed", "rejected", "approved",
        "approved", "rejected", "approved",
    ]  # fmt: skip
    assert [c.reason for c in found if c.status == "rejected"] == [
        "off-topic", "duplicate", "broken-extraction", "passing-mention",
    ]  # fmt: skip
    assert page.url == f"{desk.url}/clippings/{numbers[10]}"
    press(page, "z")
    press(page, "z")
    assert [store.clippings.get(n).status for n in numbers[8:10]] == ["queued", "queued"]


def test_typing_in_a_field_never_acts_and_enter_saves(page_of: PageOf, desk: Desk) -> None:
    page, number = page_of(), ids(desk)[0]
    at(page, desk, number)
    page.keyboard.press("h")
    page.keyboard.type("araz")
    press(page, "Enter")
    clipping = desk.office.store.clippings.get(number)
    assert (clipping.headline, clipping.status) == ("araz", "queued")
    page.keyboard.press("n")
    page.keyboard.type("a note")
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.type("budget")
    page.keyboard.press("Escape")
    press(page, "j")
    clipping = desk.office.store.clippings.get(number)
    assert (clipping.note, clipping.status) == ("a note", "queued"), "moving on keeps the words"
    assert "budget" in clipping.tags
    assert page.url == f"{desk.url}/clippings/{ids(desk)[1]}"


def test_holding_a_key_down_judges_one_story(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(), ids(desk)
    at(page, desk, numbers[0])
    page.keyboard.down("a")
    page.wait_for_url(f"**/clippings/{numbers[1]}")
    for _ in range(3):
        page.keyboard.down("a")
    page.wait_for_timeout(200)
    page.keyboard.up("a")
    assert [desk.office.store.clippings.get(n).status for n in numbers[:2]] == [
        "approved",
        "queued",
    ]


def select(page: Page, words: str) -> None:
    """Drag the mouse over words of the text, from the middle of the first to that of the last."""
    box = page.evaluate(
        """(words) => {
            const walker = document.createTreeWalker(document.querySelector('#text'), NodeFilter.SHOW_TEXT);
            for (let node; (node = walker.nextNode());) {
                const start = node.data.indexOf(words);
                if (start < 0) continue;
                const at = (n) => {
                    const range = document.createRange();
                    range.setStart(node, n); range.setEnd(node, n + 1);
                    const box = range.getBoundingClientRect();
                    return [box.left + box.width / 2, box.top + box.height / 2];
                };
                return [at(start + 1), at(start + words.length - 2)];
            }
        }""",
        words,
    )
    page.mouse.move(*box[0])
    page.mouse.down()
    page.mouse.move(*box[1], steps=6)
    page.mouse.up()


def test_words_selected_by_mouse_become_the_excerpt_whole_and_verbatim(
    page_of: PageOf, desk: Desk
) -> None:
    page, number = page_of(), ids(desk)[0]
    at(page, desk, number)
    select(page, "seven to two")
    page.get_by_role("button", name="Quote only this").click()
    expect(page.locator("#preview")).to_contain_text("seven to two")
    expect(page.locator("#count")).to_contain_text("3")
    select(page, "waited nine")
    page.get_by_role("button", name="Quote", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("[…]")
    press(page, "a")
    assert paragraphs(desk, number) == ("seven to two", "[…]", "waited nine")


def test_paragraphs_go_in_and_out_by_a_click(page_of: PageOf, desk: Desk) -> None:
    page, number = page_of(), ids(desk)[0]
    at(page, desk, number)
    blocks = page.locator("#text .block p")
    blocks.nth(2).click()
    blocks.nth(0).click()
    expect(page.locator("#preview")).to_contain_text("Nobody in the hall")
    expect(page.locator("#preview")).not_to_contain_text("The city sold")
    press(page, "w")
    assert paragraphs(desk, number) == (blocks.nth(2).inner_text(),)


def test_sentences_are_chosen_by_arrows_and_space(page_of: PageOf, desk: Desk) -> None:
    page, number = page_of(), ids(desk)[0]
    at(page, desk, number)
    for key in (
        "e",
        "Space",
        "ArrowDown",
        "ArrowDown",
        "ArrowRight",
        "ArrowRight",
        "Space",
        "Escape",
    ):
        page.keyboard.press(key)
    press(page, "w")
    assert paragraphs(desk, number) == ("Nobody in the hall had expected it.",)


def test_an_excerpt_over_the_budget_asks_for_a_reason_at_once(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(), ids(desk)
    at(page, desk, numbers[0])
    assert not page.locator("#reason").is_visible()
    page.locator("#text .block p").nth(2).click()
    page.locator("#text .block p").nth(1).click()
    expect(page.locator("#reason")).to_be_visible()
    press(page, "a")
    expect(page.get_by_role("alert")).to_contain_text("budget")
    page.locator("#reason").fill("they allowed it")
    page.keyboard.press("Escape")
    press(page, "a")
    assert desk.office.store.clippings.get(numbers[0]).reason == "they allowed it"


def test_letters_beyond_the_sixteen_bits_do_not_shift_what_is_quoted(
    page_of: PageOf, desk: Desk
) -> None:
    text = "🏛️ The 𝐜𝐢𝐭𝐲 sold 😀 its prison shares.\nAnd 🎉 that was that, for once."
    read = keeping.reading(text=text, url="https://daily.example/emoji", title="Emoji")
    number = keeping.queued(desk.office.store, "emoji", read=read)
    page = at(page_of(), desk, number)
    select(page, "that was that")
    page.get_by_role("button", name="Quote only this").click()
    expect(page.locator("#preview")).to_contain_text("that was that")
    press(page, "w")
    assert paragraphs(desk, number) == ("that was that",)


def test_two_browsers_at_once_lose_no_word(page_of: PageOf, desk: Desk) -> None:
    number = ids(desk)[0]
    ana, bo = page_of(name="ana"), page_of(name="bo")
    at(ana, desk, number)
    at(bo, desk, number)
    expect(bo.locator("#here")).to_contain_text("ana")
    ana.locator("#headline").fill("Ana's headline")
    ana.keyboard.press("Escape")
    press(ana, "w")
    bo.locator("#headline").fill("Bo's headline")
    bo.locator("#note").fill("Bo's note")
    bo.keyboard.press("Escape")
    press(bo, "a")
    expect(bo.get_by_role("heading", level=1)).to_have_text("A colleague was quicker")
    for words in ("Ana's headline", "Bo's headline", "Bo's note"):
        expect(bo.get_by_role("table")).to_contain_text(words)
    clipping = desk.office.store.clippings.get(number)
    assert (clipping.headline, clipping.status) == ("Ana's headline", "queued")
    with bo.expect_navigation():
        bo.get_by_role("button", name="Put my words in their place").click()
    clipping = desk.office.store.clippings.get(number)
    assert (clipping.headline, clipping.note) == ("Bo's headline", "Bo's note")


def test_a_double_click_on_approve_judges_one_story(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(), ids(desk)
    at(page, desk, numbers[0])
    page.get_by_role("button", name="Approve").dblclick()
    page.wait_for_url(f"**/clippings/{numbers[1]}")
    page.wait_for_load_state("networkidle")
    assert [desk.office.store.clippings.get(n).status for n in numbers[:2]] == [
        "approved",
        "queued",
    ]


def test_a_phone_judges_by_touch(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(phone=True), ids(desk)
    at(page, desk, numbers[0])
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390, "nothing sticks out of the screen"
    page.locator("#text .block p").nth(1).tap()
    expect(page.locator("#preview")).to_contain_text("people spoke of")
    page.locator("details.menu summary", has_text="Reject").tap()
    with page.expect_navigation():
        page.get_by_role("button", name="too old").tap()
    assert desk.office.store.clippings.get(numbers[0]).reason == "too-old"
    with page.expect_navigation():
        page.get_by_role("button", name="Undo").first.tap()
    assert desk.office.store.clippings.get(numbers[0]).status == "queued"


def test_all_that_is_essential_works_without_a_script(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(script=False), ids(desk)
    at(page, desk, numbers[0])
    expect(page.get_by_role("button", name="Keys")).to_have_count(0)
    page.get_by_role("button", name="Quote paragraph 2").click()
    expect(page.locator("#preview")).to_contain_text("people spoke of")
    page.locator("#headline").fill("Ours")
    page.locator("#note").fill("a note")
    page.locator("#reason").fill("short text") if page.locator("#reason").is_visible() else None
    page.get_by_role("button", name="Approve").click()
    assert page.url == f"{desk.url}/clippings/{numbers[1]}"
    done = desk.office.store.clippings.get(numbers[0])
    assert (done.status, done.headline, done.note) == ("approved", "Ours", "a note")
    page.locator("details.menu summary", has_text="Reject").click()
    page.get_by_role("button", name="wrong sense").click()
    page.locator("details.menu summary", has_text="Snooze").click()
    page.get_by_role("button", name="in 3 days").click()
    page.get_by_role("button", name="Undo").first.click()
    store = desk.office.store
    assert [store.clippings.get(n).status for n in numbers[1:3]] == ["rejected", "queued"]


def test_keys_of_ones_own_are_used_at_once(page_of: PageOf, desk: Desk) -> None:
    page, numbers = page_of(), ids(desk)
    page.goto(f"{desk.url}/keys")
    page.get_by_label("approve", exact=True).fill("y")
    page.get_by_role("button", name="Save").click()
    at(page, desk, numbers[0])
    page.keyboard.press("a")
    press(page, "y")
    assert desk.office.store.clippings.get(numbers[0]).status == "approved"


def test_help_lists_the_keys_and_closes(page_of: PageOf, desk: Desk) -> None:
    page = at(page_of(), desk, ids(desk)[0])
    page.keyboard.press("?")
    expect(page.locator("dialog#help")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.locator("dialog#help")).to_be_hidden()
    assert desk.office.store.clippings.get(ids(desk)[0]).status == "queued"


@pytest.mark.parametrize(
    "asked", [{}, {"dark": True}, {"phone": True}, {"zoom": 2}], ids=["desktop", "dark", "phone", "zoom"]
)  # fmt: skip
def test_no_page_of_judging_has_a_fault_of_access(
    page_of: PageOf, desk: Desk, axe: Callable[[Page], list[str]], asked: dict[str, Any]
) -> None:
    page, number = page_of(**asked), ids(desk)[0]
    at(page, desk, number)
    assert axe(page) == []
    page.locator("details.menu summary", has_text="Reject").click()
    assert axe(page) == []
    for path in (
        f"clippings/{number}/history",
        "keys",
        "undo",
        f"clippings/{number}/why-not?why_not=prison-divestment",
    ):
        page.goto(f"{desk.url}/{path}")
        assert axe(page) == [], path


def test_the_stale_and_the_bulk_page_have_no_fault_of_access(
    page_of: PageOf, desk: Desk, axe: Callable[[Page], list[str]]
) -> None:
    page, number = page_of(), ids(desk)[0]
    at(page, desk, number)
    desk.office.store.clippings.reword(number, who="bo", now=keeping.NOW, headline="Bo's")
    page.locator("#headline").fill("Mine")
    page.keyboard.press("Escape")
    press(page, "w")
    assert axe(page) == []
    page.goto(f"{desk.url}/")
    page.locator("[data-act=bulk] summary").click()
    page.get_by_label("all of this filter").check()
    with page.expect_navigation():
        page.get_by_role("button", name="See what would change").click()
    assert axe(page) == []
    expect(page.get_by_role("heading", level=1)).to_have_text("What would change")


def test_a_page_stays_when_it_is_looked_at_by_a_viewer(page_of: PageOf, desk: Desk) -> None:
    page = at(page_of(Role.VIEWER), desk, ids(desk)[0])
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.keyboard.press("a")
    page.locator("#text p").first.click()
    assert desk.office.store.clippings.get(ids(desk)[0]).version == 1
