"""Why a fetch failed, in a stable word and in a sentence for people.

`Failure` unwinds from inside a fetch to the one place in `Fetcher.get` that turns it
into a `FetchError`; it never leaves this package.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from http import HTTPStatus

from urllib3.exceptions import HTTPError

from clipper.model import FetchError, Headers


class Failure(Exception):
    """An expected end of a fetch; its parts are those of `FetchError`."""

    def __init__(
        self,
        kind: str,
        text: str,
        *,
        temporary: bool = True,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.temporary = temporary
        self.status = status
        self.retry_after = retry_after

    def value(self, url: str) -> FetchError:
        """The failure as the value that callers get, for the fetch of `url`."""
        return FetchError(
            kind=self.kind,
            text=self.text,
            url=url,
            status=self.status,
            temporary=self.temporary,
            retry_after=self.retry_after,
        )


class BrokenOffError(OSError):
    """A body that ended before its announced end."""


def blocked(text: str) -> Failure:
    """A refusal by the gate: nothing was sent, and trying again will not help."""
    return Failure("blocked", text, temporary=False)


TROUBLES = (OSError, http.client.HTTPException, HTTPError, ValueError)
"""All that the socket, TLS and HTTP layers raise at a peer's doing."""

_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (ssl.SSLEOFError, "reset"),
    (ssl.SSLZeroReturnError, "reset"),
    (ssl.SSLError, "tls"),
    (TimeoutError, "timeout"),
    (socket.gaierror, "dns"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (BrokenOffError, "reset"),
    (http.client.HTTPException, "protocol"),
    (HTTPError, "protocol"),
    (OSError, "refused"),
    (ValueError, "protocol"),
)

_SENTENCES = {
    "deadline": "{host} did not deliver within {seconds:g} seconds.",
    "timeout": "{host} fell silent; we stopped waiting.",
    "dns": "The name {host} was not found.",
    "refused": "{host} can't be reached: it takes no connection.",
    "reset": "{host} broke the connection off before the answer was complete.",
    "tls": "The secure connection to {host} failed: {reason}.",
    "protocol": "{host} answered with something that is not valid HTTP.",
}


def explain(error: Exception, host: str, *, late: bool, seconds: float) -> Failure:
    """What `error` means, for people.

    `late`: the fetch's deadline of `seconds` has passed, which then is the cause, whatever
    the broken connection raised.
    """
    kind = "deadline" if late else next(k for cls, k in _KINDS if isinstance(error, cls))
    return Failure(kind, _SENTENCES[kind].format(host=host, seconds=seconds, reason=_tls(error)))


def _tls(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return "it does not speak TLS as it should"


_STATUSES = {
    304: "{host} answered that nothing has changed, though nothing was known yet.",
    400: "{host} did not understand the request.",
    401: "{host} wants a log-in for this address.",
    402: "{host} wants payment for this address.",
    403: "{host} refuses us this address.",
    404: "{host} has nothing at this address.",
    410: "{host} says that this address is gone for good.",
    418: "{host} refuses us this address.",
    429: "{host} asks us to come less often.",
    451: "{host} may not show this for legal reasons.",
    503: "{host} is overloaded or being repaired.",
    511: "The network here wants a log-in first (as in a hotel or on a train).",
}

_FAMILIES = {
    1: "{host} gave an unfinished answer ({status}{name}).",
    2: "{host} sent only a part of what was asked ({status}{name}).",
    3: "{host} points elsewhere in a way that can't be followed ({status}{name}).",
    4: "{host} refuses the request ({status}{name}).",
    5: "{host} has trouble of its own ({status}{name}).",
}

_LASTING = frozenset({400, 401, 402, 403, 405, 406, 407, 410, 411, 413, 414, 415, 418, 422, 451})


_GUARDS: tuple[tuple[str, str], ...] = (
    ("cf-mitigated", "challenge"),
    ("server", "ddos-guard"),
    ("x-datadome", ""),
    ("x-px-block", ""),
    ("x-sucuri-block", ""),
    ("x-amzn-waf-action", "challenge"),
    ("x-amzn-waf-action", "captcha"),
)
"""Headers by which a service before the outlet says that it refused us for a program; the
value, in small letters, "" for any."""

_GUARDED = frozenset({202, 401, 403, 405, 429, 503})
"""Statuses with which such services answer."""


def by_status(
    status: int, host: str, retry_after: float | None = None, headers: Headers = ()
) -> Failure:
    """The failure that an HTTP status means (RFC 9110, section 15).

    It is of the kind `challenge` when `headers` say that only what can prove to be a person is
    let through.
    """
    if status in _GUARDED and _is_guarded(headers):
        text = f"{host} lets only those through that pass a check for being a person ({status})."
        return Failure(
            "challenge",
            text,
            temporary=status not in _LASTING,
            status=status,
            retry_after=retry_after,
        )
    default = _FAMILIES.get(status // 100, "{host} answered with an unknown status ({status}).")
    sentence = _STATUSES.get(status, default)
    return Failure(
        f"http-{status}",
        sentence.format(host=host, status=status, name=_name(status)),
        temporary=status not in _LASTING,
        status=status,
        retry_after=retry_after,
    )


def _is_guarded(headers: Headers) -> bool:
    said = {(name.lower(), value.strip().lower()) for name, value in headers}
    named = {name for name, _ in said}
    return any((guard in said) if guard[1] else (guard[0] in named) for guard in _GUARDS)


def _name(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
