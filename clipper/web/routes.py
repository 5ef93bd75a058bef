"""What is served, as rows of tables: path, view, role, methods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from flask import Response
from werkzeug.wrappers import Response as BaseResponse

from clipper.store import Role

Answer: TypeAlias = str | Response | BaseResponse | tuple[str, int]
View: TypeAlias = Callable[..., Answer]

ANYBODY = None
"""The role that a route asks for when nobody need be logged in."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row: `path` in Flask's notation, the `view`, and the least `role` that may call it.

    `nav` is its name in the navigation (marked by `N_` for translation), "" when it is not
    there. `most` is how many bytes it takes, 0 for as many as all others.
    """

    path: str
    view: View
    role: Role | None
    methods: tuple[str, ...] = ("GET",)
    nav: str = ""
    most: int = 0
