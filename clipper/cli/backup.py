"""`clipper backup`: copy everything to a folder while clipper runs; look at it; put it back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..errors import ClipperError
from .home import Home, now
from .words import count


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Look whether it is whole, page by page.")
@click.option("--restore", is_flag=True, help="Put the backup back, where nothing is yet.")
@click.pass_obj
def backup(home: Home, folder: Path, verify: bool, restore: bool) -> int:
    """Copy all that clipper keeps into a new FOLDER: store, archive, sources.yaml, your own
    posts and theme, keys.

    It may be done while clipper runs: the copy is consistent. With --verify the copy is
    read again, to the last page; for a FOLDER that is a backup already, it is only looked
    at. With --restore it is put back into an empty data folder.
    """
    if verify and restore:
        raise click.UsageError("Take --verify or --restore, not both at once.")
    if restore:
        return _restore(home, folder)
    if not (verify and folder.exists()):
        _make(home, folder)
    return _verify(folder) if verify else 0


def _make(home: Home, folder: Path) -> None:
    from .. import backup as backups

    with home.open_store() as store:
        made = backups.make(
            store,
            home.archive_path,
            home.config_path,
            folder.absolute(),
            now(),
            data=home.data.absolute(),
            **_own(home),
        )
    size = made.size / 1e6
    click.echo(f"{folder}: {count(made.files, 'file')}, {size:,.1f} MB. Passwords that the")
    click.echo("config names by variables are not in it; keep them elsewhere.")
    for place, files in made.elsewhere.items():
        click.echo(f"Not in it: {count(len(files), 'file')} of the archive, at {place} alone.")
    if made.elsewhere:
        click.echo(
            f"('clipper archive bring-back' gets them here first: {made.size_elsewhere / 1e6:,.1f} "
            "MB.)"
        )


def _own(home: Home) -> dict[str, Any]:
    """What people wrote beside the config, and the pages that are made anew from the store."""
    try:
        config = home.config
    except ClipperError:
        return {}  # one that can't be read is copied all the same
    named = {"posts": config.places.posts, "theme": config.places.theme}
    beside = {name: path for name, path in named.items() if path is not None and path.is_dir()}
    made_anew = {config.site.folder, config.places.markdown} - {None}
    return {"beside": beside, "leave": made_anew}


def _verify(folder: Path) -> int:
    from .. import backup as backups

    found = backups.verify(folder.absolute(), now())
    for fault in found.faults:
        click.echo(f"{folder}: {fault}", err=True)
    if found.faults:
        click.echo("Make a new backup, and keep the older ones for now.", err=True)
        return 1
    click.echo(f"{folder} is whole: every file, the store, and {count(found.pages, 'page')}.")
    if found.elsewhere:
        click.echo(
            f"{count(found.elsewhere, 'page')} more in files that are kept elsewhere were not "
            "looked at."
        )
    return 0


def _restore(home: Home, folder: Path) -> int:
    from .. import backup as backups

    backups.restore(folder.absolute(), home.data, home.config_path)
    with home.open_store() as store:
        found = store.counts()
    click.echo(f"Put back to {home.data}: {count(found.articles, 'article')}.")
    click.echo(
        "What was published since the backup is looked for at each place before anything is "
        "sent: run 'clipper publish --dry-run' first."
    )
    return 0
