"""Bodies are read whole or not at all, within bounds, whatever the framing says."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper.fetch.body import Framing, TooLargeError, decode, encodings, framing, read
from clipper.fetch.failures import BrokenOffError, Failure

LIMIT = 1000


def packed(body: bytes) -> bytes:
    """Gzipped without the time of day, which would give a test case another name each second."""
    return gzip.compress(body, mtime=0)


def chunked(*chunks: bytes, last: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + last


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=20))
def test_chunks_are_put_together_again(chunks: list[bytes]) -> None:
    body = b"".join(chunks)
    stream = io.BytesIO(chunked(*chunks) + b"next answer")
    assert read(stream, Framing(chunked=True), LIMIT) == body
    assert stream.read() == b"next answer"


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading_of_chunks(wire: bytes) -> None:
    try:
        body = read(io.BytesIO(wire), Framing(chunked=True), LIMIT)
    except (ValueError, BrokenOffError, TooLargeError):
        return
    assert len(body) <= len(wire)


@given(st.binary(max_size=200), st.data())
def test_a_body_cut_anywhere_is_an_error_and_never_half_a_body(
    body: bytes, data: st.DataObject
) -> None:
    whole = chunked(*([body] if body else []))
    cut = whole[: data.draw(st.integers(0, len(whole) - 5))]
    with pytest.raises(BrokenOffError):
        read(io.BytesIO(cut), Framing(chunked=True), LIMIT)
    if body:
        with pytest.raises(BrokenOffError):
            read(io.BytesIO(body[:-1]), Framing(length=len(body)), LIMIT)


@pytest.mark.parametrize(
    "wire",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-5\r\nabc\r\n0\r\n\r\n",
        b"+3\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"1_0\r\n" + b"a" * 16 + b"\r\n0\r\n\r\n",
        b"\r\nabc\r\n0\r\n\r\n",
        b"11111111111111111\r\nabc",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"3;" + b"x" * 5000 + b"\r\nabc\r\n0\r\n\r\n",
        b"0\r\n" + b"X-T: 1\r\n" * 1000,
    ],
)
def test_chunk_sizes_that_are_none_are_an_error(wire: bytes) -> None:
    with pytest.raises(ValueError):
        read(io.BytesIO(wire), Framing(chunked=True), LIMIT)


def test_a_server_may_not_send_more_packing_than_content() -> None:
    wire = (b"1;" + b"x" * 4000 + b"\r\na\r\n") * 100
    with pytest.raises(ValueError, match="packing"):
        read(io.BytesIO(wire), Framing(chunked=True), LIMIT)


def test_chunk_extensions_and_trailers_are_passed_over() -> None:
    wire = b"3;name=value\r\nabc\r\n0\r\nX-Trailer: 1\r\n\r\n"
    assert read(io.BytesIO(wire), Framing(chunked=True), LIMIT) == b"abc"


@pytest.mark.parametrize("frame", [Framing(), Framing(length=5000), Framing(chunked=True)], ids=str)
def test_nothing_is_read_past_the_limit(frame: Framing) -> None:
    wire = chunked(b"x" * 5000) if frame.chunked else b"x" * 5000
    with pytest.raises(TooLargeError) as caught:
        read(io.BytesIO(wire), frame, LIMIT)
    assert caught.value.start == b"x" * LIMIT


FRAMES = [
    ((), 200, Framing()),
    ((("Content-Length", "5"),), 200, Framing(length=5)),
    ((("content-length", "5"), ("Content-Length", "5")), 200, Framing(length=5)),
    ((("Content-Length", "5, 5"),), 200, Framing(length=5)),
    ((("Transfer-Encoding", "Chunked"),), 200, Framing(chunked=True)),
    ((("Transfer-Encoding", "chunked"), ("Content-Length", "5")), 200, Framing(chunked=True)),
    ((("Content-Length", "5"),), 304, Framing(length=0)),
    ((), 204, Framing(length=0)),
    ((("Content-Length", "5"), ("Content-Length", "6")), 200, None),
    ((("Content-Length", "-5"),), 200, None),
    ((("Content-Length", "+5"),), 200, None),
    ((("Content-Length", "5.0"),), 200, None),
    ((("Content-Length", "five"),), 200, None),
    ((("Content-Length", "٥"),), 200, None),
    ((("Content-Length", "9" * 40),), 200, None),
    ((("Transfer-Encoding", "gzip, chunked"),), 200, None),
    ((("Transfer-Encoding", "identity"),), 200, None),
]


@pytest.mark.parametrize(("headers", "status", "expected"), FRAMES)
def test_a_length_is_taken_only_when_it_is_one(
    headers: tuple[tuple[str, str], ...], status: int, expected: Framing | None
) -> None:
    if expected is None:
        with pytest.raises(ValueError):
            framing(headers, status)
        return
    assert framing(headers, status) == expected


BARE = zlib.compressobj(9, zlib.DEFLATED, -15)
RAW_DEFLATE = BARE.compress(b"hello") + BARE.flush()


@pytest.mark.parametrize(
    ("name", "received"),
    [
        ("gzip", packed(b"hello")),
        ("x-gzip", packed(b"hello")),
        ("gzip", packed(b"hel") + packed(b"lo")),
        ("gzip", packed(b"hello") + b"\0\0\0\r\n"),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", RAW_DEFLATE),
    ],
)
def test_what_servers_pack_is_unpacked(name: str, received: bytes) -> None:
    assert decode(received, [name], LIMIT) == b"hello"


@pytest.mark.parametrize("name", ["gzip", "deflate"])
@given(body=st.binary(min_size=1, max_size=500), data=st.data())
def test_a_packed_body_cut_anywhere_is_an_error(
    name: str, body: bytes, data: st.DataObject
) -> None:
    whole = packed(body) if name == "gzip" else zlib.compress(body)
    cut = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(Failure) as caught:
        decode(cut, [name], LIMIT)
    assert caught.value.kind == "encoding"


@pytest.mark.parametrize(
    ("names", "received"),
    [
        (["gzip", "gzip"], packed(packed(b"x"))),
        (["gzip"] * 100, b"x"),
        (["compress"], b"x"),
        (["gzip"], b"<html>not packed at all"),
        (["deflate"], b"<html>not packed at all"),
        (["gzip"], packed(b"") * 65),
        (["zstd"], b"(\xb5/\xfd"),
    ],
)
def test_odd_packing_is_an_error(names: list[str], received: bytes) -> None:
    with pytest.raises(Failure) as caught:
        decode(received, names, LIMIT)
    assert caught.value.kind == "encoding"


@pytest.mark.parametrize(
    ("name", "bomb"),
    [("gzip", packed(b" " * 10**7)), ("deflate", zlib.compress(b" " * 10**7))],
)
def test_a_bomb_is_stopped_at_the_limit(name: str, bomb: bytes) -> None:
    with pytest.raises(TooLargeError) as caught:
        decode(bomb, [name], LIMIT)
    assert len(caught.value.start) == LIMIT


def test_brotli_is_unpacked_where_its_library_is() -> None:
    brotli = pytest.importorskip("brotli")
    assert decode(brotli.compress(b"hello" * 50), ["br"], LIMIT) == b"hello" * 50
    with pytest.raises(TooLargeError):
        decode(brotli.compress(b" " * 10**7), ["br"], LIMIT)
    for damaged in (brotli.compress(b"hello" * 50)[:-3], b"<html>plain"):
        with pytest.raises(Failure):
            decode(damaged, ["br"], LIMIT)


def test_a_body_of_exactly_the_limit_is_whole() -> None:
    body = b"x" * LIMIT
    assert read(io.BytesIO(body), Framing(length=LIMIT), LIMIT) == body
    assert decode(packed(body), ["gzip"], LIMIT) == body


def test_names_that_mean_nothing_was_packed_are_passed_over() -> None:
    headers = (("Content-Encoding", "identity, UTF-8"), ("content-encoding", "GZip"))
    assert encodings(headers) == ["gzip"]
