"""Whether a source still brings what it used to: its history in, findings in words out.

A source is silent when, at the last look that succeeded, its newest entry had been waited
for longer than twice the longest gap of its own history, and never less than `LEAST`. Until
it has shown `ENOUGH` gaps nothing is said: a history so short makes any silence plausible.
What was not looked at does not count as silence.

Each finding keeps its sentence as it is written here beside the values that it is filled in
with, so that the desk can tell it in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from . import text
from .model import FileState, WarcFile, WarcFolderState
from .sentences import Value, filled

LEAST = timedelta(days=2)
ENOUGH = 8
FAILING = 3
"""Polls that failed in a row before somebody is told."""

STANDING = 2
"""Polls in a row that met a page in the source's place before somebody is told: once may be
an accident."""

PAGES = 10
"""Entries asked for before a share of unreadable ones means anything."""

JUMP = 0.3
"""By how much the share of unreadable pages may rise over the source's own before."""

WALLS = 5
"""Pages of a week that held no story before somebody is told, if at least half of them did."""

STALLED = 8
"""Dated entries without a newer date before the dates are said to stand still."""

STILL = timedelta(days=3)
"""For how long the newest date must have stood still."""


class Level(StrEnum):
    """How much a finding matters: an alarm needs a person."""

    NOTE = "note"
    WARNING = "warning"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is not as it should be. `since` is None where no time is known.

    `text` and `remedy` are English sentences; `kind` is a short stable word. Where the text is
    made of a sentence with values, `sentence` and `values` are those.
    """

    area: str
    subject: str
    level: Level
    text: str
    remedy: str = ""
    since: datetime | None = None
    kind: str = ""
    sentence: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What is known of a source. `news` are the times at which a round found new entries,
    oldest first; `lately` and `before` are (pages had, pages failed) of two spans of time,
    `walled` and `walled_before` how many of those had did not hold their story.
    `error_kind` says what failed, or what stands in the source's place.
    `claimed_at`, `moved_at` and `stalled` are a pulse's."""

    slug: str
    news: Sequence[datetime] = ()
    last_success_at: datetime | None = None
    failures: int = 0
    error: str = ""
    error_kind: str = ""
    gone: bool = False
    lately: tuple[int, int] = (0, 0)
    before: tuple[int, int] = (0, 0)
    walled: int = 0
    walled_before: int = 0
    claimed_at: datetime | None = None
    moved_at: datetime | None = None
    stalled: int = 0


def plausible(news: Sequence[datetime]) -> timedelta | None:
    """The longest silence that this history makes plausible; None while it is too short."""
    gaps = [later - earlier for earlier, later in pairwise(news)]
    return max(LEAST, 2 * max(gaps)) if len(gaps) >= ENOUGH else None


def findings(histories: Iterable[History]) -> tuple[Finding, ...]:
    """What is wrong with all these sources, the alarms first."""
    found = [finding for history in histories for finding in judge(history)]
    order = (Level.ALARM, Level.WARNING, Level.NOTE)
    return tuple(sorted(found, key=lambda each: order.index(each.level)))


def judge(history: History) -> tuple[Finding, ...]:
    """What is wrong with a source; empty when all is well."""
    found = _unreached(history) or _silent(history)
    others = (_unreadable(history) or _walled(history), _standing_still(history))
    return tuple(each for each in (found, *others) if each)


def silent(histories: Iterable[History]) -> dict[str, datetime]:
    """The sources that have been silent for longer than is plausible, and since when."""
    return {each.slug: each.news[-1] for each in histories if _unreached(each) is None and
            _silent(each) is not None}  # fmt: skip


# ---------------------------------------------------------------- the sentences

GONE = "the outlet says that this address is gone for good."
GONE_REMEDY = "Look for its new address and put it into sources.yaml."

STANDS: Mapping[str, tuple[str, str]] = {
    "page": (
        "a web page stands where its entries were.",
        "The outlet may have dropped or moved its feed: 'clipper sources add' with its home page "
        "finds what there is now.",
    ),
    "parked": (
        "its domain is for sale: the outlet is no longer there.",
        "Look for the outlet's new address, or take it out of sources.yaml. Do not trust what "
        "comes from this one later.",
    ),
    "challenge": (
        "a page that checks whether the visitor is a person stands in its place.",
        "Clipper goes round no such check: ask the outlet to let its feed be read, or use "
        "another address of it.",
    ),
    "consent": (
        "a page that asks for consent to cookies stands in its place.",
        "Clipper consents to nothing: ask the outlet to let its feed be read without that, or "
        "use another address of it.",
    ),
    "login": (
        "a log-in page stands in its place.",
        "If the network here wants a log-in, log in; else its feed is no longer public.",
    ),
}
"""What may stand in a source's place: what is said of it, and the remedy."""

