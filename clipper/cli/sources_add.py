"""`clipper sources add`: an outlet's sources found, shown, explained, and written down."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import mode
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError
from .home import Home, now
from .words import count, day, put_json

if TYPE_CHECKING:
    from ..config.editing import Address, Sheet
    from ..sources.choosing import Candidate, Verdict
    from ..sources.discovery import Discovery
    from ..sources.seam import Fetch, Parse

SHOWN = 5
"""Headlines of a listing page that are shown before it is trusted."""


USUAL_GAP = 2.0
"""Seconds between two requests, as long as the config names no outlet."""


class NotFoundThere(ClipperError):
    """No source was found at an address."""


@click.command()
@click.argument("url")
@click.option("--name", help="The outlet's name as readers know it. [default: what its page says]")
@click.option("--yes", is_flag=True, help="Write it down without asking.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON; writes only with --yes.")
@click.pass_obj
def add(home: Home, url: str, name: str | None, yes: bool, as_json: bool) -> int:
    """Find an outlet's sources from URL, its home page, and add them to sources.yaml.

    Every candidate is really looked at. The smallest set that yields the outlet's stories is
    chosen, and each choice explained. An outlet of that name that is there already gets what
    it lacks. Your comments in the file stay.
    """
    from ..config import editing

    _ = home.config  # one that is missing or has problems is told of before anything is asked
    sheet = editing.read(home.config_path, check_template=_complaint)
    click.echo("Looking; with the pauses that are good manners it may take a minute.", err=True)
    found = _searched(home, url)
    named = _known_name(sheet, name or _unlike(sheet, found))
    if as_json:
        put_json(_as_json(found, named))
    else:
        _tell(found, named)
    if not found.chosen:
        raise NotFoundThere(
            f"nothing at {found.home} can be followed. If you know its feed, give that: "
            "clipper sources add FEED"
        )
    fresh = _fresh(sheet, found)
    if not fresh:
        click.echo("All of it is in the config already; nothing was changed.", err=as_json)
        return 0
    if not (yes or (not as_json and _agreed(home))):
        return 1
    _write(sheet, found, named, fresh)
    done = f"Added to {named} in {home.config_path.name}: {', '.join(a.address for a in fresh)}"
    click.echo(f"{done}\nNext: clipper fetch", err=as_json)
    return 0


def _complaint(template: str) -> str:
    from ..attribution import check

    return check(template) or ""


def _host(url: str) -> str:
    from .. import urls

    return urls.host(url).removeprefix("www.")


def _unlike(sheet: Sheet, found: Discovery) -> str:
    """The name that the page gives its outlet, if no outlet of another site bears it in the
    config: there are many a Herald. Else its host's."""
    from .. import urls

    name = found.name or _host(found.home)
    slug = {each.name: each.slug for each in sheet.config.outlets}.get(_known_name(sheet, name))
    if slug is None:
        return name
    config = sheet.config
    own = [each.site for each in config.outlets if each.slug == slug]
    own += [each.address for each in config.sources if each.outlet == slug]
    mine = {urls.site(each) for each in own if each}
    if urls.site(found.home) in mine:
        return name
    click.echo(f"There is another outlet called {name} already. Say --name to give this one "
               "a name of its own.", err=True)  # fmt: skip
    return _host(found.home)


def _known_name(sheet: Sheet, name: str) -> str:
    """The name; that of an outlet in the config when it is one of its names."""
    from .. import text

    for outlet in sheet.config.outlets:
        if text.fold(name) in {text.fold(each) for each in (outlet.name, *outlet.aliases)}:
            return outlet.name
    return name


# ---------------------------------------------------------------- searching


def _searched(home: Home, typed: str) -> Discovery:
    from .. import urls
    from ..model import PollError
    from ..sources.discovery import discover

    address = urls.join("", typed if "://" in typed else f"https://{typed}")
    if not address:
        raise NotFoundThere(f"{typed!r} is no web address. Write https://outlet.example.")
    with _hands(home) as (fetch, parse):
        found = discover(address, fetch=fetch, parse=parse, now=now(), thorough=True, pages=True)
    if isinstance(found, PollError):
        raise NotFoundThere(f"{address} could not be looked at. {found.text}")
    return found


