"""`clipper archive verify`, `seal` and `repair`: the archive kept whole."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from ..errors import AlreadyRunning, ArchiveError, ConfigError
from .depots import connect, noted
from .home import Home, NoConfig, now
from .stamping import certificates_of, check_of, stamper_of
from .words import count, put_json

if TYPE_CHECKING:
    from ..archive import Archive
    from ..archive.checking import Finding
    from ..archive.stamps import Check, Stamp, Unstamped
    from ..archive.verifying import Report, Vouched
    from ..custody import Reread, Verified

SHOWN: Final = 3
"""So many places of one kind of finding are printed; `--json` has them all."""

MOST_LOST: Final = 10

LEVEL: Final = click.IntRange(1, 5)


@click.command()
@click.option("--level", type=LEVEL, default=4, show_default=True, help="How closely.")
@click.option(
    "--sample", type=click.IntRange(1, 100_000), default=20, show_default=True,
    help="At level 5, so many pages are read anew.",
)  # fmt: skip
@click.option("--offline", is_flag=True,
              help="Ask no other place: what is kept elsewhere is left out.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(home: Home, level: int, sample: int, offline: bool, as_json: bool) -> int:
    """Look whether the archive is what it was; ends with 1 when anything is not.

    \b
    Levels, each with all below it:
      1  the manifest's chain, and the sizes of the sealed files
      2  the digests of the sealed files and of their indexes
      3  each record unpacked, its head, its length and its digests
      4  revisits, whole events, indexes and the store's rows, both ways
      5  a sample of pages read anew gives the text that was kept

    What `archive: elsewhere:` keeps at another place is looked at there: the sizes at level 1,
    from level 2 on every byte is fetched. Nothing is changed, and clipper may go on working
    meanwhile.
    """
    from .. import custody
    from ..archive import Archive

    check, fault = _check(home)
    with ExitStack() as stack:
        store = None
        if home.store_path.exists():
            store = stack.enter_context(home.open_store())
        archive = stack.enter_context(Archive(home.archive_path, now=now, connect=connect(home)))
        reread = stack.enter_context(_reader(home)) if level == 5 and store else None
        done = custody.verify(
            store,
            archive,
            level=level,
            sample=sample if level == 5 else 0,
            chance=random.Random(),  # noqa: S311  (a sample, no secret)
            outlets={outlet.slug: outlet for outlet in home.config.outlets} if reread else {},
            reread=reread,
            check=check,
            noted=noted(home, store),
            offline=offline,
        )
    if as_json:
        put_json(_values(level, done))
    else:
        _tell(level, done, with_store=store is not None)
    if fault:
        click.echo(f"The time stamps could not be looked at. {fault}", err=True)
    return 1 if done.report.findings or fault else 0


def _check(home: Home) -> tuple[Check | None, str]:
    """What says whether a time stamp holds, and why there is nothing that could: the archive
    is looked at all the same."""
    try:
        return check_of(certificates_of(home)), ""
    except ArchiveError as error:
        return None, str(error)


@contextmanager
def _reader(home: Home) -> Iterator[Reread]:
    """Pages are read in processes that can be killed, as in a round."""
    from .. import reading
    from ..engine import Workers
    from ..pipeline.round import answer_of
    from .parts import READING

    with Workers(1, preload=READING) as workers:
        yield lambda page, entry, outlet: answer_of(
            workers.submit(reading.read, page, entry, outlet)
        )


def _values(level: int, done: Verified) -> dict[str, object]:
    report = done.report
    return {
        "level": level,
        "files": report.files,
        "sealed": report.sealed,
        "elsewhere": report.elsewhere,
        "records": report.records,
        "captures": report.captures,
        "bytes": report.size,
        "manifest_head": report.head,
        "read_anew": done.reread,
        "not_comparable": done.unlike,
        "time_stamps": [_vouched(each) for each in report.stamps],
        "unstamped": list(report.unstamped),
        "findings": [asdict(each) for each in report.findings],
        "still_readable": done.readable,
        "lost": [asdict(each) for each in done.lost],
    }


def _vouched(each: Vouched) -> dict[str, object]:
    from ..archive.stamps import Stamp, Unstamped

    found = each.found
    return {
        "line": each.line,
        "files": list(each.files),
        "at": found.at.isoformat() if isinstance(found, Stamp) else None,
        "authority": found.authority if isinstance(found, Stamp) else None,
        "fault": found.why if isinstance(found, Unstamped) else None,
    }


def _stamps(report: Report) -> None:
    """What the time stamps say of the sealed files."""
    from ..archive.stamps import Stamp

    if not report.stamps:
        return
    held = [each.found for each in report.stamps if isinstance(each.found, Stamp)]
    if not held and all(each.found is None for each in report.stamps):
        click.echo(
            f"{count(len(report.stamps), 'time stamp')}, not looked at: "
            "`archive: time_stamps: certificates:` is not set."
        )
    elif held:
        first, last = min(each.at for each in held), max(held, key=lambda each: each.at)
        click.echo(
            f"{count(len(held), 'time stamp')} since {first:%Y-%m-%d}: {last.authority} vouches "
            f"that what was sealed by {last.at:%Y-%m-%d %H:%M:%S} UTC existed then."
        )
    if report.unstamped:
        click.echo(f"{count(len(report.unstamped), 'sealed file')} newer than the last stamp.")


def _tell(level: int, done: Verified, *, with_store: bool) -> None:
    report = done.report
    _findings(report.findings)
    _lost(done)
    kinds = f"{report.sealed:,} sealed"
    if report.elsewhere:
        kinds += f", {report.elsewhere:,} elsewhere alone"
    files = count(report.files + report.elsewhere, "file")
    looked = f"{files} ({kinds}), {report.size / 1e6:,.2f} MB"
    if level >= 3:
        looked += f", {count(report.records, 'record')} of {count(report.captures, 'capture')}"
    if level == 5:
        looked += f", {count(done.reread, 'page')} read anew"
    found = len(report.findings)
    click.echo(f"Level {level}: {looked}: {count(found, 'finding') if found else 'all is well'}.")
    if done.unlike:
        click.echo(
            f"{count(done.unlike, 'page')} can't be compared: another version of clipper read "
            "them, or they were read together with words of a feed."
        )
    if level >= 4 and not with_store:
        click.echo("There is no store here: its rows were not compared.")
    if report.sealed:
        click.echo(f"The manifest's chain ends with sha256 {report.head}")
    _stamps(report)


def _findings(findings: Sequence[Finding]) -> None:
    """File for file what was found, and then what to do."""
    files: dict[str, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for each in findings:
        files[each.file][each.what].append(each)
    for file, kinds in files.items():
        click.echo(f"{file}:", err=True)
        for what, those in kinds.items():
            for each in those[:SHOWN]:
                at = "" if each.offset is None else f" (at byte {each.offset:,})"
                click.echo(f"  {what}{at}", err=True)
            if len(those) > SHOWN:
                click.echo(f"  and {len(those) - SHOWN:,} more of the kind", err=True)
        for remedy in dict.fromkeys(each.remedy for those in kinds.values() for each in those):
            click.echo(f"  -> {remedy}", err=True)


def _lost(done: Verified) -> None:
    """What it comes to: which pages can't be shown."""
    if done.lost:
        pages = count(len(done.lost), "page")
        click.echo(f"{pages} that the store knows can't be shown from here:", err=True)
        for each in done.lost[:MOST_LOST]:
            click.echo(f"  {each.url} ({each.captured_at[:10]})", err=True)
        if len(done.lost) > MOST_LOST:
            click.echo(f"  and {len(done.lost) - MOST_LOST:,} more; '--json' names all", err=True)
    elif done.readable:
        pages = count(done.readable, "page")
        click.echo(f"{pages} there; each itself can still be read, unchanged.", err=True)


