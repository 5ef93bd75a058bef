"""Alerts and newsletters: which stories a letter lists. Pure, bounded, for any worker.

    bytes -> parts -> HTML | plain text -> links with their words -> entries

A link is a story's when its words read like a headline and it does not lead to the letter's
own machinery (leaving the list, settings, sharing). Redirects that say where they lead
(`google.com/url?url=…`) are unwrapped; those that hide it are neither decoded nor followed:
the entry keeps its title and outlet, names no address, and has the tag `unresolved`.
Nothing in a letter is ever loaded.
"""

from __future__ import annotations

import email
import email.errors
import email.header
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from email.message import Message
from itertools import islice
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from .. import text, urls
from ..model import Entry
from . import links
from .decode import decode
from .limits import TITLE

UNRESOLVED: Final = "unresolved"
"""The tag of an entry whose link hides where it leads."""
OUTLET_TAG: Final = "outlet: "
"""What a tag begins with that holds the outlet's name as an alert prints it."""

MOST_PARTS: Final = 50
MOST_ANCHORS: Final = 3_000
MOST_STORIES: Final = 200
MOST_TEXT: Final = 2_000_000
_SNIPPET: Final = 1_000
_UP: Final = 6
"""Elements above a link in which its outlet and its snippet are looked for."""

MACHINERY: Final = re.compile(
    r"\b(?:unsubscri\w+|opt[ -]?out|(?:manage|edit|update|change|see|view|create)\b.{0,20}\b(?:"
    r"preferences|settings|subscriptions?|alerts?|profile)|preferences|privacy|terms of|"
    r"view (?:this|it)?.{0,20}(?:browser|online|web)|read (?:this )?online|forward (?:this|to)|"
    r"share (?:on|this|via)|flag as irrelevant|see more results|send feedback|rss feed|"
    r"darse de baja|cancelar (?:la )?suscripci[oó]n|anular|preferencias|privacidad|"
    r"ver (?:en|este).{0,30}navegador|compartir|editar (?:esta )?alerta|administrar|"
    r"se d[eé]sabonner|d[eé]sinscri\w+|abbestellen|abmelden|contact us|advertise|"
    r"upgrade|subscribe|suscr[ií]bete|sign up|log in|download (?:the|our) app)\b",
    re.I,
)
"""Words of links that are the letter's own affairs."""
MACHINE_WAYS: Final = re.compile(
    r"/(?:unsubscribe|unsub|optout|opt-out|preferences|settings|alerts?/(?:remove|edit|share|feedback)"
    r"|manage|profile|account|subscriptions?|privacy|terms|share|intent|sharer)(?:[/.?]|$)",
    re.I,
)
SOCIAL: Final = re.compile(
    r"(?:[\w-]+\.)*(?:facebook|twitter|x|instagram|linkedin|youtube|tiktok|pinterest|threads|"
    r"whatsapp|t|telegram|reddit|bsky|wa|fb)\.(?:com|net|org|me|app|be)"
)
"""Hosts of social networks: what is there is no outlet's story."""

OPAQUE: Final = (
    (r"news\.google\.[a-z.]{2,6}", r"/(?:rss/)?(?:articles|read)/.*"),
    (r"(?:[\w-]+\.)*list-manage\d?\.com", r"/track/.*"),
    (r"[^/]+", r"/(?:ls|wf)/click.*"),
    (r"[^/]+", r"/e/c/[\w=-]{30,}.*"),
    (r"(?:[\w-]+\.)*substack\.com", r"/redirect/.*"),
    (r"(?:link|links|click|clicks|track|tracking|trk|email|go|r|t)\.[^/]+", r"/.*[\w=-]{40,}.*"),
    (r"(?:bit\.ly|t\.co|tinyurl\.com|ow\.ly|buff\.ly|lnkd\.in|is\.gd|dlvr\.it|trib\.al)", r"/.+"),
)
"""Host and way of links that lead elsewhere and do not say where."""
_OPAQUE = tuple((re.compile(host), re.compile(way)) for host, way in OPAQUE)

PLAIN: Final = frozenset({"url", "u", "target", "dest", "destination", "link", "redirect", "to"})
"""Parameters in which a redirect says in clear where it leads."""

_WEB = re.compile(r"https?://[^\s<>\"']+")
_NOT_WORDS = re.compile(r"https?://|www\.", re.I)


@dataclass(frozen=True, slots=True)
class Said:
    """A link of a letter: where it leads, its words, and what stands beside it."""

    href: str
    words: str
    outlet: str = ""
    snippet: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a letter lists. `left_out` counts links that are no stories'."""

    entries: tuple[Entry, ...]
    subject: str = ""
    left_out: int = 0
    unresolved: int = 0


def read_letter(content: bytes) -> Contents:
    """The stories that a letter lists, in its order. Never raises for what the bytes hold."""
    try:
        letter = email.message_from_bytes(content)
        subject = _header(letter, "subject")
        found = list(islice(_links(letter), MOST_ANCHORS))
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError):
        return Contents(entries=(), subject="")
    entries, left_out = _entries(found)
    unresolved = sum(UNRESOLVED in entry.tags for entry in entries)
    return Contents(entries=entries, subject=subject, left_out=left_out, unresolved=unresolved)


def _header(letter: Message, name: str) -> str:
    value = str(letter.get(name, ""))[:2_000]
    with suppress(ValueError, LookupError, email.errors.HeaderParseError):
        value = str(email.header.make_header(email.header.decode_header(value)))
    return text.clean(value, 200)


# ---------------------------------------------------------------- parts


