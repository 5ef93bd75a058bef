"""Where things stand in a config's text, and how a value is written there.

Positions are characters in the text. Only places are taken from YAML here: what a value
means is the schema's affair, and nothing is ever dumped, so that comments, order and
blank lines are not touched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML

Node: TypeAlias = Any
"""A node of ruamel.yaml: `value`, `start_mark`, `end_mark`, `flow_style`, `style`."""

Edit: TypeAlias = tuple[int, int, str]
"""Put a text in the place of what stands from the first to before the second position."""

_BLOCK: Final = ("|", ">")
_HEAD: Final = re.compile(r"^[|>]\d?([-+]?)\d?")
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w.&/+-]| (?=[^\s#]))*")
_PLAIN_URL: Final = re.compile(r"https?://[\w.~:/?=&%+@-]*[\w/]", re.ASCII)


def root(text: str) -> Node:
    """The tree of a text that is known to be a valid config."""
    return YAML(typ="safe", pure=True).compose(text)


def find(mapping: Node, *names: str) -> list[tuple[Node, Node]]:
    """The keys of these names that stand in a mapping, each with its value, in this order."""
    pairs = {key.value: (key, value) for key, value in mapping.value}
    return [pairs[name] for name in names if name in pairs]


def is_list(node: Node) -> bool:
    """Whether the node is a list."""
    return isinstance(node.value, list) and not is_map(node)


def is_map(node: Node) -> bool:
    """Whether the node has keys."""
    return isinstance(node.value, list) and bool(node.value) and isinstance(node.value[0], tuple)


def in_braces(*nodes: Node) -> bool:
    """Whether any of the nodes is written between brackets or braces."""
    return any(isinstance(node.value, list) and node.flow_style for node in nodes)


def is_shared(text: str, node: Node) -> bool:
    """Whether other places of the file refer to this node, or it to them."""
    return text[node.start_mark.index : node.start_mark.index + 1] in ("&", "*")


def start(node: Node) -> int:
    """Where the node begins."""
    return int(node.start_mark.index)


def end(text: str, node: Node) -> int:
    """Where the node's last visible character ends; comments after it do not count."""
    if isinstance(node.value, list) and not node.flow_style and node.value:
        last = node.value[-1]
        return end(text, last[1] if isinstance(last, tuple) else last)
    found = int(node.end_mark.index)
    while not isinstance(node.value, list) and node.style in _BLOCK and text[found - 1] in "\r\n ":
        found -= 1
    return found


def line_end(text: str, at: int) -> int:
    """Where the line of a position ends, its break not counted."""
    found = text.find("\n", at)
    found = len(text) if found < 0 else found
    return found - 1 if text[found - 1 : found] == "\r" else found


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text with all edits made; they must not overlap."""
    newline = "\r\n" if "\r\n" in text else "\n"
    for begin, until, words in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:begin] + words.replace("\n", newline) + text[until:]
    return text


# ---------------------------------------------------------------- writing values


def tidy(value: str) -> str:
    """A text of several lines as it is written: no blanks at its ends or its lines' ends."""
    return "\n".join(line.rstrip() for line in value.strip().splitlines())


def scalar(value: str, *, flow: bool = False) -> str:
    """A short text as YAML: plain where that is safe, else in single quotes.

    >>> scalar("Daily Nexus"), scalar("Don't: panic")
    ('Daily Nexus', "'Don''t: panic'")
    """
    plain = _PLAIN.fullmatch(value) and value.lower() != "null"
    if plain or (_PLAIN_URL.fullmatch(value) and not flow):
        return value
    return quoted(value)


def quoted(value: str) -> str:
    """A text in quotes; one of several lines in double ones."""
    if "\n" in value:
        return json.dumps(value, ensure_ascii=False)
    return "'" + value.replace("'", "''") + "'"


def literal(value: str, indent: int, head: str = "|") -> str:
    """A text under `|`, its lines set in by `indent` blanks."""
    body = (" " * indent + line if line else "" for line in value.split("\n"))
    return "\n".join((head, *body))


def query(value: str, indent: int, *, flow: bool = False) -> str:
    """A query as YAML: in quotes on one line, under `|` on several."""
    text = tidy(value)
    return quoted(text) if flow or "\n" not in text else literal(text, indent)


@dataclass(frozen=True, slots=True)
class Slot:
    """A text's place: its node, the column that its own lines are set in to, and whether it
    stands between brackets."""

    node: Node
    indent: int
    flow: bool

    def rewritten(self, text: str, value: str) -> Edit:
        """The edit that puts a query in this place; what is under `|` stays so.

        A comment on the line stays on it.
        """
        begin, until = start(self.node), end(text, self.node)
        words = tidy(value)
        if self.node.style in _BLOCK:
            head = text[begin : line_end(text, begin)]
            return begin, until, literal(words, self.indent, _HEAD.sub(r"|\1", head))
        if self.flow or "\n" not in words:
            return begin, until, quoted(words)
        stop = line_end(text, until)
        return begin, stop, literal(words, self.indent, "|" + text[until:stop].rstrip())


def rows_after(text: str, rows: Node, lines: Sequence[str], flow: str) -> Edit:
    """The edit that adds a row to a list: `lines` in a block, `flow` between brackets."""
    if rows.flow_style or not rows.value:
        at = end(text, rows.value[-1]) if rows.value else start(rows) + 1
        return at, at, f", {flow}" if rows.value else flow
    at = line_end(text, end(text, rows.value[-1]))
    margin = " " * rows.start_mark.column
    spread = len(rows.value) > 1 and _are_apart(text, rows.value[-2], rows.value[-1])
    shown = [f"{margin}- {lines[0]}", *(f"{margin}  {line}" if line else "" for line in lines[1:])]
    return at, at, "\n".join(["", *([""] if spread else []), *shown])


def _are_apart(text: str, before: Node, after: Node) -> bool:
    between = text[end(text, before) : start(after)]
    return any(not line.strip() for line in between.split("\n")[1:-1])
