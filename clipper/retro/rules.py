"""What the config says of queries, as far as looking back needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..config import Config
from ..model import Budget, Campaign, Outlet


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The campaigns, the named `lists` of terms and the `tags` (label to query) of a config.

    `outlets` by slug; articles of one that left the config since keep its slug as its name,
    with `budget`.
    """

    campaigns: tuple[Campaign, ...] = ()
    outlets: Mapping[str, Outlet] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)

    def outlet(self, slug: str) -> Outlet:
        """The outlet with that slug, also when it left the config."""
        return self.outlets.get(slug) or Outlet(slug=slug, name=slug, budget=self.budget)


def rules_of(config: Config) -> Rules:
    """The rules that a config holds."""
    return Rules(
        campaigns=config.campaigns,
        outlets={outlet.slug: outlet for outlet in config.outlets},
        lists=dict(config.lists),
        tags=dict(config.tags),
        budget=config.budget,
    )
