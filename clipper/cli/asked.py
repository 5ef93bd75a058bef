"""What people name on the command line when they look back: times, articles, stories."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import click

from .home import Home, NothingYet, now

if TYPE_CHECKING:
    from ..model import StoredArticle
    from ..retro import Rules
    from ..store import Store

_UNITS: Final = {"h": 3_600, "d": 86_400, "w": 604_800}
_LONGEST: Final = timedelta(days=36_500)


def since(typed: str) -> timedelta:
    """A stretch of time back from now: `36h`, `30d`, `8w`, or a date, `2026-11-01`."""
    if found := re.fullmatch(r"(\d{1,6})\s*([hdw])", typed.strip().lower()):
        return min(timedelta(seconds=int(found[1]) * _UNITS[found[2]]), _LONGEST)
    try:
        day = datetime.fromisoformat(typed.strip()).replace(tzinfo=UTC)
    except ValueError:
        raise click.BadParameter(
            f"{typed!r} is no time. Write 36h, 30d, 8w or 2026-11-01."
        ) from None
    return max(now() - day, timedelta())


SINCE: Final = click.option(
    "--since",
    type=since,
    metavar="TIME",
    help="Only what came in since: 36h, 30d, 8w or 2026-11-01.",
)


@dataclass(frozen=True, slots=True)
class Ref:
    """A clipping, an article or a story, by number."""

    kind: str
    number: int


def ref(typed: str) -> Ref:
    """`12` is a clipping, `article:31` an article, `story:7` a story."""
    found = re.fullmatch(r"(?:(clipping|article|story):)?(\d{1,18})", typed.strip())
    if found is None:
        raise click.BadParameter(
            f"{typed!r} names nothing. Write 12 for clipping 12, article:31 or story:7."
        )
    return Ref(found[1] or "clipping", int(found[2]))


def article_of(store: Store, named: Ref) -> StoredArticle:
    """The article that a reference leads to: of a clipping the credited copy as it was cut, of
    a story the primary. Raises NotFound."""
    if named.kind == "article":
        return store.articles.get(named.number)
    if named.kind == "story":
        return store.articles.get(store.stories.primary(named.number))
    return store.clippings.get(named.number).article


def story_of(store: Store, named: Ref) -> int:
    """The story that a reference leads to; for one that was merged, the one it is part of now.
    Raises NotFound."""
    if named.kind == "story":
        return store.regrouping.survivor(named.number)
    return article_of(store, named).story


def rules_of(home: Home) -> Rules:
    """The rules of the config; none where there is no config. Raises ConfigError."""
    from .. import retro

    return retro.rules_of(home.config) if home.config_path.exists() else retro.Rules()


def store_if_any(home: Home) -> Store | None:
    """The store, None before the first round."""
    try:
        return home.open_store()
    except NothingYet:
        return None


def text_of(argument: str) -> str:
    """A query as typed, or from standard input for `-`."""
    return sys.stdin.read(100_000).strip() if argument == "-" else argument


def names_of(rules: Rules) -> dict[str, str]:
    """Outlets' names by slug."""
    return {slug: outlet.name for slug, outlet in rules.outlets.items()}
