"""Who looks at which clipping now. It is a courtesy between colleagues, kept in memory:
the versions are what protects their work."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from flask import current_app

LASTING = timedelta(seconds=90)
"""A page says "here" about three times in this time."""

_MOST = 5_000


class Presence:
    """Clippings and who was there last, when. May be used from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[tuple[int, str], datetime] = {}

    def here(self, clipping: int, who: str, now: datetime) -> tuple[str, ...]:
        """Note that `who` looks at the clipping; the others who do, by name."""
        with self._lock:
            if len(self._seen) >= _MOST:
                self._seen = {key: at for key, at in self._seen.items() if now - at <= LASTING}
            self._seen[clipping, who] = now
            return tuple(
                sorted(
                    name
                    for (number, name), at in self._seen.items()
                    if number == clipping and name != who and now - at <= LASTING
                )
            )

    def gone(self, clipping: int, who: str) -> None:
        """Note that `who` looks at the clipping no more."""
        with self._lock:
            self._seen.pop((clipping, who), None)


def presence() -> Presence:
    """The app's own."""
    kept = current_app.extensions.setdefault("clipper.presence", Presence())
    assert isinstance(kept, Presence)
    return kept
