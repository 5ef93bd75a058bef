"""What editors do with a clipping after it was published: take it down, follow the outlet."""

from __future__ import annotations

from flask import redirect, request
from werkzeug.wrappers import Response as BaseResponse

from clipper import desk
from clipper.errors import NotFound, Refused, Stale
from clipper.store import Role

from . import filters, judge_page
from .judge_form import version_of
from .language import gettext
from .office import office
from .routes import Route
from .session import person, say

LOST = frozenset({"gone", "home", "unreadable"})
"""Findings that a link to a copy answers."""


def withdraw(number: int) -> BaseResponse:
    """Decide that a published clipping should stand nowhere; publishing takes it down."""
    reason = request.form.get("withdraw_reason", "")
    try:
        done = desk.withdraw(
            office().store, number, who=person().name, now=office().now(), reason=reason
        )
    except Refused as why:
        say(gettext("Left alone: %(why)s") % {"why": gettext(str(why))}, kind="bad")
    else:
        headline = (done.headline or done.article.article.title)[:120]
        said = gettext("Withdrawn: %(headline)s. The next publishing takes it down everywhere.")
        say(said % {"headline": headline})
    return _back(number)


def retitle(number: int) -> BaseResponse:
    """Show the headline that the outlet shows now; every place follows at the next publishing."""
    store, now = office().store, office().now()
    looks = store.looks.open(number)
    look = next((each for each in looks if "headline" in each.findings and each.title), None)
    if look is None:
        raise NotFound(gettext("nobody has seen another headline there"))
    try:
        desk.reword(
            store, store.clippings.get(number), who=person().name, now=now,
            headline=look.title, version=version_of(request.form), reason="the outlet changed it",
        )  # fmt: skip
    except Stale:
        say(gettext("Somebody changed this story meanwhile; look at it first."), kind="bad")
        return _back(number)
    if all(each.findings == ("headline",) for each in looks):
        store.looks.note(number, person().name, now)
    say(gettext("The new headline is shown at the next publishing."))
    return _back(number)


def relink(number: int) -> BaseResponse:
    """Have *Continue reading* lead to another archive's copy of the page, or to the outlet's
    page again; every place follows at the next publishing."""
    store, now = office().store, office().now()
    clipping = store.clippings.get(number)
    copy = judge_page.copy_of(clipping)
    if not clipping.link and not copy:
        raise NotFound(gettext("no other archive has proved that it has this page"))
    link = "" if clipping.link else copy
    try:
        desk.reword(
            store, clipping, who=person().name, now=now, words=desk.Words(link=link),
            version=version_of(request.form),
            reason="linked to an archived copy" if link else "linked to the outlet again",
        )  # fmt: skip
    except Stale:
        say(gettext("Somebody changed this story meanwhile; look at it first."), kind="bad")
        return _back(number)
    looks = store.looks.open(number)
    if link and looks and all({*each.findings} <= LOST for each in looks):
        store.looks.note(number, person().name, now)
    if link:
        say(gettext("The link leads to the archived copy from the next publishing on."))
    else:
        say(gettext("The link leads to the outlet again from the next publishing on."))
    return _back(number)


def _back(number: int) -> BaseResponse:
    return redirect(judge_page.address("show", number, filters.asked()), 303)


ROUTES = (
    Route("/clippings/<int:number>/withdraw", withdraw, Role.EDITOR, methods=("POST",)),
    Route("/clippings/<int:number>/relink", relink, Role.EDITOR, methods=("POST",)),
    Route("/clippings/<int:number>/retitle", retitle, Role.EDITOR, methods=("POST",)),
)
