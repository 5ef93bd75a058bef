"""`clipper doctor`: what is not as it should be, each with its remedy."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from ..errors import ClipperError
from ..health import Finding, Level
from . import checkup, checkup_depot, grants, passwords
from .home import Home, NothingYet, now
from .words import count, day, put_json

LEAST_ROOM = 500_000_000
"""Bytes free below which the next rounds may fill the disk."""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.option(
    "--online", is_flag=True,
    help="Also try the places to publish and to copy to, mailboxes and certificates.",
)  # fmt: skip
@click.pass_obj
def doctor(home: Home, as_json: bool, online: bool) -> int:
    """Look whether all is well: config, store, disk, rights, versions, clock, sources and more.

    Each finding says what to do. Ends with 1 when one of them is an alarm: a source that is
    gone, fails again and again, or is silent for longer than its own history makes plausible.
    Without --online nothing is asked of the network.
    """
    areas = {**AREAS, **ONLINE} if online else AREAS
    found = [finding for area in areas.values() for finding in area(home)]
    if as_json:
        put_json({"areas": list(areas), "findings": [_as_json(each) for each in found]})
    else:
        for each in found:
            _tell(each)
        if not found:
            click.echo(f"All is well: {', '.join(areas)}.")
        else:
            click.echo(f"{count(len(found), 'finding')}.")
    return 1 if any(each.level is Level.ALARM for each in found) else 0


def _as_json(finding: Finding) -> dict[str, object]:
    told = ("area", "subject", "kind", "level", "text", "remedy", "since")
    return {name: getattr(finding, name) for name in told}


def _tell(finding: Finding) -> None:
    since = f" (since {day(finding.since)})" if finding.since else ""
    click.echo(f"{finding.level}: {finding.subject}: {finding.text}{since}")
    if finding.remedy:
        click.echo(f"  {finding.remedy}")


def _config(home: Home) -> Iterator[Finding]:
    try:
        _ = home.config
    except ClipperError as error:
        yield Finding(area="config", subject="config", level=Level.ALARM, text=str(error))


def _store(home: Home) -> Iterator[Finding]:
    try:
        with home.open_store() as store:
            faults = store.verify()
    except NothingYet as error:
        yield Finding(area="store", subject="store", level=Level.NOTE, text=str(error))
        return
    except ClipperError as error:
        yield Finding(area="store", subject="store", level=Level.ALARM, text=str(error))
        return
    remedy = "Stop clipper, keep a copy of the file, and put a backup in its place."
    for fault in faults:
        yield Finding(area="store", subject="store", level=Level.ALARM, text=fault, remedy=remedy)


def _disk(home: Home) -> Iterator[Finding]:
    if home.data.exists() and (free := shutil.disk_usage(home.data).free) < LEAST_ROOM:
        text = f"only {free / 1e6:,.0f} MB are free where {home.data} is."
        remedy = "Make room, or move the data folder; a full disk ends every round."
        yield Finding(area="disk", subject="disk", level=Level.ALARM, text=text, remedy=remedy)


def _rights(home: Home) -> Iterator[Finding]:
    for path in (home.data, home.archive_path):
        if path.exists() and not os.access(path, os.W_OK | os.X_OK):
            text = f"{path} may not be written to."
            remedy = "Give the user who runs clipper the right to write there."
            yield Finding(
                area="rights", subject="rights", level=Level.ALARM, text=text, remedy=remedy
            )


def _archive(home: Home) -> Iterator[Finding]:
    from ..archive import verifying
    from .depots import known

    try:
        found = verifying.verify(
            home.archive_path, level=1, noted=known(home), offline=True
        ).findings
    except ClipperError as error:
        yield Finding(area="archive", subject="archive", level=Level.ALARM, text=str(error))
        return
    for each in found:
        yield Finding(
            area="archive",
            subject=each.file,
            level=Level.ALARM,
            text=f"{each.what}.",
            remedy=each.remedy,
        )
    yield from _time_stamps(home)


def _time_stamps(home: Home) -> Iterator[Finding]:
    """Whether the archive gets the time stamps that the config asks for."""
    from .. import custody
    from .stamping import certificates_of, check_of

    try:
        if check_of(certificates_of(home)) is None:
            return
        with home.open_store() as store:
            failed = custody.failure(store, now())
    except NothingYet:
        return
    except ClipperError as error:
        yield Finding(area="archive", subject="time stamps", level=Level.ALARM, text=str(error))
        return
    if failed is not None:
        yield Finding(
            area="archive",
            subject="time stamps",
            level=Level.WARNING,
            text=f"the latest could not be had: {failed[1]}.",
            remedy="Look at `archive: time_stamps:`; 'clipper archive seal' tries it at once.",
            since=failed[0],
        )


def _sources(home: Home) -> Iterator[Finding]:
    from ..health import findings

    try:
        with home.open_store() as store:
            histories = store.histories.list(now())
    except ClipperError:
        return  # the store's own area tells it
    yield from findings(histories)


def _warcs(home: Home) -> Iterator[Finding]:
    """Folders of web archives: as they lie there now, and what became of the files."""
    from ..archive.dropped import listing
    from ..health import of_folders
    from ..model import WarcFolderState

    try:
        named = {str(each.folder): each.name for each in home.config.warcs}
    except ClipperError:
        return  # the config's own area tells it
    known: dict[str, WarcFolderState] = {}
    if named and home.store_path.exists():
        try:
            with home.open_store() as store:
                known = {each.folder: each for each in store.warcs.folders()}
        except ClipperError:
            return  # the store's own area tells it
    for folder, name in named.items():
        state = known.get(folder) or WarcFolderState(folder=folder, name=name)
        yield from of_folders([replace(state, name=name, fault=listing(Path(folder)).fault)])


AREAS: dict[str, Callable[[Home], Iterator[Finding]]] = {
    "config": _config,
    "store": _store,
    "disk": _disk,
    "rights": _rights,
    "archive": _archive,
    "elsewhere": checkup_depot.elsewhere,
    "secrets": checkup.secrets,
    "passwords": passwords.passwords,
    "versions": checkup.versions,
    "clock": checkup.clock,
    "tls": checkup.tls,
    "sources": _sources,
    "grants": grants.grants,
    "warcs": _warcs,
}
"""What is looked at, in this order."""

ONLINE: dict[str, Callable[[Home], Iterator[Finding]]] = {
    "kept elsewhere": checkup_depot.reached,
    "publishers": checkup.publishers,
    "mailboxes": passwords.mailboxes,
    "certificates": checkup.certificates,
}
"""What is looked at beside, when asked to go out."""
