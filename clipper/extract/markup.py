"""A page's markup, parsed once and bounded, with what its head declares.

All other modules of the room read from this. The tree may be large and hostile: what no
article needs (floods of attributes, endless nodes) is cut right after parsing, so that nothing
behind it takes more than about linear time in a bounded size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from lxml import etree, html

from clipper import text, urls

from . import jsonld
from .tables import words, xpath

MAX_ELEMENTS = 20_000
MAX_ATTRIBUTES = 40
MAX_METAS = 400
MAX_VALUE = 2000
"""Characters of a meta value that are kept."""

KEPT_ATTRIBUTES = frozenset(
    words(
        """
        class id href src rel itemprop itemtype datetime content name property title lang
        """
    )
)
HEAD_PARTS = ("meta", "link", "script", "style")
LONG_TAG = 20_000
ATTRIBUTE_FLOOD = re.compile(rf"<(\w+)\s[^<>]{{{LONG_TAG},}}>")
"""libxml2 compares each attribute of a tag with all before it: such tags lose theirs unparsed."""
OVERFULL = xpath(f"//*[@*[{MAX_ATTRIBUTES}]]")
LONG_ATTRIBUTES = xpath("//*[@*[string-length(.) > 4000]]")
# It begins with a plain "=": without that, re asks at every letter of the page.
MAY_BE_LONG = re.compile(
    r"""=(?:\s{10}|\s{0,9}(?:"[^"]{4000}|'[^']{4000}|[^\s"'>=]{200})"""
    r"""|[^\s"'>=]{0,199}(?:=[^\s"'>=]{0,199}){19})"""
)
"""What a source must hold for any attribute of its to be longer than 4000 characters."""
LINKED_DATA = xpath("//script[contains(translate(@type, 'LDJSON', 'ldjson'), 'ld+json')]")
COUNT = xpath("count(//*)")
SURPLUS = xpath(" | ".join(f"(//{tag})[position() > {MAX_METAS}]" for tag in HEAD_PARTS))
LENGTH = xpath("string-length(normalize-space(/))")

HEAD_TAGS = frozenset({"h2", "h3", "h4", "div", "span", "p", "a"})
HEAD_NAMES = re.compile(
    r"(?:^|\s)(?:entry|post|article|story)[-_]*(?:title|headline)(?:\s|$)|(?:^|\s)headline(?:\s|$)|"
    r"itemprop-headline",
    re.I,
)
LOGO = re.compile(
    r"\b(?:nav|navbar|footer|sidebar|related|comments?|recommend\w*|promo|teaser|widget|modal|"
    r"newsletter|site-?(?:title|name|logo|branding)|logo|masthead|most-?(?:read|popular))\b",
    re.I,
)

SITE_KEYS = ("og:site_name", "application-name", "apple-mobile-web-app-title", "publisher")

# Each alternative begins with a plain letter: then re passes quickly over all that begins none.
SPEAKING = re.compile(
    r"headline|entry-?title|post-?title|article-?title|story-?title|yline|byl\b|BYL|uthor|Writer|"
    r"writer|vcard|ontributor|ournalist|Autor|autor|auteur|firma\b|erfasser|signature|eporter|"
    r"posted|redact|Date|date|imestamp|fecha|datum|tandfirst|sub-?head|deck\b|dek\b|subtitle|"
    r"entradilla|chapo|published"
)
"""Classes and ids that may name a headline, a byline, a standfirst or a date."""
OWN_ID = re.compile(r"uthor|yline")
REMEMBERED = 8192
"""Classes of which each verdict is remembered, at most `MAX_NAMES` characters of each."""
MAX_NAMES = 500
AUTHOR_LINK = re.compile(
    r"/(?:authors?|writers?|staff(?:_name|_profile)?|people|profiles?|autore?s?|contributors?|by|"
    r"journalists?|reporters?|auteurs?|firmas?|person|columnists?)/",
    re.I,
)


