"""The one tree of errors that clipper raises.

    ClipperError
    ├── ConfigError          sources.yaml is refused; carries every problem found
    ├── QueryError           a query can't be read; carries position and remedy
    ├── StoreError           the store can't serve
    │   ├── NotAStore        empty, damaged, or another application's file
    │   ├── NewerStore       written by a later clipper
    │   └── StoreBusy        another writer held it past the time-out
    ├── ArchiveError         the archive can't be written or read
    ├── AlreadyRunning       another round holds the lock
    ├── NotFound             nothing has that id
    ├── Refused              an act that the rules do not allow
    │   ├── Stale            the clipping was changed since the person looked
    │   └── OverLimit        an excerpt over its limit, and no reason was given
    └── PublishError         a publisher could not bring its place to the approved state

Expected failures on the way of one entry (a page that answers 404, a feed that
is no feed) are no exceptions but values: `FetchError`, `PollError` and
`ExtractError` in `clipper.model`.

Every message is written for the person who reads it: what happened, where, and
what to do.
"""

from __future__ import annotations

from dataclasses import dataclass


class ClipperError(Exception):
    """Base of all errors that clipper raises on purpose.

    `exit_code` is what the command line ends with (1: something failed).
    """

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a config.

    `path` is the way to the value (`outlets[2].feed`), `line` counts from 1 (0:
    the file as a whole), `remedy` says what to write instead.
    """

    file: str
    line: int
    path: str
    text: str
    remedy: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        spot = f"{self.path}: " if self.path else ""
        return f"{where}: {spot}{self.text}" + (f" {self.remedy}" if self.remedy else "")


class ConfigError(ClipperError):
    """The config is refused as a whole; `problems` lists all that is wrong."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class QueryError(ClipperError):
    """A query that can't be read.

    `start` and `end` are character offsets in `query`; `remedy` says how to mend it.
    """

    def __init__(
        self, text: str, *, query: str, start: int, end: int | None = None, remedy: str = ""
    ) -> None:
        self.text = text
        self.query = query
        self.start = start
        self.end = start + 1 if end is None else end
        self.remedy = remedy
        super().__init__(text)

    def caret(self) -> str:
        """The query's line with a caret under the place, for a fixed-width screen."""
        line_start = self.query.rfind("\n", 0, self.start) + 1
        line = self.query[line_start:].split("\n", 1)[0]
        width = max(1, min(self.end, line_start + len(line)) - self.start)
        return f"{line}\n{' ' * (self.start - line_start)}{'^' * width}"


class StoreError(ClipperError):
    """The store can't serve what was asked."""


class NotAStore(StoreError):
    """The file is empty, damaged or belongs to another application. It is left as it is."""


class NewerStore(StoreError):
    """The store was written by a later version of clipper. It is left as it is."""


class StoreBusy(StoreError):
    """Another process held the store for longer than the time-out."""


class ArchiveError(ClipperError):
    """The archive can't be written or read."""


class AlreadyRunning(ClipperError):
    """Another round is under way on this data folder; not a failure."""

    exit_code = 0


class NotFound(ClipperError):
    """Nothing has the id, slug or name that was asked for."""


class Refused(ClipperError):
    """An act that the rules do not allow now, with the reason in words."""


class Stale(Refused):
    """An act on a clipping that was changed since the person looked at it."""


class OverLimit(Refused):
    """An excerpt that is longer than the house allows, approved without a reason."""


class PublishError(ClipperError):
    """A publisher could not bring its place to the approved state."""