@click.command()
@click.pass_obj
def seal(home: Home) -> int:
    """Seal the archive's files now: index them, and write their digests to the manifest.

    A file is sealed by itself when it is full or its day is over; this seals the open one
    too, before it is carried elsewhere, say. The next page that is captured begins a new
    file. What was sealed before stays as it is. Where `archive: time_stamps:` names a service,
    the end of the manifest's chain gets a time stamp; ends with 1 when it can't be had.
    """
    from ..archive import Archive, manifest
    from ..archive.sealing import Unsealed
    from ..archive.stamps import Stamp, Unstamped

    if not home.archive_path.is_dir():
        click.echo("There is no archive yet: nothing to seal.")
        return 0
    with Archive(home.archive_path, now=now) as archive:
        done = archive.seal()
        stamp = _stamp(home, archive)
    failed = [each for each in done if isinstance(each, Unsealed)]
    for each in done:
        if not isinstance(each, Unsealed):
            click.echo(f"{each.file}: sealed, {count(each.records, 'record')}.")
    for bad in failed:
        click.echo(bad.why, err=True)
    if not done:
        click.echo("Everything was sealed already.")
    click.echo(f"The manifest's chain ends with sha256 {manifest.read(home.archive_path).head}")
    if isinstance(stamp, Stamp):
        click.echo(
            f"Time stamp: {stamp.authority} vouches that all of it existed on "
            f"{stamp.at:%Y-%m-%d at %H:%M:%S} UTC."
        )
    if isinstance(stamp, Unstamped):
        click.echo(f"There is no time stamp: {stamp.why}.", err=True)
    return 1 if _copy(home) or failed or isinstance(stamp, Unstamped) else 0


