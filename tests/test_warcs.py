"""Folders of web archives: each new file is taken in once, by itself, whatever comes between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from clipper import config, retention
from clipper.archive import dropped
from clipper.cli import main
from clipper.cli.home import Home
from clipper.cli.parts import assemble
from clipper.cli.run import _Acts
from clipper.cli.taking import rules_of
from clipper.config.warcs import WarcFolder
from clipper.desk.troubles import troubles
from clipper.errors import ArchiveError, ConfigError
from clipper.health import Level, of_folders
from clipper.model import FileState, WarcFile
from clipper.notices import look as look_for_notices
from clipper.pipeline import Parts, importing, warcs
from clipper.pipeline.warcs import Look, survey, take_in
from clipper.reports.words import Words
from clipper.scheduler import Clockwork
from clipper.store import Store

from .desks import client_of, office_of
from .rounds import plain
from .test_archive import assert_clean, records
from .test_importing import BODY, HTML, URL, package, written

MINUTE = timedelta(minutes=1)
CONFIG = """
outlets:
  - name: The Daily
    slug: daily
    site: https://daily.example
    feed: http://127.0.0.1:9/feed
campaigns:
  - name: Prison divestment
    query: '"prison shares"'
warcs:
  - folder: crawls
    name: Ana's crawls
"""


def now() -> datetime:
    return datetime.now(UTC)


def other(number: int) -> bytes:
    """Another page: its own words, and none of a campaign's."""
    lines = "".join(
        f"<p>Goat {number} of herd {each} crossed the bridge near mill {number * each}, and "
        f"nobody who stood there that day had seen the like before.</p>"
        for each in range(5)
    )
    title = f"Goat {number} crosses a bridge"
    return (
        f"<html lang=en><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"{lines}</article></body></html>"
    ).encode()


def put(folder: Path, name: str, content: bytes, *, age: timedelta = 5 * MINUTE) -> Path:
    """A file that was changed so long ago."""
    path = folder / "crawls" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    at = (now() - age).timestamp()
    os.utime(path, (at, at))
    return path


@cache  # gzip notes the time: the same bytes are wanted
def several(*numbers: int) -> bytes:
    return b"".join(written(url=f"{URL}/{n}", body=other(n)) for n in numbers)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "crawls").mkdir()
    return Home(str(tmp_path / "sources.yaml"), str(tmp_path / "data"))


@contextmanager
def opened(home: Home) -> Iterator[Parts]:
    """The parts of a round on the folder's own store."""
    with home.open_store(create=True) as store:
        store.sources.sync(home.config.sources, home.config.outlets, now())
        with assemble(home, store) as parts:
            yield parts


def taken(home: Home, parts: Parts, at: datetime | None = None, **more: Any) -> list[WarcFile]:
    """What became of the files of one round."""
    looks = survey(parts.store, home.config.warcs, at or now())
    steps = take_in(parts, rules_of(home.config), looks, **more)
    return [step.file for step in steps if step.file is not None]


def looked(home: Home, store: Store, at: datetime | None = None) -> Look:
    (found,) = survey(store, home.config.warcs, at or now())
    return found


def states(found: list[WarcFile]) -> dict[str, str]:
    return {each.name: each.state.value for each in found}


def fetched(home: Home, *words: str) -> int:
    return main(["--config", str(home.config_path), "fetch", *words])


def captured(folder: Path) -> list[str]:
    """The types of all records with a page in the archive."""
    kinds = [
        kind
        for path in sorted(folder.glob("data/archive/*.warc.gz"))
        for kind, _, _ in records(path)
    ]
    return [kind for kind in kinds if kind in ("response", "revisit")]


def made_by_warcio(url: str, body: bytes) -> bytes:
    out = BytesIO()
    writer = WARCWriter(out, gzip=True)
    headers = StatusAndHeaders("200 OK", list(HTML.items()), protocol="HTTP/1.1")
    told = {"WARC-Date": "2020-05-01T10:00:00Z"}
    for record in (
        writer.create_warcinfo_record("x.warc.gz", {"software": "warcio"}),
        writer.create_warc_record(
            url, "response", payload=BytesIO(body), http_headers=headers, warc_headers_dict=told
        ),
    ):
        writer.write_record(record)
        record.raw_stream.close()
    return out.getvalue()


