"""`clipper archive`: what pages said, shown, handed on and taken in."""

from __future__ import annotations

import click

from .archive_check import check
from .archive_copy import bring_back, copy
from .archive_export import export
from .archive_folders import folders
from .archive_forget import forget
from .archive_import import import_
from .archive_show import show
from .archive_verify import repair, seal, verify


@click.group()
def archive() -> None:
    """Show what pages said when they were clipped, and hand it on."""


archive.add_command(export)
archive.add_command(check)
archive.add_command(import_)
archive.add_command(folders)
archive.add_command(show)
archive.add_command(verify)
archive.add_command(seal)
archive.add_command(repair)
archive.add_command(forget)
archive.add_command(copy)
archive.add_command(bring_back)
