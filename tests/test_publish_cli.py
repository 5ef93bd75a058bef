"""`clipper publish`, `withdraw` and `publishers`, as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from clipper import desk
from clipper.cli import main
from clipper.model import Budget
from clipper.store import Store

from . import keeping

CONFIG = """\
outlets:
  - name: The Daily
    slug: daily
    feed: https://daily.example/feed
campaigns:
  - name: Prison divestment
    query: prison*
publish:
  markdown:
    folder: news
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "data").mkdir()
    with Store.create(tmp_path / "data" / "clipper.db") as store:
        number = keeping.queued(keeping.synced(store))
        desk.approve(store, number, who="ana", now=keeping.NOW, budget=Budget(words=200, share=1))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(file.name for file in (folder / "news").glob("*.md"))


def test_a_dry_run_names_each_place_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "site: new: City sells" in said
    assert "markdown: new: City sells (clipping-1)" in said
    assert not (folder / "news").exists()
    assert not (folder / "data" / "site").exists()


def test_publishing_withdrawing_and_what_stands(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publish"]) == 0
    assert len(files(folder)) == 1
    assert main(["publishers"]) == 0
    assert "markdown: 1 update in place." in capsys.readouterr().out
    assert main(["withdraw", "1", "--reason", "the outlet retracted it"]) == 0
    assert files(folder) == []
    assert (
        list((folder / "data" / "site" / "updates").glob("*")) == []
        or not (folder / "data" / "site" / "updates").exists()
    )


def test_a_file_that_was_edited_or_deleted_is_asked_about(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["publish"])
    [name] = files(folder)
    file = folder / "news" / name
    file.write_text(file.read_text(encoding="utf-8") + "\nby hand\n", encoding="utf-8")
    assert main(["publish"]) == 0
    assert "edited there; left as it is" in capsys.readouterr().out
    file.unlink()
    assert main(["publish"]) == 1
    assert "clipper publish --ours ID" in capsys.readouterr().out
    assert main(["publish", "--theirs", "1"]) == 0
    assert main(["publish"]) == 0
    assert files(folder) == []
    assert main(["publish", "--ours", "1"]) == 0
    assert files(folder) == [name]


def test_the_preflight_names_a_folder_that_is_not_ours(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["publishers", "check"]) == 0
    (folder / "data" / "site").mkdir()
    (folder / "data" / "site" / "mine.html").write_text("mine", encoding="utf-8")
    assert main(["publishers", "check"]) == 1
    assert "files that clipper did not write" in capsys.readouterr().out


def test_a_secret_that_is_not_set_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = folder / "sources.yaml"
    more = "  wordpress:\n    url: https://blog.example\n    user: clipper\n"
    config.write_text(CONFIG + more, encoding="utf-8")
    assert main(["publish"]) != 0
    assert "CLIPPER_WORDPRESS_PASSWORD is not set" in capsys.readouterr().err
