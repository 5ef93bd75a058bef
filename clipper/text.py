"""Foreign text made safe and comparable: cleaning, folding, words, sentences.

Everything that an outlet wrote passes through `clean` before it is kept. `fold`
makes two texts comparable; its result is never shown. Positions are those of
Python strings (code points) and travel as `clipper.model.Span`.

The sentence rules are our own: the libraries at hand are either not kept up, fall
to hostile input by regular expressions that backtrack, or lose the positions.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache

from clipper.model import Span

_MARK_RUN = 6
"""More marks on one letter than any living script stacks; what is over climbs its neighbours."""

# Nothing to do: printable ASCII, Latin letters and press punctuation, single blanks.
_UNCLEAN = re.compile(
    r"[^\x20-\x7e\xa1-\xac\xae-\u02ff\u2013\u2014\u2018-\u201f\u2022\u2026\u20ac]|  |\A | \Z"
)
_SPACE = re.compile(r"[\s\u2800]+")
# Unseen characters that hide words, turn reading order, or carry payloads: controls (but
# white space), soft hyphen, grapheme joiner, Hangul fillers, zero-width and bidi controls,
# deprecated formats, annotations, musical formats, tags, noncharacters.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufdd0-\ufdef"
    "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
    + "".join(f"{chr(plane * 65536 + 0xFFFE)}{chr(plane * 65536 + 0xFFFF)}" for plane in range(17))
    + "]"
)
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SPARE_SELECTOR = re.compile(rf"(?<=[{_SELECTORS}])[{_SELECTORS}]+")
# A joiner means something after Arabic, Indic and other letters and in emoji, never after
# Latin, Greek, Cyrillic, punctuation or a blank, where it only tells equal words apart.
_JOINED = (
    "\u0590-\u1dff\u2190-\u2bff\u2e80-\u2fff\u3005-\ud7ff"
    "\uf900-\ufdff\ufe0f\ufe70-\ufefe\U00010000-\U000dffff"
)
_SPARE_JOINER = re.compile(rf"(?<![{_JOINED}])[\u200c\u200d]+")
_NEVER_FIRST = " \u200c\u200d" + "".join(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)


@cache
def _mark_class() -> str:
    """All combining marks as the inside of a regular expression's class."""
    marks = (chr(code) for code in range(0x300, 0x1F000))
    return "".join(mark for mark in marks if unicodedata.category(mark)[0] == "M")


@cache
def _spare_marks() -> re.Pattern[str]:
    marks = _mark_class()
    return re.compile(rf"([{marks}]{{{_MARK_RUN}}})[{marks}]+")


def _without_surrogates(value: str) -> str:
    """Pairs that were never joined become their character; lone ones go."""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _scrub(value: str) -> str:
    value = _without_surrogates(value)
    value = _UNSEEN.sub("", value)
    value = _SPARE_SELECTOR.sub("", value)
    value = _SPARE_JOINER.sub("", value)
    value = _SPACE.sub(" ", value).strip().lstrip(_NEVER_FIRST)
    value = unicodedata.normalize("NFC", value)
    return _spare_marks().sub(r"\1", value)


def _cut(value: str, limit: int) -> str:
    """At most `limit` characters, ending with "…", at a blank when one is near."""
    if limit < 1:
        return ""
    end = min(limit - 1, len(value))
    while 0 < end < len(value) and unicodedata.category(value[end])[0] == "M":
        end -= 1
    blank = value.rfind(" ", max(0, end - 24), end + 1)
    return value[: blank if blank > 0 else end].rstrip(" \u200c\u200d") + "…"


def clean(value: str, limit: int = 10_000) -> str:
    """Foreign text, fit to be kept and shown: the one way in.

    The answer is in NFC (Unicode annex 15), one line, white space folded to single
    blanks, at most `limit` characters (cut text ends with "…"). Gone are controls,
    lone surrogates, noncharacters, bidi controls, zero-width and tag characters, soft
    hyphens, and all but six of a longer run of combining marks. Joiners stay where the
    script or an emoji needs them. Cleaning twice changes nothing.

    >>> clean("  Prison\\u202e \\x00 deal\\n")
    'Prison deal'
    """
    bound = 8 * limit + 256
    whole = len(value) <= bound or len(value := value.lstrip()) <= bound
    if not whole:
        value = value[:bound]
    if _UNCLEAN.search(value):
        value = _scrub(value)
    if len(value) > limit:
        return _cut(value, limit)
    return value if whole else _cut(value, limit)


def clean_lines(value: str, limit: int = 1_000_000) -> str:
    """Like `clean`, for text of several blocks: each line cleaned, empty lines dropped.

    This is the form of `Article.text`.
    """
    lines = (clean(line, limit) for line in value[: 2 * limit].splitlines())
    joined = "\n".join(line for line in lines if line)
    return joined if len(joined) <= limit else _cut(joined, limit)


# ---------------------------------------------------------------- comparing

