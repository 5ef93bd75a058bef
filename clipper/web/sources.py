"""The sources: how each fares, in a line; one tried; one added."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for

from clipper import attribution, completeness, sources, text, urls
from clipper.config import editing
from clipper.errors import ClipperError, ConfigError, NotFound, Refused
from clipper.health import STANDS, Finding, Level, judge, of_folders, silent
from clipper.model import FileState, Outlet, Poll, PollError, Pulse, Source, WarcFolderState
from clipper.pipeline import Parts
from clipper.sentences import filled
from clipper.sources import due
from clipper.store import Role, SourceState
from clipper.store.yields import Yield

from .language import N_, gettext, ngettext
from .office import office
from .routes import Answer, Route
from .session import is_fragment, say

SINCE = timedelta(days=30)
"""The time that the yield is of."""

WEEK = timedelta(days=7)
LATE = timedelta(hours=26)
"""A source that was not looked at for so long, though it is due, has been forgotten."""

PAGE = 60
"""Sources on one page; those in trouble are on the first."""

SHOWN = 8
"""Entries of a try that are shown."""

KINDS = {
    "site": N_("the home page (what lists its stories is looked for)"),
    "feed": N_("the feed itself (RSS, Atom or JSON)"),
    "sitemap": N_("a news sitemap"),
    "wordpress": N_("a WordPress site (its posts are asked for)"),
    "listing": N_("a page that lists its stories (where there is no feed)"),
}
"""The kinds of source that can be added here, and what their address is; the first is usual."""

USUAL = "site"


@dataclass(frozen=True, slots=True)
class Health:
    """A source in a line: a word with its colour, and what is to be said beside."""

    word: str
    colour: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What looking at a source gave, nothing of it kept."""

    poll: Poll | None = None
    error: PollError | None = None


# ---------------------------------------------------------------- looking


def show() -> str:
    """All sources, those in trouble first."""
    return render_template("sources.html", **_listed(), name="", address="", kind=USUAL)


