"""Lists of outlets as other programs keep them: OPML and CSV, read and written.

A list is foreign: OPML with a DOCTYPE is refused, since that is where entities are made;
size, depth and number are bounded; what is no http(s) address is refused by name. Attributes
that are not known do no harm, and are kept with their folders, so that a list goes back to the
program that it came from as it was. Columns that are not known are passed over.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from .. import text, urls
from ..errors import ClipperError

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
MAX_NAME = 200
NAMESPACE = "https://clipper.example/opml"
"""Marks what only clipper understands; other readers pass over it."""

KINDS = frozenset({"feed", "site", "sitemap", "wordpress", "listing"})
COLUMNS = ("name", "kind", "address", "site", "links", "pattern")
NAMES = {
    "name": "name", "title": "name", "text": "name", "outlet": "name", "nombre": "name",
    "kind": "kind", "type": "kind", "address": "address", "url": "address", "feed": "address",
    "xmlurl": "address", "rss": "address", "site": "site", "home": "site", "htmlurl": "site",
    "website": "site", "web": "site", "links": "links", "pattern": "pattern",
}  # fmt: skip
"""Columns by the names that other programs give them."""

MOST_KEPT = 30
"""Attributes of one outline, and folders above it, that are kept."""

FORMULA = re.compile(r"[=+\-@\t\r]")
DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)


class Unreadable(ClipperError):
    """A list that can't be read as a whole."""


Pairs = tuple[tuple[str, str], ...]
"""Names and values of attributes."""

Folder = tuple[str, Pairs]
"""A folder of a list: what it is called, and its other attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One address of a list, with the name of its outlet and its home page ("" for none).

    `folders` are those that it lies in, the outermost first; `kept` are attributes that
    clipper has no use for, by their names (`{namespace}name` where they have one).
    """

    name: str
    kind: str
    address: str
    site: str = ""
    options: tuple[tuple[str, str], ...] = ()
    folders: tuple[Folder, ...] = ()
    kept: Pairs = ()


@dataclass(frozen=True, slots=True)
class Turned:
    """A row that was not taken: what it says, and why."""

    what: str
    why: str


Read = tuple[tuple[Row, ...], tuple[Turned, ...]]
"""What a list holds: the rows that can be taken, and those that can't."""


# ---------------------------------------------------------------- reading


def read_opml(body: bytes) -> Read:
    """The feeds of an OPML document, folders opened. Raises Unreadable."""
    from lxml import etree

    _bounded(body)
    if DOCTYPE.search(body):
        raise Unreadable("The file has a DOCTYPE, which OPML needs not and clipper refuses.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        said = text.clean(str(error), 120)
        raise Unreadable(f"The file is no OPML that can be read: {said}.") from error
    if not isinstance(root.tag, str) or root.tag.lower() != "opml":
        raise Unreadable("The file is no OPML: it does not begin with <opml>.")
    return _sorted(_outlines(root))


def read_csv(body: bytes) -> Read:
    """The rows of a CSV file with a line of column names. Raises Unreadable."""
    _bounded(body)
    try:
        source = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("The file is not UTF-8. Save it again as “CSV UTF-8”.") from error
    first = source.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(source, newline=""), delimiter=delimiter, strict=True)
    try:
        head = [NAMES.get(text.fold(name), "") for name in next(rows, [])]
        if "address" not in head and "site" not in head:
            raise Unreadable(
                f"The first line names no column `address`. Write: {','.join(COLUMNS[:4])}"
            )
        return _sorted(_cells(head, row) for row in rows if any(cell.strip() for cell in row))
    except csv.Error as error:
        raise Unreadable(f"Line {rows.line_num} is no CSV: {error}.") from error


def _bounded(body: bytes) -> None:
    if len(body) > MAX_BYTES:
        raise Unreadable(f"The file is larger than {MAX_BYTES // 1_000_000} MB.")


def _outlines(root: Any) -> Iterator[dict[str, Any]]:
    for element in root.iter("outline"):
        given = {str(name).lower(): str(value) for name, value in element.attrib.items()}
        own = {k.rpartition("}")[2]: v for k, v in given.items() if k.startswith(f"{{{NAMESPACE}")}
        kind = own.get("kind", "")
        address = given.get("url" if kind and kind != "feed" else "xmlurl", "")
        if not address and len(element):
            continue  # a folder
        yield {
            "name": given.get("title") or given.get("text", ""),
            "kind": kind or "feed",
            "address": address,
            "site": given.get("htmlurl", ""),
            "links": own.get("links", ""),
            "pattern": own.get("pattern", ""),
            "folders": _folders(element),
            "kept": _kept(element),
        }


_KNOWN = frozenset({"text", "title", "type", "xmlurl", "htmlurl", "url"})
_NAME = re.compile(r"(\{[^{}<>\s]{1,200}\})?[A-Za-z_][A-Za-z0-9_.-]{0,60}", re.ASCII)


def _folders(element: Any) -> tuple[Folder, ...]:
    above = list(element.iterancestors("outline"))[::-1][:MOST_KEPT]
    named = (text.clean(each.get("text") or each.get("title") or "", MAX_NAME) for each in above)
    return tuple((name, _kept(each)) for name, each in zip(named, above, strict=True) if name)


