"""The gate before any look-up: which URLs may be asked for at all.

The host that is checked here is the one that is connected to and named in the request;
no second parser reads the URL afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urljoin, urlsplit

from requests.exceptions import RequestException
from requests.models import PreparedRequest
from urllib3.exceptions import HTTPError

from clipper.fetch.failures import Failure, blocked

MAX_URL = 2048
"""Characters; longer addresses are refused (faults seen: 60 KB in a Location)."""

PORTS = {"http": 80, "https": 443}

# The Fetch standard's list of ports that belong to other protocols (fetch.spec.whatwg.org,
# "port blocking"): mail, shells, databases and phones would read our request as theirs.
_FOREIGN_PORTS = frozenset(
    map(
        int,
        """
    0 1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111
    113 115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540
    548 554 556 563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000
    6379 6566 6665 6666 6667 6668 6669 6679 6697 10080 11211
    """.split(),  # noqa: SIM905 - a table of ports reads better without quotes
    )
)

_WEB = re.compile(r"https?://", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_AUTHORITY = re.compile(r"//([^/?#]*)")
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL that passed the gate, in the parts that a request needs.

    `host` is a lower-case ASCII name or an IP address without brackets; `path` carries
    the query, percent-encoded, and no fragment.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def netloc(self) -> str:
        """Host and, when it is not the scheme's own, port: the value of `Host:`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: what one connection, gap and robots.txt belong to."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def url(self) -> str:
        """The whole address as it is asked for."""
        return self.origin + self.path


def read_target(url: str) -> Target:
    """`url` as a target; raises `Failure("blocked")`, in words, when it may not be fetched."""
    _look_over(url)
    prepared = PreparedRequest()
    try:
        prepared.prepare_url(url, None)
        parts = urlsplit(prepared.url or "")
        host, port = parts.hostname or "", parts.port
    except (RequestException, HTTPError, ValueError) as error:
        raise blocked("This is no valid web address.") from error
    scheme = parts.scheme.lower()
    return Target(
        scheme=scheme,
        host=_host(host),
        port=_port(url, scheme, port),
        path=(parts.path or "/") + (f"?{parts.query}" if parts.query else ""),
    )


def _look_over(url: str) -> None:
    """Refuse what parsers are known to read in different ways."""
    if len(url) > MAX_URL:
        raise blocked(f"This address is longer than {MAX_URL} characters.")
    if not _WEB.match(url):
        raise blocked("Only addresses that begin with http:// or https:// are fetched.")
    if _CONTROLS.search(url) or "\\" in url:
        raise blocked("This address has characters in it that no web address has.")
    authority = _AUTHORITY.search(url)
    name = authority[1] if authority else ""
    if "@" in name:
        raise blocked("Addresses with a user name or password in them are not fetched.")
    if "%" in name or any(char.isspace() for char in name):
        raise blocked("This is no valid web address.")


def _host(host: str) -> str:
    if ":" in host:
        return str(IPv6Address(host))
    if len(host) > 253 or not _NAME.fullmatch(host):
        raise blocked("This is no valid web address.")
    if _NUMBER.fullmatch(host.removesuffix(".").rsplit(".", 1)[-1]) and not _is_v4(host):
        raise blocked("The host is a number written in a way that hides where it leads.")
    return host


def _is_v4(host: str) -> bool:
    try:
        return str(IPv4Address(host)) == host
    except ValueError:
        return False


def _port(url: str, scheme: str, port: int | None) -> int:
    # A port of 0 is dropped by the preparation, so it is looked for in what was asked.
    if re.match(r"https?://[^/?#]*:0+(?:[/?#]|$)", url, re.IGNORECASE) or port in _FOREIGN_PORTS:
        raise blocked("This port belongs to something else than the web.")
    return port or PORTS[scheme]


def follow(origin: Target, location: str) -> Target:
    """Where a redirect's `location` leads from `origin`; raises `Failure` when nowhere allowed.

    From https it leads to https only: what was private must not be read in the open.
    """
    value = _as_text(location).strip(" ")
    if not value:
        raise Failure("redirect", f"{origin.host} points elsewhere but does not say where.")
    if len(value) > MAX_URL:
        raise blocked(f"{origin.host} points to an address of more than {MAX_URL} characters.")
    target = read_target(_joined(origin.url, value))
    if origin.scheme == "https" and target.scheme == "http":
        raise Failure(
            "redirect",
            f"{origin.host} points from a secure address to one that is not ({target.host}).",
            temporary=False,
        )
    return target


def _joined(base: str, value: str) -> str:
    # urljoin drops tabs and line ends in silence; the gate has to see them.
    if _CONTROLS.search(value) or "\\" in value:
        raise blocked("The redirect's address has characters in it that no web address has.")
    try:
        return urljoin(base, value)
    except ValueError as error:
        raise blocked("The redirect leads to no valid web address.") from error


def _as_text(header: str) -> str:
    """Header bytes, read as Latin-1 by http.client, as the UTF-8 that servers mean."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return header


def redacted(url: str) -> str:
    """`url` fit to be shown and stored: no credentials, no controls, bounded length."""
    clean = _CONTROLS.sub("", url)[:MAX_URL]
    return re.sub(r"(?<=//)[^/?#]*@", "", clean)
