"""CDXJ: the index by which replay tools find a record. Pure: values in, text out.

    com,example)/news 20260301123015 {"url": …, "offset": …, "filename": …}

https://specs.webrecorder.net/cdxj/0.1.0/
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterable
from hashlib import sha256
from typing import Final
from urllib.parse import urlsplit

from .reading import Record

LINES_A_BLOCK: Final = 1024
_WWW: Final = re.compile(r"^www\d*\.")
_PORTS: Final = {"http": "80", "https": "443"}


def surt(url: str) -> str:
    """A URL as archives sort it: host reversed, `www.` and the scheme left out, lower case.

    >>> surt("https://www.Example.com/News/?b=2&a=1")
    'com,example)/news?a=1&b=2'
    """
    try:
        parts = urlsplit(url.lower().partition("#")[0])
    except ValueError:  # no address that a browser would know either
        return url.lower()
    host, port = _host(parts.netloc.rpartition("@")[2])
    told = ",".join(reversed(host.strip(".").split(".")))
    if port and port != _PORTS.get(parts.scheme):
        told += f":{port}"
    path = re.sub(r"/{2,}", "/", parts.path).rstrip("/") or "/"
    query = "&".join(sorted(parts.query.split("&"))) if parts.query else ""
    return f"{told}){path}" + (f"?{query}" if query else "")


def _host(netloc: str) -> tuple[str, str]:
    if netloc.startswith("["):
        host, _, rest = netloc.partition("]")
        return f"{host}]", rest.removeprefix(":")
    host, _, port = netloc.partition(":")
    return _WWW.sub("", host), port


def line(record: Record, member: bytes, offset: int, filename: str) -> str:
    """The line of a response or revisit whose gzip member stands at `offset` in `filename`."""
    url = record.fields.get("warc-target-uri", "")
    stamp = re.sub(r"\D", "", record.fields.get("warc-date", ""))[:14]
    status, mime = _head(record.block)
    if record.fields.get("warc-type") == "revisit":
        mime = "warc/revisit"
    told = {
        "url": url,
        **({"mime": mime} if mime else {}),
        **({"status": status} if status else {}),
        **_digest(record),
        "length": str(len(member)),
        "offset": str(offset),
        "filename": filename,
        "recordDigest": f"sha256:{sha256(member).hexdigest()}",
    }
    return f"{surt(url)} {stamp} {json.dumps(told)}\n"


def blocks(lines: Iterable[str], filename: str) -> tuple[bytes, bytes]:
    """Lines sorted and packed in blocks, and the index of the blocks (`.cdx.gz`, `.idx`)."""
    told = sorted(set(lines))
    packed = b""
    index = [f"!meta 0 {json.dumps({'format': 'cdxj-gzip-1.0', 'filename': filename})}\n"]
    for start in range(0, len(told), LINES_A_BLOCK):
        block = told[start : start + LINES_A_BLOCK]
        packer = zlib.compressobj(wbits=31)
        content = packer.compress("".join(block).encode()) + packer.flush()
        place = {
            "offset": len(packed),
            "length": len(content),
            "digest": f"sha256:{sha256(content).hexdigest()}",
        }
        index.append(f"{block[0].partition(' {')[0]} {json.dumps(place)}\n")
        packed += content
    return packed, "".join(index).encode()


def _digest(record: Record) -> dict[str, str]:
    named = record.fields.get("warc-payload-digest")
    if named is None:  # a redirect's body was not read
        payload = record.block.partition(b"\r\n\r\n")[2]
        named = f"sha256:{sha256(payload).hexdigest()}"
    return {"digest": named}


def _head(block: bytes) -> tuple[str, str]:
    """Status and media type of the HTTP response in a record's block."""
    first, *lines = block.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = first.split(" ")
    types = (
        value.strip()
        for name, _, value in (each.partition(":") for each in lines)
        if name.strip().lower() == "content-type"
    )
    mime = re.split(r"[;\s]", next(types, ""), maxsplit=1)[0]
    return (words[1] if len(words) > 1 else ""), mime
