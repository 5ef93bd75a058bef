"""The evaluator against a slow oracle of its own kind, and the properties that follow.

Texts are made from pieces whose words and places are known, so the oracle never cuts a text:
it looks at lists of (loose, exact, start, end, block) and tries every combination.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from itertools import pairwise, product

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clipper import match, query
from clipper.errors import QueryError
from clipper.model import Article, Campaign
from clipper.query import tree
from clipper.query.printer import show

# ------------------------------------------------------------------ texts whose words are known

SURFACES = {
    "prison": "prison", "Prison": "prison", "PRISON": "prison", "pri\u00adson": "prison",
    "pr\u200bison": "prison", "prison’s": "prison", "prisons": "prisons", "private": "private",
    "Private": "private", "ＩＣＥ": "ice", "ICE": "ice", "ice": "ice", "Ice": "ice", "I.C.E.": "ice",
    "ﬁnd": "find", "find": "find", "cafe\u0301": "cafe", "café": "cafe", "cafe": "cafe",
    "año": "ano", "an\u0303o": "ano", "ano": "ano", "Straße": "strasse", "STRASSE": "strasse",
    "don’t": "dont", "a": "a", "b": "b", "c": "c", "İzmir": "izmir", "№": "no",
}  # fmt: skip
EXACT = {
    "pri\u00adson": "prison", "pr\u200bison": "prison", "prison’s": "prison", "ＩＣＥ": "ICE",
    "I.C.E.": "ICE", "ﬁnd": "find", "cafe\u0301": "café", "an\u0303o": "año", "don’t": "dont",
    "№": "No",
}  # fmt: skip
COVERED = {"prison’s": "prison"}
"""How much of a piece its word covers, where that is not all of it."""

PLAIN = [
    "prison", "Prison", "prison’s", "prisons", "private", "ICE", "ice", "I.C.E.", "find", "café",
    "año", "ano", "don’t", "a", "b", "c", "U.S.", "EE. UU.", "they’re", "#low", "well", "us",
]  # fmt: skip
GAPS = (" ", " ", " ", ", ", " - ", "-", " “", "” ", "\u00a0", "; ", "! ", "/", "\n")


@dataclass(frozen=True)
class Known:
    """One word of a made text."""

    loose: str
    exact: str
    start: int
    end: int
    block: int


def known_words(pieces: list[tuple[str, str]]) -> tuple[str, list[Known]]:
    """The text that the pieces make, and its words."""
    text, found, block = "", [], 0
    for surface, gap in pieces:
        end = len(text) + len(COVERED.get(surface, surface))
        exact = EXACT.get(surface, surface)
        found.append(Known(SURFACES[surface], exact, len(text), end, block))
        text += surface + gap
        block += gap.count("\n")
    return text, found


pieces = st.lists(st.tuples(st.sampled_from(sorted(SURFACES)), st.sampled_from(GAPS)), max_size=14)

# ------------------------------------------------------------------ random queries

PATTERNS = ["prison", "prison*", "pris?n", "private", "ice", "ice*", "find", "cafe", "año", "ano",
            "strasse", "dont", "a", "b", "c", "i*", "c?f*", "izmir", "no", "absent"]  # fmt: skip
EXACTS = ["prison", "Prison", "ICE", "ice", "I*", "café", "cafe", "año", "Straße", "find", "No"]

terms = st.one_of(
    st.builds(tree.Word, st.sampled_from(PATTERNS)),
    st.builds(
        tree.Phrase,
        st.lists(st.sampled_from(PATTERNS), min_size=2, max_size=3).map(tuple),
        st.integers(0, 3),
    ),
    st.builds(tree.Exact, st.lists(st.sampled_from(EXACTS), min_size=1, max_size=2).map(tuple)),
)


def any_of(parts: list[tree.Node]) -> tree.Node:
    return tree.joined(tree.Or, parts)


operands = st.recursive(
    st.one_of(terms, st.lists(terms, min_size=2, max_size=2).map(any_of)),
    lambda inner: st.builds(
        tree.Near, st.sampled_from(["NEAR", "ONEAR", "NOTNEAR"]), st.integers(0, 4), inner, inner
    ),
    max_leaves=4,
)
fielded = st.one_of(
    operands,
    st.builds(tree.Field, st.sampled_from(["title", "text"]), operands),
    st.builds(tree.AtLeast, st.integers(1, 3), operands),
)
trees: st.SearchStrategy[tree.Node] = st.recursive(
    fielded,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda ps: tree.joined(tree.And, ps)),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        inner.map(tree.Not),
    ),
    max_leaves=6,
)

# ------------------------------------------------------------------ the oracle

Texts = dict[str, list[Known]]
Ranges = set[tuple[int, int]]


def like(pattern: str, word: str) -> bool:
    """Whether a word fits, letter by letter."""
    if pattern == "*":
        return True
    if not pattern or not word:
        return pattern == word
    return pattern[0] in ("?", word[0]) and like(pattern[1:], word[1:])


def word_fits(pattern: str, known: Known) -> bool:
    if "ñ" in pattern:
        return like(pattern.replace("ñ", "n"), known.loose) and "ñ" in known.exact.lower()
    return like(pattern, known.loose)


def runs(steps: list[list[int]], slop: int, words: list[Known]) -> Ranges:
    found = set()
    for chosen in product(*steps):
        gaps = [b - a - 1 for a, b in pairwise(chosen)]
        one_block = words[chosen[0]].block == words[chosen[-1]].block
        if one_block and all(gap >= 0 for gap in gaps) and sum(gaps) <= slop:
            found.add((chosen[0], chosen[-1]))
    return found


def ranges(node: tree.Node, words: list[Known]) -> Ranges:
    """Every range of words that a node covers in one text, by trying all."""
    if isinstance(node, tree.Word):
        return {(i, i) for i, word in enumerate(words) if word_fits(node.pattern, word)}
    if isinstance(node, tree.Phrase):
        steps = [[i for i, w in enumerate(words) if word_fits(p, w)] for p in node.words]
        return runs(steps, node.slop, words)
    if isinstance(node, tree.Exact):
        steps = [[i for i, w in enumerate(words) if like(p, w.exact)] for p in node.words]
        return runs(steps, 0, words)
    if isinstance(node, tree.Or):
        return {found for child in node.children for found in ranges(child, words)}
    assert isinstance(node, tree.Near)
    left, right = ranges(node.left, words), ranges(node.right, words)
    if node.kind == "NOTNEAR":
        return {a for a in left if not any(beside(a, b, node.distance) for b in right)}
    return {
        (min(a[0], b[0]), max(a[1], b[1]))
        for a, b in product(left, right)
        if 0 <= b[0] - a[1] - 1 <= node.distance
        or (node.kind == "NEAR" and 0 <= a[0] - b[1] - 1 <= node.distance)
    }


def beside(a: tuple[int, int], b: tuple[int, int], n: int) -> bool:
    """For NOTNEAR: b is within n words of a, or overlaps it without being it."""
    if a == b:
        return False
    return b[0] - a[1] - 1 <= n and a[0] - b[1] - 1 <= n


def most_apart(found: Ranges) -> int:
    """The largest number of ranges that do not overlap."""
    count, last = 0, -1
    for first, end in sorted(found, key=lambda pair: pair[1]):
        if first > last:
            count, last = count + 1, end
    return count


def oracle(node: tree.Node, texts: Texts, zones: tuple[str, ...]) -> bool:
    if isinstance(node, tree.And):
        return all(oracle(child, texts, zones) for child in node.children)
    if isinstance(node, tree.Or):
        return any(oracle(child, texts, zones) for child in node.children)
    if isinstance(node, tree.Not):
        return not oracle(node.child, texts, zones)
    if isinstance(node, tree.Field):
        return oracle(node.child, texts, (node.name,))
    if isinstance(node, tree.AtLeast):
        return sum(most_apart(ranges(node.child, texts[zone])) for zone in zones) >= node.count
    return any(ranges(node, texts[zone]) for zone in zones)


# ------------------------------------------------------------------ the properties

many = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))


def made(title: list[tuple[str, str]], body: list[tuple[str, str]]) -> tuple[Article, Texts]:
    body_text, body_words = known_words(body)
    title_text, title_words = known_words([(s, " " if g == "\n" else g) for s, g in title])
    assume(not title_text.isupper())
    article = Article(url="https://x.org/", title=title_text, text=body_text)
    return article, {"title": title_words, "lede": [], "text": body_words}


def read(node: tree.Node) -> query.Query:
    """The query that the node prints as; nodes that no query can be are passed over."""
    try:
        return query.parse(show(node))
    except QueryError:
        assume(False)
        raise


@many
@given(trees, pieces, pieces)
def test_the_evaluator_agrees_with_the_oracle(node: tree.Node, title, body) -> None:
    """Any query on any text: yes or no is the oracle's answer, in each way of asking."""
    parsed = read(node)
    article, texts = made(title, body)
    expected = oracle(parsed.root, texts, tree.DEFAULT_ZONES)
    assert query.holds(parsed, article) is expected
    assert query.explain(parsed, article).held is expected
    assert (query.why_not(parsed, article) is None) is expected
    campaign = Campaign(slug="c", name="c", queries=(str(parsed),))
    assert bool(match.Matcher([campaign]).match(article)) is expected


