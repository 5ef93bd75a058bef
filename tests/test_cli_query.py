"""Looking back from the command line: query, rematch, story, as a press officer meets them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clipper import demo
from clipper.cli import main
from clipper.model import Kinship
from clipper.store import Store

from .keeping import synced
from .looking_back import Desk, rules
from .rounds import NOW, clipper, rows


@pytest.fixture(scope="module")
def fetched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was fetched."""
    place = tmp_path_factory.mktemp("fetched")
    with demo.serve(NOW, port_base=0, corrected=False) as servers:
        demo.write_config(place, servers)
        clipper(place, "fetch", "--quiet")
    return place


@pytest.fixture
def desk(fetched: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    shutil.copytree(fetched, tmp_path / "desk")
    return tmp_path / "desk"


def run(
    folder: Path, capsys: pytest.CaptureFixture[str], *words: str, expect: int = 0
) -> tuple[str, str]:
    code = main(["--config", str(folder / "sources.yaml"), *words])
    out, err = capsys.readouterr()
    assert code == expect, f"{words}: {code}\n{out}\n{err}"
    return out, err


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "sources.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def values(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    return json.loads(run(folder, capsys, *words, "--json")[0])


# ---------------------------------------------------------------- query


def test_the_traps_of_the_demo_show_in_a_rehearsal_and_braces_mend_them(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ICE and ice: the first try finds the rinks, the mended one does not."""
    out, _ = run(fetched, capsys, "query", "test", "ICE")
    assert "[Ice]" in out or "[ice]" in out
    mended, _ = run(fetched, capsys, "query", "test", "{ICE} NEAR/20 (detenid* OR hunger)")
    assert "[ICE]" in mended
    assert "[ice]" not in mended


def test_a_rehearsal_says_how_many_of_how_many_and_what_became_of_them(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = values(fetched, capsys, "query", "test", "prison*", "--limit", "2")
    assert len(found["hits"]) == 2
    assert found["stories"] > 2
    assert found["complete"] is True
    assert sum(found["decisions"].values()) <= found["stories"]
    assert sum(found["outlets"].values()) == found["articles"]
    out, _ = run(fetched, capsys, "query", "test", "prison*", "--limit", "2")
    assert f"the first 2 of {found['stories']}" in out


def test_a_rehearsal_beside_a_campaign_tells_gained_and_lost(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, _ = run(fetched, capsys, "query", "test", "school", "--campaign", "prison divestment")
    assert "In place of 2 queries of Prison divestment" in out
    assert "Gained" in out
    assert "Lost" in out


def test_a_query_that_cannot_be_read_is_marked_at_the_place(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, err = run(fetched, capsys, "query", "test", "prison AND (jail", expect=1)
    assert "^" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("time", ["yesterday", "30", "5y", "-3d"])
def test_a_since_that_is_no_time_is_answered_with_examples(
    fetched: Path, capsys: pytest.CaptureFixture[str], time: str
) -> None:
    _, err = run(fetched, capsys, "query", "test", "x", "--since", time, expect=2)
    assert "30d" in err


def test_explain_and_why_not_answer_for_a_clipping_an_article_or_a_story(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Which story is clipping 1 depends on which outlet answers first.
    anything = "prison* OR carcel OR detention OR detencion OR jail* OR ICE OR llamada*"
    out, _ = run(fetched, capsys, "query", "explain", "1", anything)
    assert "It matches." in out
    found = values(fetched, capsys, "query", "explain", "1", "zebra")
    same = values(fetched, capsys, "query", "explain", f"article:{found['article']}", "zebra")
    assert found == same
    assert found["queries"][0]["matches"] is False
    of_story = values(fetched, capsys, "query", "explain", f"story:{found['story']}", "zebra")
    assert of_story["story"] == found["story"]


def test_why_not_speaks_of_each_query_of_the_campaign(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = values(
        fetched, capsys, "query", "why-not", "article:1", "--campaign", "immigration detention"
    )
    assert len(found["queries"]) == 3
    assert all(each["matches"] or each["why_not"]["text"] for each in found["queries"])


def test_an_id_that_names_nothing_is_explained(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "article:31" in run(fetched, capsys, "query", "explain", "x1", "a", expect=2)[1]
    assert "99999" in run(fetched, capsys, "query", "explain", "99999", "a", expect=1)[1]


def test_import_translates_without_a_config_and_lists_the_differences(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("query", "import", "--from", "google", "intitle:prison divest")
    found = values(tmp_path, capsys, *words)
    assert found["query"] == "title:prison AND divest"
    assert found["differences"]
    _, err = run(tmp_path, capsys, "query", "import", "--from", "gogle", "x", expect=1)
    assert "google" in err


def test_lint_reads_all_queries_of_the_config_or_one(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "0 doubts in 7 queries" in run(fetched, capsys, "query", "lint")[0]
    out, _ = run(fetched, capsys, "query", "lint", "pr* prisson")
    assert "No article of the archive holds prisson" in out


def test_lint_works_before_anything_was_fetched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "1 doubt in 1 query" in run(tmp_path, capsys, "query", "lint", "pr*")[0]


# ---------------------------------------------------------------- rematch


def test_rematch_follows_an_edited_config_and_a_dry_run_tells_it_first(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "Nothing changes" in run(desk, capsys, "rematch")[0]
    edit(desk, "jail* OR inmate* OR cárcel* OR prison*", "zebra*")
    before = rows(desk, "SELECT id, status, version FROM clipping")
    dry, _ = run(desk, capsys, "rematch", "--dry-run")
    assert "nothing was changed" in dry
    assert rows(desk, "SELECT id, status, version FROM clipping") == before
    out, _ = run(desk, capsys, "rematch")
    assert "left the queue" in out
    gone = values(desk, capsys, "queue", "--status", "rejected")
    assert gone
    assert {each["reason"] for each in gone} == {"no longer matched after the query was edited"}
    run(desk, capsys, "requeue", str(gone[0]["id"]))
    assert "Nothing changes" in run(desk, capsys, "rematch")[0]


def test_rematch_gives_scripts_one_change_a_line(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(desk, "llamada*)", "llamada* OR phone*)")
    edit(desk, "tags:\n  Students: '(student*", "tags:\n  Students: '(zebra*")
    lines = run(desk, capsys, "rematch", "--json")[0].splitlines()
    changes = [json.loads(line) for line in lines]
    assert any(change["withdrawn"] == ["Students"] for change in changes)
    assert run(desk, capsys, "rematch", "--json")[0] == ""


def test_rematch_of_an_unknown_campaign_names_the_nearest(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, err = run(fetched, capsys, "rematch", "--campaign", "Cals from jail", expect=1)
    assert "Calls from jail" in err


# ---------------------------------------------------------------- story


def story_with_copies(folder: Path) -> tuple[int, int, int]:
    """A clipping whose story has several copies: clipping, story, an article not credited."""
    (found, *_) = rows(
        folder,
        """
        SELECT clipping.id, clipping.story, max(article.id) FROM clipping
        JOIN article ON article.story = clipping.story AND article.id <> clipping.article
        GROUP BY clipping.id ORDER BY count(*) DESC
        """,
    )
    return found  # type: ignore[return-value]


def test_story_shows_the_copies_with_kinship_and_evidence(
    fetched: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clipping, story, _ = story_with_copies(fetched)
    out, _ = run(fetched, capsys, "story", str(clipping))
    assert f"story:{story}" in out
    assert "the same copy in another outlet" in out
    assert "shared)" in out
    found = values(fetched, capsys, "story", "show", f"story:{story}")
    assert found["clipping"] == clipping
    assert sum(each["primary"] for each in found["copies"]) == 1


def test_split_and_merge_from_the_command_line_are_kept_by_a_rebuild(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clipping, story, article = story_with_copies(desk)
    done = values(desk, capsys, "story", "split", f"article:{article}")
    assert done["story"] != story
    rebuilt = values(desk, capsys, "stories", "rebuild")
    assert rebuilt["moved"] == []
    merged = values(desk, capsys, "story", "merge", str(clipping), f"article:{article}")
    assert merged["story"] == story
    assert merged["clipping"] == clipping
    assert merged["joined"] == done["queued"]
    assert "every one is where it belongs" in run(desk, capsys, "stories", "rebuild")[0]


def test_a_story_cannot_be_split_as_a_whole_nor_alone(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, story, _ = story_with_copies(desk)
    assert "Name an article" in run(desk, capsys, "story", "split", f"story:{story}", expect=2)[1]
    (alone,) = rows(desk, "SELECT min(id) FROM article GROUP BY story HAVING count(*) = 1")[0]
    _, err = run(desk, capsys, "story", "split", f"article:{alone}", expect=1)
    assert "only one" in err


def test_a_correction_shows_word_by_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir()
    with Store.create(tmp_path / "data" / "clipper.db") as store:
        desk = Desk(synced(store), rules())
        first = desk.takes("The board voted 5 to 2 on the private prison.", "A vote")
        desk.takes(
            "The board voted 4 to 3 on the private prison.", "A vote",
            joining=first, kinship=Kinship.VERSION,
        )  # fmt: skip
    out, _ = run(tmp_path, capsys, "story", "1")
    assert "text: The board voted [-5-] [+4+] to [-2-] [+3+] on the private prison." in out
    (copy,) = values(tmp_path, capsys, "story", "1")["copies"]
    (version,) = copy["versions"]
    assert ["cut", "5"] in version["text"]
