"""Sealed files, revisits among them, in the tools of others: read, indexed, packed, replayed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastIterator  # type: ignore[import-untyped]

from clipper.archive import Archive, manifest
from clipper.model import Snapshot

from .damage import NOW, Shelf, body, page, stocked
from .test_forgetting import removed
from .test_outside import TOOLS, got, served, tool

pytestmark = pytest.mark.skipif(
    not (TOOLS / "wayback").exists(),
    reason="the tools of others are not installed: make .venv-outside/.installed",
)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two sealed files: redirects, packed bodies, revisits of the same and of another URL."""
    return stocked(tmp_path_factory.mktemp("sealed") / "warc")


def warcs(shelf: Shelf) -> list[Path]:
    return [shelf.folder / line.file for line in manifest.read(shelf.folder).lines]


def test_warcio_finds_each_digest_right(shelf: Shelf) -> None:
    done = tool("warcio", "check", *map(str, warcs(shelf)))
    assert done.returncode == 0, done.stdout + done.stderr


def test_fastwarc_reads_every_record_and_its_digests(shelf: Shelf) -> None:
    kinds: Counter[str] = Counter()
    for path in warcs(shelf):
        with path.open("rb") as file:
            for record in FastIterator(file, verify_digests=False, parse_http=False):
                assert record.verify_block_digest()
                kinds[record.headers["WARC-Type"]] += 1
    assert kinds["revisit"] == 4
    assert kinds["response"] == 4 + 3
    assert kinds["warcinfo"] == 2


def assert_index_is_that_of_cdxj_indexer(shelf: Shelf) -> None:
    for line in manifest.read(shelf.folder).lines:
        done = tool("cdxj-indexer", "--sort", str(shelf.folder / line.file))
        theirs = [each.split(" ", 2) for each in done.stdout.splitlines()]
        ours = [each.split(" ", 2) for each in (shelf.folder / line.cdxj).read_text().splitlines()]
        assert [(key, at) for key, at, _ in theirs] == [(key, at) for key, at, _ in ours]
        for (_, _, said), (_, _, told) in zip(theirs, ours, strict=True):
            expected, value = json.loads(said), json.loads(told)
            if expected.get("status") == "301":  # a redirect's body was not read: no digest
                expected.pop("digest")
            assert expected.items() <= value.items()


def assert_wacz_takes(shelf: Shelf, package: Path) -> None:
    done = tool("wacz", "create", "-o", str(package), *map(str, warcs(shelf)))
    assert done.returncode == 0, done.stdout + done.stderr
    done = tool("wacz", "validate", "-f", str(package))
    assert "Validation succeeded" in done.stdout, done.stdout + done.stderr


def test_the_index_beside_a_sealed_file_is_that_of_cdxj_indexer(shelf: Shelf) -> None:
    assert_index_is_that_of_cdxj_indexer(shelf)


def test_wacz_packs_sealed_files_and_finds_the_package_valid(shelf: Shelf, tmp_path: Path) -> None:
    assert_wacz_takes(shelf, tmp_path / "all.wacz")


def test_files_from_which_a_page_was_removed_are_taken_as_well(tmp_path: Path) -> None:
    """Tombstones are records as any other."""
    changed = stocked(tmp_path / "warc")
    assert removed(changed, 0)
    done = tool("warcio", "check", *map(str, warcs(changed)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert_index_is_that_of_cdxj_indexer(changed)
    assert_wacz_takes(changed, tmp_path / "all.wacz")


def test_a_page_that_was_cut_off_is_taken_and_replayed_as_far_as_it_came(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "warc")
    packed = gzip.compress(body(2), mtime=0)[:120]
    part = zlib.decompressobj(31).decompress(packed)
    told = (("Content-Type", "text/html"), ("Content-Encoding", "gzip"), ("Content-Length", "9000"))
    with shelf.archive() as archive:
        shelf.keep(
            archive,
            page(1, body=body(1)[:200], truncated="disconnect"),
            page(2, body=part, received=packed, headers=told, truncated="time"),
        )
        archive.seal()
    done = tool("warcio", "check", *map(str, warcs(shelf)))
    assert done.returncode == 0, done.stdout + done.stderr
    assert_index_is_that_of_cdxj_indexer(shelf)
    assert_wacz_takes(shelf, tmp_path / "all.wacz")
    assert tool("wb-manager", "init", "clips", at=tmp_path).returncode == 0
    assert tool("wb-manager", "add", "clips", *map(str, warcs(shelf)), at=tmp_path).returncode == 0
    with served(tmp_path) as port:
        for snapshot, wanted in zip(shelf.snapshots, (body(1)[:200], part), strict=True):
            at = f"{snapshot.captured_at:%Y%m%d%H%M%S}"
            response, replayed = got(port, f"/clips/{at}id_/{snapshot.url}")
            # pywb unpacks for whoever did not ask for a packed page.
            assert (response.status, replayed) == (200, wanted)
            assert hashlib.sha256(replayed).hexdigest() == snapshot.digest


# ---------------------------------------------------------------- replay


@pytest.fixture(scope="module")
def replay(shelf: Shelf, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a pywb with a collection made of the sealed files as they are."""
    folder = tmp_path_factory.mktemp("pywb")
    assert tool("wb-manager", "init", "clips", at=folder).returncode == 0
    done = tool("wb-manager", "add", "clips", *map(str, warcs(shelf)), at=folder)
    assert done.returncode == 0, done.stderr
    with served(folder) as port:
        yield port
    shutil.rmtree(folder, ignore_errors=True)


def captured(shelf: Shelf) -> list[Snapshot]:
    """The captures of pages that have words; the fixture has one without."""
    return [each for each, page in zip(shelf.snapshots, shelf.pages, strict=True) if page.body]


def test_pywb_replays_responses_and_revisits_of_the_same_and_of_another_url(
    shelf: Shelf, replay: int
) -> None:
    with Archive(shelf.folder, now=lambda: NOW) as archive:
        for snapshot in captured(shelf):
            response, body = got(
                replay, f"/clips/{snapshot.captured_at:%Y%m%d%H%M%S}id_/{snapshot.url}"
            )
            assert response.status == 200, snapshot
            if response.getheader("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            assert hashlib.sha256(body).hexdigest() == snapshot.digest
            assert body == archive.read(snapshot).body
            wanted = f"{snapshot.captured_at:%a, %d %b %Y %H:%M:%S} GMT"
            assert response.getheader("Memento-Datetime") == wanted


def test_pywb_lists_each_capture_of_an_address_in_its_timemap(shelf: Shelf, replay: int) -> None:
    url = shelf.snapshots[0].url
    response, body = got(replay, f"/clips/timemap/link/{url}")
    assert response.status == 200
    mementos = [line for line in body.decode().splitlines() if 'rel="memento"' in line]
    wanted = sorted(
        f"{each.captured_at:%Y%m%d%H%M%S}" for each in shelf.snapshots if each.url == url
    )
    assert len(mementos) == len(wanted) == 2
    assert all(stamp in line for stamp, line in zip(wanted, mementos, strict=True))
