"""How much of what an outlet published was found: capture–recapture over two routes.

When an outlet has two sources that work independently (a feed and a sitemap, say), what
both of them listed tells how much neither did. The estimate is Chapman's (1951), which is
unbiased for few cases too; the interval is Chao's (1987), on a logarithmic scale, so that it
never claims fewer stories than were seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

LEAST: Final = 7
"""Stories in common under which an estimate is worth nothing (Seber 1982, section 3.2)."""
_NORMAL_95: Final = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """What two sources of one outlet listed in the same time: each, and both."""

    outlet: str
    first: str
    second: str
    by_first: int
    by_second: int
    by_both: int

    @property
    def seen(self) -> int:
        """Stories that either of them listed."""
        return self.by_first + self.by_second - self.by_both


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """How many stories the outlet published by this estimate, with its 95 % interval, and the
    share of them that each source, and both together, listed (0 to 1)."""

    published: float
    lowest: float
    highest: float
    of_first: float
    of_second: float
    of_both: float


def estimate(overlap: Overlap) -> Recall | None:
    """The estimate, or None when too little was listed by both to say anything.

    It holds when the sources miss stories independently of each other. Routes fed from one
    list (two feeds of one section) overlap more, and the estimate is then too low.
    """
    one, other, both = overlap.by_first, overlap.by_second, overlap.by_both
    if both < LEAST:
        return None
    published = (one + 1) * (other + 1) / (both + 1) - 1
    spread = (one + 1) * (other + 1) * (one - both) * (other - both)
    variance = spread / ((both + 1) ** 2 * (both + 2))
    lowest, highest = _interval(overlap.seen, published, variance)
    return Recall(
        published=published,
        lowest=lowest,
        highest=highest,
        of_first=min(1.0, one / published),
        of_second=min(1.0, other / published),
        of_both=min(1.0, overlap.seen / published),
    )


def _interval(seen: int, published: float, variance: float) -> tuple[float, float]:
    unseen = published - seen
    if unseen <= 0 or variance <= 0:
        return float(seen), max(float(seen), published)
    factor = math.exp(_NORMAL_95 * math.sqrt(math.log1p(variance / unseen**2)))
    return seen + unseen / factor, seen + unseen * factor
