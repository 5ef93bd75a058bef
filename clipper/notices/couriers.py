"""Couriers: letters to chat services, and to webhooks with a signature.

Webhooks follow Standard Webhooks (https://www.standardwebhooks.com): the headers `webhook-id`,
`webhook-timestamp` and `webhook-signature`, the last an HMAC-SHA256 over
`id.timestamp.body`, with a key that is written `whsec_` and base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, Protocol

from .. import chat, urls
from ..fetch import Reply, SendError
from ..fetch.waits import retry_after
from .sending import Courier, Failed, Letter

FEWEST, MOST = 24, 64
"""Bytes of a key, by the convention."""

TYPES: Final = {
    "queued": "clippings.queued",
    "approved": "clipping.approved",
    "published": "clipping.published",
    "withdrawn": "clipping.withdrawn",
    "spike": "coverage.spike",
    "failing": "sources.failing",
    "well-again": "sources.well-again",
    "test": "clipper.test",
}
"""What each kind of notice is called in a webhook's body."""


class Sends(Protocol):
    """What `fetch.Sender` offers."""

    def send(
        self, method: str, url: str, body: bytes, headers: dict[str, str]
    ) -> Reply | SendError:
        """One request; the answer, or why there is none."""


def to_chat(address: str) -> Courier:
    """A courier to the service at `address`, in apprise's notation."""

    def courier(letter: Letter) -> Failed | None:
        failed = chat.send(address, letter.title, letter.text)
        return Failed(text=failed.text, maybe_sent=failed.maybe_sent) if failed else None

    return courier


def to_nowhere(why: str) -> Courier:
    """A courier for a target whose secret is not there: each letter fails with that reason."""
    return lambda letter: Failed(text=why)


def to_webhook(sender: Sends, url: str, key: bytes, now: Callable[[], datetime]) -> Courier:
    """A courier that posts to `url`, signed with `key`."""
    host = urls.host(url)

    def courier(letter: Letter) -> Failed | None:
        content = body(letter)
        answer = sender.send("POST", url, content, headers(letter.number, now(), content, key))
        if isinstance(answer, SendError):
            return Failed(text=answer.text, maybe_sent=answer.maybe_sent)
        if 200 <= answer.status < 300:
            return None
        text = f"{host} {_verdict(answer.status)}."
        return Failed(text=text, answered=True, rest=_rest(answer, now()))

    return courier


def _rest(answer: Reply, now: datetime) -> timedelta:
    """For how long the other end asks to be left alone (RFC 9110, 10.2.3), a day at most."""
    if answer.status not in (429, 503):
        return timedelta(0)
    asked = retry_after(answer.header("retry-after"), date=answer.header("date"), now=now)
    return timedelta(seconds=asked or 0)


def _verdict(status: int) -> str:
    if 300 <= status < 400:
        return f"answers with a redirect ({status}), which is not followed: use the new address"
    if status == 410:
        return "says that nobody listens there any more (410): take the webhook out of the config"
    return f"refuses it ({status})"


def body(letter: Letter) -> bytes:
    """What a webhook gets: JSON with `type`, `timestamp` (when it happened) and `data`."""
    told = {
        "type": TYPES[letter.kind],
        "timestamp": letter.at.isoformat().replace("+00:00", "Z"),
        "data": {**letter.told, "title": letter.title},
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def headers(number: str, at: datetime, content: bytes, key: bytes) -> dict[str, str]:
    """The headers that go with `content`; `at` is when it is sent."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((number.encode(), seconds.encode(), content))
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": seconds,
        "webhook-signature": f"v1,{signature}",
    }


def key_of(secret: str) -> bytes | None:
    """The key that `whsec_…` stands for; None when it is none, or too short to protect."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if FEWEST <= len(key) <= MOST else None
