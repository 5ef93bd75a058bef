"""The conductor of a round."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Any, Final

from .. import completeness, dedupe, reading, sources, urls
from ..archive import Archive, Note
from ..engine import Workers
from ..errors import ClipperError
from ..fetch import Fetcher
from ..model import (
    Bounds,
    Entry,
    ExtractError,
    FetchError,
    Harvest,
    LedgerLine,
    Outlet,
    Page,
    Pending,
    Poll,
    PollError,
    Reading,
    Snapshot,
    Source,
)
from ..store import SourceState, Store
from ..text import digest
from . import clock
from .lanes import Broken, Fetched, Lanes, Looked
from .removed import removed
from .steps import Counts, Done, Outcome, Polled, Step
from .whose import MIXED, Owners, strict

PageError = FetchError | ExtractError | None

RETRIES = (timedelta(hours=6), timedelta(hours=18), timedelta(hours=24))
"""When a page that could not be had is tried again: three times within two days."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a round goes about its work.

    `lanes`: hosts asked at once. `batch`: entries saved in one transaction, at the latest
    every `seconds`.
    """

    lanes: int = 32
    batch: int = 20
    seconds: float = 0.5

    @property
    def ahead(self) -> int:
        """Pages under way between network and store: one a lane, and one batch.

        Each costs 1 to 1.5 MB until it is saved: 80 of them took 40 MB more than 48 did,
        and saved no time.
        """
        return self.lanes + self.batch


@dataclass(frozen=True, slots=True)
class Parts:
    """The hands that a round works with, and what it must know."""

    store: Store
    archive: Archive
    fetcher: Fetcher
    workers: Workers
    outlets: Mapping[str, Outlet]
    now: Callable[[], datetime]
    random: random.Random
    rhythm: Rhythm = field(default_factory=Rhythm)
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True, slots=True)
class Read:
    """A worker's answer for one entry, with the page that it read."""

    pending: Pending
    page: Page | None
    answer: Reading | ExtractError
    page_error: PageError


def run(
    parts: Parts,
    *,
    only: Sequence[str] = (),
    early: bool = False,
    force: bool = False,
    ahead: timedelta = timedelta(0),
    stopping: Callable[[], bool] = lambda: False,
) -> Generator[Step, None, None]:
    """Do one round, step by step; the caller sees each step when it is saved.

    `only` are slugs of sources (empty: all that are due); `early` looks also at those whose
    interval is not over, `force` even at those that asked to be left alone for a while,
    `ahead` at those that will be due within so long.
    Closing the iterator, or an interrupt, stops the round: what was read is saved, the rest
    stays pending. So does `stopping`, asked twice a second, when it says yes.
    """
    conductor = _Conductor(parts, stopping)
    try:
        yield from conductor.round(only, early, force, ahead)
    finally:
        conductor.stop()


