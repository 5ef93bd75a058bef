"""One connection to one origin: urllib3's, but connected by us and cut by the watchdog.

requests and urllib3's pools are left out beneath this: a Session drains the body of
every redirect, and neither can be told to which address to connect.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable
from io import BufferedReader
from typing import Any, BinaryIO, cast

from requests.utils import DEFAULT_CA_BUNDLE_PATH
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util.ssl_ import create_urllib3_context

from clipper.fetch.addresses import Net
from clipper.fetch.dial import MAX_LOOKUP, Resolve, check, connect, look_up
from clipper.fetch.targets import Target
from clipper.fetch.watchdog import Lease
from clipper.model import Headers

_MAX_INTERIM = 10


class Answer(http.client.HTTPResponse):
    """http.client's response, that does not wait through endless "100 Continue"."""

    is_cut = False
    """Whether the connection ended within the header: what came of it is all that there is."""
    _interim = 0

    def begin(self) -> None:
        """Read status and header; http.client takes an end within it for the header's end."""
        stream: Any = self.fp
        heard: Any = _Heard(stream)
        self.fp = heard
        try:
            super().begin()
        finally:
            self.is_cut = heard.ended
            if self.fp is heard:
                self.fp = stream

    def _read_status(self) -> tuple[str, int, str]:
        self._interim += 1
        if self._interim > _MAX_INTERIM:
            raise http.client.HTTPException("too many interim answers")
        return cast("tuple[str, int, str]", super()._read_status())  # type: ignore[misc]

    def fields(self) -> Headers:
        """The header fields in the order received, folded lines joined."""
        return tuple((name, _unfolded(str(value))) for name, value in self.msg.items())


class _Heard:
    """A stream's lines; `ended` tells whether it came to its end."""

    def __init__(self, stream: BufferedReader) -> None:
        self._stream = stream
        self.ended = False

    def readline(self, most: int) -> bytes:
        """The next line, at most so many bytes of it."""
        line = self._stream.readline(most)
        self.ended |= not line
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _unfolded(value: str) -> str:
    return " ".join(value.split()) if "\n" in value or "\r" in value else value


class _Plain(HTTPConnection):
    response_class = Answer
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class _Secure(HTTPSConnection):
    response_class = Answer
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return self.dial()


