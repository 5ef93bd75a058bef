"""`clipper recheck`: what became of published articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from .acts import who
from .home import Home, now
from .named import outlet_of
from .words import count, day, put_json

if TYPE_CHECKING:
    from ..pipeline.recheck import Looked
    from ..store import Store

MOST_SHOWN: Final = 240
"""Characters of a changed passage that are printed."""


class Days(click.ParamType):  # type: ignore[type-arg]
    """Days after publication, as `1,7,30,90`."""

    name = "days"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, ...]:
        if isinstance(value, tuple):
            return value
        told = [part.strip() for part in str(value).split(",")]
        if not all(part.isdigit() and 0 < int(part) <= 3650 for part in told):
            self.fail(f"{value!r} is no list of days. Write them like this: 1,7,30,90.")
        return tuple(sorted({int(part) for part in told}))


@click.command()
@click.argument("numbers", metavar="[ID]…", type=int, nargs=-1)
@click.option(
    "--days", type=Days(), default="1,7,30,90", show_default=True,
    help="On which days after publication a page is looked at again.",
)  # fmt: skip
@click.option(
    "--list", "listing", is_flag=True, help="List what waits to be noted; look at nothing."
)
@click.option("--noted", is_flag=True, help="Take note of what was found for these clippings.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def recheck(
    home: Home,
    numbers: tuple[int, ...],
    days: tuple[int, ...],
    listing: bool,
    noted: bool,
    as_json: bool,
) -> int:
    """Look again at the pages of published clippings.

    Tells which headline or text was changed since, whether the words that you republished
    still stand there, and which pages are gone. Each look is archived beside the earlier
    ones. Nothing that you published is changed: that is your decision. With ID, those
    clippings are looked at whether their day has come or not.
    """
    if noted and not numbers:
        raise click.UsageError("--noted needs the IDs of the clippings.")
    with home.open_store() as store:
        if noted:
            for number in numbers:
                store.looks.note(number, who(), now())
                click.echo(f"{number}: noted")
            return 0
        if not listing:
            found = _look(home, store, days, numbers, quiet=as_json)
            if as_json:
                put_json([_values(looked) for looked in found])
            return 0
        return _list(store, as_json)


def _look(
    home: Home, store: Store, days: Sequence[int], numbers: Sequence[int], *, quiet: bool
) -> list[Looked]:
    from ..pipeline import recheck as again
    from .parts import assemble

    found: list[Looked] = []
    with store.lock(), assemble(home, store) as parts:
        for looked in again.recheck(parts, days=days, only=numbers):
            found.append(looked)
            if not quiet and (looked.findings != () or looked.unarchived):
                click.echo("\n".join(_lines(home, looked)))
    if not quiet:
        click.echo(_sum(found, numbers))
    return found


def _lines(home: Home, looked: Looked) -> list[str]:
    clipping = looked.clipping
    title = clipping.headline or clipping.article.article.title
    outlet = outlet_of(home.config, clipping.article.outlet).name
    told = [f"{clipping.id:>4}  {title}", f"      {outlet} · {clipping.article.article.url}"]
    told += [f"      {line}" for line in _findings(looked)]
    told += [f"      {looked.unarchived}"] if looked.unarchived else []
    if looked.findings:
        told.append(
            f"      You can: reword it at the desk; clipper withdraw {clipping.id} --reason …;"
        )
        told.append(f"      or leave it: clipper recheck --noted {clipping.id}")
    return told


def _findings(looked: Looked) -> list[str]:
    from ..aftermath import Finding, changed_words

    if looked.findings is None:
        return [f"could not look just now: {looked.detail} It is tried again next time."]
    told = []
    for finding in looked.findings:
        after = looked.after
        if finding is Finding.HEADLINE and after:
            told.append(f"headline changed: “{looked.before.title}” → “{after.title}”")
        elif finding is Finding.TEXT and after:
            cut, added = changed_words(looked.before.text, after.text)
            told.append(f"text changed: {count(cut, 'word')} cut, {count(added, 'word')} added")
            told += _passages(looked.before.text, after.text)
        else:
            told.append(" ".join((SAID[finding.value], looked.detail)).strip())
    return told


SAID: Final = {
    "headline": "headline changed",
    "text": "text changed",
    "excerpt": "words that you republished stand there no more",
    "gone": "the page is gone:",
    "home": "the page is gone:",
    "unreadable": "the page can't be read any more.",
}
"""What each finding is called before people."""


def _passages(before: str, after: str) -> list[str]:
    from ..dedupe import Run, difference

    signs = {Run.CUT: "-", Run.ADDED: "+"}
    runs = [each for each in difference(before, after) if each.run in signs and each.text.strip()]
    told = []
    for each in runs[:6]:
        words = " ".join(each.text.split())
        told.append(f"  {signs[each.run]} {words[:MOST_SHOWN]}{'…' if words[MOST_SHOWN:] else ''}")
    if len(runs) > 6:
        told.append(f"  and {count(len(runs) - 6, 'passage')} more")
    return told


def _sum(found: Sequence[Looked], numbers: Sequence[int]) -> str:
    if not found and numbers:
        return "None of these is published: only published clippings are looked at again."
    if not found:
        return "No page is due to be looked at again today."
    changed = sum(bool(looked.findings) for looked in found)
    later = sum(looked.findings is None for looked in found)
    told = f"{count(len(found), 'page')} looked at: {changed} changed or gone"
    return told + (f", {later} to be tried again." if later else ".")


def _list(store: Store, as_json: bool) -> int:
    looks = store.looks.open()
    if as_json:
        put_json(
            [
                {
                    "clipping": look.clipping,
                    "looked_at": look.looked_at.isoformat(),
                    "findings": list(look.findings),
                    "detail": look.detail,
                    "title": look.title,
                }
                for look in looks
            ]
        )
        return 0
    for look in looks:
        clipping = store.clippings.get(look.clipping)
        title = clipping.headline or clipping.article.article.title
        what = "; ".join(SAID[finding].rstrip(":.") for finding in look.findings)
        click.echo(f"{look.clipping:>4}  {title}\n      {day(look.looked_at)}: {what}")
    if not looks:
        click.echo("Nothing waits to be noted.")
    return 0


def _values(looked: Looked) -> dict[str, Any]:
    return {
        "clipping": looked.clipping.id,
        "findings": None if looked.findings is None else [each.value for each in looked.findings],
        "detail": looked.detail,
        "before": looked.before.title,
        "after": looked.after.title if looked.after else None,
        "unarchived": looked.unarchived,
    }
