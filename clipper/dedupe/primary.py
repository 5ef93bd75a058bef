"""Which of a story's copies stands for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from .. import urls
from ..model import StoredArticle

# Agencies that publish under an address of their own: the credit as it is printed -> their
# sites. An outlet named like the agency needs no entry.
_AGENCY_SITES: Mapping[str, tuple[str, ...]] = {
    "ap": ("apnews.com", "ap.org"),
    "associatedpress": ("apnews.com", "ap.org"),
    "reuters": ("reuters.com",),
    "afp": ("afp.com",),
    "agencefrancepresse": ("afp.com",),
    "efe": ("efe.com",),
    "europapress": ("europapress.es",),
    "dpa": ("dpa.com", "dpa-international.com"),
    "upi": ("upi.com",),
    "unitedpressinternational": ("upi.com",),
    "ansa": ("ansa.it",),
    "baycitynews": ("localnewsmatters.org", "baycitynews.com"),
    "calmatters": ("calmatters.org",),
    "propublica": ("propublica.org",),
    "themarshallproject": ("themarshallproject.org",),
    "kffhealthnews": ("kffhealthnews.org",),
    "statesnewsroom": ("statesnewsroom.com",),
    "theconversation": ("theconversation.com",),
}


def primary(
    copies: Sequence[StoredArticle],
    *,
    chosen: int | None = None,
    priority: Mapping[str, int] | None = None,
) -> StoredArticle:
    """The copy that is credited: the first of these that tells copies apart.

    1. the editor's choice (`chosen`, an article's id); 2. the outlet's `priority` (by
    slug, higher goes first, 0 when unnamed); 3. the agency's own publication of it; 4.
    the most complete text; 5. the one published first; 6. the one stored first. Raises
    ValueError when there are no copies.
    """
    order = priority or {}
    wires = {_letters(copy.article.wire) for copy in copies if copy.article.wire}
    longest = max(len(copy.article.text) for copy in copies)

    def merit(copy: StoredArticle) -> tuple[bool, int, bool, bool, float, int]:
        at = copy.article.published_at or copy.first_seen_at
        return (
            copy.id == chosen,
            order.get(copy.outlet, 0),
            _is_agency(copy, wires),
            # A corrected comma must not outrank the copy that was there first.
            len(copy.article.text) >= _NEARLY * longest,
            -at.timestamp(),
            -copy.id,
        )

    return max(copies, key=merit)


_NEARLY = 0.95


def _is_agency(copy: StoredArticle, wires: set[str]) -> bool:
    if _letters(copy.outlet) in wires:
        return True
    site = urls.site(copy.article.url) if urlsplit(copy.article.url).netloc else ""
    return any(site in _AGENCY_SITES.get(wire, ()) for wire in wires)


def _letters(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())
