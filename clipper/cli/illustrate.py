"""`clipper illustrate`: a picture of the campaign's own beside a clipping."""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import Refused
from ..pictures import MOST_BYTES
from .acts import who
from .home import Home, now


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--alt", default="", help="What the image shows, for those who can't see it.")
@click.option("--none", "away", is_flag=True, help="Take the image away.")
@click.pass_obj
def illustrate(home: Home, number: int, file: Path | None, alt: str, away: bool) -> int:
    """Give clipping ID an image of your own: FILE, a JPEG, PNG, WebP or GIF.

    It is drawn anew, at most 1,600 pixels wide or high, so that place, camera and all else that
    a file says beside its picture stay here.
    """
    from .. import desk

    if (file is None) is not away:
        raise click.UsageError("Name a FILE, or say --none to take the image away.")
    raw = None if file is None else _read(file)
    with home.open_store() as store:
        desk.illustrate(store, number, raw, who=who(), now=now(), alt=alt)
    click.echo(
        f"{number}: {'its image is gone' if away else 'has an image'}. Next: clipper publish"
    )
    return 0


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused(f"{file} can't be read: {error.strerror}. Check its name.") from error
