"""A real browser on the real server: Debian's Chromium driven by Playwright.

Every page that a test opens fails it on a console error, on a JavaScript error, and on a
request to another host than the desk's.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from clipper import text
from clipper.store import Role
from clipper.web import Office
from tests import desks, keeping

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}

AXE = next(Path(axe_playwright_python.__file__).parent.glob("**/axe.min.js"))

HEADLINES = (
    "City sells its prison shares", "Pension board delays a vote", "Students ask for a boycott",
    "Sheriff opens a second wing", "Lender leaves detention business", "Council hears the families",
    "University keeps its holdings", "A warehouse becomes a jail", "Bank ends a credit line",
    "Auditors count the cost", "Strike at the laundry", "Letters from the inside",
)  # fmt: skip


@dataclass
class Desk:
    """A served desk: its address, its office, and what went wrong in its pages."""

    url: str
    office: Office
    trouble: list[str] = field(default_factory=list)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """The desk on a real server, with twelve stories in its queue, newest first in `HEADLINES`."""
    office = desks.office_of(tmp_path)
    fill(office)
    with desks.serving_desk(office) as url:
        found = Desk(url, office)
        yield found
    office.store.close()
    assert not found.trouble, found.trouble


def fill(office: Office, headlines: tuple[str, ...] = HEADLINES) -> list[int]:
    """Queue a story for each headline; their ids in the order of the headlines."""
    made = [
        keeping.queued(
            office.store,
            headline,
            read=keeping.reading(
                text=_text(headline),
                url=f"https://daily.example/news/{text.slug(headline)}",
                title=headline,
                authors=("Ana Ruiz",),
                published_at=keeping.NOW,
                language="en",
            ),
            now=keeping.NOW - number * keeping.HOUR,
        )
        for number, headline in enumerate(headlines)
    ]
    gc.collect()
    return made


def _text(headline: str) -> str:
    first = "The city sold its prison shares on Monday."
    rest = (
        f"{headline}: that is what people spoke of for the rest of the week, and not only here.",
        "The vote was seven to two, and late. Nobody in the hall had expected it.",
        "“We have waited nine years,” said one of those who had come to listen.",
    )
    return "\n".join((first, *rest))


@pytest.fixture
def page_of(browser: Browser, desk: Desk) -> Iterator[Callable[..., Page]]:
    """`page_of(role, phone=False, dark=False, script=True)`: a page, logged in (None: not)."""
    contexts: list[BrowserContext] = []

    def make(role: Role | None = Role.EDITOR, *, name: str = "", **asked: Any) -> Page:
        context = browser.new_context(**_settings(**asked))
        context.set_default_timeout(30_000)
        contexts.append(context)
        page = context.new_page()
        _watch(page, desk)
        if role is not None:
            _log_in(context, desk, desks.account(desk.office, role, name))
        return page

    yield make
    for context in contexts:
        context.close()


def _settings(
    phone: bool = False,
    dark: bool = False,
    script: bool = True,
    zoom: int = 1,
    language: str = "en",
) -> dict[str, Any]:
    size = PHONE if phone else DESKTOP
    return {
        "viewport": {name: side // zoom for name, side in size.items()},
        "is_mobile": phone,
        "has_touch": phone,
        "device_scale_factor": zoom,
        "color_scheme": "dark" if dark else "light",
        "java_script_enabled": script,
        "locale": language,
    }


# A refused form is answered with its status, which Chromium notes as an error. A page that is
# left while it asks for a preview cuts that off; a failure of the asking is `htmx:sendError`.
_NO_TROUBLE = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


def _watch(page: Page, desk: Desk) -> None:
    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(_NO_TROUBLE):
            desk.trouble.append(f"console: {message.text}")

    home = urlsplit(desk.url).netloc
    page.on("console", heard)
    page.on("pageerror", lambda error: desk.trouble.append(f"script: {error}"))
    page.on("request", lambda request: _note_host(request.url, home, desk))


def _note_host(url: str, home: str, desk: Desk) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("data", "blob", "about") and parts.netloc != home:
        desk.trouble.append(f"asked another host: {url}")


def _log_in(context: BrowserContext, desk: Desk, name: str) -> None:
    """Log in by the form, without drawing it."""
    context.request.post(
        f"{desk.url}/login",
        form={"name": name, "password": desks.PASSWORD},
        headers={"Sec-Fetch-Site": "same-origin"},
    )


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)`: what axe-core finds wrong there, one line a rule and place."""

    def look(page: Page) -> list[str]:
        # Through the debugger, which the page's CSP does not concern.
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{violation['id']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    return look
