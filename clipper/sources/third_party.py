"""Kinds of source that other packages bring, by the entry point group `clipper.sources`.

An entry point names a kind, a callable as `clipper.sources.Kind` says:

    [project.entry-points."clipper.sources"]
    mastodon = "clipper_mastodon:poll"

Such a package proves with `clipper.testing.check_kind` that it keeps the contract. Whatever
it does, it stops no other source: what it raises, and what it gives that is no poll, is a
PollError of its own source.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .. import text, urls
from ..model import Entry, Mark, Poll, PollError, Source
from . import limits
from .seam import MAX_ENTRIES, Fetch, Kind, Parse

GROUP = "clipper.sources"
MOST_MARK = 20_000
"""Characters that a mark may hold."""


def kind_of(name: str, found: Iterable[EntryPoint] | None = None) -> Kind:
    """The kind of this name; one that always fails, in words, when no package brings it."""
    known = {each.name: each for each in (entry_points(group=GROUP) if found is None else found)}
    if name not in known:
        names = ", ".join(sorted(known)) or "none"
        return _failing(f"No installed package brings the kind {name!r}. Installed: {names}.")
    try:
        kind = known[name].load()
    except Exception as error:  # noqa: BLE001  (a stranger's module may raise anything)
        return _failing(f"The package of the kind {name!r} can't be loaded ({_words(error)}).")
    return _guarded(name, kind)


def _failing(told: str) -> Kind:
    def poll(
        source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
    ) -> Poll | PollError:
        return PollError(kind="plugin", text=told, temporary=False)

    return poll


def _guarded(name: str, kind: Any) -> Kind:
    def poll(
        source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
    ) -> Poll | PollError:
        try:
            given = kind(source, mark, fetch=fetch, parse=parse, now=now)
            if isinstance(given, PollError):
                return replace(given, text=text.clean(given.text, 500))
            if isinstance(given, Poll):
                return _sound(given, now)
        except Exception as error:  # noqa: BLE001  (a stranger's code may raise anything)
            told = f"The package of the kind {name!r} failed ({_words(error)})."
            return PollError(kind="plugin", text=f"{told} Tell those who made it.")
        told = f"The package of the kind {name!r} does not keep the contract: it gave no Poll."
        return PollError(kind="plugin", text=told, temporary=False)

    return poll


def _words(error: Exception) -> str:
    return text.clean(f"{type(error).__name__}: {error}", 200)


def _sound(poll: Poll, now: datetime) -> Poll:
    """The poll within the bounds that hold for all kinds. Raises for what is no entry."""
    entries = tuple(_entry(each, now) for each in poll.entries[:MAX_ENTRIES])
    mark: Mapping[str, str] = {str(name): str(value) for name, value in poll.mark.items()}
    if sum(len(name) + len(value) for name, value in mark.items()) > MOST_MARK:
        raise ValueError(f"its mark is longer than {MOST_MARK:,} characters")
    return replace(
        poll,
        entries=entries,
        mark=mark,
        notes=tuple(text.clean(str(note), 300) for note in poll.notes[:20]),
        left_off=poll.left_off + max(0, len(poll.entries) - MAX_ENTRIES),
        moved_to="",
    )


def _entry(entry: Entry, now: datetime) -> Entry:
    if not entry.key:
        raise ValueError("an entry has no key")
    at = entry.published_at
    if at is not None and (at.tzinfo is None or at > now + timedelta(days=366)):
        at = None
    return Entry(
        key=text.clean(entry.key, 400),
        url=urls.join("", entry.url),
        title=text.clean(entry.title, limits.TITLE),
        byline=text.clean(entry.byline, limits.BYLINE),
        summary=text.clean(entry.summary, limits.SUMMARY),
        content=entry.content[: limits.CONTENT],
        published_at=at,
        published_raw=text.clean(entry.published_raw, limits.RAW_DATE),
        language=entry.language if limits.LANGUAGE.fullmatch(entry.language) else "",
        tags=tuple(text.clean(tag, limits.TAG) for tag in entry.tags[: limits.TAGS]),
    )
