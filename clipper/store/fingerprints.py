"""Fingerprints of all articles: who may carry the same copy as a newcomer.

Three ways lead to candidates: an address, the exact text, and shared hashes of the
sketch (`hashes`). Nothing here decides; `clipper.dedupe.place` does.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest
from sqlite3 import Row
from typing import TYPE_CHECKING

from ..dedupe import LEAST_IN_COMMON, weight
from ..errors import NotFound
from ..model import Candidate, Fingerprint, Nearby, Newcomer, Spread
from . import hashes
from .connection import Connection
from .hashes import Hashes

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_FEW = 64
_MANY = 400
"""So many articles are read for a hash: enough to show that it is standing text; and so
many where the few did not."""

_MAX_CANDIDATES = 12
_MAX_SAME_TEXT = 8

_BYTES = 6

# Two tables: the spread of standing text asks for hundreds of small rows at once, and
# fifty of them fit on a page where four sketches do.
TABLES = """
CREATE TABLE placed (
    article INTEGER PRIMARY KEY REFERENCES article(id),
    story INTEGER NOT NULL REFERENCES story(id),
    outlet TEXT NOT NULL,
    url INTEGER NOT NULL,
    canonical INTEGER NOT NULL,
    loose INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    shingles INTEGER NOT NULL,
    dated_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT;
CREATE INDEX placed_url ON placed(url) WHERE url <> 0;
CREATE INDEX placed_canonical ON placed(canonical) WHERE canonical <> 0;
CREATE INDEX placed_loose ON placed(loose) WHERE loose <> 0;
CREATE INDEX placed_digest ON placed(digest) WHERE shingles > 0;

CREATE TABLE sketch (
    article INTEGER PRIMARY KEY REFERENCES placed(article),
    tau INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    opening BLOB NOT NULL,
    numbers TEXT NOT NULL,
    names TEXT NOT NULL,
    title_words TEXT NOT NULL
) STRICT;

CREATE TABLE regrouping (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('merge', 'split')),
    article INTEGER NOT NULL REFERENCES article(id),
    other INTEGER REFERENCES article(id),
    before_story INTEGER NOT NULL,
    after_story INTEGER NOT NULL,
    newest INTEGER NOT NULL
) STRICT;
CREATE INDEX regrouping_newest ON regrouping(newest, id);
CREATE INDEX regrouping_before ON regrouping(before_story) WHERE kind = 'merge';
"""


def create(db: Database) -> None:
    """The migration that makes the tables of this module and of `regrouping`."""
    db.executescript(TABLES + hashes.TABLES)


@dataclass(frozen=True, slots=True)
class _Placed:
    """Where an article stands, as far as the spread of its hashes needs it."""

    story: int
    outlet: str
    address: int


class Fingerprints:
    """The fingerprints in a store. Writing belongs into the transaction of the article."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._hashes = Hashes(connection)

    # ------------------------------------------------------------ looking up

    def similar(self, newcomer: Newcomer) -> Nearby:
        """The articles that the newcomer may be a copy or a version of.

        At most `_MAX_CANDIDATES` by shared hashes, those with the rarest first, besides
        those with its address or its exact text. What is read is bounded whatever the
        store's size.
        """
        own, seen_at = newcomer.fingerprint.sketch, newcomer.seen_at
        postings = self._hashes.postings(own, seen_at, _FEW)
        named = self._by_key(newcomer)
        candidates = self._candidates(named, _rarest(postings.values()), newcomer.fingerprint)
        others = {fp for each in candidates for fp in _up_to(each, newcomer)} - postings.keys()
        postings |= self._hashes.postings(others, seen_at, _FEW)
        return Nearby(candidates=candidates, spread=self._spread_of_all(postings, newcomer))

    def _spread_of_all(self, postings: dict[int, str], newcomer: Newcomer) -> dict[int, Spread]:
        """How widely each hash stands; counted on only while it still weighs something."""
        spread = self._spread(postings, newcomer)
        cut_off = [fp for fp, listed in postings.items() if listed.count(",") + 1 >= _FEW]
        unsure = [fp for fp in cut_off if weight(spread[fp]) > 0]
        more = self._hashes.postings(unsure, newcomer.seen_at, _MANY)
        return spread | self._spread(more, newcomer)

    def _by_key(self, newcomer: Newcomer) -> list[int]:
        addresses = {newcomer.url, newcomer.canonical} - {0}
        rows = self._connection.rows(
            _BY_KEY,
            keys=json.dumps(sorted(addresses)),
            outlet=newcomer.outlet,
            loose=newcomer.loose,
            digest=int(newcomer.fingerprint.digest, 16),
            limit=_MAX_SAME_TEXT,
        )
        return [row[0] for row in rows]

    def _candidates(
        self, named: list[int], sharing: list[int], mark: Fingerprint
    ) -> tuple[Candidate, ...]:
        """The `named` articles, and those of `sharing` that share enough to be looked at."""
        ids = list(dict.fromkeys([*named, *sharing]))
        if not ids:
            return ()
        rows = self._connection.rows(_SKETCHES, articles=json.dumps(ids))
        mine, tau = _cells(_packed(mark.sketch)), _cell(mark.tau)
        return tuple(
            _candidate(row) for row in rows if row["article"] in named or _near(row, mine, tau)
        )

    def _spread(self, postings: Mapping[int, str], newcomer: Newcomer) -> dict[int, Spread]:
        lists = {listed: listed.split(",") for listed in set(postings.values()) if listed}
        placed = self._placed({article for listed in lists.values() for article in listed})
        mine = set(newcomer.fingerprint.sketch)
        itself = _Placed(0, newcomer.outlet, newcomer.canonical or newcomer.url)
        spreads: dict[tuple[str, bool], Spread] = {}
        for listed, own in {(listed, fp in mine) for fp, listed in postings.items() if listed}:
            known = [placed[each] for each in lists[listed] if each in placed]
            spreads[listed, own] = _spread_of(known, itself if own else None)
        return {fp: spreads[listed, fp in mine] for fp, listed in postings.items() if listed}

    def _placed(self, articles: set[str]) -> dict[str, _Placed]:
        if not articles:
            return {}
        rows = self._connection.rows(_PLACED, articles=f"[{','.join(sorted(articles))}]")
        return {str(row[0]): _Placed(row[1], row[2], row[3]) for row in rows}

    # ------------------------------------------------------------ keeping

    def add(self, article: int, story: int, newcomer: Newcomer) -> None:
        """Keep a new article's fingerprint; `story` is where it was placed."""
        row = _row(article, story, newcomer)
        self._connection.run(_PLACE, **row)
        self._connection.run(_SKETCH, **row)
        self._hashes.keep(article, newcomer.fingerprint.sketch, newcomer.seen_at)

    def renew(self, article: int, newcomer: Newcomer) -> None:
        """Keep the fingerprint of an article's new version; it stays in its story.

        Raises NotFound when the article has no fingerprint yet.
        """
        statement = "SELECT story FROM placed WHERE article = :article"
        story = self._connection.value(statement, article=article)
        if story is None:
            raise NotFound(f"Article {article} has no fingerprint.")
        self.add(article, story, newcomer)

    def move(self, articles: Iterable[int], story: int) -> None:
        """Note that these articles are in `story` now."""
        statement = "UPDATE placed SET story = :story WHERE article = :article"
        self._connection.many(statement, [{"story": story, "article": each} for each in articles])

    def newcomers(self) -> Iterator[tuple[int, int, Newcomer]]:
        """Every article with its story, in the order they came: (article, story, newcomer)."""
        last = 0
        while rows := self._connection.rows(_AFTER, last=last, limit=1000):
            for row in rows:
                yield row["article"], row["story"], _newcomer(row)
            last = rows[-1]["article"]