# ---------------------------------------------------------------- the round


def test_a_round_takes_in_new_files_as_the_command_does_by_hand(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "ours.warc.gz", written() + written(headers={"Content-Type": "image/png"}))
    put(tmp_path, "deep/er/plain.warc", written(url=f"{URL}/p", body=other(1), packed=False))
    put(tmp_path, "theirs.WARC.GZ", made_by_warcio(f"{URL}/w", other(2)))
    wacz = package(tmp_path / "x.wacz", {"archive/data.warc.gz": several(3), "pages/p": b""})
    put(tmp_path, "x.wacz", wacz.read_bytes())
    put(tmp_path, "notes.txt", b"not ours")
    fetched(home, "--json")
    (told,) = json.loads(capsys.readouterr().out)["folders"]
    assert (told["folder"], told["pages"], told["queued"], told["left"]) == (
        "Ana's crawls",
        4,
        1,
        0,
    )
    assert {each["name"]: (each["state"], each["pages"]) for each in told["files"]} == {
        "ours.warc.gz": ("taken", 1),
        "deep/er/plain.warc": ("taken", 1),
        "theirs.WARC.GZ": ("taken", 1),
        "x.wacz": ("taken", 1),
    }
    assert_clean(tmp_path / "data" / "archive")

    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    (by_hand / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    for path in sorted((tmp_path / "crawls").rglob("*")):
        if path.is_file() and path.suffix != ".txt":
            words = ["archive", "import", str(path)]
            assert main(["--config", str(by_hand / "sources.yaml"), *words]) == 0
    assert kept(tmp_path) == kept(by_hand)


def kept(folder: Path) -> list[tuple[Any, ...]]:
    """Each article with its outlet, its captures, and whether its story is queued."""
    with Store.open(folder / "data" / "clipper.db") as store:
        waiting = {each.article.article.url: each.status for each in store.clippings.list()}
        found = (store.articles.get(number) for number in range(1, store.counts().articles + 1))
        return sorted(
            (
                each.article.url,
                each.outlet,
                each.article.text,
                [(c.fetched_at, c.snapshot.digest) for c in store.captures.of_article(each.id) if c.snapshot],
                waiting.get(each.article.url),
            )
            for each in found
        )  # fmt: skip


def test_the_next_round_brings_nothing_twice(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2))
    fetched(home)
    assert "Ana's crawls: 1 file: 2 pages taken in, 0 queued." in capsys.readouterr().out
    before = kept(tmp_path)
    # The same bytes under another name, and touched.
    put(tmp_path, "b.warc.gz", several(1, 2))
    put(tmp_path, "a.warc.gz", several(1, 2), age=2 * MINUTE)
    fetched(home)
    assert "b.warc.gz is a copy of a.warc.gz" in capsys.readouterr().out
    fetched(home)
    assert "Ana's crawls" not in capsys.readouterr().out
    assert kept(tmp_path) == before
    assert captured(tmp_path) == ["response"] * 2


def test_a_round_of_some_outlets_leaves_the_folders_alone_and_a_dry_run_keeps_nothing(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "a.warc.gz", several(1))
    fetched(home, "daily")
    assert "Ana's crawls" not in capsys.readouterr().out
    assert fetched(home, "ana's CRAWLS", "--dry-run") == 0
    told = capsys.readouterr()
    assert "1 page taken in" in told.out
    assert "Daily" not in told.out + told.err
    fetched(home, "--dry-run")
    assert "1 page taken in" in capsys.readouterr().out
    assert captured(tmp_path) == []
    fetched(home)
    assert "1 page taken in" in capsys.readouterr().out
    assert fetched(home, "Ana's crawls") == 0
    assert "Ana's crawls: nothing new." in capsys.readouterr().out


