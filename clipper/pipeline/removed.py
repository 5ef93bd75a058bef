"""Pages that were removed from the archive on purpose: they are not captured again."""

from __future__ import annotations

from .. import urls
from ..model import FetchError
from ..store import Store
from ..store.tombstones import Tombstone


def removed(store: Store, *addresses: str) -> FetchError | None:
    """Why a page that is known under one of these addresses must not be captured; None when
    it may be. It is the newest capture of an article that counts: a page of which older ones
    were removed alone goes on being captured."""
    keys = [key for each in addresses if (key := urls.strict_key(each))]
    for article in store.articles.with_url(keys):
        tombstone = store.tombstones.of_article(article)
        if tombstone is not None:
            said = told(tombstone)
            return FetchError(kind="forgotten", text=said, url=addresses[0], temporary=False)
    return None


def told(tombstone: Tombstone) -> str:
    """A tombstone in a sentence."""
    why = f": {tombstone.why.rstrip('.')}" if tombstone.why else ""
    return (
        f"This page was removed from the archive on {tombstone.asked_at:%Y-%m-%d} by "
        f"{tombstone.who}{why}. It is not captured again."
    )
