"""Plain texts are cut and folded by SQLite's unicode61 as clipper does; the rest is known to be rare."""

from __future__ import annotations

import re
import sqlite3
import sys
from bisect import bisect_left

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipper import query
from clipper.model import Article
from clipper.query import letters, words
from clipper.query.patterns import Atoms

TOKENIZER = "unicode61 remove_diacritics 2"


def index(*texts: str) -> sqlite3.Connection:
    db = sqlite3.connect(":memory:")
    db.execute(f"CREATE VIRTUAL TABLE t USING fts5(text, tokenize='{TOKENIZER}')")
    db.executemany("INSERT INTO t VALUES (?)", [(text,) for text in texts])
    return db


def test_every_character_that_counts_as_plain_is_folded_alike_by_the_index() -> None:
    """For each plain character: the index cuts where clipper cuts and folds as it folds."""
    chars = [chr(c) for c in range(1, sys.maxunicode + 1) if not 0xD800 <= c <= 0xDFFF]
    plain = [c for c in chars if c not in "#@'’‘." and letters.plain_fold(f"x{c}y") is not None]
    assert len(plain) > 1_000
    db = index(*(f"x{char}y" for char in plain))
    db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, instance)")
    found: dict[int, list[str]] = {}
    for doc, term in db.execute("SELECT doc, term FROM v ORDER BY doc, offset"):
        found.setdefault(doc, []).append(term)
    db.close()
    wrong = [
        (f"U+{ord(char):04X}", words.analyse(f"x{char}y").loose, found[i])
        for i, char in enumerate(plain, start=1)
        if words.analyse(f"x{char}y").loose != found[i]
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "text",
    ["ﬁrst", "pri\u00advate", "pri\u200bvate", "cafe\u0301", "ＩＣＥ", "№ 5", "Straße", "İzmir",
     "移民政策", "#AbolishICE", "#abolish_ice", "x²", "हिन्दी", "\ue000"],
)  # fmt: skip
def test_a_text_that_an_index_may_cut_otherwise_is_not_plain(text: str) -> None:
    """Rare texts are told apart, so that a rematch looks at them without the index."""
    assert not query.is_plain(f"some {text} words")


@pytest.mark.parametrize(
    "text", ["plain words", "“curly” — quotes…", "año, éxito, ÜBER", "Москва", "#low @ICEx U.S."]
)
def test_everyday_text_is_plain(text: str) -> None:
    """The index may be asked for the texts that the press mostly writes."""
    assert query.is_plain(text) is (text != "#low @ICEx U.S.")


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("lang:es", None),
        ("prison OR site:x.org", None),
        ("caption:prison", None),
        ("author:prison OR text:gate", None),
    ],
)
def test_what_the_index_cannot_decide_asks_for_everything(text: str, expression: None) -> None:
    """None: every article has to be evaluated."""
    assert query.to_fts5(query.parse(text)) is expression


def test_a_clause_that_the_index_cannot_decide_leaves_the_others() -> None:
    """AND keeps what narrows; NOT, distance and facts are left to the evaluator."""
    parsed = query.parse("detention NEAR/3 prisoners lang:es NOT gateways")
    assert query.to_fts5(parsed) == '("detention" AND "prisoners")'


def test_zones_beyond_the_usual_can_be_indexed_too() -> None:
    """The caller says what its index covers."""
    parsed = query.parse("caption:prisoners")
    assert query.to_fts5(parsed, {"caption"}) == '"prisoners"'


def test_a_query_with_thousands_of_alternatives_is_taken_by_sqlite() -> None:
    """FTS5 reads what is written for 1,500 alternatives; more than it bears is None."""
    parsed = query.parse(" OR ".join(f"w{i}x" for i in range(1500)))
    db = index("some w77x here", "none")
    found = db.execute("SELECT rowid FROM t WHERE t MATCH ?", (query.to_fts5(parsed),)).fetchall()
    db.close()
    assert found == [(1,)]
    assert query.to_fts5(query.parse(" OR ".join(f"w{i}x" for i in range(2500)))) is None


def test_quotes_and_operators_of_fts_never_reach_it() -> None:
    """Whatever is typed, the expression is valid for SQLite."""
    for text in ('"NEAR AND OR"', "{NOT}", '"a^b:c"', "l'état", "x*", '"-a +b"'):
        db = index("near and or not a b c l'etat x")
        expression = query.to_fts5(query.parse(text))
        assert db.execute("SELECT 1 FROM t WHERE t MATCH ?", (expression,)).fetchone()
        db.close()
        assert query.holds(query.parse(text), Article(url="", title="", text="")) is False


WORDED = st.lists(
    st.sampled_from(
        ["prison", "Prison’s", "U.S.", "EE. UU.", "J.K.Rowling", "example.org", "3.5", "don’t", "ﬁnd",
         "#AbolishICE", "@ice", "año", "a.m.", "“private", "移民", "\n", "...", "pri\u00adson", "№"]
    ),
    max_size=25,
).map(" ".join)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(WORDED)
def test_places_found_for_many_at_once_are_those_found_one_by_one(text: str) -> None:
    """One look for all atoms, and spans worked out alone, change no place."""
    patterns = ("prison", "p*", "us", "eeuu", "3", "org", "j?", "rowling", "abolish*", "ano", "no")
    atoms = Atoms(most=50)
    for pattern in patterns:
        atoms.add(pattern)
    alone, together = words.analyse(text), words.analyse(text, atoms)
    for pattern in (*patterns, "private", "exam*"):
        assert list(together.positions(pattern)) == list(alone.positions(pattern))
    count = len(alone)
    spans = [together.span(at, at) for at in range(count)]
    assert spans == list(zip(alone.starts, alone.ends, strict=True))
    ends = [found.start() for found in re.finditer("\n", text)]
    assert together.breaks == sorted({bisect_left(alone.starts, end) for end in ends})
    if count:
        assert together.span(0, count - 1) == (alone.starts[0], alone.ends[-1])
