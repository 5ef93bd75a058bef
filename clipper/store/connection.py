"""One SQLite connection: its settings, its transactions, and its errors in our words.

Every statement of the store runs through a `Connection`, so that this is the one
place where an `sqlite3.Error` becomes a `StoreError` that says what to do. A
connection may be shared between threads: a lock is held for one statement, or for
the whole of a transaction.
"""

from __future__ import annotations

import sqlite3
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import NotAStore, StoreBusy, StoreError

if TYPE_CHECKING:
    from sqlite_utils.db import Database

BUSY_SECONDS = 10.0
"""How long a writer waits for another before it says that the store is busy."""

_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    # What was decided and what was sent must outlive a power cut, or it is sent twice. A
    # round saves its articles in batches, so it waits for the disk once a batch.
    "PRAGMA synchronous = FULL",
    "PRAGMA temp_store = MEMORY",
    # In KiB. SQLite's own 2,000 no longer hold the inner pages of the fingerprints' index.
    "PRAGMA cache_size = -8000",
    "PRAGMA journal_size_limit = 67108864",
)

# What SQLite calls the failure -> what we raise, and the remedy. Extended codes
# (SQLITE_IOERR_WRITE) are found by their first two parts.
_FAILURES: Mapping[str, tuple[type[StoreError], str]] = {
    "SQLITE_BUSY": (StoreBusy, "Another program is writing to it. Wait a moment and try again."),
    "SQLITE_LOCKED": (StoreBusy, "Another program is writing to it. Wait a moment and try again."),
    "SQLITE_FULL": (
        StoreError,
        "The disk is full. Nothing of this step was kept; make room and run it again.",
    ),
    "SQLITE_READONLY": (
        StoreError,
        "The file or its folder may only be read. Give yourself the right to write there.",
    ),
    "SQLITE_CANTOPEN": (
        StoreError,
        "It can't be opened. Check that its folder exists and that you may write there.",
    ),
    "SQLITE_PERM": (StoreError, "You may not open it. Check the rights on the file."),
    "SQLITE_IOERR": (
        StoreError,
        "The disk could not read or write. Nothing of this step was kept; check the disk.",
    ),
    "SQLITE_CORRUPT": (
        NotAStore,
        "The file is damaged. Stop, keep a copy of it, and put a backup in its place.",
    ),
    "SQLITE_NOTADB": (NotAStore, "The file is not a store. Put a backup in its place."),
}


def translated(error: sqlite3.Error, path: Path) -> StoreError | None:
    """The error of ours that says what `error` means for the store at `path`.

    None when it is no circumstance but a bug of ours (a bad statement, a broken
    constraint), which must keep its own name.
    """
    name = getattr(error, "sqlite_errorname", "") or ""
    found = _FAILURES.get("_".join(name.split("_")[:2]))
    if found is None:
        return None
    kind, remedy = found
    return kind(f"{path}: {remedy} (SQLite: {error})")


class our_errors:  # noqa: N801 - read as a word: `with our_errors(path):`
    """Inside, an `sqlite3.Error` that has a remedy is raised as a `StoreError`.

    It holds no state, so that one may serve all statements of a connection.
    """

    __slots__ = ("_path",)

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, sqlite3.Error):
            ours = translated(error, self._path)
            if ours is not None:
                raise ours from error


