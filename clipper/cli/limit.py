"""How an excerpt stands to its limit, for the terminal and for scripts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ..desk import Use
    from ..store.released import Overrun


def put_limit(use: Use, overruns: Sequence[Overrun]) -> None:
    """Print what is used, what is left, whose limit it is, and what was let over it."""
    click.echo(f"  ({use.words} words, {use.share:.0%} of the article; {use.allowed} are allowed)")
    if use.total_words != use.words:
        told = f"{use.total_words} words, {use.total_share:.0%}"
        click.echo(f"  With what left before: {told}; {use.total_allowed} are allowed.")
    state = "Over it: approving needs --reason." if use.over else f"{use.left} words are left."
    click.echo(f"  Limit: {use.limit.why}. {state}")
    for each in overruns:
        click.echo(f"  Over the limit, because: {each.reason} ({each.who}, {each.at:%Y-%m-%d})")


def limit_values(use: Use, overruns: Sequence[Overrun]) -> dict[str, object]:
    """The same for scripts."""
    return {
        "why": use.limit.why,
        "words": use.words,
        "allowed": use.allowed,
        "total_words": use.total_words,
        "total_allowed": use.total_allowed,
        "left": use.left,
        "over": list(use.over),
        "reasons": [
            {"reason": each.reason, "who": each.who, "at": each.at.isoformat()} for each in overruns
        ],
    }
