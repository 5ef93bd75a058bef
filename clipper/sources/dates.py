"""Dates as feeds write them, and never one that they did not.

RFC 3339 and ISO 8601 first, then RFC 822 with its successors, then the same with month
names of other languages, then dateutil for what is left. A date without a zone is taken
as UTC, and so is one with a zone name that says nothing to us. What has no day, is no
day (30 February), or lies beyond the printed press is no date: None.
"""

from __future__ import annotations

import re
import warnings
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from .. import text
from .limits import word_set

EARLIEST, LATEST = 1800, 2199
"""Years of which a claim is believed to be meant."""

LONGEST = 80
"""Characters of a date; what is longer is none."""

ZERO = datetime(1970, 1, 1, tzinfo=UTC)
"""What software writes when it has no date."""

MONTHS = {
    word: english
    for english, words in {
        "Jan": "ene enero januar janner januari janv janvier jan janeiro genn gennaio gen",
        "Feb": "febrero februar februari fev fevr fevrier fevereiro febb febbraio",
        "Mar": "marzo marz mrz mars maart marco",
        "Apr": "abr abril avr avril apr aprile",
        "May": "mayo mai mei maio mag maggio",
        "Jun": "junio juni juin junho giu giugno",
        "Jul": "julio juli juil juillet julho lug luglio",
        "Aug": "ago agosto august augustus aout",
        "Sep": "sept septiembre setiembre september septembre setembro set sett settembre",
        "Oct": "octubre oktober okt octobre outubro out ott ottobre",
        "Nov": "noviembre november novembre novembro",
        "Dec": "dic diciembre dezember dez decembre dezembro dicembre december",
    }.items()
    for word in words.split()
}
"""Month names in Spanish, German, French, Dutch, Portuguese and Italian, folded."""

ENGLISH_MONTHS = frozenset(MONTHS.values())

SMALL_WORDS = word_set(
    "de del den der le la il di do a as alle las os um uhr h hs hrs horas y at "
    "lun lunes martes mie miercoles jue jueves vie viernes sab sabado dom domingo "
    "montag dienstag mittwoch donnerstag freitag samstag sonntag mo di mi do fr sa so "
    "lundi mardi mercredi jeudi vendredi samedi dimanche mer jeu ven sam dim "
    "lunedi martedi mercoledi giovedi venerdi sabato domenica gio "
    "segunda terca quarta quinta sexta feira seg ter qua qui sex "
    "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"
)
"""Names of days in those languages, and the words that stand between the parts of a date."""

ZONES = {
    name: timezone(timedelta(hours=hours), name)
    for name, hours in {
        "UTC": 0, "GMT": 0, "UT": 0, "Z": 0, "WET": 0, "WEST": 1, "BST": 1, "CET": 1, "CEST": 2,
        "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3, "MSK": 3, "EST": -5, "EDT": -4, "CST": -6,
        "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7, "AKST": -9, "AKDT": -8,
        "HST": -10, "AST": -4, "ADT": -3, "NST": -3.5, "NDT": -2.5, "BRT": -3, "ART": -3,
        "CLT": -4, "COT": -5, "PET": -5, "VET": -4, "IST": 5.5, "JST": 9, "KST": 9, "AEST": 10,
        "AEDT": 11, "AWST": 8, "NZST": 12, "NZDT": 13,
    }.items()
}  # fmt: skip
"""Zone names that newspapers use. IST is India's, CST and AST America's."""

WORD = re.compile(r"[^\W\d_]+\.?")
DATED = re.compile(r"[^\W_].*\d", re.S)
"""A date begins with a letter or digit; a year before Christ is no date of the press."""

