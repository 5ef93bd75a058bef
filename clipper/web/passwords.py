"""Passwords: what is asked of one, its hash, and the wait after wrong ones.

The hash is argon2id with the parameters of RFC 9106, section 4, second choice (64 MiB,
3 passes), so only so many are computed at once. A wait grows with each failure and belongs
to one name *and* one address: nobody can lock another person out from elsewhere, and
nobody is locked out for good.
"""

from __future__ import annotations

import ipaddress
import threading
import unicodedata
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from clipper.store import People, Person

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FEWEST = 12
"""Letters that a password must have."""

MOST_BYTES = 512
"""Bytes that one may have; it is never cut, a longer one is refused."""

FREE_TRIES = 5
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=24)
"""After so long without a failure they count anew."""

_FREE_OF_ADDRESS = 30
_AT_ONCE = threading.BoundedSemaphore(2)


@cache
def hasher() -> PasswordHasher:
    """The hasher; 64 MiB a hash."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _hash_of_nobody() -> str:
    return hasher().hash("nobody's password, for equal time")


def normal(password: str) -> str:
    """The password as it is hashed: the same letters however they were typed (RFC 8265, NFC)."""
    return unicodedata.normalize("NFC", password)


def faults(password: str, name: str = "") -> tuple[str, int] | None:
    """What is wrong with a password: a word for it and its number, None when nothing is.

    `short` and the fewest letters, `long` and the most bytes, `same` when it is the name.
    """
    letters = normal(password)
    if len(letters) < FEWEST:
        return "short", FEWEST
    if len(letters.encode("utf-8", "replace")) > MOST_BYTES:
        return "long", MOST_BYTES
    plain = letters.casefold()
    tries = name.casefold() and plain.replace(name.casefold(), "")
    return ("same", 0) if (name and not tries) or len(set(plain)) < 4 else None


def hashed(password: str) -> str:
    """The argon2 hash that is kept."""
    with _AT_ONCE:
        return hasher().hash(normal(password).encode("utf-8", "replace"))


def fits(person: Person | None, password: str) -> bool:
    """Whether it is the person's password. A person who is not there takes as long."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    known = person.password if person and person.password and not person.disabled_at else ""
    if len(password) > MOST_BYTES:
        return False
    try:
        with _AT_ONCE:
            hasher().verify(known or _hash_of_nobody(), normal(password).encode("utf-8", "replace"))
    except (Argon2Error, InvalidHashError):
        return False
    return bool(known)


def is_old(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return hasher().check_needs_rehash(password_hash)


# ---------------------------------------------------------------- waiting


def network(address: str) -> str:
    """What counts as one address: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if ip.version == 4:
        return str(ip)
    return str(ipaddress.ip_network((int(ip), 64), strict=False).network_address)


def places(name: str, address: str) -> tuple[tuple[str, int], ...]:
    """Where a failure is counted, each with the tries that are free there."""
    near = network(address)
    return (
        (f"{name.casefold()[:80]} {near}", FREE_TRIES),
        (f"* {near}", _FREE_OF_ADDRESS),
    )


def wait(failures: int, free: int, last_at: datetime | None, now: datetime) -> timedelta:
    """How long to wait before the next try; zero when none is due.

    Doubles from one second with each failure past the free ones, up to 15 minutes.
    """
    if last_at is None or failures < free or now - last_at > FORGOTTEN:
        return timedelta(0)
    span = min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - free, 20)))
    return max(timedelta(0), last_at + span - now)


def longest_wait(people: People, name: str, address: str, now: datetime) -> timedelta:
    """How long that name has to wait at that address."""
    return max(wait(*_failures(people, place), now) for place in places(name, address))


def _failures(people: People, place: tuple[str, int]) -> tuple[int, int, datetime | None]:
    failures, last_at = people.failures(place[0])
    return failures, place[1], last_at


def note_failure(people: People, name: str, address: str, now: datetime) -> None:
    """Count a failure, forgetting those that are a day old."""
    for whence, _free in places(name, address):
        _number, last_at = people.failures(whence)
        if last_at is not None and now - last_at > FORGOTTEN:
            people.forget_failures(whence)
        people.note_failure(whence, now)


def forget(people: People, name: str, address: str) -> None:
    """Begin anew after a good log-in; what other names failed at the address stays."""
    people.forget_failures(places(name, address)[0][0])
