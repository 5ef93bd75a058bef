"""The one way in: every byte that clipper takes from outside comes through `Fetcher.get`.

    read_target -> robots -> turn (one request a host, gap) -> line (checked address)
    -> answer -> hop, or body within bounds -> Page | FetchError

`Network` is light, so that the config can build it; `Fetcher` brings requests and
urllib3 and is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clipper.fetch.settings import Network

if TYPE_CHECKING:
    from clipper.fetch.fetcher import Fetcher
    from clipper.fetch.posting import Reply, Sender, SendError
    from clipper.fetch.purposes import PURPOSES, Purpose
    from clipper.fetch.robots import RobotsCopy

__all__ = [
    "PURPOSES",
    "Fetcher",
    "Network",
    "Purpose",
    "Reply",
    "RobotsCopy",
    "SendError",
    "Sender",
]

_ROOMS = {
    "Fetcher": "clipper.fetch.fetcher",
    "PURPOSES": "clipper.fetch.purposes",
    "Purpose": "clipper.fetch.purposes",
    "RobotsCopy": "clipper.fetch.robots",
    "Reply": "clipper.fetch.posting",
    "SendError": "clipper.fetch.posting",
    "Sender": "clipper.fetch.posting",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ROOMS[name]), name)
