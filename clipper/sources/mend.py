"""A feed's XML text made sound before it is parsed, or taken apart where it can't be.

    text -> find_root -> Root | fault(root) -> mend -> pieces

The check is expat's own, with bounds that no real feed comes near. What is mended are the
faults that feeds have: bare `&` and `<`, HTML's entities, undeclared prefixes, text before
and after the document. What can't be is cut at the borders of its entries, so that a
broken entry harms no other. A DOCTYPE is never read by a parser: entities that it declares
in plain text are resolved here, all else in it is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from html.entities import html5
from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import escape

from .limits import word_set

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
"""Local names, in lower case, of what a feed's outermost element is called."""

JUNK = word_set("br b i p hr strong em font div span")
"""What a web server's error messages are made of, before the document begins."""

MAX_DEPTH = 200
MAX_ATTRIBUTES = 256
MAX_HEAD = 65_536
"""Characters before the outermost element in which it is looked for."""

MAX_ENTITIES = 200

TAG_NAME = re.compile(r"<([A-Za-z_][\w.:-]{0,100})")
ENTITY_DECLARATION = re.compile(
    r"""<!ENTITY\s+([A-Za-z_][\w.-]{0,60})\s+(?:"([^"<&%]{0,300})"|'([^'<&%]{0,300})')\s*>"""
)
ENTRY_TAG = re.compile(
    r"<!\[CDATA\[|<!--|<((?:[A-Za-z_][\w.-]{0,40}:)?(?:item|entry))(?=[\s/>])", re.I
)
FAULT = re.compile(
    r"<!\[CDATA\[|<!--|<\?|<(?![A-Za-z_/])|\]\]>"
    r"|&(?:#[0-9]{1,7};|#[xX][0-9A-Fa-f]{1,6};|[A-Za-z][A-Za-z0-9_.-]{0,60};)?"
)
PREFIX = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,40}):[A-Za-z_][\w.-]*[\s=/>]")
DECLARED = re.compile(r"\bxmlns:([A-Za-z_][\w.-]{0,40})\s*=")
XML_ENTITIES = frozenset({"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"})

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/DTDs/PodCast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
"""What a prefix means when a feed uses it and does not say."""


@dataclass(frozen=True, slots=True)
class Root:
    """Where the outermost element begins in `text`, and what it is called.

    `entities` are those that the DOCTYPE declared as plain text; `junk` tells whether
    anything stood before the document that does not belong there.
    """

    text: str
    name: str
    start: int
    entities: Mapping[str, str] = field(default_factory=dict)
    junk: bool = False

    @property
    def local(self) -> str:
        """The name without its prefix, in lower case."""
        return self.name.rpartition(":")[2].lower()

    @property
    def document(self) -> str:
        """The document from its outermost element on, with a declaration of UTF-8."""
        return DECLARATION + self.text[self.start :]


@dataclass(frozen=True, slots=True)
class Parts:
    """A document taken apart: what opens it, its entries, and what closes it.

    `intro` is all before the first entry, the document's own fields; `head` its start tags.
    """

    intro: str
    head: str
    entries: tuple[str, ...]
    tail: str
    cut_off: bool = False


# ---------------------------------------------------------------- where it begins


def find_root(text: str) -> Root | None:
    """The outermost element of a document, or None where there is no element at all."""
    at, entities, junk = 0, {}, False
    while (at := text.find("<", at, MAX_HEAD)) >= 0:
        if text.startswith("<!DOCTYPE", at) or text[at : at + 9].upper() == "<!DOCTYPE":
            end = _doctype_end(text, at)
            entities = _entities(text[at:end])
        elif text.startswith("<!--", at):
            end = _after(text, "-->", at)
        elif text.startswith("<?", at):
            end = _after(text, "?>", at)
        elif (name := TAG_NAME.match(text, at)) is None or name[1].lower() in JUNK:
            junk, end = True, at + 1
        else:
            return Root(text, name[1], at, entities, junk or _has_junk(text[:at]))
        at = end
    return None


