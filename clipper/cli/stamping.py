"""Time stamps as the config wants them, and the archive's chain stamped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import ClipperError, ConfigError
from .home import Home, NoConfig, now
from .parts import network_of

if TYPE_CHECKING:
    from ..archive import Archive
    from ..archive.stamps import Check, Stamper
    from ..config import Config
    from ..fetch import Reply, SendError
    from ..store import Store


@contextmanager
def stamper_of(config: Config) -> Iterator[Stamper | None]:
    """What has bytes stamped by the service that the config names; None when it names none.

    Raises ArchiveError when the certificates can't be read.
    """
    from ..archive.stamps import HEADERS, Stamp, Unstamped, trust
    from ..fetch import Sender

    place = config.stamps
    if place is None:
        yield None
        return
    trusted = trust(place.certificates)
    with Sender(network_of(config)) as sender:

        def post(request: bytes) -> bytes | str:
            return _body(sender.send("POST", place.service, request, HEADERS))

        def stamp(content: bytes) -> Stamp | Unstamped:
            return trusted.stamp(post, content)

        yield stamp


def _body(answer: Reply | SendError) -> bytes | str:
    from ..fetch import SendError

    if isinstance(answer, SendError):
        return f"the service could not be asked: {answer.text.rstrip('.')}"
    if answer.status != 200:
        return f"the service answered with status {answer.status}"
    return answer.body


def check_of(certificates: Path | None) -> Check | None:
    """What says whether a time stamp holds; None when no certificates are named."""
    from ..archive.stamps import trust

    return None if certificates is None else trust(certificates).check


def certificates_of(home: Home) -> Path | None:
    """The certificates that the config names; None without any, or without a config that can
    be read: packages and the archive can be looked at all the same."""
    try:
        place = home.config.stamps
    except (NoConfig, ConfigError):
        return None
    return None if place is None else place.certificates


def stamp_chain(config: Config, store: Store, archive: Archive) -> None:
    """Have the archive's chain stamped after a round, where a service is named and files were
    sealed since the last stamp. What goes wrong is said, and is no failure of the round."""
    from .. import custody

    if config.stamps is None:
        return
    try:
        with stamper_of(config) as stamper:
            assert stamper is not None
            failed = custody.stamp(store, archive, stamper, now())
    except ClipperError as error:
        click.echo(str(error), err=True)
        return
    if failed is not None:
        click.echo(
            f"The archive has no new time stamp: {failed.why}. It is tried again in an hour.",
            err=True,
        )
