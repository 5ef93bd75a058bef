"""The sources page: how each source fares, testing one, adding one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from clipper import demo
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.model import LedgerLine, PollError, Pulse, Why
from clipper.store import Role, SourceState
from clipper.web import Office
from clipper.web.sources import health, until

from . import keeping
from .desks import CONFIG, NOW, Client, client_of, office_of
from .hostile import Hostile, answer

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(NOW, port_base=0) as served:
        yield served


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with office_of(tmp_path).store as store:
        yield replace_store(tmp_path, store)


def replace_store(folder: Path, store: Any) -> Office:
    found = office_of(folder)
    found.store.sources.sync(found.config().sources, found.config().outlets, NOW)
    store.close()
    return found


@pytest.fixture
def demo_office(tmp_path: Path, servers: tuple[demo.Served, ...]) -> Iterator[Office]:
    """An office that follows the demo's outlets, with real hands."""
    text = demo.write_config(tmp_path, servers[:2]).read_text()
    home = Home(str(tmp_path / "sources.yaml"), str(tmp_path))

    @contextmanager
    def hands() -> Iterator[Any]:
        with assemble(home, found.store) as parts:
            yield parts

    found = office_of(tmp_path, text=text, hands=hands)
    config = found.config()
    found.store.sources.sync(config.sources, config.outlets, NOW)
    yield found
    found.store.close()


def state(**fields: Any) -> SourceState:
    usual = {
        "source": keeping.DAILY, "due_at": NOW + HOUR, "last_polled_at": NOW, "last_success_at": NOW,
    }  # fmt: skip
    return SourceState(**(usual | fields))


@pytest.mark.parametrize(
    ("fields", "word", "colour"),
    [
        ({}, "well", "good"),
        ({"last_polled_at": None, "last_success_at": None}, "not looked at yet", ""),
        ({"failures": 1, "error": "It timed out."}, "failing", "warn"),
        ({"failures": 3, "error": "It timed out."}, "failing", "bad"),
        ({"failures": 1, "last_success_at": None}, "failing", "bad"),
        ({"failures": 1, "gone": True}, "gone", "bad"),
        ({"failures": 1, "held_until": NOW + HOUR}, "left alone", "warn"),
        ({"last_polled_at": NOW - 40 * HOUR, "due_at": NOW - 39 * HOUR}, "overdue", "warn"),
        ({"moved_to": "https://new.example/"}, "moving", "warn"),
    ],
)
def test_the_health_of_a_source_is_one_word_and_a_reason(office, fields, word, colour):
    from clipper.web import create_app

    with create_app(office).test_request_context():
        found = health(state(**fields), NOW)
    assert (found.word, found.colour) == (word, colour)


def test_the_next_look_is_told(office):
    from clipper.web import create_app

    with create_app(office).test_request_context():
        assert until(state(due_at=NOW + timedelta(minutes=25)), NOW) == "in 25 min"
        assert until(state(due_at=NOW - HOUR), NOW) == "at the next round"
        assert until(state(held_until=NOW + 5 * HOUR), NOW) == "in 5 h"


def test_what_failed_stands_first_with_its_error_in_words(office):
    source = office.config().sources[1]
    error = PollError(kind="http-503", text="The outlet's server is overloaded (503).")
    office.store.note_poll_error(source, error, NOW, NOW + HOUR)
    page = client_of(office).get("/sources").text
    assert page.index("overloaded") < page.index("not looked at yet")


def test_the_yield_counts_from_new_entries_to_approved_stories(office):
    keeping.synced(office.store)
    round_ = office.store.ledger.open(NOW)
    from clipper.model import LedgerLine, Status

    line = LedgerLine(source="daily-feed", outlet="daily", looked=True, new=12, matched=3)
    office.store.ledger.line(round_, line)
    clipping = keeping.queued(office.store, "1")
    office.store.clippings.move(clipping, Status.APPROVED, who="ana", now=NOW)
    found = office.store.yields.of_sources(NOW - HOUR)["daily-feed"]
    assert (found.new, found.matched, found.approved) == (12, 3, 1)
    assert "12 new → 3 matched → 1 approved" in client_of(office).get("/sources").text


