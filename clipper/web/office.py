"""What the desk works with: the store, the config, the clock, the hands."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from flask import current_app

from clipper.archive.shelf import Shelf
from clipper.config import Config
from clipper.errors import ConfigError
from clipper.model import Outlet
from clipper.store import Store

if TYPE_CHECKING:
    from clipper.pipeline import Parts

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the desk is served.

    `hosts` are the names under which it may be asked for, without port. `secure`: people
    come through TLS. `local` is the name of the single local editor, "" when people log in.
    `proxy` is the address of the reverse proxy before it, whose X-Forwarded headers are
    believed, "" when there is none. `first` is the SHA-256 digest, in hex, of
    the token in the first visit's link, "" when there is none. `metrics` is that of the token
    that the metrics are given for.
    """

    hosts: tuple[str, ...] = LOOPBACK
    secure: bool = False
    local: str = ""
    proxy: str = ""
    first: str = ""
    metrics: str = ""


class ConfigKept:
    """The newest good config of a file that people edit while the desk runs.

    Called, it gives the config; a file that has changed is read again. One with problems
    leaves the last good one in force, and `trouble` says so. The first reading raises.
    """

    def __init__(self, path: Path, read: Callable[[], Config]) -> None:
        self._path = path
        self._read = read
        self._lock = threading.Lock()
        self._stamp = self._look()
        self._config = read()
        self.trouble: ConfigError | None = None

    def __call__(self) -> Config:
        with self._lock:
            stamp = self._look()
            if stamp != self._stamp:
                self._stamp = stamp
                self._renew()
            return self._config

    def _look(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _renew(self) -> None:
        try:
            self._config = self._read()
        except ConfigError as error:
            self.trouble = error
        else:
            self.trouble = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """All that views reach. `token` gives a new unguessable text; `hands` the parts of a
    round, to fetch with, closed again at the end of the `with`. `archive` is the folder of the
    archived pages, which are only read, by `shelf` also where they went elsewhere; `link_key`
    gives the key of the brief's links, empty for none."""

    store: Store
    config: ConfigKept
    now: Callable[[], datetime]
    token: Callable[[], str]
    hands: Callable[[], AbstractContextManager[Parts]]
    archive: Path
    shelf: Shelf | None = None
    link_key: Callable[[], bytes] = bytes
    settings: Settings = field(default_factory=Settings)

    def outlets(self) -> Mapping[str, Outlet]:
        """The outlets of the config by slug."""
        return {outlet.slug: outlet for outlet in self.config().outlets}

    def outlet(self, slug: str) -> Outlet:
        """The outlet of that slug; one that left the config keeps its slug as a name."""
        return self.outlets().get(slug) or Outlet(slug=slug, name=slug, budget=self.config().budget)


def office() -> Office:
    """The office of the app that answers now."""
    found = current_app.extensions["clipper"]
    assert isinstance(found, Office)
    return found
