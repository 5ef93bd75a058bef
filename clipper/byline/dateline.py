"""The printed place that opens a text, with its agency: "WASHINGTON (AP) —"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clipper import text
from clipper.byline import tables
from clipper.byline.wires import agencies

_WINDOW = 160
_LONGEST = 70


@dataclass(frozen=True, slots=True)
class Dateline:
    """What opens a text. `place` as printed, without agency and date; `wire` the agency's
    name or ""; the article's own words begin at `end` (0 when there is no dateline)."""

    place: str = ""
    wire: str = ""
    end: int = 0


_DASH = r"(?:\s*\.\s?[-–—_]+|\s*[–—―]{1,2}|\s*--|\s+-(?=\s))\s*"
_SEPARATED = re.compile(
    rf"(?P<head>[^\n()\[\]]{{0,{_LONGEST}}}?)"
    rf"(?:\s*[(\[](?P<agency>[^()\[\]\n]{{2,50}})[)\]](?P<tail>[^\n()—–]{{0,24}}?))?"
    rf"(?P<dash>{_DASH})(?=\S)"
)
_DATE = re.compile(
    r"[,.]?\s*(?:(?:el\s+)?\d{1,2}(?:\s+de)?\s+[^\W\d_]{3,10}\.?(?:\s+(?:de\s+)?\d{4})?"
    r"|[^\W\d_]{3,10}\.?\s+\d{1,2}(?:,?\s+\d{4})?|\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?)\s*\.?$"
)
_PLACE = re.compile(r"[^\W\d_][^\n;:!?\"“”]{1,69}")
_REGION = re.compile(r"[^\W\d_][\w.'’ -]{0,30}")


def dateline(value: str) -> Dateline:
    """The dateline that opens `value`; `Dateline("", "", 0)` when none does.

    Needs a place in capitals ("ADELANTO, Calif. —"), or a known place or an agency in
    brackets beside one in ordinary case ("Madrid, 3 mar (EFE).-"). Only the first 160
    characters are read. The dash must be a dash: "ADELANTO: " is a heading.

    >>> dateline("MADRID, 3 Mar. (EUROPA PRESS) - El juez")
    Dateline(place='MADRID', wire='Europa Press', end=32)
    """
    opening = value[:_WINDOW]
    lead = len(opening) - len(opening.lstrip())
    found = _SEPARATED.match(opening, lead)
    if found is None:
        return Dateline()
    wire = _wire(found["agency"] or "")
    head, agency = _slashed(found["head"])
    wire = wire or agency
    place = _DATE.sub("", head).strip(" ,.-") if head else ""
    tail = (found["tail"] or "").strip(" ,.")
    if (tail and not _DATE.fullmatch(" " + tail)) or not _believable(place, wire):
        return Dateline()
    return Dateline(_printed(place, head, found["dash"]), wire, found.end())


def _printed(place: str, head: str, dash: str) -> str:
    """ "ADELANTO, Calif. —": the dot before a spaced dash belongs to the region."""
    dotted = head[head.find(place) + len(place) :].startswith(".") or re.match(r"\.\s", dash)
    return place + "." if "," in place and dotted else place


def _wire(agency: str) -> str:
    return ", ".join(agencies(agency)[1]) if agency else ""


def _slashed(head: str) -> tuple[str, str]:
    """ "MADRID / EFE" and "Madrid, EFE": an agency after the place without brackets."""
    place, mark, agency = re.sub(r"\s*[/|]\s*", "|", head).rpartition("|")
    if mark and (found := _wire(agency)):
        return place.strip(), found
    place, mark, agency = head.rpartition(",")
    if mark and (found := _wire(agency)) and agency.strip().isupper():
        return place.strip(), found
    if found := (_wire(head) if head.strip().isupper() and len(head) < 30 else ""):
        return "", found
    return head.strip(), ""


def _believable(place: str, wire: str) -> bool:
    if not place:
        return bool(wire)
    if not _PLACE.fullmatch(place) or len(place.split()) > 8:
        return False
    city, _, region = place.partition(",")
    if text.words(text.fold(city))[0] in tables.NO_DATELINE or (region and not _region(region)):
        return False
    if city.isupper():
        return len(city) > 2
    titled = all(word[:1].isupper() or text.fold(word) in tables.PARTICLES for word in city.split())
    return titled and (bool(wire) or text.fold(city) in tables.PLACES)


def _region(region: str) -> bool:
    return all(
        _REGION.fullmatch(piece.strip()) and len(piece.split()) <= 4 for piece in region.split(",")
    )
