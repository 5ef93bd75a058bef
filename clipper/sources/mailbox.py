"""The kind `mailbox`: a folder of alerts and newsletters, whose letters list stories.

    mark: UIDVALIDITY, newest UID | mailbox.read -> letters | read, in a worker -> entries

The address is an IMAP URL (RFC 5092): `imaps://user@host:port/folder`. Options: `password`,
the environment variable that holds it; `security`; `ca_file`. This kind does not use `fetch`:
letters come through the hand `clipper.mailbox`, which changes nothing in the mailbox.
A letter's own date is no outlet's claim: entries have none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import unquote, urlsplit

from .. import mailbox
from ..config.secret import secret
from ..errors import ClipperError, ConfigError
from ..mailbox import Letter, MailFolder, Post, Unread
from ..model import Entry, Mark, Poll, PollError, Source
from .letters import Contents, read_letter
from .seam import MAX_ENTRIES, Fetch, Parse

FIRST: Final = timedelta(days=14)
"""How far back the first look goes."""


@dataclass(slots=True)
class _Found:
    """What the letters of one look list."""

    entries: dict[str, Entry] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    large: int = 0
    broken: int = 0
    unresolved: int = 0
    last: int = 0


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at a folder of a mailbox; see `clipper.sources.Kind`."""
    try:
        place = place_of(source)
    except ConfigError as error:
        return PollError(kind="secret", text=str(error), temporary=False)
    memory = mark if mark.get("for") == source.address else {}
    validity, last = _number(memory, "validity"), _number(memory, "last")
    answer = mailbox.read(place, validity, last, (now - FIRST).date())
    if isinstance(answer, Unread):
        return PollError(kind=answer.kind, text=answer.text, temporary=answer.temporary)
    found = _read(answer.letters, parse)
    cut = found.last if found.last else answer.last
    kept = {"for": source.address, "validity": str(answer.validity), "last": str(cut)}
    return Poll(
        entries=tuple(found.entries.values()),
        mark=kept,
        unchanged=not answer.letters,
        notes=(*found.notes, *_told(answer, found)),
    )


def place_of(source: Source) -> MailFolder:
    """The folder that a source of this kind names, with its password; raises ConfigError when
    that is not set or can't be read."""
    parts = urlsplit(source.address)
    options = dict(source.options)
    return MailFolder(
        host=parts.hostname or "",
        port=parts.port or 993,
        user=unquote(parts.username or ""),
        password=secret(options.get("password", "CLIPPER_MAILBOX_PASSWORD")).value,
        folder=unquote(parts.path[1:]) or "INBOX",
        security=options.get("security", "tls"),
        ca_file=options.get("ca_file", ""),
    )


def _number(memory: Mark, name: str) -> int:
    value = memory.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 12 else 0


def _read(letters: Sequence[Letter], parse: Parse) -> _Found:
    """All that the letters list; a letter that can't be read costs itself only.

    Past `MAX_ENTRIES` entries the rest of the letters waits for the next look: `last` is then
    the last letter that was read.
    """
    found = _Found()
    for number, letter in enumerate(letters):
        if letter.content is None:
            found.large += 1
            continue
        contents = _contents(letter.content, parse)
        if contents is None:
            found.broken += 1
            continue
        new = [entry for entry in contents.entries if entry.key not in found.entries]
        if number and len(found.entries) + len(new) > MAX_ENTRIES:
            found.last = letters[number - 1].uid
            break
        found.entries.update((entry.key, entry) for entry in new)
        found.unresolved += contents.unresolved
    return found


def _contents(content: bytes, parse: Parse) -> Contents | None:
    try:
        return parse(read_letter, content)
    except ClipperError:
        return None


def _told(post: Post, found: _Found) -> list[str]:
    """What a person should know of this look."""
    notes = []
    if post.renumbered:
        notes.append(
            "The mail server gave all letters new numbers; those of the last two weeks were "
            "looked at again. Nothing is found twice by that."
        )
    if post.waiting or found.last:
        notes.append("More letters wait; they are read at the next look.")
    if found.large:
        most = mailbox.MOST_BYTES // 1_000_000
        notes.append(f"Letters larger than {most} MB that were passed over: {found.large}.")
    if found.broken:
        notes.append(f"Letters that could not be read: {found.broken}.")
    if found.unresolved:
        notes.append(
            f"Stories whose links hide where they lead: {found.unresolved}. Their titles are "
            "kept, their pages can't be had this way: add the outlet itself."
        )
    return notes
