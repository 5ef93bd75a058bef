"""YAML into plain nodes that know their line: bounded, and without any meaning given to values.

Only this module knows ruamel.yaml, and of it only the event stream. Values stay the
text that was typed (`no`, `010`, `1:30` and `2024-01-01` too); the schema says what a
key's text means. No tag is honoured, so no object is ever built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.error import YAMLError as RuamelError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError
from ruamel.yaml.scanner import Scanner

MAX_BYTES: Final = 512 * 1024
MAX_EVENTS: Final = 50_000
MAX_NODES: Final = 50_000
MAX_DEPTH: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ScalarNode:
    """A text as typed. `line` is where its first character stands, from 1.

    `plain`: written without quotes; only then `null`, `~` and nothing mean "no value".
    `literal`: written under `|`, so that its line breaks are the file's.
    """

    text: str
    line: int
    plain: bool = False
    literal: bool = False
    size: int = 1

    @property
    def empty(self) -> bool:
        """Whether no value was given at all."""
        return self.plain and self.text.lower() in {"", "~", "null"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNode:
    """A list of nodes; `size` counts all that hang below, aliases written out."""

    nodes: tuple[Node, ...]
    line: int
    size: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MapNode:
    """Keys and their nodes as written, repeated keys included."""

    pairs: tuple[tuple[ScalarNode, Node], ...]
    line: int
    size: int = 1


Node: TypeAlias = ScalarNode | ListNode | MapNode


class YamlError(Exception):
    """The bytes are no YAML that clipper takes. `line` is 0 for the file as a whole."""

    def __init__(self, line: int, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.line, self.text, self.remedy = line, text, remedy


def parse(raw: bytes) -> Node:
    """The tree of the one document in `raw`; raises `YamlError`.

    At most 512 KB, 50,000 events, 20 levels, and 50,000 nodes after aliases are
    written out: with these bounds the worst input takes well under a second.
    """
    text = _decode(raw)
    try:
        return _Composer(_events(text)).document()
    except ReaderError as error:
        raise YamlError(
            text.count("\n", 0, int(error.position)) + 1,
            "a control character stands here.",
            "Remove it; it may be invisible.",
        ) from error
    except MarkedYAMLError as error:
        raise _syntax(error) from error
    except (RuamelError, RecursionError, ValueError) as error:
        raise YamlError(0, "this is not valid YAML.") from error


def _decode(raw: bytes) -> str:
    if len(raw) > MAX_BYTES:
        raise YamlError(
            0,
            f"the file has more than {MAX_BYTES // 1024} KB, the most that a config may have.",
            "Is it the right file?",
        )
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise YamlError(0, "the file is saved as UTF-16.", "Save it again with encoding UTF-8.")
    if b"\0" in raw:
        raise YamlError(0, "this is no text file.", "Is it the right file?")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise YamlError(
            line, "a character here is not UTF-8.", "Save the file again with encoding UTF-8."
        ) from error


class _ShallowScanner(Scanner):
    """Stops at deep brackets: ruamel's own scanner takes quadratic time on them."""

    def fetch_flow_collection_start(self, TokenClass: Any, to_push: Any) -> None:  # noqa: N803
        if self.flow_level >= MAX_DEPTH:
            raise _too_deep(self.reader.line + 1)
        super().fetch_flow_collection_start(TokenClass, to_push)


def _too_deep(line: int) -> YamlError:
    return YamlError(line, f"more than {MAX_DEPTH} levels are nested here.")


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner = _ShallowScanner
    for count, event in enumerate(yaml.parse(text)):
        if count >= MAX_EVENTS:
            raise YamlError(_line(event), "the file holds too many entries for a config.")
        yield event


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


