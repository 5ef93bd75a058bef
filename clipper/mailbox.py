"""Mailboxes: the new letters of one folder by IMAP (RFC 9051, RFC 3501), and nothing changed.

The folder is opened with EXAMINE and letters are fetched with PEEK, so no letter is ever
marked as read, moved or deleted. What is kept between two looks is UIDVALIDITY and the
highest UID looked at: letters before it are never asked for again, however large the folder.
"""

from __future__ import annotations

import imaplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from imapclient import IMAPClient

T = TypeVar("T")

SECURITY: Final = ("tls", "starttls", "none")
"""How a connection is secured: encrypted from the first byte, begun plain and then encrypted,
or not at all (on this machine only)."""

MOST_LETTERS: Final = 200
"""Letters of one look; the rest waits for the next one."""
MOST_BYTES: Final = 2_000_000
"""A larger letter is passed over: alerts have a tenth of that."""
MOST_IN_ALL: Final = 40_000_000
_WINDOW: Final = 20_000
"""UIDs that one search spans, so that its answer stays short."""
_WINDOWS: Final = 100

_SURPRISES = (OSError, imaplib.IMAP4.error, ValueError, KeyError, IndexError, TypeError)
"""What the libraries raise for answers that no server should give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFolder:
    """A folder on a mail server. `security` is one of `SECURITY`; `ca_file` names further
    authorities to trust; `seconds` bounds each answer."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    security: str = "tls"
    ca_file: str = ""
    seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it lies there; `content` is None when it is larger than `MOST_BYTES`."""

    uid: int
    content: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is new. `last` is the highest UID looked at under `validity`; `renumbered`: the
    server gave all letters new numbers; `waiting` letters are left for the next look."""

    validity: int
    last: int
    letters: tuple[Letter, ...] = ()
    renumbered: bool = False
    waiting: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why the folder can't be read: a stable word, and a sentence with what to do."""

    kind: str
    text: str
    temporary: bool = True


@dataclass(frozen=True, slots=True)
class Stands:
    """How a folder stands: its UIDVALIDITY, and the UID that the next letter gets."""

    validity: int
    next: int


class _Refused(Exception):
    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.why = Unread(kind=kind, text=text, temporary=False)


def read(place: MailFolder, validity: int, last: int, since: date) -> Post | Unread:
    """The letters after UID `last`, the oldest first, at most `MOST_LETTERS`.

    `validity` and `last` are those of the last look, 0 at the first; then, and when the server
    renumbered its letters, only those that arrived since the day `since` are looked at.
    """
    return _asked(
        place,
        lambda server: _new(server, _opened(server, place.folder), validity, last, since),
    )


def check(place: MailFolder) -> Unread | None:
    """Log in and open the folder to look at only, and no letter: why that can't be, or None."""
    answer = _asked(place, lambda server: _opened(server, place.folder))
    return answer if isinstance(answer, Unread) else None


def _asked(place: MailFolder, act: Callable[[IMAPClient], T]) -> T | Unread:
    """What `act` gets of a session; what goes wrong in it, in words."""
    try:
        with _connected(place) as server:
            return act(server)
    except _Refused as refused:
        return refused.why
    except ssl.SSLError as error:
        told = f"The mail server's certificate is not to be trusted ({_words(error)})."
        return Unread(kind="tls", text=f"{told} Check `host`, or name its authority in `ca_file`.")
    except TimeoutError:
        told = f"The mail server {place.host} did not answer within {place.seconds:g} seconds."
        return Unread(kind="timeout", text=told)
    except _SURPRISES as error:
        told = f"The mailbox at {place.host} can't be read ({_words(error)})."
        return Unread(kind="mailbox", text=told)


def _words(error: Exception) -> str:
    plain = "".join(c if c.isprintable() else " " for c in str(error) or type(error).__name__)
    return plain[:200]


@contextmanager
def _connected(place: MailFolder) -> Iterator[IMAPClient]:
    """A session that was secured and logged in."""
    from imapclient import IMAPClient

    context = ssl.create_default_context()
    if place.ca_file:
        context.load_verify_locations(place.ca_file)
    is_tls = place.security == "tls"
    server = IMAPClient(
        place.host, place.port, ssl=is_tls, ssl_context=context, timeout=place.seconds
    )
    try:
        if place.security == "starttls":
            server.starttls(context)
        _log_in(server, place)
        yield server
        with suppress(*_SURPRISES):
            server.logout()
    finally:
        with suppress(*_SURPRISES):
            server.shutdown()


