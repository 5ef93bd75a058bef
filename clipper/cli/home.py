"""Where a command finds its config, its store and its archive."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ClipperError

if TYPE_CHECKING:
    from ..archive.shelf import Shelf
    from ..config import Config
    from ..store import Store

CONFIG = "sources.yaml"


class NoConfig(ClipperError):
    """There is no config where one was looked for."""


class NothingYet(ClipperError):
    """The store was not made yet: no round has run here."""


def now() -> datetime:
    """The clock of the command line; everything below gets the time handed in."""
    return datetime.now(UTC)


class Home:
    """The config and the data folder of one command.

    `--config` wins over `CLIPPER_CONFIG`, that over `sources.yaml` in the working
    directory; `--data` wins over `CLIPPER_DATA`, that over `data` beside the config.
    """

    def __init__(self, config: str | None = None, data: str | None = None) -> None:
        named = config or os.environ.get("CLIPPER_CONFIG") or CONFIG
        self.config_path = Path(named).expanduser().absolute()
        kept = data or os.environ.get("CLIPPER_DATA")
        self.archive_override: Path | None = None
        self.data = Path(kept).expanduser().absolute() if kept else self.config_path.parent / "data"

    @property
    def store_path(self) -> Path:
        """The store's file."""
        return self.data / "clipper.db"

    @property
    def archive_path(self) -> Path:
        """The archive's folder; a dry run's is elsewhere."""
        return self.archive_override or self.data / "archive"

    @property
    def is_rehearsing(self) -> bool:
        """Whether nothing of what is done is kept: a dry run."""
        return self.archive_override is not None

    @property
    def shelf(self) -> Shelf:
        """The archive's files for reading: in its folder, or where the config says they went."""
        from ..archive.shelf import Shelf
        from .depots import connect

        return Shelf(self.archive_path, connect(self))

    @cached_property
    def config(self) -> Config:
        """The config, valid as a whole. Raises NoConfig, ConfigError."""
        from ..attribution import check
        from ..config import load

        if not self.config_path.exists():
            raise NoConfig(
                f"there is no config at {self.config_path}. "
                "Write one with 'clipper init', or name one with --config."
            )
        return load(
            self.config_path, data=self.data, check_template=lambda words: check(words) or ""
        )

    def open_store(self, *, create: bool = False) -> Store:
        """The store; `create` makes one where there is none. Raises NothingYet, StoreError."""
        from ..store import Store

        if self.store_path.exists():
            return Store.open(self.store_path)
        if not create:
            raise NothingYet(
                f"nothing was fetched yet (there is no {self.store_path}). Run 'clipper fetch'."
            )
        self.data.mkdir(parents=True, exist_ok=True)
        return Store.create(self.store_path)
