"""What an editor can rely on at the judging page, without a browser: plain forms do it all."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from clipper.model import Status
from clipper.store import Role
from clipper.web import Office

from . import desks, keeping

HOSTILE = "<img src=x onerror=alert(1)>\"'{{7*7}}</script>"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path)
    yield made
    made.store.close()


def queue(office: Office, number: int, **fields: Any) -> int:
    """A queued story; a higher number is newer."""
    read = keeping.reading(**({"url": f"https://daily.example/{number}"} | fields))
    return keeping.queued(
        office.store, str(number), read=read, now=keeping.NOW + number * keeping.HOUR
    )


@pytest.fixture
def numbers(office: Office) -> list[int]:
    """Three stories, in the order of the queue: the newest first."""
    return [queue(office, n, title=f"Story {n}") for n in (1, 2, 3)][::-1]


def status(office: Office, number: int) -> Status:
    return office.store.clippings.get(number).status


def form_of(page: str) -> dict[str, Any]:
    """What a browser without a script would send of the judging form, no button pressed."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    found |= dict(re.findall(r'name="(headline|wire|published)"[^>]*?value="([^"]*)"', page))
    found |= dict(re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>([^<]*)</textarea>', page))
    tags = re.findall(r'type="checkbox" name="tag" value="([^"]*)"', page)
    return {**found, "tag": tags}


def test_each_decision_goes_on_to_the_next_story_of_the_filter(
    office: Office, numbers: list[int]
) -> None:
    client = desks.client_of(office)
    first, second, third = numbers
    filtered = "campaign=prison-divestment&order=oldest"
    page = client.get(f"/clippings/{third}?{filtered}").text
    assert f"/clippings/{second}?{filtered}".replace("&", "&amp;") in page
    for number, act, more, following in (
        (third, "approve", {}, second),
        (second, "reject", {"reject_reason": "off-topic"}, first),
    ):
        sent = form_of(client.get(f"/clippings/{number}?{filtered}").text) | more
        answer = client.send(f"/clippings/{number}/{act}?{filtered}", **sent)
        assert (answer.status_code, answer.location) == (303, f"/clippings/{following}?{filtered}")
    sent = form_of(client.get(f"/clippings/{first}?{filtered}").text) | {"until": "tomorrow"}
    answer = client.send(f"/clippings/{first}/snooze?{filtered}", **sent)
    assert answer.location == f"/?{filtered}", "nothing is left: to the queue"
    assert [status(office, number) for number in numbers] == ["snoozed", "rejected", "approved"]


def test_the_page_as_it_is_changes_no_word_when_it_is_approved(
    office: Office, numbers: list[int]
) -> None:
    """What the form sends of itself is what stands: approving is not rewording."""
    client = desks.client_of(office)
    before = office.store.clippings.get(numbers[0])
    client.send(
        f"/clippings/{numbers[0]}/approve", **form_of(client.get(f"/clippings/{numbers[0]}").text)
    )
    after = office.store.clippings.get(numbers[0])
    assert replace(after, status=before.status, version=1, decided_at=None, decided_by="") == before
    assert office.store.clippings.steps(numbers[0])[-1].changed == {}


def test_words_facts_and_tags_are_kept_in_one_step(office: Office, numbers: list[int]) -> None:
    client = desks.client_of(office)
    number = numbers[0]
    sent = form_of(client.get(f"/clippings/{number}").text) | {
        "headline": "Ours", "authors": "Ana Ruiz\nBo Li", "wire": "AP", "published": "2026-02-27",
        "more_tags": "budget, vote", "note": "call them", "spans": "4-8,18-31",
    }  # fmt: skip
    assert client.send(f"/clippings/{number}/save", **sent).location == f"/clippings/{number}"
    clipping = office.store.clippings.get(number)
    article = clipping.article.article
    assert (clipping.headline, clipping.note) == ("Ours", "call them")
    assert (article.authors, article.wire) == (("Ana Ruiz", "Bo Li"), "AP")
    assert f"{article.published_at:%Y-%m-%d}" == "2026-02-27"
    assert clipping.tags == ("budget", "prison-divestment", "vote")
    assert [(s.start, s.end) for s in clipping.excerpt.spans] == [(4, 8), (18, 31)]
    page = client.get(f"/clippings/{number}").text
    assert "Via The Daily (AP) | Ana Ruiz and Bo Li" in page
    assert "Read from: editor." in page


def test_what_is_refused_gives_back_every_word_that_was_typed(
    office: Office, numbers: list[int]
) -> None:
    client = desks.client_of(office)
    number = numbers[0]
    sent = form_of(client.get(f"/clippings/{number}").text) | {"headline": "Typed", "note": "long"}
    for path, more in (
        ("reject", {"reject_reason": ""}),
        ("approve", {"quotation": "nobody wrote this"}),
        ("approve", {"spans": "0-99999"}),
        ("approve", {"spans": "junk"}),
        ("save", {"published": "yesterday"}),
        ("snooze", {"until_day": "2020-01-01"}),
    ):
        answer = client.send(f"/clippings/{number}/{path}", **(sent | more))
        assert answer.status_code == 409, (path, more)
        assert 'value="Typed"' in answer.text
        assert ">long</textarea>" in answer.text
        assert "Nothing was saved" in answer.text
    assert office.store.clippings.get(number).version == 1


def test_a_stale_page_shows_both_and_either_can_be_kept(office: Office, numbers: list[int]) -> None:
    number = numbers[0]
    ana, bo = desks.client_of(office, name="ana"), desks.client_of(office, name="bo")
    both = [form_of(each.get(f"/clippings/{number}").text) for each in (ana, bo)]
    ana.send(f"/clippings/{number}/save", **(both[0] | {"headline": "Ana's", "spans": "0-8"}))
    answer = bo.send(
        f"/clippings/{number}/approve", **(both[1] | {"headline": "Bo's", "note": "B"})
    )
    assert answer.status_code == 409
    assert "Ana&#39;s" in answer.text
    assert "Bo&#39;s" in answer.text
    assert "ana" in answer.text
    assert office.store.clippings.get(number).headline == "Ana's"
    again = form_of(answer.text) | {"headline": "Bo's"}
    assert bo.send(f"/clippings/{number}/save", **again).status_code == 303
    clipping = office.store.clippings.get(number)
    assert (clipping.headline, clipping.note, clipping.status) == ("Bo's", "B", "queued")


def test_words_from_an_older_text_are_shown_in_full_when_the_outlet_changed_it(
    office: Office, numbers: list[int]
) -> None:
    """The spans of the old text mean other words in the new one: they are never carried over."""
    number = numbers[0]
    client = desks.client_of(office)
    sent = form_of(client.get(f"/clippings/{number}").text) | {"spans": "18-31"}
    old = office.store.clippings.get(number).article
    pending = keeping.waiting(office.store, "3b", url=old.article.url + "?x")
    renewed = keeping.reading(text="Corrected: " + keeping.TEXT, url=old.article.url)
    office.store.articles.renew(old.id, keeping.harvest(pending, renewed), keeping.NOW)
    version = office.store.articles.get(old.id).version
    office.store.clippings.follow(number, old.id, version, renewed, keeping.NOW)
    answer = client.send(f"/clippings/{number}/save", **sent)
    assert answer.status_code == 409
    assert 'name="quotation" value="prison shares"' in answer.text
    assert 'name="spans"' not in answer.text


def test_a_double_click_approves_once_and_goes_on(office: Office, numbers: list[int]) -> None:
    client = desks.client_of(office)
    sent = form_of(client.get(f"/clippings/{numbers[0]}").text)
    places = [client.send(f"/clippings/{numbers[0]}/approve", **sent).location for _ in range(2)]
    assert places == [f"/clippings/{numbers[1]}"] * 2
    assert len(office.store.clippings.history(numbers[0])) == 2


def test_undo_brings_back_the_story_after_the_page_has_moved_on(
    office: Office, numbers: list[int]
) -> None:
    client = desks.client_of(office)
    for number in numbers[:2]:
        sent = form_of(client.get(f"/clippings/{number}").text) | {"reject_reason": "too-old"}
        client.send(f"/clippings/{number}/reject", **sent)
    for number in (numbers[1], numbers[0]):
        assert client.send("/undo").location == f"/clippings/{number}"
        assert status(office, number) == "queued"
    assert client.send("/undo").status_code == 409
    page = client.get(f"/clippings/{numbers[0]}/history").text
    assert page.count("taken back") == 1
    assert "too-old" in page


def test_a_paragraph_is_quoted_by_a_plain_button(office: Office, numbers: list[int]) -> None:
    client = desks.client_of(office)
    number = numbers[0]
    sent = form_of(client.get(f"/clippings/{number}").text) | {"block": "1", "note": "kept too"}
    answer = client.send(f"/clippings/{number}/cut", **sent)
    assert answer.location == f"/clippings/{number}#block-1"
    clipping = office.store.clippings.get(number)
    assert [(s.start, s.end) for s in clipping.excerpt.spans] == [(0, len(keeping.TEXT))]
    assert clipping.note == "kept too"


def test_the_preview_is_the_update_that_would_be_published(
    office: Office, numbers: list[int]
) -> None:
    from clipper import desk

    client = desks.client_of(office)
    number = numbers[0]
    sent = form_of(client.get(f"/clippings/{number}").text) | {
        "headline": "Ours",
        "spans": "4-8,18-31",
    }
    shown = client.send(f"/clippings/{number}/preview", **sent).text
    assert office.store.clippings.get(number).version == 1
    client.send(f"/clippings/{number}/save", **sent)
    outlet = office.outlet("daily")
    update = desk.update_of(office.store.clippings.get(number), outlet, office.config().attribution)
    for words in (update.headline, update.attribution, *update.paragraphs):
        assert words in shown
    assert "<strong>3</strong>" in shown


def test_many_are_judged_only_after_a_page_that_says_what_would_change(
    office: Office, numbers: list[int]
) -> None:
    client = desks.client_of(office)
    asked = {"kind": "reject", "reject_reason": "duplicate"}
    page = client.send("/bulk?order=oldest", all="1", **asked)
    assert "3 stories of 3 would change" in page.text
    assert {status(office, number) for number in numbers} == {"queued"}
    chosen = re.findall(r'name="story" value="([\d.]+)"', page.text)
    office.store.clippings.reword(numbers[1], who="bo", now=keeping.NOW, note="mine")
    answer = client.send("/bulk/act?order=oldest", story=chosen, **asked)
    assert answer.location == "/?order=oldest"
    said = client.get(answer.location).text
    assert "Done for 2 stories" in said
    assert "Left alone" in said
    assert [status(office, n) for n in numbers] == ["rejected", "queued", "rejected"]
    client.send("/undo")
    assert {status(office, number) for number in numbers} == {"queued"}


@pytest.mark.parametrize("kind", ["approve", "snooze", "requeue", "assign", "tag", "untag"])
def test_each_act_on_many_has_its_preview(office: Office, numbers: list[int], kind: str) -> None:
    more = {"until_day": "2026-03-09", "assignee": "bo", "with_tag": "prison-divestment"}
    answer = desks.client_of(office).send("/bulk", story=numbers, kind=kind, **more)
    assert answer.status_code == 200
    assert answer.text.count("Story ") >= 3


def test_a_colleague_who_has_the_story_open_is_named(office: Office, numbers: list[int]) -> None:
    ana = desks.client_of(office, name="ana")
    bo = ana.application.test_client()
    assert isinstance(bo, desks.Client)
    desks.log_in(bo, desks.account(office, Role.EDITOR, "bo"))
    ana.get(f"/clippings/{numbers[0]}")
    assert "ana has this story open too" in bo.get(f"/clippings/{numbers[0]}").text
    assert "open too" not in bo.get(f"/clippings/{numbers[1]}").text
    assert isinstance(office.now, desks.Clock)
    office.now.go_on(keeping.HOUR)
    assert "open too" not in bo.send(f"/clippings/{numbers[0]}/here").text


def test_nothing_of_an_outlet_is_markup_on_any_page(office: Office) -> None:
    number = queue(
        office, 9, title=HOSTILE, text=f"{HOSTILE} prison shares.", authors=(HOSTILE,),
        byline=HOSTILE, lede=HOSTILE, wire=HOSTILE, date_text=HOSTILE, language="en",
    )  # fmt: skip
    other = queue(office, 8, title=HOSTILE)
    client = desks.client_of(office)
    sent = form_of(client.get(f"/clippings/{number}").text) | {"spans": "0-20", "version": "1"}
    pages = [client.get(f"/clippings/{number}{path}").text for path in ("", "/history", "/kin")] + [
        client.send(f"/clippings/{number}/preview", **sent).text,
        client.send("/bulk", story=[number, other], kind="tag", with_tag=HOSTILE).text,
        client.send(f"/clippings/{number}/save", **(sent | {"version": "7", "note": HOSTILE})).text,
        client.send(f"/clippings/{number}/save", **(sent | {"note": HOSTILE, "spans": "x"})).text,
        client.get("/undo").text,
    ]
    for page in pages:
        assert "<img" not in page
        assert "49" not in re.sub(r"\?v=\w+", "", page)
        assert "&lt;img" in page or "None with a like headline" in page or "take back" in page


def test_a_viewer_reads_and_changes_nothing(office: Office, numbers: list[int]) -> None:
    client = desks.client_of(office, Role.VIEWER)
    page = client.get(f"/clippings/{numbers[0]}")
    assert page.status_code == 200
    assert "formaction" not in page.text
    for act in ("approve", "reject", "snooze", "save", "cut", "credit", "merge", "split", "assign"):
        answer = client.send(f"/clippings/{numbers[0]}/{act}", version="1", reject_reason="rights")
        assert answer.status_code == 403
    assert client.send("/undo").status_code == 403
    assert office.store.clippings.get(numbers[0]).version == 1


def keys_of(client: Any) -> dict[str, str]:
    """The keys that every page carries for the script, the queue's among them."""
    (found,) = html.fromstring(client.get("/").text).xpath("//body/@data-keys")
    return dict(json.loads(found))


def test_keys_are_each_persons_own_and_never_two_for_one(office: Office) -> None:
    ana, bo = desks.client_of(office, name="ana"), desks.client_of(office, name="bo")
    usual = keys_of(ana)
    assert usual["approve"] == "a"
    assert ana.send("/keys", **(usual | {"approve": "y"})).status_code == 303
    assert (keys_of(ana)["approve"], keys_of(bo)["approve"]) == ("y", "a")
    for bad in ("j", "", "ab", "5", " "):
        answer = ana.send("/keys", **(usual | {"approve": bad}))
        assert answer.status_code == 400, bad
    assert ana.send("/keys", usual="1").status_code == 303
    assert keys_of(ana) == usual


def test_why_another_campaign_does_not_want_it_is_told_on_request(tmp_path: Path) -> None:
    text = desks.CONFIG + "  - name: Water\n    query: 'water AND dam'\n"
    office = desks.office_of(tmp_path, text=text)
    number = queue(office, 1)
    page = desks.client_of(office).get(f"/clippings/{number}/why-not?why_not=water")
    assert "First clause that failed" in page.text
    assert "<code>water</code>" in page.text
    assert desks.client_of(office).get(f"/clippings/{number}/why-not?why_not=x").status_code == 404
    office.store.close()


def test_a_form_without_a_version_decides_nothing(office: Office, numbers: list[int]) -> None:
    answer = desks.client_of(office).send(f"/clippings/{numbers[0]}/approve")
    assert answer.status_code == 409
    assert status(office, numbers[0]) == "queued"


def test_an_approved_story_is_not_cut_over_the_budget_without_a_reason(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path, text=desks.CONFIG + "budget:\n  words: 3\n  share: 100%\n")
    number = queue(office, 1)
    client = desks.client_of(office)
    form = form_of(client.get(f"/clippings/{number}").text) | {"spans": "0-8"}
    assert client.send(f"/clippings/{number}/approve", **form).status_code == 303
    longer = form_of(client.get(f"/clippings/{number}").text) | {"spans": "0-42"}
    refused = client.send(f"/clippings/{number}/save", **longer)
    assert refused.status_code == 409
    assert "the budget is 3 words" in refused.text
    assert "Over the budget: why may it be longer?" in refused.text
    assert client.send(f"/clippings/{number}/cut", **longer, block="1").status_code == 409
    kept = client.send(f"/clippings/{number}/save", **longer | {"reason": "they allowed it"})
    assert kept.status_code == 303
    assert office.store.clippings.get(number).excerpt.words == 8
    page = client.get(f"/clippings/{number}").text
    assert "Over the limit, because: they allowed it" in page
    assert "The house’s limit" in page
    office.store.close()


LICENSED = """
    budget: {words: 40, share: 1, basis: licence, by: Jo Doe <jo@daily.example>, until: 2026-03-01}
"""


def test_who_granted_more_is_told_and_that_it_has_ended(tmp_path: Path) -> None:
    text = desks.CONFIG.replace("  - name: Herald", f"{LICENSED}  - name: Herald")
    clock = desks.Clock()
    office = desks.office_of(
        tmp_path, now=clock, text=text + "budget:\n  words: 3\n  share: 100%\n"
    )
    number = queue(office, 1)
    client = desks.client_of(office)
    page = client.get(f"/clippings/{number}").text
    assert "Limit by licence: Jo Doe &lt;jo@daily.example&gt; (until 1 Mar 2026)" in page
    clock.go_on(timedelta(days=2))
    page = client.get(f"/clippings/{number}").text
    assert "Ended on 1 Mar 2026:" in page
    many = client.send("/bulk", kind="approve", story=str(number))
    assert "over the budget" in many.text
    assert "Ended on" in many.text
    office.store.close()
