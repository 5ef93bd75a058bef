"""The site as a theme would show it, written to a folder of its own and published nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from clipper.config.reader import Problems
from clipper.errors import PublishError
from clipper.model import Update
from clipper.publishers import site, theming
from clipper.publishers.pages import SiteSettings
from clipper.publishers.posts import Post, html


def preview(
    updates: Sequence[Update],
    posts: Sequence[Post],
    folder: Path,
    settings: SiteSettings,
    now: datetime,
) -> None:
    """Write the site of what is approved, with samples that try a theme, into `folder`.

    Raises PublishError that names every template that can't be read with its line, or the
    first that fails; and for a folder that holds other files. What stood there then stays.
    """
    if settings.theme and not settings.theme.is_dir():
        raise PublishError(
            f"There is no theme folder {settings.theme}. Make it, or mend publish: theme:."
        )
    wrong = list(theming.complaints(settings.theme)) if settings.theme else []
    if wrong:
        raise PublishError("\n".join(wrong))
    site.publish([*updates, *samples(now)], folder, settings, now, [*posts, _own(now)])


def samples(now: datetime) -> tuple[Update, ...]:
    """Updates with what themes get wrong: long words, no authors, right to left, a note."""
    return tuple(
        Update(
            key=f"sample-{number}",
            revision="1",
            headline=headline,
            attribution=credit,
            paragraphs=paragraphs,
            url="https://outlet.example/story",
            outlet=credit.removeprefix("Via ").partition(" | ")[0],
            campaigns=("Sample campaign",),
            at=now - timedelta(hours=number),
            language=language,
            note=note,
        )
        for number, (headline, credit, paragraphs, language, note) in enumerate(_SAMPLES, 1)
    )


_SAMPLES = (
    ("Sample: an update as most are", "Via The Sample Gazette | Ana Example, Bo Example",
     ("The first sentence of the excerpt.", "[…]", "A later one."), "en",
     "A note in the campaign's own words."),
    ("Sample: " + "a headline that goes on and on " * 6, "Via The Sample Gazette",
     ("Averylongwordwithoutanybreak" * 8,), "en", ""),
    ("مثال: عنوان من اليمين إلى اليسار", "Via صحيفة المثال", ("نص قصير.",), "ar", ""),
    ("Sample: <b>signs</b> & “quotes” {{ braces }}", "Via The Sample & Sons", (), "en", ""),
)  # fmt: skip


def _own(now: datetime) -> Post:
    body = "A post of **your own**, with [a link](https://example.org).\n\n## A heading\n\n- a list"
    return Post(
        key="post-sample",
        revision="1",
        headline="Sample: a post of your own",
        at=now,
        campaigns=("Sample campaign",),
        body=html(body, 1, Problems("sample")),
        path=Path("sample.md"),
    )
