"""A printed author line taken apart: who wrote it, for which agency, and what to doubt.

line -> agencies out -> segments at "|", "/", " - " -> introductions and crafts
     -> parts at "and" and commas -> names
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from clipper import text
from clipper.byline import names, tables
from clipper.byline.wires import accentless, agencies
from clipper.model import Doubt

MAX_LENGTH = 400
_MOST_AUTHORS = 20


@dataclass(frozen=True, slots=True)
class Byline:
    """What an author line says. `authors` in order, `wire` the agency's name or "",
    `doubts` values of `clipper.model.Doubt`."""

    authors: tuple[str, ...] = ()
    wire: str = ""
    doubts: tuple[str, ...] = ()


# ---------------------------------------------------------------- what is no name

_MAIL = re.compile(
    r"(?:mailto:)?[\w.+%-]{1,64}(?:@|\s?(?:\[at\]|\(at\))\s?)[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
)
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])@\w[\w.]{0,40}")
_PRONOUNS = re.compile(r"[(\[]\s*(?:he|she|they|ella?|él)\s*/[\w\s/]{2,20}[)\]]", re.IGNORECASE)
_BRACKETS = re.compile(r"[(\[【<（]([^()\[\]【】<>（）]{0,120})[)\]】>）]")

# ---------------------------------------------------------------- the line


def parse(line: str, outlet: str = "") -> Byline:
    """The names in a printed author line. Never raises; only `MAX_LENGTH` characters are read.

    Knows the by-words, roles and joints of a dozen languages. An agency goes to `wire`
    (several are joined by ", "), unless it is the outlet itself. A line that names the
    outlet, nobody ("Staff", "Redacción") or only a mailbox gives no authors but a
    doubt. "Editorial Board" is an author: the paper signs so on purpose. Names printed
    in capitals come back in ordinary case; degrees, honorifics and job titles are
    dropped, "Jr." and "III" stay.

    >>> parse("By JANE DOE and Sam Roe, Staff Writer | jane@x.org").authors
    ('Jane Doe', 'Sam Roe')
    >>> parse("Jane Doe (AP)").wire
    'Associated Press'
    """
    line = text.clean(line.replace("\n", " | "), MAX_LENGTH)
    if not line:
        return Byline()
    has_mail = _MAIL.search(line) is not None
    bare_line, found = agencies(_without_contacts(_introduced(line)))
    own = Doubt.BYLINE_IS_OUTLET if any(_same(name, outlet) for name in found) else None
    found = tuple(name for name in found if not _same(name, outlet))
    parts = [part for segment in _segments(bare_line) for part in _parts(segment)]
    authors, kinds = _sort_out(parts, outlet)
    kinds |= {own} if own else frozenset()
    return Byline(authors, ", ".join(found), _doubts(authors, kinds, found, has_mail))


def _doubts(
    authors: tuple[str, ...], kinds: frozenset[Doubt], found: tuple[str, ...], has_mail: bool
) -> tuple[str, ...]:
    if authors:
        return ()
    doubts = set(kinds)
    if found:
        doubts = {Doubt.BYLINE_AGENCY} | (kinds & {Doubt.BYLINE_IS_OUTLET})
    elif has_mail and not kinds:
        doubts = {Doubt.BYLINE_EMAIL}
    return tuple(sorted(doubt.value for doubt in doubts))


def _same(name: str, outlet: str) -> bool:
    plain = _compact(name)
    return bool(plain) and plain == _compact(outlet)


def _compact(name: str) -> str:
    """A name for comparing with the outlet's: no articles, domains, blanks or accents."""
    folded = re.sub(r"^(?:the|el|la|le|los|las|il|die|der|das)\s+", "", text.fold(name))
    folded = re.sub(r"\.(?:com|org|net|edu|co|us|es|mx|de|fr|it|info)\b.*$", "", folded)
    return "".join(text.words(folded))


