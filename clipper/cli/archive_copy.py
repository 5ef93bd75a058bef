"""`clipper archive copy` and `bring-back`: sealed files at another place, and back from there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ..errors import Refused
from .home import Home, now
from .words import count, put_json

if TYPE_CHECKING:
    from ..archive.depot import Depot


@click.command()
@click.option(
    "--again", is_flag=True,
    help="Look at every file there anew; send what is missing or was changed.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def copy(home: Home, again: bool, as_json: bool) -> int:
    """Copy sealed files to the place that `archive: elsewhere:` in the config names.

    Each file goes with its index, is read back from there and must have the digest of the
    manifest; only then it counts, and only then, with `keep_local: false`, the copy here is
    removed. The manifest goes there too. A round does the same at its end; this is for doing
    it now. Ends with 1 when something could not be copied.
    """
    from . import depots

    plan = home.config.depot
    if plan is None:
        raise Refused(
            "no place is named to copy to. Add this to "
            f"{home.config_path.name}:\n\n  archive:\n    elsewhere:\n      place: s3://bucket/folder\n"
        )
    with home.open_store() as store, store.lock():
        done = depots.copy(home, store, ask=True, again=again)
        known = len(store.elsewhere.list(plan.address))
    assert done is not None
    if as_json:
        put_json(asdict(done) | {"place": plan.address, "proved": known})
        return 1 if done.faults else 0
    depots.tell(home, done)
    if not done.faults:
        if not done.sent and not done.removed:
            click.echo("Everything that is sealed is there already.")
        click.echo(f"{count(known, 'file')} proved to be at {plan.address}.")
    return 1 if done.faults else 0


@click.command(name="bring-back")
@click.option("--from", "address", metavar="ADDRESS",
              help="The place, where no config names it: s3://bucket/folder.")  # fmt: skip
@click.option("--endpoint", metavar="URL", default="", help="With --from: the service's address.")
@click.pass_obj
def bring_back(home: Home, address: str | None, endpoint: str) -> int:
    """Bring sealed files back that are elsewhere alone; into an empty folder, all of them.

    With the manifest that is kept there, the archive comes back from that place alone, and
    'clipper archive verify' can look at it. Each file must have the digest of the manifest
    before it is put in its place; what is here already stays as it is.
    """
    from .. import elsewhere
    from ..archive import Archive, manifest

    if endpoint and not address:
        raise click.UsageError("--endpoint goes with --from.")
    depot = _named(address, endpoint) if address else _of_config(home)
    brought: list[str] = []
    try:
        with Archive(home.archive_path, now=now, connect=lambda: depot) as archive:
            for name in archive.bring_back():
                brought.append(name)
                click.echo(f"{name}: brought back.")
    finally:
        if home.store_path.exists():
            with home.open_store() as store:
                elsewhere.back(store, depot.address, brought)
    if not brought:
        click.echo("Every sealed file was here already.")
    head = manifest.read(home.archive_path).head
    click.echo(f"The manifest's chain ends with sha256 {head}")
    if not address and home.config.depot and not home.config.depot.keep_local:
        click.echo("The next round removes them here again, unless you set 'keep_local: true'.")
    return 0


def _of_config(home: Home) -> Depot:
    from .depots import depot_of

    depot = depot_of(home.config)
    if depot is None:
        raise Refused(
            "no place is named. Say '--from s3://bucket/folder', or add 'archive: elsewhere: "
            f"place:' to {home.config_path.name}."
        )
    return depot


def _named(address: str, endpoint: str) -> Depot:
    from ..archive.depot import Depot, Place
    from .depots import KEY, key_of

    return Depot(Place(address=address.rstrip("/"), endpoint=endpoint, key=key_of(KEY)))
