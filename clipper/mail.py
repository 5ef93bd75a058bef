"""Mail: one message to one recipient by SMTP (RFC 5321), and what became of it.

Each recipient gets a message of their own: no list of names leaves the house, and a
refusal concerns one person alone. What went wrong is a value that says whether the message
may have arrived all the same: after the end of its content was handed over and no answer
came, nobody knows (RFC 1047).
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage

SECURITY = ("starttls", "tls", "none")
"""How a connection is secured: begun plain and then encrypted, encrypted from the first byte,
or not at all (on this machine only)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes our mail. `security` is one of `SECURITY`; an empty `user` does
    not log in; `ca_file` names further authorities to trust; `seconds` bounds each answer."""

    host: str
    port: int
    security: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    seconds: float = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A message that the server did not take, as far as we know.

    `text` is a sentence; `maybe_sent`: no answer came after its content was handed over, so it
    may have gone out. `temporary`: trying again later can help.
    """

    text: str
    maybe_sent: bool = False
    temporary: bool = True


class _RefusedError(Exception):
    def __init__(self, what: str, code: int, said: bytes | str) -> None:
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        told = " ".join(words.split())[:200]
        super().__init__(f"{what} ({code} {told}).")
        self.temporary = 400 <= code < 500


def send(server: MailServer, message: EmailMessage, sender: str, recipient: str) -> Unsent | None:
    """Hand a message over; None when the server took it.

    `sender` and `recipient` are plain addresses. The connection is closed again.
    """
    content = message.as_bytes(policy=policy.SMTP)
    handed_over = False
    try:
        with _talking(server) as smtp:
            _expect(smtp.mail(sender), "The server refuses our address")
            _expect(smtp.rcpt(recipient), f"The server refuses {recipient}")
            _say(smtp, content)
            handed_over = True
            code, said = _ended(smtp)
            handed_over = False
            if code != 250:
                raise _RefusedError("The server refuses the message", code, said)
    except _RefusedError as error:
        return Unsent(text=str(error), temporary=error.temporary)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Unsent(text=_words(error, server), maybe_sent=handed_over)
    return None


@contextmanager
def _talking(server: MailServer) -> Iterator[smtplib.SMTP]:
    """A connection that is ended politely after an answer. What goes wrong with the farewell
    changes nothing of that answer: a letter that was taken stays taken."""
    smtp = _connected(server)
    try:
        try:
            yield smtp
        except _RefusedError:
            _leave(smtp)
            raise
        _leave(smtp)
    finally:
        smtp.close()


def _leave(smtp: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()


def _connected(server: MailServer) -> smtplib.SMTP:
    """A connection that was secured and logged in."""
    context = ssl.create_default_context()
    if server.ca_file:
        context.load_verify_locations(server.ca_file)
    place = (server.host, server.port)
    smtp = (
        smtplib.SMTP_SSL(*place, timeout=server.seconds, context=context)
        if server.security == "tls"
        else smtplib.SMTP(*place, timeout=server.seconds)
    )
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _say(smtp: smtplib.SMTP, content: bytes) -> None:
    """Send the content, all but its end: a server that does not see the end keeps nothing
    (RFC 5321, section 4.1.1.4), so that what goes wrong until here is no doubt."""
    code, said = smtp.docmd("DATA")
    if code != 354:
        raise _RefusedError("The server refuses the message", code, said)
    quoted = re.sub(rb"(?m)^\.", b"..", content)
    smtp.send(quoted if quoted.endswith(b"\r\n") else quoted + b"\r\n")


def _ended(smtp: smtplib.SMTP) -> tuple[int, bytes]:
    """Send the end of the content; the server's answer to it."""
    smtp.send(b".\r\n")
    return smtp.getreply()


def _expect(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if code not in (250, 251):
        raise _RefusedError(what, code, said)


def _words(error: Exception, server: MailServer) -> str:
    where = f"{server.host}:{server.port}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"{where} does not accept the user and password ({error.smtp_code})."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return f"{where} offers no {server.security.upper()}, or no way to log in."
    if isinstance(error, ssl.SSLError):
        return f"{where}: the connection could not be secured ({error.reason or error})."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"{where} ended the connection before it answered."
    if isinstance(error, TimeoutError):
        return f"{where} did not answer in time."
    reason = getattr(error, "strerror", None) or " ".join(str(error).split())[:200]
    return f"{where} can't be used: {reason}."
