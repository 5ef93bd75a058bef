"""What is said of a source that stops bringing, and what is not."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clipper.cli import main
from clipper.health import History, Level, judge, plausible
from clipper.model import LedgerLine, PollError
from clipper.store import Store

from .keeping import DAILY, HOUR, NOW, polled

DAY = timedelta(days=1)


def every(gap: timedelta, times: int = 10) -> list[datetime]:
    return [NOW + gap * n for n in range(times)]


def test_silence_is_measured_by_the_sources_own_history() -> None:
    weekly = every(7 * DAY)
    assert plausible(weekly) == 14 * DAY
    well = History(slug="weekly", news=weekly, last_success_at=weekly[-1] + 13 * DAY)
    assert judge(well) == ()
    late = History(slug="weekly", news=weekly, last_success_at=weekly[-1] + 15 * DAY)
    (finding,) = judge(late)
    assert (finding.level, finding.since) == (Level.ALARM, weekly[-1])
    assert "nothing new for 15 days" in finding.text


def test_a_busy_source_may_rest_over_a_weekend_and_a_new_one_is_not_judged() -> None:
    hourly, young = every(HOUR), every(HOUR, 4)
    assert judge(History(slug="a", news=hourly, last_success_at=hourly[-1] + 2 * DAY)) == ()
    assert len(judge(History(slug="a", news=hourly, last_success_at=hourly[-1] + 3 * DAY))) == 1
    assert judge(History(slug="a", news=young, last_success_at=NOW + 30 * DAY)) == ()


def test_failing_and_gone_are_told_with_the_reason() -> None:
    assert judge(History(slug="a", failures=2, error="HTML")) == ()
    assert "HTML" in judge(History(slug="a", failures=3, error="HTML"))[0].text
    assert "gone" in judge(History(slug="a", gone=True, failures=1))[0].text


def test_a_jump_of_unreadable_pages_is_told_a_steady_share_is_not() -> None:
    jumped = History(slug="a", lately=(5, 15), before=(95, 5))
    assert [each.level for each in judge(jumped)] == [Level.WARNING]
    assert judge(History(slug="a", lately=(5, 15), before=(25, 75))) == ()


def test_the_doctor_tells_of_a_silent_source(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources.yaml").write_text(
        "outlets:\n  - name: Daily\n    feed: https://daily.example/feed\n"
    )
    (tmp_path / "data").mkdir()
    asked = ["--config", str(tmp_path / "sources.yaml"), "doctor", "--json"]
    began = datetime.now(NOW.tzinfo) - 30 * DAY
    with Store.create(tmp_path / "data" / "clipper.db") as store:
        store.sources.sync([DAILY], [], began)
        for n in range(10):
            number = store.ledger.open(began + n * HOUR)
            line = LedgerLine(source=DAILY.slug, outlet=DAILY.outlet, looked=True, new=1)
            store.ledger.line(number, line)
        store.note_poll(DAILY, polled(), began + DAY, began + DAY)
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["findings"] == []
    with Store.open(tmp_path / "data" / "clipper.db") as store:
        store.note_poll(DAILY, polled(), began + 20 * DAY, began + 20 * DAY)
    assert main(asked) == 1
    (finding,) = json.loads(capsys.readouterr().out)["findings"]
    assert (finding["subject"], finding["level"]) == (DAILY.slug, "alarm")
    with Store.open(tmp_path / "data" / "clipper.db") as store:
        for _ in range(3):
            error = PollError(kind="html", text="A web page stands there, no feed.")
            store.note_poll_error(DAILY, error, began + 21 * DAY, began)
    assert main(asked[:-1]) == 1
    assert "A web page stands there, no feed." in capsys.readouterr().out
