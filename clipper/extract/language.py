"""The language of an article: declared, but checked against its words.

Templates declare `en` for pages in Swahili. So the text itself is asked too, by its script and
by the commonest words of each language; the declaration rules only when the text does not speak
against it.
"""

from __future__ import annotations

import re
from collections import Counter

from clipper import text as words_of
from clipper.model import Origin

from .markup import Markup

SAMPLE = 2500
GLANCE = 1000
"""Characters in which a declared language must show itself."""
ENOUGH = 25
"""Words below which the text is too short to speak against the declaration."""

COMMON: dict[str, str] = {
    "en": "the and of to that was for with his from have this are which they were been has not",
    "es": "de en y a el la los las que del una por con para se su como más pero sus fue ha "
    "entre cuando",
    "pt": "de a o e do da em que não uma os com para da dos em por mais como foi ao pelo sua "
    "são também às na do",
    "fr": "le la de du et à en un il les des est une dans que qui pour pas sur avec par au du "
    "sont cette ce ses aux été",
    "it": "la e in a che di il della per un una non con del sono nel alla è anche gli dei ha "
    "più le delle",
    "de": "der die und das ist nicht den von mit dem für auf ein eine sich auch im des es wird",
    "nl": "het een van de en dat niet zijn voor met op te hij aan ook bij door wordt naar maar",
    "af": "die het nie van wat en is vir met aan hy dit was sy om te hulle ook ons sal",
    "sv": "och att det som en på är av för med den till inte har om ett var från de ska",
    "no": "og det som på er av for med den til ikke har om et fra de var ble men seg",
    "da": "og det som på er af for med den til ikke har om et fra de var blev men sig",
    "fi": "ja on ei että oli se mukaan ovat kuin myös hän joka mutta niin sen tai ole kun jo",
    "et": "ja on ei et oli ka see mis kui oma aga või ning nii siis veel kes pole mida",
    "pl": "i w nie na się z do jest że to o jak po od za przez są dla który oraz",
    "cs": "a se v na je že s to o z do pro jako by za podle který ale při jsou",
    "sk": "a sa v na je že s to o z do pre ako by za podľa ktorý ale pri sú",
    "hu": "a az és hogy nem is egy volt meg csak már de még mint ez azt szerint lehet majd",
    "ro": "a din cel cea și de la în a pe cu care din nu mai un este o să au fost pentru că prin",
    "hr": "i je u se na da su od za s koji ne to će kako što iz bi ali",
    "sl": "in je v se na da so za ki z ne tudi pa po s od kot bi pri bil",
    "tr": "ve bir bu için da de ile olarak çok daha olan gibi en kadar sonra ancak ise oldu ne",
    "id": "yang dan di dengan untuk ini dari pada itu dalam tidak akan juga ke karena oleh sudah",
    "sw": "na ya wa kwa katika ni la za cha kuwa hiyo hilo huo alisema pia kama wake hayo watu",
    "vi": "và của là có được cho không trong với các đã những một người này để khi vào tại",
    "ca": "el la de i en a els les que de la per amb una és dels del al més no com va ha pel "
    "aquest han",
    "eu": "eta da du ez bat dira izan zuen duen baina ere egin dute beste gabe hori zen dela",
    "tl": "ang ng sa mga na at ay ni si para nang ito hindi kay may kung niya siya lang",
    "so": "oo ka ee ku iyo in waxaa la ah u ay soo uu kale si inuu",
    "ha": "da a na ya ta ba don cewa kuma wannan su shi ne za ce",
    "lt": "ir kad yra su iš į buvo tai apie bei nuo per kaip bet jau dar ar po",
    "lv": "un ir ka no ar par uz kas arī bet to pēc bija vai lai tika gan",
    "sq": "të e në dhe për me një që nga është ka se si nuk më do u",
    "is": "og að í á er sem til við var um en af það ekki hafa með fyrir",
    "ga": "an agus na ar a go le is do bhí sé ag i ní mar atá",
    "ru": "и в не на что с по как это он из за от для его к также о было",
    "uk": "і в не на що з та у до за про як від це є його але також для ми",
    "bg": "и на да в се за от са не по че с като ще е през това беше",
    "sr": "и је у се на да су за од са који не то ће како што из би",
    "mk": "и на да во се за од е не со што ќе како ги беше ја тоа",
    "be": "і ў не на што з да за гэта як ад па яго каб была",
    "ar": "في من على إلى أن عن التي مع هذا كان الذي ما بعد هذه قال بين لم",
    "fa": "و در به از که این را با است برای آن یک شده می خود تا کرد هم",
    "ur": "کے میں کی ہے اور سے کا کو نے کہ پر یہ ہیں بھی اس ایک",
    "hi": "के में की है और से का को ने कि पर यह हैं भी इस एक",
    "mr": "आहे आणि या च्या मध्ये ते हे की तर होते केली नाही होता करण्यात",
    "ne": "र को मा छ ले पनि गर्न भएको गरेको छन् हो थियो तथा लागि",
    "he": "של את על לא הוא זה עם כי גם היא אל או כל אני היה",
    "yi": "די און פון איז אין דער צו מיט האט נישט אז וואס",
}
"""The commonest short words of each language, as they are printed."""

TABLE: dict[str, frozenset[str]] = {code: frozenset(line.split()) for code, line in COMMON.items()}
SHARED = Counter(word for table in TABLE.values() for word in table)
"""In how many of the languages each word is common: what many share tells little."""
WEIGHTS: dict[str, tuple[tuple[str, float], ...]] = {
    word: tuple((code, 1 / shared) for code, table in TABLE.items() if word in table)
    for word, shared in SHARED.items()
}
"""The languages in which each word is common, with what it tells for them."""

