"""The metrics: the text format to its grammar, what the numbers say, and who gets them."""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.model import LedgerLine, PollError
from clipper.reports.metrics import CONTENT_TYPE, Metric, text_of
from clipper.store import Role
from clipper.web import Office

from . import desks, keeping
from .keeping import DAILY, HERALD, HOUR
from .rounds import clipper

NOW = desks.NOW

# The format's grammar, as Prometheus documents it (exposition formats, text-based).
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(
    rf"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{{({LABEL}(?:,{LABEL})*)\}})? "
    r"([+-]?(?:[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|Inf)|NaN)"
)
HELP = re.compile(r"# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) ((?:[^\\\n]|\\\\|\\n)*)")
TYPE = re.compile(r"# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)")


def parsed(text: str) -> dict[str, dict[str, float]]:
    """The samples by metric and labels; fails for what the grammar does not allow."""
    assert text == "" or text.endswith("\n")
    found: dict[str, dict[str, float]] = {}
    current = ""
    for line in text.split("\n")[:-1]:
        if match := HELP.fullmatch(line):
            assert match[1] not in found, "a metric stands in one group"
        elif match := TYPE.fullmatch(line):
            current = match[1]
            assert found.setdefault(current, {}) == {}
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            assert match[1] == current
            labels = match[2] or ""
            assert labels not in found[current], "each series stands once"
            found[current][labels] = float(match[5])
    return found


@given(
    st.text(max_size=60),
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,9}", fullmatch=True), st.text(max_size=40), max_size=3
    ),
    st.floats(),
)
def test_whatever_the_labels_hold_the_format_keeps_its_grammar(
    text: str, labels: dict[str, str], number: float
) -> None:
    told = text_of([Metric("clipper_x", "gauge", text, ((labels, number),))])
    lines = told.removesuffix("\n").split("\n")
    assert len(lines) == 3
    assert HELP.fullmatch(lines[0])
    match = SAMPLE.fullmatch(lines[2])
    assert match
    back = float(match[5])
    assert back == number or (math.isnan(back) and math.isnan(number))
    raw = re.findall(LABEL, match[2] or "")
    undone = [re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], each) for each in raw]
    assert undone == list(labels.values())


def test_a_metric_without_samples_is_left_out() -> None:
    assert text_of([Metric("clipper_x", "gauge", "x", ())]) == ""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return desks.office_of(tmp_path)


def test_the_numbers_are_those_of_the_store(office: Office) -> None:
    with office.store as store:
        keeping.synced(store)
        keeping.queued(store, "1")
        number = store.ledger.open(NOW - 2 * HOUR)
        lines = [
            LedgerLine(source=DAILY.slug, outlet="daily", looked=True, fetched=3, failed=2),
            LedgerLine(source=HERALD.slug, outlet="herald", looked=False, error="down"),
        ]
        for line in lines:
            store.ledger.line(number, line)
        store.ledger.close(number, NOW - 2 * HOUR + timedelta(seconds=90))
        store.ledger.open(NOW)  # under way
        error = PollError(kind="http-503", text="down")
        for _ in range(3):
            store.note_poll_error(HERALD, error, NOW, NOW)
        office.archive.mkdir(exist_ok=True)
        (office.archive / "a.warc.gz").write_bytes(b"x" * 1000)
        answer = desks.stranger_of(office).get("/metrics")
    assert answer.headers["Content-Type"] == CONTENT_TYPE
    found = parsed(answer.text)
    assert found["clipper_clippings"]['status="queued"'] == 1
    assert found["clipper_source_failures"]['outlet="herald",source="herald-feed"'] == 3
    assert found["clipper_outlet_looks_failed_last_day"]['outlet="herald"'] == 1
    assert found["clipper_outlet_pages_failed_last_day"]['outlet="daily"'] == 2
    assert found["clipper_rounds_total"][""] == 2
    assert found["clipper_last_round_age_seconds"][""] == 2 * 3600 - 90
    assert found["clipper_last_round_duration_seconds"][""] == 90
    assert found["clipper_archive_bytes"][""] == 1000
    assert found["clipper_findings"]['level="alarm"'] == 1
    assert found["clipper_outbox"]['state="failed"'] == 0


def test_an_empty_store_has_metrics_too(office: Office) -> None:
    with office.store:
        found = parsed(desks.stranger_of(office).get("/metrics").text)
    assert "clipper_last_round_age_seconds" not in found
    assert found["clipper_rounds_total"][""] == 0


def test_strangers_from_elsewhere_are_refused(office: Office) -> None:
    desks.account(office, Role.ADMIN, "boss")
    with office.store:
        client = desks.stranger_of(office)
        assert client.get("/metrics").status_code == 200, "this machine may"
        far = client.get("/metrics", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
        assert far.status_code == 403
        assert "clipper_" not in far.text
        assert "Set-Cookie" not in far.headers
        forwarded = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})
        assert forwarded.status_code == 403
        proxied = replace(office, settings=replace(office.settings, proxy="127.0.0.1"))
        assert desks.stranger_of(proxied).get("/metrics").status_code == 403


def test_a_token_opens_them_and_is_then_needed_by_all(office: Office) -> None:
    digest = hashlib.sha256(b"s3cret").hexdigest()
    guarded = replace(office, settings=replace(office.settings, metrics=digest))
    far = {"REMOTE_ADDR": "203.0.113.9"}
    with office.store:
        client = desks.stranger_of(guarded)

        def status(word: str) -> int:
            headers = {"Authorization": word} if word else {}
            return client.get("/metrics", headers=headers, environ_overrides=far).status_code

        assert status("Bearer s3cret") == 200
        assert status("bearer s3cret ") == 200
        assert {status(w) for w in ("", "Bearer ", "Bearer wrong", "Basic s3cret", "s3cret")} == {
            403
        }
        assert client.get("/metrics").status_code == 403, "also from this machine"


def test_a_store_that_cannot_be_read_is_told(office: Office) -> None:
    client = desks.stranger_of(office)
    office.store.close()
    assert client.get("/metrics").status_code == 503


def test_the_command_prints_the_same_numbers(office: Office, tmp_path: Path) -> None:
    with office.store as store:
        keeping.queued(store, "1")
        served = parsed(desks.stranger_of(office).get("/metrics").text)
    printed = parsed(clipper(tmp_path, "--data", ".", "metrics").stdout)
    assert printed.keys() == served.keys()
    assert printed["clipper_clippings"] == served["clipper_clippings"]
