"""A brief as text, as a page, and as a message with both."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from clipper import text
from clipper.reports.brief import Brief, subject
from clipper.reports.words import Words
from clipper.translations import LANGUAGES

if TYPE_CHECKING:
    from jinja2 import Environment

WIDTH = 72


def plain(brief: Brief) -> str:
    """The brief as plain text, folded at 72 characters; addresses are never folded."""
    return _rendered("brief.txt", brief)


def page(brief: Brief) -> str:
    """The brief as an HTML page that loads nothing from anywhere."""
    return _rendered("brief.html", brief)


def letter(
    brief: Brief, *, sender: str, recipient: str, number: str, unsubscribe: str, now: datetime
) -> EmailMessage:
    """The message. `sender` may have a name (`Clips <clips@your-campaign.example>`);
    `number` is the Message-ID without its brackets; `unsubscribe` a plain address."""
    name, address = parseaddr(sender)
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = text.clean(subject(brief), 200)
    message["From"] = Address(text.clean(name, 100), addr_spec=address)
    message["To"] = Address(addr_spec=recipient)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{number}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Unsubscribe"] = f"<mailto:{unsubscribe}?subject=unsubscribe>"
    message.set_content(plain(brief), cte="quoted-printable")
    message.add_alternative(page(brief), subtype="html", cte="quoted-printable")
    return message


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: str) -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=PackageLoader("clipper", "templates/mail"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    say = Words(language)
    install: Callable[..., None] = environment.install_gettext_callables  # type: ignore[attr-defined]
    install(say, say.count, newstyle=True)
    environment.filters["fold"] = _fold
    return environment


def _rendered(template: str, brief: Brief) -> str:
    return (
        _environment(brief.language)
        .get_template(template)
        .render(brief=brief, subject=subject(brief))
    )


def _fold(value: str, indent: str = "") -> str:
    lines = textwrap.wrap(
        value, WIDTH - len(indent), break_long_words=False, break_on_hyphens=False
    )
    return "\n".join(f"{indent}{line}" for line in lines)