def _without_contacts(line: str) -> str:
    """Addresses, handles and pronouns out; a name in brackets after an address stays."""
    line = _PRONOUNS.sub(" ", line)
    line = _MAIL.sub(" | ", line)
    line = _LINK.sub(" | ", line)
    line = _HANDLE.sub(" | ", line)
    return _BRACKETS.sub(_bracketed, line)


def _bracketed(match: re.Match[str]) -> str:
    # "Robert (Bob) Smith" is one name; what stands in brackets at an edge is a part.
    before = match.string[: match.start()].rstrip(" |")
    after = match.string[match.end() :].lstrip(" ")
    inside = match[1].strip()
    nickname = before and after[:1].isalpha() and " " not in inside and not inside.isupper()
    return " " if nickname else f" | {inside} | "


# ---------------------------------------------------------------- segments

_SEGMENT = re.compile(r"\s*(?:[|•●■►▪◆;／]|/+|\s[·‧]\s|\s[-–—‒―~]+\s|—|\s[-–]+$|^[-–]+\s)\s*")


def _any_of(phrases: tuple[str, ...]) -> str:
    return "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in phrases)


_CRAFT = re.compile(
    rf"(?<!\w)(?:{_any_of(tables.OTHER_CRAFTS)})"
    r"(?:\s*[:：/／]|\s+by\b|\s+(?=(?-i:[^\W\d_a-z]))|$)",
    re.IGNORECASE,
)
_INTRODUCTION = re.compile(
    rf"[-–—|\s]*(?P<phrase>{_any_of(tables.INTRODUCTIONS)})"
    r"(?P<mark>\s*[:：/／]\s*|(?<=[\u0600-\uffff])\s*|\s+|$)",
    re.IGNORECASE,
)
_INNER_INTRODUCTION = re.compile(
    r"\s(?:by|written by|reported by|story by|por|escrito por|par)\s+(?=[^\W\d_a-z])"
)
_AGAIN = re.compile(r"\s(?:By|BY|Por|POR|Par)\s+(?=[^\W\d_a-z])")
_LABEL = re.compile(r"[^\W\d_]{3,15}:\s+(?=\S+\s+\S)")
_DUTCH = re.compile(r"\s*(?:geschreven\s+)?door\s", re.IGNORECASE)
# By-words that begin names too ("Di Maria", "Von Miller"): two words must follow.
_NAMELIKE = frozenset(
    {"di", "av", "af", "de", "von", "door", "text", "texto", "texte", "tekst", "words", "author",
     "autor", "writer"}
)  # fmt: skip


def _introduced(line: str) -> str:
    """The line without what introduces the names; several may stand one after another."""
    for _ in range(3):
        found = _INTRODUCTION.match(accentless(line))
        if found is None or not _introduces(found, line[found.end() :]):
            break
        if _DUTCH.match(found.group()):
            line = re.sub(r"\sen\s", " & ", line)
        line = line[found.end() :].strip()
    return line


def _introduces(found: re.Match[str], rest: str) -> bool:
    if found["mark"].strip() or text.fold(found["phrase"]) not in _NAMELIKE:
        return True
    return len(re.split(r"[,|/;]", rest)[0].split()) >= 2


def _segments(line: str) -> Iterator[str]:
    for segment in _SEGMENT.split(_AGAIN.sub(" | ", line)):
        craft = _CRAFT.search(accentless(segment))
        words = segment[: craft.start()] if craft else segment
        inner = _INNER_INTRODUCTION.search(words)
        # "Opinion by Jane Doe": the words before are no part of the name.
        named = (words[inner.end() :] if inner else words).strip(" ,")
        yield _introduced(_LABEL.sub("", named))


# ---------------------------------------------------------------- parts

_JOINT = re.compile(rf"\s+(?:{'|'.join(tables.CONJUNCTIONS)}|&amp;|&|\+)(?:\s+|$)", re.IGNORECASE)
_LEADING_JOINT = re.compile(r"(?:and|und|et|y|e|og|och|with|con|&)\s+", re.IGNORECASE)
_ONE_LETTER = re.compile(r"\s+[ye]\s+", re.IGNORECASE)
_COMMA = re.compile(r"[,，、]")


