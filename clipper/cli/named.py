"""Campaigns and outlets as people name them on the command line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Protocol, TypeVar

from ..config import Config
from ..errors import NotFound
from ..model import Campaign, Outlet
from ..text import fold


class Named(Protocol):
    """What has a slug and a name."""

    @property
    def slug(self) -> str: ...
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=Named)


def campaign_named(config: Config, name: str) -> Campaign:
    """The campaign with that name or slug. Raises NotFound with the nearest."""
    return _named(config.campaigns, name, "campaign")


def outlet_named(config: Config, name: str) -> Outlet:
    """The outlet with that name or slug. Raises NotFound with the nearest."""
    return _named(config.outlets, name, "outlet")


def outlet_of(config: Config, slug: str, name: str = "") -> Outlet:
    """The outlet with that slug; one that left the config since keeps the name it had."""
    known = {outlet.slug: outlet for outlet in config.outlets}
    return known.get(slug) or Outlet(slug=slug, name=name or slug, budget=config.budget)


def _named(these: Sequence[N], name: str, kind: str) -> N:
    meant = {fold(key): one for one in these for key in (one.name, one.slug)}
    if (one := meant.get(fold(name))) is not None:
        return one
    near = difflib.get_close_matches(fold(name), meant, 1)
    hint = f" Did you mean {meant[near[0]].name!r}?" if near else ""
    raise NotFound(f"no {kind} is called {name!r}.{hint}")
