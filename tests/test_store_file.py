"""What users can rely on of the store's file: never lost, never made anew, never half."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from random import Random

import pytest

from clipper.errors import AlreadyRunning, NewerStore, NotAStore, NotFound, StoreBusy, StoreError
from clipper.model import Kinship, Pending, Placement
from clipper.store import Store, opening
from clipper.store.connection import Connection, translated
from clipper.store.schema import APPLICATION_ID, MIGRATIONS, Migration

from .keeping import ALONE, DAILY, NOW, harvest, polled, queued, saved, synced, waiting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "clipper.db"


def content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


# ---------------------------------------------------------------- making and opening


def test_a_new_store_is_whole_and_marked_as_ours(path: Path) -> None:
    with Store.create(path) as store:
        assert store.verify() == ()
    header = opening.Header.read(path.read_bytes())
    assert header
    assert header.application == APPLICATION_ID
    assert header.schema == len(MIGRATIONS)
    assert [each.name for each in path.parent.iterdir()] == ["clipper.db"]


def test_each_commit_waits_for_the_disk(path: Path) -> None:
    """A power cut can't be had in a test; that SQLite was asked to outlive one can."""
    with Store.create(path):
        connection = opening.connect(path)
        full = 2
        assert connection.value("PRAGMA synchronous") == full
        assert connection.value("PRAGMA journal_mode") == "wal"
        connection.close()


def test_a_store_is_made_only_when_that_is_said(path: Path) -> None:
    with pytest.raises(StoreError, match="no store at"):
        Store.open(path)
    assert not path.parent.exists()
    Store.open(path, create=True).close()
    Store.open(path).close()


