"""RSS, RDF and Atom: what feedparser reads in a sound document, as entries of ours.

    Root -> sound? -> feedparser             (nearly all feeds)
         -> mend -> sound? -> feedparser
         -> take apart -> the sound entries in one go, each other one alone

feedparser is told nothing that it could act upon: the text is UTF-8, has no DOCTYPE, and
is handed over as bytes in memory; its sanitizer and resolver are off, its XML parser is
expat whatever else is installed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import chain
from typing import Any

from .. import text, urls
from ..model import Entry
from . import dates, mend, plain
from .limits import BYLINE, CONTENT, LANGUAGE, RAW_DATE, SUMMARY, TAG, TAGS, TITLE

MAX_LOOSE = 65_536
"""Characters of a broken entry that feedparser's lenient parser is given."""

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
PERIODS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000}
"""`sy:updatePeriod` in seconds (RSS 1.0 syndication module); yearly is not believed."""

MEDIA = re.compile(r"(</?media:)(?=(?:title|description)\b)")
"""Captions of pictures, which feedparser would take for the entry's own title and text."""

ADDRESS = re.compile(r"(?:mailto:)?[\w.+-]{1,100}@[\w.-]{1,200}")
EMPTY_BRACKETS = re.compile(r"\(\s*\)|<\s*>")

RawEntry = Mapping[str, Any]

SURPRISES = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
)
"""What feedparser and hostile values may raise for one entry; it costs that entry only."""


@dataclass(frozen=True, slots=True)
class Raw:
    """What feedparser read: the entries and the document's own fields."""

    entries: tuple[RawEntry, ...]
    feed: Mapping[str, Any]
    atom: bool
    notes: tuple[str, ...] = ()
    left_off: int = 0
    broken: str = ""


def read(root: mend.Root, url: str, limit: int) -> Raw:
    """The entries of a document, at most `limit`, as feedparser gives them."""
    root, left_off = mend.cut_after(root, limit)
    notes = ("Text before the document was left out.",) if root.junk else ()
    trouble = mend.fault(root.document)
    if not trouble:
        return _raw(root.document, url, notes, left_off)
    mended = mend.mend(root)
    if not mend.fault(mended.document):
        return _raw(mended.document, url, (*notes, f"The XML was mended ({trouble})."), left_off)
    return _by_parts(mended, url, (*notes, f"The XML is broken ({trouble})."), left_off, trouble)


def _raw(document: str, url: str, notes: tuple[str, ...], left_off: int) -> Raw:
    parsed = parse(document, url)
    return Raw(tuple(parsed.entries), parsed.feed, _is_atom(parsed), notes, left_off)


def _is_atom(parsed: Any) -> bool:
    return str(parsed.version).startswith("atom")


def parse(document: str, url: str) -> Any:
    """feedparser's reading of a document that stands in memory, in UTF-8."""
    import feedparser
    import feedparser.api

    feedparser.api.PREFERRED_XML_PARSERS[:] = ["xml.sax.expatreader"]
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # Bytes themselves would be taken for the name of a file first.
    return feedparser.parse(
        io.BytesIO(MEDIA.sub(r"\1of-", document).encode("utf-8", "replace")),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )


# ---------------------------------------------------------------- broken documents


def _by_parts(
    root: mend.Root, url: str, notes: tuple[str, ...], left_off: int, trouble: str
) -> Raw:
    parts = mend.take_apart(root)
    if not parts.entries:
        return Raw((), {}, False, notes, left_off, trouble)
    wrapped = [mend.DECLARATION + parts.head + entry + parts.tail for entry in parts.entries]
    sound = [not mend.fault(document) for document in wrapped]
    together = "".join(e for e, good in zip(parts.entries, sound, strict=True) if good)
    intro_is_sound = not mend.fault(mend.DECLARATION + parts.intro + parts.tail)
    head = parts.intro if intro_is_sound else parts.head
    parsed = parse(mend.DECLARATION + head + together + parts.tail, url)
    whole = iter(parsed.entries)
    lenient = (
        [next(whole, None)] if good else _leniently(document, url)
        for document, good in zip(wrapped, sound, strict=True)
    )
    found = [entry for entry in chain.from_iterable(lenient) if entry is not None]
    lost = len(parts.entries) - len(found)
    said = chain(notes, _losses(lost, sound.count(False) - lost, parts.cut_off))
    return Raw(tuple(found), parsed.feed, _is_atom(parsed), tuple(said), left_off, trouble)


def _leniently(document: str, url: str) -> list[Any]:
    """The one entry of a broken document, as well as feedparser's lenient parser reads it."""
    if len(document) > MAX_LOOSE:
        return []
    try:
        found = parse(document, url).entries[:1]
    except SURPRISES:
        return []
    # Without id and link it would be new, and another, with each poll.
    return [entry for entry in found if _get(entry, "id") or _get(entry, "link")]


def _losses(lost: int, lenient: int, cut_off: bool) -> Iterator[str]:
    if lenient > 0:
        yield f"{lenient} broken {'entry was' if lenient == 1 else 'entries were'} read in part."
    if lost > 0:
        yield f"{lost} broken {'entry' if lost == 1 else 'entries'} could not be read."
    if cut_off:
        yield "The document ends in the middle of an entry, which was left out."


# ---------------------------------------------------------------- entries


