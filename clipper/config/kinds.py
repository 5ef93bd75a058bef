"""The kinds of text that a key may hold: one small reader each, and what it asks for.

A reader takes the text as typed and returns its value, or raises `KindError` with what is
wrong and what to write. No text is ever guessed into another type: `010` is no number
here, and `no` is a name wherever a name is asked for.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlsplit

MAX_NAME: Final = 200
MAX_URL: Final = 2048
MAX_TEXT: Final = 500
MAX_QUERY: Final = 20_000


class KindError(Exception):
    """A text that is not of the kind asked for."""

    def __init__(self, text: str, remedy: str = "") -> None:
        super().__init__(text)
        self.text, self.remedy = text, remedy


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of text: how it is read, and the words that describe it to users."""

    read: Callable[[str], Any]
    doc: str


def shown(value: str, limit: int = 60) -> str:
    """`value` for a message: one line, no control characters, cut, in quotes."""
    plain = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
    return f"“{plain[: limit - 1]}…”" if len(plain) > limit else f"“{plain}”"


def nearest(word: str, known: list[str]) -> str:
    """The one of `known` that `word` was probably meant to be, or ""."""
    exact = next((name for name in known if name.casefold() == word.casefold()), "")
    return exact or next(iter(difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.6)), "")


def _bounded(value: str, limit: int) -> str:
    if len(value) > limit:
        raise KindError(f"this has {len(value):,} characters; {limit:,} are allowed.")
    bad = next(
        (c for c in value if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"), ""
    )
    if bad:
        raise KindError(f"the control character U+{ord(bad):04X} may not stand here.", "Remove it.")
    return value


def _line(limit: int) -> Callable[[str], str]:
    def read(value: str) -> str:
        line = " ".join(_bounded(value, limit).split())
        if not line:
            raise KindError("this is empty.")
        return unicodedata.normalize("NFC", line)

    return read


def _name(value: str) -> str:
    name = _line(MAX_NAME)(value)
    if not any(c.isalnum() for c in name):
        raise KindError(f"{shown(value)} holds no letter.")
    return name


def _query(value: str) -> str:
    if not value.strip():
        raise KindError(
            "the query is empty.", "Write words to look for: query: 'prison divestment'."
        )
    return _bounded(value, MAX_QUERY)


_LIST_NAME = re.compile(r"\w+", re.ASCII)


def list_name(value: str) -> str:
    """The name of a list, as `$name` can name it; raises `KindError`."""
    if not _LIST_NAME.fullmatch(value) or len(value) > MAX_NAME:
        raise KindError(
            f"{shown(value)} can't be written as $name in a query.",
            "Use letters a to z, digits and '_'.",
        )
    return value


_SCHEMES: Final = ["http", "https"]


def _url(value: str) -> str:
    url = value.strip()
    if len(url) > MAX_URL:
        raise KindError(f"this address has {len(url):,} characters; {MAX_URL:,} are allowed.")
    if any(c.isspace() or not c.isprintable() or c == "\\" for c in url):
        raise KindError("an address holds no blanks, backslashes or control characters.")
    _refuse_no_scheme(url)
    _refuse_bad_host(url)
    return url


def _refuse_no_scheme(url: str) -> None:
    scheme, found, rest = url.partition("://")
    if not found:
        raise KindError(
            f"{shown(url)} is no web address.", f"Write https://{url.lstrip('/')[:60]}."
        )
    if scheme.lower() not in _SCHEMES:
        near = nearest(scheme, _SCHEMES)
        hint = f"Did you mean {near}://{rest[:60]}?" if near else "Only http and https are fetched."
        raise KindError(f"{shown(scheme)} is no web address's beginning.", hint)


def _refuse_bad_host(url: str) -> None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise KindError(f"{shown(url)} is no web address.") from None
    if parts.username is not None or parts.password is not None:
        # The address itself is not shown: it holds a secret.
        raise KindError(
            "this address holds a user name or password.",
            "Secrets never stand in this file; take the part before '@' out.",
        )
    if not host or host.startswith(".") or ".." in host:
        raise KindError(f"{shown(url)} names no host.", "Write https://outlet.example.")


def _depot(value: str) -> str:
    address = _line(MAX_URL)(value).strip()
    scheme, found, rest = address.partition("://")
    if not found or not rest.strip("/") or not scheme.isalnum() or "::" in address:
        hint = f"file://{address}" if address.startswith("/") else "s3://bucket/folder"
        raise KindError(f"{shown(address)} is no address of a place.", f"Write {hint}.")
    if scheme.lower() == "memory":
        raise KindError("what is kept in memory is gone when clipper ends.", "Name a disk or S3.")
    if ":" in address.removeprefix(f"{scheme}://").rpartition("@")[0]:
        # The address itself is not shown: it holds a secret.
        raise KindError(
            "this address holds a password.",
            "Secrets never stand in this file; put it into the variable that `key` names.",
        )
    return address.rstrip("/")


def _contact(value: str) -> str:
    contact = _line(MAX_TEXT)(value)
    if "://" in contact:
        return _url(contact)
    if not re.fullmatch(r"[^@\s<>()]+@[^@\s<>()]+\.[^@\s<>()]+", contact):
        raise KindError(
            f"{shown(value)} is neither a mail address nor a web address.",
            "Write contact: press@your-group.example.",
        )
    return contact


_NUMBER = re.compile(r"(0|[1-9]\d{0,8})(\.\d{1,6})?", re.ASCII)
_AMOUNT = re.compile(r"([\d.]+)\s*([a-z]*)\.?", re.ASCII | re.IGNORECASE)
_SECONDS: Final = {
    **dict.fromkeys(("", "s", "sec", "secs", "second", "seconds"), 1.0),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86400.0),
}


