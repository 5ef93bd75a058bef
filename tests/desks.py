"""What the desk's tests build with: an office on a real store, clients, a served desk."""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Never

from flask.testing import FlaskClient
from waitress import wasyncore

from clipper import attribution, config
from clipper.store import Role, Store
from clipper.web import ConfigKept, Office, Settings, create_app, passwords, serving

from . import keeping

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PASSWORD = "four plain words here"

CONFIG = """\
# What the desk's tests follow.
contact: desk@example.org
outlets:
  - name: The Daily
    slug: daily
    site: https://daily.example
    feed: https://daily.example/feed
  - name: Herald
    site: https://herald.example
    feed: https://herald.example/rss
campaigns:
  - name: Prison divestment
    query: '"prison shares" OR divest*'   # the comment stays
"""


class Clock:
    """A clock that stands still until told to go on."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def go_on(self, by: timedelta) -> None:
        self.at += by


@contextmanager
def no_hands() -> Iterator[Never]:
    """The parts of a round for a desk that never fetches."""
    raise AssertionError("this desk does not fetch")
    yield


def office_of(
    folder: Path,
    *,
    now: Callable[[], datetime] | None = None,
    text: str = CONFIG,
    hands: Callable[[], Any] = no_hands,
    **settings: Any,
) -> Office:
    """An office with a store and a `sources.yaml` of its own in `folder`; the store knows the
    sources of `keeping`, so that `keeping.queued(office.store, key)` makes clippings."""
    path = folder / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    store = Store.open(folder / "clipper.db", create=True)
    clock = now or Clock()
    kept = ConfigKept(
        path, lambda: config.load(path, data=folder, check_template=attribution.check)
    )
    keeping.synced(store)
    count = itertools.count()
    return Office(
        store=store,
        config=kept,
        now=clock,
        token=lambda: f"token-{next(count):060d}",
        hands=hands,
        archive=folder / "archive",
        settings=Settings(**settings),
    )


class Client(FlaskClient):
    """A test client that says where it comes from, as a browser does."""

    csrf = ""

    def open(self, *args: Any, **kwargs: Any) -> Any:
        headers = dict(kwargs.pop("headers", None) or {})
        headers.setdefault("Sec-Fetch-Site", "same-origin")
        # Buffered: a file that is served is read and closed.
        return super().open(*args, headers=headers, buffered=True, **kwargs)

    def send(self, path: str, **form: Any) -> Any:
        """Post a form with this session's token."""
        return self.post(path, data={"csrf": self.csrf, **form})


def stranger_of(office: Office) -> Client:
    """A client that nobody is logged in at."""
    app = create_app(office)
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    return client


def account(office: Office, role: Role, name: str = "") -> str:
    """The name of an account with `PASSWORD`, made when there is none."""
    name = name or role.value
    if office.store.people.named(name) is None:
        office.store.people.add(name, role, _hash(), office.now())
    return name


_hashes: list[str] = []


def _hash() -> str:
    # One hash for all: a second one costs 64 MiB and 50 ms.
    if not _hashes:
        _hashes.append(passwords.hashed(PASSWORD))
    return _hashes[0]


def client_of(office: Office, role: Role = Role.EDITOR, name: str = "") -> Client:
    """A client that a person of that role is logged in at."""
    client = stranger_of(office)
    log_in(client, account(office, role, name))
    return client


def log_in(client: Client, name: str, password: str = PASSWORD) -> Any:
    """Log in by the form, and learn the new session's CSRF token."""
    answer = client.send("/login", name=name, password=password)
    client.csrf = token_of(client.get("/account").text)
    return answer


def token_of(page: str) -> str:
    """The CSRF token that a page's forms carry."""
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    return found[1] if found else ""


@contextmanager
def serving_desk(office: Office) -> Iterator[str]:
    """The real server on loopback; its address without a slash at the end."""
    running = serving.server(office, "127.0.0.1", 0)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.effective_port}"
    finally:
        running.task_dispatcher.shutdown()
        # In the server's own thread: its select loop must not find closed sockets.
        running.trigger.pull_trigger(lambda: wasyncore.close_all(running._map))
        thread.join(5)
        assert not thread.is_alive(), "the desk did not end"
