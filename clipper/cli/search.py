"""`clipper search`: all articles that were kept, matched or not."""

from __future__ import annotations

import click

from .home import Home
from .words import count, day, put_json


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def search(home: Home, words: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search titles, authors and texts of all articles kept, newest first.

    An article has to hold all WORDS; accents and case do not matter.
    """
    with home.open_store() as store:
        found = store.articles.find(" ".join(words), limit=limit)
    if as_json:
        put_json([
            {
                "article": each.article.id,
                "title": each.article.article.title,
                "outlet": each.article.outlet,
                "url": each.article.article.url,
                "published_at": each.article.article.published_at,
                "snippet": each.snippet,
            }
            for each in found
        ])  # fmt: skip
        return
    for each in found:
        article = each.article.article
        click.echo(f"{article.title}\n  {each.article.outlet} · {day(article.published_at)}"
                   f" · {article.canonical_url or article.url}\n  {each.snippet}")  # fmt: skip
    click.echo(f"{count(len(found), 'article')}." if found else "Nothing was found.")
