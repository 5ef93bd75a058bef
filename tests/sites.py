"""Made-up outlets in all shapes, built from the table `tests/data/sites.txt` and served at once.

Each site has a host of its own (`NAME.example`), all on one loopback server that tells them
apart by the Host header. Story n was published n * 5 hours before `NOW`. The table's head
explains its words.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from clipper.fetch import Fetcher, Network

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TABLE = Path(__file__).parent / "data" / "sites.txt"
STEP = timedelta(hours=5)
LONG = "The county said on Tuesday that it would end its contract with the jail. " * 14


@dataclass
class Site:
    """One outlet of the table: what each path is, what is to be found, and why others not."""

    name: str
    title: str
    lines: dict[str, str] = field(default_factory=dict)
    expected: tuple[str, ...] = ()
    reasons: list[tuple[str, str]] = field(default_factory=list)
    start: str = "/"

    @property
    def host(self) -> str:
        return f"{self.name}.example"


def table() -> list[Site]:
    sites: list[Site] = []
    for line in TABLE.read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        head, _, rest = line.strip().partition(" ")
        if head == "==":
            name, _, title = rest.partition(" ")
            sites.append(Site(name, title.strip()))
        elif head == "=>":
            sites[-1].expected = tuple(
                sorted(each.strip() for each in rest.split(";") if each.strip())
            )
        elif head == "!=":
            path, _, words = rest.partition(" ")
            sites[-1].reasons.append((path, words))
        elif head == "from":
            sites[-1].start = rest
        else:
            sites[-1].lines[head] = rest
    return sites


# ---------------------------------------------------------------- what a path answers

Answer = tuple[int, str, bytes, str]
"""Status, content type, body, location."""


@dataclass(frozen=True)
class Ask:
    """What a page is made from: its site's base address, the numbers and words of its line."""

    base: str
    numbers: tuple[int, ...]
    words: tuple[str, ...]

    def has(self, word: str) -> bool:
        return word in self.words

    def value(self, name: str) -> list[str]:
        return [w.partition(":")[2] for w in self.words if w.startswith(f"{name}:")]

    def when(self, number: int) -> datetime:
        days = next((int(d) for d in self.value("ago")), 0)
        return NOW - number * STEP - timedelta(days=days)

    def link(self, number: int) -> str:
        base = next((f"http://{host}" for host in self.value("host")), self.base)
        return f"{base}/2026/03/story-{number}-about-the-county-jail"


def title(number: int) -> str:
    return f"Story {number}: the county votes on its jail"


def rss(ask: Ask) -> Answer:
    items = "".join(
        f"<item><title>{title(n)}</title><link>{ask.link(n)}</link><guid isPermaLink='false'>g{n}</guid>"
        + ("" if ask.has("undated") else f"<pubDate>{format_datetime(ask.when(n))}</pubDate>")
        + f"<description>{escape(f'<p>{LONG}</p>') if ask.has('full') else 'In short.'}</description></item>"
        for n in ask.numbers
    )
    kind = "text/html" if ask.has("as-html") else "application/rss+xml"
    return (
        200,
        kind,
        f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode(),
        "",
    )


def atom(ask: Ask) -> Answer:
    entries = "".join(
        f"<entry><id>urn:{n}</id><title>{title(n)}</title><link href='{ask.link(n)}'/>"
        f"<published>{ask.when(n).isoformat()}</published></entry>"
        for n in ask.numbers
    )
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title>{entries}</feed>"
    return 200, "application/atom+xml", body.encode(), ""


def json_feed(ask: Ask) -> Answer:
    items = [
        {
            "id": str(n),
            "url": ask.link(n),
            "title": title(n),
            "date_published": ask.when(n).isoformat(),
        }
        for n in ask.numbers
    ]
    value = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": items}
    return 200, "application/feed+json", json.dumps(value).encode(), ""


def comments(ask: Ask) -> Answer:
    items = "".join(
        f"<item><title>By: Reader {n}</title><link>{ask.link(n)}#comment-{n}</link>"
        f"<pubDate>{format_datetime(ask.when(n))}</pubDate></item>"
        for n in ask.numbers
    )
    return (
        200,
        "application/rss+xml",
        f"<rss><channel><title>C</title>{items}</channel></rss>".encode(),
        "",
    )


def html(ask: Ask) -> Answer:
    kinds = {"atom": "application/atom+xml", "json": "application/feed+json"}
    head = "".join(f"<base href='{b}'>" for b in ask.value("base"))
    head += "".join(
        f"<link rel='alternate' type='{kinds.get(each.rpartition(',')[2], 'application/rss+xml')}'"
        f" href='{each.partition(',')[0]}'>"
        for each in ask.value("typed")
    )
    head += "".join(f"<link rel='https://api.w.org/' href='{a}'>" for a in ask.value("api"))
    head += "".join(f"<title>{name} | News</title>" for name in ask.value("named"))
    head += "<script src='/wp-includes/x.js'></script>" if ask.has("wp") else ""
    body = "".join(f"<a href='{a}'>RSS</a> " for a in ask.value("a"))
    body += "".join(f"<nav><a href='{s}'>Section</a></nav>" for s in ask.value("section"))
    body += "".join(f"<h2><a href='{ask.link(n)}'>{title(n)}</a></h2>" for n in ask.numbers)
    return (
        200,
        "text/html",
        f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode(),
        "",
    )


