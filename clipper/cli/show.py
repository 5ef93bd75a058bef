"""`clipper show`: one clipping, with the reasons that it matched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..model import Article, Clipping, Hit
from .home import Home, now
from .limit import limit_values, put_limit
from .named import outlet_of
from .queue import Names, as_values, row
from .words import ago, day, put_json

if TYPE_CHECKING:
    from ..store import Store

CONTEXT = 60
"""Characters shown on either side of a hit."""


@click.command()
@click.argument("number", metavar="ID", type=int)
@click.option("--text", "whole", is_flag=True, help="Print the whole text of the article.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(home: Home, number: int, whole: bool, as_json: bool) -> None:
    """Show clipping ID: the article, its hits in context, where each field was read, copies."""
    from ..desk import update_of, use_of

    config = home.config
    with home.open_store() as store:
        clipping = store.clippings.get(number)
        outlet = outlet_of(config, clipping.article.outlet)
        use = use_of(store, clipping, clipping.excerpt, outlet.budget, now())
        overruns = store.released.overruns(number)
        history = store.clippings.history(number)
        copies = _copies(store, clipping)
    if as_json:
        whole_values = {**as_values(clipping), "text": clipping.text, "copies": copies}
        put_json({**whole_values, "limit": limit_values(use, overruns)})
        return
    names = Names.of(config)
    click.echo(row(clipping, names))
    click.echo()
    _fields(clipping.article.article)
    _reasons(clipping, names)
    update = update_of(clipping, outlet, config.attribution)
    click.echo("\nAs it would be published:")
    click.echo(f"  {update.headline}")
    if update.note:
        click.echo(f"  Our note: {update.note}")
    click.echo(f"  {update.attribution}")
    if update.image:
        click.echo(f"  Image: {update.image.alt}")
    for paragraph in update.paragraphs:
        click.echo(f"  {paragraph}")
    click.echo(f"  Continue reading: {update.url}")
    put_limit(use, overruns)
    for copy in copies:
        click.echo(f"\nAlso in {names.outlet(copy['outlet'])} ({copy['kinship']}): "
                   f"{copy['title']}\n  {copy['url']}")  # fmt: skip
    for step in history:
        why = f": {step.reason}" if step.reason else ""
        click.echo(f"\n{ago(step.at, now())}: {step.before or 'new'} → {step.after} "
                   f"by {step.who}{why}", nl=False)  # fmt: skip
    click.echo()
    if whole:
        click.echo(f"\n{clipping.text}")


def _copies(store: Store, clipping: Clipping) -> list[dict[str, str]]:
    found = [store.articles.get(number) for number in clipping.copies]
    return [
        {
            "outlet": copy.outlet,
            "kinship": copy.kinship.value,
            "title": copy.article.title,
            "url": copy.article.canonical_url or copy.article.url,
        }
        for copy in found
    ]


def _fields(article: Article) -> None:
    """Each field with where it was read."""
    shown = {
        "title": article.title,
        "authors": ", ".join(article.authors),
        "byline": article.byline,
        "wire": article.wire,
        "dateline": article.dateline,
        "published_at": day(article.published_at) if article.published_at else "",
        "language": article.language,
        "canonical_url": article.canonical_url,
    }
    for name, value in shown.items():
        if value:
            origin = article.origins.get(name, "")
            click.echo(
                f"  {name.replace('_', ' '):<14} {value}" + (f"  ({origin})" if origin else "")
            )


def _reasons(clipping: Clipping, names: Names) -> None:
    zones = {
        "title": clipping.article.article.title,
        "lede": clipping.article.article.lede,
        "text": clipping.text,
    }
    for match in clipping.matches:
        click.echo(f"\nWhy {names.tag(match.campaign)}:" + (" (weak)" if match.weak else ""))
        for line in match.explanation:
            click.echo(f"  {line}")
        for line in _in_context(match.hits, zones):
            click.echo(f"    {line}")


def _in_context(hits: Sequence[Hit], zones: dict[str, str]) -> list[str]:
    lines = []
    for hit in hits[:8]:
        text = zones.get(hit.zone, "")
        if not text:
            continue
        start, end = max(0, hit.start - CONTEXT), min(len(text), hit.end + CONTEXT)
        words = f"{text[start : hit.start]}[{text[hit.start : hit.end]}]{text[hit.end : end]}"
        before, after = "…" * (start > 0), "…" * (end < len(text))
        lines.append(f"{hit.zone}: {before}{' '.join(words.split())}{after}")
    if len(hits) > len(lines):
        lines.append(f"and {len(hits) - len(lines)} more")
    return lines
