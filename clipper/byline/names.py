"""One name at a time: whether words can be a person's name, and how it is written."""

from __future__ import annotations

import re
import unicodedata

from clipper import text
from clipper.byline import tables

_LONGEST = 60
_MOST_WORDS = 7
_LETTERS = re.compile(r"[^\W\d_]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?")
_FOREIGN_SIGNS = re.compile(r"[@#_=<>{}|\\^~*:!?…/]")
_NO_LETTERS = frozenset({"Nd", "So", "Sc", "Sm", "Co"})
_ARTICLES = frozenset({"the", "die", "das", "el", "los", "las"})
_VOWELS = frozenset("aeiouy")


def bare(word: str) -> str:
    """A word as the tables hold it: folded, without dots and edges of punctuation."""
    return text.fold(word).strip(".,:;()[]\"'*").replace(".", "")


def is_shouted(value: str) -> bool:
    """Whether all cased letters are capitals and there are at least four letters."""
    return value.isupper() and sum(map(len, _LETTERS.findall(value))) >= 4


def is_degree(word: str) -> bool:
    """ "PhD", "M.D.", "MA": capitals or dots show that it is no name."""
    shaped = word.isupper() or "." in word or any(letter.isupper() for letter in word[1:])
    return shaped and bare(word) in tables.DEGREES


def is_suffix(word: str) -> bool:
    """ "Jr.", "III": part of a name, never one by itself."""
    return bare(word) in tables.SUFFIXES


def is_acronym(word: str) -> bool:
    """ "WBEZ", "MND": capitals that begin as no name does, or hold no vowel; no initials.

    Accents and hyphens are of names.
    """
    plain = word.strip(".,").lower()
    if len(plain) < 3 or not (word.isupper() and plain.isascii() and plain.isalpha()):
        return False
    if not _VOWELS & set(plain):
        return True
    return not _VOWELS & set(plain[:2]) and plain[:2] not in tables.ONSETS


def ordinary_case(name: str) -> str:
    """Shouted words of a name in ordinary case, particles in small letters.

    >>> ordinary_case("MARÍA DE LA CRUZ MCDONALD III")
    'María de la Cruz McDonald III'
    """
    words = name.split()
    if len(words) == 1 and len(name) < 6:
        return name
    whole = is_shouted(name)
    return " ".join(_cased(word, whole, place) for place, word in enumerate(words))


def _cased(word: str, whole: bool, place: int) -> str:
    letters = _LETTERS.findall(word)
    if not word.isupper() or not letters or _stays(word):
        return word
    if whole and place and text.fold(word) in tables.PARTICLES:
        return word.lower()
    if whole or max(map(len, letters)) > 2:
        return "".join(_capital_piece(piece) for piece in re.split(r"([-'’])", word))
    return word


def _stays(word: str) -> bool:
    """Initials, numerals and letter names ("JD", "III") keep their capitals."""
    plain = bare(word)
    if _INITIALS.fullmatch(word) or plain in ("ii", "iii", "iv") or is_acronym(word):
        return True
    return len(plain) <= 2 and not _VOWELS & set(plain)


def _capital_piece(piece: str) -> str:
    if len(piece) > 3 and piece.upper().startswith("MC"):
        return "Mc" + piece[2:].capitalize()
    return piece[:1].upper() + piece[1:].lower()


def is_organisation(part: str) -> bool:
    """Whether a word of the part belongs to the names of papers, offices and companies."""
    words = [bare(word) for word in part.split()]
    if len(words) > 1 and words[0] in _ARTICLES:
        return True
    return "&" in words or any(word in tables.ORGANISATIONS for word in words[-3:])


def looks_personal(part: str) -> bool:
    """Whether the part can be a person's name by its shape alone."""
    words = part.split()
    if not words or len(part) > _LONGEST or len(words) > _MOST_WORDS:
        return False
    if not all(_name_word(word) for word in words):
        return False
    small = [word for word in words if _begins_small(word)]
    return len(small) == len(words) or all(_may_be_small(word) for word in small)


def _name_word(word: str) -> bool:
    if any(unicodedata.category(letter) in _NO_LETTERS for letter in word):
        return is_suffix(word)
    return word == "&" or (_LETTERS.search(word) is not None and not _FOREIGN_SIGNS.search(word))


def _begins_small(word: str) -> bool:
    return next((letter for letter in word if letter.isalpha()), "").islower()


def _may_be_small(word: str) -> bool:
    """Particles, "d'Arc" and "al-Masri" begin small inside a name."""
    return text.fold(word) in tables.PARTICLES or any(letter.isupper() for letter in word)
