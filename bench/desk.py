"""How fast the desk answers with many articles, while a fetch writes.

    python bench/desk.py                      10,000 and 100,000 articles, one after the other
    python bench/desk.py --articles 10000     one size
    python bench/desk.py --keep FOLDER        make the stores once, and use them again

A fifth of the articles are clippings. Server time is that of the whole WSGI application, from
request to last byte, log-in and templates included, in one process; beside it another
process saves harvests in transactions of fifty, as a round does. The goal: p95 at most 50 ms,
and none grows more than twofold from 10,000 to 100,000 articles.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import re
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from clipper import dedupe, urls
from clipper.config import load
from clipper.model import (
    Article,
    Entry,
    Excerpt,
    Harvest,
    Hit,
    Match,
    Poll,
    Reading,
    Span,
    Status,
)
from clipper.store import Role, Store
from clipper.web import ConfigKept, Office, create_app, passwords

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OUTLETS, CAMPAIGNS = 120, 12
PASSWORD = "four plain words here"
_WORDS = "the of to and a in for on that said was with at by from as it has had have".split()


def vocabulary(chance: random.Random) -> list[str]:
    parts = "ba de fi go lu ma ne po ri su ta ve wo za cre dra fle gri plo stu".split()
    made = {"".join(chance.choices(parts, k=chance.randint(2, 4))) for _ in range(9_000)}
    return [*_WORDS * 60, *sorted(made), *("prison jail shares divest council strike".split() * 3)]


def config_text() -> str:
    outlets = (
        f"  - name: Outlet {n}\n    feed: https://o{n}.example/feed\n" for n in range(OUTLETS)
    )
    campaigns = (
        f"  - name: Campaign {n}\n    query: 'prison NEAR/{n + 2} shares'\n"
        for n in range(CAMPAIGNS)
    )
    return f"outlets:\n{''.join(outlets)}campaigns:\n{''.join(campaigns)}"


# ---------------------------------------------------------------- making the store


def made(folder: Path, articles: int) -> Path:
    """A folder with a store of that many articles; one that is there is used again."""
    place = folder / str(articles)
    if (place / "done").exists():
        return place
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    (place / "sources.yaml").write_text(config_text())
    config = load(place / "sources.yaml", data=place)
    with Store.create(place / "clipper.db") as store:
        store.sources.sync(config.sources, config.outlets, NOW - timedelta(days=400))
    began = time.monotonic()
    fill(place / "clipper.db", articles)
    (place / "done").touch()
    print(f"{articles:,} articles made in {time.monotonic() - began:.0f} s")
    return place


def fill(path: Path, articles: int) -> None:
    """Rows as rounds would have left them, a fifth of them clippings. Same numbers, same rows."""
    chance = random.Random(articles)
    words = vocabulary(chance)
    db = sqlite3.connect(path)
    db.execute("PRAGMA synchronous = OFF")
    columns = _columns(db)
    for start in range(1, articles + 1, 2_000):
        with db:
            for number in range(start, min(start + 2_000, articles + 1)):
                _article(db, chance, words, number, articles, columns)
    with db:
        db.execute("INSERT INTO article_fts (article_fts) VALUES ('rebuild')")
    db.execute("PRAGMA optimize")
    db.close()


def _columns(db: sqlite3.Connection) -> dict[str, Any]:
    """Every column of `article` with a value that means nothing."""
    listed = {"authors", "captions", "keywords", "doubts"}
    found: dict[str, Any] = {}
    for _, name, kind, needed, _, _ in db.execute("PRAGMA table_info(article)"):
        empty = {"TEXT": "", "INTEGER": 0, "REAL": 0.0}[kind]
        found[name] = ("[]" if name in listed else empty) if needed else None
    return found | {"origins": "{}", "version": 1, "kinship": "first"}


def _article(
    db: sqlite3.Connection,
    chance: random.Random,
    words: list[str],
    number: int,
    of: int,
    columns: dict[str, Any],
) -> None:
    """One article, in a story of its own or in the last one's, with what hangs on it."""
    first = number % 6 != 0
    at = (NOW - timedelta(days=365) * (1 - number / of)).isoformat(timespec="microseconds")
    text = "\n".join(" ".join(chance.choices(words, k=45)) + "." for _ in range(8))
    outlet = f"outlet-{int(chance.random() ** 2 * OUTLETS)}"
    story = number if first else number - 1
    if first:
        db.execute("INSERT INTO story (id, began_at) VALUES (?, ?)", (number, at))
    row = columns | {
        "id": number, "story": story, "outlet": outlet, "first_seen_at": at, "saved_at": at,
        "url": f"https://o.example/{number}", "title": " ".join(chance.choices(words, k=9)),
        "text": text, "authors": json.dumps([f"Author {chance.randrange(900)}"]),
        "language": "en", "published_at": at, "fetched_at": at,
        "doubts": json.dumps(chance.choices(["paywall", "no-date"], k=number % 7 // 5)),
        "wire": "Reuters" if number % 9 == 0 else "",
    }  # fmt: skip
    db.execute(
        f"INSERT INTO article ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        list(row.values()),
    )
    key = urls.strict_key(f"https://o.example/{number}")
    db.execute("INSERT INTO article_url VALUES (?, ?)", (key, number))
    if first:
        db.execute("UPDATE story SET main_article = ? WHERE id = ?", (number, number))
    if first and number % 5 == 0:
        _clipping(db, chance, number, at)


def _clipping(db: sqlite3.Connection, chance: random.Random, number: int, at: str) -> None:
    campaign = f"campaign-{int(chance.random() ** 2 * CAMPAIGNS)}"
    hits = json.dumps([["text", n * 40, n * 40 + 6, "prison", 1.0] for n in range(1, 4)])
    db.execute(
        "INSERT INTO match VALUES (?, 1, ?, 'prison', ?, '[\"prison\"]', 0)",
        (number, campaign, hits),
    )
    status = chance.choices(
        ["queued", "approved", "published", "rejected", "snoozed"], [30, 8, 12, 48, 2]
    )[0]
    decided = at if status != "queued" else None
    db.execute(
        """INSERT INTO clipping (id, story, article, article_version, status, spans, words, share,
            queued_at, decided_at, decided_by, assignee)
        VALUES (?, ?, ?, 1, ?, '[[0, 120]]', 20, 0.1, ?, ?, ?, ?)""",
        (number, number, number, status, at, decided, "ana" if decided else "",
         chance.choice(["", "", "", "editor", "ben"])),
    )  # fmt: skip
    tags = {campaign, *chance.choices(["students", "banks", "courts"], k=number % 3)}
    db.executemany(
        "INSERT INTO clipping_tag (clipping, tag, origin) VALUES (?, ?, 'campaign')",
        [(number, tag) for tag in tags],
    )
    steps = [("", "queued", "clipper"), *([("queued", status, "ana")] if decided else [])]
    db.executemany(
        """INSERT INTO transition (clipping, at, who, before, after, reason, changed)
        VALUES (?, ?, ?, ?, ?, '', '{}')""",
        [(number, at, who, before, after) for before, after, who in steps],
    )


# ---------------------------------------------------------------- what writes beside


@contextmanager
def fetching(place: Path) -> Iterator[None]:
    """Another process saves harvests all the time, fifty a transaction."""
    methods = multiprocessing.get_context("spawn")
    stop, ready = methods.Event(), methods.Event()
    writer = methods.Process(target=write, args=(str(place / "clipper.db"), stop, ready))
    writer.start()
    ready.wait(60)
    try:
        yield
    finally:
        stop.set()
        writer.join(30)


def write(path: str, stop: Event, ready: Event) -> None:
    chance = random.Random(7)
    words = vocabulary(chance)
    serial = int(time.time() * 1000)
    with Store.open(path) as store:
        source = next(iter(store.sources.list())).source
        while not stop.is_set():
            harvests = []
            entries = tuple(
                Entry(key=f"{serial}-{n}", url=f"https://o0.example/{serial}/{n}")
                for n in range(50)
            )
            serial += 1
            store.note_poll(source, Poll(entries=entries), NOW, NOW)
            for pending in store.entries.pending(NOW, limit=50):
                reading = _reading(chance, words, pending.entry.url)
                newcomer = dedupe.newcomer(
                    reading.article, reading.fingerprint, pending.outlet, NOW
                )
                harvests.append(Harvest(pending=pending, reading=reading, newcomer=newcomer))
            with store.transaction():
                for harvest in harvests:
                    placement = dedupe.place(*store.similar(harvest))
                    store.save(harvest, placement, NOW)
            ready.set()
            stop.wait(0.2)


def _reading(chance: random.Random, words: list[str], url: str) -> Reading:
    text = "\n".join(" ".join(chance.choices(words, k=45)) + "." for _ in range(8))
    article = Article(url=url, title=" ".join(chance.choices(words, k=8)), text=text)
    hit = Hit("text", 0, 6, "prison")
    match = Match(campaign="campaign-0", query="prison", hits=(hit,), explanation=("prison",))
    return Reading(
        article=article,
        matches=(match,) if chance.random() < 0.1 else (),
        fingerprint=dedupe.fingerprint(article),
        excerpt=Excerpt(spans=(Span(0, 100),), words=15, share=0.05),
    )


# ---------------------------------------------------------------- what is measured

PAGES = {
    "queue": "/",
    "queue: oldest": "/?order=oldest",
    "queue: relevant": "/?order=relevant",
    "queue: all": "/?status=any",
    "filter: campaign": "/?campaign=campaign-{c}",
    "filter: outlet": "/?outlet=outlet-{o}",
    "filter: tag": "/?tag=banks",
    "filter: warning": "/?doubt=paywall",
    "filter: assignee": "/?assignee=ben",
    "filter: dates": "/?since=2025-10-{d}&until=2025-11-{d}",
    "filter: several": "/?campaign=campaign-{c}&doubt=any&order=relevant",
    "search: a word": "/?words={w}",
    "search: a query": "/?words=prison+NEAR/10+shares",
    "search: all rejected": "/?words=strike+AND+council&status=rejected",
    "next rows": "/?after={q}",
    "judge": "/clippings/{q}",
    "history": "/clippings/{q}/history",
    "campaigns": "/campaigns",
    "sources": "/sources",
}
ACTS = {
    "act: approve": ("approve", {"reason": "measured"}),
    "act: reject": ("reject", {"reject_reason": "off-topic"}),
    "act: snooze": ("snooze", {"until_day": "2026-04-01"}),
    "act: assign": ("assign", {"assignee": "ben"}),
    "act: save": ("save", {"note": "seen {q}"}),
}


class Visit:
    """A logged-in client of the desk on the store in `place`."""

    def __init__(self, place: Path) -> None:
        self.store = Store.open(place / "clipper.db")
        config = place / "sources.yaml"
        tokens = iter(range(10**9))
        office = Office(
            store=self.store,
            config=ConfigKept(config, lambda: load(config, data=place)),
            now=lambda: NOW,
            token=lambda: f"token-{time.time_ns()}-{next(tokens)}",
            hands=_no_hands,
            archive=place / "archive",
        )
        people = self.store.people
        if people.named("editor") is None:
            people.add("editor", Role.ADMIN, passwords.hashed(PASSWORD), NOW)
        self.client = create_app(office).test_client()
        self.origin = {"Sec-Fetch-Site": "same-origin"}
        self.client.post(
            "/login", data={"name": "editor", "password": PASSWORD}, headers=self.origin
        )
        page = self.client.get("/account").text
        self.csrf = re.search(r'name="csrf" value="([^"]+)"', page)[1]  # type: ignore[index]
        self.chance = random.Random(3)
        self.words = [word for word in vocabulary(self.chance) if len(word) > 5][:400]

    def queued(self) -> int:
        place = self.chance.randrange(300)
        return self.store.clippings.list(status=Status.QUEUED, limit=1, offset=place)[0].id

    def filled(self, text: str) -> str:
        chance = self.chance
        return text.format(
            c=chance.randrange(CAMPAIGNS), o=chance.randrange(OUTLETS), d=chance.randint(10, 28),
            w=chance.choice(self.words), q=self.queued() if "{q}" in text else 0,
        )  # fmt: skip

    def look(self, path: str) -> tuple[float, int]:
        path = self.filled(path)
        began = time.perf_counter()
        answer = self.client.get(path)
        taken = (time.perf_counter() - began) * 1000
        assert answer.status_code == 200, (path, answer.status_code)
        return taken, len(answer.data)

    def act(self, name: str, form: dict[str, str]) -> tuple[float, int]:
        number = self.queued()
        version = self.store.clippings.get(number).version
        told = {key: self.filled(value) for key, value in form.items()}
        began = time.perf_counter()
        answer = self.client.post(
            f"/clippings/{number}/{name}",
            data={"csrf": self.csrf, "version": str(version), **told},
            headers=self.origin,
        )
        taken = (time.perf_counter() - began) * 1000
        assert answer.status_code in (200, 303), (name, answer.status_code, answer.text[-400:])
        return taken, len(answer.data)


def _no_hands() -> Any:
    raise AssertionError("this desk does not fetch")


def measure(place: Path, times: int, only: str) -> dict[str, tuple[float, float, int]]:
    """Median and p95 in ms and the largest answer in bytes, for each page and act."""
    visit = Visit(place)
    found: dict[str, tuple[float, float, int]] = {}
    rows: list[tuple[str, Callable[[], tuple[float, int]]]] = [
        *((name, lambda path=path: visit.look(path)) for name, path in PAGES.items()),
        *((name, lambda act=act: visit.act(*act)) for name, act in ACTS.items()),
    ]
    for name, once in rows:
        if only not in name:
            continue
        once()
        taken = [once() for _ in range(times)]
        spent = sorted(each for each, _ in taken)
        p95 = spent[min(len(spent) - 1, round(0.95 * len(spent)))]
        found[name] = (statistics.median(spent), p95, max(size for _, size in taken))
    visit.store.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--articles", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", default="", help="measure what has this in its name")
    parser.add_argument("--quiet-store", action="store_true", help="without the writer")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as fresh:
        results = []
        for articles in asked.articles:
            place = made(asked.keep or Path(fresh), articles)
            if asked.quiet_store:
                results.append(measure(place, asked.times, asked.only))
                continue
            with fetching(place):
                results.append(measure(place, asked.times, asked.only))
    tell(asked.articles, results)


def tell(sizes: list[int], results: list[dict[str, tuple[float, float, int]]]) -> None:
    print("ms: " + "".join(f"{size:>12,} median    p95" for size in sizes) + "   growth   kB")
    for name in results[0]:
        cells = "".join(f"{each[name][0]:>19.1f} {each[name][1]:>6.1f}" for each in results)
        first, last = results[0][name], results[-1][name]
        mark = " !" if last[1] > 50 or last[0] > 2 * first[0] else ""
        size = last[2] / 1000
        print(f"{name:24}{cells}   {last[0] / first[0]:>5.1f}x {size:>5.0f}{mark}")


if __name__ == "__main__":
    main()
