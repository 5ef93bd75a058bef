"""A page as WARC records: pure, values in and bytes out.

One event is a response, its request, a metadata record and, where there is a text, a
conversion; redirects on the way are responses with their requests before it. All records
of one event name each other by `WARC-Concurrent-To` and bear one `WARC-Date`. A body that
the archive holds already is not written again: a revisit stands in the response's place.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

from ..model import Headers, Hop, Page

VERSION = b"WARC/1.1\r\n"

SAME_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
TEXT = "urn:text:"
"""What stands before the page's URL in the record of its text, as other crawlers have it: under
the page's own URL a replay tool that indexes each kind of record shows the text in its place."""

FILE, OFFSET = "WARC-Refers-To-Filename", "WARC-Refers-To-File-Offset"
"""Fields of our own in a revisit: where in the archive the response stands that it refers to.
The standard's own fields name it too, but only an index could find it by them."""

SECRET = frozenset(
    {
        *("authorization", "proxy-authorization", "cookie", "x-api-key", "api-key"),
        *("x-auth-token", "x-csrf-token", "x-amz-security-token"),
    }
)
"""Request headers that are never written: they are ours, not evidence."""

_SETTLED = {"transfer-encoding"}
"""Response headers that are true of the way and not of the body that is kept."""

_LINE_BREAKS = re.compile(r"[\r\n\0]+")
_LEVEL_PLAIN = 6
# Texts are 7 % larger at the lowest level and take half the time.
_LEVEL_TEXT = 1
# The packer of a record of a few hundred bytes, or of one that is stored, spends most of its
# time clearing 256 KB of tables: half of them do as well.
_MEMORY_PLAIN = zlib.DEF_MEM_LEVEL
_MEMORY_SMALL = 4
_SMALL = 2000
# A body that is compressed already is stored: packing it again takes ten times as long
# (0.65 against 0.06 ms for 52 KB) and saves only its headers, 2 % of the record.
_LEVEL_ENCODED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What is kept about a capture beside the response.

    `fields` go into the metadata record (source, entry, why it was fetched), `text` is the
    text read from the page, empty for none. `asked` is false for a page that others
    captured: there was no request of ours, and none is invented.
    """

    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Member:
    """One record as a gzip member.

    `digest`: of the decoded body, in base16, for the response that a snapshot points at;
    empty for all others.
    """

    content: bytes
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Original:
    """A response that the archive holds: its record's id, URL and date as they are written,
    the labelled digest of its payload, and its place."""

    id: str
    url: str
    date: str
    payload: str
    file: str
    offset: int


def digest(content: bytes) -> str:
    """A labelled digest as WARC writes it: `sha256:` and base16."""
    return f"sha256:{sha256(content).hexdigest()}"


def date(at: datetime) -> str:
    """WARC-Date: UTC with microseconds, as WARC 1.1 allows."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def warcinfo(name: str, software: str, at: datetime, ids: Callable[[], UUID]) -> bytes:
    """The record that opens a file: which program wrote it, and by what rules."""
    block = fields(
        {
            "software": software,
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/"
            "warc-format/warc-1.1/",
        }
    )
    head = {"WARC-Filename": name, "Content-Type": "application/warc-fields"}
    return _member("warcinfo", urn(ids), date(at), head, block, _LEVEL_PLAIN)


def payload(page: Page) -> bytes:
    """The body as it was received: what stands in the record."""
    return page.body if page.received is None else page.received


def event(
    page: Page,
    note: Note,
    ids: Callable[[], UUID],
    main: str = "",
    original: Original | None = None,
) -> tuple[Member, ...]:
    """All records of one page, in the order in which they are written.

    `main` is the id of its response, made when empty. With `original`, a response with the
    same payload, a revisit of it is written instead of a response.
    """
    at = date(page.fetched_at)
    hops = [member for hop in page.hops for member in _hop(hop, at, ids)]
    main, request = main or urn(ids), urn(ids)
    decoded = sha256(page.body).hexdigest()
    asked = _request(page.url, page.request_headers, request, main, at) if note.asked else b""
    beside = urn(ids) if note.asked else request
    return (
        *hops,
        Member(_response(page, main, request, at, decoded, original), decoded),
        *([Member(asked)] if asked else []),
        Member(_metadata(page, note, beside, main, at, decoded)),
        *([Member(_conversion(page, note.text, urn(ids), main, at))] if note.text else []),
    )


# ---------------------------------------------------------------- the kinds of record


def _response(
    page: Page,
    id: str,  # noqa: A002
    request: str,
    at: str,
    decoded: str,
    original: Original | None,
) -> bytes:
    body = payload(page)
    encoded = page.received is not None
    head = _status_line(page.status) + _block(_kept_headers(page.headers, len(body), encoded))
    named = {
        "WARC-Target-URI": target(page.url),
        **_address(page.address),
        "WARC-Concurrent-To": request,
        "WARC-Payload-Digest": digest(body) if encoded else f"sha256:{decoded}",
        **({"WARC-Truncated": page.truncated} if page.truncated else {}),
        "Content-Type": "application/http; msgtype=response",
    }
    if original is not None:
        named |= _refers_to(original)
        return _member("revisit", id, at, named, head + b"\r\n", _LEVEL_PLAIN)
    level = _LEVEL_ENCODED if encoded else _LEVEL_PLAIN
    return _member("response", id, at, named, head + b"\r\n" + body, level)


def _refers_to(original: Original) -> dict[str, str]:
    return {
        "WARC-Profile": SAME_PAYLOAD,
        "WARC-Refers-To": original.id,
        "WARC-Refers-To-Target-URI": original.url,
        "WARC-Refers-To-Date": original.date,
        FILE: original.file,
        OFFSET: str(original.offset),
    }


