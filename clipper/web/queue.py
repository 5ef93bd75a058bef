"""The queue page: what waits, filtered and ordered; saved views."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clipper.errors import QueryError, Refused
from clipper.model import Doubt
from clipper.store import Filter, QueueCounts, QueuePage, QueueRow, Role
from clipper.store.queue import MOST_COUNTED, ORDERS, WIRE

from . import filters, shown
from .language import N_, gettext
from .office import office
from .routes import Route
from .session import is_fragment, person, say

ORDER_NAMES = {
    "newest": N_("newest first"),
    "oldest": N_("oldest first"),
    "relevant": N_("most relevant first"),
}
"""What the orders are called before people; the keys are `store.queue.ORDERS`."""

_MOST_NAME = 60
_MOST_TITLE = 180
_JUDGE = "judging.show"


def show() -> Response:
    """The queue, or for htmx its next rows."""
    office().store.clippings.wake(office().now())
    asked = filters.asked()
    found, wrong = _found(asked)
    template = "queue_rows.html" if is_fragment() else "queue.html"
    page = render_template(
        template, found=found, wrong=wrong, asked=asked, values=filters.values(asked),
        address=filters.address, headline=headline, judge=_judging(), first=_after() is None,
        **({} if is_fragment() else _around(asked)),
    )  # fmt: skip
    return make_response(page, 400 if wrong else 200)


def _found(asked: Filter) -> tuple[QueuePage, QueryError | None]:
    """The rows, or what is wrong with the query that was typed."""
    try:
        return office().store.queue.page(asked, office().outlets(), _after()), None
    except QueryError as error:
        return QueuePage(rows=(), after=None), error


def _around(asked: Filter) -> dict[str, Any]:
    """What stands around the rows: counts, choices, saved views."""
    queue = office().store.queue
    counts = queue.counts(asked.status)
    return {
        "counts": counts,
        "choices": choices(counts),
        "total": None if asked.words else queue.count(asked),
        "most": MOST_COUNTED,
        "views": office().store.people.views(person()),
    }


def _after() -> int | None:
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def choices(counts: QueueCounts) -> dict[str, list[tuple[str, str]]]:
    """What the filter form offers: pairs of value and name."""
    config = office().config()
    campaigns = {each.slug for each in config.campaigns}
    return {
        "campaign": [(each.slug, each.name) for each in config.campaigns],
        "outlet": sorted(((each.slug, each.name) for each in config.outlets), key=_by_name),
        "doubt": [
            ("any", gettext("any warning")),
            (WIRE, gettext("agency copy")),
            *((doubt.value, shown.words_of(doubt)) for doubt in Doubt),
        ],
        "tag": [(tag, tag) for tag in counts.tags if tag not in campaigns],
        "assignee": [(name, name) for name in counts.assignees],
        "order": [(name, gettext(ORDER_NAMES[name])) for name in ORDERS],
    }


def headline(row: QueueRow) -> str:
    """What a row is called; a headline too long for a list is cut."""
    text = row.headline or row.title or gettext("(no title)")
    return text if len(text) <= _MOST_TITLE else f"{text[:_MOST_TITLE]}…"


def _judging() -> str:
    """The endpoint of the judging page."""
    return _JUDGE if _JUDGE in current_app.view_functions else ""


def _by_name(pair: tuple[str, str]) -> str:
    return pair[1].casefold()


def keep_view() -> BaseResponse:
    """Save the filter under a name."""
    name = " ".join(request.form.get("name", "").split())[:_MOST_NAME]
    if not name:
        raise Refused(gettext("a view needs a name"))
    asked = filters.read(request.form)
    office().store.people.keep_view(person(), name, filters.address(asked))
    say(gettext("Saved the view “%(name)s”.") % {"name": name})
    return to_queue(asked)


def drop_view() -> BaseResponse:
    """Drop a saved view."""
    name = request.form.get("name", "")[:_MOST_NAME]
    office().store.people.drop_view(person(), name)
    say(gettext("Dropped the view “%(name)s”.") % {"name": name})
    return redirect(url_for("queue.show"), 303)


def to_queue(asked: Filter) -> BaseResponse:
    """Back to the queue as it was filtered."""
    address = filters.address(asked)
    return redirect(url_for("queue.show") + (f"?{address}" if address else ""), 303)


ROUTES = (
    Route("/", show, Role.VIEWER, nav=N_("Queue")),
    Route("/views", keep_view, Role.VIEWER, methods=("POST",)),
    Route("/views/drop", drop_view, Role.VIEWER, methods=("POST",)),
)