@dataclass(frozen=True)
class Markup:
    """A parsed page.

    `metas` maps the lower-case name, property or itemprop of `<meta>` to its values;
    `linked` is the page's JSON-LD, `declared` the names that the outlet goes by for us.
    """

    url: str
    tree: Any
    metas: Mapping[str, tuple[str, ...]]
    linked: jsonld.Linked
    declared: tuple[str, ...] = ()

    def meta(self, *names: str) -> str:
        """The first value of the first of `names` that the page has, or an empty string."""
        return next((value for name in names for value in self.metas.get(name, ())), "")

    def all_metas(self, *names: str) -> tuple[str, ...]:
        """All values of the first of `names` that the page has."""
        return next((self.metas[name] for name in names if name in self.metas), ())

    @cached_property
    def marked(self) -> tuple[tuple[Any, str], ...]:
        """The elements that may be a headline, byline, standfirst or date, in document order.

        With each its class and id, and `rel=author`, `author-link` or its itemprop when it has one.
        """
        return tuple(_marked(self.tree))

    @cached_property
    def heads(self) -> tuple[Any, ...]:
        """The elements that may be the headline, h1s first."""
        return tuple(_heads(self))

    @cached_property
    def around(self) -> dict[Any, int]:
        """The ancestors of the first headline, each with its distance; empty without one."""
        outers = self.heads[0].iterancestors() if self.heads else ()
        return {outer: step for step, outer in enumerate(outers)}

    @cached_property
    def page_title(self) -> str:
        """The text of `<title>`."""
        found = self.tree.find(".//title")
        return text.clean(found.text_content(), 500) if found is not None else ""

    @cached_property
    def node(self) -> jsonld.Node:
        """The JSON-LD node of this page's article, empty when there is none."""
        return main_node(self)

    @cached_property
    def site_names(self) -> tuple[str, ...]:
        """What the outlet is called: by us, by the page's head, by its publisher, by its host."""
        published = self.node.get("publisher")
        publisher = jsonld.text(published, "name") if isinstance(published, dict) else ""
        metas = [value for key in SITE_KEYS for value in self.metas.get(key, ())]
        site = urls.site(self.url)
        names = (*self.declared, *metas, publisher, site, site.split(".")[0])
        return tuple(dict.fromkeys(text.clean(name, 100) for name in names if name))


def read(url: str, source: str, declared: tuple[str, ...] = ()) -> Markup | None:
    """Parse `source`, the text of the page at `url`; None when there is no element in it."""
    tree = parse(source)
    if tree is None:
        return None
    scripts = [script.text or "" for script in islice(LINKED_DATA(tree), jsonld.MAX_SCRIPTS)]
    return Markup(url, tree, dict(_metas(tree)), jsonld.read(scripts), declared)


def parse(source: str) -> Any:
    """The bounded tree of `source`, or None."""
    if max(map(len, source.split(">"))) > LONG_TAG:
        source = ATTRIBUTE_FLOOD.sub(r"<\1>", source)
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # lxml.html's own look-up of classes is written in Python and runs for every element.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=html.HtmlElement))
    try:
        tree = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return None
    if tree is None:
        return None
    _bound(tree, long=MAY_BE_LONG.search(source) is not None)
    return tree


def _bound(tree: Any, *, long: bool) -> None:
    for element in (*OVERFULL(tree), *(LONG_ATTRIBUTES(tree) if long else ())):
        for name in list(element.attrib):
            if name not in KEPT_ATTRIBUTES or len(element.attrib[name]) > 4000:
                del element.attrib[name]
    if COUNT(tree) > MAX_ELEMENTS:
        for element in SURPLUS(tree):
            element.getparent().remove(element)
        _cut(tree)


def _cut(tree: Any) -> None:
    """Remove all that comes after the first `MAX_ELEMENTS` elements in document order."""
    last = next(islice(tree.iter(), MAX_ELEMENTS, None), None)
    while last is not None and last.getparent() is not None:
        parent = last.getparent()
        del parent[parent.index(last) :]
        last = parent.getnext() if parent.getnext() is not None else _next_aunt(parent)


def _next_aunt(element: Any) -> Any:
    while element is not None and element.getnext() is None:
        element = element.getparent()
    return element.getnext() if element is not None else None


def _metas(tree: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    found: dict[str, list[str]] = {}
    for element in islice(tree.iter("meta"), MAX_METAS):
        value = (element.get("content") or "")[:MAX_VALUE]
        if not value.strip():
            continue
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "")[:100].strip().lower()
            if name:
                found.setdefault(name, []).append(jsonld.unescaped(value))
    return ((name, tuple(dict.fromkeys(values[:30]))) for name, values in found.items())


def _marked(tree: Any) -> Iterator[tuple[Any, str]]:
    for element in tree.iter(etree.Element):
        get = element.get
        names, called, prop, tested = get("class"), get("id"), get("itemprop"), get("data-testid")
        sure = f"itemprop-{prop}" if prop else _linked_author(element)
        if sure or tested or (called and OWN_ID.search(called)):
            names = " ".join(one for one in (names, called, tested, sure) if one)
        if sure or (names and _speaks(names[:MAX_NAMES])):
            yield element, names or ""


# An outlet's pages share their classes: each is judged once a process.
@lru_cache(maxsize=REMEMBERED)
def _speaks(names: str) -> bool:
    return SPEAKING.search(names) is not None


