"""A heavy local press: many outlets of real page weight, one port each, from memory.

    python bench/serve.py --outlets 50 --articles 20 --port-base 9000 --ready-file ready.json

Every page is built and gzipped before the first request, so that the server costs next
to nothing beside what is measured. Same arguments, same bytes. When all ports listen, the
ready file gets `{"pid": …, "outlets": [{"name", "home", "feed", "articles": [URL…]}]}`.
Ends on SIGTERM or SIGINT, and when the process that started it is gone.

The pages are those of `news_pages.py`. One article in twenty-five runs in another outlet
too (a wire story), one in twelve is about prison divestment. Feeds and pages have an ETag
and answer 304; clients that do not accept gzip get the plain bytes.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import hashlib
import json
import os
import random
import signal
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from news_pages import LAST, Story, page, story, template

NOW = datetime(2025, 11, 20, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Body:
    kind: bytes
    packed: bytes
    etag: bytes


def feed(name: str, home: str, stories: list[tuple[str, Story]]) -> str:
    entries = "".join(
        f"<item><title>{story.title}</title><link>{url}</link><guid>{url}</guid>"
        f"<dc:creator>{story.author}</dc:creator>"
        f"<pubDate>{format_datetime(story.at, usegmt=True)}</pubDate>"
        f"<description>{story.paragraphs[0]}</description></item>\n"
        for url, story in stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>{name}</title><link>{home}/</link><description>{name}</description>\n"
        f"{entries}</channel></rss>\n"
    )


def body(kind: str, text: str) -> Body:
    raw = text.encode()
    digest = hashlib.sha256(raw).hexdigest()[:24]
    return Body(
        f"{kind}; charset=utf-8".encode(), gzip.compress(raw, 6, mtime=0), f'"{digest}"'.encode()
    )


def outlet(
    index: int, home: str, count: int, wire: list[Story]
) -> tuple[dict[str, object], dict[bytes, Body]]:
    """One outlet: its line in the ready file, and every path with its bytes."""
    dice = random.Random(index)
    name = (
        f"{dice.choice(LAST)} County {dice.choice(('Herald', 'Post', 'Courier', 'Star'))} {index}"
    )
    around = template(dice, name)
    stories = []
    for n in range(count):
        at = NOW - timedelta(hours=n * 3, minutes=index)
        one = wire[dice.randrange(len(wire))] if dice.random() < 1 / 25 else story(dice, at)
        stories.append((f"{home}/news/{index}-{n}", one))
    paths = {
        url.removeprefix(home).encode(): body("text/html", page(one, name, url, around, dice))
        for url, one in stories
    }
    paths[b"/feed.xml"] = body("application/rss+xml", feed(name, home, stories))
    paths[b"/robots.txt"] = body("text/plain", "User-agent: *\nDisallow: /private/\n")
    paths[b"/"] = body(
        "text/html",
        f"<title>{name}</title>"
        f'<link rel="alternate" type="application/rss+xml" href="{home}/feed.xml">',
    )
    line: dict[str, object] = {
        "name": name,
        "home": home,
        "feed": f"{home}/feed.xml",
        "articles": [url for url, _ in stories],
    }
    return line, paths


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, GET and HEAD: as little as a client needs."""

    def __init__(self, paths: dict[bytes, Body]) -> None:
        self.paths = paths
        self.pending = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.pending += data
        while b"\r\n\r\n" in self.pending:
            head, _, self.pending = self.pending.partition(b"\r\n\r\n")
            self.answer(head)
        if len(self.pending) > 65_536:
            self.transport.close()

    def answer(self, head: bytes) -> None:
        line, *fields = head.split(b"\r\n")
        method, target, *_ = (*line.split(b" "), b"", b"")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (field.partition(b":") for field in fields)
        }
        found = self.paths.get(target.partition(b"?")[0])
        reply, content = respond(found, headers)
        self.transport.write(reply if method == b"HEAD" else reply + content)
        if headers.get(b"connection", b"").lower() == b"close":
            self.transport.close()


def respond(found: Body | None, headers: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    if found is None:
        return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", b""
    if found.etag in headers.get(b"if-none-match", b""):
        return b"HTTP/1.1 304 Not Modified\r\nETag: " + found.etag + b"\r\n\r\n", b""
    packed = b"gzip" in headers.get(b"accept-encoding", b"")
    content = found.packed if packed else zlib.decompress(found.packed, 31)
    coding = b"Content-Encoding: gzip\r\n" if packed else b""
    reply = (
        b"HTTP/1.1 200 OK\r\nContent-Type: " + found.kind + b"\r\n" + coding
        + b"Vary: Accept-Encoding\r\nETag: " + found.etag
        + b"\r\nContent-Length: %d\r\n\r\n" % len(content)
    )  # fmt: skip
    return reply, content


async def end_with_parent(done: asyncio.Event) -> None:
    parent = os.getppid()
    while os.getppid() == parent:
        await asyncio.sleep(1)
    done.set()


async def run(options: argparse.Namespace) -> None:
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    wire = [story(random.Random(-1 - n), NOW - timedelta(hours=n)) for n in range(20)]
    lines, servers = [], []
    for index in range(options.outlets):
        paths: dict[bytes, Body] = {}
        port = options.port_base + index if options.port_base else 0
        server = await loop.create_server(
            lambda paths=paths: Connection(paths), "127.0.0.1", port, backlog=256
        )
        home = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        line, made = outlet(index, home, options.articles, wire)
        paths.update(made)
        lines.append(line)
        servers.append(server)
    ready = json.dumps({"pid": os.getpid(), "outlets": lines})
    if options.ready_file:
        partial = options.ready_file.with_suffix(".partial")
        partial.write_text(ready)
        partial.replace(options.ready_file)
    print(f"serving {options.outlets} outlets with {options.articles} articles each", flush=True)
    watch = asyncio.create_task(end_with_parent(done))
    await done.wait()
    watch.cancel()
    for server in servers:
        server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--outlets", type=int, default=50)
    parser.add_argument("--articles", type=int, default=20)
    parser.add_argument("--port-base", type=int, default=9000, help="0: any free ports")
    parser.add_argument("--ready-file", type=Path)
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
