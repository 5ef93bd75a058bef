"""Changing `sources.yaml` as a person would: in place, comments kept, whole or not at all.

    read -> Sheet | queries_changed / campaign_added / outlet_added / address_added -> Draft
         | save -> Sheet

Only the characters of the value that changes are replaced; all else stays byte for byte.
A draft is judged like a file (ConfigError with every problem) and must differ from the old
config in nothing but what was asked for. `save` replaces the file in one step, and only
if it still is the one that was read.
"""

from __future__ import annotations

import os
import stat
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from clipper import text as words
from clipper.config import layout
from clipper.config.build import CheckTemplate
from clipper.config.layout import Edit, Node, Slot
from clipper.config.loading import loads
from clipper.config.nodes import MAX_BYTES
from clipper.config.values import Config
from clipper.errors import ConfigError, NotFound, Problem, Refused
from clipper.model import Campaign

_BOM: Final = "\ufeff"
_writing = threading.Lock()


class ConfigChanged(Refused):
    """The file is no longer the one that was read: somebody saved it in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The file as it was read: `text`, its `digest` (of the bytes) and what it says."""

    path: Path
    text: str
    digest: str
    config: Config
    check_template: CheckTemplate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A changed text that is valid as a whole, and what it says."""

    sheet: Sheet
    text: str
    config: Config


@dataclass(frozen=True, slots=True)
class Address:
    """An address to look at: a kind that `ADDRESSES` knows, and what the kind is told."""

    kind: str
    address: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """An outlet to be added, with its home page ("" for none) and what is to be looked at."""

    name: str
    site: str = ""
    found: tuple[Address, ...] = ()


def read(path: Path | str, *, check_template: CheckTemplate | None = None) -> Sheet:
    """The file, to be changed. Raises ConfigError when it is not valid now."""
    place = Path(path)
    raw = _bytes(place)
    text = _decoded(raw, place)
    return Sheet(
        path=place,
        text=text,
        digest=words.digest(raw.decode("latin-1")),
        config=loads(text.removeprefix(_BOM), path=place, check_template=check_template),
        check_template=check_template,
    )


def _decoded(raw: bytes, place: Path) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        text, remedy = "the file is not UTF-8.", "Save it again with encoding UTF-8."
        problem = Problem(file=place.name, line=0, path="", text=text, remedy=remedy)
        raise ConfigError((problem,)) from error


def _bytes(place: Path) -> bytes:
    try:
        with place.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        text = f"the file can't be read ({error.strerror})."
        raise ConfigError((Problem(file=place.name, line=0, path="", text=text),)) from error


# ---------------------------------------------------------------- changing


def queries_changed(sheet: Sheet, campaign: str, queries: Sequence[str]) -> Draft:
    """Give a campaign other queries.

    `campaign` is its slug. Each of `queries` takes the place of the one that stood there,
    an empty one takes it away, and those past the old ones are added. Raises NotFound,
    Refused when none would be left or the file is written in a way that this can't edit.
    """
    known = [each.slug for each in sheet.config.campaigns]
    if campaign not in known:
        raise NotFound(f"no campaign is called {campaign!r}.")
    number = known.index(campaign)
    old = sheet.config.campaigns[number]
    left = tuple(layout.tidy(query) for query in queries if query.strip())
    if not left:
        raise Refused(f"{old.name} would have no query. Write one.")
    text = sheet.text.removeprefix(_BOM)
    ((_, rows),) = layout.find(layout.root(text), "campaigns")
    edits = _query_edits(text, rows.value[number], old, queries)
    changed = list(sheet.config.campaigns)
    changed[number] = replace(old, queries=left)
    return _judged(sheet, layout.apply(text, edits), changed)


def campaign_added(sheet: Sheet, name: str, query: str) -> Draft:
    """Add a campaign with one query. Raises ConfigError for a name that is taken."""
    text = sheet.text.removeprefix(_BOM)
    named = layout.scalar(name)
    lines = [f"name: {named}", *f"query: {layout.query(query, 2)}".split("\n")]
    flow = f"{{name: {layout.quoted(name)}, query: {layout.query(query, 0, flow=True)}}}"
    edit = _row_edit(text, "campaigns", lines, flow)
    slug = words.slug(name) or words.digest(name)[:8]
    added = Campaign(slug=slug, name=name, queries=(layout.tidy(query),))
    return _judged(sheet, layout.apply(text, [edit]), (*sheet.config.campaigns, added))


ADDRESSES: Final = {
    "feed": ("feed", "feeds"),
    "site": ("site",),
    "sitemap": ("sitemap",),
    "wordpress": ("wordpress",),
    "listing": ("listing",),
}
"""The kinds of address that an outlet may have, and the keys under which they stand."""

_ONE: Final = frozenset({"site", "listing"})
"""The kinds of which an outlet has one at most."""


def outlet_added(sheet: Sheet, name: str, kind: str, address: str) -> Draft:
    """Add an outlet with one address, of a kind that `ADDRESSES` knows."""
    text = sheet.text.removeprefix(_BOM)
    group = [Address(kind, address)]
    lines = [f"name: {layout.scalar(name)}", *_key_lines(kind, group)]
    flow = f"{{name: {layout.quoted(name)}, {_key_flow(kind, group)}}}"
    edit = _row_edit(text, "outlets", lines, flow)
    return _reaching(sheet, layout.apply(text, [edit]), [address])


def outlets_found(sheet: Sheet, newcomers: Sequence[Newcomer]) -> Draft:
    """Add outlets with their home pages and the sources found for them. Raises ConfigError for
    a name or address that is taken, and Refused; nothing is half added."""
    text = sheet.text.removeprefix(_BOM)
    edits = [_row_edit(text, "outlets", *_newcomer(each)) for each in newcomers]
    at = edits[0][0]
    begins = [words for _, _, words in edits]
    if any(edit[:2] != (at, at) for edit in edits) or not begins[0].startswith("\n"):
        raise Refused("The outlets are written between brackets: edit the file itself.")
    added = (at, at, "".join(begins))
    wanted = [each.address for newcomer in newcomers for each in newcomer.found]
    return _reaching(sheet, layout.apply(text, [added]), wanted, more=len(newcomers))


def _newcomer(newcomer: Newcomer) -> tuple[list[str], str]:
    """An outlet's row, as lines and between braces."""
    pairs = [("name", newcomer.name)] + ([("site", newcomer.site)] if newcomer.site else [])
    lines = [f"{key}: {layout.scalar(value)}" for key, value in pairs]
    flow = [f"{key}: {layout.quoted(value)}" for key, value in pairs]
    for kind in dict.fromkeys(each.kind for each in newcomer.found):
        group = [each for each in newcomer.found if each.kind == kind]
        if kind != "site":
            lines += _key_lines(kind, group)
            flow.append(_key_flow(kind, group))
    return lines, f"{{{', '.join(flow)}}}"