def _plain_number(value: str, example: str) -> float:
    if not _NUMBER.fullmatch(value.strip()):
        raise KindError(
            f"{shown(value)} is no number clipper reads.", f"Write, for example, {example}."
        )
    return float(value.strip())


def _within(low: float, high: float, number: float, unit: str = "") -> float:
    if not low <= number <= high:
        raise KindError(f"this must lie between {low:g} and {high:g}{unit}.")
    return number


def _duration(low: float, high: float, example: str) -> Callable[[str], float]:
    def read(value: str) -> float:
        amount = _AMOUNT.fullmatch(value.strip())
        unit = amount[2].lower() if amount else ""
        if not amount or unit not in _SECONDS:
            raise KindError(
                f"{shown(value)} is no length of time.", f"Write, for example, {example}."
            )
        seconds = _plain_number(amount[1], example) * _SECONDS[unit]
        return _within(low, high, seconds, " seconds")

    return read


def _number(low: float, high: float, example: str) -> Callable[[str], float]:
    return lambda value: _within(low, high, _plain_number(value, example))


def _whole(low: int, high: int, example: str) -> Callable[[str], int]:
    def read(value: str) -> int:
        # A minus is let through so that the message names the range.
        if not re.fullmatch(r"-?(0|[1-9]\d{0,8})", value.strip(), re.ASCII):
            raise KindError(
                f"{shown(value)} is no whole number.", f"Write, for example, {example}."
            )
        return int(_within(low, high, int(value)))

    return read


def _share(value: str) -> float:
    text = value.strip()
    if re.fullmatch(r"[1-9]\d?/[1-9]\d?", text, re.ASCII):
        return float(_within(0.01, 1, float(Fraction(text))))
    percent = text.endswith("%")
    number = _plain_number(text.rstrip("% "), "1/3, 33% or 0.33")
    return _within(0.01, 1, number / 100 if percent else number)


def _network(value: str) -> str:
    try:
        return str(ipaddress.ip_network(value.strip()))
    except ValueError as error:
        raise KindError(
            f"{shown(value)} is no range of addresses ({shown(str(error))}).",
            "Write, for example, 192.168.1.0/24.",
        ) from None


def _language(value: str) -> str:
    tag = value.strip()
    if not re.fullmatch(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,3}", tag, re.ASCII):
        raise KindError(f"{shown(value)} is no language code.", "Write en, es, fr …")
    return tag.replace("_", "-")


def _path(value: str) -> str:
    path = _bounded(value.strip(), MAX_TEXT)
    if not path or "\n" in path:
        raise KindError("this names no path.")
    return path


def _mail(value: str) -> str:
    from email.utils import parseaddr

    address = _bounded(value.strip(), MAX_TEXT)
    name, plain = parseaddr(address)
    if "\n" in address or not re.fullmatch(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,250}", plain):
        raise KindError(
            f"{shown(address)} is no mail address.", "Write name@your-campaign.example."
        )
    return f"{name} <{plain}>" if name else plain


def _hour(value: str) -> time:
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", value.strip(), re.ASCII)
    if not found:
        raise KindError(f"{shown(value)} is no time of day.", "Write, for example, 07:00.")
    return time(int(found[1]), int(found[2]))


