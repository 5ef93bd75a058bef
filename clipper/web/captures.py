"""What an article's page said over time: the captures, each shown inert, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from flask import Response, render_template, request, url_for
from markupsafe import escape

from clipper import evidence
from clipper.engine import WorkerCrash, Workers, WorkerTimeout
from clipper.errors import NotFound
from clipper.evidence import Shown
from clipper.extract import inert
from clipper.model import Page
from clipper.store import Role

from . import filters, shown
from .language import gettext, language
from .office import office
from .routes import Route

POLICY: Final = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""For a captured page: it may load nothing, run nothing and send nothing; an origin of its own."""

SECONDS: Final = 10.0
MEGABYTES: Final = 400


def show(number: int) -> str:
    """The captures of a clipping's article."""
    clipping = office().store.clippings.get(number)
    found = _captures(number)
    return render_template(
        "captures.html", clipping=clipping, found=found, back=_back(number),
        pairs=[(one.capture.number, two.capture.number) for one, two in pairwise(_readable(found))],
    )  # fmt: skip


def page(number: int, capture: int) -> Response:
    """One captured page, inert: its words, when it was captured, and its digest."""
    each = _capture(number, capture)
    if each.event is None or each.capture.snapshot is None:
        raise NotFound(gettext("the archive can’t give this page"))
    told = _inert(each.event.page)
    snapshot = each.capture.snapshot
    banner = gettext(
        "Captured %(when)s from %(url)s. Shown without scripts, styles, pictures and links; "
        "what you see may differ from what readers saw. SHA-256 of the page as it came: %(digest)s"
    ) % {
        "when": shown.moment(snapshot.captured_at),
        "url": snapshot.url[:500],
        "digest": snapshot.digest,
    }
    body = (
        f'<!doctype html><html lang="{language()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="robots" content="noindex">'
        f"<title>{escape(each.capture.title)}</title></head><body>"
        f"<p><strong>{escape(banner)}</strong></p><hr>{told}</body></html>"
    )
    return Response(body, mimetype="text/html", headers={"Content-Security-Policy": POLICY})


def changes(number: int) -> str:
    """What changed in headline and text from one capture to another, by words."""
    old = _capture(number, request.args.get("old", 0, int))
    new = _capture(number, request.args.get("new", 0, int))
    headline, text = evidence.compared(old.capture, new.capture)
    return render_template(
        "capture_changes.html", clipping=office().store.clippings.get(number), old=old, new=new,
        headline=headline, text=text, back=url_for("captures.show", number=number),
    )  # fmt: skip


def _captures(number: int) -> list[Shown]:
    article = office().store.clippings.get(number).article
    return list(evidence.shown(office().store, office().shelf or office().archive, article.id))


def _readable(found: Sequence[Shown]) -> list[Shown]:
    """Those whose words can be compared: of a wall, or of a page without words, none are kept."""
    return [each for each in found if each.capture.text or not each.capture.is_look]


def _capture(number: int, capture: int) -> Shown:
    found = (each for each in _captures(number) if each.capture.number == capture)
    each = next(found, None)
    if each is None:
        raise NotFound(gettext("there is no such capture"))
    return each


def _inert(page: Page) -> str:
    """The page's words as HTML, read in a process that can be killed: it is foreign markup."""
    try:
        with Workers(1, SECONDS, MEGABYTES, preload=("pebble", "clipper.extract.inert")) as workers:
            told = workers.submit(inert.inert, page).result()
    except (WorkerCrash, WorkerTimeout):
        told = None
    if told is None:
        return f"<p>{escape(gettext('This page can’t be shown here.'))}</p>"
    return told


def _back(number: int) -> str:
    text = filters.address(filters.asked())
    return url_for("judging.show", number=number) + (f"?{text}" if text else "")


ROUTES = (
    Route("/clippings/<int:number>/captures", show, Role.VIEWER),
    Route("/clippings/<int:number>/captures/<int:capture>", page, Role.VIEWER),
    Route("/clippings/<int:number>/captures/changes", changes, Role.VIEWER),
)
