"""Clean-up of an article's blocks: what stands in the text and is none of it.

Only whole, short blocks are taken out, by tables of what newspapers print there in the languages
we know; a sentence of the story is never cut. What the top of the body says about the author is
kept for `authors`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from clipper import text

from .blocks import Block
from .markup import likeness

TOP = 8
"""Blocks at the start in which title, byline and date lines are looked for."""
MAX_KICKER = 80
"""Characters of a line that may stand above the headline."""
SENTENCE_END = re.compile(r"[.!?。！？।؟…][”\"'»)]?$")
MAX_NOISE = 220
"""A longer block is never taken for noise."""

BY = r"(?:by|von|por|par|di|de|door|av|af|przez|text|texto|texte|testo|words)"
BYLINE = re.compile(rf"^\W{{0,3}}{BY}[:\s]\s*(?=\S)(?P<names>[^.!?]{{3,90}})$", re.I)
NAMEY = re.compile(r"(?:[^\W\d_][\w'’.\-]*\s*){1,5}", re.UNICODE)

MONTH = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|ene|abr|ago|dic|janv|févr|avr|mai|"
    r"juin|juil|août|déc|mär|okt|dez|gen|mag|giu|lug|set|ott|out|fev|maj|des)\w*\.?"
)
DATE_LINE = re.compile(
    rf"^(?:(?:published|posted|updated|last updated|first published|publicado|actualizado|publié|"
    rf"mis à jour|veröffentlicht|aktualisiert|stand|pubblicato|aggiornato|publisert|oppdatert|"
    rf"publicerad|uppdaterad|gepubliceerd)?(?:\s+(?:on|at|el|le|am|il))?[:\s]*)?"
    rf"(?:(?:mon|tue|wed|thu|fri|sat|sun|lun|mar|mié|jue|vie|sáb|dom|die|mit|don|fre|sam|son)\w*\.?,?\s+)?"
    rf"(?:{MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}|\d{{1,2}}(?:\.|st|nd|rd|th)?\s+(?:de\s+)?"
    rf"{MONTH}(?:\s+de)?\s+\d{{4}}|\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}-\d\d-\d\d)"
    rf"(?:[\s,|•·\-–—@]*(?:at|um|a las|à|alle)?\s*\d{{1,2}}[:.h]\d\d.{{0,20}})?\W*$",
    re.I,
)

NOISE = re.compile(
    r"""^\W{0,4}(?:
    advertis?e?ments? | adverti[sz]ing | sponsored(?:\ content)? | werbung | anzeige | publicidad |
    publicité | pubblicità | reklame | annons | reclame | реклама | إعلان | 広告 | PR |
    (?:article|story)\ continues\ (?:below|after).* | continue\ reading.{0,60} |
    (?:skip|scroll).{0,30}advert.* | scroll\ (?:down\ )?(?:to|for)\ .{0,40} |
    read\ (?:more|also|next|the\ full\ (?:story|article)).{0,200} | also\ read.{0,180} |
    (?:see|watch|listen|view)\ (?:also|more|now)\b.{0,120} | more\ (?:on|from|stories)\b.{0,100} |
    related\ (?:articles?|stor(?:y|ies)|content|posts?|topics?|coverage|news|links?|reading)?\W*
        (?::.{0,160})? | related:.{0,180} |
    recommended(?:\ (?:for\ you|stories|reading|articles))? |
    (?:you\ (?:may|might)\ (?:also\ )?(?:like|be\ interested)|trending(?:\ now)?|
        most\ (?:read|popular)|
        top\ stories|latest\ (?:news|stories)|don['’]t\ miss|up\ next|what\ to\ read\ next).{0,60} |
    lire\ (?:aussi|également|la\ suite|plus).{0,180} | à\ lire\ (?:aussi|également).{0,180} |
    voir\ aussi.{0,160} | (?:lee|leer|lea)\ (?:también|además|más).{0,180} |
    te\ puede\ interesar.{0,180} | más\ información\W* | ver\ también.{0,160} |
    (?:leia|veja|ler|ver)\ (?:também|mais).{0,180} | (?:leggi|vedi|guarda)\ anche.{0,180} |
    (?:lesen\ sie|mehr|siehe)\ (?:auch|zum\ thema|dazu).{0,180} | mehr\ zum\ thema.{0,160} |
    les\ (?:også|mer).{0,180} | läs\ (?:också|mer|även).{0,180} | læs\ (?:også|mere).{0,180} |
    lees\ (?:ook|meer|verder).{0,180} | (?:czytaj|zobacz)\ (?:też|także|również|więcej).{0,180} |
    читайте\ также.{0,180} | читать\ далее.{0,60} | اقرأ\ أيضا.{0,180} | あわせて読みたい.{0,120} |
    関連記事.{0,120} | यह\ भी\ पढ़ें.{0,180} |
    ये\ भी\ पढ़ें.{0,180} | baca\ juga.{0,180} | soma\ zaidi.{0,120} |
    (?:sign\ up|subscribe|register|get\ our|join\ our)\b.{0,60}\b
        (?:newsletters?|e-?mails?|inbox|updates|alerts|briefing|channel|whatsapp|
        telegram)\b.{0,90} |
    (?:follow|like|find|join)\ us\ on\b.{0,140} | follow\ \S+(?:\ \S+){0,3}\ on\
        (?:twitter|x|facebook|instagram|threads|bluesky|linkedin)\b.{0,60} |
    (?:síguenos|síganos|seguici|suivez-nous|folge\ uns|folgen\ sie\ uns|siga-nos|følg\ oss|
        volg\ ons|obserwuj\ nas)\b.{0,140} |
    (?:suscríbe(?:te|se)|abonnez-vous|inscrivez-vous|iscriviti|abonnieren\ sie|assine)\b.{0,140} |
    (?:click|tap)\ here\ (?:to|for)\b.{0,100} | share\ (?:this|on|via|the).{0,60} |
    share | tweet | print |
    e-?mail | facebook | twitter | linkedin | whatsapp | pinterest | reddit | telegram |
    copy\ (?:link|url) |
    comments?(?:\ \(\d+\))? | \d+\ comments? | leave\ a\ (?:comment|reply).{0,40} |
    (?:join|start)\ the\ (?:conversation|discussion).{0,60} | (?:log|sign)\ in\ to\ .{0,60} |
    listen\ to\ this\ (?:article|story).{0,60} |
    \d+\ min(?:ute)?s?\ (?:read|lesezeit|de\ lecture|de\ lectura) |
    (?:estimated\ )?reading\ time.{0,30} | (?:save|bookmark)\ (?:this|article|story).{0,30} |
    support\ (?:our|local|independent)\ (?:journalism|work|reporting|news).{0,120} |
    (?:this\ content\ is\ for|already\ a)\ (?:subscribers?|members?).{0,80} |
    (?:©|\(c\)|copyright).{0,200} | all\ rights\ reserved.{0,120} | 無断転載.{0,60} |
    (?:tags?|filed\ under|topics?|categories|schlagworte|etiquetas)\s*:.{0,160} |
    (?:loading|please\ wait).{0,20} | \[month\].{0,80} | back\ to\ top | view\ all\ posts.{0,80} |
    enable\ javascript.{0,160} | your\ browser\ does\ not\ support.{0,160} |
    this\ (?:site|website|page)\ uses\ cookies.{0,200} | image\ \d+\ of\ \d+
    )\W{0,4}$""",
    re.I | re.X,
)
TAIL_ONLY = re.compile(
    r"""^\W{0,4}(?:
    (?:contact|reach|e-?mail)\ .{0,60}\b(?:at|reporter|writer|@).{0,120} |
    [\w.'’ ]{3,60}\ can\ be\ reached\ at.{0,140} | .{0,80}@[\w.-]+\.\w{2,}\W* |
    (?:was\ this\ article|did\ you\ (?:find|like)|have\ a\ (?:news\ )?tip).{0,160} |
    (?:follow|contact)\ (?:him|her|them|the\ author|me)\b.{0,140} |
    (?:the\ post\ ).{5,160}(?:appeared\ first\ on).{0,80} |
    (?:about\ the\ (?:author|writer)|über\ die\ autor\S*|sobre\ (?:el|la)\ autor\S*)\W*.{0,20}
    )$""",
    re.I | re.X,
)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The blocks that remain, and the byline and date lines that were printed at their top."""

    blocks: list[Block]
    byline: str = ""
    date: str = ""


def tidy(found: Sequence[Block], title: str, authors: Sequence[str] = ()) -> Cleaned:
    """`found` without title, byline and date lines at the top, and without the house's notices."""
    kept: list[Block] = []
    byline = date = ""
    for place, block in enumerate(found[_headline_end(found, title) :]):
        words = block.text
        if place < TOP and _is_title(words, title, kept):
            continue
        if place < TOP and DATE_LINE.match(words):
            date = date or words
        elif place < TOP and _is_byline(words, authors):
            byline = byline or words
        elif not is_noise(words):
            kept.append(block)
    return Cleaned(_without_tail(kept), byline, date)


def _headline_end(found: Sequence[Block], title: str) -> int:
    """Where the text begins when its headline stands within it: what is above it is none of it.

    Only short lines may stand there: the outlet's name, the section, a kicker.
    """
    for place, block in enumerate(found[:TOP]):
        if _is_title(block.text, title, ()):
            return place + 1
        if len(block.text) > MAX_KICKER or SENTENCE_END.search(block.text):
            return 0
    return 0


def is_noise(words: str) -> bool:
    """Whether the whole block is a notice of the house: read more, follow us, advertisement."""
    return len(words) <= MAX_NOISE and (
        NOISE.match(words) is not None or not any(char.isalnum() for char in words)
    )


def _is_title(words: str, title: str, kept: Sequence[Block]) -> bool:
    if kept and len(kept) > 2:
        return False
    return bool(title) and (
        text.fold(words) == text.fold(title) or (len(words) < 300 and likeness(words, title) > 0.9)
    )


def _is_byline(words: str, authors: Sequence[str]) -> bool:
    if len(words) > 120:
        return False
    folded = text.fold(words)
    if any(folded == text.fold(name) for name in authors):
        return True
    found = BYLINE.match(words)
    if not found:
        return False
    names = found.group("names")
    return any(text.fold(name) in folded for name in authors) or looks_like_names(names)


def looks_like_names(value: str) -> bool:
    """Whether most words of a short line begin with a capital, as names do."""
    words = re.findall(r"[^\W\d_][\w'’.\-]*", value)
    capitals = sum(1 for word in words if word[0].isupper())
    return 2 <= len(words) <= 14 and capitals >= 0.7 * len(words) and capitals >= 2


def _without_tail(kept: list[Block]) -> list[Block]:
    end = len(kept)
    while end > 1 and _ends_nothing(kept[end - 1]):
        end -= 1
    return kept[:end]


def _ends_nothing(block: Block) -> bool:
    """A heading with nothing below it, or a note on how to reach the writer."""
    return block.heading or (len(block.text) <= MAX_NOISE and bool(TAIL_ONLY.match(block.text)))
