"""How values are shown: times, numbers, doubts and names in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import g, request, url_for

from clipper import urls
from clipper.model import Doubt, Status
from clipper.store import Role

from . import session
from .language import N_, gettext, language, ngettext
from .office import office
from .routes import Route

DOUBTS: Mapping[str, str] = {
    Doubt.SHORT_TEXT: N_("short text"),
    Doubt.NO_TEXT: N_("no text"),
    Doubt.FEED_ONLY: N_("from the feed only"),
    Doubt.PAYWALL: N_("paywall"),
    Doubt.WALL: N_("consent or robot check"),
    Doubt.OTHER_STORY: N_("perhaps another story"),
    Doubt.BYLINE_IS_OUTLET: N_("byline is the outlet"),
    Doubt.BYLINE_GENERIC: N_("byline names nobody"),
    Doubt.BYLINE_AGENCY: N_("byline is an agency"),
    Doubt.BYLINE_EMAIL: N_("byline is an address"),
    Doubt.NO_DATE: N_("undated"),
    Doubt.FOREIGN_CANONICAL: N_("points at another outlet"),
}
"""What each doubt is called before people."""

STATUSES: Mapping[str, str] = {
    Status.QUEUED: N_("queued"),
    Status.SNOOZED: N_("snoozed"),
    Status.APPROVED: N_("approved"),
    Status.REJECTED: N_("rejected"),
    Status.PUBLISHED: N_("published"),
    Status.WITHDRAWN: N_("withdrawn"),
}

ROLES: Mapping[str, str] = {
    Role.VIEWER: N_("viewer"),
    Role.EDITOR: N_("editor"),
    Role.ADMIN: N_("admin"),
}

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


# ---------------------------------------------------------------- filters


def day(at: datetime | None) -> str:
    """`21 Nov 2026` in the reader's language, "undated" for None."""
    return _day(at.date(), language()) if at else gettext("undated")


@lru_cache(maxsize=2_000)
def _day(at: date, locale: str) -> str:
    from babel.dates import format_date

    return format_date(at, "d MMM y", locale)


def written(at: date) -> str:
    """`21 Nov 2026` of a date without a time."""
    return _day(at, language())


def moment(at: datetime) -> str:
    """`21 Nov 2026, 14:05 UTC`."""
    return f"{day(at)}, {at:%H:%M} UTC"


def ago(at: datetime | None) -> str:
    """`3 h ago`."""
    if at is None:
        return gettext("never")
    seconds = int((office().now() - at).total_seconds())
    for size, unit in _UNITS:
        if seconds >= size:
            return gettext("%(time)s ago") % {"time": f"{seconds // size} {unit}"}
    return gettext("just now")


def number(value: float) -> str:
    """`12,345` or `12.345`."""
    from babel.numbers import format_decimal

    return format_decimal(value, locale=language())


def percent(value: float) -> str:
    """`18 %` of a share between 0 and 1."""
    return f"{value:.0%}".replace("%", " %")


def names(authors: Iterable[str], most: int = 3) -> str:
    """`A, B, C and 4 more`."""
    known = [each[:80] for each in authors]
    more = len(known) - most
    shown = ", ".join(known[:most])
    if more <= 0:
        return shown
    text = ngettext("%(names)s and %(number)d more", "%(names)s and %(number)d more", more)
    return text % {"names": shown, "number": more}


# ---------------------------------------------------------------- globals


def words_of(doubt: str) -> str:
    """A doubt in words."""
    return gettext(DOUBTS[doubt]) if doubt in DOUBTS else doubt


def status_name(status: str) -> str:
    """A status in words."""
    return gettext(STATUSES[status])


def role_name(role: str) -> str:
    """A role in words."""
    return gettext(ROLES[role])


def outlet_name(slug: str) -> str:
    """The outlet as readers know it."""
    if "outlet_names" not in g:
        g.outlet_names = {each.slug: each.name for each in office().config().outlets}
    return str(g.outlet_names.get(slug, slug))


def campaign_name(slug: str) -> str:
    """The campaign's name; a tag that is no campaign's is its own name."""
    if "campaign_names" not in g:
        g.campaign_names = {each.slug: each.name for each in office().config().campaigns}
    return str(g.campaign_names.get(slug, slug))


def asks() -> Any:
    """Who asks, None for a stranger."""
    found = session.session()
    return found.person if found else None


def may(role: str) -> bool:
    """Whether who asks may do what `role` may."""
    found = asks()
    return found is not None and found.role.covers(Role(role))


def config_trouble() -> str:
    """What is wrong with `sources.yaml` since it was changed, in a line; "" when nothing."""
    trouble = office().config.trouble
    return str(trouble.problems[0]) if trouble and trouble.problems else ""


def navigation(links: list[tuple[str, Route]]) -> list[dict[str, Any]]:
    """The links of the navigation that who asks may follow."""
    found = asks()
    module = (request.endpoint or "").split(".")[0]
    return [
        {
            "text": gettext(route.nav),
            "href": url_for(endpoint),
            "here": endpoint.split(".")[0] == module,
        }
        for endpoint, route in links
        if found is not None and (route.role is None or found.role.covers(route.role))
    ]


GLOBALS: Mapping[str, Any] = {
    "person": asks,
    "campaign_name": campaign_name,
    "config_trouble": config_trouble,
    "is_local": lambda: bool(office().settings.local),
    "may": may,
    "outlet_name": outlet_name,
    "role_name": role_name,
    "status_name": status_name,
    "words_of": words_of,
}

FILTERS: Mapping[str, Any] = {
    "ago": ago,
    "day": day,
    "date": written,
    "hostname": urls.host,
    "moment": moment,
    "names": names,
    "number": number,
    "percent": percent,
}
