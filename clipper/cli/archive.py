"""`clipper archive`: what pages said, shown and handed on."""

from __future__ import annotations

import click

from .archive_export import export
from .archive_show import show


@click.group()
def archive() -> None:
    """Show what pages said when they were clipped, and hand it on."""


archive.add_command(export)
archive.add_command(show)
