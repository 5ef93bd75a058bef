"""The store: all that clipper keeps in SQLite. The room's door is `Store`.

    sources.due -> note_poll -> entries.pending -> similar -> save -> clippings.move

One writer at a time; readers beside it (WAL). Rows become values of `clipper.model`, or
of `clipper.store.values`, before they leave; nothing found is NotFound. The tables are
described in `docs/reference/schema.md`.
"""

from .captures import Capture
from .people import People, Person, Role, Session
from .queue import Filter, QueueCounts, QueuePage, QueueRow
from .regrouping import Act, Rebuilt
from .rematching import Kept, Standing
from .steps import Step
from .store import Store
from .stories import Copy
from .tags import Origin, Tagged
from .tombstones import Bereft, Held, Tombstone
from .values import (
    Counts,
    Found,
    Intent,
    Noted,
    Round,
    Saved,
    SourceState,
    Version,
)

__all__ = [
    "Act",
    "Bereft",
    "Capture",
    "Copy",
    "Counts",
    "Filter",
    "Found",
    "Held",
    "Intent",
    "Kept",
    "Noted",
    "Origin",
    "People",
    "Person",
    "QueueCounts",
    "QueuePage",
    "QueueRow",
    "Rebuilt",
    "Role",
    "Round",
    "Saved",
    "Session",
    "SourceState",
    "Standing",
    "Step",
    "Store",
    "Tagged",
    "Tombstone",
    "Version",
]
