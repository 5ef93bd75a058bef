"""How much of what an outlet published was found, told from two routes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clipper.cli import main
from clipper.model import Source
from clipper.recall import LEAST, Overlap, estimate
from clipper.store import Store

from . import keeping

FEED = keeping.DAILY
SITEMAP = replace(keeping.DAILY, slug="daily-sitemap", address="https://daily.example/news.xml")


def overlap(first: int, second: int, both: int) -> Overlap:
    return Overlap(
        outlet="daily", first="a", second="b", by_first=first, by_second=second, by_both=both
    )


def test_the_estimate_is_chapmans() -> None:
    # Seber (1982): 200 marked, 150 looked at, 32 of them marked.
    found = estimate(overlap(200, 150, 32))
    assert found is not None
    assert found.published == pytest.approx(201 * 151 / 33 - 1)
    assert found.lowest < found.published < found.highest
    assert found.lowest >= 200 + 150 - 32


def test_two_routes_that_agree_wholly_missed_nothing() -> None:
    found = estimate(overlap(40, 40, 40))
    assert found is not None
    assert (found.published, found.lowest, found.highest) == (40, 40, 40)
    assert found.of_both == 1


@pytest.mark.parametrize("both", [0, 1, LEAST - 1])
def test_too_few_stories_in_common_say_nothing(both: int) -> None:
    assert estimate(overlap(100, 100, both)) is None


def test_the_interval_holds_the_truth_in_about_95_of_100_cases() -> None:
    drawn = random.Random(7)
    held = tried = 0
    for _ in range(600):
        first = [drawn.random() < 0.8 for _ in range(150)]
        second = [drawn.random() < 0.5 for _ in range(150)]
        both = sum(a and b for a, b in zip(first, second, strict=True))
        found = estimate(overlap(sum(first), sum(second), both))
        if found is not None:
            tried += 1
            held += found.lowest <= 150 <= found.highest
    assert tried > 500
    assert 0.90 <= held / tried <= 0.99


def listed(store: Store, source: Source, keys: range, hours: int) -> None:
    now = keeping.NOW + hours * keeping.HOUR
    entries = [keeping.entry(str(key), published_at=now) for key in keys]
    store.note_poll(source, keeping.polled(*entries), now, now + keeping.HOUR)


def test_only_stories_count_that_both_could_have_listed(tmp_path: Path) -> None:
    with Store.create(tmp_path / "clipper.db") as store:
        keeping.synced(store, FEED, SITEMAP)
        listed(store, FEED, range(50), hours=0)
        listed(store, SITEMAP, range(100, 110), hours=5)
        listed(store, FEED, range(200, 230), hours=10)
        listed(store, SITEMAP, range(210, 240), hours=11)
        (found,) = store.overlaps.since(keeping.NOW - timedelta(days=30))
        assert (found.first, found.second) == ("daily-feed", "daily-sitemap")
        assert (found.by_first, found.by_second, found.by_both) == (30, 30, 20)
        assert store.overlaps.since(keeping.NOW + timedelta(days=2)) == ()


def test_an_outlet_with_one_source_gives_no_pair(tmp_path: Path) -> None:
    with Store.create(tmp_path / "clipper.db") as store:
        keeping.synced(store, FEED, keeping.HERALD)
        listed(store, FEED, range(20), hours=1)
        assert store.overlaps.since(keeping.NOW) == ()


def test_the_command_says_what_it_can_tell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "sources.yaml"
    config.write_text(
        "outlets:\n  - name: The Daily\n    slug: daily\n    feed: https://daily.example/feed\n"
    )
    Store.create(tmp_path / "data" / "clipper.db").close()
    assert main(["--config", str(config), "recall"]) == 0
    assert "No outlet has two sources" in capsys.readouterr().out
    with Store.open(tmp_path / "data" / "clipper.db") as store:
        keeping.synced(store, FEED, SITEMAP)
        listed(store, FEED, range(1), hours=0)
        listed(store, SITEMAP, range(1, 2), hours=0)
        listed(store, FEED, range(200, 230), hours=10)
        listed(store, SITEMAP, range(210, 240), hours=11)
    assert main(["--config", str(config), "recall", "--days", "3650"]) == 0
    said = capsys.readouterr().out
    assert "The Daily: 89% of what it published was found" in said
    assert "daily-feed listed 30 stories, daily-sitemap 30, both 20" in said
