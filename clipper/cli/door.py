"""The door: every error leaves through here, as a sentence and an exit code.

Exit codes: 0 all well · 1 something failed, and stderr says what · 2 wrong usage ·
3 a bug, with a report that can be pasted · 130 interrupted.
"""

from __future__ import annotations

import os
import platform
import sys
import traceback
from collections.abc import Sequence

import click

from .. import __version__
from ..errors import ClipperError, ConfigError, QueryError
from .root import root

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        answer = root.main(args=words, prog_name="clipper", standalone_mode=False)
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
