"""Taking in what lies in folders of web archives, beside a round, and telling of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from .. import text
from ..model import FileState, Outlet, WarcFile
from .words import count

if TYPE_CHECKING:
    from ..config import Config
    from ..pipeline import Parts
    from ..pipeline.byhand import Rules
    from ..pipeline.warcs import Look, Step


COUNTS: Final = ("pages", "queued", "known")


def rules_of(config: Config) -> Rules:
    """What the config says that taking in pages needs."""
    from ..pipeline.byhand import Rules

    stranger = Outlet(slug="", name="", budget=config.budget)
    return Rules(campaigns=config.campaigns, lists=config.lists, stranger=stranger)


@dataclass(frozen=True, slots=True)
class Told:
    """A folder as a round left it: what became of files, what it counted of their pages in this
    round alone (`passed` by reason), and how many files it did not come to."""

    look: Look
    files: list[WarcFile] = field(default_factory=list)
    pages: int = 0
    queued: int = 0
    known: int = 0
    passed: Mapping[str, int] = field(default_factory=dict)
    left: int = 0

    @property
    def in_trouble(self) -> list[WarcFile]:
        """Files that need a person, told for the first time."""
        from ..health import FILES

        return [file for file in (*self.look.refused, *self.files) if file.state in FILES]


def take_in(
    config: Config,
    parts: Parts,
    looks: Sequence[Look],
    *,
    stopping: Callable[[], bool] = lambda: False,
    budget: timedelta | None = None,
) -> list[Told]:
    """Take in what was found; what there is to tell of each folder."""
    from ..pipeline import warcs

    steps = list(
        warcs.take_in(
            parts, rules_of(config), looks, stopping=stopping, budget=budget or warcs.BUDGET
        )
    )
    return [_told(look, [step for step in steps if step.look is look]) for look in looks]


def _told(look: Look, steps: Sequence[Step]) -> Told:
    passed: Counter[str] = Counter()
    for step in steps:
        passed.update(step.file.passed if step.file else {})
        passed.subtract(step.before.passed if step.before else {})
    return Told(
        look,
        files=[step.file for step in steps if step.file is not None],
        passed=+passed,
        left=len(look.todo) - len(steps),
        **{name: sum(_gained(step, name) for step in steps) for name in COUNTS},
    )


def _gained(step: Step, count_of: str) -> int:
    """How much this round added to a count of a file."""
    before, after = (getattr(each, count_of, 0) for each in (step.before, step.file))
    return int(after) - int(before)


def as_json(told: Told) -> dict[str, Any]:
    """A folder for scripts."""
    look = told.look
    return {
        "folder": look.folder.name,
        "path": str(look.folder.folder),
        "fault": look.fault,
        "files": [
            asdict(file) | {"state": file.state.value}
            for file in (*told.files, *look.refused, *look.waiting)
        ],
        "pages": told.pages,
        "queued": told.queued,
        "known": told.known,
        "passed": dict(told.passed),
        "left": told.left,
    }


def troubles(told: Told, *, only_fresh: bool = False) -> Iterator[str]:
    """What needs a person, with the remedy, a line each; `only_fresh` leaves out a folder's
    fault that was told before."""
    from ..health import FOLDER, FOLDER_REMEDY, of_file

    look, name = told.look, told.look.folder.name
    if look.fault and (look.fresh or not only_fresh):
        said = FOLDER % {"why": look.fault}
        yield f"{name}: {said} {FOLDER_REMEDY} ({look.folder.folder})"
    for file in told.in_trouble:
        found = of_file(name, file)
        yield f"{name}: {found.text} {found.remedy}"


def summary(told: Told, *, nothing: bool = False) -> Iterator[str]:
    """What was taken in and what waits, a line each; where nothing happened that alone, if
    `nothing` is to be told."""
    name, files, look = told.look.folder.name, told.files, told.look
    if nothing and not (files or told.left or look.fault or look.refused or look.waiting):
        yield f"{name}: nothing new."
    read = [file for file in files if file.records or file.state is FileState.TAKEN]
    if read:
        yield f"{name}: {count(len(read), 'file')}: {_pages(told)}"
    for file in files:
        shown = text.clean(file.name, 200)
        if file.state is FileState.COPY:
            yield f"{name}: {shown} is a copy of {text.clean(file.why, 200)}."
        elif file.state is FileState.PARTLY:
            yield f"{name}: {shown} is not finished; the next round goes on with it."
    for file in (*told.look.waiting, *(f for f in files if f.state is FileState.WAITING)):
        shown = text.clean(file.name, 200)
        yield f"{name}: {shown} was changed a moment ago and may not be whole: the next round."
    if told.left:
        yield f"{name}: {count(told.left, 'more file')} for the next round."


def _pages(told: Told) -> str:
    parts = [f"{count(told.pages, 'page')} taken in, {told.queued:,} queued"]
    if told.known:
        parts.append(f"{told.known:,} there already")
    if told.passed:
        often = Counter(told.passed).most_common(5)
        why = ", ".join(f"{number:,} {reason}" for reason, number in often)
        rest = " …" if len(told.passed) > 5 else ""
        parts.append(f"left out: {why}{rest}")
    return "; ".join(parts) + "."