class TestTesting:
    def test_a_source_is_looked_at_and_nothing_is_kept(self, demo_office):
        client = client_of(demo_office)
        slug = demo_office.config().sources[0].slug
        page = client.send(f"/sources/test/{slug}").text
        assert "entries</span>" in page
        assert demo_office.store.counts().pending == 0
        assert demo_office.store.sources.state(slug).last_polled_at is None

    def test_a_source_that_no_config_names_is_not_there(self, demo_office):
        assert client_of(demo_office).send("/sources/test/nobody").status_code == 404

    def test_an_address_is_tried_before_it_is_added(self, demo_office, servers):
        client = client_of(demo_office, Role.ADMIN)
        page = client.send("/sources/try", name="New", address=servers[3].feed, kind="feed").text
        assert "entries</span>" in page
        assert servers[3].feed in page
        page = client.send(
            "/sources/try", name="New", address=servers[3].home + "/x", kind="feed"
        ).text
        assert "Looked just now:" in page

    def test_only_an_admin_makes_the_server_look_at_an_address_of_their_own(
        self, demo_office, servers
    ):
        client = client_of(demo_office, Role.EDITOR)
        assert client.send("/sources/try", address=servers[3].feed).status_code == 403
        assert client.send("/sources", name="x", address=servers[3].feed).status_code == 403


class TestAdding:
    def test_an_outlet_is_added_and_followed_at_once(self, office):
        client = client_of(office, Role.ADMIN)
        answer = client.send(
            "/sources", name="La Voz", address="https://voz.example/rss", kind="feed"
        )
        assert answer.status_code == 303
        text = office.config().path.read_text()
        assert "  - name: La Voz\n    feed: https://voz.example/rss\n" in text
        assert [line for line in CONFIG.splitlines() if line not in text.splitlines()] == []
        assert office.store.sources.state("la-voz").source.outlet == "la-voz"
        assert "La Voz" in client.get("/sources").text

    def test_the_name_of_an_outlet_that_is_there_gives_it_one_more_address(self, office):
        client = client_of(office, Role.ADMIN)
        client.send("/sources", name="herald", address="https://herald.example/two", kind="feed")
        assert len([s for s in office.config().sources if s.outlet == "herald"]) == 2
        assert len(office.config().outlets) == 2

    def test_the_home_page_is_the_first_choice_and_the_usual_one(self, office):
        page = client_of(office, Role.ADMIN).get("/sources").text
        kinds = re.findall(r'name="kind" value="(\w+)"( checked)?', page)
        assert kinds[0] == ("site", " checked")
        assert [kind for kind, _ in kinds] == ["site", "feed", "sitemap", "wordpress", "listing"]
        assert [kind for kind, checked in kinds if checked] == ["site"]
        assert "under “mailbox:” or “search:”" in page

    @pytest.mark.parametrize("kind", ["site", "sitemap", "wordpress"])
    def test_an_address_of_each_kind_is_added_under_its_key(self, office, kind):
        client = client_of(office, Role.ADMIN)
        address = "https://voz.example/it"
        assert client.send("/sources", name="La Voz", address=address, kind=kind).status_code == 303
        assert f"  - name: La Voz\n    {kind}: {address}\n" in office.config().path.read_text()
        assert [s.kind for s in office.config().sources if s.outlet == "la-voz"] == [kind]

    def test_without_a_kind_the_address_is_a_home_page(self, office):
        client_of(office, Role.ADMIN).send("/sources", name="La Voz", address="https://voz.example")
        assert "    site: https://voz.example\n" in office.config().path.read_text()

    def test_what_a_page_was_found_to_list_is_shown_before_it_is_added(self, demo_office, servers):
        client = client_of(demo_office, Role.ADMIN)
        before = demo_office.config().path.read_text()
        outlet, address = servers[3].outlet, servers[3].home
        form = {"name": "La Voz", "address": address, "kind": "listing"}
        page = client.send("/sources", **form).text
        assert "These links were taken for its stories" in page
        assert address.rstrip("/") + outlet.path(outlet.articles[1]) in page
        assert f'form="adding" name="seen" value="{address}"' in page
        elsewhere = client.send("/sources", **form, seen="https://other.example/").text
        assert "These links were taken for its stories" in elsewhere
        assert demo_office.config().path.read_text() == before
        assert client.send("/sources", **form, seen=address).status_code == 303
        after = demo_office.config().path.read_text()
        assert "  - name: La Voz\n    listing:\n      url: " in after
        assert [s.kind for s in demo_office.config().sources if s.outlet == "la-voz"] == ["listing"]

    def test_a_page_without_stories_is_not_added_as_a_list_of_them(self, demo_office):
        client = client_of(demo_office, Role.ADMIN)
        before = demo_office.config().path.read_text()
        about = b"<html><title>About</title><p>We print on <a href='/days'>Mondays</a>.</p></html>"
        with Hostile({"/about": answer(about)}) as server:
            form = {"name": "La Voz", "address": server.url("/about"), "kind": "listing"}
            page = client.send("/sources", **form).text
        assert "The page lists no stories." in page
        assert 'name="seen"' not in page
        assert demo_office.config().path.read_text() == before

    @pytest.mark.parametrize(
        ("name", "address"),
        [("", "https://a.example/f"), ("X", "javascript:alert(1)"), ("X", ""), ("X", "ftp://a.example"),
         ("X", "https://daily.example/feed"), ("---", "https://a.example/f")],
    )  # fmt: skip
    def test_what_makes_no_valid_config_is_refused_and_stays_in_the_form(
        self, office, name, address
    ):
        client: Client = client_of(office, Role.ADMIN)
        answer = client.send("/sources", name=name, address=address, kind="feed")
        assert answer.status_code == 400
        assert 'class="wrong"' in answer.text
        assert office.config().path.read_text() == CONFIG


