"""A round of fetching: from sources that are due to clippings in the queue.

    store.due | poll | note_poll | pending | fetch | read | capture | place | save

Threads fetch (waiting overlaps), worker processes read (every core serves), and one
thread, the conductor, writes. The conductor owns the store and the archive; lanes and
workers only hand it values through one queue, so the order of writes is its own.
"""

from .round import Parts, Rhythm, run
from .steps import Counts, Done, Outcome, Polled, Step

__all__ = ["Counts", "Done", "Outcome", "Parts", "Polled", "Rhythm", "Step", "run"]