def _parts(segment: str) -> list[str]:
    """The segment's parts, each perhaps one name. "Surname, First" is turned round."""
    turned = [_turned(half) for half in _conjoined(segment)]
    if turned and all(turned):
        return turned
    parts: list[str] = []
    for piece in _COMMA.split(segment):
        for part in _conjoined(piece.strip()):
            if parts and names.is_suffix(part):
                parts[-1] += " " + part
            else:
                parts.append(part)
    return parts


def _conjoined(piece: str) -> list[str]:
    leading = _LEADING_JOINT.match(piece)
    last = leading.end() if leading and not piece[0].isupper() else 0
    parts: list[str] = []
    for joint in _JOINT.finditer(piece, last):
        if _is_compound(piece, last, joint):
            continue
        parts.append(piece[last : joint.start()])
        last = joint.end()
    return [*parts, piece[last:]]


def _is_compound(piece: str, last: int, joint: re.Match[str]) -> bool:
    """ "Ortega y Gasset" is one surname, "Capital & Main" one paper."""
    before, after = piece[last : joint.start()].split(), piece[joint.end() :].split()
    if joint.group().strip() == "&":
        return len(before) == len(after) == 1
    one_letter = _ONE_LETTER.fullmatch(joint.group()) is not None
    return one_letter and len(after) == 1 and len(before) >= 2


def _turned(half: str) -> str:
    """ "Doe, Jane Q." as "Jane Q. Doe" when nothing else can be meant; else ""."""
    surname, comma, first = (piece.strip() for piece in half.partition(","))
    if not comma or "," in first or not 1 <= len(first.split()) <= 2:
        return ""
    return f"{first} {surname}" if _is_surname(surname) and _is_first(first) else ""


def _is_surname(words: str) -> bool:
    *before, last = words.split() or [""]
    particles = all(text.fold(word) in tables.PARTICLES for word in before)
    return particles and last[:1].isupper() and last.replace("-", "").isalpha() and _is_plain(last)


def _is_first(words: str) -> bool:
    if text.fold(words) in tables.PLACES:
        return False
    return all(_is_first_word(word) for word in words.split())


def _is_first_word(word: str) -> bool:
    shaped = word[:1].isupper() and word.rstrip(".").replace("-", "").isalpha()
    return shaped and _is_plain(word) and not (names.is_suffix(word) or names.is_degree(word))


def _is_plain(word: str) -> bool:
    """Whether the word belongs to no table: a name, as far as one can tell."""
    plain = names.bare(word)
    known = (tables.ROLE_WORDS, tables.ORGANISATIONS, tables.PLACES, tables.GENERIC_WORDS, _GENERIC)
    return not any(plain in table for table in known)


# ---------------------------------------------------------------- names

_GENERIC = frozenset(tables.GENERIC)
_REPORTER = re.compile(
    r"(?<=[\uac00-\ud7af\u3040-\u30ff\u4e00-\u9fff])\s*(?:기자|記者|记者|特派員|論説委員|報道)$"
)
_EDGES = ' .,:;-–—"“”|*\0'


def _sort_out(parts: list[str], outlet: str) -> tuple[tuple[str, ...], frozenset[Doubt]]:
    """The names among the parts, and what the other parts give cause to doubt.

    Organisations sign only when no person does.
    """
    people: list[str] = []
    bodies: list[str] = []
    kinds: set[Doubt] = set()
    for part in parts:
        verdict, name = _judge(part.strip(_EDGES), outlet, bool(people))
        if verdict is not None:
            kinds.add(verdict)
        elif name:
            (bodies if _is_body(name) else people).append(name)
    first_of_each = {text.fold(name): name for name in reversed(people or bodies)}
    chosen = [name for name in people or bodies if first_of_each[text.fold(name)] is name]
    return tuple(chosen[:_MOST_AUTHORS]), frozenset(kinds)


