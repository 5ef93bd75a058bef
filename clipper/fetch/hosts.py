"""Manners: one request at a time a host, a gap between two, and rest when a host asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from clipper.fetch.failures import Failure


@dataclass(slots=True)
class Turn:
    """What is known of one host's patience, held by the thread whose turn it is.

    Times are those of the clock given to `Hosts`, in seconds.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    last_at: float | None = None
    closed_until: float = 0.0
    status: int = 0

    def rest(self, until: float, status: int) -> None:
        """No request before `until`; `status` is what the host answered."""
        self.closed_until = max(self.closed_until, until)
        self.status = status


class Hosts:
    """Hands out turns, one at a time an origin.

    A wait longer than `patience` seconds is not waited for but raised as a Failure that
    says when to come again; so is any wait when the caller won't wait.
    """

    def __init__(
        self, patience: float, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._turns: dict[str, Turn] = {}
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, origin: str, gap: float | None, *, wait: bool) -> Iterator[Turn]:
        """The right to send one request to `origin`, `gap` seconds after the last one.

        A `gap` of None neither waits for a gap nor starts one (robots.txt).
        """
        with self._lock:
            turn = self._turns.setdefault(origin, Turn())
        began = self._clock()
        if not turn.lock.acquire(timeout=self._patience if wait else -1, blocking=wait):
            raise _busy(origin, gap or 1.0)
        try:
            self._await(turn, origin, gap, began if wait else None)
            try:
                yield turn
            finally:
                if gap is not None:
                    turn.last_at = self._clock()
        finally:
            turn.lock.release()

    def _await(self, turn: Turn, origin: str, gap: float | None, began: float | None) -> None:
        now = self._clock()
        closed = turn.closed_until - now
        spaced = 0.0 if turn.last_at is None or not gap else turn.last_at + gap - now
        left = 0.0 if began is None else self._patience - (now - began)
        pause = max(closed, spaced)
        if pause <= 0:
            return
        if pause > left:
            raise _resting(origin, closed, turn.status) if closed > 0 else _busy(origin, pause)
        self._sleep(pause)


def _busy(origin: str, pause: float) -> Failure:
    text = f"{origin} is being asked for something else; it is spared for {pause:.0f} seconds."
    return Failure("wait", text, retry_after=pause)


def _resting(origin: str, pause: float, status: int) -> Failure:
    text = f"{origin} asked us to wait; it is left alone for another {pause:.0f} seconds."
    return Failure(f"http-{status}", text, status=status, retry_after=pause)
