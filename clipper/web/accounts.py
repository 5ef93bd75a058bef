"""Accounts: logging in and out, the first visit, one's own password and language."""

from __future__ import annotations

import hmac
import logging
import re
from datetime import timedelta

from flask import Response, abort, make_response, redirect, render_template, request, url_for

from clipper.errors import Refused
from clipper.store import Role
from clipper.text import clean

from . import passwords, security, session
from .language import LANGUAGES, N_, gettext, ngettext
from .office import office
from .routes import ANYBODY, Answer, Route
from .session import person, say

_log = logging.getLogger(__name__)

NAME = re.compile(r"[\w][\w.@+ -]{0,58}[\w]|[\w]")
"""What an account may be called."""

FAULTS = {
    "short": N_("Take at least %(number)d characters; a few words are easy to remember."),
    "long": N_("Take at most %(number)d bytes."),
    "same": N_("That one is too easy to guess."),
    "twice": N_("The two are not the same."),
}


def login() -> Answer:
    """The log-in page."""
    if session.session() is not None:
        return redirect(_onward(), 303)
    if not office().store.people.have_accounts():
        return redirect(url_for("accounts.welcome"), 303)
    return render_template("login.html", next=request.args.get("next", ""), name="", wrong="")


def enter() -> Answer:
    """Log in: a new session, whatever the browser brought."""
    people, now = office().store.people, office().now()
    name, password = request.form.get("name", "").strip()[:80], request.form.get("password", "")
    where = request.remote_addr or ""
    pause = passwords.longest_wait(people, name, where, now)
    if pause:
        return _denied(name, _wait_words(pause), 429, pause)
    found = people.named(name)
    if not passwords.fits(found, password) or found is None:
        passwords.note_failure(people, name, where, now)
        _log.warning("log-in failed: %r from %s", clean(name, 80), where)
        return _denied(name, gettext("Name and password do not belong together."), 401)
    passwords.forget(people, name, where)
    if passwords.is_old(found.password):
        people.rehash(found, passwords.hashed(password))
    session.begin(found)
    return redirect(_onward(), 303)


def _denied(name: str, wrong: str, code: int, pause: timedelta = timedelta(0)) -> Response:
    page = render_template("login.html", next=request.form.get("next", ""), name=name, wrong=wrong)
    found = make_response(page, code)
    if pause:
        found.headers["Retry-After"] = str(int(pause.total_seconds()) + 1)
    return found


def _wait_words(pause: timedelta) -> str:
    seconds = int(pause.total_seconds()) + 1
    text = ngettext(
        "Too many wrong tries from here. Wait %(number)d second, then try again.",
        "Too many wrong tries from here. Wait %(number)d seconds, then try again.",
        seconds,
    )
    return text % {"number": seconds}


def _onward() -> str:
    """Where to go after logging in: a path of this desk, never elsewhere."""
    return security.safe_path(request.values.get("next", "")) or url_for("queue.show")


def logout() -> Answer:
    """End the session, here and in the store."""
    session.end()
    return redirect(url_for("accounts.login"), 303)


# ---------------------------------------------------------------- the first visit


def welcome() -> Answer:
    """How to make the first account, as long as there is none."""
    if office().store.people.have_accounts():
        return redirect(url_for("accounts.login"), 303)
    return render_template("welcome.html")


def first(token: str) -> Answer:
    """The form for the first account, by the link that the terminal printed."""
    _refuse_wrong_link(token)
    return render_template("first.html", token=token, name="", wrong={})


def make_first(token: str) -> Answer:
    """Make the first account, an admin's, and log it in."""
    _refuse_wrong_link(token)
    name = " ".join(request.form.get("name", "").split())
    wrong = _faults_of_form(name)
    if not NAME.fullmatch(name):
        wrong["name"] = gettext("Take letters, digits, and . @ + - between them.")
    if wrong:
        return render_template("first.html", token=token, name=name[:80], wrong=wrong), 400
    people = office().store.people
    made = people.add_first(name, passwords.hashed(request.form["password"]), office().now())
    session.begin(made)
    say(gettext("Welcome, %(name)s. Make accounts for others with 'clipper user add'.")
        % {"name": made.name})  # fmt: skip
    return redirect(url_for("queue.show"), 303)


def _refuse_wrong_link(token: str) -> None:
    """404 for all but the one link, and for that too once there is an account."""
    expected = office().settings.first
    if not expected or any(each.password for each in office().store.people.list()):
        abort(404)
    if not hmac.compare_digest(expected, session.digest(token)):
        abort(404)


def _faults_of_form(name: str) -> dict[str, str]:
    """What is wrong with the new password of a form, by field."""
    password = request.form.get("password", "")
    fault = passwords.faults(password, name)
    if fault is None and password != request.form.get("again", ""):
        fault = ("twice", 0)
    if fault is None:
        return {}
    field = "again" if fault[0] == "twice" else "password"
    return {field: gettext(FAULTS[fault[0]]) % {"number": fault[1]}}


# ---------------------------------------------------------------- one's own account


def show() -> Answer:
    """One's own account: language and password."""
    return render_template("account.html", wrong={}, chosen=_chosen_language())


def _chosen_language() -> str:
    return office().store.people.setting(person(), "language")


def choose() -> Answer:
    """Choose the interface's language; none: the browser's."""
    chosen = request.form.get("language", "")
    if chosen and chosen not in LANGUAGES:
        abort(400)
    office().store.people.set(person(), "language", chosen)
    return redirect(url_for("accounts.show"), 303)


def change_password() -> Answer:
    """Change one's own password; every other session of this person ends."""
    if office().settings.local:
        raise Refused(gettext("the local editor has no password"))
    wrong = _faults_of_form(person().name)
    if not _knows_password():
        wrong = {"old": gettext("That is not your password.")}
    if wrong:
        return render_template("account.html", wrong=wrong, chosen=_chosen_language()), 400
    new = passwords.hashed(request.form["password"])
    session.begin(office().store.people.set_password(person().name, new))
    say(gettext("Your password was changed. You are logged out everywhere else."))
    return redirect(url_for("accounts.show"), 303)


def _knows_password() -> bool:
    """Whether the form has the old password; wrong ones are counted as at the log-in."""
    people, now, where = office().store.people, office().now(), request.remote_addr or ""
    if passwords.longest_wait(people, person().name, where, now):
        abort(429, gettext("Too many wrong tries. Wait a while, then try again."))
    if passwords.fits(person(), request.form.get("old", "")):
        return True
    passwords.note_failure(people, person().name, where, now)
    return False


ROUTES = (
    Route("/login", login, ANYBODY),
    Route("/login", enter, ANYBODY, methods=("POST",)),
    Route("/logout", logout, ANYBODY, methods=("POST",)),
    Route("/welcome", welcome, ANYBODY),
    Route("/first/<token>", first, ANYBODY),
    Route("/first/<token>", make_first, ANYBODY, methods=("POST",)),
    Route("/account", show, Role.VIEWER),
    Route("/account/language", choose, Role.VIEWER, methods=("POST",)),
    Route("/account/password", change_password, Role.VIEWER, methods=("POST",)),
)
