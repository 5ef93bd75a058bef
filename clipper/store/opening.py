"""Making, checking, opening and bringing up to date the store's file.

A file is looked at before SQLite may touch it. What is empty, damaged, another
application's or a later clipper's is refused and left exactly as it was: making
it anew in silence would be losing it.
"""

from __future__ import annotations

import os
import sqlite3
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import NewerStore, NotAStore, StoreError
from .connection import BUSY_SECONDS, Connection, our_errors
from .schema import APPLICATION_ID, MIGRATIONS, Migration

CHECKED_BYTES = 32 * 1024 * 1024
"""Up to this size a store is checked whole whenever it is opened (about 1 ms a megabyte);
beyond it by `Store.verify`."""

_MAGIC = b"SQLite format 3\x00"
_RESTORE = "It was left as it is. Put a backup in its place, or name another file."


@dataclass(frozen=True, slots=True)
class Header:
    """What the first 100 bytes of an SQLite file say (SQLite file format, section 1.3)."""

    page_size: int
    pages: int
    schema: int
    application: int

    @classmethod
    def read(cls, head: bytes) -> Header | None:
        """The header in `head`, or None when these are not the first bytes of an SQLite file."""
        if len(head) < 100 or not head.startswith(_MAGIC):
            return None
        size: int = struct.unpack_from(">H", head, 16)[0]
        counter, pages = struct.unpack_from(">II", head, 24)
        schema, application = struct.unpack_from(">I4xI", head, 60)
        valid_for: int = struct.unpack_from(">I", head, 92)[0]
        return cls(
            page_size=65536 if size == 1 else size,
            pages=pages if counter == valid_for else 0,
            schema=schema,
            application=application,
        )


OWNERS_ONLY = 0o600
"""Rights on a new store: it holds accounts and sessions. SQLite gives its logs the same."""


def engine() -> tuple[tuple[int, ...], bool]:
    """The version of SQLite here, and whether it has full-text search."""
    raw = sqlite3.connect(":memory:")
    try:
        (found,) = raw.execute("SELECT sqlite_compileoption_used('ENABLE_FTS5')").fetchone()
        return sqlite3.sqlite_version_info, bool(found)
    finally:
        raw.close()


def create(path: Path, migrations: Sequence[Migration] = MIGRATIONS) -> None:
    """Make a new, empty store at `path`; raises StoreError when something is there already.

    It is made aside and renamed, so that a kill leaves a whole store or none.
    """
    if path.exists():
        raise StoreError(f"{path} exists already. Open it, or name another file.")
    aside = _aside(path)
    _make_folder(path)
    try:
        _fill(aside, migrations)
        _publish(aside, path)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(f"{aside}{suffix}").unlink(missing_ok=True)


def _aside(path: Path) -> Path:
    # Several processes, and threads of one, may be at it.
    return path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.new")


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: the folder can't be made ({error.strerror}).") from error


def _fill(path: Path, migrations: Sequence[Migration]) -> None:
    path.touch(OWNERS_ONLY)
    connection = Connection(path)
    try:
        connection.run(f"PRAGMA application_id = {APPLICATION_ID}")
        upgrade(connection, migrations)
        connection.db.enable_wal()
    finally:
        connection.close()


def _publish(aside: Path, path: Path) -> None:
    try:
        sync(aside)
        _link(aside, path)
        sync(path.parent)
    except FileExistsError:
        return  # another process made it meanwhile
    except OSError as error:
        raise StoreError(f"{path} can't be made ({error.strerror}).") from error


def _link(aside: Path, path: Path) -> None:
    # A hard link fails when `path` has come to be meanwhile; a rename would replace it.
    # Some file systems have no hard links.
    try:
        os.link(aside, path)
    except (PermissionError, NotImplementedError):
        aside.rename(path)


