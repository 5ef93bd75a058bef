"""Foreign text: what is taken out, what stays, and where sentences end."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clipper import text
from clipper.model import Span

CLEANED = [
    ("Prison deal", "Prison deal", "nothing to do"),
    ("  Prison \t deal\r\n", "Prison deal", "white space"),
    ("Prison\u00a0deal\u3000now", "Prison deal now", "wide and no-break blanks"),
    ("Prison\u2028deal\u2029now\u0085x", "Prison deal now x", "Unicode line ends"),
    ("Pri\x00son \x1b[31mdeal\x9f", "Prison [31mdeal", "NUL, escape, C1"),
    ("deal\u202etxt.exe", "dealtxt.exe", "override of the reading order"),
    ("\u2066deal\u2069 \u200fx\u200e \u061cy", "deal x y", "isolates and marks"),
    ("Pri\u200bson\u2060 de\ufeffal", "Prison deal", "zero width"),
    ("pri\u00adson", "prison", "soft hyphen"),
    ("a\U000e0041\U000e0042b", "ab", "tag characters"),
    ("a\ufdd0\uffff\U0001fffeb", "ab", "noncharacters"),
    ("a\ufff9b\ufffac\ufffb", "abc", "annotations"),
    ("a\u3164b\u115fc\u2800d", "abc d", "fillers that look like blanks"),
    ("a\ud800b", "ab", "lone surrogate"),
    ("\ud83d\ude00", "😀", "a pair never joined"),
    ("Jose\u0301", "José", "composed (NFC)"),
    ("z" + "\u0301" * 5000 + "y", "ź" + "\u0301" * 6 + "y", "marks piled up"),
    ("می\u200cخواهم", "می\u200cخواهم", "Persian needs the non-joiner"),
    ("क्\u200dष", "क्\u200dष", "Hindi needs the joiner"),
    ("👩\u200d🚒 ❤️\u200d🔥", "👩\u200d🚒 ❤️\u200d🔥", "emoji need the joiner"),
    ("pay\u200dpal \u200cx", "paypal x", "Latin needs none"),
    ("x\ufe0f\ufe0e\ufe0fy", "x\ufe0fy", "selectors piled up"),
    ("«Señor» “Ñandú” — 5 €…", "«Señor» “Ñandú” — 5 €…", "press punctuation"),
    ("日本語 한국어 עברית العربية ไทย", "日本語 한국어 עברית العربية ไทย", "other scripts"),
    ("\ue000", "\ue000", "private use stays"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "expected", "shows"), CLEANED, ids=[row[2] for row in CLEANED])
def test_clean_takes_out_what_is_unseen_and_keeps_what_is_written(
    raw: str, expected: str, shows: str
) -> None:
    assert text.clean(raw) == expected, shows


def test_cut_text_ends_with_an_ellipsis_at_a_word() -> None:
    assert text.clean("one two three four", 12) == "one two…"
    assert text.clean("x" * 1_000_000, 300) == "x" * 299 + "…"
    assert text.clean("twelve chars", 12) == "twelve chars"
    assert text.clean("x", 0) == ""


def test_what_lies_behind_a_desert_of_blanks_is_cut_with_a_mark() -> None:
    assert text.clean(" " * 1_000_000 + "deal") == "deal"
    assert text.clean("a" + " " * 1_000_000 + "b") == "a…"


@given(st.text(max_size=300), st.integers(1, 60))
def test_clean_text_is_safe_short_and_stays_as_it_is(raw: str, limit: int) -> None:
    found = text.clean(raw, limit)
    assert len(found) <= limit
    assert text.clean(found, limit) == found
    assert unicodedata.is_normalized("NFC", found)
    assert found == found.strip()
    assert not any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") for letter in found)
    found.encode("utf-8")


@given(
    st.lists(
        st.sampled_from(
            "a \u0301\u200d\u200c\ufe0f\u202e❤\u093f\u0916\ud83d\ude00\xad\n\u1100\u1161"
        ),
        max_size=40,
    ).map("".join)
)
def test_clean_is_stable_where_marks_and_joiners_meet(raw: str) -> None:
    assert text.clean(text.clean(raw)) == text.clean(raw)


def test_lines_are_cleaned_one_by_one_and_empty_ones_go() -> None:
    assert text.clean_lines(" One \r\n\n\u200b\n Two\x00 \n") == "One\nTwo"


FOLDED = [
    ("Redacción", "redaccion"),
    ("STRASSE", "strasse"),
    ("Straße", "strasse"),
    ("ﬁnance", "finance"),
    ("pri\u00adson", "prison"),
    ("O’Brien", "o'brien"),
    ("“x” «y»", '"x" "y"'),
    ("Łódź Ærø Œuvre", "lodz aero oeuvre"),
    ("ＡＢＣ１２３", "abc123"),
    ("İstanbul", "istanbul"),
    ("が ガ", "が ガ"),
    ("한국", "한국"),
    ("हिन्दी", "हिन्दी"),
    ("Ελλάδα", "ελλαδα"),
    ("pre–trial", "pre-trial"),
]


@pytest.mark.parametrize(("raw", "expected"), FOLDED)
def test_fold_makes_spellings_comparable(raw: str, expected: str) -> None:
    assert text.fold(raw) == expected


@given(st.text(max_size=80))
def test_fold_does_not_depend_on_case_or_composition(raw: str) -> None:
    assert text.fold(unicodedata.normalize("NFD", raw)) == text.fold(
        unicodedata.normalize("NFC", raw)
    )
    assert text.fold(text.fold(raw)) == text.fold(raw)


COUNTED = [
    ("", 0),
    ("one", 1),
    ("don't stop", 2),
    ("a well-known man", 3),
    ("prisons—and jails", 3),
    ("Mr. Roe paid $1,234.56 … gone", 5),
    ("he/she", 2),
    ("— – …", 0),
    ("नमस्ते दुनिया", 2),
    ("日本語のテキスト", 4),
    ("GEO社は", 2),
    ("สวัสดีครับ", 2),
    ("Привет, мир", 2),
]


@pytest.mark.parametrize(("raw", "expected"), COUNTED)
def test_words_are_counted_as_a_reader_would(raw: str, expected: int) -> None:
    assert text.count_words(raw) == expected


def test_words_keep_their_marks() -> None:
    assert text.words("नमस्ते, दुनिया! It's 2nd_try") == ["नमस्ते", "दुनिया", "It", "s", "2nd", "try"]
    assert text.words("e\u0301a ñu") == ["e\u0301a", "ñu"]


def test_slugs_are_fit_for_files_and_never_empty() -> None:
    assert text.slug("¿Qué dice O'Brien?") == "que-dice-obrien"
    assert text.slug("../../etc/passwd") == "etc-passwd"
    assert text.slug("日本").startswith("x-")
    assert text.slug("") == text.slug("")
    assert len(text.slug("word " * 99)) <= 60


@given(st.text(max_size=100))
def test_a_slug_is_plain_for_any_text(raw: str) -> None:
    assert set(text.slug(raw)) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert text.slug(raw).strip("-") == text.slug(raw) != ""


def test_a_digest_tells_texts_apart_and_takes_any() -> None:
    assert text.digest("a") == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
    assert text.digest("\ud800") != text.digest("")


# "|" marks where a sentence begins after another.
SENTENCES = [
    "One. |Two! |Three? |Four…",
    "Mr. Roe met Mrs. Doe and Dr. Poe. |They talked.",
    "Sen. Alex Padilla and Rep. Jay Obernolte spoke. |Gov. Newsom did not.",
    "George W. Bush met J.D. Vance. |They left.",
    "The U.S. Senate voted. |It failed in the U.S. |The House did not vote.",
    "He left the U.S. |But he came back.",
    "At 5 p.m. Monday he left. |At 6 p.m. |He returned.",
    "It opened on Jan. 3 in Adelanto, Calif. |The city paid.",
    "GEO Group Inc. said so. |CoreCivic Inc. |The firms declined.",
    "See No. 5 and Sec. 3. |He said no. |Smith agreed.",
    "It cost $3.5 million. |That is 2.5 percent.",
    "“We will go.” |He left.",
    "“Will we go?” he asked. |Nobody knew.",
    "“Stop!” Smith said. |Nobody did.",
    '"Why?" Ana Ruiz asked. |"Because." |She left.',
    "He said (it was late). |She left.",
    "(It was late.) |She left.",
    "Wait … what? |Yes.",
    "He stopped... |Then he went on.",
    "He stopped... then went on.",
    "Visit gazette.example for more. |Or call.",
    "The iPhone maker paid. |iPhone sales rose.",
    "World War I. |The end.",
    "The plan, etc. and so on. |Fine.",
    "Washington v. Texas was cited. |It held.",
    "El Sr. Pérez y la Dra. Ruiz hablaron. |Se fueron.",
    "Los EE. UU. pagaron. |México no.",
    "Los EE.UU. pagaron. |México no.",
    "¿Quién pagó? |¡Nadie! |Eso dijo.",
    "«No hay dinero». |El alcalde calló.",
    "«¿Quién pagó?», preguntó. |Nadie contestó.",
    "—¿Quién pagó? —preguntó Ana. |—Nadie.",
    "Según el art. 5 y la pág. 7, no. |Según otros, sí.",
    "Vive en la Av. Juárez núm. 3. |Es alta.",
    "Costó 3.500 euros. |Fue mucho.",
    "Am 3. März kam er. |Dann ging er.",
    "Это правда. |Нет.",
    "今日は晴れ。|明日は雨。|「行く。」と言った。|終わり。",
    "यह सच है। |नहीं।",
    "Is it true?! |No!!! |Yes.",
    "He wrote it.[1] |She read it.[2]",
    "1. First comes this. |2. Then that.",
]


@pytest.mark.parametrize("marked", SENTENCES)
def test_sentences_end_where_a_reader_ends_them(marked: str) -> None:
    pieces = marked.split("|")
    plain = "".join(pieces)
    found = [plain[span.start : span.end] for span in text.sentences(plain)]
    assert found == [piece.strip() for piece in pieces]


@given(st.text(alphabet=st.sampled_from("ab. AB!?…\n\"'()«»¿。」—3"), max_size=120))
def test_sentences_cover_all_but_white_space_in_order(value: str) -> None:
    spans = text.sentences(value)
    assert "".join(value[s.start : s.end] for s in spans).replace(" ", "") == value.replace(
        "\n", ""
    ).replace(" ", "")
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert all(
        "\n" not in value[s.start : s.end]
        and value[s.start : s.end].strip() == value[s.start : s.end]
        for s in spans
    )


def test_blocks_are_the_lines() -> None:
    assert text.blocks("One\nTwo\n\nThree") == (Span(0, 3), Span(4, 7), Span(9, 14))


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        ".",
        ". ",
        "A. ",
        "! ",
        '" ',
        "\u0301",
        "\u200d",
        "…",
        "Mr. ",
        "。",
        "\n",
        "\x00",
        "A.B",
        "ａ",
        "[1]",
        '."',
        "U.S. ",
    ],
)
def test_a_megabyte_of_anything_is_read_in_linear_time(unit: str) -> None:
    value = unit * (300_000 // len(unit))
    started = time.process_time()
    for reading in (
        text.clean_lines,
        text.fold,
        text.words,
        text.count_words,
        text.sentences,
        text.blocks,
        text.slug,
    ):
        reading(value)  # type: ignore[operator]
    assert time.process_time() - started < 4
