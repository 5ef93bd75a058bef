"""From the bytes of a feed to its text, in a charset from an allow-list.

Python knows codecs that are no charsets (`punycode`, `zlib`, `idna` …), and a feed may name
any of them: `punycode` costs seconds for 100 KB. So the name is looked up and must be one
of `CHARSETS`; a name that is not is as good as none.

Order: a byte order mark; valid UTF-8 with anything beyond ASCII in it (hardly ever so by
chance); what the header and the XML declaration name (RFC 7303 puts the header first, but
servers send one default for all they have, so the better reading of the two wins);
UTF-8 with stray bytes; windows-1252.
"""

from __future__ import annotations

import codecs
import re

from .limits import word_set

CHARSETS = word_set(
    "utf-8 utf-16 utf-16-le utf-16-be utf-32 utf-32-le utf-32-be "
    "cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 cp866 cp874 cp037 "
    "iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10 "
    "iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman mac-cyrillic "
    "gb18030 big5hkscs euc_jp iso2022_jp cp932 cp949 tis-620"
)
"""The codecs that may be used, by Python's own names."""

WIDER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
"""What is read instead, as browsers do (WHATWG Encoding, 4.2): a superset of what is named."""

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00{", "utf-16-be"),
    (b"{\x00", "utf-16-le"),
    (b"\x4c\x6f\xa7\x94", "cp037"),
)
"""What a document begins with, and the codec that shows: marks, and `<` or `{` in wide form."""

IN_HEADER = re.compile(r"""charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.I)
IN_XML = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']\s*([\w.:-]{1,40})""", re.I)
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 does not allow (production 2)."""

SAMPLE = 300_000
ODD = re.compile(
    # Scripts mixed in a word; accented capitals after small letters; runs of accented letters.
    r"[A-Za-z][\u0370-\u05ff\u0e00-\u0e7f]|[\u0370-\u05ff\u0e00-\u0e7f][A-Za-z]"
    r"|[\u0400-\u045f][\u0370-\u03ff]|[À-ÿ]{3}|[a-z][À-Þ]|[\x80-\x9f]"
    r"|[\u0430-\u044f][\u0410-\u042f]|[¤¦¨¬¯¸¹³¾][a-zà-ÿ]"
)
"""What a text shows where it was read in the wrong single-byte charset."""

CESU = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")


def decode(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of a document, without characters that XML forbids, and a note in words.

    The note is empty when all was as declared. Never raises.
    """
    for mark, codec in BOMS:
        if body.startswith(mark):
            return _plain(body.decode(codec, "replace")), ""
    named = _named(body, content_type)
    value = _as_utf8(body, named)
    if value is not None:
        return _plain(value), ""
    readings = [value for codec in named if (value := _strictly(body, codec)) is not None]
    if readings:
        return _plain(min(readings, key=_oddity)), ""
    if CESU.search(body) or body.decode("utf-8", "replace").count("\ufffd") * 2 < _marked(body):
        return _plain(body.decode("utf-8", "clipper-mend")), "Some bytes were not valid UTF-8."
    return _plain(body.decode("cp1252", "replace")), "No charset fits; read as windows-1252."


def codec_of(label: str) -> str:
    """Python's name of the charset `label`, empty when it is none that may be used."""
    try:
        name = codecs.lookup(label.strip().lower()).name
    except (LookupError, ValueError):
        return ""
    name = WIDER.get(name, name)
    return name if name in CHARSETS else ""


def _plain(value: str) -> str:
    return NOT_XML.sub("", value).lstrip("\ufeff")


def _named(body: bytes, content_type: str) -> tuple[str, ...]:
    """The charsets named by the header and by the XML declaration, those that may be used."""
    header = IN_HEADER.search(content_type[:500])
    declared = IN_XML.match(body[:1000])
    labels = (
        header[1] if header else "",
        declared[1].decode("ascii", "replace") if declared else "",
    )
    named = [codec for label in labels if label and (codec := codec_of(label))]
    # Latin-1 in the header is what a server says of all it has; the author knows better.
    ranked = sorted(named, key="cp1252".__eq__) if named[:1] == ["cp1252"] else named
    return tuple(dict.fromkeys(ranked))


def _as_utf8(body: bytes, named: tuple[str, ...]) -> str | None:
    """The body when it is UTF-8; pure ASCII may still hide a charset of seven bits."""
    if "iso2022_jp" in named and b"\x1b" in body:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _strictly(body: bytes, codec: str) -> str | None:
    # A document whose first bytes are not wide is not in a wide charset, whatever it says.
    if codec.startswith("utf-"):
        return None
    try:
        return body.decode(codec)
    except UnicodeDecodeError:
        pass
    value = body.decode(codec, "replace")
    return value if value.count("\ufffd") * 50 < _marked(body) else None


def _marked(body: bytes) -> int:
    """How many bytes are beyond ASCII."""
    return len(body) - len(body.translate(None, bytes(range(128, 256))))


def _oddity(value: str) -> int:
    return sum(1 for _ in ODD.finditer(value[:SAMPLE]))


def _mended(error: UnicodeError) -> tuple[str, int]:
    """A stray byte among UTF-8 was mostly windows-1252; half a surrogate pair is nothing."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    at = error.start
    if CESU.match(error.object, at):
        return "\ufffd", at + 3
    return error.object[at : at + 1].decode("cp1252", "replace"), at + 1


codecs.register_error("clipper-mend", _mended)