# ---------------------------------------------------------------- statements

_BY_KEY = """
SELECT * FROM (SELECT article FROM placed
               WHERE url IN (SELECT value FROM json_each(:keys)) AND url <> 0
               ORDER BY article LIMIT :limit)
UNION SELECT * FROM (SELECT article FROM placed
               WHERE canonical IN (SELECT value FROM json_each(:keys)) AND canonical <> 0
                 AND outlet = :outlet ORDER BY article LIMIT :limit)
UNION SELECT * FROM (SELECT article FROM placed
               WHERE loose = :loose AND loose <> 0
                 AND outlet = :outlet ORDER BY article LIMIT :limit)
UNION SELECT * FROM (SELECT article FROM placed
               WHERE digest = :digest AND shingles > 0 ORDER BY article DESC LIMIT :limit)
"""

_SKETCHES = """
SELECT * FROM placed JOIN sketch USING (article)
WHERE article IN (SELECT value FROM json_each(:articles))
"""

_PLACED = """
SELECT article, story, outlet, CASE WHEN canonical <> 0 THEN canonical ELSE url END
FROM placed WHERE article IN (SELECT value FROM json_each(:articles))
"""

_PLACE = """
INSERT INTO placed
    (article, story, outlet, url, canonical, loose, digest, shingles, dated_at, seen_at)
VALUES
    (:article, :story, :outlet, :url, :canonical, :loose, :digest, :shingles, :dated_at, :seen_at)
ON CONFLICT (article) DO UPDATE SET outlet = excluded.outlet, url = excluded.url,
    canonical = excluded.canonical, loose = excluded.loose, digest = excluded.digest,
    shingles = excluded.shingles, dated_at = excluded.dated_at, seen_at = excluded.seen_at
"""
_SKETCH = """
INSERT OR REPLACE INTO sketch (article, tau, hashes, opening, numbers, names, title_words)
VALUES (:article, :tau, :hashes, :opening, :numbers, :names, :title_words)
"""

