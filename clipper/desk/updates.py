"""Clippings as the updates that readers see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .. import attribution, excerpt, text
from ..model import Clipping, Outlet, Picture, Status, Update
from ..store import Store

STANDING = (Status.APPROVED, Status.PUBLISHED)
"""The statuses whose updates should stand in public."""


def update_of(
    clipping: Clipping,
    outlet: Outlet,
    template: str = "",
    campaigns: Mapping[str, str] | None = None,
) -> Update:
    """The update of a clipping; `campaigns` maps slugs to the names that readers see."""
    article = clipping.article.article
    credit = attribution.attribute(
        outlet.name,
        article.authors,
        wire=article.wire,
        date=article.published_at,
        template=outlet.attribution or template,
    )
    names = tuple((campaigns or {}).get(tag, tag) for tag in clipping.tags)
    shown = (
        clipping.headline or article.title,
        credit,
        excerpt.paragraphs(clipping.text, clipping.excerpt),
        clipping.link or article.canonical_url or article.url,
    )
    # Only what is there is in the revision: an update without it stays as it was sent.
    added = ((clipping.preface,) if clipping.preface else ()) + (
        (clipping.image, clipping.image_alt) if clipping.image else ()
    )
    return Update(
        key=f"clipping-{clipping.id}",
        revision=text.digest(repr((shown, names, *added))),
        headline=shown[0],
        attribution=credit,
        paragraphs=shown[2],
        url=shown[3],
        outlet=outlet.name,
        campaigns=names,
        at=clipping.decided_at or clipping.queued_at,
        published_at=article.published_at,
        language=article.language,
        note=clipping.preface,
        image=_picture(clipping),
        clipping=clipping.id,
    )


def standing(
    store: Store, outlets: Sequence[Outlet], template: str, campaigns: Mapping[str, str]
) -> tuple[Update, ...]:
    """All updates that should stand, newest decision first."""
    known = {outlet.slug: outlet for outlet in outlets}
    found = [
        _drawn(store, update_of(clipping, _outlet(known, clipping), template, campaigns))
        for status in STANDING
        for clipping in store.clippings.list(status=status)
    ]
    return tuple(sorted(found, key=lambda update: (update.at, update.key), reverse=True))


def _picture(clipping: Clipping) -> Picture | None:
    return Picture(name=clipping.image, alt=clipping.image_alt) if clipping.image else None


def _drawn(store: Store, update: Update) -> Update:
    """The update with its picture's bytes."""
    if update.image is None:
        return update
    body = store.pictures.get(update.image.name)
    return replace(update, image=None if body is None else replace(update.image, body=body))


def _outlet(known: Mapping[str, Outlet], clipping: Clipping) -> Outlet:
    """The outlet credited; one that left the config since keeps the name it had."""
    slug = clipping.article.outlet
    site = clipping.article.article.site_name
    return known.get(slug) or Outlet(slug=slug, name=site or slug)
