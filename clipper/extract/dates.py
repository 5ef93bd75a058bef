"""When the outlet says that it published, and when it changed, a story.

JSON-LD first, then meta elements, then marked dates near the headline, then the address, and
last htmldate's search, bounded. A date that is not there is never invented.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice

from clipper.model import EPOCH, Origin

from . import jsonld
from .markup import COUNT, WHOLE_TAGS, Markup, stands_aside
from .tables import words, xpath

MAX_STAMP = 160
MAX_TIMES = 40
SEARCHED_ELEMENTS = 3000
"""Beyond this size htmldate's search, 2 s and more on single pages, is not begun."""
SEARCHED_CHARS = 300_000
FIRST_YEAR = 1990

PUBLISHED_METAS = words(
    """
    article:published_time datepublished og:published_time rnews:datepublished
    og:article:published_time parsely-pub-date sailthru.date article.published pubdate
    publishdate publish-date publish_date published-date published_date publication_date
    cxenseparse:recs:publishtime cxenseparse:publishtime citation_publication_date
    citation_date dc.date.issued dcterms.issued dcterms.created dcterms.date dc.date.created
    dc.date dc.date.publication originalpublicationdate article_date_original
    article:post_date article-publication-date datecreated created date_published bt:pubdate
    dcsext.articlefirstpublished prism.publicationdate article:published published timestamp
    parsely-pubdate ptime date
    """
)
MODIFIED_METAS = (
    "article:modified_time",
    "datemodified",
    "og:updated_time",
    "lastmod",
    "last-modified",
    "dcterms.modified",
    "article:updated_time",
    "article_date_updated",
)
MARKED = re.compile(r"itemprop-(?:\w+ )?datePublished|published|entry-date")
TIMES = xpath("//time[@datetime]")
BELOW = xpath("following::*[position() < 60]")
ABOVE = xpath("preceding::*[position() < 15]")
YEAR = re.compile(r"(?:19|20)\d\d")
UNTEXTED = frozenset({"script", "style", "title", "a"})
RAW_LENGTH = xpath("string-length(/)")
DATED = re.compile(r"[Dd]ate|imestamp|posted|publi|fecha|datum|time", re.I)
IN_ADDRESS = re.compile(
    r"[/_-]((?:19|20)\d\d)([/_-]?)(1[0-2]|0?[1-9])\2(3[01]|[12]\d|0?[1-9])(?=[/_.-]|$)"
)

ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T\s]+(\d\d?):(\d\d)(?::(\d\d))?(?:[.,]\d+)?\s*"
    r"(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?)?",
    re.I,
)
COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z)?)?$")
SLASHED = re.compile(r"^((?:19|20)\d\d)/(\d\d?)/(\d\d?)(?:\s+(\d\d?):(\d\d)(?::(\d\d))?)?")
EPOCHAL = re.compile(r"^(\d{10})(\d{3})?$")
MONTH_NAMES = (
    "jan ene janv gen sty led 1月",
    "feb fev fév févr lut úno febr",
    "mar mär märz mars mrt marz marzo",
    "apr abr avr kwi dub",
    "may mai maj mag mei mayo maggio",
    "jun juin giu cze juni",
    "jul juil lug lip juli",
    "aug ago août aoû sie srp agosto",
    "sep set sept wrz zář",
    "oct okt out ott paź říj",
    "nov lis novem",
    "dec dez dic déc des gru pro dicembre diciembre",
)
"""The beginnings of the months' names in the languages of Latin script, January first."""
MONTHS = {name: number for number, names in enumerate(MONTH_NAMES, 1) for name in names.split()}
DAY_FIRST = re.compile(
    r"\b(\d{1,2})(?:st|nd|rd|th|er|\.|º)?\s+(?:de\s+|d['’])?([^\W\d_]{3,11})\.?,?\s+"
    r"(?:de\s+|del\s+)?((?:19|20)\d\d)\b"
)
MONTH_FIRST = re.compile(
    r"\b([^\W\d_]{3,11})\.?\s+(\d{1,2})(?:st|nd|rd|th)?\s*,?\s+((?:19|20)\d\d)\b"
)
CLOCK = re.compile(r"^\D{0,12}?(\d{1,2})[:.h](\d\d)(?::\d\d)?\s*([ap])?\.?m?", re.I)
DOTTED = re.compile(r"\b(\d{1,2})([./])(\d{1,2})\2((?:19|20)\d\d)\b")
IDEOGRAPHIC = re.compile(r"((?:19|20)\d\d)[年.년]\s*(\d{1,2})[月.월]\s*(\d{1,2})[日.일]?")


