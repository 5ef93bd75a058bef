"""What the judging page shows: one clipping, put together for its template."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for

from clipper import dedupe, desk, excerpt
from clipper.errors import Refused
from clipper.model import Clipping, Outlet, Status, Update
from clipper.store import Filter
from clipper.store.looks import Look
from clipper.store.testimony import State

from . import filters, judge_form
from .judge_form import Form
from .keys import KEYS, keys
from .language import N_, gettext
from .office import office
from .presence import presence
from .session import person

MOST_COUNTED = 1_000
"""Stories of a filter among which the place of this one is told."""

REASONS = {
    "off-topic": N_("off-topic"),
    "wrong-sense": N_("wrong sense"),
    "passing-mention": N_("passing mention"),
    "duplicate": N_("duplicate"),
    "too-old": N_("too old"),
    "not-news": N_("not news"),
    "own-content": N_("own content"),
    "rights": N_("rights"),
    "broken-extraction": N_("broken extraction"),
    "other": N_("other: say it in the note"),
}
"""The reasons of `desk.REASONS` by their names before people; their digits are 1 to 9, 0."""

SNOOZES = {
    "tomorrow": N_("tomorrow"),
    "in-3-days": N_("in 3 days"),
    "next-week": N_("next week"),
    "next-month": N_("in 30 days"),
}


def address(view: str, number: int, asked: Filter, **more: str) -> str:
    """The address of a clipping's page or act, the filter with it."""
    text = filters.address(asked, **more)
    return url_for(f"judging.{view}", number=number) + (f"?{text}" if text else "")


def update_of(clipping: Clipping, outlet: Outlet) -> Update:
    """The update as it would be published, by the function that publishing uses."""
    config = office().config()
    names = {campaign.slug: campaign.name for campaign in config.campaigns}
    return desk.update_of(clipping, outlet, config.attribution, names)


def shown(clipping: Clipping) -> dict[str, Any]:
    """What the preview fragment needs: the update, and how it stands to the budget."""
    outlet, here = office().outlet(clipping.article.outlet), office()
    use = desk.use_of(here.store, clipping, clipping.excerpt, outlet.budget, here.now())
    return {
        "clipping": clipping,
        "update": update_of(clipping, outlet),
        "use": use,
        "over": bool(use.over),
        "overruns": here.store.released.overruns(clipping.id)[:3],
    }


def page(
    number: int, asked: Filter, form: Form | None = None, wrong: str = "", template: str = "",
    asks: bool = False,
) -> str:  # fmt: skip
    """The judging page; with `form`, its words are shown instead of the stored ones. `asks`:
    what was refused needs a reason."""
    stored = office().store.clippings.get(number)
    clipping, said = _with(stored, form)
    outlet = office().outlet(stored.article.outlet)
    copies = [office().store.articles.get(copy) for copy in stored.copies[:50]]
    return render_template(
        template or "judge.html", stored=stored, wrong=wrong, form=form or {}, asked=asked,
        blocks=desk.blocks(clipping), whys=desk.why(stored, outlet), outlet=outlet,
        copies=copies, others=_other_campaigns(stored), told_reason=said, asks=asks,
        spans=judge_form.spans_text(clipping.excerpt.spans), cut_from=judge_form.cut_from(stored),
        reasons=[(digit, key, gettext(name)) for digit, (key, name) in _digits()],
        snoozes=[(key, gettext(name)) for key, name in SNOOZES.items()],
        people=_people(), here=presence().here(number, person().name, office().now()),
        until=office().store.clippings.snoozed_until(number),
        since=_since(stored), copy=copy_of(stored),
        keys=keys(), key_names={act: gettext(name) for act, (_, name) in KEYS.items()},
        can_requeue=stored.status not in (Status.QUEUED, Status.PUBLISHED),
        **around(number, asked), **shown(clipping),
    )  # fmt: skip


def _with(stored: Clipping, form: Form | None) -> tuple[Clipping, str]:
    """The clipping with the words of a form, as far as they can be read."""
    if form is None:
        return stored, ""
    words = judge_form.lenient(form, stored)
    try:
        return desk.worded(stored, words), form.get("reason", "")
    except Refused:
        return stored, form.get("reason", "")


FINDINGS = {
    "headline": N_("The outlet changed the headline."),
    "text": N_("The outlet changed the text."),
    "excerpt": N_("Words that you republished stand there no more."),
    "gone": N_("The page is gone."),
    "home": N_("The address leads to the outlet’s home page now."),
    "unreadable": N_("The page can’t be read any more."),
}
"""What was found at a published clipping's page later, before people."""


