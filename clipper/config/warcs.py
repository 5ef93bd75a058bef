"""The list `warcs`: folders into which others put web archives, to be taken in by itself."""

from __future__ import annotations

import os.path
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clipper.config.kinds import shown
from clipper.config.reader import Found, Problems

MOST_BYTES: Final = 4_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFolder:
    """A folder that is looked through. `folder` is absolute; a file of more than `most_bytes`
    is left alone."""

    name: str
    folder: Path
    most_bytes: int = MOST_BYTES


def warcs(top: Found, home: Path, data: Path, problems: Problems) -> tuple[WarcFolder, ...]:
    """The folders; doubled ones, and those that hold clipper's own archive, are problems.

    `home` is the config's folder, `data` the data folder. Whether a folder is there is not
    asked: its disk may not be mounted just now.
    """
    made: list[tuple[WarcFolder, int]] = []
    for row in top["warcs"].some():
        folder = row["folder"].value
        if folder is None:
            continue  # told already
        path = _path(folder, home)
        plan = WarcFolder(
            name=row["name"].value or path.name or str(path),
            folder=path,
            most_bytes=int(row["max_gigabytes"].value * 1_000_000_000),
        )
        complaint, remedy = _complaint(plan, made, data)
        if complaint:
            problems.add(row["folder"].place, complaint, remedy)
        made.append((plan, row.place.line))
    return tuple(plan for plan, _ in made)


def _complaint(plan: WarcFolder, made: list[tuple[WarcFolder, int]], data: Path) -> tuple[str, str]:
    where = shown(str(plan.folder))
    own = _path(str(data), data)
    if plan.folder == own or plan.folder in own.parents or own in plan.folder.parents:
        return (
            f"{where} is, holds or lies in clipper's own data folder.",
            "Name a folder that only others write to.",
        )
    for other, line in made:
        if plan.folder == other.folder:
            return f"the folder {where} stands on line {line} already.", "Keep one of the two."
        if other.folder in plan.folder.parents or plan.folder in other.folder.parents:
            return (
                f"{where} and {shown(str(other.folder))} of line {line} lie in each other.",
                "Keep the outer one: folders in it are looked through too.",
            )
        if plan.name == other.name:
            return f"{shown(plan.name)} is the name of line {line} already.", "Add `name: …`."
    return "", ""


def _path(value: str, home: Path) -> Path:
    # By its words alone: to resolve links would ask a disk that may not answer.
    try:
        return Path(os.path.normpath(home / Path(value).expanduser()))
    except RuntimeError:
        return home / value
