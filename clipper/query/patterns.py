"""Patterns: a word as a query has it, and which of many patterns the words of a text fit.

A pattern is a loose word; `*` at its end is any ending, `?` one letter. `Atoms` holds the
patterns of many queries, so that one look at a text finds the places of all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache


@lru_cache(maxsize=65536)
def _pattern_test(pattern: str) -> Callable[[str], bool]:
    """What tells whether a word fits a pattern with wildcards."""
    body, star = (pattern[:-1], ".*") if pattern.endswith("*") else (pattern, "")
    if "?" not in body:
        return lambda word: word.startswith(body)
    regex = "".join("." if char == "?" else re.escape(char) for char in body)
    return re.compile(regex + star, re.DOTALL).fullmatch  # type: ignore[return-value]


def is_wild(pattern: str) -> bool:
    """Whether the pattern holds a wildcard."""
    return pattern.endswith("*") or "?" in pattern


def fits(pattern: str, word: str) -> bool:
    """Whether a word fits a pattern: `*` at the end is any ending, `?` one letter."""
    if not is_wild(pattern):
        return word == pattern
    return bool(_pattern_test(pattern)(word))


LONGEST_REMEMBERED = 64
"""Characters of a word that is remembered; longer ones are looked at each time."""


class Atoms:
    """The patterns of many queries. Which of them a word fits is remembered.

    `most` bounds the words that are remembered before the memory is emptied. Most words of
    a text fit no pattern and are passed over by one look into a set.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._patterns: set[str] = set()
        self._starts: dict[str, str] = {}
        self._spelled: list[str] = []
        self._lengths: list[int] = []
        self._idle: set[str] = set()
        self._busy: dict[str, tuple[str, ...]] = {}

    def __contains__(self, pattern: str) -> bool:
        return pattern in self._patterns

    @property
    def remembered(self) -> int:
        """How many words are remembered."""
        return len(self._idle) + len(self._busy)

    def add(self, pattern: str) -> None:
        """Take in a loose pattern; all before the first word is looked at."""
        if pattern in self._patterns:
            return
        self._patterns.add(pattern)
        if "?" in pattern:
            self._spelled.append(pattern)
        elif is_wild(pattern):
            self._starts[pattern[:-1]] = pattern
            self._lengths = sorted({len(pattern) - 1, *self._lengths})

    def of(self, word: str) -> tuple[str, ...]:
        """The patterns that a loose word fits."""
        if word in self._idle:
            return ()
        known = self._busy.get(word)
        return self._learn(word) if known is None else known

    def _learn(self, word: str) -> tuple[str, ...]:
        found = {word} if word in self._patterns and not is_wild(word) else set()
        starts = (word[:length] for length in self._lengths if length <= len(word))
        found.update(self._starts[start] for start in starts if start in self._starts)
        found.update(pattern for pattern in self._spelled if fits(pattern, word))
        patterns = tuple(sorted(found))
        if len(word) <= LONGEST_REMEMBERED:
            if self.remembered > self._most:
                self._idle.clear()
                self._busy.clear()
            if patterns:
                self._busy[word] = patterns
            else:
                self._idle.add(word)
        return patterns

    def locate(self, words: Sequence[str]) -> dict[str, list[int]]:
        """Each pattern that any of the loose words fits, with their positions in order."""
        found: dict[str, list[int]] = {}
        idle, busy = self._idle, self._busy
        for position, word in enumerate(words):
            if word in idle:
                continue
            for pattern in busy.get(word) or self._learn(word):
                if pattern in found:
                    found[pattern].append(position)
                else:
                    found[pattern] = [position]
        return found
