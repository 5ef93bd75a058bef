"""The worker's side: what runs in the process that may be killed."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import traceback
from dataclasses import dataclass
from pathlib import Path

from ..errors import ClipperError

OUT_OF_MEMORY = 97
"""The exit code of a worker that ran out of memory."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception of a worker in words; exceptions themselves may not survive pickling."""

    name: str
    text: str
    trace: str

    def __str__(self) -> str:
        return f"{self.name}: {self.text}"[:500]


_unready: Failure | None = None


def begin(start: bytes, megabytes: int) -> None:
    """Make this worker ready; why it could not be is the answer to each call."""
    global _unready
    # pebble's handler would wait for C code to return; the default ends the process at once.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGALRM))
    try:
        prepare = pickle.loads(start)  # noqa: S301 - from our own parent
        if prepare is not None:
            prepare()
        _limit_memory(megabytes)
    except Exception as error:  # noqa: BLE001 - a dead worker would be replaced for ever
        _unready = _failure(error)


def _limit_memory(megabytes: int) -> None:
    """Bound the address space, where the system can, to what it is now and so much more."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit = pages * resource.getpagesize() + megabytes * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def perform(call: bytes, seconds: float) -> bytes:
    """Do one call, and bring home whatever came of it as bytes that can be unpickled."""
    if _unready is not None:
        return pickle.dumps(("failure", _unready))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        fn, args = pickle.loads(call)  # noqa: S301 - from our own parent
        return pickle.dumps(("value", fn(*args)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except ClipperError as error:
        return _as_it_is(error)
    except Exception as error:  # noqa: BLE001 - a worker's door: its parent gets the sentence
        return pickle.dumps(("failure", _failure(error)))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _as_it_is(error: ClipperError) -> bytes:
    """The error itself when it survives a round trip, else its words."""
    try:
        answer = pickle.dumps(("error", error))
        pickle.loads(answer)  # noqa: S301 - made one line above
    except Exception as other:  # noqa: BLE001 - constructors may ask for anything
        return pickle.dumps(("failure", _failure(other if not str(error) else error)))
    return answer


def _failure(error: BaseException) -> Failure:
    text = str(error)[:2000].encode("utf-8", "replace").decode("utf-8")
    trace = "".join(traceback.format_exception(error))[-8000:]
    return Failure(type(error).__name__, text, trace.encode("utf-8", "replace").decode("utf-8"))
