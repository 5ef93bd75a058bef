"""The depot, put together from the config: where sealed files of the archive are elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import click

from ..errors import ClipperError
from .home import Home, now
from .words import count

if TYPE_CHECKING:
    from ..archive.depot import Depot
    from ..archive.shelf import Connect
    from ..archive.there import Noted
    from ..config import Config
    from ..elsewhere import Copied
    from ..store import Store

KEY: Final = "CLIPPER_ARCHIVE_KEY"
"""The variable that holds the key where no config names another."""


def never() -> bool:
    """Nobody wants to end."""
    return False


def depot_of(config: Config, stopping: Callable[[], bool] = never) -> Depot | None:
    """The depot that the config names, None when it names none. Raises ConfigError for a key
    that can't be read."""
    from ..archive.depot import Depot, Place

    plan = config.depot
    if plan is None:
        return None
    place = Place(
        address=plan.address,
        endpoint=plan.endpoint,
        region=plan.region,
        key=key_of(plan.key),
        ca_file=plan.ca_file,
        proxy=config.network.proxy,
        options=plan.options,
    )
    return Depot(place, stopping)


def key_of(name: str) -> str:
    """The key in that variable, "" where it is not set. Raises ConfigError."""
    from ..config import secret

    is_set = any(os.environ.get(f"{name}{suffix}") for suffix in ("", "_FILE"))
    return secret(name).value if is_set else ""


def connect(home: Home, read: Callable[[], Config] | None = None) -> Connect:
    """What gives the depot once a file is not in the folder; the config is read only then.

    `read` gives the config, for who keeps one that people edit meanwhile.
    """

    def depot() -> Depot | None:
        from ..archive.depot import DepotError

        if home.archive_override is not None:
            return None  # a dry run's archive is thrown away
        try:
            config = read() if read else home.config
        except ClipperError:
            return None  # what is in the folder is read without a config
        try:
            return depot_of(config)
        except ClipperError as error:
            raise DepotError(str(error)) from error

    return depot


def noted(home: Home, store: Store | None) -> Noted:
    """What the store knows of the depot that the config names."""
    from .. import elsewhere

    try:
        plan = home.config.depot
    except ClipperError:
        plan = None
    return elsewhere.noted(store, plan.address if plan else "")


def known(home: Home) -> Noted:
    """The same, with the store opened for it; nothing when there is none that can be."""
    from ..archive.there import Noted

    try:
        with home.open_store() as store:
            return noted(home, store)
    except ClipperError:
        return Noted()


def copy(
    home: Home,
    store: Store,
    *,
    ask: bool = False,
    again: bool = False,
    stopping: Callable[[], bool] = never,
) -> Copied | None:
    """Copy what is sealed to where the config says; None when it says nothing. The caller
    holds the store's lock. What goes wrong is in the outcome."""
    from .. import elsewhere

    plan = home.config.depot
    if plan is None or home.archive_override is not None:
        return None
    try:
        depot = depot_of(home.config, stopping)
        assert depot is not None
    except ClipperError as error:
        store.elsewhere.failed(plan.address, str(error), now())
        waiting = elsewhere.waiting(store, home.archive_path, plan.address)
        return elsewhere.Copied(waiting=waiting, faults=[str(error)])
    return elsewhere.copy(
        store, home.archive_path, depot, now(), keep_local=plan.keep_local, ask=ask, again=again
    )


def tell(home: Home, done: Copied | None, *, quiet: bool = False) -> None:
    """Say what was copied where; what went wrong is told in any case."""
    if done is None or home.config.depot is None:
        return
    address = home.config.depot.address
    if done.sent and not quiet:
        click.echo(f"{count(len(done.sent), 'sealed file')} copied to {address}, and read back.")
    if done.removed and not quiet:
        click.echo(f"{count(len(done.removed), 'file')} removed here: proved to be there.")
    for name in () if quiet else done.replaced:
        click.echo(f"{name}: the version before pages were removed is gone from {address}.")
    for fault in done.faults:
        click.echo(fault, err=True)
    if done.damaged:
        click.echo("'clipper archive verify' names the pages that are lost, if any.", err=True)
    elif done.faults:
        waits = f" {count(done.waiting, 'sealed file')} to copy." if done.waiting else ""
        click.echo(
            f"Nothing is lost: each round tries again, and so does 'clipper archive copy'.{waits}",
            err=True,
        )
