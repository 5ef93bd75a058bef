"""The kind `feed`: an address that returns a feed document.

    mark -> validators | fetch -> 304, or a body | same digest? | parse | same entries? -> Poll

What the mark remembers (see `memory_of`): the validators, when the feed was last asked for
without them (news servers do answer "unchanged" wrongly, so once a day at least), digests of
the body and of the entries, how the entries are told apart, and where the feed has moved to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .. import text, urls
from ..engine import WorkerTimeout
from ..errors import ClipperError
from ..model import FetchError, Mark, Page, Poll, PollError, Source
from . import moves, refusal, wishes, witness
from .reading import parse_feed
from .seam import MAX_ENTRIES, Document, Fetch, Parse

READER = "1"
"""Changed when the parser reads more than before, so that unchanged feeds are read again."""

FULL = timedelta(hours=24)
"""How long validators are trusted before the whole feed is asked for."""

LONGEST_VALIDATOR = 1000

DEAD = frozenset({"http-404", "http-410", "not-a-feed", "dns", "blocked", "redirect"})
"""Failures after which the address that the config names is tried again."""

SENTENCES = {
    204: "The feed's address answers with nothing (204): not even a feed without entries.",
    206: "The feed's address answers with a part only (206), though all was asked for.",
    304: "The feed's address answers “unchanged” (304), though nothing was known of it.",
    410: "The outlet says that this feed is gone for good (410).",
    511: "The network here wants a log-in (511). Log in, then try again.",
}


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a feed works with: the place, the memory of it, and the hands."""

    address: str
    memory: Mark
    fetch: Fetch
    parse: Parse
    now: datetime


def poll(
    source: Source, mark: Mark, *, fetch: Fetch, parse: Parse, now: datetime
) -> Poll | PollError:
    """Look at a feed; see `clipper.sources.Kind`.

    A feed that moved for good is looked for at its new address (see `moves`), and again
    where the config says when it is no longer there.
    """
    memory = memory_of(mark, source.address)
    adopted = memory.get("address", "")
    if adopted:
        result = _looked(Look(adopted, memory, fetch, parse, now), source.address)
        if isinstance(result, Poll) or result.kind not in DEAD:
            return result
    own = {} if adopted else memory
    return _looked(Look(source.address, own, fetch, parse, now), source.address)


def memory_of(mark: Mark, address: str) -> Mark:
    """The mark, or an empty one when it is of another address."""
    return mark if mark.get("for") == address else {}


def failed(error: FetchError) -> PollError:
    """A failed fetch as a failed poll."""
    kind = "not-a-feed" if error.kind == "type" else error.kind
    return PollError(
        kind=kind,
        text=error.text,
        temporary=error.temporary,
        gone=error.status == 410,
        retry_after=error.retry_after,
        status=error.status,
    )


def validators(memory: Mark, now: datetime) -> dict[str, str]:
    """The headers that let the server answer "unchanged"; none when all is to be sent.

    All is to be sent once a day, when the clock went back, and when the last answer that
    was stored held no entries.
    """
    try:
        age = now - datetime.fromisoformat(memory.get("full_at", ""))
    except (ValueError, TypeError):
        return {}
    if not timedelta(0) <= age < FULL or memory.get("listed", "0") == "0":
        return {}
    pairs = {"If-None-Match": memory.get("etag"), "If-Modified-Since": memory.get("modified")}
    return {name: value for name, value in pairs.items() if value}


def _looked(look: Look, configured: str) -> Poll | PollError:
    headers = validators(look.memory, look.now)
    page = look.fetch(look.address, purpose="feed", headers=headers)
    if isinstance(page, FetchError):
        return failed(page)
    if page.status == 304 and headers:
        return _same(look, page, dict(look.memory), configured)
    if page.status != 200:
        return _status(page.status)
    remembered = _remembered(look, page, configured)
    if look.memory.get("body") == remembered["body"]:
        return _same(look, page, {**look.memory, **remembered}, configured)
    document = _parsed(look, page, look.memory.get("identity", "id"))
    if isinstance(document, PollError):
        return replace(document, text=document.text + refusal.elsewhere(look.address, page.url))
    return _read(look, page, remembered, document, configured)


