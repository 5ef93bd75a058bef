"""A route for monitors: whether the desk answers and its store can be read."""

from __future__ import annotations

from typing import Final

from flask import Response

from .office import office
from .routes import ANYBODY, Answer, Route


def health() -> Answer:
    """`ok`; a store that can't be read is a 500, as everywhere. Says nothing else: anybody
    may ask."""
    office().store.people.have_accounts()
    return Response("ok\n", mimetype="text/plain")


ROUTES: Final = (Route("/health", health, ANYBODY),)
