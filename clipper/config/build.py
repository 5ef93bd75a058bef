"""From what was read to the values of a `Config`; checks what lies across several keys."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

from clipper import text, urls
from clipper.config.budgets import outlet_budget, profiles
from clipper.config.kinds import nearest, shown
from clipper.config.mailboxes import Where, mailbox
from clipper.config.reader import Found, Place, Problems
from clipper.config.searches import others, searches
from clipper.config.values import DepotPlan, Network, Site, StampPlace, WitnessPlace
from clipper.errors import QueryError
from clipper.model import Bounds, Budget, Campaign, Outlet, Source

Lists: TypeAlias = Mapping[str, tuple[str, ...]]
CheckQuery: TypeAlias = Callable[[str, Lists], object]
"""Reads a query with the config's lists; raises `QueryError`."""
CheckTemplate: TypeAlias = Callable[[str], str]
"""Says what is wrong with an attribution template, "" when nothing is."""


@dataclass(frozen=True, slots=True)
class Checks:
    """The judgements that other rooms pass in."""

    query: CheckQuery
    template: CheckTemplate


class Unique:
    """Notes the first place of each key; a second one is a problem."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._first: dict[str, int] = {}

    def claim(self, key: str, place: Place, text: str, remedy: str) -> bool:
        """Whether `key` is new; else one problem more, which names the first line."""
        line = self._first.setdefault(key, place.line)
        new = line == place.line
        if not new:
            self._problems.add(place, f"{text} on line {line} already.", remedy)
        return new


def witness(top: Found) -> WitnessPlace | None:
    """The other archive, None when the file has no such section."""
    section = top["witness"]
    if not section.given:
        return None
    return WitnessPlace(service=section["service"].value.rstrip("/"), key=section["key"].value)


def stamps(top: Found, home: Path, problems: Problems) -> StampPlace | None:
    """The time-stamping service, None when none is named; `home` is the config's folder."""
    section = top["archive"]["time_stamps"]
    if not section.given:
        return None
    for name, example in (("service", "https://…"), ("certificates", "authority.pem")):
        if not section[name].stands:
            problems.add(section.place, f"{name} is missing.", f"Add `{name}: {example}`.")
    service, certificates = section["service"].value, section["certificates"].value
    if not service or not certificates:
        return None
    return StampPlace(service=service, certificates=_path(certificates, home))


def depot(top: Found, home: Path, problems: Problems) -> DepotPlan | None:
    """Where the archive's sealed files go, None when no place is named."""
    section = top["archive"]["elsewhere"]
    if not section.given or not section["place"].value:
        return None
    key, options, ca_file = section["key"].value, section["options"], section["ca_file"].value
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key):
        # Its words are not repeated: they may be the key itself.
        problems.add(
            section["key"].place,
            "no environment variable is named here.",
            "Put the key into the environment, and its variable's name here: CLIPPER_ARCHIVE_KEY.",
        )
    return DepotPlan(
        address=section["place"].value,
        endpoint=(section["endpoint"].value or "").rstrip("/"),
        region=section["region"].value or "",
        key=key,
        keep_local=section["keep_local"].value,
        ca_file=str(_path(ca_file, home)) if ca_file else "",
        options=tuple((label, each.value) for label, each in (options.value or {}).items()),
    )


# ---------------------------------------------------------------- outlets and sources

_ADDRESSES = (
    ("feed", "feed"), ("feeds", "feed"), ("sitemap", "sitemap"), ("wordpress", "wordpress"),
)  # fmt: skip
"""Key of an outlet, and the kind of source that it gives."""

_OPTIONS = ("links", "pattern")
"""What a listing page is told beside its address."""


def outlets(
    top: Found, home: Path, problems: Problems
) -> tuple[tuple[Outlet, ...], tuple[Source, ...]]:
    """The outlets and their sources; doubled names, short names and addresses are problems.

    `home` is the config's folder.
    """
    names, slugs, addresses = Unique(problems), Unique(problems), Unique(problems)
    known = profiles(top, problems)
    made: list[Outlet] = []
    sources: list[Source] = []
    for row in top["outlets"].some():
        if row["name"].value is None:
            continue
        made.append(_outlet(row, top, known, problems))
        _claim_names(row, names)
        _claim_slug(row, made[-1].slug, slugs)
        claims = _Claims(top, home, addresses, problems)
        sources += _sources(row, made[-1].slug, top, claims)
    return tuple(made), tuple(sources)


def _claim_names(row: Found, names: Unique) -> None:
    for found in (row["name"], *row["aliases"].some()):
        names.claim(
            text.fold(found.value),
            found.place,
            f"{shown(found.value)} names an outlet",
            "Keep one, and give it all feeds as a list: feeds: [ …, … ].",
        )


