"""Clipping by hand: an address that a person found goes the way that a round's pages go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clipper import demo
from clipper.archive import Archive
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.errors import Refused
from clipper.fetch import Fetcher
from clipper.model import FetchError, Page, Poll, Status
from clipper.pipeline import Parts, byhand, run
from clipper.pipeline.byhand import Clipped, Rules, Why
from clipper.store import Store

from . import keeping
from .rounds import NOW


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(NOW, port_base=0, corrected=True) as served:
        yield served


@contextmanager
def at_work(folder: Path, servers: tuple[demo.Served, ...]) -> Iterator[tuple[Parts, Rules]]:
    """The parts of a round on a new folder that follows these outlets."""
    config = demo.write_config(folder, servers)
    home = Home(str(config), str(folder / "data"))
    with home.open_store(create=True) as store, assemble(home, store) as parts:
        store.sources.sync(home.config.sources, home.config.outlets, NOW)
        yield parts, Rules(campaigns=home.config.campaigns, lists=home.config.lists)


@pytest.fixture
def working(tmp_path: Path, servers: tuple[demo.Served, ...]) -> Iterator[tuple[Parts, Rules]]:
    """All outlets but the last are followed."""
    with at_work(tmp_path, servers[:-1]) as found:
        yield found


def pages(served: demo.Served) -> list[str]:
    """The addresses of an outlet's articles."""
    outlet = served.outlet
    alive = (each for each in outlet.articles if "dead" not in each.flags)
    return [served.home + outlet.path(each) for each in alive]


def clipped(parts: Parts, rules: Rules, url: str, **asked: Any) -> Clipped:
    found = byhand.clip(parts, rules, url, who="ana", **asked)
    assert isinstance(found, Clipped), found
    return found


def reach_loopback(network: Any, now: Any) -> Fetcher:
    """The strict fetcher of a machine on whose public address the outlet happens to be."""
    assert network.allow == ()
    return Fetcher(replace(network, allow=("127.0.0.0/8",)), now)


class TestClipping:
    def test_a_page_that_no_source_listed_is_queued_with_the_reason(self, working, servers):
        parts, rules = working
        found = clipped(parts, rules, f" {pages(servers[0])[0]}?utm_source=mail#top ")
        clipping = parts.store.clippings.get(found.clipping)
        assert (found.why, found.detail) == (Why.UNLISTED, servers[0].outlet.name)
        assert clipping.status is Status.QUEUED
        assert clipping.article.outlet in parts.outlets
        (*_, last) = parts.store.clippings.history(found.clipping)
        assert (last.who, last.reason) == (
            "ana", f"clipped by hand: no source of {servers[0].outlet.name} had listed it",
        )  # fmt: skip

    def test_its_page_is_in_the_archive_before_its_row(self, working, servers):
        parts, rules = working
        found = clipped(parts, rules, pages(servers[0])[0])
        snapshot = parts.store.clippings.get(found.clipping).article.snapshot
        assert snapshot is not None
        assert parts.archive.read(snapshot).status == 200

    def test_what_no_query_wants_is_queued_all_the_same_and_each_miss_is_told(
        self, working, servers
    ):
        parts, rules = working
        asked = (clipped(parts, rules, url) for served in servers[:2] for url in pages(served)[:4])
        found = next(each for each in asked if not each.campaigns)
        assert {miss.campaign for miss in found.misses} == {each.slug for each in rules.campaigns}
        assert all(miss.text for miss in found.misses)
        clipping = parts.store.clippings.get(found.clipping)
        assert clipping.excerpt.words > 0
        assert clipping.matches == ()

    def test_twice_is_once(self, working, servers):
        parts, rules = working
        first = clipped(parts, rules, pages(servers[0])[0])
        steps = len(parts.store.clippings.history(first.clipping))
        again = clipped(parts, rules, pages(servers[0])[0])
        assert (again.clipping, again.why) == (first.clipping, Why.QUEUED)
        assert len(parts.store.clippings.history(first.clipping)) == steps

    def test_an_outlet_that_is_not_followed_is_named_by_its_site(self, working, servers):
        parts, rules = working
        found = clipped(parts, rules, pages(servers[-1])[0], strict=reach_loopback)
        assert (found.why, found.detail) == (Why.UNFOLLOWED, "127.0.0.1")
        assert parts.store.clippings.get(found.clipping).article.outlet == "127-0-0-1"
        assert all(state.source.kind != "by-hand" for state in parts.store.sources.list())

    def test_an_entry_that_waits_for_its_page_is_done_with_it(self, working, servers):
        parts, rules = working
        source = next(iter(parts.store.sources.list())).source
        url = next(url for url in pages(_served(parts, servers, source.outlet)))
        poll = Poll(entries=(keeping.entry("1", url=url),))
        parts.store.note_poll(source, poll, NOW, NOW)
        found = clipped(parts, rules, url)
        assert (found.why, found.detail) == (Why.WAITING, source.slug)
        assert parts.store.entries.pending(NOW) == ()

    def test_a_round_that_comes_later_does_not_fetch_it_again(self, working, servers):
        parts, rules = working
        found = clipped(parts, rules, pages(servers[0])[0])
        article = parts.store.clippings.get(found.clipping).article
        list(run(parts))
        assert parts.store.articles.with_url([_key(pages(servers[0])[0])]) == (article.id,)

    def test_an_article_that_was_fetched_and_not_wanted_is_queued_from_the_store(
        self, working, servers
    ):
        parts, rules = working
        list(run(parts))
        waiting = [url for url in pages(servers[0]) if _clipping(parts.store, url) is None]
        found = clipped(parts, rules, waiting[0])
        assert (found.why, found.campaigns) == (Why.UNMATCHED, ())
        assert found.misses
        step = parts.store.clippings.history(found.clipping)[0]
        assert (step.who, step.before, step.after) == ("ana", "", "queued")


