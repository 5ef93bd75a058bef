"""What an editor's form says of a clipping, checked and cleaned: words, facts, spans.

form -> Words -> changes_of(clipping) -> what the store changes
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from .. import excerpt, text
from ..errors import Refused
from ..model import Clipping, Excerpt, Span

FACTS = ("authors", "wire", "published_at")
"""What of the article itself an editor may correct."""

MOST_TAGS = 50
MOST_AUTHORS = 30
LINE = 500
_NOTE = 20_000
_PREFACE = 2_000
_LINK = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an editor's form says of a clipping; None leaves it as it is.

    `spans` are of exactly `Clipping.text`; `quotation` is the words themselves, to be
    found in it, and goes before `spans`. `published_at` "" takes a wrong date away.
    """

    headline: str | None = None
    preface: str | None = None
    link: str | None = None
    note: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] | None = None
    authors: tuple[str, ...] | None = None
    wire: str | None = None
    published_at: datetime | str | None = None
    spans: tuple[Span, ...] | None = None
    quotation: str | None = None


NOTHING = Words()


def changes_of(clipping: Clipping, words: Words) -> dict[str, Any]:
    """What `words` would change of `clipping`, by name, cleaned. Raises Refused."""
    asked: dict[str, Any] = {
        "headline": _headline(clipping, words.headline),
        "preface": None if words.preface is None else text.clean_lines(words.preface, _PREFACE),
        "link": _link(words.link),
        "note": None if words.note is None else text.clean_lines(words.note, _NOTE),
        "assignee": None if words.assignee is None else text.clean(words.assignee, LINE),
        "tags": _names(words.tags, MOST_TAGS, "tags"),
        "authors": _names(words.authors, MOST_AUTHORS, "authors"),
        "wire": None if words.wire is None else text.clean(words.wire, LINE),
        "published_at": words.published_at,
        "excerpt": _cut(clipping, words),
    }
    return {name: value for name, value in asked.items() if value is not None}


def _link(link: str | None) -> str | None:
    if link and not link.startswith(("https://", "http://")):
        raise Refused("a link is an address that begins with https://")
    return None if link is None else text.clean(link, _LINK)


def _headline(clipping: Clipping, headline: str | None) -> str | None:
    """The article's own title is no headline of ours: the title may be mended later."""
    if headline is None:
        return None
    cleaned = text.clean(headline, LINE)
    return "" if cleaned == clipping.article.article.title else cleaned


def _names(names: Iterable[str] | None, most: int, what: str) -> tuple[str, ...] | None:
    if names is None:
        return None
    cleaned = tuple(dict.fromkeys(name for each in names if (name := text.clean(each, 200))))
    if len(cleaned) > most:
        raise Refused(f"{len(cleaned)} {what} are too many; {most} are kept")
    return cleaned


def _cut(clipping: Clipping, words: Words) -> Excerpt | None:
    if words.quotation is not None and words.quotation.strip():
        return _quoted(clipping, words.quotation)
    if words.spans is None or words.spans == clipping.excerpt.spans:
        return None
    return excerpt.measure(clipping.text, joined(clipping.text, words.spans))


def _quoted(clipping: Clipping, quotation: str) -> Excerpt:
    spans = excerpt.locate(clipping.text, quotation)
    if not spans:
        raise Refused(
            f"those words do not stand in clipping {clipping.id}: an excerpt must be the "
            "article's own words, with […] between passages"
        )
    return excerpt.measure(clipping.text, spans)


# ---------------------------------------------------------------- spans


def recut(clipping: Clipping, block: int) -> tuple[Span, ...]:
    """The excerpt's spans with the paragraph number `block` (from 0) put in whole, or, when
    all of it is in already, taken out. Refused when there is no such paragraph."""
    found = text.blocks(clipping.text)
    if not 0 <= block < len(found):
        raise Refused("there is no such paragraph")
    whole = found[block]
    spans = clipping.excerpt.spans
    if any(span.start <= whole.start and whole.end <= span.end for span in spans):
        return joined(clipping.text, _without(spans, whole))
    return joined(clipping.text, (*spans, whole))


def _without(spans: Iterable[Span], cut: Span) -> Iterator[Span]:
    for span in spans:
        sides = (
            Span(span.start, min(span.end, cut.start)),
            Span(max(span.start, cut.end), span.end),
        )
        yield from (side for side in sides if side.start < side.end)


def joined(value: str, spans: Iterable[Span]) -> tuple[Span, ...]:
    """Spans of `value` in order, those that overlap or have only blanks between them as
    one, blanks at their edges left out. Refused for one outside of the text."""
    found: list[Span] = []
    for span in sorted(spans):
        if not 0 <= span.start < span.end <= len(value):
            raise Refused("the excerpt does not lie in the article's text; reload the page")
        trimmed = _trimmed(value, span)
        if trimmed is None:
            continue
        if found and not value[found[-1].end : trimmed.start].strip():
            trimmed = Span(found[-1].start, max(found[-1].end, trimmed.end))
            found.pop()
        found.append(trimmed)
    return tuple(found)


def _trimmed(value: str, span: Span) -> Span | None:
    piece = value[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    end = span.end - (len(piece) - len(piece.rstrip()))
    return Span(start, end) if start < end else None


# ---------------------------------------------------------------- before it is saved


def worded(clipping: Clipping, words: Words) -> Clipping:
    """The clipping as it would stand with these words, nothing saved: for a preview.

    Raises Refused as `changes_of` does.
    """
    changes = changes_of(clipping, words)
    stored = clipping.article
    facts = {name: changes.pop(name) for name in FACTS if name in changes}
    if facts.get("published_at") == "":
        facts["published_at"] = None
    article = replace(stored.article, **facts)
    return replace(clipping, article=replace(stored, article=article), **changes)
