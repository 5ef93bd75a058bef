"""Which of an outlet's sources to follow: the smallest set that yields its stories.

    Candidate* -> those worth following | the one that covers most | what it lacks -> Verdict*

A pure decision over what was fetched. Sources reach back to different times, so two are
compared only over the time that both cover: a section's feed with older stories adds
nothing to a main feed that lists all its new ones. Each verdict says why, in a sentence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from .. import text, urls
from ..model import Entry, Poll, PollError

STALE = timedelta(days=60)
BEHIND = timedelta(days=14)
"""How much newer the stories of another source must be for a stale one to be left out."""

NEAR = 0.8
"""Sources that cover this part of what the best one covers are as good as it."""

LEAST_MISSING = 2
SHARE_MISSING = 0.2
"""How much a source must list that the chosen ones lack, to be worth a look each hour."""

MOST = 8
FULL = 800
"""Characters of an entry that make it a whole text."""

TAGS = re.compile(r"<[^<>]*>")
"""Tags, in time that grows with the text alone."""

KIND_RANK = {"feed": 0, "wordpress": 1, "sitemap": 2, "listing": 3}


class Way(IntEnum):
    """How a candidate was come upon; of two that list the same, the lower is taken."""

    GIVEN = 0
    TYPED = 1
    ANCHOR = 2
    USUAL = 3
    ROBOTS = 4
    REST = 5
    SECTION = 6
    PAGE = 7


WAY_WORDS = {
    Way.GIVEN: "the address given",
    Way.TYPED: "named in the page's head",
    Way.ANCHOR: "linked on the page",
    Way.USUAL: "at a usual place",
    Way.ROBOTS: "named in robots.txt",
    Way.REST: "WordPress's interface",
    Way.SECTION: "of a section",
    Way.PAGE: "the page's own links",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """An address where stories may be listed. `invited`: the user or the page's head named it,
    so that a feed reader may come whatever robots.txt says to crawlers."""

    kind: str
    address: str
    way: Way
    title: str = ""

    @property
    def invited(self) -> bool:
        return self.kind == "feed" and self.way in (Way.GIVEN, Way.TYPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A lead, and what looking at it gave."""

    lead: Lead
    result: Poll | PollError

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.result.entries if isinstance(self.result, Poll) else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a candidate lists: how many stories, from when to when (None: undated), and which
    share of them comes with its whole text."""

    stories: int
    newest: datetime | None
    oldest: datetime | None
    full: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a candidate is followed, and why. `overlap` is the share of its stories that
    the chosen ones list as well (None where nothing was chosen, or it is the only one)."""

    candidate: Candidate
    measure: Measure
    chosen: bool
    why: str
    overlap: float | None = None


ASIDE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.I), words)
    for pattern, words in (
        (r"/comments?(?:/|\b.*feed)|feed=comments|comentarios|kommentar", "readers' comments"),
        (r"/(?:tags?|etiquetas?)/|[?&]tag=", "the stories of one tag"),
        (r"/(?:author|autor|by|contributors?|people|staff)/|[?&]author=", "one author's stories"),
        (r"podcast|/audio/", "a podcast"),
        (r"[?&]s=|/search/", "the answers to one search"),
        (r"/events?/|calendar|tribe_events", "dates of events"),
    )
)
COMMENT_TITLES = re.compile(r"(?:comments? (?:on|for)|comentarios en|by|von|por):? ", re.I)


def measure(candidate: Candidate, now: datetime) -> Measure:
    """What a candidate lists. Dates in the future count as today's."""
    dated = [min(e.published_at, now) for e in candidate.entries if e.published_at is not None]
    whole = sum(_is_whole(entry.content) for entry in candidate.entries)
    return Measure(
        stories=len(candidate.entries),
        newest=max(dated, default=None),
        oldest=min(dated, default=None),
        full=whole / len(candidate.entries) if candidate.entries else 0.0,
    )


def _is_whole(content: str) -> bool:
    """Whether an entry's HTML has a whole story's words. No parser: this is no worker, and the
    HTML is hostile."""
    return len(TAGS.sub("", content[: 10 * FULL])) >= FULL


