"""Pages removed from the archive on purpose: a takedown, or terms that end.

    store.tombstones (which) -> Plan -> store.tombstones.ask -> archive.forget -> done

Who asked, when and why is kept before anything is removed; what a kill leaves between is ended
at the next start. Nothing here decides what is to go: a person does, or an outlet's `retain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .archive import Archive
from .archive.tombs import Removal
from .errors import ArchiveError
from .model import Outlet
from .store import Bereft, Held, Store, Tombstone


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would be removed.

    `asked` are the captures that were named, `repeats` others of the same pages, byte for
    byte, that go with them; `kept` were named and stay, as later captures of the same page
    do. `bereft` are the clippings that lose captures.
    """

    asked: tuple[Held, ...] = ()
    repeats: tuple[Held, ...] = ()
    kept: tuple[Held, ...] = ()
    bereft: tuple[Bereft, ...] = ()

    @property
    def captures(self) -> tuple[Held, ...]:
        """All that goes."""
        return (*self.asked, *self.repeats)

    @property
    def files(self) -> tuple[str, ...]:
        """The archive's files that are rewritten."""
        return tuple(sorted({each.snapshot.file for each in self.captures}))


@dataclass(slots=True)
class Done:
    """How many captures were removed, and with how many records; and files of which nothing
    could be removed, and why: that is tried again at the next start."""

    captures: int = 0
    records: int = 0
    faults: list[str] = field(default_factory=list)


def takedown(store: Store, clippings: Sequence[int]) -> Plan:
    """All captures of these clippings' articles, with every repeat of the same pages.

    Raises NotFound for a clipping that is none.
    """
    articles = [store.clippings.get(number).article.id for number in clippings]
    asked = store.tombstones.of_articles(articles)
    repeats = store.tombstones.repeats([each.id for each in asked])
    return _plan(store, asked, repeats=repeats)


def older(store: Store, before: Mapping[str, datetime]) -> Plan:
    """The captures of outlets, by slug, that were made before a time.

    One of a page that was captured again since, byte for byte, stays as long as the later
    one: it may hold the body for both.
    """
    named = {
        each.id: each
        for outlet, time in before.items()
        for each in store.tombstones.of_outlet(outlet, time)
    }
    standing = {each.snapshot.digest for each in store.tombstones.repeats(list(named))}
    kept = tuple(each for each in named.values() if each.snapshot.digest in standing)
    asked = tuple(each for each in named.values() if each.snapshot.digest not in standing)
    return _plan(store, asked, kept=kept)


def expired(store: Store, outlets: Iterable[Outlet], now: datetime) -> Plan:
    """The captures that are older than their outlets' `retain` allows."""
    before = {
        outlet.slug: now - timedelta(seconds=outlet.retain)
        for outlet in outlets
        if outlet.retain is not None
    }
    return older(store, before)


def _plan(
    store: Store,
    asked: tuple[Held, ...],
    *,
    repeats: tuple[Held, ...] = (),
    kept: tuple[Held, ...] = (),
) -> Plan:
    ids = [each.id for each in (*asked, *repeats)]
    return Plan(asked=asked, repeats=repeats, kept=kept, bereft=store.tombstones.bereft(ids))


def forget(
    store: Store, archive: Archive, plan: Plan, *, who: str, why: str, now: datetime
) -> Done:
    """Remove what the plan names. The caller holds the store's lock."""
    store.tombstones.ask([each.id for each in plan.captures], who, why, now)
    return finish(store, archive, now)


def finish(store: Store, archive: Archive, now: datetime) -> Done:
    """Remove all that is asked for and not done. The caller holds the store's lock."""
    done = Done()
    waiting: dict[str, list[Tombstone]] = {}
    for each in store.tombstones.open():
        waiting.setdefault(each.snapshot.file, []).append(each)
    for file, those in waiting.items():
        try:
            buried = archive.forget(file, {each.snapshot.offset: _removal(each) for each in those})
        except ArchiveError as error:
            done.faults.append(str(error))
            continue
        ids = {each.snapshot.offset: each.id for each in those}
        store.tombstones.done([(ids[each.offset], each.length) for each in buried], now)
        done.captures += len(buried)
        done.records += sum(each.records for each in buried)
    return done


def _removal(asked: Tombstone) -> Removal:
    return Removal(digest=asked.snapshot.digest, who=asked.who, at=asked.asked_at, why=asked.why)
