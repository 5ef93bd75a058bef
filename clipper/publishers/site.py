"""A static site: pages of updates, newest first, with a feed for all and for each campaign.

    updates + what stands -> files -> compared -> written beside -> swapped in

The folder belongs to clipper from the first publishing on; a small file in it says
what stands there since when. Other files that somebody puts there later (a domain's
`CNAME`, say) stay.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from clipper import text
from clipper.errors import PublishError
from clipper.model import Receipt, Update
from clipper.publishers import pages, swap
from clipper.publishers.contract import Brought, Check, Failed
from clipper.publishers.pages import SiteSettings
from clipper.publishers.posts import Post

RECORD = ".clipper.json"
"""The file in the site's folder that says what stands there."""

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class _Standing:
    """What the record says of one update. `updated_at` is its date in the feed."""

    revision: str
    headline: str
    sent_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class _Record:
    updates: Mapping[str, _Standing] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What publishing would change: keys of updates, and the headlines to name them by."""

    created: tuple[str, ...] = ()
    amended: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    headlines: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> tuple[str, ...]:
        """One line a change, for people; none when nothing would change."""
        acts = (("new", self.created), ("changed", self.amended), ("taken down", self.withdrawn))
        return tuple(
            f"{act}: {self.headlines.get(key) or key} ({key})" for act, keys in acts for key in keys
        )


def plan(
    updates: Sequence[Update],
    folder: Path,
    settings: SiteSettings,
    posts: Sequence[Post] = (),
) -> Plan:
    """What `publish` would change, without changing it. Raises PublishError like it."""
    record = _read(folder.resolve())
    entries: list[Update | Post] = [*updates, *posts]
    revisions = _revisions(entries)
    known = record.updates
    changed = [key for key in revisions if key in known and known[key].revision != revisions[key]]
    headlines = {key: standing.headline for key, standing in known.items()}
    return Plan(
        created=tuple(key for key in revisions if key not in known),
        amended=tuple(changed),
        withdrawn=tuple(key for key in known if key not in revisions),
        headlines=headlines | {each.key: text.clean(each.headline, 200) for each in entries},
    )


def publish(
    updates: Sequence[Update],
    folder: Path,
    settings: SiteSettings,
    now: datetime,
    posts: Sequence[Post] = (),
) -> tuple[Receipt, ...]:
    """Make `folder` hold the site of exactly these updates and the campaign's own `posts`; a
    receipt for each update, in order. Posts have none: their files are their record.

    When nothing changes, no file is touched and the receipts are those of before. On
    any failure the old site stands whole, and PublishError says what happened: the
    folder holds files that clipper did not write, two updates share a key, the disk is
    full or can't be written.
    """
    folder = folder.resolve()
    entries: list[Update | Post] = [*updates, *posts]
    _revisions(entries)
    try:
        swap.mend(folder)
        record = _read(folder)
        standing = {each.key: _standing(each, record, now) for each in entries}
        files = _files(updates, posts, standing, settings)
        swap.replace(folder, files, frozenset(swap.names(folder)) - record.files - {RECORD})
    except OSError as error:
        reason = error.strerror or str(error)
        raise PublishError(
            f"The site in {folder} could not be written: {reason}. "
            "The old pages stand as they were."
        ) from error
    return tuple(_receipt(update, standing[update.key], folder, settings) for update in updates)


def _revisions(updates: Sequence[Update | Post]) -> dict[str, str]:
    """Keys with their revisions, in order. Raises PublishError for a key that comes twice."""
    twice = [key for key, count in Counter(update.key for update in updates).items() if count > 1]
    if twice:
        raise PublishError(f"Two updates have the key {twice[0]!r}; nothing was published.")
    return {update.key: update.revision for update in updates}


def _standing(update: Update | Post, record: _Record, now: datetime) -> _Standing:
    """Since when this revision stands; an amended one is dated now, a new one as approved."""
    before = record.updates.get(update.key)
    headline = text.clean(update.headline, 200)
    if before is None:
        return _Standing(update.revision, headline, _second(now), _second(update.at))
    if before.revision != update.revision:
        return _Standing(update.revision, headline, _second(now), _second(now))
    return before


def _second(when: datetime) -> datetime:
    return when.astimezone(UTC).replace(microsecond=0)


def _files(
    updates: Sequence[Update],
    posts: Sequence[Post],
    standing: Mapping[str, _Standing],
    settings: SiteSettings,
) -> dict[str, bytes]:
    shown = [pages.show(each, settings, standing[each.key].updated_at) for each in updates]
    shown += [pages.show_own(each, settings, standing[each.key].updated_at) for each in posts]
    files = pages.render(shown, settings)
    files |= {post.image: post.picture for post in posts if post.image}
    bodies = {each.key: each.image.body for each in updates if each.image}
    files |= {each.image: bodies[each.key] for each in shown if each.image and each.key in bodies}
    return files | {RECORD: _written(standing, files)}


def _receipt(update: Update, standing: _Standing, folder: Path, settings: SiteSettings) -> Receipt:
    file = f"updates/{pages.file_name(update.key)}.html"
    where = f"{settings.url.rstrip('/')}/{file}" if settings.url else str(folder / file)
    return Receipt(
        publisher="site",
        key=update.key,
        revision=update.revision,
        where=where,
        sent_at=standing.sent_at,
    )


class Site:
    """The site as a place that is brought to a list of updates in one step; `posts` are the
    campaign's own, which stand among them."""

    name = "site"

    def __init__(self, folder: Path, settings: SiteSettings, posts: Sequence[Post] = ()) -> None:
        self._folder = folder
        self._posts = tuple(posts)
        self._settings = settings

    def plan(self, updates: Sequence[Update]) -> tuple[str, ...]:
        """One line for people per change. Raises PublishError."""
        return plan(updates, self._folder, self._settings, self._posts).lines()

    def bring(self, updates: Sequence[Update], now: datetime) -> Brought | Failed:
        """Make the folder hold the site of exactly these updates; on failure the old stands."""
        try:
            receipts = publish(updates, self._folder, self._settings, now, self._posts)
            return Brought(receipts=receipts)
        except PublishError as error:
            return Failed(text=str(error))

    def check(self) -> tuple[Check, ...]:
        """Whether the folder is clipper's, or empty, and can be written."""
        try:
            _read(self._folder.resolve())
        except PublishError as error:
            return (Check(ok=False, text=f"Folder: {error}"),)
        there = next(one for one in (self._folder, *self._folder.parents) if one.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            return (Check(ok=False, text=f"Folder: {there} can't be written to."),)
        return (Check(ok=True, text=f"Folder: {self._folder} can be written to."),)


# ---------------------------------------------------------------- the record


def _written(standing: Mapping[str, _Standing], files: Mapping[str, bytes]) -> bytes:
    updates = {
        key: {
            "revision": each.revision,
            "headline": each.headline,
            "sent_at": each.sent_at.isoformat(),
            "updated_at": each.updated_at.isoformat(),
        }
        for key, each in standing.items()
    }
    record = {"format": _FORMAT, "updates": updates, "files": sorted(files)}
    return json.dumps(record, indent=1, sort_keys=True).encode("utf-8") + b"\n"


def _read(folder: Path) -> _Record:
    """What stands in the folder; an empty record for a new or empty one."""
    file = folder / RECORD
    try:
        return _parsed(json.loads(file.read_bytes()))
    except FileNotFoundError:
        return _unclaimed(folder)
    except OSError as error:
        raise PublishError(f"{file} can't be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PublishError(
            f"{file} can't be read, so clipper does not know which pages are its own. "
            "Empty the folder and publish again."
        ) from error


def _unclaimed(folder: Path) -> _Record:
    if next(swap.names(folder), None) is not None:
        raise PublishError(
            f"{folder} holds files that clipper did not write. "
            "Name an empty or new folder (for the site itself: publish: site: folder)."
        )
    return _Record()


def _parsed(record: dict[str, object]) -> _Record:
    updates, files = record["updates"], record["files"]
    if record["format"] != _FORMAT or not isinstance(updates, dict) or not isinstance(files, list):
        raise ValueError("not a record of this format")
    known = {
        str(key): _Standing(
            str(each["revision"]),
            str(each["headline"]),
            datetime.fromisoformat(each["sent_at"]),
            datetime.fromisoformat(each["updated_at"]),
        )
        for key, each in updates.items()
    }
    return _Record(known, frozenset(map(str, files)))
