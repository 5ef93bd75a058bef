"""Translations: catalogues read as they are written, so that there is no compiled file to forget.

`SHARED` has the sentences of rooms below the doors, which desk and brief tell alike; each door
has a folder of its own beside it.
"""

from __future__ import annotations

import gettext
import io
from functools import cache
from pathlib import Path
from typing import Final

SHARED: Final = Path(__file__).parent / "locale"
LANGUAGES: Final = ("en", "es")
"""English is what stands in the code."""


def files(language: str, *folders: Path) -> tuple[Path, ...]:
    """The catalogues of a language in `SHARED` and in these folders."""
    return tuple(
        path for folder in (*folders, SHARED) for path in sorted((folder / language).glob("*.po"))
    )


@cache
def catalogue(language: str, *folders: Path) -> gettext.NullTranslations:
    """The translations of a language; those of English give back what they get."""
    found = [_read(path) for path in files(language, *folders)]
    first = found[0] if found else gettext.NullTranslations()
    for other in found[1:]:
        first.add_fallback(other)
    return first


def _read(path: Path) -> gettext.GNUTranslations:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