def _after(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _has_junk(before: str) -> bool:
    return bool(before.partition("<")[0].strip())


def _doctype_end(text: str, start: int) -> int:
    """Where a DOCTYPE ends: its `>` outside of brackets and quotes."""
    depth, quote = 0, ""
    for match in re.compile(r"""["'\[\]>]|<!--""").finditer(text, start + 9):
        mark = match[0]
        if quote:
            quote = "" if mark == quote else quote
        elif mark in "\"'":
            quote = mark
        elif mark == "[":
            depth += 1
        elif mark == "]":
            depth -= 1
        elif mark == ">" and depth <= 0:
            return match.end()
    return len(text)


def _entities(doctype: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for match in ENTITY_DECLARATION.finditer(doctype[:MAX_HEAD]):
        found.setdefault(match[1], match[2] or match[3] or "")
        if len(found) >= MAX_ENTITIES:
            break
    return found


# ---------------------------------------------------------------- whether it is sound


class _OvergrownError(Exception):
    """A document past a bound."""


def fault(document: str) -> str:
    """What keeps a document from being parsed, in words; empty when nothing does."""
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.ordered_attributes = True
    _watch(parser)
    try:
        parser.Parse(document.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        return f"line {error.lineno}: {expat.errors.messages.get(error.code, 'not well-formed')}"
    except _OvergrownError as error:
        return str(error)
    return ""


def _watch(parser: Any) -> None:
    depth = 0

    def start(name: str, attributes: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _OvergrownError(f"elements nested deeper than {MAX_DEPTH}")
        if len(attributes) > 2 * MAX_ATTRIBUTES:
            raise _OvergrownError(f"an element with more than {MAX_ATTRIBUTES} attributes")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler = start
    parser.EndElementHandler = end


# ---------------------------------------------------------------- what can be mended


def mend(root: Root) -> Root:
    """The document with its common faults mended; it may still have others."""
    body = _refer(root.text[root.start :], root.entities)
    end = body.rfind(f"</{root.name}")
    if end >= 0:
        body = body[: _after(body, ">", end)]
    return replace(root, text=_declare(body, root.name), start=0)


def _refer(text: str, entities: Mapping[str, str]) -> str:
    """The text with sound references, no comments and no instructions; CDATA is left alone."""
    kept: list[str] = []
    done = at = 0
    blind: set[str] = set()
    while (match := FAULT.search(text, at)) is not None:
        found, at = match[0], match.end()
        end = _end_of(text, found, at, blind)
        if found == "<![CDATA[" and end:
            at = end
            continue
        kept.append(text[done : match.start()])
        kept.append("" if end else _mended(found, entities))
        done = at = end or at
    kept.append(text[done:])
    return "".join(kept)


ENDS = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}


def _end_of(text: str, token: str, at: int, blind: set[str]) -> int:
    """Where what `token` opened ends; 0 when it opens nothing or is never closed."""
    mark = ENDS.get(token)
    if mark is None or mark in blind:
        return 0
    found = text.find(mark, at)
    if found < 0:
        blind.add(mark)  # never look again: a flood of openers would be quadratic
        return 0
    return found + len(mark)


def _mended(token: str, entities: Mapping[str, str]) -> str:
    if token in XML_ENTITIES:
        return token
    if token.startswith("&#"):
        return _numbered(token)
    if token.startswith("&") and token.endswith(";"):
        value = entities.get(token[1:-1]) or html5.get(token[1:])
        return escape(value) if value is not None else "&amp;" + token[1:]
    return escape(token)


def _numbered(token: str) -> str:
    digits = token[2:-1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    allowed = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return token if allowed or 0x10000 <= code < 0x110000 else "\ufffd"


def _declare(body: str, name: str) -> str:
    """The document with a meaning for each prefix that it uses without saying."""
    used = {prefix for prefix in PREFIX.findall(body) if prefix not in ("xml", "xmlns")}
    missing = sorted(used - set(DECLARED.findall(body)))[:60]
    if not missing:
        return body
    spaces = (f' xmlns:{p}="{NAMESPACES.get(p, "urn:undeclared:" + p)}"' for p in missing)
    return body[: len(name) + 1] + "".join(spaces) + body[len(name) + 1 :]


# ---------------------------------------------------------------- taking apart


def take_apart(root: Root) -> Parts:
    """The document cut at the borders of its entries.

    Entries that are never closed are closed here; the last one, where the document itself
    was cut off, is left out (`cut_off`): half of a link leads elsewhere.
    """
    text = root.text[root.start :]
    starts = list(entry_starts(text))
    if not starts:
        return Parts(text, text, (), "")
    name = _name_at(text, starts[0])
    slices = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    cut_off = f"</{root.name}" not in slices[-1] and f"</{name}" not in slices[-1]
    if cut_off:
        slices.pop()
    head = _opening(text, root.name, starts[0])
    entries = tuple(_closed(part, name) for part in slices)
    return Parts(text[: starts[0]], head, entries, _closing(head, root), cut_off)


def cut_after(root: Root, limit: int) -> tuple[Root, int]:
    """The document without the entries past the first `limit`, and how many those are."""
    text = root.text[root.start :]
    lower = text.count("<item") + text.count("<entry") + text.count("<ITEM") + text.count(":item")
    if lower + text.count(":entry") <= limit:
        return root, 0
    starts = list(entry_starts(text))
    if len(starts) <= limit:
        return root, 0
    head = text[: starts[0]]
    short = text[: starts[limit]] + _closing(head, root)
    return replace(root, text=short, start=0), len(starts) - limit


def entry_starts(text: str) -> Iterator[int]:
    """Where the entries begin: each element called as the first `item` or `entry` is."""
    at, name, blind = 0, "", set[str]()
    while (match := ENTRY_TAG.search(text, at)) is not None:
        at = match.end()
        if match[1] is None:
            at = _end_of(text, match[0], at, blind) or at
        elif not name or match[1] == name:
            name = match[1]
            yield match.start()


def _name_at(text: str, start: int) -> str:
    match = TAG_NAME.match(text, start)
    return match[1] if match else ""


def _opening(text: str, name: str, end: int) -> str:
    """The start tags of the outermost element and of the channel, if entries lie in one."""
    opened = text[: text.find(">", 0, end) + 1]
    channel = re.search(r"<(?:[\w.-]{1,40}:)?channel(?:\s[^<>]*)?>", text[len(opened) : end], re.I)
    if channel is None or "</" + _name_at(channel[0], 0) in text[:end]:
        return opened
    return opened + channel[0]


def _closing(head: str, root: Root) -> str:
    channel = re.search(r"<((?:[\w.-]{1,40}:)?channel)(?=[\s>])", head[1:], re.I)
    inside = channel is not None and f"</{channel[1]}" not in head
    return (f"</{channel[1]}>" if channel and inside else "") + f"</{root.name}>"


def _closed(part: str, name: str) -> str:
    end = part.rfind(f"</{name}")
    return part[: _after(part, ">", end)] if end >= 0 else f"{part}</{name}>"
