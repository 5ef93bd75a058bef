"""A web server that misbehaves on request: raw sockets on loopback, a thread a connection.

    with Hostile({"/": text(b"<html>hello")}) as server:
        fetcher.get(server.url("/"))

A route is called with the `Caller` for each request to its path; whatever it sends is
what goes over the wire. When it returns, the connection stays open for the next request
unless it was closed. `server.asked` lists the paths in the order asked for.
"""

from __future__ import annotations

import contextlib
import gzip
import itertools
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from clipper.fetch import Network

DATA = Path(__file__).parent / "data"
TLS = DATA / "tls"
HTML = "text/html; charset=utf-8"


@dataclass
class Caller:
    """One request and the way to answer it."""

    sock: socket.socket
    method: str
    path: str
    headers: dict[str, str]
    server: Hostile

    def send(self, *pieces: bytes) -> None:
        """Put bytes on the wire as they are."""
        for piece in pieces:
            self.sock.sendall(piece)

    def forever(self, piece: bytes, pause: float = 0.0) -> None:
        """Send `piece` again and again until the other end has had enough."""
        while not self.server.stopped.is_set():
            self.sock.sendall(piece)
            self.server.sent += len(piece)
            if pause:
                time.sleep(pause)

    def reset(self) -> None:
        """End the connection with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

    def hang_up(self) -> None:
        """Close the connection."""
        self.sock.close()

    def stall(self) -> None:
        """Say nothing until the other end goes away."""
        with contextlib.suppress(OSError):
            while not self.server.stopped.is_set() and self.sock.recv(1024):
                pass
        self.hang_up()


Route: TypeAlias = Callable[[Caller], None]


class Hostile:
    """The server. `certificate` names a PEM in tests/data/tls and makes it speak TLS."""

    def __init__(
        self, routes: Mapping[str, Route], *, certificate: str = "", host: str = "127.0.0.1"
    ) -> None:
        self.routes = dict(routes)
        self.asked: list[str] = []
        self.seen: list[Caller] = []
        self.connections = 0
        self.sent = 0
        self.most_at_once = 0
        self.stopped = threading.Event()
        self._now = 0
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._context: ssl.SSLContext | None = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(TLS / f"{certificate}.pem")
        self._socket = socket.create_server((host, 0))
        self.host, self.port = self._socket.getsockname()[:2]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def url(self, path: str = "/", host: str = "") -> str:
        """The address of `path` here, by the server's address or another name for it."""
        return f"{'https' if self._context else 'http'}://{host or self.host}:{self.port}{path}"

    def __enter__(self) -> Hostile:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        # A close alone does not wake accept().
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self._thread.join(2)

    def _accept(self) -> None:
        while not self.stopped.is_set():
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                self._open.append(sock)
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self._context is not None:
                sock = self._context.wrap_socket(sock, server_side=True)
            with sock:
                for caller in self._requests(sock):
                    self._answer(caller)

    def _answer(self, caller: Caller) -> None:
        with self._lock:
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            self.asked.append(caller.path)
            self.seen.append(caller)
        try:
            self.routes.get(caller.path.split("?")[0], missing)(caller)
        finally:
            with self._lock:
                self._now -= 1

    def _requests(self, sock: socket.socket) -> Iterator[Caller]:
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                piece = sock.recv(65536)
                if not piece:
                    return
                waiting += piece
            head, waiting = waiting.split(b"\r\n\r\n", 1)
            first, *lines = head.decode("latin-1").split("\r\n")
            method, path, _ = first.split(" ", 2)
            fields = dict(line.split(": ", 1) for line in lines)
            yield Caller(sock, method, path, fields, self)
            if sock.fileno() < 0:
                return


# ---------------------------------------------------------------- well-behaved answers


def answer(
    body: bytes = b"",
    status: str = "200 OK",
    kind: str = HTML,
    *headers: str,
    length: bool = True,
) -> Route:
    """An answer in one piece. `headers` are further lines, without their line ends."""
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *headers]
    if length:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
    return lambda caller: caller.send(head + body)


def text(body: bytes, *headers: str) -> Route:
    """A page, whole and honest."""
    return answer(body, "200 OK", HTML, *headers)


def missing(caller: Caller) -> None:
    """What every path without a route answers."""
    answer(b"", "404 Not Found")(caller)


def robots(rules: str) -> Route:
    """A robots.txt."""
    return answer(rules.encode(), "200 OK", "text/plain")


def moved(location: str, status: int = 302, body: bytes = b"") -> Route:
    """A redirect."""
    return answer(body, f"{status} Elsewhere", HTML, f"Location: {location}")


def in_turn(*routes: Route) -> Route:
    """The first route for the first request, and so on; the last for all that follow."""
    queue = itertools.chain(routes[:-1], itertools.repeat(routes[-1]))
    return lambda caller: next(queue)(caller)


# ---------------------------------------------------------------- raw and endless ones


def raw(*pieces: bytes, close: bool = True) -> Route:
    """Bytes as they are, then the end."""

    def route(caller: Caller) -> None:
        caller.send(*pieces)
        if close:
            caller.hang_up()

    return route


def endless(start: bytes, piece: bytes, pause: float = 0.0) -> Route:
    """`start`, then `piece` without end, with a pause in seconds between two."""

    def route(caller: Caller) -> None:
        caller.send(start)
        caller.forever(piece, pause)

    return route


def stalling(start: bytes = b"") -> Route:
    """`start`, then silence."""

    def route(caller: Caller) -> None:
        caller.send(start)
        caller.stall()

    return route


def resetting(start: bytes = b"") -> Route:
    """`start`, then a reset."""

    def route(caller: Caller) -> None:
        if start:
            caller.send(start)
            time.sleep(0.05)
        caller.reset()

    return route


def head(*lines: str, status: str = "200 OK", kind: str = HTML) -> bytes:
    """Status line and header fields, ended."""
    fields = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *lines]
    return "\r\n".join(fields).encode("latin-1") + b"\r\n\r\n"


def gzip_bomb(megabytes: int) -> bytes:
    """So many megabytes of spaces, gzipped."""
    return gzip.compress(b" " * (megabytes * 1_000_000), 9)


# ---------------------------------------------------------------- settings for impatient tests


DEADLINE = 0.6
IDLE = 0.3
MAX = 300_000
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
SECRET = b"the canary's secret"


def now() -> datetime:
    """The real time: deadlines are about real seconds."""
    return datetime.now(UTC)


def network(**changes: object) -> Network:
    """Short limits, and loopback's first address alone allowed."""
    settings: dict[str, object] = {
        "contact": "desk@example.org",
        "allow": ("127.0.0.1/32",),
        "deadline": DEADLINE,
        "idle": IDLE,
        "max_bytes": MAX,
    }
    return Network(**(settings | changes))  # type: ignore[arg-type]
