"""English and Spanish: the reader's preference, then the browser's.

The catalogues are `locale/<language>/*.po`, read as they are: a fresh clone needs no
compiling, and there is no compiled file to forget.
"""

from __future__ import annotations

import gettext as catalogues
from pathlib import Path

from flask import g, request

from clipper import translations

LOCALES = Path(__file__).parent / "locale"
LANGUAGES = {"en": "English", "es": "Español"}
"""The interface's languages, each by its own name. English is what stands in the code."""


def N_(text: str) -> str:  # noqa: N802  (gettext's own name for it; Babel looks for it)
    """Mark words for translation where they are written; `gettext` translates them later."""
    return text


def catalogue(language: str) -> catalogues.NullTranslations:
    """The translations of a language; those of English give back what they get."""
    return translations.catalogue(language, LOCALES)


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
