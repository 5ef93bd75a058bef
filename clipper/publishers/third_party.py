"""Kinds of place that other packages bring, by the entry point group `clipper.publishers`.

An entry point names a callable that takes an `Opening` and gives a publisher:

    [project.entry-points."clipper.publishers"]
    mastodon = "clipper_mastodon:open_place"

Such a package proves with `clipper.testing` that it keeps the contract.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from clipper.errors import PublishError
from clipper.publishers.contract import OpenSecret, Publisher

GROUP = "clipper.publishers"

_ACTS = ("survey", "find", "create", "amend", "withdraw", "check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a place of another package is opened with.

    `name` is what the config calls it; `options` are its words in the config; `house` is to
    be part of each key that it sends, so that two clippers may share a place. `send` is the
    only way to the network (`clipper.fetch.Sender.send`), `secret` the only one to secrets.
    """

    name: str
    options: Mapping[str, str]
    house: str
    send: Callable[..., Any]
    secret: OpenSecret


def opened(kind: str, opening: Opening, found: Iterable[EntryPoint] | None = None) -> Publisher:
    """The place of this kind. Raises PublishError when no package brings the kind, when it
    can't be loaded, or when what it gives is no publisher."""
    known = {each.name: each for each in (entry_points(group=GROUP) if found is None else found)}
    if kind not in known:
        names = ", ".join(sorted(known)) or "none"
        raise PublishError(
            f"No installed package brings the kind {kind!r} (publish: others). Installed: {names}."
        )
    try:
        place = known[kind].load()(opening)
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise PublishError(f"The publisher {kind!r} can't be opened: {error}") from error
    missing = [act for act in _ACTS if not callable(getattr(place, act, None))]
    if missing or not hasattr(place, "can_find"):
        lacks = ", ".join(missing) or "can_find"
        raise PublishError(f"The publisher {kind!r} does not keep the contract: no {lacks}.")
    place.name = opening.name
    publisher: Publisher = place
    return publisher
