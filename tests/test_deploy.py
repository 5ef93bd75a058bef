"""What is shipped for servers, checked without an engine: each step names what is there."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import pytest

from clipper.cli.root import root
from clipper.store import Role
from clipper.web import Settings, app
from clipper.web.routes import ANYBODY
from tests import desks

TOP = Path(__file__).parents[1]
FOLDER = TOP / "docs" / "deploy"
UNITS = sorted(FOLDER.glob("*.service"))


def steps() -> list[tuple[str, str]]:
    """The Dockerfile's instructions, in order."""
    lines = (FOLDER / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    found = [line for line in lines if line.strip() and not line.startswith("#")]
    return [(line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in found]


def understood(words: Sequence[str]) -> None:
    """Fails when the command line does not take these words."""
    with click.Context(root) as context:
        command = root.get_command(context, words[0])
    assert command is not None, words
    command.make_context(words[0], list(words[1:]))


def test_the_image_is_built_from_what_is_there_by_the_lock_file() -> None:
    for name, rest in steps():
        if name == "COPY" and "--from" not in rest:
            for path in rest.split()[:-1]:
                assert (TOP / path).exists(), path
    runs = [rest for name, rest in steps() if name == "RUN"]
    assert any("--require-hashes -r requirements.lock" in run for run in runs)
    assert "--hash=sha256:" in (TOP / "requirements.lock").read_text()


def test_the_container_runs_as_nobody_special_and_is_small() -> None:
    found = steps()
    last = max(at for at, (name, _) in enumerate(found) if name == "FROM")
    assert found[last][1].endswith("-slim")
    names = [name for name, _ in found[last:]]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert dict(found[last:])["USER"] not in ("root", "0")
    assert not any("pip install" in rest for name, rest in found[last:] if name == "RUN")


def test_the_container_starts_a_command_and_asks_a_route_that_exist() -> None:
    told = dict(steps())
    assert json.loads(told["ENTRYPOINT"]) == ["clipper"]
    understood(json.loads(told["CMD"]))
    program = json.loads(told["HEALTHCHECK"].split("CMD ", 1)[1])[2]
    compile(program, "healthcheck", "exec")
    asked = re.search(r"127\.0\.0\.1:(\d+)(/\w+)", program)
    assert asked
    assert asked[1] == told["EXPOSE"]
    assert asked[2] in {route.path for _, route in app.routes_of_all()}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_exists_and_not_as_root(path: Path) -> None:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(path)
    program, *words = shlex.split(unit["Service"]["ExecStart"])
    assert program.endswith("/clipper")
    understood(words)
    assert unit["Service"]["User"] != "root"


def test_there_are_units_and_the_timer_calls_one_of_them() -> None:
    assert {path.name for path in UNITS} == {"clipper.service", "clipper-fetch.service"}
    assert (FOLDER / "clipper-fetch.timer").exists()


# ---------------------------------------------------------------- the health route


@pytest.mark.parametrize("local", ["", "ana"])
def test_anybody_may_ask_for_health_and_no_session_is_begun(tmp_path: Path, local: str) -> None:
    office = desks.office_of(tmp_path)
    if local:
        office = replace(office, settings=Settings(local=local))
    else:
        desks.account(office, Role.ADMIN, "boss")
    with office.store:
        answer = desks.stranger_of(office).get("/health")
        assert (answer.status_code, answer.text) == (200, "ok\n")
        assert "Set-Cookie" not in answer.headers


def test_a_store_that_cannot_be_read_is_no_ok(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    client = desks.stranger_of(office)
    office.store.close()
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "can't be read" in answer.text
    assert str(tmp_path) not in answer.text


def test_a_store_that_was_spoilt_or_is_gone_is_no_ok(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    with office.store:
        client = desks.stranger_of(office)
        assert client.get("/health").status_code == 200
        kept = office.store.path.rename(tmp_path / "elsewhere.db")
        assert client.get("/health").status_code == 503
        kept.rename(office.store.path)
        office.store._connection.raw.execute("DROP TABLE login_failure")
        office.store._connection.raw.execute("PRAGMA foreign_keys = OFF")
        office.store._connection.raw.execute("DROP TABLE person")
        answer = client.get("/health")
    assert answer.status_code == 503
    assert "Traceback" not in answer.text


def test_only_these_routes_are_for_anybody() -> None:
    found = {route.path for _, route in app.routes_of_all() if route.role is ANYBODY}
    assert "/health" in found
    assert {path for path in found if path.startswith(("/queue", "/clipping", "/sources"))} == set()
