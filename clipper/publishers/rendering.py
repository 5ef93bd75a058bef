"""One update in the words and marks of a place: the templates, the user's own before ours.

    Update -> Shown (cleaned, bounded) -> template -> text

A user's templates run in Jinja's sandbox: they can word and arrange, and reach nothing else.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clipper import text
from clipper.errors import PublishError
from clipper.model import Update
from clipper.publishers import pages, theming

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment
    from markupsafe import Markup

_MD_NEEDED = re.compile(r"([\\`*_\[\]<>|~&])|^(\s{0,3})([#>+-]|\d+[.)])(?=\s|$)")


def rendered(update: Update, template: str, theme: Path | None = None, **more: Any) -> str:
    """The update by the template `template`; `theme` is a folder with the user's own.

    Raises PublishError that names the template when a user's own can't be used.
    """
    shown = pages.show(update, pages.SiteSettings(), update.at)
    words = pages.WORDS.get(update.language.partition("-")[0].lower(), pages.WORDS["en"])
    try:
        found = _environment(str(theme) if theme else "").get_template(template)
        return found.render(update=shown, words=words, **more)
    except theming.failures() as error:
        raise PublishError(theming.told(error, theme, template)) from error


def marker(house: str, key: str) -> str:
    """The idempotency key as it stands at the other end: the same for ever, and another
    for each house, so that two clippers may publish to one place."""
    return text.digest(f"{house}:{key}")[:16]


def slug(update: Update, mark: str) -> str:
    """A name for the post's address, made of the headline and the key."""
    words = text.slug(update.headline, 60) or "update"
    return f"{words}-{mark[:8]}"


def seal(*parts: str) -> str:
    """A digest of what readers would see."""
    return text.digest("\0".join(part.replace("\r\n", "\n").strip() for part in parts))


def markdown_text(value: str) -> str:
    """Foreign words in Markdown: every sign that would be read as a mark is escaped."""
    escaped = _MD_NEEDED.sub(_escaped, value)
    return escaped.replace("{", "&#123;").replace("}", "&#125;")


def _escaped(found: re.Match[str]) -> str:
    if found[1]:
        return "\\" + found[1] if found[1] not in "<>&" else _ENTITIES[found[1]]
    sign = found[3]
    return f"{found[2]}{sign[:-1]}\\{sign[-1]}"


_ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}


@lru_cache(maxsize=8)
def _environment(theme: str) -> SandboxedEnvironment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    ours = PackageLoader("clipper", "templates/posts")
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(theme), ours]) if theme else ours,
        autoescape=lambda name: not (name or "").endswith(".md"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["md"] = markdown_text
    environment.filters["no_shortcode"] = _no_shortcode
    environment.filters["instant"] = _instant
    return environment


def _no_shortcode(value: str) -> Markup:
    """Escaped words in which WordPress finds none of its shortcodes (`[gallery]`)."""
    from markupsafe import Markup, escape

    return Markup(str(escape(value)).replace("[", "&#91;"))  # noqa: S704  (escaped above)


def _instant(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
