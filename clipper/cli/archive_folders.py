"""`clipper archive folders`: the folders that web archives are taken in from, and each file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .. import text
from ..errors import NotFound
from .home import Home, now
from .words import ago, count, put_json

if TYPE_CHECKING:
    from ..model import WarcFile, WarcFolderState
    from ..store import Store

WORDS: Mapping[str, str] = {
    "waiting": "may still be being written",
    "begun": "is being taken in, or was cut off",
    "partly": "taken in as far as the last round came",
    "taken": "taken in",
    "copy": "a copy of",
    "damaged": "could not be taken in whole",
    "too-large": "too large",
    "link": "a link, which is not followed",
    "unreadable": "can't be read",
    "given-up": "left alone, for clipper was ended while it took it in",
}
"""How far a file came, in words."""


@click.command()
@click.option("--again", metavar="FILE", multiple=True,
              help="Have a file looked at anew at the next round.")  # fmt: skip
@click.option("--all", "show_all", is_flag=True, help="List also what no longer lies there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def folders(home: Home, again: tuple[str, ...], show_all: bool, as_json: bool) -> None:
    """List the folders that web archives are taken in from, and what became of each file.

    The folders stand under 'warcs:' in sources.yaml; 'clipper fetch', 'clipper run' and
    'clipper schedule' take in what is new in them.
    """
    config = home.config
    with home.open_store(create=True) as store:
        store.warcs.sync({str(each.folder): each.name for each in config.warcs})
        states = store.warcs.folders()
        if again:
            for name in again:
                click.echo(_again(store, states, name))
            return
        files = {state.folder: _listed(store, state.folder, show_all) for state in states}
    if as_json:
        put_json([_as_json(state, files[state.folder]) for state in states])
        return
    if not states:
        click.echo(f"{home.config_path.name} names no folder of web archives (warcs: folder: …).")
    for state in states:
        for line in _told(state, files[state.folder]):
            click.echo(line)


def _listed(store: Store, folder: str, show_all: bool) -> list[WarcFile]:
    return [file for file in store.warcs.files(folder).values() if file.there or show_all]


def _again(store: Store, states: Iterable[WarcFolderState], name: str) -> str:
    """Mark the file of that name, or path; NotFound when no folder has it."""
    for state in states:
        file = name.removeprefix(f"{state.folder}/")
        if store.warcs.get(state.folder, file) is not None:
            store.warcs.again(state.folder, file)
            return f"{state.name}: {file} is looked at anew at the next round: clipper fetch"
    raise NotFound(f"no file {name!r} was met in a folder. 'clipper archive folders' lists them.")


def _told(state: WarcFolderState, files: list[WarcFile]) -> Iterator[str]:
    from ..health import of_folders

    yield f"{state.name}: {state.folder} · looked at {ago(state.looked_at, now())}"
    for file in files:
        yield f"  {text.clean(file.name, 200)}: {_line(file)}"
    yield f"  {count(len(files), 'file')}; {count(state.pages, 'page')} of theirs kept."
    for found in of_folders([state]):
        yield f"  {found.level}: {found.text} {found.remedy}"


def _line(file: WarcFile) -> str:
    said = WORDS[file.state.value]
    if file.state.value == "copy":
        said = f"{said} {text.clean(file.why, 200)}"
    elif file.why:
        said = f"{said} ({text.clean(file.why, 300)})"
    parts = [said]
    if file.records:
        parts.append(f"{count(file.pages, 'page')}, {file.queued:,} queued")
    if file.known:
        parts.append(f"{file.known:,} there already")
    if left := sum(file.passed.values()):
        parts.append(f"{left:,} left out")
    return " · ".join(parts)


def _as_json(state: WarcFolderState, files: list[WarcFile]) -> dict[str, object]:
    return {
        "folder": state.name,
        "path": state.folder,
        "looked_at": state.looked_at,
        "fault": state.fault,
        "pages": state.pages,
        "files": [asdict(file) | {"state": file.state.value} for file in files],
    }
