"""Sealed files kept elsewhere: sent, proved, noted, only then removed here; and back again."""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from clipper import backup, custody, demo, elsewhere, evidence, retention
from clipper.archive import Archive, adopting, manifest, verifying
from clipper.archive.agreeing import Row
from clipper.archive.depot import Depot, DepotError, Place
from clipper.archive.shelf import Shelf, keys
from clipper.cli import depots, main
from clipper.cli.home import Home
from clipper.store import Role, Store
from clipper.web import ConfigKept
from tests import damage, desks, moto_server, rounds
from tests.faulty import QuickDisk, Stop
from tests.packing import CONFIG, DAY, NOW, Stand, stand_in

LEAD = "The city sold its prison shares on Monday.\nThe vote was seven to two, and late."
ONE, TWO = "clipper-20260301-001.warc.gz", "clipper-20260301-002.warc.gz"


@pytest.fixture(autouse=True)
def no_credentials_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("CLIPPER_ARCHIVE_KEY", moto_server.KEY)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server.served() as address:
        yield address


@pytest.fixture
def bucket(endpoint: str, tmp_path: Path) -> str:
    name = "b" + sha256(str(tmp_path).encode()).hexdigest()[:20]
    moto_server.make_bucket(endpoint, name)
    return name


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """Three clippings in two sealed files; the second has a repeat of a page in the first."""
    with stand_in(tmp_path) as made:
        _, first = made.clip("1", "City sells", LEAD, hops=True)
        made.archive.seal()
        made.clip("2", "Another", f"{LEAD}\nMore.", packed=True)
        made.clip("3", "A third", f"{LEAD}\nAnd more.")
        page = made.archive.read(first)
        (again,) = made.archive.capture([page])
        made.store.snapshots.keep(again)
        made.archive.seal()
        yield made


def named(stand: Stand, address: str, endpoint: str = "", *, keep_local: bool = False) -> None:
    """Name a place in the config."""
    text = f"{CONFIG}archive:\n  elsewhere:\n    place: {address}\n    region: us-east-1\n"
    text += f"    endpoint: {endpoint}\n" if endpoint else ""
    text += "" if keep_local else "    keep_local: false\n"
    (stand.folder / "sources.yaml").write_text(text, encoding="utf-8")


def run(stand: Stand, *words: str) -> int:
    stand.archive.close()
    return main(["--config", str(stand.folder / "sources.yaml"), *words])


def depot_at(endpoint: str, bucket: str) -> Depot:
    place = Place(
        address=f"s3://{bucket}/kept", endpoint=endpoint, region="us-east-1", key=moto_server.KEY
    )
    return Depot(place)


def local(stand: Stand) -> set[str]:
    return {path.name for path in stand.pages.iterdir() if "clipper-" in path.name}


def warcs(stand: Stand) -> set[str]:
    return {name for name in local(stand) if name.endswith(".warc.gz")}


def here_depot(folder: Path) -> Depot:
    """A depot in a folder of this machine."""
    (folder / "depot").mkdir(exist_ok=True)
    return Depot(Place(address=f"file://{folder}/depot"))


def sent(stand: Stand, depot: Depot, **fields: Any) -> elsewhere.Copied:
    return elsewhere.copy(stand.store, stand.pages, depot, NOW, disk=QuickDisk(), **fields)


def noted_line(stand: Stand) -> None:
    """A line in the manifest that seals nothing, as that of a time stamp."""
    told = {"event": "noted", "file": ONE, "previous": manifest.read(stand.pages).head}
    manifest.append(stand.pages, manifest.Other("noted", ONE, told), QuickDisk())


def looked(stand: Stand, depot: Depot, level: int = 4) -> list[str]:
    """What `verify` finds with the depot."""
    noted = elsewhere.noted(stand.store, depot.address)
    with Archive(stand.pages, now=lambda: NOW, connect=lambda: depot) as archive:
        done = custody.verify(stand.store, archive, level=level, noted=noted)
    return [each.what for each in done.report.findings]


# ---------------------------------------------------------------- the whole way, in S3


