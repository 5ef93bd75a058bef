"""When two URLs are one page: tracking taken out, wrappers opened, and the two keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import unquote

from clipper.urls import tables
from clipper.urls.parts import Parts, join, parse, site

_REDIRECTORS = tuple(
    (re.compile(hosts), re.compile(paths), names) for hosts, paths, names in tables.REDIRECTORS
)
_WRAPPERS = tuple((re.compile(hosts), re.compile(paths)) for hosts, paths in tables.WRAPPERS)

# ---------------------------------------------------------------- tracking


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    """Name and value of each parameter as written, empty ones left out."""
    for field in query.split("&"):
        if field:
            name, _, value = field.partition("=")
            yield name, value


def _tracks(name: str, value: str) -> bool:
    lower = unquote(name).lower()
    if lower in tables.TRACKING_NAMES or lower.startswith(tables.TRACKING_PREFIXES):
        return True
    pattern = tables.TRACKING_VALUES.get(lower)
    return pattern is not None and pattern.fullmatch(unquote(value)) is not None


def _varies(name: str, value: str) -> bool:
    pattern = tables.VARIANT_VALUES.get(unquote(name).lower())
    return pattern is not None and pattern.fullmatch(unquote(value)) is not None


def _untracked(query: str) -> str:
    """The query without tracking parameters, the rest as written and in its order."""
    fields = (field for field in query.split("&") if field)
    return "&".join(field for field in fields if not _tracks(*next(_pairs(field))))


def without_tracking(url: str) -> str:
    """The URL in `join`'s form without tracking parameters and fragments; "" when no web URL.

    Everything else keeps its order: this is what readers are sent to.

    >>> without_tracking("https://a.example/x?id=7&utm_source=rss#comments")
    'https://a.example/x?id=7#comments'
    """
    parts = parse(url)
    if parts is None:
        return ""
    fragment = "" if tables.TRACKING_FRAGMENT.match(parts.fragment) else parts.fragment
    return replace(parts, query=_untracked(parts.query), fragment=fragment).text()


# ---------------------------------------------------------------- keys


def _key(parts: Parts) -> str:
    fields = sorted(
        (name.replace("+", "%20"), value.replace("+", "%20"))
        for name, value in _pairs(parts.query)
        if not _tracks(name, value)
    )
    query = "&".join(f"{name}={value}" if value else name for name, value in fields)
    fragment = f"#{parts.fragment}" if parts.fragment.startswith("!") else ""
    name = _without_www(parts.host)
    authority = f"{name}:{parts.port}" if parts.port else name
    return authority + parts.path + (f"?{query}" if query else "") + fragment


def _without_www(name: str) -> str:
    rest = name.removeprefix("www.")
    return rest if "." in rest else name


def strict_key(url: str) -> str:
    """Identity: two URLs with one strict key are one page. "" when `url` is no web URL.

    Scheme, "www.", default port, fragment (unless "#!") and tracking parameters are
    dropped, parameters sorted, percent-encoding and dot segments normalised. The
    path's case, a trailing slash and all other parameters stay.

    >>> strict_key("http://www.A.example:80/x/../Y?b=2&a=1&fbclid=z#top")
    'a.example/Y?a=1&b=2'
    """
    parts = parse(url)
    return _key(parts) if parts else ""


def unwrap(url: str) -> str:
    """What a redirector, an AMP cache or an archive's address leads to, at most four deep.

    Read from the URL alone, nothing is fetched; `url` in `join`'s form when it is none
    of those, "" when it is no web URL.

    >>> unwrap("https://www.google.com/url?q=https%3A%2F%2Fa.example%2Fx&sa=D")
    'https://a.example/x'
    """
    parts = parse(url)
    for _ in range(4):
        inner = _unwrapped(parts) if parts else None
        if inner is None:
            break
        parts = inner
    return parts.text() if parts else ""


def _unwrapped(parts: Parts) -> Parts | None:
    for hosts, paths, names in _REDIRECTORS:
        if hosts.fullmatch(parts.host) and paths.fullmatch(parts.path):
            for name, value in _pairs(parts.query):
                if name in names and (inner := parse(unquote(value.replace("+", "%20")))):
                    return inner
    return _from_path(parts)


def _from_path(parts: Parts) -> Parts | None:
    rest = parts.path + (f"?{parts.query}" if parts.query else "")
    for hosts, paths in _WRAPPERS:
        if hosts.fullmatch(parts.host) and (found := paths.fullmatch(rest)):
            return parse(_with_scheme(found[1]))
    return _translated(parts)


def _with_scheme(address: str) -> str:
    # Some archives and proxies squeeze the two slashes into one.
    squeezed = re.match(r"(https?):/+", address)
    if squeezed:
        return f"{squeezed[1]}://{address[squeezed.end() :]}"
    return "https://" + address


def _translated(parts: Parts) -> Parts | None:
    """Google's translation proxy writes the host's dots as "-" and its hyphens as "--"."""
    if not parts.host.endswith(".translate.goog"):
        return None
    label = parts.host.removesuffix(".translate.goog")
    name = label.replace("--", "\0").replace("-", ".").replace("\0", "-")
    kept = "&".join(field for field in parts.query.split("&") if not field.startswith("_x_tr_"))
    return parse(replace(parts, host=name, query=kept).text())


def loose_key(url: str) -> str:
    """A proposal: URLs of one outlet with one loose key are one article if the text agrees.

    The strict key of what `unwrap` finds, without AMP, mobile and print forms, index
    files and trailing slash. "" when `url` is no web URL.

    >>> loose_key("https://amp.a.example/x/amp/?outputType=amp")
    'a.example/x'
    """
    parts = parse(unwrap(url))
    if parts is None:
        return ""
    name = tables.INNER_LABEL.sub(
        r"\1.", tables.MOBILE_LABEL.sub("", _without_www(parts.host), count=1)
    )
    path = parts.path
    for pattern, instead in tables.PATH_VARIANTS:
        path = pattern.sub(instead, path, count=1)
    fields = (f"{name}={value}" for name, value in _pairs(parts.query) if not _varies(name, value))
    return _key(replace(parts, host=_without_www(name), path=path, query="&".join(fields)))


# ---------------------------------------------------------------- where readers are sent


def canonical(url: str, link: str = "", og: str = "") -> str:
    """Where readers should be sent: rel=canonical, else og:url, else the URL itself.

    A claim counts only when it is a web URL on the same registered domain and does
    not name the home page for an inner page. Tracking and fragments (unless "#!") are
    dropped; https is kept when the page was had over it. "" when `url` is no web URL.

    >>> canonical("https://a.example/x?utm_source=rss", "/x-final", "https://b.example/")
    'https://a.example/x-final'
    """
    reached = parse(url)
    if reached is None:
        return ""
    claims = (parse(join(url, claim)) for claim in (link, og) if claim)
    chosen = next((claim for claim in claims if claim and _credible(claim, reached)), reached)
    if chosen.host == reached.host and chosen.port == reached.port == 0:
        chosen = replace(chosen, scheme=reached.scheme)
    fragment = chosen.fragment if chosen.fragment.startswith("!") else ""
    return replace(chosen, query=_untracked(chosen.query), fragment=fragment).text()


def _credible(claim: Parts, reached: Parts) -> bool:
    if site(claim.text()) != site(reached.text()):
        return False
    return not _is_home(claim) or _is_home(reached)


def _is_home(parts: Parts) -> bool:
    return parts.path == "/" and not parts.query and not parts.fragment.startswith("!")