def entry_of(raw: RawEntry, document: Raw, url: str) -> tuple[Entry, str]:
    """An entry of ours, without its key, and the id that it gave itself ("" for none)."""
    claim, at = _date(raw)
    known = str(_get(raw, "id") or "")
    summary, content = _words(raw)
    entry = Entry(
        key="",
        url=_link(raw, url) or urls.join(url, known if known.startswith("http") else ""),
        title=_plain(raw, "title", TITLE, atom=document.atom),
        byline=_byline(raw, document),
        summary=summary,
        content=content,
        published_at=at,
        published_raw=claim,
        language=_language(raw) or _language(document.feed),
        tags=_tags(raw),
    )
    return entry, known


def _get(raw: RawEntry, name: str) -> Any:
    # feedparser's own `get` answers with other keys' values, and warns.
    return dict.get(raw, name) if isinstance(raw, dict) else raw.get(name)


def _link(raw: RawEntry, url: str) -> str:
    for name in ("feedburner_origlink", "link"):
        value = _get(raw, name)
        if value and (joined := urls.join(url, str(value))):
            return joined
    return ""


def _plain(raw: RawEntry, name: str, limit: int, *, atom: bool) -> str:
    value = str(_get(raw, name) or "")
    kind = (_get(raw, f"{name}_detail") or {}).get("type", "")
    if atom:
        return plain.from_html(value, limit) if kind in HTML_TYPES else text.clean(value, limit)
    return plain.from_unknown(value, limit)


def _byline(raw: RawEntry, document: Raw) -> str:
    """The names of all authors as printed, joined by commas.

    An Atom entry without any has the feed's (RFC 4287, 4.2.1).
    """
    printed = _names(raw) or (_names(document.feed) if document.atom else [])
    return text.clean(", ".join(dict.fromkeys(printed)), BYLINE)


def _names(raw: RawEntry) -> list[str]:
    authors = (_get(raw, "authors") or [])[-50:]
    named = [str(author.get("name") or author.get("email") or "") for author in authors]
    last = str(_get(raw, "author") or "")
    # feedparser cuts addresses in two where the top domain is longer than four letters.
    if "@" in last or not named:
        named[-1:] = [without_address(last)]
    cleaned = (plain.from_unknown(name, BYLINE) for name in named)
    return [name for name in cleaned if name]


def without_address(author: str) -> str:
    """The name in RSS's `address (name)` and mail's `name <address>`; the address if alone."""
    author = author[: 10 * BYLINE]
    rest = EMPTY_BRACKETS.sub("", ADDRESS.sub("", author)).strip()
    inner = rest[1:-1] if rest.startswith("(") and rest.endswith(")") else rest
    return inner.strip() or author


def _words(raw: RawEntry) -> tuple[str, str]:
    """The summary as plain text, and the content as HTML."""
    summary = str(_get(raw, "summary") or "")
    kind = (_get(raw, "summary_detail") or {}).get("type", "text/html")
    content = max((_html(part) for part in (_get(raw, "content") or [])[:20]), key=len, default="")
    if not content and kind in HTML_TYPES and plain.is_html(summary):
        content = summary
    words = (
        plain.from_html(summary, SUMMARY) if kind in HTML_TYPES else text.clean(summary, SUMMARY)
    )
    return words, text.clean_lines(content[: 2 * CONTENT], CONTENT)


def _html(part: Mapping[str, Any]) -> str:
    """A content element as HTML; what is neither HTML nor text (base64, say) is nothing."""
    kind, value = str(part.get("type") or "text/plain"), str(part.get("value") or "")
    if kind in HTML_TYPES:
        return value
    return escape(value, quote=False) if kind == "text/plain" else ""


def _date(raw: RawEntry) -> tuple[str, datetime | None]:
    """The claim as written, and what it names: when it was published, else updated."""
    claims = [str(_get(raw, name) or "") for name in ("published", "updated", "created")]
    for claim in filter(None, claims):
        at = dates.read(claim)
        if at is not None:
            return text.clean(claim, RAW_DATE), at
    return text.clean(next(filter(None, claims), ""), RAW_DATE), None


def _language(raw: Mapping[str, Any]) -> str:
    details = (_get(raw, f"{name}_detail") or {} for name in ("summary", "title"))
    candidates = chain([_get(raw, "language")], (detail.get("language") for detail in details))
    return next((tag for tag in map(language_tag, candidates) if tag), "")


def language_tag(value: object) -> str:
    """A language tag (RFC 5646) in its usual form, "" when the value is none."""
    tag = str(value or "").strip().replace("_", "-")[:40]
    return tag if LANGUAGE.fullmatch(tag) else ""


def _tags(raw: RawEntry) -> tuple[str, ...]:
    found = (t.get("label") or t.get("term") or "" for t in (_get(raw, "tags") or [])[: 4 * TAGS])
    cleaned = (plain.from_unknown(str(tag), TAG) for tag in found)
    return tuple(dict.fromkeys(tag for tag in cleaned if tag))[:TAGS]


# ---------------------------------------------------------------- the document


def title_of(document: Raw) -> str:
    """The document's own title."""
    return _plain(document.feed, "title", TITLE, atom=document.atom)


def language_of(document: Raw) -> str:
    """The document's own language."""
    return _language(document.feed)


def ttl_of(document: Raw) -> float | None:
    """How long the outlet says that nothing new is to be expected, in seconds, at most a day."""
    ttl = str(_get(document.feed, "ttl") or "").strip()
    if ttl.isascii() and ttl.isdigit() and len(ttl) < 8:
        return float(min(int(ttl) * 60, 86_400)) or None
    period = PERIODS.get(str(_get(document.feed, "sy_updateperiod") or "").strip().lower())
    times = str(_get(document.feed, "sy_updatefrequency") or "1").strip()
    if period is None or not (times.isascii() and times.isdigit() and 0 < len(times) < 5):
        return None
    return min(period / max(1, int(times)), 86_400.0)
