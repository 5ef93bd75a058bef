"""The campaigns page: queries are checked, rehearsed, saved with comments kept, and followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipper.model import Status
from clipper.store import Role
from clipper.web import Office

from . import keeping
from .desks import CONFIG, Client, client_of, office_of, token_of


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    found = office_of(tmp_path)
    keeping.queued(found.store, "1")
    yield found
    found.store.close()


@pytest.fixture
def admin(office: Office) -> Client:
    return client_of(office, Role.ADMIN)


def digest_of(page: str) -> str:
    found = re.search(r'name="digest" value="([0-9a-f]+)"', page)
    assert found
    return found[1]


def saved(client: Client, *queries: str, slug: str = "prison-divestment", digest: str = ""):
    digest = digest or digest_of(client.get(f"/campaign/{slug}").text)
    return client.send(f"/campaign/{slug}", query=list(queries), digest=digest, slug=slug)


def config_text(office: Office) -> str:
    return office.config().path.read_text()


class TestLooking:
    def test_each_campaign_tells_what_waits_and_was_decided(self, office, admin):
        page = admin.get("/campaigns").text
        assert "Prison divestment" in page
        assert re.search(r'waiting<span class="count">1<', page)

    def test_a_viewer_sees_the_queries_and_can_change_nothing(self, office):
        client = client_of(office, Role.VIEWER)
        page = client.get("/campaign/prison-divestment").text
        assert "readonly" in page
        assert "<button" not in page.split("<main")[1]
        assert saved(client, "x", digest="0").status_code == 403
        assert client.send("/campaigns/check", query="x").status_code == 403

    def test_an_editor_may_rehearse_but_not_save(self, office):
        client = client_of(office, Role.EDITOR)
        assert client.send("/campaigns/rehearse", query="jail").status_code == 200
        assert saved(client, "x", digest="0").status_code == 403
        assert config_text(office) == CONFIG

    def test_an_unknown_campaign_is_not_there(self, admin):
        assert admin.get("/campaign/nobody").status_code == 404


class TestChecking:
    def test_a_fault_is_shown_at_its_place_with_its_remedy(self, admin):
        page = admin.send("/campaigns/check", query=["jail", '"prison'], number="1").text
        assert "^" in page
        assert 'class="wrong"' in page

    def test_a_doubt_is_told_beside_the_canonical_text(self, admin):
        page = admin.send("/campaigns/check", query="prison OR jail escape").text
        assert "look twice" in page
        assert "<code>prison OR jail AND escape</code>" in page or "Read as:" in page

    @pytest.mark.parametrize("number", ["-1", "99", "x", "²", ""])
    def test_a_number_that_makes_no_sense_breaks_nothing(self, admin, number):
        assert admin.send("/campaigns/check", query="jail", number=number).status_code == 200

    def test_what_is_typed_is_shown_as_text(self, admin):
        page = admin.send("/campaigns/check", query='<script>alert(1)</script> "').text
        assert "<script>" not in page


class TestRehearsing:
    def test_gained_and_lost_stories_are_told_with_what_was_decided(self, office, admin):
        keeping.saved(office.store, "2", read=keeping.reading(
            text="The warehouse became a jail in May.", url="https://daily.example/news/2",
            matches=(), title="A warehouse",
        ))  # fmt: skip
        office.store.clippings.move(1, Status.APPROVED, who="ana", now=keeping.NOW)
        page = admin.send("/campaigns/rehearse", slug="prison-divestment", query="jail").text
        assert re.search(r"Finds 1 story", page)
        assert re.search(r"Gained.*\+1.*A warehouse", page, re.DOTALL)
        assert re.search(r"Lost.*−1.*1 approved.*City sells", page, re.DOTALL)
        assert "<mark>jail</mark>" in page
        assert config_text(office) == CONFIG

    def test_several_queries_are_rehearsed_as_one_campaign(self, office, admin):
        page = admin.send(
            "/campaigns/rehearse",
            slug="prison-divestment",
            query=["warehouse", '"prison shares"', ""],
        ).text
        assert "Everything that the saved queries find is found still." in page

    def test_a_query_that_cannot_be_read_is_not_rehearsed(self, admin):
        answer = admin.send("/campaigns/rehearse", slug="prison-divestment", query='"x')
        assert "Mend it first" in answer.text

    def test_htmx_gets_the_piece_alone(self, admin):
        answer = admin.post(
            "/campaigns/rehearse", data={"csrf": admin.csrf, "query": "jail"},
            headers={"HX-Request": "true"},
        )  # fmt: skip
        assert "<html" not in answer.text


class TestSaving:
    def test_the_query_is_saved_with_the_comments_and_followed(self, office, admin):
        assert saved(admin, "warehouse*").status_code == 303
        assert "    query: 'warehouse*'   # the comment stays\n" in config_text(office)
        assert office.config().campaigns[0].queries == ("warehouse*",)
        page = admin.get("/campaigns").text
        assert "0 stories came into the queue, 1 left it." in page
        clipping = office.store.clippings.get(1)
        assert clipping.status is Status.REJECTED
        assert "no longer matched" in clipping.reason

    def test_what_is_found_now_comes_into_the_queue(self, office, admin):
        keeping.saved(office.store, "2", read=keeping.reading(
            text="The warehouse became a jail in May.", url="https://daily.example/news/2",
            matches=(), title="A warehouse",
        ))  # fmt: skip
        saved(admin, '"prison shares"', "warehouse")
        titles = [each.article.article.title for each in office.store.clippings.list()]
        assert "A warehouse" in titles

    def test_a_fault_saves_nothing_and_loses_no_word(self, office, admin):
        answer = saved(admin, '"prison', "jail")
        assert answer.status_code == 400
        assert "&#34;prison" in answer.text
        assert config_text(office) == CONFIG

    def test_a_config_that_was_changed_meanwhile_is_not_overwritten(self, office, admin):
        digest = digest_of(admin.get("/campaign/prison-divestment").text)
        theirs = CONFIG.replace("divest*", "boycott*")
        office.config().path.write_text(theirs)
        answer = saved(admin, "mine AND alone", digest=digest)
        assert answer.status_code == 409
        assert "mine AND alone" in answer.text
        assert "boycott*" in answer.text
        assert config_text(office) == theirs
        assert saved(admin, "mine AND alone", digest=digest_of(answer.text)).status_code == 303
        assert "mine AND alone" in config_text(office)

    def test_a_campaign_is_added(self, office, admin):
        digest = digest_of(admin.get("/campaigns/new").text)
        answer = admin.send(
            "/campaigns/new", name="Calls: jail", query=["jail AND\r\ncalls"], digest=digest
        )
        assert answer.status_code == 303
        assert config_text(office).startswith(CONFIG)
        assert office.config().campaigns[-1].name == "Calls: jail"

    @pytest.mark.parametrize(
        ("name", "query"), [("", "jail"), ("Calls", ""), ("Prison divestment", "x")]
    )
    def test_a_campaign_that_is_none_is_refused(self, office, admin, name, query):
        digest = digest_of(admin.get("/campaigns/new").text)
        answer = admin.send("/campaigns/new", name=name, query=[query], digest=digest)
        assert answer.status_code == 400
        assert config_text(office) == CONFIG

    def test_nothing_changed_is_said_and_not_written(self, office, admin):
        before = office.config().path.stat().st_mtime_ns
        assert saved(admin, '"prison shares" OR divest*', "").status_code == 303
        assert "Nothing was changed." in admin.get("/campaigns").text
        assert config_text(office) == CONFIG
        assert before
        assert token_of(admin.get("/campaigns").text)
