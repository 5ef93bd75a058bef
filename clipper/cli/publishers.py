"""`clipper publishers`: the places to publish to, and whether they can be published to."""

from __future__ import annotations

import click

from .home import Home, now
from .words import ago, count


@click.group(invoke_without_command=True)
@click.pass_context
def publishers(context: click.Context) -> None:
    """Show the places to publish to, and what waits for them."""
    if context.invoked_subcommand is None:
        _listed(context.obj)


def _listed(home: Home) -> None:
    from .targets import targets

    with home.open_store() as store, targets(home, store) as places:
        for place in places:
            stands = len(store.receipts.list(place.name))
            click.echo(f"{place.name}: {count(stands, 'update')} in place.")
        for each in store.updates.waiting():
            since = ago(each.intended_at, now())
            reason = each.reason or "interrupted"
            click.echo(f"{each.publisher}: waits since {since}: {each.act} {each.key}: {reason}")


@publishers.command()
@click.pass_obj
def check(home: Home) -> int:
    """Try every place without publishing anything, and name what is in the way."""
    from .targets import targets

    well = True
    with home.open_store(create=True) as store, targets(home, store) as places:
        for place in places:
            for found in place.check():
                click.echo(f"{place.name}: {'ok' if found.ok else 'NOT OK'}: {found.text}")
                well = well and found.ok
    return 0 if well else 1
