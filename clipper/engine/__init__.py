"""Worker processes that can be killed: where foreign feeds and pages are parsed.

A parser that is fed hostile input may run for ever, take all memory or crash. Here it does
so in a process of its own, which is then replaced while the other calls go on.

    submit(fn, *args) -> pickled call -> a worker -> pickled answer -> Future

Workers are forked from a fork server: a small process with one thread that has imported the
heavy modules once, so that a replaced worker starts in milliseconds and never inherits a
lock that some thread of ours held. The server belongs to its `Workers`, and ends with it.

Three things end a call that goes too far: pebble's watch over the time (SIGTERM, which
workers do not handle, so that it ends C code too), an alarm that a worker sets for itself
(so that it dies even when its parent was killed), and the limit of its address space.
"""

from .workers import CALLS, GRACE, PRELOAD, WorkerCrash, Workers, WorkerTimeout

__all__ = ["CALLS", "GRACE", "PRELOAD", "WorkerCrash", "WorkerTimeout", "Workers"]
