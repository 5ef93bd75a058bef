"""What clipper exports, in the tools of others: wacz, cdxj-indexer and pywb.

They stand in an environment of their own, which `make test` installs from
`requirements-outside.lock`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from clipper.archive import cdxj, wacz
from clipper.cli import main
from clipper.model import Snapshot

from .packing import DAY, NOW, stand_in
from .test_evidence import LEAD, exported, index
from .time_stamper import serving

TOOLS = Path(__file__).parents[1] / ".venv-outside" / "bin"

pytestmark = pytest.mark.skipif(
    not (TOOLS / "wayback").exists(),
    reason="the tools of others are not installed: make .venv-outside/.installed",
)

URLS = (
    "https://daily.example/news/1",
    "https://www.Daily.example:8443/News/Two/?b=2&a=1",
    "http://user:secret@www3.daily.example/a//b/",
    "https://daily.example/caf%C3%A9?q=a+b",
    "https://xn--mnchen-3ya.example/straße",
    "http://daily.example:80/x.html?",
    "https://daily.example/?a",
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot, Snapshot]:
    """A package with one article in two captures, one that was reached by a redirect, and one
    whose page is byte for byte that of the first: a revisit of it."""
    folder = tmp_path_factory.mktemp("exported")
    with stand_in(folder) as stand:
        number, first = stand.clip("1", "Sold", LEAD, packed=True)
        second = stand.correct(number, "Sold in part", LEAD.replace("seven", "six"), NOW + DAY)
        stand.clip("2", "Told “again”", LEAD, hops=True)
        stand.clip("4", "Sold", LEAD, at=NOW + DAY, packed=True)
    out = folder / "out.wacz"
    config = folder / "sources.yaml"
    words = ["--config", str(config), "archive", "export", str(out), "--sign"]
    (folder / "service").mkdir()
    with serving(folder / "service") as service:
        config.write_text(config.read_text() + service.config)
        assert main(words) == 0
    with zipfile.ZipFile(out) as opened:
        assert wacz.STAMP in json.loads(opened.read(wacz.DIGEST))
    return out, first, second


def tool(name: str, *words: str, at: Path | None = None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [str(TOOLS / name), *words], cwd=at, capture_output=True, text=True, env=env
    )


def test_wacz_finds_the_package_valid(package: tuple[Path, Snapshot, Snapshot]) -> None:
    done = tool("wacz", "validate", "-f", str(package[0]))
    assert "Validation succeeded" in done.stdout, done.stdout + done.stderr


def test_wacz_finds_a_package_of_several_warc_files_valid(tmp_path: Path) -> None:
    with stand_in(tmp_path) as stand:
        for number in range(4):
            stand.clip(str(number), "Sold", LEAD)
        out = exported(stand, most=1000)
    with zipfile.ZipFile(out) as opened:
        assert len([name for name in opened.namelist() if "archive/" in name]) > 1
    done = tool("wacz", "validate", "-f", str(out))
    assert "Validation succeeded" in done.stdout, done.stdout + done.stderr


def test_wacz_refuses_the_package_when_a_page_was_edited(
    package: tuple[Path, Snapshot, Snapshot], tmp_path: Path
) -> None:
    """That the test above can fail."""
    edited = tmp_path / "edited.wacz"
    with zipfile.ZipFile(package[0]) as source, zipfile.ZipFile(edited, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"Sold in part", b"Sold in full"))
    done = tool("wacz", "validate", "-f", str(edited))
    assert "Validation succeeded" not in done.stdout


def test_cdxj_indexer_reads_the_records_as_the_index_says(
    package: tuple[Path, Snapshot, Snapshot], tmp_path: Path
) -> None:
    with zipfile.ZipFile(package[0]) as opened:
        warc = opened.extract(f"archive/{wacz.WARC}", tmp_path)
    done = tool("cdxj-indexer", "--sort", warc)
    theirs = [line.split(" ", 2) for line in done.stdout.splitlines()]
    ours = index(package[0])
    assert [(key, at) for key, at, _ in theirs] == [(key, at) for key, at, _ in ours]
    for (_, _, said), (_, _, told) in zip(theirs, ours, strict=True):
        expected = json.loads(said)
        if expected["status"] == "302":  # a redirect's body was not read: there is no digest
            expected.pop("digest")
        assert expected.items() <= told.items()


@pytest.mark.parametrize("url", URLS)
def test_index_keys_are_those_of_the_reference(url: str) -> None:
    """Of the URL as it stands in a record: in ASCII, without a password."""
    from clipper.archive.records import target

    code = "import sys, surt; print(surt.surt(sys.argv[1]))"
    done = tool("python", "-c", code, target(url))
    assert done.stdout.strip() == cdxj.surt(target(url)), done.stderr


# ---------------------------------------------------------------- replay


@pytest.fixture(scope="module")
def replay(
    package: tuple[Path, Snapshot, Snapshot], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[int]:
    """The port of a pywb with a collection `clips` made from the package."""
    folder = tmp_path_factory.mktemp("pywb")
    assert tool("wb-manager", "init", "clips", at=folder).returncode == 0
    done = tool("wb-manager", "add", "--unpack-wacz", "clips", str(package[0]), at=folder)
    assert done.returncode == 0, done.stderr
    with served(folder) as port:
        yield port
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(folder: Path) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    log = folder / "pywb.log"
    words = [str(TOOLS / "wayback"), "-b", "127.0.0.1", "-p", str(port)]
    with log.open("w") as stream:
        process = subprocess.Popen(words, cwd=folder, stdout=stream, stderr=stream)
    try:
        until_it_answers(process, port, log)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=60)


def until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Ask until the server answers; it tells nobody when it has begun to listen."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())


def got(port: int, path: str) -> tuple[HTTPResponse, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


def test_pywb_replays_each_capture_as_it_came(
    package: tuple[Path, Snapshot, Snapshot], replay: int
) -> None:
    for snapshot in package[1:]:
        at = f"{snapshot.captured_at:%Y%m%d%H%M%S}"
        response, body = got(replay, f"/clips/{at}id_/{snapshot.url}")
        assert response.status == 200
        if response.getheader("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        assert hashlib.sha256(body).hexdigest() == snapshot.digest
        wanted = f"{snapshot.captured_at:%a, %d %b %Y %H:%M:%S} GMT"
        assert response.getheader("Memento-Datetime") == wanted


def test_pywb_lists_both_captures_in_the_timemap(
    package: tuple[Path, Snapshot, Snapshot], replay: int
) -> None:
    response, body = got(replay, f"/clips/timemap/link/{package[1].url}")
    assert response.status == 200
    mementos = [line for line in body.decode().splitlines() if 'rel="memento"' in line]
    assert len(mementos) == 2
    assert "20260301120000mp_" in mementos[0]
    assert "20260302120000mp_" in mementos[1]


def test_pywb_follows_the_redirect_that_led_to_a_page(replay: int) -> None:
    response, _ = got(replay, "/clips/20260301120000id_/https://daily.example/news/2?from=feed")
    assert response.status == 302
    assert "https://daily.example/news/2" in (response.getheader("Location") or "")


def test_pywb_replays_a_page_whose_body_stands_under_another_address(
    package: tuple[Path, Snapshot, Snapshot], replay: int
) -> None:
    (line,) = [told for _, _, told in index(package[0]) if told.get("mime") == "warc/revisit"]
    assert line["url"] == "https://daily.example/news/4"
    response, body = got(replay, f"/clips/20260302120000id_/{line['url']}")
    assert response.status == 200
    if response.getheader("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    assert hashlib.sha256(body).hexdigest() == package[1].digest
    assert response.getheader("Memento-Datetime") == "Mon, 02 Mar 2026 12:00:00 GMT"


def test_pywb_has_nothing_that_was_not_exported(replay: int) -> None:
    response, _ = got(replay, "/clips/20260301120000id_/https://daily.example/news/3")
    assert response.status == 404
