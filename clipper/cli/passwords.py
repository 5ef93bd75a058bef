"""The area “passwords” of `clipper doctor`: secrets that the config names, and log-ins to mail."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..errors import ClipperError, ConfigError
from ..health import Finding, Level
from .home import Home
from .words import day

if TYPE_CHECKING:
    from ..config import Config
    from ..mailbox import MailFolder
    from ..model import Source
    from ..store import SourceState

ELSEWHERE = (
    "Where a service runs clipper, it has to be set for that service: have the doctor run as the "
    "service does."
)


def passwords(home: Home) -> Iterator[Finding]:
    """Whether each secret that the config names is set, and can be read."""
    try:
        config = home.config
    except ClipperError:
        return  # the config's own area tells it
    states = _states(home)
    for source in config.sources:
        if source.kind == "mailbox":
            yield from _of_mailbox(source, states.get(source.slug))
    for subject, variable in _named(config):
        for text, remedy in _missing(variable):
            yield _finding(subject, Level.WARNING, text, f"{remedy} {ELSEWHERE}")


def _named(config: Config) -> Iterator[tuple[str, str]]:
    """What needs a secret beside mailboxes, and the variable that holds it."""
    if config.brief is not None and config.brief.user:
        yield "brief", config.brief.password
    if config.places.wordpress is not None:
        yield "wordpress", config.places.wordpress.password
    for plan in config.notices:
        yield plan.name, plan.secret


def _of_mailbox(source: Source, state: SourceState | None) -> Iterator[Finding]:
    variable = dict(source.options).get("password", "")
    for text, remedy in _missing(variable):
        if state is not None and state.last_success_at and not state.failures:
            # Where rounds run it is set: only this shell lacks it.
            told = f"{text} It was there at the last look ({day(state.last_success_at)})."
            yield _finding(source.slug, Level.NOTE, told, ELSEWHERE)
        else:
            yield _finding(source.slug, Level.ALARM, text, f"{remedy} {ELSEWHERE}")


def _missing(variable: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a secret, and the remedy; nothing when it can be read."""
    from ..config import secret

    try:
        secret(variable)
    except ConfigError as error:
        (problem, *_) = error.problems
        yield problem.text, problem.remedy or f"Set {variable}, or mend the file that it names."


def _states(home: Home) -> dict[str, SourceState]:
    try:
        with home.open_store() as store:
            return {state.source.slug: state for state in store.sources.list()}
    except ClipperError:
        return {}  # the store's own area tells it


def mailboxes(home: Home) -> Iterator[Finding]:
    """Log in at each mailbox and open its folder; no letter is read."""
    from ..mailbox import check
    from ..sources.mailbox import place_of

    try:
        sources = [source for source in home.config.sources if source.kind == "mailbox"]
    except ClipperError:
        return
    places: dict[str, MailFolder] = {}
    for source in sources:
        try:
            places[source.slug] = place_of(source)
        except ConfigError:
            continue  # the area “passwords” tells it
    if not places:
        return
    with ThreadPoolExecutor(min(len(places), 8), "mailboxes") as lanes:
        for slug, unread in zip(places, lanes.map(check, places.values()), strict=True):
            if unread is not None:
                level = Level.WARNING if unread.temporary else Level.ALARM
                remedy = "Mend it under 'mailbox:' in sources.yaml, or at the mail server."
                if unread.temporary:
                    remedy = "Try again in a while; if it stays so, ask who runs the mail server."
                yield _finding(slug, level, unread.text, remedy, "mailboxes")


def _finding(
    subject: str, level: Level, text: str, remedy: str, area: str = "passwords"
) -> Finding:
    return Finding(area=area, subject=subject, level=level, text=text, remedy=remedy)
