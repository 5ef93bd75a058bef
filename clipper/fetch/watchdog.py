"""The deadline that no server can talk its way round.

A socket's time-out counts from each byte, so a server that sends one byte a second never
meets it. One thread shuts the connection of each fetch whose time is up; the fetching
thread, wherever it waits (handshake, header, body), then sees the stream end.
"""

from __future__ import annotations

import heapq
import threading
import time
from itertools import count
from typing import Protocol


class Cuttable(Protocol):
    """Something whose network traffic can be ended from another thread."""

    def cut(self) -> None:
        """End it now; called at most once a lease, and never after `Lease.end`."""


class Lease:
    """The time that one request has. `expired` tells that the watchdog ended it."""

    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.expired = False
        self._holder: Cuttable | None = None
        self._ended = False
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def late(self) -> bool:
        """Whether the time is up, seen by the watchdog or not yet."""
        return self.expired or self.left <= 0

    def hold(self, holder: Cuttable) -> None:
        """From now on `holder` is what is cut. At once when the time is up already."""
        with self._lock:
            self._holder = holder
            if self.expired:
                holder.cut()

    def expire(self) -> None:
        """Cut what is held, unless the request has ended."""
        with self._lock:
            if self._ended:
                return
            self.expired = True
            if self._holder is not None:
                self._holder.cut()

    def end(self) -> None:
        """The request is over: its connection may serve another, and is not cut any more."""
        with self._lock:
            self._ended = True
            self._holder = None


class Watchdog:
    """One thread over all leases. Started with the first lease, ended by `close`."""

    def __init__(self) -> None:
        self._leases: list[tuple[float, int, Lease]] = []
        self._numbers = count()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def lease(self, deadline: float) -> Lease:
        """A lease until `deadline`, in seconds of `time.monotonic`."""
        lease = Lease(deadline)
        with self._changed:
            first = not self._leases or deadline < self._leases[0][0]
            heapq.heappush(self._leases, (deadline, next(self._numbers), lease))
            self._start()
            if first:
                self._changed.notify()
            closed = self._closed
        if closed:
            lease.expire()
        return lease

    def close(self) -> None:
        """End every request under way, and the thread."""
        with self._changed:
            self._closed = True
            leases, self._leases = self._leases, []
            self._changed.notify()
        for _, _, lease in leases:
            lease.expire()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        if self._thread is None and not self._closed:
            self._thread = threading.Thread(target=self._run, name="clipper-deadline", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                wait = self._leases[0][0] - time.monotonic() if self._leases else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                lease = heapq.heappop(self._leases)[2]
            lease.expire()
