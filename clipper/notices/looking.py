"""Looking: what happened since a target was last told goes into its outbox, once.

The rows and the mark up to which was looked are kept in one transaction, so a kill neither
loses a thing nor tells it twice. A target that is new is told of the last day, not of years.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from .. import text
from ..health import Finding, Level, findings, of_folders
from ..store import Store
from ..store.notices import Crowd, Queued
from .target import Rules, Target

REACH: Final = timedelta(days=1)
"""How far back a new target is told."""

FIRST: Final = 5
"""Headlines that a notice tells; of the others it tells the number."""

PATIENCE: Final = timedelta(minutes=10)
"""How long after a look at the sources' histories the next one comes, at the earliest."""

FOLDER: Final = "warcs:"
"""Begins the name of a folder of web archives among sources; no slug holds a colon."""

SOURCES: Final = frozenset({"failing", "well-again"})
JUDGED: Final = ("approved", "published", "withdrawn")


def look(store: Store, rules: Rules, now: datetime) -> int:
    """Put what there is to tell into the outboxes; how many notices were added."""
    before = len(store.notices.open())
    # Before the transaction: histories are read from months of the ledger.
    due = frozenset(each.name for each in rules.targets if _are_sources_due(store, each, now))
    told = (*findings(store.histories.list(now)), *_folders(store)) if due else ()
    with store.transaction():
        for target in rules.targets:
            _queued(store, rules, target, now)
            _judged(store, rules, target, now)
            if "spike" in target.what:
                _spikes(store, rules, target, now)
            if target.name in due:
                _sources(store, rules, target, told, now)
                store.notices.note_mark(target.name, "sources", _number(now))
    return len(store.notices.open()) - before


def _folders(store: Store) -> Iterator[Finding]:
    """What is wrong with folders of web archives, under names that no source has."""
    for each in of_folders(store.warcs.folders()):
        yield replace(each, subject=f"{FOLDER}{text.clean(each.subject, 200)}")


def _are_sources_due(store: Store, target: Target, now: datetime) -> bool:
    """Whether sources are to be judged: when one was looked at since, and some minutes are over."""
    if not target.what & SOURCES:
        return False
    mark, polled_at = store.notices.mark(target.name, "sources"), store.notices.polled_at()
    if mark is None or mark > _number(now):
        return True
    rested = _number(now) - mark >= PATIENCE.total_seconds()
    return rested and polled_at is not None and _number(polled_at) >= mark


def _number(at: datetime) -> int:
    return int(at.timestamp())


# ---------------------------------------------------------------- clippings


def _queued(store: Store, rules: Rules, target: Target, now: datetime) -> None:
    upto = store.notices.mark(target.name, "queued")
    if upto is None:
        upto = store.notices.rows_before(now - REACH)[0]
    newest = store.notices.rows_before(now)[0]
    if "queued" in target.what and newest > upto:
        found = [
            each
            for each in store.notices.queued_after(upto)
            if each.clipping <= newest and target.wants(each.campaigns)
        ]
        if found:
            told = {
                "count": len(found),
                "first": [_told(rules, each) for each in found[:FIRST]],
                "desk": rules.at_desk(),
            }
            store.notices.add(target.name, "queued", f"queued:{newest}", told, now)
    store.notices.note_mark(target.name, "queued", max(upto, newest))


def _judged(store: Store, rules: Rules, target: Target, now: datetime) -> None:
    upto = store.notices.mark(target.name, "judged")
    if upto is None:
        upto = store.notices.rows_before(now - REACH)[1]
    newest = store.notices.rows_before(now)[1]
    wanted = sorted(target.what & set(JUDGED))
    for each in store.notices.judged_after(upto, wanted) if wanted and newest > upto else ():
        if each.step <= newest and target.wants(each.campaigns):
            told = _told(rules, each) | {
                "at": each.at.isoformat(),
                "where": _where(store, each.clipping) if each.after == "published" else [],
            }
            store.notices.add(target.name, each.after, f"step:{each.step}", told, now)
    store.notices.note_mark(target.name, "judged", max(upto, newest))


