"""`clipper demo`: the whole job on made-up outlets that this machine serves to itself."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click

from ..model import Clipping
from .home import Home, now
from .words import count

FOLDER = "demo"
SHOWN = 5
"""Clippings printed at the end."""


@click.command()
@click.option("--folder", default=FOLDER, show_default=True, metavar="FOLDER",
              help="Where the demo's config and data go.")  # fmt: skip
@click.option("--serve", "keep", is_flag=True, help="Keep the outlets' server running after.")
def demo(folder: str, keep: bool) -> int:
    """Run the whole job on made-up outlets, without the internet.

    A small server on this machine plays seven outlets; clipper fetches from them over real
    HTTP, as it would from real ones. Nothing leaves this machine. With --serve the outlets
    stay up, so that you can run 'clipper fetch' again: one article is corrected then.
    """
    from .. import demo as samples
    from .fetch import round_of

    place = Path(folder)
    with samples.serve(now()) as servers:
        config = samples.write_config(place, servers)
        click.echo(
            f"{count(len(servers), 'made-up outlet')} are up on this machine "
            f"(the first at {servers[0].home}); their config is {config}.\n"
        )
        home = Home(str(config), str(place / "data"))
        code = round_of(home)
        click.echo()
        click.echo(_found(home, place))
        if keep:
            _stay(place)
    return code


def _found(home: Home, place: Path) -> str:
    """What was found, and what to type next."""
    from .queue import Names, row

    names = Names.of(home.config)
    with home.open_store() as store:
        clippings = store.clippings.list(limit=SHOWN)
        waiting = sum(store.clippings.counts().values())
        articles = store.counts().articles
    listed = "\n".join(row(clipping, names) for clipping in clippings)
    left = waiting - len(clippings)
    more = [f"  … and {left} more"] if left > 0 else []
    first = _first(clippings)
    return "\n".join(
        [
            f"Of {count(articles, 'article')} in the seven outlets, {count(waiting, 'story')} "
            "concern the demo's campaigns. They wait for your decision:",
            "",
            listed,
            *more,
            "",
            "What you would do now (the demo decides nothing for you):",
            f"  cd {place}",
            "  clipper queue            all that waits, with the reasons",
            f"  clipper show {first:<12}one story: why it matched, its copies, how it would look",
            f"  clipper approve {first:<9}yes, publish it",
            "  clipper publish          writes the page: data/site/index.html",
            "  clipper search adelanto  all that was kept, matched or not",
            "  clipper web --local      the same in your browser, by keyboard",
            *_where(),
            "",
            "Then your own: in an empty folder, clipper init",
        ]
    )


def _where() -> list[str]:
    """Where the command is, when typing its name alone would not find it."""
    command = Path(sys.executable).with_name("clipper")
    if shutil.which("clipper") or not command.exists():
        return []
    return ["", f"('clipper' is {command}; type that, or first: source {command.parent}/activate)"]


def _first(clippings: Sequence[Clipping]) -> int:
    return next((clipping.id for clipping in clippings), 1)


def _stay(place: Path) -> None:
    click.echo(
        "\nThe outlets stay up until you press Ctrl-C. "
        f"In another window: cd {place}; clipper fetch"
    )
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("\nThe made-up outlets are closed.")
