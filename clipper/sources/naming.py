"""What an outlet calls itself, as its home page says it: pure, for any worker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from .. import text, urls

MAX_NAME = 80
MAX_DATA = 200_000
"""Characters of one block of JSON-LD that are read."""

TITLE_PARTS = re.compile(r"\s+[|–—·•»-]\s+|\s*\|\s*|\s+[:]\s+|:\s+")
_WELCOME = re.compile(r"(?:welcome to|bienvenidos? a|bienvenue sur|willkommen bei)\s+", re.I)
_FEED = re.compile(r"\s*(?:[»›|–-]\s*)?(?:rss(?: 2\.0)?|atom)?\s*(?:feed|rss|atom)s?\s*$", re.I)

_DECLARED = ("og:site_name", "application-name", "apple-mobile-web-app-title")
"""Meta elements that hold the name, the most trusted first."""

_KINDS = ("NewsMediaOrganization", "WebSite", "Organization", "Corporation")
"""Types of schema.org whose `name` is the outlet's, the most telling first."""

_GENERIC = """
    a an and the of in on for to from at by your our all us
    home homepage page frontpage front main index default start welcome untitled site website web
    official online portal news newspaper breaking latest local national world politics sports
    sport weather business opinion culture today headlines headline top stories story
    videos video photos live updates update current events blog articles
    inicio portada principal pagina noticias noticia ultimas ultima hora actualidad hoy deportes
    clima el la los las de del y en sitio oficial diario digital periodico titulares
    accueil actualites actualite infos info et le les des du une
    startseite nachrichten aktuell aktuelle und der die das
    inicial e o os as
"""
GENERIC = frozenset(_GENERIC.split())
"""Words, folded, of which no outlet's name is made alone."""


def site_name(tree: Any, url: str) -> str:
    """The outlet's name; "" when the page says none that could be one.

    What the page declares wins; of its title, that part which is nearest to the address, else
    the shortest, which is mostly the name beside a slogan.
    """
    for name in (*_declared(tree), *_data(tree)):
        if not _is_generic(name):
            return name
    parts = list(_parts(tree))
    borne = [(gap, part) for part in parts if (gap := _distance(part, url)) is not None]
    if borne:
        return min(borne)[1]
    return min((part for part in parts if not _is_generic(part)), key=len, default="")


def _declared(tree: Any) -> Iterator[str]:
    said: dict[str, str] = {}
    for element in tree.iter("meta"):
        name = element.get("property") or element.get("name") or ""
        said.setdefault(name.lower(), element.get("content") or "")
    yield from (text.clean(said.get(name, ""), MAX_NAME) for name in _DECLARED)


def _data(tree: Any) -> list[str]:
    """The names in the page's JSON-LD of what may be the outlet, the most telling first."""
    found: list[tuple[int, str]] = []
    for element in tree.iter("script"):
        if "ld+json" not in (element.get("type") or ""):
            continue
        for node in _nodes((element.text or "")[:MAX_DATA]):
            kinds = node.get("@type")
            name = node.get("name")
            ranks = [_KINDS.index(each) for each in _listed(kinds) if each in _KINDS]
            if ranks and isinstance(name, str):
                found.append((min(ranks), text.clean(name, MAX_NAME)))
    return [name for _, name in sorted(found, key=lambda each: each[0])]


def _nodes(source: str) -> Iterator[dict[str, Any]]:
    """The objects at the top of a block of JSON-LD; none when it is no JSON."""
    try:
        whole = json.loads(source)
    except (ValueError, RecursionError):
        return
    for each in _listed(whole):
        if isinstance(each, dict):
            yield each
            yield from (one for one in _listed(each.get("@graph")) if isinstance(one, dict))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _parts(tree: Any) -> Iterator[str]:
    """The parts of the page's title, then the titles that it gives its feeds."""
    title = next((text.clean(each.text or "", 4 * MAX_NAME) for each in tree.iter("title")), "")
    for part in TITLE_PARTS.split(title):
        yield _WELCOME.sub("", part).strip()[:MAX_NAME]
    for element in tree.iter("link"):
        if "alternate" in (element.get("rel") or "").lower().split() and element.get("title"):
            named = TITLE_PARTS.split(text.clean(element.get("title"), 4 * MAX_NAME))[0]
            yield _FEED.sub("", named).strip()[:MAX_NAME]


def _is_generic(name: str) -> bool:
    words = re.findall(r"\w+", text.fold(name))
    return len("".join(words)) < 3 or all(word in GENERIC or word.isdigit() for word in words)


def _distance(part: str, url: str) -> int | None:
    """How many letters lie between a part and the host's name, when the one is made of the
    other: "The Stanford Daily" and stanforddaily.com; None when it is not. A part of words that
    any page has must be the very name."""
    own = urls.site(url).partition(".")[0]
    letters = "".join(re.findall(r"\w+", text.fold(part))).removeprefix("the")
    label = re.sub(r"[\W_]", "", own).removeprefix("the")
    if min(len(label), len(letters)) < 3 or not (letters in label or label in letters):
        return None
    gap = abs(len(label) - len(letters))
    return None if gap and _is_generic(part) else gap