def _key_lines(kind: str, group: Sequence[Address]) -> list[str]:
    """The lines of one kind's addresses, as they stand in an outlet's row."""
    if kind == "listing":
        pairs = (("url", group[0].address), *group[0].options)
        return ["listing:", *(f"  {key}: {layout.scalar(value)}" for key, value in pairs)]
    if len(group) == 1:
        return [f"{kind}: {layout.scalar(group[0].address)}"]
    rows = (f"  - {layout.scalar(each.address)}" for each in group)
    return [f"{ADDRESSES[kind][-1]}:", *rows]


def _key_flow(kind: str, group: Sequence[Address]) -> str:
    if kind == "listing":
        pairs = (("url", group[0].address), *group[0].options)
        inner = ", ".join(f"{key}: {layout.quoted(value)}" for key, value in pairs)
        return f"listing: {{{inner}}}"
    if len(group) == 1:
        return f"{kind}: {layout.quoted(group[0].address)}"
    rows = ", ".join(layout.quoted(each.address) for each in group)
    return f"{ADDRESSES[kind][-1]}: [{rows}]"


def address_added(sheet: Sheet, outlet: str, kind: str, address: str) -> Draft:
    """Give an outlet, named by its slug, one more address. Raises NotFound, Refused."""
    known = [each.slug for each in sheet.config.outlets]
    if outlet not in known:
        raise NotFound(f"no outlet is called {outlet!r}.")
    text = sheet.text.removeprefix(_BOM)
    ((_, rows),) = layout.find(layout.root(text), "outlets")
    edit = _address_edit(text, rows.value[known.index(outlet)], kind, address)
    return _reaching(sheet, layout.apply(text, [edit]), [address], outlet)


