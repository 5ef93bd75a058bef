"""Nodes against the schema: typed values that know their place, and every problem on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from clipper.config.kinds import KINDS, KindError, list_name, nearest, shown
from clipper.config.nodes import ListNode, MapNode, Node, ScalarNode
from clipper.config.schema import FILE, POST, TOP, Key, Shape
from clipper.errors import Problem

MAX_PROBLEMS: Final = 200


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: its line (0: nowhere, a default), and the way to it."""

    line: int
    path: str
    literal: bool = False

    def key(self, name: str) -> str:
        """The way to the key `name` below this place."""
        return f"{self.path}.{name}" if self.path else name


@dataclass(frozen=True, slots=True)
class Found:
    """A value that was read, and its place.

    One text: its value, None when there is none. Several: a tuple of `Found`. A
    section: a dict from each key of the schema to a `Found`. A table: a dict from label.
    """

    value: Any
    place: Place
    readable: bool = True

    @property
    def stands(self) -> bool:
        """Whether the file says something here, if only something that can't be read."""
        return self.place.line > 0

    @property
    def given(self) -> bool:
        """Whether the value is the file's, no default."""
        return self.stands and self.readable

    def __getitem__(self, name: str) -> Found:
        found: Found = self.value[name]
        return found

    def some(self) -> tuple[Found, ...]:
        """The values of a key that may hold several."""
        return self.value or ()


class Problems:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._found: list[Problem] = []

    def add(self, place: Place, text: str, remedy: str = "") -> None:
        """One more."""
        self._found.append(
            Problem(file=self.file, line=place.line, path=place.path, text=text, remedy=remedy)
        )

    def all(self) -> tuple[Problem, ...]:
        """What was found, in the order of the file; past 200, only how many more."""
        ordered = sorted(self._found, key=lambda problem: problem.line)
        if len(ordered) <= MAX_PROBLEMS:
            return tuple(ordered)
        rest = f"and {len(ordered) - MAX_PROBLEMS:,} problems more."
        last = Problem(file=self.file, line=0, path="", text=rest)
        return (*ordered[:MAX_PROBLEMS], last)


def read(root: Node, problems: Problems, section: Key = TOP) -> Found:
    """The file as a section, `TOP` or `POST`; what can't be read is a problem and takes its
    default."""
    return _section(root, section, Place(1, ""), problems)


def _section(node: Node, key: Key, place: Place, problems: Problems) -> Found:
    if not isinstance(node, MapNode):
        _wrong_shape(node, key, place, problems)
        return _failed(key, place)
    nodes, meant = _nodes(node, key, place, problems)
    for inner in key.keys:
        if inner.required and inner.name not in {*nodes, *meant}:
            problems.add(place, f"`{inner.name}` is missing.", inner.meaning)
    values = {inner.name: _key(nodes, inner, place, problems) for inner in key.keys}
    return Found(values, place)


def _nodes(
    node: MapNode, section: Key, place: Place, problems: Problems
) -> tuple[dict[str, tuple[int, Node]], set[str]]:
    """Each key's line and node, and the keys that unknown ones were probably meant to be.

    Doubled and unknown keys are problems; what was meant is not called missing as well.
    """
    known = [key.name for key in section.keys]
    nodes: dict[str, tuple[int, Node]] = {}
    meant: set[str] = set()
    for name, value in _unique(node, place, problems):
        if name.text in known:
            nodes[name.text] = (name.line, value)
            continue
        spot = Place(name.line, place.key(shown(name.text, 40)))
        problems.add(spot, "clipper knows no such key.", _remedy(name.text, known, section))
        meant.add(nearest(name.text, known))
    return nodes, meant


def _unique(node: MapNode, place: Place, problems: Problems) -> Iterator[tuple[ScalarNode, Node]]:
    lines: dict[str, int] = {}
    for name, value in node.pairs:
        if name.text not in lines:
            lines[name.text] = name.line
            yield name, value
            continue
        spot = Place(name.line, place.key(shown(name.text, 40)))
        first = lines[name.text]
        problems.add(spot, f"this key stands on line {first} already.", "Keep one of the two.")


_SECRETS: Final = ("password", "passwd", "token", "secret", "api_key", "apikey", "credential")


def _remedy(name: str, known: list[str], section: Key) -> str:
    if any(word in name.lower() for word in _SECRETS):
        return "Secrets never stand in this file: set an environment variable instead."
    near = nearest(name, known)
    if near:
        return f"Did you mean `{near}`?"
    home = _homes().get(name.lower()) if section is not POST else None
    if home is not None:
        return f"`{name.lower()}` belongs {f'under `{home}`' if home else 'at the left margin'}."
    return f"Known here: {', '.join(known)}."


@lru_cache(maxsize=1)
def _homes() -> dict[str, str]:
    """For each key of the schema, the section that holds it; the first wins."""
    homes: dict[str, str] = {}

    def note(keys: tuple[Key, ...], home: str) -> None:
        for key in keys:
            homes.setdefault(key.name, home)
        for key in keys:
            note(key.keys, key.name)

    note(FILE, "")
    return homes


