"""`clipper queue`: the clippings that wait, or those of another status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import click

from ..config import Config
from ..model import Clipping, Doubt, Status
from .home import Home, now
from .named import campaign_named, outlet_named
from .words import ago, count, day, put_json

DOUBTS: dict[str, str] = {
    Doubt.SHORT_TEXT: "short text",
    Doubt.NO_TEXT: "no text",
    Doubt.FEED_ONLY: "from the feed only, not the page",
    Doubt.PAYWALL: "behind a paywall",
    Doubt.WALL: "a consent or robot check stood in the way",
    Doubt.OTHER_STORY: "the page may tell another story than its headline in the feed",
    Doubt.BYLINE_IS_OUTLET: "byline is the outlet's name",
    Doubt.BYLINE_GENERIC: "byline names no person",
    Doubt.BYLINE_AGENCY: "byline is an agency",
    Doubt.BYLINE_EMAIL: "byline is an e-mail address",
    Doubt.NO_DATE: "undated",
    Doubt.FOREIGN_CANONICAL: "says that it belongs to another outlet",
}
"""What each doubt is called before people."""

ANY = "any"


@click.command()
@click.option("--campaign", help="Only this campaign's.")
@click.option("--outlet", help="Only this outlet's.")
@click.option(
    "--status", default=Status.QUEUED.value, show_default=True,
    type=click.Choice([*(status.value for status in Status), ANY]),
)  # fmt: skip
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def queue(
    home: Home, campaign: str | None, outlet: str | None, status: str, limit: int, as_json: bool
) -> None:
    """List the clippings that wait for a decision, newest first."""
    config = home.config
    wanted = campaign_named(config, campaign).slug if campaign else None
    place = outlet_named(config, outlet).slug if outlet else None
    with home.open_store() as store:
        store.clippings.wake(now())
        found = store.clippings.list(
            status=None if status == ANY else Status(status),
            campaign=wanted,
            outlet=place,
            limit=limit,
        )
    if as_json:
        put_json([as_values(clipping) for clipping in found])
        return
    names = Names.of(config)
    for clipping in found:
        click.echo(row(clipping, names))
    click.echo(_foot(len(found), status, limit))


def _foot(number: int, status: str, limit: int) -> str:
    if not number:
        return f"No clippings are {status}." if status != ANY else "There are no clippings yet."
    more = f" (the first {limit}; see more with --limit)" if number == limit else ""
    return f"{count(number, 'clipping')}{more}. Next: clipper show ID, clipper approve ID"


@dataclass(frozen=True, slots=True)
class Names:
    """What people call outlets and campaigns, by slug."""

    outlets: Mapping[str, str]
    campaigns: Mapping[str, str]

    @classmethod
    def of(cls, config: Config) -> Names:
        """The names that the config gives."""
        return cls(
            {outlet.slug: outlet.name for outlet in config.outlets},
            {campaign.slug: campaign.name for campaign in config.campaigns},
        )

    def outlet(self, slug: str) -> str:
        """The outlet's name; its slug when the config no longer names it."""
        return self.outlets.get(slug, slug)

    def tag(self, tag: str) -> str:
        """The campaign's name; any other tag stands as it is."""
        return self.campaigns.get(tag, tag)


def row(clipping: Clipping, names: Names) -> str:
    """One clipping in three lines."""
    article = clipping.article.article
    title = clipping.headline or article.title or "(no title)"
    parts = [names.outlet(clipping.article.outlet)]
    if article.authors:
        parts.append(", ".join(article.authors))
    parts.append(day(article.published_at))
    if clipping.copies:
        parts.append(f"also in {count(len(clipping.copies), 'copy')}")
    found = sum(len(match.hits) for match in clipping.matches)
    why = f"{', '.join(map(names.tag, clipping.tags))} · {count(found, 'hit')}"
    doubts = [DOUBTS.get(doubt, doubt) for doubt in article.doubts]
    state = "" if clipping.status is Status.QUEUED else f" [{clipping.status}]"
    lines = [f"{clipping.id:>4}  {title}{state}", f"      {' · '.join(parts)}", f"      {why}"]
    if doubts:
        lines.append(f"      look twice: {', '.join(doubts)}")
    return "\n".join(lines)


def as_values(clipping: Clipping) -> dict[str, object]:
    """A clipping for scripts; the keys are promised in `docs/reference/commands.md`."""
    article = clipping.article.article
    return {
        "id": clipping.id,
        "status": clipping.status.value,
        "reason": clipping.reason,
        "headline": clipping.headline or article.title,
        "title": article.title,
        "outlet": clipping.article.outlet,
        "authors": list(article.authors),
        "wire": article.wire,
        "url": article.url,
        "canonical_url": article.canonical_url,
        "published_at": article.published_at and article.published_at.isoformat(),
        "queued_at": clipping.queued_at.isoformat(),
        "queued": ago(clipping.queued_at, now()),
        "tags": list(clipping.tags),
        "campaigns": sorted({match.campaign for match in clipping.matches}),
        "preface": clipping.preface,
        "excerpt": [clipping.text[span.start : span.end] for span in clipping.excerpt.spans],
        "words": clipping.excerpt.words,
        "share": round(clipping.excerpt.share, 3),
        "doubts": list(article.doubts),
        "story": clipping.story,
        "copies": list(clipping.copies),
        "version": clipping.version,
    }
