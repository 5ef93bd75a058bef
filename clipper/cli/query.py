"""`clipper query`: try a query, ask why or why not, read another service's, find doubts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing, nullcontext
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from .asked import SINCE, Ref, article_of, names_of, ref, rules_of, store_if_any, text_of
from .home import Home, now
from .named import campaign_named
from .words import count, day, put_json

if TYPE_CHECKING:
    from ..model import StoredArticle
    from ..query import Lint
    from ..retro import Compared, Reasons, Rehearsal, Rehearsed, Rules

_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

MEANT = "ID is a clipping's number; article:31 names an article and story:7 a story's main copy."


@click.group()
def query() -> None:
    """Try queries on the articles that were kept, and ask why they match or not."""


# ---------------------------------------------------------------- test


@query.command()
@click.argument("text", metavar="QUERY")
@SINCE
@click.option("--campaign", help="Compare with this campaign's saved queries.")
@click.option("--number", type=int, help="Which of them it replaces. [default: all]")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000))
@click.option("--seconds", default=30.0, show_default=True, type=click.FloatRange(0.1, 3600))
@_JSON
@click.pass_obj
def test(
    home: Home, text: str, since: timedelta | None, campaign: str | None, number: int | None,
    limit: int, seconds: float, as_json: bool,
) -> None:  # fmt: skip
    """Rehearse QUERY: what it finds among the articles kept, and what is doubtful in it.

    With --campaign also what is gained and lost against the saved queries. Nothing is changed.
    QUERY may be - for standard input.
    """
    from .. import retro

    rules = rules_of(home)
    saved = campaign_named(home.config, campaign) if campaign else None
    if number is not None and saved is None:
        raise click.UsageError("--number counts a campaign's queries; name it with --campaign.")
    with home.open_store() as store:
        found = retro.rehearse(
            store, rules, text_of(text), now=now(), since=since, saved=saved, number=number,
            most=limit, seconds=seconds,
        )  # fmt: skip
    if as_json:
        put_json(_rehearsal_values(found))
        return
    _put_rehearsal(found, saved.name if saved else "", names_of(rules))


def _put_rehearsal(found: Rehearsal, campaign: str, names: dict[str, str]) -> None:
    click.echo(f"Read as: {found.query}")
    click.echo(_sum(found))
    if not found.complete:
        click.echo(_cut_short(found))
    if found.outlets:
        shown = [f"{names.get(slug, slug)} {number}" for slug, number in found.outlets[:12]]
        click.echo(f"Articles by outlet: {' · '.join(shown)}")
    if found.stories:
        click.echo(f"Before the editors: {_decisions(found)}")
    if found.compared is not None:
        _put_compared(found.compared, campaign, names)
    elif found.hits:
        click.echo(f"\nFound{_first(len(found.hits), found.stories)}, newest arrivals first:")
        _put_stories(found.hits, names)
    _put_lints(found.lints)


def _sum(found: Rehearsal) -> str:
    since = f" saved since {day(found.since)}" if found.since else ""
    where = f"{count(found.archive, 'article')}{since}"
    if not found.stories:
        return f"It finds nothing in {where}."
    stories, articles = count(found.stories, "story"), count(found.articles, "article")
    return f"It finds {stories} ({articles}) in {where}."


def _cut_short(found: Rehearsal) -> str:
    return (
        f"Not all was looked at: the last {found.looked:,} of {found.candidates:,} articles that "
        "may match. The numbers are of those alone; give it more --seconds or a shorter --since."
    )


def _decisions(found: Rehearsal) -> str:
    parts = [f"{number} {status}" for status, number in sorted(found.decisions.items())]
    never = found.stories - sum(found.decisions.values())
    return ", ".join([*parts, *([f"{never} never"] if never else [])])


def _first(shown: int, total: int) -> str:
    return f", the first {shown} of {total}" if shown < total else ""


def _put_compared(compared: Compared, campaign: str, names: dict[str, str]) -> None:
    place = count(len(compared.replaces), "query")
    click.echo(
        f"In place of {place} of {campaign}: "
        f"{compared.gained_number} gained, {compared.lost_number} lost."
    )
    sides = (
        ("Gained", compared.gained, compared.gained_number),
        ("Lost", compared.lost, compared.lost_number),
    )
    for said, stories, number in sides:
        if stories:
            click.echo(f"\n{said}{_first(len(stories), number)}, newest arrivals first:")
            _put_stories(stories, names)


def _put_stories(stories: Sequence[Rehearsed], names: dict[str, str]) -> None:
    for each in stories:
        known = f" [{each.status}, clipping {each.clipping}]" if each.status else ""
        click.echo(f"  {each.article.article.title or '(no title)'}{known}")
        click.echo(f"    {_whence(each, names)}")
        for passage in each.passages:
            click.echo(f"    {passage.zone}: {passage}")


def _whence(each: Rehearsed, names: dict[str, str]) -> str:
    stored = each.article
    parts = [f"article:{stored.id}", names.get(stored.outlet, stored.outlet)]
    parts.append(day(stored.article.published_at))
    if each.copies:
        parts.append(f"also in {count(len(each.copies), 'copy')}")
    return " · ".join([*parts, *(["weak"] if each.match.weak else [])])


def _put_lints(lints: Iterable[Lint]) -> None:
    told = [f"  {lint.text} {lint.remedy}".rstrip() for lint in lints]
    if told:
        click.echo("\n".join(["\nLook twice at the query:", *told]))


def _rehearsal_values(found: Rehearsal) -> dict[str, Any]:
    compared = found.compared
    return {
        "query": found.query,
        "stories": found.stories,
        "articles": found.articles,
        "archive": found.archive,
        "candidates": found.candidates,
        "looked": found.looked,
        "complete": found.complete,
        "since": found.since and found.since.isoformat(),
        "outlets": dict(found.outlets),
        "decisions": {status.value: number for status, number in found.decisions.items()},
        "hits": [_rehearsed_values(each) for each in found.hits],
        "compared": compared
        and {
            "campaign": compared.campaign,
            "replaces": list(compared.replaces),
            "gained": compared.gained_number,
            "lost": compared.lost_number,
            "gained_hits": [_rehearsed_values(each) for each in compared.gained],
            "lost_hits": [_rehearsed_values(each) for each in compared.lost],
        },
        "lints": _lint_values(found.lints),
    }


def _rehearsed_values(each: Rehearsed) -> dict[str, Any]:
    return {
        **_article_values(each.article),
        "copies": list(each.copies),
        "clipping": each.clipping,
        "status": each.status and each.status.value,
        "weak": each.match.weak,
        "explanation": list(each.match.explanation),
        "passages": [{"zone": p.zone, "text": str(p)} for p in each.passages],
    }


def _article_values(stored: StoredArticle) -> dict[str, Any]:
    return {
        "article": stored.id,
        "story": stored.story,
        "title": stored.article.title,
        "outlet": stored.outlet,
        "url": stored.article.canonical_url or stored.article.url,
        "published_at": stored.article.published_at and stored.article.published_at.isoformat(),
    }


def _lint_values(lints: Iterable[Lint]) -> list[dict[str, Any]]:
    return [
        {"kind": x.kind, "text": x.text, "remedy": x.remedy, "start": x.start, "end": x.end}
        for x in lints
    ]


# ---------------------------------------------------------------- explain, why-not


@query.command(epilog=MEANT)
@click.argument("subject", metavar="ID", type=ref)
@click.argument("text", metavar="QUERY")
@_JSON
@click.pass_obj
def explain(home: Home, subject: Ref, text: str, as_json: bool) -> None:
    """Say why QUERY matches one article, or what is missing."""
    from .. import retro

    rules = rules_of(home)
    with home.open_store() as store:
        stored = article_of(store, subject)
    _put_reasons(stored, (retro.explain(rules, stored, text_of(text)),), rules, as_json)


@query.command("why-not", epilog=MEANT)
@click.argument("subject", metavar="ID", type=ref)
@click.option("--campaign", required=True, help="The campaign whose queries are asked.")
@_JSON
@click.pass_obj
def why_not(home: Home, subject: Ref, campaign: str, as_json: bool) -> None:
    """Say of each query of a campaign why it does not match one article: the nearest miss."""
    from .. import retro

    rules = rules_of(home)
    asked = campaign_named(home.config, campaign)
    with home.open_store() as store:
        stored = article_of(store, subject)
    _put_reasons(stored, retro.why_not(rules, stored, asked), rules, as_json)


def _put_reasons(
    stored: StoredArticle, found: Sequence[Reasons], rules: Rules, as_json: bool
) -> None:
    if as_json:
        queries = [_reasons_values(each) for each in found]
        put_json({**_article_values(stored), "queries": queries})
        return
    click.echo(f"{stored.article.title or '(no title)'}")
    outlet = rules.outlet(stored.outlet).name
    click.echo(f"  article:{stored.id} · {outlet} · {day(stored.article.published_at)}")
    for each in found:
        click.echo(f"\n{each.query}")
        for line in _lines(each):
            click.echo(f"  {line}")


def _lines(each: Reasons) -> list[str]:
    if each.why_not is None:
        weak = " Weak: look twice." if each.explanation.weak else ""
        return [f"It matches.{weak}", *each.explanation.lines]
    lines = ["It does not match.", f"{each.why_not.clause}: {each.why_not.text}"]
    if each.why_not.nearest:
        lines.append(f"nearest: {each.why_not.nearest}")
    return [*lines, *(f"{passage.zone}: {passage}" for passage in each.passages)]


def _reasons_values(each: Reasons) -> dict[str, Any]:
    miss = each.why_not
    return {
        "query": each.query,
        "matches": miss is None,
        "weak": each.explanation.weak,
        "explanation": list(each.explanation.lines),
        "why_not": miss and {"clause": miss.clause, "text": miss.text, "nearest": miss.nearest},
        "passages": [{"zone": p.zone, "text": str(p)} for p in each.passages],
    }


# ---------------------------------------------------------------- import, lint


@query.command("import")
@click.option(
    "--from", "source", required=True, metavar="SERVICE",
    help="meltwater, brandwatch, cision, talkwalker, nexis or google.",
)  # fmt: skip
@click.argument("text", metavar="QUERY")
@_JSON
def import_(source: str, text: str, as_json: bool) -> None:
    """Translate QUERY from another service, and say where the meaning differs.

    QUERY may be - for standard input.
    """
    from ..query.dialects import translate

    found = translate(text_of(text), source)
    if as_json:
        differences = [{"kind": each.kind, "text": each.text} for each in found.differences]
        put_json({"query": found.query, "differences": differences})
        return
    click.echo(found.query)
    if found.differences:
        click.echo("\nIt does not mean quite the same:")
    for each in found.differences:
        click.echo(f"  {each.kind}: {each.text}")


@query.command()
@click.argument("text", metavar="[QUERY]", required=False)
@_JSON
@click.pass_obj
def lint(home: Home, text: str | None, as_json: bool) -> None:
    """List what is doubtful in QUERY, or in all queries of the config.

    Where articles were kept, also the terms that stand in none of them.
    """
    from .. import query as language
    from .. import retro

    rules = rules_of(home)
    asked = [("", text_of(text))] if text else _configured(rules)
    store = store_if_any(home)
    with nullcontext() if store is None else closing(store):
        found = [
            (name, each, retro.doubts(language.parse(each, rules.lists), store))
            for name, each in asked
        ]
    if as_json:
        put_json([{"of": n, "query": q, "lints": _lint_values(lints)} for n, q, lints in found])
        return
    for name, each, lints in found:
        _put_doubts(name, each, lints)
    total = sum(len(lints) for _, _, lints in found)
    click.echo(f"{count(total, 'doubt')} in {count(len(found), 'query')}.")


def _configured(rules: Rules) -> list[tuple[str, str]]:
    campaigns = [(each.name, text) for each in rules.campaigns for text in each.queries]
    return [*campaigns, *((f"tag {label}", text) for label, text in rules.tags.items())]


def _put_doubts(name: str, text: str, lints: Sequence[Lint]) -> None:
    if not lints:
        return
    head = f"{name}: " if name else ""
    click.echo(f"{head}{' '.join(text.split())}")
    for each in lints:
        click.echo(f"  {each.text} {each.remedy}".rstrip())
