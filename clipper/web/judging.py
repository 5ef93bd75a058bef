"""The judging page: one story, its reasons, its excerpt, and the acts upon it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from clipper import desk
from clipper.errors import NotFound, OverLimit, Refused, Stale
from clipper.model import Clipping
from clipper.store import Role

from . import filters, judge_form, judge_page
from .judge_form import version_of, words_of
from .language import gettext, ngettext
from .office import office
from .presence import presence
from .routes import Answer, Route
from .session import is_fragment, person, say

# ---------------------------------------------------------------- looking


def show(number: int) -> str:
    """The judging page."""
    return judge_page.page(number, filters.asked())


def preview(number: int) -> str:
    """The update as the form has it now, and its words against the budget; nothing is saved."""
    stored = office().store.clippings.get(number)
    worded = desk.worded(stored, words_of(request.form, stored))
    return render_template("judge_preview.html", **judge_page.shown(worded))


def history(number: int) -> str:
    """Every recorded step of a clipping."""
    clipping = office().store.clippings.get(number)
    steps = office().store.clippings.steps(number)
    back = judge_page.address("show", number, filters.asked())
    return render_template("history.html", clipping=clipping, steps=steps[::-1], back=back)


def why_not(number: int) -> str:
    """Why a campaign's queries do not hold of the story."""
    clipping = office().store.clippings.get(number)
    asked, config = request.args.get("why_not", ""), office().config()
    campaign = next((each for each in config.campaigns if each.slug == asked), None)
    if campaign is None:
        raise NotFound(gettext("there is no such campaign"))
    outlet = office().outlet(clipping.article.outlet)
    found = desk.why_not(clipping, campaign, outlet, config.lists)
    template = "judge_why_not.html" if is_fragment() else "judge_why_not_page.html"
    back = judge_page.address("show", number, filters.asked())
    return render_template(template, clipping=clipping, campaign=campaign, found=found, back=back)


def kin(number: int) -> str:
    """Clippings that may tell the same story, to merge with."""
    clipping = office().store.clippings.get(number)
    near = desk.kin(office().store, clipping)
    return render_template("judge_kin.html", clipping=clipping, near=near)


def here(number: int) -> str:
    """Note that who asks is looking; the others who are."""
    others = presence().here(number, person().name, office().now())
    return render_template("judge_here.html", here=others)


# ---------------------------------------------------------------- deciding


def approve(number: int) -> Answer:
    """Approve the story with the form's words, and go on to the next."""
    reason = request.form.get("reason", "")

    def act(clipping: Clipping, **by: Any) -> Clipping:
        budget = office().outlet(clipping.article.outlet).budget
        return desk.approve(office().store, number, budget=budget, reason=reason, **by)

    return _decided(number, act, gettext("Approved: %(headline)s"))


def reject(number: int) -> Answer:
    """Reject the story with a reason, and go on to the next."""
    reason = request.form.get("reject_reason", "")
    return _decided(
        number,
        lambda _, **by: desk.reject(office().store, number, reason=reason, **by),
        gettext("Rejected: %(headline)s"),
    )


def snooze(number: int) -> Answer:
    """Put the story off until a day, and go on to the next."""

    def act(_: Clipping, **by: Any) -> Clipping:
        until = judge_form.until_of(request.form, office().now())
        return desk.snooze(office().store, number, until=until, **by)

    return _decided(number, act, gettext("Snoozed: %(headline)s"))


def requeue(number: int) -> Answer:
    """Put the story back into the queue."""
    return _decided(
        number,
        lambda _, **by: desk.requeue(office().store, number, **by),
        gettext("Back in the queue: %(headline)s"),
        stay=True,
    )


def assign(number: int) -> Answer:
    """Give the story to a colleague, and go on to the next; to oneself, and stay."""
    to = request.form.get("assignee", "")
    return _decided(
        number,
        lambda clipping, **by: desk.assign(
            office().store, number, to=to, budget=_bounds(clipping)["budget"], **by
        ),
        gettext("Assigned: %(headline)s"),
        stay=to in ("", person().name),
    )


def save(number: int) -> Answer:
    """Keep the form's words without deciding, and go where the editor was going."""
    return _decided(
        number,
        lambda clipping, **by: desk.reword(office().store, clipping, **_bounds(clipping), **by),
        gettext("Saved."),
        stay=True,
        then=judge_form.number_of(request.form, "then"),
    )


def _bounds(clipping: Clipping) -> dict[str, Any]:
    """The budget of the outlet credited, and the form's reason to go over it."""
    budget = office().outlet(clipping.article.outlet).budget
    return {"budget": budget, "reason": request.form.get("reason", "")}


def cut(number: int) -> Answer:
    """Take a paragraph into the excerpt or out of it, without a script."""
    block = judge_form.number_of(request.form, "block")

    def act(clipping: Clipping, words: desk.Words, **by: Any) -> Clipping:
        spans = desk.recut(desk.worded(clipping, words), block)
        words = replace(words, spans=spans, quotation=None)
        return desk.reword(office().store, clipping, words=words, **_bounds(clipping), **by)

    return _decided(number, act, "", stay=True, place=f"block-{block}")


def _decided(
    number: int, act: Callable[..., Clipping], said: str, *, stay: bool = False,
    then: int = 0, place: str = "",
) -> Answer:  # fmt: skip
    """Do an act with the form's words and version, and go where it leads."""
    asked, store = filters.asked(), office().store
    clipping = store.clippings.get(number)
    following = None if stay else store.queue.next(asked, number, office().outlets())
    try:
        by = {"who": person().name, "now": office().now(), "version": version_of(request.form)}
        done = act(clipping, words=words_of(request.form, clipping), **by)
    except Stale:
        return _both(number), 409
    except Refused as why:
        asks = isinstance(why, OverLimit)
        return judge_page.page(number, asked, request.form, gettext(str(why)), asks=asks), 409
    store.clippings.wake(office().now())
    _say(said, done)
    return _on(then or (number if stay else following), place)


