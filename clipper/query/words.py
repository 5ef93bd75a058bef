"""Words: a text cut into the words that queries are compared with, each with its place.

A word is a run of letters and digits. Dots of acronyms drop (U.S. = US, EE. UU. = EEUU), a
possessive 's is no part of the word, a contraction is one word (don't = dont), and any
other mark separates. In scripts without spaces each sign is a word. A #tag or @name is a
word as a whole, and a tag in CamelCase its parts as well.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

from clipper.query import letters
from clipper.query.patterns import Atoms, fits, is_wild

LONGEST = 1_000_000
"""Characters of one text that are looked at; what lies beyond matches nothing."""

TAILS = ("t", "re", "ve", "ll", "d", "m")
"""What follows the apostrophe of an English contraction; t only after n."""

ACRONYM_MOST = 6
"""Groups of letters that dots may join to one acronym."""

_MEMO_LONGEST = 64
_MEMO_WIDEST = 8
"""Characters and words of a chunk that is remembered from text to text."""

_MOST_GROUPS = 40
"""Groups after the first that one chunk may join; a hostile text has hundreds of thousands."""


class Part(NamedTuple):
    """One word within a chunk: loose form, start and end counted from the chunk's start."""

    word: str
    start: int
    end: int


class Tag(NamedTuple):
    """A #tag or @name: its mark, loose and exact name, first and last word, and its place."""

    mark: str
    name: str
    exact: str
    first: int
    last: int
    start: int
    end: int


def _chunk_pattern(char: str, letter: str) -> re.Pattern[str]:
    """A run of words that may have to be read together: joined by dots or apostrophes."""
    one, two = f"{letter}\\.", f"{letter}{letter}\\."
    more = f"{{1,{_MOST_GROUPS}}}"
    dotted = "|".join(f"{g}(?:{blank}{g}){more}" for g in (one, two) for blank in ("", " "))
    joined = f"{char}+(?:['.]{char}+){{0,{_MOST_GROUPS}}}"
    return re.compile(f"(?:{dotted})(?!{char})(?:'s(?!{char}))?|{joined}")


_CHUNK = _chunk_pattern(r"[^\W_]", r"[^\W\d_]")
_SIMPLE = re.compile(f"[a-z0-9]+(?:['.][a-z0-9]+){{0,{_MOST_GROUPS}}}")
_DOTTED = re.compile(r"\. ?[a-z]{1,2}\.")
"""What every acronym of several groups with a closing dot holds."""

_DOTTED_APART = re.compile(r"\. [a-z]{1,2}\.")

_SEPARATORS = {c: " " for c in range(128) if not chr(c).isalnum() and chr(c) not in "'.\n"}


@lru_cache(maxsize=1)
def _wide_chunk() -> re.Pattern[str]:
    return _chunk_pattern(f"(?:[^\\W_]|[{letters.marks()}])", r"[^\W\d_]")


@lru_cache(maxsize=1)
def _query_chunk() -> re.Pattern[str]:
    wild = letters.STAR + letters.ONE
    return _chunk_pattern(f"(?:[^\\W_]|[{letters.marks()}{wild}])", f"(?:[^\\W\\d_]|[{wild}])")


@lru_cache(maxsize=1)
def _group() -> re.Pattern[str]:
    wide, inner = letters.WIDE_SCRIPTS, letters.marks() + letters.STAR + letters.ONE
    spaced = f"(?![{wide}])(?:[^\\W_]|[{inner}])"
    return re.compile(f"[{wide}][{inner}]*|(?:{spaced})+")


def _is_dotted(groups: list[re.Match[str]], chunk: str) -> bool:
    """Whether the groups are an acronym's: single letters, or letters doubled as in EE.UU."""
    if len(groups) > ACRONYM_MOST or "'" in chunk:
        return False
    texts = [group[0].rstrip(letters.STAR) for group in groups]
    if any(chunk[group.end()] != "." for group in groups[:-1]):
        return False
    if not all(text and not text.isdigit() for text in texts):
        return False
    single = all(len(text) == 1 for text in texts)
    return single or all(len(text) == 2 and text[0] == text[1] for text in texts)


def _single_run(groups: list[re.Match[str]], chunk: str, at: int) -> int:
    """How many groups from `at` on are single letters joined by dots (J.K.Rowling: 2)."""
    end = at
    while end < len(groups) and len(groups[end][0]) == 1 and groups[end][0].isalpha():
        end += 1
        if end < len(groups) and chunk[groups[end - 1].end()] != ".":
            break
    return end - at