def _reaching(
    sheet: Sheet, text: str, addresses: Sequence[str], outlet: str = "", more: int = 1
) -> Draft:
    """Judge a draft that looks at more addresses: those of `outlet`, or of `more` new ones.

    All else that was followed must be followed still, under the same names. What an outlet's
    home page led to is given up when its feed is named.
    """
    draft = _judged(sheet, text, reach=True)
    before, after = sheet.config, draft.config
    same = {each for each in before.sources if each.outlet != outlet or each.kind != "site"}
    outlets = [each for each in before.outlets if each.slug != outlet]
    kept = same <= set(after.sources) and all(each in after.outlets for each in outlets)
    many = len(before.outlets) + (0 if outlet else more)
    if not kept or len(after.outlets) != many or not set(addresses) <= _addresses(after):
        raise _by_hand(sheet)
    return draft


def _addresses(config: Config) -> set[str]:
    return {source.address for source in config.sources} | {each.site for each in config.outlets}


# ---------------------------------------------------------------- where a query goes


def _query_edits(text: str, row: Node, old: Campaign, queries: Sequence[str]) -> list[Edit]:
    """The edits that bring a campaign's row to `queries`."""
    pairs = layout.find(row, "query", "queries")
    slots = [slot for pair in pairs for slot in _slots(row, *pair)]
    if any(layout.is_shared(text, slot.node) for slot in slots):
        raise Refused("The query stands at several places by an alias (&, *): edit the file.")
    wanted = [*queries, *[""] * (len(slots) - len(queries))]
    added = [query for query in wanted[len(slots) :] if query.strip()]
    changed = [
        slot.rewritten(text, query)
        for slot, before, query in zip(slots, old.queries, wanted, strict=False)
        if query.strip() and layout.tidy(query) != layout.tidy(before)
    ]
    gone = [slot for slot, query in zip(slots, wanted, strict=False) if not query.strip()]
    if not added and not gone:
        return changed
    if len(pairs) > 1:
        raise Refused("This campaign has both `query` and `queries`: edit the file itself.")
    key, value = pairs[0]
    if layout.is_list(value) and not layout.in_braces(value):
        return [*changed, *_grown(text, value, added), *(_taken(text, slot) for slot in gone)]
    return [_as_list(text, key, value, row, [query for query in wanted if query.strip()])]


def _slots(row: Node, key: Node, value: Node) -> list[Slot]:
    flow = layout.in_braces(row, value)
    if not layout.is_list(value):
        return [Slot(value, key.start_mark.column + 2, flow)]
    return [Slot(node, value.start_mark.column + 2, flow) for node in value.value]


def _grown(text: str, rows: Node, added: Sequence[str]) -> list[Edit]:
    at = layout.line_end(text, layout.end(text, rows))
    margin = rows.start_mark.column
    shown = (f"\n{' ' * margin}- {layout.query(query, margin + 2)}" for query in added)
    return [(at, at, "".join(shown))] if added else []


def _taken(text: str, slot: Slot) -> Edit:
    """The edit that takes a row of a block list away, with its line."""
    begin = text.rfind("-", 0, layout.start(slot.node))
    line = text.rfind("\n", 0, begin) + 1
    return line, layout.line_end(text, layout.end(text, slot.node)) + 1, ""


def _as_list(text: str, key: Node, value: Node, row: Node, queries: Sequence[str]) -> Edit:
    """The edit that writes a campaign's queries anew, one or several."""
    begin, until = layout.start(key), layout.end(text, value)
    column = key.start_mark.column
    if layout.in_braces(row, value):
        shown = ", ".join(layout.query(query, 0, flow=True) for query in queries)
        return begin, until, f"queries: [{shown}]"
    stop = layout.line_end(text, until)
    comment = "" if value.style in ("|", ">") else text[until:stop].rstrip()
    rows = (f"\n{' ' * (column + 2)}- {layout.query(query, column + 4)}" for query in queries)
    return begin, stop, f"queries:{comment}{''.join(rows)}"


# ---------------------------------------------------------------- where a row goes


