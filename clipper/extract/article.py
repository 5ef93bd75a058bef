"""The two entrances of the room, and how an article is put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from clipper import byline, text, urls
from clipper.model import Article, Doubt, Entry, ExtractError, Origin, Outlet, Page

from . import (
    authors,
    blocks,
    body,
    dates,
    decode,
    doubts,
    elsewhere,
    jsonld,
    language,
    layout,
    lines,
    markup,
    reconcile,
    title,
    walk,
    zones,
)
from .authors import Credit
from .blocks import Block
from .lines import Cleaned
from .markup import Markup
from .reconcile import Body

MAX_TEXT = 1_000_000
"""Characters of an article's text; a longer one is cut at a block's end."""
DATELINE_SCOPE = 400
"""Characters at the start of the text in which the printed place is looked for."""

NO_PAGE: dict[str, str] = {
    "pdf": "a PDF",
    "image": "a picture",
    "zip": "a ZIP archive",
    "video": "a video",
    "sound": "a sound file",
}


def extract(
    page: Page, entry: Entry | None = None, outlet: Outlet | None = None
) -> Article | ExtractError:
    """Read the article of `page`; with its feed `entry` and its `outlet` when they are known.

    The page's own claims go first; the entry fills what the page lacks (title, authors, date,
    language) and lends its content as a second body. For a known outlet, what is credited apart
    (the outlet itself, the agency) is not among the authors. Never raises for what a page holds:
    a body that is no page, or in which nothing can be read, is an `ExtractError` of kind
    `not-html` or `empty`; a home page or a "not found" page in its place is one of kind
    `home-page` or `not-found`. An article without text is an article, with the doubt `no-text`.
    """
    kind = decode.sniff(page.body)
    if kind:
        leads_to = NO_PAGE.get(kind, f"a file ({kind})")
        return ExtractError(
            kind="not-html", text=f"The address leads to {leads_to}, not to a page."
        )
    found = markup.read(page.url, decode.decode(page), _names(outlet))
    if found is None:
        return ExtractError(kind="empty", text="There is nothing in the page that can be read.")
    other = elsewhere.fault(page, (found.page_title, *title.printed(found)[:1]), entry)
    return other or _of_page(found, page, entry, outlet)


def from_entry(entry: Entry, outlet: Outlet | None = None) -> Article | ExtractError:
    """Read an article from what the feed itself says, when there is no page.

    Its text is the entry's content, or else the summary; the doubt `feed-only` says so.
    An entry without title and text is an `ExtractError` of kind `empty`.
    """
    found = blocks.from_source(entry.content) or blocks.from_source(entry.summary)
    credit = _feed_credit(entry, outlet)
    cleaned = lines.tidy(found, entry.title, credit.authors)
    words = joined(cleaned.blocks)
    if not words and not entry.title:
        return ExtractError(kind="empty", text="The feed gives neither a title nor a text.")
    placed = byline.dateline(words[:DATELINE_SCOPE])
    spoken = language.choose_for(entry.language, words)
    return Article(
        url=entry.url,
        title=text.clean(entry.title, title.MAX_TITLE),
        text=words,
        canonical_url=urls.canonical(entry.url) if entry.url else "",
        lede=text.clean(entry.summary, zones.MAX_LEDE),
        authors=_signing(credit, outlet),
        byline=credit.line,
        dateline=placed.place,
        wire=credit.wire or placed.wire,
        language=spoken[0],
        published_at=entry.published_at,
        date_text=entry.published_raw,
        keywords=tuple(dict.fromkeys(entry.tags))[: zones.MAX_KEYWORDS],
        site_name=outlet.name if outlet else "",
        origins=_kept(
            title=Origin.FEED if entry.title else "",
            text=Origin.FEED if words else "",
            authors=credit.origin,
            published_at=Origin.FEED if entry.published_at else "",
            lede=Origin.FEED if entry.summary else "",
            keywords=Origin.FEED if entry.tags else "",
            language=spoken[1],
        ),
        doubts=_unique(
            Doubt.FEED_ONLY,
            *doubts.of_text(words),
            *credit.doubts,
            "" if entry.published_at else Doubt.NO_DATE,
        ),
    )


# ---------------------------------------------------------------- one page


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the page's head and markup say beside the text, and where each was read."""

    title: str
    title_from: str
    credit: Credit
    lede: str
    captions: tuple[str, ...]
    section: str
    keywords: tuple[str, ...]
    image: str
    canonical: str
    foreign: bool
    modified_at: datetime | None
    origins: dict[str, str]


def _of_page(
    found: Markup, page: Page, entry: Entry | None, outlet: Outlet | None
) -> Article | ExtractError:
    # All facts are read before the body: reading the body takes the scripts out of the tree.
    facts = _facts(found, page, entry, outlet)
    stamp = dates.choose(found, page.fetched_at)
    whole, cleaned = _text(found, facts, entry)
    words = joined(cleaned.blocks)
    if not words and not facts.title:
        return ExtractError(kind="empty", text="The page has neither a headline nor a text.")
    credit = facts.credit
    if not credit.authors and cleaned.byline:
        credit = authors.from_lines([cleaned.byline], _outlet_name(found, outlet)) or credit
    placed = byline.dateline(words[:DATELINE_SCOPE])
    at, written, date_from = _date(stamp, cleaned, entry)
    spoken, spoken_from = language.choose(found, words, entry.language if entry else "")
    return Article(
        url=page.url,
        title=facts.title,
        text=words,
        canonical_url=facts.canonical,
        lede=facts.lede,
        authors=_signing(credit, outlet),
        byline=credit.line,
        dateline=placed.place,
        wire=credit.wire or placed.wire,
        language=spoken,
        published_at=at,
        modified_at=facts.modified_at,
        date_text=written,
        captions=facts.captions,
        section=facts.section,
        keywords=facts.keywords,
        image=facts.image,
        site_name=zones.site_name(found) or (outlet.name if outlet else ""),
        origins=_kept(
            title=facts.title_from,
            text=whole.origin if words else "",
            authors=credit.origin,
            published_at=date_from,
            language=spoken_from,
            **facts.origins,
        ),
        doubts=_unique(
            *doubts.of_page(found, words),
            *doubts.of_entry(entry.title if entry else "", facts.title, words),
            *credit.doubts,
            "" if at else Doubt.NO_DATE,
            Doubt.FOREIGN_CANONICAL if facts.foreign else "",
        ),
    )


