"""How well and how fast articles find their stories, beside two common methods.

    python bench/stories.py                    quality and speed, three seeds
    python bench/stories.py --shuffle          how much the order within a day matters
    python bench/stories.py --scale 1000000    size, memory and speed as the store grows

Pairwise precision, recall and F1 over articles whose lineage is known (`bench/press.py`
makes them): a pair is right when both carry one copy and stand in one story.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from press import BEGIN, Arrival, Press

from clipper import dedupe
from clipper.model import Fingerprint, Newcomer
from clipper.store.connection import Connection
from clipper.store.fingerprints import Fingerprints, create

_OTHER_TABLES = """
CREATE TABLE story (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE article (id INTEGER PRIMARY KEY, story INTEGER NOT NULL REFERENCES story(id)) STRICT;
"""
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Score:
    """Pairs of articles: right, wrongly joined, wrongly parted."""

    right: int
    joined: int
    parted: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.joined)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.parted)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.joined + self.parted)


def score(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Pairs counted by the sizes of cells, never one by one."""

    def pairs(labels: Sequence[Hashable]) -> int:
        return sum(n * (n - 1) // 2 for n in Counter(labels).values())

    right = pairs(list(zip(truth, found, strict=True)))
    return Score(right, pairs(found) - right, pairs(truth) - right)


# ---------------------------------------------------------------- methods


def by_clipper(arrivals: Sequence[Arrival]) -> list[int]:
    """What clipper does: fingerprint, look up, place, keep."""
    with tempfile.TemporaryDirectory() as folder:
        kept = Kept(Path(folder) / "stories.db")
        stories = []
        for start in range(0, len(arrivals), _BATCH):
            with kept.connection.transaction():
                stories += [kept.take(arrival) for arrival in arrivals[start : start + _BATCH]]
        kept.connection.close()
    return stories


class Kept:
    """A store with nothing but fingerprints."""

    def __init__(self, path: Path) -> None:
        self.connection = Connection(path)
        self.connection.raw.execute("PRAGMA journal_mode = WAL")
        self.connection.db.executescript(_OTHER_TABLES)
        create(self.connection.db)
        self.fingerprints = Fingerprints(self.connection)

    def take(self, arrival: Arrival) -> int:
        mark = dedupe.fingerprint(arrival.article)
        return self.keep(dedupe.newcomer(arrival.article, mark, arrival.outlet, arrival.at))

    def keep(self, newcomer: Newcomer) -> int:
        placement = dedupe.place(newcomer, self.fingerprints.similar(newcomer))
        story = placement.story or self.connection.run("INSERT INTO story DEFAULT VALUES")
        article = self.connection.run("INSERT INTO article (story) VALUES (:s)", s=story)
        self.fingerprints.add(article, story, newcomer)
        return story


def by_title_or_text(arrivals: Sequence[Arrival]) -> list[int]:
    """The same headline or the very same text."""
    union = Union(len(arrivals))
    first: dict[str, int] = {}
    for n, arrival in enumerate(arrivals):
        for key in (arrival.article.title.casefold(), arrival.article.text):
            union.join(n, first.setdefault(key, n))
    return union.labels()


def by_minhash(threshold: float) -> Callable[[Sequence[Arrival]], list[int]]:
    """MinHash LSH over the same 5-word shingles (datasketch, 128 permutations)."""

    def group(arrivals: Sequence[Arrival]) -> list[int]:
        from datasketch import MinHash, MinHashLSH

        index = MinHashLSH(threshold=threshold, num_perm=128)
        union = Union(len(arrivals))
        for n, arrival in enumerate(arrivals):
            words = arrival.article.text.lower().split()
            mark = MinHash(num_perm=128)
            runs = {" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)}
            mark.update_batch(list(runs))
            for other in index.query(mark):
                union.join(n, other)
            index.insert(n, mark)
        return union.labels()

    return group


class Union:
    """Union-find over numbers."""

    def __init__(self, number: int) -> None:
        self._parent = list(range(number))

    def root(self, n: int) -> int:
        while self._parent[n] != n:
            self._parent[n] = self._parent[self._parent[n]]
            n = self._parent[n]
        return n

    def join(self, one: int, other: int) -> None:
        self._parent[self.root(one)] = self.root(other)

    def labels(self) -> list[int]:
        return [self.root(n) for n in range(len(self._parent))]


METHODS: dict[str, Callable[[Sequence[Arrival]], list[int]]] = {
    "title or exact text": by_title_or_text,
    "MinHash LSH, J >= .5": by_minhash(0.5),
    "MinHash LSH, J >= .7": by_minhash(0.7),
    "clipper": by_clipper,
}


# ---------------------------------------------------------------- what is told


def quality(seeds: Sequence[int], why: bool) -> None:
    print(f"{'seed':>4} {'method':<22} {'P':>6} {'R':>6} {'F1':>6} {'per CPU s':>11}")
    for seed in seeds:
        arrivals = Press(seed).arrivals()
        truth = [arrival.lineage for arrival in arrivals]
        print(f"{seed:>4} {len(arrivals)} articles, {len(set(truth))} lineages")
        for name, method in METHODS.items():
            started = time.process_time()
            found = method(arrivals)
            rate = len(arrivals) / max(1e-9, time.process_time() - started)
            result = score(truth, found)
            print(
                f"{seed:>4} {name:<22} {result.precision:6.3f} {result.recall:6.3f} "
                f"{result.f1:6.3f} {rate:11,.0f}"
            )
        if why:
            tell_errors(arrivals, found)


def tell_errors(arrivals: Sequence[Arrival], found: Sequence[int]) -> None:
    """Which kinds of article are wrongly joined or parted, by pairs."""
    stories: dict[int, list[Arrival]] = {}
    lineages: dict[int, list[tuple[Arrival, int]]] = {}
    for arrival, story in zip(arrivals, found, strict=True):
        stories.setdefault(story, []).append(arrival)
        lineages.setdefault(arrival.lineage, []).append((arrival, story))
    joined = Counter(
        tuple(sorted((a.what, b.what)))
        for members in stories.values()
        for a, b in _pairs(members)
        if a.lineage != b.lineage
    )
    parted = Counter(
        a.what for members in lineages.values() for (a, s), (_, t) in _pairs(members) if s != t
    )
    print("     wrongly joined:", dict(joined.most_common(8)))
    print("     wrongly parted:", dict(parted.most_common(8)))


def _pairs(members: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    return ((a, b) for n, a in enumerate(members) for b in members[n + 1 :])


def shuffled(seeds: Sequence[int]) -> None:
    """The same days with each day's articles in another order."""
    for seed in seeds:
        arrivals = Press(seed).arrivals()
        rng = random.Random(seed)
        other = sorted(arrivals, key=lambda a: (a.at.date(), rng.random()))
        labels = dict(zip(map(id, other), by_clipper(other), strict=True))
        first, second = by_clipper(arrivals), [labels[id(a)] for a in arrivals]
        truth = [arrival.lineage for arrival in arrivals]
        print(
            f"seed {seed}: F1 in order {score(truth, first).f1:.3f}, shuffled within days "
            f"{score(truth, second).f1:.3f}; one against the other {score(first, second).f1:.3f}"
        )


# ---------------------------------------------------------------- scale


def flood(number: int, days: float, seed: int = 1) -> Iterator[Newcomer]:
    """Newcomers for the look-up alone: random sketches, a third of them copies of the newest.

    `days` is the time that `number` articles take to arrive.
    """
    rng = random.Random(seed)
    recent: list[tuple[int, ...]] = []
    common = [rng.getrandbits(40) for _ in range(200)]
    for n in range(number):
        at = BEGIN + timedelta(days=days * n / number)
        if recent and rng.random() < 0.33:
            sketch = list(rng.choice(recent))
            for _ in range(rng.randint(0, 20)):
                sketch[rng.randrange(64)] = rng.getrandbits(45)
        else:
            sketch = [rng.getrandbits(45) for _ in range(62)] + rng.sample(common, 2)
        kept = tuple(sorted(set(sketch)))
        recent = [*recent[-400:], kept]
        yield Newcomer(
            outlet=f"paper-{rng.randrange(2000)}",
            url=rng.getrandbits(63),
            canonical=0,
            loose=rng.getrandbits(63),
            fingerprint=Fingerprint(
                sketch=kept,
                tau=kept[-1],
                shingles=500,
                digest=f"{rng.getrandbits(63):016x}",
                numbers=tuple(str(rng.randint(2, 4000)) for _ in range(18)),
                names=tuple(f"{rng.getrandbits(26):x}" for _ in range(26)),
                title_words=tuple(f"{rng.getrandbits(24):x}" for _ in range(8)),
                opening=kept[:12],
            ),
            dated_at=at,
            seen_at=at,
        )


def scale(number: int, days: float) -> None:
    """How size, memory and speed change as the store grows.

    Rates are per second of the processor and of the clock: the second one counts other
    programs and the disk in.
    """
    print(f"{number:,} articles over {days:g} days, {_BATCH} a transaction")
    print("  articles   per CPU s   per s  worst batch ms  KB each  RSS MB")
    with tempfile.TemporaryDirectory() as folder:
        kept, source = Kept(Path(folder) / "stories.db"), flood(number, days)
        marks = [10_000, *range(step := max(number // 20, 20_000), number + 1, step)]
        for since, done in zip([0, *marks], marks, strict=False):
            processor, clock, worst = insert(kept, source, done - since)
            size = sum(each.stat().st_size for each in Path(folder).iterdir()) / done / 1000
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
            rates = f"{(done - since) / processor:11,.0f} {(done - since) / clock:7,.0f}"
            print(f"{done:>10,} {rates} {worst * 1000:15.0f} {size:8.2f} {memory:7.0f}")
            sys.stdout.flush()
        kept.connection.close()


def insert(kept: Kept, source: Iterator[Newcomer], number: int) -> tuple[float, float, float]:
    """Seconds for so many newcomers, by processor and clock, and for the slowest transaction."""
    processor = clock = worst = 0.0
    for _ in range(number // _BATCH):
        newcomers = [next(source) for _ in range(_BATCH)]
        started, used = time.perf_counter(), time.process_time()
        with kept.connection.transaction():
            for newcomer in newcomers:
                kept.keep(newcomer)
        took = time.perf_counter() - started
        processor += time.process_time() - used
        clock, worst = clock + took, max(worst, took)
    return processor, clock, worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--why", action="store_true", help="name the kinds of errors")
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--scale", type=int, metavar="ARTICLES")
    parser.add_argument("--days", type=float, default=365.0, help="with --scale")
    given = parser.parse_args()
    if given.scale:
        scale(given.scale, given.days)
    elif given.shuffle:
        shuffled(given.seeds)
    else:
        quality(given.seeds, given.why)


if __name__ == "__main__":
    main()
