"""The pictures of the desk in the docs, taken from the demo's data.

    python docs/screenshots.py

Runs the demo's outlets and one round, serves the desk, and photographs its pages with
Chromium (CHROMIUM names another than /usr/bin/chromium) into docs/images/.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from clipper import demo
from clipper.cli.fetch import round_of
from clipper.cli.home import Home, now
from clipper.cli.parts import assemble
from clipper.model import Status
from clipper.store import Role, Store
from clipper.web import ConfigKept, Office, passwords, serving

IMAGES = Path(__file__).parent / "images"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
PASSWORD = secrets.token_urlsafe(16)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Store]]:
    """The desk on the demo's data: its address and its store."""
    with demo.serve(now()) as servers:
        home = Home(str(demo.write_config(folder, servers)), str(folder / "data"))
        round_of(home, quiet=True)
        with home.open_store() as store, closing(_server(home, store)) as running:
            thread = threading.Thread(target=running.run, daemon=True)
            thread.start()
            yield f"http://127.0.0.1:{running.effective_port}", store


def _server(home: Home, store: Store):  # type: ignore[no-untyped-def]
    store.people.add("Ana", Role.ADMIN, passwords.hashed(PASSWORD), now())
    office = Office(
        store=store,
        config=ConfigKept(home.config_path, lambda: home.config),
        now=now,
        token=partial(secrets.token_urlsafe, 32),
        hands=lambda: assemble(home, store),
    )
    return serving.server(office, "127.0.0.1", 0)


def photograph(browser: Browser, url: str, store: Store, name: str) -> None:
    width, height = SIZES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height}, is_mobile=name == "phone",
        has_touch=name == "phone",
    )  # fmt: skip
    headers = {"Sec-Fetch-Site": "same-origin"}
    context.request.post(
        f"{url}/login", form={"name": "Ana", "password": PASSWORD}, headers=headers
    )
    page = context.new_page()
    first = store.clippings.list(status=Status.QUEUED, limit=1)[0].id
    for subject, path in (
        ("queue", "/"), ("judging", f"/clippings/{first}"), ("sources", "/sources"),
        ("clip", "/clip"),
    ):  # fmt: skip
        page.goto(url + path)
        _take(page, f"{subject}-{name}")
    page.goto(f"{url}/campaign/calls-from-jail")
    page.locator("#q0").fill('(jail* OR inmate*) NEAR/25 ("phone call*" OR llamada*)')
    page.get_by_role("button", name="Rehearse").click()
    page.locator("#rehearsed h2").wait_for()
    page.wait_for_timeout(800)
    _take(page, f"campaigns-{name}")
    context.close()


def _take(page: Page, name: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=str(path), animations="disabled", caret="hide")
    print(f"{path.name}: {path.stat().st_size // 1000} kB")


def main() -> None:
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as (url, store),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name in SIZES:
            photograph(browser, url, store, name)
        browser.close()


if __name__ == "__main__":
    main()
