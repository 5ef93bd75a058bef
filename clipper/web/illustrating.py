"""An image of the campaign's own beside a story: given in the desk, and shown there."""

from __future__ import annotations

from flask import Response, redirect, request

from clipper import desk
from clipper.errors import NotFound, Refused
from clipper.store import Role

from . import filters, judge_page, security
from .judge_form import version_of
from .language import gettext
from .office import office
from .routes import Answer, Route
from .session import person, say

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def image(number: int) -> Response:
    """The story's image, as it goes out."""
    name = office().store.clippings.get(number).image
    body = office().store.pictures.get(name) if name else None
    if body is None:
        raise NotFound(gettext("this story has no image"))
    kind = _TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    return Response(body, mimetype=kind, headers={"Cache-Control": "private, no-cache"})


def illustrate(number: int) -> Answer:
    """Give the story the image that was sent, or take its image away."""
    sent = request.files.get("image")
    raw = None if "away" in request.form or sent is None else sent.read()
    try:
        if raw == b"" or (raw is None and "away" not in request.form):
            raise Refused(gettext("choose an image first"))
        desk.illustrate(
            office().store, number, raw, who=person().name, now=office().now(),
            alt=request.form.get("alt", ""), version=version_of(request.form),
        )  # fmt: skip
    except Refused as why:
        say(gettext(str(why)), kind="bad")
    else:
        say(gettext("The image is there.") if raw else gettext("The image is gone."))
    return redirect(judge_page.address("show", number, filters.asked()) + "#image", 303)


ROUTES = (
    Route("/clippings/<int:number>/image", image, Role.VIEWER),
    Route(
        "/clippings/<int:number>/illustrate", illustrate, Role.EDITOR, methods=("POST",),
        most=security.MOST_OF_ALL,
    ),
)  # fmt: skip
