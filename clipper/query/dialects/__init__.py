"""Queries from other services, translated, with every difference of meaning listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from clipper.errors import NotFound, QueryError
from clipper.query import parse
from clipper.query.dialects.foreign import Difference, Foreign
from clipper.query.dialects.tables import DIALECTS

__all__ = ["DIALECTS", "Difference", "Translation", "translate"]


@dataclass(frozen=True, slots=True)
class Translation:
    """A query of another service as one of clipper's.

    `query` is canonical text that `clipper.query.parse` reads; `differences` says where it
    means otherwise than the original did.
    """

    query: str
    differences: tuple[Difference, ...]


def translate(text: str, source: str) -> Translation:
    """Translate a query written for `source`: a key of `DIALECTS`.

    Raises QueryError when the original can't be read, or when what is left of it is no
    query of ours; NotFound for a service that is not known.

    >>> translate('headline("private prison") w/5 divest*', "cision").query
    'title:"private prison" NEAR/5 divest*'
    """
    dialect = DIALECTS.get(source.lower())
    if dialect is None:
        near = get_close_matches(source.lower(), DIALECTS, n=1)
        known = near[0] if near else ", ".join(DIALECTS)
        raise NotFound(f"There is no dialect {source!r}. Known: {known}.")
    foreign = Foreign(text, dialect)
    for kind, said in dialect.always:
        foreign.differ(kind, said)
    for pattern, kind, said in dialect.found:
        if re.search(pattern, text):
            foreign.differ(kind, said)
    ours = foreign.write()
    try:
        query = parse(ours)
    except QueryError as error:
        raise QueryError(
            f"{error.text} (in the translation)",
            query=ours,
            start=error.start,
            end=error.end,
            remedy=error.remedy,
        ) from error
    return Translation(str(query), tuple(foreign.differences))
