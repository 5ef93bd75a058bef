"""Bytes to text: what a body is, and in which character set it is written.

What a server or a page declares is a claim. A claim is taken when the bytes bear it out; only
charsets of `CHARSETS` are ever used, so that no declaration can name a codec that is none
(`zlib`, `idna`, `unicode_escape`).

Labels: WHATWG Encoding Standard, https://encoding.spec.whatwg.org/#names-and-labels
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from clipper.model import Page

MAX_BYTES = 5_000_000
"""Bytes of a page that are read; the rest is left unread."""

PRESCAN = 4096
"""Bytes in which a `<meta charset>` is looked for; the standard asks for 1024."""

SAMPLE = 16_000
"""Bytes that the detector is shown."""

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "gzip"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\xfd7zXZ", "archive"),
    (b"BZh", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"ID3", "sound"),
    (b"OggS", "sound"),
    (b"fLaC", "sound"),
    (b"\x1aE\xdf\xa3", "video"),
    (b"FLV\x01", "video"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"\xd0\xcf\x11\xe0", "document"),
    (b"{\\rtf", "document"),
    (b"wOFF", "font"),
    (b"wOF2", "font"),
)
"""First bytes of what is never a page, with the word for it."""

CONTROLS = bytes((*range(9), *range(14, 27)))
"""Bytes that no text holds in any charset."""

RIFF: dict[bytes, str] = {b"WEBP": "image", b"WAVE": "sound", b"AVI ": "video"}

BOMS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

CHARSETS: dict[str, str] = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8 x-unicode20utf8",
    "utf-16-le": "utf-16 utf-16le unicode ucs-2 iso-10646-ucs-2",
    "utf-16-be": "utf-16be",
    "cp1252": "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 latin-1 l1 ascii"
    " us-ascii ansi_x3.4-1968",
    "cp1250": "windows-1250 cp1250 x-cp1250",
    "cp1251": "windows-1251 cp1251 x-cp1251",
    "cp1253": "windows-1253 cp1253",
    "cp1254": "windows-1254 cp1254 iso-8859-9 iso8859-9 latin5 l5",
    "cp1255": "windows-1255 cp1255",
    "cp1256": "windows-1256 cp1256",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "cp866": "ibm866 cp866 866",
    "cp874": "windows-874 cp874 tis-620 iso-8859-11",
    "iso8859-2": "iso-8859-2 iso8859-2 latin2 l2",
    "iso8859-3": "iso-8859-3 iso8859-3 latin3",
    "iso8859-4": "iso-8859-4 iso8859-4 latin4",
    "iso8859-5": "iso-8859-5 iso8859-5 cyrillic",
    "iso8859-6": "iso-8859-6 iso8859-6 arabic",
    "iso8859-7": "iso-8859-7 iso8859-7 greek",
    "iso8859-8": "iso-8859-8 iso8859-8 iso-8859-8-i hebrew",
    "iso8859-10": "iso-8859-10 iso8859-10 latin6",
    "iso8859-13": "iso-8859-13 iso8859-13",
    "iso8859-14": "iso-8859-14 iso8859-14",
    "iso8859-15": "iso-8859-15 iso8859-15 latin9 l9",
    "iso8859-16": "iso-8859-16",
    "koi8-r": "koi8-r koi8 koi8_r",
    "koi8-u": "koi8-u koi8-ru",
    "mac-roman": "macintosh mac x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic",
    "gb18030": "gb18030 gbk gb2312 gb_2312-80 x-gbk chinese",
    "big5hkscs": "big5 big5-hkscs cn-big5 x-x-big5",
    "euc_jp": "euc-jp x-euc-jp",
    "iso2022_jp": "iso-2022-jp",
    "cp932": "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932",
    "cp949": "euc-kr euckr ks_c_5601-1987 ksc5601 korean windows-949 cp949",
}
"""Each codec that may be used, with the labels that lead to it."""

CODECS: dict[str, str] = {
    label: codec for codec, labels in CHARSETS.items() for label in labels.split()
}

META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
XML_CHARSET = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})""", re.I)
HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
FOREIGN_RUN = re.compile(r"[À-ÿ]{4,}")
"""Four accented Latin letters in a row: what Cyrillic or Greek looks like in the wrong charset."""


