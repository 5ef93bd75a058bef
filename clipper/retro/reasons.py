"""Why one article matches a query, or why not."""

from __future__ import annotations

from dataclasses import dataclass

from .. import query
from ..model import Campaign, StoredArticle
from ..query import Explanation, WhyNot
from .passages import Passage, passages
from .rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What one query says of one article.

    `query` is canonical. `explanation.held` tells whether it matches; `why_not` is None then.
    `passages` are the sentences of its hits, or of the nearest miss.
    """

    query: str
    explanation: Explanation
    why_not: WhyNot | None
    passages: tuple[Passage, ...]


def explain(rules: Rules, stored: StoredArticle, text: str) -> Reasons:
    """Why the article matches the query, or why not. Raises QueryError."""
    asked = query.parse(text, rules.lists)
    outlet = rules.outlet(stored.outlet)
    explanation = query.explain(asked, stored.article, outlet)
    miss = None if explanation.held else query.why_not(asked, stored.article, outlet)
    hits = [hit for proof in explanation.proofs for hit in proof.hits]
    return Reasons(
        query=str(asked),
        explanation=explanation,
        why_not=miss,
        passages=passages(stored.article, outlet, miss.hits if miss else hits, most=8),
    )


def why_not(rules: Rules, stored: StoredArticle, campaign: Campaign) -> tuple[Reasons, ...]:
    """What each of a campaign's queries says of the article, in the config's order."""
    return tuple(explain(rules, stored, text) for text in campaign.queries)