def _is_body(name: str) -> bool:
    return names.is_organisation(name) and not text.fold(name).endswith(tables.COLLECTIVES)


_Verdict: TypeAlias = tuple[Doubt | None, str]
_NOBODY: _Verdict = (None, "")


def _judge(part: str, outlet: str, after_person: bool) -> _Verdict:
    """A doubt, or a name ("" when the part is neither)."""
    part = _REPORTER.sub("", part)
    if not part:
        return _NOBODY
    if _is_outlet(part, outlet):
        return Doubt.BYLINE_IS_OUTLET, ""
    if _is_generic(part):
        return Doubt.BYLINE_GENERIC, ""
    if board := _collective(part, outlet):
        return None, board
    words = _person_words(_without_outlet(part, outlet))
    if not words:
        return _NOBODY
    named = _without_affiliation(_without_roles(words))
    return _judge_name(named, after_person) if named else (Doubt.BYLINE_GENERIC, "")


def _is_outlet(part: str, outlet: str) -> bool:
    if _same(part, outlet):
        return True
    words = part.split()
    while len(words) > 1 and names.bare(words[-1]) in tables.HOUSE_CLOSERS:
        words = words[:-1]
        if _same(" ".join(words), outlet):
            return True
    while len(words) > 1 and names.bare(words[0]) in tables.HOUSE_OPENERS:
        words = words[1:]
        if _same(" ".join(words), outlet):
            return True
    return False


_PAPERS_OPEN = frozenset({"el", "la", "los", "las", "the", "le", "les", "il", "der", "die", "das"})


def _is_generic(part: str) -> bool:
    """ "Staff", "MND Staff", "Redacción El País"; but not "Jane Doe Staff"."""
    if text.fold(part) in _GENERIC:
        return True
    first, *rest = part.split()
    if rest and names.bare(first) in tables.GENERIC_WORDS and names.bare(rest[0]) in _PAPERS_OPEN:
        return True
    *before, last = part.split()
    if names.bare(last) not in tables.GENERIC_WORDS:
        return False
    while before and names.bare(before[-1]) in tables.ROLE_WORDS:
        before.pop()
    return len(before) < 2 or names.is_organisation(" ".join(before))


def _collective(part: str, outlet: str) -> str:
    """ "Editorial Board", with whose it is unless that is the outlet; else ""."""
    folded = text.fold(part)
    phrase = next((known for known in tables.COLLECTIVES if folded.endswith(known)), "")
    if not phrase:
        return ""
    at = len(part) - len(phrase)
    whose = _AROUND_WHOSE.sub("", part[:at].strip())
    shown = part[at:].removeprefix("the ").removeprefix("The ").removeprefix("THE ").title()
    return shown if not whose or _same(whose, outlet) else f"{whose} {shown}"


_AROUND_WHOSE = re.compile(r"^the(?:\s+|$)|\s+the$|['’]s?$", re.IGNORECASE)


def _without_outlet(part: str, outlet: str) -> str:
    """ "Jane Doe Daily Nexus": the outlet's name glued on goes."""
    if not outlet:
        return part
    return re.sub(rf"\s+(?:the\s+)?{re.escape(outlet)}$", "", part, flags=re.IGNORECASE)


_FOLLOWED = re.compile(
    rf"(?:^|[\s,])(?P<phrase>{_any_of(tables.FOLLOWED)})(?:\s+|$)", re.IGNORECASE
)


def _person_words(part: str) -> list[str]:
    """The words of the part that may be a name with its title: no date, place or degree."""
    for followed in _FOLLOWED.finditer(accentless(part)):
        if _ends_name(followed["phrase"], part, followed.start()):
            part = part[: followed.start()]
            break
    words = _before_other_matter(part.split())
    while len(words) > 1 and _is_honorific(words):
        words = words[1:]
    while words and names.is_degree(words[-1]):
        words = words[:-1]
    return words


