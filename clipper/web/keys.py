"""The keys of the desk: which key does what, by each person's own choice."""

from __future__ import annotations

import json
from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clipper.store import Role

from .language import N_, gettext
from .office import office
from .routes import Route
from .session import person, say

KEYS: Mapping[str, tuple[str, str]] = {
    "next": ("j", N_("the next story")),
    "previous": ("k", N_("the story before")),
    "approve": ("a", N_("approve")),
    "reject": ("r", N_("reject; then the digit of the reason")),
    "snooze": ("s", N_("snooze")),
    "requeue": ("u", N_("put back into the queue")),
    "excerpt": ("e", N_("choose the excerpt")),
    "headline": ("h", N_("the headline")),
    "tag": ("t", N_("tags")),
    "note": ("n", N_("the note")),
    "group": ("g", N_("copies: credit, merge, split")),
    "save": ("w", N_("save the words without deciding")),
    "undo": ("z", N_("take back the last act")),
    "open": ("o", N_("open the original")),
    "search": ("/", N_("search")),
    "help": ("?", N_("this help")),
}
"""Act -> its usual key and its name before people."""

_SETTING = "keys"


def keys() -> dict[str, str]:
    """The keys of who asks, by act."""
    usual = {act: key for act, (key, _) in KEYS.items()}
    kept = office().store.people.setting(person(), _SETTING)
    own = json.loads(kept) if kept else {}
    return {act: own.get(act, key) for act, key in usual.items()}


def problems(chosen: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with a choice of keys, by act."""
    found: dict[str, str] = {}
    for act, key in chosen.items():
        if len(key) != 1 or not key.isprintable() or key.isspace() or key.isdigit():
            found[act] = gettext("one letter or sign, no digit")
        elif list(chosen.values()).count(key) > 1:
            found[act] = gettext("this key is taken twice")
    return found


def show() -> str:
    """The page of keys."""
    return _page(keys(), {})


def _page(chosen: Mapping[str, str], wrong: Mapping[str, str]) -> str:
    names = {act: gettext(name) for act, (_, name) in KEYS.items()}
    return render_template("judge_keys.html", chosen=chosen, names=names, wrong=wrong)


def keep() -> BaseResponse | tuple[str, int]:
    """Keep a person's own keys; with `usual`, go back to the usual ones."""
    if "usual" in request.form:
        chosen: dict[str, str] = {}
    else:
        chosen = {act: request.form.get(act, "").strip() for act in KEYS}
        if wrong := problems(chosen):
            return _page(chosen, wrong), 400
    office().store.people.set(person(), _SETTING, json.dumps(chosen) if chosen else "")
    say(gettext("Saved the keys."))
    return redirect(url_for("keys.show"), 303)


ROUTES = (
    Route("/keys", show, Role.VIEWER),
    Route("/keys", keep, Role.VIEWER, methods=("POST",)),
)
