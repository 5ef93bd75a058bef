"""A route for Prometheus: by a token, or without one for this machine alone."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import Final

from flask import Response, request

from clipper.health import findings, of_folders
from clipper.reports import metrics as exposition

from .office import Office, office
from .routes import ANYBODY, Answer, Route
from .security import FORWARDED


def metrics() -> Answer:
    """The metrics; 403 for strangers, 503 where the store can't be read."""
    desk = office()
    if not _is_allowed(desk):
        return Response("Not for strangers: send the token.\n", 403, mimetype="text/plain")
    if not desk.store.is_readable():
        return Response("The store can't be read.\n", 503, mimetype="text/plain")
    now = desk.now()
    told = exposition.metrics(
        desk.store.gauges(now),
        (*findings(desk.store.histories.list(now)), *of_folders(desk.store.warcs.folders())),
        exposition.files(desk.archive, desk.store.path),
        now,
    )
    return Response(exposition.text_of(told), content_type=exposition.CONTENT_TYPE)


def _is_allowed(desk: Office) -> bool:
    """With a token set, its bearer alone; else who asks from this machine, and through no
    proxy: behind one, everybody would seem to."""
    if desk.settings.metrics:
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        given = hashlib.sha256(token.strip().encode("utf-8", "replace")).hexdigest()
        return word.lower() == "bearer" and hmac.compare_digest(given, desk.settings.metrics)
    if desk.settings.proxy or any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


ROUTES: Final = (Route("/metrics", metrics, ANYBODY),)
