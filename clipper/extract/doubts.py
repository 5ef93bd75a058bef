"""What makes an article doubtful: no text, little text, a paywall, a wall in its place."""

from __future__ import annotations

import re
from typing import Any

from clipper import text
from clipper.model import Doubt

from . import jsonld
from .markup import Markup
from .tables import xpath

SHORT_TEXT = 200
"""Characters under which an article's text is marked as short."""
WALLED_TEXT = 2500
"""A wall's own words are fewer than this; longer texts are not asked whether they are one."""

WALL_TITLE = re.compile(
    r"^\W*(?:just a moment|attention required|access (?:to this page has been )?denied|"
    r"are you a (?:robot|human)|verify(?:ing)? (?:that )?you are (?:a )?human|human verification|"
    r"pardon our interruption|please wait|security check|checking your browser|ddos-guard|"
    r"one more step|robot or human|captcha|bot (?:or not|verification|protection)|403 forbidden|"
    r"before you continue|your privacy|privacy (?:settings|notice|gate)|consent|cookie|"
    r"we value your privacy|datenschutz|zustimmung|un momento|un instant|service unavailable|"
    r"request (?:blocked|rejected)|sorry, you have been blocked|forbidden)\b",
    re.I,
)
WALL_WORDS = re.compile(
    r"enable javascript and cookies to continue|checking (?:if the site connection is secure|your "
    r"browser before)|verify(?:ing)? (?:that )?you are (?:a )?human|unusual (?:traffic|activity) "
    r"from|"
    r"complete the (?:security check|captcha)|press (?:&|and) hold|ray id:|performance (?:&|and) "
    r"security by cloudflare|you have been blocked|(?:we|our partners).{0,60}(?:store and/or "
    r"access|use cookies).{0,200}(?:consent|accept)|accept (?:all )?cookies to (?:continue|read)|"
    r"mit werbung (?:und tracking )?(?:weiterlesen|lesen)|please (?:turn|enable|switch on) "
    r"javascript|javascript (?:is (?:disabled|required)|must be enabled)",
    re.I,
)
WALL_MARKS = xpath(
    "boolean(//*[@id='challenge-form' or @id='cf-wrapper' or @id='px-captcha' or "
    "@id='challenge-running' or contains(@class,'g-recaptcha') or contains(@class,'h-captcha') or "
    "contains(@class,'cf-turnstile')] | //script[contains(@src,'captcha-delivery') or "
    "contains(@src,'/cdn-cgi/challenge-platform')] | //iframe[contains(@src,'captcha')])"
)

PAYWALL_MARKS = xpath(
    "boolean(//*[self::div or self::section or self::aside][contains(@class,'paywall') or "
    "contains(@id,'paywall') or contains(@class,'subscriber-only') or "
    "contains(@class,'regwall') or contains(@class,'piano-') or contains(@class,'meteredContent') "
    "or contains(@class,'premium-content') or contains(@class,'locked-content')])"
)
PAYWALL_WORDS = re.compile(
    r"(?:subscribe|sign up|register|log ?in|become a (?:member|subscriber)).{0,40}\b(?:to (?:"
    r"continue|keep|finish|read|unlock|access|view)|for (?:full|unlimited) access)|"
    r"(?:this|the) (?:article|story|content|post) is (?:only )?(?:for|available to|reserved for|"
    r"exclusive to) (?:our )?(?:paid |paying )?(?:subscribers|members)|already a subscriber|"
    r"to (?:continue|keep) reading|(?:for|only) (?:paid )?subscribers only|"
    r"(?:suscríb\w+|regístr\w+|inicia sesión).{0,40}(?:seguir leyendo|continuar|leer)|"
    r"(?:contenido|artículo|noticia) exclusiv\w+ para (?:suscriptores|socios)|para seguir leyendo|"
    r"(?:article|contenu) réservé (?:à nos|aux) abonnés|il vous reste \d+ ?% de cet article|"
    r"la suite (?:de cet article )?est réservée|(?:jetzt|hier) weiterlesen mit|"
    r"(?:dieser|der) (?:artikel|inhalt) ist (?:nur )?(?:für|exklusiv)|weiterlesen mit|"
    r"(?:contenuto|articolo) riservato agli abbonati|conteúdo exclusivo para assinantes|"
    r"(?:voor|alleen) abonnees|for abonnenter|för prenumeranter|kun for abonnenter|"
    r"この記事は有料|有料会員|会員限定|残り\d+文字|только для подписчиков|للمشتركين فقط",
    re.I,
)
CUT_SCOPE = 400
"""Characters at the end of a text in which a paywall says that it goes on elsewhere."""


