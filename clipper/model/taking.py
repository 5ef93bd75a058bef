"""Folders of web archives, and what became of each file in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class FileState(StrEnum):
    """How far a web archive in a folder came."""

    WAITING = "waiting"
    """It was changed a moment ago: it may still be being written."""
    BEGUN = "begun"
    """It is being taken in; one that stays so was cut off by a kill."""
    PARTLY = "partly"
    """It is taken in as far as `records`; the next round goes on."""
    TAKEN = "taken"
    COPY = "copy"
    """Byte for byte one that was taken in under another name."""
    DAMAGED = "damaged"
    """It is no web archive, or damaged; what was whole in it is taken."""
    TOO_LARGE = "too-large"
    LINK = "link"
    UNREADABLE = "unreadable"
    GIVEN_UP = "given-up"
    """Clipper was ended again and again while it took it in."""


TROUBLED = frozenset(
    {
        FileState.DAMAGED,
        FileState.TOO_LARGE,
        FileState.LINK,
        FileState.UNREADABLE,
        FileState.GIVEN_UP,
    }
)
"""States of which somebody is told: a person has to do something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFile:
    """A web archive in a folder. `name` is its way from there.

    `size` is in bytes, `changed` its time of change in nanoseconds since 1970, `digest` its
    SHA-256, "" while it was not read. Of its records `records` were looked at: `pages` were
    taken in, `queued` of them queued, `known` were there already, and `passed` says of how
    many why not. `tries` are those that a kill ended. `there`: it lay there at the last look.
    """

    folder: str
    name: str
    state: FileState
    size: int
    changed: int
    seen_at: datetime
    digest: str = ""
    why: str = ""
    pages: int = 0
    queued: int = 0
    known: int = 0
    passed: Mapping[str, int] = field(default_factory=dict)
    records: int = 0
    tries: int = 0
    ended_at: datetime | None = None
    there: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WarcFolderState:
    """A folder of web archives as it stood at `looked_at`, None before the first look.

    `fault` says why it can't be read, `unread` names inner folders that can't, `more`: more
    lies there than is looked at. `files` counts those that lie there by state, `pages` are
    those in them that clipper has. `troubled` are the first of those that need a person.
    """

    folder: str
    name: str
    looked_at: datetime | None = None
    fault: str = ""
    unread: tuple[str, ...] = ()
    more: bool = False
    files: Mapping[FileState, int] = field(default_factory=dict)
    pages: int = 0
    troubled: tuple[WarcFile, ...] = ()
