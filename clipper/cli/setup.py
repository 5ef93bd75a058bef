"""`clipper init` and `clipper check`."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import ClipperError, ConfigError
from .grants import grants
from .home import CONFIG, Home
from .words import count


class Occupied(ClipperError):
    """A file stands where one would be written."""


@click.command()
@click.pass_obj
def init(home: Home) -> None:
    """Write a commented sources.yaml into this folder, to make your own."""
    from ..config import template

    path = home.config_path
    if path.exists():
        raise Occupied(f"{path} exists already; it was left as it is. Check it: clipper check")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), encoding="utf-8")
    shown = path.name if path.parent == Path.cwd() else path
    click.echo(f"Wrote {shown}. Next:")
    click.echo(f"  1. open {shown} in an editor; name your outlets and your campaign")
    click.echo("  2. clipper check")
    click.echo("  3. clipper fetch")


@click.command()
@click.pass_obj
def check(home: Home) -> int:
    """Read the config and list every problem, with its line and the remedy."""
    try:
        config = home.config
    except ConfigError as error:
        for problem in error.problems:
            click.echo(str(problem))
        click.echo(f"{count(len(error.problems), 'problem')} in {home.config_path.name}.")
        return 1
    for warning in config.warnings:
        click.echo(f"note: {warning}")
    for each in grants(home):
        click.echo(f"note: {each.subject}: {each.text} {each.remedy}")
    parts = [
        count(len(config.outlets), "outlet"),
        count(len(config.sources), "source"),
        count(len(config.campaigns), "campaign"),
    ]
    if config.warcs:
        parts.append(count(len(config.warcs), "folder") + " of web archives")
    click.echo(f"{home.config_path.name or CONFIG} is good: {', '.join(parts)}.")
    return 0
