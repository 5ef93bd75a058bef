"""`clipper approve`, `reword`, `reject` and `requeue`: decisions from the command line."""

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
@click.option("--note", help="Your own words to readers, above the quotation and marked as yours.")
@click.option("--reason", default="", help="Why; needed for an excerpt over the budget.")
@click.pass_obj
def approve(
    home: Home, numbers: tuple[int, ...], headline: str | None, excerpt: str | None,
    note: str | None, reason: str,
) -> int:  # fmt: skip
    """Approve clippings for publishing."""
    from .. import desk

    words = desk.Words(headline=headline, quotation=excerpt, preface=note)
    if len(numbers) > 1 and words != desk.Words():
        raise click.UsageError(
            "--headline, --excerpt and --note belong to one clipping; name one ID."
        )
    config = home.config
    with home.open_store() as store:

        def act(number: int) -> Clipping:
            outlet = outlet_of(config, store.clippings.get(number).article.outlet)
            return desk.approve(
                store, number, who=who(), now=now(), budget=outlet.budget,
                words=words, reason=reason,
            )  # fmt: skip

        code = _each(numbers, act, "approved")
    if not code:
        click.echo("Next: clipper publish")
    return code


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--headline", help="The headline to show; '' gives the article's again.")
@click.option("--excerpt", help="The words to quote, copied from the article; join with […].")
@click.option("--note", help="Your own words to readers; '' takes them away.")
@click.option("--reason", default="", help="Why; needed for an excerpt over the budget.")
@click.pass_obj
def reword(
    home: Home, number: int, headline: str | None, excerpt: str | None, note: str | None,
    reason: str,
) -> int:  # fmt: skip
    """Change what is shown of clipping ID: headline, excerpt, your note to readers."""
    from .. import desk

    words = desk.Words(headline=headline, quotation=excerpt, preface=note)
    if words == desk.Words():
        raise click.UsageError("Say what to change: --headline, --excerpt or --note.")
    config = home.config
    with home.open_store() as store:

        def act(number: int) -> Clipping:
            clipping = store.clippings.get(number)
            outlet = outlet_of(config, clipping.article.outlet)
            return desk.reword(
                store, clipping, who=who(), now=now(), words=words, reason=reason,
                version=clipping.version, budget=outlet.budget,
            )  # fmt: skip

        return _each((number,), act, "reworded")


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
