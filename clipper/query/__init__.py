"""The query language: parse, print, doubt, evaluate, and give reasons.

    parse(text) -> Query -> str(query)                     canonical text
                        | lints(query)                     doubts
                        | holds / explain / why_not        of one article
                        | to_fts5(query)                   superset for a full-text index

The language is described in `docs/reference/query-language.md`. Matching many queries at
once is `clipper.match`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from clipper.errors import QueryError
from clipper.model import Article, Outlet
from clipper.query import evaluate as _evaluate
from clipper.query import fts as _fts
from clipper.query import lints as _lints
from clipper.query import reasons as _reasons
from clipper.query import tree as _tree
from clipper.query.lints import Lint
from clipper.query.parser import Lists, Parser
from clipper.query.positive import check_positive
from clipper.query.printer import show
from clipper.query.reading import Reading, zone_text
from clipper.query.reasons import Explanation, WhyNot
from clipper.query.wanted import phrases as _phrases
from clipper.query.words import is_plain

__all__ = [
    "Explanation", "Lint", "Query", "QueryError", "Reading", "WhyNot",
    "explain", "holds", "is_plain", "lints", "parse", "phrases", "to_fts5", "why_not", "zone_text",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A query that was read. Equal queries mean the same and have one canonical `str`.

    `source` is the text it was read from; `notes` are doubts that arose in reading. Neither
    takes part in comparing.
    """

    root: _tree.Node
    source: str = field(default="", compare=False)
    notes: tuple[Lint, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        return show(self.root)


def parse(text: str, lists: Lists | None = None) -> Query:
    """Read a query.

    `lists` maps the names that `$name` may insert to their terms. Raises QueryError with
    the place and a remedy. `parse(str(q), lists) == q` for every query `q` that it returns.

    >>> str(parse('"Private Prisons" or* -gate'))
    '"private prisons" AND or* AND NOT gate'
    """
    parser = Parser(text, lists or {})
    root = parser.parse()
    check_positive(root, text)
    return Query(root, text, tuple(parser.notes))


def lints(
    query: Query,
    seen: Callable[[str], bool] | None = None,
    needed: Collection[str] | None = None,
) -> tuple[Lint, ...]:
    """What the query probably does not mean, in the order of the places.

    `seen(word)` tells whether the archive holds a loose word (`prison*`: one beginning so).
    `needed` are the clauses that hits of past matches carry. None: not known, not linted.
    """
    return _lints.lints(query.root, query.source, query.notes, seen, needed)


def phrases(query: Query) -> tuple[str, ...]:
    """What the query asks for, as words that another search box understands.

    >>> phrases(parse('("private prison" OR jail*) NOT "prison break"'))
    ('private prison',)
    """
    return _phrases(query.root, query.source)


def holds(query: Query, article: Article, outlet: Outlet | None = None) -> bool:
    """Whether the article satisfies the query."""
    return _evaluate.holds(query.root, Reading(article, outlet))


def explain(query: Query, article: Article, outlet: Outlet | None = None) -> Explanation:
    """The satisfied branch: spans for each positive leaf, "absent" for each NOT."""
    return _reasons.explain(query.root, Reading(article, outlet))


def why_not(query: Query, article: Article, outlet: Outlet | None = None) -> WhyNot | None:
    """The first clause that failed and the nearest miss; None when the article matches."""
    return _reasons.why_not(query.root, Reading(article, outlet))


def to_fts5(query: Query, indexed: Collection[str] = _fts.INDEXED) -> str | None:
    """An FTS5 expression that finds every matching article whose zones are plain.

    For an index over the zones `indexed` with `unicode61 remove_diacritics 2`. None: the
    index can't narrow this query down, and every article has to be evaluated. See `is_plain`.
    """
    return _fts.to_fts5(query.root, _tree.DEFAULT_ZONES, indexed)
