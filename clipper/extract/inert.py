"""A page made inert: its words in their order and structure, and nothing that acts.

Nothing is taken out of the page; what is known to be harmless is written anew. So there is
no script, no style, no picture, no address and no attribute of the page in the outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any, Final

from clipper.model import Page

from . import decode, markup

MOST_NODES: Final = 100_000
"""Elements of a page that are written; the rest is left out, and `CUT` says so."""

CUT: Final = "[…]"

KEPT: Final = frozenset(
    {
        *("h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "section", "article", "header", "footer"),
        *("main", "aside", "nav", "blockquote", "q", "pre", "code", "ul", "ol", "li", "dl", "dt"),
        *("dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "figure"),
        *("figcaption", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "span", "time"),
        *("abbr", "cite", "mark", "ins", "del", "address"),
    }
)
"""Elements that are written, without their attributes; of others, what is in them."""

ALONE: Final = frozenset({"br", "hr"})

DROPPED: Final = frozenset(
    {
        *("head", "script", "style", "noscript", "template", "iframe", "frame", "frameset"),
        *("noframes", "object", "embed", "applet", "svg", "math", "canvas", "audio", "video"),
        *("select", "textarea", "input", "button", "datalist", "xmp", "plaintext", "noembed"),
    }
)
"""Elements that are left out with all that is in them."""


def inert(page: Page) -> str | None:
    """The page's body as harmless HTML, None for a body that is no page.

    It is a fragment: elements of `KEPT` and `ALONE` without attributes, and escaped text.
    """
    if decode.sniff(page.body):
        return None
    tree = markup.parse(decode.decode(page))
    return None if tree is None else "".join(_written(tree))


def _written(tree: Any) -> Iterator[str]:
    # Without recursion: a page may nest as deep as the parser allows.
    left: list[Any] = [tree]
    count = 0
    while left:
        node = left.pop()
        if isinstance(node, str):
            yield node
            continue
        count += 1
        if count > MOST_NODES:
            yield CUT
            break
        name = node.tag if isinstance(node.tag, str) else ""
        if not name or name in DROPPED:
            continue
        yield _opened(name, node)
        ends = f"</{name}>" if name in KEPT else ""
        inside: list[Any] = [_text(node.text)]
        for child in node:
            inside += [child, _text(child.tail)]
        left.append(ends)
        left += reversed(inside)
    # What was cut off in the midst is closed all the same.
    yield from (each for each in reversed(left) if isinstance(each, str) and each[:2] == "</")


def _opened(name: str, node: Any) -> str:
    if name in KEPT or name in ALONE:
        return f"<{name}>"
    if name == "img":
        told = _text(node.get("alt") or "")
        return f"[{told}]" if told.strip() else ""
    return ""


def _text(value: str | None) -> str:
    return escape(value) if value else ""
