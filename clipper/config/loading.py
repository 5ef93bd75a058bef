"""One file into one valid `Config`, or all of its problems."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from clipper.config import budgets, build, nodes
from clipper.config.briefs import brief
from clipper.config.build import CheckQuery, Checks, CheckTemplate, Lists
from clipper.config.notices import notices
from clipper.config.places import places
from clipper.config.reader import Found, Place, Problems, read
from clipper.config.values import Config
from clipper.config.warcs import warcs
from clipper.errors import ConfigError, Problem

FILE_NAME: Final = "sources.yaml"
DATA_NAME: Final = "data"


def load(
    path: str | os.PathLike[str],
    *,
    env: Mapping[str, str] | None = None,
    data: str | os.PathLike[str] | None = None,
    check_query: CheckQuery | None = None,
    check_template: CheckTemplate | None = None,
) -> Config:
    """The config in the file `path`; raises `ConfigError` with every problem in it.

    The data folder is `data`, else `CLIPPER_DATA` of `env` (default: the process's),
    else `data` beside the file. `check_query` reads a query or raises `QueryError`
    (default: `clipper.query.parse`); `check_template` says what is wrong with an
    attribution template, "" when nothing is.
    """
    environ = os.environ if env is None else env
    place = Path(path).expanduser().absolute()
    problems = Problems(Path(path).name)
    raw = _bytes(place, problems)
    folder = _data_folder(place, data or environ.get("CLIPPER_DATA"), problems)
    checks = Checks(check_query or _parse_query, check_template or build.template_complaint)
    return _judge(raw, place, folder, checks, problems)


def loads(
    text: str,
    *,
    path: str | os.PathLike[str] = FILE_NAME,
    env: Mapping[str, str] | None = None,
    check_query: CheckQuery | None = None,
    check_template: CheckTemplate | None = None,
) -> Config:
    """The config in `text`, as if it stood in the file `path`; otherwise like `load`.

    For an edited config that is to be judged before it replaces the old one.
    """
    environ = os.environ if env is None else env
    place = Path(path).expanduser().absolute()
    problems = Problems(place.name)
    folder = _data_folder(place, environ.get("CLIPPER_DATA"), problems)
    checks = Checks(check_query or _parse_query, check_template or build.template_complaint)
    return _judge(text.encode("utf-8", "replace"), place, folder, checks, problems)


def _judge(raw: bytes, place: Path, data: Path, checks: Checks, problems: Problems) -> Config:
    try:
        top = read(nodes.parse(raw), problems)
    except nodes.YamlError as error:
        problems.add(Place(error.line, ""), error.text, error.remedy)
        raise ConfigError(problems.all()) from None
    return _config(top, place, data, checks, problems)


def _parse_query(query: str, lists: Lists) -> object:
    # Read here, not above: a config without queries need not pay for the language.
    from clipper.query import parse

    return parse(query, lists)


def _bytes(place: Path, problems: Problems) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(nodes.MAX_BYTES + 1)
    except FileNotFoundError:
        text, remedy = "there is no such file.", "Write one with: clipper init"
    except IsADirectoryError:
        text, remedy = "this is a folder.", f"Name the file in it: {place / FILE_NAME}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        text, remedy = f"the file can't be read ({reason}).", "Check its path and its rights."
    problems.add(Place(0, ""), text, remedy)
    raise ConfigError(problems.all())


def _data_folder(place: Path, named: str | os.PathLike[str] | None, problems: Problems) -> Path:
    folder = Path(named).expanduser().absolute() if named else place.parent / DATA_NAME
    complaint = _unusable(folder)
    if complaint:
        problems.add(
            Place(0, ""),
            f"the data folder {folder} {complaint}",
            "Name another with --data or CLIPPER_DATA.",
        )
    return folder


def _unusable(folder: Path) -> str:
    """Why nothing can be kept in `folder`, judged by the nearest folder that exists."""
    try:
        there = next(one for one in (folder, *folder.parents) if one.exists() or one.is_symlink())
        if not there.is_dir():
            return f"can't be used: {there} is no folder." if there != folder else "is no folder."
        return "" if os.access(there, os.W_OK | os.X_OK) else "may not be written to."
    except (OSError, ValueError) as error:
        return f"can't be used ({getattr(error, 'strerror', None) or error})."


def _config(top: Found, place: Path, data: Path, checks: Checks, problems: Problems) -> Config:
    outlets, sources = build.outlets(top, place.parent, problems)
    lists = build.lists(top, problems)
    campaigns = build.campaigns(top, lists, checks, problems)
    tags = build.tags(top, campaigns, lists, checks, problems)
    build.templates(top, checks, problems)
    made = Config(
        path=place,
        data=data,
        outlets=outlets,
        sources=sources,
        campaigns=campaigns,
        tags=tags,
        lists=lists,
        network=build.network(top, place.parent),
        site=build.site(top, place.parent, data, problems),
        places=places(top, place.parent, problems),
        depot=build.depot(top, place.parent, problems),
        witness=build.witness(top),
        stamps=build.stamps(top, place.parent, problems),
        brief=brief(top, problems),
        notices=notices(top, problems),
        warcs=warcs(top, place.parent, data, problems),
        desk=(top["desk"]["url"].value or "").rstrip("/"),
        rhythm=build.rhythm(top, problems),
        attribution=top["attribution"].value or "",
        budget=budgets.budget(top),
        warnings=_warnings(top, place.name),
    )
    if problems.all():
        raise ConfigError(problems.all())
    return made


def _warnings(top: Found, file: str) -> tuple[Problem, ...]:
    doubts = list(budgets.warnings(top, file))
    if not top["outlets"].some():
        doubts.append(
            Problem(
                file=file,
                line=0,
                path="outlets",
                text="no outlet is named.",
                remedy="Add one: clipper sources add https://outlet.example",
            )
        )
    if not top["campaigns"].some() and not top["tags"].value:
        doubts.append(
            Problem(
                file=file,
                line=0,
                path="campaigns",
                text="no campaign is named, so nothing will be put before you.",
                remedy="Add one: `- name: …` and below it `query: '…'`.",
            )
        )
    return tuple(doubts)