def test_a_config_with_folders_alone_is_looked_at(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = CONFIG[CONFIG.index("campaigns:") :]
    home.config_path.write_text(f"outlets: []\n{text}", encoding="utf-8")
    put(tmp_path, "a.warc.gz", written())
    assert fetched(home) == 0
    told = capsys.readouterr().out
    assert "1 page taken in, 1 queued." in told
    assert "1 story queued for your decision" in told
    assert "Looked at 0 sources" not in told
    assert "Outlets see 'clipper' without" not in told, "nobody was asked"
    fetched(home)
    assert capsys.readouterr().out == "Ana's crawls: nothing new.\n"


def test_a_file_that_grew_brings_only_what_is_new(home: Home, tmp_path: Path) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2))
    with opened(home) as parts:
        taken(home, parts)
        put(tmp_path, "a.warc.gz", several(1, 2, 3), age=2 * MINUTE)
        (row,) = taken(home, parts)
        assert (row.state, row.pages, row.known) == (FileState.TAKEN, 1, 2)
        assert taken(home, parts) == []
    assert captured(tmp_path) == ["response"] * 3


def test_what_was_forgotten_does_not_come_back_when_its_file_grows(
    home: Home, tmp_path: Path
) -> None:
    """A takedown is not undone by a file that still lies there."""
    put(tmp_path, "a.warc.gz", written())
    with opened(home) as parts:
        taken(home, parts)
        (clipping,) = parts.store.clippings.list()
        plan = retention.takedown(parts.store, [clipping.id])
        done = retention.forget(
            parts.store, parts.archive, plan, who="ana", why="They asked.", now=now()
        )
        assert (done.captures, done.faults) == (1, [])
        put(tmp_path, "a.warc.gz", written() + several(1), age=2 * MINUTE)
        (row,) = taken(home, parts)
        assert (row.pages, row.known, sum(row.passed.values())) == (1, 0, 1)
    assert captured(tmp_path) == ["response"]


# ---------------------------------------------------------------- which files


def test_a_file_that_may_still_be_written_waits_a_minute(home: Home, tmp_path: Path) -> None:
    at = now()
    put(tmp_path, "a.warc.gz", several(1), age=timedelta(seconds=20))
    put(tmp_path, "ahead.warc.gz", several(2), age=timedelta(hours=-3))
    with home.open_store(create=True) as store:
        first = looked(home, store, at)
        assert states([*first.waiting]) == {"a.warc.gz": "waiting", "ahead.warc.gz": "waiting"}
        assert first.todo == ()
        later = looked(home, store, at + timedelta(seconds=30))
        assert len(later.waiting) == 2
        # The clock of the other is hours ahead: from when it was seen so, a minute is enough.
        last = looked(home, store, at + timedelta(seconds=70))
        assert {each.name for each in last.todo} == {"a.warc.gz", "ahead.warc.gz"}


def test_a_file_that_changes_while_it_is_read_is_looked_at_again(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2)[:-30])
    real = importing.take

    def grows(*given: Any) -> Any:
        put(tmp_path, "a.warc.gz", several(1, 2), age=2 * MINUTE)
        return real(*given)

    monkeypatch.setattr(warcs, "take", grows)
    with opened(home) as parts:
        (row,) = taken(home, parts)
        assert row.state is FileState.WAITING, "cut short it was, but it went on"
        monkeypatch.setattr(warcs, "take", real)
        (row,) = taken(home, parts)
        assert (row.state, row.known) == (FileState.TAKEN, 2)


