"""Types that several kinds of value share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeAlias

Headers: TypeAlias = tuple[tuple[str, str], ...]
"""Header fields in the order received; names as received, compared without case."""

Mark: TypeAlias = Mapping[str, str]
"""What a source kind hands itself for its next poll. Opaque to all but that kind."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
