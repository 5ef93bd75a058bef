"""Links from the morning brief: a page that asks, and the act once the person says yes.

Nobody need be logged in: the signature says who acts, and the config whether they may. A GET
changes nothing, for programs that look through mail follow links.
"""

from __future__ import annotations

from datetime import timedelta

from flask import abort, redirect, render_template, request, url_for

from clipper.desk import links
from clipper.errors import Refused, Stale
from clipper.model import Clipping, Status

from . import passwords
from .judge_page import REASONS
from .language import gettext
from .office import office
from .routes import ANYBODY, Answer, Route
from .shown import moment

FREE_TRIES = 10
"""Wrong links from one address before it has to wait."""


def show(token: str) -> Answer:
    """What the link would do, in whose name, and a button."""
    return _page(_link(token), token)


def act(token: str) -> Answer:
    """Do it, once; what is wrong with that is said on the same page."""
    link = _link(token)
    desk = office()
    clipping = desk.store.clippings.get(link.clipping)
    budget = desk.outlet(clipping.article.outlet).budget
    version, reason = request.form.get("version", 0, int), request.form.get("reason", "")[:200]
    try:
        links.follow(
            desk.store, link, now=desk.now(), budget=budget, version=version, reason=reason
        )
    except Stale:
        wrong = gettext("Somebody changed this story since you looked. Look again, then decide.")
        return _page(link, token, wrong), 409
    except Refused as error:
        said = gettext(str(error))
        return _page(link, token, said[:1].upper() + said[1:] + "."), 409
    return redirect(url_for("links.show", token=token), 303)


def _page(link: links.Link, token: str, wrong: str = "") -> str:
    desk = office()
    clipping = desk.store.clippings.get(link.clipping)
    return render_template(
        "brief_link.html", link=link, token=token, wrong=wrong, clipping=clipping,
        over=_over(link, clipping), update=_update(clipping),
        reasons=[(key, gettext(name)) for key, name in REASONS.items() if key != "other"],
    )  # fmt: skip


def _update(clipping: Clipping) -> object:
    """The update as it would stand in public."""
    from clipper.desk import update_of

    config = office().config()
    names = {campaign.slug: campaign.name for campaign in config.campaigns}
    return update_of(clipping, office().outlet(clipping.article.outlet), config.attribution, names)


def _over(link: links.Link, clipping: Clipping) -> str:
    """Why the link serves no more, "" while it does."""
    desk = office()
    use = links.used(desk.store, link)
    if use is not None:
        words = {
            links.APPROVE: gettext(
                "You approved this story here on %(when)s. The link is used up."
            ),
            links.REJECT: gettext("You rejected this story here on %(when)s. The link is used up."),
        }
        return words[use.act] % {"when": moment(use.used_at)}
    if desk.now() > link.expires_at:
        return gettext("This link served until %(when)s.") % {"when": moment(link.expires_at)}
    if clipping.status is not Status.QUEUED:
        return gettext("This story was judged already.")
    return ""


def _link(token: str) -> links.Link:
    """What the link stands for; 404 for one that is none of ours, 429 after too many of those."""
    desk = office()
    plan, key = desk.config().brief, desk.link_key()
    if plan is None or not plan.links or not key:
        abort(404)
    where = f"link {passwords.network(request.remote_addr or '')}"
    failures, last_at = desk.store.people.failures(where)
    pause = passwords.wait(failures, FREE_TRIES, last_at, desk.now())
    if pause > timedelta(0):
        abort(429, gettext("Too many wrong links from here. Wait a while, then try again."))
    try:
        return links.read(token, key, plan.editors)
    except links.Forged:
        if last_at is not None and desk.now() - last_at > passwords.FORGOTTEN:
            desk.store.people.forget_failures(where)
        desk.store.people.note_failure(where, desk.now())
        abort(404)


ROUTES = (
    Route("/brief/<token>", show, ANYBODY),
    Route("/brief/<token>", act, ANYBODY, ("POST",)),
)
