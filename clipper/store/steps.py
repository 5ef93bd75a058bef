"""The record of every step of a clipping, and taking a person's own step back.

Each step keeps the clipping as it stood before. A step is taken back by putting that
in its place, which is allowed while nobody has changed the clipping since. Taking back
is a step too: nothing is ever struck from the record.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from ..errors import NotFound, Refused
from ..model import Status, Transition
from . import columns
from .connection import Connection
from .corrections import AS_JSON, Corrections

SCHEMA: Final = """
ALTER TABLE transition ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transition ADD COLUMN made INTEGER NOT NULL DEFAULT 0;
ALTER TABLE transition ADD COLUMN prior TEXT NOT NULL DEFAULT '';
ALTER TABLE transition ADD COLUMN undone_by INTEGER REFERENCES transition(id);
ALTER TABLE transition ADD COLUMN bulk TEXT NOT NULL DEFAULT '';
CREATE INDEX transition_own ON transition(who, id) WHERE prior <> '';
CREATE INDEX transition_undone ON transition(undone_by) WHERE undone_by IS NOT NULL;
ALTER TABLE clipping ADD COLUMN snoozed_until TEXT;
CREATE INDEX clipping_snoozed ON clipping(snoozed_until) WHERE snoozed_until IS NOT NULL;
"""

_STANDING: Final = (
    *("status", "reason", "headline", "preface", "note", "assignee", "spans", "words", "share"),
    *("image", "image_alt", "link"),
    *("article", "article_version", "frozen", "decided_at", "decided_by", "snoozed_until"),
)
"""The columns of `clipping` that a step may change, and taking it back restores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Transition):
    """A recorded step with what it changed.

    `changed` maps names to pairs of old and new value. `seen` and `made` are the
    clipping's versions before and after. `undone`: it was taken back. `own`: it can be
    taken back at all (steps of clipper's, and taking back itself, can not). `bulk` is
    the same for all steps of one act on many clippings, else "".
    """

    id: int
    changed: Mapping[str, Any] = field(default_factory=dict)
    seen: int = 0
    made: int = 0
    undone: bool = False
    own: bool = False
    bulk: str = ""