def _joined(groups: list[re.Match[str]], chunk: str) -> Iterator[Part]:
    at = 0
    while at < len(groups):
        run = _single_run(groups, chunk, at)
        if run > ACRONYM_MOST:
            yield from map(_alone, groups[at : at + run])
            at += run
            continue
        taken = run if run > 1 else 2 if _contraction(groups, chunk, at) else 1
        some = groups[at : at + taken]
        yield Part("".join(group[0] for group in some), some[0].start(), some[-1].end())
        at += taken


def _alone(group: re.Match[str]) -> Part:
    return Part(group[0], group.start(), group.end())


def _contraction(groups: list[re.Match[str]], chunk: str, at: int) -> bool:
    if at != len(groups) - 2 or chunk[groups[at].end()] != "'":
        return False
    head, tail = groups[at][0], groups[at + 1][0]
    return tail in TAILS and head[-1].isalpha() and (tail != "t" or head.endswith("n"))


def _split(chunk: str) -> tuple[Part, ...]:
    """The words of a chunk.

    >>> [part.word for part in _split("u.s.")], [part.word for part in _split("don't")]
    (['us'], ['dont'])
    """
    body = chunk[:-2] if chunk.endswith("'s") else chunk
    groups = list(_group().finditer(body))
    if len(groups) == 1 or ("." not in body and "'" not in body):
        return tuple(map(_alone, groups))
    if "." not in body:
        return _contracted(groups, body)
    if _is_dotted(groups, body):
        return (Part("".join(group[0] for group in groups), 0, len(body)),)
    return tuple(_joined(groups, body))


def _contracted(groups: list[re.Match[str]], chunk: str) -> tuple[Part, ...]:
    """Groups joined by apostrophes alone: each a word, but for a contraction at the end."""
    if not _contraction(groups, chunk, len(groups) - 2):
        return tuple(map(_alone, groups))
    head, tail = groups[-2:]
    joined = Part(head[0] + tail[0], head.start(), tail.end())
    return (*map(_alone, groups[:-2]), joined)


class _Memo(dict[str, tuple[str, ...]]):
    """Chunk to its words, learned as chunks come; the same few thousand come again."""

    def __missing__(self, chunk: str) -> tuple[str, ...]:
        found = tuple(part.word for part in _split(chunk))
        if len(chunk) <= _MEMO_LONGEST and len(found) <= _MEMO_WIDEST:
            if len(self) >= _MEMO_MOST:
                self.clear()
            self[chunk] = found
        return found


_MEMO = _Memo()
_MEMO_MOST = 100_000


_TAG = re.compile(r"(?<![^\W_])[#＃@＠](?=\w*[^\W\d_])[^\W_]\w*")


