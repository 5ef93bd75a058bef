"""English and Spanish: the reader's preference, then the browser's.

The catalogues are `locale/<language>/*.po`, read as they are: a fresh clone needs no
compiling, and there is no compiled file to forget.
"""

from __future__ import annotations

import gettext as catalogues
import io
from functools import cache
from pathlib import Path

from flask import g, request

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "es": "Español"}
"""The interface's languages, each by its own name. English is what stands in the code."""


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for it; Babel looks for it)
    """Mark words for translation where they are written; `gettext` translates them later."""
    return text


@cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """The translations of a language; those of English give back what they get."""
    files = sorted((LOCALES / language).glob("*.po"))
    found = [_read(path) for path in files]
    first = found[0] if found else catalogues.NullTranslations()
    for other in found[1:]:
        first.add_fallback(other)
    return first


def _read(path: Path) -> catalogues.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return catalogues.GNUTranslations(compiled)


def language() -> str:
    """The language of this request."""
    if "language" not in g:
        chosen = g.get("chosen_language", "")
        g.language = chosen if chosen in LANGUAGES else _of_browser()
    found: str = g.language
    return found


def _of_browser() -> str:
    return request.accept_languages.best_match(list(LANGUAGES), "en") or "en"


def gettext(text: str) -> str:
    """The words in the language of this request."""
    return catalogue(language()).gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """The words for a number of something, in the language of this request."""
    return catalogue(language()).ngettext(one, many, number)
