"""Reading a query of another language by its `Dialect`, and writing it as one of ours.

text -> tokens -> levels of precedence -> our text, with parentheses -> clipper.query.parse
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from clipper.errors import QueryError
from clipper.query.dialects.tables import MIXED, Dialect, Operator

LONGEST = 100_000
DEEPEST = 50

_QUOTED = re.compile(r'["“”„«]([^"“”„»]*)["“”»](?:~(\d{1,3}))?')
_BRACED = re.compile(r"\{([^{}]*)\}")
_FIELD = re.compile(r"([A-Za-z_][\w.\-]*):\s*")
_CALL = re.compile(r"([A-Za-z][A-Za-z-]*?)(\d*)\s*\(\s*(?:(\d+)\s*,)?")
_WORD = re.compile(r'[^\s()"“”„«»{}|^]+')
_WEIGHT = re.compile(r"\^\d+(?:\.\d+)?")
_PROXIMITY = re.compile(r"~(\d{1,3})")


@dataclass(frozen=True, slots=True)
class Difference:
    """What the translation means otherwise than the original.

    `kind`: `precedence`, `distance`, `order`, `plurals`, `stemming`, `case`, `field`,
    `wildcard` or `operator`.
    """

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    operator: Operator | None = None
    number: int = 0


@dataclass(slots=True)
class Foreign:
    """One translation under way; `differences` grows as they are met."""

    text: str
    dialect: Dialect
    tokens: list[_Token] = field(default_factory=list)
    at: int = 0
    depth: int = 0
    differences: dict[Difference, None] = field(default_factory=dict)

    def differ(self, kind: str, text: str) -> None:
        """Note a difference, once."""
        self.differences[Difference(kind, text)] = None

    def write(self) -> str:
        """Our text of the whole query. QueryError, in the original's places, if malformed."""
        if len(self.text) > LONGEST:
            raise self._fail(f"The query is longer than {LONGEST:,} characters.", 0, 1)
        self.tokens = [*self._tokens(), _Token("end", "", len(self.text), len(self.text))]
        written = self._level(0)
        token = self._peek()
        if token.kind != "end":
            raise self._fail(f"{token.text or token.kind} is out of place.", token.start, token.end)
        if not written:
            raise self._fail("Nothing of the query can be translated.", 0, len(self.text))
        return written

    def _fail(self, text: str, start: int, end: int) -> QueryError:
        remedy = f"This is read as a {self.dialect.name} query; mend it or choose another dialect."
        return QueryError(text, query=self.text, start=start, end=end, remedy=remedy)

    # ------------------------------------------------------------ tokens

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.text):
            if self.text[at].isspace() or self.text[at] == ",":
                at += 1
                continue
            token = self._token(at)
            yield token
            at = token.end

    def _token(self, at: int) -> _Token:
        char = self.text[at]
        if char in "()":
            return _Token(char, char, at, at + 1)
        for read in (self._operator, self._quoted, self._braced, self._mark, self._named):
            token = read(at)
            if token is not None:
                return token
        word = _WORD.match(self.text, at)
        if word is None:
            raise self._fail(f"{char} can't be read here.", at, at + 1)
        return _Token("word", word[0], at, word.end())

    def _operator(self, at: int) -> _Token | None:
        flags = re.IGNORECASE if self.dialect.any_case else 0
        if at and (self.text[at - 1].isalnum()):
            return None
        for operator in self.dialect.operators:
            found = re.compile(operator.pattern, flags).match(self.text, at)
            if found:
                counts = [count for count in found.groupdict().values() if count]
                words = int(counts[0][:4]) if counts else operator.words
                number = max(0, words - operator.less)
                return _Token(operator.kind, found[0], at, found.end(), operator, number)
        return None

    def _quoted(self, at: int) -> _Token | None:
        found = _QUOTED.match(self.text, at)
        if found is None:
            if self.text[at] in '"“”„«':
                raise self._fail("A quotation mark is opened and never closed.", at, at + 1)
            return None
        return _Token("phrase", found[1], at, found.end(), number=int(found[2] or 0))

    def _braced(self, at: int) -> _Token | None:
        found = _BRACED.match(self.text, at)
        return _Token("brace", found[1], at, found.end()) if found else None

    def _mark(self, at: int) -> _Token | None:
        """A weight, a proximity after a group, a leading minus, a leading plus."""
        weight = _WEIGHT.match(self.text, at)
        if weight:
            return _Token("weight", weight[0], at, weight.end())
        proximity = _PROXIMITY.match(self.text, at)
        if proximity:
            number = int(proximity[1])
            return _Token("proximity", proximity[0], at, proximity.end(), number=number)
        leads = at == 0 or self.text[at - 1].isspace() or self.text[at - 1] in "(+"
        if self.text[at] == "-" and leads:
            return _Token("not", "-", at, at + 1)
        if self.text[at] == "+" and leads:
            return _Token("plus", "+", at, at + 1)
        return None

    def _named(self, at: int) -> _Token | None:
        call = _CALL.match(self.text, at)
        if call and call[1].lower() in self.dialect.calls:
            number = int((call[2] or call[3] or "0")[:4])
            return _Token("call", call[1].lower(), at, call.end(), number=number)
        named = _FIELD.match(self.text, at)
        if named and named[1].lower() in self.dialect.fields:
            return _Token("field", named[1].lower(), at, named.end())
        return None

    def _peek(self) -> _Token:
        return self.tokens[self.at]

    def _take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    # ------------------------------------------------------------ precedence

    def _level(self, level: int) -> str:
        """Our text of what binds at least as closely as `level`; "" when nothing is left of it."""
        levels = self.dialect.levels
        if level == len(levels):
            return self._operand()
        kinds: set[str] = set()
        left = self._level(level + 1)
        while self._joins(levels[level]):
            token = self._peek()
            joins = token.operator is not None and token.kind != "not"
            kind = self._take().kind if joins else "and"
            kinds.add(kind)
            right = self._level(level + 1)
            left = self._joined(kind, left, right, token)
        if kinds and level == 0 and levels[0] == ("or",) and self._mixes():
            self.differ(*MIXED)
        return left

    def _joins(self, kinds: tuple[str, ...]) -> bool:
        """Whether an operator of this level follows, or terms side by side that mean AND."""
        token = self._peek()
        if token.operator and token.kind != "not":
            return token.kind in kinds
        return "and" in kinds and token.kind not in (")", "end")

    def _mixes(self) -> bool:
        """Whether the original mixes AND and OR within one pair of parentheses."""
        seen: list[set[str]] = [set()]
        for token in self.tokens:
            if token.kind in ("(", "call"):
                seen.append(set())
            elif token.kind == ")" and len(seen) > 1:
                seen.pop()
            elif token.kind in ("and", "or", "andnot"):
                seen[-1].add("or" if token.kind == "or" else "and")
                if len(seen[-1]) > 1:
                    return True
        return False

    def _joined(self, kind: str, left: str, right: str, token: _Token) -> str:
        if token.operator and token.operator.difference:
            self.differ("distance", token.operator.difference)
        if not left or not right:
            return left or ("" if kind == "andnot" else right)
        if kind == "andnot":
            return f"({left} AND NOT {right})"
        if kind in ("and", "or"):
            return f"({left} {kind.upper()} {right})"
        return f"({left} {kind.upper()}/{min(token.number, 1000)} {right})"

    # ------------------------------------------------------------ operands

    def _operand(self) -> str:
        token = self._take()
        if token.kind == "not":
            below = self._operand()
            return f"NOT {below}" if below else ""
        if token.kind == "plus":
            return self._operand()
        if token.kind in ("(", "call"):
            return self._weighted(self._group(token))
        if token.kind == "field":
            return self._in_field(token)
        read = {"phrase": self._phrase, "brace": self._brace, "word": self._words}.get(token.kind)
        if read is None:
            raise self._fail(
                "A term is missing here.", token.start, max(token.end, token.start + 1)
            )
        return self._weighted(read(token))

    def _weighted(self, written: str) -> str:
        if self._peek().kind == "proximity":
            token = self._take()
            return self._scattered(written, token.number)
        if self._peek().kind != "weight":
            return written
        weight = self._take().text
        return f"{written}{weight}" if written else ""

    def _scattered(self, written: str, distance: int) -> str:
        """(a AND b)~n: the sides within n words."""
        self.differ("distance", f"( … )~{distance} became NEAR/{distance} between its sides.")
        return written.replace(" AND ", f" NEAR/{distance} ")

    def _group(self, token: _Token) -> str:
        self.depth += 1
        if self.depth > DEEPEST:
            raise self._fail(
                f"The query nests deeper than {DEEPEST} levels.", token.start, token.end
            )
        inner = self._level(0)
        close = self._take()
        if close.kind != ")":
            raise self._fail("A parenthesis ( is opened and never closed.", token.start, token.end)
        self.depth -= 1
        if token.kind == "call":
            return self._called(token, inner, self.text[token.end : close.start])
        return f"({inner})" if inner and not inner.startswith("(") else inner

    def _called(self, token: _Token, inner: str, raw: str) -> str:
        """headline(…), cs(…), ATLEAST5(…): a field or a command around its content."""
        ours = self.dialect.calls[token.text]
        plain = re.sub(r'["“”()]', "", raw).strip()
        cases = {"exact": plain, "upper": plain.upper(), "lower": plain.lower()}
        if ours in cases:
            return "{" + cases[ours] + "}" if plain else ""
        if ours == "plain":
            return inner
        if ours == "atleast":
            return f"atleast({max(1, token.number)}, {inner})" if inner else ""
        if ours == "hlead":
            return f"(title:({inner}) OR lede:({inner}))" if inner else ""
        if not ours:
            self.differ("field", f"{token.text}(…) has no like in clipper and was left out.")
            return ""
        return f"{ours}:({inner})" if inner else ""

    def _in_field(self, token: _Token) -> str:
        ours = self.dialect.fields[token.text]
        if ours.endswith("*"):
            self.differ("field", f"{token.text}: binds all terms up to the end, as in Google.")
            inner = self._level(0)
            return f"{ours[:-1]}:({inner})" if inner else ""
        inner = self._operand()
        if not ours:
            self.differ("field", f"{token.text}: has no like in clipper and was left out.")
            return ""
        if ours == "raw":
            return "{" + inner.strip('"(){}') + "}"
        if ours == "#":
            return "#" + re.sub(r"[^\w*]", "", inner)
        if ours == "site" and "/" in inner:
            self.differ("field", "site: takes a host; the path was left out.")
        bare = inner.strip('"') if ours in ("site", "lang", "after", "before") else inner
        return f"{ours}:{bare}"

    # ------------------------------------------------------------ terms

    def _brace(self, token: _Token) -> str:
        return "{" + token.text + "}"

    def _phrase(self, token: _Token) -> str:
        words = [self._wild(word) for word in token.text.split()]
        if self.dialect.star_is_word and "*" in words:
            kept = [word for word in words if word != "*"]
            self.differ("wildcard", "* between words became room for one further word each.")
            return f'"{" ".join(kept)}"~{words.count("*")}'
        if not token.number:
            return f'"{" ".join(words)}"'
        if self.dialect.loose_order and len(words) == 2:
            self.differ("order", '"a b"~n takes the words in either order; it became NEAR/n.')
            return f"({words[0]} NEAR/{token.number} {words[1]})"
        if self.dialect.loose_order:
            self.differ("order", '"a b c"~n takes the words in any order; clipper in this order.')
        return f'"{" ".join(words)}"~{token.number}'

    def _words(self, token: _Token) -> str:
        """One word, or, where terms side by side are a phrase, all that stand together."""
        words = [self._wild(token.text)]
        while self.dialect.implicit == "phrase" and self._peek().kind == "word":
            words.append(self._wild(self._take().text))
        if len(words) == 1:
            return words[0] if re.search(r"\w", words[0]) else ""
        return f'"{" ".join(words)}"'

    def _wild(self, word: str) -> str:
        """The word with our wildcards; one that clipper has not is dropped, and said so."""
        for theirs, ours in self.dialect.wildcards.items():
            if theirs in word:
                said = "any ending" if ours == "*" else "one letter"
                self.differ("wildcard", f"{theirs} ({said}) became {ours}.")
        word = "".join(self.dialect.wildcards.get(char, char) for char in word)
        if word.startswith("*") and len(word) > 1:
            self.differ("wildcard", f"{word}: clipper has no * at the beginning; it was dropped.")
            word = word.lstrip("*")
        if re.search(r"\*\w", word):
            self.differ(
                "wildcard", f"{word}: clipper has no * within a word; the rest was dropped."
            )
            word = word.split("*")[0] + "*"
        return word if self.dialect.fields and ":" not in word else f'"{word}"'