NEVER: dict[str, str] = {
    "ru": "іїєўјљњђћѓќѕ",
    "bg": "ыэіїєўјљњђћѓќё",
    "mk": "ыэщъьяюйіїєўђћё",
    "sr": "ыэщъьяюйіїєўѓќё",
    "uk": "ыэъўјљњђћѓќё",
    "be": "иїєщъјљњђћѓќ",
    "ar": "پچژگٹڈڑےہں",
    "fa": "ٹڈڑےہں",
}
"""Letters that a language never uses, where languages share a script and most short words."""

SCRIPTS: tuple[tuple[str, str], ...] = (
    ("ja", r"[\u3040-\u30ff]"),
    ("ko", r"[\uac00-\ud7af]"),
    ("zh", r"[\u4e00-\u9fff]"),
    ("el", r"[\u0370-\u03ff]"),
    ("th", r"[\u0e00-\u0e7f]"),
    ("bn", r"[\u0980-\u09ff]"),
    ("pa", r"[\u0a00-\u0a7f]"),
    ("gu", r"[\u0a80-\u0aff]"),
    ("ta", r"[\u0b80-\u0bff]"),
    ("te", r"[\u0c00-\u0c7f]"),
    ("kn", r"[\u0c80-\u0cff]"),
    ("ml", r"[\u0d00-\u0d7f]"),
    ("si", r"[\u0d80-\u0dff]"),
    ("my", r"[\u1000-\u109f]"),
    ("ka", r"[\u10a0-\u10ff]"),
    ("hy", r"[\u0530-\u058f]"),
    ("am", r"[\u1200-\u137f]"),
    ("km", r"[\u1780-\u17ff]"),
)
"""Scripts that name their language; Japanese first, for it is written with Chinese characters."""
FOREIGN = re.compile("[\u0370-\u03ff\u0530-\u058f\u0900-\u1fff\u3040-\ud7ff]")
"""Any letter of those scripts; Latin, Cyrillic, Arabic and Hebrew go by words."""
SCRIPT_PATTERNS = tuple((code, re.compile(pattern)) for code, pattern in SCRIPTS)
NEEDED_SHARE = {"ja": 0.1}
TAG = re.compile(r"^([a-z]{2,3})(?:[-_].*)?$", re.I)
SAME = {
    "nb": "no",
    "nn": "no",
    "iw": "he",
    "in": "id",
    "fil": "tl",
    "bs": "hr",
    "sh": "hr",
    "ms": "id",
}


def choose(markup: Markup, body: str, hint: str = "") -> tuple[str, str]:
    """The article's language, a two-letter code or empty, and where it was read.

    `hint` is what the feed says.
    """
    claimed, origin = declared(markup, hint)
    return _checked(claimed, origin, body)


def choose_for(hint: str, body: str) -> tuple[str, str]:
    """The same without a page: the feed's claim `hint`, checked against the text."""
    found = TAG.match(hint[:20].strip())
    return _checked(found.group(1).lower() if found else "", str(Origin.FEED), body)


def _checked(claimed: str, origin: str, body: str) -> tuple[str, str]:
    if _is_borne_out(claimed, body):
        return claimed, origin
    seen = detect(body)
    if seen and seen != SAME.get(claimed, claimed):
        return seen, Origin.RULE
    return (claimed, origin) if claimed else ("", "")


def _is_borne_out(claimed: str, body: str) -> bool:
    """Whether the words of `body` are plainly of the language claimed: the common case, cheap."""
    table = TABLE.get(SAME.get(claimed, claimed))
    found = words_of.words(body[:GLANCE].casefold())
    if not table or len(found) < ENOUGH:
        return False
    return sum(map(table.__contains__, found)) > len(found) * 0.2


def declared(markup: Markup, hint: str = "") -> tuple[str, str]:
    """The language that the page, or else the feed, declares, and where."""
    claims = (
        (markup.tree.get("lang") or markup.tree.get("{http://www.w3.org/XML/1998/namespace}lang"),
         Origin.META),
        (markup.meta("og:locale", "content-language", "language", "dc.language"), Origin.META),
        (hint, Origin.FEED),
    )  # fmt: skip
    for value, origin in claims:
        found = TAG.match((value or "")[:20].strip())
        if found:
            return found.group(1).lower(), str(origin)
    return "", ""


def detect(body: str) -> str:
    """The language of `body` by script and common words, or empty when that shows too little."""
    sample = body[:SAMPLE]
    letters = sum(map(str.isalpha, sample))
    if letters < 80:
        return ""
    if not FOREIGN.search(sample):
        return _by_words(sample)
    for code, pattern in SCRIPT_PATTERNS:
        if len(pattern.findall(sample)) > letters * NEEDED_SHARE.get(code, 0.4):
            return code
    return _by_words(sample)


def _is_barred(code: str, sample: str) -> bool:
    letters = NEVER.get(code, "")
    return sum(map(sample.count, letters)) > 3


def _by_words(sample: str) -> str:
    found = Counter(words_of.words(sample.casefold()))
    total = found.total()
    if total < ENOUGH:
        return ""
    scores: dict[str, float] = {}
    for word, times in found.items():
        for code, weight in WEIGHTS.get(word, ()):
            scores[code] = scores.get(code, 0.0) + times * weight
    ranked = sorted(scores, key=scores.__getitem__, reverse=True)
    ranked = [code for code in ranked[:6] if not _is_barred(code, sample)]
    if not ranked:
        return ""
    best, second = ranked[0], scores[ranked[1]] if len(ranked) > 1 else 0.0
    dense = sum(found[word] for word in TABLE[best]) > total * 0.1
    # Clear of the next language, and as dense as running text of the language is.
    return best if dense and scores[best] >= second * 1.2 else ""