class Line:
    """A connection to the origin of `target`, opened with the first request on it.

    `address` is the IP address that answers; `used` tells that an answer has come over
    it before, so that its server may have closed it in the meantime; `spoiled` that
    bytes of an old answer are on it, which the next would be mistaken for.
    """

    def __init__(self, target: Target, connector: Connector) -> None:
        self.target = target
        self.address = ""
        self.used = False
        self.spoiled = False
        self._connector = connector
        self._killer: socket.socket | None = None
        self._connection = connector.connection(target)
        self._connection.dial = self._dial
        self._lease: Lease | None = None
        self._idle = 0.0
        self._sock: socket.socket | None = None

    def ask(self, headers: dict[str, str], lease: Lease, idle: float) -> Answer:
        """Send a GET for the target's path; the answer's status and header.

        Raises what socket, TLS and http.client raise; Failure from the address check.
        """
        self._lease, self._idle = lease, idle
        lease.hold(self)
        connection = self._connection
        connection.timeout = max(0.01, min(idle, lease.left))
        if connection.sock is None:
            connection.connect()
        self._sock = connection.sock
        connection.request("GET", self._connector.form(self.target), headers=headers)
        # urllib3's own getresponse would wrap the answer once more, for nothing used here.
        return cast("Answer", http.client.HTTPConnection.getresponse(connection))

    def turn_to(self, target: Target) -> None:
        """Use the line for another path of the same origin."""
        self.target = target

    def overrun(self, stream: BinaryIO) -> bool:
        """Whether more lies ready on `stream` than the answer said that it has."""
        if self._sock is None:
            return False
        try:
            self._sock.settimeout(0)
            more = cast("BufferedReader", stream).peek(1)
        except (OSError, ValueError):
            return False
        # A stray line end is sloppy, and no content.
        self.spoiled |= bool(more)
        return bool(more.strip())

    @property
    def alive(self) -> bool:
        """Whether the line can take another request: open, and nothing unread on it."""
        return not self.spoiled and self._connection.is_connected

    def cut(self) -> None:
        """End the traffic from another thread; the reading one sees the stream end."""
        if self._killer is not None:
            with contextlib.suppress(OSError):
                self._killer.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the sockets back."""
        self._connection.close()
        if self._killer is not None:
            self._killer.close()

    def _dial(self) -> socket.socket:
        lease = self._lease
        assert lease is not None
        port, addresses = self._connector.where(self.target, lease)
        sock = connect(addresses, port, lambda: min(self._idle, lease.left), self._hold)
        if not self._connector.proxy:
            self.address = sock.getpeername()[0]
        return sock

    def _hold(self, sock: socket.socket) -> None:
        # TLS takes the socket object over and hides its successor until the handshake is
        # done. A duplicate reaches the same connection at any time, and is ours to close.
        if self._killer is not None:
            self._killer.close()
        self._killer = sock.dup()
        if self._lease is not None:
            self._lease.hold(self)


class Connector:
    """What all lines share: the resolver, the allowed networks, TLS settings, the proxy."""

    def __init__(
        self, resolve: Resolve, allow: tuple[Net, ...], proxy: Target | None, ca_file: str
    ) -> None:
        self._resolve = resolve
        self._allow = allow
        self.proxy = proxy
        self._ca_file = ca_file
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def connection(self, target: Target) -> _Plain | _Secure:
        """An unopened connection for `target`, through a tunnel when a proxy is set."""
        if target.scheme == "http":
            return _Plain(target.host, target.port)
        if self.proxy is None:
            return _Secure(target.host, target.port, ssl_context=self._tls())
        tunnelled = _Secure(self.proxy.host, self.proxy.port, ssl_context=self._tls())
        tunnelled.set_tunnel(target.host, target.port)
        return tunnelled

    def form(self, target: Target) -> str:
        """The request's target: the whole URL for a proxy without a tunnel (RFC 9112, 3.2.2)."""
        return target.url if self.proxy and target.scheme == "http" else target.path

    def where(self, target: Target, lease: Lease) -> tuple[int, tuple[str, ...]]:
        """Port and the checked addresses to connect to for `target`.

        With a proxy these are the proxy's, which the user has set and which may be
        private. What the target's name means to us is checked all the same.
        """
        seconds = min(MAX_LOOKUP, lease.left)
        found = look_up(self._resolve, target.host, target.port, seconds)
        check(target.host, found, self._allow)
        if self.proxy is None:
            return target.port, tuple(found)
        proxy = self.proxy
        found = look_up(self._resolve, proxy.host, proxy.port, seconds)
        return proxy.port, tuple(found)

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = _context(self._ca_file)
            return self._context


def _context(ca_file: str) -> ssl.SSLContext:
    context = create_urllib3_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class IdleLines:
    """Lines kept open between two requests, one an origin; the oldest goes when there are many."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lines: OrderedDict[str, Line] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, target: Target) -> Line | None:
        """The line to the target's origin, if one is open."""
        with self._lock:
            line = self._lines.pop(target.origin, None)
        if line is None:
            return None
        if not line.alive:
            line.close()
            return None
        line.turn_to(target)
        return line

    def keep(self, line: Line) -> None:
        """Keep a line for the next request to its origin."""
        with self._lock:
            surplus = [self._lines.pop(line.target.origin, None)]
            self._lines[line.target.origin] = line
            if len(self._lines) > self._most:
                surplus.append(self._lines.popitem(last=False)[1])
        for other in surplus:
            if other is not None:
                other.close()

    def close(self) -> None:
        """Close them all."""
        with self._lock:
            lines, self._lines = list(self._lines.values()), OrderedDict()
        for line in lines:
            line.close()
