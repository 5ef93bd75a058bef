"""The agencies that a line names."""

from __future__ import annotations

import re

from clipper import text
from clipper.byline import tables

_SHORT = 4
_SPELLINGS = {spelling: name for name, known in tables.AGENCIES.items() for spelling in known}
_ACCENTS = str.maketrans(
    "áéíóúàèìòùâêîôûäëïöüãõçñÁÉÍÓÚÀÈÌÒÙÂÊÎÔÛÄËÏÖÜÃÕÇÑ",
    "aeiouaeiouaeiouaeiouaocnAEIOUAEIOUAEIOUAEIOUAOCN",
)


def accentless(line: str) -> str:
    """Accents off the letters of western Europe, one character for one: positions stay."""
    return line.translate(_ACCENTS)


def _any_of(spellings: list[str]) -> str:
    longest_first = sorted(spellings, key=len, reverse=True)
    return "|".join(re.escape(spelling).replace(r"\ ", r"\s+") for spelling in longest_first)


_INITIALS = [r"\.?".join(each.upper()) for each in _SPELLINGS if len(each) <= _SHORT]
_NAMES = [each for each in _SPELLINGS if len(each) > _SHORT and each not in tables.SURNAMES_TOO]
_SHORTS = re.compile(rf"(?<![\w.&-])(?:{'|'.join(_INITIALS)})(?![\w&-])\.?")
_LONGS = re.compile(rf"(?<![\w&-])(?:the\s+)?(?:{_any_of(_NAMES)})(?![\w&-])", re.IGNORECASE)
_SURNAMES_TOO = re.compile(
    rf"(?<![\w&-])(?<![^\W\d_]\s)(?:{_any_of(list(tables.SURNAMES_TOO))})(?![\w&-])", re.IGNORECASE
)


def agencies(line: str) -> tuple[str, tuple[str, ...]]:
    """The line with its agencies blanked out by "|", and their shown names in order.

    Spellings of up to four letters count in capitals ("AP"), or when they are all there is.
    """
    alone = _SPELLINGS.get(text.fold(line).strip(" .|"))
    if alone:
        return "", (alone,)
    found: list[tuple[int, str]] = []
    for pattern in (_LONGS, _SHORTS, _SURNAMES_TOO):
        plain = accentless(line)
        for match in pattern.finditer(plain):
            found.append((match.start(), _SPELLINGS[_spelling(match.group())]))
            line = _blanked(line, match)
    return line, tuple(dict.fromkeys(name for _, name in sorted(found)))


def _spelling(words: str) -> str:
    plain = " ".join(text.fold(words).replace(".", "").split())
    return plain if plain in _SPELLINGS else plain.removeprefix("the ")


def _blanked(line: str, match: re.Match[str]) -> str:
    gap = "|".ljust(match.end() - match.start())
    return line[: match.start()] + gap + line[match.end() :]
