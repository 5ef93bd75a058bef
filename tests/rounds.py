"""What tests of whole rounds share: the demo's outlets, and runs of the real command."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def clipper(folder: Path, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder` as a user would; `expect` is its exit code, None for any."""
    done = subprocess.run(command(*words), cwd=folder, capture_output=True, text=True, env=plain())
    if expect is not None:
        assert done.returncode == expect, (
            f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        )
    return done


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "clipper", *words]


def plain() -> dict[str, str]:
    """The environment without settings of clipper's own."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CLIPPER_")}


def ledger(folder: Path, *words: str, expect: int | None = 0) -> dict[str, dict[str, Any]]:
    """One round's ledger, by source."""
    done = clipper(folder, "fetch", "--json", *words, expect=expect)
    return {line["source"]: line for line in json.loads(done.stdout)["sources"]}


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    """What the store of `folder` holds."""
    db = sqlite3.connect(folder / "data" / "clipper.db")
    try:
        return db.execute(statement).fetchall()
    finally:
        db.close()


def total(lines: dict[str, dict[str, Any]], column: str) -> int:
    return sum(line[column] for line in lines.values())
