"""The regular forms of a word in English and Spanish, for `~word`.

Rules over spelling, no dictionary: forms that no language has are harmless, since no text
holds them. Irregular forms (woman, women) have to be written out.
"""

from __future__ import annotations

from functools import lru_cache

_VOWELS = frozenset("aeiou")

_SPANISH_VERBS = {
    "ar": "ar o as a amos ais an ado ada ados adas ando e aste aron aba aban ara aran aria arian "
    "en es",
    "er": "er o es e emos eis en ido ida idos idas iendo i iste io ieron ia ian era eran eria "
    "erian a an as",
    "ir": "ir o es e imos is en ido ida idos idas iendo i iste io ieron ia ian ira iran iria "
    "irian a an as",
}
"""Ending of the infinitive to the endings of its regular forms, accents dropped."""

_FEWEST = 3


@lru_cache(maxsize=4096)
def forms(word: str) -> frozenset[str]:
    """The loose forms of a loose word: singular, plural, -ed, -ing, Spanish regular verbs.

    >>> sorted(forms("policy") & {"policies", "policied", "police"})
    ['policied', 'policies']
    >>> "divesting" in forms("divest"), "prison" in forms("prisons"), "carceles" in forms("carcel")
    (True, True, True)
    """
    if len(word) < _FEWEST:
        return frozenset({word, word + "s"})
    found: set[str] = {word}
    for lemma in _lemmas(word):
        found |= {lemma, *_plurals(lemma), *_verb_forms(lemma), *_spanish(lemma)}
    return frozenset(found)


def _lemmas(word: str) -> set[str]:
    """What the word may be a form of, itself included."""
    lemmas = {word}
    if word.endswith("ies") and len(word) > 4:
        lemmas.add(word[:-3] + "y")
    elif word.endswith("ces"):
        lemmas |= {word[:-3] + "z", word[:-1]}
    elif word.endswith("es") and len(word) > 4:
        lemmas |= {word[:-1], word[:-2]}
    elif word.endswith("s") and not word.endswith(("ss", "us", "is")):
        lemmas.add(word[:-1])
    for ending in ("ed", "ing"):
        if word.endswith(ending) and len(word) > len(ending) + 3:
            lemmas |= _stems(word[: -len(ending)])
    return {lemma for lemma in lemmas if len(lemma) >= _FEWEST}


def _stems(stem: str) -> set[str]:
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "lsz":
        return {stem[:-1]}
    if stem.endswith("i"):
        return {stem[:-1] + "y"}
    return {stem, stem + "e"}


def _plurals(word: str) -> set[str]:
    if word.endswith("z"):
        return {word[:-1] + "ces", word + "es", word + "zes"}
    if word.endswith("y") and word[-2] not in _VOWELS:
        return {word[:-1] + "ies"}
    if word.endswith(("s", "x", "ch", "sh")):
        return {word + "es"}
    if word[-1] in _VOWELS:
        return {word + "s", word + "es"} if word[-1] in "oi" else {word + "s"}
    return {word + "s", word + "es"}


def _verb_forms(word: str) -> set[str]:
    if word.endswith("e"):
        return {word + "d", word[:-1] + "ing"}
    if word.endswith("y") and word[-2] not in _VOWELS:
        return {word[:-1] + "ied", word + "ing"}
    found = {word + "ed", word + "ing"}
    if _doubles(word):
        found |= {word + word[-1] + "ed", word + word[-1] + "ing"}
    return found


def _doubles(word: str) -> bool:
    """Whether the last consonant may double: it stands alone after a single vowel."""
    last, before, third = word[-1], word[-2], word[-3]
    return last not in _VOWELS | set("wxy") and before in _VOWELS and third not in _VOWELS


def _spanish(word: str) -> set[str]:
    found: set[str] = set()
    endings = _SPANISH_VERBS.get(word[-2:], "")
    if len(word) > 4 and endings:
        found |= {word[:-2] + ending for ending in endings.split()}
    if len(word) > 3 and word[-1] in "oa":
        found |= {word[:-1] + ending for ending in ("o", "a", "os", "as")}
    return found
