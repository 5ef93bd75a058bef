"""Sending: one request to one address, through the same gate as every fetch.

    read_target -> checked address -> request with its body -> answer, whatever its status

Unlike `Fetcher.get`, an answer of any status is an answer: whoever sends has to read
what the other end says about it. No redirect is followed, so that neither credentials nor
a body go to another place than the one that was named. What went wrong is a `SendError`
that says whether the other end may have got the request all the same.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import BinaryIO, Self, cast

from clipper.fetch.addresses import networks
from clipper.fetch.body import TooLargeError, decode, encodings, framing, read
from clipper.fetch.dial import Resolve, system_resolve
from clipper.fetch.failures import TROUBLES, Failure, explain
from clipper.fetch.lines import Answer, Connector, Line
from clipper.fetch.settings import MEGABYTE, Network
from clipper.fetch.targets import Target, read_target, redacted
from clipper.fetch.watchdog import Lease, Watchdog
from clipper.model import Headers

LARGEST_ANSWER = 4 * MEGABYTE
"""Bytes of an answer that are read; more is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the other end answered: any status, at most `LARGEST_ANSWER` bytes of body."""

    url: str
    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str:
        """The first value of the header `name` (any case), or an empty string."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendError:
    """A request without an answer that can be used.

    `kind` and `text` are as in `FetchError`. `maybe_sent`: the request, or part of it, left,
    so that the other end may have done what it asks; look there before sending again.
    """

    kind: str
    text: str
    url: str
    maybe_sent: bool
    temporary: bool = True


class Sender:
    """Sends requests within the bounds of `network`; one at a time. A context manager.

    `resolve` turns names into addresses. Raises ValueError for an `allow` that is no network.
    """

    def __init__(self, network: Network, *, resolve: Resolve = system_resolve) -> None:
        self.network = network
        proxy = read_target(network.proxy) if network.proxy else None
        self._connector = Connector(resolve, networks(network.allow), proxy, network.ca_file)
        self._watchdog = Watchdog()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End what is under way."""
        self._watchdog.close()

    def send(
        self,
        method: str,
        url: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply | SendError:
        """Send one request; the answer, or why there is none.

        `headers` go beside clipper's own; with a body they should name its Content-Type.
        """
        try:
            target = read_target(url)
        except Failure as failure:
            return _error(failure, url, maybe_sent=False)
        line = _SendingLine(target, self._connector)
        lease = self._watchdog.lease(monotonic() + self.network.deadline)
        try:
            return self._exchange(line, method, body, headers or {}, lease)
        except Failure as failure:
            return _error(failure, url, maybe_sent=line.began)
        except TooLargeError:
            text = f"{target.host} answered with more than {LARGEST_ANSWER // MEGABYTE} MB."
            return _error(Failure("too-large", text, temporary=False), url, maybe_sent=True)
        except TROUBLES as error:
            found = explain(error, target.host, late=lease.late, seconds=self.network.deadline)
            return _error(found, url, maybe_sent=line.began)
        finally:
            lease.end()
            line.close()

    def _exchange(
        self, line: _SendingLine, method: str, body: bytes, headers: Mapping[str, str], lease: Lease
    ) -> Reply:
        own = {
            "Host": line.target.netloc,
            "User-Agent": self.network.user_agent,
            "Accept-Encoding": "gzip",
            "Connection": "close",
            "Content-Length": str(len(body)),
        }
        given = {name.lower() for name in headers}
        sent = {name: value for name, value in own.items() if name.lower() not in given}
        answer = line.send(method, body, sent | dict(headers), lease, self.network.deadline)
        return _reply(answer, line.target, lease)


class _SendingLine(Line):
    """A line that carries one request with a body. `began`: bytes of it may have left."""

    began = False

    def send(
        self, method: str, body: bytes, headers: dict[str, str], lease: Lease, idle: float
    ) -> Answer:
        """Send the request; the answer's status and header. Raises as `Line.ask` does."""
        self._lease, self._idle = lease, idle
        lease.hold(self)
        connection = self._connection
        connection.timeout = max(0.01, min(idle, lease.left))
        connection.connect()
        self._sock = connection.sock
        self.began = True
        connection.request(method, self._connector.form(self.target), body=body, headers=headers)
        return cast("Answer", http.client.HTTPConnection.getresponse(connection))


def _reply(answer: Answer, target: Target, lease: Lease) -> Reply:
    headers = answer.fields()
    received = read(cast("BinaryIO", answer.fp), framing(headers, answer.status), LARGEST_ANSWER)
    if lease.expired:
        # A body that lasts until the close may have been ended by the watchdog.
        raise TimeoutError
    body = decode(received, encodings(headers), LARGEST_ANSWER)
    return Reply(url=target.url, status=answer.status, headers=headers, body=body)


def _error(failure: Failure, url: str, *, maybe_sent: bool) -> SendError:
    return SendError(
        kind=failure.kind,
        text=failure.text,
        url=redacted(url),
        maybe_sent=maybe_sent,
        temporary=failure.temporary,
    )
