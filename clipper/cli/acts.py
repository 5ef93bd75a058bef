"""`clipper approve`, `reject` and `requeue`: an editor's decisions from the command line."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import click

from ..errors import ClipperError
from ..model import Clipping
from .home import Home, now
from .named import outlet_of


def who() -> str:
    """The person who acts, as the operating system knows them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def _each(numbers: tuple[int, ...], act: Callable[[int], Clipping], done: str) -> int:
    """Do one act on several clippings; one that is refused leaves the others alone."""
    failed = 0
    for number in numbers:
        try:
            clipping = act(number)
        except ClipperError as error:
            click.echo(f"{number}: {error}", err=True)
            failed += 1
            continue
        title = clipping.headline or clipping.article.article.title
        click.echo(f"{number}: {done}: {title}")
    return 1 if failed else 0


@click.command()
@click.argument("numbers", metavar="ID…", type=int, nargs=-1, required=True)
@click.option("--headline", help="The headline to show instead of the article's.")
@click.option("--excerpt", help="The words to quote, copied from the article; join with […].")
@click.option("--reason", default="", help="Why; needed for an excerpt over the budget.")
@click.pass_obj
def approve(
    home: Home, numbers: tuple[int, ...], headline: str | None, excerpt: str | None, reason: str
) -> int:
    """Approve clippings for publishing."""
    from .. import desk

    if len(numbers) > 1 and (headline is not None or excerpt is not None):
        raise click.UsageError("--headline and --excerpt belong to one clipping; name one ID.")
    config = home.config
    with home.open_store() as store:

        def act(number: int) -> Clipping:
            outlet = outlet_of(config, store.clippings.get(number).article.outlet)
            return desk.approve(
                store, number, who=who(), now=now(), budget=outlet.budget,
                headline=headline, quotation=excerpt, reason=reason,
            )  # fmt: skip

        code = _each(numbers, act, "approved")
    if not code:
        click.echo("Next: clipper publish")
    return code


@click.command()
@click.argument("numbers", metavar="ID…", type=int, nargs=-1, required=True)
@click.option("--reason", default="off-topic", show_default=True, help="Why; any words do.")
@click.pass_obj
def reject(home: Home, numbers: tuple[int, ...], reason: str) -> int:
    """Reject clippings, with a reason."""
    from .. import desk

    with home.open_store() as store:
        return _each(
            numbers,
            lambda number: desk.reject(store, number, who=who(), now=now(), reason=reason),
            f"rejected ({reason})",
        )


@click.command()
@click.argument("numbers", metavar="ID…", type=int, nargs=-1, required=True)
@click.option("--reason", default="", help="Why.")
@click.pass_obj
def requeue(home: Home, numbers: tuple[int, ...], reason: str) -> int:
    """Put judged clippings back into the queue."""
    from .. import desk

    with home.open_store() as store:
        return _each(
            numbers,
            lambda number: desk.requeue(store, number, who=who(), now=now(), reason=reason),
            "back in the queue",
        )
