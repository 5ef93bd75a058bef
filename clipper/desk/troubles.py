"""What is wrong with sources, in sentences for a brief."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from .. import text
from ..health import Finding, Level, findings, of_folders
from ..reports.words import Words
from ..sentences import filled
from ..store import SourceState, Store

SILENT = timedelta(days=30)
"""After so long without anything new a source is mentioned."""
STALE = timedelta(hours=26)
"""After so long without a round the brief says that nobody looked."""


def blind(states: Sequence[SourceState]) -> set[str]:
    """Outlets of which no source could be looked at the last time."""
    looked = {s.source.outlet for s in states if s.last_polled_at and not s.failures and not s.gone}
    return {s.source.outlet for s in states if s.failures or s.gone} - looked


def troubles(
    store: Store,
    states: Sequence[SourceState],
    names: Mapping[str, str],
    now: datetime,
    say: Words,
) -> tuple[str, ...]:
    """What health finds, with the remedy; what it can't judge yet (a first failure, a history
    too short) is told more simply. `names` are those of outlets by slug."""
    told = []
    last = store.counts().last_round_at
    if last is not None and now - last > STALE:
        words = say("Nobody has looked since %(day)s: no round has run.")
        told.append(words % {"day": say.day(last)})
    owners = {state.source.slug: state.source.outlet for state in states}
    found = [each for each in findings(store.histories.list(now)) if each.subject in owners]
    for each in found:
        name = names.get(owners[each.subject], each.subject)
        told.append(f"{name}: {_finding(each, say)}")
    folders = of_folders(store.warcs.folders())
    told += [f"{text.clean(each.subject, 200)}: {_finding(each, say)}" for each in folders]
    judged = {each.subject for each in found if each.level is Level.ALARM}
    for state in states:
        words = "" if state.source.slug in judged else _state(state, now, say)
        if words:
            told.append(f"{names.get(state.source.outlet, state.source.slug)}: {words}")
    return tuple(dict.fromkeys(told))


def _finding(found: Finding, say: Words) -> str:
    words = filled(found.sentence, found.values, say, say.count) if found.sentence else found.text
    remedy = say(found.remedy) if found.remedy else ""
    return f"{text.clean(words, 400)} {remedy}".strip()


def _state(state: SourceState, now: datetime, say: Words) -> str:
    if state.failures:
        words = (
            say("could not be looked at since %(day)s: %(error)s")
            if state.last_success_at
            else say("could not be looked at: %(error)s")
        )
        day = say.day(state.last_success_at) if state.last_success_at else ""
        return words % {"day": day, "error": text.clean(state.error, 300)}
    if state.last_new_at and now - state.last_new_at > SILENT:
        return say("nothing new since %(day)s.") % {"day": say.day(state.last_new_at)}
    return ""
