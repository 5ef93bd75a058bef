"""What of a list is new to a config: outlets to be added, addresses for known ones, the rest.

Config, Row* -> Plan | written into a Sheet, in one step where that can be -> Draft
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .. import text, urls
from ..config import Config, editing
from ..config.editing import Address, Draft, Newcomer, Sheet
from ..config.kinds import KINDS, KindError
from ..errors import ConfigError, Refused
from .outlines import Row, Turned


@dataclass(slots=True)
class Plan:
    """What becomes of each row. `additions` are addresses for outlets of the config, by slug;
    `known` counts the rows that are there already."""

    newcomers: dict[str, Newcomer] = field(default_factory=dict)
    additions: list[tuple[str, Address]] = field(default_factory=list)
    known: int = 0
    refused: list[Turned] = field(default_factory=list)


def plan(config: Config, rows: Iterable[Row]) -> Plan:
    """Sort the rows of a list by what they mean to a config. Rows of one name are one outlet."""
    made = Plan()
    slugs = {
        text.fold(name): each.slug for each in config.outlets for name in (each.name, *each.aliases)
    }
    taken = {each.slug for each in config.outlets}
    seen = {urls.strict_key(source.address) for source in config.sources}
    for row in rows:
        key, name = urls.strict_key(row.address), text.fold(row.name)
        why = _fault(row)
        if not why and key in seen:
            made.known += 1
            continue
        if not why and name not in slugs and name not in made.newcomers:
            why = _clash(row, taken)
        if why:
            made.refused.append(Turned(row.name, why))
            continue
        seen.add(key)
        address = Address(row.kind, row.address, row.options)
        if name in slugs:
            made.additions.append((slugs[name], address))
        else:
            _join(made, name, row, address)
    return made


def _join(made: Plan, name: str, row: Row, address: Address) -> None:
    before = made.newcomers.get(name)
    site = row.address if row.kind == "site" else row.site
    if before is None:
        made.newcomers[name] = Newcomer(name=row.name, site=_sound(site), found=(address,))
        return
    if row.kind in ("site", "listing") and any(a.kind == row.kind for a in before.found):
        made.refused.append(Turned(row.name, f"an outlet has one address of kind {row.kind}."))
        return
    kept = before.site or _sound(site)
    made.newcomers[name] = Newcomer(name=before.name, site=kept, found=(*before.found, address))


def _fault(row: Row) -> str:
    """Why a row may not stand in a config, "" when it may."""
    wishes = {"name": row.name, "url": row.address}
    given = dict(row.options)
    wishes |= {"selector": given["links"]} if "links" in given else {}
    for kind, value in wishes.items():
        try:
            KINDS[kind].read(value)
        except KindError as error:
            return f"{error.text} {error.remedy}".strip()
    return ""


def _clash(row: Row, taken: set[str]) -> str:
    """Why an outlet of this name can't be new; its short name is taken from now on."""
    slug = text.slug(row.name) or text.digest(row.name)[:8]
    if slug in taken:
        return f"its short name “{slug}” is that of another outlet; add it by hand with a `slug:`."
    taken.add(slug)
    return ""


def _sound(site: str) -> str:
    """A home page, or "" when the config would refuse it."""
    try:
        return str(KINDS["url"].read(site)) if site else ""
    except KindError:
        return ""


def written(sheet: Sheet, made: Plan) -> tuple[Draft | None, list[Turned]]:
    """The draft with all that is planned, None when that is nothing; and what of it the file
    does not take. Raises ConfigError, Refused when no new outlet can be added at all."""
    draft: Draft | None = None
    turned: list[Turned] = []
    if made.newcomers:
        draft = editing.outlets_found(sheet, list(made.newcomers.values()))
    for slug, address in made.additions:
        at = _sheet(sheet, draft)
        try:
            draft = editing.address_added(at, slug, address.kind, address.address)
        except (Refused, ConfigError) as error:
            turned.append(Turned(f"{slug} {address.address}", str(error)))
    if draft is not None:
        draft = Draft(sheet=sheet, text=draft.text, config=draft.config)
    return draft, turned


def _sheet(sheet: Sheet, draft: Draft | None) -> Sheet:
    """The sheet as it would be with the draft saved, to be changed further."""
    if draft is None:
        return sheet
    return Sheet(
        path=sheet.path,
        text=draft.text,
        digest=sheet.digest,
        config=draft.config,
        check_template=sheet.check_template,
    )
