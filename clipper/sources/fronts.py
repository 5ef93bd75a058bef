"""Which links of a front page lead to stories: told by where they stand, how they read, and
what their addresses look like.

    page -> anchors -> those in one place of the page's build, judged together -> stories

A front page has few builds: each story's link stands in the same kind of box as the next
one's. Where most of what stands in one kind of box reads like headlines, all of it is taken,
the short headline with the long. What stands in menus, at the page's foot or beside the
stories is passed over. A link alone is taken when both its words and its address are a
story's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .. import text, urls
from . import addresses, links
from .limits import RAW_DATE, TITLE

LEAST = 3
"""Stories that a page must list before its build is believed."""

MAX_ANCHORS = 5_000
MAX_UP = 4
"""Elements above a link in which its date is looked for."""
MAX_WRAPPED = 40
"""Elements in a link among which a heading is looked for."""
LEVELS = 6
"""Elements above a link by which its box is known."""

BOXES = frozenset({"article", "li"})
"""Elements that hold one story each."""
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})

_BESIDE = frozenset({"nav", "footer", "aside", "form", "menu", "dialog"})
_BESIDE_ROLES = frozenset({"navigation", "contentinfo", "complementary", "search", "menu"})
_MAIN = frozenset({"main", "article", "section", "li"})
_BESIDE_NAMES = re.compile(
    r"(?:^|\s)(?:main-|site-|global-|primary-|secondary-|top-|header-|footer-|mobile-)?"
    r"(?:nav|navbar|navigation|menu|footer|sidebar|breadcrumbs?|pagination|pager|social|share)"
    r"(?:[-_]|\s|$)",
    re.I,
)
"""Elements, roles, classes and ids of what stands beside the stories. A `header` does so only
outside of what holds stories: many outlets wrap each headline in one."""

HEADLINE_WORDS = 4
HEADLINE_LENGTH = 18
MOSTLY = 0.6
"""The part of a box's links that must read like headlines before all of them are taken."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link on a page: where it leads, its words, the date that stands beside it; the kind
    of box that it stands in, whether in a heading (`headed`) or beside the stories."""

    url: str
    words: str
    claim: str = ""
    box: str = ""
    headed: bool = False
    beside: bool = False


def anchors(tree: Any, url: str, selector: str = "") -> Iterator[Anchor]:
    """The links of a page that lead to other pages, at most `MAX_ANCHORS`.

    With a selector those that it fits, and those within what it fits. Raises
    `cssselect.SelectorError`.
    """
    base = links.base_of(tree, url)
    known: dict[Any, bool] = {}
    for element in islice(_chosen(tree, selector), MAX_ANCHORS):
        found = urls.join(base, element.get("href") or "").partition("#")[0]
        if found and urls.strict_key(found) != urls.strict_key(url):
            words = text.clean(" ".join(_told_by(element).itertext())[: 4 * TITLE], TITLE)
            above = list(islice(element.iterancestors(), LEVELS))
            yield Anchor(
                url=found,
                words=words or text.clean(element.get("title") or "", TITLE),
                claim=_claim(element),
                box="/".join(_kind(each) for each in above),
                headed=_is_headed(element, above),
                beside=_is_beside(element, known),
            )


def _chosen(tree: Any, selector: str) -> Iterator[Any]:
    if not selector:
        yield from tree.iter("a")
        return
    from cssselect import HTMLTranslator

    for element in tree.xpath(HTMLTranslator().css_to_xpath(selector)):
        if isinstance(element.tag, str):
            yield from element.iter("a")


def _told_by(element: Any) -> Any:
    """What tells a link's words: the heading that it wraps along with other things, or itself."""
    wrapped = (each for each in islice(element.iter(), MAX_WRAPPED) if each.tag in HEADINGS)
    return next(wrapped, element)


def _kind(element: Any) -> str:
    return "h" if element.tag in HEADINGS else str(element.tag)


def _is_headed(element: Any, above: list[Any]) -> bool:
    return _told_by(element) is not element or any(each.tag in HEADINGS for each in above[:3])


