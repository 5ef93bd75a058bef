"""The reference of the schema says what the store is."""

from __future__ import annotations

import re
from pathlib import Path

from clipper.store import Store, opening
from clipper.store.articles import MOST_VERSIONS
from clipper.store.entries import MOST_REVISIONS
from clipper.store.schema import APPLICATION_ID

PAGE = (Path(__file__).parents[1] / "docs" / "reference" / "schema.md").read_text(encoding="utf-8")


def test_the_reference_names_each_table_and_no_other(tmp_path: Path) -> None:
    with Store.create(tmp_path / "clipper.db") as store:
        rows = store._connection.rows("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {row["name"] for row in rows}
    described = set(re.findall(r"\*\*`(\w+)`\*\*", PAGE))
    assert described <= tables
    assert tables - described == {t for t in tables if t.startswith("article_fts_")}
    assert all(f"`{table}`" in PAGE for table in tables)


def test_the_columns_that_the_reference_names_exist(tmp_path: Path) -> None:
    """Each name in code type in a table's paragraph is a column, a table or a value."""
    with Store.create(tmp_path / "clipper.db") as store:
        columns = {
            table: {row["name"] for row in store._connection.rows(f"PRAGMA table_info({table})")}
            for table in re.findall(r"\*\*`(\w+)`\*\*", PAGE)
        }
    known = set().union(*columns.values()) | set(columns) | {"key"}
    for table in columns:
        paragraph = re.search(rf"\*\*`{table}`\*\*.*", PAGE)
        assert paragraph
        named = set(re.findall(r"`([a-z_]+)`", paragraph[0])) - {
            "pending",
            "saved",
            "known",
            "state",
        }
        strangers = {
            name for name in named if name not in known and not name.startswith("article_fts_")
        }
        assert not strangers, (table, strangers)


def test_the_figures_that_the_reference_gives_are_the_codes() -> None:
    assert f"0x{APPLICATION_ID:08X}".replace("0X", "0x") in PAGE
    assert f"at most {MOST_REVISIONS}." in PAGE
    assert f"at most {MOST_VERSIONS - 1}." in PAGE
    assert f"Up to {opening.CHECKED_BYTES // 2**20} MB" in PAGE