def test_only_files_that_lie_there_themselves_are_taken(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.warc.gz").write_bytes(several(9))
    crawls = tmp_path / "crawls"
    (crawls / "link.warc.gz").symlink_to(outside / "secret.warc.gz")
    (crawls / "folder").symlink_to(outside, target_is_directory=True)
    os.mkfifo(crawls / "pipe.warc")
    (crawls / "folder.warc").mkdir()
    put(tmp_path, ".hidden.warc.gz", several(9))
    put(tmp_path, ".tmp/x.warc.gz", several(9))
    put(tmp_path, "a/b/c/d/e/f/deep.warc.gz", several(9))
    put(tmp_path, "a/b/c/d/e/deep.warc.gz", several(1))
    assert fetched(home) == 1
    told = capsys.readouterr()
    assert "link.warc.gz is a link to somewhere else and was not followed." in told.err
    assert "1 file: 1 page taken in" in told.out
    with home.open_store() as store:
        files = store.warcs.files(str(crawls))
    assert states(list(files.values())) == {
        "a/b/c/d/e/deep.warc.gz": "taken",
        "link.warc.gz": "link",
    }


def test_a_link_that_comes_into_a_files_place_is_not_read(tmp_path: Path) -> None:
    path = put(tmp_path, "a.warc.gz", several(1))
    (file,) = dropped.listing(tmp_path / "crawls").files
    assert dropped.digest(file) is not None
    (tmp_path / "secret").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(dropped.UnreadableError):
        dropped.digest(file)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(dropped.UnreadableError, match="no file"):
        dropped.digest(file)


def test_a_file_that_is_too_large_is_left_unread_until_more_is_allowed(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, "a.warc.gz", b"")
    with path.open("wb") as file:
        file.truncate(5_000_000_000)  # a hole: it takes no room
    os.utime(path, (1e9, 1e9))
    monkeypatch.setattr(dropped, "digest", None)
    (folder,) = home.config.warcs
    with home.open_store(create=True) as store:
        (row,) = looked(home, store).refused
        assert (row.state, row.why) == (FileState.TOO_LARGE, "5.0 GB, allowed are 4 GB")
        assert looked(home, store).refused == (), "it is told once"
        (found,) = of_folders(store.warcs.folders())
        assert "max_gigabytes" in found.remedy
        (again,) = survey(store, [replace(folder, most_bytes=6_000_000_000)], now())
        assert [each.name for each in again.todo] == ["a.warc.gz"]


def test_a_whole_disk_named_by_mistake_ends(tmp_path: Path) -> None:
    for number in range(30):
        put(tmp_path, f"{number // 10}/{number}.warc", b"x")
        put(tmp_path, f"{number // 10}/{number}.txt", b"x")
    crawls = tmp_path / "crawls"
    few = dropped.listing(crawls, most=10)
    assert (len(few.files), few.more) == (10, True)
    assert dropped.listing(crawls, most_seen=20).more
    whole = dropped.listing(crawls, most=30)
    assert (len(whole.files), whole.more) == (30, False)


def test_the_oldest_file_is_taken_first_so_that_every_version_is_kept(
    home: Home, tmp_path: Path
) -> None:
    late = BODY.replace(b"seven to two", b"six to two")
    put(tmp_path, "a.warc.gz", written(body=late, at="2020-05-02T10:00:00Z"), age=2 * MINUTE)
    put(tmp_path, "b.warc.gz", written(), age=9 * MINUTE)
    with opened(home) as parts:
        assert [each.name for each in taken(home, parts)] == ["b.warc.gz", "a.warc.gz"]
        (clipping,) = parts.store.clippings.list()
        days = [
            each.fetched_at.day for each in parts.store.captures.of_article(clipping.article.id)
        ]
        assert days == [1, 2]


def test_a_name_that_is_no_text_is_taken_too(home: Home, tmp_path: Path) -> None:
    path = tmp_path / "crawls" / os.fsdecode(b"caf\xe9\x1b[31m.warc.gz")
    path.write_bytes(several(1)[:-20])
    os.utime(path, (1e9, 1e9))
    with opened(home) as parts:
        (row,) = taken(home, parts)
        assert row.name.startswith("caf\\xe9")
        (found,) = of_folders(parts.store.warcs.folders())
        assert "\x1b" not in found.text


# ---------------------------------------------------------------- trouble


def test_damage_is_told_with_its_remedy_and_stops_no_other_file(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "cut.warc.gz", several(1, 2)[:-30], age=9 * MINUTE)
    put(tmp_path, "no.warc.gz", b"%PDF", age=8 * MINUTE)
    inner = {"archive/a.warc.gz": b"%PDF", "archive/b.warc.gz": several(3)}
    put(tmp_path, "half.wacz", package(tmp_path / "x", inner).read_bytes(), age=7 * MINUTE)
    put(tmp_path, "whole.warc.gz", several(4))
    assert fetched(home) == 1
    told = capsys.readouterr()
    assert "4 files: 3 pages taken in" in told.out
    assert (
        "Ana's crawls: cut.warc.gz could not be taken in whole: the file is cut short. "
        "Pages taken in before that: 1. Put a whole copy in its place"
    ) in told.err
    assert "no.warc.gz could not be taken in whole: this is no WARC file. Pages" in told.err
    assert "half.wacz could not be taken in whole: archive/a.warc.gz: this is no WARC" in told.err

    # Nothing of it is tried again by itself …
    monkeypatch.setattr(dropped, "digest", None)
    fetched(home)
    assert "Ana's crawls" not in "".join(capsys.readouterr())
    monkeypatch.undo()
    # … the doctor tells it as long as it stands …
    asked = ["--config", str(home.config_path), "doctor", "--json"]
    assert main(asked) == 1
    found = [
        each for each in json.loads(capsys.readouterr().out)["findings"] if each["area"] == "warcs"
    ]
    assert [(each["level"], each["kind"]) for each in found] == [("alarm", "damaged")] * 3
    # … a person can have one looked at again, and a whole copy is taken in by itself.
    again = ["archive", "folders", "--again", str(tmp_path / "crawls" / "no.warc.gz")]
    assert main(["--config", str(home.config_path), *again]) == 0
    put(tmp_path, "cut.warc.gz", several(1, 2), age=2 * MINUTE)
    (tmp_path / "crawls" / "half.wacz").unlink()
    capsys.readouterr()
    assert fetched(home) == 1
    told = capsys.readouterr()
    assert "2 files: 1 page taken in, 0 queued; 1 there already" in told.out
    assert "no.warc.gz could not be taken in whole" in told.err
    main(asked)
    found = [
        each for each in json.loads(capsys.readouterr().out)["findings"] if each["area"] == "warcs"
    ]
    assert [each["text"].split()[0] for each in found] == ["no.warc.gz"]


def test_a_damaged_file_that_is_touched_is_damaged_still(home: Home, tmp_path: Path) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2)[:-30])
    with opened(home) as parts:
        assert states(taken(home, parts)) == {"a.warc.gz": "damaged"}
        put(tmp_path, "a.warc.gz", several(1, 2)[:-30], age=timedelta(seconds=1))
        assert taken(home, parts) == []
        put(tmp_path, "a.warc.gz", several(1, 2)[:-30], age=2 * MINUTE)
        (row,) = taken(home, parts)
        assert (row.state, row.pages, row.known) == (FileState.DAMAGED, 0, 1)