class Words:
    """The words of one text, in order: `loose[i]` lies at `text[starts[i]:ends[i]]`.

    The text is folded at once; it is cut, and the places are found, when first asked for,
    since of most texts only the vocabulary is looked at. Made by `analyse`.
    """

    def __init__(self, text: str, atoms: Atoms | None = None) -> None:
        self.text = text[:LONGEST]
        self._atoms = atoms
        self._parts = cache(_split)
        self._asked = 0
        self._begins: list[int] = []
        self._finishes: list[int] = []
        low = letters.plain_fold(self.text)
        self._plain = low is not None
        if low is None:
            low, self._begins, self._finishes = letters.slow_fold(self.text)
        self._low = low
        self._tagged = any(mark in self.text for mark in "#@＃＠")

    def __len__(self) -> int:
        return len(self.loose)

    def tokens(self) -> set[str] | None:
        """The distinct tokens of a plain text without tags, for a quick look; None for others.

        `words_in` gives the words of each. Together they are the text's words, and perhaps
        parts of them.
        """
        if self._tagged or not self._plain:
            return None
        if not self._low.isascii() or _DOTTED_APART.search(self._low):
            return set(self._chunks)
        return set(self._low.translate(_SEPARATORS).split())

    @cached_property
    def _cutter(self) -> re.Pattern[str]:
        return _chunks_of(self._low) if self._plain else _wide_chunk()

    @cached_property
    def _chunks(self) -> list[str]:
        return self._cutter.findall(self._low)

    @cached_property
    def _worded(self) -> list[tuple[str, ...]]:
        """The words of each chunk."""
        return list(map(_MEMO.__getitem__, self._chunks))

    @cached_property
    def _cut(self) -> tuple[list[str], tuple[Tag, ...]]:
        loose = list(chain.from_iterable(self._worded))
        return loose, self._split_tags(loose) if self._tagged else ()

    @property
    def loose(self) -> list[str]:
        """The words in loose form."""
        return self._cut[0]

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The #tags and @names, in order."""
        return self._cut[1] if self._tagged else ()

    @cached_property
    def wide_tags(self) -> tuple[Tag, ...]:
        """Those of several words, of which none is the tag's name."""
        return tuple(tag for tag in self.tags if tag.first != tag.last)

    @cached_property
    def _spots(self) -> tuple[list[int], list[int]]:
        """Where the words begin and end.

        A chunk's first character is the first letter after the chunk before, so looking for
        the chunk's characters from there on finds the chunk itself.
        """
        starts: list[int] = []
        ends: list[int] = []
        find, at = self._low.find, 0
        for chunk in self._chunks:
            at = find(chunk, at)
            end = at + len(chunk)
            if self._plain and chunk.isalnum():
                starts.append(at)
                ends.append(end)
            else:
                for part in self._parts(chunk):
                    starts.append(at + part.start)
                    ends.append(at + part.end)
            at = end
        if self._begins:
            starts = [self._begins[start] for start in starts]
            ends = [self._finishes[end - 1] for end in ends]
        return starts, ends

    @cached_property
    def _layout(self) -> tuple[list[int], list[int]]:
        """Of a plain text without tags: where each chunk begins, and the words before each."""
        starts = list(map(re.Match.start, self._cutter.finditer(self._low)))
        return starts, list(accumulate(map(len, self._worded), initial=0))

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where the words from `first` to `last` lie in the text.

        The same as `starts[first]` and `ends[last]`; of most texts only the few places that
        are asked for are worked out, and all at once where many are.
        """
        if self._tagged or not self._plain or self._asked > len(self._chunks):
            return self.starts[first], self.ends[last]
        self._asked += 2
        start, end = self._bounds(first)
        return (start, end) if first == last else (start, self._bounds(last)[1])

    def _bounds(self, position: int) -> tuple[int, int]:
        starts, counts = self._layout
        at = bisect_right(counts, position) - 1
        start, chunk = starts[at], self._chunks[at]
        if chunk.isalnum():
            return start, start + len(chunk)
        part = self._parts(chunk)[position - counts[at]]
        return start + part.start, start + part.end

    @cached_property
    def _placed(self) -> tuple[list[int], list[int]]:
        return self._spots if len(self) else ([], [])  # cut first: tags move places

    @cached_property
    def starts(self) -> list[int]:
        """Where each word begins in the text."""
        return self._placed[0]

    @cached_property
    def ends(self) -> list[int]:
        """Where each word ends in the text (exclusive)."""
        return self._placed[1]

    def _split_tags(self, loose: list[str]) -> tuple[Tag, ...]:
        """Put the parts of CamelCase tags in the place of the tags; the tags."""
        starts, ends = self._spots
        spots = list(_TAG.finditer(self.text))
        firsts = [bisect_left(starts, found.start()) for found in spots]
        afters = [bisect_left(starts, found.end()) for found in spots]
        tags: list[Tag] = []
        shift = 0
        for found, first, after in zip(spots, firsts, afters, strict=True):
            pieces = _camel_pieces(self.text, found.start() + 1, found.end())
            count = max(1, after - first)
            if len(pieces) > 1:
                at = slice(first + shift, after + shift)
                loose[at] = [letters.fold(self.text[a:b]) for a, b in pieces]
                starts[at], ends[at] = [a for a, _ in pieces], [b for _, b in pieces]
                count = len(pieces)
            tags.append(_tag(found, first + shift, first + shift + count - 1))
            shift += count - max(after - first, 0 if len(pieces) > 1 else 1)
        return tuple(tags)

    @cached_property
    def index(self) -> dict[str, list[int]]:
        """Loose word to the positions where it stands."""
        index: dict[str, list[int]] = {}
        for position, word in enumerate(self.loose):
            known = index.get(word)
            if known is None:
                index[word] = [position]
            else:
                known.append(position)
        return index

    @cached_property
    def vocabulary(self) -> list[str]:
        """The distinct loose words in alphabetical order."""
        return sorted(self.index)

    @cached_property
    def located(self) -> dict[str, list[int]]:
        """Each of the atoms that any word fits, with the positions of those words."""
        return {} if self._atoms is None else self._atoms.locate(self.loose)

    def positions(self, pattern: str) -> Sequence[int]:
        """Where words fit a loose pattern, in order."""
        located = self.located.get(pattern)
        if located is not None:
            return located
        if self._atoms is not None and pattern in self._atoms:
            return ()
        if not is_wild(pattern):
            return self.index.get(pattern, ())
        prefix = re.split(r"[*?]", pattern, maxsplit=1)[0]
        found: list[int] = []
        for word in self.vocabulary[bisect_left(self.vocabulary, prefix) :]:
            if not word.startswith(prefix):
                break
            if fits(pattern, word):
                found.extend(self.index[word])
        return sorted(found)

    @cached_property
    def breaks(self) -> list[int]:
        """The positions at which a new block (line) begins, ascending."""
        if "\n" not in self.text:
            return []
        ends = (found.start() for found in re.finditer("\n", self.text))
        if self._tagged or not self._plain:
            return sorted({bisect_left(self.starts, end) for end in ends})
        starts, counts = self._layout
        return sorted({counts[bisect_left(starts, end)] for end in ends})

    def line(self, position: int) -> tuple[int, int]:
        """The first and the last word of the block in which the word at `position` stands."""
        at = bisect_right(self.breaks, position)
        first = self.breaks[at - 1] if at else 0
        return first, (self.breaks[at] if at < len(self.breaks) else len(self)) - 1

    def block(self, position: int) -> int:
        """The number of the block (line) in which the word at `position` stands."""
        return bisect_right(self.breaks, position)

    @cached_property
    def shouting(self) -> bool:
        """Whether the text is all in capitals, so that case proves nothing."""
        return self.text.isupper()


def analyse(text: str, atoms: Atoms | None = None) -> Words:
    """Cut `text` into its words; the places of all `atoms` are then found in one look."""
    return Words(text, atoms)


def _chunks_of(low: str) -> re.Pattern[str]:
    """The quickest pattern that cuts this plain text as `_CHUNK` does."""
    if low.isascii() and not _DOTTED.search(low):
        return _SIMPLE
    return _CHUNK


def _tag(found: re.Match[str], first: int, last: int) -> Tag:
    name = found[0][1:]
    mark = "#" if found[0][0] in "#＃" else "@"
    folded = letters.fold(name).replace("_", "")
    return Tag(mark, folded, letters.exact(name), first, last, found.start(), found.end())


def _camel_pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words of a CamelCase name lie; a name all in one case is one piece."""
    name = text[start:end]
    if len(letters.exact(name)) != len(name.replace("_", "")):
        return [(start, end)]
    cuts = [start, *(start + i for i in range(1, len(name)) if _is_cut(name, i))]
    spans = zip(cuts, [*cuts[1:], end], strict=True)
    return [(a, b) for a, b in spans if text[a:b].strip("_")]