class Connection:
    """A writer's connection to the store at `path`.

    `db` is the `sqlite_utils.Database`, for migrations and full-text set-up; statements
    go through `rows`, `row`, `run` and `many`, always with named parameters.
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        from sqlite_utils import Database

        self.path = path
        self._errors = our_errors(path)
        self._depth = 0
        self._lock = threading.RLock()
        self._before_commit: list[Callable[[], None]] = []
        self._marks: list[Callable[[], Callable[[], None]]] = []
        with our_errors(path):
            raw = sqlite3.connect(path, timeout=busy_seconds, check_same_thread=False)
            raw.row_factory = sqlite3.Row
            self.db: Database = Database(raw, execute_plugins=False)
            for statement in _SETTINGS:
                raw.execute(statement)

    @property
    def raw(self) -> sqlite3.Connection:
        """The connection of the standard library."""
        return self.db.conn

    def close(self) -> None:
        """Close; an open transaction is undone. Closing twice is allowed."""
        with self._lock:
            self.raw.close()

    # ------------------------------------------------------------ statements

    def rows(self, statement: str, /, **named: Any) -> list[sqlite3.Row]:
        """All rows of a reading statement."""
        with self._lock, self._errors:
            return self.raw.execute(statement, named).fetchall()

    def row(self, statement: str, /, **named: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        with self._lock, self._errors:
            found: sqlite3.Row | None = self.raw.execute(statement, named).fetchone()
            return found

    def value(self, statement: str, /, **named: Any) -> Any:
        """The first column of the first row, or None."""
        found = self.row(statement, **named)
        return None if found is None else found[0]

    def numbers(self, statement: str, /, **named: Any) -> array[int]:
        """The first column of all rows, whole numbers: 8 bytes each, for there may be millions."""
        with self._lock, self._errors:
            return array("q", (row[0] for row in self.raw.execute(statement, named)))

    def run(self, statement: str, /, **named: Any) -> int:
        """Run a writing statement; the id of the row that an INSERT made, else 0.

        Outside `transaction()` it is a transaction of its own.
        """
        with self._lock, self._errors:
            # sqlite-utils' `execute` commits what stands alone, which costs a look at each
            # statement; within a transaction there is nothing to commit.
            execute = self.raw.execute if self.raw.in_transaction else self.db.execute
            return execute(statement, named).lastrowid or 0

    def many(self, statement: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run one writing statement for each mapping of named parameters, in one transaction.

        Inside `transaction()` it is a part of that one, and not undone alone.
        """
        with self._lock, self._errors:
            if self.raw.in_transaction:
                self.raw.executemany(statement, rows)
                return
        with self.transaction():
            self.raw.executemany(statement, rows)

    # ------------------------------------------------------------ transactions

    def before_commit(
        self, act: Callable[[], None], mark: Callable[[], Callable[[], None]]
    ) -> None:
        """Have `act` called just before each commit.

        `mark` is called where a transaction or savepoint begins, and what it returns is
        called when that one is undone: it takes back what waits in memory for `act`.
        """
        self._before_commit.append(act)
        self._marks.append(mark)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block or nothing of it; inside another one, a savepoint."""
        with self._lock, self._errors:
            undoings = [mark() for mark in self._marks]
            block: AbstractContextManager[object] = (
                self._savepoint() if self.raw.in_transaction else self._outermost()
            )
            try:
                with block:
                    yield
            except BaseException:
                for undo in undoings:
                    undo()
                raise

    @contextmanager
    def _savepoint(self) -> Iterator[None]:
        # Named by its depth: the same few statements again and again, which SQLite's
        # driver keeps prepared.
        name = f"inner_{self._depth}"
        self.raw.execute(f"SAVEPOINT {name}")
        self._depth += 1
        try:
            yield
        except BaseException:
            # A full disk can have undone the transaction already.
            if self.raw.in_transaction:
                self.raw.execute(f"ROLLBACK TO {name}")
                self.raw.execute(f"RELEASE {name}")
            raise
        else:
            self.raw.execute(f"RELEASE {name}")
        finally:
            self._depth -= 1

    @contextmanager
    def _outermost(self) -> Iterator[None]:
        # The write lock is taken at once: a transaction that begins by reading and writes
        # later can't be made to wait for another writer, only fail.
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            yield
            for act in self._before_commit:
                act()
            self.raw.execute("COMMIT")
        except BaseException:
            # A full disk can have undone the transaction already.
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")
            raise
