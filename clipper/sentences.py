"""Sentences of ours that are filled in with values, in English or in a reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

Value = str | timedelta | datetime
"""What a sentence is filled in with; spans and times are put into words with it."""

DAYS, HOURS = ("%(number)s day", "%(number)s days"), ("%(number)s hour", "%(number)s hours")


def filled(
    sentence: str,
    values: Mapping[str, Value],
    translate: Callable[[str], str] = str,
    count: Callable[[str, str, int], str] = lambda one, many, number: one if number == 1 else many,
) -> str:
    """The sentence with its values in words: in English, or as the two callables translate."""

    def words_of(value: Value) -> str:
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d}"
        if isinstance(value, timedelta):
            days, hours = value.days, int(value.total_seconds() // 3600)
            forms, number = (DAYS, days) if days >= 2 else (HOURS, hours)
            return count(*forms, number) % {"number": number}
        return value

    return translate(sentence) % {name: words_of(value) for name, value in values.items()}