def _is_cut(name: str, i: int) -> bool:
    before, here = name[i - 1], name[i]
    if here == "_" or before == "_":
        return True
    if here.isdigit() != before.isdigit():
        return True
    if not here.isupper():
        return False
    return not before.isupper() or (i + 1 < len(name) and name[i + 1].islower())


@dataclass(frozen=True, slots=True)
class Typed:
    """One word as a query names it: loose with ñ kept, and exact; * and ? are wildcards."""

    loose: str
    exact: str


def typed(text: str) -> tuple[Typed, ...]:
    """The words of a query's term, cut as a text's are; wildcards count as letters."""
    text = text.replace(letters.STAR, " ").replace(letters.ONE, " ").replace(".*", "*.")
    text = text.replace("*", letters.STAR).replace("?", letters.ONE)
    low, begins, finishes = letters.slow_fold(text, keep_tilde=True)
    return tuple(
        Typed(_wild(part.word), _wild(letters.exact(_slice(text, begins, finishes, found, part))))
        for found in _query_chunk().finditer(low)
        for part in _split(found[0])
    )


def _slice(
    text: str, begins: list[int], finishes: list[int], found: re.Match[str], part: Part
) -> str:
    base = found.start()
    return text[begins[base + part.start] : finishes[base + part.end - 1]]


def _wild(word: str) -> str:
    return word.replace(letters.STAR, "*").replace(letters.ONE, "?")


def words_in(token: str) -> list[str]:
    """The loose words of one token."""
    return [word for chunk in _CHUNK.findall(token) for word in _MEMO[chunk]]


def is_plain(text: str) -> bool:
    """Whether SQLite's full-text index (unicode61) cuts and folds `text` as clipper does.

    False for texts that hold ligatures, soft hyphens, combining accents, scripts without
    spaces, CamelCase tags and the like: an index may miss their words, so that such
    articles have to be matched without asking it.
    """
    if letters.plain_fold(text) is None:
        return False
    if not any(mark in text for mark in "#@"):
        return True
    spots = (found.span() for found in _TAG.finditer(text))
    return all(len(_camel_pieces(text, start + 1, end)) == 1 for start, end in spots)
