"""What a fetch is for, and so which types, limits and manners apply to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """The rules for one kind of document.

    `accept` is the header sent. A media type must begin with one of `takes` (when there
    are any) and with none of `refuses`; a missing or senseless type always passes.
    `limit` is a bound in bytes below the network's; with `cut` the first `limit` bytes of a
    longer body serve instead of an error. `robots`: robots.txt is asked first.
    `spaced`: the gap between two requests to a host applies. `text`: a body that
    begins like a picture, archive or PDF is refused whatever its label says.
    `evidence`: what came of a body before it was cut off goes with the error.
    """

    accept: str
    takes: tuple[str, ...] = ()
    refuses: tuple[str, ...] = ()
    limit: int | None = None
    cut: bool = False
    robots: bool = False
    spaced: bool = True
    text: bool = True
    evidence: bool = False


_MEDIA = ("image/", "audio/", "video/", "font/", "model/")
_BINARY = (
    *_MEDIA,
    "application/pdf",
    "application/zip",
    "application/gzip",
    "application/x-gzip",
    "application/x-tar",
    "application/msword",
    "application/vnd.ms-",
    "application/vnd.openxmlformats",
    "application/x-shockwave-flash",
    "application/wasm",
)
_DOCUMENTS = (
    "text/html",
    "text/plain",
    "text/xml",
    "text/x-server-parsed-html",
    "application/xhtml",
    "application/xml",
    "application/vnd.wap.xhtml",
)

PURPOSES: Mapping[str, Purpose] = MappingProxyType(
    {
        # A feed's address is the user's own wish, not a link that a crawler came upon, and
        # robots.txt speaks to crawlers (RFC 9309, section 1): it isn't asked.
        "feed": Purpose(
            accept=(
                "application/atom+xml, application/rss+xml, application/feed+json, "
                "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
            ),
            refuses=_BINARY,
        ),
        "page": Purpose(
            accept="text/html, application/xhtml+xml, application/xml;q=0.9, text/plain;q=0.5",
            takes=_DOCUMENTS,
            robots=True,
            evidence=True,
        ),
        # RFC 9309, 2.5: at least 500 KiB of a robots.txt must be read.
        "robots": Purpose(
            accept="text/plain, */*;q=0.5",
            refuses=_BINARY,
            limit=512_000,
            cut=True,
            spaced=False,
        ),
        # What clipper came upon by itself, or reads as a crawler does: a sitemap, an API, a feed
        # that nobody named. Compressed sitemaps are files of their own.
        "found": Purpose(
            accept=(
                "application/atom+xml, application/rss+xml, application/feed+json, "
                "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
            ),
            refuses=tuple(kind for kind in _BINARY if "gzip" not in kind),
            robots=True,
            text=False,
        ),
        "any": Purpose(accept="*/*", robots=True, text=False),
    }
)

_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")


def media_type(header: str) -> str:
    """The type in a Content-Type header, in lower case; empty when it makes no sense.

    >>> media_type("Text/HTML; charset=utf-8")
    'text/html'
    >>> media_type("none")
    ''
    """
    value = header[:300].split(";", 1)[0].split(",", 1)[0].strip().lower()
    return value if _MEDIA_TYPE.fullmatch(value) else ""


def accepts(purpose: Purpose, header: str) -> bool:
    """Whether a body of the type that `header` names may be read for `purpose`."""
    kind = media_type(header)
    if not kind:
        return True
    taken = not purpose.takes or kind.startswith(purpose.takes)
    return taken and not kind.startswith(purpose.refuses or ("\0",))


# Where a file type's bytes stand, and what it is called to people.
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "a PDF"),
    (0, b"\x89PNG\r\n", "a picture"),
    (0, b"GIF8", "a picture"),
    (0, b"\xff\xd8\xff", "a picture"),
    (8, b"WEBP", "a picture"),
    (0, b"PK\x03\x04", "a ZIP archive"),
    (0, b"\x1f\x8b\x08", "a compressed file"),
    (0, b"7z\xbc\xaf", "a compressed file"),
    (0, b"ID3", "a sound file"),
    (0, b"OggS", "a sound file"),
    (4, b"ftyp", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (0, b"\x7fELF", "a program"),
)


def disguise(body: bytes) -> str:
    """What a body that is no text is, in words; empty when its first bytes may be text."""
    found = (name for at, magic, name in _SIGNATURES if body.startswith(magic, at))
    return next(found, "")
