"""The door: every error leaves through here, as a sentence and an exit code.

Exit codes: 0 all well · 1 something failed, and stderr says what · 2 wrong usage ·
3 a bug, with a report that can be pasted · 130 interrupted · 143 stopped (SIGTERM).
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from .. import __version__
from ..errors import ClipperError, ConfigError, QueryError
from .root import root

INTERRUPTED = 130
STOPPED = 143

STANDING = frozenset({"run", "schedule", "web"})
"""Commands that end by being stopped: that is no failure of theirs."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    with _stoppable() as stopped:
        code = _run(words)
    if not stopped or code != INTERRUPTED:
        return code
    return 0 if STANDING.intersection(words) else STOPPED


@contextmanager
def _stoppable() -> Iterator[list[int]]:
    """SIGTERM ends a command as Ctrl-C does, from its first moment on; the list then holds it.

    Commands that end in a way of their own put their handlers in place of this one.
    """
    stopped: list[int] = []

    def receive(number: int, frame: object) -> None:
        stopped.append(number)
        raise KeyboardInterrupt

    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield stopped
        return
    signal.signal(signal.SIGTERM, receive)
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _run(words: Sequence[str]) -> int:
    try:
        answer = root.main(args=list(words), prog_name="clipper", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Abort:
        return _say("Interrupted. What was saved stays saved; run it again to go on.", INTERRUPTED)
    except KeyboardInterrupt:
        return _say("Interrupted. What was saved stays saved; run it again to go on.", INTERRUPTED)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except ClipperError as error:
        return _say(told(error), error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`clipper queue | head`): not an error.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (the one broad except)
        return _say(report(error, words), 3)
    return answer if isinstance(answer, int) else 0


def _say(text: str, code: int) -> int:
    click.echo(text, err=True)
    return code


def told(error: ClipperError) -> str:
    """An expected error as the user reads it."""
    if isinstance(error, ConfigError):
        number = len(error.problems)
        head = f"{number} problem{'s' if number != 1 else ''} in the config; nothing was done:"
        return "\n".join([head, *(f"  {problem}" for problem in error.problems)])
    if isinstance(error, QueryError):
        remedy = f"\n{error.remedy}" if error.remedy else ""
        return f"The query can't be read: {error}\n\n{error.caret()}{remedy}"
    return f"clipper: {error}"


def report(error: Exception, words: Sequence[str]) -> str:
    """What a person can paste into an issue. Names no values of the environment."""
    command = words[0] if words else "(none)"
    return "\n".join(
        [
            "This is a bug in clipper, not a mistake of yours. What was saved stays saved.",
            "Please report it, with everything between the lines:",
            "-" * 60,
            f"clipper {__version__} · Python {platform.python_version()} · {platform.system()}",
            f"command: {command}",
            "".join(traceback.format_exception(error)).rstrip(),
            "-" * 60,
        ]
    )
