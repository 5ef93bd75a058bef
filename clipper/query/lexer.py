"""From a query's characters to its tokens, each with its place.

Nothing here knows the grammar; what a token is depends only on its own characters and on
the one before it (a minus is NOT only after white space or a parenthesis).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from clipper.errors import QueryError
from clipper.query import words

LONGEST = 200_000
MOST_TOKENS = 40_000
FARTHEST = 1000
"""The largest distance of a NEAR."""

LOOSEST = 50
"""The largest ~n of a phrase."""

BARE_NEAR = 4

FIELDS = {
    "title": "title", "headline": "title", "intitle": "title",
    "lede": "lede", "ingress": "lede",
    "text": "text", "caption": "caption",
    "author": "author", "byline": "author",
    "outlet": "outlet", "source": "outlet", "publication": "outlet",
    "site": "site", "url": "url", "section": "section", "lang": "lang", "tag": "tag",
    "after": "after", "before": "before", "words": "words",
}  # fmt: skip
"""Every name of a field, to the field."""

OPERATORS = {
    "AND": "AND", "&&": "AND", "OR": "OR", "|": "OR", "||": "OR", "NOT": "NOT",
    "ANDNOT": "ANDNOT",
}  # fmt: skip

_CLOSERS = {'"': '"', "“": "”“", "”": "”“", "„": "“”‟", "‟": "”“", "«": "»", "»": "«»"}
QUOTES = "".join(_CLOSERS)
CURLY = frozenset("“”„‟")
_RAW = {"site", "lang", "after", "before", "words", "url"}
_RAW_VALUE = re.compile(rf"[^\s(){{}}|^{QUOTES}]+")
_COUNT = re.compile(r"(?:[<>]=?|=)?\s*\d+(?:\s*(?:\.\.|[-–])\s*\d+)?")
_SPACE = re.compile(r"\s+")
_BARE = re.compile(rf"(?:(?!/\*|&&)[^\s(){{}}|^{QUOTES}])+")
_FIELD = re.compile(r"([^\W\d]\w*):")
_NEAR = re.compile(r"(NEAR|ONEAR|NOTNEAR)(?:/(.*))?", re.DOTALL)
_ATLEAST = re.compile(r"atleast\(", re.IGNORECASE)
_ATLEAST_COUNT = re.compile(r"\s*(\d{1,6})\s*,")
_SLOP = re.compile(r"~(\S*)")
_WEIGHT = re.compile(r"\^(\d{0,4}(?:\.\d{1,4})?)")
_LIST = re.compile(r"\$([^\W\d][\w-]*)")
_NUMBER = re.compile(r"\d{1,6}")
_SPACED = re.compile(r"[^\W\d_]\.(?: [^\W\d_]\.)+(?!\w)|[^\W\d_]{2}\.(?: [^\W\d_]{2}\.)+(?!\w)")
_MINUS = "-−–!"


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is what it is, `text` its characters without their dress, `number` a count.

    Kinds: ( ) AND OR NOT ANDNOT near field raw term phrase brace forms tag list atleast ^ end
    """

    kind: str
    text: str
    start: int
    end: int
    number: float = 0


@dataclass(slots=True)
class _Reader:
    query: str
    at: int
    tokens: list[Token]

    def add(self, kind: str, text: str, end: int, number: float = 0) -> None:
        self.tokens.append(Token(kind, text, self.at, end, number))
        self.at = end

    def fail(self, text: str, remedy: str, start: int, end: int) -> QueryError:
        return QueryError(text, query=self.query, start=start, end=end, remedy=remedy)


def tokens(query: str) -> list[Token]:
    """The tokens of a query, closed by one of kind `end`. QueryError where none can be read."""
    if len(query) > LONGEST:
        raise QueryError(
            f"The query is {len(query):,} characters long; {LONGEST:,} is the most.",
            query=query[:100],
            start=0,
            remedy="Split it into several queries of one campaign.",
        )
    reader = _Reader(query, 0, [])
    while reader.at < len(query):
        if len(reader.tokens) > MOST_TOKENS:
            text = f"The query has more than {MOST_TOKENS:,} terms and operators."
            raise reader.fail(text, "Split it into several queries.", reader.at, reader.at + 1)
        _read(reader)
    reader.add("end", "", reader.at)
    return reader.tokens


