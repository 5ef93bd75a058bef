"""Finding sources: the table of made-up outlets, and what is said of what was not chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from clipper.engine import Workers
from clipper.fetch import Fetcher
from clipper.model import Entry, FetchError, Page, Poll, PollError, Source
from clipper.sources import KINDS, here
from clipper.sources.choosing import Candidate, Lead, Way, choose
from clipper.sources.discovery import MAX_ASKED, Discovery, discover

from . import sites
from .sites import NOW, Served, Site

TABLE = sites.table()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with sites.serving(TABLE) as running:
        yield running


@pytest.fixture(scope="module")
def fetcher() -> Iterator[Fetcher]:
    with sites.fetcher() as made:
        yield made


def hands(fetcher: Fetcher) -> Any:
    def fetch(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        return fetcher.get(url, purpose, gap=0, headers=headers)

    return fetch


def searched(served: Served, fetcher: Fetcher, site: Site, **wishes: bool) -> Any:
    address = served.home(site) + site.start
    return discover(address, fetch=hands(fetcher), parse=here, now=NOW, **wishes)


def short(served: Served, site: Site, address: str) -> str:
    return address.removeprefix(served.home(site)).replace(f":{served.port}/", ":PORT/")


def found(served: Served, site: Site, result: Discovery | PollError) -> tuple[str, ...]:
    if isinstance(result, PollError):
        return ()
    pairs = ((c.lead.kind, short(served, site, c.lead.address)) for c in result.chosen)
    return tuple(sorted(f"{kind} {address or '/'}" for kind, address in pairs))


def test_the_table_has_enough_shapes() -> None:
    assert len(TABLE) >= 50
    assert len({site.name for site in TABLE}) == len(TABLE)


@pytest.mark.parametrize("site", TABLE, ids=lambda site: site.name)
def test_what_is_found(served: Served, fetcher: Fetcher, site: Site) -> None:
    result = searched(served, fetcher, site, thorough=True, pages=True)
    assert found(served, site, result) == site.expected, site.title
    if isinstance(result, PollError):
        assert not site.reasons
        return
    why = {short(served, site, v.candidate.lead.address): v.why for v in result.verdicts}
    for path, words in site.reasons:
        assert words in why[path], (site.title, why)
    assert all(verdict.why.endswith((".", ")", "”")) for verdict in result.verdicts), why
    assert result.asked <= MAX_ASKED


@pytest.mark.parametrize(
    "site",
    [s for s in TABLE if s.expected and "listing" not in s.expected[0]],
    ids=lambda s: s.name,
)
def test_a_site_in_the_config_yields_its_stories_at_the_first_look(
    served: Served, fetcher: Fetcher, site: Site
) -> None:
    source = Source(slug="x", kind="site", address=served.home(site) + site.start, outlet="x")
    first = KINDS["site"](source, {}, fetch=hands(fetcher), parse=here, now=NOW)
    assert isinstance(first, Poll), first
    assert first.entries
    assert len({entry.key for entry in first.entries}) == len(first.entries)
    served.asked.clear()
    again = KINDS["site"](source, first.mark, fetch=hands(fetcher), parse=here, now=NOW)
    assert isinstance(again, Poll), again
    assert again.unchanged
    # What was found is remembered: the outlet is not searched again.
    assert not [url for url in served.asked if url == f"{site.host}/" and site.start == "/"]


def test_hostile_words_cost_no_time_in_the_choice() -> None:
    # Stories of nothing but open tags: a pattern that looks ahead from each of them never ends.
    entries = tuple(
        Entry(key=str(n), url=f"https://h.example/{n}", title="x", content="<" * 500_000)
        for n in range(500)
    )
    lead = Lead(kind="feed", address="https://h.example/feed", way=Way.TYPED)
    (verdict,) = choose([Candidate(lead=lead, result=Poll(entries=entries))], NOW)
    assert (verdict.chosen, verdict.measure.full) == (True, 1.0)


def test_the_outlet_is_asked_a_bounded_number_of_times() -> None:
    links = "".join(f"<a href='/rss/{n}.xml'>RSS</a><a href='/s{n}x/'>S</a>" for n in range(200))
    asked: list[str] = []

    def fetch(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
        asked.append(url)
        body = f"<html>{links}" if url.endswith("/") else "<html>"
        return Page(url=url, body=body.encode(), headers=(("content-type", "text/html"),))

    result = discover(
        "https://h.example/", fetch=fetch, parse=here, now=NOW, thorough=True, pages=True
    )
    assert isinstance(result, Discovery)
    assert len(asked) <= MAX_ASKED + 1  # and robots.txt


def test_a_search_in_real_workers_finds_the_same(served: Served, fetcher: Fetcher) -> None:
    chosen = [site for site in TABLE if site.name in ("map-index-gz", "wp-rest", "page-only")]
    with Workers(1) as workers:
        for site in chosen:
            result = discover(
                served.home(site) + site.start,
                fetch=hands(fetcher),
                parse=lambda act, *subject: workers.submit(act, *subject).result(),
                now=NOW,
                pages=True,
            )
            assert found(served, site, result) == site.expected
