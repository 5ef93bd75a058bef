"""`clipper archive forget`: pages removed from the archive on purpose."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

from . import depots
from .acts import who
from .home import Home, now
from .named import outlet_named
from .words import count

if TYPE_CHECKING:
    from ..elsewhere import Copied
    from ..retention import Done, Plan
    from ..store import Store

SHOWN: Final = 20
"""So many clippings and pages are named; of the others, how many there are."""

DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("numbers", metavar="[ID]…", type=int, nargs=-1)
@click.option("--outlet", metavar="NAME", help="The pages of this outlet, with --before.")
@click.option("--before", metavar="DAY", type=DAY, help="Those captured before this day (UTC).")
@click.option("--expired", is_flag=True, help="Those older than their outlets' `retain` allows.")
@click.option("--why", metavar="TEXT", help="The reason; it is kept for good.")
@click.option("--yes", is_flag=True, help="Don't ask: for scripts.")
@click.pass_obj
def forget(
    home: Home,
    numbers: tuple[int, ...],
    outlet: str | None,
    before: datetime | None,
    expired: bool,
    why: str | None,
    yes: bool,
) -> int:
    """Remove pages from the archive for good: those of clippings, or an outlet's old ones.

    First it is told what goes, which clippings lose their evidence, and what stays; nothing
    is removed before you say yes. In the place of each page stands a record of who had it
    removed, when and why, and which digest it had. With ID, all captures of the clipping's
    article go, and every other capture of the same pages.
    """
    _check(numbers, outlet, before, expired)
    reason = (why or "").strip()
    if not reason and not expired:
        raise click.UsageError("Say why, with --why: it is kept in the place of the pages.")
    with home.open_store() as store, store.lock():
        plan = _plan(home, store, numbers, outlet, before)
        if not plan.captures:
            click.echo("\n".join(_kept(plan) or ["No page in the archive is meant by that."]))
            return 0
        click.echo("\n".join(_told(plan)))
        if not yes and not _agreed(len(plan.captures)):
            click.echo("Nothing was removed.")
            return 1
        done = _forget(home, store, plan, reason or "The outlet's `retain` is over.")
        copied = depots.copy(home, store)
    return max(_tell(done), _tell_copied(home, copied))


def _check(
    numbers: tuple[int, ...], outlet: str | None, before: datetime | None, expired: bool
) -> None:
    if (outlet is None) != (before is None):
        raise click.UsageError("--outlet and --before go together.")
    if bool(numbers) + bool(outlet) + expired != 1:
        raise click.UsageError(
            "Name the clippings by their IDs, or an outlet with --outlet and --before, or say "
            "--expired: one of these."
        )


def _plan(
    home: Home,
    store: Store,
    numbers: tuple[int, ...],
    outlet: str | None,
    before: datetime | None,
) -> Plan:
    from .. import retention

    if numbers:
        return retention.takedown(store, numbers)
    if outlet is not None and before is not None:
        slug = outlet_named(home.config, outlet).slug
        return retention.older(store, {slug: before.replace(tzinfo=UTC)})
    return retention.expired(store, home.config.outlets, now())


def _told(plan: Plan) -> list[str]:
    size = sum(each.snapshot.length for each in plan.captures)
    told = [
        f"To be removed: {count(len(plan.captures), 'capture')} in "
        f"{count(len(plan.files), 'file')} of the archive, {size / 1e6:,.2f} MB, each with its "
        "request, its notes, its text and the redirects that led to it:"
    ]
    for each in plan.captures[:SHOWN]:
        at = each.snapshot
        told.append(f"  {at.captured_at:%Y-%m-%d %H:%M} UTC  {at.url}")
    told += _more(len(plan.captures))
    if plan.repeats:
        told.append(
            f"Among them {count(len(plan.repeats), 'repeat')}: other captures of the same pages, "
            "byte for byte, which go too."
        )
    told += [*_bereft(plan), *_kept(plan)]
    told.append(
        "What stays: the clippings and what was published; the articles' texts in the store, "
        "for search and for telling copies apart; when each page was captured, from where, and "
        "its digest. Backups that were made before, and packages that were handed on, have the "
        "pages still. None of these pages is captured again, neither by a round nor by a later "
        "look at what is published, nor taken in from a file."
    )
    return told


def _bereft(plan: Plan) -> list[str]:
    if not plan.bereft:
        return ["No clipping loses anything by it."]
    told = ["These clippings lose what proves them:"]
    for each in plan.bereft[:SHOWN]:
        left = f"{count(each.left, 'capture')} left" if each.left else "none left"
        told.append(
            f"  {each.clipping:>4}  {each.title} ({each.status.value}): "
            f"{count(each.lost, 'capture')}, {left}"
        )
    return told + _more(len(plan.bereft))


def _kept(plan: Plan) -> list[str]:
    if not plan.kept:
        return []
    return [
        f"{count(len(plan.kept), 'older capture')} can't go yet: the same page was captured again "
        "since, byte for byte, and may have its body from there."
    ]


def _more(number: int) -> list[str]:
    return [f"  and {number - SHOWN:,} more"] if number > SHOWN else []


def _agreed(number: int) -> bool:
    if not sys.stdin.isatty():
        click.echo("There is nobody to ask here. With --yes it is done without asking.", err=True)
        return False
    return click.confirm(f"Remove {count(number, 'capture')} for good?", default=False)


def _forget(home: Home, store: Store, plan: Plan, why: str) -> Done:
    from .. import retention
    from ..archive import Archive

    with Archive(home.archive_path, now=now, connect=depots.connect(home)) as archive:
        return retention.forget(store, archive, plan, who=who(), why=why, now=now())


def _tell_copied(home: Home, done: Copied | None) -> int:
    """What became of the files at another place."""
    depots.tell(home, done)
    if done is None or not done.faults:
        return 0
    click.echo("Until then the pages may still be in the version that is kept there.", err=True)
    return 1


def _tell(done: Done) -> int:
    click.echo(
        f"Removed: {count(done.captures, 'capture')}, {count(done.records, 'record')}. "
        "The manifest has a line for each file that was rewritten."
    )
    for fault in done.faults:
        click.echo(fault, err=True)
    if done.faults:
        click.echo("What could not be removed is tried again when clipper starts.", err=True)
    return 1 if done.faults else 0