def _read(reader: _Reader) -> None:
    char = reader.query[reader.at]
    space = _SPACE.match(reader.query, reader.at)
    if space:
        reader.at = space.end()
        return
    if reader.query.startswith("/*", reader.at):
        _skip_comment(reader)
        return
    _BY_FIRST.get(char, _bare)(reader)


def _skip_comment(reader: _Reader) -> None:
    end = reader.query.find("*/", reader.at + 2)
    if end < 0:
        remedy = "Close it with */, or write a space between / and *."
        raise reader.fail("A comment is opened and never closed.", remedy, reader.at, reader.at + 2)
    reader.at = end + 2


def _parenthesis(reader: _Reader) -> None:
    reader.add(reader.query[reader.at], "", reader.at + 1)


def _bar(reader: _Reader) -> None:
    end = reader.at + (2 if reader.query.startswith("||", reader.at) else 1)
    reader.add("OR", reader.query[reader.at : end], end)


def _ampersand(reader: _Reader) -> None:
    if reader.query.startswith("&&", reader.at):
        reader.add("AND", "&&", reader.at + 2)
    else:
        _bare(reader)


def _closing_quote(query: str, start: int) -> int:
    places = [query.find(mark, start + 1) for mark in _CLOSERS[query[start]]]
    found = [place for place in places if place >= 0]
    if not found and query[start] in '"“”':
        found = [i for i in (query.find(mark, start + 1) for mark in '"”“') if i >= 0]
    return min(found, default=-1)


def _phrase(reader: _Reader) -> None:
    start = reader.at
    close = _closing_quote(reader.query, start)
    if close < 0:
        text = "A quotation mark is opened and never closed."
        raise reader.fail(text, "Close the phrase with the same mark.", start, start + 1)
    slop = _SLOP.match(reader.query, close + 1)
    if slop is None:
        reader.add("phrase", reader.query[start + 1 : close], close + 1)
        return
    number = _NUMBER.match(slop[1])
    if number is None or int(number[0]) > LOOSEST:
        remedy = f'Write a number up to {LOOSEST} after ~, as in "private prison"~3.'
        text = f"~ after a phrase needs a number from 0 to {LOOSEST}."
        raise reader.fail(text, remedy, *slop.span())
    end = slop.start(1) + number.end()
    reader.add("phrase", reader.query[start + 1 : close], end, int(number[0]))


def _brace(reader: _Reader) -> None:
    start = reader.at
    close = reader.query.find("}", start)
    inner = reader.query.find("{", start + 1)
    if close < 0 or 0 <= inner < close:
        text = "A brace { is opened and never closed."
        raise reader.fail(text, "Close the exact words with }.", start, start + 1)
    reader.add("brace", reader.query[start + 1 : close], close + 1)


def _stray_brace(reader: _Reader) -> None:
    text = "A brace } closes nothing."
    raise reader.fail(text, "Open it with {, or take it out.", reader.at, reader.at + 1)


def _weight(reader: _Reader) -> None:
    found = _WEIGHT.match(reader.query, reader.at)
    weight = float(found[1]) if found and found[1] else 0.0
    if not found or not 0 < weight <= 1000:
        text = "^ needs a weight above 0, and up to 1000."
        remedy = "Write it right after the term, as in prison^3."
        raise reader.fail(text, remedy, reader.at, reader.at + 1)
    reader.add("^", found[0], found.end(), weight)


def _list(reader: _Reader) -> None:
    found = _LIST.match(reader.query, reader.at)
    if found is None:
        _bare(reader)
        return
    reader.add("list", found[1], found.end())


def _minus(reader: _Reader) -> None:
    """NOT, where the mark leads a term; else a mark like any other."""
    query, at = reader.query, reader.at
    leads = at == 0 or query[at - 1].isspace() or query[at - 1] in "(|"
    if not leads:
        reader.at += 1
        return
    if at + 1 >= len(query) or query[at + 1].isspace() or query[at + 1] == ")":
        text = f"{query[at]} stands alone."
        remedy = "Write it right before what is not wanted, as in -gate, or take it out."
        raise reader.fail(text, remedy, at, at + 1)
    reader.add("NOT", query[at], at + 1)