class TestClipByHand:
    def test_the_form_is_filled_in_by_what_a_phone_shares(self, office):
        client = client_of(office)
        page = client.get("/clip?title=Look&text=A+story+https://daily.example/x?a=1+via+App").text
        assert 'value="https://daily.example/x?a=1"' in page
        assert office.store.counts().articles == 0

    def test_a_page_is_clipped_and_the_judging_page_says_why_it_was_not_found(
        self, demo_office, servers
    ):
        client = client_of(demo_office)
        outlet = servers[0].outlet
        answer = client.send("/clip", url=servers[0].home + outlet.path(outlet.articles[0]))
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"]).text
        assert f"No source of {outlet.name} had listed it." in page.replace("&#39;", "'")

    @pytest.mark.parametrize(
        ("url", "code"),
        [("nonsense", 400), ("javascript:alert(1)", 400), ("http://127.0.0.1:1/", 422),
         ("http://169.254.169.254/latest", 422)],
    )  # fmt: skip
    def test_what_cannot_be_clipped_says_why_and_stays_in_the_form(self, demo_office, url, code):
        answer = client_of(demo_office).send("/clip", url=url)
        assert answer.status_code == code
        assert f'value="{url}"' in answer.text
        assert 'role="alert"' in answer.text

    def test_a_viewer_may_not_clip(self, office):
        assert (
            client_of(office, Role.VIEWER).send("/clip", url="https://a.example").status_code == 403
        )

    def test_the_manifest_names_the_share_target_and_needs_no_log_in(self, office):
        from .desks import stranger_of

        answer = stranger_of(office).get("/manifest.webmanifest")
        assert answer.mimetype == "application/manifest+json"
        assert answer.json["share_target"]["action"] == "/clip"
        assert answer.json["share_target"]["method"] == "GET"


def test_a_silent_source_is_told_of_with_what_to_do(office: Office) -> None:
    source = office.store.sources.list()[0].source
    began = NOW - timedelta(days=30)
    for n in range(10):
        number = office.store.ledger.open(began + n * HOUR)
        line = LedgerLine(source=source.slug, outlet=source.outlet, looked=True, new=1)
        office.store.ledger.line(number, line)
    office.store.note_poll(source, keeping.polled(), began + 2 * HOUR * 24, NOW + HOUR)
    assert "in doubt" not in client_of(office).get("/sources").text
    office.store.note_poll(source, keeping.polled(), NOW, NOW + HOUR)
    page = client_of(office).get("/sources").text
    assert "in doubt" in page
    assert "nothing new for 29 days" in page


def test_a_parked_domain_is_told_with_its_remedy_in_the_readers_language(office: Office) -> None:
    source = office.store.sources.list()[0].source
    error = PollError(kind="not-a-feed", text="There is no feed.", stands="parked")
    for n in range(2):
        office.store.note_poll_error(source, error, NOW + n * HOUR, NOW + 9 * HOUR)
    assert "its domain is for sale" in client_of(office).get("/sources").text
    spanish = client_of(office).get("/sources", headers={"Accept-Language": "es"}).text
    assert "su dominio está en venta" in spanish
    assert "Busque la nueva dirección" in spanish


def test_the_reason_of_the_next_look_is_told_in_the_readers_language(office: Office) -> None:
    source = office.store.sources.list()[0].source
    pulse = Pulse(pause=7200.0, why=Why.QUIET)
    office.store.pulses.note(source.slug, pulse, NOW + 3 * HOUR)
    assert "hardly ever publishes at this hour" in client_of(office).get("/sources").text
    spanish = client_of(office).get("/sources", headers={"Accept-Language": "es"}).text
    assert "casi nunca publica" in spanish