def test_a_store_that_is_there_is_never_made_anew(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        with pytest.raises(StoreError, match="exists already"):
            Store.create(path)
    with Store.open(path, create=True) as store:
        assert len(store.sources.list()) == 2


def test_two_that_make_a_store_at_once_share_one(path: Path) -> None:
    stores: list[Store] = []

    def make() -> None:
        stores.append(Store.open(path, create=True))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    synced(stores[0])
    assert [len(store.sources.list()) for store in stores] == [2] * 4
    for store in stores:
        store.close()


def a_foreign_database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE other (x)")
    db.close()


def a_later_store(path: Path) -> None:
    Store.create(path).close()
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 999")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def a_short_store(path: Path) -> None:
    Store.create(path).close()
    path.write_bytes(path.read_bytes()[:-5000])


def a_store_with_a_page_of_rubbish(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        for number in range(40):
            saved(store, str(number))
    whole = bytearray(path.read_bytes())
    for page in range(3, len(whole) // 4096, 7):
        whole[page * 4096 : page * 4096 + 200] = Random(page).randbytes(200)
    path.write_bytes(whole)


REFUSED = [
    (lambda path: path.write_bytes(b""), NotAStore, "is empty"),
    (lambda path: path.write_bytes(b"<html>not found</html>" * 9), NotAStore, "no clipper store"),
    (lambda path: path.write_bytes(b"SQLite format 3\0"), NotAStore, "no clipper store"),
    (lambda path: path.mkdir(), StoreError, "can't be read"),
    (a_foreign_database, NotAStore, "another application"),
    (a_later_store, NewerStore, "later clipper"),
    (a_short_store, NotAStore, "cut short"),
    (a_store_with_a_page_of_rubbish, NotAStore, "damaged"),
]


@pytest.mark.parametrize(
    ("spoil", "error", "says"), REFUSED, ids=lambda x: x if isinstance(x, str) else ""
)
def test_what_is_no_store_of_ours_is_refused_and_left_as_it_is(
    path: Path, spoil, error, says
) -> None:  # type: ignore[no-untyped-def]
    path.parent.mkdir()
    spoil(path)
    before = path.read_bytes() if path.is_file() else b""
    for create in (False, True):
        with pytest.raises(error, match=says):
            Store.open(path, create=create)
    assert [each.name for each in path.parent.iterdir()] == ["clipper.db"]
    assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_folder_that_can_not_be_made_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be made"):
        Store.open(tmp_path / "file" / "clipper.db", create=True)


# ---------------------------------------------------------------- older stores


def at_schema(path: Path, number: int) -> None:
    path.parent.mkdir(exist_ok=True)
    opening.create(path, MIGRATIONS[:number])


@pytest.mark.parametrize("number", range(len(MIGRATIONS)))
def test_a_store_of_any_older_schema_is_copied_and_brought_up_to_date(
    path: Path, number: int
) -> None:
    at_schema(path, number)
    with Store.open(path) as store:
        assert queued(synced(store)) == 1
        assert store.verify() == ()
    copy = path.with_name(f"clipper-schema-{number}.db")
    header = opening.Header.read(copy.read_bytes())
    assert header
    assert header.schema == number
    with Store.open(path) as store:
        assert store.clippings.get(1).id == 1


def test_the_names_of_migrations_are_never_reused() -> None:
    names = [migration.name for migration in MIGRATIONS]
    assert len(set(names)) == len(names)
    assert names[:7] == [
        "sources",
        "entries",
        "articles",
        "full-text",
        "clippings",
        "publishing",
        "rounds",
    ]


def test_all_tables_of_ours_are_strict(path: Path) -> None:
    with Store.create(path) as store:
        rows = store._connection.rows(
            "SELECT name, type, strict FROM pragma_table_list WHERE schema = 'main'"
        )
    loose = {r["name"] for r in rows if r["type"] == "table" and not r["strict"]}
    assert loose == {"sqlite_schema", "_sqlite_migrations"}


def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    def dangling(db) -> None:  # type: ignore[no-untyped-def]
        db.conn.execute("PRAGMA defer_foreign_keys = ON")
        db.conn.execute("INSERT INTO source (slug, kind, address, outlet, interval, active, first_named_at,"
                        " due_at) VALUES ('x', 'x', 'x', 'nowhere', 1, 1, '', '')")  # fmt: skip

    with Store.create(path) as store:
        synced(store)
    for change, error in ((dangling, StoreError), (lambda db: 1 / 0, ZeroDivisionError)):
        with pytest.raises(error):
            opening.connect(path, migrations=(*MIGRATIONS, Migration("bad", change)))
        with Store.open(path) as store:
            assert opening.schema_of(store._connection) == len(MIGRATIONS)
            assert len(store.sources.list()) == 2


# ---------------------------------------------------------------- the disk, other writers


def fill(store: Store) -> None:
    with store.transaction():
        for number in range(2, 200):
            saved(store, str(number))


def test_a_full_disk_is_told_in_words_and_nothing_half_is_kept(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        raw = store._connection.raw
        saved(store, "1")
        raw.execute(f"PRAGMA max_page_count = {raw.execute('PRAGMA page_count').fetchone()[0] + 4}")
        with pytest.raises(StoreError, match="disk is full"):
            fill(store)
        raw.execute("PRAGMA max_page_count = 1073741823")
        assert store.counts().articles == 1
        assert store.verify() == ()
        saved(store, "1000")


def test_a_store_that_may_only_be_read_is_told_in_words(path: Path) -> None:
    with Store.create(path) as store:
        store._connection.raw.execute("PRAGMA query_only = ON")
        with pytest.raises(StoreError, match="may only be read"):
            synced(store)


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("SQLITE_BUSY_SNAPSHOT", StoreBusy, "try again"),
        ("SQLITE_IOERR_WRITE", StoreError, "check the disk"),
        ("SQLITE_READONLY_DIRECTORY", StoreError, "right to write"),
        ("SQLITE_CANTOPEN", StoreError, "folder exists"),
        ("SQLITE_CORRUPT_INDEX", NotAStore, "backup"),
    ],
)
def test_what_the_disk_does_is_told_with_a_remedy(
    name: str, kind: type[StoreError], says: str
) -> None:
    error = sqlite3.OperationalError("x")
    error.sqlite_errorname = name
    ours = translated(error, Path("clipper.db"))
    assert type(ours) is kind
    assert says in str(ours)


def test_a_bug_of_ours_keeps_its_own_name() -> None:
    db = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as caught:
        db.execute("SELEC")
    db.close()
    assert translated(caught.value, Path("x")) is None


def test_a_writer_waits_for_another_and_then_says_busy(path: Path) -> None:
    with Store.create(path) as first, Store.open(path, busy_seconds=0.2) as second:
        with first.transaction():
            synced(first)
            began = time.monotonic()
            with pytest.raises(StoreBusy, match="try again"):
                synced(second)
            assert time.monotonic() - began >= 0.2
            assert second.sources.list() == ()
        synced(second)


def test_a_transaction_that_reads_first_and_writes_later_waits_its_turn(path: Path) -> None:
    """Else it would fail at once, however long it is willing to wait."""
    with Store.create(path) as first, Store.open(path) as second:
        synced(first)
        began, went_on = threading.Event(), threading.Event()

        def write() -> None:
            began.wait()
            first.remember("a", "1", NOW)
            went_on.set()

        thread = threading.Thread(target=write)
        thread.start()
        with second.transaction():
            second.sources.list()
            began.set()
            assert not went_on.wait(0.2)
            second.remember("b", "1", NOW)
        thread.join()
        assert (first.recall("a", NOW), first.recall("b", NOW)) == ("1", "1")


def test_a_store_made_meanwhile_is_not_replaced(path: Path, tmp_path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
    opening.create(tmp_path / "aside.db")
    opening._publish(tmp_path / "aside.db", path)
    with Store.open(path) as store:
        assert len(store.sources.list()) == 2


def test_a_store_may_be_used_from_several_threads(path: Path) -> None:
    with Store.create(path) as store:

        def work(name: str) -> None:
            for number in range(50):
                store.remember(f"{name}{number}", name, NOW)
                assert store.recall(f"{name}{number}", NOW) == name

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert store._connection.value("SELECT count(*) FROM kept") == 200


# ---------------------------------------------------------------- transactions


def test_a_bad_harvest_in_a_batch_is_undone_alone(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        pending = [waiting(store, str(number)) for number in range(3)]
        with store.transaction():
            for each in pending:
                story = 99 if each is pending[1] else None
                try:
                    store.save(harvest(each), Placement(story=story, kinship=Kinship.FIRST), NOW)
                except sqlite3.IntegrityError:
                    continue
        assert store.counts().articles == 2
        assert [each.id for each in store.entries.pending(NOW)] == [pending[1].id]
        assert len(store.articles.find("prison")) == 2
        assert store.verify() == ()


def fail(store: Store, pending: Pending) -> None:
    with store.transaction():
        store.save(harvest(pending), ALONE, NOW)
        raise ZeroDivisionError


def test_a_batch_that_fails_leaves_nothing_even_in_the_index(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        pending = waiting(store, "1")
        with pytest.raises(ZeroDivisionError):
            fail(store, pending)
        assert store.articles.find("prison") == ()
        saved(store, "2")
        assert store.verify() == ()
        assert len(store.articles.find("prison")) == 1


# ---------------------------------------------------------------- lock, backup


def test_two_rounds_never_run_at_once(path: Path) -> None:
    with Store.create(path) as first, Store.open(path) as second:
        with first.lock(), pytest.raises(AlreadyRunning, match="process") as caught, second.lock():
            raise AssertionError
        assert caught.value.exit_code == 0
        with second.lock():
            pass


HOLDER = """
import sys, time
from clipper.store import Store
with Store.open(sys.argv[1]) as store, store.lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_of_a_killed_round_is_free(path: Path) -> None:
    with Store.create(path) as store:
        child = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE)
        assert child.stdout
        child.stdout.readline()
        with pytest.raises(AlreadyRunning, match=str(child.pid)), store.lock():
            raise AssertionError
        child.kill()
        child.wait()
        child.stdout.close()
        with store.lock():
            pass


def test_a_backup_is_a_whole_store_though_another_writes(path: Path, tmp_path: Path) -> None:
    with Store.create(path) as store, Store.open(path) as other:
        synced(store)
        saved(store, "1")
        with other.transaction():
            saved(other, "2")
            store.backup(tmp_path / "copy.db")
        with pytest.raises(StoreError, match="exists already"):
            store.backup(tmp_path / "copy.db")
        with pytest.raises(StoreError):
            store.backup(tmp_path / "nowhere" / "copy.db")
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.counts().articles == 1
        assert copy.verify() == ()
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_verify_finds_an_index_that_disagrees_with_the_texts(path: Path) -> None:
    with Store.create(path) as store:
        synced(store)
        saved(store, "1")
        store._connection.run("UPDATE article SET title = 'Other words' WHERE id = 1")
        assert any("full-text index" in fault for fault in store.verify())


# ---------------------------------------------------------------- killed


WRITER = """
import sys
sys.path.insert(0, sys.argv[2])
from tests.keeping import *
from clipper.store import Store
from clipper.model import *
with Store.open(sys.argv[1]) as store:
    number = store.counts().articles + len(store.entries.pending(NOW)) + int(sys.argv[3]) * 100000
    print("ready", flush=True)
    while True:
        entries = [entry(str(number + i)) for i in range(10)]
        store.note_poll(DAILY, polled(*entries), NOW, NOW)
        number += 10
        with store.transaction():
            for pending in store.entries.pending(NOW, limit=10):
                read = reading(text=TEXT + pending.entry.key, url=pending.entry.url)
                done = store.save(harvest(pending, read), ALONE, NOW)
        move = store.clippings.move(done.clipping, Status.APPROVED, who="ana", now=NOW)
        print(number, move.id, flush=True)
"""


def test_a_kill_at_any_moment_leaves_no_half_entry_and_loses_nothing_that_was_told(
    path: Path,
) -> None:
    Store.create(path).close()
    with Store.open(path) as store:
        synced(store)
    random, approved = Random(3), set()
    for run in range(1, 9):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parents[1]), str(run)],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert child.stdout
        child.stdout.readline()
        # Every other child is killed only after it told of something: a slow machine would
        # else prove nothing.
        told = [child.stdout.readline()] if run % 2 else []
        timer = threading.Timer(random.uniform(0.0, 0.25), child.kill)
        timer.start()
        told += [line for line in child.stdout if line.endswith("\n")]
        child.wait()
        timer.join()
        child.stdout.close()
        approved |= {int(line.split()[1]) for line in told}
    with Store.open(path) as store:
        assert store.verify() == ()
        counts = store.counts()
        assert counts.articles == counts.stories == sum(counts.clippings.values())
        assert {store.clippings.get(number).decided_by for number in approved} <= {"ana"}
        assert counts.clippings["approved"] >= len(approved)
        done = store._connection.value("SELECT count(*) FROM entry WHERE state = 'saved'")
        assert (
            done
            == counts.articles
            == store._connection.value("SELECT count(DISTINCT article) FROM entry")
        )
        assert approved


def test_a_store_that_never_was_synced_names_what_is_missing(path: Path) -> None:
    with Store.create(path) as store, pytest.raises(NotFound, match="daily-feed"):
        store.note_poll(DAILY, polled(), NOW, NOW)


def test_closing_twice_is_allowed(path: Path) -> None:
    store = Store.create(path)
    store.close()
    store.close()
    connection = Connection(path)
    connection.close()