def of_text(body: str) -> list[Doubt]:
    """The doubts that the length of a text raises."""
    if not body:
        return [Doubt.NO_TEXT]
    return [Doubt.SHORT_TEXT] if len(body) < SHORT_TEXT else []


def of_page(markup: Markup, body: str) -> list[Doubt]:
    """The doubts that the page raises about its text `body`."""
    found = of_text(body)
    if is_wall(markup, body):
        found.append(Doubt.WALL)
    elif is_paywalled(markup, body):
        found.append(Doubt.PAYWALL)
    return found


def is_wall(markup: Markup, body: str) -> bool:
    """Whether a consent, captcha or challenge page stands in the article's place."""
    if len(body) > WALLED_TEXT:
        return False
    if WALL_TITLE.match(markup.page_title):
        return True
    words = body or " ".join(markup.tree.text_content()[:20_000].split())
    marked = len(body) < SHORT_TEXT and bool(WALL_MARKS(markup.tree))
    return marked or WALL_WORDS.search(words[:5000]) is not None


def is_paywalled(markup: Markup, body: str) -> bool:
    """Whether the page says that readers must pay for the story or for the rest of it.

    A declaration in JSON-LD or a meta element counts; a paywall's element or sentence only with
    a text that is short or that stops there.
    """
    if _declared_paid(markup):
        return True
    if PAYWALL_WORDS.search(body[-CUT_SCOPE:]):
        return True
    return len(body) < 1500 and bool(PAYWALL_MARKS(markup.tree))


def of_entry(headline: str, title: str, body: str) -> list[Doubt]:
    """The doubts that an entry's headline raises about a page's title and text."""
    return [Doubt.OTHER_STORY] if body and is_other_story(headline, title, body) else []


def is_other_story(headline: str, title: str, body: str) -> bool:
    """Whether a page tells something else than its entry's `headline` says: hardly any of the
    headline's longer words stand in its title or text.

    Outlets try out several headlines for one story, so the page's own is not enough to tell.
    A headline of few words, or in a script without blanks, says too little to judge by.
    """
    if not headline or headline == title:
        return False
    told = {word for word in text.words(text.fold(headline)) if len(word) >= _TELLING}
    if len(told) < _FEW or any(len(word) > _LONGEST for word in told):
        return False
    there = text.fold(f"{title}\n{body}")
    return sum(word[:_STEM] in there for word in told) < len(told) * _AGREES


_TELLING, _STEM, _FEW, _LONGEST, _AGREES = 4, 6, 4, 24, 0.25
"""Letters of a word that tells something; of it that must agree; such words at least; letters
of a run that is no word; the part of them that a page of the story has."""


def _declared_paid(markup: Markup) -> bool:
    nodes: tuple[jsonld.Node, ...] = (markup.node, *markup.linked.pages[:3])
    if any(_is_false(node.get("isAccessibleForFree")) for node in nodes):
        return True
    tier = markup.meta("article:content_tier", "og:article:content_tier", "content_tier").lower()
    return tier in ("locked", "metered", "paid", "premium")


def _is_false(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower().rsplit("/", 1)[-1] in ("false", "no", "0")
    return value is False
