"""The fetch itself: a journey of at most a few hops, each through the same gate.

read_target | robots.check | hosts.turn | line.ask -> hop: follow, and again
                                                   -> body: read | decode -> Page
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import BinaryIO, Self, cast

from clipper.fetch.addresses import networks
from clipper.fetch.body import (
    Framing,
    TooLargeError,
    decode,
    decode_part,
    encodings,
    framing,
    read,
)
from clipper.fetch.dial import Resolve, system_resolve
from clipper.fetch.failures import TROUBLES, BrokenOffError, Failure, by_status, explain
from clipper.fetch.hosts import Hosts, Turn
from clipper.fetch.lines import Answer, Connector, IdleLines, Line
from clipper.fetch.purposes import PURPOSES, Purpose, accepts, disguise, media_type
from clipper.fetch.robots import Recall, Remember, Robots
from clipper.fetch.settings import MEGABYTE, Network
from clipper.fetch.targets import Target, follow, read_target, redacted
from clipper.fetch.waits import retry_after
from clipper.fetch.watchdog import Lease, Watchdog
from clipper.model import FetchError, Headers, Hop, Page

REDIRECTS = frozenset({301, 302, 303, 307, 308})
EMPTY = frozenset({204, 205, 304})
PAUSE = 30.0
"""Seconds that a host is left alone after a 429 that names no time."""

PART = MEGABYTE
"""Bytes that are kept, as evidence, of a page that is longer than is read."""

_RETRIES = 2
_RETRY_PAUSE = 0.5

# What the caller may send to whatever host a redirect leads to. All else (credentials
# above all) stays with the origin that it was meant for.
_COMMON = frozenset({"if-none-match", "if-modified-since", "accept-language"})
_VALIDATORS = frozenset({"if-none-match", "if-modified-since"})

# What is written down, since the archive keeps it: nothing that could be a secret.
_NOTED = _COMMON | {"host", "user-agent", "accept", "accept-encoding"}


@dataclass(frozen=True, slots=True)
class _Part:
    """An answer whose body is being read: a page without one, and what came of it so far."""

    head: Page
    taken: bytearray


@dataclass(slots=True)
class _Errand:
    """One call of `get`: what for, with what, and how much of its time is spent."""

    asked: str
    purpose: Purpose
    gap: float
    headers: Mapping[str, str]
    wait: bool
    home: str = ""
    before: str = ""
    left: float = 0.0
    hops: list[Hop] = field(default_factory=list)
    part: _Part | None = None


@dataclass(frozen=True, slots=True)
class _Detour:
    """An answer that leads elsewhere."""

    target: Target
    hop: Hop


class Fetcher:
    """Fetches from the network within the bounds of `network`. Safe from many threads.

    `now` tells the time (aware, UTC); `resolve` turns names into addresses; `clock` (in
    seconds) and `sleep` serve the gaps between requests, `jitter` (0 to 1) the pauses before a
    retry. `recall` and `remember` keep copies of robots.txt between rounds. Raises ValueError
    for an `allow` that is no network or a `proxy` that is no http address.

        with Fetcher(Network(contact="desk@example.org"), now) as fetcher:
            answer = fetcher.get("https://example.org/feed/", "feed")
    """

    def __init__(
        self,
        network: Network,
        now: Callable[[], datetime],
        *,
        resolve: Resolve = system_resolve,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
        jitter: Callable[[], float] = random.random,
        recall: Recall = lambda origin: None,
        remember: Remember = lambda copy: None,
    ) -> None:
        self.network = network
        self._now = now
        self._clock = clock
        self._jitter = jitter
        self._closing = threading.Event()
        self._sleep = sleep or self._nap
        self._watchdog = Watchdog()
        self._hosts = Hosts(network.patience, clock, self._sleep)
        self._lines = IdleLines()
        self._connector = Connector(
            resolve, networks(network.allow), _proxy(network.proxy), network.ca_file
        )
        self._robots = Robots(self._get_robots, now, recall, remember)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all fetches under way, wake those that wait, and close the connections."""
        self._closing.set()
        self._watchdog.close()
        self._lines.close()

    def get(
        self,
        url: str,
        purpose: str = "page",
        gap: float = 2.0,
        headers: Mapping[str, str] | None = None,
        *,
        wait: bool = True,
    ) -> Page | FetchError:
        """What `url` answers, or why it can't be had.

        `purpose` is a key of `PURPOSES`; KeyError for any other. `gap` is the pause in
        seconds kept after the last request to the same host (more when its robots.txt asks
        for more). `headers` are sent beside clipper's own; to another host only validators and
        language. A 304 is a Page with an empty body when `headers` asked for it. With `wait`
        false a host whose turn it is not yet gives a FetchError of kind `wait` at once, with
        `retry_after`.
        """
        errand = _Errand(
            asked=url,
            purpose=PURPOSES[purpose],
            gap=gap,
            headers=headers or {},
            wait=wait,
            left=self.network.deadline,
        )
        try:
            return self._travel(errand)
        except Failure as failure:
            cut = self._cut(errand, failure.kind) if errand.purpose.evidence else None
            return replace(failure.value(redacted(url)), cut=cut)

    def _cut(self, errand: _Errand, kind: str) -> Page | None:
        """The page that was cut off, as far as it came; None when nothing of it can be kept."""
        part, why = errand.part, _CUTS.get(kind, "")
        if part is None or not part.taken or not why:
            return None
        most = min(PART, self.network.max_bytes) if why == "length" else None
        received = bytes(memoryview(part.taken)[:most])
        names = encodings(part.head.headers)
        body = decode_part(received, names, self.network.max_bytes)
        if body is None or disguise(body):
            return None
        return replace(
            part.head,
            body=body,
            received=received if names else None,
            truncated=why,
            fetched_at=self._now(),
        )

    def _get_robots(self, url: str, wait: bool) -> Page | FetchError:
        return self.get(url, "robots", wait=wait)

    # ---------------------------------------------------------------- the journey

    def _travel(self, errand: _Errand) -> Page:
        target = read_target(errand.asked)
        errand.home = target.origin
        seen = {target.url}
        while True:
            answer = self._visit(target, errand)
            if isinstance(answer, Page):
                return answer
            errand.hops.append(answer.hop)
            target = answer.target
            if len(errand.hops) > self.network.max_redirects:
                raise _astray(errand, "passes us on without end")
            if target.url in seen:
                raise _astray(errand, "sends us in a circle (perhaps it insists on cookies)")
            seen.add(target.url)

    def _visit(self, target: Target, errand: _Errand) -> Page | _Detour:
        delay = self._robots.check(target, wait=errand.wait) if errand.purpose.robots else 0.0
        gap = _gap(target, errand, delay)
        errand.before = target.origin
        with self._hosts.turn(target.origin, gap, wait=errand.wait) as turn:
            began = time.monotonic()
            lease = self._watchdog.lease(began + errand.left)
            try:
                return self._persist(target, errand, lease, turn)
            finally:
                lease.end()
                errand.left -= time.monotonic() - began

    def _persist(self, target: Target, errand: _Errand, lease: Lease, turn: Turn) -> Page | _Detour:
        """Ask, and ask again where the connection broke before a byte of answer came."""
        tries = _RETRIES
        while True:
            if self._closing.is_set():
                raise Failure("closed", "clipper was stopped before this was fetched.")
            line = self._lines.take(target) or Line(target, self._connector)
            stale = line.used
            try:
                answer = self._ask(line, errand, lease)
            except Failure as failure:
                line.close()
                if failure.kind != "reset":
                    raise
                # A kept connection may have been closed by the server in the meantime:
                # that says nothing about the server, and counts for nothing.
                if stale:
                    continue
                pause = _RETRY_PAUSE * (0.5 + self._jitter())
                if tries == 0 or pause >= lease.left:
                    raise
                tries -= 1
                self._sleep(pause)
            else:
                return self._weigh(answer, line, errand, lease, turn)

    def _ask(self, line: Line, errand: _Errand, lease: Lease) -> Answer:
        sent = self._request_headers(line.target, errand)
        try:
            return line.ask(sent, lease, self.network.idle)
        except TROUBLES as error:
            raise self._explained(error, line.target, lease) from error

    def _request_headers(self, target: Target, errand: _Errand) -> dict[str, str]:
        own = {
            "Host": target.netloc,
            "User-Agent": self.network.user_agent,
            "Accept": errand.purpose.accept,
            "Accept-Encoding": "gzip",
        }
        at_home = target.origin == errand.home
        sent = {
            name: value
            for name, value in errand.headers.items()
            if at_home or name.lower() in _COMMON
        }
        given = {name.lower() for name in sent}
        return {name: value for name, value in own.items() if name.lower() not in given} | sent

    # ---------------------------------------------------------------- the answer

    def _weigh(
        self, answer: Answer, line: Line, errand: _Errand, lease: Lease, turn: Turn
    ) -> Page | _Detour:
        line.used = True
        stream = cast("BinaryIO", answer.fp)
        try:
            result = self._settle(answer, stream, line, errand, turn)
            lease.end()
            if lease.expired:
                # A body that lasts until the close may have been ended by the watchdog.
                raise TimeoutError
        except (TooLargeError, Failure, *TROUBLES) as error:
            answer.close()
            line.close()
            if isinstance(error, Failure):
                raise
            raise self._explained(error, line.target, lease) from error
        answer.close()
        self._put_away(line, whole=isinstance(result, Page))
        return result

    def _put_away(self, line: Line, *, whole: bool) -> None:
        """Keep the line for the next request if its answer was read to its very end."""
        if whole and line.alive:
            self._lines.keep(line)
        else:
            line.close()

    def _settle(
        self, answer: Answer, stream: BinaryIO, line: Line, errand: _Errand, turn: Turn
    ) -> Page | _Detour:
        status, headers = answer.status, answer.fields()
        if status in REDIRECTS:
            return self._detour(status, headers, line, errand)
        if not _is_good(status, errand.headers):
            raise self._refused(status, headers, line.target, turn)
        if answer.is_cut:
            raise BrokenOffError("the header has no end")
        head = Page(
            url=line.target.url,
            asked=errand.asked,
            status=status,
            headers=headers,
            request_headers=self._noted(line.target, errand),
            body=b"",
            hops=tuple(errand.hops),
            address=line.address,
        )
        errand.part = part = _Part(head, bytearray())
        received, body = self._body(stream, part, line, errand.purpose)
        return replace(
            head,
            body=body,
            received=None if received is body else received,
            fetched_at=self._now(),
        )

    def _detour(self, status: int, headers: Headers, line: Line, errand: _Errand) -> _Detour:
        hop = Hop(
            url=line.target.url,
            status=status,
            headers=headers,
            request_headers=self._noted(line.target, errand),
        )
        return _Detour(follow(line.target, _first(headers, "location")), hop)

    def _refused(self, status: int, headers: Headers, target: Target, turn: Turn) -> Failure:
        asked = retry_after(
            _first(headers, "retry-after"), date=_first(headers, "date"), now=self._now()
        )
        if status == 429:
            asked = asked or PAUSE
        if status in (429, 503) and asked:
            turn.rest(self._clock() + asked, status)
        return by_status(status, target.host, asked, headers)

    def _body(
        self, stream: BinaryIO, part: _Part, line: Line, purpose: Purpose
    ) -> tuple[bytes, bytes]:
        """The body as received and as decoded: the same object when nothing was encoded."""
        status, headers, host = part.head.status, part.head.headers, line.target.host
        frame = framing(headers, status)
        if status in EMPTY:
            line.overrun(stream)
            return b"", b""
        kind = _first(headers, "content-type")
        if not accepts(purpose, kind):
            raise _wrong_type(host, media_type(kind))
        limit = min(self.network.max_bytes, purpose.limit or self.network.max_bytes)
        if frame.length is not None and frame.length > limit and not purpose.cut:
            if purpose.evidence:
                with suppress(TooLargeError, *TROUBLES):
                    read(stream, frame, PART, part.taken)
            raise TooLargeError(b"")
        received, body = _unpack(stream, frame, headers, limit, purpose, part.taken)
        cut = purpose.cut and len(received) >= limit
        line.spoiled |= cut
        if not cut and frame.length is not None and line.overrun(stream):
            raise Failure("protocol", f"{host} sent more than it announced.")
        found = disguise(body) if purpose.text else ""
        if found:
            raise _wrong_type(host, found)
        return received, body

    def _noted(self, target: Target, errand: _Errand) -> Headers:
        sent = self._request_headers(target, errand)
        return tuple((name, value) for name, value in sent.items() if name.lower() in _NOTED)

    def _explained(self, error: Exception, target: Target, lease: Lease) -> Failure:
        if self._closing.is_set():
            return Failure("closed", "clipper was stopped before this was fetched.")
        if isinstance(error, TooLargeError):
            most = self.network.max_bytes / MEGABYTE
            text = f"{target.host} sends more than {most:g} MB, which no article or feed needs."
            return Failure("too-large", text, temporary=False)
        return explain(error, target.host, late=lease.late, seconds=self.network.deadline)

    def _nap(self, seconds: float) -> None:
        """Sleep that `close` ends."""
        self._closing.wait(seconds)