def _links(letter: Message) -> Iterator[Said]:
    """The links of the letter's HTML; of its plain text when it has no HTML."""
    kinds: dict[str, list[Message]] = {"text/html": [], "text/plain": []}
    for part in islice(letter.walk(), MOST_PARTS):
        if part.get_content_disposition() != "attachment":
            kinds.get(part.get_content_type(), []).append(part)
    pages = [_words(part) for part in kinds["text/html"]]
    if any(pages):
        for page in pages:
            yield from _of_page(page)
        return
    for part in kinds["text/plain"]:
        yield from _of_text(_words(part))


def _words(part: Message) -> str:
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes):
        return ""
    charset = str(part.get_content_charset() or "")[:40]
    return decode(body[:MOST_TEXT], f"text/html; charset={charset}" if charset else "")[0]


def _of_page(page: str) -> Iterator[Said]:
    tree = links.tree_of(page)
    if tree is None:
        return
    for anchor in islice(tree.iter("a"), MOST_ANCHORS):
        href = (anchor.get("href") or "")[: urls.MAX_LENGTH + 1]
        if href:
            yield Said(href, _text(anchor, TITLE), _beside(anchor, "publisher"), _snippet(anchor))


def _text(element: Any, limit: int) -> str:
    return text.clean(" ".join(islice(element.itertext(), 200))[: limit * 4], limit)


def _snippet(anchor: Any) -> str:
    return _beside(anchor, "description")


def _beside(anchor: Any, prop: str) -> str:
    """What the nearest box of microdata around the link says of this property."""
    box = anchor.getparent()
    for _ in range(_UP):
        if box is None:
            return ""
        if box.get("itemscope") is not None and "Article" in (box.get("itemtype") or ""):
            found = (each for each in box.iter() if each.get("itemprop") == prop)
            element = next(found, None)
            return "" if element is None else _text(element, _SNIPPET)
        box = box.getparent()
    return ""


def _of_text(plain: str) -> Iterator[Said]:
    """Links of a plain letter: the words of one are the first line of its paragraph."""
    block: list[str] = []
    for line in islice(plain.splitlines(), 20_000):
        bare = line[:2_000].strip()
        found = _WEB.search(bare)
        if found is not None:
            before = bare[: found.start()].strip(" <([:-–—|*•")
            words = before or next(iter(block), "")
            rest = block[1:] if not before else []
            outlet = rest[0] if len(rest) > 1 and len(rest[0]) <= 60 else ""
            snippet = " ".join(rest[1:] if outlet else rest)
            yield Said(found[0].rstrip(".,;>)]"), text.clean(words, TITLE), outlet, snippet)
            block = []
        elif bare:
            block = [*block, bare][:30]
        else:
            block = []


# ---------------------------------------------------------------- links into entries


def is_headline(words: str) -> bool:
    """Whether a link's words read like a headline: several, or long, and no address.

    >>> is_headline("County supervisors vote to close the jail")
    True
    >>> is_headline("Read more")
    False
    """
    if _NOT_WORDS.search(words) or not any(c.isalpha() for c in words):
        return False
    wide = sum(ord(c) > 0x2E7F for c in words)
    return words.count(" ") >= 3 or (len(words) >= 20 and " " in words) or wide >= 8


def is_opaque(url: str) -> bool:
    """Whether the address leads elsewhere and hides where.

    >>> is_opaque("https://news.google.com/rss/articles/CBMiXyz")
    True
    """
    parts = urlsplit(url)
    way = parts.path + (f"?{parts.query}" if parts.query else "")
    host = parts.hostname or ""
    return any(hosts.fullmatch(host) and ways.fullmatch(way) for hosts, ways in _OPAQUE)


def _entries(found: list[Said]) -> tuple[tuple[Entry, ...], int]:
    """One entry an address, the longest words of its links, and how many links are left out."""
    made: dict[str, Entry] = {}
    left_out = 0
    for said in found:
        entry = _entry(said)
        if entry is None:
            left_out += 1
            continue
        known = made.get(entry.key)
        if known is None and len(made) < MOST_STORIES:
            made[entry.key] = entry
        elif known is not None and len(entry.title) > len(known.title):
            made[entry.key] = replace(entry, summary=entry.summary or known.summary)
    return tuple(made.values()), left_out


def _opened(url: str) -> str:
    """Where the address says in clear that it leads; "" for sharing and other machinery."""
    parts = urlsplit(url)
    if SOCIAL.fullmatch(parts.hostname or "") or MACHINE_WAYS.search(parts.path):
        return ""
    target = urls.unwrap(url)
    if target != url:
        return target
    for name, value in parse_qsl(parts.query, max_num_fields=100):
        if name.lower() in PLAIN and value.startswith(("https://", "http://")):
            return urls.unwrap(urls.join("", value)) or url
    return url


def _entry(said: Said) -> Entry | None:
    if not is_headline(said.words) or MACHINERY.search(said.words):
        return None
    url = _opened(urls.join("", said.href))
    if not url:
        return None
    parts = urlsplit(url)
    outlet = text.clean(said.outlet, 200)
    tags = (f"{OUTLET_TAG}{outlet}"[:200],) if outlet else ()
    if is_opaque(url):
        key = f"unresolved:{text.digest(f'{outlet} {said.words}')[:32]}"
        summary = text.clean(said.snippet, _SNIPPET)
        return Entry(key=key, title=said.words, summary=summary, tags=(UNRESOLVED, *tags))
    if (
        SOCIAL.fullmatch(parts.hostname or "")
        or MACHINE_WAYS.search(parts.path)
        or parts.path in ("", "/")
    ):
        return None
    target = urls.without_tracking(url)
    return Entry(
        key=(urls.strict_key(target) or target)[:400],
        url=target,
        title=said.words,
        summary=text.clean(said.snippet, _SNIPPET),
        tags=tags,
    )
