"""The site's other forms: JSON Feed, and a sitemap for search engines.

Sources: https://www.jsonfeed.org/version/1.1/ · https://www.sitemaps.org/protocol.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from clipper.publishers.pages import Shown

MOST_IN_SITEMAP = 50_000
"""Addresses in one sitemap, by the protocol."""


def json_feed(
    updates: Sequence[Shown], *, title: str, address: str, language: str, description: str,
    ours: str = "",
) -> bytes:  # fmt: skip
    """The newest updates as a JSON Feed 1.1. `address` may be "": then there are no links
    home. `ours` marks the campaign's own words."""
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": title,
        "language": language,
        "items": [_item(update, address, ours) for update in updates],
    }
    if description:
        feed["description"] = description
    if address:
        feed |= {"home_page_url": f"{address}/", "feed_url": f"{address}/feed.json"}
    return json.dumps(feed, ensure_ascii=False, indent=1).encode("utf-8") + b"\n"


def _item(update: Shown, address: str, ours: str) -> dict[str, Any]:
    note = f"{ours} {update.note}".strip() if update.note else ""
    said: dict[str, Any] = {
        "id": update.id,
        "title": update.headline,
        "content_text": "\n\n".join(filter(None, [note, update.attribution, *update.paragraphs])),
        "date_published": _instant(update.at),
        "date_modified": _instant(update.updated_at),
        "tags": [place.name for place in update.campaigns],
    }
    if update.own:
        del said["content_text"]
        said["content_html"] = str(update.body)
    if update.image and address:
        said["image"] = f"{address}/{update.image}"
    if update.url:
        said["external_url"] = update.url
    if address:
        said["url"] = f"{address}/{update.file}"
    if update.language:
        said["language"] = update.language
    return said


def sitemap(files: Sequence[str], updates: Sequence[Shown], address: str) -> bytes:
    """The pages that search engines should know, with the dates of those that have one."""
    dates = {update.file: _instant(update.updated_at) for update in updates}
    lines = "\n".join(_locations(files, dates, address))
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'{head}<urlset xmlns="{space}">\n{lines}\n</urlset>\n'.encode()


def _locations(files: Sequence[str], dates: dict[str, str], address: str) -> Iterator[str]:
    for file in files[:MOST_IN_SITEMAP]:
        place = escape(f"{address}/{'' if file == 'index.html' else file}")
        changed = f"<lastmod>{dates[file]}</lastmod>" if file in dates else ""
        yield f"<url><loc>{place}</loc>{changed}</url>"


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")
