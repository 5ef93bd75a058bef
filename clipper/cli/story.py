"""`clipper story` and `clipper stories`: which articles carry the same copy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import click

from .acts import who
from .asked import Ref, article_of, names_of, ref, rules_of, story_of
from .home import Home, now
from .words import count, day, put_json

if TYPE_CHECKING:
    from ..dedupe import Change
    from ..retro import Rebuilding
    from ..store import Copy, Store, Version

MEANT: Final = (
    "ID is a clipping's number and means its story; story:7 names a story and article:31 the "
    "story of an article. 'clipper story ID' is short for 'clipper story show ID'."
)

KINSHIPS: Final[Mapping[str, str]] = {
    "first": "the first of the story",
    "same-url": "the same address",
    "identical": "the same words",
    "version": "another version",
    "syndicated": "the same copy in another outlet",
    "partial": "a part of the copy",
    "editor": "put here by an editor",
}
"""How an article came into its story, before people."""

_AROUND: Final = 40


class _ShowUnlessNamed(click.Group):
    """A group whose first word may be an ID: then it is shown."""

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = args[0] in self.commands or args[0].startswith("-")
        return super().resolve_command(context, args if known else ["show", *args])


@click.group(cls=_ShowUnlessNamed, epilog=MEANT)
def story() -> None:
    """Show which articles carry the same copy, and mend it: merge and split."""


@story.command(epilog=MEANT)
@click.argument("subject", metavar="ID", type=ref)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def show(home: Home, subject: Ref, as_json: bool) -> None:
    """Show the copies of a story with the evidence for each, and what changed in each.

    c is the share of the smaller text that both have, m that of the larger, and shared the
    number of fingerprints in common, as it was found when the copy came in.
    """
    names = names_of(rules_of(home))
    with home.open_store() as store:
        number = story_of(store, subject)
        copies = store.stories.copies(number)
        clipping = store.clippings.of_story(number)
        status = store.clippings.status(clipping) if clipping else None
        versions = {each.article.id: _versions(store, each) for each in copies}
    if as_json:
        put_json({
            "story": number,
            "clipping": clipping,
            "status": status and status.value,
            "copies": [_copy_values(each, versions[each.article.id]) for each in copies],
        })  # fmt: skip
        return
    known = f"clipping {clipping}, {status}" if clipping else "never before the editors"
    click.echo(f"story:{number} · {count(len(copies), 'copy')} · {known}")
    for each in copies:
        click.echo(_copy(each, names))
        _put_versions(versions[each.article.id])


def _versions(store: Store, copy: Copy) -> tuple[Version, ...]:
    return store.articles.versions(copy.article.id) if copy.article.version > 1 else ()


def _copy(copy: Copy, names: dict[str, str]) -> str:
    stored, found = copy.article, copy.placement
    main = " · stands for the story" if copy.primary else ""
    wire = f" · {stored.article.wire}" if stored.article.wire else ""
    lines = [
        f"\narticle:{stored.id}  {stored.article.title or '(no title)'}",
        f"  {names.get(stored.outlet, stored.outlet)} · {day(stored.article.published_at)}"
        f"{wire}{main}",
        f"  {stored.article.canonical_url or stored.article.url}",
        f"  {KINSHIPS[found.kinship.value]}{_evidence(copy)}",
    ]
    return "\n".join(lines)


def _evidence(copy: Copy) -> str:
    found = copy.placement
    if found.best is None:
        return ""
    measured = (
        f" (c {found.containment:.2f}, m {found.resemblance:.2f}, {found.shared} shared)"
        if found.shared
        else ""
    )
    return f", by article:{found.best}{measured}"


def _put_versions(versions: Sequence[Version]) -> None:
    from ..dedupe import difference

    for old, new in pairwise(versions):
        click.echo(f"  version {new.number}, fetched {day(new.fetched_at)}:")
        if old.title != new.title:
            click.echo(f"    title: {_told(difference(old.title, new.title))}")
        click.echo(f"    text: {_told(difference(old.text, new.text))}")


def _told(changes: Sequence[Change]) -> str:
    """What was cut and what was added, with a few words around."""
    from ..dedupe import Run

    pieces = []
    for change in changes:
        words = " ".join(change.text.split())
        if change.run is Run.CUT:
            pieces.append(f"[-{words}-]")
        elif change.run is Run.ADDED:
            pieces.append(f"[+{words}+]")
        else:
            pieces.append(words if len(words) <= 2 * _AROUND else _middle_cut(words))
    return " ".join(pieces) if len(changes) > 1 else "no word of it"


def _middle_cut(words: str) -> str:
    return f"{words[:_AROUND].rsplit(' ', 1)[0]} … {words[-_AROUND:].split(' ', 1)[-1]}"


def _copy_values(copy: Copy, versions: Sequence[Version]) -> dict[str, Any]:
    from ..dedupe import difference

    stored, found = copy.article, copy.placement
    return {
        "article": stored.id,
        "title": stored.article.title,
        "outlet": stored.outlet,
        "url": stored.article.canonical_url or stored.article.url,
        "wire": stored.article.wire,
        "published_at": stored.article.published_at and stored.article.published_at.isoformat(),
        "primary": copy.primary,
        "kinship": found.kinship.value,
        "best": found.best,
        "c": round(found.containment, 3),
        "m": round(found.resemblance, 3),
        "shared": found.shared,
        "versions": [
            {
                "version": new.number,
                "fetched_at": new.fetched_at.isoformat(),
                "title": [[x.run.value, x.text] for x in difference(old.title, new.title)],
                "text": [[x.run.value, x.text] for x in difference(old.text, new.text)],
            }
            for old, new in pairwise(versions)
        ],
    }


# ---------------------------------------------------------------- merge, split


@story.command(epilog=MEANT)
@click.argument("one", metavar="ID", type=ref)
@click.argument("other", metavar="ID", type=ref)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def merge(home: Home, one: Ref, other: Ref, as_json: bool) -> None:
    """Make one story of two.

    If both have a clipping, the one that was judged stays; between two alike the first named.
    The other is rejected, with a reason that names it. Two that are approved or published
    are not merged: take one back first.
    """
    from .. import retro

    with home.open_store() as store:
        done = retro.merge(
            store, story_of(store, one), story_of(store, other), who=who(), now=now()
        )
    if as_json:
        put_json({"story": done.story, "moved": done.moved, "clipping": done.clipping,
                  "joined": done.joined})  # fmt: skip
        return
    click.echo(f"{count(done.moved, 'article')} came into story:{done.story}.")
    if done.joined:
        click.echo(f"Clipping {done.clipping} stands for it; {done.joined} was rejected for it.")


@story.command(epilog="ARTICLE is article:31, or a clipping's number: the copy that it credits.")
@click.argument("subject", metavar="ARTICLE", type=ref)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def split(home: Home, subject: Ref, as_json: bool) -> None:
    """Give an article a story of its own.

    The clipping goes along if it credits this very article; else it stays. If the article
    matched a campaign and has no clipping now, it is queued.
    """
    from .. import retro

    if subject.kind == "story":
        raise click.UsageError("Name an article: article:31, or a clipping's number.")
    rules = rules_of(home)
    with home.open_store() as store:
        number = article_of(store, subject).id
        done = retro.split(store, rules, number, who=who(), now=now())
    if as_json:
        put_json({"article": number, "story": done.story, "queued": done.queued})
        return
    click.echo(f"article:{number} is story:{done.story} now.")
    if done.queued:
        click.echo(f"Queued as clipping {done.queued}.")


# ---------------------------------------------------------------- all stories


@click.group()
def stories() -> None:
    """All stories at once."""


@stories.command()
@click.option("--dry-run", is_flag=True, help="Say how many would move; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def rebuild(home: Home, dry_run: bool, as_json: bool) -> None:
    """Place all articles in stories anew, in the order in which they came.

    The same articles in the same order give the same stories. What editors merged and split is
    repeated and wins over clipper. Clippings go with the article that they credit; none is
    lost, and none is judged anew.
    """
    from .. import retro

    with home.open_store() as store:
        done = retro.rebuild(store, rules_of(home), now=now(), dry_run=dry_run)
    if as_json:
        rebuilt = done.rebuilt
        put_json({"articles": rebuilt.articles, "moved": list(rebuilt.moved),
                  "stuck": list(rebuilt.stuck), "queued": list(done.queued)})  # fmt: skip
        return
    _put_rebuilt(done, dry_run=dry_run)


def _put_rebuilt(done: Rebuilding, *, dry_run: bool) -> None:
    rebuilt = done.rebuilt
    moved = len(rebuilt.moved)
    verb = "would go" if dry_run else "went"
    said = f"{moved:,} {verb} into another story" if moved else "every one is where it belongs"
    click.echo(f"{count(rebuilt.articles, 'article')} placed anew: {said}.")
    if moved:
        click.echo(f"  {_list([f'article:{each}' for each in rebuilt.moved])}")
    if rebuilt.stuck:
        click.echo(
            "These clippings credit an article whose story has another clipping now; look at "
            f"them, and reject what is told twice: {_list([str(x) for x in rebuilt.stuck])}"
        )
    if done.queued:
        click.echo(f"Queued, for their story came apart: {_list([str(x) for x in done.queued])}")


def _list(names: Sequence[str], most: int = 20) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