class Steps:
    """The table `transition`, within a caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._corrections = Corrections(connection)

    # ------------------------------------------------------------ asking

    def of(self, clipping: int) -> tuple[Step, ...]:
        """All steps of a clipping, the first first; NotFound when there is no such clipping."""
        rows = self._connection.rows(
            "SELECT * FROM transition WHERE clipping = :id ORDER BY id", id=clipping
        )
        if not rows:
            raise NotFound(f"There is no clipping {clipping}.")
        return tuple(map(_step, rows))

    def get(self, id: int) -> Step:  # noqa: A002
        """The step `id`; NotFound when there is none."""
        row = self._connection.row("SELECT * FROM transition WHERE id = :id", id=id)
        if row is None:
            raise NotFound(f"There is no step {id}.")
        return _step(row)

    def from_version(self, clipping: int, seen: int) -> Step | None:
        """The step that was made from that version of a clipping, if any."""
        row = self._connection.row(
            "SELECT * FROM transition WHERE clipping = :id AND seen = :seen ORDER BY id LIMIT 1",
            id=clipping,
            seen=seen,
        )
        return None if row is None else _step(row)

    def recent(self, who: str, limit: int) -> tuple[Step, ...]:
        """What a person did last and has not taken back, the last first."""
        rows = self._connection.rows(
            """
            SELECT * FROM transition WHERE who = :who AND prior <> '' AND undone_by IS NULL
            ORDER BY id DESC LIMIT :limit
            """,
            who=who,
            limit=limit,
        )
        return tuple(map(_step, rows))

    def together(self, bulk: str, who: str) -> tuple[Step, ...]:
        """The steps of one act on many clippings that were not taken back, the last first."""
        rows = self._connection.rows(
            """
            SELECT * FROM transition WHERE who = :who AND prior <> '' AND undone_by IS NULL
                AND bulk = :bulk AND bulk <> '' ORDER BY id DESC
            """,
            who=who,
            bulk=bulk,
        )
        return tuple(map(_step, rows))

    # ------------------------------------------------------------ recording

    def prior(self, clipping: int) -> str:
        """The clipping as it stands, for `record`."""
        row = self._connection.row(
            f"""
            SELECT {", ".join(_STANDING)}, {AS_JSON} AS corrections,
                (SELECT json_group_object(tag, removed) FROM clipping_tag
                 WHERE clipping_tag.clipping = clipping.id) AS tags
            FROM clipping WHERE id = :id
            """,  # noqa: S608
            id=clipping,
        )
        if row is None:
            raise NotFound(f"There is no clipping {clipping}.")
        nested = {name: json.loads(row[name]) for name in ("corrections", "tags")}
        return columns.as_json({name: row[name] for name in _STANDING} | nested)

    def record(
        self,
        clipping: int,
        who: str,
        before: Status | None,
        after: Status,
        reason: str,
        now: datetime,
        *,
        changed: Mapping[str, Any] | None = None,
        prior: str = "",
        bulk: str = "",
    ) -> int:
        """Keep a step that was just made; its id. `prior` is "" for one that stays."""
        return self._connection.run(
            """
            INSERT INTO transition
                (clipping, at, who, before, after, reason, changed, seen, made, prior, bulk)
            SELECT :clipping, :at, :who, :before, :after, :reason, :changed,
                version - 1, version, :prior, :bulk FROM clipping WHERE id = :clipping
            """,
            clipping=clipping,
            at=columns.time(now),
            who=who,
            before=before.value if before else "",
            after=after.value,
            reason=reason,
            changed=columns.json_pairs(changed or {}),
            prior=prior,
            bulk=bulk,
        )

    # ------------------------------------------------------------ taking back

    def undo(self, step: Step, who: str, now: datetime) -> None:
        """Put the clipping back as it stood before `step`, and record that.

        Refused for another person's step, for one taken back already, when the clipping
        was changed since, and when its story was merged or split.
        """
        standing = self._standing(step, who)
        self._restore(step)
        made = standing["version"] + 1
        undoing = self.record(
            step.clipping, who, Status(standing["status"]), Status(step.before or step.after),
            f"took back: {step.reason or step.after}", now,
        )  # fmt: skip
        self._connection.run(
            "UPDATE transition SET undone_by = :by WHERE id = :id", by=undoing, id=step.id
        )
        # The step before this one is the last again: it stands at the new version.
        self._connection.run(
            """
            UPDATE transition SET made = :made
            WHERE clipping = :clipping AND made = :seen AND id < :id AND undone_by IS NULL
            """,
            made=made,
            clipping=step.clipping,
            seen=step.seen,
            id=step.id,
        )

    def _standing(self, step: Step, who: str) -> sqlite3.Row:
        row = self._connection.row(
            """
            SELECT clipping.version, clipping.status, clipping.story, article.story AS lies_in
            FROM clipping JOIN article ON article.id = clipping.article WHERE clipping.id = :id
            """,
            id=step.clipping,
        )
        if row is None:
            raise NotFound(f"There is no clipping {step.clipping}.")
        if step.who != who:
            raise Refused(f"That was done by {step.who}. Everybody takes back their own acts.")
        if step.undone or not step.own:
            raise Refused("That was taken back already, or can't be.")
        if row["story"] != row["lies_in"]:
            raise Refused(
                f"The story of clipping {step.clipping} was merged: split it out instead."
            )
        if row["version"] != step.made:
            last = self.of(step.clipping)[-1]
            raise Refused(
                f"Clipping {step.clipping} was changed since by {last.who} "
                f"({last.reason or last.after}). Look at it before you take anything back."
            )
        return row

    def _restore(self, step: Step) -> None:
        row = self._connection.row("SELECT prior FROM transition WHERE id = :id", id=step.id)
        assert row is not None
        prior: dict[str, Any] = json.loads(row["prior"])
        # A step of before a column was there says nothing of it: it stays as it is.
        known = [name for name in _STANDING if name in prior]
        settings = ", ".join(f"{name} = :{name}" for name in known)
        self._connection.run(
            f"UPDATE clipping SET {settings}, version = version + 1 WHERE id = :id",  # noqa: S608
            id=step.clipping,
            **{name: prior[name] for name in known},
        )
        self._connection.run(
            """
            UPDATE clipping_tag SET removed =
                coalesce((SELECT value FROM json_each(:tags) WHERE key = tag), 1)
            WHERE clipping = :id
            """,
            tags=columns.json_pairs(prior["tags"]),
            id=step.clipping,
        )
        self._corrections.restore(prior["article"], prior["corrections"])


def _step(row: sqlite3.Row) -> Step:
    return Step(
        id=row["id"],
        clipping=row["clipping"],
        at=columns.read_time(row["at"]),
        who=row["who"],
        before=row["before"],
        after=row["after"],
        reason=row["reason"],
        changed=columns.pairs(row["changed"]),
        seen=row["seen"],
        made=row["made"],
        undone=row["undone_by"] is not None,
        own=row["prior"] != "",
        bulk=row["bulk"],
    )