def test_a_damaged_package_brings_no_traceback(tmp_path: Path) -> None:
    """Members that claim odd ways of packing, and directories that are cut or overwritten."""
    from clipper.archive.foreign import Passed, pages

    path = package(tmp_path / "x.wacz", {"archive/a.warc.gz": written()}, zipfile.ZIP_LZMA)
    (found,) = pages(path, now())
    assert isinstance(found, Passed)
    assert found.why == "it is packed in a way that clipper does not read"
    whole = package(tmp_path / "y.wacz", {"archive/a.warc.gz": written()}).read_bytes()
    start = whole.index(b"PK\x01\x02")
    for at in range(start, len(whole)):
        for value in (0, 25, 255):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            try:
                list(pages(path, now()))
            except ArchiveError:
                continue


def test_a_folder_that_is_missing_is_a_finding_with_a_remedy(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "a.warc.gz", several(1)[:-20])
    fetched(home)
    (tmp_path / "crawls").rename(tmp_path / "elsewhere")
    capsys.readouterr()
    asked = ["--config", str(home.config_path), "doctor"]
    assert main(asked) == 1, "found before any round"
    assert "the folder for web archives can't be read: no such file" in capsys.readouterr().out
    assert fetched(home) == 1
    told = capsys.readouterr().err
    assert "Ana's crawls: the folder for web archives can't be read: no such file" in told
    assert "or take it out of 'warcs:' in sources.yaml" in told
    (tmp_path / "elsewhere").rename(tmp_path / "crawls")
    fetched(home)
    assert "can't be read" not in capsys.readouterr().err