class _Composer:
    """Builds the tree from events; recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, Node | None] = {}

    def document(self) -> Node:
        root: Node = ScalarNode(text="", line=1, plain=True)
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise YamlError(
                        _line(event), "a second document starts here.", "Remove the line '---'."
                    )
            elif isinstance(event, NodeEvent):
                root = self._node(event, 0)
        return root

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _too_deep(_line(event))
        if isinstance(event, AliasEvent):
            return self._alias(event)
        _refuse_tag(event)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node = self._bare(event, depth)
        if node.size > MAX_NODES:
            raise YamlError(_line(event), "written out, the aliases here are too many.")
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _bare(self, event: Any, depth: int) -> Node:
        if isinstance(event, ScalarEvent):
            return _scalar(event)
        if isinstance(event, SequenceStartEvent):
            return self._list(event, depth)
        return self._map(event, depth)

    def _alias(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is not None:
            return node
        trouble = "stands inside itself" if event.anchor in self._anchors else "is not defined"
        raise YamlError(
            _line(event),
            f"the alias *{event.anchor[:40]} {trouble}.",
            "Put single quotes round a text that starts with '*'.",
        )

    def _list(self, event: Any, depth: int) -> ListNode:
        nodes: list[Node] = []
        size = 1
        while not isinstance(inner := next(self._events), SequenceEndEvent):
            nodes.append(self._node(inner, depth + 1))
            size += nodes[-1].size
        return ListNode(nodes=tuple(nodes), line=_line(event), size=size)

    def _map(self, event: Any, depth: int) -> MapNode:
        pairs: list[tuple[ScalarNode, Node]] = []
        size = 1
        while not isinstance(inner := next(self._events), MappingEndEvent):
            key = self._node(inner, depth + 1)
            if not isinstance(key, ScalarNode):
                raise YamlError(
                    key.line,
                    "a key must be plain text.",
                    "Put single quotes round a text that holds brackets.",
                )
            value = self._node(next(self._events), depth + 1)
            pairs.append((key, value))
            size += 1 + value.size
        return MapNode(pairs=tuple(pairs), line=_line(event), size=size)


def _refuse_tag(event: Any) -> None:
    if isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent)) and event.tag:
        raise YamlError(
            _line(event),
            f"the tag {str(event.tag)[:60]!r} is not allowed.",
            "Put single quotes round a text that starts with '!'.",
        )


def _scalar(event: Any) -> ScalarNode:
    style = event.style or ""
    # Under `|` and `>` the text starts on the line after the mark.
    line = _line(event) + (style in {"|", ">"})
    return ScalarNode(text=event.value, line=line, plain=not style, literal=style == "|")


_QUOTES: Final = """Put single quotes round the whole text: query: '"a b" OR c'."""

# What people mistype, by a fragment of what the parser then says.
_SYNTAX: Final[tuple[tuple[str, str, str], ...]] = (
    ("'\\t'", "a tab stands here.", "Indent with spaces."),
    ("mapping values are not allowed", "a colon is not understood here.",
     "Is a colon missing on the line above, or a blank at this line's start? A text that holds "
     "': ' needs single quotes round it."),
    ("found unexpected end of stream", "a quotation mark is never closed.", "Close it."),
    ("could not find expected ':'", "a key without a colon stands above.",
     "Write key: value, with a blank after the colon."),
    ("but found '<scalar>'", "text goes on after a closing quotation mark or bracket.", _QUOTES),
    ("expected alphabetic or numeric", "a '*' or '&' starts a text here.", _QUOTES),
    ("expected ',' or", "a bracket is not closed, or opens a text without quotes.", _QUOTES),
    ("expected the node content", "a bracket opens here and holds nothing that can be read.",
     _QUOTES),
    ("cannot start any token", "a text may not start with this character.", _QUOTES),
    ("expected <block end>", "this line does not fit the lines above.",
     "Indent keys that belong together by the same number of spaces; start each list row "
     "with '- '."),
    ("found unknown escape", "a backslash in double quotes is not understood.", _QUOTES),
)  # fmt: skip


def _syntax(error: MarkedYAMLError) -> YamlError:
    said = f"{error.context or ''} {error.problem or ''}"
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    for fragment, text, remedy in _SYNTAX:
        if fragment in said:
            return YamlError(line, f"column {column}: {text}", remedy)
    return YamlError(line, f"column {column}: YAML can't be read here ({said.strip()[:120]}).")