dense_terms = st.one_of(
    st.builds(tree.Word, st.sampled_from("abc")),
    st.builds(
        tree.Phrase,
        st.lists(st.sampled_from("abc"), min_size=2, max_size=3).map(tuple),
        st.integers(0, 2),
    ),
)
dense_operands = st.recursive(
    dense_terms,
    lambda inner: st.builds(
        tree.Near, st.sampled_from(["NEAR", "ONEAR", "NOTNEAR"]), st.integers(0, 2), inner, inner
    ),
    max_leaves=3,
)
dense_nodes = st.one_of(dense_operands, st.builds(tree.AtLeast, st.integers(2, 3), dense_operands))
dense_pieces = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "no"]), st.sampled_from([" ", " ", ", ", "\n"])),
    min_size=3,
    max_size=9,
)


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(dense_nodes, dense_pieces)
def test_distances_blocks_and_counts_are_the_oracles(node: tree.Node, body) -> None:
    """Few words, often repeated: every edge of NEAR, of a phrase's end, of atleast."""
    parsed = read(node)
    article, texts = made([], [(s.replace("no", "find"), gap) for s, gap in body])
    expected = oracle(parsed.root, texts, tree.DEFAULT_ZONES)
    assert query.holds(parsed, article) is expected
    assert query.explain(parsed, article).held is expected


