"""The composition root: the hands that a round works with, put together from the config."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from .depots import connect
from .home import Home, now

if TYPE_CHECKING:
    from ..config import Config
    from ..fetch import Network, RobotsCopy
    from ..pipeline import Parts
    from ..store import Store


def network_of(config: Config) -> Network:
    """The config's words on the network as the fetcher takes them."""
    from ..fetch import Network

    told = config.network
    return Network(
        contact=told.contact,
        allow=told.allow,
        deadline=told.deadline,
        max_bytes=told.max_bytes,
        proxy=told.proxy,
        ca_file=told.ca_file,
    )


READING = (
    "pebble",
    "feedparser",
    "lxml.html",
    "trafilatura",
    "htmldate",
    "clipper.sources",
    "clipper.reading",
    "clipper.extract",
    "clipper.match",
    "clipper.dedupe",
    "clipper.excerpt",
)
"""What a worker needs: imported once, by the fork server, before the first worker is made."""


class RobotsKept:
    """Copies of robots.txt, kept in the store between rounds."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def recall(self, origin: str) -> RobotsCopy | None:
        """The copy kept for an origin, or None."""
        from ..fetch import RobotsCopy

        kept = self._store.recall(f"robots:{origin}", now())
        if kept is None:
            return None
        at, text = kept.split("\n", 1)
        return RobotsCopy(origin, text, datetime.fromisoformat(at))

    def remember(self, copy: RobotsCopy) -> None:
        """Keep a copy for as long as it may serve."""
        value = f"{copy.fetched_at.isoformat()}\n{copy.text}"
        self._store.remember(f"robots:{copy.origin}", value, now(), lasting=timedelta(days=30))


@contextmanager
def assemble(home: Home, store: Store, *, stamping: bool = True) -> Iterator[Parts]:
    """The parts of a round; closed again at the end, worker processes included.

    With `stamping`, what was sealed meanwhile gets its time stamp at the end, where the
    config names a service.
    """
    from .. import custody, reading, retention
    from ..archive import Archive
    from ..engine import Workers
    from ..fetch import Fetcher
    from ..pipeline import Parts, Rhythm

    config = home.config
    robots = RobotsKept(store)
    prepare = partial(reading.prepare, config.campaigns, dict(config.lists), dict(config.tags))
    with (
        Workers(os.cpu_count() or 1, start=prepare, preload=READING) as workers,
        Fetcher(
            network_of(config), now=now, recall=robots.recall, remember=robots.remember
        ) as fetcher,
        Archive(
            home.archive_path,
            now=now,
            earlier=store.snapshots.with_digest,
            connect=connect(home),
        ) as archive,
    ):
        custody.adopt(store, archive)
        retention.finish(store, archive, now())
        yield Parts(
            store=store,
            archive=archive,
            fetcher=fetcher,
            workers=workers,
            outlets={outlet.slug: outlet for outlet in config.outlets},
            now=now,
            random=random.Random(),  # noqa: S311  (jitter, no secret)
            rhythm=Rhythm(lanes=config.network.parallel),
            bounds=config.rhythm,
        )
        if stamping and not home.is_rehearsing:
            from .stamping import stamp_chain

            stamp_chain(config, store, archive)
