"""A picture of the campaign's own beside a clipping: drawn anew, so that only its pixels go out."""

from __future__ import annotations

from datetime import datetime

from .. import pictures, text
from ..errors import Refused
from ..model import Clipping
from ..store import Store
from .wording import LINE


def illustrate(
    store: Store, number: int, raw: bytes | None, *, who: str, now: datetime, alt: str = "",
    version: int | None = None,
) -> Clipping:  # fmt: skip
    """Give a clipping a picture, or with None take it away; `alt` says what it shows.

    Raises Refused for a file that is no picture, is too large, or comes without such words;
    Stale, NotFound.
    """
    if raw is None:
        return store.clippings.reword(
            number, who=who, now=now, version=version, image="", image_alt="",
            reason="took the image away",
        )  # fmt: skip
    shown = text.clean(alt, LINE)
    if not shown:
        raise Refused("say in a few words what the image shows, for those who can't see it")
    drawn = pictures.draw(raw)
    with store.transaction():
        name = store.pictures.keep(drawn.body, drawn.suffix)
        return store.clippings.reword(
            number, who=who, now=now, version=version, image=name, image_alt=shown,
            reason="gave it an image",
        )  # fmt: skip
