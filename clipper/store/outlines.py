"""What a list of outlets said of an address beyond what clipper uses: to be given back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .connection import Connection

SCHEMA: Final = """
CREATE TABLE outline (
    address TEXT PRIMARY KEY,
    folders TEXT NOT NULL,
    attributes TEXT NOT NULL
) STRICT;
"""


Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An address of an imported list: the folders that it lay in, the outermost first, each
    with its own attributes, and the attributes that clipper has no use for."""

    address: str
    folders: tuple[tuple[str, Pairs], ...] = ()
    attributes: Pairs = ()


class Outlines:
    """The table `outline`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, outlines: Iterable[Outline]) -> None:
        """Keep what was said of addresses; what was said of one before is replaced."""
        self._connection.many(
            """
            INSERT INTO outline (address, folders, attributes)
            VALUES (:address, :folders, :attributes)
            ON CONFLICT (address) DO UPDATE
                SET folders = excluded.folders, attributes = excluded.attributes
            """,
            [
                {
                    "address": each.address,
                    "folders": json.dumps(each.folders, ensure_ascii=False),
                    "attributes": json.dumps(each.attributes, ensure_ascii=False),
                }
                for each in outlines
            ],
        )

    def all(self) -> Mapping[str, Outline]:
        """All that is kept, by address."""
        rows = self._connection.rows("SELECT address, folders, attributes FROM outline")
        return {
            address: Outline(
                address=address,
                folders=tuple((name, _pairs(kept)) for name, kept in json.loads(folders)),
                attributes=_pairs(json.loads(attributes)),
            )
            for address, folders, attributes in rows
        }


def _pairs(told: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in told)
