"""The sample outlets' pages: articles poured into seven layouts, front pages, robots.txt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from html import escape
from importlib import resources
from string import Template
from typing import Final

from clipper.demo.samples import SampleArticle, SampleOutlet

_ENGLISH: Final = (
    "January February March April May June July August September October November December"
)
_SPANISH: Final = (
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_MONTHS: Final = {"en": tuple(_ENGLISH.split()), "es": tuple(_SPANISH.split())}


@lru_cache
def _template(name: str) -> Template:
    path = resources.files("clipper.demo").joinpath("layouts", f"{name}.html")
    return Template(path.read_text("utf-8"))


def page(
    outlet: SampleOutlet,
    article: SampleArticle,
    base: str,
    *,
    corrected: bool = False,
    layout: str = "",
) -> bytes:
    """The article's page in the outlet's charset; `layout` overrides the outlet's own."""
    paragraphs = article.corrected if corrected and article.corrected else article.paragraphs
    slots = {
        **_outlet_slots(outlet, base),
        **_article_slots(outlet, article, base),
        "paragraphs": "\n".join(f"<p>{escape(text, quote=False)}</p>" for text in paragraphs),
        "breaks": "<br><br>\n".join(escape(text, quote=False) for text in paragraphs),
        "json_ld": _json_ld(outlet, article, base, corrected),
        "wall": _WALL if "paywall" in article.flags else "",
    }
    html = _template(layout or outlet.layout).substitute(slots)
    return html.encode(outlet.charset, "xmlcharrefreplace")


_WALL: Final = (
    '<div class="subscriber-only paywall"><h3>Keep reading</h3><p>Subscribe to read the rest '
    "of this story: $1 for three months.</p><a href='/subscribe'>Subscribe</a></div>"
)


def front(outlet: SampleOutlet, base: str) -> bytes:
    """The home page, which names the feed and links every article."""
    rows = "\n".join(
        f'<li><a href="{outlet.path(article)}">{escape(article.title, quote=False)}</a></li>'
        for article in outlet.articles
    )
    html = _template("front").substitute(
        _outlet_slots(outlet, base), rows=rows, feed_type=_FEED_TYPES[outlet.feed]
    )
    return html.encode(outlet.charset, "xmlcharrefreplace")


_FEED_TYPES: Final[Mapping[str, str]] = {
    "rss": "application/rss+xml",
    "rss-full": "application/rss+xml",
    "atom": "application/atom+xml",
    "json": "application/feed+json",
}

ROBOTS: Final = b"User-agent: *\nDisallow: /members/\nDisallow: /search\n"


def photo(article: SampleArticle) -> bytes:
    """A small drawing in the place of a photograph."""
    hue = sum(article.slug.encode()) % 360
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9">'
        f'<rect width="16" height="9" fill="hsl({hue},30%,75%)"/>'
        f'<path d="M0 9 5 3l4 4 2-2 5 4z" fill="hsl({hue},30%,45%)"/></svg>'
    ).encode()


def _outlet_slots(outlet: SampleOutlet, base: str) -> dict[str, str]:
    sections = dict.fromkeys(article.section for article in outlet.articles)
    nav = "\n".join(
        f'<li><a href="/sections/{i}">{name}</a></li>' for i, name in enumerate(sections)
    )
    return {
        "outlet": escape(outlet.name),
        "tagline": escape(outlet.tagline),
        "language": outlet.language,
        "charset": outlet.charset,
        "home": f"{base}/",
        "feed": base + outlet.feed_path,
        "nav": nav,
    }


def _article_slots(outlet: SampleOutlet, article: SampleArticle, base: str) -> dict[str, str]:
    url = base + outlet.path(article)
    at = article.published_at
    return {
        "title": escape(article.title, quote=False),
        "title_attribute": escape(article.title),
        "url": url,
        "amp": f'<link rel="amphtml" href="{base}/amp{outlet.path(article)}">'
        if "amp" in article.flags
        else "",
        "summary": escape(article.summary),
        "lede": f'<p class="dek">{escape(article.lede, quote=False)}</p>' if article.lede else "",
        "byline": escape(article.byline, quote=False),
        "credit": escape(article.credit),
        "section": escape(article.section),
        "iso": at.isoformat(timespec="seconds") if at else "",
        "time_meta": f'<meta property="article:published_time" content="{at.isoformat()}">'
        if at
        else "",
        "date": _written(at, outlet.language) if at else "",
        "figure": _figure(article),
        "related": _related(outlet, article),
        "tags": "".join(f'<a rel="tag" href="/tag/">{escape(tag)}</a> ' for tag in article.tags),
    }


def _written(at: datetime, language: str) -> str:
    month = _MONTHS[language][at.month - 1]
    if language == "es":
        return f"{at.day} de {month} de {at.year}"
    hour = at.hour % 12 or 12
    return f"{month} {at.day}, {at.year} at {hour}:{at:%M} {'a.m.' if at.hour < 12 else 'p.m.'}"


def _figure(article: SampleArticle) -> str:
    if not article.photo:
        return ""
    return (
        f'<figure><img src="/img/{article.slug}.svg" alt="" width="640" height="360">'
        f"<figcaption>{escape(article.photo, quote=False)}</figcaption></figure>"
    )


def _related(outlet: SampleOutlet, article: SampleArticle) -> str:
    at = outlet.articles.index(article)
    others = (outlet.articles[at + 1 :] + outlet.articles[:at])[:4]
    return "\n".join(
        f'<li><a href="{outlet.path(other)}">{escape(other.title, quote=False)}</a></li>'
        for other in others
    )


def _json_ld(outlet: SampleOutlet, article: SampleArticle, base: str, corrected: bool) -> str:
    node: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "description": article.summary,
        "mainEntityOfPage": base + outlet.path(article),
        "articleSection": article.section,
        "author": [{"@type": "Person", "name": name} for name in _people(article.credit)],
        "publisher": {"@type": "NewsMediaOrganization", "name": outlet.name},
        "isAccessibleForFree": "paywall" not in article.flags,
    }
    if article.published_at:
        node["datePublished"] = article.published_at.isoformat(timespec="seconds")
    if corrected and article.corrected:
        node["correction"] = article.corrected[-1]
    return json.dumps(node, ensure_ascii=False).replace("</", "<\\/")


def _people(credit: str) -> list[str]:
    names = credit.partition(" | ")[0].partition(", Staff")[0].partition(", Associated")[0]
    return [name.strip() for part in names.split(" and ") for name in part.split(",")]
