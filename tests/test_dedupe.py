"""Fingerprints, likeness, primary and difference: the pure side of stories."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import dedupe
from clipper.dedupe import Change, Run
from clipper.dedupe.likeness import found_share, like_titles
from clipper.dedupe.sketch import ALL, SAMPLE, SKETCH, sample
from clipper.model import Article, Fingerprint, Spread, StoredArticle

NOW = datetime(2026, 3, 4, 9, tzinfo=UTC)


def article(text: str, title: str = "A headline of some words", **fields: object) -> Article:
    return Article(url="https://paper.example/a/1", title=title, text=text, **fields)  # type: ignore[arg-type]


def numbered(first: int, last: int) -> str:
    """A text whose every word is its own."""
    return " ".join(f"word{n}" for n in range(first, last))


def mark(text: str, title: str = "A headline of some words") -> Fingerprint:
    return dedupe.fingerprint(article(text, title))


# ---------------------------------------------------------------- fingerprint


def test_a_short_text_is_kept_whole() -> None:
    """With at most 64 shingles all are kept, and tau says so."""
    found = mark(numbered(0, 20))
    assert (len(found.sketch), found.shingles, found.tau) == (16, 16, ALL)


def test_a_long_text_keeps_the_64_smallest_hashes() -> None:
    """The sketch is ascending, distinct, of 48 bits, and tau is its last."""
    found = mark(numbered(0, 1000))
    assert found.shingles == 996
    assert len(found.sketch) == SKETCH
    assert list(found.sketch) == sorted(set(found.sketch))
    assert found.tau == found.sketch[-1] < 2**48


def test_case_accents_hyphens_and_punctuation_do_not_matter() -> None:
    """Typography differs from paper to paper; the words are the same."""
    one = mark("“Señora Muñoz said, the co\u00adoperation is a naïve and costly ﬁction.”")
    other = mark('"senora munoz SAID the cooperation -- is a naive & costly fiction')
    # The ampersand is no word, so only the shingles before it agree.
    assert set(one.sketch) & set(other.sketch)
    same = mark("senora munoz said the cooperation is a naive and costly fiction")
    assert same.sketch == one.sketch
    assert same.digest == one.digest


def test_scripts_without_spaces_have_shingles_too() -> None:
    """A Japanese or Thai sentence is not one word."""
    assert mark("県内最大の収容施設を運営する民間会社").shingles == 14
    assert mark("ประเทศไทยมีประชากร").shingles > 5


def test_words_of_scripts_with_vowel_signs_stay_whole() -> None:
    """Hindi's vowel signs are marks, not gaps between words."""
    assert mark("दिल्ली में आज बारिश होगी").shingles == 1


@pytest.mark.parametrize("text", ["", "Four words are few.", "\n\n", "….!?", "\ud800 \ud800"])
def test_a_text_of_less_than_five_words_has_no_shingles(text: str) -> None:
    found = mark(text)
    assert (found.sketch, found.shingles, found.opening) == ((), 0, ())


def test_numbers_and_mid_sentence_names_are_taken() -> None:
    """What tells two fillings of one form apart."""
    found = mark("The Harbor paid 1,200 dollars to Ana Ruiz and Özil, 3.5 percent more.")
    assert set(found.numbers) == {"1200", "3.5"}
    assert set(found.names) == {"harbor", "ana", "ruiz", "ozil"}


def test_a_fingerprint_is_bounded_whatever_the_text() -> None:
    """A hostile text costs no more room, and a bounded time."""
    hostile = " ".join(f"Name{n} {n}" for n in range(200_000))
    started = time.process_time()
    found = mark(hostile, title="x " * 100_000)
    assert time.process_time() - started < 5
    assert len(found.numbers) <= SAMPLE
    assert len(found.names) <= SAMPLE
    assert len(found.title_words) <= 24


