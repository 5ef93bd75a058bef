"""`clipper fetch`: one round, its progress and its ledger."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError
from . import depots, taking
from .completeness import as_text as what_it_is_worth
from .home import Home, now
from .ledger import as_text, conclusion
from .parts import assemble
from .progress import watch
from .words import count, is_terminal, put_json

if TYPE_CHECKING:
    from ..completeness import Completeness
    from ..model import LedgerLine
    from ..store import Store


class NothingFollowed(ClipperError):
    """The config names nothing that could be looked at."""


@click.command()
@click.argument("source", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the ledger as JSON.")
@click.option("--dry-run", is_flag=True, help="Look and judge, but keep nothing.")
@click.option("--quiet", "-q", is_flag=True, help="Print only what failed.")
@click.option("--force", is_flag=True, help="Look also at sources that asked to be left alone.")
@click.pass_obj
def fetch(
    home: Home, source: tuple[str, ...], as_json: bool, dry_run: bool, quiet: bool, force: bool
) -> int:
    """Look at the outlets, fetch what is new, queue what your campaigns ask for.

    SOURCE names outlets, sources or folders of web archives to look at (default: all). Ends
    with the ledger: what was seen, new, fetched, matched, dropped and why, and what could
    not be looked at.
    """
    return round_of(home, source, as_json=as_json, dry_run=dry_run, quiet=quiet, force=force)


def round_of(
    home: Home,
    names: Sequence[str] = (),
    *,
    as_json: bool = False,
    dry_run: bool = False,
    quiet: bool = False,
    force: bool = False,
) -> int:
    """Do a round and tell of it; 1 when a source or a folder of web archives could not be looked
    at, or a file in it not be taken in, else 0."""
    from ..completeness import Kind

    live = is_terminal() and not (as_json or quiet)
    with _store(home, dry_run) as store:
        lines, folders = _round(home, store, names, force=force, live=live, quiet=quiet or as_json)
        told = store.accounts.last(Kind.ROUND)
        copied = depots.copy(home, store)
    if not dry_run:
        _notify(home)
    if as_json:
        account = asdict(told) if told else None
        sources = [asdict(line) for line in lines]
        put_json(
            {
                "dry_run": dry_run,
                "sources": sources,
                "folders": [taking.as_json(each) for each in folders],
                "completeness": account,
            }
        )
    else:
        _tell(home, lines, folders, told, quiet=quiet, dry_run=dry_run)
    depots.tell(home, copied, quiet=quiet or as_json)
    trouble = any(each.look.fault or each.in_trouble for each in folders)
    return 1 if trouble or any(not line.looked for line in lines) else 0


def _something_to_look_at(home: Home) -> None:
    """Raises ConfigError, NothingFollowed."""
    if not (home.config.sources or home.config.warcs):
        raise NothingFollowed(
            f"{home.config_path.name} names no outlet yet, so there is nothing to look at. "
            "Add one by its home page: clipper sources add https://outlet.example"
        )


@contextmanager
def _store(home: Home, dry_run: bool) -> Iterator[Store]:
    """The store to write to; for a dry run a copy of it that is thrown away."""
    from ..store import Store

    if not dry_run:
        _something_to_look_at(home)  # else no store is to be left behind
        with home.open_store(create=True) as store, store.lock():
            yield store
        return
    with tempfile.TemporaryDirectory(prefix="clipper-dry-") as folder:
        path = Path(folder) / "clipper.db"
        if home.store_path.exists():
            with home.open_store() as real:
                real.backup(path)
        else:
            Store.create(path).close()
        home.archive_override = Path(folder) / "archive"
        with Store.open(path) as store:
            yield store


def _round(
    home: Home, store: Store, names: Sequence[str], *, force: bool, live: bool, quiet: bool
) -> tuple[list[LedgerLine], list[taking.Told]]:
    from ..pipeline import run
    from ..pipeline.warcs import survey

    config = home.config
    folders, others = config.folders_named(names)
    only = config.sources_named(others)
    store.sources.sync(config.sources, config.outlets, now())
    lines: list[LedgerLine] = []
    with assemble(home, store) as parts:
        if only or (config.sources and not names):
            with closing(run(parts, only=only, early=True, force=force)) as steps:
                total = len(only) or len(config.sources)
                lines = watch(steps, total=total, live=live, quiet=quiet)
        looks = survey(store, config.warcs, now(), folders if names else None)
        return lines, taking.take_in(config, parts, looks)


def _notify(home: Home) -> None:
    """Tell those who want to know at once, after the round: no other waits for them."""
    from .notices import tell_failures

    if home.config.notices:
        with home.open_store() as store:
            tell_failures(home.config, store)


def _tell(
    home: Home,
    lines: Sequence[LedgerLine],
    folders: Sequence[taking.Told],
    told: Completeness | None,
    *,
    quiet: bool,
    dry_run: bool,
) -> None:
    names = {outlet.slug: outlet.name for outlet in home.config.outlets}
    for trouble in (*_failed(lines, names), *chain.from_iterable(map(taking.troubles, folders))):
        click.echo(trouble, err=True)
    if quiet:
        return
    if lines:
        click.echo(as_text(lines, names))
    for folder in folders:
        for said in taking.summary(folder, nothing=not lines):
            click.echo(said)
    if ended := conclusion(lines, sum(folder.queued for folder in folders)):
        click.echo(ended)
    if told is not None and lines:
        owners = {source.slug: names[source.outlet] for source in home.config.sources}
        click.echo(what_it_is_worth(told, owners, errors=False))
    if dry_run:
        click.echo("This was a dry run: nothing was kept.")
    if lines and not home.config.network.contact:
        click.echo(
            "Outlets see 'clipper' without a way to reach you; some refuse such visitors. "
            f"Set 'contact: you@example.org' in {home.config_path.name}."
        )


def _failed(lines: Sequence[LedgerLine], names: Mapping[str, str]) -> Iterator[str]:
    """What could not be looked at, or had, a line each."""
    for line in lines:
        if line.error:
            pages = count(line.failed, "page") + " could not be had"
            what = pages if line.looked else "could not look"
            yield f"{names.get(line.outlet, line.source)}: {what}: {line.error}"
