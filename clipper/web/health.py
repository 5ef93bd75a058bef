"""A route for monitors: whether the desk answers and its store can be read."""

from __future__ import annotations

from typing import Final

from flask import Response

from .office import office
from .routes import ANYBODY, Answer, Route


def health() -> Answer:
    """`ok`, or 503 where the store can't be read. Says nothing else: anybody may ask."""
    if office().store.is_readable():
        return Response("ok\n", mimetype="text/plain")
    said = "The store can't be read. 'clipper doctor' says more.\n"
    return Response(said, 503, mimetype="text/plain")


ROUTES: Final = (Route("/health", health, ANYBODY),)