def test_the_same_text_gives_the_same_fingerprint_in_another_process() -> None:
    """Fingerprints are stored: no per-process salt may enter."""
    code = (
        "from clipper import dedupe; from clipper.model import Article;"
        "print(dedupe.fingerprint(Article(url='', title='One two three',"
        " text='a b c d e f Gha 12 34')))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


def test_stored_fingerprints_stay_comparable() -> None:
    """The hash of a shingle is part of the schema: changing it needs a rebuild."""
    found = mark("one two three four five six")
    assert found.sketch == (48955290195878, 117743770555422)


@given(st.text(max_size=400))
def test_any_text_has_a_fingerprint(text: str) -> None:
    found = mark(text, text)
    assert len(found.sketch) == min(found.shingles, SKETCH)
    assert set(found.opening) <= set(found.sketch) or found.shingles > SKETCH


# ---------------------------------------------------------------- newcomer


def test_a_canonical_of_another_site_is_no_identity() -> None:
    """Fault 197: what one outlet says of another's address never joins."""
    text = article(numbered(0, 50), canonical_url="https://elsewhere.example/b/2")
    assert dedupe.newcomer(text, dedupe.fingerprint(text), "paper", NOW).canonical == 0


def test_an_address_that_names_only_a_site_is_no_identity() -> None:
    """A letter whose entries all link to the front page is not one article."""
    front = Article(url="https://paper.example/", title="One", text="")
    assert dedupe.newcomer(front, mark(""), "paper", NOW).url == 0


@pytest.mark.parametrize(
    ("claimed", "dated"),
    [
        (None, NOW),
        (NOW - timedelta(days=3), NOW - timedelta(days=3)),
        (NOW + timedelta(hours=2), NOW),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
    ],
    ids=["none", "past", "clock ahead", "far future", "before the web"],
)
def test_only_a_date_that_can_be_true_counts(claimed: datetime | None, dated: datetime) -> None:
    text = article(numbered(0, 50), published_at=claimed)
    assert dedupe.newcomer(text, mark(text.text), "paper", NOW).dated_at == dated


# ---------------------------------------------------------------- likeness


def test_the_same_text_is_wholly_contained() -> None:
    one = mark(numbered(0, 500))
    likeness = dedupe.compare(one, one, {})
    assert (likeness.containment, likeness.resemblance, likeness.shared) == (1, 1, 64)


def test_a_part_is_contained_in_the_whole_though_it_resembles_it_little() -> None:
    """Cut tails and teasers: containment near 1 where Jaccard is small."""
    likeness = dedupe.compare(mark(numbered(0, 60)), mark(numbered(0, 400)), {})
    assert likeness.containment == 1
    assert likeness.resemblance < 0.35


def test_standing_text_has_no_weight() -> None:
    """What an outlet prints under three addresses, or twenty stories hold, proves nothing."""
    assert dedupe.weight(Spread(1, 3)) == 0
    assert dedupe.weight(Spread(21, 1)) == 0
    assert dedupe.weight(Spread(1, 2)) == 1
    assert dedupe.weight(Spread(4, 2)) == 0.5


def test_two_texts_that_share_standing_text_alone_are_not_alike() -> None:
    footer = numbered(9000, 9060)
    one, other = mark(f"{numbered(0, 40)} {footer}"), mark(f"{numbered(100, 140)} {footer}")
    common = set(one.sketch) & set(other.sketch)
    assert dedupe.compare(one, other, {}).containment > 0.4
    assert dedupe.compare(one, other, dict.fromkeys(common, 0.0)).containment == 0


@given(st.lists(st.integers(0, 60), max_size=300), st.lists(st.integers(0, 60), max_size=300))
def test_likeness_is_symmetric_and_between_0_and_1(one: list[int], other: list[int]) -> None:
    first, second = (mark(" ".join(f"w{n}" for n in each)) for each in (one, other))
    likeness = dedupe.compare(first, second, {})
    assert likeness == dedupe.compare(second, first, {})
    assert 0 <= likeness.resemblance <= likeness.containment <= 1


@given(st.sets(st.integers(0, 10_000), min_size=90, max_size=200))
def test_samples_of_a_set_and_its_part_agree(numbers: set[int]) -> None:
    """All of a part is found in the whole, however much of each the sample leaves out."""
    whole = sorted(numbers)
    part = sample(str(n) for n in whole[: len(whole) // 2])
    assert found_share(part, sample(map(str, whole))) == 1


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Fire destroys mill in Barstow", "Fire destroys old Barstow mill", True),
        ("Fire destroys mill in Barstow", "PHOTOS: Fire destroys mill in Barstow | Sentinel", True),
        ("Fire destroys mill in Barstow", "Council puts off vote on Barstow skate park", False),
        ("Fire", "Fire", True),
        ("Fire", "Fire destroys mill", False),
        ("", "", False),
    ],
)
def test_like_headlines(one: str, other: str, alike: bool) -> None:
    assert like_titles(mark("", one).title_words, mark("", other).title_words) is alike


# ---------------------------------------------------------------- primary


def copy(
    number: int, outlet: str, text: str, wire: str = "", hours: float = 0, host: str = ""
) -> StoredArticle:
    at = NOW + timedelta(hours=hours)
    url = f"https://{host or outlet + '.example'}/{number}"
    printed = Article(url=url, title="T", text=text, wire=wire, published_at=at)
    return StoredArticle(
        id=number, outlet=outlet, story=1, article=printed, fetched_at=at, first_seen_at=at
    )


LONG, SHORT = "x" * 1000, "x" * 400


@pytest.mark.parametrize(
    ("copies", "options", "expected", "why"),
    [
        ([copy(1, "a", SHORT), copy(2, "b", LONG)], {}, 2, "the most complete"),
        ([copy(1, "a", LONG, hours=2), copy(2, "b", LONG)], {}, 2, "the first published"),
        (
            [copy(1, "a", "x" * 990), copy(2, "b", LONG, hours=1)],
            {},
            1,
            "a few letters more are not more complete",
        ),
        ([copy(1, "a", LONG), copy(2, "b", LONG)], {}, 1, "the first stored"),
        (
            [copy(1, "a", LONG, "AP"), copy(2, "ap", SHORT, hours=5)],
            {},
            2,
            "the agency itself, by its name",
        ),
        (
            [copy(1, "a", LONG, "AP"), copy(2, "apn", SHORT, host="apnews.com")],
            {},
            2,
            "the agency itself, by its site",
        ),
        (
            [copy(1, "a", LONG), copy(2, "b", SHORT)],
            {"priority": {"b": 1}},
            2,
            "the outlet's priority",
        ),
        (
            [copy(1, "a", LONG), copy(2, "b", SHORT)],
            {"chosen": 2, "priority": {"a": 9}},
            2,
            "the editor's choice",
        ),
        ([copy(1, "a", LONG), copy(2, "b", SHORT)], {"chosen": 77}, 1, "a choice that is gone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_primary_is(
    copies: list[StoredArticle], options: dict[str, object], expected: int, why: str
) -> None:
    assert dedupe.primary(copies, **options).id == expected, why  # type: ignore[arg-type]
    assert dedupe.primary(copies[::-1], **options).id == expected, "whatever the order"  # type: ignore[arg-type]


# ---------------------------------------------------------------- difference


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", ""),
        ("Same.", "Same.", "Same."),
        ("", "All new.", "[+All new.]"),
        ("All gone.", "", "[-All gone.]"),
        ("It paid $1.2 million.", "It paid $1.4 million.", "It paid $1.[-2][+4] million."),
        ("One.\nTwo.\nThree.", "One.\nThree.", "One.\n[-Two.\n]Three."),
        ("One.\nThree.", "One.\nTwo words.\nThree.", "One.\n[+Two words.\n]Three."),
        ("the old mill burned", "the mill burned down", "the [-old ]mill burned[+ down]"),
    ],
)  # fmt: skip
def test_a_difference_names_words(old: str, new: str, told: str) -> None:
    shown = {Run.KEPT: "{}", Run.CUT: "[-{}]", Run.ADDED: "[+{}]"}
    changes = dedupe.difference(old, new)
    assert "".join(shown[change.run].format(change.text) for change in changes) == told


WORDS = st.lists(
    st.sampled_from(["one", "two ", "three", " ", "\n", ".", "\x85", "é"]), max_size=40
)


@given(WORDS.map("".join), WORDS.map("".join))
def test_a_difference_holds_both_texts_whole(old: str, new: str) -> None:
    changes = dedupe.difference(old, new)
    assert "".join(c.text for c in changes if c.run is not Run.ADDED) == old
    assert "".join(c.text for c in changes if c.run is not Run.CUT) == new
    assert all(c.text for c in changes)
    assert all(one.run is not other.run for one, other in pairwise(changes))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a b " * 60_000, "b a " * 60_000),
        ("a\n" * 50_000, "b\na\n" * 25_000),
        (" ".join(map(str, range(40_000))), " ".join(map(str, range(40_000, 80_000)))),
    ],
    ids=["one block", "many blocks", "no word in common"],
)
def test_a_difference_takes_bounded_time(old: str, new: str) -> None:
    """Long texts that agree in nothing, or everywhere, are told whole."""
    started = time.process_time()
    changes = dedupe.difference(old, new)
    assert time.process_time() - started < 10
    assert changes[0] != Change(Run.KEPT, old)
