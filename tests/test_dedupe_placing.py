"""Which story an article joins: a case table that an editor can extend, and the rules."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from clipper import dedupe
from clipper.dedupe import Refusal
from clipper.model import Article, Candidate, Kinship, Nearby, Newcomer, Placement, Spread

DATA = Path(__file__).parent / "data"
MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)


def recipe(told: str) -> str:
    """`local+wire:1-6`: the texts named, their paragraphs as asked, one after the other."""
    paragraphs: list[str] = []
    for part in told.split("+"):
        name, _, lines = part.partition(":")
        text = (DATA / "stories" / f"{name}.txt").read_text("utf-8").splitlines()
        first, _, last = lines.partition("-")
        paragraphs += text[int(first) - 1 : int(last or first)] if lines else text
    return "\n".join(paragraphs)


def newcomer(outlet: str, title: str, text: str, hours: float, url: str, **fields: str) -> Newcomer:
    at = MONDAY + timedelta(hours=hours)
    article = Article(url=url, title=title, text=text, published_at=at, **fields)  # type: ignore[arg-type]
    return dedupe.newcomer(article, dedupe.fingerprint(article), outlet, at)


def stored(who: Newcomer, article: int = 1, story: int = 1) -> Candidate:
    return Candidate(
        article=article,
        story=story,
        outlet=who.outlet,
        url=who.url,
        canonical=who.canonical,
        loose=who.loose,
        fingerprint=who.fingerprint,
        dated_at=who.dated_at,
    )


def cases() -> list[dict[str, str]]:
    with (DATA / "stories.tsv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in file if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def pair(case: dict[str, str]) -> tuple[Newcomer, Newcomer]:
    first = newcomer(
        case["outlet_1"], case["title_1"], recipe(case["text_1"]), 0, "https://one.example/a/1"
    )
    second = newcomer(
        case["outlet_2"],
        case["title_2"],
        recipe(case["text_2"]),
        float(case["hours"]),
        "https://two.example/b/2",
    )
    return first, second


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_two_articles(case: dict[str, str]) -> None:
    """tests/data/stories.tsv holds, when nothing but the first article is stored."""
    first, second = pair(case)
    placement = dedupe.place(second, Nearby(candidates=(stored(first),)))
    found = "apart" if placement.story is None else placement.kinship.value
    assert found == case["expected"], dedupe.refusals(second, stored(first), {})


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["name"])
def test_two_articles_the_other_way_round(case: dict[str, str]) -> None:
    """Which came first hardly matters: what joins, joins in the other order too."""
    second, first = pair(case)
    placement = dedupe.place(replace(second), Nearby(candidates=(stored(first),)))
    assert (placement.story is None) == (case["expected"] == "apart")


WIRE = recipe("wire")


def at(
    url: str,
    *,
    title: str = "Company to pay",
    text: str = WIRE,
    outlet: str = "gazette",
    **fields: str,
) -> Newcomer:
    return newcomer(outlet, title, text, 0, url, **fields)


HERE = "https://gazette.example/news/water-settlement"


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (at(HERE), at(HERE + "?utm_source=rss#top"), Kinship.SAME_URL),
        (at(HERE), at(HERE, text=recipe("wire-corrected")), Kinship.VERSION),
        (at(HERE), at(HERE, title="New", text=recipe("event")), Kinship.VERSION),
        (at(HERE), at(HERE, outlet="aggregator"), Kinship.SAME_URL),
        (at(HERE), at("https://gazette.example/amp/x9", canonical_url=HERE), Kinship.SAME_URL),
        (at(HERE), at("https://gazette.example/x9", canonical_url=HERE, text=recipe("wire:1-3")), Kinship.VERSION),
        (at("https://gazette.example/amp/x9", canonical_url=HERE), at(HERE), Kinship.SAME_URL),
    ],
    ids=["tracking", "corrected", "rewritten", "other outlet, one address", "canonical", "canonical, cut", "canonical came first"],
)  # fmt: skip
def test_a_known_address_is_the_same_article(
    first: Newcomer, second: Newcomer, expected: Kinship
) -> None:
    placement = dedupe.place(second, Nearby(candidates=(stored(first, 7, 3),)))
    assert (placement.kinship, placement.best, placement.story) == (expected, 7, 3)


def test_a_canonical_that_all_pages_share_joins_nothing() -> None:
    """Sites that call a section the canonical of every page are common."""
    section = "https://gazette.example/news"
    first = at(HERE, canonical_url=section)
    second = at(
        HERE + "-2", canonical_url=section, title="Judge orders names", text=recipe("follow-up")
    )
    assert dedupe.place(second, Nearby(candidates=(stored(first),))).story is None


def test_another_outlets_canonical_never_makes_one_article_of_two() -> None:
    """Fault 197: the copy is a copy, with an address and a credit of its own."""
    second = at("https://mirror.example/1", outlet="mirror", canonical_url=HERE)
    placement = dedupe.place(second, Nearby(candidates=(stored(at(HERE)),)))
    assert placement.kinship is Kinship.IDENTICAL


def test_a_mobile_or_print_address_needs_an_agreeing_text_or_title() -> None:
    """The loose key proposes; it does not decide."""
    first = at("https://gazette.example/news/1/")
    amp = at("https://amp.gazette.example/news/1", text=recipe("wire:1-5"))
    other = at("https://amp.gazette.example/news/1", title="Judge orders", text=recipe("council"))
    assert first.loose == amp.loose, "the case is about the loose key"
    assert first.url != amp.url
    near = Nearby(candidates=(stored(first),))
    assert dedupe.place(amp, near).kinship is Kinship.VERSION
    assert dedupe.place(other, near).story is None


def test_without_candidates_an_article_begins_a_story() -> None:
    assert dedupe.place(at(HERE), Nearby()) == Placement(story=None, kinship=Kinship.FIRST)


def test_the_best_match_alone_decides() -> None:
    """No chains: two stories are never brought together, the nearer one is joined."""
    cut = stored(at("https://a.example/1", outlet="a", text=recipe("wire:1-4")), 1, 10)
    whole = stored(at("https://b.example/1", outlet="b"), 2, 20)
    placement = dedupe.place(at("https://c.example/1", outlet="c"), Nearby(candidates=(cut, whole)))
    assert (placement.story, placement.best) == (20, 2)


def test_the_decision_does_not_depend_on_the_order_of_candidates() -> None:
    copies = [stored(at(f"https://{n}.example/1", outlet=str(n)), n, n * 10) for n in range(1, 5)]
    who = at("https://c.example/1", outlet="c")
    placements = {
        dedupe.place(who, Nearby(candidates=tuple(order))) for order in (copies, copies[::-1])
    }
    assert {placement.best for placement in placements} == {1}


def test_standing_text_alone_joins_nothing() -> None:
    """A third piece in the same form of words is told apart, numbers or not."""
    form = recipe("footer") + "\n" + recipe("wall")
    first = newcomer("s", "Sunny week", form + " sunny and dry all week", 0, "https://s.example/1")
    second = newcomer("s", "Sunny week", form + " cloudy with rain again", 3, "https://s.example/2")
    common = set(first.fingerprint.sketch) & set(second.fingerprint.sketch)
    near = Nearby(candidates=(stored(first),))
    assert dedupe.place(second, near).story == 1, "two may be one piece in two editions"
    standing = replace(near, spread=dict.fromkeys(common, Spread(2, 3)))
    assert dedupe.place(second, standing).story is None


def test_what_little_is_not_standing_text_is_not_enough() -> None:
    """A few words in common do not join, though all else on both sides weighs nothing."""
    first = newcomer("s", "One", words(0, 60) + words(100, 112), 0, "https://s.example/1")
    second = newcomer("b", "Two", words(200, 260) + words(100, 112), 0, "https://b.example/2")
    common = set(first.fingerprint.sketch) & set(second.fingerprint.sketch)
    others = set(first.fingerprint.sketch) ^ set(second.fingerprint.sketch)
    spread = dict.fromkeys(others - common, Spread(99, 3))
    assert dedupe.refusals(second, stored(first), spread)[0] is Refusal.TOO_LITTLE


def test_few_passages_in_common_need_a_like_headline() -> None:
    """Of a very long text the sketch knows little about a short part."""
    long = newcomer("a", "Water for all the valley", words(0, 6000), 0, "https://a.example/1")
    part = newcomer("b", "Another headline", words(2000, 2150), 0, "https://b.example/2")
    likeness = dedupe.compare(long.fingerprint, part.fingerprint, {})
    assert 0 < likeness.shared == likeness.comparable < 4, "the case is about few hashes"
    assert Refusal.TOO_FEW in dedupe.refusals(part, stored(long), {})
    titled = newcomer("b", "Water for all the valley", words(2000, 2150), 0, "https://b.example/2")
    assert dedupe.refusals(titled, stored(long), {}) == ()


def test_two_outlets_on_one_site_keep_their_addresses() -> None:
    """A canonical joins within one outlet only."""
    second = at("https://gazette.example/mirror/1", outlet="mirror", canonical_url=HERE)
    placement = dedupe.place(second, Nearby(candidates=(stored(at(HERE)),)))
    assert placement.kinship is Kinship.IDENTICAL


def words(first: int, last: int) -> str:
    """So many words, each its own, and a blank after the last."""
    return "".join(f"word{n} " for n in range(first, last))


def test_a_placement_carries_its_evidence() -> None:
    """The editor sees which article decided, and how much agrees."""
    first = stored(at("https://a.example/1", outlet="a"), 5, 50)
    placement = dedupe.place(
        at("https://b.example/1", outlet="b", text=recipe("wire:1-6")), Nearby(candidates=(first,))
    )
    assert (placement.best, placement.kinship) == (5, Kinship.SYNDICATED)
    assert placement.containment > 0.95
    assert placement.resemblance > 0.4
    assert placement.shared > 20


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("weather, the day after", Refusal.OTHER_NUMBERS),
        ("weather, the day after", Refusal.LATER),
        ("two games told in one form of words", Refusal.OTHER_NAMES),
        ("a wall in the article's place", Refusal.OTHER_HEADLINE),
        ("another report of the same event", Refusal.TOO_LITTLE),
        ("a third of it a month later", Refusal.TOO_OLD),
    ],
)
def test_a_refusal_names_its_reason(name: str, refusal: Refusal) -> None:
    """The editor can ask why two articles stand apart."""
    first, second = pair(next(case for case in cases() if case["name"] == name))
    assert refusal in dedupe.refusals(second, stored(first), {})