def _status(status: int) -> PollError:
    default = f"The feed's address answers with the status {status}."
    return PollError(
        kind=f"http-{status}",
        text=SENTENCES.get(status, default),
        gone=status == 410,
        status=status,
    )


def _remembered(look: Look, page: Page, configured: str) -> dict[str, str]:
    """What the mark keeps of an answer with a body."""
    body = hashlib.sha256(READER.encode() + page.header("content-type").encode() + page.body)
    return {
        "for": configured,
        **remembered_validators(page, look.now),
        "body": body.hexdigest(),
    }


def remembered_validators(page: Page, now: datetime) -> dict[str, str]:
    """What the mark keeps so that the server may answer "unchanged" next time."""
    return {
        "etag": _validator(page, "etag"),
        "modified": _validator(page, "last-modified"),
        "full_at": now.isoformat(),
    }


def _validator(page: Page, name: str) -> str:
    """A validator to send back as it came, if it can be sent at all."""
    value = page.header(name).strip()
    sound = len(value) <= LONGEST_VALIDATOR and value.isascii() and value.isprintable()
    return value if sound else ""


def _same(look: Look, page: Page, kept: dict[str, str], configured: str) -> Poll:
    move = moves.follow(look.memory, look.address, configured, page)
    return Poll(
        entries=(),
        mark={**kept, **move.mark},
        unchanged=True,
        notes=move.notes,
        moved_to=move.to,
        ttl=_ttl(kept),
        fresh_for=wishes.fresh_for(page),
    )


def _ttl(memory: Mark) -> float:
    """What the latest document said of its rhythm, in seconds; 0 for nothing."""
    said = memory.get("ttl", "")
    return float(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0.0


def _parsed(look: Look, page: Page, identity: str) -> Document | PollError:
    """The document as a worker read it; a worker that gave up is an error with its sentence."""
    try:
        return look.parse(
            parse_feed, page.body, page.header("content-type"), page.url, MAX_ENTRIES, identity
        )
    except WorkerTimeout as error:
        return PollError(kind="parse-timeout", text=f"Reading the feed failed. {error}")
    except ClipperError as error:
        return PollError(kind="parse-crash", text=f"Reading the feed failed. {error}")


def _read(
    look: Look, page: Page, remembered: dict[str, str], document: Document, configured: str
) -> Poll | PollError:
    notes = document.notes
    if document.identity == "id" and witness.contradicts(look.memory.get("ids", ""), document):
        again = _parsed(look, page, "link")
        if isinstance(again, PollError):
            return again
        document = again
        notes = (*again.notes, "The feed's ids change with each answer; links are used instead.")
    move = moves.follow(look.memory, look.address, configured, page)
    entries = text.digest(repr(document.entries))
    unchanged = look.memory.get("entries") == entries
    return Poll(
        entries=() if unchanged else document.entries,
        mark={**remembered, **_learned(document), "entries": entries, **move.mark},
        unchanged=unchanged,
        notes=(*notes, *_led(look.address, page), *move.notes),
        left_off=0 if unchanged else document.left_off,
        moved_to=move.to,
        ttl=document.ttl or 0.0,
        fresh_for=wishes.fresh_for(page),
    )


def _learned(document: Document) -> Mapping[str, str]:
    return {
        "listed": str(len(document.entries)),
        "identity": document.identity,
        "ids": witness.of(document),
        "ttl": f"{document.ttl:.0f}" if document.ttl else "",
    }


def _led(address: str, page: Page) -> tuple[str, ...]:
    """A word about a feed that another outlet's site answered with."""
    if not page.hops or urls.site(page.url) == urls.site(address):
        return ()
    return (f"The feed was answered by {urls.host(page.url)}.",)
