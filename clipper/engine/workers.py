"""The parent's side: the pool and its futures."""

from __future__ import annotations

import pickle
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ClipperError
from . import worker

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")

PRELOAD = ("pebble", "feedparser", "lxml.html", "trafilatura")
"""Modules that the fork server imports before the first worker is forked."""

CALLS = 2000
"""Calls after which a worker is replaced: long-lived parsers grow."""

GRACE = 2.0
"""Seconds past the time limit after which a worker ends itself."""


class WorkerTimeout(ClipperError):
    """A call took longer than the pool's `seconds`; its worker was killed."""


class WorkerCrash(ClipperError):
    """A call ended without an answer.

    `reason` is `memory` (the limit was reached), `died` (the process ended), `raised` (the
    function raised; `trace` holds its traceback), `pickle` (call or answer can't travel) or
    `closed` (the pool was closed first).
    """

    def __init__(self, text: str, *, reason: str, trace: str = "") -> None:
        super().__init__(text)
        self.reason = reason
        self.trace = trace


class Workers:
    """A pool of `count` killable processes; a context manager, safe from many threads.

    `seconds` and `megabytes` bound one call: its time, and the memory that its worker may
    take beyond what it had when it was ready. `start`, a picklable callable, makes each
    worker ready. `preload` names the modules that workers find imported.

    Nothing is started before the first `submit`. What is submitted must be importable from
    a module: the main script is never imported in a worker, so that it may be anything.
    Leaving the block waits for calls under way; leaving it by an exception kills them.
    """

    def __init__(
        self,
        count: int,
        seconds: float = 15.0,
        megabytes: int = 500,
        start: Callable[[], object] | None = None,
        *,
        preload: Sequence[str] = PRELOAD,
        calls: int = CALLS,
    ) -> None:
        self.count = max(1, count)
        self.seconds = seconds
        self.megabytes = megabytes
        self._start = start
        self._preload = tuple(preload)
        self._calls = calls
        self._lock = threading.Lock()
        self._pool: Any = None
        self._server: Any = None
        self._closed = False
        self._claims = threading.Lock()
        self._open: set[Future[Any]] = set()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(wait=error is None)

    def submit(self, fn: Callable[..., T], /, *args: object) -> Future[T]:
        """Have a worker call `fn(*args)`.

        The future's result raises WorkerTimeout or WorkerCrash when there is no answer;
        a ClipperError that `fn` raised comes through as it is. Cancelling the future kills
        the call. Raises ClipperError when the pool is closed.
        """
        outer: Future[T] = Future()
        try:
            call = pickle.dumps((fn, args), pickle.HIGHEST_PROTOCOL)
        except (pickle.PicklingError, TypeError, AttributeError, RecursionError) as error:
            outer.set_exception(WorkerCrash(f"The call can't travel: {error}", reason="pickle"))
            return outer
        self._running_pool()  # refuses here and now when all is closed
        with self._claims:
            self._open.add(outer)
        self._try(call, outer, tries=2)
        return outer

    def close(self, *, wait: bool = True) -> None:
        """End all workers and their server; `wait` lets calls under way finish first.

        Without it their futures end with WorkerCrash (`closed`): nobody waits for ever.
        """
        with self._lock:
            self._closed = True
            pool, self._pool = self._pool, None
            server, self._server = self._server, None
        if not wait:
            self._abandon_all()
        if pool is not None:
            _end(pool, wait=wait)
        if server is not None:
            server._stop()
        self._abandon_all()

    def _schedule(self, call: bytes, outer: Future[T], tries: int) -> None:
        inner = self._running_pool().schedule(
            worker.perform, args=(call, self.seconds + GRACE), timeout=self.seconds
        )
        outer.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        inner.add_done_callback(lambda done: self._settle(done, call, outer, tries - 1))

    def _settle(self, inner: Future[bytes], call: bytes, outer: Future[T], tries: int) -> None:
        """Pass a worker's answer on. A pool that broke under a call gets it once more."""
        error = CancelledError() if inner.cancelled() else inner.exception()
        if isinstance(error, BrokenProcessPool) and tries and not self._closed:
            # Off pebble's own thread, which would have to wait for its own end.
            threading.Thread(target=self._try, args=(call, outer, tries), daemon=True).start()
            return
        if not self._claim(outer):
            return
        if error is not None:
            outer.set_exception(self._named(error))
            return
        _deliver(inner.result(), outer)

    def _try(self, call: bytes, outer: Future[T], tries: int) -> None:
        try:
            self._schedule(call, outer, tries)
        except (ClipperError, RuntimeError) as error:  # closed or broken just now
            self._abandon(outer, f"The worker processes broke down: {error}")

    def _claim(self, future: Future[Any]) -> bool:
        """Whether the caller is the one to settle `future`: the first, and nobody cancelled it."""
        with self._claims:
            if future not in self._open:
                return False
            self._open.discard(future)
        return future.set_running_or_notify_cancel()

    def _abandon(self, future: Future[Any], why: str) -> None:
        if self._claim(future):
            future.set_exception(WorkerCrash(why, reason="closed"))

    def _abandon_all(self) -> None:
        with self._claims:
            waiting = tuple(self._open)
        for future in waiting:
            self._abandon(future, "The work was stopped before this was read.")

    def _named(self, error: BaseException) -> ClipperError:
        if isinstance(error, TimeoutError):
            return WorkerTimeout(f"It took longer than {self.seconds:g} seconds and was given up.")
        code = getattr(error, "exitcode", None)
        if code == -signal.SIGALRM:
            return WorkerTimeout(f"It took longer than {self.seconds:g} seconds and was given up.")
        if code == worker.OUT_OF_MEMORY:
            return WorkerCrash(
                f"It needed more than {self.megabytes} MB of memory and was given up.",
                reason="memory",
            )
        return WorkerCrash("The process that read it ended without an answer.", reason="died")

    def _running_pool(self) -> Any:
        with self._lock:
            if self._closed:
                raise ClipperError("The workers are closed; nothing can be submitted.")
            if self._pool is not None and not self._pool.active:
                broken, self._pool = self._pool, None
                _end(broken, wait=False)
            if self._pool is None:
                self._pool = self._new_pool()
            return self._pool

    def _new_pool(self) -> Any:
        from pebble import ProcessPool

        from .forkserver import Context, new_server

        if self._server is None:
            self._server = new_server(self._preload)
        return ProcessPool(
            max_workers=self.count,
            max_tasks=self._calls,
            initializer=worker.begin,
            initargs=(pickle.dumps(self._start), self.megabytes),
            context=Context(self._server),
        )


def _end(pool: Any, *, wait: bool) -> None:
    pool.close() if wait else pool.stop()
    pool.join()


def _deliver(answer: bytes, outer: Future[T]) -> None:
    try:
        kind, value = pickle.loads(answer)  # noqa: S301 - from our own worker
    except (pickle.UnpicklingError, TypeError, AttributeError, ImportError, EOFError) as error:
        kind, value = "failure", worker.Failure(type(error).__name__, str(error), "")
    if kind == "value":
        outer.set_result(value)
    elif kind == "error":
        outer.set_exception(value)
    else:
        outer.set_exception(WorkerCrash(str(value), reason="raised", trace=value.trace))
