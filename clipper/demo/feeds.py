"""The sample outlets' feeds: RSS 2.0, RSS 2.0 with full text, Atom, JSON Feed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Final

from clipper.demo.samples import SampleArticle, SampleOutlet


def feed(outlet: SampleOutlet, base: str, now: datetime) -> tuple[str, bytes]:
    """The content type and the document of the outlet's feed; `base` is its home address."""
    content_type, write = _FEEDS[outlet.feed]
    return content_type, write(outlet, base, now).encode()


def _link(outlet: SampleOutlet, article: SampleArticle, base: str) -> str:
    path = outlet.path(article)
    if "amp" in article.flags:
        return f"{base}/amp{path}?utm_source=feed&utm_medium=atom"
    return base + path + ("?utm_source=rss&utm_medium=feed" if outlet.layout == "arc" else "")


def _html(article: SampleArticle) -> str:
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in article.paragraphs)


def _rss(outlet: SampleOutlet, base: str, now: datetime) -> str:
    full = outlet.feed == "rss-full"
    entries = "".join(_rss_entry(outlet, article, base, full) for article in outlet.articles)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" \
xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.name)}</title>
<link>{base}/</link>
<atom:link href="{base}{outlet.feed_path}" rel="self" type="application/rss+xml"/>
<description>{escape(outlet.tagline)}</description>
<language>{outlet.language}</language>
<lastBuildDate>{_rfc822(now)}</lastBuildDate>
{entries}</channel>
</rss>
"""


def _rss_entry(outlet: SampleOutlet, article: SampleArticle, base: str, full: bool) -> str:
    date = f"<pubDate>{_rfc822(article.published_at)}</pubDate>\n" if article.published_at else ""
    tags = "".join(f"<category>{escape(tag)}</category>\n" for tag in article.tags)
    content = f"<content:encoded><![CDATA[{_html(article)}]]></content:encoded>\n" if full else ""
    return f"""<item>
<title>{escape(article.title, quote=False)}</title>
<link>{escape(_link(outlet, article, base))}</link>
<guid isPermaLink="false">{outlet.slug}:{article.slug}</guid>
<dc:creator><![CDATA[{article.credit}]]></dc:creator>
{date}{tags}<description><![CDATA[{escape(article.summary, quote=False)}]]></description>
{content}</item>
"""


def _atom(outlet: SampleOutlet, base: str, now: datetime) -> str:
    entries = "".join(_atom_entry(outlet, article, base) for article in outlet.articles)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">
<title>{escape(outlet.name)}</title>
<subtitle>{escape(outlet.tagline)}</subtitle>
<link href="{base}/"/>
<link rel="self" href="{base}{outlet.feed_path}"/>
<id>tag:{outlet.slug}.example,2011:front</id>
<updated>{_iso(now)}</updated>
{entries}</feed>
"""


def _atom_entry(outlet: SampleOutlet, article: SampleArticle, base: str) -> str:
    at = article.published_at
    dates = f"<published>{_iso(at)}</published>\n<updated>{_iso(at)}</updated>\n" if at else ""
    author = f"<author><name>{escape(article.credit)}</name></author>\n" if article.byline else ""
    return f"""<entry>
<title type="html">{escape(escape(article.title, quote=False))}</title>
<link rel="alternate" href="{escape(_link(outlet, article, base))}"/>
<id>tag:{outlet.slug}.example,2011:{article.slug}</id>
{dates}{author}<summary>{escape(article.summary)}</summary>
</entry>
"""


def _json(outlet: SampleOutlet, base: str, now: datetime) -> str:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/",
        "feed_url": base + outlet.feed_path,
        "language": outlet.language,
        "items": [_json_entry(outlet, article, base) for article in outlet.articles],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _json_entry(outlet: SampleOutlet, article: SampleArticle, base: str) -> dict[str, object]:
    entry: dict[str, object] = {
        "id": f"{outlet.slug}:{article.slug}",
        "url": _link(outlet, article, base),
        "title": article.title,
        "summary": article.summary,
        "content_html": f"<p>{escape(article.summary, quote=False)}</p>",
        "authors": [{"name": article.credit}],
        "tags": list(article.tags),
    }
    if article.published_at:
        entry["date_published"] = _iso(article.published_at)
    return entry


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC), usegmt=True)


_FEEDS: Final[Mapping[str, tuple[str, Callable[[SampleOutlet, str, datetime], str]]]] = {
    "rss": ("application/rss+xml; charset=utf-8", _rss),
    "rss-full": ("text/xml; charset=utf-8", _rss),
    "atom": ("application/atom+xml; charset=utf-8", _atom),
    "json": ("application/feed+json; charset=utf-8", _json),
}