def _key(nodes: dict[str, tuple[int, Node]], key: Key, above: Place, problems: Problems) -> Found:
    line, node = nodes.get(key.name, (0, None))
    place = Place(line, above.key(key.name))
    if node is None or (isinstance(node, ScalarNode) and node.empty):
        if node is not None:
            hint = " Does it start with '#'? Put single quotes round it." if key.kind else ""
            problems.add(place, "no value is given.", f"Write one, or remove the line.{hint}")
        return _failed(key, place)
    return _SHAPES[key.shape](node, key, place, problems)


def _absent(key: Key, place: Place) -> Found:
    """What a key that is not in the file stands for."""
    nowhere = Place(0, place.path)
    if key.shape is Shape.SECTION:
        inner = {one.name: _absent(one, Place(0, place.key(one.name))) for one in key.keys}
        return Found(inner, nowhere)
    if key.shape in {Shape.TABLE, Shape.LISTS}:
        return Found({}, nowhere)
    if key.shape in {Shape.SOME, Shape.SECTIONS}:
        return Found((), nowhere)
    return Found(KINDS[key.kind].read(key.default) if key.default else None, nowhere)


def _failed(key: Key, place: Place) -> Found:
    """The same for a key that stands in the file, but can't be read."""
    return Found(_absent(key, place).value, place, readable=False)


def _one(node: Node, key: Key, place: Place, problems: Problems) -> Found:
    if not isinstance(node, ScalarNode):
        _wrong_shape(node, key, place, problems)
        return _failed(key, place)
    spot = Place(node.line, place.path, node.literal)
    try:
        return Found(KINDS[key.kind].read(node.text), spot)
    except KindError as wrong:
        problems.add(spot, wrong.text, wrong.remedy)
        return _failed(key, spot)


def _some(node: Node, key: Key, place: Place, problems: Problems) -> Found:
    if not isinstance(node, ListNode):
        found = _one(node, key, place, problems)
        return Found((found,) if found.given else (), place)
    rows = (
        _one(row, key, Place(row.line, f"{place.path}[{index}]"), problems)
        for index, row in enumerate(node.nodes, 1)
    )
    return Found(tuple(row for row in rows if row.given and row.value is not None), place)


def _sections(node: Node, key: Key, place: Place, problems: Problems) -> Found:
    if not isinstance(node, ListNode):
        _wrong_shape(node, key, place, problems)
        return _failed(key, place)
    rows = (
        _section(row, key, Place(row.line, f"{place.path}[{index}]"), problems)
        for index, row in enumerate(node.nodes, 1)
    )
    return Found(tuple(row for row in rows if row.given), place)


def _table(node: Node, key: Key, place: Place, problems: Problems) -> Found:
    if not isinstance(node, MapNode):
        _wrong_shape(node, key, place, problems)
        return _failed(key, place)
    read_one = _some if key.shape is Shape.LISTS else _one
    labels: dict[str, Found] = {}
    for name, value in _unique(node, place, problems):
        spot = Place(name.line, place.key(shown(name.text, 40)))
        label = _label(name.text, key, spot, problems)
        found = read_one(value, key, spot, problems)
        if label and found.given:
            labels[label] = found
    return Found(labels, place)


def _label(text: str, key: Key, spot: Place, problems: Problems) -> str:
    try:
        return list_name(text) if key.shape is Shape.LISTS else str(KINDS["name"].read(text))
    except KindError as wrong:
        problems.add(spot, wrong.text, wrong.remedy)
        return ""


_EXPECTED: Final[dict[Shape, str]] = {
    Shape.ONE: "one text",
    Shape.SOME: "a text, or a list of texts",
    Shape.SECTION: "keys of its own, one a line, moved in by two blanks",
    Shape.TABLE: "labels of yours, one a line: `label: query`",
    Shape.LISTS: "names of yours, one a line: `name: [term, term]`",
}
_IS: Final[dict[type, str]] = {ScalarNode: "a text", ListNode: "a list", MapNode: "a set of keys"}


def _wrong_shape(node: Node, key: Key, place: Place, problems: Problems) -> None:
    """One problem: the shape that was expected, and the one that stands there."""
    expected = _EXPECTED.get(key.shape, "")
    if key is POST:
        expected = "keys such as `title: …` and `date: …`, one a line"
    elif key is TOP:
        expected = "keys such as `outlets:` and `campaigns:`"
    elif key.shape is Shape.SECTIONS:
        expected = f"a list, each row with keys: `- {key.keys[0].name}: …`"
    kind = key.kind and not isinstance(node, ScalarNode)
    remedy = "Put single quotes round a text that starts with a bracket." if kind else ""
    problems.add(place, f"{_IS[type(node)]} stands here; expected: {expected}.", remedy)


Reader = Callable[[Node, Key, Place, Problems], Found]
_SHAPES: Final[dict[Shape, Reader]] = {
    Shape.ONE: _one,
    Shape.SOME: _some,
    Shape.SECTION: _section,
    Shape.SECTIONS: _sections,
    Shape.TABLE: _table,
    Shape.LISTS: _table,
}
