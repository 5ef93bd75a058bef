"""How the command line puts numbers, times and lists into words."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import click

IRREGULAR: Mapping[str, str] = {
    "story": "stories",
    "entry": "entries",
    "query": "queries",
    "address": "addresses",
    "copy": "copies",
    "match": "matches",
}


def count(number: int, noun: str) -> str:
    """`1 outlet`, `2 outlets`, `1,200 stories`."""
    word = noun if number == 1 else IRREGULAR.get(noun, f"{noun}s")
    return f"{number:,} {word}"


def ago(then: datetime | None, now: datetime) -> str:
    """`3 h ago`; `never` for None."""
    if then is None:
        return "never"
    seconds = int((now - then).total_seconds())
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now"


def day(moment: datetime | None) -> str:
    """`21 Nov 2026`, or `undated`."""
    return f"{moment.day} {moment:%b %Y}" if moment else "undated"


def put_json(value: Any) -> None:
    """Print one JSON document for scripts."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def is_terminal() -> bool:
    """Whether a person watches: then progress is live, else plain lines."""
    return sys.stdout.isatty()
