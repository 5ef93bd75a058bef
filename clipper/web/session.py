"""Who asks: sessions in the store, known to the browser by an unguessable cookie."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any, cast

from flask import Response, g, request

from clipper.store import Person, Session

from .office import Office, office

IDLE = timedelta(days=3)
"""A session that was not used for so long is over."""

LONGEST = timedelta(days=30)
"""A session is over after so long, used or not."""

_NOTED = timedelta(minutes=5)
_MOST_SAID = 5


def digest(token: str) -> str:
    """What the store keeps of a token: its SHA-256 in hex."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def cookie_name(desk: Office) -> str:
    """Behind TLS the name binds the cookie to this host and path (RFC 6265bis, 4.1.3.2)."""
    return "__Host-clipper" if desk.settings.secure else "clipper"


# ---------------------------------------------------------------- this request


def find() -> Session | None:
    """The session that the request's cookie names, if its time is not over."""
    desk = office()
    token = request.cookies.get(cookie_name(desk), "")
    found = desk.store.people.session(digest(token)) if token else None
    if found is None or not _fits(found, desk):
        return None
    now = desk.now()
    if now - found.seen_at > IDLE or now - found.began_at > LONGEST:
        desk.store.people.end(found.digest)
        return None
    if now - found.seen_at > _NOTED:
        desk.store.people.touch(found.digest, now)
    return found


def _fits(found: Session, desk: Office) -> bool:
    """The local editor's session serves `--local` alone, and an account's never does."""
    return (found.person.name if not found.person.password else "") == desk.settings.local


def session() -> Session | None:
    """This request's session, None for a stranger."""
    return cast("Session | None", g.get("session"))


def person() -> Person:
    """Who asks; only for routes that ask for a role."""
    found = session()
    if found is None:
        raise LookupError("nobody is logged in here")
    return found.person


def csrf_token() -> str:
    """What each form of this session carries; "" for a stranger."""
    found = session()
    return found.csrf if found else ""


def is_fragment() -> bool:
    """Whether htmx asks for a piece of a page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


# ---------------------------------------------------------------- beginning and ending


def begin(person: Person) -> None:
    """Begin a new session, ending the one that the browser brought; its cookie is set
    with the answer."""
    desk = office()
    end()
    token = desk.token()
    desk.store.people.sweep(desk.now(), IDLE, LONGEST)
    desk.store.people.begin(person, digest(token), desk.token(), desk.now())
    g.session = desk.store.people.session(digest(token))
    g.new_token = token


def end() -> None:
    """End this request's session, if there is one."""
    found = session()
    if found is not None:
        office().store.people.end(found.digest)
    g.session = None
    g.new_token = ""


def set_cookie(answer: Response) -> Response:
    """Set or clear the cookie, when this request began or ended a session."""
    token = g.get("new_token")
    if token is None:
        return answer
    desk = office()
    answer.set_cookie(
        cookie_name(desk),
        token,
        max_age=int(LONGEST.total_seconds()) if token else 0,
        secure=desk.settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    return answer


# ---------------------------------------------------------------- what is to be said


def say(text: str, *, kind: str = "good", undo: str = "") -> None:
    """Have `text` said on the next page of this session; `kind` is `good`, `bad` or `plain`.

    `undo` is a URL: the message gets a button that posts there.
    """
    waiting = [*_said(), {"text": text, "kind": kind, "undo": undo}][-_MOST_SAID:]
    g.said = waiting
    found = session()
    if found is not None:
        office().store.people.say(found.digest, json.dumps(waiting, ensure_ascii=False))


def told() -> list[dict[str, Any]]:
    """What is to be said now; it is said once."""
    waiting, found = _said(), session()
    g.said = []
    if waiting and found is not None:
        office().store.people.say(found.digest, "[]")
    return waiting


def _said() -> list[dict[str, Any]]:
    if "said" not in g:
        found = session()
        g.said = json.loads(found.said) if found else []
    return cast("list[dict[str, Any]]", g.said)
