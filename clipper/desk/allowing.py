"""How an excerpt stands to the limit that holds for it, with all that left of its story before.

outlet's budget, wire, now -> limit
words that left before + the excerpt -> use -> within | over, for a reason that is kept
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .. import excerpt, limits, text
from ..errors import OverLimit
from ..limits import Limit
from ..model import Budget, Clipping, Excerpt, Span
from ..store import Store
from .wording import joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much of an article an excerpt takes, and all that left of it with the excerpt.

    `allowed` and `total_allowed` are words, the lesser of the limit's words and its share.
    `over` says what exceeds the limit, in words, empty when nothing does.
    """

    limit: Limit
    words: int
    share: float
    total_words: int
    total_share: float
    allowed: int
    total_allowed: int
    over: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How many words more may be quoted; never below 0."""
        return max(0, min(self.allowed - self.words, self.total_allowed - self.total_words))


def use_of(store: Store, clipping: Clipping, chosen: Excerpt, budget: Budget, now: datetime) -> Use:
    """How `chosen`, of exactly `clipping.text`, stands to what holds now. `budget` is that of
    the outlet that the clipping credits, and its article says of which agency the copy is."""
    holds = limits.limit(budget, clipping.article.article.wire, now)
    return measured(clipping.text, chosen, store.released.of_story(clipping.story), holds)


def measured(value: str, chosen: Excerpt, released: Iterable[str], limit: Limit) -> Use:
    """How an excerpt of `value` stands to a limit, with the passages that left before. One that
    stands in the text no more counts in full."""
    every, lost = _all(value, chosen, released)
    size = text.count_words(value)
    total = every.words + lost
    share = min(1.0, round(total / size, 4)) if size else 0.0
    return Use(
        limit=limit,
        words=chosen.words,
        share=chosen.share,
        total_words=total,
        total_share=share,
        allowed=excerpt.allowance(value, limit),
        total_allowed=min(limit.total_words, int(size * limit.total_share)),
        over=_over(value, chosen, every, total, share, limit),
    )


def _all(value: str, chosen: Excerpt, released: Iterable[str]) -> tuple[Excerpt, int]:
    """The excerpt with all that left before, as spans of `value`, and the words of what is
    found there no more."""
    spans, lost = set[Span](chosen.spans), dict[str, int]()
    for passage in released:
        found = excerpt.locate(value, passage)
        if found is None:
            lost[text.fold(passage)] = text.count_words(passage)
        spans.update(found or ())
    return excerpt.measure(value, joined(value, spans)), sum(lost.values())


def _over(
    value: str, chosen: Excerpt, every: Excerpt, total: int, share: float, limit: Limit
) -> tuple[str, ...]:
    """One sentence of a short article is never over by its share."""
    told = []
    if chosen.words > limit.words or (chosen.share > limit.share and not _is_single(value, chosen)):
        told.append(
            f"has {chosen.words} words, {chosen.share:.0%} of the article; "
            f"the budget is {limit.words} words and {limit.share:.0%}"
        )
    alone = total == every.words and _is_single(value, every)
    if total > limit.total_words or (share > limit.total_share and not alone):
        told.append(
            f"makes {total} words that left the house, {share:.0%} of the article; "
            f"the budget for all together is {limit.total_words} words and {limit.total_share:.0%}"
        )
    return tuple(told)


def _is_single(value: str, chosen: Excerpt) -> bool:
    if len(chosen.spans) != 1:
        return False
    span = chosen.spans[0]
    return len(text.sentences(value[span.start : span.end])) == 1


def within(clipping: Clipping, found: Use, reason: str) -> None:
    """Refuse an excerpt over the limit without a reason."""
    if found.over and not reason.strip():
        raise OverLimit(
            f"the excerpt of clipping {clipping.id} {', and it '.join(found.over)} "
            f"({found.limit.why}). Shorten it, or say with a reason why it may be longer"
        )


def passages(paragraphs: Iterable[str]) -> tuple[str, ...]:
    """The passages of an article that stand in an update's paragraphs."""
    pieces = (piece.strip() for each in paragraphs for piece in each.split(excerpt.OMISSION))
    return tuple(piece for piece in pieces if piece)
