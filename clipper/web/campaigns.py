"""The campaigns: their queries checked as they are typed, rehearsed, saved and followed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clipper import attribution, query, retro
from clipper.config import editing
from clipper.config.editing import ConfigChanged, Sheet
from clipper.errors import ConfigError, NotFound, QueryError, Refused
from clipper.model import Campaign, Status
from clipper.query import Lint
from clipper.store import Role

from .language import N_, gettext, ngettext
from .office import office
from .rematches import Rematch, rematches
from .routes import Answer, Route
from .session import is_fragment, say

MOST_QUERIES = 50
MOST_LETTERS = 20_000
SHOWN = 50
"""Stories of a rehearsal that are told in full."""

SECONDS = 5.0
"""A rehearsal ends by then, and says what it did not look at."""

NEW = Campaign(slug="", name="", queries=())


@dataclass(frozen=True, slots=True)
class Checked:
    """A query as it was typed, and what is to be said of it."""

    text: str
    error: QueryError | None = None
    canonical: str = ""
    lints: tuple[Lint, ...] = ()


# ---------------------------------------------------------------- looking


def show() -> str:
    """All campaigns, with what waits and what was decided."""
    campaigns = office().config().campaigns
    counts = office().store.yields.of_campaigns(campaign.slug for campaign in campaigns)
    return render_template(
        "campaigns.html", campaigns=campaigns, counts=counts, run=rematches().last
    )


def edit(slug: str) -> Answer:
    """One campaign's queries."""
    return _page(_campaign(slug), _sheet().digest)


def new() -> Answer:
    """The form for a new campaign."""
    return _page(NEW, _sheet().digest)


def check() -> str:
    """What is to be said of the query with that number in the form."""
    number = request.form.get("number", "0")
    texts = _typed()
    place = int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0
    text = texts[place] if place < len(texts) else ""
    return render_template("campaign_checked.html", checked=_checked(text))


def rehearse() -> Answer:
    """What the queries in the form would find in the archive, beside the saved ones."""
    slug, texts = request.form.get("slug", ""), [each for each in _typed() if each.strip()]
    saved = _campaign(slug) if slug else None
    wrong = any(_checked(each).error for each in texts)
    found = None if wrong or not texts else _rehearsal(texts, saved)
    told: dict[str, Any] = {"found": found, "tally": _tally, "wrong": wrong}
    if is_fragment():
        return render_template("campaign_rehearsed.html", **told)
    return _page(saved or NEW, request.form.get("digest", ""), **told)


def _rehearsal(texts: Sequence[str], saved: Campaign | None) -> retro.Rehearsal:
    desk = office()
    whole = texts[0] if len(texts) == 1 else " OR ".join(f"(\n{text}\n)" for text in texts)
    return retro.rehearse(
        desk.store, retro.rules_of(desk.config()), whole,
        now=desk.now(), saved=saved, most=SHOWN, seconds=SECONDS,
    )  # fmt: skip


def _tally(stories: Sequence[retro.Rehearsed]) -> list[tuple[str, int]]:
    """How many of these stories were judged before, by status."""
    judged = (Status.APPROVED, Status.PUBLISHED, Status.REJECTED, Status.WITHDRAWN)
    counted = Counter(story.status for story in stories)
    return [(status.value, counted[status]) for status in judged if counted[status]]


# ---------------------------------------------------------------- saving


def save(slug: str) -> Answer:
    """Write a campaign's queries into the config, and follow them through the archive."""
    return _saved(_campaign(slug), lambda sheet: editing.queries_changed(sheet, slug, _typed()))


def add() -> Answer:
    """Write a new campaign into the config."""
    name = " ".join(request.form.get("name", "").split())[:200]
    texts = [each for each in _typed() if each.strip()]
    if not name or not texts:
        return _page(NEW, request.form.get("digest", ""), 400, trouble=_incomplete())
    typed = replace(NEW, name=name)
    return _saved(typed, lambda sheet: editing.campaign_added(sheet, name, texts[0]))


def _incomplete() -> list[str]:
    return [gettext("A campaign needs a name and a query.")]


def _saved(campaign: Campaign, change: Any) -> Answer:
    """Change the sheet and save it; whatever is wrong, nothing that was typed is lost."""
    try:
        sheet = _as_seen()
        after = editing.save(change(sheet))
    except ConfigError as error:
        return _page(campaign, request.form.get("digest", ""), 400, trouble=_problems(error))
    except ConfigChanged as error:
        return _page(campaign, _sheet().digest, 409, trouble=[str(error)], stale=True)
    except Refused as error:
        return _page(campaign, request.form.get("digest", ""), 409, trouble=[str(error)])
    return _follow(campaign, sheet, after)