class _Conductor:
    """The state of one round; lives in one thread."""

    def __init__(self, parts: Parts, stopping: Callable[[], bool]) -> None:
        self.parts = parts
        self.stopping = stopping
        self.events: SimpleQueue[Any] = SimpleQueue()
        self.counts: dict[str, Counts] = {}
        self.batch: list[Read] = []
        self.began_at = parts.now()
        self.told: list[tuple[datetime, LedgerLine]] = []
        self.clocks: dict[str, float] = {}
        self.hosts: dict[str, dict[str, datetime]] = {}
        self.removed: dict[int, FetchError] = {}
        self.open = 0
        self.flushed_at = time.monotonic()
        self.ledger = parts.store.ledger.open(parts.now())
        self.owners = Owners(
            parts.outlets.values(), [state.source for state in parts.store.sources.list()]
        )
        self.strict = strict(parts.fetcher, parts.now)
        self.lanes = Lanes(
            look=self._look,
            fetch=self._fetch,
            outlets=self.owners.known,
            events=self.events,
            count=parts.rhythm.lanes,
            ahead=parts.rhythm.ahead,
        )

    # -- what the lanes' threads call; nothing here may write

    def _look(self, source: Source) -> Poll | PollError:
        state = self.states[source.slug]
        outlet = self.parts.outlets[source.outlet]
        return sources.kind_of(source.kind)(
            source,
            state.mark,
            fetch=lambda url, **wishes: self._timed(url, gap=outlet.gap, **wishes),
            parse=lambda act, *subject: self.parts.workers.submit(act, *subject).result(),
            now=self.parts.now(),
        )

    def _fetch(self, pending: Pending, outlet: Outlet) -> Page | FetchError:
        if (gone := self.removed.get(pending.id)) is not None:
            return gone
        # A letter may link to anything: private addresses are for configured outlets alone.
        followed = outlet.slug in self.parts.outlets
        fetcher = self.parts.fetcher if followed else self.strict
        return self._timed(pending.entry.url, fetcher, purpose="page", gap=outlet.gap)

    def _timed(self, url: str, fetcher: Fetcher | None = None, **wishes: Any) -> Page | FetchError:
        page = (fetcher or self.parts.fetcher).get(url, **wishes)
        ahead = clock.ahead_of(page) if isinstance(page, Page) else None
        if ahead is not None:
            self.clocks[urls.host(url)] = ahead
        return page

    # -- the round

    def round(
        self, only: Sequence[str], early: bool, force: bool, ahead: timedelta
    ) -> Iterator[Step]:
        now, known = self.parts.now(), self.parts.store.sources
        self.parts.store.clippings.wake(now)
        states = known.due(now, only=only, early=early, force=force, ahead=ahead)
        self.states = {state.source.slug: state for state in states}
        for state in known.list():
            host = self.hosts.setdefault(urls.host(state.source.address), {})
            host[state.source.slug] = state.due_at
        for state in states:
            self.counts[state.source.slug] = Counts(state.source)
            self.open += 1
            self.lanes.poll(state.source)
        if not force:
            for state in known.held(now, only):
                yield self._left_alone(state)
        while self.open:
            if self.stopping():
                return
            yield from self._next_steps()
        yield from self._flush()
        with self.parts.store.transaction():
            self.parts.store.ledger.close(self.ledger, self.parts.now())
            self._account()
            clock.keep(self.parts.store, self.clocks.values(), self.parts.now())

    def _account(self) -> None:
        """Keep what this round is worth: which sources were looked at without a gap."""
        states = {state.source.slug: state for state in self.parts.store.sources.list()}
        watched = [
            completeness.of_line(
                line,
                at,
                known_before=bool(
                    (before := self.states.get(line.source)) and before.last_success_at
                ),
                gone=line.source in states and states[line.source].gone,
            )
            for at, line in self.told
        ]
        account = completeness.account(
            completeness.Kind.ROUND,
            str(self.ledger),
            watched,
            self.began_at,
            self.parts.now(),
            resting=len(states.keys() - {each.source for each in watched}),
        )
        self.parts.store.accounts.keep(account)

    def _left_alone(self, state: SourceState) -> Done:
        """A source that is not looked at, at its own wish, is told, not passed over."""
        assert state.held_until is not None
        until = f"{state.held_until:%d %b %H:%M} UTC"
        line = LedgerLine(
            source=state.source.slug,
            outlet=state.source.outlet,
            looked=False,
            error=f"it asked to be left alone until {until} ({state.error})",
        )
        return self._done(line)

    def _done(self, line: LedgerLine) -> Done:
        self.parts.store.ledger.line(self.ledger, line)
        self.told.append((self.parts.now(), line))
        return Done(line)

    def _next_steps(self) -> Iterator[Step]:
        try:
            event = self.events.get(timeout=self.parts.rhythm.seconds)
        except Empty:
            yield from self._flush()
            return
        match event:
            case Looked():
                yield from self._polled(event)
            case Fetched():
                self._send(event)
            case Read():
                yield from self._collect(event)
            case Broken():
                raise event.error

    def _polled(self, event: Looked) -> Iterator[Step]:
        counts = self.counts[event.source.slug]
        counts.result = event.result
        now = self.parts.now()
        with self.parts.store.transaction():
            unseen: tuple[Entry, ...] = ()
            if isinstance(event.result, PollError):
                self.parts.store.note_poll_error(event.source, event.result, now, now)
            else:
                noted = self.parts.store.note_poll(event.source, event.result, now, now)
                unseen = noted.unseen
                counts.new = noted.new
                counts.dropped.update(noted.dropped)
                self.parts.store.entries.again(noted.revised, now)
            self._look_again(event, unseen, now)
        waiting = self.parts.store.entries.pending(now, sources=(event.source.slug,))
        if event.source.kind in MIXED:
            waiting = tuple(map(self.owners.own, waiting))
        counts.awaited = len(waiting)
        yield Polled(event.source, event.result, len(waiting))
        self.open += len(waiting) - 1
        for pending in waiting:
            if (gone := removed(self.parts.store, pending.entry.url)) is not None:
                self.removed[pending.id] = gone
            self.lanes.add(pending)
        if not waiting:
            yield self._line(counts)

    def _look_again(self, event: Looked, unseen: tuple[Entry, ...], now: datetime) -> None:
        """Decide when the source is looked at next, apart from others of its host."""
        source, store = event.source, self.parts.store
        pulse = sources.next_pulse(
            store.pulses.get(source.slug),
            source,
            event.result,
            unseen,
            now,
            bounds=self.parts.bounds,
            chance=self.parts.random,
        )
        host = self.hosts.setdefault(urls.host(source.address), {})
        others = [at for slug, at in host.items() if slug != source.slug]
        due_at = sources.spaced(pulse, now, others)
        host[source.slug] = due_at
        store.pulses.note(source.slug, pulse, due_at)

    def _send(self, event: Fetched) -> None:
        """Have a worker read what came: the page, or the feed's own words without one. What
        came of a page that was cut off is archived, and not read."""
        if event.page is None:
            self._submit(event.pending, None, None, None)
            return
        page = event.page if isinstance(event.page, Page) else event.page.cut
        gone = None if page is None else removed(self.parts.store, page.url, page.asked)
        if gone is not None:  # a redirect led to it
            self._submit(event.pending, None, None, gone)
        elif isinstance(event.page, Page):
            self._submit(event.pending, page, page, None)
        else:
            # Without the page: the error outlives this round's memory.
            self._submit(event.pending, None, page, replace(event.page, cut=None))

    def _submit(
        self, pending: Pending, read: Page | None, kept: Page | None, error: PageError
    ) -> None:
        """Send a worker `read`; `kept` is what goes into the archive in any case."""
        outlet = self.owners.known[pending.outlet]
        # The body as it came over the wire is for the archive alone: it need not travel.
        page = replace(read, received=None) if read else None
        future = self.parts.workers.submit(reading.read, page, pending.entry, outlet)
        future.add_done_callback(
            lambda done: self.events.put(Read(pending, kept, answer_of(done), error))
        )

    def _collect(self, event: Read) -> Iterator[Step]:
        if isinstance(event.answer, ExtractError) and event.page_error is None and event.page:
            # No article on the page: it is archived all the same, and the feed's words serve.
            self._submit(event.pending, None, event.page, event.answer)
            return
        self.batch.append(event)
        late = time.monotonic() - self.flushed_at > self.parts.rhythm.seconds
        if late or len(self.batch) >= self.parts.rhythm.batch:
            yield from self._flush()

    def _flush(self) -> Iterator[Step]:
        """Disk before row: capture the batch's pages, then save its entries in one go."""
        self.flushed_at = time.monotonic()
        batch, self.batch = self.batch, []
        if not batch:
            return
        snapshots = self._capture(batch)
        with self.parts.store.transaction():
            outcomes = [
                self._save_alone(read, snapshot)
                for read, snapshot in zip(batch, snapshots, strict=True)
            ]
        self.lanes.saved(len(batch))
        self.open -= len(batch)
        for outcome in outcomes:
            yield outcome
            counts = self.counts[outcome.pending.source]
            counts.add(outcome)
            if not counts.awaited:
                yield self._line(counts)

    def _capture(self, batch: Sequence[Read]) -> list[Snapshot | None]:
        """Archive the pages of a batch in one append; None where no page was had."""
        pages = [read.page for read in batch if read.page]
        notes = [note_of(read) for read in batch if read.page]
        captured = iter(self.parts.archive.capture(pages, notes))
        return [next(captured) if read.page else None for read in batch]

    def _save_alone(self, read: Read, snapshot: Snapshot | None) -> Outcome:
        """Save one entry; a value that can't be kept is given up without its neighbours.

        `Store.save` undoes what it had begun by itself; before it, nothing is written.
        """
        try:
            return self._save(read, snapshot)
        except (ValueError, OverflowError) as surprise:
            error = ExtractError(kind="unsaved", text=f"it could not be kept: {surprise}")
            self.parts.store.entries.note_failure(read.pending, error, self.parts.now(), None)
            self._keep_place(snapshot)
            return Outcome(read.pending, None, error)

    def _keep_place(self, snapshot: Snapshot | None) -> None:
        """A page without an article is archived too: the store says where."""
        if snapshot is not None:
            self.parts.store.snapshots.keep(snapshot)

    def _save(self, read: Read, snapshot: Snapshot | None) -> Outcome:
        now = self.parts.now()
        if isinstance(read.answer, ExtractError):
            error = read.page_error or read.answer
            again_at = self._again_at(read)
            self._keep_place(snapshot)
            self.parts.store.entries.note_failure(read.pending, error, now, again_at)
            return Outcome(read.pending, None, error)
        found = read.answer
        harvest = Harvest(
            pending=read.pending,
            reading=found,
            newcomer=dedupe.newcomer(found.article, found.fingerprint, read.pending.outlet, now),
            snapshot=snapshot,
            page_error=read.page_error,
        )
        if (slug := read.pending.outlet) not in self.parts.outlets:
            self.parts.store.byhand.meet(self.owners.known[slug], now)
        placement = dedupe.place(*self.parts.store.similar(harvest))
        saved = self.parts.store.save(harvest, placement, now, again_at=self._again_at(read))
        queued = saved.clipping
        return Outcome(read.pending, harvest, read.page_error, queued, saved.joined)

    def _again_at(self, read: Read) -> datetime | None:
        """When to try the page again: only where that can help, and only so often."""
        if read.pending.attempts >= len(RETRIES) or not _may_be_had_later(read):
            return None
        return self.parts.now() + RETRIES[read.pending.attempts]

    def _line(self, counts: Counts) -> Done:
        return self._done(counts.line())

    def stop(self) -> None:
        """Save what was read and let the lanes end."""
        self.lanes.stop()
        if self.strict is not self.parts.fetcher:
            self.strict.close()
        for _ in self._flush():
            pass


