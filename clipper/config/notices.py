"""The sections `notices` and `webhook`: who is told of what at once, and when not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Final

from clipper.config.kinds import nearest, shown
from clipper.config.reader import Found, Problems

WHAT: Final = ("queued", "spike", "failing", "well-again", "approved", "published", "withdrawn")
CHAT: Final = ("queued", "spike", "failing", "well-again")
WEBHOOK: Final = ("queued", "approved", "published", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePlan:
    """One who is told. `url` is a webhook's address, "" for a chat service, whose address is in
    the environment variable `secret`; a webhook's `secret` names that of its key.

    `what` are words of `WHAT`, `campaigns` names (empty for all), `quiet` the local hours of
    `zone` in which nothing is sent. A spike is `outlets` outlets `within` so long.
    """

    name: str
    secret: str
    url: str = ""
    what: tuple[str, ...] = CHAT
    campaigns: tuple[str, ...] = ()
    quiet: tuple[time, time] | None = None
    zone: str = "UTC"
    outlets: int = 5
    within: timedelta = timedelta(hours=6)


def notices(top: Found, problems: Problems) -> tuple[NoticePlan, ...]:
    """All who are told; doubled names, and words and campaigns that are not known, are problems."""
    names: set[str] = set()
    known = [row["name"].value for row in top["campaigns"].some() if row["name"].value]
    made = []
    for section, usual in (("notices", CHAT), ("webhook", WEBHOOK)):
        for row in top[section].some():
            plan = _plan(row, section, usual, known, problems)
            if plan is None:
                continue
            if plan.name in names:
                remedy = "Give each a name of its own."
                problems.add(row["name"].place, f"{shown(plan.name)} is named twice.", remedy)
            names.add(plan.name)
            made.append(plan)
    return tuple(made)


def _plan(
    row: Found, section: str, usual: tuple[str, ...], known: list[str], problems: Problems
) -> NoticePlan | None:
    chat = section == "notices"
    name, secret = row["name"].value, row["where" if chat else "secret"].value
    url = "" if chat else row["url"].value
    if None in (name, secret, url):
        return None  # told already
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", secret):
        # Its words are not repeated: they may be the secret itself.
        problems.add(
            row["where" if chat else "secret"].place,
            "no environment variable is named here.",
            "Put the address or key itself into the environment, and its variable's name here: "
            "CLIPPER_NOTICES_URL.",
        )
    wanted = _known(row["what"], list(WHAT), "no kind of notice is called", problems)
    campaigns = _known(row["campaigns"], known, "no campaign is called", problems)
    return NoticePlan(
        name=name,
        secret=secret,
        url=url,
        what=wanted or usual,
        campaigns=campaigns,
        quiet=row["quiet"].value if chat else None,
        zone=row["zone"].value if chat else "UTC",
        outlets=row["outlets"].value,
        within=timedelta(seconds=row["within"].value),
    )


def _known(found: Found, known: list[str], complaint: str, problems: Problems) -> tuple[str, ...]:
    for each in found.some():
        if each.value not in known:
            near = nearest(each.value, known)
            hint = f"Did you mean {shown(near)}?" if near else f"Known: {', '.join(known)}."
            problems.add(each.place, f"{complaint} {shown(each.value)}.", hint)
    return tuple(each.value for each in found.some())
