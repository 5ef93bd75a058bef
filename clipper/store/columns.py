"""How values stand in columns: times as fixed-width text, small tuples as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ..model import Excerpt, Hit, Match, Span


def time(value: datetime) -> str:
    """An aware time as ISO-8601 UTC text of fixed width, so that text order is time order.

    `2026-03-01T09:30:00.000000Z`. Raises ValueError for a naive time.
    """
    if value.tzinfo is None:
        raise ValueError(f"a time without a zone can't be kept: {value!r}")
    text = value.astimezone(UTC).isoformat(timespec="microseconds")
    return text[:26] + "Z"


def time_or_none(value: datetime | None) -> str | None:
    """`time`, with None for None."""
    return None if value is None else time(value)


def read_time(text: str) -> datetime:
    """The aware UTC time that `time` wrote."""
    return datetime.fromisoformat(text)


def read_time_or_none(text: str | None) -> datetime | None:
    """`read_time`, with None for None."""
    return None if text is None else datetime.fromisoformat(text)


def as_json(value: Any) -> str:
    """Compact JSON with its letters unescaped (the full-text index reads such a column)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def json_texts(values: Iterable[str]) -> str:
    """A tuple of texts as a JSON array."""
    return as_json(list(values))


def json_pairs(values: Mapping[str, Any]) -> str:
    """A mapping as a JSON object."""
    return as_json(dict(values))


def texts(column: str) -> tuple[str, ...]:
    """The tuple of texts that `json_texts` wrote."""
    return tuple(json.loads(column))


def pairs(column: str) -> dict[str, Any]:
    """The mapping that `json_pairs` wrote."""
    found: dict[str, Any] = json.loads(column)
    return found


def json_spans(excerpt: Excerpt) -> str:
    """An excerpt's spans as a JSON array of pairs."""
    return as_json([[span.start, span.end] for span in excerpt.spans])


def excerpt(spans: str, words: int, share: float) -> Excerpt:
    """The excerpt that stands in the columns `spans`, `words`, `share`."""
    read = tuple(Span(start, end) for start, end in json.loads(spans))
    return Excerpt(spans=read, words=words, share=share)


def json_hits(match: Match) -> str:
    """A match's hits as a JSON array of arrays."""
    return as_json([[h.zone, h.start, h.end, h.clause, h.weight] for h in match.hits])


def match(campaign: str, query: str, hits: list[list[Any]], lines: list[str], weak: bool) -> Match:
    """The match that stands in a row of `match`, its JSON already read."""
    return Match(
        campaign=campaign,
        query=query,
        hits=tuple(Hit(*hit) for hit in hits),
        explanation=tuple(lines),
        weak=bool(weak),
    )