@many
@given(trees)
def test_what_is_printed_reads_back_equal(node: tree.Node) -> None:
    """parse(str(q)) == q for every query."""
    parsed = read(node)
    assert query.parse(str(parsed)) == parsed


@many
@given(terms, pieces)
def test_hits_are_exactly_the_oracles_ranges(node: tree.Node, body) -> None:
    """Spans lie in the original string, also with soft hyphens, ligatures, combining accents."""
    article, texts = made([], body)
    parsed = read(node)
    words = texts["text"]
    expected = {(words[a].start, words[b].end) for a, b in ranges(parsed.root, words)}
    proofs = query.explain(parsed, article).proofs
    found = {(hit.start, hit.end) for proof in proofs for hit in proof.hits}
    assert found == expected
    assert all(hit.zone == "text" for proof in proofs for hit in proof.hits)


plain_pieces = st.lists(st.tuples(st.sampled_from(PLAIN), st.sampled_from(GAPS)), max_size=14)
plain_patterns = [*PATTERNS, "us", "u*", "eeuu", "eeu*", "theyre", "theyr*", "don*", "dont*",
                  "we?l", "well", "low", "they", "ic*"]  # fmt: skip
plain_terms = st.one_of(
    st.builds(tree.Word, st.sampled_from(plain_patterns)),
    st.builds(tree.Forms, st.sampled_from(["prison", "ice", "find"])),
    st.builds(
        tree.Phrase,
        st.lists(st.sampled_from(plain_patterns), min_size=2, max_size=3).map(tuple),
        st.integers(0, 2),
    ),
    st.builds(tree.Exact, st.sampled_from(["US", "ICE", "café"]).map(lambda word: (word,))),
    st.builds(tree.TagName, st.just("#"), st.sampled_from(["low", "lo*"])),
)
plain_trees: st.SearchStrategy[tree.Node] = st.recursive(
    plain_terms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda ps: tree.joined(tree.And, ps)),
        st.lists(inner, min_size=2, max_size=3).map(any_of),
        inner.map(tree.Not),
    ),
    max_leaves=5,
)


def in_index(article: Article, expression: str) -> bool:
    """Whether a real FTS5 index finds the article."""
    db = sqlite3.connect(":memory:")
    tokenizer = "unicode61 remove_diacritics 2"
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5(title, lede, text, tokenize='{tokenizer}')")
    db.execute("INSERT INTO t VALUES (?,?,?)", (article.title, article.lede, article.text))
    found = db.execute("SELECT 1 FROM t WHERE t MATCH ?", (expression,)).fetchone()
    db.close()
    return found is not None


@many
@given(plain_trees, plain_pieces)
def test_the_index_finds_every_match_in_plain_texts(node: tree.Node, body) -> None:
    """to_fts5 is a superset: what matches is found, acronyms and contractions too."""
    parsed = read(node)
    article = Article(url="", title="", text="".join(surface + gap for surface, gap in body))
    assert query.is_plain(article.text)
    expression = query.to_fts5(parsed)
    if query.holds(parsed, article) and expression is not None:
        assert in_index(article, expression)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_cut_into_words_that_lie_in_it(text: str) -> None:
    """Spans are in order, inside the text, and hold what the words say, whatever the text."""
    from clipper.query import letters, words

    found = words.analyse(text)
    assert len(found.loose) == len(found.starts) == len(found.ends)
    for i, (start, end) in enumerate(zip(found.starts, found.ends, strict=True)):
        assert 0 <= start < end <= len(text)
        assert i == 0 or found.starts[i - 1] <= start
        folded = letters.fold(text[start:end]).replace("'", "").replace(".", "").replace(" ", "")
        assert found.loose[i] in folded


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(alphabet='ab"(){}*?~^|-!#@$:/& ORANDTNE4é’', max_size=40))
def test_any_characters_are_read_or_refused(text: str, typed: str) -> None:
    """No input makes the parser fail otherwise than by QueryError with a place in the query."""
    for source in (text, typed):
        parsed, error = attempt(source)
        if error is not None:
            assert 0 <= error.start <= error.end <= len(source) + 1
            assert error.caret()
        if parsed is not None:
            assert query.parse(str(parsed)) == parsed
            query.lints(parsed)
            query.to_fts5(parsed)
            query.why_not(parsed, Article(url="", title=text, text=typed))


def attempt(source: str) -> tuple[query.Query | None, QueryError | None]:
    """The query, or why it is none."""
    try:
        return query.parse(source), None
    except QueryError as error:
        return None, error
