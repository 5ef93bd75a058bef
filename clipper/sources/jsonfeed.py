"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), leniently read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from .. import text, urls
from ..model import Entry
from . import dates, plain
from .limits import BYLINE, CONTENT, RAW_DATE, SUMMARY, TAG, TAGS, TITLE
from .xmlfeed import language_tag

VERSION = "jsonfeed.org/version/"


def load(source: str) -> tuple[Any, str]:
    """The JSON value of a text, and what is wrong with it ("" when nothing is)."""
    try:
        return json.loads(source), ""
    except RecursionError:
        return None, "its JSON is nested too deep"
    except ValueError as error:
        return None, f"its JSON is broken ({text.clean(str(error), 100)})"


def is_feed(value: Any) -> bool:
    """Whether a JSON value is a feed: it says so, or has a list of things with ids or links."""
    if not isinstance(value, dict) or not isinstance(value.get("items"), list):
        return False
    if VERSION in str(value.get("version", "")):
        return True
    items = [one for one in value["items"][:20] if isinstance(one, dict)]
    return bool(items) and all(
        {"url", "external_url"} & one.keys()
        and {"title", "content_html", "content_text"} & one.keys()
        for one in items
    )


def entry_of(value: Mapping[str, Any], feed: Mapping[str, Any], url: str) -> tuple[Entry, str]:
    """An entry of ours, without its key, and the id that it gave itself ("" for none)."""
    known = _id(value)
    html = _text(value, "content_html")
    bare = _text(value, "content_text")
    content = html or escape(bare, quote=False)
    claim = _text(value, "date_published") or _text(value, "date_modified")
    link = urls.join(url, _text(value, "url")) or urls.join(url, _text(value, "external_url"))
    summary = _text(value, "summary")
    entry = Entry(
        key="",
        url=link or urls.join(url, known if known.startswith("http") else ""),
        title=plain.from_unknown(_text(value, "title"), TITLE),
        byline=_byline(value) or _byline(feed),
        summary=plain.from_unknown(summary, SUMMARY)
        if summary
        else plain.from_html(html, SUMMARY) or text.clean(bare, SUMMARY),
        content=text.clean_lines(content[: 2 * CONTENT], CONTENT),
        published_at=dates.read(claim),
        published_raw=text.clean(claim, RAW_DATE),
        language=language_tag(_text(value, "language")) or language_of(feed),
        tags=_tags(value.get("tags")),
    )
    return entry, known


def title_of(feed: Mapping[str, Any]) -> str:
    """The feed's own title."""
    return plain.from_unknown(_text(feed, "title"), TITLE)


def language_of(feed: Mapping[str, Any]) -> str:
    """The feed's own language (1.1)."""
    return language_tag(_text(feed, "language"))


def _text(value: Mapping[str, Any], name: str) -> str:
    """The text of a field; what is no text is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _id(value: Mapping[str, Any]) -> str:
    """The id; a whole number serves too, since many write ids so."""
    found = value.get("id")
    whole = isinstance(found, int) and not isinstance(found, bool) and abs(found) < 10**30
    return str(found) if whole else _text(value, "id")


def _byline(value: Mapping[str, Any]) -> str:
    """`authors` of 1.1, else `author` of 1.0."""
    authors = value.get("authors")
    listed: Sequence[Any] = authors if isinstance(authors, list) else [value.get("author")]
    names = [_text(one, "name") if isinstance(one, dict) else one for one in listed[:50]]
    cleaned = [plain.from_unknown(name, BYLINE) for name in names if isinstance(name, str)]
    return text.clean(", ".join(dict.fromkeys(filter(None, cleaned))), BYLINE)


def _tags(value: Any) -> tuple[str, ...]:
    listed = value[: 4 * TAGS] if isinstance(value, list) else []
    cleaned = (plain.from_unknown(tag, TAG) for tag in listed if isinstance(tag, str))
    return tuple(dict.fromkeys(filter(None, cleaned)))[:TAGS]
