"""How much may be quoted, as the config says it: profiles, outlets' own figures, and grants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clipper.config.kinds import nearest, shown
from clipper.config.reader import Found, Problems
from clipper.errors import Problem
from clipper.model import WHOLE, WIRE, Basis, Budget, Figures, Grant
from clipper.text import fold

WIRE_PROFILE = "wire"
"""The profile that holds for copy of news agencies."""

_FIGURES = ("words", "share", "total_words", "total_share")
_GRANTED = ("by", "until", "agency")


def budget(top: Found) -> Budget:
    """The file's own budget: for outlets that name no profile."""
    own = _figures(top["budget"], Budget())
    row = next(
        (row for row in top["profiles"].some() if fold(row["name"].value or "") == WIRE_PROFILE),
        None,
    )
    return _budget(own, wire=WIRE if row is None else _figures(row, WIRE))


def profiles(top: Found, problems: Problems) -> Mapping[str, Budget]:
    """The profiles by folded name; doubled names are problems, and so is an impossible one."""
    house = budget(top)
    made: dict[str, Budget] = {}
    for row in top["profiles"].some():
        name = row["name"].value
        if name is None:
            continue
        if fold(name) in made:
            problems.add(row["name"].place, f"{shown(name)} stands here twice.", "Rename one.")
            continue
        figures = _figures(row, WIRE if fold(name) == WIRE_PROFILE else house)
        _check(figures, row, problems)
        made[fold(name)] = _budget(figures, profile=name, wire=house.wire)
    _check(house, top["budget"], problems)
    return made


def outlet_budget(
    row: Found, top: Found, known: Mapping[str, Budget], problems: Problems
) -> Budget:
    """An outlet's figures: its profile's, its own, or what it granted."""
    above = _profile(row["profile"], known, problems) or budget(top)
    section = row["budget"]
    if not section["basis"].stands:
        _refuse_details(section, problems)
        figures = _figures(section, above)
        _check(figures, section, problems)
        return _budget(figures, profile=above.profile, wire=above.wire)
    return _budget(
        above,
        profile=above.profile,
        wire=above.wire,
        grant=_grant(section, above, problems),
    )


def warnings(top: Found, file: str) -> tuple[Problem, ...]:
    """Outlets of which more may be quoted than the file's budget says, and nobody knows why."""
    house = budget(top)
    return tuple(
        Problem(
            file=file,
            line=row["budget"].place.line,
            path=row["budget"].place.path,
            text=f"{shown(row['name'].value or '')} may be quoted at more length than others, "
            "and the file does not say on what basis.",
            remedy="Add `basis: licence`, `permission` or `own-text`, and `by:` with who granted "
            "it.",
        )
        for row in top["outlets"].some()
        if row["budget"].given and not row["budget"]["basis"].stands
        and _is_more(_figures(row["budget"], house), house)
    )  # fmt: skip


def _is_more(one: Figures, other: Figures) -> bool:
    return one.words > other.words or one.share > other.share


def _profile(found: Found, known: Mapping[str, Budget], problems: Problems) -> Budget | None:
    if found.value is None:
        return None
    budget = known.get(fold(found.value))
    if budget is None:
        near = nearest(fold(found.value), list(known))
        names = ", ".join(each.profile for each in known.values())
        remedy = f"Did you mean `{known[near].profile}`?" if near else (
            f"Known here: {names}." if names else "Add it under `profiles:`, at the left margin."
        )  # fmt: skip
        problems.add(found.place, f"there is no profile {shown(found.value)}.", remedy)
    return budget


def _grant(section: Found, above: Budget, problems: Problems) -> Grant | None:
    told = section["basis"]
    basis = next((each for each in Basis if each.value == told.value), None)
    if basis is None:
        if told.value is not None:
            problems.add(
                told.place,
                f"{shown(told.value)} is no basis.",
                "Write licence, permission or own-text.",
            )
        return None
    by, until = section["by"].value, section["until"].value
    if by is None and basis is not Basis.OWN_TEXT and not section["by"].stands:
        problems.add(
            section.place,
            f"a {basis.value} needs the name of who granted it.",
            "Add `by: 'Jo Doe, managing editor, by mail of 3 March 2026'`.",
        )
    if basis is not Basis.OWN_TEXT and not any(section[name].stands for name in _FIGURES):
        problems.add(
            section.place,
            f"the {basis.value} does not say how much may be quoted.",
            "Add `words: 400` and `share: 1`.",
        )
    figures = _figures(section, WHOLE if basis is Basis.OWN_TEXT else above)
    _check(figures, section, problems)
    return Grant(
        figures=figures, basis=basis, by=by or "",
        until=None if until is None else until.date(), agency=section["agency"].value or False,
    )  # fmt: skip


def _refuse_details(section: Found, problems: Problems) -> None:
    """Who granted a thing, and until when, mean nothing without a basis."""
    for name in _GRANTED:
        if section[name].given and section[name].stands:
            problems.add(
                section[name].place,
                f"`{name}` needs a basis.",
                "Add `basis: licence`, `permission` or `own-text` beside it.",
            )


def _check(figures: Figures, section: Found, problems: Problems) -> None:
    """All together can't be less than one excerpt."""
    for name, total, one in (
        ("total_words", figures.all_words, figures.words),
        ("total_share", figures.all_share, figures.share),
    ):
        if total < one and section[name].stands:
            problems.add(
                section[name].place,
                f"this is less than the {name.removeprefix('total_')} of one excerpt.",
                "Write as much or more, or remove the line.",
            )


def _figures(section: Found, above: Figures) -> Figures:
    """The section's figures; the totals of what stands above count only while nothing is said of
    one excerpt, since they were made for it."""
    said: dict[str, Any] = {
        name: section[name].value for name in _FIGURES if section[name].value is not None
    }
    totals_of: dict[str, Any] = {
        f"total_{name}": None if name in said else getattr(above, f"total_{name}")
        for name in ("words", "share")
    }
    one: dict[str, Any] = {"words": above.words, "share": above.share}
    return Figures(**one | totals_of | said)


def _budget(figures: Figures, **more: Any) -> Budget:
    return Budget(**{name: getattr(figures, name) for name in _FIGURES} | more)
