"""A second witness: another archive that keeps the page too, asked for and then proved.

    wanted -> row -> save asked (a job) -> job looked at -> claimed -> found in its index -> proved

The Internet Archive says that a page is saved before its index knows of it, and now and then
says so of a page that never comes up. So a clip has a witness only when the archive's own index
(its CDX server) lists the capture. What it answers is described in its "Save Page Now 2 Public
API Docs" and its "Wayback CDX Server API"; `tests/witness_stand_in.py` gives the answers.

Each step keeps its row before the next one begins; an answer that was lost is looked up in the
index before anything is asked again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlencode

from .fetch import Reply, SendError
from .store import Store
from .store.testimony import State, Testimony

Send: TypeAlias = Callable[..., Reply | SendError]

SERVICE: Final = "https://web.archive.org"
A_MINUTE: Final = timedelta(minutes=1)
MOST_A_MINUTE: Final = 3
"""Pages that are submitted within a minute at the most; the archive cuts off who asks more."""
TRIES: Final = 6
REST: Final = timedelta(minutes=10)
"""The pause after the first failure; it doubles with each."""
SLOW: Final = timedelta(hours=3)
"""A job that is still pending after this is given up and asked for anew."""
EARLY: Final = timedelta(minutes=5)
"""How much earlier than our asking a capture may be stamped; clocks differ."""

FINAL: Final = frozenset(
    {
        *("error:bad-request", "error:blocked", "error:blocked-url", "error:filesize-limit"),
        *("error:ftp-access-denied", "error:http-version-not-supported", "error:no-access"),
        *("error:invalid-url-syntax", "error:method-not-allowed", "error:not-found"),
        *("error:not-implemented", "error:unauthorized", "error:gone", "error:forbidden"),
        *("error:capture-location-error", "error:invalid-host-resolution"),
    }
)
"""Reasons that no later try can mend; any other is tried again."""
_STAMP: Final = re.compile(r"\d{14}")


@dataclass(frozen=True, slots=True)
class Archive:
    """The other archive: `send` as `fetch.Sender.send`, its address, and `key`, which is
    `ACCESS:SECRET`, or "" to look things up only."""

    send: Send
    service: str = SERVICE
    key: str = ""

    def save(self, url: str) -> Reply | SendError:
        """Ask it to keep a page."""
        form = urlencode({"url": url, "skip_first_archive": "1"}).encode()
        told = {"Content-Type": "application/x-www-form-urlencoded", **self._told()}
        return self.send("POST", f"{self.service}/save", form, told)

    def job(self, job: str) -> Reply | SendError:
        """Ask what became of a job."""
        address = f"{self.service}/save/status/{quote(job, safe='')}"
        return self.send("GET", address, b"", self._told())

    def index(self, url: str, since: datetime) -> Reply | SendError:
        """Ask its index for captures of a page since then."""
        asked = urlencode(
            {
                "url": url,
                "output": "json",
                "fl": "timestamp,original,statuscode",
                "from": f"{since.astimezone(UTC):%Y%m%d%H%M%S}",
                "limit": "50",
            }
        )
        return self.send("GET", f"{self.service}/cdx/search/cdx?{asked}", b"", {})

    def timemap(self, url: str) -> Reply | SendError:
        """Ask for all captures that it has of a page (RFC 7089, Memento)."""
        return self.send("GET", f"{self.service}/web/timemap/link/{url}", b"", {})

    def _told(self) -> dict[str, str]:
        return {"Accept": "application/json", "Authorization": f"LOW {self.key}"}


def advance(store: Store, archive: Archive, now: datetime) -> tuple[Testimony, ...]:
    """Take every testimony one step further, as far as its rest is over; those that moved.

    At most `MOST_A_MINUTE` pages are submitted, counting those of the last minute. Nothing is
    submitted without a key.
    """
    moved = []
    for each in store.testimonies.due(now):
        if each.state is State.WAITING and not _may_submit(store, archive, each, now):
            continue
        changed = _STEPS[each.state](archive, each, now, store.testimonies.change)
        if changed != each:
            store.testimonies.change(changed, now)
            moved.append(changed)
    return tuple(moved)


def _may_submit(store: Store, archive: Archive, each: Testimony, now: datetime) -> bool:
    # A doubtful asking is only looked up, and a look is not a submission.
    if each.asked_at is not None and not each.job:
        return True
    return bool(archive.key) and store.testimonies.asked_since(now - A_MINUTE) < MOST_A_MINUTE


# ---------------------------------------------------------------- the steps


Keep: TypeAlias = Callable[[Testimony, datetime], None]


def _submit(archive: Archive, each: Testimony, now: datetime, keep: Keep) -> Testimony:
    if each.asked_at is not None:
        # It may have been taken although no answer came: the index is asked first.
        found = _in_index(archive, each, each.asked_at)
        if found:
            return each.to(State.PROVED, stamp=found, where=_where(archive, found, each.url))
        each = each.to(State.WAITING, asked_at=None)
        if not archive.key:
            return each
    asked = each.to(State.WAITING, asked_at=now, tries=each.tries + 1)
    keep(asked, now)
    answer = archive.save(each.url)
    if isinstance(answer, SendError):
        # Only what may have arrived is in doubt; else the asking is as if it had not been.
        kept = asked if answer.maybe_sent else asked.to(State.WAITING, asked_at=None)
        return _later(kept, answer.text, now)
    told = _read(answer)
    job = told.get("job_id")
    if isinstance(job, str) and job:
        return asked.to(State.SUBMITTED, job=job[:200], reason="", again_at=now + A_MINUTE / 2)
    return _refused(asked.to(State.WAITING, asked_at=None), answer, told, now)


def _look(archive: Archive, each: Testimony, now: datetime, _: Keep) -> Testimony:
    answer = archive.job(each.job)
    if isinstance(answer, SendError):
        return _later(each, answer.text, now)
    told = _read(answer)
    status, stamp = told.get("status"), told.get("timestamp")
    if status == "success" and isinstance(stamp, str) and _STAMP.fullmatch(stamp):
        return each.to(State.CLAIMED, stamp=stamp, tries=0, reason="", again_at=now)
    asked_at = each.asked_at or now
    if status == "pending" and now - asked_at < SLOW:
        return each.to(State.SUBMITTED, again_at=now + A_MINUTE)
    if status == "pending":
        again = each.to(State.WAITING, job="", asked_at=None)
        return _later(again, "its job did not end within three hours", now)
    return _refused(each.to(State.WAITING, job="", asked_at=None), answer, told, now)


def _prove(archive: Archive, each: Testimony, now: datetime, _: Keep) -> Testimony:
    found = _in_index(archive, each, each.asked_at or now)
    if found:
        return each.to(State.PROVED, stamp=found, where=_where(archive, found, each.url))
    told = each.to(State.CLAIMED, tries=each.tries + 1)
    reason = "it says that the page is kept, but its index does not list it yet"
    return _later(told, reason, now)


_STEPS: Mapping[State, Callable[[Archive, Testimony, datetime, Keep], Testimony]] = {
    State.WAITING: _submit,
    State.SUBMITTED: _look,
    State.CLAIMED: _prove,
}


def _in_index(archive: Archive, each: Testimony, since: datetime) -> str:
    """The stamp of a good capture since then that the index lists; "" for none."""
    answer = archive.index(each.url, since - EARLY)
    if isinstance(answer, SendError) or answer.status != 200:
        return ""
    try:
        rows = json.loads(answer.body)
    except ValueError:
        return ""
    listed = rows[1:] if isinstance(rows, list) else []
    stamps = [
        row[0]
        for row in listed
        if isinstance(row, list) and len(row) == 3 and all(isinstance(cell, str) for cell in row)
        and _STAMP.fullmatch(row[0]) and row[2] == "200"
    ]  # fmt: skip
    return min(stamps, default="")


def _where(archive: Archive, stamp: str, url: str) -> str:
    return f"{archive.service}/web/{stamp}/{url}"


def _read(answer: Reply) -> dict[str, Any]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _refused(each: Testimony, answer: Reply, told: Mapping[str, Any], now: datetime) -> Testimony:
    kind = str(told.get("status_ext") or "")[:80]
    said = " ".join(str(told.get("message") or "").split())[:200]
    reason = said or kind or f"it answered with status {answer.status}"
    if answer.status == 401:
        reason = "it does not accept the key: look at CLIPPER_WITNESS_KEY"
    if kind in FINAL:
        return each.to(State.REFUSED, reason=reason)
    return _later(each, reason, now, _retry_after(answer))


def _later(each: Testimony, reason: str, now: datetime, rest: timedelta = timedelta()) -> Testimony:
    if each.tries >= TRIES and each.asked_at is None:
        return each.to(State.REFUSED, reason=f"given up after {TRIES} tries: {reason}")
    pause = max(rest, REST * 2 ** min(each.tries, 8))
    return each.to(each.state, reason=reason, again_at=now + pause)


def _retry_after(answer: Reply) -> timedelta:
    told = answer.header("Retry-After").strip()
    seconds = int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0
    return min(timedelta(seconds=seconds), timedelta(days=1))


# ---------------------------------------------------------------- what it has already


@dataclass(frozen=True, slots=True)
class Memento:
    """A capture that another archive has: when it was made and where it is."""

    at: datetime
    where: str


_LINK: Final = re.compile(r"<([^<>\s]{1,4000})>\s*;([^<]{0,1000})")
_REL: Final = re.compile(r'rel="[^"]*\bmemento\b[^"]*"')
_DATE: Final = re.compile(r'datetime="([^"]{1,60})"')


def mementos(archive: Archive, url: str) -> tuple[Memento, ...] | SendError:
    """The captures that the archive has of a page, the oldest first (RFC 7089, section 5)."""
    from email.utils import parsedate_to_datetime

    answer = archive.timemap(url)
    if isinstance(answer, SendError):
        return answer
    found = []
    for where, told in _LINK.findall(answer.body.decode("utf-8", "replace")):
        date = _DATE.search(told)
        if date is None or not _REL.search(told) or not where.startswith(("https://", "http://")):
            continue
        try:
            at = parsedate_to_datetime(date[1])
        except ValueError:
            continue
        found.append(Memento(at if at.tzinfo else at.replace(tzinfo=UTC), where))
    return tuple(sorted(found, key=lambda each: each.at))
