"""Ways that are quick on hostile texts find what slow and plain ones find."""

from __future__ import annotations

from itertools import product

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipper.model import Article
from clipper.query import letters, tree, words
from clipper.query.patterns import fits
from clipper.query.places import places
from clipper.query.reading import LINED, Place, Reading, Spot

CHUNKS = st.lists(
    st.sampled_from(
        ["a", "n", "t", "s", "don", "it", "re", "ñ", "é", "移", "1", "O", "B", "rock", "'", "’", ".",
         "''", " ", ". ", "-", "\n", "#", "aB", "u.s.", "EE. UU."]
    ),
    max_size=30,
).map("".join)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(CHUNKS)
def test_a_chunk_of_apostrophes_is_cut_as_any_other(text: str) -> None:
    """What only apostrophes join takes a short way, with the same words and places."""
    low = text.lower().replace("’", "'").replace(".", "'")
    for found in words._CHUNK.finditer(low):
        body = found[0][:-2] if found[0].endswith("'s") else found[0]
        slow = tuple(words._joined(list(words._group().finditer(body)), body))
        assert words._split(found[0]) == slow


@settings(max_examples=400, deadline=None)
@given(CHUNKS, st.integers(0, 40))
def test_a_span_is_the_same_asked_for_once_or_a_thousand_times(text: str, asked: int) -> None:
    """Places worked out one by one are those of all at once."""
    some, all_ = words.analyse(text), words.analyse(text)
    for turn in range(asked + 1):
        for at in range(len(some)):
            last = min(len(some) - 1, at + turn % 3)
            assert some.span(at, last) == (all_.starts[at], all_.ends[last])


def ranges(first: int, length: int, kind: int) -> Place:
    spots = (Spot(first, first), Spot(first + length, first + length))
    return Place(first, first + length, (Spot(first, first + length),) if kind else spots)


SOME = st.lists(
    st.builds(ranges, st.integers(0, 40), st.integers(0, 12), st.integers(0, 1)), max_size=14
).map(lambda found: sorted(set(found)))


def apart(before: Place, after: Place) -> int:
    return after.first - before.last - 1


def plainly_near(node: tree.Near, left: list[Place], right: list[Place], lines: list[int]):
    """Every place of one side held against every place of the other."""

    def same_line(a: Place, b: Place) -> bool:
        return lines[a.first] == lines[b.first]

    if node.kind == "NOTNEAR":
        return [
            a
            for a in left
            if not any(
                max(apart(a, b), apart(b, a)) <= node.distance
                and same_line(a, b)
                and (a.first, a.last) != (b.first, b.last)
                for b in right
            )
        ]
    found = set()
    for a, b in product(left, right):
        close = 0 <= apart(a, b) <= node.distance
        if node.kind == "NEAR":
            close = close or 0 <= apart(b, a) <= node.distance
        if close and same_line(a, b):
            spots = tuple(sorted({*a.spots, *b.spots}))
            found.add(Place(min(a.first, b.first), max(a.last, b.last), spots))
    return sorted(found)


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    SOME, SOME, st.sampled_from(["NEAR", "ONEAR", "NOTNEAR"]), st.integers(0, 15),
    st.sets(st.integers(1, 52)), st.sampled_from(["text", "caption"]),
)  # fmt: skip
def test_near_finds_the_pairs_that_trying_all_finds(
    left: list[Place], right: list[Place], kind: str, distance: int, cuts: set[int], zone: str
) -> None:
    """Places that are long, nested, the same, and apart by a line's end."""
    lines = [sum(cut <= at for cut in cuts) for at in range(53)]
    typed = "".join(f"{'' if not at else chr(10) if at in cuts else ' '}w{at}" for at in range(53))
    if zone in LINED:
        left = [place for place in left if lines[place.first] == lines[place.last]]
        right = [place for place in right if lines[place.first] == lines[place.last]]
    found = Article(url="", title="", text=typed, captions=tuple(typed.split("\n")))
    one, two = tree.Word("one"), tree.Word("two")
    reading = Reading(found, None)
    reading._places = {(id(one), zone): (one, left), (id(two), zone): (two, right)}
    node = tree.Near(kind, distance, one, two)
    plain = plainly_near(node, left, right, lines if zone in LINED else [0] * 53)
    assert list(places(node, zone, reading)) == plain


EXACT_WORDS = st.sampled_from(["ICE", "ice", "año", "Año", "a*", "A*", "aB", "US", "m?x", "O"])
EXACT_TEXTS = st.lists(
    st.sampled_from(
        ["ICE", "I.C.E.", "ice", "Ice", "ICE’s", "año", "ano", "Año", "AN\u0303O", "aB", "AB",
         "U.S.", "us", "max", "mix", "MÉX", "o'ICE'aB", "#ICEaB", "#us", "\n", "a", "ＩＣＥ", "O'a"]
    ),
    max_size=20,
).map(" ".join)  # fmt: skip


@settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EXACT_WORDS, min_size=1, max_size=3), EXACT_TEXTS, st.booleans())
def test_exact_words_are_where_each_spelling_fits(
    asked: list[str], text: str, shouted: bool
) -> None:
    """Looking for the loose words first loses no place and adds none."""
    text = text.upper() if shouted else text
    for zone in ("title", "text"):
        reading = Reading(Article(url="", title=text, text=text), None)
        cut = reading.words(zone)
        if cut.wide_tags:
            continue
        shown = [letters.exact(cut.text[a:b]) for a, b in zip(cut.starts, cut.ends, strict=True)]
        any_case = zone == "title" and text.isupper()

        def fits_shown(pattern: str, word: str, any_case: bool = any_case) -> bool:
            folded = any_case and fits(pattern.casefold(), word.casefold())
            return folded or fits(pattern, word)

        expected = [
            (at, at + len(asked) - 1)
            for at in range(len(shown) - len(asked) + 1)
            if all(map(fits_shown, asked, shown[at:]))
            and (zone == "title" or cut.block(at) == cut.block(at + len(asked) - 1))
        ]
        found = places(tree.Exact(tuple(asked)), zone, reading)
        assert [(place.first, place.last) for place in found] == expected