@dataclass(frozen=True, slots=True)
class Stamp:
    """A claimed time: the moment in UTC, as written, where, and whether an offset was given.

    `local` is False for a bare day, for a time without offset and for one in UTC.
    """

    at: datetime
    written: str
    origin: str
    local: bool
    timed: bool = True


def choose(markup: Markup, fetched_at: datetime = EPOCH) -> Stamp | None:
    """The published stamp of the page, or None.

    Among the stamps within a day of the best source's, one with the outlet's own offset is
    preferred: it shows the day that readers there saw.
    """
    found = [stamp for stamp in islice(_published(markup), 30) if is_sane(stamp, fetched_at)]
    if found:
        return _most_local(found)
    return next((s for s in _guesses(markup) if is_sane(s, fetched_at)), None)


def _most_local(found: list[Stamp]) -> Stamp:
    first = found[0]
    if first.local:
        return first
    near = (stamp for stamp in found if abs(stamp.at - first.at) <= timedelta(days=1))
    return next((stamp for stamp in near if stamp.local), first)


def modified(markup: Markup, fetched_at: datetime = EPOCH) -> datetime | None:
    """When the outlet says that it last changed the story, or None."""
    raw = (
        jsonld.text(markup.node, "dateModified"),
        *(value for name in MODIFIED_METAS for value in markup.metas.get(name, ())),
    )
    stamps = (parse(value, Origin.META) for value in raw if value)
    return next((s.at for s in stamps if s and is_sane(s, fetched_at)), None)


def is_sane(stamp: Stamp, fetched_at: datetime) -> bool:
    """Whether the time can be true: not before the web, and not after we fetched the page."""
    if stamp.at.year < FIRST_YEAR or stamp.at.year > 2200:
        return False
    return fetched_at == EPOCH or stamp.at <= fetched_at + timedelta(days=2)


# ---------------------------------------------------------------- where stamps are found


def _published(markup: Markup) -> Iterator[Stamp]:
    """All declared stamps, best source first."""
    yield from _stamps(_linked(markup), Origin.JSON_LD)
    yield from _stamps(_metas(markup), Origin.META)
    yield from _stamps(_marked(markup), Origin.BODY)


def _linked(markup: Markup) -> Iterator[str]:
    for node in (markup.node, *markup.linked.pages):
        for key in ("datePublished", "dateCreated", "uploadDate"):
            yield jsonld.text(node, key)


def _metas(markup: Markup) -> Iterator[str]:
    return (value for name in PUBLISHED_METAS for value in markup.metas.get(name, ())[:2])


def _marked(markup: Markup) -> Iterator[str]:
    found = (
        element
        for element, names in markup.marked
        if MARKED.search(names) and (element.tag in ("time", "abbr") or "itemprop-" in names)
    )
    for element in islice(found, MAX_TIMES):
        yield (
            element.get("datetime")
            or element.get("content")
            or element.get("title")
            or element.text_content()[:MAX_STAMP]
        )


def _stamps(values: Iterable[str], origin: Origin) -> Iterator[Stamp]:
    for value in values:
        stamp = parse(value, origin) if value else None
        if stamp is not None:
            yield stamp


def _guesses(markup: Markup) -> Iterator[Stamp]:
    """What else may be the date, when nothing was declared: best guess first."""
    placed = list(_stamps(_in_address(markup.url), Origin.RULE))
    lines = (_near_times(markup), _near_words(markup), _near_lines(markup))
    printed = [stamp for line in lines for stamp in _stamps(line, Origin.BODY)]
    for stamp in placed:
        yield from (s for s in printed if abs(s.at - stamp.at) <= timedelta(days=1))
    yield from placed
    yield from printed
    yield from _stamps(_searched(markup), Origin.RULE)


def _near_times(markup: Markup) -> Iterator[str]:
    """The `<time>` elements that do not belong to another story."""
    around = markup.around
    for element in islice(TIMES(markup.tree), MAX_TIMES):
        if not stands_aside(element, around):
            yield element.get("datetime") or ""


def _near_words(markup: Markup) -> Iterator[str]:
    """The words of elements near the headline whose class speaks of a date."""
    around = markup.around
    found = (e for e, names in markup.marked if DATED.search(names) and e.tag not in WHOLE_TAGS)
    for element in islice(found, MAX_TIMES):
        words = " ".join(element.text_content()[:400].split())
        if 6 <= len(words) <= 160 and not stands_aside(element, around):
            yield words


def _near_lines(markup: Markup) -> Iterator[str]:
    """Short lines with a year in them, just below the headline, then just above it."""
    if not markup.heads:
        return
    for element in (*BELOW(markup.heads[0]), *reversed(ABOVE(markup.heads[0]))):
        words = " ".join((element.text or "")[:200].split())
        if 6 <= len(words) <= 60 and YEAR.search(words) and element.tag not in UNTEXTED:
            yield words


