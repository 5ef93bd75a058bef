"""The kind `mailbox`, against a server that speaks IMAP on loopback, over TLS too."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from clipper import config, demo, mailbox
from clipper.errors import ConfigError
from clipper.model import Entry, Outlet, Page, Pending, Poll, PollError, Source
from clipper.pipeline.whose import Owners
from clipper.sources import KINDS, here

from .imap_server import PASSWORD, TLS, Mailbox, serving
from .rounds import NOW, clipper, ledger, rows
from .test_letters import MAIL, html

LETTER = (MAIL / "google-alert.eml").read_bytes()


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPPER_MAILBOX_PASSWORD", PASSWORD)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with serving(Mailbox()) as served:
        yield served


def source(box: Mailbox, folder: str = "INBOX", **options: str) -> Source:
    told = {"security": box.security, "ca_file": str(TLS / "ca.pem"), **options}
    return Source(
        slug="alerts",
        kind="mailbox",
        address=f"imaps://clips%40desk.example@127.0.0.1:{box.port}/{folder}",
        outlet="alerts",
        options=tuple(told.items()),
    )


def no_fetch(url: str, **_: Any) -> Page:
    raise AssertionError(f"a mailbox fetched {url}")


def look(box: Mailbox, mark: Any = None, **more: Any) -> Poll | PollError:
    return KINDS["mailbox"](source(box, **more), mark or {}, fetch=no_fetch, parse=here, now=NOW)


def good(result: Poll | PollError) -> Poll:
    assert isinstance(result, Poll), result
    return result


def bad(result: Poll | PollError) -> PollError:
    assert isinstance(result, PollError), result
    return result


def story(number: int) -> bytes:
    link = f"https://gazette.example/story-{number}"
    return html(f"<a href='{link}'>Story number {number} of the day</a>")


def titles(poll: Poll) -> list[str]:
    return [entry.title for entry in poll.entries]


# ---------------------------------------------------------------- looking


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_new_letters_are_read_once_and_nothing_in_the_mailbox_changes(security: str) -> None:
    with serving(Mailbox(security=security)) as box:
        box.put(LETTER)
        first = good(look(box))
        box.put(story(2))
        second = good(look(box, first.mark))
        third = good(look(box, second.mark))
    assert len(first.entries) == 2
    assert titles(second) == ["Story number 2 of the day"]
    assert (third.entries, third.unchanged) == ((), True)
    changing = {"SELECT", "STORE", "UID_STORE", "UID_COPY", "UID_MOVE", "EXPUNGE", "APPEND"}
    assert not changing & set(box.verbs())
    assert "EXAMINE" in box.verbs()
    assert all("PEEK" in line for line in box.asked if "BODY" in line)


def test_a_folder_of_fifty_thousand_is_read_from_the_newest_mark_only(box: Mailbox) -> None:
    box.letters = dict.fromkeys(range(1, 50_001), b"x")
    box.came = dict.fromkeys(box.letters, date(2020, 1, 1))
    box.next = 50_001
    first = good(look(box))
    assert first.mark["last"] == "50000"
    box.put(story(1))
    box.asked.clear()
    assert titles(good(look(box, first.mark))) == ["Story number 1 of the day"]
    assert [line for line in box.asked if line.startswith("UID_SEARCH")] == [
        "UID_SEARCH UID 50001:50001"
    ]


def test_more_letters_than_one_look_takes_wait_and_none_is_lost(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_LETTERS", 2)
    box.put(story(0))
    poll = good(look(box))
    for number in range(1, 6):
        box.put(story(number), uid=box.next + 30_000)
    found = []
    for _ in range(6):
        poll = good(look(box, poll.mark))
        found += titles(poll)
    assert found == [f"Story number {number} of the day" for number in range(1, 6)]


def test_renumbered_letters_are_looked_at_again_with_a_word(box: Mailbox) -> None:
    box.put(story(1))
    first = good(look(box))
    box.validity += 1
    again = good(look(box, first.mark))
    assert titles(again) == titles(first)
    assert "new numbers" in again.notes[0]


def test_letters_that_are_too_large_are_passed_over_with_a_word(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "MOST_BYTES", 1_000)
    box.put(story(1) + b" " * 2_000)
    box.put(story(2))
    poll = good(look(box))
    assert titles(poll) == ["Story number 2 of the day"]
    assert "passed over: 1" in poll.notes[0]


def test_links_that_hide_their_target_are_told(box: Mailbox) -> None:
    box.put((MAIL / "newsletter.eml").read_bytes())
    assert "hide where they lead: 2" in good(look(box)).notes[0]


# ---------------------------------------------------------------- what can go wrong


def test_a_wrong_password_is_told_without_it(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPPER_MAILBOX_PASSWORD", "s3cret-word")
    error = bad(look(box))
    assert error.kind == "login"
    assert "app password" in error.text
    assert "s3cret-word" not in error.text


def test_a_password_that_is_not_set_is_told_with_its_variable(
    box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLIPPER_MAILBOX_PASSWORD")
    error = bad(look(box))
    assert error.kind == "secret"
    assert "CLIPPER_MAILBOX_PASSWORD" in error.text


def test_a_folder_that_is_not_there_is_told_with_those_that_are(box: Mailbox) -> None:
    error = bad(look(box, folder="Alerts"))
    assert error.kind == "no-folder"
    assert "INBOX" in error.text


@pytest.mark.parametrize("certificate", ["expired.pem", "other.pem", "self-signed.pem"])
def test_a_certificate_that_is_not_to_be_trusted_ends_it_before_the_password(
    certificate: str,
) -> None:
    with serving(Mailbox(certificate=certificate)) as box:
        error = bad(look(box))
    assert error.kind == "tls"
    assert "LOGIN" not in box.verbs()


@pytest.mark.parametrize("drops_at", ["LOGIN", "EXAMINE", "UID_SEARCH", "UID_FETCH"])
def test_a_connection_that_breaks_is_told_and_the_mark_stays(drops_at: str) -> None:
    with serving(Mailbox(drops_at=drops_at)) as box:
        box.put(LETTER)
        error = bad(look(box))
    assert error.temporary
    assert "can't be read" in error.text


def test_a_server_that_is_not_there_is_told() -> None:
    with serving(Mailbox()) as box:
        pass
    assert "can't be read" in bad(look(box)).text


# ---------------------------------------------------------------- config


def written(tmp_path: Path, mailbox: str, outlets: str = "") -> Path:
    path = tmp_path / "sources.yaml"
    path.write_text(
        f"outlets:\n- name: Alerts\n  mailbox:\n{mailbox}{outlets}"
        "campaigns:\n- name: Jails\n  query: jail*\n"
    )
    return path


def test_a_mailbox_is_configured_with_its_address_and_the_name_of_a_secret(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, "    host: imap.example\n    user: c@desk.example\n    folder: A/B\n")
    (made,) = config.load(path).sources
    assert (made.kind, made.address) == (
        "mailbox",
        "imaps://c%40desk.example@imap.example:993/A%2FB",
    )
    assert dict(made.options) == {"password": "CLIPPER_MAILBOX_PASSWORD", "security": "tls"}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("    host: imap.example\n", "user is missing"),
        ("    user: c\n", "host is missing"),
        ("    host: imap.example\n    user: c\n    security: none\n", "unencrypted"),
        ("    host: imap.example\n    user: c\n    security: ssl\n", "none of tls"),
        ("    host: imap.example\n    user: c\n    password: hunter 2\n", "environment variable"),
        ("    host: https://imap.example\n    user: c\n", "no server's name"),
    ],
)
def test_mistakes_in_a_mailbox_are_told(tmp_path: Path, lines: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(written(tmp_path, lines))
    assert told in str(caught.value)
    assert "hunter" not in str(caught.value)


# ---------------------------------------------------------------- whose story it is


def owners() -> Owners:
    outlets = [
        Outlet(slug="alerts", name="Alerts"),
        Outlet(slug="gazette", name="The Gazette", site="https://www.gazette.example"),
        Outlet(slug="local", name="Local", site="http://127.0.0.1:8001"),
    ]
    return Owners(outlets, [])


@pytest.mark.parametrize(
    ("url", "tags", "outlet", "name"),
    [
        ("https://news.gazette.example/a", (), "gazette", "The Gazette"),
        ("https://herald.example/a", (), "herald-example", "herald.example"),
        ("http://127.0.0.1:8001/a", (), "local", "Local"),
        ("http://127.0.0.1:8002/a", (), "127-0-0-1-8002", "127.0.0.1:8002"),
        ("", ("unresolved", "outlet: the gazette"), "gazette", "The Gazette"),
        ("", ("unresolved", "outlet: Valley Herald"), "valley-herald", "Valley Herald"),
        ("", ("unresolved",), "alerts", "Alerts"),
    ],
)
def test_a_story_belongs_to_the_outlet_that_its_address_names(
    url: str, tags: tuple[str, ...], outlet: str, name: str
) -> None:
    known = owners()
    entry = Entry(key="k", url=url, title="t", tags=tags)
    pending = Pending(id=1, source="alerts", outlet="alerts", entry=entry, first_seen_at=NOW)
    own = known.own(pending)
    assert (own.outlet, known.known[own.outlet].name) == (outlet, name)


def test_a_round_clips_what_a_letter_lists_for_its_own_outlet(
    tmp_path: Path, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESK_MAIL", PASSWORD)
    with demo.serve(NOW, port_base=0, corrected=True) as servers:
        path = demo.write_config(tmp_path, servers)
        served = next(s for s in servers if "Cold Creek" in s.outlet.name)
        feed = urllib.request.urlopen(served.feed).read().decode()
        link = next(u for u in re.findall(r'href="([^"]+)"', feed) if "detention-center" in u)
        mailbox = (
            f"  - name: Alerts\n    mailbox:\n      host: 127.0.0.1\n      port: {box.port}\n"
            f"      user: clips@desk.example\n      password: DESK_MAIL\n      ca_file: {TLS / 'ca.pem'}\n"
        )
        path.write_text(path.read_text().replace("outlets:\n", f"outlets:\n{mailbox}", 1))
        hidden = '<a href="https://bit.ly/x1">Pension board to leave private prisons</a>'
        inner = f'<a href="http://127.0.0.1:{box.port}/secret">Private prison secrets of this very host</a>'
        letter = html(
            f'<a href="{link}">Commissioners turn down detention center</a>{hidden}{inner}'
        )
        box.put(letter, datetime.now(UTC).date())  # the command has the real clock
        lines = ledger(tmp_path, "alerts")
    line = lines["alerts"]
    assert (line["new"], line["fetched"], line["queued"]) == (3, 1, 1), line
    kept = dict(rows(tmp_path, "select title, outlet from article"))
    assert kept["Commissioners turn down detention center, 2 to 1"] == "cold-creek-ledger"
    assert kept["Pension board to leave private prisons"] == "alerts"
    assert kept["Private prison secrets of this very host"] == f"127-0-0-1-{box.port}"
    ((why,),) = rows(tmp_path, "select why from entry where url like '%secret%'")
    assert "not a public address" in why


def test_a_list_that_is_handed_on_names_no_mailbox(tmp_path: Path) -> None:
    feed = "- name: Herald\n  feed: https://herald.example/feed\n"
    written(tmp_path, "    host: imap.example\n    user: clips@desk.example\n", feed)
    for form in ("--opml", "--csv"):
        told = clipper(tmp_path, "sources", "export", form, "-").stdout
        assert "https://herald.example/feed" in told
        assert "imap" not in told
        assert "desk.example" not in told


# ---------------------------------------------------------------- the doctor


def doctor(folder: Path, *words: str) -> list[dict[str, Any]]:
    done = clipper(folder, "doctor", "--json", *words, expect=None)
    areas = ("passwords", "mailboxes")
    return [each for each in json.loads(done.stdout)["findings"] if each["area"] in areas]


def configured(home: Path, box: Mailbox, **more: str) -> None:
    told = {"host": "127.0.0.1", "port": str(box.port), "user": "clips@desk.example"}
    keys = {**told, "ca_file": str(TLS / "ca.pem"), "password": "CLIPS_PASSWORD", **more}
    lines = "".join(f"      {name}: {value}\n" for name, value in keys.items())
    (home / "sources.yaml").write_text(f"outlets:\n  - name: Alerts\n    mailbox:\n{lines}")


def test_the_doctor_tells_of_a_password_that_is_not_set(
    box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(tmp_path, box)
    (found,) = doctor(tmp_path)
    assert (found["level"], found["subject"]) == ("alarm", "alerts")
    assert found["text"] == "the secret CLIPS_PASSWORD is not set."
    assert "CLIPS_PASSWORD_FILE to a file that holds it" in found["remedy"]
    assert doctor(tmp_path, "--online") == [found], "no log-in without it"
    monkeypatch.setenv("CLIPS_PASSWORD_FILE", str(tmp_path / "none"))
    (found,) = doctor(tmp_path)
    assert "none, which can't be read (No such file" in found["text"]
    assert found["remedy"].startswith("Set CLIPS_PASSWORD, or mend the file")
    (tmp_path / "secret").write_text(PASSWORD)
    (tmp_path / "secret").chmod(0o600)
    monkeypatch.setenv("CLIPS_PASSWORD_FILE", str(tmp_path / "secret"))
    assert doctor(tmp_path) == []
    assert box.asked == [], "nobody was asked"
    # The service has it, for its looks succeed; only this shell lacks it.
    clipper(tmp_path, "fetch")
    monkeypatch.delenv("CLIPS_PASSWORD_FILE")
    (found,) = doctor(tmp_path)
    assert found["level"] == "note"
    assert "It was there at the last look" in found["text"]


def test_the_doctor_logs_in_when_it_may_go_out_and_reads_no_letter(
    box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.put(LETTER)
    monkeypatch.setenv("CLIPS_PASSWORD", PASSWORD)
    configured(tmp_path, box)
    assert doctor(tmp_path, "--online") == []
    assert "EXAMINE" in box.verbs()
    assert not {"UID", "SELECT", "STORE"} & set(box.verbs())
    configured(tmp_path, box, folder="Alerts")
    (found,) = doctor(tmp_path, "--online")
    assert "There is no folder “Alerts” in this mailbox" in found["text"]
    configured(tmp_path, box)
    monkeypatch.setenv("CLIPS_PASSWORD", "wrong horse")
    (found,) = doctor(tmp_path, "--online")
    assert found["level"] == "alarm"
    assert "refuses the user or the password" in found["text"]
    assert "wrong horse" not in json.dumps(found)


def test_the_doctor_tells_of_other_secrets_that_the_config_names(tmp_path: Path) -> None:
    (tmp_path / "sources.yaml").write_text(
        "outlets:\n  - name: D\n    feed: https://daily.example/feed\n"
        "brief:\n  from: a@b.example\n  host: mail.example\n  user: a\n"
        "publish:\n  wordpress:\n    url: https://w.example\n    user: u\n"
        "notices:\n  - name: team\n    where: TEAM_URL\n"
    )
    found = {each["subject"]: each for each in doctor(tmp_path)}
    assert set(found) == {"brief", "wordpress", "team"}
    assert {each["level"] for each in found.values()} == {"warning"}
    assert "TEAM_URL" in found["team"]["text"]
