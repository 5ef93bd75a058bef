"""Where a feed says that it has moved to for good, and when that is believed.

A server says so with 301 or 308 (RFC 9110, 15.4.2 and 15.4.9); one careless setting says so
too. So the same target must be named in three rounds running. Never followed for good,
without a person: from https to http, and to another registered domain.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .. import urls
from ..model import Mark, Page

ROUNDS = 3
PERMANENT = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class Move:
    """What a round taught about the feed's address.

    `mark` is what to remember, `to` the address that we are asked to use and may use;
    `notes` are for people.
    """

    mark: Mapping[str, str]
    to: str = ""
    notes: tuple[str, ...] = ()


def follow(memory: Mark, address: str, configured: str, page: Page) -> Move:
    """Judge this round's redirects. `address` is what was asked for, `configured` what the
    config names; once adopted, an address stays in the mark as long as it serves."""
    kept = {"address": address} if address != configured else {}
    target = target_of(page)
    if not target or target == address:
        return Move(kept)
    rounds = _times(memory) + 1 if memory.get("moved") == target else 1
    mark = {**kept, "moved": target, "moved_times": str(min(rounds, ROUNDS))}
    refusal = objection(configured, target)
    if refusal:
        return Move(mark, notes=(refusal,) if rounds >= ROUNDS else ())
    if rounds < ROUNDS:
        return Move(mark, to=target)
    note = f"The feed has moved for good to {target}; it is looked for there from now on."
    return Move({"address": target}, to=target, notes=(note,))


def _times(memory: Mark) -> int:
    times = memory.get("moved_times", "")[:4]
    return int(times) if times.isdecimal() else 0


def target_of(page: Page) -> str:
    """Where the page's leading permanent redirects lead, "" when the first is none.

    A temporary redirect behind them is for this once, and ends the chain.
    """
    target = ""
    for hop, url in zip(page.hops, [hop.url for hop in page.hops[1:]] + [page.url], strict=False):
        if hop.status not in PERMANENT:
            break
        target = url
    return target if urls.is_web(target) else ""


def objection(configured: str, target: str) -> str:
    """Why a move is for a person to decide, in words; "" when it may be followed."""
    asks = f"The feed asks to be looked for at {target}"
    if urls.site(configured) != urls.site(target):
        return f"{asks}, which is another site. If that is right, put it in the config."
    if configured.startswith("https:") and not target.startswith("https:"):
        return f"{asks}, which is not encrypted. If that is right, put it in the config."
    return ""
