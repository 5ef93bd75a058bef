"""What a round tells its caller, step by step, and what it counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..model import (
    Article,
    Doubt,
    ExtractError,
    FetchError,
    Harvest,
    LedgerLine,
    Pending,
    Poll,
    PollError,
    Source,
)


@dataclass(frozen=True, slots=True)
class Polled:
    """A source was looked at, or could not be; `awaited` entries now wait for their page."""

    source: Source
    result: Poll | PollError
    awaited: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """An entry with its harvest or its error. `clipping` is set when it was queued anew,
    `joined` when it joined a story that was there before."""

    pending: Pending
    harvest: Harvest | None
    error: FetchError | ExtractError | None
    clipping: int | None = None
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """A source's part of the round is over."""

    line: LedgerLine


Step = Polled | Outcome | Done


@dataclass(slots=True)
class Counts:
    """The running sums of one source in one round; becomes a frozen `LedgerLine`."""

    source: Source
    result: Poll | PollError | None = None
    awaited: int = 0
    new: int = 0
    known: int = 0
    fetched: int = 0
    matched: int = 0
    queued: int = 0
    failed: int = 0
    walled: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one entry's outcome."""
        self.awaited -= 1
        if outcome.error is not None:
            self.failed += 1
            self.errors.append(outcome.error.text)
        if outcome.harvest is None:
            return
        if outcome.harvest.snapshot is not None:
            self.fetched += 1
            found = outcome.harvest.reading
            self.walled += found is not None and _lacks_story(found.article)
        if outcome.harvest.reading is not None and outcome.harvest.reading.matches:
            self.matched += 1
            self.queued += outcome.clipping is not None
            self.dropped["also in a story that is there already"] += outcome.clipping is None
        else:
            self.dropped["no query matched"] += 1

    def line(self) -> LedgerLine:
        """The ledger's line for this source."""
        polled = self.result if isinstance(self.result, Poll) else None
        error = self.result.text if isinstance(self.result, PollError) else ""
        dropped = {why: number for why, number in self.dropped.items() if number}
        if polled is not None and polled.left_off:
            dropped["past the limit of one look"] = polled.left_off
        return LedgerLine(
            source=self.source.slug,
            outlet=self.source.outlet,
            looked=not error,
            unchanged=polled is not None and (polled.unchanged or not self.new),
            seen=len(polled.entries) if polled else 0,
            new=self.new,
            fetched=self.fetched,
            matched=self.matched,
            queued=self.queued,
            failed=self.failed,
            walled=self.walled,
            dropped=dropped,
            error=error or summary(self.errors),
            notes=polled.notes if polled else (),
        )


_LACKING = frozenset({Doubt.WALL, Doubt.PAYWALL, Doubt.NO_TEXT})


def _lacks_story(article: Article) -> bool:
    """Whether a page was had, but not the story: a wall, a paywall's beginning, no text."""
    return not _LACKING.isdisjoint(article.shortcomings)


def summary(errors: list[str]) -> str:
    """The commonest errors in one line, each once with its number."""
    counted = Counter(errors).most_common(3)
    return "; ".join(text if number == 1 else f"{number} × {text}" for text, number in counted)