class TestRefusing:
    @pytest.mark.parametrize(
        "url",
        ["", "prisons", "javascript:alert(1)", "file:///etc/passwd", "ftp://a.example/x", "http://",
         "https://" + "a" * 5000 + ".example/"],
    )  # fmt: skip
    def test_what_is_no_web_address_is_refused(self, working, url):
        with pytest.raises(Refused, match="web address"):
            byhand.clip(*working, url, who="ana")

    @pytest.mark.parametrize(
        "url",
        ["http://127.0.0.1:1/x", "http://localhost:1/", "http://0x7f.1/", "http://[::1]/",
         "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://2130706433/"],
    )  # fmt: skip
    def test_an_editor_reaches_no_inner_address_though_the_config_allows_some(self, working, url):
        found = byhand.clip(*working, url, who="ana")
        assert isinstance(found, FetchError)
        assert found.kind == "blocked"

    def test_another_port_of_a_followed_machine_is_another_target(self, working, servers):
        found = byhand.clip(*working, pages(servers[-1])[0], who="ana")
        assert isinstance(found, FetchError)
        assert found.kind == "blocked"

    def test_a_page_that_is_not_there_leaves_nothing_behind(self, working, servers):
        parts, rules = working
        found = byhand.clip(parts, rules, f"{servers[0].home}/gone", who="ana")
        assert isinstance(found, FetchError)
        assert found.status == 404
        assert parts.store.counts().articles == 0
        assert parts.store.byhand.known(f"{servers[0].home}/gone").listed is None

    def test_a_round_that_writes_to_the_archive_is_waited_for_and_then_told(self, working, servers):
        parts, rules = working
        naps: list[float] = []
        with Archive(parts.archive.folder, now=lambda: NOW) as other:
            other.capture([Page(url="https://a.example/", body=b"x")])
            with pytest.raises(Refused, match="A round of fetching"):
                clipped(parts, rules, pages(servers[0])[0], sleep=naps.append)
        assert sum(naps) == byhand.PATIENCE.total_seconds()
        assert clipped(parts, rules, pages(servers[0])[0], sleep=naps.append).clipping


def _served(parts: Parts, servers: tuple[demo.Served, ...], slug: str) -> demo.Served:
    return next(each for each in servers if each.outlet.name == parts.outlets[slug].name)


def _key(url: str) -> str:
    from clipper import urls

    return urls.strict_key(url)


def _clipping(store: Store, url: str) -> int | None:
    found = store.articles.with_url([_key(url)])
    return store.clippings.of_story(store.articles.get(found[0]).story) if found else 0