def choose(
    candidates: Iterable[Candidate], now: datetime, homes: Sequence[str] = ()
) -> tuple[Verdict, ...]:
    """A verdict on each candidate, the chosen ones first, else in the order given.

    `homes` are addresses of the outlet; a source on its own site that lists other sites'
    stories is not its own.
    """
    looked = [_Looked(each, measure(each, now)) for each in candidates]
    objections = {id(each): _objection(each, homes) for each in looked}
    fit = [each for each in looked if not objections[id(each)]]
    for each in fit:
        objections[id(each)] = _staleness(each, fit, now)
    fit = [each for each in fit if not objections[id(each)]]
    picks = _picked(fit)
    verdicts = [
        *(_picked_verdict(number, picks, fit, now) for number in range(len(picks))),
        *(_left(each, picks, objections[id(each)]) for each in looked if each not in picks),
    ]
    return tuple(verdicts)


@dataclass(frozen=True, slots=True, eq=False)
class _Looked:
    candidate: Candidate
    size: Measure

    def within(self, start: datetime | None) -> list[Entry]:
        """The entries from `start` on; all, when there is no start or none has a date."""
        if start is None or self.size.newest is None:
            return list(self.candidate.entries)
        return [e for e in self.candidate.entries if e.published_at and e.published_at >= start]


