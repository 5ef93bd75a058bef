"""Following an edited query through the archive while people go on working."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime

from flask import current_app

from clipper import retro
from clipper.store import Store

MOST_WAITED = 3.0
"""Seconds that a request waits for the end; most archives are followed by then."""


@dataclass(slots=True)
class Rematch:
    """One run: the campaigns that it is for, what changed so far, and its end."""

    campaigns: tuple[str, ...]
    changes: Counter[str] = field(default_factory=Counter)
    done: Future[None] = field(default_factory=Future)

    @property
    def over(self) -> bool:
        """Whether it came to its end, good or bad."""
        return self.done.done()

    @property
    def trouble(self) -> str:
        """What went wrong, in words; "" when nothing did so far."""
        error = self.done.exception() if self.over else None
        return str(error) if error else ""

    @property
    def moved(self) -> int:
        """Clippings that came, went or were retagged."""
        quiet = ("renewed", "judged", "kept")
        return sum(n for effect, n in self.changes.items() if effect not in quiet)


class Rematches:
    """Runs one after the other, in a thread of their own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "rematch")
        self._lock = threading.Lock()
        self._last: Rematch | None = None

    @property
    def last(self) -> Rematch | None:
        """The run that was asked for last."""
        with self._lock:
            return self._last

    def start(
        self, store: Store, rules: retro.Rules, campaigns: Collection[str], now: datetime
    ) -> Rematch:
        """Follow the queries of these campaigns; returns at the end, or when it takes long."""
        run = Rematch(tuple(campaigns))
        run.done = self._thread.submit(_follow, run, store, rules, now)
        with self._lock:
            self._last = run
        wait([run.done], timeout=MOST_WAITED)
        return run


def _follow(run: Rematch, store: Store, rules: retro.Rules, now: datetime) -> None:
    for change in retro.rematch(store, rules, now=now, campaigns=run.campaigns):
        run.changes[change.effect.value] += 1


def rematches() -> Rematches:
    """The runs of the app that answers now."""
    found = current_app.extensions.setdefault("clipper-rematches", Rematches())
    assert isinstance(found, Rematches)
    return found