def _request(url: str, headers: Headers, id: str, response: str, at: str) -> bytes:  # noqa: A002
    parts = urlsplit(target(url))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    told = tuple((name, value) for name, value in headers if name.lower() not in SECRET)
    if not any(name.lower() == "host" for name, _ in told):
        told = (("Host", parts.netloc), *told)
    named = {
        "WARC-Target-URI": target(url),
        "WARC-Concurrent-To": response,
        "Content-Type": "application/http; msgtype=request",
    }
    block = _line(f"GET {path} HTTP/1.1") + _block(told) + b"\r\n"
    return _member("request", id, at, named, block, _LEVEL_PLAIN)


def _metadata(
    page: Page,
    note: Note,
    id: str,  # noqa: A002
    response: str,
    at: str,
    decoded: str,
) -> bytes:
    named = {
        "WARC-Target-URI": target(page.url),
        "WARC-Concurrent-To": response,
        "WARC-Refers-To": response,
        "Content-Type": "application/warc-fields",
    }
    told = {
        "decodedDigest": f"sha256:{decoded}",
        **({"textDigest": digest(_utf8(note.text))} if note.text else {}),
        **({"hops": str(len(page.hops))} if page.hops else {}),
    }
    # Told twice: they stand first, and no field that a caller names takes their place.
    block = fields({**told, **note.fields, **told})
    return _member("metadata", id, at, named, block, _LEVEL_PLAIN)


def _conversion(page: Page, text: str, id: str, response: str, at: str) -> bytes:  # noqa: A002
    named = {
        "WARC-Target-URI": f"{TEXT}{target(page.url)}",
        "WARC-Refers-To": response,
        "Content-Type": "text/plain; charset=utf-8",
    }
    block = _utf8(text)
    return _member("conversion", id, at, named, block, _LEVEL_TEXT)


def _hop(hop: Hop, at: str, ids: Callable[[], UUID]) -> tuple[Member, Member]:
    """A redirect: its head, and that its body was not read."""
    response, request = urn(ids), urn(ids)
    block = _status_line(hop.status) + _block(_kept_headers(hop.headers, 0, encoded=False))
    named = {
        "WARC-Target-URI": target(hop.url),
        "WARC-Concurrent-To": request,
        "WARC-Truncated": "unspecified",
        "Content-Type": "application/http; msgtype=response",
    }
    return (
        Member(_member("response", response, at, named, block + b"\r\n", _LEVEL_PLAIN)),
        Member(_request(hop.url, hop.request_headers, request, response, at)),
    )


# ---------------------------------------------------------------- their parts


def _member(
    kind: str,
    id: str,  # noqa: A002
    at: str,
    named: Mapping[str, str],
    block: bytes,
    level: int,
) -> bytes:
    head = {
        "WARC-Type": kind,
        "WARC-Record-ID": id,
        "WARC-Date": at,
        **named,
        "WARC-Block-Digest": digest(block),
        "Content-Length": str(len(block)),
    }
    content = record(head, block)
    is_small = len(content) < _SMALL or level == _LEVEL_ENCODED
    memory = _MEMORY_SMALL if is_small else _MEMORY_PLAIN
    packer = zlib.compressobj(level, zlib.DEFLATED, 31, memory)
    return packer.compress(content) + packer.flush()


def urn(ids: Callable[[], UUID]) -> str:
    """A record's id."""
    return f"<urn:uuid:{ids()}>"


def target(url: str) -> str:
    """The URL without a name and password, and in characters that a header may hold."""
    parts = urlsplit(url)
    told = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
    return "".join(
        c if " " < c < "\x7f" else "".join(map("%{:02X}".format, _utf8(c))) for c in told
    )


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _address(text: str) -> dict[str, str]:
    try:
        return {"WARC-IP-Address": str(ip_address(text))}
    except ValueError:
        return {}


def _status_line(status: int) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    return _line(f"HTTP/1.1 {status} {phrase}")


def _kept_headers(headers: Headers, length: int, encoded: bool) -> Headers:
    """The headers as received, save those that are not true of the body that is kept.

    They are kept too, under the name that web archives use for it: a reader that believed
    them would misread the body.
    """
    return tuple(
        (
            f"X-Archive-Orig-{name}" if _is_untrue(name.lower(), value, length, encoded) else name,
            value,
        )
        for name, value in headers
        if name.lower() not in _SETTLED
    )


def _is_untrue(name: str, value: str, length: int, encoded: bool) -> bool:
    if name == "content-encoding":
        return not encoded and value.strip().lower() not in ("", "identity")
    return name == "content-length" and value.strip() != str(length)


def fields(told: Mapping[str, str]) -> bytes:
    """A block of named fields, `application/warc-fields`."""
    return _block(tuple(told.items()))


def record(head: Mapping[str, str], block: bytes) -> bytes:
    """A record, not packed: its head as it is given, and its block."""
    return VERSION + _block(tuple(head.items())) + b"\r\n" + block + b"\r\n\r\n"


def _block(headers: Headers) -> bytes:
    told = "".join([f"{name}: {value}\r\n" for name, value in headers])
    breaks = (told.count("\r"), told.count("\n"), told.count("\0"))
    if told.isascii() and breaks == (len(headers), len(headers), 0):
        return told.encode("ascii")
    return b"".join(_line(f"{name}: {value}") for name, value in headers)


def _line(text: str) -> bytes:
    # HTTP headers are Latin-1 where they are not ASCII; what is neither is told in UTF-8.
    safe = _LINE_BREAKS.sub(" ", text)
    try:
        return safe.encode("latin-1") + b"\r\n"
    except UnicodeEncodeError:
        return _utf8(safe) + b"\r\n"