_AFTER = """
SELECT * FROM placed JOIN sketch USING (article)
WHERE article > :last ORDER BY article LIMIT :limit
"""


# ---------------------------------------------------------------- values and rows


def _rarest(lists: Iterable[str]) -> list[int]:
    """The articles that share most, each hash counting the less the more have it."""
    merits: Counter[str] = Counter()
    for listed, times in Counter(lists).items():
        articles = listed.split(",") if listed else []
        for article in articles:
            merits[article] += times / len(articles)  # type: ignore[assignment]
    best = nsmallest(_MAX_CANDIDATES, [(-merit, int(each)) for each, merit in merits.items()])
    return [article for _, article in best]


def _up_to(candidate: Candidate, newcomer: Newcomer) -> tuple[int, ...]:
    """The candidate's hashes that can be compared with the newcomer's."""
    sketch = candidate.fingerprint.sketch
    return sketch[: bisect_right(sketch, newcomer.fingerprint.tau)]


def _near(row: Row, mine: tuple[bytes, ...], tau: bytes) -> bool:
    """Whether so much is shared, of the hashes that both sides can have kept.

    Asked of the packed hashes, which sort as the numbers do: most candidates share one line
    of standing text and go no further, so nothing else of them is unpacked.
    """
    theirs = _cells(row["hashes"])
    theirs = theirs[: bisect_right(theirs, tau)]
    mine = mine[: bisect_right(mine, _cell(row["tau"]))]
    shared = len(set(mine).intersection(theirs))
    return shared >= LEAST_IN_COMMON * max(1, min(len(mine), len(theirs)))


def _spread_of(placed: list[_Placed], itself: _Placed | None) -> Spread:
    addresses: defaultdict[str, set[int]] = defaultdict(set)
    for each in (*placed, itself) if itself is not None else placed:
        addresses[each.outlet].add(each.address)
    return Spread(
        stories=len({each.story for each in placed}),
        urls=max((len(of_outlet) for of_outlet in addresses.values()), default=0),
    )


def _row(article: int, story: int, newcomer: Newcomer) -> dict[str, object]:
    mark = newcomer.fingerprint
    return {
        "article": article,
        "story": story,
        "outlet": newcomer.outlet,
        "url": newcomer.url,
        "canonical": newcomer.canonical,
        "loose": newcomer.loose,
        "digest": int(mark.digest, 16),
        "dated_at": int(newcomer.dated_at.timestamp()),
        "seen_at": int(newcomer.seen_at.timestamp()),
        "shingles": mark.shingles,
        "tau": mark.tau,
        "hashes": _packed(mark.sketch),
        "opening": _packed(mark.opening),
        "numbers": " ".join(mark.numbers),
        "names": " ".join(mark.names),
        "title_words": " ".join(mark.title_words),
    }


def _fingerprint(row: Row) -> Fingerprint:
    return Fingerprint(
        sketch=_unpacked(row["hashes"]),
        tau=row["tau"],
        shingles=row["shingles"],
        digest=f"{row['digest']:016x}",
        numbers=tuple(row["numbers"].split()),
        names=tuple(row["names"].split()),
        title_words=tuple(row["title_words"].split()),
        opening=_unpacked(row["opening"]),
    )


def _candidate(row: Row) -> Candidate:
    return Candidate(
        article=row["article"],
        story=row["story"],
        outlet=row["outlet"],
        url=row["url"],
        canonical=row["canonical"],
        loose=row["loose"],
        fingerprint=_fingerprint(row),
        dated_at=datetime.fromtimestamp(row["dated_at"], UTC),
    )


def _newcomer(row: Row) -> Newcomer:
    return Newcomer(
        outlet=row["outlet"],
        url=row["url"],
        canonical=row["canonical"],
        loose=row["loose"],
        fingerprint=_fingerprint(row),
        dated_at=datetime.fromtimestamp(row["dated_at"], UTC),
        seen_at=datetime.fromtimestamp(row["seen_at"], UTC),
    )


def _packed(hashes: tuple[int, ...]) -> bytes:
    return b"".join(map(_cell, hashes))


def _cell(fp: int) -> bytes:
    return fp.to_bytes(_BYTES)


def _cells(packed: bytes) -> tuple[bytes, ...]:
    return struct.unpack(f"{_BYTES}s" * (len(packed) // _BYTES), packed)


def _unpacked(packed: bytes) -> tuple[int, ...]:
    # Pairs of 2 and 4 bytes: twice as fast as slicing out six at a time.
    halves = struct.unpack(f">{'HI' * (len(packed) // _BYTES)}", packed)
    return tuple(high << 32 | low for high, low in zip(halves[::2], halves[1::2], strict=True))
