"""The words of a report in its reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from clipper import translations

LOCALE: Final = Path(__file__).parent.parent / "templates" / "mail" / "locale"


@dataclass(frozen=True, slots=True)
class Words:
    """`Words("es")("Top stories")`. English stands in the code; `{}` is filled in by the caller
    with `%`."""

    language: str = "en"

    def __call__(self, words: str) -> str:
        """The words in this language."""
        return translations.catalogue(self.language, LOCALE).gettext(words)

    def count(self, one: str, many: str, number: int) -> str:
        """The words for a number of something; `%(number)d` is filled in by the caller."""
        return translations.catalogue(self.language, LOCALE).ngettext(one, many, number)

    def number(self, one: str, many: str, number: int) -> str:
        """The words for a number of something, filled in."""
        return self.count(one, many, number) % {"number": number}

    def day(self, day: date | datetime, form: str = "d MMM y") -> str:
        """`21 Nov 2026`."""
        from babel.dates import format_date

        found: str = format_date(day, form, self.language)
        return found