def sniff(body: bytes) -> str:
    """What `body` is by its first bytes when it is no page: `pdf`, `image` …; else empty.

    The declared type is not asked: servers send PDFs as `text/html`.
    """
    head = body[:64].lstrip(b" \t\r\n\xef\xbb\xbf")
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if head[:4] == b"RIFF":
        return RIFF.get(head[8:12], "binary")
    if body[4:8] == b"ftyp":
        return "video"
    return "binary" if _is_binary(body[:2048]) else ""


def _is_binary(head: bytes) -> bool:
    """Whether more than a tenth of the bytes are controls that no charset of text uses."""
    if _unmarked_utf16(head[:40]) or any(head.startswith(bom) for bom, _ in BOMS):
        return False
    return len(head) - len(head.translate(None, CONTROLS)) > len(head) / 10


def decode(page: Page) -> str:
    """The text of the page's body, at most `MAX_BYTES` of it, without NULs.

    A byte order mark rules; then valid UTF-8 (hardly ever so by chance); then the header's and
    the page's own claims, when the bytes bear them out; then detection; then windows-1252.
    """
    body = page.body[:MAX_BYTES]
    for bom, codec in BOMS:
        if body.startswith(bom):
            return _plain(body[len(bom) :].decode(codec, "replace"))
    codec = _unmarked_utf16(body[:40])
    if codec:
        return _plain(body.decode(codec, "replace"))
    return _plain(_by_claim(page, body))


def _plain(value: str) -> str:
    return value.replace("\x00", "").removeprefix("\ufeff")


def _unmarked_utf16(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of the ASCII at the start is NUL."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    most = len(head) // 2 * 0.7
    if len(head) < 16 or max(even, odd) < most:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _by_claim(page: Page, body: bytes) -> str:
    for codec in ("utf-8", *_claims(page, body)):
        value = _strictly(body, codec)
        if value is not None and (codec == "utf-8" or not _is_garbled(value)):
            return value
    guess = _detected(body)
    return body.decode(guess, "replace")


def _claims(page: Page, body: bytes) -> Iterator[str]:
    """The codecs declared: by the HTTP header, the XML declaration and the meta element."""
    head = body[:PRESCAN]
    labels = [
        *HEADER_CHARSET.findall(page.header("content-type"))[:1],
        *(found.decode("ascii", "replace") for found in XML_CHARSET.findall(head)[:1]),
        *(found.decode("ascii", "replace") for found in META_CHARSET.findall(head)[:1]),
    ]
    for label in labels:
        codec = CODECS.get(label.lower())
        # A page that can be read for a "charset=utf-16" in ASCII is not in UTF-16.
        if codec and not codec.startswith("utf-16"):
            yield codec


def _strictly(body: bytes, codec: str) -> str | None:
    """`body` in `codec`, or None when more than a few of its bytes have no meaning there."""
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        pass
    value = body.decode(codec, "replace")
    strays = value.count("\ufffd")
    marked = sum(1 for char in value[:200_000] if char > "\x7f")
    return value if strays <= max(3, marked // 50) else None


def _is_garbled(value: str) -> bool:
    """Whether a text looks like a foreign script that was read as Latin letters."""
    runs = FOREIGN_RUN.findall(value[:500_000])
    return len(runs) > 20 and len(runs) * 4 > sum(1 for c in value[:500_000] if c > "\x7f") / 4


def _detected(body: bytes) -> str:
    """The detector's guess from the passages that say most, or windows-1252."""
    from charset_normalizer import from_bytes

    best = from_bytes(_telling(body), cp_isolation=_python_names()).best()
    return str(best.encoding) if best is not None else "cp1252"


def _python_names() -> list[str]:
    skipped = {"utf-16-le", "utf-16-be", "mac-roman"}
    return [codec for codec in CHARSETS if codec not in skipped]


def _telling(body: bytes) -> bytes:
    """The lines with bytes beyond ASCII, without their markup, up to `SAMPLE` bytes."""
    bare = re.sub(rb"<[^>]{0,2000}>", b" ", body[:400_000])
    lines = [line for line in bare.splitlines() if any(byte > 127 for byte in line)]
    return b"\n".join(lines)[:SAMPLE] or bare[:SAMPLE]
