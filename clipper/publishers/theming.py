"""What is wrong with a template, in words: its file, its line, and the cause."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path


def failures() -> tuple[type[Exception], ...]:
    """What a mistake in a template raises: Jinja's own errors, and those of the expressions in
    it (`1 / 0`, a text added to a number)."""
    from jinja2 import TemplateError

    return (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError,
            RecursionError)  # fmt: skip


def told(error: Exception, theme: Path | None, template: str) -> str:
    """One sentence for the person who wrote the template."""
    where, line = _where(error, theme)
    place = where or (f"{theme}/{template}" if theme else template)
    spot = f"{place}, line {line}," if line else place
    cause = " ".join(str(error).split()).rstrip(".") or type(error).__name__
    return f"The template {spot} can't be used: {cause}."


def _where(error: Exception, theme: Path | None) -> tuple[str, int]:
    """The template's file and line, innermost first; ("", 0) where it can't be told."""
    named = getattr(error, "filename", None)
    if named and getattr(error, "lineno", 0):
        return str(named), int(error.lineno)  # type: ignore[attr-defined]
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if theme and file.is_relative_to(theme):
            return str(file), frame.lineno or 0
    return "", 0


def complaints(theme: Path) -> Iterator[str]:
    """What can't even be read in the templates of a folder, one sentence each."""
    from jinja2 import TemplateSyntaxError
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment()
    for file in sorted(theme.iterdir()):
        if file.suffix not in (".html", ".xml", ".md") or not file.is_file():
            continue
        try:
            environment.parse(file.read_text(encoding="utf-8"), name=file.name, filename=str(file))
        except (TemplateSyntaxError, UnicodeDecodeError, RecursionError) as error:
            yield told(error, theme, file.name)
