"""Look again at the pages of published clippings.

store.looks.out -> aftermath.is_due -> fetch -> reading -> archive.capture -> aftermath.compare
-> store.looks.add
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .. import aftermath, reading
from ..aftermath import Finding, Words
from ..archive import Note
from ..model import Article, Clipping, Entry, ExtractError, FetchError, Outlet, Page
from .removed import told
from .round import ROBOTS, Parts, answer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """One published clipping whose page was looked at.

    `findings` is None when the page could not be had just now: the look is made later.
    `before` and `after` are the words of then and now; `after` is None when the page could
    not be read. `detail` says in a sentence what stood in the way. `unarchived` says why the
    page was looked at and not archived; "" when it was.
    """

    clipping: Clipping
    findings: tuple[Finding, ...] | None
    before: Words
    after: Words | None = None
    detail: str = ""
    unarchived: str = ""


def recheck(
    parts: Parts, *, days: Sequence[int] = aftermath.DAYS, only: Sequence[int] = ()
) -> Iterator[Looked]:
    """Look at the pages of published clippings that are due, one after the other.

    `only` are clippings' ids that are looked at whether due or not. Each page is archived
    beside the earlier ones before its look is kept, save one that was removed from the archive
    on purpose: that is looked at alone. Nothing that was published is changed.
    The caller holds the store's lock: a round writes to the same archive.
    """
    now = parts.now()
    for out in parts.store.looks.out():
        wanted = out.clipping in only
        due = aftermath.is_due(out.published_at, out.looked_at, now, days)
        if wanted or (due and not only):
            yield _look(parts, parts.store.clippings.get(out.clipping))


def _look(parts: Parts, clipping: Clipping) -> Looked:
    before = _before(parts, clipping)
    slug = clipping.article.outlet
    outlet = parts.outlets.get(slug, Outlet(slug=slug, name=slug))
    url = clipping.article.article.url
    page = parts.fetcher.get(url, "page", outlet.gap)
    answer = page if isinstance(page, FetchError) else _read(parts, page, clipping, outlet)
    tombstone = parts.store.tombstones.of_article(clipping.article.id)
    looked, snapshot = _judged(clipping, before, answer), None
    if tombstone is not None:
        looked = replace(looked, unarchived=told(tombstone))
    elif isinstance(page, Page):
        snapshot = _capture(parts, page, clipping, answer)
    if looked.findings is not None:
        parts.store.looks.add(
            clipping.id,
            [finding.value for finding in looked.findings],
            parts.now(),
            detail=" ".join(filter(None, (looked.detail, looked.unarchived))),
            title=looked.after.title if looked.after else "",
            # The words of a page that was to be removed are not kept either.
            text=looked.after.text if looked.after and not looked.unarchived else "",
            article=clipping.article.id,
            snapshot=snapshot,
        )
    return looked


def _before(parts: Parts, clipping: Clipping) -> Words:
    """The words last known: those of the last look that could read any, else the frozen ones."""
    for look in reversed(parts.store.looks.of(clipping.id)):
        if look.text:
            return Words(look.title, look.text)
    return Words(clipping.article.article.title, clipping.text)


def _read(parts: Parts, page: Page, clipping: Clipping, outlet: Outlet) -> Article | ExtractError:
    then = clipping.article.article
    entry = Entry(key=then.url, url=then.url, title=then.title)
    answer = answer_of(parts.workers.submit(reading.read, page, entry, outlet))
    return answer if isinstance(answer, ExtractError) else answer.article


def _capture(
    parts: Parts, page: Page, clipping: Clipping, answer: Article | ExtractError | FetchError
) -> int:
    """Archive the page, beside the earlier ones; the row of its snapshot."""
    fields = {
        "outlet": clipping.article.outlet,
        "recheck-of": str(clipping.id),
        "robots": ROBOTS,
        "feed-content": "none",
    }
    words = answer.text if isinstance(answer, Article) else ""
    (snapshot,) = parts.archive.capture([page], [Note(fields=fields, text=words)])
    return parts.store.snapshots.keep(snapshot)


def _judged(
    clipping: Clipping, before: Words, answer: Article | ExtractError | FetchError
) -> Looked:
    if isinstance(answer, Article):
        found = aftermath.compare(clipping, before, answer)
        readable = Finding.UNREADABLE not in found
        after = Words(answer.title, answer.text) if readable else None
        return Looked(clipping=clipping, findings=found, before=before, after=after)
    finding = aftermath.of_error(answer)
    told = None if finding is None else (finding,)
    return Looked(clipping=clipping, findings=told, before=before, detail=answer.text)