def _as_seen() -> Sheet:
    """The config's file, if it still is the one that the form was made from."""
    sheet = _sheet()
    if sheet.digest != request.form.get("digest", ""):
        raise ConfigChanged(
            gettext(
                "The config was changed since this page was opened, by a colleague or in a "
                "text editor. Nothing was saved. What it says now stands beside your words; "
                "save again to put yours in its place."
            )
        )
    return sheet


def _follow(campaign: Campaign, before: Sheet, after: Sheet) -> BaseResponse:
    """Bring the clippings to what the saved queries find, and tell of it."""
    known = {each.slug: each for each in before.config.campaigns}
    changed = [each for each in after.config.campaigns if known.get(each.slug) != each]
    if not changed:
        say(gettext("Nothing was changed."), kind="plain")
        return redirect(url_for("campaigns.show"), 303)
    rules = retro.rules_of(after.config)
    slugs = {each.slug for each in changed}
    run = rematches().start(office().store, rules, slugs, office().now())
    say(f"{gettext('Saved.')} {followed(run)}", kind="bad" if run.trouble else "good")
    return redirect(url_for("campaigns.show"), 303)


def followed(run: Rematch) -> str:
    """What following the edited queries came to, in a sentence."""
    if run.trouble:
        return gettext("Matching the archive anew failed: %(why)s") % {"why": run.trouble}
    if not run.over:
        return gettext("The archive is being matched anew; this page says when it is done.")
    came, left = run.changes["queued"] + run.changes["requeued"], run.changes["rejected"]
    more = ngettext(
        "%(number)d story came into the queue", "%(number)d stories came into the queue", came
    )
    gone = ngettext("%(number)d left it", "%(number)d left it", left)
    return f"{more % {'number': came}}, {gone % {'number': left}}."


# ---------------------------------------------------------------- parts


def _sheet() -> Sheet:
    return editing.read(
        office().config().path, check_template=lambda words: attribution.check(words) or ""
    )


def _campaign(slug: str) -> Campaign:
    found = next((each for each in office().config().campaigns if each.slug == slug), None)
    if found is None:
        raise NotFound(gettext("there is no such campaign"))
    return found


def _typed() -> list[str]:
    """The queries of the form, in order."""
    texts = request.form.getlist("query")[:MOST_QUERIES]
    return [text.replace("\r\n", "\n")[:MOST_LETTERS] for text in texts]


def _checked(text: str) -> Checked:
    if not text.strip():
        return Checked(text)
    try:
        asked = query.parse(text, office().config().lists)
    except QueryError as error:
        return Checked(text, error)
    return Checked(text, None, str(asked), query.lints(asked))


def _problems(error: ConfigError) -> list[str]:
    """The problems for the page: a query's own stand at the query already."""
    return [
        f"{problem.text} {problem.remedy}".strip()
        if not problem.line
        else gettext("Line %(line)d: %(text)s")
        % {"line": problem.line, "text": f"{problem.text} {problem.remedy}".split("\n")[0]}
        for problem in error.problems[:20]
    ]


def _page(campaign: Campaign, digest: str, code: int = 200, **told: Any) -> Response:
    """The form: as typed when something was sent, else as saved."""
    sent = request.method == "POST"
    texts = _typed() if sent else [query.strip() for query in campaign.queries]
    shown = texts if texts and not texts[-1].strip() else [*texts, ""]
    page = render_template(
        "campaign.html", campaign=campaign, digest=digest,
        rows=[_checked(text) for text in shown], name=request.form.get("name", campaign.name),
        run=rematches().last, followed=followed, **told,
    )  # fmt: skip
    return make_response(page, code)


ROUTES = (
    Route("/campaigns", show, Role.VIEWER, nav=N_("Campaigns")),
    Route("/campaigns/check", check, Role.EDITOR, methods=("POST",)),
    Route("/campaigns/rehearse", rehearse, Role.EDITOR, methods=("POST",)),
    Route("/campaign/<slug>", edit, Role.VIEWER),
    Route("/campaign/<slug>", save, Role.ADMIN, methods=("POST",)),
    Route("/campaigns/new", new, Role.ADMIN),
    Route("/campaigns/new", add, Role.ADMIN, methods=("POST",)),
)