def _hours(value: str) -> tuple[time, time]:
    first, dash, last = value.replace("–", "-").partition("-")
    try:
        begin, end = _hour(first), _hour(last)
    except KindError:
        begin = end = time()
    if not dash or begin == end:
        raise KindError(f"{shown(value)} is no span of hours.", "Write, for example, 22:00-07:00.")
    return begin, end


def _zone(value: str) -> str:
    from zoneinfo import ZoneInfo, available_timezones

    name = value.strip()
    try:
        return ZoneInfo(name).key
    except (KeyError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        hint = f"Did you mean {near}?" if near else "Write, for example, America/Los_Angeles."
        raise KindError(f"{shown(name)} is no time zone.", hint) from None


def _date(value: str) -> datetime:
    try:
        day = datetime.fromisoformat(value.strip())
    except ValueError:
        raise KindError(
            f"{shown(value)} is no date.", "Write year-month-day: date: 2026-11-27."
        ) from None
    try:
        return day.astimezone(UTC) if day.tzinfo else day.replace(tzinfo=UTC)
    except OverflowError:
        raise KindError(f"{shown(value)} is no date that clipper reads.") from None


def _selector(value: str) -> str:
    from cssselect import HTMLTranslator, SelectorError

    selector = _line(MAX_TEXT)(value)
    try:
        HTMLTranslator().css_to_xpath(selector)
    except (SelectorError, RecursionError):
        raise KindError(
            f"{shown(selector)} is no CSS selector.", "Write, for example, 'main h2 a'."
        ) from None
    return selector


def _yes(value: str) -> bool:
    word = value.strip().lower()
    if word not in {"true", "yes", "false", "no"}:
        raise KindError(f"{shown(value)} is neither true nor false.")
    return word in {"true", "yes"}


KINDS: Final[dict[str, Kind]] = {
    "name": Kind(_name, "a name; any text, quotes are only needed round ': ' and ' #'"),
    "text": Kind(_line(MAX_TEXT), "one line of text"),
    "query": Kind(_query, "a query; put single quotes round it"),
    "url": Kind(_url, "a web address that starts with https:// or http://"),
    "depot": Kind(_depot, "an address such as s3://bucket/folder or file:///mnt/disk/folder"),
    "contact": Kind(_contact, "a mail address or web address"),
    "gap": Kind(_duration(0, 600, "2 s"), "a length of time up to 10 minutes, such as 2 s"),
    "deadline": Kind(_duration(1, 300, "30 s"), "a length of time from 1 s to 5 min"),
    "retain": Kind(
        _duration(86400, 36500 * 86400, "365 days"), "a length of time of at least a day: 365 days"
    ),
    "interval": Kind(_duration(60, 30 * 86400, "1 h"), "a length of time, such as 30 min or 1 h"),
    "megabytes": Kind(_number(0.1, 100, "10"), "a number from 0.1 to 100"),
    "gigabytes": Kind(_number(0.001, 100, "4"), "a number from 0.001 to 100"),
    "parallel": Kind(_whole(1, 64, "16"), "a whole number from 1 to 64"),
    "words": Kind(_whole(1, 2000, "150"), "a whole number from 1 to 2000"),
    "per_page": Kind(_whole(1, 500, "50"), "a whole number from 1 to 500"),
    "mail": Kind(_mail, "a mail address, or a name and an address in angle brackets"),
    "hour": Kind(_hour, "a time of day such as 07:00"),
    "hours": Kind(_hours, "a span of hours such as 22:00-07:00"),
    "outlets": Kind(_whole(2, 1000, "5"), "a whole number from 2 to 1000"),
    "zone": Kind(_zone, "a time zone such as Europe/Madrid"),
    "port": Kind(_whole(1, 65535, "587"), "a whole number from 1 to 65535"),
    "priority": Kind(_whole(-100, 100, "1"), "a whole number from -100 to 100"),
    "share": Kind(_share, "a part: 1/3, 33% or 0.33"),
    "network": Kind(_network, "a range of addresses such as 192.168.1.0/24"),
    "language": Kind(_language, "a language code such as en or es"),
    "path": Kind(_path, "a path; a relative one starts at the config's folder"),
    "date": Kind(_date, "a date: 2026-11-27, or with a time 2026-11-27 18:30 (UTC)"),
    "selector": Kind(_selector, "a CSS selector such as 'main h2 a', in quotes"),
    "yes": Kind(_yes, "true or false"),
    "template": Kind(_line(MAX_TEXT), "text with {outlet} {authors} {date} {wire}"),
}
"""All kinds by the name that the schema uses. `doc` goes into the reference."""
