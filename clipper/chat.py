"""Chat and phone services: one message to one address, by apprise, and what became of it.

apprise names addresses with their tokens in what it logs, so nothing of its log is passed on:
it is only read for what kind of failure there was. No redirect is followed, so that neither a
token nor a text goes to another place than the one that was named.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

SECONDS: Final = 60.0
"""The longest that one message may take, with all that its service asks for."""

INSTALL: Final = (
    "Notices to chat and phone services need the package apprise, which is not installed. "
    "Type: pip install 'clipper[notices]'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that the service did not take, as far as we know.

    `text` is a sentence without any address; `maybe_sent`: it may have gone out all the same.
    """

    text: str
    maybe_sent: bool = False


def send(address: str, title: str, body: str) -> Undelivered | None:
    """Hand a message over to the service at `address` (in apprise's notation); None when it
    was taken."""
    try:
        import apprise
    except ImportError:
        return Undelivered(text=INSTALL)
    with _overheard() as heard:
        asset = apprise.AppriseAsset(
            app_id="clipper", app_desc="clipper", http_redirects=False, service_timeout=SECONDS
        )
        service = apprise.Apprise.instantiate(address, asset=asset)
        if service is None:
            text = "apprise can't read the address: see its list of services for how to write it."
            return Undelivered(text=text)
        post = apprise.Apprise(asset=asset)
        post.add(service)
        taken = post.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
    return None if taken else heard.verdict()


class _Listener(logging.Handler):
    """Reads apprise's log for what went wrong, and keeps none of its text."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.status = ""
        self.never_left = False
        self.late = False
        self.some = False

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if record.levelno >= logging.WARNING and (found := _STATUS.search(said)):
            self.status = found[1]
        self.some = self.some or (record.levelno == logging.INFO and said.startswith("Sent "))
        self.never_left = self.never_left or bool(_NEVER_LEFT.search(said))
        self.late = self.late or "timed out" in said

    def verdict(self) -> Undelivered:
        """What is known of a message that was not taken."""
        if self.some:
            text = "the service took it for some of the places in the address, not for all."
            return Undelivered(text=text, maybe_sent=True)
        if self.status:
            return Undelivered(text=f"the service refuses it ({self.status}{_hint(self.status)}).")
        if self.never_left:
            return Undelivered(text="the service can't be reached: no connection.")
        late = "did not answer in time" if self.late else "ended the connection, or gave no reason"
        return Undelivered(text=f"the service {late}.", maybe_sent=True)


_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_NEVER_LEFT: Final = re.compile(
    r"NewConnectionError|NameResolutionError|Failed to establish|ConnectTimeout|SSLError"
    r"|Connection refused|Failed to resolve|Name or service not known|ProxyError"
)
"""What urllib3 says when no connection came to be: nothing was sent."""


def _hint(status: str) -> str:
    if status in ("401", "403", "404"):
        return ": its token or path may be wrong"
    if status == "429":
        return ": too many messages"
    return ": a redirect, which is not followed" if status.startswith("3") else ""


@contextmanager
def _overheard() -> Iterator[_Listener]:
    """apprise's log, for us alone: neither handlers of others nor the console see it."""
    log = logging.getLogger("apprise")
    before = log.handlers, log.level, log.propagate
    listener = _Listener()
    log.handlers, log.propagate = [listener], False
    log.setLevel(logging.DEBUG)
    try:
        yield listener
    finally:
        log.handlers, log.propagate = before[0], before[2]
        log.setLevel(before[1])
