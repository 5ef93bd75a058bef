"""Pages for what goes wrong: they say what to do, and echo nothing that was sent."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Flask, Response, make_response, render_template
from werkzeug.exceptions import HTTPException

from clipper.errors import (
    ClipperError,
    ConfigError,
    NotFound,
    QueryError,
    Refused,
    StoreBusy,
)

from .language import N_, gettext
from .session import is_fragment

CODES: Mapping[type[ClipperError], int] = {
    NotFound: 404,
    Refused: 409,
    QueryError: 400,
    ConfigError: 400,
    StoreBusy: 503,
}
"""The status that an error of ours is answered with; any other is 500."""

TITLES: Mapping[int, str] = {
    400: N_("This can't be read"),
    403: N_("Not allowed"),
    404: N_("Nothing is here"),
    405: N_("Not like this"),
    409: N_("Not done"),
    413: N_("Too large"),
    429: N_("Too many attempts"),
    500: N_("Something broke"),
    503: N_("Busy"),
}

WORDS: Mapping[int, str] = {
    400: N_("The request was not as a page of this desk sends it. Go back and try again."),
    403: N_("This came from elsewhere than a page of this desk, or your account may not do it."),
    404: N_("The address leads nowhere. It may have been mistyped, or what was here is gone."),
    405: N_("This address does not take that. Go back and use the page's own buttons."),
    413: N_("More was sent than is read. Send less."),
    500: N_("This is a bug in clipper. What was saved stays saved; the terminal has the report."),
    503: N_("Another program is writing. Nothing was lost; wait a moment and try again."),
}


def answer(app: Flask) -> None:
    """Have every error answered with a page of our own."""
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(ClipperError, _ours)


def _http(error: HTTPException) -> Response:
    code = error.code or 500
    if code < 400:
        return make_response(error.get_response())
    said = error.description if code in (403, 429) and error.description else ""
    own = said if said and said != type(error).description else ""
    headers = {name: value for name, value in error.get_headers() if name in _KEPT}
    return page(code, own or gettext(WORDS.get(code, WORDS[400])), headers)


_KEPT = ("Allow", "Retry-After")


def _ours(error: ClipperError) -> Response:
    code = next((code for kind, code in CODES.items() if isinstance(error, kind)), 500)
    text = gettext(WORDS[code] if code in (500, 503) else str(error))
    return page(code, text[:1].upper() + text[1:])


def page(code: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says what went wrong; for htmx, words in the live region."""
    title = gettext(TITLES.get(code, TITLES[400]))
    template = "error_said.html" if is_fragment() else "error.html"
    found = make_response(render_template(template, title=title, text=text, code=code), code)
    if is_fragment():
        found.headers.update({"HX-Retarget": "#said", "HX-Reswap": "innerHTML"})
    found.headers.update(headers or {})
    return found
