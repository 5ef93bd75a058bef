"""`clipper publish` and `clipper withdraw`: bring every place to the approved state."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError
from .acts import who
from .home import Home, now
from .post import own_posts, tell_problems
from .words import count

if TYPE_CHECKING:
    from ..desk.publishing import Dispatch, Order, Plan
    from ..desk.reconciling import Choice
    from ..model import Update
    from ..publishers.contract import Place
    from ..store import Store

_DOING = {
    "create": "new",
    "amend": "changed",
    "withdraw": "taken down",
    "adopt": "found there",
    "forget": "no longer there",
    "edited": "edited there; left as it is",
    "conflict": "edited there, and changed here",
    "missing": "deleted there",
    "unsure": "perhaps sent: no answer came, and the place can't be asked",
    "later": "waits",
}
"""The outbox's verdicts in words."""

_ASK = (
    "A person has to decide: 'clipper publish --ours ID' puts ours there, "
    "'clipper publish --theirs ID' leaves it there as it is."
)


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--ours", type=int, multiple=True, metavar="ID", help="Overwrite what was edited or deleted."
)
@click.option(
    "--theirs", type=int, multiple=True, metavar="ID", help="Leave what was edited or deleted."
)
@click.option("--now", "hurry", is_flag=True, help="Try at once what waits after a failure.")
@click.option(
    "--preview",
    metavar="FOLDER",
    help="Write the site with your theme and samples there, and publish nothing.",
)
@click.pass_obj
def publish(
    home: Home,
    dry_run: bool,
    ours: tuple[int, ...],
    theirs: tuple[int, ...],
    hurry: bool,
    preview: str | None,
) -> int:
    """Publish what was approved, and take down what was withdrawn."""
    from ..desk.publishing import Order, plan
    from .targets import targets

    if preview is not None:
        return _preview(home, Path(preview))
    own = own_posts(home)
    unfit = tell_problems(own)
    with home.open_store() as store, targets(home, store) as places:
        order = Order(
            updates=updates_of(home, store),
            who=who(),
            now=now(),
            choices=_choices(ours, theirs),
            hurry=hurry,
        )
        if not dry_run:
            failed = send(store, order, places)
            if standing := own.standing(order.now):
                click.echo(f"site: {count(len(standing), 'post')} of your own.")
            return 1 if unfit else failed
        plans = plan(store, order, places)
        _show(plans)
        click.echo("This was a dry run: nothing was changed.")
        return 1 if unfit or any(each.trouble for each in plans) else 0


class Unfit(ClipperError):
    """The preview can't be written there."""


def _preview(home: Home, folder: Path) -> int:
    """The site in a folder of its own; nothing else is touched."""
    from ..publishers.preview import preview
    from .targets import site_settings

    config, folder = home.config, folder.expanduser().resolve()
    if folder == config.site.folder or config.site.folder in folder.parents:
        raise Unfit(f"{folder} is the site itself. Name another folder for the preview.")
    posts = own_posts(home)
    updates: Sequence[Update] = ()
    if home.store_path.exists():
        with home.open_store() as store:
            updates = updates_of(home, store)
    preview(updates, posts.standing(now()), folder, site_settings(config), now())
    click.echo(f"Wrote a preview; nothing was published. Open {folder / 'index.html'}")
    return 1 if tell_problems(posts) else 0


def updates_of(home: Home, store: Store) -> Sequence[Update]:
    """All updates that should stand."""
    from .. import desk

    config = home.config
    campaigns = {campaign.slug: campaign.name for campaign in config.campaigns}
    return desk.standing(store, config.outlets, config.attribution, campaigns)


def _choices(ours: Sequence[int], theirs: Sequence[int]) -> dict[str, Choice]:
    from ..desk.reconciling import Choice

    if set(ours) & set(theirs):
        raise click.UsageError("Say either --ours or --theirs for one ID.")
    chosen = {f"clipping-{number}": Choice.OURS for number in ours}
    return chosen | {f"clipping-{number}": Choice.THEIRS for number in theirs}


def _show(plans: Sequence[Plan]) -> None:
    asks = False
    for each in plans:
        if each.trouble:
            click.echo(f"{each.place}: {each.trouble.text}", err=True)
        for line in each.lines:
            click.echo(f"{each.place}: {line}")
        for step in each.steps:
            asks = asks or step.asks
            if step.verdict != "keep":
                doing = _DOING[step.verdict]
                click.echo(f"{each.place}: {doing}: {step.headline} ({step.case.key})")
    if asks:
        click.echo(_ASK)


def send(store: Store, order: Order, places: Sequence[Place]) -> int:
    """Publish, and say what became of each update; 1 when something failed or a person is asked."""
    from ..desk.publishing import publish as bring

    done = bring(store, order, places)
    for each in done:
        _tell(each)
    for place in places:
        stands = store.receipts.list(place.name)
        click.echo(f"{place.name}: {count(len(stands), 'update')} in place.")
    if any(each.verdict in ("conflict", "missing", "unsure") for each in done):
        click.echo(_ASK)
    return 0 if all(each.well for each in done) else 1


def _tell(done: Dispatch) -> None:
    doing = _DOING.get(done.verdict, done.verdict)
    name = f"{done.headline} ({done.key})" if done.key else ""
    if done.trouble:
        click.echo(": ".join(filter(None, [done.place, name, done.trouble])), err=True)
        return
    where = f"\n  {done.where}" if done.where else ""
    click.echo(f"{done.place}: {doing}: {name}{where}")


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--reason", required=True, help="Why; it is kept on record.")
@click.option("--later", is_flag=True, help="Leave the taking down to the next 'clipper publish'.")
@click.pass_obj
def withdraw(home: Home, number: int, reason: str, later: bool) -> int:
    """Take one published clipping down, everywhere."""
    from ..desk.publishing import Order
    from ..desk.publishing import withdraw as decide
    from .targets import targets

    with home.open_store() as store:
        clipping = decide(store, number, who=who(), now=now(), reason=reason)
        title = clipping.headline or clipping.article.article.title
        click.echo(f"{number}: withdrawn ({reason}): {title}")
        if later:
            return 0
        with targets(home, store) as places:
            order = Order(
                updates=updates_of(home, store),
                who=who(),
                now=now(),
                only=frozenset({f"clipping-{number}"}),
            )
            return send(store, order, places)
