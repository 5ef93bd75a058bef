"""One act on many stories of a filter: first what it would do, then doing it."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clipper import desk
from clipper.errors import Refused
from clipper.model import Budget
from clipper.store import Role

from . import filters, judge_form
from .language import gettext, ngettext
from .office import office
from .queue import to_queue
from .routes import Route
from .session import person, say
from .shown import STATUSES

_MOST_SAID = 3


def preview() -> str:
    """What the act would do to each story chosen; nothing is changed yet."""
    many = _many()
    found = desk.preview(office().store, _chosen(), many, _budget, office().now())
    return render_template(
        "judge_bulk_preview.html", many=many, found=found, asked=filters.asked(),
        able=[each for each in found if not each.refusal],
        address=filters.address(filters.asked()), kept=_kept(), in_words=_in_words,
    )  # fmt: skip


def _in_words(value: str) -> str:
    """A status or a refusal in the reader's language; an editor's own word as it is."""
    return gettext(STATUSES.get(value, value)) if value else ""


def _chosen() -> list[int]:
    """The stories ticked, or all that the filter leaves."""
    if "all" in request.form:
        asked = filters.asked()
        if asked.words:
            raise Refused(gettext("with a search, tick the stories instead"))
        return list(office().store.queue.ids(asked, desk.MOST))
    ticked = [text for text in request.form.getlist("story") if text.isdigit() and len(text) < 18]
    if not ticked:
        raise Refused(gettext("tick the stories first, or choose all of the filter"))
    return [int(text) for text in ticked]


def _many() -> desk.Many:
    form = request.form
    kind = form.get("kind", "")
    return desk.Many(
        kind=kind,
        reason=form.get("reject_reason", "") if kind == "reject" else form.get("reason", ""),
        until=judge_form.until_of(form, office().now()) if kind == "snooze" else None,
        to=form.get("assignee", ""),
        tag=" ".join(form.get("with_tag", "").split())[:200],
    )


def _kept() -> dict[str, str]:
    names = ("kind", "reject_reason", "reason", "until", "until_day", "assignee", "with_tag")
    return {name: request.form[name] for name in names if request.form.get(name)}


def _budget(outlet: str) -> Budget:
    return office().outlet(outlet).budget


def act() -> BaseResponse:
    """Do it to the stories as they were shown; those changed since are left alone."""
    by: dict[str, Any] = {"who": person().name, "now": office().now(), "bulk": office().token()}
    done = desk.act(office().store, _versions(), _many(), _budget, **by)
    number = len(done.changed)
    undo = f"{url_for('judging.undo')}?{filters.address(filters.asked())}".rstrip("?")
    text = ngettext("Done for one story.", "Done for %(number)d stories.", number)
    say(text % {"number": number}, undo=undo if number else "", kind="good" if number else "bad")
    for _, why in done.left[:_MOST_SAID]:
        say(gettext("Left alone: %(why)s") % {"why": gettext(why)}, kind="plain")
    return to_queue(filters.asked())


def _versions() -> list[tuple[int, int]]:
    """Pairs of id and version, written `ID.VERSION`."""
    pairs = (text.partition(".")[::2] for text in request.form.getlist("story")[: desk.MOST])
    return [(int(a), int(b)) for a, b in pairs if a.isdigit() and b.isdigit() and len(a + b) < 18]


ROUTES = (
    Route("/bulk", preview, Role.EDITOR, methods=("POST",)),
    Route("/bulk/act", act, Role.EDITOR, methods=("POST",)),
)
