"""Links from the brief: signed, for a while, once; looking at one changes nothing."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clipper.cli import main
from clipper.desk import briefing, links
from clipper.desk.briefing import BriefRules, Recipient
from clipper.desk.links import APPROVE, REJECT, Link
from clipper.errors import StoreError
from clipper.model import Budget, Status
from clipper.web import Office

from . import desks, keeping, smtp_server
from .desks import Clock
from .smtp_server import Post
from .test_brief import NOW, rules, to

ANA, BO = "ana@press.example", "bo@press.example"
KEY = bytes(range(32))
CONFIG = (
    desks.CONFIG
    + """
desk:
  url: https://clips.example
brief:
  from: Clips <clips@campaign.example>
  host: 127.0.0.1
  security: none
  links: true
  recipients:
    - to: ana@press.example
      editor: true
    - to: bo@press.example
"""
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = replace(desks.office_of(tmp_path, text=CONFIG, now=Clock()), link_key=lambda: KEY)
    with made.store:
        yield made


def link(number: int, act: str = APPROVE, recipient: str = ANA, **fields: Any) -> Link:
    told = {"expires_at": desks.NOW + links.LASTING} | fields
    return Link(recipient=recipient, clipping=number, act=act, **told)


def path(number: int, act: str = APPROVE, recipient: str = ANA, **fields: Any) -> str:
    return "/brief/" + links.token(link(number, act, recipient, **fields), KEY)


def press(client: desks.Client, where: str, **form: Any) -> Any:
    """Open the link and press its button, as a person does."""
    version = re.search(r'name="version" value="(\d+)"', client.get(where).text)
    return client.send(where, version=version[1] if version else "1", **form)


def test_looking_changes_nothing_however_often(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    for where in (path(number), path(number, REJECT)) * 3:
        answer = client.get(where)
        assert answer.status_code == 200
        assert "You act as ana@press.example" in answer.text
        assert client.head(where).status_code in (200, 405)
    assert office.store.clippings.status(number) is Status.QUEUED
    assert office.store.links.used(ANA, number, desks.NOW + links.LASTING) is None


@pytest.mark.parametrize(
    ("act", "form", "status"),
    [(APPROVE, {}, Status.APPROVED), (REJECT, {"reason": "off-topic"}, Status.REJECTED)],
)
def test_the_button_decides_once_in_the_recipients_name(
    office: Office, act: str, form: dict[str, str], status: Status
) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    answer = press(client, path(number, act), **form)
    assert (answer.status_code, answer.location) == (303, path(number, act))
    assert "The link is used up" in client.get(path(number, act)).text
    assert office.store.clippings.status(number) is status
    step = office.store.clippings.history(number)[-1]
    assert (step.who, step.after) == ("ana@press.example (mail)", status)
    steps = len(office.store.clippings.history(number))
    office.store.clippings.move(number, Status.QUEUED, who="bo", now=desks.NOW)
    for again in (path(number, act), path(number, REJECT if act == APPROVE else APPROVE)):
        press(client, again, reason="off-topic")
        assert office.store.clippings.status(number) is Status.QUEUED, "its twin is used up too"
    assert len(office.store.clippings.history(number)) == steps + 1


def test_two_presses_at_once_are_one(office: Office) -> None:
    number = keeping.queued(office.store)
    done: list[object] = []

    def follow() -> None:
        done.append(
            links.follow(office.store, link(number), now=desks.NOW, budget=Budget(), version=1)
        )

    threads = [threading.Thread(target=follow) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(each is not None for each in done) == 1
    assert len(office.store.clippings.history(number)) == 2


def test_a_kill_between_use_and_act_leaves_the_link_good(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = keeping.queued(office.store)

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(links, "approve", killed)
        with pytest.raises(KeyboardInterrupt):
            links.follow(office.store, link(number), now=desks.NOW, budget=Budget(), version=1)
    assert links.used(office.store, link(number)) is None
    assert links.follow(office.store, link(number), now=desks.NOW, budget=Budget(), version=1)


def test_a_link_is_over_after_its_time(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    late = path(number, expires_at=desks.NOW - timedelta(seconds=1))
    assert "This link served until" in client.get(late).text
    assert client.send(late, version="1").status_code == 303
    assert office.store.clippings.status(number) is Status.QUEUED


@pytest.mark.parametrize(
    "spoil",
    [
        lambda words: words.replace("approve", "reject"),
        lambda words: re.sub(r"\.\d+\.", ".2.", words, count=1),
        lambda words: words[:-1] + ("0" if words[-1] != "0" else "1"),
        lambda words: words.rpartition(".")[0],
        lambda words: words + "0",
        lambda words: "é.ß.1.2." + words,
        lambda words: "." * 400,
    ],
)
def test_what_is_not_signed_by_us_is_nothing(office: Office, spoil: Any) -> None:
    for key in "12":
        keeping.queued(office.store, key, read=keeping.reading(text=f"{key} {keeping.TEXT}"))
    client = desks.stranger_of(office)
    where = "/brief/" + spoil(links.token(link(1), KEY))
    assert client.get(where).status_code == 404
    assert client.send(where, version="1", reason="off-topic").status_code == 404
    assert office.store.clippings.counts()[Status.QUEUED] == 2


def test_only_who_is_an_editor_now_may_decide(office: Office, tmp_path: Path) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    for stranger in (BO, "eve@evil.example"):
        assert client.send(path(number, recipient=stranger), version="1").status_code == 404
    config = tmp_path / "sources.yaml"
    config.write_text(CONFIG.replace("    - to: ana@press.example\n      editor: true\n", "")
                      .replace("bo@press.example", "bo@press.example\n      editor: true"))  # fmt: skip
    assert client.send(path(number), version="1").status_code == 404, "she left"
    assert client.send(path(number, recipient=BO), version="1").status_code == 303
    config.write_text(CONFIG.replace("links: true", "links: false"))
    assert client.get(path(number)).status_code == 404


def test_wrong_links_make_their_address_wait(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    codes = [client.get(f"/brief/guess.{n}").status_code for n in range(14)]
    assert codes[:10] == [404] * 10
    assert 429 in codes[10:]
    assert client.get(path(number)).status_code == 429
    elsewhere = client.get(path(number), environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert elsewhere.status_code == 200, "others do not wait"
    assert isinstance(office.now, Clock)
    office.now.go_on(timedelta(minutes=16))
    assert client.get(path(number)).status_code == 200


def test_a_refusal_says_why_and_leaves_the_link_good(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    answer = press(client, path(number, REJECT), reason="")
    assert answer.status_code == 409
    assert "reason" in answer.text
    stale = client.send(path(number), version="7")
    assert stale.status_code == 409
    assert "Somebody changed this story" in stale.text
    assert press(client, path(number)).status_code == 303


def test_what_others_decided_is_told(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    office.store.clippings.move(number, Status.REJECTED, who="bo", reason="x", now=desks.NOW)
    assert "judged already" in client.get(path(number)).text
    assert press(client, path(number)).status_code == 409
    assert office.store.clippings.status(number) is Status.REJECTED


def test_another_site_cannot_press_the_button(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    for headers in ({"Sec-Fetch-Site": "cross-site"},
                    {"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}):  # fmt: skip
        answer = client.post(path(number), data={"version": "1"}, headers=headers)
        assert answer.status_code == 403
    assert office.store.clippings.status(number) is Status.QUEUED


def test_the_link_is_told_to_nobody(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    answer = client.get(path(number))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert '<meta name="referrer" content="no-referrer">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    press(client, path(number))
    client.get("/brief/guess")
    assert path(number) not in caplog.text
    assert ANA not in path(number)


def test_the_page_speaks_spanish(office: Office) -> None:
    number = keeping.queued(office.store)
    client = desks.stranger_of(office)
    page = client.get(path(number), headers={"Accept-Language": "es"}).text
    assert "¿Aprobar esta noticia?" in page
    assert "Actúa como ana@press.example" in page


# ---------------------------------------------------------------- the key, and the letter


def test_the_key_is_its_owners_alone_and_stays(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: found.append(links.key_in(tmp_path))) for _ in "1234"
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(set(found)) == 1
    file = tmp_path / links.KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    assert links.key_in(tmp_path) == found[0]
    assert file.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [links.KEY_FILE]
    file.write_bytes(b"short")
    with pytest.raises(StoreError, match="Delete it"):
        links.key_in(tmp_path)


@pytest.fixture
def post() -> Iterator[Post]:
    with smtp_server.serving() as server:
        yield server


def test_editors_alone_get_links_and_printing_shows_none(office: Office, post: Post) -> None:
    number = keeping.queued(office.store)
    both = (Recipient(address=ANA, editor=True), Recipient(address=BO))
    told: BriefRules = rules(*both, desk="https://clips.example", key=KEY)
    printed = briefing.gather(office.store, told, both[0], NOW, NOW)
    assert [(story.waits, story.approve) for story in printed.stories] == [(True, "")]
    list(briefing.send(office.store, told, to(post), now=NOW))
    to_ana, to_bo = post.messages
    words = to_ana.get_body(("plain",)).get_content()
    (where,) = re.findall(r"Approve: https://clips\.example(\S+)", words)
    assert "/brief/" not in to_bo.get_body(("html",)).get_content()
    assert "/brief/" in to_ana.get_body(("html",)).get_content()
    client = desks.stranger_of(office)
    assert press(client, where).status_code == 303
    assert office.store.clippings.status(number) is Status.APPROVED


def test_a_letter_that_is_sent_again_has_the_same_links(office: Office, post: Post) -> None:
    keeping.queued(office.store)
    told: BriefRules = rules(
        Recipient(address=ANA, editor=True), desk="https://clips.example", key=KEY
    )
    post.verdict = ""
    list(briefing.send(office.store, told, to(post), now=NOW))
    post.verdict = "250 OK"
    list(briefing.send(office.store, told, to(post), now=NOW + timedelta(hours=1), again=True))
    first, second = (m.get_body(("plain",)).get_content() for m in post.messages)
    assert re.findall(r"/brief/\S+", first) == re.findall(r"/brief/\S+", second) != []


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  url: https://clips.example", "  url: http://clips.example", "unencrypted"),
        ("desk:\n  url: https://clips.example\n", "", "links need the address of the desk"),
        ("      editor: true\n", "", "nobody gets links"),
        ("links: true", "links: yep", "neither true nor false"),
    ],
)
def test_a_config_that_cannot_work_is_refused_with_the_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, words: str
) -> None:
    config = tmp_path / "sources.yaml"
    assert old in CONFIG
    config.write_text(CONFIG.replace(old, new))
    assert main(["--config", str(config), "check"]) == 1
    said = capsys.readouterr()
    assert words in said.out + said.err


def test_the_command_makes_the_key_and_mails_the_links(post: Post, tmp_path: Path) -> None:
    config = tmp_path / "sources.yaml"
    config.write_text(CONFIG.replace("host: 127.0.0.1", f"host: 127.0.0.1\n  port: {post.port}"))
    with desks.Store.open(tmp_path / "data" / "clipper.db", create=True) as store:
        now = datetime.now(UTC) - timedelta(days=2)
        keeping.synced(store)
        keeping.queued(store, now=now)
    assert main(["--config", str(config), "brief", "--send"]) == 0
    assert "/brief/approve." in post.messages[0].get_body(("plain",)).get_content()
    assert (tmp_path / "data" / links.KEY_FILE).stat().st_mode & 0o777 == 0o600
