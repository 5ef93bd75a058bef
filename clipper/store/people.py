"""People: accounts, their sessions, failed log-ins, settings and saved views.

Neither a password nor a session's token is ever kept: of the one its argon2 hash, of
the other its SHA-256 digest.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from ..errors import NotFound, Refused
from . import columns
from .connection import Connection

MOST_FAILURES: Final = 10_000
"""So many rows of failed log-ins are kept at most: a flood must not fill the disk."""

MOST_SETTING: Final = 20_000
"""Letters that one setting or saved view may have."""

MOST_VIEWS: Final = 50

SCHEMA: Final = """
CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE,
    role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
    password TEXT NOT NULL,
    created_at TEXT NOT NULL,
    disabled_at TEXT
) STRICT;

CREATE TABLE session (
    digest TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person(id),
    csrf TEXT NOT NULL,
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    said TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session(person);

CREATE TABLE login_failure (
    whence TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX login_failure_last ON login_failure(last_at);

CREATE TABLE person_setting (
    person INTEGER NOT NULL REFERENCES person(id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_view (
    person INTEGER NOT NULL REFERENCES person(id),
    name TEXT NOT NULL COLLATE NOCASE,
    address TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;
"""


class Role(StrEnum):
    """What a person may do: a viewer reads, an editor judges too, an admin configures too."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what `needed` may."""
        return _RANK[self] >= _RANK[needed]


_RANK: Final = {Role.VIEWER: 0, Role.EDITOR: 1, Role.ADMIN: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who may use the desk. One without a `password` is the local editor of
    `clipper web --local`, who can't log in. `password` is an argon2 hash."""

    id: int
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None = None
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A person's visit. `csrf` is what each form of it carries; `said` are messages,
    JSON, to be shown on the next page."""

    digest: str
    person: Person
    csrf: str
    began_at: datetime
    seen_at: datetime
    said: str = "[]"


class People:
    """The tables `person`, `session`, `login_failure`, `person_setting` and `saved_view`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # ------------------------------------------------------------ accounts

    def list(self) -> tuple[Person, ...]:
        """All people, by name; those disabled too."""
        rows = self._connection.rows("SELECT * FROM person ORDER BY name")
        return tuple(map(_person, rows))

    def named(self, name: str) -> Person | None:
        """The person of that name (any case), or None."""
        row = self._connection.row("SELECT * FROM person WHERE name = :name", name=name)
        return None if row is None else _person(row)

    def have_accounts(self) -> bool:
        """Whether anybody can log in."""
        return bool(
            self._connection.value(
                "SELECT 1 FROM person WHERE password <> '' AND disabled_at IS NULL LIMIT 1"
            )
        )

    def add(self, name: str, role: Role, password: str, now: datetime) -> Person:
        """Make an account; `password` is a hash. Refused when the name is taken.

        A person without a password (the local editor) gets one, and keeps what was theirs.
        """
        with self._connection.transaction():
            before = self.named(name)
            if before is not None and before.password:
                raise Refused(f"There is an account {before.name} already.")
            self._connection.run(
                """
                INSERT INTO person (name, role, password, created_at)
                VALUES (:name, :role, :password, :at)
                ON CONFLICT (name) DO UPDATE SET role = :role, password = :password
                """,
                name=name,
                role=role.value,
                password=password,
                at=columns.time(now),
            )
            return self._known(name)

    def add_first(self, name: str, password: str, now: datetime) -> Person:
        """Make the first account, an admin's. Refused when there is one already."""
        with self._connection.transaction():
            if any(person.password for person in self.list()):
                raise Refused("There is an account already. This link has done its work.")
            return self.add(name, Role.ADMIN, password, now)

    def local(self, name: str, now: datetime) -> Person:
        """The local editor of that name, made when there is none; has no password."""
        with self._connection.transaction():
            found = self.named(name)
            return found or self.add(name, Role.ADMIN, "", now)

    def set_password(self, name: str, password: str) -> Person:
        """Give an account another password (a hash), and end its sessions."""
        with self._connection.transaction():
            person = self._known(name)
            self._connection.run(
                "UPDATE person SET password = :password WHERE id = :id",
                password=password,
                id=person.id,
            )
            self.end_all(person)
            return self._known(name)

    def rehash(self, person: Person, password: str) -> None:
        """Keep the same password's hash by newer parameters; sessions go on."""
        self._connection.run(
            "UPDATE person SET password = :password WHERE id = :id",
            password=password,
            id=person.id,
        )

    def set_role(self, name: str, role: Role) -> Person:
        """Give a person another role, and end their sessions."""
        with self._connection.transaction():
            person = self._known(name)
            self._refuse_last_admin(person, role is Role.ADMIN)
            self._connection.run(
                "UPDATE person SET role = :role WHERE id = :id", role=role.value, id=person.id
            )
            self.end_all(person)
            return self._known(name)

    def disable(self, name: str, now: datetime | None) -> Person:
        """Let a person in no more (None for `now`: again), and end their sessions.

        Refused for the last admin: nobody could configure anything.
        """
        with self._connection.transaction():
            person = self._known(name)
            self._refuse_last_admin(person, now is None)
            self._connection.run(
                "UPDATE person SET disabled_at = :at WHERE id = :id",
                at=columns.time_or_none(now),
                id=person.id,
            )
            self.end_all(person)
            return self._known(name)

    def _refuse_last_admin(self, person: Person, stays: bool) -> None:
        admins = [
            each.id
            for each in self.list()
            if each.role is Role.ADMIN and each.password and each.disabled_at is None
        ]
        if not stays and admins == [person.id]:
            raise Refused(f"{person.name} is the last admin. Make another one first.")

    def _known(self, name: str) -> Person:
        found = self.named(name)
        if found is None:
            raise NotFound(f"There is no account {name}. See them with 'clipper user list'.")
        return found

    # ------------------------------------------------------------ sessions

    def begin(self, person: Person, digest: str, csrf: str, now: datetime) -> None:
        """Keep a new session by its token's digest."""
        self._connection.run(
            """
            INSERT INTO session (digest, person, csrf, began_at, seen_at)
            VALUES (:digest, :person, :csrf, :at, :at)
            """,
            digest=digest,
            person=person.id,
            csrf=csrf,
            at=columns.time(now),
        )

    def session(self, digest: str) -> Session | None:
        """The session with that digest, of a person who is not disabled; or None."""
        row = self._connection.row(
            """
            SELECT session.*, person.* FROM session JOIN person ON person.id = session.person
            WHERE digest = :digest AND disabled_at IS NULL
            """,
            digest=digest,
        )
        if row is None:
            return None
        return Session(
            digest=digest,
            person=_person(row),
            csrf=row["csrf"],
            began_at=columns.read_time(row["began_at"]),
            seen_at=columns.read_time(row["seen_at"]),
            said=row["said"],
        )

    def touch(self, digest: str, now: datetime) -> None:
        """Note that a session is in use."""
        self._connection.run(
            "UPDATE session SET seen_at = :at WHERE digest = :digest",
            at=columns.time(now),
            digest=digest,
        )

    def say(self, digest: str, said: str) -> None:
        """Keep what is to be said on the session's next page (a JSON array)."""
        self._connection.run(
            "UPDATE session SET said = :said WHERE digest = :digest", said=said, digest=digest
        )

    def end(self, digest: str) -> None:
        """End one session."""
        self._connection.run("DELETE FROM session WHERE digest = :digest", digest=digest)

    def end_all(self, person: Person) -> None:
        """End all sessions of a person."""
        self._connection.run("DELETE FROM session WHERE person = :id", id=person.id)

    def sweep(self, now: datetime, idle: timedelta, longest: timedelta) -> None:
        """Drop the sessions whose time is over."""
        self._connection.run(
            "DELETE FROM session WHERE seen_at < :idle OR began_at < :longest",
            idle=columns.time(now - idle),
            longest=columns.time(now - longest),
        )

    # ------------------------------------------------------------ failed log-ins

    def failures(self, whence: str) -> tuple[int, datetime | None]:
        """How many log-ins failed there in a row, and when the last did."""
        row = self._connection.row("SELECT * FROM login_failure WHERE whence = :w", w=whence)
        return (0, None) if row is None else (row["failures"], columns.read_time(row["last_at"]))

    def note_failure(self, whence: str, now: datetime) -> None:
        """Count one more, and drop the oldest past `MOST_FAILURES`."""
        with self._connection.transaction():
            self._connection.run(
                """
                INSERT INTO login_failure (whence, failures, last_at) VALUES (:whence, 1, :at)
                ON CONFLICT (whence) DO UPDATE SET failures = failures + 1, last_at = :at
                """,
                whence=whence,
                at=columns.time(now),
            )
            self._connection.run(
                """
                DELETE FROM login_failure WHERE whence IN (
                    SELECT whence FROM login_failure ORDER BY last_at DESC LIMIT -1 OFFSET :most)
                """,
                most=MOST_FAILURES,
            )

    def forget_failures(self, whence: str) -> None:
        """Begin to count anew."""
        self._connection.run("DELETE FROM login_failure WHERE whence = :w", w=whence)

    # ------------------------------------------------------------ settings, views

    def setting(self, person: Person, name: str) -> str:
        """A person's setting, "" when there is none."""
        found: str | None = self._connection.value(
            "SELECT value FROM person_setting WHERE person = :id AND name = :name",
            id=person.id,
            name=name,
        )
        return found or ""

    def set(self, person: Person, name: str, value: str) -> None:
        """Keep a person's setting; "" takes it away. Refused when it is too long."""
        if len(value) > MOST_SETTING:
            raise Refused("That is too long to keep.")
        self._connection.run(
            """
            INSERT INTO person_setting (person, name, value) VALUES (:id, :name, :value)
            ON CONFLICT (person, name) DO UPDATE SET value = :value
            """,
            id=person.id,
            name=name,
            value=value,
        )

    def views(self, person: Person) -> tuple[tuple[str, str], ...]:
        """A person's saved views: pairs of name and query string, by name."""
        rows = self._connection.rows(
            "SELECT name, address FROM saved_view WHERE person = :id ORDER BY name", id=person.id
        )
        return tuple((row["name"], row["address"]) for row in rows)

    def keep_view(self, person: Person, name: str, address: str) -> None:
        """Save a view under a name, in the place of one so called."""
        with self._connection.transaction():
            views = dict(self.views(person))
            if len(address) > MOST_SETTING or (len(views) >= MOST_VIEWS and name not in views):
                raise Refused(f"{MOST_VIEWS} views are kept at most. Drop one first.")
            self._connection.run(
                """
                INSERT INTO saved_view (person, name, address) VALUES (:id, :name, :address)
                ON CONFLICT (person, name) DO UPDATE SET name = :name, address = :address
                """,
                id=person.id,
                name=name,
                address=address,
            )

    def drop_view(self, person: Person, name: str) -> None:
        """Drop a saved view; nothing happens when there is none."""
        self._connection.run(
            "DELETE FROM saved_view WHERE person = :id AND name = :name", id=person.id, name=name
        )


def _person(row: sqlite3.Row) -> Person:
    return Person(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        created_at=columns.read_time(row["created_at"]),
        disabled_at=columns.read_time_or_none(row["disabled_at"]),
        password=row["password"],
    )
