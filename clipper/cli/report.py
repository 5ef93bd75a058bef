"""`clipper report`: figures of the whole archive."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from .home import Home
from .words import count, day, put_json

if TYPE_CHECKING:
    from ..linkrot import Rot, Tally


@click.group()
def report() -> None:
    """Tell figures of the whole archive."""


@report.command("link-rot")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def link_rot(home: Home, as_json: bool) -> int:
    """Tell how many of the pages that you clipped still answer, changed, or are gone.

    The figures come from the looks that `clipper recheck` made; nothing is fetched. Each
    says on how many pages it rests, and from when the looks are.
    """
    from ..linkrot import rot

    with home.open_store() as store:
        found = rot(store.looks.watched())
    if as_json:
        put_json(_values(found))
        return 0
    names = {outlet.slug: outlet.name for outlet in home.config.outlets}
    click.echo("\n".join(_lines(found, names)))
    return 0


def _lines(found: Rot, names: dict[str, str]) -> list[str]:
    everything = found.all
    if not everything.pages:
        return ["No clipping was published yet, so there is no page to tell of."]
    if found.first is None or found.last is None:
        return [
            f"{count(everything.pages, 'page')} clipped and published; none was looked at again "
            "yet. 'clipper recheck' does it."
        ]
    told = [f"{count(everything.pages, 'page')} clipped and published. {_of(everything)}"]
    if everything.excerpt:
        told.append(
            f"On {count(everything.excerpt, 'page')} a look missed words that you republished."
        )
    told += ["", "By outlet:"]
    told += [f"  {names.get(each.name, each.name)}: {_of(each)}" for each in found.outlets]
    told += ["", "By age of the clipping at the last look:"]
    told += [f"  {each.name}: {_of(each)}" for each in found.ages]
    told += [
        "",
        f"This rests on the last look at each of {count(everything.looked, 'page')}, made "
        f"between {day(found.first)} and {day(found.last)}.",
    ]
    if missing := everything.pages - everything.looked:
        told.append(f"Of {count(missing, 'page')} nothing is known: never looked at again.")
    return told


def _of(tally: Tally) -> str:
    if not tally.looked:
        return f"none of {count(tally.pages, 'page')} looked at again yet."
    parts = [
        (tally.same, "as they were"),
        (tally.changed, "changed"),
        (tally.gone, "gone"),
        (tally.home, "lead to the home page"),
        (tally.unreadable, "can't be read any more"),
    ]
    said = ", ".join(f"{number:,} {word}" for number, word in parts if number)
    return f"{tally.looked:,} looked at again: {said}. {tally.lost / tally.looked:.0%} lost."


def _values(found: Rot) -> dict[str, object]:
    return {
        "all": asdict(found.all),
        "outlets": [asdict(each) for each in found.outlets],
        "ages": [asdict(each) for each in found.ages],
        "first_look": found.first.isoformat() if found.first else None,
        "last_look": found.last.isoformat() if found.last else None,
    }
