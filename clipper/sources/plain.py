"""Plain text from what feeds put into titles and summaries: text, HTML, or nobody knows.

Atom says which of them a title is (RFC 4287, 3.1). RSS does not, and outlets write both:
`AT&amp;amp;T <b>wins</b>` is HTML, `a < b` is text. What has a tag that HTML knows, or a
whole entity, is read as HTML; all else is text and stays as it is.
"""

from __future__ import annotations

import re
from html.entities import html5
from typing import Any

from .. import text
from .limits import word_set

MAX_HTML = 300_000
"""Characters of HTML that are read for a plain text."""

BLOCKS = word_set(
    "address article aside blockquote br caption dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol option p pre section summary table "
    "tbody td tfoot th thead tr ul"
)
UNSEEN = word_set(
    "audio canvas embed form head iframe math noembed noframes noscript object script select style "
    "svg template textarea title video"
)
INLINE = word_set(
    "a abbr acronym b bdi bdo big center cite code del dfn em font i img ins kbd label mark q s "
    "samp small span strike strong sub sup time tt u var wbr html body input button"
)
TAG = re.compile(
    rf"</?(?:{'|'.join(sorted(BLOCKS | INLINE, key=len, reverse=True))})"
    r"(?:\s+[\w:-]+\s*=[^<>]*|\s*/?)>"
    rf"|</(?:{'|'.join(sorted(UNSEEN))})\s*>",
    re.I,
)
"""A tag that makes a text HTML. One that is only opened and would swallow the rest is none."""

ENTITY = re.compile(r"&(?:#([0-9]{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{1,31}));")


def from_unknown(value: str, limit: int) -> str:
    """Plain text from a value that may be text or HTML, cleaned, at most `limit` characters."""
    value = _bare(value)
    return from_html(value, limit) if TAG.search(value) else text.clean(resolved(value), limit)


def from_html(value: str, limit: int) -> str:
    """Plain text from HTML, cleaned, at most `limit` characters; scripts and their like go."""
    value = _bare(value)
    if "<" not in value:
        return text.clean(resolved(value), limit)
    return text.clean("".join(_pieces(value)), limit)


def _bare(value: str) -> str:
    """The value within the bound, without the marks of CDATA that was escaped twice."""
    return value[:MAX_HTML].replace("<![CDATA[", "").replace("]]>", "")


def is_html(value: str) -> bool:
    """Whether a value has a tag that HTML knows."""
    return TAG.search(value[:MAX_HTML]) is not None


def resolved(value: str) -> str:
    """The text with its whole character references resolved; half ones stay as they are."""
    return ENTITY.sub(_character, value) if "&" in value else value


def _character(match: re.Match[str]) -> str:
    decimal, hexadecimal, name = match.groups()
    if name:
        return html5.get(name + ";", match[0])
    code = int(decimal) if decimal else int(hexadecimal, 16)
    # The numbers of windows-1252 are read as browsers read them (HTML, 13.2.5.80).
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", "replace")
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _pieces(value: str) -> list[str]:
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    body = f"<body>{value}</body>".encode("utf-8", "replace")
    try:
        tree: Any = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        tree = None
    if tree is None:
        return [resolved(TAG.sub(" ", value))]
    found: list[str] = []
    walk = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walk:
        if event == "start":
            _enter(walk, element, found)
        else:
            _leave(element, found)
    return found


def _enter(walk: Any, element: Any, found: list[str]) -> None:
    if element.tag in UNSEEN:
        walk.skip_subtree()
        return
    if element.tag in BLOCKS:
        found.append(" ")
    found.append(element.text or "")


def _leave(element: Any, found: list[str]) -> None:
    if element.tag in BLOCKS:
        found.append(" ")
    found.append(element.tail or "")
