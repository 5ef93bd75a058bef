"""What the tests of the archive's packages build with: clippings whose pages are archived."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from clipper.archive import Archive, Note
from clipper.model import Hop, Page, Snapshot, Status
from clipper.store import Store

from . import keeping

NOW = keeping.NOW
DAY = timedelta(days=1)
CONFIG = """
outlets:
  - name: The Daily
    slug: daily
    site: https://daily.example
    feed: https://daily.example/feed
campaigns:
  - name: Prison divestment
    query: '"prison shares"'
  - name: Another
    query: zebra
"""


@dataclass
class Stand:
    """A folder with a config, a store and an archive."""

    folder: Path
    store: Store
    archive: Archive

    @property
    def pages(self) -> Path:
        return self.archive.folder

    def clip(
        self,
        key: str,
        title: str,
        text: str,
        *,
        at: datetime = NOW,
        hops: bool = False,
        packed: bool = False,
        status: Status = Status.PUBLISHED,
    ) -> tuple[int, Snapshot]:
        """A clipping whose page is archived, and the page's snapshot."""
        pending = keeping.waiting(self.store, key)
        read = keeping.reading(text=text, url=pending.entry.url, title=title)
        snapshot = self.capture(pending.entry.url, title, text, at=at, hops=hops, packed=packed)
        harvest = replace(keeping.harvest(pending, read), snapshot=snapshot)
        number = self.store.save(harvest, keeping.ALONE, at).clipping
        assert number is not None
        for step in (Status.APPROVED, Status.PUBLISHED):
            if status is not Status.QUEUED:
                self.store.clippings.move(number, step, who="ana", reason="", now=at)
            if step is status:
                break
        return number, snapshot

    def correct(self, number: int, title: str, text: str, at: datetime) -> Snapshot:
        """The outlet changes the article of a clipping, and it is captured again."""
        article = self.store.clippings.get(number).article
        url = article.article.url
        pending = keeping.waiting(self.store, f"again-{number}-{at:%j}")
        read = keeping.reading(text=text, url=url, title=title)
        snapshot = self.capture(url, title, text, at=at)
        with self.store.transaction():
            harvest = replace(keeping.harvest(pending, read), snapshot=snapshot)
            self.store.articles.renew(article.id, harvest, at)
        return snapshot

    def capture(
        self,
        url: str,
        title: str,
        text: str,
        *,
        at: datetime,
        hops: bool = False,
        packed: bool = False,
    ) -> Snapshot:
        body = body_of(title, text)
        headers = (("Content-Type", "text/html; charset=utf-8"),)
        sent = gzip.compress(body, mtime=0) if packed else None
        page = Page(
            url=url,
            asked=f"{url}?from=feed" if hops else url,
            body=body,
            headers=(*headers, ("Content-Encoding", "gzip")) if packed else headers,
            received=sent,
            hops=(Hop(url=f"{url}?from=feed", status=302, headers=(("Location", url),)),)
            if hops
            else (),
            fetched_at=at,
        )
        (snapshot,) = self.archive.capture([page], [Note(fields={"source": "x"}, text=text)])
        return snapshot


def body_of(title: str, text: str) -> bytes:
    blocks = "".join(f"<p>{line}</p>" for line in text.splitlines())
    return f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{blocks}</body></html>".encode()


@contextmanager
def stand_in(folder: Path) -> Iterator[Stand]:
    (folder / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    data = folder / "data"
    with (
        Store.create(data / "clipper.db") as store,
        Archive(data / "archive", now=lambda: NOW, earlier=store.snapshots.with_digest) as archive,
    ):
        keeping.synced(store)
        yield Stand(folder, store, archive)
