"""The clockwork: APScheduler's tick, and what one tick does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import AlreadyRunning, ClipperError
from ..store import Store
from .daily import due_daily

PATIENCE = timedelta(minutes=15)
"""How long a daily job that failed waits for its next try."""

_BETWEEN = ""
"""Stands among the names of jobs for what is done between."""

Stopping = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Job:
    """What is done once each local day, at `at` in `zone` (None: the clockwork's).

    `act` is given a callable that says whether it should end early. It must be safe to do
    again: a process killed within it does it again.
    """

    name: str
    at: time
    act: Callable[[Stopping], None]
    zone: ZoneInfo | None = None


class Clockwork:
    """Ticks in a thread of its own; a context manager that ends the tick under way.

    `look` does a round of what is due; `between` is done after it at each tick, and waits a while
    when it failed; `after` is done last at each tick; `tell` is given each
    failure, in words. A failure ends nothing: the next tick tries again. A surprise ends the
    clockwork: `broken` has it,
    and `on_end` was called.
    """

    def __init__(
        self,
        store: Store,
        look: Callable[[Stopping], None],
        jobs: Sequence[Job],
        *,
        now: Callable[[], datetime],
        zone: ZoneInfo,
        tell: Callable[[str], None],
        on_end: Callable[[], None] = lambda: None,
        between: Callable[[Stopping], None] | None = None,
        after: Callable[[Stopping], None] | None = None,
        seconds: float = 60.0,
    ) -> None:
        self._store = store
        self._look = look
        self._jobs = tuple(jobs)
        self._now = now
        self._zone = zone
        self._tell = tell
        self._on_end = on_end
        self._between = between
        self._after = after
        self._seconds = seconds
        self._stop = threading.Event()
        self._later: dict[str, datetime] = {}
        self._timer: Any = None
        self.broken: BaseException | None = None

    def __enter__(self) -> Clockwork:
        from .timer import start

        self._timer = start(self._guarded, self._seconds, self._zone)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._timer.shutdown(wait=True)

    def stopping(self) -> bool:
        """Whether the tick under way should end early."""
        return self._stop.is_set()

    def _guarded(self) -> None:
        if self.stopping():
            return
        try:
            self.tick()
        except BaseException as error:  # noqa: BLE001  (raised again by the command)
            self.broken = error
            self._stop.set()
            self._on_end()

    def tick(self) -> None:
        """Do what is due now: a round first, what each tick does beside it, the daily jobs, and
        what each tick ends with."""
        if self._store.sources.due(self._now()):
            self._try(lambda: self._look(self.stopping))
        self._do_between(self._now())
        for job in self._jobs:
            if not self.stopping():
                self._daily(job)
        after = self._after
        if after is not None and not self.stopping():
            self._try(lambda: after(self.stopping))

    def _daily(self, job: Job) -> None:
        now = self._now()
        zone = job.zone or self._zone
        day = due_daily(now, self._store.daily.days(job.name), job.at, zone)
        if day is None or not self._patient(job.name, now):
            return
        if self._try(lambda: job.act(self.stopping)) and not self.stopping():
            self._store.daily.note(job.name, day, self._now())
            self._later.pop(job.name, None)
        else:
            self._later[job.name] = now + PATIENCE

    def _do_between(self, now: datetime) -> None:
        act = self._between
        if act is None or self.stopping() or not self._patient(_BETWEEN, now):
            return
        if not self._try(lambda: act(self.stopping)):
            self._later[_BETWEEN] = now + PATIENCE

    def _patient(self, name: str, now: datetime) -> bool:
        """Whether a job may be tried now; a clock that was set back makes none wait longer."""
        later = self._later.get(name)
        return later is None or not now < later <= now + PATIENCE

    def _try(self, act: Callable[[], None]) -> bool:
        try:
            act()
        except AlreadyRunning:
            return False  # somebody else does it; the next tick looks again
        except ClipperError as error:
            self._tell(str(error))
            return False
        return True