def _claim_slug(row: Found, slug: str, slugs: Unique) -> None:
    found = row["slug"] if row["slug"].given else row["name"]
    slugs.claim(
        slug, found.place, f"the short name {shown(slug)} is taken", "Add `slug: another-name`."
    )


def _slug(row: Found) -> str:
    name = row["slug"].value or row["name"].value
    return text.slug(name) or text.digest(name)[:8]


def _outlet(row: Found, top: Found, known: Mapping[str, Budget], problems: Problems) -> Outlet:
    gap = row["gap"].value
    return Outlet(
        slug=_slug(row),
        name=row["name"].value,
        site=row["site"].value or "",
        aliases=tuple(found.value for found in row["aliases"].some()),
        language=row["language"].value or "",
        gap=top["network"]["gap"].value if gap is None else gap,
        budget=outlet_budget(row, top, known, problems),
        attribution=row["attribution"].value or "",
        priority=row["priority"].value,
        retain=row["retain"].value,
    )


@dataclass(frozen=True, slots=True)
class _Claims:
    """What the sources of all outlets share: the file, its folder, and the addresses taken."""

    top: Found
    home: Path
    addresses: Unique
    problems: Problems


def _sources(row: Found, slug: str, top: Found, claims: _Claims) -> list[Source]:
    places = _places(row, claims)
    if not places:
        _note_no_address(row, claims.problems)
    interval = row["interval"].value or top["interval"].value
    made: list[Source] = []
    for each in places:
        if _claim_address(each, claims.addresses):
            name = slug if not made else _source_slug(slug, each.address, made)
            made.append(
                Source(
                    slug=name,
                    kind=each.kind,
                    address=each.address,
                    outlet=slug,
                    interval=interval,
                    options=each.options,
                )
            )
    return made


def _places(row: Found, claims: _Claims) -> list[Where]:
    """All places that an outlet names; its home page when it names no other."""
    problems = claims.problems
    places = [
        Where(kind, found.value, found.place)
        for key, kind in _ADDRESSES
        for found in row[key].some()
    ]
    page = row["listing"]["url"]
    if page.value:
        places.append(Where("listing", page.value, page.place, _options(row)))
    elif row["listing"].given and not page.stands:
        problems.add(row["listing"].place, "no page is named.", "Add `url: https://…` below it.")
    places += searches(row, claims.top, problems)
    places += mailbox(row, claims.home, problems)
    places += others(row, problems)
    if not places and row["site"].value:
        places = [Where("site", row["site"].value, row["site"].place)]
    return places


def _options(row: Found) -> tuple[tuple[str, str], ...]:
    listing = row["listing"]
    return tuple((name, listing[name].value) for name in _OPTIONS if listing[name].value)


def _note_no_address(row: Found, problems: Problems) -> None:
    # An address that stands there and can't be read has its own problem already.
    keys = ("site", "listing", "search", "mailbox", "others", *(key for key, _ in _ADDRESSES))
    if any(row[key].stands for key in keys):
        return
    name = shown(row["name"].value)
    problems.add(
        row.place, f"{name} has no address.", "Add `site: https://…` or `feed: https://…`."
    )


def _claim_address(where: Where, addresses: Unique) -> bool:
    key = urls.strict_key(where.address) or where.address
    return addresses.claim(
        key, where.place, f"the address {shown(where.address)} stands", "Keep one of the two."
    )


def _source_slug(outlet: str, address: str, made: list[Source]) -> str:
    """A name for a further source that does not depend on the order of the list."""
    way = text.slug(address.partition("://")[2].partition("/")[2]) or "front"
    name = f"{outlet}-{way[:60].strip('-')}"
    taken = {source.slug for source in made}
    return f"{name}-{text.digest(address)[:8]}" if name in taken else name


# ---------------------------------------------------------------- campaigns, tags, lists


def lists(top: Found, problems: Problems) -> Lists:
    """The named lists; an empty one is a problem."""
    made: dict[str, tuple[str, ...]] = {}
    for name, found in top["lists"].value.items():
        made[name] = tuple(term.value for term in found.some())
        if not made[name]:
            problems.add(found.place, "the list is empty.", "Name a term, or remove the list.")
    return MappingProxyType(made)


def campaigns(top: Found, named: Lists, checks: Checks, problems: Problems) -> tuple[Campaign, ...]:
    """The campaigns, each query read once; doubled names and bad queries are problems."""
    names, slugs = Unique(problems), Unique(problems)
    made: list[Campaign] = []
    for row in top["campaigns"].some():
        queries = (*row["query"].some(), *row["queries"].some())
        for found in queries:
            _check_query(found, named, checks, problems)
        if row["name"].value is None:
            continue
        _claim_campaign(row, names, slugs)
        if not queries:
            _note_no_query(row, problems)
        made.append(
            Campaign(
                slug=_slug(row),
                name=row["name"].value,
                queries=tuple(found.value for found in queries),
            )
        )
    return tuple(made)


