"""What stands beside the text: standfirst, captions, section, keywords, picture, addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from clipper import text, urls
from clipper.model import Origin

from . import jsonld
from .markup import Markup, stands_aside
from .tables import xpath

MAX_LEDE = 1000
MAX_CAPTIONS = 20
MAX_KEYWORDS = 30

CAPTIONS = xpath(
    "//figcaption[not(ancestor::aside or ancestor::nav or ancestor::footer)] | "
    "//p[contains(@class,'wp-caption-text')]"
)
STANDFIRST = re.compile(
    r"tandfirst|sub-?head(?:line|er|ing)?\b|\bdec?k\b|-dec?k\b|subtitle|entradilla|chapo|"
    r"itemprop-description",
    re.I,
)
STANDFIRST_TAGS = frozenset({"p", "h2", "h3", "div"})
SPLIT_KEYWORDS = re.compile(r"\s*[,;|]\s*")


def lede(markup: Markup) -> tuple[str, str]:
    """The standfirst or summary line and its origin; empty when there is none."""
    choices = (
        (_standfirst(markup), Origin.BODY),
        (markup.meta("og:description"), Origin.META),
        (jsonld.text(markup.node, "description", "alternativeHeadline"), Origin.JSON_LD),
        (markup.meta("description", "twitter:description", "dc.description"), Origin.META),
    )
    for value, origin in choices:
        cleaned = text.clean(value, MAX_LEDE)
        if len(cleaned) > 20:
            return cleaned, str(origin)
    return "", ""


def _standfirst(markup: Markup) -> str:
    around = markup.around
    found = (
        e for e, names in markup.marked if e.tag in STANDFIRST_TAGS and STANDFIRST.search(names)
    )
    for element in islice(found, 5):
        words = " ".join(element.text_content().split())
        if 30 < len(words) < 600 and not stands_aside(element, around):
            return words
    return ""


def captions(markup: Markup) -> tuple[str, ...]:
    """The captions of the article's pictures, each once, in order."""
    around = markup.around
    found = (
        text.clean(" ".join(element.text_content().split())[:2000], 600)
        for element in islice(CAPTIONS(markup.tree), 60)
        if not stands_aside(element, around)
    )
    return tuple(dict.fromkeys(words for words in found if len(words) > 2))[:MAX_CAPTIONS]


def section(markup: Markup) -> tuple[str, str]:
    """The part of the paper that it appeared in, and the origin."""
    choices = (
        (jsonld.text(markup.node, "articleSection"), Origin.JSON_LD),
        (markup.meta("article:section", "parsely-section", "section", "cxenseparse:section"),
         Origin.META),
    )  # fmt: skip
    return next(((text.clean(v, 100), str(o)) for v, o in choices if v), ("", ""))


def keywords(markup: Markup) -> tuple[tuple[str, ...], str]:
    """The outlet's own keywords, each once, and their origin."""
    linked = jsonld.texts(markup.node, "keywords")
    metas = markup.all_metas("article:tag", "news_keywords", "parsely-tags", "keywords")
    for values, origin in ((linked, Origin.JSON_LD), (metas, Origin.META)):
        words = list(_split(values))
        if words:
            return tuple(dict.fromkeys(words))[:MAX_KEYWORDS], str(origin)
    return (), ""


def _split(values: list[str] | tuple[str, ...]) -> Iterator[str]:
    for value in values[:50]:
        for word in SPLIT_KEYWORDS.split(value[:2000]):
            cleaned = text.clean(word, 80)
            if cleaned:
                yield cleaned


def image(markup: Markup) -> tuple[str, str]:
    """The address of the article's picture, absolute and http(s), and its origin."""
    choices = (
        (markup.meta("og:image:secure_url", "og:image", "og:image:url"), Origin.META),
        (markup.meta("twitter:image", "twitter:image:src", "thumbnail"), Origin.META),
        (_node_image(markup.node), Origin.JSON_LD),
    )
    for value, origin in choices:
        reached = urls.join(markup.url, value.strip()) if value else ""
        if reached:
            return reached, str(origin)
    return "", ""


def _node_image(node: jsonld.Node) -> str:
    value = node.get("image")
    value = value[0] if isinstance(value, list) and value else value
    if isinstance(value, dict):
        value = value.get("url") or value.get("contentUrl")
    return value if isinstance(value, str) else ""


def canonical(markup: Markup) -> tuple[str, bool]:
    """The address that readers should be sent to, and whether the page named a foreign one."""
    link = next(
        (
            urls.join(markup.url, (element.get("href") or "").strip())
            for element in islice(markup.tree.iter("link"), 200)
            if "canonical" in (element.get("rel") or "").lower().split()
        ),
        "",
    )
    og = urls.join(markup.url, markup.meta("og:url").strip()) if markup.meta("og:url") else ""
    here = urls.site(markup.url)
    foreign = any(urls.site(named) != here for named in {link, og} if named)
    return urls.canonical(markup.url, link, og), foreign


def site_name(markup: Markup) -> str:
    """What the page itself says that its outlet is called."""
    return text.clean(markup.meta("og:site_name", "application-name"), 100)