@contextmanager
def _hands(home: Home) -> Iterator[tuple[Fetch, Parse]]:
    """A fetcher and a worker: what looking takes, and no store."""
    from ..engine import Workers
    from ..fetch import Fetcher
    from .parts import network_of

    gap = mode([outlet.gap for outlet in home.config.outlets] or [USUAL_GAP])
    with (
        Workers(1, preload=("pebble", "feedparser", "lxml.html", "clipper.sources")) as workers,
        Fetcher(network_of(home.config), now=now) as fetcher,
    ):
        yield (
            lambda url, **wishes: fetcher.get(url, gap=gap, **wishes),
            lambda act, *subject: workers.submit(act, *subject).result(),
        )


# ---------------------------------------------------------------- telling


def _tell(found: Discovery, named: str) -> None:
    click.echo(f"{named}: {found.home} ({count(found.asked, 'request')})")
    for verdict in found.verdicts:
        for line in _lines(verdict):
            click.echo(line)
    if any(each.lead.kind == "listing" for each in found.chosen):
        _headlines(found.chosen)


def _lines(verdict: Verdict) -> Iterator[str]:
    from ..sources.choosing import WAY_WORDS

    lead, size = verdict.candidate.lead, verdict.measure
    mark = "✓" if verdict.chosen else "–"
    yield f"{mark} {lead.kind} {lead.address} ({WAY_WORDS[lead.way]})"
    facts = [count(size.stories, "story"), f"newest {day(size.newest)}", f"{size.full:.0%} whole"]
    if verdict.overlap is not None:
        facts.append(f"{verdict.overlap:.0%} of it in the others")
    if size.stories:
        yield f"    {', '.join(facts)}"
    yield f"    {verdict.why}"


def _headlines(chosen: Sequence[Candidate]) -> None:
    click.echo("These would be its stories:")
    for each in chosen:
        for entry in each.entries[:SHOWN]:
            click.echo(f"    {entry.title}")


def _as_json(found: Discovery, named: str) -> dict[str, object]:
    rows = [
        {
            "kind": each.candidate.lead.kind,
            "address": each.candidate.lead.address,
            "chosen": each.chosen,
            "why": each.why,
            "stories": each.measure.stories,
            "newest": each.measure.newest,
            "full": each.measure.full,
            "overlap": each.overlap,
        }
        for each in found.verdicts
    ]
    return {"name": named, "home": found.home, "asked": found.asked, "candidates": rows}


def _agreed(home: Home) -> bool:
    if not sys.stdin.isatty():
        click.echo("Nothing was written. Add --yes to write it down.")
        return False
    return click.confirm(f"Add the chosen to {home.config_path.name}?", default=True)


# ---------------------------------------------------------------- writing


def _fresh(sheet: Sheet, found: Discovery) -> list[Address]:
    """What was chosen and is not in the config yet."""
    from .. import urls
    from ..config.editing import Address

    known = {urls.strict_key(source.address) for source in sheet.config.sources}
    return [
        Address(each.lead.kind, each.lead.address)
        for each in found.chosen
        if urls.strict_key(each.lead.address) not in known or _is_site(sheet, each)
    ]


def _is_site(sheet: Sheet, each: Candidate) -> bool:
    """Whether a listing is the home page of an outlet that was only searched till now."""
    from .. import urls

    key = urls.strict_key(each.lead.address)
    same = [s for s in sheet.config.sources if urls.strict_key(s.address) == key]
    return each.lead.kind != "site" and all(source.kind == "site" for source in same)


def _write(sheet: Sheet, found: Discovery, named: str, fresh: Sequence[Address]) -> None:
    from ..config import editing

    slug = next((each.slug for each in sheet.config.outlets if each.name == named), "")
    if not slug:
        given = any(each.lead.way == 0 for each in found.chosen)
        home = "" if given or found.home == fresh[0].address else found.home
        newcomer = editing.Newcomer(name=named, site=home, found=tuple(fresh))
        editing.save(editing.outlets_found(sheet, [newcomer]))
        return
    for each in fresh:
        draft = editing.address_added(sheet, slug, each.kind, each.address)
        sheet = editing.save(draft)
