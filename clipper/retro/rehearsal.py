"""Trying a query on the articles that are there, before it is saved.

    text -> parse -> store.superset -> match, newest first -> hits, gained, lost, decisions

The index only narrows down; what is told was found by the same matcher that a round uses.
It ends in bounded time, and says what it did not look at.
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .. import query
from ..errors import NotFound
from ..match import Matcher
from ..model import Campaign, Match, Status, StoredArticle
from ..query import Lint
from ..store import Store
from .doubts import doubts
from .passages import Passage, passages
from .rules import Rules

MOST_LOOKED_AT: Final = 20_000
"""So many candidates, the last saved, are looked at and no more."""

PAGE: Final = 100

_NEW, _SAVED, _BESIDE = "new", "saved", "beside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """One story that a query found: its last saved article that matched, and why.

    `copies` are the ids of further articles of the story that matched. `clipping` and
    `status` tell what became of the story, None when it never was before the editors.
    """

    article: StoredArticle
    match: Match
    passages: tuple[Passage, ...]
    copies: tuple[int, ...] = ()
    clipping: int | None = None
    status: Status | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A query beside the saved ones: stories that only it finds (`gained`), and stories that
    would not be found any more (`lost`). The lists are cut; the numbers are not.

    `replaces` are the saved queries in whose place it was tried.
    """

    campaign: str
    replaces: tuple[str, ...]
    gained: tuple[Rehearsed, ...]
    lost: tuple[Rehearsed, ...]
    gained_number: int
    lost_number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What a query finds among the articles that are there, newest first.

    `query` is canonical. `hits` are at most so many stories as asked, of `stories` with
    `articles` in all. `outlets` counts articles by slug, the most first; `decisions` the
    stories that were before the editors, by status. `candidates` articles had to be looked
    at (the last saved, at most `MOST_LOOKED_AT`) and `looked` were: when not `complete`,
    all numbers are of those alone. `archive` is how many articles there are since then.
    """

    query: str
    hits: tuple[Rehearsed, ...]
    stories: int
    articles: int
    outlets: tuple[tuple[str, int], ...]
    decisions: Mapping[Status, int]
    compared: Compared | None
    lints: tuple[Lint, ...]
    archive: int
    candidates: int
    looked: int
    complete: bool
    since: datetime | None


def rehearse(
    store: Store,
    rules: Rules,
    text: str,
    *,
    now: datetime,
    since: timedelta | None = None,
    saved: Campaign | None = None,
    number: int | None = None,
    most: int = 20,
    seconds: float = 10.0,
    clock: Callable[[], float] = time.monotonic,
) -> Rehearsal:
    """Try `text` on the articles that were saved within `since` (None: on all).

    With `saved`, it is compared with that campaign's queries, as if it took the place of
    the one with that `number` (from 1), or of all. At most `most` stories are told in full.
    Nothing new is looked at when `seconds` by `clock` are over. Raises QueryError, and
    NotFound for a number that the campaign has not.
    """
    asked = query.parse(text, rules.lists)
    replaced, beside = _sides(saved, number)
    began_at = None if since is None else now - since
    floor = store.rematching.floor(began_at)
    ids, more = _candidates(store, rules, (text, *replaced), floor)
    sums = _Sums(store, rules, most, _matcher(text, replaced, beside, rules))
    until = clock() + seconds
    for page in _newest_first(ids):
        if sums.looked and clock() > until:
            break
        sums.add(store.rematching.articles(page))
    complete = not more and sums.looked >= len(ids)
    needed = sums.clauses if complete and sums.found[_NEW] else None
    return Rehearsal(
        query=str(asked),
        hits=sums.told(_NEW),
        stories=len(sums.found[_NEW]),
        articles=sum(sums.outlets.values()),
        outlets=tuple(sums.outlets.most_common()),
        decisions=sums.decisions(),
        compared=None if saved is None else sums.compared(saved, replaced),
        lints=doubts(asked, store, needed),
        archive=store.rematching.count(floor),
        candidates=len(ids),
        looked=sums.looked,
        complete=complete,
        since=began_at,
    )


def _candidates(
    store: Store, rules: Rules, texts: Sequence[str], floor: int
) -> tuple[array[int], bool]:
    """The newest articles that may match, oldest first, and whether there are more."""
    ids = store.rematching.superset(expression_of(texts, rules), floor, newest=MOST_LOOKED_AT + 1)
    more = len(ids) > MOST_LOOKED_AT
    return (ids[1:] if more else ids), more


def expression_of(texts: Sequence[str], rules: Rules) -> str | None:
    """An FTS5 expression for a superset of what any of the queries finds; None for all."""
    parts = [query.to_fts5(query.parse(text, rules.lists)) for text in texts]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return None
    return " OR ".join(f"({part})" for part in dict.fromkeys(known))


def _sides(saved: Campaign | None, number: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The saved queries that are replaced, and those that stay beside."""
    if saved is None or number is None:
        return (() if saved is None else saved.queries), ()
    if not 1 <= number <= len(saved.queries):
        raise NotFound(f"{saved.name} has {len(saved.queries)} queries; there is no {number}.")
    at = number - 1
    return (saved.queries[at],), (*saved.queries[:at], *saved.queries[at + 1 :])