def _since(stored: Clipping) -> list[dict[str, Any]]:
    """What was found since publication and nobody has taken note of, the newest first."""
    store = office().store
    tombstone = store.tombstones.of_article(stored.article.id)

    def told(look: Look) -> list[str]:
        said = [gettext(FINDINGS[finding]) for finding in look.findings]
        if tombstone is not None and look.looked_at >= tombstone.asked_at:
            said.append(gettext("It was removed from the archive; this look was not archived."))
        return said

    return [
        {
            "at": look.looked_at,
            "told": told(look),
            "title": look.title if "headline" in look.findings else "",
            "runs": dedupe.difference(stored.text, look.text) if look.text else (),
        }
        for look in store.looks.open(stored.id)[:5]
    ]


def copy_of(stored: Clipping) -> str:
    """Where another archive has a proved copy of the clipping's page; empty when none has."""
    found = office().store.testimonies.of(stored.id)
    return found.where if found is not None and found.state is State.PROVED else ""


def _digits() -> list[tuple[str, tuple[str, str]]]:
    return [(str((at + 1) % 10), each) for at, each in enumerate(REASONS.items())]


def _people() -> list[str]:
    return [each.name for each in office().store.people.list() if each.disabled_at is None]


def _other_campaigns(stored: Clipping) -> list[tuple[str, str]]:
    matched = {match.campaign for match in stored.matches}
    return [(c.slug, c.name) for c in office().config().campaigns if c.slug not in matched]


def around(number: int, asked: Filter) -> dict[str, Any]:
    """The place of a story among those of the filter, and the way on."""
    ids = () if asked.words else office().store.queue.ids(asked, MOST_COUNTED)
    at = ids.index(number) if number in ids else -1
    following = office().store.queue.next(asked, number, office().outlets())
    return {
        "place": at + 1,
        "count": len(ids),
        "next_number": following,
        "previous_number": ids[at - 1] if at > 0 else None,
        "next_address": address("show", following, asked) if following else "",
        "previous_address": address("show", ids[at - 1], asked) if at > 0 else "",
        "back_address": f"{url_for('queue.show')}?{filters.address(asked)}".rstrip("?"),
        "act": lambda view: address(view, number, asked),
    }


# ---------------------------------------------------------------- two at once

_COMPARED = {
    "headline": N_("Headline"),
    "authors": N_("Authors"),
    "wire": N_("Agency"),
    "published": N_("Date"),
    "tags": N_("Tags"),
    "preface": N_("Our note to readers"),
    "note": N_("Note"),
    "excerpt": N_("Excerpt"),
}


def compared(clipping: Clipping, form: Form) -> list[tuple[str, str, str]]:
    """Name, the stored words and the words of a stale form, of each field that differs."""
    theirs, mine = _fields(clipping), _posted(form)
    return [
        (gettext(name), theirs[field], mine[field])
        for field, name in _COMPARED.items()
        if field in mine and mine[field].strip() != theirs[field].strip()
    ]


def _fields(clipping: Clipping) -> dict[str, str]:
    article = clipping.article.article
    pieces = [clipping.text[span.start : span.end] for span in clipping.excerpt.spans]
    return {
        "headline": clipping.headline or article.title,
        "authors": "\n".join(article.authors),
        "wire": article.wire,
        "published": f"{article.published_at:%Y-%m-%d}" if article.published_at else "",
        "tags": ", ".join(clipping.tags),
        "preface": clipping.preface,
        "note": clipping.note,
        "excerpt": f" {excerpt.OMISSION} ".join(pieces),
    }


def _posted(form: Form) -> dict[str, str]:
    names = ("headline", "authors", "wire", "published", "preface", "note")
    found = {name: form[name].replace("\r\n", "\n") for name in names if name in form}
    if "tagged" in form:
        tags = {*form.getlist("tag"), *form.get("more_tags", "").split(",")}
        found["tags"] = ", ".join(sorted(tag.strip() for tag in tags if tag.strip()))
    if "spans" in form:
        found["excerpt"] = words_cut(form)
    if form.get("quotation", "").strip():
        found["excerpt"] = form["quotation"]
    return found


def words_cut(form: Form) -> str:
    """The words of the spans in a form, from the very text that they were cut from."""
    try:
        spans = judge_form.spans_of(form.get("spans", ""))
        text = _text_of(form.get("cut_from", ""))
    except Refused:
        return ""
    return f" {excerpt.OMISSION} ".join(text[span.start : span.end] for span in spans)


def _text_of(cut_from: str) -> str:
    article, _, version = cut_from.partition(".")
    if not (article.isdigit() and version.isdigit() and len(cut_from) < 30):
        return ""
    texts = office().store.articles.versions(int(article))
    return next((each.text for each in texts if each.number == int(version)), "")
