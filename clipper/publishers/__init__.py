"""Places to publish to. A publisher is a module that satisfies `Publisher`.

It takes the whole list of updates that should stand and brings its place there:
new ones appear, amended ones change, those no longer in the list disappear. To
publish the same list again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from clipper.model import Receipt, Update
from clipper.publishers import site


class Plan(Protocol):
    """What publishing would change."""

    def lines(self) -> tuple[str, ...]:
        """One line for people per change."""


class Publisher(Protocol):
    """A kind of place. `settings` is a value of the kind's own type."""

    def plan(self, updates: Sequence[Update], folder: Path, settings: Any) -> Plan:
        """What `publish` would change, without changing it."""

    def publish(
        self, updates: Sequence[Update], folder: Path, settings: Any, now: datetime
    ) -> tuple[Receipt, ...]:
        """Bring the place to exactly `updates`; a receipt for each. Raises PublishError."""


KINDS: dict[str, Publisher] = {"site": site}
"""All kinds of place, by the name that the config uses."""

__all__ = ["KINDS", "Plan", "Publisher", "site"]
