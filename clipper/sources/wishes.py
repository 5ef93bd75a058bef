"""For how long a server says that its answer holds: Cache-Control (RFC 9111, 5.2.2)."""

from __future__ import annotations

import re

from ..model import Page

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
