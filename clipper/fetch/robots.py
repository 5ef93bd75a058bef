"""robots.txt (RFC 9309): asked before each page, kept for a day, read by protego."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from protego import Protego

from clipper.fetch.failures import Failure
from clipper.fetch.purposes import media_type
from clipper.fetch.targets import Target
from clipper.model import FetchError, Page

AGENT = "clipper"
"""The product token that a robots.txt may name."""

DAY = timedelta(days=1)
MONTH = timedelta(days=30)
_RETRY = timedelta(minutes=5)
_MOST = 2_000
_MAX_DELAY = 30.0

# A group for an agent of which nobody but protego takes notice: see `_grouped`.
_SOMEBODY = "User-agent: somebody-else"
_AGENT_LINE = re.compile(r"\s*user[- ]?agent(?:\s*:|\s)(.*)", re.IGNORECASE | re.DOTALL)
_TOKEN = re.compile(r"\s*([a-z_-]+|\*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class RobotsCopy:
    """The robots.txt of one origin as fetched, to be kept between rounds.

    `text` is empty when everything is allowed: there is none, or it is no robots.txt.
    """

    origin: str
    text: str
    fetched_at: datetime


Recall: TypeAlias = Callable[[str], RobotsCopy | None]
Remember: TypeAlias = Callable[[RobotsCopy], None]


@dataclass(slots=True)
class _Known:
    """What is known of one origin. `trouble`: its robots.txt could not be had."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | None = None
    until: datetime | None = None
    trouble: Failure | None = None


class Robots:
    """The rules of all origins met. `now` tells the time.

    `fetch` gets a robots.txt by its URL and whether to wait for the host's turn.

    `recall` and `remember` let the store keep copies between rounds.
    """

    def __init__(
        self,
        fetch: Callable[[str, bool], Page | FetchError],
        now: Callable[[], datetime],
        recall: Recall,
        remember: Remember,
    ) -> None:
        self._fetch = fetch
        self._now = now
        self._recall = recall
        self._remember = remember
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def check(self, target: Target, *, wait: bool = True) -> float:
        """The delay in seconds that the origin asks for between two pages (0: none).

        Raises Failure("robots") when it forbids the page, and a temporary Failure when
        its robots.txt can't be had now: what is not known to be allowed has to wait.
        """
        known = self._of(target.origin)
        if not known.lock.acquire(blocking=wait):
            raise Failure(
                "wait", f"The robots.txt of {target.host} is on its way.", retry_after=1.0
            )
        try:
            if known.until is None or known.until <= self._now():
                self._learn(known, target, wait)
            rules, trouble = known.rules, known.trouble
        finally:
            known.lock.release()
        if trouble is not None:
            raise trouble.with_traceback(None)
        if rules is None:
            return 0.0
        if not rules.can_fetch(target.url, AGENT):
            raise Failure("robots", "forbidden by robots.txt", temporary=False)
        return min(rules.crawl_delay(AGENT) or 0.0, _MAX_DELAY)

    def _of(self, origin: str) -> _Known:
        with self._lock:
            known = self._known.setdefault(origin, _Known())
            self._known.move_to_end(origin)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)
            return known

    def _learn(self, known: _Known, target: Target, wait: bool) -> None:
        now = self._now()
        copy = self._recall(target.origin)
        if copy is None or not now - DAY < copy.fetched_at <= now:
            copy = self._fresh(known, target, copy, wait)
        if copy is None:
            known.until = now + _RETRY
            return
        known.rules = Protego.parse(_grouped(copy.text)) if copy.text else None
        known.trouble = None
        known.until = max(copy.fetched_at + DAY, now + _RETRY)

    def _fresh(
        self, known: _Known, target: Target, old: RobotsCopy | None, wait: bool
    ) -> RobotsCopy | None:
        answer = self._fetch(f"{target.origin}/robots.txt", wait)
        trouble = _trouble(answer, target)
        if trouble is None:
            text = _text(answer) if isinstance(answer, Page) else ""
            copy = RobotsCopy(target.origin, text, self._now())
            self._remember(copy)
            return copy
        if trouble.kind in _PASSING:
            raise trouble
        # RFC 9309, 2.4: an old copy may serve while the file can't be reached.
        if old is not None and timedelta(0) <= self._now() - old.fetched_at < MONTH:
            return old
        known.trouble = trouble
        return None


# Not the host's doing, or over soon: nothing to be remembered.
_PASSING = frozenset({"wait", "closed"})

# The host can't be reached at all: the page would fail in the same way.
_UNREACHED = frozenset({"dns", "refused", "reset", "timeout", "deadline", "tls", "protocol"})


def _trouble(answer: Page | FetchError, target: Target) -> Failure | None:
    """Why the rules are not known, or None when they are (perhaps there are none).

    4xx means no rules (RFC 9309, 2.3.1.3), but 429 asks for patience; so do 5xx. A
    redirect to a forbidden place, a wrong type or a damaged file are as good as none.
    """
    if isinstance(answer, Page):
        return None
    if answer.kind in _UNREACHED | _PASSING:
        return Failure(answer.kind, answer.text, retry_after=answer.retry_after)
    status = answer.status or 0
    if status != 429 and status < 500:
        return None
    return Failure(
        "robots",
        f"The robots.txt of {target.host} can't be had now (status {status}), "
        "so its pages have to wait.",
        status=status,
        retry_after=answer.retry_after,
    )


def _text(page: Page) -> str:
    if media_type(page.header("content-type")).startswith(("text/html", "application/xhtml")):
        return ""
    text = page.body.decode("utf-8-sig", errors="replace")
    return "" if text.lstrip().startswith("<") else text


def _grouped(text: str) -> str:
    """`text` with every agent named that is neither ours nor `*` made one and the same.

    protego costs agents times rules, and 90 KB of both took it 8 seconds; and it lets the
    agent "c" stand for "clipper", where RFC 9309 wants the token whole.
    """
    return "\n".join(_renamed(line) for line in text.splitlines())


def _renamed(line: str) -> str:
    found = _AGENT_LINE.fullmatch(line)
    if found is None:
        return line
    token = _TOKEN.match(found[1])
    name = token[1].lower() if token else ""
    return f"User-agent: {name}" if name in (AGENT, "*") else _SOMEBODY