FAILS = "the last %(number)s looks failed: %(error)s"
FAILS_REMEDY = (
    "Open the address in a browser; if the outlet moved, put the new one into the config."
)
_DROPPED = (
    "The outlet may have dropped or moved it: 'clipper sources add' with its home page finds "
    "what there is now."
)
_REFUSES = (
    "It may refuse programs. If the address opens in a browser, ask the outlet to let it be "
    "read, or use another address of it; `contact` in the config tells them who asks."
)
_NAME = "Look whether the outlet has a new domain; if so, put its new address into the config."
_TROUBLE = "This is on the outlet's side and mostly passes; clipper goes on looking."
_TLS = (
    "Open the address in a browser: if it warns too, the outlet has to mend its certificate; if "
    "not, this machine's certificates or clock are wrong."
)
FAILS_REMEDIES: Mapping[str, str] = {
    "http-404": _DROPPED,
    "not-a-feed": _DROPPED,
    "malformed": _DROPPED,
    "http-401": _REFUSES,
    "http-402": _REFUSES,
    "http-403": _REFUSES,
    "http-418": _REFUSES,
    "http-429": _REFUSES,
    "http-451": _REFUSES,
    "robots": _REFUSES,
    "dns": _NAME,
    "tls": _TLS,
    **dict.fromkeys(
        ("refused", "reset", "timeout", "deadline", "http-500", "http-502", "http-503",
         "http-504", "http-520", "http-521", "http-522", "http-523", "http-524"),
        _TROUBLE,
    ),
}  # fmt: skip
"""What to do about looks that fail, by the kind of error; `FAILS_REMEDY` for all others."""
SILENT = (
    "nothing new for %(silence)s, though it answers; by its own history %(longest)s would be long."
)
SILENT_REMEDY = "Look at the outlet's home page: if it has newer stories, its feed moved or broke."
WALLED = (
    "%(walled)s of %(pages)s pages this week did not hold the story: a consent, challenge or "
    "payment page, or one without text."
)
WALLED_REMEDY = (
    "Clipper goes round no such page: ask the outlet for access, or use a feed that has the "
    "whole text. Until then its stories are judged by the feed's own words."
)
UNREADABLE = "%(lately)s of its pages could not be had or read this week, %(before)s before."
UNREADABLE_REMEDY = (
    "Open one of its stories: a wall, a consent page or a new address may be the cause."
)
STILL_DATES = (
    "its dates stand still: %(number)s entries since %(moved)s, none dated later than %(claimed)s."
)
STILL_REMEDY = (
    "Compare a story's date on its page with that in the list. If the outlet has newer stories, "
    "the list is broken: look for another address of it."
)

FOLDER = "the folder for web archives can't be read: %(why)s."
FOLDER_REMEDY = (
    "See that it is there, that its disk is mounted, and that the user who runs clipper may read "
    "it; or take it out of 'warcs:' in sources.yaml."
)
INNER = "folders within it can't be read: %(names)s."
INNER_REMEDY = "Give the user who runs clipper the right to read them."
MORE = "more lies in it than is looked at."
MORE_REMEDY = "Move what was taken in to another folder."
REST = "%(number)s more files in it need a person."
REST_REMEDY = "'clipper archive folders' lists them."

FILES: Mapping[FileState, tuple[str, str]] = {
    FileState.DAMAGED: (
        "%(file)s could not be taken in whole: %(why)s. Pages taken in before that: %(pages)s.",
        "Put a whole copy in its place, and it is taken in by itself. If there is none, move it "
        "elsewhere.",
    ),
    FileState.TOO_LARGE: (
        "%(file)s is too large and was left alone: %(why)s.",
        "Raise 'max_gigabytes' of this folder in sources.yaml, or have it written in smaller "
        "files.",
    ),
    FileState.LINK: (
        "%(file)s is a link to somewhere else and was not followed.",
        "Put the file itself into the folder.",
    ),
    FileState.UNREADABLE: (
        "%(file)s can't be read: %(why)s.",
        "Give the user who runs clipper the right to read it. It is tried again by itself.",
    ),
    FileState.GIVEN_UP: (
        "clipper was ended %(tries)s times while it took in %(file)s, and leaves it alone now.",
        "See whether memory or disk had run out; 'clipper archive folders --again FILE' has it "
        "tried once more.",
    ),
}
"""What is said of a file in a folder of web archives, and the remedy."""

SENTENCES = (
    GONE, GONE_REMEDY, FAILS, FAILS_REMEDY, SILENT, SILENT_REMEDY, WALLED, WALLED_REMEDY,
    UNREADABLE, UNREADABLE_REMEDY, STILL_DATES, STILL_REMEDY,
    FOLDER, FOLDER_REMEDY, INNER, INNER_REMEDY, MORE, MORE_REMEDY, REST, REST_REMEDY,
    *(each for pair in (*STANDS.values(), *FILES.values()) for each in pair),
    *dict.fromkeys(FAILS_REMEDIES.values()),
)  # fmt: skip
"""All sentences, for those who translate them."""

# ---------------------------------------------------------------- folders of web archives

URGENT = frozenset({FileState.DAMAGED, FileState.GIVEN_UP})


def of_folders(folders: Iterable[WarcFolderState]) -> tuple[Finding, ...]:
    """What is wrong with folders of web archives and the files in them, the alarms first."""
    found = [finding for folder in folders for finding in _of_folder(folder)]
    return tuple(sorted(found, key=lambda each: each.level is not Level.ALARM))


