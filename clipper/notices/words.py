"""Notices in words: plain text, short enough for a chat, without anything that acts in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from .. import text
from ..store.notices import Notice

MOST: Final = 3_000
"""Letters of a message; services cut at 4,000 or less."""

HEADLINE: Final = 160


def message(notices: Sequence[Notice]) -> tuple[str, str]:
    """The title and text of one message that tells all of these (at least one)."""
    parts = [_part(kind, told) for kind, told in _gathered(notices)]
    lines: list[str] = []
    used = 0
    for title, under in parts:
        body = [*(() if len(parts) == 1 else (title,)), *under]
        used += sum(len(line) + 1 for line in body)
        if used > MOST and lines:
            lines.append("… and more: see the desk.")
            break
        lines += [*body, ""]
    title = parts[0][0] if len(parts) == 1 else f"clipper: {len(parts)} notices"
    return inert(title), inert("\n".join(lines).strip()[: MOST + HEADLINE] or title)


def _gathered(notices: Sequence[Notice]) -> list[tuple[str, Any]]:
    """What was queued over several rounds is told as one."""
    queued = [each.told for each in notices if each.kind == "queued"]
    others = [(each.kind, each.told) for each in notices if each.kind != "queued"]
    if not queued:
        return others
    first = [story for told in reversed(queued) for story in told["first"]][:5]
    count = sum(told["count"] for told in queued)
    return [("queued", {**queued[-1], "count": count, "first": first}), *others]


def _part(kind: str, told: Any) -> tuple[str, list[str]]:
    part: Callable[[Any], tuple[str, list[str]]] = _PARTS[kind]
    return part(told)


def _queued(told: Any) -> tuple[str, list[str]]:
    lines = [f"• {_headline(each)} ({each['outlet']})" for each in told["first"]]
    more = told["count"] - len(lines)
    if more > 0:
        lines.append(f"… and {more} more")
    lines += _desk(told)
    verb = "story waits" if told["count"] == 1 else "stories wait"
    return f"{told['count']} {verb} for a decision", lines


def _spike(told: Any) -> tuple[str, list[str]]:
    campaigns = ", ".join(told["campaigns"])
    span = f"{told['hours']:g} h"
    names = ", ".join(told["outlets"])
    names += (
        f" and {told['count'] - len(told['outlets'])} more"
        if (told["count"] > len(told["outlets"]))
        else ""
    )
    if told["about"] == "campaign":
        return f"Spike: {told['count']} outlets on {campaigns} within {span}", [names, *_desk(told)]
    title = f"Spike: {told['count']} outlets ran one story within {span}"
    return title, [f"“{_headline(told)}” ({campaigns})", names, *_desk(told)]


def _failing(told: Any) -> tuple[str, list[str]]:
    rows = told["sources"]
    lines = [f"• {each['outlet']}: {each['text']} {each['remedy']}" for each in rows]
    title = "A source needs a person" if len(rows) == 1 else f"{len(rows)} sources need a person"
    return title, [text.clean(line, 500) for line in lines]


def _well(told: Any) -> tuple[str, list[str]]:
    names = ", ".join(dict.fromkeys(each["outlet"] for each in told["sources"]))
    return "Well again", [names]


def _judged(word: str) -> Any:
    def part(told: Any) -> tuple[str, list[str]]:
        places = [place["where"] for place in told.get("where", ())]
        return f"{word}: {_headline(told)}", [
            f"{told['outlet']}: {told['url']}".replace("@", "%40"),
            *places,
        ]

    return part


def message_of_test() -> tuple[str, str]:
    """The title and text of a message that only shows that the way is open."""
    return "clipper: a test", "This is where clipper's notices will come."


_PARTS: Final[dict[str, Any]] = {
    "queued": _queued,
    "spike": _spike,
    "failing": _failing,
    "well-again": _well,
    "approved": _judged("Approved"),
    "published": _judged("Published"),
    "withdrawn": _judged("Withdrawn"),
}


def _desk(told: Any) -> list[str]:
    return [told["desk"]] if told.get("desk") else []


def _headline(told: Any) -> str:
    return text.clean(told["headline"], HEADLINE)


def inert(words: str) -> str:
    """Words that call nobody: a headline “@everyone” or “<!channel>” would ring all phones."""
    return re.sub(r"@(?=\w)", "@\u2060", words).replace("<!", "<\u2060!").replace("<@", "<\u2060@")
