"""A real mail server on loopback (aiosmtpd), which can refuse, drop and fall silent."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

TLS = Path(__file__).parent / "data" / "tls"
USER, PASSWORD = "clips", "correct horse"


@dataclass
class Post:
    """What the server took, and how it will behave.

    `refuses` maps recipients to the answer to RCPT; `verdict` is the answer to the content, ""
    to drop the connection instead of answering. `farewell` is the answer to QUIT. `drops_at_data`:
    the connection ends before the content is asked for.
    """

    port: int = 0
    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    verdict: str = "250 OK"
    farewell: str = "221 Bye"
    drops_at_data: bool = False
    was_secure: list[bool] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            cast("EmailMessage", message_from_bytes(content, policy=policy.default))
            for _, _, content in self.taken
        ]

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, _: Any
    ) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.was_secure.append(session.ssl is not None)
        if self.verdict.startswith("250") or not self.verdict:
            self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if not self.verdict:
            server.transport.abort()
        return self.verdict or "250 OK"

    async def handle_QUIT(self, server: Any, session: Any, envelope: Any) -> str:
        return self.farewell


def _authenticate(
    server: Any, session: Any, envelope: Any, mechanism: str, told: Any
) -> AuthResult:
    right = isinstance(told, LoginPassword) and told.password == PASSWORD.encode()
    return AuthResult(success=right, handled=False)


class _Dropping(SMTP):
    async def smtp_DATA(self, arg: str) -> None:
        assert isinstance(self.event_handler, Post)
        if not self.event_handler.drops_at_data:
            await super().smtp_DATA(arg)
            return
        assert self.transport is not None
        self.transport.abort()


class _OnAnyPort(Controller):
    """A controller that is given port 0 and learns which one it got."""

    def factory(self) -> SMTP:
        return _Dropping(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(*, secure: bool = False) -> Iterator[Post]:
    """The server; `secure` asks for STARTTLS and a user (its certificate is for 127.0.0.1)."""
    post = Post()
    more: dict[str, Any] = {}
    if secure:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "good.pem")
        more = {
            "tls_context": context,
            "require_starttls": True,
            "auth_required": True,
            "authenticator": _authenticate,
        }
    controller = _OnAnyPort(post, hostname="127.0.0.1", port=0, **more)
    controller.start()
    post.port = controller.port
    try:
        yield post
    finally:
        controller.stop()