_DROPPED = re.compile(
    "[\xad\u0300-\u036f\u034f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u0640"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
# Letters whose stroke or bow is no accent for Unicode, though readers type them without.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u2032": "'"}
    | {"\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"'}
    | {"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-"}
)


def fold(value: str) -> str:
    """The form in which two texts are compared; never shown, positions differ.

    Case folded, compatibility forms resolved (NFKD: ligatures, full width), accents,
    soft hyphens and zero-width characters dropped, quotes and dashes made plain. What
    is a letter of its own in Japanese, Korean or Indic scripts stays.

    >>> fold("Redacción “O’Brien”")
    'redaccion "o\\'brien"'
    """
    if value.isascii():
        return value.lower()
    wide = unicodedata.normalize("NFKD", value).casefold()
    bare = _DROPPED.sub("", unicodedata.normalize("NFKD", wide))
    return unicodedata.normalize("NFC", bare.translate(_LETTERS))


_WORD = re.compile(r"[^\W_]+")
_BEYOND_LATIN = re.compile("[^\x00-\u02ff\u2010-\u2bff]")


@cache
def _marked_word() -> re.Pattern[str]:
    return re.compile(rf"[^\W_][^\W_{_mark_class()}]*(?:[{_mark_class()}]+[^\W_]*)*")


def words(value: str) -> list[str]:
    """The runs of letters and digits, in order, as written. Marks stay with their letter.

    >>> words("O'Brien's 2nd try")
    ['O', 'Brien', 's', '2nd', 'try']
    """
    if _BEYOND_LATIN.search(value):
        return _marked_word().findall(value)
    return _WORD.findall(value)


# Scripts written without blanks, and how many of their characters make about one word.
_UNSPACED = (
    (
        re.compile(
            "[\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
        ),
        2,
    ),
    (re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]"), 5),
)
_COUNTED = re.compile(r"\w[^\s\u2013\u2014\u2026/|]*")


def count_words(value: str) -> int:
    """How many words a reader would count: "don't" and "well-known" are one each.

    Scripts without blanks between words are estimated: two characters a word for
    Chinese and Japanese, five for Thai, Lao, Khmer and Burmese, rounded up.
    """
    total = 0
    if _BEYOND_LATIN.search(value):
        for letters, per_word in _UNSPACED:
            value, found = letters.subn(" ", value)
            total += -(-found // per_word)
    return total + len(_COUNTED.findall(value))


def slug(value: str, limit: int = 60) -> str:
    """A name for files and addresses: `a-z 0-9 -`, at most `limit` characters, never empty.

    A text without any such letter gives `x-` and ten digits of its digest.
    """
    plain = "-".join(re.findall(r"[a-z0-9]+", fold(value[: 20 * limit]).replace("'", "")))
    return plain[:limit].strip("-") or "x-" + digest(value)[:10]


def digest(value: str) -> str:
    """The sha256 of the text in UTF-8, in hex. Lone surrogates are allowed."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()


# ---------------------------------------------------------------- blocks and sentences


def blocks(value: str) -> tuple[Span, ...]:
    """The lines of an article's text, as spans without the newline; empty lines are none."""
    return tuple(Span(m.start(), m.end()) for m in re.finditer(r"[^\n]+", value))


def sentences(value: str) -> tuple[Span, ...]:
    """The sentences, in order. Every character but white space between them lies in one.

    Made for English and Spanish press prose; a newline always ends a sentence. Where
    it is not clear whether an abbreviation ends one, the sentence goes on: a sentence
    too long misquotes nobody.

    >>> text = 'Mr. Roe left the U.S. on Jan. 3. "Why?" he asked. ¿Y tú?'
    >>> [text[s.start:s.end] for s in sentences(text)]
    ['Mr. Roe left the U.S. on Jan. 3.', '"Why?" he asked.', '¿Y tú?']
    """
    found: list[Span] = []
    for block in blocks(value):
        found.extend(_in_block(value, block))
    return tuple(found)


def _in_block(value: str, block: Span) -> list[Span]:
    found: list[Span] = []
    start = block.start
    for stop in _STOP.finditer(value, block.start, block.end):
        if _ends(value, stop, Span(start, block.end)):
            found.append(Span(start, stop.end()))
            start = _next_letter(value, stop.end(), block.end)
    if start < block.end:
        found.append(Span(start, block.end))
    return [_trimmed(value, span) for span in found if value[span.start : span.end].strip()]


def _trimmed(value: str, span: Span) -> Span:
    text = value[span.start : span.end]
    return Span(
        span.start + len(text) - len(text.lstrip()), span.end - len(text) + len(text.rstrip())
    )


def _next_letter(value: str, at: int, end: int) -> int:
    while at < end and value[at].isspace():
        at += 1
    return at


_CLOSERS = "\"'\u201d\u2019\u00bb\u203a)\\]}\u300d\u300f\uff09"
_OPENERS = "\"'\u201c\u201e\u2018\u00ab\u2039(\\[{\u00bf\u00a1\u2013\u2014*\u2022-"
_STOP = re.compile(
    rf"(?P<marks>[.!?\u2026\u0964\u061f\u06d4]{{1,12}})(?P<closers>[{_CLOSERS}]{{0,4}})(?:\[\d{{1,3}}\]){{0,3}}(?=\s|\Z)"
    rf"|(?P<wide>[\u3002\uff01\uff1f\uff0e]{{1,12}}[{_CLOSERS}]{{0,4}})"
)
_QUOTED_ON = re.compile("[\u3068\u306a\u306e\u304c\u306f\u3092\u306b\u3067\u3082]")
_START = re.compile(
    rf"\s*[{_OPENERS}]{{0,4}}\s?(?P<word>[^\W_]['\u2019\w]{{0,30}})(?P<after>[-.]?)"
)
_SAID = re.compile(
    r"\s*(?:[A-Z][\w'\u2019.-]{0,30} ){1,3}(?:said|says|asked|asks|added|adds|wrote|writes|told|"
    r"replied|shouted|yelled|recalled|wondered|testified|dijo|preguntó|añadió|agregó)\b"
)


def _table(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


# Never end a sentence: a name, a place or a number must follow.
_TITLES = _table("""
    mr mrs ms mx dr drs prof profs reps sens govs atty lt sgt capt cmdr maj cpl pvt adm ofc det
    insp supt messrs mme mlle msgr st ste vs v cf viz eg ie approx al sr sra srta sres dra lic
    arq profa gral cnel tte cmte mons excmo excma ilmo avda ud uds pbro figs núm num nº pág págs
    bros hr nr bzw usw dª
""")
# The same, but ordinary words when they begin with a small letter.
_CAPITAL_TITLES = _table("""
    rev hon sen rep gov pres gen col mt ft pt est ing cap av ee ntra fig art arts sec pag vol ch
    para fr br bro ca abs fru doña
""")
# May end a sentence, when what follows can hardly be a name. Capital first, but for "etc."
_SHORT = _table("""
    inc co corp ltd llc jr etc ave blvd rd hwy dept univ assn jan feb mar apr jun jul aug sep
    sept oct nov dec ene abr ago dic mon tue tues wed thu thur thurs fri sat sun ala ariz ark calif
    colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa tenn
    tex va vt wash wis wyo tel ext cía cia
""")
# Words that begin a sentence but no name: after them an abbreviation did end one.
_STARTERS = _table("""
    the a an this that these those he she it they we you i his her its their our my your in on at
    by for from to of with as if when while after before since but and or yet so however there
    here what who why how where not no many most some all both each one another more last
    el la los las un una unos unas este esta estos estas ese esa en por para con sin de del al y o
    pero si cuando mientras tras desde según aunque también se su sus lo le que como ante
""")
_NUMBERED = _table("no nos núm num nº art arts sec fig figs pág pag págs vol ch p pp para nr")
_MONTHS = _table("""
    januar februar märz april mai juni juli august september oktober november dezember
    mars maj desember december
""")
_ACRONYM = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ORDINAL = re.compile(r"\d{1,2}")


def _ends(value: str, stop: re.Match[str], rest: Span) -> bool:
    """Whether the run of stops at `stop` ends the sentence that begins at `rest.start`."""
    after = value[stop.end() : min(stop.end() + 80, rest.end)]
    if not after.strip():
        return True
    if stop["wide"]:
        return not (stop.group()[-1] in "\u300d\u300f\uff09" and _QUOTED_ON.match(after))
    begin = _START.match(after)
    if begin is not None and not _can_begin(begin):
        return False
    if stop["marks"] == ".":
        return bool(stop["closers"]) or _full_stop(value, stop.start(), rest.start, begin)
    return _mark_ends(value, stop, after)


def _can_begin(begin: re.Match[str]) -> bool:
    """Upper case, a digit, a script without case, or a brand like iPhone."""
    word = begin["word"]
    return not word[0].islower() or any(letter.isupper() for letter in word[1:3])


def _mark_ends(value: str, stop: re.Match[str], after: str) -> bool:
    """ "…" after a blank is a pause; a quoted question may be followed by who asked it."""
    if stop["marks"].strip(".…") == "":
        return stop.start() > 0 and not value[stop.start() - 1].isspace()
    return not (stop["closers"] and _SAID.match(after))


def _full_stop(value: str, at: int, floor: int, begin: re.Match[str] | None) -> bool:
    """Whether a single "." at `at` ends the sentence, judged by the word before it."""
    start = at
    while (
        start > floor
        and at - start < 24
        and not (value[start - 1].isspace() or value[start - 1] in "([\"'“‘«—–/")
    ):
        start -= 1
    following = begin["word"].lower() if begin is not None else ""
    if _must_go_on(value[start:at], following):
        return False
    if _ORDINAL.fullmatch(value[start:at]):
        return start > floor and following not in _MONTHS
    if not _is_short(value[start:at]):
        return True
    return following in _STARTERS and (begin is None or not begin["after"])


def _must_go_on(word: str, following: str) -> bool:
    lower = word.lower()
    if lower in _NUMBERED and following[:1].isdigit():
        return True
    return lower in _TITLES or (lower in _CAPITAL_TITLES and word != lower)


def _is_short(word: str) -> bool:
    """Whether the "." after `word` may be that of an abbreviation or an initial."""
    lower = word.lower()
    if lower in _SHORT:
        return word != lower or lower == "etc"
    return len(word) == 1 or _ACRONYM.fullmatch(word) is not None
