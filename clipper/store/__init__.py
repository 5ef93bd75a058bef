"""The store: all that clipper keeps in SQLite. The room's door is `Store`.

    sources.due -> note_poll -> entries.pending -> similar -> save -> clippings.move

One writer at a time; readers beside it (WAL). Rows become values of `clipper.model`, or
of `clipper.store.values`, before they leave; nothing found is NotFound. The tables are
described in `docs/reference/schema.md`.
"""

from .people import Person, Role, Session
from .steps import Step
from .store import Store
from .values import (
    Counts,
    Found,
    Intent,
    Noted,
    Round,
    Saved,
    SourceState,
    Stale,
    Version,
)

__all__ = [
    "Counts",
    "Found",
    "Intent",
    "Noted",
    "Person",
    "Role",
    "Round",
    "Saved",
    "Session",
    "SourceState",
    "Stale",
    "Step",
    "Store",
    "Version",
]
