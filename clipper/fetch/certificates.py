"""When a server's certificate ends: one TLS handshake, through the same gate as a fetch."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any, cast

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from clipper.fetch.addresses import networks
from clipper.fetch.dial import Resolve, system_resolve
from clipper.fetch.failures import TROUBLES, Failure, explain
from clipper.fetch.lines import Connector, Line
from clipper.fetch.settings import Network
from clipper.fetch.targets import read_target
from clipper.fetch.watchdog import Lease, Watchdog


def certificate_ends(
    url: str, network: Network, resolve: Resolve = system_resolve
) -> datetime | str | None:
    """When the certificate of the server of `url` ends; a sentence where there is no valid one.

    None where the address is not https, so that none is needed. Nothing is asked of the server.
    """
    watchdog = Watchdog()
    try:
        target = read_target(url)
        if target.scheme != "https":
            return None
        proxy = read_target(network.proxy) if network.proxy else None
        connector = Connector(resolve, networks(network.allow), proxy, network.ca_file)
        line = _Handshake(target, connector)
        lease = watchdog.lease(monotonic() + network.deadline)
        try:
            return line.ends(lease, network.deadline)
        except TROUBLES as error:
            seconds = network.deadline
            return explain(error, target.host, late=lease.late, seconds=seconds).text
        finally:
            lease.end()
            line.close()
    except Failure as failure:
        return failure.text
    finally:
        watchdog.close()


def unreadable_authorities(own: str) -> Iterator[tuple[str, str]]:
    """The files of certificate authorities that can't be read, and why; `own` is the config's."""
    for path in filter(None, (str(DEFAULT_CA_BUNDLE_PATH), own)):
        try:
            ssl.create_default_context(cafile=path)
        except (OSError, ssl.SSLError) as error:
            yield path, str(getattr(error, "strerror", None) or error)


class _Handshake(Line):
    """A line on which nothing is sent."""

    def ends(self, lease: Lease, idle: float) -> datetime:
        """Connect, and read the certificate. Raises as `Line.ask` does."""
        self._lease, self._idle = lease, idle
        lease.hold(self)
        self._connection.timeout = max(0.01, min(idle, lease.left))
        self._connection.connect()
        shown: dict[str, Any] = cast("ssl.SSLSocket", self._connection.sock).getpeercert() or {}
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(shown["notAfter"]), UTC)
