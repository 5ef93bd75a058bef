"""JSON-LD of a page: which node is the article, and what it says.

Sources: https://schema.org/Article, JSON-LD 1.1 (`@graph`, `@id`). What is found in the wild is
looser: names that are lists, authors that are strings, nodes that only point at others.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from .tables import words

Node: TypeAlias = Mapping[str, Any]

MAX_SCRIPTS = 60
MAX_CHARS = 2_000_000
"""Characters of JSON that are parsed in all."""
MAX_NODES = 3000
MAX_DEPTH = 8

ARTICLE_TYPES = frozenset(
    words(
        """
        Article NewsArticle BlogPosting ReportageNewsArticle OpinionNewsArticle
        AnalysisNewsArticle BackgroundNewsArticle ReviewNewsArticle AskPublicNewsArticle
        LiveBlogPosting SocialMediaPosting AdvertiserContentArticle SatiricalArticle Report
        ScholarlyArticle TechArticle MedicalScholarlyArticle Review CriticReview
        """
    )
)
PAGE_TYPES = frozenset({"WebPage", "ItemPage", "AboutPage", "CreativeWork"})
PERSON_TYPES = frozenset({"Person"})
CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage")
"""Where the article's own node may lie; lists of related stories lie elsewhere."""

WRAPPING = re.compile(
    r"^\s*(?://\s*)?(?:<!--|/?\*?\s*<!\[CDATA\[\s*\*?/?)|(?://\s*)?(?:-->|\]\]>)\s*;?\s*$"
)
TRAILING_COMMA = re.compile(r",(\s*[}\]])")


@dataclass(frozen=True, slots=True)
class Name:
    """An author as declared: a name, and whether it is declared to be a person's."""

    name: str
    person: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """The JSON-LD of a page: its article nodes, its page nodes, and all nodes by `@id`."""

    articles: tuple[Node, ...] = ()
    pages: tuple[Node, ...] = ()
    by_id: Mapping[str, Node] = field(default_factory=dict)


def read(scripts: Sequence[str]) -> Linked:
    """The nodes of the page's JSON-LD `scripts`; what can't be parsed is left out."""
    articles: list[Node] = []
    pages: list[Node] = []
    by_id: dict[str, Node] = {}
    for node in _nodes(_parsed(scripts)):
        kinds = types(node)
        if kinds & ARTICLE_TYPES:
            articles.append(node)
        elif kinds & PAGE_TYPES:
            pages.append(node)
        name = node.get("@id")
        if isinstance(name, str) and len(node) > 1:
            by_id.setdefault(name, node)
    return Linked(tuple(articles), tuple(pages), by_id)


def _parsed(scripts: Sequence[str]) -> list[Any]:
    left = MAX_CHARS
    found: list[Any] = []
    for script in scripts[:MAX_SCRIPTS]:
        if len(script) > left:
            continue
        left -= len(script)
        value = _loads(script)
        if value is not None:
            found.append(value)
    return found


def _loads(script: str) -> Any:
    for candidate in (script, TRAILING_COMMA.sub(r"\1", WRAPPING.sub("", script)).rstrip("; \n")):
        try:
            return json.loads(candidate, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _nodes(roots: list[Any]) -> Iterator[Node]:
    """The objects that may be the page's article, in document order, bounded."""
    waiting: list[tuple[Any, int]] = [(root, 0) for root in reversed(roots)]
    for _ in range(MAX_NODES):
        if not waiting:
            return
        value, depth = waiting.pop()
        if isinstance(value, list) and depth < MAX_DEPTH:
            waiting.extend((inner, depth + 1) for inner in reversed(value[:MAX_NODES]))
        elif isinstance(value, dict):
            yield value
            inner = [value[key] for key in CONTAINERS if isinstance(value.get(key), dict | list)]
            if depth < MAX_DEPTH:
                waiting.extend((one, depth + 1) for one in reversed(inner))


def types(node: Node) -> frozenset[str]:
    """The node's types by their last part (`http://schema.org/Article` is `Article`)."""
    value = node.get("@type")
    names = value if isinstance(value, list) else [value]
    return frozenset(re.split(r"[/#:]", name)[-1] for name in names[:10] if isinstance(name, str))


def text(node: Node, *keys: str) -> str:
    """The first text under `keys`, with entities read; empty when there is none."""
    for key in keys:
        value = node.get(key)
        if isinstance(value, list) and value:
            value = value[0]
        if isinstance(value, dict):
            value = value.get("@value") or value.get("name") or value.get("url")
        if isinstance(value, str) and value.strip():
            return unescaped(value)
    return ""


def texts(node: Node, key: str) -> list[str]:
    """All texts under `key`, a string or a list of them."""
    value = node.get(key)
    values = value if isinstance(value, list) else [value]
    return [unescaped(one) for one in values[:50] if isinstance(one, str) and one.strip()]


def unescaped(value: str) -> str:
    """`value` with character references read, also those that were escaped twice."""
    once = html.unescape(value)
    return html.unescape(once).strip() if "&" in once else once.strip()


def authors(node: Node, by_id: Mapping[str, Node]) -> list[Name]:
    """The authors that `node` declares, in order, at most 30."""
    found: list[Name] = []
    for key in ("author", "creator"):
        waiting = [node.get(key)]
        while waiting and len(found) < 30:
            value = waiting.pop(0)
            if isinstance(value, list):
                waiting = [*value[:30], *waiting]
                continue
            found += _named(value, by_id)
        if found:
            return found
    return found


def _named(value: Any, by_id: Mapping[str, Node]) -> list[Name]:
    if isinstance(value, str):
        known = by_id.get(value)
        return _named(known, {}) if known else [Name(unescaped(value), True)]
    if not isinstance(value, dict):
        return []
    known = by_id.get(str(value.get("@id", "")), {})
    kinds = types(value) | types(known)
    person = not kinds or bool(kinds & PERSON_TYPES)
    names = texts(value, "name") or texts(known, "name") or _by_parts(value)
    return [Name(name, person) for name in names]


def _by_parts(node: Node) -> list[str]:
    parts = (text(node, "givenName"), text(node, "familyName"))
    return [" ".join(parts)] if all(parts) else []