def _matcher(
    text: str, replaced: tuple[str, ...], beside: tuple[str, ...], rules: Rules
) -> Matcher:
    sides = ((_NEW, (text,)), (_SAVED, replaced), (_BESIDE, beside))
    campaigns = (Campaign(slug=slug, name=slug, queries=queries) for slug, queries in sides)
    return Matcher(campaigns, rules.lists)


def _newest_first(ids: array[int]) -> Iterator[Sequence[int]]:
    for end in range(len(ids), 0, -PAGE):
        yield ids[max(0, end - PAGE) : end]


class _Sums:
    """The running sums of one rehearsal: ids alone; what is told is read again at the end."""

    def __init__(self, store: Store, rules: Rules, most: int, matcher: Matcher) -> None:
        self._store = store
        self._rules = rules
        self._most = most
        self._matcher = matcher
        self.looked = 0
        self.outlets: Counter[str] = Counter()
        self.clauses: set[str] = set()
        self.found: dict[str, dict[int, list[int]]] = {_NEW: {}, _SAVED: {}, _BESIDE: {}}

    def add(self, articles: Sequence[StoredArticle]) -> None:
        """Look at a page of articles, the last of them first."""
        for stored in reversed(articles):
            for side, match in self._matches(stored).items():
                self.found[side].setdefault(stored.story, []).append(stored.id)
                if side == _NEW:
                    self.outlets[stored.outlet] += 1
                    self.clauses.update(hit.clause for hit in match.hits)
        self.looked += len(articles)

    def _matches(self, stored: StoredArticle) -> dict[str, Match]:
        outlet = self._rules.outlet(stored.outlet)
        found = self._matcher.match(stored.article, outlet)
        return {match.campaign: match for match in reversed(found)}

    # ------------------------------------------------------------ the outcome

    def told(self, side: str, stories: Sequence[int] | None = None) -> tuple[Rehearsed, ...]:
        """The first of these stories (None: of all that a side found) in full."""
        chosen = list(self.found[side] if stories is None else stories)[: self._most]
        decided = self._store.rematching.decisions(chosen)
        firsts = [self.found[side][story][0] for story in chosen]
        articles = {each.story: each for each in self._store.rematching.articles(firsts)}
        full = (
            self._in_full(side, articles[story], *decided.get(story, (None, None)))
            for story in chosen
            # A round may have saved another text meanwhile.
            if story in articles
        )
        return tuple(each for each in full if each is not None)

    def _in_full(
        self, side: str, stored: StoredArticle, clipping: int | None, status: Status | None
    ) -> Rehearsed | None:
        match = self._matches(stored).get(side)
        if match is None:
            return None
        return Rehearsed(
            article=stored,
            match=match,
            passages=passages(stored.article, self._rules.outlet(stored.outlet), match.hits),
            copies=tuple(self.found[side][stored.story][1:]),
            clipping=clipping,
            status=status,
        )

    def decisions(self) -> Mapping[Status, int]:
        """How many of the stories found were before the editors, by status."""
        known = self._store.rematching.decisions(self.found[_NEW])
        return Counter(status for _, status in known.values())

    def compared(self, saved: Campaign, replaced: tuple[str, ...]) -> Compared:
        """What is gained and lost against the saved queries."""
        gained, lost = self._only(_NEW, _SAVED), self._only(_SAVED, _NEW)
        return Compared(
            campaign=saved.slug,
            replaces=replaced,
            gained=self.told(_NEW, gained),
            lost=self.told(_SAVED, lost),
            gained_number=len(gained),
            lost_number=len(lost),
        )

    def _only(self, side: str, other: str) -> list[int]:
        known = self.found[other].keys() | self.found[_BESIDE].keys()
        return [story for story in self.found[side] if story not in known]
