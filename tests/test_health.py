"""What is said of a source that stops bringing, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from clipper.cli import main
from clipper.health import (
    SENTENCES,
    SILENT,
    STANDS,
    History,
    Level,
    findings,
    judge,
    plausible,
)
from clipper.model import (
    Bounds,
    Entry,
    FetchError,
    LedgerLine,
    Page,
    Poll,
    PollError,
    Pulse,
)
from clipper.sentences import filled
from clipper.sources import after_success, here, parse_feed
from clipper.sources.discovery import discover
from clipper.sources.due import WORDS
from clipper.store import Store
from clipper.web import language

from .keeping import DAILY, HOUR, NOW, entry, polled, synced

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


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("http-404", "sources add"),
        ("http-403", "refuse programs"),
        ("dns", "new domain"),
        ("tls", "certificate"),
        ("timeout", "mostly passes"),
        ("something-else", "in a browser"),
    ],
)
def test_the_remedy_for_failed_looks_fits_the_error(kind: str, said: str) -> None:
    (finding,) = judge(History(slug="a", failures=3, error="It failed.", error_kind=kind))
    assert said in finding.remedy


def test_a_jump_of_unreadable_pages_is_told_a_steady_share_is_not() -> None:
    jumped = History(slug="a", lately=(5, 15), before=(95, 5))
    assert [each.level for each in judge(jumped)] == [Level.WARNING]
    assert judge(History(slug="a", lately=(5, 15), before=(25, 75))) == ()
    walled = History(slug="a", lately=(20, 0), walled=15, before=(100, 0))
    (finding,) = judge(walled)
    assert (finding.kind, finding.text) == (
        "pages", "75% of its pages could not be had or read this week, 0% before."
    )  # fmt: skip


def test_walls_that_were_there_all_along_are_a_note() -> None:
    always = History(slug="a", lately=(20, 0), walled=15, before=(100, 0), walled_before=80)
    assert [(each.kind, each.level) for each in judge(always)] == [("walled", Level.NOTE)]


@pytest.mark.parametrize("stands", sorted(STANDS))
def test_a_page_in_a_sources_place_is_a_finding_of_its_own_with_its_remedy(stands: str) -> None:
    once = History(slug="a", failures=1, error="x", error_kind=stands)
    assert judge(once) == ()
    (finding,) = judge(replace(once, failures=2))
    assert (finding.kind, finding.level) == (stands, Level.ALARM)
    assert finding.text in STANDS[stands]
    assert finding.remedy in STANDS[stands]


@pytest.mark.parametrize(
    ("body", "stands"),
    [
        ("<html><title>Lakeshore</title><p>News</p></html>", "page"),
        ("<html><title>lakeshore.example</title>This domain is for sale!</html>", "parked"),
        ("<html><title>Just a moment...</title></html>", "challenge"),
        ("<html><title>Before you continue to Lakeshore</title></html>", "consent"),
        ("<html><form action='https://consent.lakeshore.example/save'></form></html>", "consent"),
        ("<html><form><input type=password name=p></form></html>", "login"),
        ('{"error": "no such page"}', ""),
    ],
)
def test_what_stands_in_a_feeds_place_is_kept_in_a_word(
    tmp_path: Path, body: str, stands: str
) -> None:
    error = parse_feed(body.encode(), "text/html", "https://daily.example/feed")
    assert isinstance(error, PollError)
    assert error.stands == stands
    with Store.create(tmp_path / "clipper.db") as store:
        synced(store, DAILY)
        store.note_poll_error(DAILY, error, NOW, NOW + HOUR)
        (history,) = store.histories.list(NOW)
    assert history.error_kind == (stands or "not-a-feed")


def test_a_parked_home_page_is_told_as_such() -> None:
    body = b"<html><title>x</title><p>This domain may be for sale. Buy this domain.</p></html>"

    def fetch(url: str, **wishes: object) -> Page | FetchError:
        if url.rstrip("/") == "https://gone.example":
            return Page(url=url, body=body, headers=(("Content-Type", "text/html"),))
        return FetchError(kind="http-404", text="Not found.", url=url, status=404)

    found = discover("https://gone.example/", fetch=fetch, parse=here, now=NOW)
    assert isinstance(found, PollError)
    assert found.stands == "parked"


def entries_of(day: int, claims: datetime) -> tuple[Entry, ...]:
    return tuple(entry(f"{day}-{n}", published_at=claims) for n in range(2))


def test_dates_that_stand_still_are_told_and_a_future_date_fools_nobody() -> None:
    pulse, source = Pulse(), DAILY
    far = entry("event", published_at=NOW + 400 * DAY)
    for day in range(6):
        new = (*entries_of(day, NOW - 9 * DAY), far) if day == 0 else entries_of(day, NOW - 9 * DAY)
        poll, at = Poll(entries=new), NOW + day * DAY
        pulse = after_success(pulse, source, poll, new, at, bounds=Bounds())
    told = {
        "claimed_at": pulse.claimed_at, "moved_at": pulse.moved_at, "stalled": pulse.stalled,
        "last_success_at": pulse.watched_until,
    }  # fmt: skip
    assert pulse.claimed_at == NOW - 9 * DAY
    (finding,) = judge(History(slug="a", **told))
    assert (finding.kind, finding.level, finding.since) == ("dates", Level.WARNING, NOW)
    assert "none dated later than 2026-02-20" in finding.text
    new = entries_of(7, NOW + 6 * DAY)
    moved = after_success(pulse, source, Poll(entries=new), new, NOW + 7 * DAY, bounds=Bounds())
    assert moved.stalled == 0


def test_walls_in_place_of_stories_are_told() -> None:
    walled = History(slug="a", lately=(8, 0), walled=5)
    (finding,) = judge(walled)
    assert finding.kind == "walled"
    assert finding.text.startswith("5 of 8 pages")
    assert judge(replace(walled, lately=(11, 0))) == ()
    assert judge(replace(walled, walled=4)) == ()


def test_alarms_come_first_and_each_sentence_can_be_translated() -> None:
    found = findings(
        [History(slug="a", lately=(8, 0), walled=8), History(slug="b", gone=True, failures=1)]
    )
    assert [each.kind for each in found] == ["gone", "walled"]
    assert {each.sentence for each in found} <= set(SENTENCES)
    spanish = language.catalogue("es")
    words = (*SENTENCES, *WORDS.values())
    assert [each for each in words if spanish.gettext(each) == each] == []
    told = {"silence": 3 * DAY, "longest": 5 * HOUR}
    said = filled(SILENT, told, spanish.gettext, spanish.ngettext)
    assert "3 días" in said
    assert "5 horas" in said


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