def sync(path: Path) -> None:
    """Have the file or folder on the disk before going on."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------- checking


def check(path: Path, schema: int = len(MIGRATIONS)) -> None:
    """Refuse what is no store that this clipper can read; nothing is touched.

    Raises NotAStore, NewerStore, or StoreError when it can't be read at all.
    """
    header = _header(path)
    if header.application != APPLICATION_ID:
        raise NotAStore(f"{path} belongs to another application. {_RESTORE}")
    if header.schema > schema:
        raise NewerStore(
            f"{path} was written by a later clipper (schema {header.schema}, this one "
            f"reads up to {schema}). Update clipper; the file was left as it is."
        )
    if not _has_log(path) and path.stat().st_size < header.pages * header.page_size:
        raise NotAStore(f"{path} is cut short. {_RESTORE}")
    if path.stat().st_size <= CHECKED_BYTES:
        _probe(path)


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise StoreError(f"{path} can't be read ({error.strerror}).") from error
    if not head:
        raise NotAStore(f"{path} is empty. {_RESTORE}")
    header = Header.read(head)
    if header is None:
        raise NotAStore(f"{path} is no clipper store. {_RESTORE}")
    return header


def _has_log(path: Path) -> bool:
    log = Path(f"{path}-wal")
    return log.exists() and log.stat().st_size > 0


def _probe(path: Path) -> None:
    findings = _quiet_findings(path)
    if findings is None:
        findings = _findings(f"{path.absolute().as_uri()}?mode=ro")
    if findings:
        raise NotAStore(f"{path} is damaged ({findings}). {_RESTORE}")


def _quiet_findings(path: Path) -> str | None:
    """What is wrong with a file that nobody has open; None when somebody has.

    `immutable` reads without a lock or a log beside the file. A writer at the same time
    would make a whole file look damaged; it shows by its log, or by the file's time.
    """
    log, before = Path(f"{path}-wal"), path.stat()
    if log.exists():
        return None
    findings = _findings(f"{path.absolute().as_uri()}?immutable=1")
    after = path.stat()
    if log.exists() or (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        return None
    return findings


def _findings(uri: str) -> str:
    """What `quick_check` found wrong, in its words; empty when nothing."""
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS)
    try:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError:
        # Locked, or not ours to open: what follows says so in its own words.
        return ""
    except sqlite3.DatabaseError as error:
        return str(error)
    finally:
        connection.close()
    return "" if found is None or found[0] == "ok" else str(found[0])


# ---------------------------------------------------------------- opening


def connect(
    path: Path,
    busy_seconds: float = BUSY_SECONDS,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> Connection:
    """A connection to the checked store at `path`, its schema brought up to date."""
    check(path, len(migrations))
    connection = Connection(path, busy_seconds)
    try:
        schema = schema_of(connection)
        # The header's number may be older than what the log holds.
        if schema > len(migrations):
            raise NewerStore(f"{path} was written by a later clipper. Update clipper.")
        if schema < len(migrations):
            _keep_copy(connection, schema)
            upgrade(connection, migrations)
    except BaseException:
        connection.close()
        raise
    return connection


def schema_of(connection: Connection) -> int:
    """How many migrations the store has had."""
    return int(connection.value("PRAGMA user_version"))


def upgrade(connection: Connection, migrations: Sequence[Migration]) -> None:
    """Run the migrations that the store has not had, all in one transaction.

    Raises StoreError when a row then points at nothing; the store is as before.
    """
    from sqlite_utils.migrations import Migrations

    steps = Migrations("clipper")
    for migration in migrations:
        steps(name=migration.name)(migration.change)
    with connection.transaction():
        steps.apply(connection.db)
        if connection.rows("PRAGMA foreign_key_check"):
            raise StoreError(
                f"{connection.path}: bringing it up to date would leave rows that point at "
                "nothing. It is as it was; please report this."
            )
        connection.run(f"PRAGMA user_version = {len(migrations)}")


def _keep_copy(connection: Connection, schema: int) -> None:
    path = connection.path
    copy = path.with_name(f"{path.stem}-schema-{schema}{path.suffix}")
    if not copy.exists():
        backup(connection, copy)


def backup(connection: Connection, path: Path) -> None:
    """Write a whole, consistent copy to `path`, also while others write (SQLite's backup API).

    Written aside and renamed; raises StoreError when `path` is there already.
    """
    if path.exists():
        raise StoreError(f"{path} exists already. Name another file for the copy.")
    aside = _aside(path)
    try:
        with our_errors(path):
            _copy(connection.raw, aside)
        sync(aside)
        aside.rename(path)
        sync(path.parent)
    except OSError as error:
        raise StoreError(f"{path} can't be written ({error.strerror}).") from error
    finally:
        aside.unlink(missing_ok=True)


def _copy(raw: sqlite3.Connection, to: Path) -> None:
    to.touch(OWNERS_ONLY)
    target = sqlite3.connect(to)
    try:
        raw.backup(target)
        # The copy is one file: a log beside it could be forgotten when it is moved.
        target.execute("PRAGMA journal_mode = DELETE")
    finally:
        target.close()
