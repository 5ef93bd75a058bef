"""For how long a server says that its answer holds: Cache-Control (RFC 9111, 5.2.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ..model import FetchError, Mark, Page, Poll, PollError, Source
from .seam import Fetch, Kind, Parse

DAY = 86_400.0
_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?([0-9]{1,12})", re.I | re.ASCII)
_NEVER = re.compile(r"(?:^|[,\s])(?:no-store|no-cache)(?=$|[,\s=])", re.I)


def fresh_for(page: Page) -> float:
    """Seconds for which asking again brings nothing else, a day at most; 0 for no word of it."""
    said = ", ".join(value for name, value in page.headers if name.lower() == "cache-control")[:500]
    found = _AGE.search(said)
    if found is None or _NEVER.search(said):
        return 0.0
    old = page.header("age").strip()
    spent = float(old) if old.isascii() and old.isdigit() and len(old) < 10 else 0.0
    return min(max(float(found[1]) - spent, 0.0), DAY)


def heeded(kind: Kind) -> Kind:
    """The kind, with what its first answer says of how long it holds handed on in the poll."""

    def poll(
        source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
    ) -> Poll | PollError:
        said: list[float] = []

        def noted(url: str, *, purpose: str, headers: Mapping[str, str] = {}) -> Page | FetchError:
            page = fetch(url, purpose=purpose, headers=headers)
            said.append(fresh_for(page) if isinstance(page, Page) else 0.0)
            return page

        found = kind(source, mark, fetch=noted, parse=parse, now=now)
        return replace(found, fresh_for=said[0]) if isinstance(found, Poll) and said else found

    return poll
