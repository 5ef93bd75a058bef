"""The sample outlets and articles, read from the text files in `outlets/`.

A file starts with an outlet's `key: value` lines. Each article follows a line
`=== slug`, with lines of its own, an empty line, and paragraphs between empty lines.
After `--- corrected` stands the text as the outlet corrects it later. `copy: NAME n`
takes the first n paragraphs of a story in `wire.txt`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import resources
from typing import Final

from clipper.text import slug

FILES: Final = (
    "mesa-valley-press",
    "redwood-daily",
    "lakeshore-tribune",
    "cold-creek-ledger",
    "la-voz-del-valle",
    "el-puerto-semanal",
    "commons-review",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleArticle:
    """One invented article.

    `published_at` is None for one without a date. `flags`: `amp` (the feed links the AMP
    page), `paywall` (the page holds the opening only), `dead` (the page is gone),
    `members` (robots.txt forbids it), `undated`. `corrected` is the later text, if any.
    """

    slug: str
    title: str
    byline: str
    section: str
    paragraphs: tuple[str, ...]
    published_at: datetime | None
    lede: str = ""
    photo: str = ""
    tags: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    corrected: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """What the feed says: the standfirst, else the opening, cut at a word."""
        return self.lede or _cut(self.paragraphs[0], 220)

    @property
    def credit(self) -> str:
        """The byline as feeds carry it: without the word before the name."""
        return re.sub(r"^(By|Por|Texto:|Interview by)\s+", "", self.byline)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleOutlet:
    """One invented outlet: how it looks (`layout`), what feed it has, and its articles."""

    slug: str
    name: str
    tagline: str
    language: str
    layout: str
    feed: str
    feed_path: str
    charset: str
    articles: tuple[SampleArticle, ...]

    def path(self, article: SampleArticle) -> str:
        """Where the article's page is."""
        if "members" in article.flags:
            return f"/members/{article.slug}"
        return _PATHS[self.layout].format(section=slug(article.section), slug=article.slug)


_PATHS: Final[Mapping[str, str]] = {
    "arc": "/{section}/{slug}/",
    "wordpress": "/{slug}/",
    "table": "/stories/{slug}.html",
    "diario": "/{section}/{slug}.html",
    "plain": "/notas/{slug}",
    "metro": "/{section}/{slug}-story.html",
    "magazine": "/articles/{slug}",
}


def outlets(now: datetime) -> tuple[SampleOutlet, ...]:
    """All sample outlets, their articles newest first, with dates counted back from `now`."""
    wire = {slug: paragraphs for slug, _, paragraphs, _ in _sections(_file("wire"))}
    return tuple(_outlet(name, now, wire) for name in FILES)


def _file(name: str) -> str:
    return resources.files("clipper.demo").joinpath("outlets", f"{name}.txt").read_text("utf-8")


def _outlet(name: str, now: datetime, wire: Mapping[str, tuple[str, ...]]) -> SampleOutlet:
    text = _file(name)
    head = _head(text.partition("\n=== ")[0])
    articles = [_article(section, now, wire) for section in _sections(text)]
    return SampleOutlet(
        slug=name,
        name=head["name"],
        tagline=head["tagline"],
        language=head["language"],
        layout=head["layout"],
        feed=head["feed"],
        feed_path=head["feed-path"],
        charset=head.get("charset", "utf-8"),
        articles=tuple(sorted(articles, key=lambda a: a.published_at or now, reverse=True)),
    )


_Section = tuple[str, dict[str, str], tuple[str, ...], tuple[str, ...]]


def _sections(text: str) -> list[_Section]:
    return [_section(part) for part in text.split("\n=== ")[1:]]


def _section(part: str) -> _Section:
    slug, _, rest = part.partition("\n")
    head, _, body = rest.partition("\n\n") if re.match(r"[a-z]+:", rest) else ("", "", rest)
    text, _, corrected = body.partition("\n--- corrected\n")
    return slug.strip(), _head(head), _paragraphs(text), _paragraphs(corrected)


def _head(text: str) -> dict[str, str]:
    lines = (line.partition(":") for line in text.splitlines() if line)
    return {key.strip(): value.strip() for key, _, value in lines}


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("\n\n") if part.strip())


def _article(
    section: _Section, now: datetime, wire: Mapping[str, tuple[str, ...]]
) -> SampleArticle:
    slug, head, paragraphs, corrected = section
    flags = frozenset(head.get("flags", "").split())
    return SampleArticle(
        slug=slug,
        title=head["title"],
        byline=head["byline"],
        section=head["section"],
        paragraphs=_copied(head["copy"], wire) if "copy" in head else paragraphs,
        published_at=None if "undated" in flags else now - _age(head["ago"]),
        lede=head.get("lede", ""),
        photo=head.get("photo", ""),
        tags=tuple(re.split(r"\s*[,|]\s*", head["tags"])) if head.get("tags") else (),
        flags=flags,
        corrected=corrected,
    )


def _copied(copy: str, wire: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    name, count = copy.split()
    return wire[name][: int(count)]


def _age(ago: str) -> timedelta:
    count = int(ago[:-1])
    return timedelta(hours=count) if ago.endswith("h") else timedelta(days=count, minutes=37)


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + " …"
