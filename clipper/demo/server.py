"""One small web server per sample outlet, on loopback only."""

from __future__ import annotations

import hashlib
import socketserver
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from clipper.demo import feeds, pages
from clipper.demo.samples import SampleOutlet, outlets

HOST: Final = "127.0.0.1"
PORT_BASE: Final = 8471
_STEP: Final = 100
_TRIES: Final = 8
_HTML: Final = "text/html; charset={}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A sample outlet and where it is served: home address and feed, as full URLs."""

    outlet: SampleOutlet
    home: str
    feed: str
    port: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What one path answers: content type and body."""

    content_type: str
    body: bytes

    @property
    def etag(self) -> str:
        """A strong validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:24]}"'


Answers = Mapping[str, Callable[[], Answer]]


@contextmanager
def serve(
    now: datetime, *, port_base: int = PORT_BASE, corrected: bool = False
) -> Iterator[tuple[Served, ...]]:
    """Serves every sample outlet on a port of its own until the block ends.

    Dates are counted back from `now` (aware). The ports are `port_base` and the next
    ones, so that they stay the same from run to run; when one is taken, a hundred
    further on, at last any free ones (`port_base=0`: these at once). The article that
    the outlet corrects is served as first printed when it is first asked for, and
    corrected from then on; `corrected=True` serves it corrected at once.
    """
    samples = outlets(now)
    with ExitStack() as stack:
        servers = [stack.enter_context(server) for server in _bound(len(samples), port_base)]
        served = []
        for server, outlet in zip(servers, samples, strict=True):
            home = f"http://{HOST}:{server.server_port}"
            server.last_modified = format_datetime(now.astimezone(UTC), usegmt=True)
            server.answers = answers(outlet, home, now, corrected=corrected)
            stack.enter_context(_running(server))
            served.append(
                Served(
                    outlet=outlet, home=home, feed=home + outlet.feed_path, port=server.server_port
                )
            )
        yield tuple(served)


def answers(outlet: SampleOutlet, base: str, now: datetime, *, corrected: bool) -> Answers:
    """Every path of the outlet's site."""
    content_type, document = feeds.feed(outlet, base, now)
    html = _HTML.format(outlet.charset)
    made: dict[str, Callable[[], Answer]] = {
        "/": _always(Answer(html, pages.front(outlet, base))),
        "/robots.txt": _always(Answer("text/plain", pages.ROBOTS)),
        outlet.feed_path: _always(Answer(content_type, document)),
    }
    for article in outlet.articles:
        path = outlet.path(article)
        if "dead" in article.flags:
            continue
        first = Answer(html, pages.page(outlet, article, base, corrected=corrected))
        later = Answer(html, pages.page(outlet, article, base, corrected=True))
        made[path] = _first_then(first, later)
        if "amp" in article.flags:
            made[f"/amp{path}"] = _always(
                Answer(html, pages.page(outlet, article, base, layout="amp"))
            )
        if article.photo:
            made[f"/img/{article.slug}.svg"] = _always(
                Answer("image/svg+xml", pages.photo(article))
            )
    return made


def _always(answer: Answer) -> Callable[[], Answer]:
    return lambda: answer


def _first_then(first: Answer, later: Answer) -> Callable[[], Answer]:
    asked: Counter[str] = Counter()

    def answer() -> Answer:
        asked["page"] += 1
        return first if asked["page"] == 1 else later

    return answer


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answers: Answers
    last_modified: str = ""

    def server_bind(self) -> None:
        # HTTPServer would look the machine's name up, which takes seconds on some networks.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A visitor that hung up is no news; anything else is told as usual."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "clipper-demo"
    sys_version = ""
    # Head and body go out in two writes; with Nagle's algorithm the second would wait.
    disable_nagle_algorithm = True
    timeout = 30

    def do_GET(self) -> None:
        find = self.server.answers.get(self.path.partition("?")[0])
        if find is None:
            self._send(404, Answer("text/html; charset=utf-8", b"<h1>404 Not Found</h1>"))
            return
        answer = find()
        self._send(304 if self._has(answer) else 200, answer)

    do_HEAD = do_GET  # noqa: N815

    def _has(self, answer: Answer) -> bool:
        known = self.headers.get("If-None-Match")
        if known is not None:
            return answer.etag in known or known.strip() == "*"
        return self.headers.get("If-Modified-Since") == self.server.last_modified

    def _send(self, status: int, answer: Answer) -> None:
        self.send_response(status)
        if status != 404:
            self.send_header("ETag", answer.etag)
            self.send_header("Last-Modified", self.server.last_modified)
        if status != 304:
            self.send_header("Content-Type", answer.content_type)
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if status != 304 and self.command != "HEAD":
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing: the terminal belongs to the round that asks."""


def _bound(count: int, port_base: int) -> list[_Server]:
    bases = [port_base + _STEP * step for step in range(_TRIES)] if port_base else []
    for base in bases:
        servers = _bind([base + index for index in range(count)])
        if servers:
            return servers
    return _bind([0] * count)


def _bind(ports: list[int]) -> list[_Server]:
    servers: list[_Server] = []
    try:
        for port in ports:
            servers.append(_Server((HOST, port), _Handler))  # noqa: PERF401
    except (OSError, OverflowError):
        for server in servers:
            server.server_close()
        return []
    return servers


@contextmanager
def _running(server: _Server) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