class _Known:
    """The stories of some sources, known by address or title."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        listed = list(entries)
        self._links = {urls.strict_key(entry.url) for entry in listed if entry.url}
        self._titles = {text.fold(entry.title) for entry in listed if len(entry.title) >= 12}

    def has(self, entry: Entry) -> bool:
        return urls.strict_key(entry.url) in self._links or text.fold(entry.title) in self._titles


# ---------------------------------------------------------------- what is not worth following


def _objection(each: _Looked, homes: Sequence[str]) -> str:
    """Why a candidate is not followed whatever else there is, "" when nothing is wrong."""
    result = each.candidate.result
    if isinstance(result, PollError):
        if result.kind == "robots":
            return (
                "The outlet's robots.txt asks not to look there. If the outlet lets you, "
                "name it as `feed:`."
            )
        return result.text
    if not result.entries:
        return "It lists no stories."
    return _aside(each.candidate) or _foreign(each.candidate, homes)


def aside(lead: Lead) -> str:
    """What a feed lists instead of the outlet's news, as its address or title tells; "" when
    they tell nothing."""
    if lead.way is Way.GIVEN:
        return ""
    way = "/" + lead.address.partition("://")[2].partition("/")[2]
    words = next((words for pattern, words in ASIDE if pattern.search(way)), "")
    words = words or ("readers' comments" if COMMENT_TITLES.match(lead.title) else "")
    return f"It lists {words}, not the outlet's news." if words else ""


def _aside(candidate: Candidate) -> str:
    """The same, by its stories too."""
    entries = candidate.entries
    comments = sum("#comment" in e.url or bool(COMMENT_TITLES.match(e.title)) for e in entries)
    if candidate.lead.way is not Way.GIVEN and comments * 2 > len(entries):
        return "It lists readers' comments, not the outlet's news."
    return aside(candidate.lead)


def _foreign(candidate: Candidate, homes: Sequence[str]) -> str:
    own = {urls.site(home) for home in homes}
    if candidate.lead.way is Way.GIVEN or urls.site(candidate.lead.address) not in own:
        return ""  # what was asked for, or a feed service that the outlet named itself
    sites = Counter(urls.site(entry.url) for entry in candidate.entries if entry.url)
    at_home = sum(number for site, number in sites.items() if site in own)
    if not sites or at_home * 2 >= sites.total():
        return ""
    other = next(site for site, _ in sites.most_common() if site not in own)
    return f"Its stories are those of other sites ({other})."


def _staleness(each: _Looked, others: Sequence[_Looked], now: datetime) -> str:
    newest = each.size.newest
    if newest is None or now - newest <= STALE:
        return ""
    fresher = any(
        other.size.newest is None or other.size.newest - newest > BEHIND
        for other in others
        if other is not each
    )
    return f"Its newest story is of {_day(newest)}: nobody fills it any more." if fresher else ""


# ---------------------------------------------------------------- the set


def _picked(fit: Sequence[_Looked]) -> list[_Looked]:
    if not fit:
        return []
    picks = [_main(fit)]
    while len(picks) < MOST:
        rest = [each for each in fit if each not in picks]
        adding = [(len(_missing(each, picks)), each) for each in rest if _adds(each, picks)]
        if not adding:
            break
        picks.append(max(adding, key=lambda pair: (pair[0], _preference(pair[1])))[1])
    return picks


def _main(fit: Sequence[_Looked]) -> _Looked:
    """The source that covers most of what all list in the time that all of them cover; of
    those that are as good, the one that is read best."""
    oldest = [each.size.oldest for each in fit if each.size.oldest is not None]
    start = max(oldest, default=None)
    universe = _distinct(entry for each in fit for entry in each.within(start))
    if len(universe) <= LEAST_MISSING:
        start, universe = None, _distinct(e for each in fit for e in each.candidate.entries)
    covered = {}
    for each in fit:
        known = _Known(each.within(start))
        covered[each] = sum(known.has(entry) for entry in universe)
    best = max(covered.values())
    near = [each for each in fit if covered[each] >= NEAR * best]
    return max(near, key=_preference)


def _distinct(entries: Iterable[Entry]) -> list[Entry]:
    return list({urls.strict_key(entry.url) or entry.key: entry for entry in entries}.values())


def _preference(each: _Looked) -> tuple[float, ...]:
    """How well a source is read: its kind, whole texts, dates of its own, how it was found."""
    lead, size = each.candidate.lead, each.size
    rank = KIND_RANK.get(lead.kind, 9)
    dated = size.newest is not None
    return -rank, round(size.full, 1), dated, -lead.way, size.stories, -len(lead.address)


def _missing(each: _Looked, picks: Sequence[_Looked]) -> list[Entry]:
    """What it lists that the picks lack, in the time that it and the first of them cover."""
    known = _Known(entry for pick in picks for entry in pick.candidate.entries)
    return [entry for entry in _comparable(each, picks) if not known.has(entry)]


def _comparable(each: _Looked, picks: Sequence[_Looked]) -> list[Entry]:
    return each.within(picks[0].size.oldest)


def _adds(each: _Looked, picks: Sequence[_Looked]) -> bool:
    missing = len(_missing(each, picks))
    return missing >= max(LEAST_MISSING, SHARE_MISSING * len(_comparable(each, picks)))


# ---------------------------------------------------------------- in words


def _picked_verdict(
    number: int, picks: Sequence[_Looked], fit: Sequence[_Looked], now: datetime
) -> Verdict:
    each = picks[number]
    before = picks[:number]
    if not before:
        why = "It lists the outlet's stories" if len(fit) > 1 else "It is the one that can be read"
        newest = each.size.newest
        if newest is not None and now - newest > STALE:
            why += f", though its newest is of {_day(newest)}"
        if each.candidate.lead.kind == "listing":
            why += "; look at them before you trust it, since they were told by their looks"
        return Verdict(candidate=each.candidate, measure=each.size, chosen=True, why=f"{why}.")
    missing, whole = len(_missing(each, before)), len(_comparable(each, before))
    return Verdict(
        candidate=each.candidate,
        measure=each.size,
        chosen=True,
        why=f"{missing} of its {whole} stories of that time are not in the others.",
        overlap=_overlap(each, before),
    )


def _left(each: _Looked, picks: Sequence[_Looked], objection: str) -> Verdict:
    overlap = _overlap(each, picks) if picks and each.candidate.entries else None
    return Verdict(
        candidate=each.candidate,
        measure=each.size,
        chosen=False,
        why=objection or _spare(each, picks),
        overlap=overlap,
    )


def _spare(each: _Looked, picks: Sequence[_Looked]) -> str:
    compared = _comparable(each, picks)
    if not compared:
        return "Its stories are older than those that are compared; it adds nothing new."
    if len(picks) >= MOST and _adds(each, picks):
        return f"{MOST} sources are enough; add it by hand if you want it."
    missing = len(_missing(each, picks))
    if not missing:
        return "All its stories of that time are in what was chosen."
    return f"Only {missing} of its {len(compared)} stories of that time are not in what was chosen."


def _overlap(each: _Looked, picks: Sequence[_Looked]) -> float:
    known = _Known(entry for pick in picks for entry in pick.candidate.entries)
    return sum(known.has(entry) for entry in each.candidate.entries) / len(each.candidate.entries)


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
