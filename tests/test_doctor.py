"""`clipper doctor`: each area finds what is wrong, and nothing where nothing is."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from clipper.cli import checkup, main
from clipper.cli.home import Home
from clipper.fetch import Network
from clipper.fetch.certificates import certificate_ends, unreadable_authorities
from clipper.health import Finding, Level
from clipper.model import Page, PollError
from clipper.pipeline import clock
from clipper.store import Store

from .hostile import Hostile, text
from .keeping import DAILY, HOUR, NOW, synced

TLS = Path(__file__).parent / "data" / "tls"
CONFIG = "outlets:\n  - name: Daily\n    feed: https://daily.example/feed\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    tmp_path.chmod(0o755)
    (tmp_path / "sources.yaml").write_text(CONFIG)
    (tmp_path / "data").mkdir()
    with Store.create(tmp_path / "data" / "clipper.db") as store:
        synced(store, DAILY)
    return Home(str(tmp_path / "sources.yaml"))


def told(home: Home, *words: str) -> tuple[int, dict[str, Any]]:
    import contextlib
    import io

    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = main(["--config", str(home.config_path), "doctor", "--json", *words])
    return code, json.loads(out.getvalue())


def levels(found: Any) -> list[Level]:
    return [each.level for each in found]


def test_all_areas_are_looked_at_and_a_new_folder_is_well(home: Home) -> None:
    code, answer = told(home)
    assert (code, answer["findings"]) == (0, [])
    assert {"secrets", "versions", "clock", "tls"} <= set(answer["areas"])
    assert "publishers" not in answer["areas"], "nobody asked to go out"


@pytest.mark.parametrize(
    ("days", "level", "said"),
    [
        (-3, Level.WARNING, "ended on"),
        (10, Level.NOTE, "ends on"),
        (60, None, ""),
    ],
)
def test_a_grant_that_has_ended_or_will_soon_is_told(
    home: Home, capsys: pytest.CaptureFixture[str], days: int, level: Level | None, said: str
) -> None:
    day = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    grant = f"{{basis: permission, by: Jo Doe, until: {day}, words: 400}}"
    row = f"outlets:\n  - name: Herald\n    feed: https://h.example/f\n    budget: {grant}\n"
    config = home.config_path.read_text()
    assert config.startswith("outlets:\n")
    home.config_path.write_text(config.replace("outlets:\n", row, 1))
    _, answer = told(home)
    found = [each for each in answer["findings"] if each["area"] == "grants"]
    assert [each["level"] for each in found] == ([level.value] if level else [])
    assert all(f"a permission by Jo Doe {said} {day}" in each["text"] for each in found)
    assert main(["--config", str(home.config_path), "check"]) == 0
    assert (f"note: herald: a permission by Jo Doe {said} {day}" in capsys.readouterr().out) == (
        level is not None
    )


# ---------------------------------------------------------------- versions


@pytest.mark.parametrize(
    ("bounds", "version", "serves"),
    [
        (">=3.11,<4", "3.11.0", True),
        (">=3.11,<4", "4.0", False),
        ("<4,>=3.11", "3.10.9", False),
        (">=6.0.11", "6.0.9", False),
        (">=6.0.11", "6.0.11rc1", True),
        (">=43", "100", True),
        ("", "1", True),
        ("!=2.0", "2.0", True),
    ],
)
def test_a_version_is_held_against_its_bounds(bounds: str, version: str, serves: bool) -> None:
    assert checkup._serves(bounds, version) is serves


def test_packages_that_are_missing_or_too_old_are_told_with_what_is_needed() -> None:
    needed = ["Flask>=3.1", "lxml>=6.1.0", 'apprise>=1.9; extra == "notices"', "no-such-package>=1"]
    found = list(checkup._packages(needed, {"Flask": "3.0.9", "lxml": "6.1.0"}))
    assert levels(found) == [Level.ALARM, Level.ALARM]
    assert "Flask is 3.0.9; needed is Flask>=3.1" in found[0].text
    assert "no-such-package is not there" in found[1].text


def test_an_old_sqlite_and_one_without_full_text_are_alarms() -> None:
    assert levels(checkup._sqlite((3, 31, 1), True)) == [Level.ALARM]
    assert levels(checkup._sqlite((3, 45, 0), False)) == [Level.ALARM]
    assert levels(checkup._python(">=3.11", (3, 10, 2))) == [Level.ALARM]
    assert levels(checkup._python(">=3.11", (3, 13, 0))) == []


# ---------------------------------------------------------------- the clock


def answered(date: str, at: datetime = NOW, **headers: str) -> Page:
    fields = (("Date", date), *headers.items()) if date else tuple(headers.items())
    return Page(url="https://a.example/", body=b"", headers=fields, fetched_at=at)


def test_the_clock_is_told_from_an_answers_date_unless_a_cache_wrote_it() -> None:
    date = "Sun, 01 Mar 2026 12:00:00 GMT"
    assert clock.ahead_of(answered(date)) == 0.0
    assert clock.ahead_of(answered(date, NOW + HOUR)) == 3600.0
    assert clock.ahead_of(answered(date, Age="30")) is None
    assert clock.ahead_of(answered("")) is None
    for junk in ("yesterday", "x" * 500, "Sun, 99 Mar 2026 12:00:00 GMT"):
        assert clock.ahead_of(answered(junk)) is None


@pytest.mark.parametrize(
    ("aheads", "level"),
    [
        ([0.0, 2.0, -1.0], None),
        ([600.0, 610.0, 0.0], Level.WARNING),
        ([-7200.0, -7300.0], Level.ALARM),
        ([-7200.0], None),  # one host alone may be wrong itself
        ([0.0, 1.0, 90_000.0], None),
    ],
)
def test_a_clock_that_is_far_off_is_told(
    home: Home, aheads: list[float], level: Level | None
) -> None:
    with home.open_store() as store:
        clock.keep(store, aheads, datetime.now(UTC))
    found = [each for each in checkup.clock(home) if each.area == "clock"]
    assert levels(found) == ([level] if level else [])


def test_a_round_of_the_future_is_told(home: Home) -> None:
    with home.open_store() as store:
        store.ledger.open(datetime.now(UTC) + timedelta(days=2))
    (found,) = checkup.clock(home)
    assert "which is to come" in found.text


def test_a_round_keeps_what_its_outlets_clocks_say(tmp_path: Path) -> None:
    pages = [answered("Sun, 01 Mar 2026 11:00:00 GMT") for _ in range(3)]
    with Store.create(tmp_path / "clipper.db") as store:
        clock.keep(store, [clock.ahead_of(each) or 0.0 for each in pages], NOW)
        assert clock.kept(store, NOW) == clock.Skew(HOUR, 3)
        assert clock.kept(store, NOW + timedelta(days=8)) is None


# ---------------------------------------------------------------- secrets


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_new_store_is_for_its_owner_alone(home: Home) -> None:
    assert stat.S_IMODE(home.store_path.stat().st_mode) == 0o600
    copy = home.data / "copy.db"
    with home.open_store() as store:
        store.backup(copy)
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_files_that_others_may_read_or_change_are_told(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkup, "_is_reachable", lambda path: True)
    folder = home.config_path.parent
    env, key, named = folder / ".env", folder / "server.key", home.data / "password"
    for path in (env, key, named, home.store_path):
        path.touch()
        path.chmod(0o644)
    monkeypatch.setenv("CLIPPER_MAIL_PASSWORD_FILE", str(named))
    found = list(checkup.secrets(home))
    assert {each.subject for each in found} == {".env", "server.key", "password", "clipper.db"}
    assert set(levels(found)) == {Level.WARNING}
    assert all("chmod" in each.remedy for each in found)
    for path in (env, key, named, home.store_path):
        path.chmod(0o600)
    home.config_path.chmod(0o666)
    assert levels(checkup.secrets(home)) == [Level.ALARM]


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_a_file_in_a_closed_folder_needs_no_rights_of_its_own(home: Home) -> None:
    home.store_path.chmod(0o644)
    home.data.chmod(0o700)
    assert list(checkup.secrets(home)) == []


# ---------------------------------------------------------------- TLS


def test_a_source_whose_certificate_failed_is_told(home: Home) -> None:
    error = PollError(kind="tls", text="its certificate is not valid.", temporary=False)
    with home.open_store() as store:
        store.note_poll_error(DAILY, error, NOW, NOW)
    (found,) = checkup.tls(home)
    assert (found.subject, found.text) == (DAILY.slug, "its certificate is not valid.")


def test_authorities_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    assert list(unreadable_authorities("")) == []
    assert list(unreadable_authorities(str(TLS / "ca.pem"))) == []
    broken = tmp_path / "ca.pem"
    broken.write_text("no certificate")
    for path in (broken, tmp_path / "none.pem"):
        ((found, reason),) = unreadable_authorities(str(path))
        assert found == str(path)
        assert reason


def ends(url: str) -> datetime | str | None:
    network = Network(allow=("127.0.0.0/8",), ca_file=str(TLS / "ca.pem"), deadline=20.0)
    return certificate_ends(url, network, resolve=lambda host, port: ["127.0.0.1"])


def test_the_end_of_a_certificate_is_read_and_nothing_is_asked() -> None:
    with Hostile({"/": text(b"x")}, certificate="good") as server:
        found = ends(server.url("/", "good.test"))
        assert isinstance(found, datetime)
        assert found > datetime.now(UTC)
        assert server.asked == []
    assert ends("http://good.test/") is None


@pytest.mark.parametrize("certificate", ["self-signed", "expired", "other"])
def test_a_certificate_that_proves_nothing_is_a_sentence(certificate: str) -> None:
    with Hostile({"/": text(b"x")}, certificate=certificate) as server:
        found = ends(server.url("/", "good.test"))
    assert isinstance(found, str)
    assert "certificate" in found


def test_a_host_that_may_not_be_reached_is_not_asked_for_its_certificate() -> None:
    with Hostile({"/": text(b"x")}, certificate="good") as server:
        url = server.url("/", "good.test")
        found = certificate_ends(url, Network(), resolve=lambda host, port: ["127.0.0.1"])
        assert isinstance(found, str)
        assert server.connections == 0


@pytest.mark.parametrize(("days", "level"), [(3, Level.ALARM), (14, Level.WARNING), (60, None)])
def test_a_certificate_near_its_end_is_told(days: int, level: Level | None) -> None:
    found = checkup._ending("a.example", NOW + timedelta(days=days), NOW)
    assert levels(found) == ([level] if level else [])


# ---------------------------------------------------------------- going out


def test_places_are_tried_only_when_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    from clipper.cli import targets

    wrong = SimpleNamespace(ok=False, text="The password is refused.")
    place = SimpleNamespace(name="wordpress", check=lambda: [wrong])
    monkeypatch.setattr(targets, "targets", lambda home, store: nullcontext([place]))
    monkeypatch.setattr(checkup, "certificates", lambda home: iter(()))
    (found,) = checkup.publishers(home)
    assert isinstance(found, Finding)
    assert (found.subject, found.level, found.text) == ("wordpress", Level.ALARM, wrong.text)