def _is_honorific(words: list[str]) -> bool:
    first, second = names.bare(words[0]), names.bare(words[1])
    return first in tables.HONORIFICS or (first == "the" and second in tables.HONORIFICS)


def _ends_name(phrase: str, part: str, start: int) -> bool:
    """Words of two letters ("en", "In") end a name in small letters, or all shouted."""
    return phrase.islower() or len(phrase) > 2 or (start > 0 and part.isupper())


def _before_other_matter(words: list[str]) -> list[str]:
    """The words up to the first that belongs to a date, a time or an invitation."""
    for place in range(len(words)):
        if _is_other_matter(words, place):
            return words[:place]
    return words


def _is_other_matter(words: list[str], place: int) -> bool:
    word, following = words[place], words[place + 1] if place + 1 < len(words) else ""
    plain = names.bare(word)
    if any(letter.isdigit() for letter in word) and not names.is_suffix(word):
        return True
    if plain in tables.MONTHS:
        return following[:1].isdigit() or place > 1
    if plain in tables.WEEKDAYS or plain in tables.WEAK_INVITATIONS:
        return (
            place > 1 or len(words) == 1 or word.islower() or (place == 0 and following.islower())
        )
    return plain in tables.INVITATIONS


def _without_roles(words: list[str]) -> list[str]:
    """Job titles off both ends. A name of a paper that begins like a title stays whole."""
    plain = [names.bare(word) for word in words]
    if all(word in tables.ROLE_WORDS for word in plain):
        return []
    end, start = len(words), 0
    if plain[-1] in tables.ROLE_NOUNS:
        while plain[end - 1] in tables.ROLE_WORDS:
            end -= 1
    while plain[start] in tables.ROLE_WORDS:
        start += 1
    titled = any(word in tables.ROLE_NOUNS for word in plain[:start])
    return words[start if titled else 0 : end]


def _without_affiliation(words: list[str]) -> list[str]:
    """ "Jane Doe The Daily Post", "Jane Doe Los Angeles Times", "Jane Doe WBEZ": a paper or a
    station glued to a name goes."""
    plain = [names.bare(word) for word in words]
    if "the" in plain[2:]:
        return words[: plain.index("the", 2)]
    if len(words) > 2 and names.is_acronym(words[-1]) and not " ".join(words).isupper():
        return words[:-1]
    shouted = next((at for at, word in enumerate(words) if not word.isupper()), len(words))
    if shouted > 1 and plain[-1] in tables.ORGANISATIONS:
        return words[:shouted]
    if len(words) < 4 or plain[-1] not in tables.ORGANISATIONS or plain[0] == "the":
        return words
    cut = next((cut for cut in (2, 3) if _begins_paper(plain[cut:])), len(words))
    return words[:cut]


def _begins_paper(rest: list[str]) -> bool:
    return bool(rest) and (rest[0] in tables.ORGANISATIONS or " ".join(rest[:-1]) in tables.PLACES)


def _judge_name(words: list[str], after_person: bool) -> _Verdict:
    part = " ".join(words).strip(_EDGES.replace(".", ""))
    if not names.is_suffix(words[-1]) and not words[-1][-2:-1].isupper():
        part = part.rstrip(".")
    if text.fold(part).strip(" .") in tables.PLACES or (
        len(words) == 1 and after_person and part.lower() != part.upper()
    ):
        return _NOBODY
    if not names.looks_personal(part):
        return _NOBODY
    if len(words) == 1 and part.islower():
        # A log-in name: "jdoe" says who typed it in, not who wrote it.
        return Doubt.BYLINE_GENERIC, ""
    return None, _written(part)


def _written(part: str) -> str:
    if names.is_organisation(part):
        return part
    *before, last = names.ordinary_case(part).split()
    if before and names.is_suffix(last) and names.bare(last) != "v":
        last = tables.SUFFIXES[names.bare(last)]
    return " ".join([*before, last])
