"""What a user may set about the network. Imports nothing heavy: the config builds it."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from clipper import __version__

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The bounds within which clipper fetches.

    `contact` (an address or URL) goes into the User-Agent. `allow` lists networks in
    CIDR form that may be reached although they are not public. `deadline` is the time in
    seconds for one fetch with all its redirects, from the name's look-up to the body's last
    byte; waiting for a host's turn is not counted. `idle` is the longest silence in
    seconds within it. `max_bytes` bounds a body both as received and as decoded.
    `patience` is the longest time in seconds that a fetch waits for its host's turn.
    `proxy` is an `http://host:port` that all requests go through; a proxy set in the
    environment is never used. `ca_file` names a PEM file of certificate authorities
    trusted beside the usual ones.
    """

    contact: str = ""
    allow: tuple[str, ...] = ()
    deadline: float = 30.0
    idle: float = 10.0
    max_bytes: int = 10 * MEGABYTE
    max_redirects: int = 5
    patience: float = 60.0
    proxy: str = ""
    ca_file: str = ""

    @property
    def user_agent(self) -> str:
        """The User-Agent sent: name, version and, once it is set, the contact."""
        contact = _printable(self.contact)
        return f"clipper/{__version__}" + (f" (+{contact})" if contact else "")

    @property
    def remark(self) -> str:
        """What to tell the user after a round, or an empty string when all is well."""
        if _printable(self.contact):
            return ""
        return (
            "clipper does not say whom to ask about its visits: "
            'add a line "contact: you@example.org" to sources.yaml, '
            "so that outlets can write to you instead of shutting you out."
        )


def _printable(value: str) -> str:
    """`value` as it may stand in a header comment (RFC 9110, 5.6.5): plain, short ASCII."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode()
    return "".join(char for char in plain if char.isprintable() and char not in "()\\").strip()[
        :200
    ]