def _claim_campaign(row: Found, names: Unique, slugs: Unique) -> None:
    name = row["name"]
    new = names.claim(
        text.fold(name.value),
        name.place,
        f"{shown(name.value)} names a campaign",
        "Keep one, and give it all queries as a list: queries: [ …, … ].",
    )
    if new:
        _claim_slug(row, _slug(row), slugs)


def _note_no_query(row: Found, problems: Problems) -> None:
    if row["query"].stands or row["queries"].stands:
        return
    name = shown(row["name"].value)
    problems.add(row.place, f"{name} has no query.", "Add `query: 'words to look for'`.")


def _check_query(found: Found, named: Lists, checks: Checks, problems: Problems) -> None:
    try:
        checks.query(found.value, named)
    except QueryError as error:
        problems.add(_spot(found, error), error.text, _hint(error))


def _spot(found: Found, error: QueryError) -> Place:
    """The line of the fault; only under `|` do the query's lines count as the file's."""
    below = error.query.count("\n", 0, error.start) if found.place.literal else 0
    return Place(found.place.line + below, found.place.path)


def _hint(error: QueryError) -> str:
    caret = "\n".join(f"    {line}" for line in error.caret().split("\n"))
    return f"{error.remedy}\n{caret}"


def tags(
    top: Found, known: tuple[Campaign, ...], named: Lists, checks: Checks, problems: Problems
) -> Mapping[str, str]:
    """Label to query; a label that a campaign has already is a problem."""
    names = {text.fold(campaign.name): campaign.name for campaign in known}
    for label, found in top["tags"].value.items():
        _check_query(found, named, checks, problems)
        if text.fold(label) in names:
            problems.add(
                found.place, "a campaign has this name, and gives the same label.", "Rename one."
            )
    return MappingProxyType({label: found.value for label, found in top["tags"].value.items()})


# ---------------------------------------------------------------- the rest


def network(top: Found, home: Path) -> Network:
    """The network's settings; `home` is the config's folder."""
    section = top["network"]
    ca_file = section["ca_file"].value
    return Network(
        contact=top["contact"].value or "",
        allow=tuple(found.value for found in section["allow"].some()),
        deadline=section["deadline"].value,
        max_bytes=int(section["max_megabytes"].value * 1_000_000),
        proxy=section["proxy"].value or "",
        ca_file=str(_path(ca_file, home)) if ca_file else "",
        parallel=section["parallel"].value,
    )


def rhythm(top: Found, problems: Problems) -> Bounds:
    """The bounds of the pause between two looks."""
    section = top["rhythm"]
    made = Bounds(shortest=section["shortest"].value, longest=section["longest"].value)
    if made.shortest > made.longest:
        problems.add(
            section["shortest"].place,
            "the shortest time between two looks is longer than the longest.",
            "Exchange the two, or leave both out.",
        )
    return made


def site(top: Found, home: Path, data: Path, problems: Problems) -> Site:
    """The page's settings; `home` is the config's folder."""
    section = top["publish"]["site"]
    folder = section["folder"]
    made = Site(
        folder=_path(folder.value, home) if folder.value else data / "site",
        title=section["title"].value,
        url=(section["url"].value or "").rstrip("/"),
        description=section["description"].value or "",
        language=section["language"].value,
        per_page=section["per_page"].value,
    )
    if made.folder in {home, data, Path(made.folder.anchor)} or made.folder in home.parents:
        problems.add(
            folder.place,
            f"{shown(str(made.folder))} holds more than the pages.",
            "Name a folder of its own, such as site.",
        )
    return made


def _path(value: str, home: Path) -> Path:
    try:
        return (home / Path(value).expanduser()).resolve()
    except (OSError, RuntimeError):
        return home / value


def templates(top: Found, checks: Checks, problems: Problems) -> None:
    """Each attribution template, judged."""
    rows = (row["attribution"] for row in top["outlets"].some())
    for found in (top["attribution"], *rows):
        complaint = checks.template(found.value) if found.value else ""
        if complaint:
            problems.add(found.place, complaint)


_PLACEHOLDERS = ["outlet", "authors", "date", "wire"]


def template_complaint(template: str) -> str:
    """What is wrong with the placeholders of an attribution template, "" when nothing is."""
    import string

    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError:
        return "a brace is not closed. Write {outlet}, {authors}, {date}, {wire}."
    for name in names:
        if name not in _PLACEHOLDERS:
            near = nearest(name, _PLACEHOLDERS)
            hint = (
                f"Did you mean {{{near}}}?" if near else "Known: {outlet} {authors} {date} {wire}."
            )
            return f"{shown('{' + name + '}')} is no placeholder. {hint}"
    return "" if "outlet" in names else "The credit line must name the {outlet}."
