"""Links in the morning brief that approve or reject one clipping: signed, for a while, once.

    link -> a page that asks -> POST -> the act and the link's use, in one transaction

A link names a recipient, a clipping and an act, and until when it serves; the signature is an
HMAC with a key that lies in the data folder, for its owner alone. Looking at a link changes
nothing: programs that look through mail follow links. Whether the recipient may decide is asked
of the config when the link is used, not when it was written.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from ..errors import StoreError
from ..model import Budget, Clipping
from ..store import Store
from ..store.links import LinkUse
from .acts import approve, reject

APPROVE: Final = "approve"
REJECT: Final = "reject"

LASTING: Final = timedelta(days=3)
"""How long after its brief's cut-off a link serves: over a weekend, and no longer."""

KEY_FILE: Final = "links.key"
_KEY_BYTES: Final = 32
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What a link stands for. `recipient` is a plain address of the config."""

    recipient: str
    clipping: int
    act: str
    expires_at: datetime


class Forged(Exception):
    """A link that is none of ours, or whose recipient may not decide (any more)."""


def key_in(folder: Path) -> bytes:
    """The key in the data folder, made when there is none; its file is its owner's alone.

    StoreError when it can't be read or made.
    """
    path = folder / KEY_FILE
    try:
        with suppress(FileExistsError):
            _make(path)
        key = path.read_bytes()
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise StoreError(f"{path} can't be used ({error.strerror}).") from error
    if len(key) != _KEY_BYTES:
        raise StoreError(f"{path} holds no key. Delete it: a new one is made, and old links end.")
    return key


def _make(path: Path) -> None:
    """Write a new key beside its place and link it there: whole, or not at all."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink()


def token(link: Link, key: bytes) -> str:
    """The link as text for an address. It tells a reader neither name nor address."""
    told = ".".join(
        (
            link.act,
            str(link.clipping),
            format(int(link.expires_at.timestamp()), "x"),
            _known_as(link.recipient, key),
        )
    )
    return f"{told}.{_signature(told, key)}"


def read(words: str, key: bytes, editors: Sequence[str]) -> Link:
    """What a link stands for, expired or not; Forged when none of `editors` has it from us."""
    told, _, signature = words[:_LONGEST].rpartition(".")
    right = _signature(told, key)
    if not hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
        raise Forged
    act, clipping, seconds, known_as = told.split(".")
    recipient = next((each for each in editors if _known_as(each, key) == known_as), None)
    if recipient is None:
        raise Forged
    return Link(
        recipient=recipient,
        clipping=int(clipping),
        act=act,
        expires_at=datetime.fromtimestamp(int(seconds, 16), UTC),
    )


def _signature(told: str, key: bytes) -> str:
    return hmac.new(
        key, b"brief-link\n" + told.encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()


def _known_as(recipient: str, key: bytes) -> str:
    return hmac.new(key, b"recipient\n" + recipient.encode(), hashlib.sha256).hexdigest()[:16]


# ---------------------------------------------------------------- using one


def used(store: Store, link: Link) -> LinkUse | None:
    """What was done by this link or its twin; None when neither was used."""
    return store.links.used(link.recipient, link.clipping, link.expires_at)


def follow(
    store: Store, link: Link, *, now: datetime, budget: Budget, version: int, reason: str = ""
) -> Clipping | None:
    """Do what the link stands for, in its recipient's name; None when its time is over or it was
    used. `version` is the clipping's as it was shown, `reason` that of a rejection.

    Raises Refused and Stale with nothing done and the link unused.
    """
    if now > link.expires_at:
        return None
    who = f"{link.recipient} (mail)"
    with store.transaction():
        if not store.links.use(link.recipient, link.clipping, link.expires_at, link.act, now):
            return None
        if link.act == APPROVE:
            return approve(store, link.clipping, who=who, now=now, budget=budget, version=version)
        return reject(store, link.clipping, who=who, now=now, reason=reason, version=version)
