"""`clipper user`: the accounts of those who use the desk."""

from __future__ import annotations

import sys

import click

from ..errors import Refused
from ..store import Person, Role
from .home import Home, now
from .words import day, put_json

FAULTS = {
    "short": "A password needs at least {number} characters; a few words are easy to remember.",
    "long": "A password may have at most {number} bytes.",
    "same": "That password is too easy to guess.",
}

_ROLE = click.Choice([role.value for role in Role])
_stdin = click.option(
    "--password-stdin", "piped", is_flag=True, help="Read the password from standard input."
)


@click.group()
def user() -> None:
    """Make and change the accounts of those who use the desk.

    A viewer reads; an editor judges too; an admin also changes campaigns and sources.
    """


@user.command()
@click.argument("name")
@click.option("--role", type=_ROLE, default=Role.EDITOR.value, show_default=True)
@_stdin
@click.pass_obj
def add(home: Home, name: str, role: str, piped: bool) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    from ..web.accounts import NAME

    if not NAME.fullmatch(name):
        raise click.UsageError("A name has letters, digits, and . @ + - between them.")
    hashed = _new_password(name, piped)
    with home.open_store(create=True) as store:
        made = store.people.add(name, Role(role), hashed, now())
    click.echo(f"Made the account {made.name} ({made.role}).")


@user.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def list_(home: Home, as_json: bool) -> None:
    """List the accounts."""
    with home.open_store() as store:
        people = store.people.list()
    if as_json:
        put_json([_values(person) for person in people])
        return
    for person in people:
        state = _state(person)
        click.echo(f"{person.name:20} {person.role:8} since {day(person.created_at)}{state}")
    if not people:
        click.echo("There are no accounts yet. Make one: clipper user add NAME --role admin")


@user.command()
@click.argument("name")
@_stdin
@click.pass_obj
def passwd(home: Home, name: str, piped: bool) -> None:
    """Give an account a new password; it is logged out everywhere."""
    with home.open_store() as store:
        _known(store.people.named(name), name)
        store.people.set_password(name, _new_password(name, piped))
    click.echo(f"{name} has a new password, and is logged out everywhere.")


@user.command()
@click.argument("name")
@click.option("--again", is_flag=True, help="Let the account in again.")
@click.pass_obj
def disable(home: Home, name: str, again: bool) -> None:
    """Let an account in no more; what it decided stays recorded."""
    with home.open_store() as store:
        store.people.disable(name, None if again else now())
    click.echo(f"{name} may log in again." if again else f"{name} can't log in any more.")


@user.command()
@click.argument("name")
@click.argument("new_role", metavar="ROLE", type=_ROLE)
@click.pass_obj
def role(home: Home, name: str, new_role: str) -> None:
    """Give an account another role: viewer, editor or admin."""
    with home.open_store() as store:
        changed = store.people.set_role(name, Role(new_role))
    click.echo(f"{changed.name} is now {changed.role}.")


def _known(person: Person | None, name: str) -> None:
    if person is None:
        raise Refused(f"there is no account {name}; see them with 'clipper user list'")


def _new_password(name: str, piped: bool) -> str:
    """The hash of a new password, asked for twice or read once."""
    from ..web import passwords

    password = _ask(piped)
    fault = passwords.faults(password, name)
    if fault is not None:
        raise Refused(FAULTS[fault[0]].format(number=fault[1]))
    return passwords.hashed(password)


def _ask(piped: bool) -> str:
    if piped:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _state(person: Person) -> str:
    if person.disabled_at:
        return f", disabled {day(person.disabled_at)}"
    return "" if person.password else ", for --local only"


def _values(person: Person) -> dict[str, object]:
    return {
        "name": person.name,
        "role": person.role.value,
        "created_at": person.created_at.isoformat(),
        "disabled_at": person.disabled_at and person.disabled_at.isoformat(),
        "can_log_in": bool(person.password) and person.disabled_at is None,
    }
