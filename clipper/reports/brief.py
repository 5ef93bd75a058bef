"""The morning brief as a value, and when it is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from clipper.reports.words import Words

MOST_TOP = 3
"""Stories that editors may put at the top; more would be a second list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One story as a brief tells it. `also_in` counts other outlets that ran the copy; `why`
    is the line of the editor who put it at the top, "" when nobody did; `waits` that nobody
    approved it yet. `approve` and `reject` are addresses to decide at, "" for none. `note` is
    the campaign's own words to readers."""

    clipping: int
    headline: str
    attribution: str
    url: str
    paragraphs: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    also_in: int = 0
    why: str = ""
    language: str = ""
    waits: bool = False
    approve: str = ""
    reject: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What changed of a story that an earlier brief held, in a sentence."""

    headline: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """All that one recipient is told on one day.

    `outlets` is how many were looked at or should have been, `troubles` are sentences on those
    that could not be looked at or fell silent, `blind` how many could not be looked at.
    `idle_since` is the day of the last round when none has run for too long, None else.
    `missed_since` is the day of the last brief to this recipient when that is long ago, None
    else, and `told_since` the day from which on this one tells; `left_out` is how many older
    stories are not told, for there are too many. `language` is the reader's.
    """

    day: date
    stories: tuple[Story, ...] = ()
    corrections: tuple[Correction, ...] = ()
    troubles: tuple[str, ...] = ()
    outlets: int = 0
    blind: int = 0
    idle_since: date | None = None
    missed_since: date | None = None
    told_since: date | None = None
    left_out: int = 0
    language: str = "en"

    @property
    def say(self) -> Words:
        """The words of its language."""
        return Words(self.language)

    @property
    def reach(self) -> str:
        """What is said when the brief holds more, or less, than what came since yesterday's."""
        say, told = self.say, []
        if self.missed_since and self.told_since:
            words = (
                say("The last brief to you was that of %(last)s; this has what came since.")
                if self.missed_since == self.told_since
                else say(
                    "The last brief to you was that of %(last)s; this has what came since %(day)s."
                )
            )
            told.append(
                words % {"last": say.day(self.missed_since), "day": say.day(self.told_since)}
            )
        if self.left_out:
            told.append(
                say.number(
                    "%(number)d older story is left out; the desk has it.",
                    "%(number)d older stories are left out; the desk has them.",
                    self.left_out,
                )
            )
        return " ".join(told)

    @property
    def top(self) -> tuple[Story, ...]:
        """The stories that editors picked."""
        return tuple(story for story in self.stories if story.why)[:MOST_TOP]

    @property
    def sections(self) -> tuple[tuple[str, tuple[Story, ...]], ...]:
        """The other stories by their first campaign, in the order in which they come."""
        found: dict[str, list[Story]] = {}
        for story in self.stories:
            if story not in self.top:
                found.setdefault((*story.campaigns, "")[0], []).append(story)
        return tuple((name, tuple(stories)) for name, stories in found.items())

    @property
    def unknown(self) -> bool:
        """Whether finding nothing says nothing: nobody looked, or nobody could."""
        return self.idle_since is not None or self.blind >= self.outlets

    @property
    def verdict(self) -> str:
        """What is said when there is no story: nothing was there, or we could not look."""
        if self.stories:
            return ""
        say = self.say
        if not self.outlets:
            return say("Nothing was looked at: no outlet has been fetched yet.")
        if self.idle_since:
            words = say(
                "No round has run since %(day)s. Whether there was coverage since is not known."
            )
            return words % {"day": say.day(self.idle_since)}
        if self.blind >= self.outlets:
            return say("No outlet could be looked at. Whether there was coverage is not known.")
        if self.blind:
            words = say(
                "No significant coverage in %(seen)d outlets. %(blind)d could not be looked at; "
                "see below."
            )
            return words % {"seen": self.outlets - self.blind, "blind": self.blind}
        words = say("No significant coverage. All %(number)d outlets were looked at.")
        return words % {"number": self.outlets}


def subject(brief: Brief) -> str:
    """`Clips – 21 Nov – 7 stories`."""
    say, number = brief.say, len(brief.stories)
    if number:
        told = say.number("%(number)d story", "%(number)d stories", number)
    elif brief.unknown:
        told = say("whether there was coverage is not known")
    elif brief.blind:
        told = say("nothing found, some outlets not seen")
    else:
        told = say("no coverage")
    return f"{say('Clips')} – {say.day(brief.day, 'd MMM')} – {told}"


def cutoff_before(now: datetime, cutoff: time, zone: str) -> datetime:
    """The last moment, not after `now`, at which the clock of `zone` showed `cutoff`; in UTC.

    On the day on which an hour is left out, a cut-off within it is an hour later on the new
    clock; on the day on which an hour comes twice, the first one counts. So there is exactly
    one a day.
    """
    day = now.astimezone(ZoneInfo(zone)).date()
    found = cutoff_on(day, cutoff, zone)
    return found if found <= now else cutoff_on(day - timedelta(days=1), cutoff, zone)


def cutoff_on(day: date, cutoff: time, zone: str) -> datetime:
    """The cut-off of a local day, in UTC."""
    return datetime.combine(day, cutoff, ZoneInfo(zone)).astimezone(UTC)


def day_of(cutoff: datetime, zone: str) -> date:
    """The day that a brief with this cut-off is named after."""
    return cutoff.astimezone(ZoneInfo(zone)).date()


def wanted(stories: Sequence[Story], campaigns: Sequence[str]) -> tuple[Story, ...]:
    """The stories of these campaigns (names), each under these alone; all of them when none is
    named."""
    if not campaigns:
        return tuple(stories)
    asked = set(campaigns)
    return tuple(
        replace(story, campaigns=tuple(name for name in story.campaigns if name in asked))
        for story in stories
        if asked & set(story.campaigns)
    )
