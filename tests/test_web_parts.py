"""What stands beside the desk's views: translations, the vendored script, sleepers that wake."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from clipper import translations, web
from clipper.model import Status
from clipper.store import Role, Store
from clipper.web import Office, language
from tests import desks, keeping, rounds

WEB = Path(web.__file__).parent
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = desks.office_of(tmp_path)
    with made.store:
        yield made


def _written() -> dict[str, str]:
    """Each English wording of templates and views, and the file that has it."""
    found = extract_from_dir(
        WEB,
        method_map=[("**.py", "python"), ("templates/**.html", "jinja2")],
        options_map={"templates/**.html": JINJA},
        keywords=KEYWORDS,
    )
    return {words if isinstance(words, str) else words[0]: file for file, _, words, _, _ in found}


def _catalogue() -> list[Message]:
    files = translations.files("es", language.LOCALES)
    return [
        message
        for path in files
        for message in read_po(path.read_bytes().splitlines(keepends=True))
        if message.id
    ]


def _forms(words: str | tuple[str, ...] | list[str]) -> list[str]:
    return [words] if isinstance(words, str) else list(words)


def test_all_words_of_the_desk_are_there_in_spanish() -> None:
    """Nobody who reads Spanish meets an English button."""
    known = {_forms(each.id)[0] for each in _catalogue() if all(_forms(each.string or ""))}
    missing = {words: file for words, file in _written().items() if words and words not in known}
    assert missing == {}
    assert len(known) > 300, "the words were found at all"


def test_the_translations_fill_in_what_the_english_does() -> None:
    """A translation names no value that the English does not, in one form or the other."""

    def named(words: str | tuple[str, ...]) -> set[str]:
        return set(re.findall(r"%\((\w+)\)[sd]", " ".join(_forms(words))))

    wrong = [each.id for each in _catalogue() if not named(each.string) <= named(each.id)]
    assert wrong == []


def test_what_an_act_refuses_is_said_in_the_readers_language(office: Office) -> None:
    """Refusals come from rooms that know no language; the desk says them in the reader's."""
    number = keeping.queued(office.store, "1")
    client = desks.client_of(office)
    answer = client.post(
        f"/clippings/{number}/reject",
        data={"csrf": client.csrf, "version": 1, "reject_reason": ""},
        headers={"Accept-Language": "es"},
    )
    assert answer.status_code == 409
    assert "Un rechazo necesita un motivo" in answer.text


def test_the_vendored_script_is_the_one_that_the_table_names() -> None:
    """What browsers run is the released file, unchanged."""
    folder = WEB / "static" / "vendor"
    table = re.findall(r"\| `([\w.]+)` \|.*`([0-9a-f]{64})`", (folder / "README.md").read_text())
    assert {name for name, _ in table} == {
        each.name for each in folder.iterdir() if each.name != "README.md"
    }
    for name, digest in table:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_a_snoozed_story_is_back_in_the_queue_when_its_day_has_come(tmp_path: Path) -> None:
    """Looking at the queue is enough: no round needs to have run."""
    clock = desks.Clock()
    office = desks.office_of(tmp_path, now=clock)
    with office.store as store:
        number = keeping.queued(store, "1")
        store.clippings.move(
            number, Status.SNOOZED, who="ana", now=clock(), until=clock() + timedelta(days=1)
        )
        client = desks.client_of(office, Role.VIEWER)
        assert f'data-row="{number}"' not in client.get("/").text
        clock.go_on(timedelta(days=1, minutes=1))
        assert f'data-row="{number}"' in client.get("/").text


def test_the_command_line_wakes_what_is_due_too(tmp_path: Path) -> None:
    """`clipper queue` lists a story whose snooze is over."""
    (tmp_path / "sources.yaml").write_text(desks.CONFIG, encoding="utf-8")
    (tmp_path / "data").mkdir()
    with Store.open(tmp_path / "data" / "clipper.db", create=True) as store:
        keeping.synced(store)
        number, then = keeping.queued(store, "1"), desks.NOW - timedelta(days=2000)
        until = then + timedelta(days=1)
        store.clippings.move(number, Status.SNOOZED, who="ana", now=then, until=until)
    (listed,) = json.loads(rounds.clipper(tmp_path, "queue", "--json").stdout)
    assert (listed["id"], listed["status"]) == (number, "queued")


def test_every_page_offers_the_share_target(office: Office) -> None:
    """The desk can be added to a home screen from wherever one stands."""
    assert 'rel="manifest"' in desks.client_of(office).get("/").text
