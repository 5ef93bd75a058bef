"""How many articles a CPU-second are matched, against one regular expression an atom.

    python bench/match.py [--queries 10,100,1000,5000] [--articles 60] [--seed 7]
                          [--commonest 1500]

Texts and queries are made, always the same for one seed: 600-word articles over a Zipf
vocabulary, with paragraphs, curly quotes, hyphens and possessives; queries with phrases,
wildcards, NEAR and NOT. The baseline compiles one regular expression for each distinct atom,
runs all of them over the text, and evaluates AND, OR, NOT and NEAR on what they found.
The ratio depends on how many queries match an article (the column `matches`): finding words
costs the same for any number of queries, evaluating a match does not. `--commonest 300`
draws commoner words, so that one query in fourteen matches.
Both answer the same question on the same texts in the same run, in turns, and have to give
the same answers, and the quickest of several passes counts. `with hits` is what
`Matcher.match` does: spans and reasons for people too.

`--automata` measures instead what finding the atoms alone costs: the matcher's memory of
chunks, a dict of words, and the Aho-Corasick libraries that happen to be installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import re
import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from typing import Any

from clipper.match import Matcher
from clipper.model import Article, Campaign
from clipper.query import words as query_words

GOALS = {10: 3, 100: 30, 1000: 150, 5000: 250}
WORDS_AN_ARTICLE = 600
VOCABULARY = 50_000
PASSES = 5
COMMONEST = 1_500
"""Rank of the commonest word that a query names: about one article in thirty holds it."""
SYLLABLES = re.findall(
    r"\w+",
    "ba be bi bo bra ca ce cha ci co cri da de di do dra fa fe fi fla fo ga ge gla go gra ha he "
    "hi ho ja jo ka la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi pla po pri ra re ri ro "
    "sa se sha si so sta stra ta te ti to tra tri va ve vi vo wa we wi yo",
)
ENDINGS = ("", "", "n", "r", "s", "t", "l", "ng", "nt", "sh", "tion", "ment", "ing", "ed", "ly")


def vocabulary(rng: random.Random) -> list[str]:
    """Distinct pronounceable words, the shorter ones first as in a language."""
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = min(4, 1 + len(found) // 400) if len(found) < 1600 else rng.randint(2, 5)
        found["".join(rng.choices(SYLLABLES, k=syllables)) + rng.choice(ENDINGS)] = None
    return list(found)


def text(rng: random.Random, vocab: list[str], weights: list[float]) -> str:
    """Paragraphs of sentences with the punctuation that the press uses."""
    drawn = rng.choices(vocab, cum_weights=weights, k=WORDS_AN_ARTICLE)
    sentences: list[str] = []
    at = 0
    while at < len(drawn):
        size = rng.randint(8, 28)
        sentences.append(sentence(rng, drawn[at : at + size]))
        at += size
    sizes = list(accumulate(rng.randint(1, 4) for _ in sentences))
    cuts = [0, *[size for size in sizes if size < len(sentences)], len(sentences)]
    return "\n".join(" ".join(sentences[a:b]) for a, b in pairwise(cuts))


def sentence(rng: random.Random, drawn: list[str]) -> str:
    dressed = [word.capitalize() if rng.random() < 0.08 else word for word in drawn]
    for i in range(len(dressed) - 1):
        dressed[i] += rng.choices(("", ",", "’s", ";"), weights=(90, 7, 2, 1))[0]
    body = " ".join(dressed)
    body = body[:1].upper() + body[1:]
    return f"“{body}”, he said." if rng.random() < 0.15 else body + "."


Atom = tuple[str, ...]
"""The words of a phrase, or one word; the last may end in *."""


class Drawn:
    """One query as parts: positive alternatives, a NEAR, a NOT."""

    def __init__(self, rng: random.Random, vocab: list[str], commonest: int = COMMONEST) -> None:
        def word() -> str:
            return vocab[min(int(rng.paretovariate(0.55) * commonest), VOCABULARY - 1)]

        def atom() -> Atom:
            kind = rng.random()
            if kind < 0.35:
                return (word(), word())
            if kind < 0.6:
                chosen = word()
                return (chosen[: max(5, len(chosen) - 2)] + "*",)
            return (word(),)

        self.either = [atom() for _ in range(rng.randint(1, 3))]
        self.near = (atom(), atom(), rng.randint(3, 12)) if rng.random() < 0.5 else None
        self.never = atom() if rng.random() < 0.4 else None
        self.joined = " AND " if rng.random() < 0.6 else " OR "

    def __str__(self) -> str:
        either = " OR ".join(map(written, self.either))
        said = f"({either})"
        if self.near:
            left, right, distance = self.near
            said = f"({said}{self.joined}{written(left)} NEAR/{distance} {written(right)})"
        return said + (f" NOT {written(self.never)}" if self.never else "")

    def atoms(self) -> list[Atom]:
        near = list(self.near[:2]) if self.near else []
        return [*self.either, *near, *([self.never] if self.never else [])]


def written(atom: Atom) -> str:
    return atom[0] if len(atom) == 1 else f'"{" ".join(atom)}"'


class RegexPerAtom:
    """The baseline: every atom's expression over every text, then boolean logic."""

    def __init__(self, drawn: Sequence[Drawn]) -> None:
        self.drawn = drawn
        self.compiled = {atom: compile_atom(atom) for query in drawn for atom in query.atoms()}

    def match(self, article: Article) -> set[int]:
        body = article.text
        starts = [found.start() for found in re.finditer(r"(?<!’)\b\w+", body)]
        found = {atom: spans(pattern, body) for atom, pattern in self.compiled.items()}
        return {i for i, query in enumerate(self.drawn) if self.holds(query, found, starts)}

    def holds(
        self, query: Drawn, found: dict[Atom, list[tuple[int, int]]], starts: list[int]
    ) -> bool:
        held = any(found[atom] for atom in query.either)
        if query.near:
            left, right, distance = query.near
            close = near(found[left], found[right], distance, starts)
            held = (held and close) if query.joined == " AND " else (held or close)
        return held and not (query.never and found[query.never])


