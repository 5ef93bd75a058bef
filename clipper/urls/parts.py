"""Links read and put into normal form. The one place where foreign URLs are taken apart."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Protocol
from urllib.parse import urljoin, urlsplit

MAX_LENGTH = 4096
"""Longer links are no links, in characters. Browsers and servers give up near here too."""

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Parts:
    """A web URL in its normal form. `port` is 0 for the scheme's own."""

    scheme: str
    host: str
    port: int
    path: str
    query: str
    fragment: str

    def authority(self) -> str:
        return f"{self.host}:{self.port}" if self.port else self.host

    def text(self) -> str:
        query = f"?{self.query}" if self.query else ""
        fragment = f"#{self.fragment}" if self.fragment else ""
        return f"{self.scheme}://{self.authority()}{self.path}{query}{fragment}"


_EDGES = "".join(map(chr, range(33)))
_BREAKS = re.compile(r"[\t\r\n]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SCHEME = re.compile(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*:")
_HOST = re.compile(
    r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_ESCAPE = re.compile("%[0-9a-fA-F]{2}")
_ILLEGAL = re.compile(r"[^!$&'()*+,\-./0-9:;=?@A-Z_a-z~%\[\]]")
_BARE_PERCENT = re.compile("%(?![0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def _tidy(url: str) -> str:
    """Edges and line breaks off, as browsers do; empty when it can't be a link."""
    if len(url) > MAX_LENGTH + 64:
        return ""
    url = _BREAKS.sub("", url.strip(_EDGES))
    if _CONTROL.search(url) or len(url) > MAX_LENGTH:
        return ""
    head, mark, tail = url.partition("?")
    return head.replace("\\", "/") + mark + tail


def _ascii_host(host: str) -> str:
    """The host in lower case and punycode, "[…]" for IPv6; empty when it is none."""
    if host.startswith("["):
        return _ipv6(host)
    host = host.rstrip(".")
    if not host or len(host) > 253:
        return ""
    if not host.isascii():
        host = _punycode(host)
    host = host.lower()
    return host if len(host) <= 253 and _HOST.fullmatch(host) else ""


def _ipv6(host: str) -> str:
    try:
        return f"[{ipaddress.IPv6Address(host[1:-1])}]" if "%" not in host else ""
    except ValueError:
        return ""


def _punycode(host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError, IndexError):
        return ""


def _split_authority(netloc: str, scheme: str) -> tuple[str, int] | None:
    """Host and port (0: the scheme's own); None when either is wrong. Credentials are dropped."""
    place = netloc.rpartition("@")[2]
    host, colon, port = place.rpartition(":")
    if not colon or port.endswith("]"):
        host, port = place, ""
    host = _ascii_host(host)
    if not host or not (port == "" or (port.isascii() and port.isdigit() and len(port) <= 5)):
        return None
    number = int(port) if port else _PORTS[scheme]
    if not 0 < number < 65536:
        return None
    return host, 0 if number == _PORTS[scheme] else number


def _escape(part: str) -> str:
    """Percent-encoding in its normal form (RFC 3986, 6.2.2): no needless escape, none missing."""
    part = _BARE_PERCENT.sub("%25", part)
    part = _ILLEGAL.sub(_encoded, part)
    return _ESCAPE.sub(_normal_escape, part)


def _encoded(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match.group().encode("utf-8"))


def _normal_escape(match: re.Match[str]) -> str:
    letter = chr(int(match.group()[1:], 16))
    return letter if letter in _UNRESERVED else match.group().upper()


def _dotless(path: str) -> str:
    """The path without "." and ".." segments (RFC 3986, 5.2.4), always beginning with "/"."""
    if "/." not in path:
        return path if path.startswith("/") else "/" + path
    kept: list[str] = []
    segments = path.lstrip("/").split("/") if path.startswith("/") else path.split("/")
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def parse(url: str) -> Parts | None:
    """The parts of an absolute http(s) URL in normal form; None when it is none."""
    return _remembered(url) if len(url) <= MAX_LENGTH else _parse(url)


def _parse(url: str) -> Parts | None:
    url = _tidy(url)
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.netloc:
        return None
    place = _split_authority(parts.netloc, parts.scheme)
    if place is None:
        return None
    path, query, fragment = _escape(parts.path), _escape(parts.query), _escape(parts.fragment)
    found = Parts(parts.scheme, *place, _dotless(path), query, fragment)
    return found if len(found.text()) <= MAX_LENGTH else None


# One article's few addresses are asked for some twenty times on its way through a round.
_remembered = lru_cache(maxsize=2048)(_parse)


# ---------------------------------------------------------------- reading links


def is_web(url: str) -> bool:
    """Whether `url` is an absolute http(s) URL with a host and port that can exist."""
    return parse(url) is not None


def join(base: str, href: str) -> str:
    """The absolute http(s) URL that `href`, found on the page `base`, leads to; "" if none.

    Never raises. The answer is ASCII: hosts in punycode, blanks, quotes and foreign
    letters percent-encoded, dot segments resolved, credentials and default ports gone.
    Empty for other schemes (javascript:, data:, mailto:, file: … in any disguise),
    impossible hosts and ports, control characters, and more than `MAX_LENGTH`
    characters. With an empty base, "//host/path" is read as https.

    >>> join("https://gazette.example/news/", "../a b?x=1")
    'https://gazette.example/a%20b?x=1'
    """
    href = _tidy(href)
    if not href:
        return ""
    scheme = _SCHEME.match(href)
    if scheme and scheme.group().strip().lower() not in ("http:", "https:"):
        return ""
    try:
        whole = urljoin(_tidy(base) or "https:", href)
    except ValueError:
        return ""
    parts = parse(whole)
    return parts.text() if parts else ""


def host(url: str) -> str:
    """The host in lower case and punycode, without port; "" when `url` is no web URL.

    >>> host("https://WWW.Año.example:8080/x")
    'www.xn--ao-zja.example'
    """
    parts = parse(url)
    return parts.host if parts else ""


def site(url: str) -> str:
    """The registered domain: the public suffix and one label before it.

    Read from the Public Suffix List, its private part included (each blog on a shared
    host is a site of its own). IP addresses and bare suffixes stand for themselves;
    "" when `url` is no web URL.

    >>> site("https://news.bbc.co.uk/x"), site("https://kim.blogspot.com/p/1")
    ('bbc.co.uk', 'kim.blogspot.com')
    """
    name = host(url)
    if not name or name.startswith("[") or re.fullmatch(r"[\d.]+", name):
        return name
    return _registered(name) or name


class _SuffixList(Protocol):
    def privatesuffix(self, domain: str) -> str | None: ...


@lru_cache(maxsize=4096)
def _registered(name: str) -> str | None:
    return _public_suffix_list().privatesuffix(name)


@cache
def _public_suffix_list() -> _SuffixList:
    from publicsuffixlist import PublicSuffixList

    suffixes: _SuffixList = PublicSuffixList()
    return suffixes
