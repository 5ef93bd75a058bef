"""Accounts: logging in, sessions, the first visit, passwords, `clipper user` and `clipper web`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from clipper.cli.home import Home
from clipper.cli.root import root
from clipper.errors import Refused
from clipper.store import Role, Store
from clipper.web import Office, Settings, digest, passwords, session
from tests import desks

NAME = "Ana Ruiz"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path)
    desks.account(made, Role.ADMIN, "boss")
    desks.account(made, Role.EDITOR, NAME)
    with made.store:
        yield made


def clock_of(office: Office) -> desks.Clock:
    assert isinstance(office.now, desks.Clock)
    return office.now


def tries(
    client: desks.Client, number: int, name: str = NAME, where: str = "192.0.2.1"
) -> list[int]:
    """The status of each of so many wrong tries."""
    return [
        client.post(
            "/login", data={"name": name, "password": "x"}, environ_base={"REMOTE_ADDR": where}
        ).status_code
        for _ in range(number)
    ]


def enters(client: desks.Client, where: str = "192.0.2.1") -> int:
    form = {"name": NAME, "password": desks.PASSWORD}
    return client.post("/login", data=form, environ_base={"REMOTE_ADDR": where}).status_code


# ---------------------------------------------------------------- logging in and out


def test_a_name_is_known_in_any_case(office: Office) -> None:
    """People need not remember how their name was capitalised."""
    client = desks.stranger_of(office)
    assert desks.log_in(client, "ANA RUIZ").status_code == 303


@pytest.mark.parametrize(("name", "password"), [
    (NAME, "wrong"), ("nobody", desks.PASSWORD), ("", ""), (NAME, ""), (NAME, "x" * 100_000),
    (NAME, "\udcff"), ("' OR 1=1 --", "x"),
])  # fmt: skip
def test_a_wrong_pair_tells_nothing(office: Office, name: str, password: str) -> None:
    """Whether the name or the password was wrong can't be told from the answer."""
    data = {"name": name, "password": password.encode("utf-8", "replace")}
    answer = desks.stranger_of(office).post("/login", data=data)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_the_cookie_is_out_of_reach_of_scripts(office: Office) -> None:
    """HttpOnly, SameSite=Lax, the whole site; behind TLS Secure and bound to the host."""
    answer = desks.stranger_of(office).post(
        "/login", data={"name": NAME, "password": desks.PASSWORD}
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("clipper=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    behind = replace(office, settings=replace(office.settings, secure=True))
    answer = desks.stranger_of(behind).post(
        "/login", data={"name": NAME, "password": desks.PASSWORD}
    )
    assert answer.headers["Set-Cookie"].startswith("__Host-clipper=")
    assert "Secure" in answer.headers["Set-Cookie"].split("; ")


def test_logging_in_gives_a_new_session(office: Office) -> None:
    """A cookie that somebody planted, or that was in use, is worth nothing afterwards."""
    client = desks.client_of(office, Role.EDITOR, NAME)
    before = client.get_cookie("clipper")
    assert before is not None
    desks.log_in(client, NAME)
    after = client.get_cookie("clipper")
    assert after is not None
    assert after.value != before.value
    other = desks.stranger_of(office)
    other.set_cookie("clipper", before.value)
    assert other.get("/").status_code == 302 or other.get("/").location.startswith("/login")


def test_logging_out_ends_the_session_in_the_store(office: Office) -> None:
    """The cookie opens nothing afterwards, also in another browser that kept it."""
    client = desks.client_of(office, Role.EDITOR, NAME)
    cookie = client.get_cookie("clipper")
    assert cookie is not None
    client.send("/logout")
    client.set_cookie("clipper", cookie.value)
    assert client.get("/").location == "/login"


def test_no_token_is_kept_in_the_store(office: Office) -> None:
    """Who steals the store's file can't log in with it."""
    client = desks.client_of(office, Role.EDITOR, NAME)
    cookie = client.get_cookie("clipper")
    assert cookie is not None
    office.store.backup(office.store.path.with_name("stolen.db"))
    stolen = office.store.path.with_name("stolen.db").read_bytes()
    assert cookie.value.encode() not in stolen
    assert desks.PASSWORD.encode() not in stolen


@pytest.mark.parametrize(("step", "steps", "ends"), [
    (session.IDLE - timedelta(hours=1), 2, False),
    (session.IDLE + timedelta(seconds=1), 1, True),
    (session.IDLE - timedelta(hours=1), 12, True),
])  # fmt: skip
def test_a_session_ends_when_idle_and_in_any_case_after_a_month(
    office: Office, step: timedelta, steps: int, ends: bool
) -> None:
    """Three days without use, or thirty days in all."""
    client = desks.client_of(office, Role.EDITOR, NAME)
    for _ in range(steps):
        clock_of(office).go_on(step)
        answer = client.get("/")
    assert (answer.status_code != 200) is ends


def test_the_token_of_another_session_is_refused(office: Office) -> None:
    """Each session has a CSRF token of its own."""
    one, other = (
        desks.client_of(office, Role.EDITOR, NAME),
        desks.client_of(office, Role.ADMIN, "boss"),
    )
    one.csrf = other.csrf
    assert one.send("/views", name="x", tag="y").status_code == 403


# ---------------------------------------------------------------- the waits


def test_wrong_tries_have_to_wait_and_then_may_go_on(office: Office) -> None:
    """After five wrong tries each one costs a wait that doubles, and is over by itself."""
    client = desks.stranger_of(office)
    assert tries(client, 7) == [401] * 5 + [429] * 2
    assert enters(client) == 429
    clock_of(office).go_on(timedelta(seconds=2))
    assert tries(client, 2) == [401, 429]
    clock_of(office).go_on(passwords.LONGEST_WAIT)
    assert enters(client) == 303
    assert tries(desks.stranger_of(office), 3) == [401, 401, 401]


def test_nobody_can_lock_another_person_out(office: Office) -> None:
    """Wrong tries from one address do not keep the person out at another."""
    client = desks.stranger_of(office)
    tries(client, 40, where="203.0.113.9")
    assert enters(client, where="192.0.2.1") == 303


def test_many_names_from_one_address_have_to_wait_too(office: Office) -> None:
    """Trying one password at many names is bounded by the address."""
    client = desks.stranger_of(office)
    codes = [tries(client, 1, name=f"name{n}")[0] for n in range(32)]
    assert codes == [401] * 30 + [429] * 2


def test_a_forwarded_address_is_believed_from_the_proxy_alone(office: Office) -> None:
    """A header can't make one address look like many."""
    client = desks.stranger_of(office)
    codes = [
        client.post(
            "/login", data={"name": NAME, "password": "x"},
            headers={"X-Forwarded-For": f"198.51.100.{n}"},
        ).status_code
        for n in range(6)
    ]  # fmt: skip
    assert codes[-1] == 429


@given(failures=st.integers(0, 10_000), seconds=st.integers(0, 10**6))
def test_a_wait_is_never_longer_than_a_quarter_hour(failures: int, seconds: int) -> None:
    """However often somebody failed, and whenever."""
    now = desks.NOW + timedelta(seconds=seconds)
    found = passwords.wait(failures, passwords.FREE_TRIES, desks.NOW, now)
    assert timedelta(0) <= found <= passwords.LONGEST_WAIT


@pytest.mark.parametrize(("address", "network"), [
    ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"), ("", "unknown"),
    ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"), ("unix:", "unknown"),
])  # fmt: skip
def test_an_ipv6_network_counts_as_one_address(address: str, network: str) -> None:
    """Who has a /64 has 2**64 addresses."""
    assert passwords.network(address) == network


# ---------------------------------------------------------------- passwords


@pytest.mark.parametrize(("password", "fault"), [
    ("short", "short"), ("elevenchars", "short"), ("twelve chars", None), ("aaaaaaaaaaaaaaaa", "same"),
    ("Ana RuizAna Ruiz", "same"), ("ñ" * 8 + "abcdefgh", None), ("x y z w " * 16, None),
    ("é" * 300, "long"), ("🜁🜂🜃🜄🜅🜆🜇🜈🜉🜊🜋🜌", None),
])  # fmt: skip
def test_what_is_asked_of_a_password(password: str, fault: str | None) -> None:
    """Twelve letters of any kind, at most 512 bytes, and not the name."""
    found = passwords.faults(password, NAME)
    assert (found[0] if found else None) == fault


def test_a_long_password_counts_whole(office: Office) -> None:
    """Nothing past some length is dropped: another end is another password."""
    long = "correct horse " * 30
    office.store.people.add("long", Role.VIEWER, passwords.hashed(long + "a"), desks.NOW)
    person = office.store.people.named("long")
    assert passwords.fits(person, long + "a")
    assert not passwords.fits(person, long + "b")


def test_the_same_letters_are_the_same_password(office: Office) -> None:
    """An é typed on another keyboard, as two code points, still fits."""
    office.store.people.add("acc", Role.VIEWER, passwords.hashed("contraseña mía"), desks.NOW)
    assert passwords.fits(office.store.people.named("acc"), "contrasen\u0303a mi\u0301a")


def test_a_new_password_ends_every_other_session(office: Office) -> None:
    """Who changes a stolen password is rid of the thief, and stays logged in."""
    here = desks.client_of(office, Role.EDITOR, NAME)
    there = desks.client_of(office, Role.EDITOR, NAME)
    form = {"old": desks.PASSWORD, "password": "another few words", "again": "another few words"}
    assert here.send("/account/password", **form).status_code == 303
    assert here.get("/").status_code == 200
    assert there.get("/").location == "/login"
    assert enters(desks.stranger_of(office)) == 401


@pytest.mark.parametrize(("form", "says"), [
    ({"old": "wrong"}, "not your password"), ({"again": "other words here"}, "not the same"),
    ({"password": "short", "again": "short"}, "at least 12"),
])  # fmt: skip
def test_a_password_is_not_changed_lightly(office: Office, form: dict[str, str], says: str) -> None:
    """The old one, and the new one twice."""
    told = {"old": desks.PASSWORD, "password": "another few words", "again": "another few words"}
    answer = desks.client_of(office, Role.EDITOR, NAME).send("/account/password", **(told | form))
    assert answer.status_code == 400
    assert says in answer.text.lower()


def test_an_account_that_is_disabled_is_out_at_once(office: Office) -> None:
    """Its sessions end, and its password opens nothing."""
    client = desks.client_of(office, Role.EDITOR, NAME)
    office.store.people.disable(NAME, desks.NOW)
    assert client.get("/").location == "/login"
    assert enters(desks.stranger_of(office)) == 401


def test_there_is_always_an_admin(office: Office) -> None:
    """The last one can neither be disabled nor made less."""
    with pytest.raises(Refused, match="last admin"):
        office.store.people.disable("boss", desks.NOW)
    with pytest.raises(Refused, match="last admin"):
        office.store.people.set_role("boss", Role.EDITOR)


# ---------------------------------------------------------------- the first visit


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path, first=digest("the-link"))
    with made.store:
        yield made


FIRST = {"name": NAME, "password": desks.PASSWORD, "again": desks.PASSWORD}


def test_a_desk_without_accounts_is_closed(empty: Office) -> None:
    """Every page leads to one that says how to make the first account."""
    client = desks.stranger_of(empty)
    assert client.get("/").location == "/welcome"
    assert "clipper user add" in client.get("/welcome").text
    assert client.get("/first/another-link").status_code == 404
    assert client.post("/first/another-link", data=FIRST).status_code == 404


def test_the_first_link_makes_an_admin_once(empty: Office) -> None:
    """Whoever opens it second finds nothing."""
    client = desks.stranger_of(empty)
    assert client.get("/first/the-link").status_code == 200
    assert client.post("/first/the-link", data=FIRST).location == "/"
    assert client.get("/").status_code == 200
    (made,) = empty.store.people.list()
    assert (made.name, made.role) == (NAME, Role.ADMIN)
    other = desks.stranger_of(empty)
    assert other.get("/first/the-link").status_code == 404
    assert other.post("/first/the-link", data=FIRST | {"name": "thief"}).status_code == 404


@pytest.mark.parametrize("form", [
    {"name": ""}, {"name": "<b>"}, {"name": "a" * 90}, {"again": "x"}, {"password": "x", "again": "x"},
])  # fmt: skip
def test_the_first_form_says_what_is_wrong(empty: Office, form: dict[str, str]) -> None:
    """A name and a password that do, or a sentence at the field; no account is made."""
    answer = desks.stranger_of(empty).post("/first/the-link", data=FIRST | form)
    assert answer.status_code == 400
    assert 'class="wrong"' in answer.text
    assert empty.store.people.list() == ()


def test_the_link_is_dead_when_the_terminal_made_an_account(empty: Office) -> None:
    """`clipper user add` and the link do not both make an admin."""
    desks.account(empty, Role.VIEWER)
    assert desks.stranger_of(empty).post("/first/the-link", data=FIRST).status_code == 404


# ---------------------------------------------------------------- the command line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sources.yaml").write_text(desks.CONFIG, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, typed: str = "") -> str:
    answer = CliRunner().invoke(root, words, input=typed, catch_exceptions=False)
    return answer.output


def test_accounts_are_made_listed_and_disabled_by_the_command_line(folder: Path) -> None:
    """`clipper user` does it all, and never prints a password."""
    typed = f"{desks.PASSWORD}\n{desks.PASSWORD}\n"
    assert "Made the account Ana" in run("user", "add", "Ana", "--role", "admin", typed=typed)
    run("user", "add", "Bo", "--password-stdin", typed=f"{desks.PASSWORD}\n")
    assert "Bo is now viewer" in run("user", "role", "Bo", "viewer")
    assert "Bo can't log in" in run("user", "disable", "Bo")
    run("user", "passwd", "Ana", "--password-stdin", typed="other words entirely\n")
    listed = json.loads(run("user", "list", "--json"))
    assert [(each["name"], each["role"], each["can_log_in"]) for each in listed] == [
        ("Ana", "admin", True), ("Bo", "viewer", False),
    ]  # fmt: skip
    with Home().open_store() as store:
        assert passwords.fits(store.people.named("Ana"), "other words entirely")


@pytest.mark.parametrize("words", [
    ["user", "add", "<b>", "--password-stdin"], ["user", "add", "Ana", "--role", "king"],
    ["web", "--local", "--host", "0.0.0.0"], ["web", "--local", "--proxied", "--name", "x"],
    ["web", "--proxied"], ["web", "--local", "--name", "desk.example.org"],
])  # fmt: skip
def test_what_makes_no_sense_is_refused_with_a_reason(folder: Path, words: list[str]) -> None:
    """Usage errors, before anything is opened or served."""
    answer = CliRunner().invoke(root, words, input=f"{desks.PASSWORD}\n")
    assert answer.exit_code == 2
    assert "Error" in answer.output
    assert not (folder / "data").exists()


def test_local_is_refused_where_people_log_in(folder: Path) -> None:
    """Accounts are not passed by."""
    with Store.open(folder / "data" / "clipper.db", create=True) as store:
        store.people.add("Ana", Role.ADMIN, "a hash", desks.NOW)
    answer = CliRunner().invoke(root, ["web", "--local"])
    assert answer.exit_code == 2
    assert "accounts" in answer.output


def test_the_served_desk_prints_the_first_link(folder: Path) -> None:
    """`clipper web` serves, and its link opens the form for the first account."""
    served = subprocess.Popen(
        [sys.executable, "-m", "clipper", "web", "--port", "0"],
        cwd=folder, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert served.stdout is not None
    try:
        lines = [served.stdout.readline() for _ in range(3)]
        (link,) = re.findall(r"http://127\.0\.0\.1:\d+/first/\S+", "".join(lines))
        with urllib.request.urlopen(link, timeout=10) as answer:
            assert "The first account" in answer.read().decode()
            assert answer.headers["Server"] in (None, "")
    finally:
        served.terminate()
        served.wait(10)
        served.stdout.close()


def test_settings_name_the_hosts_that_are_trusted() -> None:
    """By itself the desk answers to loopback's names only."""
    assert Settings().hosts == ("127.0.0.1", "localhost", "[::1]")
