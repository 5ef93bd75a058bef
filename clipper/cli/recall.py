"""`clipper recall`: how much of what the outlets published was found."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from .home import Home, now
from .words import count, put_json

if TYPE_CHECKING:
    from ..recall import Overlap, Recall


@click.command()
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True,
    help="Stories of the last so many days.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def recall(home: Home, days: int, as_json: bool) -> int:
    """Estimate how much of what the outlets published was found.

    Where an outlet has two sources that work apart from each other (a feed and a news
    sitemap, say), what both of them listed tells how much neither did. Each estimate comes
    with the interval in which the truth lies in 95 of 100 cases.
    """
    from ..recall import estimate

    with home.open_store() as store:
        overlaps = store.overlaps.since(now() - timedelta(days=days))
    if as_json:
        put_json([asdict(each) | {"recall": _values(estimate(each))} for each in overlaps])
        return 0
    names = {outlet.slug: outlet.name for outlet in home.config.outlets}
    for overlap in overlaps:
        click.echo(_line(names.get(overlap.outlet, overlap.outlet), overlap, estimate(overlap)))
    if not overlaps:
        click.echo(
            "No outlet has two sources, so nothing can be told. Give one a second route in "
            f"{home.config_path.name}, such as a feed of another section or a news sitemap."
        )
    return 0


def _line(name: str, overlap: Overlap, found: Recall | None) -> str:
    listed = (
        f"      {overlap.first} listed {count(overlap.by_first, 'story')}, "
        f"{overlap.second} {overlap.by_second:,}, both {overlap.by_both:,}"
    )
    if found is None:
        return f"{name}: too few stories in common to say.\n{listed}"
    return (
        f"{name}: {found.of_both:.0%} of what it published was found "
        f"(about {found.published:,.0f} stories, {found.lowest:,.0f} to {found.highest:,.0f})\n"
        f"{listed}; alone they find {found.of_first:.0%} and {found.of_second:.0%}"
    )


def _values(found: Recall | None) -> dict[str, float] | None:
    return None if found is None else asdict(found)