def test_a_file_without_the_right_to_read_it_is_tried_when_there_is_one(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.warc.gz", several(1))
    may, tries = [False], []

    def opens(path: Any, flags: int, *more: Any) -> int:
        if str(path).endswith("a.warc.gz"):
            tries.append(path)
            if not may[0]:
                raise PermissionError(13, "Permission denied")
        return real(path, flags, *more)

    real = os.open
    monkeypatch.setattr(os, "open", opens)
    monkeypatch.setattr(dropped, "may_be_read", lambda file: may[0])
    with opened(home) as parts:
        (row,) = taken(home, parts)
        assert (row.state, row.why) == (FileState.UNREADABLE, "permission denied")
        assert taken(home, parts) == []
        assert len(tries) == 1, "not opened in vain at each round"
        (found,) = of_folders(parts.store.warcs.folders())
        assert found.level is Level.WARNING
        may[0] = True
        (row,) = taken(home, parts)
        assert row.state is FileState.TAKEN


@pytest.mark.parametrize("error", [ArchiveError("No room is left."), KeyboardInterrupt()])
def test_a_full_disk_of_ours_or_an_interrupt_is_not_the_files_fault(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2, 3))
    real, calls = importing.take, []

    def fails(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise error
        return real(*given)

    monkeypatch.setattr(warcs, "take", fails)
    with opened(home) as parts:
        with pytest.raises(type(error)):
            taken(home, parts)
        before = parts.store.warcs.get(str(tmp_path / "crawls"), "a.warc.gz")
        assert before is not None
        assert (before.state, before.records, before.tries) == (FileState.PARTLY, 1, 0)
        assert of_folders(parts.store.warcs.folders()) == ()
        (row,) = taken(home, parts)
        assert (row.state, row.pages, row.tries) == (FileState.TAKEN, 3, 0)
    assert len(calls) == 4
    assert captured(tmp_path) == ["response"] * 3


# ---------------------------------------------------------------- limits, stops and kills


def test_a_round_ends_when_its_time_is_over_and_the_next_goes_on(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(tmp_path, "a.warc.gz", several(1, 2, 3), age=9 * MINUTE)
    put(tmp_path, "b.warc.gz", several(4))
    real, seen = importing.take, []

    def counts(parts: Parts, rules: Any, page: Any, name: str) -> Any:
        seen.append(page.url)
        return real(parts, rules, page, name)

    monkeypatch.setattr(warcs, "take", counts)
    with opened(home) as parts:
        (row,) = taken(home, parts, stopping=lambda: len(seen) >= 2)
        assert (row.name, row.state, row.records) == ("a.warc.gz", FileState.PARTLY, 2)
        assert taken(home, parts, budget=timedelta(0)) == []
        done = taken(home, parts)
        assert states(done) == {"a.warc.gz": "taken", "b.warc.gz": "taken"}
        assert done[0].pages == 3
    assert seen == [f"{URL}/{n}" for n in (1, 2, 3, 4)], "no record was read twice"


def test_a_file_on_a_slow_disk_comes_further_at_each_round(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though reading up to where the last round ended takes longer than a round has."""
    put(tmp_path, "a.warc.gz", several(1, 2, 3), age=9 * MINUTE)
    put(tmp_path, "b.warc.gz", several(4))
    at = [now()]
    real = dropped.digest

    def slowly(*given: Any) -> str | None:
        at[0] += timedelta(minutes=30)
        return real(*given)

    monkeypatch.setattr(dropped, "digest", slowly)
    with opened(home) as parts:
        slow = replace(parts, now=lambda: at[0])
        (row,) = taken(home, slow, at[0])
        assert (row.name, row.state, row.pages) == ("a.warc.gz", FileState.TAKEN, 3)
        (row,) = taken(home, slow, at[0])
        assert row.name == "b.warc.gz"


KILLED = """
import os, signal, sys
from clipper.archive import Archive
from clipper.cli import main
from clipper.store import Store

left = int(sys.argv[2])

def at(owner, name, after):
    real = getattr(owner, name)
    def act(*given, **more):
        global left
        left -= 1
        if not left and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        made = real(*given, **more)
        if not left and after:
            os.kill(os.getpid(), signal.SIGKILL)
        return made
    setattr(owner, name, act)

where = {"before": (Archive, "capture", False), "between": (Archive, "capture", True),
         "after": (Store, "save", True)}
at(*where[sys.argv[1]])
main(["fetch"])
"""


@pytest.mark.parametrize("where", ["before", "between", "after"])
def test_a_kill_in_the_middle_loses_nothing_and_brings_nothing_twice(
    home: Home, tmp_path: Path, where: str
) -> None:
    """Before the page is on the disk, between disk and row, and after the row."""
    put(tmp_path, "a.warc.gz", several(1, 2, 3, 4))
    done = killed(tmp_path, where, 3)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with home.open_store() as store:
        assert store.warcs.files(str(tmp_path / "crawls"))["a.warc.gz"].state is FileState.BEGUN
    fetched(home)
    with home.open_store() as store:
        row = store.warcs.files(str(tmp_path / "crawls"))["a.warc.gz"]
        assert (row.state, row.pages + row.known) == (FileState.TAKEN, 4)
        assert store.counts().articles == 4
        found = [store.captures.of_article(number) for number in (1, 2, 3, 4)]
        assert [len(each) for each in found] == [1] * 4
        assert len(list(store.snapshots.all())) == 4
    assert captured(tmp_path) == ["response"] * 4
    assert_clean(tmp_path / "data" / "archive")
    assert main(["--config", str(home.config_path), "archive", "verify", "--level", "4"]) == 0


def killed(folder: Path, where: str, after: int) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", KILLED, where, str(after)]
    at = {**plain(), "PYTHONPATH": str(Path(__file__).parents[1])}
    return subprocess.run(words, cwd=folder, env=at, capture_output=True, text=True, check=False)


def test_a_file_that_has_clipper_killed_again_and_again_is_left_alone(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "bad.warc.gz", several(1), age=9 * MINUTE)
    put(tmp_path, "good.warc.gz", several(2))
    for _ in range(3):
        assert killed(tmp_path, "before", 1).returncode == -signal.SIGKILL
    assert fetched(home) == 1
    told = capsys.readouterr()
    assert "clipper was ended 3 times while it took in bad.warc.gz" in told.err
    assert "1 file: 1 page taken in" in told.out
    assert (
        main(["--config", str(home.config_path), "archive", "folders", "--again", "bad.warc.gz"])
        == 0
    )
    fetched(home)
    assert "1 file: 1 page taken in" in capsys.readouterr().out


# ---------------------------------------------------------------- by itself


def acts(home: Home, store: Store) -> _Acts:
    return _Acts(home.config_path, home.data, store, quiet=False)


def never() -> bool:
    return False


def test_a_schedule_takes_in_what_is_new_though_no_source_is_due(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with home.open_store(create=True) as store:
        schedule = acts(home, store)
        put(tmp_path, "a.warc.gz", several(1))
        put(tmp_path, "no.warc.gz", b"%PDF")
        schedule.take_in(never)
        told = capsys.readouterr()
        assert "UTC  Ana's crawls: 2 files: 1 page taken in, 0 queued." in told.out
        assert "no.warc.gz could not be taken in whole" in told.err
        # With nothing new, no worker is started and nothing is said; a fault is said once.
        monkeypatch.setattr("clipper.cli.parts.assemble", None)
        schedule.take_in(never)
        assert "".join(capsys.readouterr()) == ""
        (tmp_path / "crawls").rename(tmp_path / "elsewhere")
        schedule.take_in(never)
        assert "can't be read" in capsys.readouterr().err
        schedule.take_in(never)
        assert "".join(capsys.readouterr()) == ""
        # A folder that left the config is spoken of no more.
        home.config_path.write_text(CONFIG[: CONFIG.index("warcs:")], encoding="utf-8")
        acts(home, store).take_in(never)
        assert store.warcs.folders() == ()


def test_the_clockwork_does_it_at_each_tick_and_waits_when_it_failed(home: Home) -> None:
    at, did, told = [now()], [], list[str]()

    def fails(stopping: Callable[[], bool]) -> None:
        did.append(at[0])
        raise ArchiveError("No room is left.")

    with home.open_store(create=True) as store:
        clockwork = Clockwork(
            store, lambda stop: None, (), now=lambda: at[0], zone=UTC,  # type: ignore[arg-type]
            tell=told.append, between=fails,
        )  # fmt: skip
        for _ in range(20):
            clockwork.tick()
            at[0] += MINUTE
    assert len(did) == 2
    assert told == ["No room is left."] * 2


# ---------------------------------------------------------------- where it is seen


def test_the_desk_the_brief_and_notices_tell_of_folders(tmp_path: Path) -> None:
    office = office_of(tmp_path)
    folder = WarcFolder(name="<Ana>", folder=tmp_path / "crawls")
    with office.store as store:
        client = client_of(office)
        assert "Folders of web archives" not in client.get("/sources").text
        put(tmp_path, "a.warc", b"x")
        survey(store, [folder], now())
        page = client.get("/sources").text
        assert "&lt;Ana&gt;" in page
        assert "well" in page
        file = WarcFile(
            folder=str(folder.folder), name="a.warc", state=FileState.DAMAGED, size=1, changed=1,
            seen_at=now(), why="the file is cut short", pages=2,
        )  # fmt: skip
        store.warcs.keep(file)
        page = client.get("/sources").text
        assert "in trouble" in page
        assert "a.warc could not be taken in whole: the file is cut short." in page
        spanish = client.get("/sources", headers={"Accept-Language": "es"}).text
        assert "Carpetas de archivos web" in spanish
        assert "a.warc no se pudo incorporar entero" in spanish
        (line,) = [
            each
            for each in troubles(store, (), {}, now(), Words("es"))
            if "a.warc" in each
        ]  # fmt: skip
        assert "Ponga en su lugar una copia entera" in line


def test_a_notice_tells_of_a_damaged_file_once(home: Home, tmp_path: Path) -> None:
    from clipper.notices import Rules, Target

    put(tmp_path, "no.warc.gz", b"%PDF")
    with opened(home) as parts:
        taken(home, parts)
        target = Target(name="team", what=frozenset({"failing"}))
        rules = Rules(targets=(target,))
        assert look_for_notices(parts.store, rules, now()) == 1
        (notice,) = parts.store.notices.open()
        assert notice.told["sources"][0]["outlet"] == "Ana's crawls"
        assert look_for_notices(parts.store, rules, now() + timedelta(hours=1)) == 0


def test_the_command_lists_each_file_and_what_became_of_it(
    home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = ["--config", str(home.config_path)]
    assert main([*base, "check"]) == 0
    assert "1 folder of web archives" in capsys.readouterr().out
    put(tmp_path, "a.warc.gz", written() + written(headers={"Content-Type": "image/png"}))
    fetched(home)
    capsys.readouterr()
    assert main([*base, "archive", "folders"]) == 0
    told = capsys.readouterr().out
    assert "a.warc.gz: taken in · 1 page, 1 queued · 1 left out" in told
    (tmp_path / "crawls" / "a.warc.gz").unlink()
    fetched(home)
    capsys.readouterr()
    main([*base, "archive", "folders"])
    assert "a.warc.gz" not in capsys.readouterr().out
    main([*base, "archive", "folders", "--all", "--json"])
    (folder,) = json.loads(capsys.readouterr().out)
    assert [(each["name"], each["there"]) for each in folder["files"]] == [("a.warc.gz", False)]
    assert main([*base, "archive", "folders", "--again", "b.warc.gz"]) == 1
    assert "no file 'b.warc.gz' was met" in capsys.readouterr().err


# ---------------------------------------------------------------- the config


@pytest.mark.parametrize(
    ("rows", "line", "said"),
    [
        ("- name: x", 12, "`folder` is missing"),
        ("- folder: .", 12, "clipper's own data folder"),
        ("- folder: data", 12, "clipper's own data folder"),
        ("- folder: data/archive", 12, "clipper's own data folder"),
        ("- folder: a\n  - folder: ./a/", 13, "stands on line 12 already"),
        ("- folder: a\n  - folder: a/b", 13, "lie in each other"),
        ("- folder: a/b\n  - folder: a", 13, "lie in each other"),
        ("- folder: a/x\n  - folder: b/x", 13, "is the name of line 12 already"),
        ("- folder: a\n    max_gigabytes: 0", 13, "max_gigabytes"),
        ("- folder: a\n    max_gigabyte: 1", 13, "max_gigabytes"),
    ],
)
def test_what_is_wrong_with_a_folder_is_told_with_its_place(
    tmp_path: Path, rows: str, line: int, said: str
) -> None:
    text = CONFIG[: CONFIG.index("warcs:")] + f"#\nwarcs:\n  {rows}\n"
    with pytest.raises(ConfigError) as caught:
        config.loads(text, path=tmp_path / "sources.yaml")
    problem = caught.value.problems[0]
    assert said in str(problem)
    assert problem.line == line
    assert "warcs" in problem.path
