"""Letters: how a character is compared, in texts and queries alike.

Two forms of each text are used. The *loose* form ignores case (Unicode full case folding,
so ß is ss and a final sigma is a sigma), compatibility forms (NFKC: full width, ligatures,
№) and accents. The *exact* form keeps case and accents and undoes only what no reader sees:
compatibility forms, decomposed accents, soft hyphens and zero-width characters.

Sources: Unicode Standard Annex 15 (normalization forms), chapter 3.13 (case folding).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

APOSTROPHES = "'’‘‛ʼ＇`´′"
STAR, ONE = "\ue000", "\ue001"
"""Stand-ins for the wildcards * and ? while a query's term is analysed as a text is."""

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_MARKS_DROPPED = re.compile("[\u0591-\u05c7\u0610-\u061a\u064b-\u0652\u0670\u06d6-\u06ed]")
_SIGNS = frozenset("™℠©®℗")
_TILDE = "\u0303"
_DIAERESIS = "\u0308"
_YO_BASE = "\u0435"
_NON_ASCII = re.compile(r"[^\x00-\x7f]")

WIDE_SCRIPTS = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
"""Character class of the scripts that put no space between words: there each sign is a word."""


@lru_cache(maxsize=1)
def marks() -> str:
    """The combining marks that are part of words, as the inside of a character class."""
    return "".join(chr(c) for c in range(0x300, 0x1D00) if _is_mark(chr(c))) + "\u3099\u309a"


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=4096)
def joins(char: str) -> bool:
    """Whether `char` belongs to the character before it (an accent, a jamo, a voicing mark)."""
    return _is_mark(char) or "\u1160" <= char <= "\u11ff" or char in "\uff9e\uff9f"


def _loses_accents(base: str) -> bool:
    return base < "\u0250" or "\u0370" <= base <= "\u03ff" or "\u2c60" <= base <= "\u2c7f"


def _drops(mark: str, base: str, keep_tilde: bool) -> bool:
    if keep_tilde and mark == _TILDE and base == "n":
        return False
    if base == _YO_BASE:
        return mark == _DIAERESIS
    return _loses_accents(base)


def _without_accents(folded: str, keep_tilde: bool) -> str:
    kept: list[str] = []
    base = " "
    for char in unicodedata.normalize("NFD", folded):
        if not unicodedata.combining(char):
            base = char
        elif _drops(char, base, keep_tilde):
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))


def _visible(text: str) -> str:
    return _INVISIBLE.sub("", "".join(" " if char in _SIGNS else char for char in text))


@lru_cache(maxsize=16384)
def fold(text: str, keep_tilde: bool = False) -> str:
    """The loose form of `text`; with `keep_tilde` ñ stays apart from n.

    >>> fold("Straße ÉXITO ﬁn"), fold("Año", keep_tilde=True)
    ('strasse exito fin', 'año')
    """
    composed = unicodedata.normalize("NFKC", _visible(text))
    folded = _MARKS_DROPPED.sub("", composed.casefold())
    return _without_accents(folded, keep_tilde).translate(_TO_APOSTROPHE)


_TO_APOSTROPHE = {ord(char): "'" for char in APOSTROPHES}


def exact(text: str) -> str:
    """The exact form of one word's original characters: case and accents kept, dots dropped.

    >>> exact("U.S."), exact("ﬁ\\u00adn"), exact("Cafe\\u0301")
    ('US', 'fin', 'Café')
    """
    if text.isascii() and text.isalnum():
        return text
    composed = unicodedata.normalize("NFKC", _visible(text))
    return "".join(char for char in composed if char.isalnum() or char in _KEPT or _is_mark(char))


_KEPT = frozenset((STAR, ONE))


class _Plain(dict[str, str]):
    """One character to the one character that stands for it in a plain text.

    KeyError for a rare character: one that folds to none or several, composes with its
    neighbours, or that SQLite's `unicode61` tokenizer folds another way.
    """

    def __missing__(self, char: str) -> str:
        plain = _plain(char)
        if plain is None:
            raise KeyError(char)
        self[char] = plain
        return plain


def _plain(char: str) -> str | None:
    if char in "’‘":
        return "'"
    if char in _SIGNS:
        return " "
    kind = unicodedata.category(char)[0]
    if kind in "PSZ" and char not in APOSTROPHES:
        return _plain_mark(char)
    latin = char < "\u0180"
    other = "\u0391" <= char <= "\u03c9" or "\u0410" <= char <= "\u044f"
    folded = fold(char)
    if kind != "L" or len(folded) != 1 or not unicodedata.is_normalized("NFKC", char):
        return None
    return folded if latin or (other and unicodedata.normalize("NFD", char) == char) else None


_OLD_MARKS = re.compile("[\x00-\u00ff\u2010-\u20b9\u2190-\u22ff\u2500-\u26ff\u3000-\u3020]")
"""Marks that SQLite's tables know; those that Unicode took in later are letters to it."""


def _plain_mark(char: str) -> str | None:
    """A space for a mark that no word can hold; None when it hides letters, as ㎞ does."""
    if _INVISIBLE.match(char) or not _OLD_MARKS.match(char):
        return None
    return None if any(c.isalnum() for c in unicodedata.normalize("NFKC", char)) else " "


_PLAIN = _Plain()


def plain_fold(text: str) -> str | None:
    """The loose form of a text without rare characters, letter for letter; None for others.

    Each character of the result stands where its original stands.
    """
    low = text.lower()
    if low.isascii() and len(low) == len(text):
        return low
    if len(low) != len(text):
        return None
    try:
        return _NON_ASCII.sub(lambda found: _PLAIN[found[0]], low)
    except KeyError:
        return None


def slow_fold(text: str, keep_tilde: bool = False) -> tuple[str, list[int], list[int]]:
    """The loose form of any text, and for each of its characters where the original lies.

    Returns the form, the start and the end of each character's original in `text`.
    """
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    size = len(text)
    start = 0
    while start < size:
        end = start + 1
        while end < size and joins(text[end]):
            end += 1
        piece = fold(text[start : min(end, start + 32)], keep_tilde)
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
        start = end
    return "".join(pieces), starts, ends
