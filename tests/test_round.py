"""A round as its users rely on it: the real command against real servers on loopback."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from clipper import demo

from .rounds import NOW, clipper, command, ledger, plain, rows, total


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[demo.Served, ...]]:
    with demo.serve(NOW, port_base=0, corrected=True) as served:
        yield served


@pytest.fixture
def folder(servers: tuple[demo.Served, ...], tmp_path: Path) -> Path:
    demo.write_config(tmp_path, servers)
    return tmp_path


@pytest.fixture(scope="module")
def fetched(
    servers: tuple[demo.Served, ...], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, dict[str, Any]]]:
    """A folder in which one round has run, and that round's ledger."""
    place = tmp_path_factory.mktemp("fetched")
    demo.write_config(place, servers)
    return place, ledger(place)


def kept(folder: Path) -> dict[str, list[tuple[Any, ...]]]:
    """What must be the same however the rounds were cut up."""
    return {
        "entries": rows(folder, "select source, key, state from entry order by 1, 2"),
        "articles": rows(folder, "select outlet, url, title, text from article order by 1, 2"),
        "clippings": rows(
            folder,
            "select a.outlet, a.url, c.status from clipping c join match m on true "
            "join article a on a.id = m.article and a.story = c.story group by a.id order by 1, 2",
        ),
    }


def test_a_round_finds_all_that_the_outlets_list(fetched: tuple[Path, dict[str, Any]]) -> None:
    _, lines = fetched
    listed = sum(len(outlet.articles) for outlet in demo.outlets(NOW))
    assert len(lines) == 7
    assert total(lines, "seen") == total(lines, "new") == listed
    assert all(line["looked"] for line in lines.values())


def test_every_page_that_was_had_is_archived_before_its_row(
    fetched: tuple[Path, dict[str, Any]],
) -> None:
    folder, lines = fetched
    snapshots = rows(folder, 'select file, "offset", length, digest from snapshot')
    assert len(snapshots) >= total(lines, "fetched") > 50
    for file, offset, length, digest in snapshots:
        assert (folder / "data" / "archive" / file).stat().st_size >= offset + length
        assert len(digest) == 64


def test_an_entry_whose_page_is_dead_keeps_the_feeds_own_words(
    fetched: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = fetched
    found = rows(folder, "select text, doubts from article where page_error like 'http-404%'")
    assert found
    assert all(text and "feed-only" in doubts for text, doubts in found)


def test_an_undated_entry_is_never_given_a_date(fetched: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = fetched
    undated = [a for o in demo.outlets(NOW) for a in o.articles if "undated" in a.flags]
    titles = {a.title for a in undated}
    found = rows(folder, "select title, published_at from entry")
    assert titles
    assert [date for title, date in found if title in titles] == [None] * len(titles)


def test_a_wire_story_that_three_outlets_ran_is_one_clipping(
    fetched: tuple[Path, dict[str, Any]],
) -> None:
    folder, _ = fetched
    sizes = rows(folder, "select story, count(*) from article group by story having count(*) >= 3")
    assert sizes
    for story, _ in sizes:
        assert len(rows(folder, f"select id from clipping where story = {story}")) <= 1


def test_a_second_round_fetches_nothing_queues_nothing_and_says_so(
    servers: tuple[demo.Served, ...], folder: Path
) -> None:
    ledger(folder)
    before = kept(folder)
    again = clipper(folder, "fetch")
    lines = ledger(folder)
    assert "nothing new" in again.stdout
    assert "Nothing was queued" in again.stdout
    assert total(lines, "fetched") == total(lines, "new") == total(lines, "queued") == 0
    assert kept(folder) == before


def test_each_source_has_a_rhythm_after_a_round_and_its_reason_is_told(
    fetched: tuple[Path, dict[str, Any]],
) -> None:
    folder, lines = fetched
    pulses = rows(folder, "select source, pause, why, watched_until from pulse")
    assert {source for source, *_ in pulses} == set(lines)
    assert all(0 < pause <= 86_400 and why for _, pause, why, _ in pulses)
    told = json.loads(clipper(folder, "sources", "--json").stdout)
    assert {(each["source"], each["why"]) for each in told} == {(p[0], p[2]) for p in pulses}
    assert "is due in" in clipper(folder, "sources").stdout


def test_a_dry_run_keeps_nothing(folder: Path) -> None:
    lines = ledger(folder, "--dry-run")
    assert total(lines, "queued") > 0
    assert not (folder / "data" / "clipper.db").exists()
    assert not (folder / "data" / "archive").exists()


def test_a_source_that_fails_leaves_the_others_alone(folder: Path) -> None:
    config = folder / "sources.yaml"
    text = config.read_text() + "\n"
    dead = "outlets:\n  - name: Dead Outlet\n    feed: http://127.0.0.1:9/feed\n    gap: 0\n"
    config.write_text(text.replace("outlets:\n", dead, 1))
    lines = ledger(folder, expect=1)
    failed = [line for line in lines.values() if not line["looked"]]
    assert [line["outlet"] for line in failed] == ["dead-outlet"]
    assert failed[0]["error"]
    assert total(lines, "queued") > 0


def test_two_rounds_at_once_do_the_work_once(folder: Path) -> None:
    first = subprocess.Popen(
        command("fetch"), cwd=folder, env=plain(), stdout=subprocess.PIPE, text=True
    )
    while not (folder / "data" / "clipper.db.lock").exists():
        time.sleep(0.005)
    second = clipper(folder, "fetch", expect=None)
    first.communicate()
    assert first.returncode == 0
    assert second.returncode == 0
    assert "under way" in second.stderr or "nothing new" in second.stdout
    once = rows(folder, "select url, count(*) from article group by url having count(*) > 1")
    assert once == []


def test_interrupting_a_round_is_clean_and_the_next_one_completes_it(
    folder: Path, fetched: tuple[Path, dict[str, Any]]
) -> None:
    running = subprocess.Popen(
        command("fetch"), cwd=folder, env=plain(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not (folder / "data" / "clipper.db.lock").exists():
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert running.returncode in (0, 130)
    assert "Traceback" not in errors
    ledger(folder)
    assert kept(folder)["articles"] == kept(fetched[0])["articles"]


@pytest.mark.slow
def test_kill_at_any_moment_loses_nothing_and_doubles_nothing(
    servers: tuple[demo.Served, ...], fetched: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Ten first rounds, each killed (SIGKILL) three times at random moments, then one to the end."""
    chance = random.Random(20260304)
    cut_short = 0
    for number in range(10):
        place = tmp_path / str(number)
        demo.write_config(place, servers)
        for _ in range(3):
            cut_short += killed(place, chance.uniform(0.1, 1.3))
        ledger(place)
        assert rows(place, "pragma integrity_check") == [("ok",)]
        assert rows(place, "pragma foreign_key_check") == []
        assert kept(place) == kept(fetched[0])
    assert cut_short > 10, "too few kills hit a round under way: choose other moments"


def killed(folder: Path, seconds: float) -> bool:
    """Start a round and kill it after a while; whether it was still under way."""
    running = subprocess.Popen(
        command("fetch", "--quiet"), cwd=folder, env=plain(), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(seconds)
    under_way = running.poll() is None
    running.kill()
    running.wait()
    return under_way
