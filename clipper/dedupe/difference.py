"""What changed between two versions of a text, by words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import groupby

_PIECES = re.compile(r"\n|[^\S\n]+|[^\W_]+|[\W_]", re.UNICODE)

# difflib's time grows with the product of the sides; past this a passage is told whole.
_MAX_PIECES = 2_000
_MAX_BLOCKS = 1_000


class Run(StrEnum):
    """What became of a run of text."""

    KEPT = "kept"
    CUT = "cut"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Change:
    """A run of text: kept from the old version, cut from it, or added in the new one."""

    run: Run
    text: str


def difference(old: str, new: str) -> tuple[Change, ...]:
    """The runs that lead from `old` to `new`, in order, whole words each.

    The texts of the kept and cut runs joined are `old`, those of the kept and added ones
    `new`; no two neighbours are of one kind. Blocks are compared first, then the words
    within changed blocks; a passage too long to compare is told as cut and added whole.
    """
    if old == new:
        return (Change(Run.KEPT, old),) if old else ()
    runs = _between(old.splitlines(keepends=True), new.splitlines(keepends=True), _MAX_BLOCKS)
    return tuple(_joined(_by_words(_joined(runs))))


def _by_words(runs: Iterator[Change]) -> Iterator[Change]:
    """Where a cut passage is followed by an added one, the words that differ."""
    cut: Change | None = None
    for change in runs:
        if change.run is Run.CUT:
            cut = change
            continue
        if cut is not None and change.run is Run.ADDED:
            yield from _between(_split(cut.text), _split(change.text), _MAX_PIECES)
        else:
            yield from (each for each in (cut, change) if each is not None)
        cut = None
    if cut is not None:
        yield cut


def _split(text: str) -> list[str]:
    return _PIECES.findall(text)


def _between(old: list[str], new: list[str], limit: int) -> Iterator[Change]:
    """Kept, cut and added pieces, a cut before what was added in its place."""
    start = _agreeing(old, new)
    end = _agreeing(old[start:][::-1], new[start:][::-1])
    yield from (Change(Run.KEPT, piece) for piece in old[:start])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    yield from _compared(old_middle, new_middle, limit)
    yield from (Change(Run.KEPT, piece) for piece in old[len(old) - end :])


def _compared(old: list[str], new: list[str], limit: int) -> Iterator[Change]:
    if max(len(old), len(new)) > limit:
        yield Change(Run.CUT, "".join(old))
        yield Change(Run.ADDED, "".join(new))
        return
    matcher = SequenceMatcher(None, old, new, autojunk=True)
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            yield Change(Run.KEPT, "".join(old[i:j]))
            continue
        yield Change(Run.CUT, "".join(old[i:j]))
        yield Change(Run.ADDED, "".join(new[k:m]))


def _agreeing(one: list[str], other: list[str]) -> int:
    """How many pieces agree from the beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))


def _joined(runs: Iterator[Change]) -> Iterator[Change]:
    """Neighbours of one kind as one, empty ones left out."""
    told = (change for change in runs if change.text)
    for run, group in groupby(told, key=lambda change: change.run):
        yield Change(run, "".join(change.text for change in group))