def _say(said: str, done: Clipping) -> None:
    if said:
        headline = done.headline or done.article.article.title
        say(said % {"headline": headline[:120]} if "%" in said else said, undo=_undo_address())


def _undo_address() -> str:
    return f"{url_for('judging.undo')}?{filters.address(filters.asked())}".rstrip("?")


def _on(number: int | None, place: str = "") -> BaseResponse:
    """To a story of the filter, or to the queue when there is none left."""
    asked = filters.asked()
    if number is None:
        return redirect(f"{url_for('queue.show')}?{filters.address(asked)}".rstrip("?"), 303)
    anchor = f"#{place}" if place else ""
    return redirect(judge_page.address("show", number, asked) + anchor, 303)


def _both(number: int) -> str:
    """What stands and what was sent, side by side; what was sent can be sent again."""
    clipping = office().store.clippings.get(number)
    form = request.form
    return render_template(
        "judge_stale.html", clipping=clipping, form=form, asked=filters.asked(),
        steps=office().store.clippings.steps(number)[-3:][::-1],
        differences=judge_page.compared(clipping, form),
        same_text=form.get("cut_from") == judge_form.cut_from(clipping),
        quoted=judge_page.words_cut(form),
        act=lambda view: judge_page.address(view, number, filters.asked()),
        kept=[(name, value) for name, value in form.items(multi=True) if name in _SENT],
    )  # fmt: skip


_SENT = frozenset(
    {
        "headline",
        "authors",
        "wire",
        "published",
        "tagged",
        "tag",
        "more_tags",
        "note",
        "reason",
        "preface",
    }
    | {"reject_reason", "until", "until_day", "assignee"}
)
"""The fields that a stale form hands on when it is sent again."""

# ---------------------------------------------------------------- the story


def credit(number: int) -> Answer:
    """Credit another copy of the story."""

    def act(clipping: Clipping, words: desk.Words, **by: Any) -> Clipping:
        article = judge_form.number_of(request.form, "article")
        budget = office().outlet(office().store.articles.get(article).outlet).budget
        reason = request.form.get("reason", "")
        return desk.credit(
            office().store, number, article=article, budget=budget, reason=reason, **by
        )

    return _decided(number, act, gettext("Another copy is credited now."), stay=True)


def merge(number: int) -> Answer:
    """Bring another clipping's story into this one."""
    other = judge_form.number_of(request.form, "other")

    def act(_: Clipping, words: desk.Words, **by: Any) -> Clipping:
        return desk.merge(office().store, number, other=other, **by)

    return _decided(number, act, "", stay=True)


def split(number: int) -> Answer:
    """Give a copy a story of its own."""

    def act(clipping: Clipping, words: desk.Words, **by: Any) -> Clipping:
        article = judge_form.number_of(request.form, "article")
        budget = office().outlet(office().store.articles.get(article).outlet).budget
        done, queued = desk.split(office().store, number, article=article, budget=budget, **by)
        if queued:
            say(gettext("The copy is clipping %(number)d now.") % {"number": queued})
        return done

    return _decided(number, act, "", stay=True)


# ---------------------------------------------------------------- taking back


def undo() -> BaseResponse:
    """Take back one's last act (or the one named), and show the story again."""
    step = judge_form.number_of(request.form, "step")
    done = desk.undo(
        office().store, who=person().name, now=office().now(), step=step or None,
        budget_of=lambda outlet: office().outlet(outlet).budget,
    )  # fmt: skip
    text = ngettext("Taken back: %(headline)s", "Taken back for %(number)d stories.", len(done))
    headline = done[0].headline or done[0].article.article.title
    say(text % {"headline": headline[:120], "number": len(done)}, kind="plain")
    return _on(done[0].id if len(done) == 1 else None)


def acts() -> str:
    """What one did last, to take any of it back."""
    steps = office().store.clippings.recent(person().name, 50)
    titles = {
        each.clipping: office().store.clippings.get(each.clipping).article.article.title
        for each in steps
    }
    return render_template("judge_acts.html", steps=steps, titles=titles)


def noted(number: int) -> BaseResponse:
    """Take note of what was found at the page of a published clipping."""
    office().store.looks.note(number, person().name, office().now())
    say(gettext("Noted."))
    return redirect(judge_page.address("show", number, filters.asked()), 303)


_ACTS = (approve, reject, snooze, requeue, assign, save, cut, credit, merge, split, noted)

ROUTES = (
    Route("/clippings/<int:number>", show, Role.VIEWER),
    Route("/clippings/<int:number>/history", history, Role.VIEWER),
    Route("/clippings/<int:number>/why-not", why_not, Role.VIEWER),
    Route("/clippings/<int:number>/kin", kin, Role.VIEWER),
    Route("/clippings/<int:number>/here", here, Role.VIEWER, methods=("POST",)),
    Route("/clippings/<int:number>/preview", preview, Role.VIEWER, methods=("POST",)),
    *(
        Route(f"/clippings/<int:number>/{act.__name__}", act, Role.EDITOR, methods=("POST",))
        for act in _ACTS
    ),
    Route("/undo", undo, Role.EDITOR, methods=("POST",)),
    Route("/undo", acts, Role.EDITOR),
)
