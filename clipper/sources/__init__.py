"""The kinds of source: how each is looked at, and what it lists.

    source, mark | fetch -> Page | parse, in a worker -> Document | -> Poll | PollError

A kind is a callable (see `Kind`), listed in `KINDS` under the name that `sources.yaml`
uses. It acts only through the `fetch` and `parse` that it is given, knows the time only
from `now`, and remembers only through its mark. What can go wrong out there is a PollError.
"""

from collections.abc import Mapping
from types import MappingProxyType

from . import feed as feed
from . import listing as listing
from . import mailbox as mailbox
from . import site as site
from . import sitemap as sitemap
from . import third_party
from . import wordpress as wordpress
from .due import after_failure, after_success, next_pulse, spaced, weight
from .reading import parse_feed
from .seam import MAX_BODY, MAX_ENTRIES, Document, Fetch, Kind, Link, Parse, here
from .wishes import heeded

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "feed": feed.poll,
        "site": site.poll,
        "sitemap": heeded(sitemap.poll),
        "wordpress": heeded(wordpress.poll),
        "listing": heeded(listing.poll),
        "mailbox": mailbox.poll,
    }
)
"""Each kind of source by its name."""


def kind_of(name: str) -> Kind:
    """The kind of this name: clipper's own, or one that an installed package brings.

    A name that nobody brings gives a kind whose polls fail with a sentence.
    """
    return KINDS.get(name) or third_party.kind_of(name)


__all__ = [
    "KINDS",
    "MAX_BODY",
    "MAX_ENTRIES",
    "Document",
    "Fetch",
    "Kind",
    "Link",
    "Parse",
    "after_failure",
    "after_success",
    "here",
    "kind_of",
    "next_pulse",
    "parse_feed",
    "spaced",
    "weight",
]
