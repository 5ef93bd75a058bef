"""`clipper archive export`: captures in one file that replay tools open."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..model import Status
from .home import Home, now
from .named import campaign_named
from .stamping import stamper_of
from .words import count

if TYPE_CHECKING:
    from ..evidence import Exported

STATUSES: Final = {
    "published": (Status.PUBLISHED,),
    "approved": (Status.APPROVED, Status.PUBLISHED),
    "any": tuple(Status),
}
"""What `--status` may say, and the statuses that it stands for."""

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("to", metavar="FILE.wacz", type=click.Path(path_type=Path))
@click.option("--campaign", metavar="NAME", help="Only clippings of this campaign.")
@click.option("--from", "since", metavar="DAY", type=DAY, help="Captured on this day or later.")
@click.option("--to", "until", metavar="DAY", type=DAY, help="Captured on this day or before.")
@click.option(
    "--status", type=click.Choice(list(STATUSES)), default="published", show_default=True,
    help="Of which clippings; 'approved' has the published ones too.",
)  # fmt: skip
@click.option("--sign", is_flag=True, help="Sign the package with a key made for it.")
@click.pass_obj
def export(
    home: Home,
    to: Path,
    campaign: str | None,
    since: datetime | None,
    until: datetime | None,
    status: str,
    sign: bool,
) -> int:
    """Write the archived pages of clippings to the new FILE.wacz.

    The file is a web archive in the WACZ format, which others can open without clipper, in
    pywb for one, to see each page as it was captured. The records are those of the archive,
    byte for byte, with their digests. Days are in UTC, and are those of the capture. What is
    damaged is left out and named, and the command ends with 1. Where `archive: time_stamps:`
    names a service, the package gets a time stamp; when that fails it is written without one,
    which is said, and the command ends with 1 too.
    """
    from .. import evidence
    from ..archive import signing

    if to.suffix.lower() != ".wacz":
        raise click.UsageError(f"The name of the file must end in .wacz, not {to.name!r}.")
    named = campaign_named(home.config, campaign) if campaign else None
    wanted = evidence.Wanted(
        statuses=STATUSES[status],
        campaign=named.slug if named else "",
        since=_utc(since) if since else None,
        until=_utc(until) + timedelta(days=1) if until else None,
    )
    with home.open_store() as store, stamper_of(home.config) as stamper:
        done = evidence.export(
            store,
            home.shelf,
            wanted,
            to.absolute(),
            title=f"{named.name}: press clippings" if named else "Press clippings",
            now=now(),
            ids=uuid.uuid4,
            sign=signing.signer() if sign else None,
            stamper=stamper,
        )
    return _tell(to, done)


def _utc(day: datetime) -> datetime:
    return day.replace(tzinfo=UTC)


def _tell(to: Path, done: Exported) -> int:
    click.echo(
        f"{to}: {count(done.captures, 'page')}, {count(done.records, 'record')}, "
        f"{done.size / 1e6:,.2f} MB."
    )
    failed = _stamp(done)
    for line in done.incomplete:
        click.echo(f"incomplete: {line}", err=True)
    for line in done.forgotten:
        click.echo(f"not in it: {line}", err=True)
    for line in done.left_out:
        click.echo(f"left out: {line}", err=True)
    return 1 if done.left_out or done.incomplete or failed else 0


def _stamp(done: Exported) -> bool:
    """Say what came of the time stamp; whether it failed."""
    from ..archive.stamps import Stamp, Unstamped

    if isinstance(done.stamp, Stamp):
        click.echo(
            f"Time stamp: {done.stamp.authority} vouches that it existed on "
            f"{done.stamp.at:%Y-%m-%d at %H:%M:%S} UTC."
        )
    if isinstance(done.stamp, Unstamped):
        click.echo(f"The package bears no time stamp: {done.stamp.why}.", err=True)
    return isinstance(done.stamp, Unstamped)