ROBOTS: Final = "allowed"
"""What robots.txt said of a page that is kept: the fetcher asks it before each, and brings
none that it forbids."""


def _may_be_had_later(read: Read) -> bool:
    """Whether the page failed for the moment, or was had and is a poor reading of the story: a
    wall may be gone, and a page not yet filled, the next time."""
    if read.page_error is not None:
        is_cut = read.page is not None and bool(read.page.truncated)
        return is_cut or (isinstance(read.page_error, FetchError) and read.page_error.temporary)
    return isinstance(read.answer, Reading) and bool(read.answer.article.shortcomings)


def checks(answer: Reading | ExtractError) -> str:
    """What the archive notes of a capture's content: `good`, or `poor` and why."""
    if isinstance(answer, ExtractError):
        return f"poor: {answer.kind}"
    found = answer.article.shortcomings
    return f"poor: {', '.join(found)}" if found else "good"


def note_of(read: Read) -> Note:
    """What the archive keeps beside the response: whence, why, and the text as it was read."""
    fields = {
        "source": read.pending.source,
        "outlet": read.pending.outlet,
        "entry": read.pending.entry.key,
        "first-seen-at": read.pending.first_seen_at.isoformat(),
        "robots": ROBOTS,
        "feed-content": feed_content(read.pending.entry),
        "content-checks": checks(read.answer) if read.page_error is None else _failed(read.page),
    }
    text = "" if isinstance(read.answer, ExtractError) else read.answer.article.text
    return Note(fields=fields, text=text if read.page_error is None else "")


def _failed(page: Page | None) -> str:
    is_cut = page is not None and page.truncated
    return f"poor: cut off ({page.truncated})" if page and is_cut else "poor: no article"


def feed_content(entry: Entry) -> str:
    """Which words of a feed a page was read together with: their digest, or `none`. The words
    themselves are not kept, and without them the page may read otherwise."""
    return f"sha256:{digest(entry.content)}" if entry.content else "none"


def answer_of(done: Future[Reading | ExtractError]) -> Reading | ExtractError:
    """A worker's answer; a worker that ran out of time or memory gave none, and says so."""
    error = done.exception()
    if error is None:
        return done.result()
    if isinstance(error, ClipperError):
        return ExtractError(kind="given-up", text=str(error))
    raise error