def _stamp(home: Home, archive: Archive) -> Stamp | Unstamped | None:
    """Have the chain stamped where a service is named."""
    if not home.config_path.exists():
        return None
    with stamper_of(home.config) as stamper:
        return archive.stamp(stamper) if stamper else None


def _copy(home: Home) -> bool:
    """Copy what is sealed to where the config says; whether something went wrong."""
    from . import depots

    try:
        if home.config.depot is None or not home.store_path.exists():
            return False
        with home.open_store() as store, store.lock():
            done = depots.copy(home, store)
    except AlreadyRunning:
        click.echo("A round is under way; it copies what is sealed.")
        return False
    except ConfigError as error:
        click.echo(f"Nothing was copied elsewhere: {error}", err=True)
        return True
    except NoConfig:
        return False
    depots.tell(home, done)
    return done is not None and bool(done.faults)


@click.command()
@click.pass_obj
def repair(home: Home) -> int:
    """End what a kill or a power failure left undone; nothing is ever deleted.

    Torn ends of files are set aside as NAME.OFFSET.torn, full files are sealed, whole
    captures that the store does not know get their rows, and indexes that are missing or
    were changed are written anew. The first page of a round does most of it by itself. Then
    all is looked at; ends with 1 when something can't be repaired: a page that the store
    points at and that is gone, above all.

    Put back copies from a backup first, if you have them: a file of which the end is missing
    is sealed as it is, so that new pages can be kept.
    """
    from .. import custody, retention
    from ..archive import Archive

    with (
        home.open_store() as store,
        store.lock(),
        Archive(home.archive_path, now=now, connect=connect(home)) as archive,
    ):
        done = custody.repair(store, archive)
        removed = retention.finish(store, archive, now())
    click.echo(
        f"{count(done.adopted, 'capture')} got a row, {count(len(done.sealed), 'file')} sealed."
    )
    for name in done.back:
        click.echo(f"{name}: it has its end again, and was sealed anew.")
    for name in done.indexes:
        click.echo(f"{name}: its index was written anew.")
    if removed.captures:
        click.echo(f"{count(removed.captures, 'capture')} removed, as was asked before.")
    for name in done.torn:
        click.echo(f"kept aside: {name}")
    for why in (*(each.why for each in done.unsealed), *removed.faults):
        click.echo(why, err=True)
    with (
        home.open_store() as store,
        Archive(home.archive_path, now=now, connect=connect(home)) as archive,
    ):
        verified = custody.verify(store, archive, level=4, noted=noted(home, store))
    _tell(4, verified, with_store=True)
    return 1 if verified.report.findings else 0
