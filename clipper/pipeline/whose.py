"""Whose story an entry of a mailbox is: the outlet that its address names, not the mailbox.

A source of kind `mailbox` lists stories of many outlets. One whose site is configured owns
its stories; any other is named by its site, as for pages clipped by hand, with the mailbox's
manners and budget. A story without an address belongs to the outlet that the letter names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from .. import text, urls
from ..fetch import Fetcher
from ..model import Outlet, Pending, Source
from ..sources.letters import OUTLET_TAG

MIXED = frozenset({"mailbox"})
"""Kinds of source that list stories of many outlets."""


class Owners:
    """The outlets of one round by their short names, strangers among them once they are met."""

    def __init__(self, outlets: Iterable[Outlet], sources: Iterable[Source]) -> None:
        self.known = {outlet.slug: outlet for outlet in outlets}
        self._by_site: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for outlet in self.known.values():
            for name in (outlet.name, *outlet.aliases):
                self._by_name.setdefault(text.fold(name), outlet.slug)
            self._claim(outlet.site, outlet.slug)
        for source in sources:
            if source.kind not in MIXED and source.outlet in self.known:
                self._claim(source.address, source.outlet)

    def _claim(self, address: str, slug: str) -> None:
        if site := _site(address):
            self._by_site.setdefault(site, slug)

    def own(self, pending: Pending) -> Pending:
        """The entry of a mixed source with the outlet whose story it is."""
        url = pending.entry.url
        named = next((t for t in pending.entry.tags if t.startswith(OUTLET_TAG)), "")
        name = _site(url) if url else named.removeprefix(OUTLET_TAG)
        slug = self._by_site.get(name) if url else self._by_name.get(text.fold(name))
        if not name:
            return pending
        if slug is None:
            slug = text.slug(name) or text.digest(name)[:8]
            mailbox = self.known[pending.outlet]
            stranger = replace(mailbox, slug=slug, name=name, site="", aliases=())
            self.known.setdefault(slug, stranger)
        return replace(pending, outlet=slug)


def _site(url: str) -> str:
    """The registered domain; for an address in numbers, where it stands with its port."""
    site = urls.site(url)
    by_number = site.startswith("[") or site.replace(".", "").isdigit()
    return urlsplit(url).netloc if by_number else site


def strict(fetcher: Fetcher, now: Callable[[], datetime]) -> Fetcher:
    """A fetcher that reaches public addresses only; the same one when it does that already."""
    if not fetcher.network.allow:
        return fetcher
    return Fetcher(replace(fetcher.network, allow=()), now)