def _log_in(server: IMAPClient, place: MailFolder) -> None:
    from imapclient.exceptions import LoginError

    try:
        server.login(place.user, place.password)
    except LoginError as error:
        if isinstance(error.__context__, imaplib.IMAP4.abort):
            raise error.__context__ from None  # the line broke: no word about the password
        # The server's words may repeat what we sent: the password is taken out of them.
        said = _words(error).replace(place.password, "…") if place.password else _words(error)
        raise _Refused(
            "login",
            f"The mail server refuses the user or the password ({said}). Many services want "
            "an app password for programs: make one in the mailbox's settings.",
        ) from None


def _opened(server: IMAPClient, folder: str) -> Stands:
    """Open the folder to look at only (EXAMINE)."""
    from imapclient.exceptions import IMAPClientError

    try:
        told = server.select_folder(folder, readonly=True)
    except (IMAPClientError, imaplib.IMAP4.error) as error:
        if isinstance(error, imaplib.IMAP4.abort):
            raise
        raise _Refused(
            "no-folder",
            f"There is no folder “{folder}” in this mailbox ({_words(error)}). It has: "
            f"{_folders(server)}.",
        ) from None
    validity, following = told.get(b"UIDVALIDITY"), told.get(b"UIDNEXT")
    if not isinstance(validity, int) or not isinstance(following, int):
        raise _Refused("mailbox", "The mail server does not number its letters (UIDNEXT).")
    return Stands(validity, following)


def _folders(server: IMAPClient) -> str:
    try:
        names = [str(name)[:60] for _, _, name in server.list_folders()]
    except _SURPRISES:
        return "nothing that can be listed"
    return ", ".join(names[:15]) + (" …" if len(names) > 15 else "")


def _new(server: IMAPClient, stands: Stands, validity: int, last: int, since: date) -> Post:
    renumbered = bool(validity) and validity != stands.validity
    first = not validity or renumbered
    if first:
        # A long history is not gone through: what arrived lately lies at the end.
        found = _search(server, max(1, stands.next - _WINDOW), stands.next - 1, since)
        chosen, waiting = found[-MOST_LETTERS:], 0
        upto = stands.next - 1
    else:
        found, upto = _after(server, last, stands.next - 1)
        chosen, waiting = found[:MOST_LETTERS], len(found[MOST_LETTERS:])
    letters, left = _fetched(server, chosen)
    if left:
        chosen, waiting = chosen[:-left], waiting + left
    return Post(
        validity=stands.validity,
        last=chosen[-1] if waiting and chosen else max(upto, 0 if first else last),
        letters=letters,
        renumbered=renumbered,
        waiting=waiting,
    )


def _after(server: IMAPClient, last: int, newest: int) -> tuple[list[int], int]:
    """The UIDs after `last`, of the first stretch that holds any, and where it ends."""
    upto = last
    for _ in range(_WINDOWS):
        if upto >= newest:
            break
        low, upto = upto + 1, min(upto + _WINDOW, newest)
        found = _search(server, low, upto)
        if found:
            return found, upto
    return [], upto


def _search(server: IMAPClient, low: int, high: int, since: date | None = None) -> list[int]:
    if high < low:
        return []
    asked: list[Any] = ["UID", f"{low}:{high}"]
    answer = server.search(asked if since is None else [*asked, "SINCE", since])
    # A server may tell of more than was asked for.
    return sorted({int(uid) for uid in answer if low <= int(uid) <= high})


def _fetched(server: IMAPClient, uids: list[int]) -> tuple[tuple[Letter, ...], int]:
    """The letters, one at a time, and how many at the end are too much for one look.

    Letters that were deleted meanwhile are passed over.
    """
    if not uids:
        return (), 0
    sizes = server.fetch(uids, ["RFC822.SIZE"])
    letters: list[Letter] = []
    room = MOST_IN_ALL
    for done, uid in enumerate(uids):
        size = sizes.get(uid, {}).get(b"RFC822.SIZE")
        if not isinstance(size, int):
            continue
        if size > MOST_BYTES:
            letters.append(Letter(uid, None))
            continue
        if size > room:
            return tuple(letters), len(uids) - done
        room -= size
        content = _content(server, uid)
        if content is not None:
            letters.append(Letter(uid, content))
    return tuple(letters), 0


def _content(server: IMAPClient, uid: int) -> bytes | None:
    answer = server.fetch([uid], [f"BODY.PEEK[]<0.{MOST_BYTES}>"]).get(uid, {})
    found = (value for name, value in answer.items() if name.startswith(b"BODY["))
    content = next(found, None)
    return content[:MOST_BYTES] if isinstance(content, bytes) else None
