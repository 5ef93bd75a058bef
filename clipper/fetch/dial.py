"""From a host's name to a connected socket, by way of the address check.

Looking a name up twice is how "checked, then connected" is fooled (DNS rebinding). So the
name is looked up once, all its addresses are checked, and the socket is connected to one
of exactly those.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import TypeAlias

from clipper.fetch.addresses import Net, refusal
from clipper.fetch.failures import Failure, blocked

Resolve: TypeAlias = Callable[[str, int], Sequence[str]]
"""From host and port to IP addresses as text; raises OSError when there are none."""

MAX_LOOKUP = 10.0
"""Seconds that a name server may take, within the fetch's own deadline."""

_TRIES = 4
_lookups = threading.BoundedSemaphore(64)


def system_resolve(host: str, port: int) -> Sequence[str]:
    """The addresses that the operating system knows for `host`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def look_up(resolve: Resolve, host: str, port: int, seconds: float) -> Sequence[str]:
    """What `resolve` answers within `seconds`; raises Failure("dns") otherwise.

    getaddrinfo can't be interrupted, so it runs in a thread of its own that is left to
    its fate when time is up; at most 64 such threads live at once.
    """
    if _is_address(host):
        return (host,)
    silent = Failure("dns", f"No name server answered where {host} is.")
    if not _lookups.acquire(timeout=seconds):
        raise silent
    answers: SimpleQueue[Sequence[str] | Exception] = SimpleQueue()
    asked = (resolve, host, port, answers)
    threading.Thread(target=_ask, args=asked, name="clipper-dns", daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise silent from None
    if isinstance(answer, Exception) or not answer:
        cause = answer if isinstance(answer, Exception) else None
        raise Failure("dns", f"The name {host} was not found.") from cause
    return answer


def _ask(
    resolve: Resolve, host: str, port: int, answers: SimpleQueue[Sequence[str] | Exception]
) -> None:
    try:
        answers.put(resolve(host, port))
    except (OSError, ValueError) as error:
        answers.put(error)
    finally:
        _lookups.release()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def check(host: str, addresses: Sequence[str], allow: tuple[Net, ...]) -> None:
    """Raises Failure("blocked") unless every address of `host` may be connected to.

    One bad address among good ones condemns them all: no honest name has both.
    """
    for address in addresses:
        why = refusal(address, allow)
        if why:
            raise blocked(
                f"{host} leads to {address}, which is not a public address ({why}). "
                'If that is meant, add the network to "network: allow:" in sources.yaml.'
            )


def connect(
    addresses: Sequence[str],
    port: int,
    left: Callable[[], float],
    hold: Callable[[socket.socket], None],
) -> socket.socket:
    """A socket connected to the first of `addresses` that answers on `port`.

    `left` tells the seconds that remain; they are shared among the addresses. `hold` is
    given each socket before it connects, so that others can end it. Raises OSError.
    """
    tried = addresses[:_TRIES]
    for number, address in enumerate(tried, 1):
        last = number == len(tried)
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            sock.settimeout(max(0.01, left() / (1 if last else 2)))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            hold(sock)
            sock.connect((address, port))
        except OSError:
            sock.close()
            if last:
                raise
        else:
            return sock
    raise OSError("no address to connect to")
