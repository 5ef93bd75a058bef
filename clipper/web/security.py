"""What stands before every view, and what every answer carries.

host -> address -> origin -> session -> CSRF token -> role -> view -> headers
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, redirect, request, url_for
from werkzeug.exceptions import SecurityError
from werkzeug.wrappers import Response as BaseResponse

from clipper.store import Session

from . import session as sessions
from .language import gettext
from .office import Office, office
from .routes import Route

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

MOST_BYTES: Final = 262_144
"""The largest request that is read, but for routes that say otherwise."""

MOST_OF_ALL: Final = 8_000_000
"""The largest that any route takes: an image of one's own."""

HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every answer. (OWASP Secure Headers; CSP level 3.)"""

WITHOUT_SESSION: Final = frozenset({None, "static", "health.health", "metrics.metrics"})
"""Endpoints that look at no session and begin none: a monitor asks every minute."""

FORWARDED: Final = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP")


def protect(app: Flask, routes: Mapping[str, Route]) -> None:
    """Have every request pass the guard, and every answer carry the headers.

    `routes` has the row of each endpoint; an endpoint without one is refused.
    """

    def guard() -> BaseResponse | None:
        return _guard(routes.get(request.endpoint or ""))

    app.before_request(guard)
    app.after_request(sessions.set_cookie)
    app.after_request(_add_headers)


def _guard(route: Route | None) -> BaseResponse | None:
    desk = office()
    g.session = None
    if isinstance(request.routing_exception, SecurityError):
        # No page of ours can be made for a host that is not ours: it has no addresses.
        return Response("This is not the name of this desk.\n", 400, mimetype="text/plain")
    if desk.settings.local:
        _refuse_strangers(desk)
    if request.method not in SAFE_METHODS:
        _refuse_other_origins()
    if request.endpoint in WITHOUT_SESSION:
        return None
    g.session = sessions.find() or _local(desk)
    if g.session is not None:
        g.chosen_language = desk.store.people.setting(g.session.person, "language")
    refused = _refuse_role(route) if route is not None and route.most else None
    if refused is not None:
        return refused
    if route is not None and route.most:
        # So much is read only of those who may do it.
        request.max_content_length = route.most
    if request.method not in SAFE_METHODS:
        _refuse_without_token()
    return _refuse_role(route)


def _refuse_strangers(desk: Office) -> None:
    """Serving without log-in is for this machine alone, and not through a proxy."""
    try:
        near = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        near = False
    if not near or any(name in request.headers for name in FORWARDED):
        abort(403)


def _refuse_other_origins() -> None:
    """Only our own pages may send anything (Fetch Metadata; RFC 6454 for older browsers)."""
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if site is not None and site != "same-origin":
        abort(403)
    if origin is not None and not (site and origin == "null") and not _is_ours(origin):
        abort(403)
    if site is None and origin is None:
        abort(403)


def _is_ours(origin: str) -> bool:
    """Whether an origin is the one that was asked; the scheme is the proxy's affair."""
    try:
        return urlsplit(origin).netloc.lower() == request.host.lower() and bool(request.host)
    except ValueError:
        return False


def _refuse_without_token() -> None:
    """Each form of a session carries its token; a stranger's form has none to carry."""
    expected = sessions.csrf_token()
    if not expected:
        return
    given = request.headers.get("X-CSRF") or request.form.get("csrf", "")
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        abort(
            403, gettext("This form is from an earlier session. Go back, reload, and send again.")
        )


def _local(desk: Office) -> Session | None:
    """The local editor needs no log-in: the first page begins the session."""
    if not desk.settings.local or request.method not in SAFE_METHODS:
        return None
    sessions.begin(desk.store.people.local(desk.settings.local, desk.now()))
    return sessions.session()


def _refuse_role(route: Route | None) -> BaseResponse | None:
    if route is None:
        abort(404)
    if route.role is None:
        return None
    if sessions.session() is None:
        return _to_login()
    if not sessions.person().role.covers(route.role):
        abort(403, gettext("Your account may not do this. Ask an admin."))
    return None


def _to_login() -> BaseResponse:
    """To the log-in page, and back again; what was sent is not kept."""
    desk = office()
    if not desk.store.people.have_accounts():
        return redirect(url_for("accounts.welcome"))
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    to = url_for("accounts.login", next=None if back == "/" else back)
    if sessions.is_fragment():
        return Response(status=401, headers={"HX-Redirect": url_for("accounts.login")})
    return redirect(to, 303)


def _add_headers(answer: Response) -> Response:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.endpoint == "static" and answer.status_code in (200, 304):
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.add("Vary", "Cookie")
    return answer


def safe_path(to: str) -> str:
    """A path of this site to go to, or "" when `to` is anything else.

    >>> safe_path("/queue?campaign=x"), safe_path("//evil.example"), safe_path("/\\\\evil")
    ('/queue?campaign=x', '', '')
    """
    plain = all(" " < letter < "\x7f" and letter != "\\" for letter in to)
    return to if plain and to.startswith("/") and not to.startswith("//") else ""
