"""What an edited query changes for one story: a decision over values.

Standing, what matches now -> Change | None
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..model import Match, Status
from ..store import Kept, Origin, Standing


class Effect(StrEnum):
    """What becomes of a story's clipping."""

    QUEUED = "queued"
    """It had none; a query finds it now."""
    REQUEUED = "requeued"
    """clipper itself had set it aside, and a query finds it again."""
    RETAGGED = "retagged"
    """It waits, and other campaigns or labels are its own now."""
    RENEWED = "renewed"
    """It waits for the same campaigns; only the reasons are others."""
    REJECTED = "rejected"
    """It waited, nobody had touched it, and no query finds it any more."""
    KEPT = "kept"
    """No query finds it any more, but a person touched it: it waits on as it is."""
    JUDGED = "judged"
    """It was judged; what would change is told, nothing is changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changes for a story. `gained` and `lost` are slugs of campaigns, `labels` and
    `withdrawn` labels by rule that come and go. `article` is the one to name: the primary
    if it counts, else the first that does. `clipping` is None until it has one."""

    effect: Effect
    story: int
    article: int
    title: str
    outlet: str
    clipping: int | None = None
    status: Status | None = None
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()


Fresh = Mapping[int, tuple[Match, ...]]
"""What articles, by id, match now of the campaigns in question."""

UNDECIDED: Final = frozenset({Status.QUEUED, Status.SNOOZED})


def decide(
    standing: Standing, fresh: Fresh, labels: Collection[str], campaigns: Collection[str] | None
) -> Change | None:
    """What changes for a story; None when nothing does.

    `fresh` names the articles that were matched anew, by `campaigns` (None: by all); what it
    does not name stays as it is kept. `labels` are those that the story's articles get now.
    """
    kept = [match for each in standing.articles for match in each.matches]
    before = _of(kept, campaigns)
    after = _after(standing, fresh, campaigns)
    wanted = bool(after) or (campaigns is not None and bool(_slugs(kept) - set(campaigns)))
    effect = _effect(standing, before, after, wanted, is_other(standing, fresh, campaigns))
    coming, going = _labels(standing, labels) if wanted else ((), ())
    if effect is None and (coming or going) and standing.status in UNDECIDED:
        effect = Effect.RETAGGED
    if effect is None:
        return None
    named = to_name(standing, fresh).article
    return Change(
        effect=effect,
        story=standing.story,
        article=named.id,
        title=named.article.title,
        outlet=named.outlet,
        clipping=standing.clipping,
        status=standing.status,
        gained=_sorted(after - before) if effect not in _ANEW else _sorted(after),
        lost=_sorted(before - after),
        labels=coming,
        withdrawn=going,
    )


_ANEW = frozenset({Effect.QUEUED, Effect.REQUEUED})


def _effect(
    standing: Standing, before: set[str], after: set[str], wanted: bool, other: bool
) -> Effect | None:
    if standing.clipping is None:
        return Effect.QUEUED if wanted else None
    if standing.status is Status.REJECTED and not standing.touched:
        return Effect.REQUEUED if wanted else None
    if standing.status not in UNDECIDED:
        return Effect.JUDGED if before != after else None
    if before == after:
        return Effect.RENEWED if other and wanted else None
    if wanted:
        return Effect.RETAGGED
    return Effect.KEPT if standing.touched else Effect.REJECTED


def is_other(standing: Standing, fresh: Fresh, campaigns: Collection[str] | None) -> bool:
    """Whether any article's matches differ from those that are kept."""
    return any(
        set(fresh[each.article.id]) != set(of_campaigns(each.matches, campaigns))
        for each in standing.articles
        if each.article.id in fresh
    )


def of_campaigns(matches: Iterable[Match], campaigns: Collection[str] | None) -> tuple[Match, ...]:
    """Those of the matches that are these campaigns' (None: all)."""
    return tuple(m for m in matches if campaigns is None or m.campaign in campaigns)


def to_name(standing: Standing, fresh: Fresh) -> Kept:
    """The article that stands for a change: the primary if it matches, else the first that does."""
    ranked = sorted(
        standing.articles,
        key=lambda each: (
            not (fresh.get(each.article.id) or each.matches),
            each.article.id != standing.primary,
            each.article.id,
        ),
    )
    return ranked[0]


def _after(standing: Standing, fresh: Fresh, campaigns: Collection[str] | None) -> set[str]:
    now = (fresh.get(each.article.id, each.matches) for each in standing.articles)
    return _of((match for matches in now for match in matches), campaigns)


def _of(matches: Iterable[Match], campaigns: Collection[str] | None) -> set[str]:
    return _slugs(of_campaigns(matches, campaigns))


def _slugs(matches: Iterable[Match]) -> set[str]:
    return {match.campaign for match in matches}


def _labels(standing: Standing, labels: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Labels to propose and proposals to take back."""
    known = {each.tag for each in standing.tags}
    proposed = {each.tag for each in standing.tags if each.origin is Origin.RULE}
    return _sorted(set(labels) - known), _sorted(proposed - set(labels))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
