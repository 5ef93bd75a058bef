"""Reasons in words: why an article matched, and why another did not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from clipper.model import Hit
from clipper.query import letters, tree
from clipper.query.evaluate import Branch, Proof, holds, prove
from clipper.query.places import places
from clipper.query.printer import clause, show
from clipper.query.reading import Place, Reading, characters, zone_text
from clipper.query.tree import Node

_AROUND = 30
_FEWEST = 3
_TIMES = {1: "once", 2: "twice"}
_WHERE = {
    "title": " in the title", "lede": " in the summary line", "text": "",
    "caption": " in a caption", "author": " in the author line", "outlet": " in the outlet's name",
    "url": " in the address", "section": " in the section", "tag": " in a tag",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an article matched, or that it did not.

    `proofs` are the leaves of the satisfied branch, each with its spans or the word that it
    is absent; `lines` the same for people; `weak` that the match as a whole proves little.
    """

    held: bool
    proofs: tuple[Proof, ...] = ()
    lines: tuple[str, ...] = ()
    weak: bool = False


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why an article did not match: the first clause that failed, and the nearest miss.

    `clause` is canonical, `text` says what is missing; `nearest` says what came closest, or
    is empty. `hits` are the spans of the nearest miss, or of what a NOT forbids.
    """

    clause: str
    text: str
    nearest: str = ""
    hits: tuple[Hit, ...] = ()


def snippet(text: str, start: int, end: int) -> str:
    """The words around a span, cut at word boundaries, with … where something was cut."""
    left = max(0, start - _AROUND, text.rfind("\n", 0, start) + 1)
    after_block = text.find("\n", end)
    right = min(len(text) if after_block < 0 else after_block, end + _AROUND)
    before, after = text[left:start], text[end:right]
    if left and text[left - 1] != "\n":
        before = "…" + before.split(" ", 1)[-1]
    if right < len(text) and text[right] != "\n":
        after = after.rsplit(" ", 1)[0] + "…"
    return " ".join((before + text[start:end] + after).split())


def explain(root: Node, reading: Reading) -> Explanation:
    """Why the query holds of the article."""
    branch = prove(root, reading)
    if branch is None:
        return Explanation(held=False)
    return Explanation(True, branch.proofs, lines(branch, reading), branch.weak)


def lines(branch: Branch, reading: Reading) -> tuple[str, ...]:
    """One line a leaf of a satisfied branch, for an editor."""
    return tuple(line(proof, reading) for proof in branch.proofs)


def line(proof: Proof, reading: Reading) -> str:
    """What a leaf that holds says for people."""
    if proof.kind == "absent":
        return f"{proof.clause} — absent"
    if proof.kind == "fact":
        return f"{proof.clause} — yes"
    first = proof.hits[0]
    text = zone_text(reading.article, reading.outlet, first.zone)
    times = _TIMES.get(proof.count, f"{proof.count} times")
    joint = "" if proof.count == 1 else ", first"
    quoted = snippet(text, first.start, first.end)
    weak = " (weak: the headline is all in capitals)" if proof.weak else ""
    return f"{proof.clause} — {times}{joint}{_WHERE[first.zone]}: “{quoted}”{weak}"


# ---------------------------------------------------------------- why not


def why_not(root: Node, reading: Reading) -> WhyNot | None:
    """The first clause that failed, with the nearest miss; None when the query holds."""
    if holds(root, reading):
        return None
    return _miss(root, reading, tree.DEFAULT_ZONES)


def _miss(node: Node, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    return _MISSES.get(type(node), _missing_fact)(node, reading, zones)


def _name(node: Node, zones: tuple[str, ...]) -> str:
    return clause(node, "" if zones == tree.DEFAULT_ZONES else zones[0])


def _miss_and(node: tree.And, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    failed = next(child for child in node.children if not holds(child, reading, zones))
    return _miss(failed, reading, zones)


def _miss_or(node: tree.Or, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    """None of several: the one that came nearest speaks for all.

    That is the AND of which most is met, or else the first with a near miss.
    """
    tried = [(child, _miss(child, reading, zones)) for child in node.children[:200]]
    child, best = max(
        tried, key=lambda pair: (_met(pair[0], reading, zones), bool(pair[1].nearest))
    )
    nearest = best.nearest
    if _met(child, reading, zones):
        met = [part for part in tree.children(child) if holds(part, reading, zones)]
        there = " AND ".join(_name(part, zones) for part in met if not isinstance(part, tree.Not))
        nearest = f"{there} holds; {best.clause}: {nearest or best.text}"
    text = f"none of {len(node.children)} alternatives is there"
    return WhyNot(_name(node, zones), text, nearest, best.hits)


def _met(node: Node, reading: Reading, zones: tuple[str, ...]) -> float:
    """How much of an AND is met, from 0 to 1, what NOT forbids not counted; 0 of others."""
    if not isinstance(node, tree.And):
        return 0.0
    parts = [part for part in node.children if not isinstance(part, tree.Not)]
    return sum(holds(part, reading, zones) for part in parts) / max(len(parts), 1)


def _miss_not(node: tree.Not, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    branch = prove(node.child, reading, zones)
    proof = next((p for p in branch.proofs if p.hits), None) if branch else None
    if proof is None:
        return WhyNot(_name(node, zones), "what NOT forbids holds of the article")
    text = f"it is there: {line(proof, reading)}"
    return WhyNot(_name(node, zones), text, hits=proof.hits)


def _miss_below(node: Any, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    return _miss(node.child, reading, (node.name,) if isinstance(node, tree.Field) else zones)


def _miss_named(node: tree.Named, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    below = _miss(node.child, reading, zones)
    return WhyNot(_name(node, zones), below.text, below.nearest, below.hits)


def _miss_atleast(node: tree.AtLeast, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    branch = prove(tree.AtLeast(1, node.child), reading, zones)
    count = branch.proofs[0].count if branch else 0
    times = {0: "never", **_TIMES}.get(count, f"{count} times")
    hits = branch.proofs[0].hits if branch else ()
    nearest = f"it stands there {times}, {node.count} asked" if count else ""
    return WhyNot(_name(node, zones), f"fewer than {node.count} hits", nearest, hits)


def _miss_term(node: Node, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    where = " in the title, the summary line or the text"
    if zones != tree.DEFAULT_ZONES:
        where = _WHERE[zones[0]] or " in the text"
    text = f"it is not{where}"
    for look in _NEAREST.get(type(node), (_elsewhere,)):
        for nearest, hits in look(node, reading, zones):
            return WhyNot(_name(node, zones), text, nearest, hits)
    return WhyNot(_name(node, zones), text)


def _missing_fact(node: Node, reading: Reading, zones: tuple[str, ...]) -> WhyNot:
    article = reading.article
    said: dict[type[Any], str] = {
        tree.Site: f"the article is at {article.canonical_url or article.url or 'no address'}",
        tree.Language: f"its language is {article.language or 'not known'}",
        tree.Published: (
            f"it was published on {article.published_at:%Y-%m-%d}"
            if article.published_at
            else "it has no date"
        ),
        tree.Length: f"it has {len(reading.words('text'))} words",
    }
    return WhyNot(show(node), said[type(node)])


_Near = Iterator[tuple[str, tuple[Hit, ...]]]


def _hits(node: Node, reading: Reading, zone: str, *places: Place) -> tuple[Hit, ...]:
    words = reading.words(zone)
    spots = (spot for place in places for spot in place.spots)
    return tuple(Hit(zone, *characters(words, spot), show(node)) for spot in spots)


def _read(reading: Reading, zone: str, place: Place) -> str:
    words = reading.words(zone)
    return words.text[words.starts[place.first] : words.ends[place.last]]


def _elsewhere(node: Node, reading: Reading, zones: tuple[str, ...]) -> _Near:
    """The same term in a field that was not asked for."""
    for zone in tree.ZONES:
        branch = None if zone in zones else prove(node, reading, (zone,))
        if branch is not None:
            yield f"it stands{_WHERE[zone] or ' in the text'}", branch.proofs[0].hits


def _other_form(node: tree.Word, reading: Reading, zones: tuple[str, ...]) -> _Near:
    """A longer word that begins alike, or one without the tilde that was typed."""
    body = node.pattern.rstrip("*")
    loose = body.replace("ñ", "n")
    if len(loose) < _FEWEST or "?" in loose:
        return
    for zone in zones:
        for pattern in (loose, f"{loose}*", f"{loose[:-1]}*" if len(loose) > 4 else ""):
            for place in reading.places(tree.Word(pattern), zone) if pattern else ():
                text = f"{_read(reading, zone, place)} is there; {node.pattern} does not match it"
                yield text, _hits(node, reading, zone, place)


def _other_case(node: tree.Exact, reading: Reading, zones: tuple[str, ...]) -> _Near:
    patterns = tuple(letters.fold(word) for word in node.words)
    loose: Node = tree.Phrase(patterns) if len(patterns) > 1 else tree.Word(patterns[0])
    for zone in zones:
        for place in reading.places(loose, zone):
            found = _read(reading, zone, place)
            text = f"{found} is there; braces ask for this case and these accents"
            yield text, _hits(node, reading, zone, place)


def _words_apart(node: tree.Phrase, reading: Reading, zones: tuple[str, ...]) -> _Near:
    """The words of a phrase that are all there, but not in sequence."""
    missing = [w for w in node.words if not any(reading.places(tree.Word(w), z) for z in zones)]
    if missing:
        if len(missing) < len(node.words):
            there = [word for word in node.words if word not in missing]
            yield f"{', '.join(there)} is there, {', '.join(missing)} is not", ()
        return
    terms = [tree.Word(word) for word in node.words]
    for zone in zones:
        yield from _gap(node, terms[0], terms[-1], zone, reading, "a phrase asked")


def _near_miss(node: tree.Near, reading: Reading, zones: tuple[str, ...]) -> _Near:
    asked = f"{node.kind}/{node.distance} asked"
    if node.kind == "NOTNEAR":
        if holds(node.left, reading, zones):
            yield f"each {show(node.left)} stands near {show(node.right)}, {asked}", ()
        else:
            below = _miss(node.left, reading, zones)
            yield below.nearest or f"{below.clause} is not there", below.hits
        return
    there = [side for side in (node.left, node.right) if holds(side, reading, zones)]
    if len(there) == 1:
        other = node.right if there[0] is node.left else node.left
        yield f"{show(there[0])} is there, {show(other)} is not", ()
    for zone in zones:
        yield from _gap(node, node.left, node.right, zone, reading, asked)


def _gap(node: Node, left: Node, right: Node, zone: str, reading: Reading, asked: str) -> _Near:
    """The two sides where they come closest in one zone."""
    sides = [places(side, zone, reading) for side in (left, right)]
    if not all(sides):
        return
    pairs = ((a, b) for a in sides[0][:300] for b in sides[1][:300] if a != b)
    best = min(pairs, key=lambda pair: _apart(*pair), default=None)
    if best is None:
        return
    words = _apart(*best)
    ordered = best[0].first < best[1].first or (isinstance(node, tree.Near) and node.kind == "NEAR")
    order = "" if ordered else ", in the other order"
    unit = "word" if words == 1 else "words"
    blocks = {reading.words(zone).block(place.first) for place in best}
    across = ", across a paragraph's end" if len(blocks) > 1 and zone == "text" else ""
    text = f"{show(left)} … {show(right)} {words} {unit} apart{order}{across}, {asked}"
    yield text, _hits(node, reading, zone, *best)


def _apart(a: Place, b: Place) -> int:
    return max(a.first - b.last, b.first - a.last, 1) - 1


_MISSES: dict[type[Any], Callable[[Any, Reading, tuple[str, ...]], WhyNot]] = {
    tree.And: _miss_and,
    tree.Or: _miss_or,
    tree.Not: _miss_not,
    tree.Field: _miss_below,
    tree.Weighted: _miss_below,
    tree.Named: _miss_named,
    tree.AtLeast: _miss_atleast,
    **dict.fromkeys((*tree.TERMS, tree.Near), _miss_term),
}

_NEAREST: dict[type[Any], tuple[Callable[[Any, Reading, tuple[str, ...]], _Near], ...]] = {
    tree.Word: (_elsewhere, _other_form),
    tree.Exact: (_elsewhere, _other_case),
    tree.Phrase: (_elsewhere, _words_apart),
    tree.Near: (_near_miss, _elsewhere),
}