def _is_beside(element: Any, known: dict[Any, bool]) -> bool:
    """Whether an element stands in a menu, at the foot, or beside the stories; what is found
    is kept in `known`, for there are many links in each box."""
    way: list[Any] = []
    found = False
    for each in element.iterancestors():
        if each in known:
            found = known[each]
            break
        way.append(each)
        if _turns_aside(each):
            found = True
            break
    known.update(dict.fromkeys(way, found))
    return found


def _turns_aside(element: Any) -> bool:
    if element.tag in ("html", "body", "main", "article"):
        return False
    if element.tag in _BESIDE or (element.get("role") or "").lower() in _BESIDE_ROLES:
        return True
    if element.tag == "header":
        return not any(each.tag in _MAIN for each in element.iterancestors())
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    return _BESIDE_NAMES.search(named) is not None


def _claim(element: Any) -> str:
    """The date (`<time datetime>`) that stands nearest to a link, in what holds it alone."""
    here = element
    for _ in range(MAX_UP):
        for found in here.iter("time"):
            return str(found.get("datetime") or "")[:RAW_DATE]
        if here.tag in BOXES:
            return ""
        here = here.getparent()
        if here is None or (here.tag not in BOXES and _holds_others(here, element)):
            return ""
    return ""


def _holds_others(box: Any, element: Any) -> bool:
    """Whether a box holds links to elsewhere; of one with many, the first few tell."""
    first = islice(box.iter("a"), 8)
    return any(each.get("href") != element.get("href") for each in first)


# ---------------------------------------------------------------- which are stories


def stories(found: Iterable[Anchor], url: str) -> list[Anchor]:
    """Those of the links that lead to stories, in the page's order; none when they are fewer
    than `LEAST`. A page on which all stands "beside" is read as if nothing did."""
    home = urls.site(url)
    own = [
        each for each in found if urls.site(each.url) == home and addresses.may_be_story(each.url)
    ]
    for here in ([each for each in own if not each.beside], own):
        kept = _told(here)
        if len({each.url for each in kept}) >= LEAST:
            return kept
    return []


def _told(own: list[Anchor]) -> list[Anchor]:
    taken = {each.url for each in (*_alone(own), *_boxed(own))}
    return [each for each in own if each.url in taken]


def _boxed(own: list[Anchor]) -> Iterator[Anchor]:
    """Of each box in which most links that lead below a section read like headlines, all those,
    and what else reads so."""
    boxes: dict[str, list[tuple[Anchor, bool]]] = {}
    for each in own:
        reads = _reads_like_headline(each.words)
        if reads or (each.words and addresses.has_slug(each.url)):
            boxes.setdefault(each.box, []).append((each, reads))
    for box in boxes.values():
        least = 1 if all(each.headed for each, _ in box) else LEAST
        read = sum(reads for _, reads in box)
        if len({each.url for each, _ in box}) >= least and read >= MOSTLY * len(box):
            yield from (each for each, _ in box)


def _alone(own: list[Anchor]) -> Iterator[Anchor]:
    """Links with a headline's words and a story's address, of a shape that several share."""
    likely = [
        each
        for each in own
        if addresses.looks_like_story(each.url)
        and (len(each.words) >= 15 or each.words.count(" ") >= 2)
    ]
    shapes = Counter(addresses.shape(address) for address in {each.url for each in likely})
    most = max(shapes.values(), default=0)
    # A shape of a few among many is a box of something else.
    yield from (each for each in likely if shapes[addresses.shape(each.url)] * 5 >= most)


def _reads_like_headline(words: str) -> bool:
    """Several words, or, in a script that sets no blanks between words, several signs."""
    if any("\u3040" <= sign <= "\u9fff" or "\uac00" <= sign <= "\ud7a3" for sign in words):
        return len(words) >= 8
    return len(words) >= HEADLINE_LENGTH and len(words.split()) >= HEADLINE_WORDS
