"""Link rot: figures from looks, each with what it rests on."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from clipper import linkrot
from clipper.cli import main
from clipper.linkrot import State, Watched
from tests.packing import DAY, NOW, stand_in


def watched(days: int | None, last: str = "", ever: str = "", outlet: str = "daily") -> Watched:
    return Watched(
        clipping=1,
        outlet=outlet,
        published_at=NOW,
        looked_at=None if days is None else NOW + days * DAY,
        last=frozenset(last.split()),
        ever=frozenset(f"{last} {ever}".split()),
    )


@pytest.mark.parametrize(
    ("last", "ever", "state"),
    [
        ("", "", State.SAME),
        ("text", "", State.CHANGED),
        ("", "headline", State.CHANGED),
        ("", "unreadable", State.SAME),
        ("gone", "text", State.GONE),
        ("", "gone", State.SAME),
        ("home", "", State.HOME),
        ("unreadable", "headline", State.UNREADABLE),
    ],
)
def test_the_last_look_says_whether_a_page_stands_and_all_whether_it_changed(
    last: str, ever: str, state: State
) -> None:
    assert linkrot.state(watched(3, last, ever)) is state


@pytest.mark.parametrize(
    ("days", "named"),
    [
        (0, "first week"),
        (7, "first week"),
        (8, "8 to"),
        (90, "31 to"),
        (365, "91 to"),
        (366, "more"),
    ],
)
def test_age_is_that_of_the_clipping_at_the_last_look(days: int, named: str) -> None:
    assert named in linkrot.age(watched(days))


def test_what_nobody_looked_at_counts_for_nothing_but_is_told() -> None:
    pages = [watched(1), watched(9, "gone"), watched(None), watched(None, outlet="nexus")]
    found = linkrot.rot(pages)
    assert (found.all.pages, found.all.looked, found.all.same, found.all.lost) == (4, 2, 1, 1)
    assert [(each.name, each.pages, each.looked) for each in found.outlets] == [
        ("daily", 3, 2),
        ("nexus", 1, 0),
    ]
    assert [(each.name, each.gone) for each in found.ages] == [
        ("in the first week", 0),
        ("8 to 30 days", 1),
    ]
    assert (found.first, found.last) == (NOW + DAY, NOW + 9 * DAY)
    assert linkrot.rot([]).first is None


def test_the_command_tells_of_the_whole_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with stand_in(tmp_path) as stand:
        assert main(["report", "link-rot"]) == 0
        assert "No clipping was published yet" in capsys.readouterr().out
        one, two, three, _ = (
            stand.clip(str(n), f"Story {n}", f"The city sold {n} prison shares on day {n}.")[0]
            for n in range(4)
        )
        assert main(["report", "link-rot"]) == 0
        assert "none was looked at again yet" in capsys.readouterr().out
        add = stand.store.looks.add
        add(one, ["headline", "text", "excerpt"], NOW + DAY)
        add(one, [], NOW + 7 * DAY)
        add(two, [], NOW + DAY)
        add(two, ["gone"], NOW + timedelta(days=31))
        add(three, ["home"], NOW + DAY)
    assert main(["report", "link-rot"]) == 0
    out = capsys.readouterr().out
    assert "4 pages clipped and published. 3 looked at again: 1 changed, 1 gone, " in out
    assert "1 lead to the home page. 67% lost." in out
    assert "On 1 page a look missed words" in out
    assert "  The Daily: 3 looked at again" in out
    assert "  31 to 90 days: 1 looked at again: 1 gone. 100% lost." in out
    assert "rests on the last look at each of 3 pages" in out
    assert "Of 1 page nothing is known" in out
    assert main(["report", "link-rot", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["all"]["changed"], told["all"]["looked"]) == (1, 3)
