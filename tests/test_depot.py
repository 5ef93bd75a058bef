"""Places elsewhere: what a depot does with them, and what it says when it can't."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from clipper.archive import depot as depots
from clipper.archive.depot import Depot, DepotError, Interrupted, Place
from tests import moto_server


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server.served() as address:
        yield address


@pytest.fixture(autouse=True)
def no_credentials_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


Make = Callable[[], Place]


@pytest.fixture(params=["memory", "file", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "memory":
        return Place(address=f"memory://{tmp_path.name}/kept")
    if request.param == "file":
        (tmp_path / "kept").mkdir()
        return Place(address=f"file://{tmp_path}/kept")
    endpoint = request.getfixturevalue("endpoint")
    bucket = "b" + sha256(str(tmp_path).encode()).hexdigest()[:20]
    moto_server.make_bucket(endpoint, bucket)
    return s3(endpoint, f"{bucket}/kept")


def s3(endpoint: str, where: str, **fields: str) -> Place:
    told = {"endpoint": endpoint, "region": "us-east-1", "key": moto_server.KEY}
    return Place(address=f"s3://{where}", **(told | fields))


def test_every_kind_of_place_keeps_reads_lists_and_removes_files(
    place: Place, tmp_path: Path
) -> None:
    depot, file = Depot(place), tmp_path / "one"
    assert depot.sizes() == {}
    assert (depot.whole("one"), depot.measured("one")) == (None, None)
    for content in (Random(1).randbytes(700_000), b"", b"shorter"):  # each replaces the one before
        file.write_bytes(content)
        depot.put(file, "one")
        assert depot.measured("one") == (len(content), sha256(content).hexdigest())
    depot.put_text(b"a line\n", "two")
    assert Depot(place).sizes() == {"one": 7, "two": 7}
    assert depot.whole("two") == b"a line\n"
    depot.remove("one")
    depot.remove("one")
    assert depot.sizes() == {"two": 7}


def test_single_places_in_a_file_are_read_by_ranges(place: Place, tmp_path: Path) -> None:
    content = Random(2).randbytes(900_000)
    (tmp_path / "big").write_bytes(content)
    depot = Depot(place)
    depot.put(tmp_path / "big", "big")
    with depot.open("big", len(content)) as opened:
        for start, size in ((700_000, 90), (5, 300_000), (899_990, 50)):
            opened.seek(start)
            assert opened.read(size) == content[start : start + size]
    with depot.open("none", 100) as opened, pytest.raises(DepotError, match="none is not there"):
        opened.read(1)


def test_a_single_record_costs_one_small_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "big").write_bytes(bytes(5_000_000))
    depot, asked = Depot(Place(address=f"file://{tmp_path}/kept")), []
    real = depot.read
    monkeypatch.setattr(depot, "read", lambda *told: (asked.append(told[1:]), real(*told))[1])
    with depot.open("big", 5_000_000) as opened:
        opened.seek(1_000_000)
        for _ in range(4):
            opened.read(30_000)
    ((start, end),) = asked
    assert start == 1_000_000
    assert end - start <= 1 << 18


def test_a_large_file_goes_in_parts_and_stops_between_them_when_asked(
    endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moto_server.make_bucket(endpoint, "large")
    monkeypatch.setattr(depots, "_PART", 5 << 20)
    content = Random(3).randbytes(12 << 20)
    (tmp_path / "big").write_bytes(content)
    place = s3(endpoint, "large")
    with pytest.raises(Interrupted):
        Depot(place, stopping=lambda: True).put(tmp_path / "big", "big")
    depot = Depot(place)
    assert depot.sizes() == {}, "of a file that was not sent to its end nothing is there"
    depot.put(tmp_path / "big", "big")
    assert depot.measured("big") == (len(content), sha256(content).hexdigest())
    with pytest.raises(Interrupted):
        Depot(place, stopping=lambda: True).measured("big")


# ---------------------------------------------------------------- what can't be done is said


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("s3://nobodys/kept", "there is no bucket 'nobodys' there"),
        ("file:///nowhere/at/all", "there is no such folder. Is its disk mounted?"),
        ("never-heard-of://place/x", "Protocol not known"),
        ("kept", "is no address of a place. Write it like s3://bucket/folder"),
        ("simplecache::s3://x/y", "is no address of a place"),
    ],
)
def test_a_place_that_is_none_is_told_in_a_sentence(
    endpoint: str, tmp_path: Path, address: str, told: str
) -> None:
    (tmp_path / "one").write_bytes(b"x")
    for act in (
        lambda depot: depot.sizes(),
        lambda depot: depot.put(tmp_path / "one", "one"),
        lambda depot: depot.put_text(b"x", "one"),
    ):
        depot = Depot(Place(address=address, endpoint=endpoint, key=moto_server.KEY))
        with pytest.raises(DepotError) as raised:
            act(depot)
        assert told in str(raised.value)
        assert "Traceback" not in str(raised.value)


def test_a_service_that_is_away_or_wants_a_key_is_told(endpoint: str) -> None:
    away = Depot(s3("http://127.0.0.1:9", "clips"))
    with pytest.raises(DepotError, match=r"can't be listed \(it can't be reached\)"):
        away.sizes()
    keyless = Depot(s3(endpoint, "clips", key=""))
    with pytest.raises(DepotError, match="no key is set for it"):
        keyless.sizes()


def test_a_proxy_is_the_configs_and_never_the_environments(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    moto_server.make_bucket(endpoint, "direct")
    assert Depot(s3(endpoint, "direct", region="eu-west-1")).sizes() == {}
    with pytest.raises(DepotError, match="it can't be reached"):
        Depot(s3(endpoint, "direct", proxy="http://127.0.0.1:9")).sizes()


def test_a_service_that_takes_what_is_sent_and_never_answers_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depots, "_PATIENCE", 1)
    monkeypatch.setattr(depots, "_ANSWER", 1)
    (tmp_path / "one").write_bytes(b"x")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        depot = Depot(s3(f"http://127.0.0.1:{silent.getsockname()[1]}", "silent"))
        with pytest.raises(DepotError, match="it does not answer"):
            depot.put(tmp_path / "one", "one")
        with pytest.raises(DepotError, match="it does not answer"):
            depot.measured("one")


@pytest.mark.parametrize(("address", "extra"), [("s3://a/b", "s3"), ("file:///a", "storage")])
def test_what_has_to_be_installed_is_named(
    address: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.util.find_spec
    gone = {"s3fs", "fsspec"} if extra == "storage" else {"s3fs"}
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name in gone else real(name)
    )
    depot = Depot(Place(address=address))
    assert f"pip install 'clipper[{extra}]'" in depot.lacks
    with pytest.raises(DepotError, match="not installed"):
        depot.sizes()


def test_nothing_of_it_is_imported_before_it_is_used() -> None:
    """Neither by the command line nor by reading the archive."""
    code = (
        "import sys, clipper.cli.root, clipper.cli.archive, clipper.archive.archive, clipper.web\n"
        "print([name for name in ('fsspec', 's3fs', 'botocore', 'aiohttp') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_key_is_never_shown() -> None:
    assert "hush" not in repr(Place(address="s3://a/b", key="me:hush"))