_CUTS: Mapping[str, str] = {
    "too-large": "length",
    "deadline": "time",
    "timeout": "time",
    "reset": "disconnect",
}
"""The kinds of failure that cut a body off, and what WARC calls it."""


def _gap(target: Target, errand: _Errand, delay: float) -> float | None:
    """The pause before asking `target`; none within one host's own redirects."""
    if not errand.purpose.spaced:
        return None
    if errand.before == target.origin:
        return 0.0
    return max(errand.gap, delay)


def _is_good(status: int, headers: Mapping[str, str]) -> bool:
    if status == 304:
        return any(name.lower() in _VALIDATORS for name in headers)
    # A part (206) was never asked for, and is no page.
    return 200 <= status < 300 and status != 206


def _unpack(
    stream: BinaryIO,
    frame: Framing,
    headers: Headers,
    limit: int,
    purpose: Purpose,
    taken: bytearray,
) -> tuple[bytes, bytes]:
    """The body, received and decoded; where the purpose allows, only its first `limit` bytes.
    `taken` holds what came of it meanwhile."""
    names = encodings(headers)
    try:
        received = read(stream, frame, limit, taken)
    except TooLargeError as excess:
        if names or not purpose.cut:
            raise
        return excess.start, excess.start
    try:
        return received, decode(received, names, limit)
    except TooLargeError as excess:
        if not purpose.cut:
            raise
        return received, excess.start


def _first(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name), "")


def _astray(errand: _Errand, what: str) -> Failure:
    host = read_target(errand.hops[-1].url).host
    return Failure("redirect", f"{host} {what}.")


def _wrong_type(host: str, kind: str) -> Failure:
    return Failure("type", f"{host} sent {kind}, which is nothing to read here.", temporary=False)


def _proxy(url: str) -> Target | None:
    if not url:
        return None
    try:
        proxy = read_target(url)
    except Failure as failure:
        raise ValueError(f"network: proxy: {failure.text}") from failure
    if proxy.scheme != "http":
        raise ValueError("network: proxy: only http:// proxies are spoken to.")
    return proxy
