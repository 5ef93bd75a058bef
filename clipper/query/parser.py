"""From tokens to the syntax tree: recursive descent over

    any    = all {OR all}
    all    = one {[AND] one}
    one    = NOT one | near
    near   = primary {NEAR/n primary}
    primary = ( any ) | field: primary | atleast(n, any) | term | "phrase" | {exact}
              | ~word | #tag | $list, each with ^weight

Hand-written rather than generated, since every refusal names the place, what is wrong
there, and how to mend it. The depth of nesting and the number of terms are bounded, so that
no query can exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from clipper.errors import QueryError
from clipper.query import facts, lexer, tree, words
from clipper.query.lints import Lint, both_readings
from clipper.query.positive import check_positive, first
from clipper.query.printer import show
from clipper.query.tree import Node

DEEPEST = 60
"""Levels of parentheses, NOT and NEAR that may nest."""

MOST_TERMS = 10_000

Lists = Mapping[str, Sequence[str]]

_STARTS = {"(", "field", "raw", "term", "phrase", "brace", "forms", "tag", "list", "atleast"}
_OPERATORS = {"AND", "OR", "NOT", "ANDNOT", "near"}
_WORD_LIKE = (*tree.TERMS, tree.Near, tree.Or, tree.Weighted, tree.Named, tree.Field)
_REMEDY_EMPTY = 'Write a word, a "phrase" or a group there.'


@dataclass(frozen=True, slots=True)
class _Operand:
    """A node with the place it was read from, and whether it stood in parentheses."""

    node: Node
    start: int
    end: int
    grouped: bool = False


@dataclass(slots=True)
class Parser:
    """One reading of one query. `zone` is the field that binds the term being read."""

    query: str
    lists: Lists
    tokens: list[lexer.Token] = field(default_factory=list)
    at: int = 0
    depth: int = 0
    terms: int = 0
    zone: str = ""
    opened: tuple[str, ...] = ()
    notes: list[Lint] = field(default_factory=list)
    before: lexer.Token | None = None

    def parse(self) -> Node:
        """The tree of the whole query."""
        self.tokens = lexer.tokens(self.query)
        self._balance()
        self._skip_marks()
        if self._peek().kind == "end":
            raise self._fail("The query is empty.", "Write at least one word.", 0, len(self.query))
        root = self._any()
        self._end_of_query()
        return root.node

    # ------------------------------------------------------------ tokens

    def _peek(self) -> lexer.Token:
        return self.tokens[self.at]

    def _take(self) -> lexer.Token:
        token = self.tokens[self.at]
        self.before = token
        self.at += 1
        self._skip_marks()
        return token

    def _skip_marks(self) -> None:
        """Pass over terms that hold no letter or digit: marks are ignored."""
        while self._peek().kind == "term" and not re.search(r"[\w*?]", self._peek().text):
            self.at += 1

    def _fail(self, text: str, remedy: str, start: int, end: int) -> QueryError:
        return QueryError(text, query=self.query, start=start, end=end, remedy=remedy)

    def _fail_at(self, token: lexer.Token, text: str, remedy: str) -> QueryError:
        return self._fail(text, remedy, token.start, max(token.end, token.start + 1))

    def _balance(self) -> None:
        open_at: list[lexer.Token] = []
        for token in self.tokens:
            if token.kind == "(":
                open_at.append(token)
            elif token.kind == ")":
                if not open_at:
                    text = "A parenthesis ) closes nothing."
                    raise self._fail_at(token, text, "Open it with (, or take it out.")
                open_at.pop()
        if open_at:
            text = "A parenthesis ( is opened and never closed."
            raise self._fail_at(open_at[-1], text, "Close it with ), or take it out.")

    def _end_of_query(self) -> None:
        token = self._peek()
        if token.kind == "^":
            raise self._fail_at(token, "^ follows nothing that can weigh.", "Write term^2.")
        if token.kind != "end":
            raise self._fail_at(token, f"{self._name(token)} is out of place.", _REMEDY_EMPTY)

    def _name(self, token: lexer.Token) -> str:
        return self.query[token.start : token.end] or "the end of the query"

    def _deeper(self, token: lexer.Token) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            text = f"The query nests deeper than {DEEPEST} levels."
            raise self._fail_at(token, text, "Take out parentheses, or split the query.")

    # ------------------------------------------------------------ operators

    def _any(self) -> _Operand:
        alternatives = [self._all()]
        first = alternatives[0][0]
        while self._peek().kind == "OR":
            self._take()
            alternatives.append(self._all())
        node = tree.joined(tree.Or, [operand.node for operand, _ in alternatives])
        last = alternatives[-1][0]
        if len(alternatives) > 1 and any(len(factors) > 1 for _, factors in alternatives):
            readings = both_readings([factors for _, factors in alternatives])
            self.notes.append(Lint("mixed", *readings, start=first.start, end=last.end))
        return _Operand(node, first.start, last.end)

    def _all(self) -> tuple[_Operand, tuple[Node, ...]]:
        """One alternative, and what stands side by side in it without parentheses."""
        parts = [self._one()]
        while True:
            token = self._peek()
            if token.kind == "AND":
                self._take()
                parts.append(self._one())
            elif token.kind == "ANDNOT":
                parts.append(self._negation())
            elif token.kind in _STARTS or token.kind == "NOT":
                parts.append(self._one())
                self._note_names(parts[-2], parts[-1])
            else:
                break
        node = tree.joined(tree.And, [part.node for part in parts])
        operand = _Operand(node, parts[0].start, parts[-1].end)
        return operand, tuple(part.node for part in parts)

    def _note_names(self, before: _Operand, after: _Operand) -> None:
        """Adjacent capitalised words without quotes were probably meant as one name."""
        pair = (before, after)
        if not all(isinstance(part.node, tree.Word) and not part.grouped for part in pair):
            return
        typed = [self.query[part.start : part.end] for part in pair]
        if all(word[:1].isupper() for word in typed):
            name = " ".join(typed)
            text = f"{name}: two words side by side may stand anywhere in the article."
            remedy = f'If it is a name, write "{name}".'
            self.notes.append(Lint("name", text, remedy, start=before.start, end=after.end))

    def _one(self) -> _Operand:
        if self._peek().kind == "NOT":
            return self._negation()
        return self._near()

    def _negation(self) -> _Operand:
        token = self._take()
        self._deeper(token)
        after = self._peek()
        if after.kind in ("NOT", "ANDNOT"):
            text = "Two NOT in a row."
            raise self._fail(text, "Take one of them out.", token.start, after.end)
        operand = self._one()
        self.depth -= 1
        node = tree.Not(operand.node, start=token.start, end=token.end)
        return _Operand(node, token.start, operand.end)

    def _near(self) -> _Operand:
        left = self._primary()
        nested = 0
        while self._peek().kind == "near":
            operator = self._take()
            self._deeper(operator)
            nested += 1
            if self._peek().kind in ("NOT", "ANDNOT"):
                self._refuse_not(self._peek(), operator)
            right = self._primary()
            for operand in (left, right):
                self._check_near_operand(operand, operator)
            if not self._common_zones(left.node) & self._common_zones(right.node):
                text = f"{operator.text} never crosses a field."
                remedy = f"Look in one field, as in title:(a {operator.text}/5 b), or write AND."
                raise self._fail(text, remedy, left.start, right.end)
            node = tree.Near(
                operator.text, int(operator.number), left.node, right.node,
                start=operator.start, end=operator.end,
            )  # fmt: skip
            left = _Operand(node, left.start, right.end)
        self.depth -= nested
        return left

    def _common_zones(self, node: Node) -> set[str]:
        """The fields in which a NEAR operand can be found as a whole."""
        if isinstance(node, tree.Field):
            return {node.name}
        parts = [self._common_zones(child) for child in tree.children(node)]
        if isinstance(node, tree.Or):
            return set().union(*parts)
        if parts:
            return parts[0].intersection(*parts[1:])
        return {self.zone} if self.zone else set(tree.DEFAULT_ZONES)

    def _refuse_not(self, token: lexer.Token, operator: lexer.Token) -> None:
        text = f"NOT cannot stand inside {operator.text}."
        remedy = "Write NOTNEAR, or put NOT outside: (a NEAR/5 b) NOT c."
        raise self._fail_at(token, text, remedy)

    def _check_near_operand(self, operand: _Operand, operator: lexer.Token) -> None:
        denied = first(operand.node, lambda node: isinstance(node, tree.Not))
        if isinstance(denied, tree.Not):
            self._refuse_not(lexer.Token("NOT", "NOT", denied.start, denied.end), operator)
        found = first(operand.node, lambda node: not isinstance(node, _WORD_LIKE))
        if found is None:
            return
        text = f"{operator.text} joins words, phrases and OR groups, not {_kind(found)}."
        remedy = (
            f"Repeat it for each word, as in (a {operator.text}/5 b) AND (a {operator.text}/5 c)."
        )
        raise self._fail(text, remedy, operand.start, operand.end)

    # ------------------------------------------------------------ operands

    def _primary(self) -> _Operand:
        token = self._peek()
        read = _PRIMARIES.get(token.kind)
        if read is None:
            raise self._no_operand(token)
        operand = read(self, token)
        while self._peek().kind == "^" and self._peek().start == operand.end:
            weight = self._take()
            node = tree.weighted(operand.node, weight.number)
            operand = _Operand(node, operand.start, weight.end)
        return operand

    def _no_operand(self, token: lexer.Token) -> QueryError:
        """Why there is no term where one must be."""
        before = self.before
        if token.kind == "^":
            return self._fail_at(token, "^ follows nothing that can weigh.", "Write term^2.")
        if before is not None and before.kind == "field":
            text = f"The field {self._name(before)} is empty."
            remedy = "Write what to look for right after the colon; NOT goes before the field."
            return self._fail_at(before, text, remedy)
        if token.kind in _OPERATORS and before is not None and before.kind in _OPERATORS:
            text = f"Two operators in a row: {self._name(before)} {self._name(token)}."
            remedy = "Keep one; in lower case or in quotes it is a word."
            return self._fail(text, remedy, before.start, token.end)
        if token.kind in _OPERATORS:
            text = f"{self._name(token)} has nothing before it."
            remedy = "Write a term on both sides; in lower case or in quotes it is a word."
            return self._fail_at(token, text, remedy)
        if before is not None and before.kind in _OPERATORS:
            text = f"{self._name(before)} has nothing after it."
            remedy = "Write a term on both sides; in lower case or in quotes it is a word."
            return self._fail_at(before, text, remedy)
        return self._fail_at(before or token, "The group is empty.", _REMEDY_EMPTY)

    def _group(self, token: lexer.Token) -> _Operand:
        self._take()
        self._deeper(token)
        inner = self._any()
        self.depth -= 1
        close = self._peek()
        if close.kind != ")":
            raise self._fail_at(close, f"{self._name(close)} is out of place.", _REMEDY_EMPTY)
        self._take()
        return _Operand(inner.node, token.start, close.end, grouped=True)

    def _field(self, token: lexer.Token) -> _Operand:
        self._take()
        if self._peek().kind == "field":
            text = "Two fields in a row."
            raise self._fail_at(self._peek(), text, "Keep one, or join them with AND.")
        outer, self.zone = self.zone, token.text
        operand = self._bare_primary()
        self.zone = outer
        node = operand.node
        if token.text not in facts.FACTS and not isinstance(node, tree.Field):
            node = tree.Field(token.text, node)
        return _Operand(node, token.start, operand.end)

    def _bare_primary(self) -> _Operand:
        token = self._peek()
        read = _PRIMARIES.get(token.kind)
        if read is None:
            raise self._no_operand(token)
        return read(self, token)

    def _atleast(self, token: lexer.Token) -> _Operand:
        self._take()
        inner = self._group(self._peek())
        found = first(inner.node, lambda node: not isinstance(node, _WORD_LIKE))
        if found is not None:
            text = f"atleast counts hits of words, phrases and OR groups, not of {_kind(found)}."
            remedy = "Put a phrase in quotes, or write one atleast( ) for each term."
            raise self._fail(text, remedy, inner.start, inner.end)
        return _Operand(tree.AtLeast(int(token.number), inner.node), token.start, inner.end)

    def _list(self, token: lexer.Token) -> _Operand:
        self._take()
        entries = self.lists.get(token.text)
        if entries is None:
            near = get_close_matches(token.text, self.lists, n=1)
            hint = f"Did you mean ${near[0]}?" if near else "Write it under lists: in the config."
            raise self._fail_at(token, f"There is no list ${token.text}.", hint)
        if token.text in self.opened:
            text = f"The list ${token.text} contains itself."
            raise self._fail_at(token, text, "Take its own name out of the list.")
        if not entries:
            text = f"The list ${token.text} is empty."
            raise self._fail_at(token, text, "Write at least one term into it.")
        self._deeper(token)
        nodes = [self._entry(token, str(entry)) for entry in entries]
        self.depth -= 1
        node = tree.Named(token.text, tree.joined(tree.Or, nodes))
        return _Operand(node, token.start, token.end)

    def _entry(self, token: lexer.Token, entry: str) -> Node:
        """One entry of a list: a name of several plain words is a phrase, the rest a query."""
        text = f'"{entry}"' if _is_name(entry) else entry
        inner = Parser(text, self.lists, depth=self.depth, terms=self.terms)
        inner.zone, inner.opened = self.zone, (*self.opened, token.text)
        try:
            node = inner.parse()
            check_positive(node, text)
        except QueryError as error:
            remedy = f"The entry reads: {entry[:200]}. {error.remedy}"
            raise self._fail_at(
                token, f"In the list ${token.text}: {error.text}", remedy
            ) from error
        self.terms = inner.terms
        return tree.moved(node, token.start, token.end)

    # ------------------------------------------------------------ terms

    def _term(self, token: lexer.Token) -> _Operand:
        self._take()
        self.terms += 1
        if self.terms > MOST_TERMS:
            text = f"The query has more than {MOST_TERMS:,} terms."
            raise self._fail_at(token, text, "Split it into several queries of one campaign.")
        asks_fact = self.zone in facts.FACTS
        node = self._fact(token) if asks_fact else _TERMS[token.kind](self, token)
        return _Operand(node, token.start, token.end)

    def _typed(self, token: lexer.Token, what: str) -> tuple[words.Typed, ...]:
        found = words.typed(token.text)
        self._check_wildcards(token, found)
        if not found:
            raise self._fail_at(
                token, f"The {what} is empty.", "Write a word in it, or take it out."
            )
        return found

    def _check_wildcards(self, token: lexer.Token, found: tuple[words.Typed, ...]) -> None:
        base = self.query.find(token.text, token.start)
        star = re.search(r"(?<![\w?.])\*+|\*(?=[\w?*])", token.text)
        if star:
            start = base + star.start()
            alone = not re.match(r"\*+[\w?]", token.text[star.start() :])
            text = "* stands alone." if alone else "* may only end a word."
            remedy = "Write the beginning of the word and end it with *, as in prison*."
            raise self._fail(text, remedy, start, base + star.end())
        if any(not word.loose.strip("*?") for word in found):
            text = "A word of wildcards only matches anything."
            raise self._fail_at(token, text, "Give at least one letter.")

    def _word(self, token: lexer.Token) -> Node:
        typed = self._typed(token, "term")
        return _phrase([word.loose for word in typed], 0, token)

    def _phrase(self, token: lexer.Token) -> Node:
        typed = self._typed(token, "phrase")
        self._note_quotes(token)
        return _phrase([word.loose for word in typed], int(token.number), token)

    def _note_quotes(self, token: lexer.Token) -> None:
        marks = {self.query[token.start], self.query[token.end - 1]}
        if marks & lexer.CURLY:
            text = "Curly quotes were pasted; they are read as straight ones."
            self.notes.append(Lint("quotes", text, "", start=token.start, end=token.end))

    def _brace(self, token: lexer.Token) -> Node:
        typed = tuple(word.exact for word in self._typed(token, "brace"))
        return tree.Exact(typed, start=token.start, end=token.end)

    def _forms(self, token: lexer.Token) -> Node:
        typed = self._typed(token, "word after ~")
        if len(typed) > 1 or "*" in typed[0].loose or "?" in typed[0].loose:
            text = "~ takes one word without wildcards."
            raise self._fail_at(token, text, "Write ~word for each word of its own.")
        return tree.Forms(typed[0].loose, start=token.start, end=token.end)

    def _tag(self, token: lexer.Token) -> Node:
        typed = words.typed(token.text[1:].replace("_", ""))
        name = "".join(word.loose for word in typed)
        if self.zone == "tag":
            return tree.Word(name, start=token.start, end=token.end)
        return tree.TagName(token.text[0], name, start=token.start, end=token.end)

    def _fact(self, token: lexer.Token) -> Node:
        """What the field asks of the article as a whole."""
        fact = facts.FACTS[self.zone]
        node = fact.read(token.text)
        if node is None:
            raise self._fail_at(token, f"{token.text} is {fact.wrong}.", fact.remedy)
        return node


_Read = Callable[[Parser, lexer.Token], _Operand]
_ReadNode = Callable[[Parser, lexer.Token], Node]

_PRIMARIES: dict[str, _Read] = {
    "(": Parser._group,
    "field": Parser._field,
    "atleast": Parser._atleast,
    "list": Parser._list,
    **dict.fromkeys(("raw", "term", "phrase", "brace", "forms", "tag"), Parser._term),
}

_TERMS: dict[str, _ReadNode] = {
    "raw": Parser._word,
    "term": Parser._word,
    "phrase": Parser._phrase,
    "brace": Parser._brace,
    "forms": Parser._forms,
    "tag": Parser._tag,
}

_KINDS: dict[type, str] = {
    tree.And: "an AND group (words side by side are AND)",
    tree.Not: "NOT",
    tree.AtLeast: "atleast( )",
}


def _kind(node: Node) -> str:
    return _KINDS.get(type(node), f"{show(node)}, which asks about the whole article")


def _phrase(patterns: list[str], slop: int, token: lexer.Token) -> Node:
    if len(patterns) == 1:
        return tree.Word(patterns[0], start=token.start, end=token.end)
    return tree.Phrase(tuple(patterns), slop, start=token.start, end=token.end)


def _is_name(entry: str) -> bool:
    """Whether a list's entry is several bare words: a name, meant as a phrase."""
    bare = entry.split()
    if len(bare) < 2 or any(word in lexer.OPERATORS for word in bare):
        return False
    return not re.search(rf"[(){{}}|^$#@~:{lexer.QUOTES}]|(?<!\S)[-!]|NEAR", entry)
