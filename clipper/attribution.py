"""The credit line under a headline: "Via Gazette (Associated Press) | Jane Doe".

Built here alone, for every publisher. A template is text with the fields `{outlet}`,
`{authors}`, `{date}` and `{wire}`. A part in square brackets vanishes when a field in
it is empty, so that no bar or empty bracket is left over. `{{`, `}}`, `[[` and `]]`
stand for the signs themselves.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping

from clipper import text

DEFAULT = "Via {outlet}[ ({wire})][ | {authors}]"
"""The house's template; `Outlet.attribution` or the config may name another."""

FIELDS = ("outlet", "authors", "date", "wire")
_LONGEST = 200
_TOKEN = re.compile(r"\{\{|\}\}|\[\[|\]\]|\{(?P<field>[^{}\[\]]*)\}|[\[\]{}]|[^\[\]{}]+")
_SIGNS = {"{{": "{", "}}": "}", "[[": "[", "]]": "]"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def attribute(
    outlet: str,
    authors: Iterable[str],
    wire: str = "",
    date: dt.date | None = None,
    template: str = "",
) -> str:
    """The credit line of one article.

    `outlet` is the publication's name, `authors` those that are known, in order;
    `template` empty for the house's. The agency is left out when it is the outlet
    itself or already among the authors. `date` is shown as "March 3, 2024". Raises
    `ValueError` for a template that `check` finds fault with.

    >>> attribute("Stanford Daily", ["Julia Ingram"])
    'Via Stanford Daily | Julia Ingram'
    >>> attribute("Gazette", ["Jane Doe"], wire="Associated Press")
    'Via Gazette (Associated Press) | Jane Doe'
    >>> attribute("Victor Valley Daily Press", [])
    'Via Victor Valley Daily Press'
    """
    fault = check(template)
    if fault:
        raise ValueError(fault)
    known = [name for name in (text.clean(author, _LONGEST) for author in authors) if name]
    fields = {
        "outlet": text.clean(outlet, _LONGEST),
        "authors": joined(known),
        "date": f"{_MONTHS[date.month - 1]} {date.day}, {date.year}" if date else "",
        "wire": _other_than(text.clean(wire, _LONGEST), [outlet, *known]),
    }
    return " ".join(_filled(template or DEFAULT, fields).split())


def joined(names: list[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _other_than(wire: str, names: Iterable[str]) -> str:
    folded = {text.fold(name).removeprefix("the ") for name in names}
    return "" if text.fold(wire).removeprefix("the ") in folded else wire


def _filled(template: str, fields: Mapping[str, str]) -> str:
    """The template with its fields; `held` is the open bracket's text, None when it must go."""
    done, held, inside = "", "", False
    keep = True
    for token in _TOKEN.finditer(template):
        piece = token.group()
        if piece == "[":
            inside, held, keep = True, "", True
        elif piece == "]":
            done, inside = done + (held if keep else ""), False
        else:
            value = fields[token["field"]] if token["field"] else _SIGNS.get(piece, piece)
            keep = keep and bool(value)
            done, held = (done, held + value) if inside else (done + value, held)
    return done


def check(template: str) -> str | None:
    """What is wrong with a template, in a sentence with the remedy; None when nothing is.

    An empty template is the house's. Every template must credit the outlet, outside
    of brackets.
    """
    if len(template) > _LONGEST:
        return f"The template is longer than {_LONGEST} characters. Shorten it."
    depth, outlets = 0, 0
    for token in _TOKEN.finditer(template):
        piece, field = token.group(), token["field"]
        if piece in ("{", "}") or (field is not None and field not in FIELDS):
            return _unknown(piece, field)
        depth += {"[": 1, "]": -1}.get(piece, 0)
        if depth not in (0, 1):
            return "Square brackets must come in pairs, not one inside another. Write [[ for a [."
        outlets += field == "outlet" and not depth
    if depth:
        return "A square bracket is not closed. Write ] after the part, or [[ for a [."
    if template and not outlets:
        return "The template must name {outlet} outside of square brackets, for credit."
    return None


def _unknown(piece: str, field: str | None) -> str:
    if field is None:
        return f"A lone {piece} stands in the template. Write {piece * 2} for the sign itself."
    import difflib

    near = difflib.get_close_matches(field, FIELDS, 1)
    meant = (
        f"Did you mean {{{near[0]}}}?" if near else "There are: {outlet} {authors} {date} {wire}."
    )
    return f"There is no field {piece}. {meant}"
