"""Who is told of what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time, timedelta
from typing import Final

CHAT: Final = "chat"
WEBHOOK: Final = "webhook"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One who is told. `by` is `CHAT` or `WEBHOOK`; `campaigns` are slugs, empty for all.

    `quiet` are the local hours of `zone` in which nothing is sent. A spike is `outlets`
    outlets on one story or one campaign `within` so long.
    """

    name: str
    by: str = CHAT
    what: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    quiet: tuple[time, time] | None = None
    zone: str = "UTC"
    outlets: int = 5
    within: timedelta = timedelta(hours=6)

    def wants(self, campaigns: Sequence[str]) -> bool:
        """Whether something of these campaigns concerns it."""
        return not self.campaigns or bool(self.campaigns & set(campaigns))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The targets, and the names of outlets, campaigns (by slug) and of sources' outlets. `desk`
    is the desk's address without a slash at the end."""

    targets: Sequence[Target]
    outlets: Mapping[str, str] = field(default_factory=dict)
    campaigns: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    desk: str = ""

    def at_desk(self, clipping: int | None = None) -> str:
        """Where the desk shows the queue, or a clipping; "" when its address is not known."""
        if not self.desk:
            return ""
        return f"{self.desk}/" if clipping is None else f"{self.desk}/clippings/{clipping}"
