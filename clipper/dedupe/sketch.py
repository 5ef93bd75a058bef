"""An article's text as a bottom-k sketch of its 5-word shingles.

Bottom-k sketches: A. Broder, "On the resemblance and containment of documents" (1997);
E. Cohen, H. Kaplan, "Summarizing data using bottom-k sketches" (2007).

Everything here is stored and compared years later: a change of folding, of shingles or
of the hash makes old and new sketches strangers, so it needs `stories rebuild`.
"""

from __future__ import annotations

import re
import unicodedata
from binascii import crc_hqx
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from urllib.parse import urlsplit
from zlib import crc32

from .. import urls
from ..model import Article, Fingerprint, Newcomer

SKETCH = 64
"""How many of the smallest hashes are kept."""

ALL = 2**48 - 1
"""tau of a text whose hashes were all kept."""

SHINGLE = 5
SAMPLE = 32
"""How many numbers, and how many names, are kept."""

_MAX_CHARACTERS = 500_000
_MAX_TITLE_WORDS = 24
_OPENING_SHINGLES = 60
_OPENING_KEPT = 12

# Scripts that do not part words by spaces: there each character is a word.
_WORDS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
    r"|[^\W_]+"
)
_UNCERTAIN = re.compile("[\u00ad\u0300-\U0010ffff]+")
_NUMBERS = re.compile(r"\d+(?:[.,:]\d+)*")
# What stands before is asked after the capital: so re passes quickly over all small letters.
_NAMES = re.compile("[A-Z\u0391-\u03a9\u0400-\u042f](?<=[\\w,;] .)[\\w'-]+")


def fingerprint(article: Article) -> Fingerprint:
    """The fingerprint of an article's text; its title stands apart, its lede is left out."""
    plain = _plain(article.text[:_MAX_CHARACTERS])
    words = _WORDS.findall(plain.lower())
    runs = _runs(words)
    distinct = set(map(_hash, set(runs)))
    kept = sorted(distinct)[:SKETCH]
    return Fingerprint(
        sketch=tuple(kept),
        tau=kept[-1] if len(distinct) > SKETCH else ALL,
        shingles=len(distinct),
        digest=f"{_number(' '.join(words)):016x}",
        numbers=sample(found.replace(",", "") for found in _NUMBERS.findall(plain)),
        names=sample(found.lower() for found in _NAMES.findall(plain)),
        title_words=_title_words(article.title),
        opening=tuple(sorted(set(map(_hash, runs[:_OPENING_SHINGLES])))[:_OPENING_KEPT]),
    )


def newcomer(
    article: Article, fingerprint: Fingerprint, outlet: str, seen_at: datetime
) -> Newcomer:
    """The article as `place` and the store's `similar` look at it; `outlet` is a slug.

    The canonical URL counts when it stays on the article's own site: what one outlet says
    about another's address is evidence for readers, never an identity.
    """
    url, canonical = article.url, article.canonical_url
    page = _key(urls.strict_key(url), url)
    if canonical and canonical != url and urls.site(canonical) == urls.site(url):
        named = _key(urls.strict_key(canonical), canonical)
    else:
        named = page if canonical == url else 0
    return Newcomer(
        outlet=outlet,
        url=page,
        canonical=named,
        loose=_key(urls.loose_key(url), url),
        fingerprint=fingerprint,
        # Whole seconds, as they are stored: a rebuild must decide on what decided first.
        dated_at=_dated(article.published_at, seen_at).replace(microsecond=0),
        seen_at=seen_at.replace(microsecond=0),
    )


def sample(values: Iterable[str]) -> tuple[str, ...]:
    """At most `SAMPLE` distinct values, the same ones from whatever text they come."""
    return tuple(sorted(set(values), key=rank)[:SAMPLE])


def rank(value: str) -> tuple[int, str]:
    """The order in which values are sampled: by a stable hash, so that two samples of
    overlapping sets overlap too."""
    return crc32(value.encode("utf-8", "surrogatepass")), value


def _plain(text: str) -> str:
    """Compatibility forms resolved, marks and format characters dropped, case kept."""
    if text.isascii():
        return text
    return _UNCERTAIN.sub(_without_marks, unicodedata.normalize("NFKD", text))


def _without_marks(found: re.Match[str]) -> str:
    return "".join(c for c in found[0] if unicodedata.category(c) not in ("Mn", "Mc", "Me", "Cf"))


def _runs(words: list[str]) -> list[bytes]:
    """Each run of five words, in the text's order."""
    line = " ".join([*words, ""]).encode("utf-8", "replace")
    ends = list(accumulate(len(word) + 1 for word in line.split(b" ")[:-1]))
    # A slice of the whole line costs a third of joining five words anew.
    return [line[start:end] for start, end in zip((0, *ends), ends[SHINGLE - 1 :], strict=False)]


def _hash(run: bytes) -> int:
    """48 bits: two checksums of different polynomials side by side, the same in every process.

    A quarter of a digest's cost, for nearly a thousand runs an article. Who forges a collision
    gains no more than by copying the text.
    """
    return crc32(run) << 16 | crc_hqx(run, 0)


def _title_words(title: str) -> tuple[str, ...]:
    # Words of one or two letters are articles and prepositions in most languages.
    words = _WORDS.findall(_plain(title[:1000]).lower())
    told = [word for word in words if len(word) > 2 or word.isdigit() or not word.isascii()]
    return tuple(dict.fromkeys(told or words))[:_MAX_TITLE_WORDS]


def _key(key: str, url: str) -> int:
    # An address without path and query names a site: many entries may share it.
    parts = urlsplit(url) if key else None
    if parts is None or not (parts.path.strip("/") or parts.query):
        return 0
    return _number(key)


def _number(text: str) -> int:
    """A 63-bit number of a text (SQLite's integers are signed); for finding, not for proof."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()) >> 1


def _dated(published_at: datetime | None, seen_at: datetime) -> datetime:
    # A claim of the future or from before the web is a mistake; then what we saw counts.
    if published_at is None or not _WEB_BEGAN <= published_at <= seen_at + timedelta(days=1):
        return seen_at
    return min(published_at, seen_at)


_WEB_BEGAN = datetime(1990, 1, 1, tzinfo=UTC)
