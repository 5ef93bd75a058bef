"""Reading a body within bounds: framing, chunks, decoding. Pure but for the stream given.

http.client and urllib3 are not used for this, because both read chunk lines without
bound, take a negative chunk size as "all there is", and let two contradicting lengths
pass. Framing is RFC 9112, section 6; anything it forbids is an error here.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from types import MappingProxyType
from typing import BinaryIO, Protocol, cast

from clipper.fetch.failures import BrokenOffError, Failure
from clipper.model import Headers

PIECE = 65_536
"""Bytes asked of the socket at a time."""

_MAX_LINE = 4_096
_MAX_MEMBERS = 64
_HEX = re.compile(rb"[0-9a-fA-F]{1,16}")
_DIGITS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Framing:
    """How the end of a body is known: by chunks, by `length` in bytes, or (None) by the close."""

    chunked: bool = False
    length: int | None = None


def framing(headers: Headers, status: int = 200) -> Framing:
    """How the body behind `headers` is framed. ValueError when they contradict themselves."""
    if status in (204, 205, 304):
        return Framing(length=0)
    codings = _listed(headers, "transfer-encoding")
    if codings:
        if codings != ["chunked"]:
            raise ValueError("a transfer coding that nobody asked for")
        return Framing(chunked=True)
    lengths = set(_listed(headers, "content-length"))
    if not lengths:
        return Framing()
    if len(lengths) > 1:
        raise ValueError("two lengths for one body")
    return Framing(length=_length(lengths.pop()))


def _length(value: str) -> int:
    if not _DIGITS.fullmatch(value):
        raise ValueError("a length that is no number")
    return int(value)


def _listed(headers: Headers, name: str) -> list[str]:
    values = ",".join(value for key, value in headers if key.lower() == name)
    return [part for part in (piece.strip().lower() for piece in values.split(",")) if part]


class TooLargeError(Exception):
    """A body beyond its limit; `start` is what was read up to the limit."""

    def __init__(self, start: bytes) -> None:
        super().__init__("too large")
        self.start = start


def read(stream: BinaryIO, frame: Framing, limit: int, into: bytearray | None = None) -> bytes:
    """The body on `stream`, at most `limit` bytes; `into` holds, at any time, what came of it.

    Raises TooLargeError beyond the limit, BrokenOffError when the stream ends before the body does,
    ValueError for chunks that are none.
    """
    held = bytearray() if into is None else into
    for piece in _pieces(stream, frame, limit):
        held += piece
        if len(held) > limit:
            raise TooLargeError(bytes(memoryview(held)[:limit]))
    return bytes(held)


def _pieces(stream: BinaryIO, frame: Framing, limit: int) -> Iterator[bytes]:
    if frame.chunked:
        return _chunks(stream, limit)
    if frame.length is not None:
        return _exactly(stream, frame.length)
    return iter(lambda: _some(stream, PIECE), b"")


def _some(stream: BinaryIO, most: int) -> bytes:
    """What there is to read, as it comes: `read` would wait for all of it, and lose what it
    has when the time is up."""
    return cast("BufferedIOBase", stream).read1(most)


def _exactly(stream: BinaryIO, length: int) -> Iterator[bytes]:
    left = length
    while left:
        piece = _some(stream, min(left, PIECE))
        if not piece:
            raise BrokenOffError(f"{left} of {length} bytes are missing")
        left -= len(piece)
        yield piece


def _chunks(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    # Lines between chunks are bounded as the body is, else a server could send
    # one byte in each chunk and four kilobytes of "extension" with it.
    spare = max(limit, PIECE)
    while True:
        line = _line(stream)
        spare -= len(line)
        size = _chunk_size(line)
        if spare < 0:
            raise ValueError("more packing than content")
        if size == 0:
            return _skip_trailer(stream)
        yield from _exactly(stream, size)
        if _line(stream).strip(b"\r\n"):
            raise ValueError("a chunk that is longer than it says")


def _chunk_size(line: bytes) -> int:
    size = line.split(b";", 1)[0].strip(b" \t\r\n")
    if not _HEX.fullmatch(size):
        raise ValueError("a chunk size that is no number")
    return int(size, 16)


def _line(stream: BinaryIO) -> bytes:
    line = stream.readline(_MAX_LINE + 1)
    if not line.endswith(b"\n"):
        raise (
            ValueError("an endless line")
            if len(line) > _MAX_LINE
            else BrokenOffError("no last chunk")
        )
    return line


def _skip_trailer(stream: BinaryIO) -> None:
    for _ in range(100):
        # Some servers close right after the last chunk; the body is whole all the same.
        if stream.readline(_MAX_LINE + 1) in (b"\r\n", b"\n", b""):
            return
    raise ValueError("an endless trailer")


# ---------------------------------------------------------------- content encoding


class _Decompressor(Protocol):
    def __call__(self, received: bytes, room: int) -> bytes: ...


def _zlib(window: int) -> _Decompressor:
    def inflate(received: bytes, room: int) -> bytes:
        body, rest = b"", received
        for _ in range(_MAX_MEMBERS):
            inflater = zlib.decompressobj(window)
            body += inflater.decompress(rest, room - len(body))
            if len(body) >= room:
                return body
            if not inflater.eof:
                raise ValueError("cut short")
            rest = inflater.unused_data
            # Zeros and stray line ends after the last member are padding, as gzip(1) has it.
            if window < 16 or not rest.startswith(b"\x1f\x8b"):
                return body
        raise ValueError("too many members")

    return inflate


def _deflate(received: bytes, room: int) -> bytes:
    # "deflate" is zlib's format by the standard, and bare on some servers.
    try:
        return _zlib(zlib.MAX_WBITS)(received, room)
    except zlib.error:
        return _zlib(-zlib.MAX_WBITS)(received, room)


def _brotli(received: bytes, room: int) -> bytes:
    # Never asked for, but some caches send it to everybody; the library need not be there.
    import brotli  # type: ignore[import-untyped,import-not-found,unused-ignore]

    decoder = brotli.Decompressor()
    body = bytearray()
    piece = received
    try:
        while len(body) < room and not decoder.is_finished():
            more = decoder.process(piece, output_buffer_limit=room - len(body))
            if not more and not piece:
                raise ValueError("cut short")
            body += more
            piece = b""
    except brotli.error as error:
        raise ValueError("damaged") from error
    return bytes(body[:room])


DECODERS: Mapping[str, Callable[[bytes, int], bytes]] = MappingProxyType(
    {
        "gzip": _zlib(16 + zlib.MAX_WBITS),
        "x-gzip": _zlib(16 + zlib.MAX_WBITS),
        "deflate": _deflate,
        "br": _brotli,
    }
)
"""Decoders by name: received bytes and the room in bytes, to at most so many decoded ones."""

# Not codings, but written by servers that mean "none".
_PLAIN = frozenset({"identity", "none", "utf-8", "utf8"})


def encodings(headers: Headers) -> list[str]:
    """The content encodings that `headers` name, without those that change nothing."""
    return [name for name in _listed(headers, "content-encoding") if name not in _PLAIN]


def decode(received: bytes, names: list[str], limit: int) -> bytes:
    """`received` without its content encoding, at most `limit` bytes.

    Raises TooLargeError beyond the limit and Failure("encoding") for an encoding that is unknown,
    not alone, cut short or not what it says. gzip in gzip is how bombs are packed.
    """
    if not names or not received:
        return received
    if len(names) > 1:
        raise _encoding("The answer is packed more than once, which honest servers do not do.")
    decoder = DECODERS.get(names[0])
    if decoder is None:
        raise _encoding("The answer is packed in a way that was not asked for.")
    body = _unpacked(decoder, received, limit + 1)
    if len(body) > limit:
        raise TooLargeError(body[:limit])
    return body


def decode_part(received: bytes, names: list[str], limit: int) -> bytes | None:
    """What the first bytes of an encoded body decode to; None when they can't be decoded, or
    to more than `limit` bytes. Only of gzip is a part known to read alike everywhere."""
    if not names:
        return received
    if names not in (["gzip"], ["x-gzip"]):
        return None
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(received, limit + 1)
    except zlib.error:
        return None
    # More members after the first are more than is made of a part.
    return None if len(body) > limit or unpacker.eof else body


def _unpacked(decoder: Callable[[bytes, int], bytes], received: bytes, room: int) -> bytes:
    try:
        return decoder(received, room)
    except ImportError as error:
        raise _encoding("The answer is packed in a way that was not asked for.") from error
    except (zlib.error, ValueError) as error:
        raise _encoding("The answer can't be unpacked: it is damaged or cut short.") from error


def _encoding(text: str) -> Failure:
    return Failure("encoding", text)
