"""The grants by which more of an outlet may be quoted that have ended, or will soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from ..errors import ClipperError
from ..health import Finding, Level
from .home import Home, now

SOON = timedelta(days=30)
"""How long before its last day a grant is told of."""


def grants(home: Home) -> Iterator[Finding]:
    """Each grant of the config that is over, or whose last day is near."""
    from ..limits import BASES, is_over, lapse

    try:
        outlets = home.config.outlets
    except ClipperError:
        return  # the config's own area tells it
    at = now()
    for outlet in outlets:
        grant = outlet.budget.grant
        if grant is None or grant.until is None or not is_over(grant.until, at + SOON):
            continue
        if is_over(grant.until, at):
            level, text = Level.WARNING, f"{lapse(grant)}, and the usual limits hold again."
            remedy = "Have it renewed and write the new day after `until:`, or remove it."
        else:
            by = f" by {grant.by}" if grant.by else ""
            level, text = Level.NOTE, f"{BASES[grant.basis]}{by} ends on {grant.until:%Y-%m-%d}."
            remedy = "Ask in time to have it renewed; after that day the usual limits hold."
        yield Finding(area="grants", subject=outlet.slug, level=level, text=text, remedy=remedy)
