"""`clipper rematch`: have the clippings follow queries that were edited."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import click

from .asked import SINCE, rules_of
from .home import Home, now
from .named import campaign_named
from .words import count

if TYPE_CHECKING:
    from ..retro import Change

SAID: Final[Mapping[str, str]] = {
    "queued": "queued",
    "requeued": "back in the queue",
    "retagged": "retagged",
    "renewed": "other reasons",
    "rejected": "left the queue",
    "kept": "kept in the queue, for somebody worked on it",
    "judged": "judged before, and not changed",
}
"""What each effect is called before people, in the order of the sum."""

_QUIET: Final = frozenset({"renewed"})


@click.command()
@click.option("--campaign", help="Only this campaign's queries. [default: all, and the tags]")
@SINCE
@click.option("--dry-run", is_flag=True, help="Show what would change; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one change a line.")
@click.pass_obj
def rematch(
    home: Home, campaign: str | None, since: timedelta | None, dry_run: bool, as_json: bool
) -> None:
    """Match the articles kept anew, after queries or tags in the config were edited.

    What is found now is queued. What waited, was touched by nobody and is found no more leaves
    the queue as rejected, by clipper, with that reason; 'clipper requeue ID' brings it back.
    Judged clippings are named and never changed.
    """
    from .. import retro

    slugs = None if campaign is None else {campaign_named(home.config, campaign).slug}
    rules = rules_of(home)
    counted: Counter[str] = Counter()
    with home.open_store() as store:
        changes = retro.rematch(
            store, rules, now=now(), campaigns=slugs, since=since, dry_run=dry_run
        )
        for change in changes:
            counted[change.effect.value] += 1
            _put(change, as_json)
    if not as_json:
        click.echo(_sum(counted, dry_run))


def _put(change: Change, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_values(change), ensure_ascii=False))
    elif change.effect.value not in _QUIET:
        click.echo(_line(change))


def _line(change: Change) -> str:
    clipping = f"{change.clipping:>4}" if change.clipping else "   –"
    state = f" ({change.status})" if change.effect.value == "judged" else ""
    why = [f"+{each}" for each in (*change.gained, *change.labels)]
    why += [f"-{each}" for each in (*change.lost, *change.withdrawn)]
    return (
        f"{clipping}  {SAID[change.effect.value]}{state}: {change.title or '(no title)'}\n"
        f"      {change.outlet} · article:{change.article} · {' '.join(why)}"
    )


def _sum(counted: Counter[str], dry_run: bool) -> str:
    parts = [f"{counted[effect]} {said}" for effect, said in SAID.items() if counted[effect]]
    if not parts:
        return "Nothing changes: every clipping agrees with the queries."
    stories = count(counted.total(), "story")
    told = f"{stories}: {'; '.join(parts)}."
    return f"A dry run; nothing was changed. {told}" if dry_run else told


def _values(change: Change) -> dict[str, Any]:
    return {
        "effect": change.effect.value,
        "clipping": change.clipping,
        "status": change.status and change.status.value,
        "story": change.story,
        "article": change.article,
        "title": change.title,
        "outlet": change.outlet,
        "gained": list(change.gained),
        "lost": list(change.lost),
        "labels": list(change.labels),
        "withdrawn": list(change.withdrawn),
    }
