"""A fork server of our own, and the multiprocessing context that forks workers from it.

The standard library's is one for the whole process, never ends before it, and has each
worker import the main script again. That goes wrong for a script without the
`if __name__ == "__main__"` guard, and is wasted time for all others. This one imports
what it is told to, and nothing else.

Source: CPython's `multiprocessing.forkserver` and `popen_forkserver`, the same from 3.11
to 3.14 in what is used here.
"""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Sequence
from functools import partial
from multiprocessing import context, popen_forkserver, reduction, resource_tracker, spawn, util
from multiprocessing.forkserver import ForkServer, read_signed
from typing import Any


def new_server(preload: Sequence[str]) -> ForkServer:
    """Start a fork server that has imported the modules `preload`."""
    server = ForkServer()
    server.set_forkserver_preload(list(preload))
    resource_tracker.ensure_running()
    # Ctrl-C reaches all processes of a terminal: the server must not die of it while it imports.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT,))
    try:
        server.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return server


class Context(context.ForkServerContext):
    """A multiprocessing context whose processes come from `server`."""

    def __init__(self, server: ForkServer) -> None:
        super().__init__()
        self.Process = partial(_Process, server)  # type: ignore[assignment, misc]


class _Process(context.ForkServerProcess):
    def __init__(self, server: ForkServer, **wishes: Any) -> None:
        super().__init__(**wishes)
        self.server = server

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "server"}

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - the name that multiprocessing calls
        return _Popen(process_obj)


class _Popen(popen_forkserver.Popen):
    def _launch(self, process_obj: Any) -> None:
        preparation = spawn.get_preparation_data(process_obj.name)
        for key in ("init_main_from_name", "init_main_from_path"):
            preparation.pop(key, None)
        message = io.BytesIO()
        context.set_spawning_popen(self)
        try:
            reduction.dump(preparation, message)
            reduction.dump(process_obj, message)
        finally:
            context.set_spawning_popen(None)
        self.sentinel, writer = process_obj.server.connect_to_new_process(
            self._fds  # type: ignore[attr-defined]
        )
        # The child sees by the end of this pipe that its parent is gone.
        kept = os.dup(writer)
        self.finalizer = util.Finalize(self, _close, (kept, self.sentinel))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(message.getbuffer())
        self.pid = read_signed(self.sentinel)


def _close(*numbers: int) -> None:
    for number in numbers:
        os.close(number)
