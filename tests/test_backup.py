"""A backup is whole, also when made under load, and what is put back is what was there."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from clipper import backup, demo
from clipper.archive import Archive
from clipper.cli import main
from clipper.model import Page, Snapshot
from clipper.store import Store

from .rounds import NOW, clipper
from .test_round import kept

CONFIG = """
outlets:
  - name: The Daily
    feed: https://daily.example/feed
campaigns:
  - name: Prisons
    query: prison
"""


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("fetched")
    with demo.serve(NOW, port_base=0, corrected=True) as servers:
        demo.write_config(place, servers)
        clipper(place, "fetch")
        yield place


def test_what_is_put_back_is_what_was_there(
    fetched: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, back = tmp_path / "copy", tmp_path / "back"
    back.mkdir()
    assert main(["--config", str(fetched / "sources.yaml"), "backup", str(copy), "--verify"]) == 0
    assert "is whole" in capsys.readouterr().out
    assert main(["--config", str(back / "sources.yaml"), "backup", str(copy), "--restore"]) == 0
    assert kept(back) == kept(fetched)
    clipper(back, "fetch")
    assert kept(back) == kept(fetched)
    assert copy.stat().st_mode & 0o077 == 0


def test_posts_theme_keys_and_images_are_put_back_too_and_nothing_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    here, back = tmp_path / "here", tmp_path / "back"
    config = CONFIG + "publish:\n  posts: news/posts\n  theme: ours\n"
    files = {
        "sources.yaml": config,
        "news/posts/2026/vote.md": "---\ntitle: We vote\n---\n",
        "ours/style.css": "p { color: red }",
        "data/links.key": "secret",
        "data/images/a/one.png": "image",
        "data/site/index.html": "made anew",
        "data/.site-7/index.html": "made anew",
        "elsewhere.txt": "not ours",
    }
    for name, text in files.items():
        (here / name).parent.mkdir(parents=True, exist_ok=True)
        (here / name).write_text(text)
    (here / "data" / "links.key").chmod(0o600)
    (here / "news" / "posts" / "out.md").symlink_to(here / "elsewhere.txt")
    Store.create(here / "data" / "clipper.db").close()
    (here / "data" / "archive").mkdir()
    copy = tmp_path / "copy"
    assert main(["--config", str(here / "sources.yaml"), "backup", str(copy), "--verify"]) == 0
    (back / "ours").mkdir(parents=True)
    (back / "ours" / "style.css").write_text("p { color: blue }")
    assert main(["--config", str(back / "sources.yaml"), "backup", str(copy), "--restore"]) == 0
    there = {
        str(path.relative_to(back)): path.read_text(errors="replace")
        for path in back.rglob("*")
        if path.is_file() and not path.name.startswith("clipper.db")
    }
    assert there == {
        "sources.yaml": config,
        "news/posts/2026/vote.md": files["news/posts/2026/vote.md"],
        "ours/style.css": "p { color: blue }",
        "data/links.key": "secret",
        "data/images/a/one.png": "image",
    }
    assert (back / "data" / "links.key").stat().st_mode & 0o077 == 0
    (copy / "beside" / "posts" / "2026" / "vote.md").write_text("forged")
    capsys.readouterr()
    assert main(["--config", str(back / "sources.yaml"), "backup", str(copy), "--verify"]) == 1
    assert "beside/posts/2026/vote.md is not what was written" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["data/../../x", "beside/../x", "/etc/x", "data/", "archive/a/b", "else/x"]
)
def test_a_list_that_names_files_elsewhere_is_no_backup(tmp_path: Path, name: str) -> None:
    told = {"files": {"clipper.db": [0, ""], name: [0, ""]}}
    (tmp_path / "backup.json").write_text(json.dumps(told))
    with pytest.raises(backup.BackupError, match="names other files"):
        backup.verify(tmp_path, NOW)


def page(number: int) -> Page:
    url = f"https://daily.example/{number}"
    body = f"<p>{number}</p>".encode() * 400
    return Page(url=url, asked=url, body=body, fetched_at=NOW)


def test_a_backup_under_load_points_at_nothing_that_it_lacks(tmp_path: Path) -> None:
    """A writer captures pages and saves rows that point at them, all the time; the archive
    rolls over to new files meanwhile."""
    begun, enough, data = threading.Semaphore(0), threading.Event(), tmp_path / "data"

    def write(store: Store, archive: Archive) -> None:
        number = 0
        while not enough.is_set():
            (snapshot,) = archive.capture([page(number)])
            note(store, snapshot)
            number += 1
            begun.release()

    with (
        Store.create(data / "clipper.db") as store,
        Archive(data / "archive", now=lambda: NOW, roll_bytes=20_000) as archive,
    ):
        writer = threading.Thread(target=write, args=(store, archive))
        writer.start()
        try:
            made = []
            for turn in range(4):
                for _ in range(25):
                    assert begun.acquire(timeout=60)
                copy = tmp_path / f"copy-{turn}"
                backup.make(store, data / "archive", tmp_path / "none.yaml", copy, NOW)
                made.append(copy)
        finally:
            enough.set()
            writer.join()
    pages = [backup.verify(copy, NOW) for copy in made]
    assert [found.faults for found in pages] == [()] * 4
    assert 25 <= pages[0].pages < pages[-1].pages

    backup.restore(made[-1], tmp_path / "back", tmp_path / "sources.yaml")
    with (
        Store.open(tmp_path / "back" / "clipper.db") as store,
        Archive(tmp_path / "back" / "archive", now=lambda: NOW) as archive,
    ):
        (snapshot,) = archive.capture([page(10_000)])
        assert archive.read(snapshot).body == page(10_000).body
        assert sum(1 for _ in store.snapshots.all()) == pages[-1].pages


def note(store: Store, snapshot: Snapshot) -> None:
    with store.transaction():
        store.articles._keep_snapshot(snapshot)


@pytest.mark.parametrize("name", ["clipper.db", "archive", "sources.yaml", "backup.json"])
def test_a_damaged_backup_is_named_and_not_put_back(
    fetched: Path, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = tmp_path / "copy"
    told = ["--config", str(fetched / "sources.yaml"), "backup", str(copy)]
    assert main(told) == 0
    path = copy / name
    if path.is_dir():
        path = next(path.iterdir())
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert main([*told, "--verify"]) == 1
    new = tmp_path / "new" / "sources.yaml"
    assert main(["--config", str(new), "backup", str(copy), "--restore"]) == 1
    assert not (tmp_path / "new").exists()
    assert "Traceback" not in capsys.readouterr().err


def test_nothing_that_is_there_is_replaced(fetched: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    told = ["--config", str(fetched / "sources.yaml"), "backup", str(copy)]
    assert main(told) == 0
    assert main(told) == 1
    before = kept(fetched)
    assert main([*told, "--restore"]) == 1
    assert kept(fetched) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