def _facts(found: Markup, page: Page, entry: Entry | None, outlet: Outlet | None) -> _Facts:
    headline, title_from = title.choose(found)
    if not headline and entry is not None and entry.title:
        headline, title_from = text.clean(entry.title, title.MAX_TITLE), Origin.FEED
    credit = authors.choose(found)
    if not credit.sure and entry is not None:
        of_feed = _feed_credit(entry, outlet)
        credit = of_feed if of_feed.sure or not credit.authors else credit
    lede, lede_from = zones.lede(found)
    section, section_from = zones.section(found)
    keywords, keywords_from = zones.keywords(found)
    image, image_from = zones.image(found)
    canonical, foreign = zones.canonical(found)
    captions = zones.captions(found)
    return _Facts(
        title=headline,
        title_from=title_from,
        credit=credit,
        lede=lede,
        captions=captions,
        section=section,
        keywords=keywords,
        image=image,
        canonical=canonical,
        foreign=foreign,
        modified_at=dates.modified(found, page.fetched_at),
        origins={
            "lede": lede_from,
            "section": section_from,
            "keywords": keywords_from,
            "image": image_from,
            "captions": Origin.BODY if captions else "",
        },
    )


def _text(found: Markup, facts: _Facts, entry: Entry | None) -> tuple[Body, Cleaned]:
    """The body that is believed, and its blocks after the clean-up."""
    states = body.script_states(found)
    body.strip(found)
    layout.straighten(found, facts.title)
    counted = _word_count(found.node)
    walked = walk.read(found, counted)
    if walked is not None and facts.origins["lede"] == Origin.BODY:
        walked = walk.with_standfirst(walked, facts.lede)
    read = Body(body.by_engine(found) if walked is None else walked, Origin.BODY)
    read = reconcile.with_declared(read, reconcile.articles_body(found.node), Origin.JSON_LD)
    if entry is not None and entry.content:
        read = reconcile.with_declared(read, blocks.from_source(entry.content), Origin.FEED)
    if walked is None:
        read = reconcile.rescued(
            read,
            partial(body.by_paragraphs, found),
            word_count=counted,
            most=markup.LENGTH(found.tree) if _is_single(found) else 0,
        )
    if read.length < reconcile.SHORT_BODY and states:
        read = _longer(read, Body(body.by_scripts(states), Origin.BODY))
    return read, lines.tidy(read.blocks, facts.title, facts.credit.authors)


def _longer(read: Body, other: Body) -> Body:
    return other if other.length > 1.5 * read.length else read


def _word_count(node: jsonld.Node) -> int:
    value = node.get("wordCount")
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7:
        return int(value)
    return value if isinstance(value, int) and 0 < value < 1_000_000 else 0


def _is_single(found: Markup) -> bool:
    """Whether the page holds one story: one h1 and at most one article element."""
    ones = sum(1 for _ in found.tree.iter("h1"))
    return ones == 1 and sum(1 for _ in found.tree.iter("article")) <= 1


def _date(
    stamp: dates.Stamp | None, cleaned: Cleaned, entry: Entry | None
) -> tuple[datetime | None, str, str]:
    """The claimed time, as written, and its origin: the page's, the feed's, the printed line's."""
    if stamp is not None and stamp.origin != Origin.RULE:
        return stamp.at, stamp.written, stamp.origin
    if entry is not None and entry.published_at is not None:
        return entry.published_at, entry.published_raw, Origin.FEED
    printed = dates.parse(cleaned.date, Origin.BODY) if cleaned.date else None
    stamp = printed or stamp
    return (stamp.at, stamp.written, stamp.origin) if stamp else (None, "", "")


# ---------------------------------------------------------------- small parts


def joined(found: Sequence[Block]) -> str:
    """The blocks as an article's text, at most `MAX_TEXT` characters."""
    left = MAX_TEXT
    kept: list[str] = []
    for block in found:
        left -= len(block.text) + 1
        if left < 0:
            break
        kept.append(block.text)
    return "\n".join(kept)


def _names(outlet: Outlet | None) -> tuple[str, ...]:
    return (outlet.name, *outlet.aliases) if outlet else ()


def _outlet_name(found: Markup, outlet: Outlet | None) -> str:
    return outlet.name if outlet else next(iter(found.site_names), "")


def _signing(credit: Credit, outlet: Outlet | None) -> tuple[str, ...]:
    """The authors to be named beside the outlet: not itself again, nor the agency."""
    if outlet is None:
        return credit.authors
    apart = (*_names(outlet), *credit.wire.split(", "))
    return tuple(name for name in credit.authors if not title.is_site(name, apart))


def _feed_credit(entry: Entry, outlet: Outlet | None) -> Credit:
    if not entry.byline:
        return Credit()
    name = outlet.name if outlet else ""
    return authors.read_names([entry.byline], name, Origin.FEED, _names(outlet))


def _kept(**origins: str) -> dict[str, str]:
    return {name: str(origin) for name, origin in origins.items() if origin}


def _unique(*found: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(doubt) for doubt in found if doubt))
