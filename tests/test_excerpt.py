"""The words we republish: verbatim, whole sentences, within the budget, and worth showing."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipper import excerpt, text
from clipper.model import Article, Budget, Excerpt, Hit, Span

WIDE = Budget(words=150, share=1.0)


def article(*blocks: str, title: str = "A title") -> Article:
    return Article(url="https://gazette.example/x", title=title, text="\n".join(blocks))


def hits(piece: Article, *terms: str, weight: float = 1.0) -> list[Hit]:
    found = []
    for term in terms:
        at = piece.text.find(term)
        while at >= 0:
            found.append(Hit("text", at, at + len(term), term, weight))
            at = piece.text.find(term, at + 1)
    return found


def shown(piece: Article, found: Excerpt) -> tuple[str, ...]:
    return excerpt.paragraphs(piece.text, found)


OPENING = "Two guards were charged on Monday with taking bribes at the jail."
SECOND = "The county sheriff announced the charges at a news conference downtown."
FILLER = "Weather in the high desert stayed dry, and schools kept to their hours."
HIT = "GEO Group, which runs the private prison, declined to comment on the case."


# ---------------------------------------------------------------- choosing


def test_without_hits_the_opening_paragraphs_fill_the_budget() -> None:
    piece = article(OPENING, SECOND, FILLER)
    assert shown(piece, excerpt.choose(piece, [], Budget(words=24, share=1))) == (OPENING, SECOND)


def test_the_share_of_a_short_article_holds_though_the_words_would_allow_more() -> None:
    piece = article(OPENING, SECOND, FILLER)
    found = excerpt.choose(piece, [], Budget(words=150, share=0.4))
    assert shown(piece, found) == (OPENING,)
    assert found.share <= 0.4


def test_a_paragraph_that_does_not_fit_gives_its_first_whole_sentences() -> None:
    long = "The board met. The chair spoke for an hour. Nobody else was heard at all that night."
    piece = article(long)
    assert shown(piece, excerpt.choose(piece, [], Budget(words=11, share=1))) == (
        "The board met. The chair spoke for an hour.",
    )


def test_an_open_quotation_is_no_place_to_stop() -> None:
    piece = article(
        "The mayor spoke. “We will close it. We will do so soon,” Roe said. Nobody cheered."
    )
    found = excerpt.choose(piece, [], Budget(words=9, share=1))
    assert shown(piece, found) == ("The mayor spoke.",)


def test_headings_bylines_credits_and_invitations_are_passed_over() -> None:
    piece = article(
        "A title", "By Jane Doe", "Photo: Sam Roe", "Updated March 3, 2024", OPENING, "Read more: Guards charged.",
        "What happened next", "SHE IS WHAT???", "Here is what to know:", "Sign up for our newsletter.", SECOND,
    )  # fmt: skip
    assert shown(piece, excerpt.choose(piece, [], WIDE)) == (OPENING, "[…]", SECOND)


def test_the_dateline_of_the_opening_is_left_out_and_nothing_else() -> None:
    piece = article(f"ADELANTO, Calif. (AP) — {OPENING}", SECOND)
    assert shown(piece, excerpt.choose(piece, [], WIDE)) == (OPENING, SECOND)


def test_the_opening_stays_when_it_has_a_hit() -> None:
    piece = article(OPENING, FILLER, HIT)
    found = excerpt.choose(
        piece, hits(piece, "guards", "private prison", "GEO"), Budget(words=20, share=1)
    )
    assert shown(piece, found) == (OPENING,)


def test_paragraphs_with_hits_are_chosen_when_the_opening_has_none() -> None:
    piece = article(OPENING, SECOND, FILLER, HIT, FILLER)
    found = excerpt.choose(piece, hits(piece, "private prison"), Budget(words=20, share=1))
    assert shown(piece, found) == (HIT,)


def test_the_heavier_term_decides_though_the_opening_has_a_lighter_one() -> None:
    piece = article(OPENING, FILLER, HIT)
    weighed = hits(piece, "guards") + hits(piece, "private prison", weight=4)
    assert shown(piece, excerpt.choose(piece, weighed, Budget(words=20, share=1))) == (HIT,)


def test_two_terms_outweigh_one_said_often() -> None:
    often = "The prison stands by the prison road, near the old prison and the prison farm."
    both = "Trustees voted to divest from each company that runs a prison for profit."
    piece = article(FILLER, often, FILLER, both)
    found = excerpt.choose(piece, hits(piece, "prison", "divest"), Budget(words=15, share=1))
    assert shown(piece, found) == (both,)


def test_hits_in_other_zones_or_without_weight_change_nothing() -> None:
    piece = article(OPENING, FILLER, HIT)
    other = [Hit("title", 0, 5, "title"), *hits(piece, "private prison", weight=0)]
    assert shown(piece, excerpt.choose(piece, other, Budget(words=13, share=1))) == (OPENING,)


@pytest.mark.parametrize(
    "leaning",
    [
        "He said the private prison would close before the end of the year.",
        "But the private prison would close before the end of the year.",
        "However, the private prison would close before the end of the year.",
        "“The private prison will close before the end of the year,” he said.",
        "and the private prison would close before the end of the year.",
        "Pero the private prison cerrará antes del fin de año, según el plan.",
        "Sin embargo, the private prison cerrará antes del fin de año, según el plan.",
        "Dijo que the private prison cerrará antes del fin de año, según el plan.",
    ],
)
def test_a_paragraph_that_leans_on_another_comes_with_it(leaning: str) -> None:
    piece = article(OPENING, FILLER, SECOND, leaning)
    found = excerpt.choose(piece, hits(piece, "private prison"), Budget(words=26, share=1))
    assert shown(piece, found) == (SECOND, leaning)


def test_a_paragraph_that_stands_alone_is_not_given_company() -> None:
    named = "“The private prison will close,” Sheriff Ana Ruiz said. She gave no date."
    piece = article(OPENING, FILLER, SECOND, named)
    assert shown(
        piece, excerpt.choose(piece, hits(piece, "private prison"), Budget(words=26, share=1))
    ) == (named,)


def test_of_a_paragraph_too_long_the_sentences_with_the_hits_are_shown() -> None:
    long = " ".join([FILLER] * 3 + [HIT] + [FILLER] * 3)
    piece = article(OPENING, long)
    found = excerpt.choose(piece, hits(piece, "private prison"), Budget(words=14, share=1))
    assert shown(piece, found) == (HIT,)


def test_several_paragraphs_with_hits_stand_in_the_texts_order() -> None:
    other = "Trustees of the college voted to divest from CoreCivic on Tuesday night."
    piece = article(OPENING, FILLER, other, FILLER, HIT)
    found = excerpt.choose(
        piece, hits(piece, "private prison", "GEO", "divest"), Budget(words=30, share=1)
    )
    assert shown(piece, found) == (other, "[…]", HIT)


def test_a_text_too_short_for_its_share_gives_one_sentence() -> None:
    piece = article("Two guards were charged. The county paid.")
    assert shown(piece, excerpt.choose(piece, [], Budget())) == ("Two guards were charged.",)


def test_a_sentence_longer_than_the_budget_is_not_cut_but_left_to_the_editor() -> None:
    piece = article("word " * 400)
    assert excerpt.choose(piece, [], Budget()) == Excerpt(spans=(), words=0, share=0)


@pytest.mark.parametrize("value", ["", "\n\n", "Heading", "…"])
def test_a_text_without_sentences_gives_no_excerpt(value: str) -> None:
    assert excerpt.choose(article(value), [], Budget()).spans == ()


WORDS = st.sampled_from(["prison", "Roe", "the", "He", "said", "Dr.", "“go", "it”", '"', "\n", "U.S.", "3.5", "But", "—", "日本。", "¿Qué", "no?", "end.", "end.", "end.", "Read more"])  # fmt: skip
TEXTS = st.lists(WORDS, max_size=120).map(
    lambda words: "\n".join(" ".join(words).split(" \n ")).replace("\n ", "\n")
)
BUDGETS = st.builds(Budget, words=st.integers(0, 60), share=st.floats(0, 1))


@settings(max_examples=200)
@given(
    TEXTS,
    st.lists(
        st.tuples(st.integers(0, 400), st.integers(1, 9), st.sampled_from([0.0, 1.0, 3.0])),
        max_size=8,
    ),
    BUDGETS,
)
def test_an_excerpt_is_verbatim_in_order_of_whole_sentences_and_within_the_budget(
    value: str, places: list[tuple[int, int, float]], budget: Budget
) -> None:
    piece = article(value)
    found = excerpt.choose(
        piece, [Hit("text", at, at + long, "x", weight) for at, long, weight in places], budget
    )
    assert all(left.end <= right.start for left, right in pairwise(found.spans))
    starts = {span.start for span in text.sentences(value)} | {0}
    ends = {span.end for span in text.sentences(value)}
    assert all(span.end in ends for span in found.spans)
    assert all(
        span.start in starts or value[: span.start].rstrip()[-1:] in "—-–" for span in found.spans
    )
    assert found.words <= budget.words
    one = (
        len(found.spans) == 1
        and len(text.sentences(value[found.spans[0].start : found.spans[0].end])) == 1
    )
    assert found.words <= excerpt.allowance(value, budget) or one
    for paragraph in excerpt.paragraphs(value, found):
        assert paragraph == "[…]" or all(part in value for part in paragraph.split(" […] "))


# ---------------------------------------------------------------- measuring and showing


def test_measure_counts_words_and_share() -> None:
    assert excerpt.measure("One two. Three four.", [Span(0, 8)]) == Excerpt(
        spans=(Span(0, 8),), words=2, share=0.5
    )


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, 99)],
        [Span(3, 3)],
        [Span(5, 3)],
        [Span(0, 5), Span(4, 8)],
        [Span(4, 8), Span(0, 3)],
        [Span(-1, 3)],
    ],
)
def test_spans_that_prove_nothing_are_refused(spans: list[Span]) -> None:
    with pytest.raises(ValueError):
        excerpt.measure("One two. Three four.", spans)
    with pytest.raises(ValueError):
        excerpt.paragraphs("One two. Three four.", Excerpt(spans=tuple(spans), words=0, share=0))


def test_omissions_are_marked_inside_a_paragraph_and_between_two() -> None:
    value = "One. Two. Three.\nFour.\nFive.\nSix."
    found = excerpt.measure(value, [Span(0, 4), Span(10, 16), Span(17, 22), Span(29, 33)])
    assert excerpt.paragraphs(value, found) == ("One. […] Three.", "Four.", "[…]", "Six.")


def test_spans_that_touch_need_no_mark() -> None:
    value = "One. Two.\nThree."
    assert excerpt.paragraphs(
        value, excerpt.measure(value, [Span(0, 4), Span(5, 9), Span(10, 16)])
    ) == ("One. Two.", "Three.")
    assert excerpt.paragraphs(value, excerpt.measure(value, [Span(5, 16)])) == ("Two.", "Three.")


# ---------------------------------------------------------------- an editor's words

STORY = "He said: “We won’t go — ever.” Then he left…\nThe pri\xadson stayed open. Party art. Nobody came."
LOCATED = [
    ("Then he left…", ["Then he left…"], "as it stands"),
    ('"We won\'t go - ever."', ["“We won’t go — ever.”"], "plain quotes, apostrophe and dash"),
    ("Then   he\n\nleft…  The", ["Then he left…\nThe"], "white space, across paragraphs"),
    ("Then he left...", ["Then he left"], "three dots at the end"),
    ("The prison stayed", ["The pri\xadson stayed"], "soft hyphen in the text"),
    ("He said: […] Nobody came.", ["He said:", "Nobody came."], "an omission"),
    ("He said: [...] Then he (…) Nobody", ["He said:", "Then he", "Nobody"], "omissions, other signs"),
    ("He said ... Nobody came.", ["He said", "Nobody came."], "bare dots"),
    ("“Nobody came.”", ["Nobody came."], "quotation marks of the editor's own"),
    ("art", ["art"], "a whole word, not a part of one"),
    ("Nobody came. […] He said", None, "in another order"),
    ("he said", None, "other case"),
    ("We will go", None, "other words"),
    ("tar", None, "within a word"),
    ("", None, "nothing"),
    ("[…]", None, "only an omission"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("quotation", "expected", "shows"), LOCATED, ids=[row[2] for row in LOCATED]
)
def test_an_editors_words_are_found_verbatim_or_not_at_all(
    quotation: str, expected: list[str] | None, shows: str
) -> None:
    spans = excerpt.locate(STORY, quotation)
    assert (None if spans is None else [STORY[s.start : s.end] for s in spans]) == expected, shows


def test_a_whole_word_is_found_behind_its_part() -> None:
    spans = excerpt.locate(STORY, "art")
    assert spans == (Span(STORY.index(" art.") + 1, STORY.index(" art.") + 4),)


@given(
    st.lists(
        st.sampled_from(["one", "two", "“three”", "four.", "\n", "it’s", "—"]),
        min_size=1,
        max_size=40,
    ),
    st.data(),
)
def test_what_was_cut_from_the_text_is_found_in_it_again(
    parts: list[str], data: st.DataObject
) -> None:
    value = " ".join(parts).strip()
    spans = text.sentences(value)
    if not spans:
        return
    span = data.draw(st.sampled_from(spans))
    words = value[span.start : span.end]
    found = excerpt.locate(
        value, words.replace("“", '"').replace("”", '"').replace("’", "'").replace(" ", "  ")
    )
    assert found is not None
    assert [value[s.start : s.end].split() for s in found] == [words.split()]


@given(st.text(max_size=100), st.text(max_size=40))
def test_locate_answers_any_text(value: str, quotation: str) -> None:
    spans = excerpt.locate(value, quotation)
    assert spans is None or excerpt.measure(value, spans).spans == spans


# ---------------------------------------------------------------- hostile texts


@pytest.mark.parametrize(
    "unit", ["a", "a. ", "A.\n", "“", "He said.\n", "\n", '" ', "Read more\n", "prison. "]
)
def test_a_text_of_half_a_megabyte_is_read_in_a_few_seconds(unit: str) -> None:
    piece = article(unit * (500_000 // len(unit)))
    found = [Hit("text", at, at + 1, "x") for at in range(0, 400_000, 7)]
    started = time.process_time()
    excerpt.choose(piece, found, Budget())
    excerpt.locate(piece.text, unit * 30 + "[…]" + unit)
    assert time.process_time() - started < 4
