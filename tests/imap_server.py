"""A mail server on loopback that speaks the IMAP (RFC 3501, 9051) which reading a folder needs.

It keeps what it was asked, so that tests see that nothing was changed, and can misbehave.
"""

from __future__ import annotations

import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

TLS = Path(__file__).parent / "data" / "tls"
USER, PASSWORD = "clips@desk.example", "correct horse"


@dataclass
class Mailbox:
    """The folder's letters by UID with the day that they came, and how the server behaves."""

    letters: dict[int, bytes] = field(default_factory=dict)
    came: dict[int, date] = field(default_factory=dict)
    validity: int = 1_700_000_000
    next: int = 1
    folder: str = "INBOX"
    security: str = "tls"
    certificate: str = "good.pem"
    port: int = 0
    asked: list[str] = field(default_factory=list)
    drops_at: str = ""
    """A command at which the connection is dropped."""

    def put(self, content: bytes, came: date = date(2026, 3, 4), uid: int = 0) -> int:
        uid = uid or self.next
        self.letters[uid], self.came[uid], self.next = content, came, uid + 1
        return uid

    def verbs(self) -> list[str]:
        return [line.split(" ")[0] for line in self.asked]


class _Session(socketserver.StreamRequestHandler):
    server: Any

    def handle(self) -> None:
        self.box: Mailbox = self.server.box
        self.secure = False
        self.state = ""
        try:
            if self.box.security == "tls":
                self.wrap()
            self.say("* OK ready")
            while self.command():
                pass
        except (OSError, ValueError):
            return

    def finish(self) -> None:
        try:
            super().finish()
        finally:
            self.request.close()

    def wrap(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / self.box.certificate)
        self.wfile.flush()
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb")
        self.secure = True

    def say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.wfile.write((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        self.wfile.flush()

    def command(self) -> bool:
        line = self.rfile.readline(65_536).decode().rstrip("\r\n")
        if not line:
            return False
        tag, _, asked = line.partition(" ")
        words = asked.split(" ")
        verb = words[0].upper()
        if verb == "UID":
            verb = f"UID_{words[1].upper()}"
        told = re.sub(r"(?i)^login .*", "LOGIN", asked)
        self.box.asked.append(told.replace("UID ", "UID_", 1) if verb[:3] == "UID" else told)
        if verb == self.box.drops_at:
            return False
        answer = getattr(self, f"do_{verb}", None)
        self.say(f"{tag} {answer(asked) if answer else 'BAD what?'}")
        if verb == "STARTTLS":
            self.wrap()
        return verb != "LOGOUT"

    def do_CAPABILITY(self, _: str) -> str:
        self.say("* CAPABILITY IMAP4rev1" + ("" if self.secure else " STARTTLS"))
        return "OK done"

    def do_NOOP(self, _: str) -> str:
        return "OK done"

    def do_STARTTLS(self, _: str) -> str:
        return "OK begin"

    def do_LOGIN(self, asked: str) -> str:
        words = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', asked)[1:]
        given = [quoted or bare for quoted, bare in words]
        if given != [USER, PASSWORD]:
            return f"NO [AUTHENTICATIONFAILED] not with {given[-1]}"
        self.state = "in"
        return "OK in"

    def do_LIST(self, _: str) -> str:
        self.say(f'* LIST (\\HasNoChildren) "/" "{self.box.folder}"')
        return "OK done"

    def do_SELECT(self, asked: str) -> str:
        return self.do_EXAMINE(asked)

    def do_EXAMINE(self, asked: str) -> str:
        if self.state != "in" or asked.partition(" ")[2].strip('"') != self.box.folder:
            return "NO no such folder"
        self.say(
            f"* {len(self.box.letters)} EXISTS",
            "* 0 RECENT",
            "* FLAGS (\\Seen)",
            f"* OK [UIDVALIDITY {self.box.validity}] v",
            f"* OK [UIDNEXT {self.box.next}] n",
        )
        return "OK [READ-ONLY] open"

    def do_UID_SEARCH(self, asked: str) -> str:
        found = re.search(r"UID (\d+):(\d+)(?: SINCE (\S+))?", asked)
        assert found, asked
        low, high = int(found[1]), int(found[2])
        since = parsedate_to_datetime(f"{found[3]} 00:00:00 +0000").date() if found[3] else date.min
        uids = [u for u in sorted(self.box.letters) if low <= u <= high]
        told = " ".join(str(u) for u in uids if self.box.came[u] >= since)
        self.say(f"* SEARCH {told}".rstrip())
        return "OK done"

    def do_UID_FETCH(self, asked: str) -> str:
        _, _, uids, wanted = asked.split(" ", 3)
        numbers = sorted(self.box.letters)
        for uid in map(int, uids.split(",")):
            content = self.box.letters.get(uid)
            if content is None:
                continue
            head = f"* {numbers.index(uid) + 1} FETCH (UID {uid} "
            if "RFC822.SIZE" in wanted:
                self.say(f"{head}RFC822.SIZE {len(content)})")
                continue
            part = re.fullmatch(r"\(BODY\.PEEK\[\]<0\.(\d+)>\)", wanted)
            assert part, wanted
            cut = content[: int(part[1])]
            self.say(f"{head}BODY[]<0> {{{len(cut)}}}\r\n".encode() + cut + b")")
        return "OK done"

    def do_LOGOUT(self, _: str) -> str:
        self.say("* BYE")
        return "OK bye"


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = True


@contextmanager
def serving(box: Mailbox) -> Iterator[Mailbox]:
    """Serve the mailbox for the time of the block."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.box = box  # type: ignore[attr-defined]
    box.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
