"""Clipping by hand: a page pasted, bookmarked or shared, brought to the judging page."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from clipper import urls
from clipper.errors import Refused
from clipper.model import ExtractError, FetchError, Outlet
from clipper.pipeline.byhand import Clipped, Rules, Why, clip
from clipper.store import Role

from . import shown
from .language import N_, gettext
from .office import office
from .routes import ANYBODY, Answer, Route
from .session import person, say

REASONS: Mapping[Why, str] = {
    Why.QUEUED: N_("It is before the editors already."),
    Why.UNMATCHED: N_("Clipped. It had been fetched before, but no query matched."),
    Why.WAITING: N_("Clipped. It had not been fetched yet, though %(detail)s lists it."),
    Why.FAILED: N_("Clipped. Its page could not be had before: %(detail)s"),
    Why.UNLISTED: N_("Clipped. No source of %(detail)s had listed it."),
    Why.UNFOLLOWED: N_("Clipped. %(detail)s is not among the sources."),
}
"""Why a page had not been found by itself."""

_WEB = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)
_BOOKMARKLET = "javascript:location.href='{}?url='+encodeURIComponent(location.href)"


def show() -> str:
    """The form, filled in by the bookmarklet or by what a phone shared."""
    return _form(shared(request.args))


def _form(address: str, **told: Any) -> str:
    page = url_for("byhand.show", _external=True)
    return render_template(
        "byhand.html", address=address, bookmarklet=_BOOKMARKLET.format(page), **told
    )


def shared(values: Mapping[str, str]) -> str:
    """The first web address in what was shared; apps put it into the text as often as not."""
    texts = (values.get(name, "")[: urls.MAX_LENGTH * 2] for name in ("url", "text", "title"))
    found = next((match[0] for text in texts if (match := _WEB.search(text))), "")
    return found[: urls.MAX_LENGTH]


def take() -> Answer:
    """Fetch the page, put it before the editors, and go to where it is judged."""
    address = request.form.get("url", "").strip()
    config = office().config()
    stranger = Outlet(slug="", name="", budget=config.budget)
    rules = Rules(campaigns=config.campaigns, lists=config.lists, stranger=stranger)
    try:
        with office().hands() as parts:
            found = clip(parts, rules, address, who=person().name)
    except Refused as error:
        return _refused(address, str(error), 400)
    if isinstance(found, FetchError | ExtractError):
        return _refused(address, found.text, 422)
    say(sentence(found), kind="plain" if found.why is Why.QUEUED else "good")
    return redirect(url_for("judging.show", number=found.clipping), 303)


def _refused(address: str, why: str, code: int) -> Response:
    return make_response(_form(address[: urls.MAX_LENGTH], trouble=why[:500]), code)


def sentence(found: Clipped) -> str:
    """Why the page had not been found, and what the queries make of it."""
    detail = shown.outlet_name(found.detail) if found.why is Why.WAITING else found.detail
    first = gettext(REASONS[found.why]) % {"detail": detail}
    names = ", ".join(shown.campaign_name(slug) for slug in found.campaigns)
    if names:
        return f"{first} {gettext('It belongs to %(names)s.') % {'names': names}}"
    if not found.misses:
        return first
    miss = found.misses[0]
    told = {"campaign": shown.campaign_name(miss.campaign), "miss": f"{miss.text} {miss.nearest}"}
    nearest = gettext("No query wants it; the nearest miss is that of %(campaign)s: %(miss)s")
    return f"{first} {nearest % told}".strip()[:1000]


def manifest() -> Response:
    """What a phone reads to offer the desk where pages are shared (W3C Web App Manifest,
    Web Share Target)."""
    told = {
        "name": "clipper",
        "short_name": "clipper",
        "start_url": url_for("queue.show"),
        "scope": "/",
        "display": "minimal-ui",
        "icons": [{"src": url_for("static", filename="icon.svg"), "sizes": "any",
                   "type": "image/svg+xml"}],
        "share_target": {
            "action": url_for("byhand.show"),
            "method": "GET",
            "params": {"title": "title", "text": "text", "url": "url"},
        },
    }  # fmt: skip
    return Response(json.dumps(told), mimetype="application/manifest+json")


ROUTES = (
    Route("/clip", show, Role.EDITOR, nav=N_("Clip by hand")),
    Route("/clip", take, Role.EDITOR, methods=("POST",)),
    Route("/manifest.webmanifest", manifest, ANYBODY),
)
