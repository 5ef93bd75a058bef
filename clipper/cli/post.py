"""`clipper post`: news of the campaign's own, which the site shows among the updates."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError
from .home import Home, now
from .words import count

if TYPE_CHECKING:
    from ..pictures import Drawn
    from ..publishers.posts import Posts


class Unfit(ClipperError):
    """A post can't be begun like this."""


def own_posts(home: Home) -> Posts:
    """All posts of the campaign's own, and what is wrong with some. Raises ConfigError."""
    from ..publishers import posts

    config = home.config
    names = {campaign.slug: campaign.name for campaign in config.campaigns}
    kept = _DrawnOnce(home.store_path.parent / "drawn")
    found = posts.read(_folder(home), names, kept.draw)
    kept.tidy()
    return found


class _DrawnOnce:
    """Pictures drawn anew, each kept in a folder for the next time: it takes a third of a second
    for one from a camera. What was not asked for any more is removed by `tidy`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._asked: set[str] = set()

    def draw(self, raw: bytes) -> Drawn:
        """As `pictures.draw`."""
        from ..archive.disk import DISK
        from ..pictures import Drawn, draw

        name = hashlib.sha256(raw).hexdigest()
        self._asked.add(name)
        with suppress(OSError):
            for file in self._folder.glob(f"{name}.*"):
                return Drawn(body=file.read_bytes(), suffix=file.suffix[1:])
        drawn = draw(raw)
        with suppress(OSError):  # it is drawn again, then
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            DISK.put(self._folder / f"{name}.{drawn.suffix}", drawn.body)
        return drawn

    def tidy(self) -> None:
        """Remove what was not asked for."""
        with suppress(OSError):
            for file in self._folder.iterdir():
                if file.stem not in self._asked:
                    file.unlink()


def tell_problems(posts: Posts) -> bool:
    """Name what is wrong; whether anything is."""
    for problem in posts.problems:
        click.echo(f"post left out: {problem}", err=True)
    return bool(posts.problems)


def _folder(home: Home) -> Path:
    return home.config.places.posts or home.config_path.parent / "posts"


@click.group()
def post() -> None:
    """Write news of your own, which the site shows among the updates."""


@post.command()
@click.argument("title", metavar="TITLE")
@click.option("--campaign", metavar="NAME", help="The campaign that it belongs to.")
@click.pass_obj
def new(home: Home, title: str, campaign: str | None) -> None:
    """Begin a post: a commented file to write in."""
    from .. import text
    from ..publishers import post_starter

    title = text.clean(title, 400)
    if not title:
        raise Unfit("a post needs a title: clipper post new 'What happened'.")
    named = _campaign(home, campaign) if campaign else ""
    when = now()
    words = text.slug(title, 50) or "post"
    folder = _folder(home)
    path = folder / f"{when:%Y-%m-%d}-{words}.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unfit(f"The folder {folder} can't be made: {error.strerror}.") from error
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(post_starter.starter(title, when, named))
    except FileExistsError:
        raise Unfit(f"{path} exists already; it was left as it is. Give another title.") from None
    except OSError as error:
        raise Unfit(f"{path} can't be written: {error.strerror}.") from error
    click.echo(f"Wrote {path}. Next:")
    click.echo("  1. open it in an editor and write; its first lines say how")
    click.echo("  2. remove the line 'draft: true' when it is ready")
    click.echo("  3. clipper publish")


def _campaign(home: Home, typed: str) -> str:
    known = {c.slug.casefold(): c.name for c in home.config.campaigns}
    known |= {c.name.casefold(): c.name for c in home.config.campaigns}
    if typed.casefold() not in known:
        names = ", ".join(c.name for c in home.config.campaigns) or "none yet"
        raise Unfit(f"there is no campaign '{typed}'. The config has: {names}.")
    return known[typed.casefold()]


@post.command(name="list")
@click.pass_obj
def list_posts(home: Home) -> int:
    """List the posts: which stand, which are drafts, which can't be used and why."""
    posts = own_posts(home)
    when = now()
    for each in posts.posts:
        state = "draft" if each.draft else "waits for its date" if each.at > when else "goes out"
        where = f" · {', '.join(each.campaigns)}" if each.campaigns else ""
        click.echo(f"{each.at:%Y-%m-%d}  {state}: {each.headline}{where}\n  {each.path}")
    if not posts.posts and not posts.problems:
        click.echo(f"There are no posts in {_folder(home)}. Begin one: clipper post new TITLE")
    elif posts.posts:
        click.echo(f"{count(len(posts.posts), 'post')} in {_folder(home)}.")
    return 1 if tell_problems(posts) else 0
