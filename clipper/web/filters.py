"""The queue's filter as it stands in a URL."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from flask import request

from clipper.model import Status
from clipper.store import Filter
from clipper.store.queue import ORDERS

MOST_LETTERS = 2_000
"""A query longer than this is cut: it would not fit a URL."""

_TEXTS = ("campaign", "outlet", "tag", "assignee", "doubt")
_MOST_TEXT = 200

ANY = "any"


def asked() -> Filter:
    """The filter of this request's URL; what makes no sense there is left out."""
    return read(request.args)


def read(args: Mapping[str, str]) -> Filter:
    """The filter that a query string's values mean."""
    status = args.get("status", Status.QUEUED.value)
    order = args.get("order", ORDERS[0])
    until = _day(args.get("until", ""))
    return Filter(
        status="" if status == ANY else status if status in list(Status) else Status.QUEUED.value,
        since=_day(args.get("since", "")),
        until=until + timedelta(days=1) if until else None,
        words=args.get("words", "").strip()[:MOST_LETTERS],
        order=order if order in ORDERS else ORDERS[0],
        **{name: args.get(name, "").strip()[:_MOST_TEXT] for name in _TEXTS},
    )


def values(asked: Filter) -> dict[str, str]:
    """The values of the query string that `read` takes; the usual ones are left out."""
    found = {name: getattr(asked, name) for name in _TEXTS}
    found |= {
        "status": "" if asked.status == Status.QUEUED else asked.status or ANY,
        "since": f"{asked.since:%Y-%m-%d}" if asked.since else "",
        "until": f"{asked.until - timedelta(days=1):%Y-%m-%d}" if asked.until else "",
        "words": asked.words,
        "order": "" if asked.order == ORDERS[0] else asked.order,
    }
    return {name: value for name, value in found.items() if value}


def address(asked: Filter, **others: str) -> str:
    """The query string of a filter, with some values replaced ("" takes one away)."""
    merged = values(asked) | others
    return urlencode({name: value for name, value in merged.items() if value})


def _day(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None