def _told(rules: Rules, each: Queued) -> dict[str, Any]:
    return {
        "clipping": each.clipping,
        "headline": text.clean(each.headline, 300),
        "outlet": rules.outlets.get(each.outlet, each.outlet),
        "url": text.clean(each.url, 2048),
        "campaigns": [rules.campaigns.get(tag, tag) for tag in each.campaigns],
        "desk": rules.at_desk(each.clipping),
    }


def _where(store: Store, clipping: int) -> list[dict[str, str]]:
    proofs = store.receipts.of(f"clipping-{clipping}")
    return [{"place": p.receipt.publisher, "where": p.receipt.where} for p in proofs]


# ---------------------------------------------------------------- spikes


def _spikes(store: Store, rules: Rules, target: Target, now: datetime) -> None:
    """Tell of a spike once, and again each time it has doubled. It is over when fewer than half
    of the outlets are left, so that one at the threshold does not come and go."""
    standing = {
        subject: level
        for subject, level in store.notices.standing(target.name).items()
        if not subject.startswith("source:")
    }
    least = (target.outlets + 1) // 2
    crowds = {each.subject: each for each in store.notices.crowds(now - target.within, least)}
    for subject, crowd in crowds.items():
        level, since = standing.get(subject, (0, now))
        number = len(crowd.outlets)
        if number < max(target.outlets, 2 * level) or not target.wants(crowd.campaigns):
            continue
        key = f"spike:{subject}:{since.isoformat()}:{number}"
        store.notices.add(target.name, "spike", key, _crowd(rules, target, crowd), now)
        store.notices.stand(target.name, subject, number, since)
    for subject in standing.keys() - crowds.keys():
        store.notices.fall(target.name, subject)


def _crowd(rules: Rules, target: Target, crowd: Crowd) -> dict[str, Any]:
    names = [rules.outlets.get(slug, slug) for slug in crowd.outlets]
    return {
        "about": "campaign" if crowd.clipping is None else "story",
        "clipping": crowd.clipping,
        "headline": text.clean(crowd.headline, 300),
        "campaigns": [rules.campaigns.get(tag, tag) for tag in crowd.campaigns],
        "count": len(names),
        "desk": rules.at_desk(crowd.clipping),
        "outlets": names[: 2 * FIRST],
        "hours": target.within.total_seconds() / 3600,
    }


# ---------------------------------------------------------------- sources


def _sources(
    store: Store, rules: Rules, target: Target, told: tuple[Finding, ...], now: datetime
) -> None:
    """Tell of sources that need a person once, and once when they are well again. One that could
    not be looked at since is not called well."""
    standing = store.notices.standing(target.name)
    alarms = {each.subject: each for each in reversed(told) if each.level is Level.ALARM}
    fresh = [each for slug, each in sorted(alarms.items()) if f"source:{slug}" not in standing]
    for each in fresh:
        store.notices.stand(target.name, f"source:{each.subject}", 1, now)
    if fresh and "failing" in target.what:
        rows = [
            _source(rules, each.subject) | {"text": each.text, "remedy": each.remedy}
            for each in fresh
        ]
        store.notices.add(
            target.name, "failing", f"failing:{now.isoformat()}", {"sources": rows}, now
        )
    well = []
    states = {state.source.slug: state for state in store.sources.list() if state.active}
    for subject, (_, since) in standing.items():
        slug = subject.removeprefix("source:")
        if slug == subject or slug in alarms:
            continue
        state = states.get(slug)
        if state is not None:
            if state.failures or not state.last_success_at or state.last_success_at < since:
                continue
            well.append(_source(rules, slug))
        store.notices.fall(target.name, subject)
    if well and "well-again" in target.what:
        key = f"well-again:{now.isoformat()}"
        store.notices.add(target.name, "well-again", key, {"sources": well}, now)


def _source(rules: Rules, slug: str) -> dict[str, Any]:
    return {"source": slug, "outlet": rules.sources.get(slug, slug.removeprefix(FOLDER))}
