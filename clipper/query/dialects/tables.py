"""What the other query languages write, as tables; `foreign` reads by them.

Sources: the vendors' help pages on Boolean search (Meltwater "How to master Boolean search",
Brandwatch "Query operators", Cision "Boolean syntax for advanced keyword searches", Talkwalker
"Search syntax", LexisNexis "Terms & connectors complete reference", Google "Refine searches").
What a page leaves open is said in a difference rather than guessed in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SENTENCE_WORDS = 15
PARAGRAPH_WORDS = 75


@dataclass(frozen=True, slots=True)
class Operator:
    """A pattern of an operator and what it is: `and`, `or`, `not`, `andnot`, or a distance.

    For `near`, `onear` and `notnear` the distance is the pattern's group `n`, or `words` when
    it has none; `less` is taken off it where the other language counts the far word too.
    """

    pattern: str
    kind: str
    words: int = 4
    less: int = 0
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one language is read.

    `levels` are the kinds of operators from loosest to tightest; `implicit` what terms side
    by side mean (`and` or `phrase`); `fields` names of fields to ours, "" for those that we
    do not have; `calls` the same for fields and commands written name(…); `always` are
    differences of every query, `found` those of queries in which a pattern is found.
    """

    name: str
    operators: tuple[Operator, ...]
    levels: tuple[tuple[str, ...], ...]
    implicit: str = "and"
    any_case: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    calls: Mapping[str, str] = field(default_factory=dict)
    wildcards: Mapping[str, str] = field(default_factory=dict)
    loose_order: bool = False
    star_is_word: bool = False
    always: tuple[tuple[str, str], ...] = ()
    found: tuple[tuple[str, str, str], ...] = ()


_USUAL = (("or",), ("and", "andnot"), ("near", "onear", "notnear"))
_BOOLEAN = (
    Operator(r"AND\s+NOT\b|ANDNOT\b", "andnot"),
    Operator(r"AND\b|&&", "and"),
    Operator(r"OR\b|\|\|?", "or"),
    Operator(r"NOT\b", "not"),
)
_FIELDS = {
    "title": "title", "headline": "title", "intitle": "title", "ingress": "lede", "lede": "lede",
    "content": "text", "text": "text", "body": "text", "intext": "text", "author": "author",
    "byline": "author", "source": "outlet", "outlet": "outlet", "publication": "outlet",
    "site": "site", "domain": "site", "host": "site", "domain_url": "site", "url": "url",
    "inurl": "url", "lang": "lang", "language": "lang", "tag": "tag", "after": "after",
    "before": "before", "section": "section", "caption": "caption",
}  # fmt: skip

_SMALL_LETTERS = (
    r"\s(?:and|or|not|near)\b",
    "case",
    "Operators in small letters were read as operators; clipper wants capitals.",
)

MIXED = (
    "precedence",
    "OR stands beside AND without parentheses; read as (a AND b) OR c. The other service's "
    "order is not documented: compare the parentheses of the translation.",
)

MELTWATER = Dialect(
    name="meltwater",
    operators=(
        *_BOOLEAN,
        Operator(r"ONEAR(?:/(?P<n>\d+))?(?!\w)", "onear"),
        Operator(r"NOTNEAR(?:/(?P<n>\d+))?(?!\w)", "notnear"),
        Operator(r"NEAR(?:/(?P<n>\d+))?(?!\w)", "near"),
    ),
    levels=_USUAL,
    any_case=True,
    fields=_FIELDS | {"country": "", "sourcetype": "", "reach": ""},
    calls={"atleast": "atleast"},
    always=(("field", "A term without a field looks in title, summary line and text."),),
    found=(_SMALL_LETTERS,),
)

BRANDWATCH = Dialect(
    name="brandwatch",
    operators=(
        *_BOOLEAN,
        Operator(r"NEAR/(?P<n>\d+)f(?!\w)", "onear"),
        Operator(r"NEAR/(?P<n>\d+)(?!\w)", "near"),
        Operator(r"WITHIN/(?P<n>\d+)(?!\w)", "onear"),
    ),
    levels=_USUAL,
    fields=_FIELDS
    | {
        "raw": "raw", "country": "", "city": "", "state": "", "county": "", "continent": "",
        "region": "", "links": "", "hashtags": "#", "hashtag": "#", "authorfollowers": "",
        "rating": "", "engagetype": "", "channelid": "", "at_mentions": "", "pagetype": "",
        "authorgender": "", "authorverified": "", "contentsource": "", "blogname": "",
    },
    loose_order=True,
    found=(
        (r"\braw:", "case", "raw: also keeps marks such as + and $; braces keep case and accents."),
    ),
)  # fmt: skip

CISION = Dialect(
    name="cision",
    operators=(
        *_BOOLEAN,
        Operator(
            r"(?:w|near)/(?P<n>\d+)(?!\w)",
            "near",
            difference="w/n is read as at most n words between; Cision does not say whether it "
            "counts the far word too.",
        ),
        Operator(r"pre/(?P<n>\d+)(?!\w)", "onear"),
    ),
    levels=_USUAL,
    any_case=True,
    fields=_FIELDS,
    calls={
        "cs": "exact", "headline": "title", "title": "title", "publication": "outlet",
        "author": "author", "byline": "author", "body": "text", "lead": "lede", "url": "url",
        "language": "lang", "country": "", "state": "", "dma": "", "medium": "", "keyword": "",
    },
    found=(_SMALL_LETTERS,),
)  # fmt: skip

