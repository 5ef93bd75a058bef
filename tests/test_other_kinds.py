"""Search pages as sources, and kinds that other packages bring."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from clipper import config, query, sources
from clipper.config.searches import OUR_KINDS, filled
from clipper.errors import ConfigError
from clipper.model import Entry, Page, Poll, PollError, Source
from clipper.sources import here, third_party
from clipper.testing import check_kind

from .rounds import NOW, clipper, ledger
from .sites import Ask, rss


def written(folder: Path, rows: str) -> Path:
    path = folder / "sources.yaml"
    path.write_text(
        f"outlets:\n- name: Herald\n{rows}campaigns:\n- name: Jails\n"
        '  query: \'"county jail" OR "sheriff\'\'s budget" OR jail* NOT "jail break"\'\n'
    )
    return path


# ---------------------------------------------------------------- search pages


@pytest.mark.parametrize(
    ("url", "words", "expected"),
    [
        ("https://a.example/?s={query}", "county jail", "https://a.example/?s=county+jail"),
        ("https://a.example/s/{query}/1", "county jail", "https://a.example/s/county%20jail/1"),
        ("https://a.example/?q={query}&o=d", "a&b=c#d", "https://a.example/?q=a%26b%3Dc%23d&o=d"),
        ("https://a.example/?q={query}", "cárcel", "https://a.example/?q=c%C3%A1rcel"),
        ("https://a.example/{query}", "../x/{query}", "https://a.example/..%2Fx%2F%7Bquery%7D"),
    ],
)
def test_words_are_encoded_for_the_place_in_which_they_stand(
    url: str, words: str, expected: str
) -> None:
    assert filled(url, words) == expected


def test_each_search_is_a_source_of_the_kind_that_it_is_read_as(tmp_path: Path) -> None:
    rows = "  search:\n    url: https://h.example/?s={query}\n    words: [a jail, a trial]\n"
    made = config.load(written(tmp_path, rows)).sources
    assert [(s.kind, s.address) for s in made] == [
        ("listing", "https://h.example/?s=a+jail"),
        ("listing", "https://h.example/?s=a+trial"),
    ]
    made = config.load(written(tmp_path, rows + "    as: feed\n    links: h2 a\n")).sources
    assert {(s.kind, s.options) for s in made} == {("feed", ())}


def test_a_campaigns_phrases_are_searched_for(tmp_path: Path) -> None:
    rows = "  search:\n    url: https://h.example/?s={query}\n    campaigns: Jails\n"
    made = config.load(written(tmp_path, rows)).sources
    assert [s.address for s in made] == [
        "https://h.example/?s=county+jail",
        "https://h.example/?s=sheriff%27s+budget",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"private prison" OR jail', ("private prison",)),
        ("jail NOT divestment", ("jail",)),
        ("divest* NEAR/5 prisons", ("prisons",)),
        ('"Cárcel del condado" OR $x', ("Cárcel del condado", "el preso")),
        ('title:"county jail" AND NOT "jail break"', ("county jail",)),
    ],
)
def test_a_querys_wishes_as_words(text: str, expected: tuple[str, ...]) -> None:
    assert query.phrases(query.parse(text, {"x": ("el preso",)})) == expected


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("    url: https://h.example/?s=jail\n    words: a\n", "{query} stands nowhere"),
        ("    url: https://{query}.example/\n    words: a\n", "{query} stands nowhere"),
        ("    words: jail\n", "no page is named"),
        ("    url: https://h.example/?s={query}\n", "what to search for"),
        ("    url: https://h.example/?s={query}\n    campaigns: Jail\n", "“Jails”"),
        ("    url: https://h.example/?s={query}\n    words: a\n    as: page\n", "neither listing"),
        (
            "    url: https://h.example/?s={query}\n"
            f"    words: [{', '.join(f'w{n}' for n in range(11))}]\n",
            "10 are allowed",
        ),
    ],
)
def test_mistakes_in_a_search_are_told(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, f"  search:\n{lines}"))
    assert told in str(caught.value)


# ---------------------------------------------------------------- kinds of other packages

ADDRESS = "https://h.example/list.txt"
SOURCE = Source(slug="h", kind="lines", address=ADDRESS, outlet="h")
PAGE = Page(url=ADDRESS, body=b"https://h.example/1 First\nhttps://h.example/2 Second\n")


def lines(source: Source, mark: Any, *, fetch: Any, parse: Any, now: Any) -> Poll | PollError:
    """A kind as another package may bring it: one address and title a line."""
    page = fetch(source.address, purpose="feed")
    if not isinstance(page, Page):
        return PollError(kind=page.kind, text=page.text)
    words = page.body.decode("utf-8", "replace").splitlines()
    pairs = [line.partition(" ") for line in words if line.startswith("https://")]
    entries = tuple(Entry(key=url, url=url, title=title) for url, _, title in pairs)
    return Poll(entries=entries, mark={"seen": str(len(entries))})


def raising(*_: Any, **__: Any) -> Poll:
    raise RuntimeError("boom\x1b[31m")


def wrong(*_: Any, **__: Any) -> Any:
    return ["an entry"]


def wild(*_: Any, now: Any, **__: Any) -> Poll:
    entry = Entry(
        key="k",
        url="javascript:alert(1)",
        title="t" * 9_000 + "\x00",
        published_at=NOW.replace(tzinfo=None),
    )
    return Poll(entries=tuple(replace(entry, key=f"k{n}") for n in range(9_000)))


def entry(name: str, what: str) -> list[EntryPoint]:
    return [EntryPoint(name, f"tests.test_other_kinds:{what}", third_party.GROUP)]


def polled(what: str, name: str = "lines") -> Poll | PollError:
    kind = third_party.kind_of(name, entry("lines", what))
    return kind(SOURCE, {}, fetch=lambda *_, **__: PAGE, parse=here, now=NOW)


def test_a_kind_of_another_package_lists_entries_and_keeps_the_contract() -> None:
    poll = polled("lines")
    assert isinstance(poll, Poll)
    assert [e.title for e in poll.entries] == ["First", "Second"]
    check_kind(third_party.kind_of("lines", entry("lines", "lines")), SOURCE, {ADDRESS: PAGE})


@pytest.mark.parametrize("kind", [wrong, raising])
def test_the_kit_refuses_what_breaks_the_contract(kind: Any) -> None:
    with pytest.raises((AssertionError, RuntimeError)):
        check_kind(kind, SOURCE, {ADDRESS: PAGE})


def test_clippers_own_feed_kind_keeps_the_contract() -> None:
    body = rss(Ask("https://h.example", (1, 2), ()))[2]
    page = Page(url=ADDRESS, body=body, headers=(("content-type", "application/rss+xml"),))
    check_kind(sources.KINDS["feed"], replace(SOURCE, kind="feed"), {ADDRESS: page})


@pytest.mark.parametrize(
    ("what", "name", "told"),
    [
        ("raising", "lines", "failed (RuntimeError: boom"),
        ("wrong", "lines", "gave no Poll"),
        ("nowhere", "lines", "can't be loaded"),
        ("lines", "lyne", "No installed package brings the kind 'lyne'. Installed: lines."),
    ],
)
def test_what_a_package_does_wrong_is_told_in_words(what: str, name: str, told: str) -> None:
    error = polled(what, name)
    assert isinstance(error, PollError)
    assert error.kind == "plugin"
    assert told in error.text
    assert error.text.isprintable()


def test_what_a_package_gives_is_held_to_the_bounds_of_all_kinds() -> None:
    poll = polled("wild")
    assert isinstance(poll, Poll)
    assert (len(poll.entries), poll.left_off) == (500, 8_500)
    first = poll.entries[0]
    assert (first.url, first.published_at, len(first.title)) == ("", None, 500)


def test_the_config_knows_which_kinds_are_our_own() -> None:
    assert set(sources.KINDS) == OUR_KINDS


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("  - kind: feed\n    address: https://h.example/\n", "clipper's own"),
        ("  - kind: 'a b'\n    address: https://h.example/\n", "no kind's name"),
        ("  - kind: x\n", "address"),
    ],
)
def test_mistakes_in_another_kind_are_told(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, f"  others:\n{lines}"))
    assert told in str(caught.value)


def test_a_kind_that_nobody_brings_stops_no_other_source(tmp_path: Path) -> None:
    written(
        tmp_path,
        "  feed: http://127.0.0.1:1/feed\n  others:\n"
        "  - kind: mastodon\n    address: https://h.example/\n    options: {tag: jail}\n",
    )
    told = ledger(tmp_path, expect=None)
    (plugin,) = (line for slug, line in told.items() if slug != "herald")
    assert "No installed package brings the kind 'mastodon'" in plugin["error"]
    assert told["herald"]["error"]
    assert "No installed package" in clipper(tmp_path, "sources", expect=None).stdout
