"""What the judging page's form says: the words, the spans, the version that was seen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from werkzeug.datastructures import MultiDict

from clipper.desk import Words
from clipper.errors import Refused
from clipper.model import Clipping, Span

from .language import gettext

MOST_SPANS = 200
_SPANS = re.compile(r"(?:\d{1,8}-\d{1,8}(?:,\d{1,8}-\d{1,8})*)?")

Form = MultiDict[str, str]


def words_of(form: Form, clipping: Clipping) -> Words:
    """The words that a form says; what it does not name stays as it is."""
    return Words(
        headline=form.get("headline"),
        preface=form.get("preface"),
        note=form.get("note"),
        tags=_tags(form),
        authors=_lines(form.get("authors")),
        wire=form.get("wire"),
        published_at=_day(form.get("published"), clipping),
        spans=_spans(form, clipping),
        quotation=form.get("quotation"),
    )


def version_of(form: Mapping[str, str]) -> int:
    """The version of the clipping that the form was made from; 0 when it names none,
    which is always stale: no act goes without."""
    return number_of(form, "version")


def number_of(form: Mapping[str, str], name: str) -> int:
    """A whole number of the form, 0 when it has none by that name."""
    text = form.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _tags(form: Form) -> tuple[str, ...] | None:
    if "tagged" not in form:
        return None
    return (*form.getlist("tag"), *form.get("more_tags", "").split(","))


def _lines(value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(line for line in value.splitlines() if line.strip())


def _day(value: str | None, clipping: Clipping) -> datetime | str | None:
    """The day, "" for none, None when it is the article's own: its hour must not get lost."""
    before = clipping.article.article.published_at
    if value is None or value == (f"{before:%Y-%m-%d}" if before else ""):
        return None
    if not value.strip():
        return ""
    try:
        return datetime.strptime(value.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(gettext("a date is written year-month-day: 2026-03-01")) from None


def _spans(form: Form, clipping: Clipping) -> tuple[Span, ...] | None:
    """The spans, if they are of the text that the clipping has now."""
    if "spans" not in form or form.get("cut_from", "") != cut_from(clipping):
        return None
    return spans_of(form["spans"])


def spans_of(value: str) -> tuple[Span, ...]:
    """The spans that `12-80,90-140` says. Raises Refused."""
    if len(value) > MOST_SPANS * 18 or not _SPANS.fullmatch(value):
        raise Refused(gettext("the excerpt could not be read; reload the page"))
    pairs = (pair.split("-") for pair in value.split(",") if pair)
    return tuple(Span(int(start), int(end)) for start, end in pairs)


def spans_text(spans: tuple[Span, ...]) -> str:
    """The spans as `spans_of` reads them."""
    return ",".join(f"{span.start}-{span.end}" for span in spans)


def cut_from(clipping: Clipping) -> str:
    """Which text the spans are of: the article and its version."""
    return f"{clipping.article.id}.{clipping.article.version}"


DAYS: Mapping[str, int] = {"tomorrow": 1, "in-3-days": 3, "next-week": 7, "next-month": 30}
"""How many days the named snoozes last."""

_MORNING = 6


def until_of(form: Mapping[str, str], now: datetime) -> datetime:
    """When a snooze ends: a named one, or the day chosen, at six in the morning UTC."""
    named = DAYS.get(form.get("until", ""))
    if named is not None:
        return _morning(now + timedelta(days=named))
    try:
        day = datetime.strptime(form.get("until_day", ""), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused(gettext("say until which day")) from None
    return _morning(day)


def _morning(at: datetime) -> datetime:
    return at.replace(hour=_MORNING, minute=0, second=0, microsecond=0)


def lenient(form: Form, clipping: Clipping) -> Words:
    """The words of a form as far as they can be read: for showing them again."""
    readable = form.copy()
    for name, read in (("published", _day),):
        try:
            read(readable.get(name), clipping)
        except Refused:
            readable.pop(name, None)
    try:
        _spans(readable, clipping)
    except Refused:
        readable.pop("spans", None)
    return replace(words_of(readable, clipping), quotation=None)
