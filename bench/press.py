"""A made press: outlets, agencies, and days of articles whose lineage is known.

Words follow a Zipf law over a made vocabulary between real function words; stock phrases,
names, places and figures recur as they do in news. Nothing here knows how clipper
compares texts. Same seed, same press.
"""

# ruff: noqa: SIM905
from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from clipper.model import Article

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)

_FUNCTION_WORDS = {
    "en": "the the the of of to to and and a a in in for on that said is was with at by from as "
    "it its has had have were would will about after before which who their not but or an be "
    "been more than over under into this these when while".split(),
    "es": "de de de la la el el que que y y en en los las un una por con para su se del al es fue "
    "como más pero sus le ha han había este esta entre cuando muy sin sobre también hasta "
    "donde quien desde todo nos durante".split(),
}
_ONSETS = "b c d f g h j k l m n p r s t v w br ch cl cr dr fl gr pl pr sh sl st th tr".split()
_VOWELS = "a e i o u ai ea ee ou io".split()
_CODAS = ["", "", "n", "r", "s", "t", "l", "nd", "rt", "st", "m", "ck"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An article as it reaches clipper, and the copy that it carries: its `lineage`."""

    article: Article
    outlet: str
    at: datetime
    lineage: int
    what: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A text before it is printed: blocks of sentences."""

    title: str
    blocks: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(" ".join(block) for block in self.blocks if block)


@dataclass(slots=True)
class Tongue:
    """A language: its words by frequency, its stock phrases, its names."""

    rng: random.Random
    code: str
    words: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        made = {self._word() for _ in range(60_000)}
        self.words = sorted(made)
        self.rng.shuffle(self.words)
        self.words = self.words[:20_000]
        self.weights = list(accumulate(1 / (rank + 5) for rank in range(len(self.words))))
        self.names = [word.capitalize() for word in self.words[8_000:9_500]]
        self.phrases = [self.run(self.rng.randint(4, 9)) for _ in range(600)]

    def _word(self) -> str:
        pick = self.rng.choice
        syllables = self.rng.choices((1, 2, 3, 4), (3, 6, 3, 1))[0]
        return "".join(pick(_ONSETS) + pick(_VOWELS) + pick(_CODAS) for _ in range(syllables))

    def some(self, number: int) -> list[str]:
        return self.rng.choices(self.words, cum_weights=self.weights, k=number)

    def run(self, number: int, own: Sequence[str] = ()) -> str:
        """Words in a row: function words, common words, and the subject's own."""
        rng, function = self.rng, _FUNCTION_WORDS[self.code]
        common = iter(self.some(number))
        return " ".join(
            rng.choice(function)
            if rng.random() < 0.45
            else rng.choice(own)
            if own and rng.random() < 0.35
            else next(common)
            for _ in range(number)
        )


@dataclass(slots=True)
class Event:
    """What a report is about: people, places, figures, words of its own."""

    tongue: Tongue
    people: list[str]
    places: list[str]
    figures: list[str]
    own: list[str]
    quotes: list[str]

    @classmethod
    def happen(cls, tongue: Tongue) -> Event:
        rng = tongue.rng
        own = tongue.some(15) + rng.choices(tongue.words, k=10)
        return cls(
            tongue=tongue,
            people=[f"{rng.choice(tongue.names)} {rng.choice(tongue.names)}" for _ in range(5)],
            places=rng.choices(tongue.names, k=4),
            figures=[figure(rng) for _ in range(8)],
            own=own,
            quotes=[tongue.run(rng.randint(14, 30), own) for _ in range(4)],
        )

    def sentence(self) -> str:
        tongue, rng = self.tongue, self.tongue.rng
        parts = [tongue.run(rng.randint(4, 14), self.own)]
        if rng.random() < 0.35:
            parts.append(rng.choice(tongue.phrases))
        if rng.random() < 0.5:
            parts.append(rng.choice(self.people) if rng.random() < 0.6 else rng.choice(self.places))
            parts.append(tongue.run(rng.randint(2, 8), self.own))
        if rng.random() < 0.35:
            parts.append(rng.choice(self.figures) if rng.random() < 0.6 else figure(rng))
            parts.append(tongue.run(rng.randint(2, 6), self.own))
        if rng.random() < 0.12:
            parts.append(f"“{rng.choice(self.quotes)},”")
        text = " ".join(parts)
        return text[0].upper() + text[1:] + "."

    def block(self) -> tuple[str, ...]:
        return tuple(self.sentence() for _ in range(self.tongue.rng.randint(1, 4)))

    def headline(self) -> str:
        rng = self.tongue.rng
        lead = rng.choice([rng.choice(self.people).split()[1], rng.choice(self.places)])
        return f"{lead} {self.tongue.run(rng.randint(5, 9), self.own)}"

    def report(self, blocks: int) -> Draft:
        return Draft(self.headline(), tuple(self.block() for _ in range(blocks)))


def figure(rng: random.Random) -> str:
    return rng.choice(
        [str(rng.randint(2, 99)), f"{rng.randint(1, 99)}.{rng.randint(0, 9)}",
         f"{rng.randint(1, 900)},{rng.randint(100, 999)}", f"${rng.randint(2, 900)}"]
    )  # fmt: skip


# ---------------------------------------------------------------- what editors do to copy

Edit = Callable[[Draft, Event, random.Random], Draft]


def headline_rewrite(draft: Draft, event: Event, rng: random.Random) -> Draft:
    return Draft(event.headline(), draft.blocks)


def local_lead(draft: Draft, event: Event, rng: random.Random) -> Draft:
    local = Event.happen(event.tongue)
    return Draft(draft.title, (*(local.block() for _ in range(rng.randint(1, 2))), *draft.blocks))


def cut_tail(draft: Draft, event: Event, rng: random.Random) -> Draft:
    return Draft(
        draft.title, draft.blocks[: max(2, int(len(draft.blocks) * rng.uniform(0.3, 0.9)))]
    )


def insert(draft: Draft, event: Event, rng: random.Random) -> Draft:
    blocks = list(draft.blocks)
    for _ in range(rng.randint(1, 3)):
        blocks.insert(rng.randint(1, len(blocks)), event.block())
    return Draft(draft.title, tuple(blocks))


def correct(draft: Draft, event: Event, rng: random.Random) -> Draft:
    """A name, a figure or a few words are put right."""

    def mended(sentence: str) -> str:
        words = sentence.split(" ")
        for _ in range(rng.randint(1, 3)):
            words[rng.randrange(len(words))] = rng.choice([figure(rng), *event.tongue.some(1)])
        return " ".join(words)

    return Draft(
        draft.title,
        tuple(tuple(mended(s) if rng.random() < 0.15 else s for s in b) for b in draft.blocks),
    )


def house_style(draft: Draft, event: Event, rng: random.Random) -> Draft:
    swaps = {
        "said": "says",
        "more": "greater",
        "about": "around",
        "también": "además",
        "muy": "tan",
    }
    return Draft(
        draft.title,
        tuple(
            tuple(" ".join(swaps.get(w, w) for w in s.split(" ")).replace("“", '"') for s in b)
            for b in draft.blocks
        ),
    )


def teaser(draft: Draft, event: Event, rng: random.Random) -> Draft:
    return Draft(draft.title, ((*draft.blocks[0], *draft.blocks[1])[:4],))


_EDITS: tuple[tuple[Edit, float], ...] = (
    (headline_rewrite, 0.45), (cut_tail, 0.35), (local_lead, 0.15), (insert, 0.2),
    (correct, 0.3), (house_style, 0.25), (teaser, 0.06),
)  # fmt: skip


def edited(draft: Draft, event: Event, rng: random.Random) -> Draft:
    for edit, chance in _EDITS:
        if rng.random() < chance:
            draft = edit(draft, event, rng)
    return draft


# ---------------------------------------------------------------- templated columns


@dataclass(slots=True)
class Column:
    """A form of words that is filled anew each time: `{0}`, `{1}` … take figures and names.

    `per_day` pieces of it a day in each of `outlets`; `names` is the share of its slots
    that take names, `words` of those that take a few plain words.
    """

    title: str
    form: tuple[str, ...]
    slots: int
    names: float
    words: float
    outlets: tuple[str, ...]
    per_day: float

    @classmethod
    def found(cls, tongue: Tongue, outlets: Sequence[str]) -> Column:
        rng, slots, form = tongue.rng, 0, []
        for _ in range(rng.choice((4, 8, 12, 20))):
            sentence = tongue.run(rng.randint(3, 7)).capitalize()
            for _ in range(rng.randint(1, 3)):
                sentence += f" {{{slots}}} {tongue.run(rng.randint(2, 8))}"
                slots += 1
            form.append(sentence + ".")
        share = rng.choice((1, 1, 1, 2, 5))
        return cls(
            title=tongue.run(3).title(),
            form=tuple(form),
            slots=slots,
            names=rng.choice((0.1, 0.4, 0.8)),
            words=rng.choice((0.0, 0.0, 0.6, 1.0)),
            outlets=tuple(rng.sample(list(outlets), min(share, len(outlets)))),
            per_day=rng.choice((0.15, 0.5, 1, 1, 3)),
        )

    def filled(self, tongue: Tongue, day: int) -> Draft:
        rng = tongue.rng
        values = [self._value(tongue) for _ in range(self.slots)]
        told = rng.choice([f"for March {day + 2}", f"{rng.choice(tongue.names)}", ""])
        blocks = tuple((line.format(*values),) for line in self.form)
        return Draft(f"{self.title} {told}".strip(), blocks)

    def _value(self, tongue: Tongue) -> str:
        rng = tongue.rng
        if rng.random() < self.words:
            return " ".join(tongue.some(rng.randint(1, 6)))
        return rng.choice(tongue.names) if rng.random() < self.names else figure(rng)


# ---------------------------------------------------------------- the press


@dataclass(slots=True)
class Press:
    """`outlets` papers over `days`, about `per_day` lineages a day besides the columns."""

    seed: int
    outlets: int = 40
    days: int = 12
    per_day: int = 60
    columns: int = 60
    _rng: random.Random = field(init=False)
    _lineages: int = 0
    _printed: int = 0
    _footers: dict[str, str] = field(default_factory=dict)

    def arrivals(self) -> list[Arrival]:
        """All articles in the order of their arrival."""
        self._rng = random.Random(self.seed)
        tongues = [Tongue(random.Random(f"{self.seed}{code}"), code) for code in ("en", "es")]
        papers = [f"paper-{n}" for n in range(self.outlets)]
        self._footers = {
            paper: tongues[0].run(self._rng.randint(20, 70)).capitalize() + "."
            for paper in papers
            if self._rng.random() < 0.6
        }
        columns = [Column.found(tongues[n % 4 == 0], papers) for n in range(self.columns)]
        made: list[Arrival] = []
        for day in range(self.days):
            at = BEGIN + timedelta(days=day)
            for _ in range(self.per_day):
                tongue = tongues[self._rng.random() < 0.25]
                made += self._lineage(tongue, papers, at)
            made += self._round_ups(papers, [a for a in made if a.at >= at], at)
            for n, column in enumerate(columns):
                made += self._column(tongues[n % 4 == 0], column, day, at)
        return sorted(made, key=lambda arrival: arrival.at)

    def _lineage(self, tongue: Tongue, papers: list[str], at: datetime) -> Iterator[Arrival]:
        kinds = (self._wire, self._own, self._growing, self._same_event, self._follow_ups)
        kind = self._rng.choices(kinds, (40, 30, 8, 12, 10))[0]
        yield from kind(
            Event.happen(tongue), papers, at + timedelta(hours=self._rng.uniform(0, 22))
        )

    def _blocks(self) -> int:
        return max(2, min(60, int(self._rng.lognormvariate(2.2, 0.6))))

    def _wire(self, event: Event, papers: list[str], at: datetime) -> Iterator[Arrival]:
        """An agency's report in some papers, edited by each."""
        draft, lineage = event.report(self._blocks()), self._new()
        copies = min(len(papers), 1 + int(self._rng.paretovariate(0.8)))
        for paper in self._rng.sample(papers, copies):
            later = at + timedelta(hours=self._rng.expovariate(1 / 8))
            yield self._printed_by(paper, edited(draft, event, self._rng), later, lineage, "wire")

    def _own(self, event: Event, papers: list[str], at: datetime) -> Iterator[Arrival]:
        """One paper's report; sometimes a second edition under another address."""
        paper, lineage = self._rng.choice(papers), self._new()
        draft = event.report(self._blocks())
        yield self._printed_by(paper, draft, at, lineage, "own")
        if self._rng.random() < 0.3:
            for edit in (correct, insert):
                draft = edit(draft, event, self._rng)
            later = at + timedelta(hours=self._rng.uniform(1, 30))
            yield self._printed_by(paper, draft, later, lineage, "second edition")

    def _growing(self, event: Event, papers: list[str], at: datetime) -> Iterator[Arrival]:
        """A report that grows at its end under new addresses."""
        paper, lineage = self._rng.choice(papers), self._new()
        draft = event.report(self._rng.randint(3, 8))
        for stage in range(self._rng.randint(2, 4)):
            later = at + timedelta(hours=3 * stage + self._rng.uniform(0, 2))
            yield self._printed_by(paper, draft, later, lineage, "growing")
            more = tuple(event.block() for _ in range(self._rng.randint(2, 5)))
            draft = Draft(draft.title, draft.blocks + more)

    def _same_event(self, event: Event, papers: list[str], at: datetime) -> Iterator[Arrival]:
        """Two to four reports of one event, with its names, figures and quotations."""
        for _ in range(self._rng.randint(2, 4)):
            draft = event.report(self._blocks())
            yield self._printed_by(self._rng.choice(papers), draft, at, self._new(), "same event")

    def _follow_ups(self, event: Event, papers: list[str], at: datetime) -> Iterator[Arrival]:
        """One paper's reports day after day, each with the same paragraphs of background."""
        paper = self._rng.choice(papers)
        background = tuple(event.block() for _ in range(2))
        for day in range(self._rng.randint(2, 4)):
            news = event.report(self._rng.randint(5, 12))
            draft = Draft(news.title, news.blocks + background)
            yield self._printed_by(paper, draft, at + timedelta(days=day), self._new(), "follow-up")

    def _round_ups(
        self, papers: list[str], today: list[Arrival], at: datetime
    ) -> Iterator[Arrival]:
        for paper in self._rng.sample(papers, 3):
            stories = list({each.lineage: each for each in today}.values())
            chosen = self._rng.sample(stories, min(6, len(stories)))
            blocks = tuple((each.article.text.split("\n")[0],) for each in chosen)
            title = self._rng.choice(["Morning briefing", "Daily roundup", "News digest"])
            draft = Draft(f"{title} for March {at.day}", blocks)
            yield self._printed_by(paper, draft, at + timedelta(hours=23), self._new(), "round-up")

    def _column(self, tongue: Tongue, column: Column, day: int, at: datetime) -> Iterator[Arrival]:
        for paper in column.outlets:
            times = int(column.per_day) + (self._rng.random() < column.per_day % 1)
            for _ in range(times):
                later = at + timedelta(hours=self._rng.uniform(0, 23))
                draft = column.filled(tongue, day)
                yield self._printed_by(paper, draft, later, self._new(), "column")

    def _new(self) -> int:
        self._lineages += 1
        return self._lineages

    def _printed_by(
        self, paper: str, draft: Draft, at: datetime, lineage: int, what: str
    ) -> Arrival:
        self._printed += 1
        footer = self._footers.get(paper)
        article = Article(
            url=f"https://{paper}.example/news/{self._printed}",
            title=draft.title,
            text=draft.text + (f"\n{footer}" if footer else ""),
            published_at=at,
        )
        return Arrival(article, paper, at, lineage, what)
