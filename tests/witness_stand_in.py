"""A stand-in for the Internet Archive on loopback: it saves, polls, lists, and fails as told.

The answers have the forms that "Save Page Now 2 Public API Docs" and the "Wayback CDX Server
API" describe.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class StandIn:
    """What it will answer, and what it was asked.

    `save`, `job` and `index` are answers as (status, body), or None for the answer of one
    that works; a body of None drops the connection after the request was read.
    """

    stamp: str = "20260301120500"
    save: tuple[int, Any] | None = None
    job: tuple[int, Any] | None = None
    index: tuple[int, Any] | None = None
    listed: bool = True
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    url: str = ""

    @property
    def saves(self) -> int:
        return sum(asked.startswith("POST") for asked in self.asked)

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        if method == "POST" and path == "/save":
            (url,) = parse_qs(body.decode())["url"]
            return self.save or (200, {"url": url, "job_id": "spn2-0123456789abcdef"})
        if path.startswith("/save/status/"):
            done = {"status": "success", "timestamp": self.stamp, "duration_sec": 4.2}
            return self.job or (200, done)
        if path.startswith("/cdx/"):
            (url,) = parse_qs(urlsplit(path).query)["url"]
            rows = [["timestamp", "original", "statuscode"], [self.stamp, url, "200"]]
            return self.index or (200, rows if self.listed else [])
        if path.startswith("/web/timemap/link/"):
            return 200, self._timemap(path.removeprefix("/web/timemap/link/"))
        return 404, {}

    def _timemap(self, url: str) -> str:
        early, late = "Thu, 02 Jan 2020 03:04:05 GMT", "Sat, 02 Jan 2021 03:04:05 GMT"
        return (
            f'<{url}>; rel="original",\n'
            f'<{self.url}/web/20200102030405/{url}>; rel="first memento"; datetime="{early}",\n'
            f'<javascript:alert(1)>; rel="memento"; datetime="{early}",\n'
            f'<{self.url}/web/20210102030405/{url}>; rel="last memento"; datetime="{late}"\n'
        )


@contextmanager
def serving(stand_in: StandIn) -> Iterator[StandIn]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._do("GET")

        def do_POST(self) -> None:
            self._do("POST")

        def _do(self, method: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            stand_in.asked.append(f"{method} {self.path}")
            stand_in.keys.add(self.headers.get("Authorization", ""))
            status, told = stand_in.answer(method, self.path, body)
            if told is None:
                self.close_connection = True
                return
            content = told.encode() if isinstance(told, str) else json.dumps(told).encode()
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "3600")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        stand_in.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield stand_in
        server.shutdown()
        thread.join()
