"""Lanes: threads that look at sources and fetch pages, one lane a host.

A host is the unit of the network: its pages are asked for one after the other, in one
lane, while other hosts' lanes wait for theirs. Lanes write nothing; what they get goes
into the conductor's queue.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from .. import urls
from ..model import FetchError, Outlet, Page, Pending, Poll, PollError, Source


@dataclass(frozen=True, slots=True)
class Looked:
    """A poll came back."""

    source: Source
    result: Poll | PollError


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page came back; None when the entry names no URL that may be fetched."""

    pending: Pending
    page: Page | FetchError | None


@dataclass(frozen=True, slots=True)
class Broken:
    """A lane met a surprise; the conductor raises it."""

    error: BaseException


@dataclass(slots=True)
class Lanes:
    """The threads of one round.

    `look` polls a source, `fetch` gets an entry's page; `ahead` bounds how many pages
    may be fetched and not yet saved, so that memory stays flat whatever the round's size.
    """

    look: Callable[[Source], Poll | PollError]
    fetch: Callable[[Pending, Outlet], Page | FetchError]
    outlets: Mapping[str, Outlet]
    events: SimpleQueue[Any]
    count: int
    ahead: int
    _waiting: dict[str, deque[Pending]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _room: threading.Semaphore = field(init=False)
    _polls: ThreadPoolExecutor = field(init=False)
    _pages: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self._room = threading.Semaphore(self.ahead)
        self._polls = ThreadPoolExecutor(self.count, "look")
        self._pages = ThreadPoolExecutor(self.count, "lane")

    def poll(self, source: Source) -> None:
        """Look at a source in a thread; `Looked` follows."""
        self._polls.submit(self._guarded, self._look, source)

    def add(self, pending: Pending) -> None:
        """Fetch an entry's page in its host's lane; `Fetched` follows.

        Entries that name no URL share a lane of their own.
        """
        host = urls.host(pending.entry.url)
        with self._lock:
            running = host in self._waiting
            self._waiting.setdefault(host, deque()).append(pending)
        if not running:
            self._pages.submit(self._guarded, self._lane, host)

    def saved(self, number: int) -> None:
        """Make room: `number` pages were saved or given up."""
        for _ in range(number):
            self._room.release()

    def stop(self) -> None:
        """Start nothing more and wake every lane; what is under way ends by its deadline."""
        self._stopped.set()
        self.saved(self.ahead + self.count)
        self._polls.shutdown(wait=False, cancel_futures=True)
        self._pages.shutdown(wait=False, cancel_futures=True)

    def _guarded(self, act: Callable[[Any], None], subject: object) -> None:
        try:
            act(subject)
        except BaseException as error:  # noqa: BLE001  (raised again by the conductor)
            self.events.put(Broken(error))

    def _look(self, source: Source) -> None:
        if not self._stopped.is_set():
            self.events.put(Looked(source, self.look(source)))

    def _lane(self, host: str) -> None:
        while (pending := self._next(host)) is not None:
            self._room.acquire()
            if self._stopped.is_set():
                return
            page = self.fetch(pending, self.outlets[pending.outlet]) if host else None
            self.events.put(Fetched(pending, page))

    def _next(self, host: str) -> Pending | None:
        with self._lock:
            waiting = self._waiting[host]
            if waiting:
                return waiting.popleft()
            del self._waiting[host]
            return None