def sitemap(ask: Ask) -> Answer:
    if ask.has("huge"):
        rows = "".join(
            f"<url><loc>{ask.base}/2026/03/old-story-{n}-about-the-county</loc><lastmod>2019-01-01</lastmod></url>"
            for n in range(50_000)
        )
    else:
        rows = ""
    news = (
        "<news:news><news:publication><news:name>T</news:name><news:language>en</news:language>"
        "</news:publication><news:publication_date>{}</news:publication_date><news:title>{}</news:title></news:news>"
    )
    for n in ask.numbers:
        at = ask.when(n).isoformat()
        beside = news.format(at, title(n)) if ask.has("news") else f"<lastmod>{at}</lastmod>"
        rows += f"<url><loc>{ask.link(n)}</loc>{'' if ask.has('undated') else beside}</url>"
    spaces = (
        "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    )
    return packed(ask, f"<?xml version='1.0'?><urlset {spaces}>{rows}</urlset>".encode())


def index(ask: Ask) -> Answer:
    rows = "".join(f"<sitemap><loc>{ask.base}{c}</loc></sitemap>" for c in ask.value("of"))
    space = "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'"
    return packed(ask, f"<sitemapindex {space}>{rows}</sitemapindex>".encode())


def packed(ask: Ask, body: bytes) -> Answer:
    if ask.has("gz"):
        return 200, "application/gzip", gzip.compress(body), ""
    return 200, "application/xml", body, ""


def posts(ask: Ask) -> Answer:
    value = [
        {
            "id": n, "link": ask.link(n), "title": {"rendered": title(n)},
            "date_gmt": ask.when(n).replace(tzinfo=None).isoformat(),
            "content": {"rendered": f"<p>{LONG}</p>"}, "excerpt": {"rendered": "In short."},
        }
        for n in ask.numbers
    ]  # fmt: skip
    return 200, "application/json", json.dumps(value).encode(), ""


def robots(ask: Ask) -> Answer:
    lines = ["User-agent: *", *(f"Disallow: {p}" for p in ask.value("no"))]
    lines += [f"Sitemap: {ask.base}{p}" for p in ask.value("sitemap")]
    return 200, "text/plain", "\n".join(lines).encode(), ""


def moved(ask: Ask) -> Answer:
    return 301, "text/html", b"", ask.words[0].replace("HOST", ask.base)


def status(ask: Ask) -> Answer:
    return int(ask.words[0]), "text/html", b"<html>no</html>", ""


KINDS: dict[str, Callable[[Ask], Answer]] = {
    "rss": rss, "atom": atom, "jsonfeed": json_feed, "comments": comments, "html": html,
    "sitemap": sitemap, "index": index, "posts": posts, "robots": robots, "moved": moved,
    "status": status,
    "garbage": lambda ask: (200, "application/rss+xml", b"<rss><channel><item><title>x", ""),
    "wall": lambda ask: (200, "text/html", b"<html><title>Just a moment...</title>", ""),
}  # fmt: skip


def numbers(word: str) -> tuple[int, ...]:
    """`1-3,7` as 1, 2, 3, 7."""
    found: list[int] = []
    for part in word.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return tuple(found)


def answer_of(line: str, base: str) -> Answer:
    kind, *words = line.split()
    listed = words.pop(0) if words and words[0][0].isdigit() and kind != "status" else ""
    port = base.rpartition(":")[2]
    words = [word.replace("PORT", port) for word in words]
    return KINDS[kind](Ask(base, numbers(listed) if listed else (), tuple(words)))


# ---------------------------------------------------------------- serving


class Served:
    """The sites of the table on one port; `gone` are paths that answer 404 from now on."""

    def __init__(self, sites: list[Site]) -> None:
        self.sites = {site.host: site for site in sites}
        self.asked: list[str] = []
        self.gone: set[str] = set()
        self.made: dict[str, Answer] = {}
        self.port = 0

    def home(self, site: Site) -> str:
        return f"http://{site.host}:{self.port}"

    def answer(self, host: str, path: str) -> Answer:
        self.asked.append(f"{host}{path}")
        site = self.sites.get(host)
        line = site.lines.get(path.partition("?")[0] if "?" in path else path) if site else None
        line = (site.lines.get(path) or line) if site else None
        if line is None or f"{host}{path}" in self.gone:
            return 404, "text/html", b"<html>not found</html>", ""
        key = f"{host}{path}"
        if key not in self.made:
            self.made[key] = answer_of(line, f"http://{host}:{self.port}")
        return self.made[key]


@contextmanager
def serving(sites: list[Site]) -> Iterator[Served]:
    """Serve the sites until the block ends."""
    served = Served(sites)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = (
            65_536  # head and body in one piece: else the kernel waits for an acknowledgement
        )

        def do_GET(self) -> None:
            host = self.headers.get("Host", "").partition(":")[0]
            code, kind, body, location = served.answer(host, self.path)
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served.port = server.server_port
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetcher() -> Fetcher:
    """A fetcher for which every name is this machine."""
    network = Network(allow=("127.0.0.0/8",), contact="desk@example.org", deadline=60)
    return Fetcher(network, lambda: NOW, resolve=lambda host, port: ["127.0.0.1"])