def _of_folder(folder: WarcFolderState) -> Iterable[Finding]:
    if folder.fault:
        yield _told(folder, Level.ALARM, FOLDER, FOLDER_REMEDY, {"why": folder.fault})
        return
    if folder.unread:
        names: dict[str, Value] = {
            "names": ", ".join(text.clean(n, 100) for n in folder.unread[:5])
        }
        yield _told(folder, Level.WARNING, INNER, INNER_REMEDY, names)
    if folder.more:
        yield _told(folder, Level.WARNING, MORE, MORE_REMEDY, {})
    for file in folder.troubled:
        yield of_file(folder.name, file)
    total = sum(number for state, number in folder.files.items() if state in FILES)
    if left := total - len(folder.troubled):
        yield _told(folder, Level.WARNING, REST, REST_REMEDY, {"number": str(left)})


def of_file(folder: str, file: WarcFile) -> Finding:
    """What is wrong with a file in the folder of this name; its state is a key of `FILES`."""
    told: dict[str, Value] = {
        "file": text.clean(file.name, 200),
        "why": text.clean(file.why, 300).rstrip("."),
        "pages": str(file.pages),
        "tries": str(file.tries),
    }
    level = Level.ALARM if file.state in URGENT else Level.WARNING
    sentence, remedy = FILES[file.state]
    return Finding(
        area="warcs",
        subject=folder,
        level=level,
        text=filled(sentence, told),
        remedy=remedy,
        since=file.seen_at,
        kind=file.state.value,
        sentence=sentence,
        values=told,
    )


def _told(
    folder: WarcFolderState, level: Level, sentence: str, remedy: str, told: Mapping[str, Value]
) -> Finding:
    return Finding(
        area="warcs",
        subject=folder.name,
        level=level,
        text=filled(sentence, told),
        remedy=remedy,
        since=folder.looked_at if not folder.fault else None,
        kind="folder",
        sentence=sentence,
        values=told,
    )


# ---------------------------------------------------------------- the judgements


def _unreached(history: History) -> Finding | None:
    since = history.last_success_at
    if history.gone:
        return _finding(history, "gone", Level.ALARM, GONE, GONE_REMEDY, since)
    stands = STANDS.get(history.error_kind)
    if stands is not None and history.failures >= STANDING:
        return _finding(history, history.error_kind, Level.ALARM, *stands, since)
    if history.failures < FAILING:
        return None
    told: dict[str, Value] = {"number": str(history.failures), "error": history.error}
    remedy = FAILS_REMEDIES.get(history.error_kind, FAILS_REMEDY)
    return _finding(history, "failing", Level.ALARM, FAILS, remedy, since, told)


def _silent(history: History) -> Finding | None:
    longest = plausible(history.news)
    if longest is None or history.last_success_at is None:
        return None
    silence = history.last_success_at - history.news[-1]
    if silence <= longest:
        return None
    told: dict[str, Value] = {"silence": silence, "longest": longest}
    since = history.news[-1]
    return _finding(history, "silent", Level.ALARM, SILENT, SILENT_REMEDY, since, told)


def _walled(history: History) -> Finding | None:
    had, _ = history.lately
    if history.walled < WALLS or 2 * history.walled < had:
        return None
    told: dict[str, Value] = {"walled": str(history.walled), "pages": str(had)}
    # What was so all along needs nobody today; it is said, and no more.
    always = 2 * history.walled_before >= max(history.before[0], PAGES)
    level = Level.NOTE if always else Level.WARNING
    return _finding(history, "walled", level, WALLED, WALLED_REMEDY, None, told)


def _unreadable(history: History) -> Finding | None:
    lately = _share(history.lately, history.walled)
    before = _share(history.before, history.walled_before)
    if lately is None or before is None or lately - before < JUMP:
        return None
    told: dict[str, Value] = {"lately": f"{lately:.0%}", "before": f"{before:.0%}"}
    return _finding(history, "pages", Level.WARNING, UNREADABLE, UNREADABLE_REMEDY, None, told)


def _standing_still(history: History) -> Finding | None:
    moved, claimed = history.moved_at, history.claimed_at
    if moved is None or claimed is None or history.last_success_at is None:
        return None
    if history.stalled < STALLED or history.last_success_at - moved < STILL:
        return None
    told: dict[str, Value] = {
        "number": str(history.stalled),
        "moved": moved,
        "claimed": claimed,
    }
    return _finding(history, "dates", Level.WARNING, STILL_DATES, STILL_REMEDY, moved, told)


def _share(pages: tuple[int, int], walled: int) -> float | None:
    """The part that could not be had or read; None of too few pages."""
    had, failed = pages
    return (failed + walled) / (had + failed) if had + failed >= PAGES else None


def _finding(
    history: History,
    kind: str,
    level: Level,
    sentence: str,
    remedy: str,
    since: datetime | None,
    values: Mapping[str, Value] | None = None,
) -> Finding:
    told = values or {}
    return Finding(
        area="sources",
        subject=history.slug,
        level=level,
        text=filled(sentence, told),
        remedy=remedy,
        since=since,
        kind=kind,
        sentence=sentence,
        values=told,
    )