def _tag(reader: _Reader) -> None:
    mark = reader.query[reader.at]
    found = _BARE.match(reader.query, reader.at)
    raw = found[0][1:] if found else ""
    name = raw.strip(".,;:!'’")
    spot = (reader.at, reader.at + 1 + len(raw))
    if not name:
        text, remedy = f"{mark} stands alone.", f"Write the name right after it, as in {mark}ICE."
        raise reader.fail(text, remedy, *spot)
    if not re.fullmatch(r"\w+\*?", name):
        text = f"{mark}{name} is no tag: a tag has letters and digits only."
        raise reader.fail(text, "Put it in quotes to look for its words.", *spot)
    reader.add("tag", mark + name, spot[1])


def _forms(reader: _Reader) -> None:
    found = _BARE.match(reader.query, reader.at + 1)
    if found is None or found[0].startswith(("#", "@", "~", "$")):
        text, remedy = "~ stands before no word.", "Write it right before one word: ~prison."
        raise reader.fail(text, remedy, reader.at, reader.at + 1)
    reader.add("forms", found[0], found.end())


def _bare(reader: _Reader) -> None:
    if _ATLEAST.match(reader.query, reader.at):
        _atleast(reader)
        return
    named = _FIELD.match(reader.query, reader.at)
    if named:
        _field(reader, named)
        return
    found = _dotted(reader) or _BARE.match(reader.query, reader.at)
    if found is None:
        reader.at += 1
        return
    near = _NEAR.fullmatch(found[0])
    if near:
        _near(reader, near, found.end())
        return
    kind = OPERATORS.get(found[0], "term")
    reader.add(kind, found[0], found.end())


def _dotted(reader: _Reader) -> re.Match[str] | None:
    """An acronym written with blanks, EE. UU. or U. S., which is one term."""
    found = _SPACED.match(reader.query, reader.at)
    return found if found and len(words.typed(found[0])) == 1 else None


def _near(reader: _Reader, near: re.Match[str], end: int) -> None:
    distance = near[2]
    if distance is None:
        reader.add("near", near[1], end, BARE_NEAR)
        return
    if not re.fullmatch(r"\d{1,4}", distance) or int(distance) > FARTHEST:
        text = f"{near[1]}/{distance} has no distance that can be counted."
        remedy = f"Write a number of words up to {FARTHEST}, as in {near[1]}/5."
        raise reader.fail(text, remedy, reader.at, end)
    reader.add("near", near[1], end, int(distance))


def _atleast(reader: _Reader) -> None:
    open_end = reader.at + len("atleast(")
    found = _ATLEAST_COUNT.match(reader.query, open_end)
    if found is None or int(found[1]) < 1:
        text = "atleast( needs a number from 1 on and a comma."
        raise reader.fail(text, "Write it as atleast(3, prison*).", reader.at, open_end)
    start = reader.at
    reader.add("atleast", "", found.end(), int(found[1]))
    reader.tokens.append(Token("(", "", start, found.end()))


def _field(reader: _Reader, named: re.Match[str]) -> None:
    name = FIELDS.get(named[1].lower())
    if name is None:
        near = get_close_matches(named[1].lower(), FIELDS, n=1)
        hint = f"Did you mean {near[0]}:? " if near else ""
        remedy = f"{hint}Put the term in quotes if the colon is part of it."
        text = f"There is no field {named[1]}:."
        raise reader.fail(text, remedy, named.start(), named.end())
    reader.add("field", name, named.end())
    space = _SPACE.match(reader.query, reader.at)
    reader.at = space.end() if space else reader.at
    value = (_COUNT if name == "words" else _RAW_VALUE).match(reader.query, reader.at)
    if name in _RAW and value and value[0] not in OPERATORS:
        reader.add("raw", value[0], value.end())


_BY_FIRST: dict[str, Callable[[_Reader], Any]] = {
    "(": _parenthesis,
    ")": _parenthesis,
    "|": _bar,
    "&": _ampersand,
    "{": _brace,
    "}": _stray_brace,
    "^": _weight,
    "$": _list,
    "#": _tag,
    "@": _tag,
    "~": _forms,
    **dict.fromkeys(_MINUS, _minus),
    **dict.fromkeys(QUOTES, _phrase),
}
