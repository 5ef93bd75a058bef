"""The command line as a press officer meets it: words, exit codes, and what comes next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clipper import demo
from clipper.cli import main

from .rounds import NOW, clipper


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was fetched."""
    place = tmp_path_factory.mktemp("desk")
    with demo.serve(NOW, port_base=0, corrected=True) as servers:
        demo.write_config(place, servers)
        clipper(place, "fetch", "--quiet")
    return place


def run(
    folder: Path, capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0
) -> tuple[str, str]:
    """Run a command in this process; its output and its complaints."""
    place = ["--config", str(folder / "sources.yaml")]
    code = main([*place, *words])
    out, err = capsys.readouterr()
    assert code == expect, f"{words}: {code}\n{out}\n{err}"
    return out, err


def queued(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return json.loads(run(folder, capsys, "queue", "--json")[0])  # type: ignore[no-any-return]


def test_init_writes_a_config_that_check_finds_good(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tmp_path, capsys, "init")
    out, _ = run(tmp_path, capsys, "check")
    assert "is good" in out


def test_init_never_overwrites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "sources.yaml").write_text("mine")
    _, err = run(tmp_path, capsys, "init", expect=1)
    assert "exists already" in err
    assert (tmp_path / "sources.yaml").read_text() == "mine"


def test_check_lists_every_problem_with_its_line_and_the_nearest_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources.yaml").write_text(
        "outlets:\n  - name: A\n    fed: https://a.example/feed\n"
        "campaigns:\n  - name: B\n    query: '(prison'\n"
    )
    out, _ = run(tmp_path, capsys, "check", expect=1)
    assert "sources.yaml:3" in out
    assert "feed" in out
    assert "sources.yaml:6" in out


def test_without_arguments_it_says_what_comes_next(
    tmp_path: Path, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "clipper init" in run(tmp_path, capsys)[0]
    assert "clipper queue" in run(desk, capsys)[0]


def test_a_mistyped_command_gets_the_nearest_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, err = run(tmp_path, capsys, "fecth", expect=2)
    assert "clipper fetch" in err


@pytest.mark.parametrize("words", [["queue"], ["show", "1"], ["approve", "1"], ["search", "x"]])
def test_before_the_first_round_commands_say_to_fetch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    run(tmp_path, capsys, "init")
    _, err = run(tmp_path, capsys, *words, expect=1)
    assert "clipper fetch" in err


def test_the_queue_can_be_narrowed_to_a_campaign_by_name(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = queued(desk, capsys)
    out, _ = run(desk, capsys, "queue", "--campaign", "calls from jail", "--json")
    some = json.loads(out)
    assert 0 < len(some) < len(everything)
    assert all("calls-from-jail" in clipping["campaigns"] for clipping in some)


def test_an_unknown_campaign_gets_the_nearest_name(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, err = run(desk, capsys, "queue", "--campaign", "Prison divestmnt", expect=1)
    assert "Prison divestment" in err


def test_show_gives_the_reasons_in_the_articles_own_words(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(queued(desk, capsys)[0]["id"])
    out, _ = run(desk, capsys, "show", number)
    assert "Why " in out
    assert "[" in out
    assert "Via " in out
    assert "Continue reading: http" in out
    assert "are allowed)" in out
    assert "Limit: " in out
    limit = json.loads(run(desk, capsys, "show", number, "--json")[0])["limit"]
    assert limit["words"] <= limit["allowed"]
    assert limit["over"] == []


def test_an_excerpt_must_be_the_articles_own_words(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(queued(desk, capsys)[0]["id"])
    out, err = run(desk, capsys, "approve", number, "--excerpt", "Words nobody wrote.", expect=1)
    assert "own words" in err
    assert "clipper publish" not in out
    assert number in {str(clipping["id"]) for clipping in queued(desk, capsys)}


def test_a_note_of_ones_own_is_put_above_the_excerpt(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = str(queued(desk, capsys)[0]["id"])
    run(desk, capsys, "reword", number, expect=2)
    run(desk, capsys, "reword", number, "--note", "Come on Monday.")
    assert "Our note: Come on Monday." in run(desk, capsys, "show", number)[0]
    run(desk, capsys, "reword", number, "--note", "")
    assert "Our note" not in run(desk, capsys, "show", number)[0]
    long = json.loads(run(desk, capsys, "show", number, "--json")[0])["text"]
    run(desk, capsys, "reword", number, "--excerpt", long.partition("\n")[0])


def test_an_image_is_given_and_taken_away(
    desk: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image", reason="images are an extra")
    image.new("RGB", (20, 20), "red").save(tmp_path / "red.png")
    number, file = str(queued(desk, capsys)[0]["id"]), str(tmp_path / "red.png")
    run(desk, capsys, "illustrate", number, expect=2)
    assert "what the image shows" in run(desk, capsys, "illustrate", number, file, expect=1)[1]
    missing = str(tmp_path / "none.png")
    assert "can't be read" in run(desk, capsys, "illustrate", number, missing, expect=1)[1]
    run(desk, capsys, "illustrate", number, file, "--alt", "A red square")
    assert "Image: A red square" in run(desk, capsys, "show", number)[0]
    run(desk, capsys, "illustrate", number, "--none")
    assert "Image:" not in run(desk, capsys, "show", number)[0]


def test_from_decision_to_page(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Approve, publish, and find the update with its credit; reject needs no more than an ID."""
    first, second, *_ = queued(desk, capsys)
    run(desk, capsys, "approve", str(first["id"]), "--headline", "A headline of ours")
    run(desk, capsys, "reject", str(second["id"]), "--reason", "off-topic")
    out, _ = run(desk, capsys, "publish", "--dry-run")
    assert "dry run" in out
    page = desk / "data" / "site" / "index.html"
    assert not page.exists()
    run(desk, capsys, "publish")
    html = page.read_text()
    assert "A headline of ours" in html
    assert "Continue reading" in html
    status = json.loads(run(desk, capsys, "queue", "--status", "published", "--json")[0])
    assert [clipping["id"] for clipping in status] == [first["id"]]
    built = page.stat().st_mtime_ns
    run(desk, capsys, "publish")
    assert page.stat().st_mtime_ns == built


def test_a_published_clipping_is_not_requeued_silently(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(desk, capsys, "approve", str(queued(desk, capsys)[0]["id"]))
    run(desk, capsys, "publish")
    out = run(desk, capsys, "queue", "--status", "published", "--json")[0]
    number = str(json.loads(out)[0]["id"])
    _, err = run(desk, capsys, "requeue", number, expect=1)
    assert number in err


def test_search_finds_what_matched_no_campaign_and_ignores_accents(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(desk, capsys, "search", "adelanto")
    assert "article" in out
    assert "Nothing was found" in run(desk, capsys, "search", "zzzzqqq")[0]


@pytest.mark.parametrize("words", ['"', "a AND", "(", "*", "title:", "-x", "(" * 1000])
def test_search_takes_any_words_without_complaint(
    desk: Path, capsys: pytest.CaptureFixture[str], words: str
) -> None:
    run(desk, capsys, "search", "--", words)


def test_an_unknown_clipping_is_named(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, err = run(desk, capsys, "show", "99999", expect=1)
    assert "99999" in err
    assert "Traceback" not in err