def test_sealed_files_go_to_s3_and_everything_is_shown_from_there(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    named(stand, f"s3://{bucket}/kept", endpoint)
    before = {path.name: path.read_bytes() for path in stand.pages.iterdir()}
    assert run(stand, "archive", "copy") == 0
    told = capsys.readouterr()
    assert "2 sealed files copied" in told.out
    assert "2 files removed here: proved to be there." in told.out
    assert local(stand) == set()
    depot = depot_at(endpoint, bucket)
    assert set(depot.sizes()) == {name for name in before if "clipper-" in name} | {manifest.FILE}
    assert all(depot.whole(name) == before[name] for name in depot.sizes())

    assert run(stand, "archive", "show", "1") == 0
    assert "whole: 6 records, the digests agree" in capsys.readouterr().out
    page = tmp_path / "page.html"
    assert run(stand, "archive", "show", "2", "--page", str(page)) == 0
    assert b"And more" not in page.read_bytes()
    assert run(stand, "archive", "export", str(tmp_path / "out.wacz")) == 0
    assert "3 pages" in capsys.readouterr().out
    for level in range(1, 6):
        assert run(stand, "archive", "verify", "--level", str(level)) == 0
    told = capsys.readouterr()
    assert "2 files (2 sealed, 2 elsewhere alone)" in told.out
    assert "19 records of 4 captures, 3 pages read anew: all is well." in told.out
    assert run(stand, "archive", "copy") == 0
    assert "Everything that is sealed is there already." in capsys.readouterr().out


def test_the_desk_shows_a_page_that_is_elsewhere(tmp_path: Path) -> None:
    office = desks.office_of(tmp_path)
    depot = here_depot(tmp_path)
    folder = tmp_path / "archive"
    shelf = Shelf(folder, lambda: depot)
    office = replace(office, shelf=shelf)
    with office.store, Archive(folder, now=lambda: NOW) as archive:
        made = Stand(tmp_path, office.store, archive)
        made.clip("1", "City sells", LEAD)
        archive.seal()
        elsewhere.copy(office.store, folder, depot, NOW, keep_local=False)
        assert not list(folder.glob("*.warc.gz"))
        page = desks.client_of(office, Role.VIEWER).get("/clippings/1/captures").text
        assert "the digests agree" in page or "City sells" in page
        assert "can't be" not in page
        assert "is missing" not in page


def test_a_round_and_sealing_copy_by_themselves(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named(stand, f"s3://{bucket}/kept", endpoint, keep_local=True)
    stand.clip("9", "Another", f"{LEAD}\nNine.")
    assert run(stand, "archive", "seal") == 0
    assert "3 sealed files copied to" in capsys.readouterr().out
    assert len(warcs(stand)) == 3, "the copies here stay"
    assert run(stand, "doctor", "--json") in (0, 1)
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [each for each in found if each["area"] in ("elsewhere", "archive")] == []


def test_the_running_desk_follows_the_config_to_another_place(stand: Stand, tmp_path: Path) -> None:
    """As when `archive: elsewhere:` is added while 'clipper run' is at work."""
    stand.archive.close()
    home = Home(str(stand.folder / "sources.yaml"), str(stand.folder / "data"))
    read = ConfigKept(home.config_path, lambda: Home(str(home.config_path), str(home.data)).config)
    shelf = Shelf(stand.pages, depots.connect(home, read))
    assert shelf.depot is None
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    named(stand, depot.address)
    (shown,) = evidence.shown(stand.store, shelf, stand.store.clippings.get(1).article.id)
    assert shown.event is not None


def test_a_real_round_ends_with_copying(tmp_path: Path) -> None:
    """What the round before left is sealed when the day is over, here by hand; the next round
    takes it elsewhere, and what is looked at again is captured as before."""
    (tmp_path / "depot").mkdir()
    with demo.serve(rounds.NOW, port_base=0, corrected=True) as served:
        demo.write_config(tmp_path, served)
        rounds.ledger(tmp_path)
        rounds.clipper(tmp_path, "archive", "seal")
        with (tmp_path / "sources.yaml").open("a", encoding="utf-8") as config:
            config.write(f"archive:\n  elsewhere:\n    place: file://{tmp_path}/depot\n")
            config.write("    keep_local: false\n")
        dry = rounds.clipper(tmp_path, "fetch", "--dry-run", expect=None)
        assert "copied" not in dry.stdout + dry.stderr
        assert list((tmp_path / "depot").iterdir()) == []
        told = rounds.clipper(tmp_path, "fetch", expect=None).stdout
    assert "1 sealed file copied to file://" in told
    assert len(list((tmp_path / "depot").glob("*.warc.gz"))) == 1
    done = rounds.clipper(tmp_path, "archive", "verify", "--level", "5", "--json")
    report = json.loads(done.stdout)
    assert (report["elsewhere"], report["sealed"], report["findings"]) == (1, 1, [])


# ---------------------------------------------------------------- failures


def test_nothing_is_lost_while_the_network_is_away(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = local(stand)
    named(stand, f"s3://{bucket}/kept", "http://127.0.0.1:9")
    assert run(stand, "archive", "copy") == 1
    told = capsys.readouterr()
    assert "it can't be reached" in told.err
    assert "Nothing is lost" in told.err
    assert "2 sealed files to copy" in told.err
    assert local(stand) == before
    run(stand, "doctor")
    told = capsys.readouterr()
    assert "sealed files were not copied" in told.out
    assert "2 sealed files to copy." in told.out
    assert run(stand, "doctor", "--online") == 1
    assert "can't be listed (it can't be reached)" in capsys.readouterr().out

    named(stand, f"s3://{bucket}/kept", endpoint)
    assert run(stand, "archive", "copy") == 0
    capsys.readouterr()
    run(stand, "doctor", "--online")
    assert "sealed files" not in capsys.readouterr().out
    assert local(stand) == set()


def test_the_doctor_names_what_is_missing_before_anything_can_be_copied(
    stand: Stand,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    named(stand, "s3://clips/kept")
    real = importlib.util.find_spec
    with monkeypatch.context() as patch:
        patch.setattr(importlib.util, "find_spec", lambda n: None if n == "s3fs" else real(n))
        assert run(stand, "doctor") == 1
        told = capsys.readouterr().out
        assert (
            "alarm: s3://clips/kept: what is needed to reach this place is not installed." in told
        )
        assert "Type: pip install 'clipper[s3]'" in told
        assert run(stand, "archive", "copy") == 1
        assert "pip install 'clipper[s3]'" in capsys.readouterr().err
    monkeypatch.delenv("CLIPPER_ARCHIVE_KEY")
    monkeypatch.setenv("CLIPPER_ARCHIVE_KEY_FILE", str(tmp_path / "none"))
    assert run(stand, "doctor") == 1
    assert "CLIPPER_ARCHIVE_KEY_FILE names" in capsys.readouterr().out
    assert run(stand, "archive", "copy") == 1
    assert "CLIPPER_ARCHIVE_KEY_FILE names" in capsys.readouterr().err
    assert local(stand) != set()


def test_files_elsewhere_can_be_left_out_of_a_look(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "depot").mkdir()
    named(stand, f"file://{tmp_path}/depot")
    assert run(stand, "archive", "copy") == 0
    shutil.move(tmp_path / "depot", tmp_path / "unplugged")
    capsys.readouterr()
    assert run(stand, "archive", "verify", "--level", "1", "--offline") == 0
    assert run(stand, "archive", "verify") == 1
    told = capsys.readouterr()
    assert "there is no such folder. Is its disk mounted?" in told.err
    assert run(stand, "archive", "show", "1") == 1
    assert "Is its disk mounted?" in capsys.readouterr().out


@contextmanager
def stalling(endpoint: str) -> Iterator[tuple[str, threading.Event]]:
    """A way to the service on which a WARC file that is sent gets stuck half way; the event
    says that it did."""
    port = int(endpoint.rsplit(":", 1)[1])
    stuck, over = threading.Event(), threading.Event()

    def forward(source: socket.socket, target: socket.socket, *, watch: bool) -> None:
        with source, target:
            with suppress(OSError):
                while content := source.recv(65536):
                    if watch and content.startswith(b"PUT") and b".warc.gz" in content[:200]:
                        target.sendall(content[: len(content) // 2])
                        stuck.set()
                        over.wait()
                        break
                    target.sendall(content)
            for each in (source, target):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", port))
            for pair, watch in (((client, server), True), ((server.dup(), client.dup()), False)):
                thread = threading.Thread(target=forward, args=pair, kwargs={"watch": watch})
                thread.start()
                threads.append(thread)

    threads: list[threading.Thread] = []
    listener = socket.create_server(("127.0.0.1", 0))
    server = threading.Thread(target=serve, args=(listener,))
    server.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", stuck
    finally:
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join()
        for thread in threads:
            thread.join()


def test_killed_in_the_middle_of_an_upload_it_is_done_again(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """No half of a file counts, and nothing here is gone."""
    before = local(stand)
    with stalling(endpoint) as (slow, stuck):
        named(stand, f"s3://{bucket}/kept", slow)
        stand.archive.close()
        words = ["--config", str(stand.folder / "sources.yaml"), "archive", "copy"]
        process = subprocess.Popen([sys.executable, "-m", "clipper", *words])
        assert stuck.wait(120)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    assert local(stand) == before
    assert stand.store.elsewhere.list() == ()
    assert ONE not in depot_at(endpoint, bucket).sizes()
    named(stand, f"s3://{bucket}/kept", endpoint)
    run(stand, "doctor")
    assert "clipper was stopped while it copied" in capsys.readouterr().out
    assert run(stand, "archive", "copy") == 0
    assert local(stand) == set()
    assert run(stand, "archive", "verify") == 0


def test_whoever_stops_it_loses_nothing_and_it_is_no_failure(stand: Stand, tmp_path: Path) -> None:
    """As 'clipper run' does at SIGTERM: it ends between two parts of a file."""
    before = local(stand)
    asked = iter([False, False, False, *[True] * 9])
    depot = Depot(here_depot(tmp_path).place, stopping=lambda: next(asked))
    done = sent(stand, depot, keep_local=False)
    assert (done.faults, done.sent, done.removed, done.waiting) == ([], [ONE], [], 1)
    assert local(stand) == before
    fault = stand.store.elsewhere.fault(depot.address)
    assert fault is not None
    assert (fault.tries, "was stopped while it copied" in fault.text) == (0, True)
    assert sent(stand, here_depot(tmp_path), keep_local=False).faults == []
    assert local(stand) == set()
    assert stand.store.elsewhere.fault(depot.address) is None


@dataclass
class Steps:
    """Counts what changes anything, here or there, and stops at one of these steps."""

    stop: int = -1
    done: int = 0
    half: bool = False

    def tick(self) -> bool:
        """Count a step; Stop before it, or True when it should be done by half and then stop."""
        self.done += 1
        if self.done - 1 < self.stop or self.stop < 0:
            return False
        if self.half and self.done - 1 == self.stop:
            return True
        raise Stop


@dataclass
class StoppingDepot(Depot):
    """A depot that is cut off at a step, also within a file."""

    place: Place
    steps: Steps = field(default_factory=Steps)

    def __post_init__(self) -> None:
        super().__init__(self.place)

    def put(self, path: Path, name: str) -> None:
        if self.steps.tick():
            half = path.read_bytes()[: path.stat().st_size // 2]
            super().put_text(half, name)
            raise Stop
        super().put(path, name)

    def put_text(self, content: bytes, name: str) -> None:
        if self.steps.tick():
            super().put_text(content[: len(content) // 2], name)
            raise Stop
        super().put_text(content, name)

    def remove(self, name: str) -> None:
        if self.steps.tick():
            raise Stop
        super().remove(name)


class StoppingDisk(QuickDisk):
    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def remove(self, path: Path) -> None:
        if self.steps.tick():
            raise Stop
        super().remove(path)


def readable(stand: Stand, depot: Depot) -> None:
    """Every page that was acknowledged can be read, here or there."""
    with Archive(stand.pages, now=lambda: NOW, connect=lambda: depot) as archive:
        for snapshot in stand.store.snapshots.all():
            archive.read(snapshot)


@pytest.mark.parametrize("half", [False, True])
def test_stopped_at_every_step_every_page_stays_readable_and_the_next_run_ends_it(
    stand: Stand, tmp_path: Path, half: bool
) -> None:
    """Sending, the manifest, and removing here; each also done by half where that can be."""
    stand.archive.close()
    start = tmp_path / "start"
    shutil.copytree(stand.pages, start)
    count, stop = 1, 0
    while stop < count:
        shutil.rmtree(stand.pages)
        shutil.copytree(start, stand.pages)
        for row in stand.store.elsewhere.list():
            stand.store.elsewhere.drop(row)
        place = Place(address=f"memory://{tmp_path.name}/{half}/{stop}")
        steps = Steps(stop, half=half)
        try:
            elsewhere.copy(
                stand.store, stand.pages, StoppingDepot(place, steps), NOW, keep_local=False,
                disk=StoppingDisk(steps),
            )  # fmt: skip
        except Stop:
            count = max(count, stop + 2)
        depot = Depot(place)
        readable(stand, depot)
        there = depot.sizes()
        for row in stand.store.elsewhere.list():
            assert depot.measured(row.keys[0]) == (row.size, row.sha256), (stop, there)
        done = sent(stand, depot, keep_local=False)
        assert done.faults == []
        readable(stand, depot)
        assert local(stand) == set()
        assert looked(stand, depot) == []
        assert depot.whole(manifest.FILE) == (stand.pages / manifest.FILE).read_bytes()
        stop += 1
    assert stop >= 9, "manifest, two files with indexes, and their removal here"


# ---------------------------------------------------------------- what verify finds


@pytest.mark.parametrize("keep_local", [True, False])
def test_verify_finds_every_damage_there(stand: Stand, tmp_path: Path, keep_local: bool) -> None:
    """Bits, cuts, additions, swaps, and files that are gone: of WARC files, indexes and the
    manifest; all of them, at level 2."""
    depot = here_depot(tmp_path)
    assert sent(stand, depot).faults == []
    noted_line(stand)
    assert sent(stand, depot, keep_local=keep_local).faults == []
    folder, random, mutants = tmp_path / "depot", Random(5), 0
    for path in sorted(folder.iterdir()):
        whole = path.read_bytes()
        wounds: list[bytes | None] = [None, b"", whole + b"\0", whole[:-1], whole * 2]
        for _ in range(25):
            at = random.randrange(len(whole))
            turned = bytearray(whole)
            turned[at] ^= 1 << random.randrange(8)
            wounds += [bytes(turned), whole[:at]]
        wounds += [each.read_bytes() for each in folder.iterdir() if each != path]
        for wound in wounds:
            damage.put(folder, path.name, wound)
            assert looked(stand, depot, level=2), (path.name, wound)
            mutants += 1
        damage.put(folder, path.name, whole)
    assert mutants == 295  # the figure in the docs
    assert looked(stand, depot) == []


def test_a_line_that_seals_nothing_goes_there_too(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    noted_line(stand)
    assert looked(stand, depot) == []
    assert sent(stand, depot, keep_local=False).faults == []
    assert depot.whole(manifest.FILE) == (stand.pages / manifest.FILE).read_bytes()


def test_a_file_that_goes_elsewhere_during_a_look_is_looked_at_there(
    stand: Stand, tmp_path: Path
) -> None:
    stand.archive.close()
    depot = here_depot(tmp_path)
    sent(stand, depot)
    noted = elsewhere.noted(stand.store, depot.address)
    shelf = Shelf(stand.pages, lambda: depot)

    def rows() -> Iterator[Row]:
        for each in stand.store.snapshots.rows():
            row = each.snapshot()
            yield damage.row(row)
            if local(stand):  # after the first row: the list of files was made before
                assert sent(stand, depot, keep_local=False).faults == []

    found = verifying.verify(shelf, rows, level=4, noted=noted)
    assert local(stand) == set()
    assert ([each.what for each in found.findings], found.captures) == ([], 4)


def test_what_is_missing_or_changed_there_is_mended_from_the_copy_here(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address, keep_local=True)
    assert run(stand, "archive", "copy") == 0
    damage.put(tmp_path / "depot", ONE, b"other")
    damage.put(tmp_path / "depot", TWO, None)
    damage.put(tmp_path / "depot", manifest.FILE, None)
    assert run(stand, "archive", "verify", "--level", "1") == 1
    told = capsys.readouterr().err
    assert f"{ONE} has 5 bytes there, and had" in told
    assert f"{TWO} is missing there" in told
    assert "clipper archive copy --again" in told
    assert run(stand, "doctor", "--online") == 1
    assert run(stand, "archive", "copy", "--again") == 0
    assert run(stand, "archive", "verify") == 0


def test_nothing_is_removed_here_when_the_copy_there_is_no_longer_what_it_was(
    stand: Stand, tmp_path: Path
) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot)
    damage.put(tmp_path / "depot", ONE, b"other")
    before = local(stand)
    done = sent(stand, depot, keep_local=False)
    assert "no longer there as it was. Nothing was removed here." in done.faults[0]
    assert local(stand) == before
    done = sent(stand, depot, keep_local=False, again=True)
    assert (done.faults, local(stand)) == ([], set())


def test_where_something_is_lost_nobody_is_told_that_nothing_is(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address)
    assert run(stand, "archive", "copy") == 0
    damage.put(tmp_path / "depot", ONE, b"other")
    assert run(stand, "archive", "copy", "--again") == 1
    told = capsys.readouterr().err
    assert "Nothing is lost" not in told
    assert "'clipper archive verify' names the pages that are lost" in told


def test_a_damaged_manifest_is_not_sent(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    content = (stand.pages / manifest.FILE).read_bytes()
    damage.put(stand.pages, manifest.FILE, content.replace(b"sealed", b"sealer", 1))
    done = sent(stand, depot, keep_local=False)
    assert f"{manifest.FILE}: it is damaged, and nothing was sent." in done.faults[0]
    assert list((tmp_path / "depot").iterdir()) == []
    assert warcs(stand) == {ONE, TWO}


def test_a_file_that_is_damaged_here_is_neither_sent_nor_removed(
    stand: Stand, tmp_path: Path
) -> None:
    depot = here_depot(tmp_path)
    content = bytearray((stand.pages / ONE).read_bytes())
    content[400] ^= 1
    damage.put(stand.pages, ONE, bytes(content))
    done = sent(stand, depot, keep_local=False)
    assert f"{ONE}: it is not what was sealed, and was not sent." in done.faults[0]
    assert ONE in local(stand)
    assert (done.sent, done.removed, done.waiting) == ([TWO], [TWO], 1)


def test_a_store_that_does_not_know_what_is_there_learns_it(stand: Stand, tmp_path: Path) -> None:
    """As one that was put back from a backup."""
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    known = stand.store.elsewhere.list()
    for row in known:
        stand.store.elsewhere.drop(row)
    assert looked(stand, depot) == []
    assert sent(stand, depot, keep_local=False).faults == []
    assert stand.store.elsewhere.list() == known
    assert looked(stand, depot) == []


def test_a_file_that_grew_there_is_not_fetched(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    content = (tmp_path / "depot" / ONE).read_bytes()
    damage.put(tmp_path / "depot", ONE, content + bytes(1000))
    assert any("are the most" in each for each in looked(stand, depot, level=2))
    with (
        Archive(tmp_path / "new", now=lambda: NOW, connect=lambda: depot) as archive,
        pytest.raises(DepotError, match="are the most"),
    ):
        list(archive.bring_back())
    assert not list((tmp_path / "new").glob("*.new"))


def test_what_is_lost_there_and_is_not_here_is_an_alarm_that_stays(
    stand: Stand, tmp_path: Path
) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    damage.put(tmp_path / "depot", ONE, None)
    for _ in range(2):
        done = sent(stand, depot, keep_local=False, again=True)
        assert "there is no copy here" in done.faults[0]
        assert done.damaged
        assert any("missing there" in each for each in looked(stand, depot, level=1))


# ---------------------------------------------------------------- forgetting


def test_a_page_is_forgotten_in_a_file_that_is_elsewhere_alone(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    named(stand, f"s3://{bucket}/kept", endpoint)
    assert run(stand, "archive", "copy") == 0
    assert run(stand, "archive", "forget", "2", "--why", "They asked.", "--yes") == 0
    told = capsys.readouterr()
    assert f"{TWO}: the version before pages were removed is gone from" in told.out
    depot = depot_at(endpoint, bucket)
    line = manifest.read(stand.pages).of(TWO)
    assert line is not None
    assert {*keys(line), ONE, ONE.replace(".warc.gz", ".cdxj"), manifest.FILE} == set(depot.sizes())
    assert keys(line)[0] != TWO
    assert local(stand) == set()
    assert run(stand, "archive", "verify") == 0
    assert run(stand, "archive", "show", "2") == 0
    assert "They asked." in capsys.readouterr().out
    assert run(stand, "archive", "show", "3") == 0


def test_the_version_before_goes_only_after_the_new_one_is_proved(
    stand: Stand, tmp_path: Path
) -> None:
    stand.archive.close()
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    plan = retention.takedown(stand.store, [2])
    with Archive(stand.pages, now=lambda: NOW, connect=lambda: depot) as archive:
        done = retention.forget(stand.store, archive, plan, who="ana", why="Asked.", now=NOW)
    assert done.faults == []
    start, store = tmp_path / "start", tmp_path / "store.db"
    shutil.copytree(stand.pages, start)
    stand.store.backup(store)
    shutil.copytree(tmp_path / "depot", tmp_path / "kept")
    for stop in range(11):
        shutil.rmtree(stand.pages)
        shutil.copytree(start, stand.pages)
        shutil.rmtree(tmp_path / "depot")
        shutil.copytree(tmp_path / "kept", tmp_path / "depot")
        again = tmp_path / f"store-{stop}.db"
        shutil.copyfile(store, again)
        with Store.open(again) as copy:
            now = Stand(stand.folder, copy, stand.archive)
            steps = Steps(stop)
            try:
                elsewhere.copy(
                    copy, stand.pages, StoppingDepot(depot.place, steps), NOW, keep_local=False,
                    disk=StoppingDisk(steps),
                )  # fmt: skip
            except Stop:
                assert stop < 9
            line = manifest.read(stand.pages).of(TWO)
            assert line is not None
            assert depot.measured(TWO) or depot.measured(keys(line)[0])
            assert sent(now, depot, keep_local=False).faults == []
            assert depot.measured(TWO) is None
            assert depot.measured(keys(line)[0]) == (line.size, line.sha256)
            assert looked(now, depot) == []


def test_while_the_place_is_away_a_forgotten_page_waits_and_that_is_told(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address, keep_local=True)
    assert run(stand, "archive", "copy") == 0
    shutil.move(tmp_path / "depot", tmp_path / "unplugged")
    assert run(stand, "archive", "forget", "2", "--why", "They asked.", "--yes") == 1
    told = capsys.readouterr().err
    assert "may still be in the version that is kept there" in told
    shutil.move(tmp_path / "unplugged", tmp_path / "depot")
    assert run(stand, "archive", "copy") == 0
    assert not (tmp_path / "depot" / TWO).exists()
    assert run(stand, "archive", "verify") == 0
    # One that is there alone can't be rewritten while it is away: that is tried again.
    named(stand, depot.address)
    assert run(stand, "archive", "copy") == 0
    shutil.move(tmp_path / "depot", tmp_path / "unplugged")
    assert run(stand, "archive", "forget", "1", "--why", "They asked.", "--yes") == 1
    assert "tried again when clipper starts" in capsys.readouterr().err
    shutil.move(tmp_path / "unplugged", tmp_path / "depot")
    assert run(stand, "archive", "repair") == 0
    assert run(stand, "archive", "copy") == 0
    capsys.readouterr()
    assert run(stand, "archive", "show", "1") == 0
    assert "They asked." in capsys.readouterr().out


# ---------------------------------------------------------------- back again


def test_the_evidence_comes_back_from_the_bucket_alone(
    stand: Stand, endpoint: str, bucket: str, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Into an empty folder: no config, no store, nothing but the address and the key."""
    named(stand, f"s3://{bucket}/kept", endpoint)
    before = {
        path.name: path.read_bytes() for path in stand.pages.iterdir() if "writer" not in path.name
    }
    assert run(stand, "archive", "copy") == 0
    head = manifest.read(stand.pages).head
    new = tmp_path / "new"
    new.mkdir()
    monkeypatch.chdir(new)
    words = ["archive", "bring-back", "--from", f"s3://{bucket}/kept", "--endpoint", endpoint]
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    capsys.readouterr()
    assert main(words) == 0
    told = capsys.readouterr().out
    assert told.count("brought back.") == 2
    assert head in told
    pages = new / "data" / "archive"
    for name in before:
        if name != "open.txt":
            assert (pages / name).read_bytes() == before[name]
    assert main(["archive", "verify"]) == 0
    told = capsys.readouterr().out
    assert "19 records of 4 captures: all is well." in told
    with Store.create(new / "data" / "clipper.db") as store, Archive(pages, now=lambda: NOW) as one:
        done = custody.repair(store, one)
        assert done.adopted == 4
        assert custody.verify(store, one, level=4).report.findings == []
        assert sorted(each.url for each in store.snapshots.all()) == sorted(
            each.url for each in stand.store.snapshots.all()
        )


def test_brought_back_is_what_went_and_new_pages_never_take_its_name(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address)
    before = local(stand)
    assert run(stand, "archive", "copy") == 0
    with Archive(stand.pages, now=lambda: NOW) as archive:
        stand.archive = archive
        _, snapshot = stand.clip("7", "New", f"{LEAD}\nSeven.")
    assert snapshot.file == "clipper-20260301-003.warc.gz"
    assert run(stand, "archive", "bring-back") == 0
    assert local(stand) == before | {snapshot.file}
    assert all(row.removed_at is None for row in stand.store.elsewhere.list())
    assert run(stand, "archive", "bring-back") == 0
    assert "Every sealed file was here already." in capsys.readouterr().out


def test_what_was_changed_there_is_never_brought_back(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    content = bytearray((tmp_path / "depot" / ONE).read_bytes())
    content[-1] ^= 1
    damage.put(tmp_path / "depot", ONE, bytes(content))
    with (
        Archive(tmp_path / "new", now=lambda: NOW, connect=lambda: depot) as archive,
        pytest.raises(Exception, match="is not what was sealed; it was not brought back"),
    ):
        list(archive.bring_back())
    assert not (tmp_path / "new" / ONE).exists()
    assert not list((tmp_path / "new").glob("*.new"))


def test_the_file_of_a_forgotten_page_comes_back_without_it(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot, keep_local=False)
    plan = retention.takedown(stand.store, [2])
    stand.archive.close()
    with Archive(stand.pages, now=lambda: NOW, connect=lambda: depot) as archive:
        retention.forget(stand.store, archive, plan, who="ana", why="Asked.", now=NOW)
    sent(stand, depot, keep_local=False)
    with Archive(tmp_path / "new", now=lambda: NOW, connect=lambda: depot) as archive:
        assert list(archive.bring_back()) == [ONE, TWO]
        assert custody.verify(None, archive, level=4).report.findings == []
    assert len(list(adopting.captures(tmp_path / "new", TWO))) == 2


def test_a_backup_that_is_older_than_the_bucket_comes_together_with_it(
    stand: Stand,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As the how-to has it: restore, put the archive aside, bring back, repair."""
    depot = here_depot(tmp_path)
    named(stand, depot.address, keep_local=True)
    stand.clip("7", "In the open file", f"{LEAD}\nSeven.")
    assert run(stand, "archive", "copy") == 0
    assert run(stand, "backup", str(tmp_path / "copy")) == 0
    with Archive(stand.pages, now=lambda: NOW) as archive:
        stand.archive = archive
        stand.clip("8", "After the backup", f"{LEAD}\nEight.")
    assert run(stand, "archive", "seal") == 0
    new = tmp_path / "new"
    new.mkdir()
    monkeypatch.chdir(new)
    capsys.readouterr()
    assert main(["backup", str(tmp_path / "copy"), "--restore"]) == 0
    assert main(["archive", "copy"]) == 1
    assert "is further on than this archive" in capsys.readouterr().err
    shutil.move(new / "data" / "archive", new / "put-aside")
    assert main(["archive", "bring-back"]) == 0
    assert main(["archive", "repair"]) == 0
    assert "1 capture got a row" in capsys.readouterr().out
    assert main(["archive", "copy"]) == 0
    assert main(["archive", "verify"]) == 0
    assert "of 6 captures: all is well." in capsys.readouterr().out


# ---------------------------------------------------------------- one place, one archive


def test_another_archives_place_is_never_written_to(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot)
    before = {path.name: path.read_bytes() for path in (tmp_path / "depot").iterdir()}
    other = tmp_path / "other"
    other.mkdir()
    with stand_in(other) as made:
        made.clip("1", "Not the same", "Another page, of another house.")
        made.archive.seal()
        done = sent(made, depot, keep_local=False)
        assert "the manifest there is that of another archive" in done.faults[0]
        assert len(warcs(made)) == 1
        assert any("another archive" in each for each in looked(made, depot, level=1))
    assert {path.name: path.read_bytes() for path in (tmp_path / "depot").iterdir()} == before


@pytest.mark.parametrize("by", ["its name", "a link"])
def test_the_archives_own_folder_is_no_other_place(
    stand: Stand, tmp_path: Path, by: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """However it is called: reading back there what stands here would prove nothing."""
    (tmp_path / "link").symlink_to(stand.pages)
    before = {path.name: path.read_bytes() for path in stand.pages.iterdir()}
    named(stand, f"file://{stand.pages if by == 'its name' else tmp_path / 'link'}")
    assert run(stand, "archive", "copy") == 1
    assert "this is the archive's own folder. Nothing was removed." in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in stand.pages.iterdir()} == before


def test_an_older_copy_of_the_archive_replaces_nothing(stand: Stand, tmp_path: Path) -> None:
    depot = here_depot(tmp_path)
    sent(stand, depot)
    lines = (stand.pages / manifest.FILE).read_bytes().splitlines(keepends=True)
    damage.put(stand.pages, manifest.FILE, lines[0])
    done = sent(stand, depot, again=True)
    assert "is further on than this archive" in done.faults[0]


def test_a_place_that_lost_everything_is_told_before_anything_is_sent(
    stand: Stand, tmp_path: Path
) -> None:
    """An empty folder may be the mount of a disk that is away."""
    depot = here_depot(tmp_path)
    sent(stand, depot)
    for path in (tmp_path / "depot").iterdir():
        path.unlink()
    stand.archive.close()
    with Archive(stand.pages, now=lambda: NOW) as archive:
        stand.archive = archive
        stand.clip("7", "New", f"{LEAD}\nSeven.")
        archive.seal()
    done = sent(stand, depot, keep_local=False)
    assert "what was kept there is gone" in done.faults[0]
    assert list((tmp_path / "depot").iterdir()) == []
    done = sent(stand, depot, keep_local=False, again=True)
    assert (done.faults, len(done.sent)) == ([], 3)
    assert looked(stand, depot) == []


def test_files_at_a_place_that_is_no_longer_named_are_an_alarm(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address)
    assert run(stand, "archive", "copy") == 0
    (tmp_path / "other").mkdir()
    for text in (CONFIG, f"{CONFIG}archive:\n  elsewhere:\n    place: file://{tmp_path}/other\n"):
        (stand.folder / "sources.yaml").write_text(text, encoding="utf-8")
        capsys.readouterr()
        assert run(stand, "archive", "verify", "--level", "1") == 1
        assert f"it was copied to {depot.address}, which the config" in capsys.readouterr().err
        assert run(stand, "doctor") == 1
        assert "Name that place again" in capsys.readouterr().out


# ---------------------------------------------------------------- backups, and the config


def test_a_backup_says_what_is_where(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    depot = here_depot(tmp_path)
    named(stand, depot.address)
    assert run(stand, "archive", "copy") == 0
    capsys.readouterr()
    assert run(stand, "backup", str(tmp_path / "copy"), "--verify") == 0
    told = capsys.readouterr().out
    assert f"Not in it: 2 files of the archive, at {depot.address} alone." in told
    assert "4 pages more in files that are kept elsewhere were not looked at." in told
    listed = json.loads((tmp_path / "copy" / "backup.json").read_text(encoding="utf-8"))
    assert listed["elsewhere"] == {depot.address: [ONE, TWO]}
    data = tmp_path / "restored" / "data"
    backup.restore(tmp_path / "copy", data, data.parent / "sources.yaml")
    with Store.open(data / "clipper.db") as store:
        shelf = Shelf(data / "archive", lambda: depot)
        (shown,) = evidence.shown(store, shelf, store.clippings.get(1).article.id)
        assert shown.event is not None


@pytest.mark.parametrize(
    ("section", "told"),
    [
        ("place: /mnt/disk", "Write file:///mnt/disk"),
        ("place: memory://kept", "is gone when clipper ends"),
        ("place: bucket/folder", "is no address of a place"),
        ("place: s3://me:hush@bucket/folder", "this address holds a password"),
        ("place: s3://b/f\n    key: AKIA/very-secret", "no environment variable is named"),
        ("keep_local: false", "`place` is missing"),
        ("place: s3://b/f\n    keep_local: maybe", "is neither true nor false"),
    ],
)
def test_a_config_that_can_not_be_meant_is_refused(
    stand: Stand, section: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (stand.folder / "sources.yaml").write_text(
        f"{CONFIG}archive:\n  elsewhere:\n    {section}\n", encoding="utf-8"
    )
    assert run(stand, "check") != 0
    said = "".join(capsys.readouterr())
    assert told in said
    assert "hush" not in said
    assert "very-secret" not in said


def test_without_a_place_the_command_says_what_to_add(
    stand: Stand, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("archive", "copy"), ("archive", "bring-back")):
        assert run(stand, *words) != 0
        assert "elsewhere:" in capsys.readouterr().err


def test_reading_asks_no_place_for_what_is_here(stand: Stand) -> None:
    def connect() -> Depot:
        raise DepotError("asked")

    with Archive(stand.pages, now=lambda: NOW + DAY, connect=connect) as archive:
        for snapshot in stand.store.snapshots.all():
            archive.read(snapshot)
    shelf = Shelf(stand.pages, connect)
    damage.put(stand.pages, ONE, None)
    with pytest.raises(DepotError):
        shelf.open(ONE)
    with pytest.raises(FileNotFoundError):
        Shelf(stand.pages).open(ONE)
