"""What stands at an address where a feed should be: named, and what to do said.

Nothing here gets round what an outlet put in the way; it only tells people about it.
"""

from __future__ import annotations

import re
from typing import Any

from .. import text, urls
from ..model import PollError
from .links import feed_links

HEAD = 100_000
"""Characters of a page in which its nature is looked for."""

BINARY: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)

PAGES: tuple[tuple[re.Pattern[str], str, str, str], ...] = tuple(
    (re.compile(pattern, re.I), stands, found, remedy)
    for pattern, stands, found, remedy in (
        (
            r"<title>\s*(?:just a moment|attention required|ddos-guard|access denied|robot check"
            r"|pardon our interruption|verifying|un momento)|cf-chl|cf_chl_|challenge-platform"
            r"|/_incapsula_resource|px-captcha|captcha-delivery|datadome|sucuri_cloudproxy"
            r"|g-recaptcha|h-captcha|cf-turnstile|checking your browser"
            r"|enable javascript and cookies",
            "challenge",
            "a page that checks whether the visitor is a person",
            "Ask the outlet to let its feed be read, or for another address of it.",
        ),
        (
            r"""<title>\s*(?:before you continue|(?:cookie|privacy) consent|we value your privacy"""
            r"|your privacy choices|datenschutz|zustimmung|consentimiento)"
            r"|https://consent\.[a-z0-9.-]{1,60}/|<form[^>]{0,300}action=[^>]{0,120}consent",
            "consent",
            "a page that asks for consent to cookies",
            "Clipper consents to nothing: ask the outlet to let its feed be read without that.",
        ),
        (
            r"domain (?:name )?(?:is|may be) for sale|buy this domain|sedoparking|parkingcrew"
            r"|hugedomains|bodis\.com|parked (?:free|domain)|this domain (?:is parked|has expired)"
            r"|domain (?:has )?expired|dan\.com/buy|afternic",
            "parked",
            "a page that offers the domain for sale",
            "The outlet may have moved: look for its new address.",
        ),
        (
            r"""<input[^>]{0,300}type\s*=\s*["']?password|captive.?portal|wifi.?log-?in|<title>\s*"""
            r"(?:log ?in|sign ?in|iniciar sesi[oó]n|anmelden)",
            "login",
            "a log-in page",
            "If the network here wants a log-in, log in; else the feed is not public.",
        ),
    )
)
"""How the pages look that stand in the place of others: pattern, what it is, in a word and in
words, remedy."""

DOCUMENTS = {
    "opml": ("a list of feeds (OPML)", "Give the feeds that it lists instead."),
    "urlset": ("a sitemap", "Give the outlet's feed or site instead."),
    "sitemapindex": ("a sitemap", "Give the outlet's feed or site instead."),
    "svg": ("a picture (SVG)", ""),
    "error": ("an error message in XML", "Try again later."),
    "envelope": ("an answer of a web service (SOAP)", ""),
}
CHECK = "Check the address in a browser."


def refused(
    found: str, remedy: str = CHECK, kind: str = "not-a-feed", stands: str = ""
) -> PollError:
    """The error for a document that is no feed."""
    return PollError(
        kind=kind,
        text=f"There is no feed at this address, but {found}. {remedy}".strip(),
        stands=stands,
    )


def binary(body: bytes) -> PollError | None:
    """The error for bytes that are no text at all, or None when they may be."""
    for magic, name in BINARY:
        if body.startswith(magic):
            return refused(name)
    head = body[:2048]
    if b"\x00" in head and not _is_wide(head):
        return refused("a binary file")
    return None


def _is_wide(head: bytes) -> bool:
    """UTF-16 and UTF-32 look binary to the eye."""
    return head[:2] in (b"\xff\xfe", b"\xfe\xff") or (0 in head[:4] and b"<" in head[:4])


def markup(source: str, name: str, url: str) -> PollError:
    """The error for a document whose outermost element is `name` ("" for none)."""
    local = name.rpartition(":")[2].lower()
    if local in ("html", "head", "body") or "<html" in source[:HEAD].lower():
        return _page(source, url)
    if local in DOCUMENTS:
        found, remedy = DOCUMENTS[local]
        return refused(found, remedy or CHECK)
    special = in_place(source)
    if special is not None:
        return special
    if name:
        return refused(f"an XML document <{text.clean(name, 60)}>")
    return refused(f"a text without any markup (“{_opening(source)}”)")


def _opening(source: str) -> str:
    return text.clean(source[:400], 60)


def _page(source: str, url: str) -> PollError:
    special = in_place(source)
    if special is not None:
        return special
    links = feed_links(source, url)
    if links:
        named = f"a web page, which names a feed: {links[0].url}"
        return refused(named, "Give that instead.", stands="page")
    remedy = "Give its feed, or the page as `site:` to have one looked for."
    return refused("a web page", remedy, stands="page")


def in_place(source: str) -> PollError | None:
    """The error for a page that stands in the place of what was asked for, None for no such."""
    head = source[:HEAD]
    for pattern, stands, found, remedy in PAGES:
        if pattern.search(head):
            return refused(found, remedy, stands=stands)
    return None


def json(value: Any, trouble: str) -> PollError:
    """The error for JSON that is no JSON Feed."""
    if trouble:
        return refused(f"a JSON document, and {trouble}")
    said = message(value)
    if said:
        return refused(f"an error message in JSON (“{said}”)", "Try again later.")
    return refused("a JSON document that is no JSON Feed")


def message(value: Any) -> str:
    """What an error in JSON says, "" when it says nothing."""
    if not isinstance(value, dict):
        return ""
    for name in ("message", "error", "error_description", "detail", "errors"):
        found = value.get(name)
        if isinstance(found, dict):
            found = found.get("message")
        if isinstance(found, str) and found.strip():
            return text.clean(found, 100).rstrip(".")
    return ""


def elsewhere(asked: str, reached: str) -> str:
    """A sentence for a redirect to another outlet's site, "" when there was none."""
    there = urls.site(reached)
    if not there or there == urls.site(asked):
        return ""
    return f" We were led to {urls.host(reached)}."
