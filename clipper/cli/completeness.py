"""`clipper completeness`: what "no coverage" is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from .home import Home, now
from .words import put_json

if TYPE_CHECKING:
    from ..completeness import Completeness, Gap
    from ..store import Store

THIS = "this"
ROUND = "round"


@click.command()
@click.option(
    "--week", is_flag=False, flag_value=THIS, metavar="[2026-W48]",
    help="Of a week, Monday to Sunday in UTC; without a name, of this one so far.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def completeness(home: Home, week: str | None, as_json: bool) -> int:
    """Say what was looked at and what was not, and what "no coverage" is worth.

    Without options, of the latest round. A source counts as looked at without a gap when it
    was reached, when its list was not wholly replaced between two looks, and when nearly all
    of its pages could be had.
    """
    with home.open_store() as store:
        told = _latest(store) if week is None else of_week(store, _monday(week), now())
    if as_json:
        put_json(asdict(told) if told else None)
        return 0
    if told is None:
        click.echo("No round was finished yet. Run 'clipper fetch'.")
        return 0
    names = {source.slug: source.outlet for source in home.config.sources}
    outlets = {outlet.slug: outlet.name for outlet in home.config.outlets}
    click.echo(f"{_title(told)}\n{as_text(told, {s: outlets[o] for s, o in names.items()})}")
    return 0


def _title(told: Completeness) -> str:
    began, ended = (f"{at:%Y-%m-%d %H:%M}" for at in (told.began_at, told.ended_at))
    return f"{told.kind.value.capitalize()} {told.name}: {began} to {ended} UTC"


def as_text(told: Completeness, names: Mapping[str, str], *, errors: bool = True) -> str:
    """The account in sentences; `names` are the outlets' names by source. Without `errors`,
    those were told above."""
    from ..completeness import Cause, reason, remarks, verdict

    def why(gap: Gap) -> str:
        seen = gap.cause is Cause.FAILED and not errors
        return "it could not be looked at (see above)" if seen else reason(gap)

    gaps = [f"  {names.get(gap.source, gap.source)}: {why(gap)}" for gap in told.gaps]
    return "\n".join([verdict(told), *gaps, *remarks(told)])


def _latest(store: Store) -> Completeness | None:
    from ..completeness import Kind

    return store.accounts.last(Kind.ROUND)


def of_week(store: Store, monday: date, at: datetime) -> Completeness:
    """The account of a week as it was kept, or, where it was not, as the ledger has it now."""
    from ..completeness import Kind, account
    from ..health import silent

    name = f"{monday:%G-W%V}"
    kept = store.accounts.get(Kind.WEEK, name)
    if kept is not None:
        return kept
    began = datetime.combine(monday, time(), UTC)
    ended = min(began + timedelta(days=7), at)
    quiet = silent(store.histories.list(at))
    watched = store.accounts.watched(began, ended)
    return account(Kind.WEEK, name, watched, began, ended, silent=quiet)


def _monday(week: str) -> date:
    if week == THIS:
        today = now().date()
        return today - timedelta(days=today.weekday())
    try:
        year, _, number = week.upper().partition("-W")
        return date.fromisocalendar(int(year), int(number), 1)
    except ValueError as error:
        raise click.UsageError(f"{week!r} is no week. Write it like this: 2026-W48.") from error
