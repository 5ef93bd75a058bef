"""The kind `site`: an outlet's home page, whose sources are found and then looked at.

    mark -> what was found before, each as its own kind
         -> else a search from the home page -> the smallest set that yields its stories

What was found is remembered, and looked for anew when it is there no more: at once when
nothing else is left, once a day when a part of it is gone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .. import urls
from ..model import Entry, Mark, Poll, PollError, Source
from . import discovery, feed
from .choosing import KIND_RANK, Lead, Verdict, Way
from .seam import MAX_ENTRIES, Fetch, Parse

AGAIN = timedelta(days=1)
"""How long a part that is gone is left before the outlet is searched anew."""

DEAD = feed.DEAD | {"not-a-sitemap", "not-wordpress", "undated-sitemap", "robots", "http-401"}
"""Failures of a part after which it is looked for elsewhere."""


@dataclass(frozen=True, slots=True)
class Part:
    """One of the sources found, and its own mark."""

    lead: Lead
    mark: Mark


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at an outlet's site; see `clipper.sources.Kind`."""
    parts = remembered(source, mark)
    if not parts:
        return _searched(source, None, fetch, parse, now)
    results = [
        (part, discovery.polled(part.lead, part.mark, fetch=fetch, parse=parse, now=now))
        for part in parts
    ]
    errors = [result for _, result in results if isinstance(result, PollError)]
    gone = [error for error in errors if error.kind in DEAD]
    if len(gone) == len(parts):
        return _searched(source, gone[0], fetch, parse, now)
    if len(errors) == len(parts):
        # That a feed is gone says nothing about the site.
        return replace(next(e for e in errors if e.kind not in DEAD), gone=False)
    if gone and _is_time(mark, now):
        found = _searched(source, gone[0], fetch, parse, now)
        if isinstance(found, Poll):
            return found
    searched_at = now.isoformat() if gone and _is_time(mark, now) else mark.get("searched_at", "")
    return _joined(source, results, searched_at)


def remembered(source: Source, mark: Mark) -> list[Part]:
    """What an earlier look found, none when the mark is of another address."""
    if mark.get("site") != source.address:
        return []
    if "feed" in mark and "found" not in mark:  # as versions before this one kept it
        lead = Lead(kind="feed", address=mark["feed"], way=Way.TYPED)
        return [Part(lead, {k: v for k, v in mark.items() if k not in ("site", "feed")})]
    try:
        rows = json.loads(mark.get("found", "[]"))
        leads = [Lead(kind=k, address=a, way=Way(w)) for k, a, w in rows]
    except (ValueError, TypeError):
        return []
    known = [lead for lead in leads if lead.kind in KIND_RANK]
    return [Part(lead, _own(mark, number)) for number, lead in enumerate(known)]


def _own(mark: Mark, number: int) -> Mark:
    prefix = f"{number}."
    return {k.removeprefix(prefix): v for k, v in mark.items() if k.startswith(prefix)}


def _is_time(mark: Mark, now: datetime) -> bool:
    try:
        age = now - datetime.fromisoformat(mark.get("searched_at", ""))
    except (ValueError, TypeError):
        return True
    return not timedelta(0) <= age < AGAIN


def _searched(
    source: Source, last: PollError | None, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Search the outlet; `last` is what is said when that finds nothing either."""
    found = discovery.discover(source.address, fetch=fetch, parse=parse, now=now)
    if isinstance(found, PollError):
        return replace(last, gone=False) if last is not None else found
    results = [(Part(each.lead, {}), each.result) for each in found.chosen]
    if results:
        notes = tuple(f"Found: {each.lead.address}." for each in found.chosen)
        joined = _joined(source, results, now.isoformat())
        return replace(joined, notes=(*joined.notes, *notes))
    return _lost(source, last) if last is not None else _nothing(source, found)


def _lost(source: Source, last: PollError) -> PollError:
    """What listed the stories is gone, while the site itself still answers."""
    if last.stands:  # it tells already what stands there, and what to do
        return replace(last, gone=False)
    said = f"What listed its stories is gone, and {source.address} names nothing else that does."
    remedy = f"See what there is with 'clipper sources add {source.address}'."
    return replace(last, text=f"{last.text} {said} {remedy}", gone=False)


def _nothing(source: Source, found: discovery.Discovery) -> PollError:
    seen = [each for each in found.verdicts if isinstance(each.candidate.result, Poll)]
    forbidden = [each for each in found.verdicts if "robots.txt" in each.why]
    reason = next((each.why for each in (*seen, *forbidden)), "")
    said = f" The nearest was {_address(seen or forbidden)}: {reason}" if reason else ""
    return PollError(
        kind="no-feed",
        text=f"No feed was found: {source.address} names none that can be read, nor is one at "
        f"the usual places.{said} Put the feed's address as `feed:` if you know it, or see "
        "what there is with 'clipper sources add'.",
    )


def _address(verdicts: list[Verdict]) -> str:
    return verdicts[0].candidate.lead.address


def _joined(
    source: Source, results: Iterable[tuple[Part, Poll | PollError]], searched_at: str
) -> Poll:
    """The parts' answers as one: each story once, each part's mark under its number."""
    pairs = list(results)
    mark: dict[str, str] = {
        "site": source.address,
        "found": json.dumps([[p.lead.kind, p.lead.address, int(p.lead.way)] for p, _ in pairs]),
        "searched_at": searched_at,
    }
    polls = []
    notes: list[str] = []
    for number, (part, result) in enumerate(pairs):
        own: Mapping[str, str] = part.mark
        if isinstance(result, Poll):
            own = result.mark
            polls.append(result)
            notes.extend(result.notes)
        else:
            notes.append(f"{part.lead.address} could not be looked at: {result.text}")
        mark |= {f"{number}.{name}": value for name, value in own.items()}
    entries = _merged(polls) if len(pairs) > 1 else polls[0].entries
    return Poll(
        entries=entries[:MAX_ENTRIES],
        mark=mark,
        unchanged=all(each.unchanged for each in polls),
        notes=tuple(dict.fromkeys(notes)),
        left_off=sum(each.left_off for each in polls) + max(0, len(entries) - MAX_ENTRIES),
        ttl=max(each.ttl for each in polls),
        fresh_for=max(each.fresh_for for each in polls),
    )


def _merged(polls: Iterable[Poll]) -> tuple[Entry, ...]:
    """Each story once, known by its link: parts number their entries each in its own way."""
    made: dict[str, Entry] = {}
    for each in polls:
        for entry in each.entries:
            key = urls.strict_key(entry.url)[:400] or entry.key
            made.setdefault(key, replace(entry, key=key))
    return tuple(made.values())