def _kept(element: Any) -> Pairs:
    unknown = [
        (str(name), text.clean(str(value), 500))
        for name, value in element.attrib.items()
        if str(name).lower() not in _KNOWN and not str(name).startswith(f"{{{NAMESPACE}}}")
    ]
    return tuple(pair for pair in unknown if _NAME.fullmatch(pair[0]))[:MOST_KEPT]


def _cells(head: list[str], row: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, cell in zip(head, row, strict=False):
        if name and cell.strip():
            found.setdefault(name, _unquoted(cell.strip()))
    if not found.get("address") and found.get("site"):
        found |= {"kind": "site", "address": found["site"]}
    kind = found.get("kind", "").lower()
    return found | {"kind": "feed" if kind in ("", "rss", "atom", "json") else kind}


def _sorted(found: Iterable[dict[str, Any]]) -> Read:
    rows: list[Row] = []
    turned: list[Turned] = []
    for number, given in enumerate(found):
        if number >= MAX_ROWS:
            turned.append(Turned("the rest", f"a list may have {MAX_ROWS:,} rows."))
            break
        made = _row(given)
        if isinstance(made, Row):
            rows.append(made)
        else:
            turned.append(made)
    return tuple(rows), tuple(turned)


def _row(given: dict[str, Any]) -> Row | Turned:
    address = given.get("address", "").strip()
    what = text.clean(given.get("name") or address, MAX_NAME) or "a row without a name"
    if not address:
        return Turned(what, "it names no feed. Try its home page: clipper sources add ADDRESS.")
    if given["kind"] not in KINDS:
        return Turned(what, f"“{text.clean(given['kind'], 40)}” is no kind of source.")
    if "://" not in address[:12] or not urls.is_web(address):
        return Turned(what, f"{text.clean(address, 80)} is no web address.")
    site = given.get("site", "").strip()
    options = tuple((k, text.clean(given[k], 500)) for k in ("links", "pattern") if given.get(k))
    return Row(
        name=text.clean(given.get("name", ""), MAX_NAME) or urls.host(address).removeprefix("www."),
        kind=given["kind"],
        address=address,
        site=site if urls.is_web(site) else "",
        options=options if given["kind"] == "listing" else (),
        folders=given.get("folders", ()),
        kept=given.get("kept", ()),
    )


# ---------------------------------------------------------------- writing


def write_opml(rows: Iterable[Row], title: str = "clipper") -> str:
    """The list as OPML 2.0, each row in its folders, with the attributes that were kept. What
    is no feed stands there as a link, marked for clipper."""
    rows = list(rows)
    pairs = [
        pair for row in rows for each in (row.kept, *(f[1] for f in row.folders)) for pair in each
    ]
    spaces = dict.fromkeys(_space(name) for name, _ in pairs if name[0] == "{")
    prefixes = {space: f"ns{number}" for number, space in enumerate(spaces, 1)}
    declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for space, prefix in prefixes.items())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<opml version="2.0" xmlns:clipper="{NAMESPACE}"{declared}>',
        f"  <head><title>{text.clean(title, 200).translate(_ESCAPES)}</title></head>",
        "  <body>",
        *_nested(rows, 0, prefixes),
        "  </body>",
        "</opml>",
    ]
    return "\n".join(lines) + "\n"


_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def _nested(rows: Iterable[Row], depth: int, prefixes: Mapping[str, str]) -> Iterator[str]:
    """Rows of one folder, and the folders in it where their first row stands."""
    indent = "  " * (depth + 2)
    groups: dict[Folder | int, list[Row]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(row.folders[depth] if len(row.folders) > depth else number, []).append(
            row
        )
    for folder, those in groups.items():
        if isinstance(folder, int):
            yield f"{indent}<outline {_attributes(those[0], prefixes)}/>"
            continue
        name, kept = folder
        told = _told([("text", name), *kept], prefixes)
        yield f"{indent}<outline {told}>"
        yield from _nested(those, depth + 1, prefixes)
        yield f"{indent}</outline>"


def _space(name: str) -> str:
    return name[1:].partition("}")[0]


def _prefixed(name: str, prefixes: Mapping[str, str]) -> str:
    return f"{prefixes[_space(name)]}:{name.partition('}')[2]}" if name[0] == "{" else name


def _attributes(row: Row, prefixes: Mapping[str, str]) -> str:
    pairs = [("text", row.name), ("title", row.name)]
    if row.kind == "feed":
        pairs += [("type", "rss"), ("xmlUrl", row.address)]
    else:
        pairs += [("type", "link"), ("url", row.address), ("clipper:kind", row.kind)]
    pairs += [("htmlUrl", row.site)] if row.site else []
    pairs += [(f"clipper:{name}", value) for name, value in row.options]
    return _told([*pairs, *row.kept], prefixes)


def _told(pairs: Iterable[tuple[str, str]], prefixes: Mapping[str, str]) -> str:
    return " ".join(f"{_prefixed(name, prefixes)}={quoteattr(value)}" for name, value in pairs)


def write_csv(rows: Iterable[Row]) -> str:
    """The list as CSV. A cell that a spreadsheet would take for a formula is quoted."""
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    for row in rows:
        wishes = dict(row.options)
        cells = (row.name, row.kind, row.address, row.site)
        told = (wishes.get("links", ""), wishes.get("pattern", ""))
        writer.writerow([_quoted(cell) for cell in (*cells, *told)])
    return made.getvalue()


def _quoted(cell: str) -> str:
    return f"'{cell}" if FORMULA.match(cell) else cell


def _unquoted(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell[1:]) else cell