def _listed() -> dict[str, Any]:
    """One page of the rows, and where it stands."""
    rows = _rows()
    pages = max(1, -(-len(rows) // PAGE))
    asked = request.args.get("page", "1")
    here = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 5 else 1
    here = min(max(here, 1), pages)
    shown = rows[(here - 1) * PAGE : here * PAGE]
    return {
        "rows": shown, "total": len(rows), "pages": pages, "here": here, "week": _week(rows),
        "kinds": KINDS, "folders": _folders() if here == 1 else [],
    }  # fmt: skip


def _folders() -> list[dict[str, Any]]:
    """The folders of web archives, how each stands, and what needs a person."""
    return [_folder(state) for state in office().store.warcs.folders()]


def _folder(state: WarcFolderState) -> dict[str, Any]:
    found = of_folders([state])
    colour = "bad" if any(each.level is Level.ALARM for each in found) else "warn"
    word = gettext("in trouble") if colour == "bad" else gettext("in doubt")
    if not found:
        colour, word = "good", gettext("well")
        if state.looked_at is None:
            colour, word = "", gettext("not looked at yet")
    return {
        "state": state,
        "name": text.clean(state.name, 200),
        "colour": colour,
        "word": word,
        "said": [told(each) for each in found],
        "taken": state.files.get(FileState.TAKEN, 0) + state.files.get(FileState.COPY, 0),
    }


def _week(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """What "no coverage" is worth for the last seven days, in sentences."""
    desk, names = office(), {row["state"].source.slug: row["name"] for row in rows}
    until = desk.now()
    watched = desk.store.accounts.watched(until - WEEK, until)
    quiet = silent(desk.store.histories.list(until))
    told = completeness.account(
        completeness.Kind.WEEK, "", watched, until - WEEK, until, silent=quiet
    )
    return {
        "verdict": completeness.verdict(told, gettext),
        "gaps": [
            (names.get(gap.source, gap.source), completeness.reason(gap, gettext))
            for gap in told.gaps
        ],
        "remarks": completeness.remarks(told, gettext),
    }


def _rows() -> list[dict[str, Any]]:
    desk = office()
    now = desk.now()
    yields = desk.store.yields.of_sources(now - SINCE)
    found = {
        history.slug: findings[0]
        for history in desk.store.histories.list(now)
        if (findings := judge(history))
    }
    names = {slug: outlet.name for slug, outlet in desk.outlets().items()}
    pulses = desk.store.pulses.list()
    rows = [
        {
            "state": state,
            "name": names.get(state.source.outlet, state.source.outlet),
            "health": _with_history(health(state, now), found.get(state.source.slug)),
            "yields": yields.get(state.source.slug, Yield()),
            "next": until(state, now, pulses.get(state.source.slug)),
        }
        for state in desk.store.sources.list()
    ]
    order = {"bad": 0, "warn": 1, "": 2, "good": 3}
    return sorted(rows, key=lambda row: (order[row["health"].colour], row["state"].source.outlet))


def health(state: SourceState, now: datetime) -> Health:
    """How a source fares: the first rule that holds."""
    return next(found for rule in _RULES if (found := rule(state, now)))


def _with_history(line: Health, finding: Finding | None) -> Health:
    """What a source's history tells, where the state of the moment finds nothing amiss or
    knows less of it."""
    if finding is None or (line.colour != "good" and finding.kind not in STANDS):
        return line
    colour = "bad" if finding.level is Level.ALARM else "warn"
    word = gettext("in doubt") if line.colour == "good" else line.word
    return Health(word, colour, told(finding))


def told(finding: Finding) -> str:
    """A finding with its remedy in the reader's language."""
    said = (
        filled(finding.sentence, finding.values, gettext, ngettext)
        if finding.sentence
        else finding.text
    )
    return f"{said} {gettext(finding.remedy)}" if finding.remedy else said


def _gone(state: SourceState, now: datetime) -> Health | None:
    said = gettext("The outlet says that it is gone for good. It rests until you test it.")
    return Health(gettext("gone"), "bad", said) if state.gone else None


def _held(state: SourceState, now: datetime) -> Health | None:
    if state.held_until is None or state.held_until <= now:
        return None
    return Health(gettext("left alone"), "warn", state.error)


def _failing(state: SourceState, now: datetime) -> Health | None:
    if not state.failures:
        return None
    times = ngettext("%(number)d time", "%(number)d times in a row", state.failures)
    said = f"{state.error} ({times % {'number': state.failures}})"
    bad = state.failures > 2 or state.last_success_at is None
    return Health(gettext("failing"), "bad" if bad else "warn", said)


def _never(state: SourceState, now: datetime) -> Health | None:
    if state.last_polled_at is not None:
        return None
    return Health(gettext("not looked at yet"), "", "")


def _late(state: SourceState, now: datetime) -> Health | None:
    assert state.last_polled_at is not None
    if now - max(state.last_polled_at, state.due_at) < LATE:
        return None
    said = gettext("It is overdue: does a schedule run 'clipper fetch'?")
    return Health(gettext("overdue"), "warn", said)


def _moved(state: SourceState, now: datetime) -> Health | None:
    if not state.moved_to:
        return None
    said = gettext("It asks to be looked for at %(url)s from now on.") % {"url": state.moved_to}
    return Health(gettext("moving"), "warn", said)


def _well(state: SourceState, now: datetime) -> Health | None:
    return Health(gettext("well"), "good")


_RULES: tuple[Callable[[SourceState, datetime], Health | None], ...] = (
    _gone, _held, _failing, _never, _late, _moved, _well,
)  # fmt: skip


def until(state: SourceState, now: datetime, pulse: Pulse | None = None) -> str:
    """When it is looked at next: `in 25 min`, or that it is due; and why then."""
    if state.gone:
        return "–"
    why = gettext(due.WORDS[pulse.why]) if pulse is not None else ""
    return f"{_when(state, now)} ({why})" if why else _when(state, now)


def _when(state: SourceState, now: datetime) -> str:
    due_at = max(state.due_at, state.held_until or state.due_at)
    minutes = int((due_at - now).total_seconds() // 60)
    if minutes < 1:
        return gettext("at the next round")
    span = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    return gettext("in %(time)s") % {"time": span}


# ---------------------------------------------------------------- trying


def test(slug: str) -> str:
    """Look at a source that the config names; nothing is kept."""
    known = {source.slug: source for source in office().config().sources}
    if slug not in known:
        raise NotFound(gettext("there is no such source"))
    tried = _tried(known[slug], office().outlet(known[slug].outlet))
    template = "source_tried.html" if is_fragment() else "source_tried_page.html"
    return render_template(template, tried=tried, source=known[slug], shown=SHOWN)


def _tried(source: Source, outlet: Outlet) -> Tried:
    with office().hands() as parts:
        try:
            found = _poll(parts, source, outlet)
        except ClipperError as error:
            return Tried(error=PollError(kind="given-up", text=str(error)))
    return Tried(error=found) if isinstance(found, PollError) else Tried(poll=found)


def _poll(parts: Parts, source: Source, outlet: Outlet) -> Poll | PollError:
    return sources.kind_of(source.kind)(
        source,
        {},
        fetch=lambda url, **wishes: parts.fetcher.get(url, gap=outlet.gap, **wishes),
        parse=lambda act, *subject: parts.workers.submit(act, *subject).result(),
        now=parts.now(),
    )


# ---------------------------------------------------------------- adding


def attempt() -> Answer:
    """Look at the address of the form, to see whether it is worth adding."""
    name, kind, address = _typed()
    if not urls.is_web(address):
        return _again([gettext("That is no web address. Paste one that begins with https://.")])
    source = Source(slug="new", kind=kind, address=address, outlet="new")
    tried = _tried(source, Outlet(slug="new", name=name or urls.host(address)))
    told = {"tried": tried, "source": source, "shown": SHOWN, "adding": True}
    if is_fragment():
        return render_template("source_tried.html", **told)
    return _again([], code=200, **told)


def add() -> Answer:
    """Write the outlet of the form, or the address of one that is known, into the config.

    Which links of a page are stories is guessed: that is shown before such a page is added.
    """
    name, kind, address = _typed()
    if kind == "listing" and request.form.get("seen", "") != address:
        return attempt()
    try:
        sheet = editing.read(office().config().path, check_template=_complaint)
        known = {text.fold(each.name): each.slug for each in sheet.config.outlets}
        slug = known.get(text.fold(name))
        draft = (
            editing.address_added(sheet, slug, kind, address)
            if slug
            else editing.outlet_added(sheet, name, kind, address)
        )
        saved = editing.save(draft).config
    except ConfigError as error:
        return _again([f"{each.text} {each.remedy}".strip() for each in error.problems[:10]])
    except Refused as error:
        return _again([str(error)])
    office().store.sources.sync(saved.sources, saved.outlets, office().now())
    say(gettext("Added %(name)s. The next round looks at it.") % {"name": name})
    return redirect(url_for("sources.show"), 303)


def _typed() -> tuple[str, str, str]:
    name = text.clean(request.form.get("name", ""), 200)
    kind = request.form.get("kind", USUAL)
    address = request.form.get("address", "").strip()[: urls.MAX_LENGTH]
    return name, kind if kind in KINDS else USUAL, address


def _complaint(template: str) -> str:
    return attribution.check(template) or ""


def _again(trouble: list[str], code: int = 400, **told: Any) -> Response:
    """The page with the form as it was filled in."""
    if is_fragment():
        return make_response(render_template("source_trouble.html", trouble=trouble))
    name, kind, address = _typed()
    page = render_template(
        "sources.html", **_listed(), name=name, kind=kind, address=address,
        trouble=trouble, **told,
    )  # fmt: skip
    return make_response(page, code)


ROUTES = (
    Route("/sources", show, Role.VIEWER, nav=N_("Sources")),
    Route("/sources/test/<slug>", test, Role.EDITOR, methods=("POST",)),
    Route("/sources/try", attempt, Role.ADMIN, methods=("POST",)),
    Route("/sources", add, Role.ADMIN, methods=("POST",)),
)
