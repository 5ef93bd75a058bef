"""What a request for a page yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from .common import EPOCH, Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One redirect on the way to a page: the URL asked and what it answered."""

    url: str
    status: int
    headers: Headers
    request_headers: Headers = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One HTTP response as fetched.

    `url` is the one reached, `asked` the one that was asked for. `body` is decoded
    (no content encoding), at most the fetcher's limit; `received` is the body as it
    came, after transfer decoding, when that differs from `body`, else None.
    `address` is the IP address that answered. `truncated` says why the body is not whole, in
    WARC's words: `length` (it is longer than is read), `time`, `disconnect`; "" when it is.
    """

    url: str
    body: bytes
    asked: str = ""
    status: int = 200
    headers: Headers = ()
    request_headers: Headers = ()
    received: bytes | None = None
    fetched_at: datetime = EPOCH
    hops: tuple[Hop, ...] = ()
    address: str = ""
    truncated: str = ""

    def header(self, name: str) -> str:
        """The first value of the header `name` (any case), or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchError:
    """A URL that could not be fetched, as a value.

    `kind` is a short stable word: `dns`, `refused`, `reset`, `timeout`, `deadline`,
    `tls`, `protocol`, `too-large`, `encoding`, `type`, `redirect`, `blocked` (address
    or scheme not allowed), `robots`, `wait` (its host's turn has not come), `closed` (the
    round is ending), `forgotten` (removed from the archive on purpose),
    `challenge` (only persons are let through), `http-NNN`. `text` is a sentence for people.
    `temporary`: trying again later can help. `retry_after`: seconds, clamped to a day.
    `cut`: what had come of a page when its body was cut off; evidence, and nothing to read.
    """

    kind: str
    text: str
    url: str
    status: int | None = None
    temporary: bool = True
    retry_after: float | None = None
    cut: Page | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The archived copy of a page: the response record's place in a WARC file.

    `file` is relative to the archive's folder; `offset` and `length` are bytes of the
    gzip member; `digest` is the sha256, in hex, of the decoded body.
    """

    file: str
    offset: int
    length: int
    digest: str
    url: str
    captured_at: datetime