TALKWALKER = Dialect(
    name="talkwalker",
    operators=(
        *_BOOLEAN,
        Operator(r"ONEAR/(?P<n>\d+)(?!\w)|NEAR/(?P<m>\d+)f(?!\w)", "onear"),
        Operator(r"NEAR/(?P<n>\d+)(?!\w)", "near"),
        Operator(
            r"SENTENCE\b",
            "near",
            words=SENTENCE_WORDS,
            difference=f"SENTENCE became NEAR/{SENTENCE_WORDS}: clipper does not look for "
            "sentences' ends.",
        ),
        Operator(
            r"PARAGRAPH\b",
            "near",
            words=PARAGRAPH_WORDS,
            difference=f"PARAGRAPH became NEAR/{PARAGRAPH_WORDS}, which may cross its end.",
        ),
    ),
    levels=_USUAL,
    fields=_FIELDS
    | {
        "sourcetype": "", "sourcecountry": "", "sourceregion": "", "sourcegeo": "",
        "sentiment": "", "engagement": "", "reach": "", "published": "", "page": "",
        "hashtags": "#", "title.raw": "title",
    },
    loose_order=True,
    found=((r'\+{1,2}"', "case", 'The + before "…" was left out; use {…} for exact case.'),),
)  # fmt: skip

_NEXIS_SENTENCE = Operator(
    r"(?:w|pre)?/(?:s|sent)\b|NOT\s+/s\b",
    "near",
    words=SENTENCE_WORDS,
    difference=f"w/s (same sentence) became NEAR/{SENTENCE_WORDS}.",
)
_NEXIS_PARAGRAPH = Operator(
    r"(?:w|pre)?/(?:p|para)\b",
    "near",
    words=PARAGRAPH_WORDS,
    difference=f"w/p (same paragraph) became NEAR/{PARAGRAPH_WORDS}.",
)
_COUNTED = "w/n and pre/n count the far word too: w/5 became NEAR/4."

NEXIS = Dialect(
    name="nexis",
    operators=(
        _NEXIS_SENTENCE,
        _NEXIS_PARAGRAPH,
        Operator(r"NOT\s+(?:w|near)?/(?P<n>\d+)(?!\w)", "notnear", less=1, difference=_COUNTED),
        Operator(r"(?:AND|BUT)\s+NOT\b", "andnot"),
        Operator(r"(?:w)?/seg\b", "and", difference="w/seg (same section) became AND."),
        Operator(r"(?:pre|onear)/(?P<n>\d+)(?!\w)|\+(?P<m>\d+)(?!\w)", "onear", less=1,
                 difference=_COUNTED),
        Operator(r"(?:w|near)?/(?P<n>\d+)(?!\w)", "near", less=1, difference=_COUNTED),
        Operator(r"AND\b", "and"),
        Operator(r"OR\b", "or"),
        Operator(r"NOT\b", "not"),
    ),
    levels=(("andnot",), ("and",), ("near", "onear", "notnear"), ("or",)),
    implicit="phrase",
    any_case=True,
    fields=_FIELDS,
    calls={
        "headline": "title", "hlead": "hlead", "lead": "lede", "body": "text", "text": "text",
        "byline": "author", "author": "author", "publication": "outlet", "source": "outlet",
        "section": "section", "language": "lang", "graphic": "caption", "caption": "caption",
        "allcaps": "upper", "caps": "exact", "nocaps": "lower", "atleast": "atleast",
        "singular": "plain", "plural": "plain", "subject": "", "company": "", "geographic": "",
        "term": "", "terms": "", "length": "", "load-date": "", "dateline": "",
    },
    wildcards={"!": "*", "*": "?"},
    always=(
        ("plurals", "Nexis finds regular plurals and possessives of every word by itself; clipper "
         "ignores 's but not plurals. Put ~ before the words whose plural counts."),
        ("precedence", "In Nexis OR binds closest, then w/n, then AND, then AND NOT; the "
         "translation has parentheses where clipper's order differs."),
    ),
    found=(
        (r"(?i)\bcaps\s*\(", "case", "CAPS(x) is any capital in the word; braces want exactly x."),
        (r"(?i)\bhlead\s*\(", "field", "HLEAD became title and summary line; the "
         "first paragraphs are no field of their own."),
        (r"(?i)\b(?:singular|plural)\s*\(", "plurals", "SINGULAR( ) and PLURAL( ) "
         "became plain words, which clipper takes as they are written."),
    ),
)  # fmt: skip

GOOGLE = Dialect(
    name="google",
    operators=(
        Operator(r"AROUND\s*\(\s*(?P<n>\d+)\s*\)", "near"),
        Operator(r"AND\b", "and"),
        Operator(r"OR\b|\|", "or"),
    ),
    levels=(("and",), ("or",), ("near",)),
    fields=_FIELDS
    | {
        "allintitle": "title*", "allinurl": "url*", "allintext": "text*", "related": "",
        "cache": "", "filetype": "", "ext": "", "inanchor": "", "allinanchor": "",
        "location": "", "define": "", "info": "", "link": "", "imagesize": "",
    },
    star_is_word=True,
    always=(
        ("stemming", "Google also finds other forms and synonyms of unquoted words; clipper does "
         "not. Use ~word or word* where forms count."),
        ("field", "Google looks at whole pages; clipper at title, summary line and text."),
    ),
)  # fmt: skip

DIALECTS: dict[str, Dialect] = {
    dialect.name: dialect for dialect in (MELTWATER, BRANDWATCH, CISION, TALKWALKER, NEXIS, GOOGLE)
}
