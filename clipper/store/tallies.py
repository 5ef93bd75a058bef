"""How many clippings there are of each kind, kept by triggers as clippings change.

Counting 20,000 clippings for every view of the queue took longer than all else on the page
together; a row of `tally` is one addition for each act instead. `kind` is what is counted
(`status`, `outlet`, `assignee`, `doubt`, `tag`), `value` which of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_TABLE: Final = """
CREATE TABLE tally (
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    value TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (kind, status, value)
) STRICT, WITHOUT ROWID
"""

# What one clipping counts as: kind -> where its values come from.
_VALUES: Final = {
    "status": "SELECT '' AS value",
    "outlet": "SELECT {row}.outlet AS value WHERE {row}.outlet <> ''",
    "assignee": "SELECT {row}.assignee AS value WHERE {row}.assignee <> ''",
    "doubt": "SELECT DISTINCT value FROM json_each({row}.doubts)",
    "tag": "SELECT tag AS value FROM clipping_tag WHERE clipping = {row}.id AND removed = 0",
}


def _add(kind: str, status: str, values: str, by: int) -> str:
    """Statements that add to the numbers of these values.

    No upsert: within a trigger, an OR IGNORE of the outer statement would win over it.
    """
    return f"""
        INSERT INTO tally SELECT '{kind}', {status}, value, 0 FROM ({values}) AS added
            WHERE NOT EXISTS (SELECT 1 FROM tally WHERE kind = '{kind}'
                AND status = {status} AND tally.value = added.value);
        UPDATE tally SET number = number + {by} WHERE kind = '{kind}' AND status = {status}
            AND value IN (SELECT value FROM ({values}));
    """  # noqa: S608


def _whole(row: str, by: int, kinds: tuple[str, ...]) -> str:
    return "".join(_add(kind, f"{row}.status", _VALUES[kind].format(row=row), by) for kind in kinds)


_OWN: Final = ("status", "outlet", "assignee", "doubt")
_TAG: Final = "SELECT {row}.tag AS value WHERE {row}.removed = 0"
_STATUS: Final = "(SELECT status FROM clipping WHERE id = {row}.clipping)"


def _of_tag(row: str, by: int) -> str:
    return _add("tag", _STATUS.format(row=row), _TAG.format(row=row), by)


def _triggers() -> Iterator[str]:
    kinds = (*_OWN, "tag")
    yield f"""CREATE TRIGGER tally_queued AFTER INSERT ON clipping BEGIN
        {_whole("new", 1, _OWN)} END"""
    yield f"""CREATE TRIGGER tally_moved
        AFTER UPDATE OF status, outlet, assignee, doubts ON clipping
        WHEN (old.status, old.outlet, old.assignee, old.doubts)
            IS NOT (new.status, new.outlet, new.assignee, new.doubts) BEGIN
        {_whole("old", -1, kinds)} {_whole("new", 1, kinds)} END"""
    yield f"""CREATE TRIGGER tally_gone AFTER DELETE ON clipping BEGIN
        {_whole("old", -1, _OWN)} END"""
    yield f"""CREATE TRIGGER tally_tagged AFTER INSERT ON clipping_tag BEGIN
        {_of_tag("new", 1)} END"""
    yield f"""CREATE TRIGGER tally_retagged AFTER UPDATE OF removed, tag, clipping ON clipping_tag
        BEGIN {_of_tag("old", -1)} {_of_tag("new", 1)} END"""
    yield f"""CREATE TRIGGER tally_untagged AFTER DELETE ON clipping_tag BEGIN
        {_of_tag("old", -1)} END"""


COUNTED: Final = """
    SELECT 'status' AS kind, status, '' AS value, count(*) AS number FROM clipping GROUP BY 2
    UNION ALL SELECT 'outlet', status, outlet, count(*) FROM clipping
        WHERE outlet <> '' GROUP BY 2, 3
    UNION ALL SELECT 'assignee', status, assignee, count(*) FROM clipping
        WHERE assignee <> '' GROUP BY 2, 3
    UNION ALL SELECT 'doubt', status, value, count(DISTINCT clipping.id)
        FROM clipping, json_each(clipping.doubts) GROUP BY 2, 3
    UNION ALL SELECT 'tag', status, tag, count(*) FROM clipping_tag
        JOIN clipping ON clipping.id = clipping_tag.clipping WHERE removed = 0 GROUP BY 2, 3
"""
"""What `tally` must hold, counted anew."""


def create(db: Database) -> None:
    """Make the table, count what is there, and have it kept from now on."""
    for statement in (_TABLE, f"INSERT INTO tally {COUNTED}", *_triggers()):
        db.execute(statement)