ZONE_NAME = re.compile(r"\s*[\[(][\w/ +:-]{1,40}[\])]$")
GMT_SHIFT = re.compile(r"(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d\d)?$", re.I)
HALVES = re.compile(r"\d\s*[ap]\.?m\b", re.I)
NAMED_ZONE = re.compile(r"\b([A-Z]{1,5})\s*$")
ISO = re.compile(
    r"(\d{4})-?(\d\d)(?:-?(\d\d)(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?)?",
    re.I,
)
DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")


def read(claim: str) -> datetime | None:
    """The instant that `claim` names, aware and in UTC; None when it names none for certain.

    >>> read("Sat, 07 Sep 2002 00:00:01 GMT").isoformat()
    '2002-09-07T00:00:01+00:00'
    >>> read("2024-02-30") is read("yesterday") is None
    True
    """
    value = ZONE_NAME.sub("", " ".join(claim[: LONGEST * 3].split()))
    if not 6 <= len(value) <= LONGEST or not DATED.match(value):
        return None
    whole = ISO.fullmatch(value)
    if whole:
        return _checked(_iso(whole))
    return _checked(_mail(value) or _mail(_in_english(value)) or _other(_in_english(value)))


def _checked(moment: datetime | None) -> datetime | None:
    if moment is None or not EARLIEST <= moment.year <= LATEST:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    try:
        utc = aware.astimezone(UTC)
    except (ValueError, OverflowError):  # an offset of more than a day
        return None
    return None if utc == ZERO else utc


def _iso(found: re.Match[str]) -> datetime | None:
    """RFC 3339 and the forms of ISO 8601 that name a day; a bare month is none."""
    year, month, day, hour, minute, second, zone = found.groups()
    if day is None:
        return None
    late = int(hour or 0) == 24 or int(second or 0) == 60
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            0 if int(hour or 0) == 24 else int(hour or 0),
            int(minute or 0),
            59 if int(second or 0) == 60 else int(second or 0),
            tzinfo=_offset(zone or "Z"),
        )
        extra = timedelta(days=1) if int(hour or 0) == 24 else timedelta(seconds=1)
        return moment + extra if late else moment
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timezone:
    if zone[0] not in "+-":
        return UTC
    digits = zone[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if zone[0] == "-" else shift)


def _mail(value: str) -> datetime | None:
    """RFC 822, 2822 and 5322, and what is near them."""
    if HALVES.search(value):
        return None
    value = GMT_SHIFT.sub(lambda m: f"{m[1]}{int(m[2]):02}{m[3] or '00'}", value)
    named = NAMED_ZONE.search(value)
    zone = ZONES.get(named[1]) if named else None
    if named and zone:
        value = value[: named.start()] + "+0000"
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment.replace(tzinfo=zone) if zone else moment


def _in_english(value: str) -> str:
    """The text with month names in English, and without day names and small words."""
    words = WORD.sub(_english, value.replace(",", " ")).split()
    # "mar" is March, but Tuesday where another month follows it.
    if words and words[0] == "Mar" and any(word in ENGLISH_MONTHS for word in words[1:]):
        words = words[1:]
    return " ".join(words)


def _english(match: re.Match[str]) -> str:
    word = text.fold(match[0].rstrip("."))
    return "" if word in SMALL_WORDS else MONTHS.get(word, match[0])


def _other(value: str) -> datetime | None:
    """What dateutil makes of it, when it had not to invent the year, month or day."""
    from dateutil import parser  # type: ignore[import-untyped, unused-ignore]

    defaults = (datetime(1996, 1, 1), datetime(2003, 12, 28))  # noqa: DTZ001 - zone follows
    # 03/04/2024 is two days, depending on who writes.
    numbers = DAY_FIRST.match(value)
    if numbers and "/" in numbers[0] and max(int(numbers[1]), int(numbers[2])) <= 12:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, two = (
                parser.parse(value, default=default, tzinfos=ZONES, dayfirst="." in value[:6])
                for default in defaults
            )
    except (ValueError, OverflowError, TypeError, AttributeError, IndexError, KeyError):
        return None
    return one if one == two else None