def _row_edit(text: str, key: str, lines: Sequence[str], flow: str) -> Edit:
    """The edit that adds a row to the list `key`, which is made when it is not there."""
    top = layout.root(text)
    found = layout.find(top, key)
    if found:
        return layout.rows_after(text, found[0][1], lines, flow)
    if top.flow_style:
        raise Refused("This file is written between braces: edit the file itself.")
    gap = "" if text.endswith("\n") else "\n"
    shown = "".join(f"    {line}\n" if line else "\n" for line in lines[1:])
    return len(text), len(text), f"{gap}\n{key}:\n  - {lines[0]}\n{shown}"


def _address_edit(text: str, row: Node, kind: str, address: str) -> Edit:
    found = layout.find(row, *reversed(ADDRESSES[kind]))
    if not found:
        if row.flow_style:
            at = layout.end(text, row.value[-1][1])
            return at, at, f", {_key_flow(kind, [Address(kind, address)])}"
        at = layout.line_end(text, layout.end(text, row))
        margin = " " * row.start_mark.column
        return (
            at,
            at,
            "".join(f"\n{margin}{line}" for line in _key_lines(kind, [Address(kind, address)])),
        )
    value = found[0][1]
    if kind in _ONE or layout.is_shared(text, value):
        raise Refused("This outlet has such an address already: edit the file itself.")
    if layout.is_list(value):
        return layout.rows_after(text, value, [layout.scalar(address)], layout.quoted(address))
    both = ", ".join(layout.quoted(each) for each in (value.value, address))
    return layout.start(value), layout.end(text, value), f"[{both}]"


# ---------------------------------------------------------------- judging


def _judged(
    sheet: Sheet, text: str, campaigns: Sequence[Campaign] | None = None, *, reach: bool = False
) -> Draft:
    """The draft, if it is valid and says nothing else than was meant.

    `campaigns` are those that it must have (None: those of before); with `reach` outlets and
    sources may differ.
    """
    config = loads(text, path=sheet.path, check_template=sheet.check_template)
    before = sheet.config
    expected = replace(
        before,
        campaigns=_tidied(before.campaigns if campaigns is None else campaigns),
        outlets=config.outlets if reach else before.outlets,
        sources=config.sources if reach else before.sources,
        warnings=config.warnings,
    )
    if replace(config, campaigns=_tidied(config.campaigns)) != expected:
        raise _by_hand(sheet)
    bom = _BOM if sheet.text.startswith(_BOM) else ""
    return Draft(sheet=sheet, text=bom + text, config=config)


def _tidied(campaigns: Sequence[Campaign]) -> tuple[Campaign, ...]:
    return tuple(
        replace(each, queries=tuple(layout.tidy(query) for query in each.queries))
        for each in campaigns
    )


def _by_hand(sheet: Sheet) -> Refused:
    return Refused(
        f"{sheet.path.name} is written in a way that can't be changed from here without "
        "changing something else in it. Nothing was saved; edit the file itself."
    )


# ---------------------------------------------------------------- saving


def save(draft: Draft) -> Sheet:
    """Put the draft in the file's place, in one step; what stands afterwards.

    ConfigChanged when the file is not the one that was read: it is left as it is. Refused
    when it can't be written.
    """
    sheet = draft.sheet
    place = sheet.path.resolve()
    with _writing:
        if words.digest(_bytes(place).decode("latin-1")) != sheet.digest:
            raise ConfigChanged(
                f"{sheet.path.name} was changed while you were editing, by a colleague or in a "
                "text editor. Nothing of yours was saved; look at what it says now."
            )
        try:
            _replace(place, draft.text.encode())
        except OSError as error:
            raise Refused(
                f"{sheet.path.name} could not be written ({error.strerror}). It is as it was; "
                "check the rights on it and its folder, and the room on the disk."
            ) from error
    return read(sheet.path, check_template=sheet.check_template)


def _replace(place: Path, content: bytes) -> None:
    """Write aside, sync, and put it in the file's place: a kill leaves the old or the new."""
    was = place.stat()
    descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), stat.S_IMODE(was.st_mode))
            with suppress(OSError):
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            os.fsync(file.fileno())
        Path(name).replace(place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(place.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