def _linked_author(element: Any) -> str:
    """How a link says that it leads to an author, if it does."""
    if element.tag != "a":
        return ""
    if element.get("rel") == "author":
        return "rel-author"
    return "author-link" if AUTHOR_LINK.search(element.get("href") or "") else ""


def _heads(markup: Markup) -> list[Any]:
    marked = (
        element
        for element, names in markup.marked
        if element.tag in HEAD_TAGS and HEAD_NAMES.search(names)
    )
    found = dict.fromkeys((*islice(markup.tree.iter("h1"), 30), *islice(marked, 30)))
    return [element for element in found if not _is_elsewhere(element, markup.url)]


def _is_elsewhere(element: Any, url: str) -> bool:
    if _leads_home(element, url):
        return True
    for step, outer in enumerate((element, *element.iterancestors())):
        if outer.tag in ASIDE_TAGS:
            return True
        if step < 3 and LOGO.search(f"{outer.get('class') or ''} {outer.get('id') or ''}"):
            return True
    return False


def _leads_home(element: Any, url: str) -> bool:
    """Whether the headline is a link to the site's front page: then it is the logo."""
    links = [element] if element.tag == "a" else element.findall(".//a")
    target = (links[0].get("href") or "") if links else ""
    if not target:
        return False
    reached = urls.join(url, target)
    return bool(reached) and reached.rstrip("/").count("/") == 2 and url.count("/") > 3


def main_node(markup: Markup) -> jsonld.Node:
    """The article node that speaks of this page: by address, then by headline, then by place."""
    nodes = markup.linked.articles
    if len(nodes) < 2:
        return nodes[0] if nodes else {}
    return max(nodes, key=lambda node: (_points_here(node, markup), _alike(node, markup)))


def _points_here(node: jsonld.Node, markup: Markup) -> bool:
    here = {urls.loose_key(url) for url in (markup.url, markup.meta("og:url")) if url}
    links = (jsonld.text(node, "url"), _address(node.get("mainEntityOfPage")))
    return any(urls.loose_key(urls.join(markup.url, link)) in here for link in links if link)


def _address(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("@id") or value.get("url") or "")
    return value if isinstance(value, str) else ""


def _alike(node: jsonld.Node, markup: Markup) -> float:
    headline = jsonld.text(node, "headline", "name")
    titles = (markup.meta("og:title"), markup.page_title)
    return max((likeness(headline, title) for title in titles), default=0.0)


# ---------------------------------------------------------------- places in the page

ASIDE = re.compile(
    r"comment|related|sidebar|recommend|promo|teaser|widget|popular|trending|newsletter|"
    r"most-(?:read|viewed)|read-next|carousel|latest-?(?:news|posts|stories|articles)|card-list|"
    r"more-(?:from|stories|news|posts)|see-also|infinite|signup|subscri|"
    r"footer(?<!post-footer)(?<!entry-footer)(?<!article-footer)"
)
"""Classes and ids, in small letters, of what stands beside a story."""
OWN_FOOTER = re.compile(r"(?:post|entry|article)-footer")
ASIDE_TAGS = frozenset({"aside", "footer", "nav", "form", "dialog"})
WHOLE_TAGS = frozenset({"html", "body", "main", "article"})


def stands_aside(element: Any, levels: Mapping[Any, int], most: int = 12) -> bool:
    """Whether `element` belongs to a sidebar, a list of other stories, comments, the footer.

    `levels` are the headline's ancestors: what holds the headline too is no sidebar, whatever
    its class says ("has-sidebar").
    """
    # Without a headline, boxes far out can't be told from the page's own.
    for outer in islice((element, *element.iterancestors()), most if levels else 4):
        if outer in levels:
            return False
        called = f"{outer.get('class') or ''} {outer.get('id') or ''}"
        if outer.tag in ASIDE_TAGS and not OWN_FOOTER.search(called):
            return True
        if outer.tag not in WHOLE_TAGS and _names_aside(called[:MAX_NAMES]):
            return True
    return False


@lru_cache(maxsize=REMEMBERED)
def _names_aside(called: str) -> bool:
    return ASIDE.search(called.lower()) is not None


# ---------------------------------------------------------------- likeness of short texts

TOKENS = re.compile(r"[぀-ヿ㐀-鿿가-힯]|[^\W_]+")


def tokens(value: str) -> list[str]:
    """The words of a short text, folded; CJK characters count as words."""
    return TOKENS.findall(text.fold(value[:600]))


def likeness(one: str, other: str) -> float:
    """How much two short texts share, from 0 to 1: Dice's coefficient of their sets of words."""
    left, right = set(tokens(one)), set(tokens(other))
    if not left or not right:
        return 0.0
    return 2 * len(left & right) / (len(left) + len(right))
