"""Taking in pages that others archived: they go through the same pipe as all else.

    archive.foreign.pages -> known? | read, in a worker -> capture | place | save -> Taken

The time of a capture is what its file says; the archive notes beside it which file that was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from .. import dedupe, reading
from ..archive import Note
from ..archive.foreign import Passed, pages
from ..model import Entry, ExtractError, Harvest, Outlet, Page, Reading
from .byhand import Rules, outlet_of
from .removed import removed
from .round import Parts, answer_of

EARLIER = "a capture as new as this one is kept already"
FRONT = "an outlet's front page, which is no story"
"""A crawl nearly always holds it, and it is full of other stories' words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A page that was taken in: its article, and its clipping when a query queued it."""

    url: str
    article: int
    clipping: int | None
    is_new: bool


def take_in(parts: Parts, rules: Rules, path: Path) -> Iterator[Taken | Passed]:
    """Take in the pages of the web archive at `path`, one after the other.

    What can't be taken is told and passed over. The caller holds the store's lock. Raises
    ArchiveError when the file is no web archive, or ours can't be written.
    """
    for found in pages(path, parts.now()):
        yield found if isinstance(found, Passed) else take(parts, rules, found, path.name)


def take(parts: Parts, rules: Rules, page: Page, name: str) -> Taken | Passed:
    """Take in one page out of the web archive of that name, as `take_in` does.

    Raises ArchiveError when ours can't be written.
    """
    if _is_front(page.url):
        return Passed(page.url, FRONT)
    if (gone := removed(parts.store, page.url)) is not None:
        return Passed(page.url, gone.text)
    known = parts.store.byhand.known(page.url)
    if known.article is not None:
        there = parts.store.articles.get(known.article)
        if there.snapshot is not None and there.fetched_at >= page.fetched_at:
            return Passed(page.url, EARLIER)
    outlet = outlet_of(parts, rules, known, page.url)
    entry = Entry(key=page.url, url=page.url)
    answer = answer_of(parts.workers.submit(reading.read, page, entry, outlet))
    if isinstance(answer, ExtractError):
        return Passed(page.url, answer.text)
    return _save(parts, page, outlet, answer, name)


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _save(parts: Parts, page: Page, outlet: Outlet, answer: Reading, name: str) -> Taken:
    store, now = parts.store, parts.now()
    fields = {
        "outlet": outlet.slug,
        "imported-from": name,
        "imported-at": now.isoformat(),
        "feed-content": "none",
    }
    note = Note(fields=fields, text=answer.article.text, asked=False)
    # A kill after the capture left it without an article: it is not captured again.
    left = store.snapshots.made_of(page.url, page.fetched_at, sha256(page.body).hexdigest())
    (snapshot,) = (left,) if left else parts.archive.capture([page], [note])
    with store.transaction():
        pending = store.byhand.enter(page.url, outlet, now, key=f"{page.url} {snapshot.digest}")
        seen = dedupe.newcomer(answer.article, answer.fingerprint, outlet.slug, page.fetched_at)
        harvest = Harvest(pending=pending, reading=answer, newcomer=seen, snapshot=snapshot)
        saved = store.save(harvest, dedupe.place(*store.similar(harvest)), now)
    assert saved.article is not None
    return Taken(
        url=page.url,
        article=saved.article,
        clipping=saved.clipping,
        is_new=saved.version == 1,
    )