def _in_address(url: str) -> Iterator[str]:
    for year, _, month, day in IN_ADDRESS.findall(url[:500]):
        yield f"{year}-{int(month):02}-{int(day):02}"


def _searched(markup: Markup) -> Iterator[str]:
    """What htmldate finds in the markup.

    Its search of the text is left out: it takes any year for a date ("since 2009" becomes the
    first of January of that year), and loads 1.5 s of locales for its first page.
    """
    if COUNT(markup.tree) > SEARCHED_ELEMENTS or RAW_LENGTH(markup.tree) > SEARCHED_CHARS:
        return
    import htmldate

    try:
        found = htmldate.find_date(
            markup.tree, extensive_search=False, original_date=True, url=markup.url
        )
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return
    if found and not found.endswith("-01-01"):
        yield found


# ---------------------------------------------------------------- reading a stamp


def parse(value: str, origin: str = Origin.META) -> Stamp | None:
    """The time that `value` claims, or None. A time without an offset is read as UTC."""
    written = " ".join(value[: MAX_STAMP * 2].split())[:MAX_STAMP]
    for reader in READERS:
        try:
            found = reader(written)
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        if found is not None:
            at, local, timed = found
            return Stamp(at.astimezone(UTC), written, str(origin), local, timed)
    return None


Parts = tuple[datetime, bool, bool]


def _iso(value: str) -> Parts | None:
    found = ISO.search(value)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    offset = (zone or "").upper()
    sign = "+00:00" if offset in ("", "Z", "UTC", "GMT") else offset
    sign = sign if ":" in sign else f"{sign[:3]}:{sign[3:] or '00'}"
    clock = f"{int(hour or 0) % 24:02}:{minute or '00'}:{second or '00'}"
    at = datetime.fromisoformat(f"{year}-{int(month):02}-{int(day):02}T{clock}{sign}")
    return at, at.utcoffset() != timedelta() and bool(zone), hour is not None


def _digits(value: str) -> Parts | None:
    found = COMPACT.match(value) or SLASHED.match(value)
    if not found:
        return None
    numbers = [int(part) if part and part.isdigit() else 0 for part in found.groups()[:6]]
    return datetime(*numbers, tzinfo=UTC), False, bool(found.group(4))  # type: ignore[arg-type, misc]


def _epoch(value: str) -> Parts | None:
    found = EPOCHAL.match(value)
    return (datetime.fromtimestamp(int(found.group(1)), UTC), False, True) if found else None


def _mail(value: str) -> Parts | None:
    at = parsedate_to_datetime(value)
    aware = at.tzinfo is not None
    at = at if aware else at.replace(tzinfo=UTC)
    return at, aware and at.utcoffset() != timedelta(), True


def _spelled(value: str) -> Parts | None:
    """ "Dec. 23, 2023, 4:50 AM", "23 de diciembre de 2023", "23. Dezember 2023"."""
    for pattern, order in ((MONTH_FIRST, (2, 0, 1)), (DAY_FIRST, (2, 1, 0))):
        for found in pattern.finditer(value):
            year, month, day = (found.groups()[place] for place in order)
            number = _month(month)
            if number:
                return _with_clock(int(year), number, int(day), value[found.end() :])
    return None


def _month(name: str) -> int:
    folded = name.lower()
    return next((MONTHS[folded[:size]] for size in (5, 4, 3) if folded[:size] in MONTHS), 0)


def _with_clock(year: int, month: int, day: int, after: str) -> Parts:
    found = CLOCK.match(after)
    if found is None or int(found.group(1)) > 23:
        return datetime(year, month, day, tzinfo=UTC), False, False
    hour, minute, half = int(found.group(1)), int(found.group(2)) % 60, found.group(3)
    if half:
        hour = hour % 12 + 12 * (half.lower() == "p")
    return datetime(year, month, day, hour, minute, tzinfo=UTC), False, True


def _numbered(value: str) -> Parts | None:
    """ "28.04.2024", "22/12/2023"; where day and month can't be told apart, None."""
    found = DOTTED.search(value)
    if not found:
        return None
    first, mark, second, year = found.groups()
    day, month = int(first), int(second)
    if mark == "/" and day <= 12 and month != day:
        if month <= 12:
            return None
        day, month = month, day
    return _with_clock(int(year), month, day, value[found.end() :])


def _ideographic(value: str) -> Parts | None:
    found = IDEOGRAPHIC.search(value)
    if not found:
        return None
    year, month, day = (int(part) for part in found.groups())
    return _with_clock(year, month, day, value[found.end() :])


READERS: tuple[Callable[[str], Parts | None], ...] = (
    _iso,
    _digits,
    _epoch,
    _mail,
    _spelled,
    _numbered,
    _ideographic,
)