def compile_atom(atom: Atom) -> re.Pattern[str]:
    parts = [
        re.escape(word[:-1]) + r"\w*" if word.endswith("*") else re.escape(word) for word in atom
    ]
    return re.compile(r"\b" + r"(?:’s)?[^\w\n]+".join(parts) + r"\b", re.IGNORECASE)


def spans(pattern: re.Pattern[str], body: str) -> list[tuple[int, int]]:
    return [found.span() for found in pattern.finditer(body)]


def near(
    left: list[tuple[int, int]], right: list[tuple[int, int]], n: int, starts: list[int]
) -> bool:
    for a, b in ((a, b) for a in left for b in right):
        first, second = sorted((a, b))
        if first[1] <= second[0]:
            between = bisect_left(starts, second[0]) - bisect_left(starts, first[1])
            if between <= n:
                return True
    return False


def per_second(act: Callable[[], Any], count: int, seconds: float = 0.5) -> float:
    """Articles a CPU-second in the quickest of several passes over `count` articles.

    What else the machine does slows some passes down; the quickest is slowed least, of
    either side.
    """
    begun, best = time.process_time(), float("inf")
    at, passes = begun, 0
    while at - begun < seconds or passes < PASSES:
        act()
        passes += 1
        before, at = at, time.process_time()
        best = min(best, at - before)
    return count / max(best, 1e-9)


def compare(count: int, drawn: list[Drawn], articles: list[Article]) -> None:
    campaigns = [Campaign(slug=str(i), name="", queries=(str(q),)) for i, q in enumerate(drawn)]
    begun = time.process_time()
    matcher = Matcher(campaigns)
    built = time.process_time() - begun
    baseline = RegexPerAtom(drawn)
    few = articles[: max(2, min(len(articles), 20_000 // max(count, 1) // 10 + 2))]
    same = all(
        {int(slug) for slug in matcher.satisfied(a)} == baseline.match(a) for a in articles[:40]
    )
    hits = sum(len(matcher.match(a)) for a in articles) / len(articles)
    slow = per_second(lambda: [baseline.match(a) for a in few], len(few))
    fast = per_second(lambda: [matcher.satisfied(a) for a in articles], len(articles), 1.0)
    full = per_second(lambda: [matcher.match(a) for a in articles], len(articles), 1.0)
    goal = GOALS.get(count)
    print(
        f"{count:>7,} {len(baseline.compiled):>7,} {slow:>10,.1f} {fast:>10,.0f} {full:>10,.0f} "
        f"{fast / slow:>8,.0f}x {full / slow:>8,.0f}x {f'{goal}x' if goal else '-':>6} "
        f"{hits:>8.1f} {built:>7.2f} {'same' if same else 'DIFFERENT':>10}"
    )


def automata(drawn: list[Drawn], articles: list[Article]) -> None:
    """What finding the words of all queries costs, by each way to do it."""
    atoms = sorted({word.rstrip("*") for query in drawn for atom in query.atoms() for word in atom})
    lows = [article.text.lower() for article in articles]
    memory = Matcher([Campaign(slug="c", name="", queries=tuple(map(str, drawn)))])
    print(f"{len(atoms):,} words; articles a CPU-second for finding them:")
    ways: dict[str, Callable[[], Any]] = {
        "memory of tokens": lambda: [
            memory._memory.of(query_words.analyse(a.text).tokens() or set()) for a in articles
        ],
        "dict of words (exact only)": lambda: [
            set(re.findall(r"\w+", low)).intersection(atoms_set) for low in lows
        ],
    }
    atoms_set = set(atoms)
    if importlib.util.find_spec("ahocorasick"):
        import ahocorasick  # type: ignore[import-untyped]

        auto = ahocorasick.Automaton()
        for atom in atoms:
            auto.add_word(atom, atom)
        auto.make_automaton()
        ways["pyahocorasick"] = lambda: [list(auto.iter(low)) for low in lows]
    if importlib.util.find_spec("ahocorasick_rs"):
        import ahocorasick_rs

        rust = ahocorasick_rs.AhoCorasick(atoms)
        ways["ahocorasick-rs"] = lambda: [
            rust.find_matches_as_indexes(low, overlapping=True) for low in lows
        ]
    for name, act in ways.items():
        act()
        print(f"  {name:<28} {per_second(act, len(articles), 1.0):>10,.0f}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--queries", default="10,100,1000,5000")
    options.add_argument("--articles", type=int, default=60)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument(
        "--commonest", type=int, default=COMMONEST, help="lower: queries that match more often"
    )
    options.add_argument("--automata", action="store_true")
    chosen = options.parse_args()
    rng = random.Random(chosen.seed)
    vocab = vocabulary(rng)
    weights = list(accumulate(1 / (rank + 2.7) for rank in range(VOCABULARY)))
    articles = [
        Article(url=f"https://example.org/{i}", title="", text=text(rng, vocab, weights))
        for i in range(chosen.articles)
    ]
    counts = [int(count) for count in chosen.queries.split(",")]
    drawn = [Drawn(rng, vocab, chosen.commonest) for _ in range(max(counts))]
    if chosen.automata:
        automata(drawn, articles)
        return
    print(
        "queries   atoms   regex/s  matcher/s with hits     ratio with hits   goal  matches "
        "build s    answers"
    )
    for count in counts:
        compare(count, drawn[:count], articles)


if __name__ == "__main__":
    main()
