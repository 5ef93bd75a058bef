"""Clippings: stories before the editors, their moves, and the record of each."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import NotFound, Refused, Stale
from ..model import MOVES, Clipping, Reading, Status, Transition
from . import columns, corrections
from .articles import SNAPSHOT_COLUMNS, bounded, stored
from .connection import Connection
from .corrections import Corrections
from .schema import READING
from .steps import Step, Steps
from .tags import Origin, Tags
from .wording import Wording

MACHINE: Final = "clipper"
"""Who did what no person did."""

_DECISIONS: Final = frozenset({Status.APPROVED, Status.REJECTED, Status.SNOOZED})

# The article as it stood when the excerpt was cut: its newest version or an older one.
_CUT = ", ".join(f"iif(old.version IS NULL, article.{x}, old.{x}) AS {x}" for x in READING)

_SELECT = f"""
    SELECT clipping.id AS clipping, clipping.status, clipping.reason, clipping.headline,
        clipping.preface, clipping.link, clipping.image, clipping.image_alt, clipping.note,
        clipping.assignee,
        clipping.spans, clipping.words, clipping.share,
        clipping.version AS clipping_version, clipping.queued_at, clipping.decided_at,
        clipping.decided_by, clipping.story,
        article.id, article.outlet, article.first_seen_at, article.kinship,
        clipping.article_version AS version, {_CUT}, {SNAPSHOT_COLUMNS},
        (SELECT json_group_array(tag) FROM clipping_tag
         WHERE clipping_tag.clipping = clipping.id AND removed = 0) AS tags,
        (SELECT json_group_array(id) FROM article AS other
         WHERE other.story = clipping.story AND other.id <> clipping.article) AS copies,
        (SELECT json_group_array(json_array(
             campaign, query, json(hits), json(explanation), weak))
         FROM match WHERE match.article = clipping.article
           AND match.version = clipping.article_version) AS matches,
        {corrections.AS_JSON} AS corrections
    FROM clipping JOIN article ON article.id = clipping.article
    LEFT JOIN article_version AS old
        ON old.article = clipping.article AND old.version = clipping.article_version
    LEFT JOIN snapshot
        ON snapshot.id = iif(old.version IS NULL, article.snapshot, old.snapshot)
"""  # noqa: S608

# Only what is asked for is in the statement, so that an index can serve it.
_TERMS: Final = {
    "status": "clipping.status = :status",
    "outlet": "article.outlet = :outlet",
    "campaign": """EXISTS (SELECT 1 FROM clipping_tag WHERE clipping_tag.clipping = clipping.id
        AND tag = :campaign AND removed = 0)""",
}


class Clippings:
    """The tables `clipping`, `clipping_tag` and `transition`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._wording = Wording(connection)
        self._tags = Tags(connection)
        self._corrections = Corrections(connection)
        self._steps = Steps(connection)

    # ------------------------------------------------------------ asking

    def get(self, id: int) -> Clipping:  # noqa: A002
        """The clipping `id`; NotFound when there is none."""
        row = self._connection.row(f"{_SELECT} WHERE clipping.id = :id", id=id)
        if row is None:
            raise NotFound(f"There is no clipping {id}.")
        return _clipping(row)

    def of_story(self, story: int) -> int | None:
        """The id of the story's clipping, None when it has none."""
        found: int | None = self._connection.value(
            "SELECT id FROM clipping WHERE story = :story", story=story
        )
        return found

    def status(self, id: int) -> Status:  # noqa: A002
        """The status of the clipping `id`; NotFound when there is none."""
        found = self._connection.value("SELECT status FROM clipping WHERE id = :id", id=id)
        if found is None:
            raise NotFound(f"There is no clipping {id}.")
        return Status(found)

    def list(
        self,
        status: Status | None = None,
        campaign: str | None = None,
        outlet: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> tuple[Clipping, ...]:
        """Clippings, those queued last first; None restricts nothing.

        `campaign` is a tag, `outlet` the slug of the outlet that is credited.
        """
        asked = {"status": status or "", "campaign": campaign, "outlet": outlet}
        terms = [term for name, term in _TERMS.items() if asked[name]]
        rows = self._connection.rows(
            f"""
            {_SELECT} WHERE {" AND ".join(terms) or "1"}
            ORDER BY clipping.queued_at DESC, clipping.id DESC LIMIT :limit OFFSET :offset
            """,
            limit=-1 if limit is None else bounded(limit, 1_000_000),
            offset=bounded(offset, 1_000_000_000),
            **asked,
        )
        return tuple(map(_clipping, rows))

    def counts(self) -> dict[Status, int]:
        """How many clippings stand in each status; all statuses are keys."""
        rows = self._connection.rows(
            "SELECT status, count(*) AS number FROM clipping GROUP BY status"
        )
        return dict.fromkeys(Status, 0) | {Status(row["status"]): row["number"] for row in rows}

    def history(self, id: int) -> tuple[Transition, ...]:  # noqa: A002
        """All recorded steps of the clipping `id`, the first first."""
        rows = self._connection.rows(
            "SELECT * FROM transition WHERE clipping = :id ORDER BY id", id=id
        )
        if not rows:
            raise NotFound(f"There is no clipping {id}.")
        return tuple(
            Transition(
                clipping=id,
                at=columns.read_time(row["at"]),
                who=row["who"],
                before=row["before"],
                after=row["after"],
                reason=row["reason"],
            )
            for row in rows
        )

    def steps(self, id: int) -> tuple[Step, ...]:  # noqa: A002
        """All recorded steps of the clipping `id` with what each changed, the first first."""
        return self._steps.of(id)

    def step(self, id: int) -> Step:  # noqa: A002
        """The recorded step `id`; NotFound when there is none."""
        return self._steps.get(id)

    def step_from(self, id: int, version: int) -> Step | None:  # noqa: A002
        """The step that somebody made from that version of the clipping `id`, if any."""
        return self._steps.from_version(id, version)

    def recent(self, who: str, limit: int = 50) -> tuple[Step, ...]:
        """What a person did last and may take back, the last first."""
        return self._steps.recent(who, bounded(limit, 1_000))

    def together(self, bulk: str, who: str) -> tuple[Step, ...]:
        """The steps of a person's act on many clippings, as far as they stand, the last first."""
        return self._steps.together(bulk, who)

    def titles(self, around: datetime, limit: int = 400) -> tuple[tuple[int, str], ...]:
        """Ids and titles of clippings queued last before `around` and a week after it."""
        rows = self._connection.rows(
            """
            SELECT clipping.id, article.title FROM clipping
            JOIN article ON article.id = clipping.article
            WHERE clipping.queued_at <= :until ORDER BY clipping.queued_at DESC LIMIT :limit
            """,
            until=columns.time(around + timedelta(days=7)),
            limit=bounded(limit, 5_000),
        )
        return tuple((row["id"], row["title"]) for row in rows)

    def snoozed_until(self, id: int) -> datetime | None:  # noqa: A002
        """When the snoozed clipping `id` comes back; None when it is not snoozed."""
        return columns.read_time_or_none(
            self._connection.value("SELECT snoozed_until FROM clipping WHERE id = :id", id=id)
        )

    # ------------------------------------------------------------ the editors' acts

    def move(
        self,
        id: int,  # noqa: A002
        to: Status,
        *,
        who: str,
        now: datetime,
        reason: str = "",
        version: int | None = None,
        changes: Mapping[str, Any] | None = None,
        until: datetime | None = None,
        bulk: str = "",
    ) -> Clipping:
        """Bring the clipping to another status, by a named person, and record it.

        `version` is the one that the person saw: Stale when it has changed since. Refused
        when `model.MOVES` does not allow the step. `changes` are made in the same step, as
        by `reword`. Approving freezes the copy that the excerpt was cut from. `until` is
        when a snoozed one wakes; `bulk` names the act on many that this step is part of.
        """
        with self._connection.transaction():
            before = self._fresh(id, who, version)
            if to not in MOVES[before.status]:
                raise _no_such_step(id, before.status, to)
            prior = self._prior(before, who, to)
            changed = self._change(before, changes or {})
            self._connection.run(
                """
                UPDATE clipping SET status = :to, reason = :reason, version = version + 1,
                    snoozed_until = :until,
                    frozen = max(frozen, :approved),
                    decided_at = CASE WHEN :decided THEN :at WHEN :to = 'queued' THEN NULL
                        ELSE decided_at END,
                    decided_by = CASE WHEN :decided THEN :who WHEN :to = 'queued' THEN ''
                        ELSE decided_by END
                WHERE id = :id
                """,
                id=id,
                to=to.value,
                reason=reason,
                approved=to == Status.APPROVED,
                decided=to in _DECISIONS,
                at=columns.time(now),
                who=who,
                until=columns.time_or_none(until),
            )
            self._steps.record(
                id, who, before.status, to, reason, now, changed=changed, prior=prior, bulk=bulk
            )
            return self.get(id)

    def reword(
        self,
        id: int,  # noqa: A002
        *,
        who: str,
        now: datetime,
        version: int | None = None,
        reason: str = "",
        bulk: str = "",
        **changes: Any,
    ) -> Clipping:
        """Change what is shown of the clipping, by a named person, and record it.

        `changes` (None: not changed) are any of `headline`, `link`, `preface`, `image` (a name in
        `Store.pictures`), `image_alt`, `note`, `assignee` (texts), `tags` (all that it is to
        have), `excerpt` (spans of exactly `Clipping.text`), or `article` together with
        `excerpt`: the article that is credited from now on, at its newest version. The copy is
        frozen. `authors`, `wire` and `published_at` ("" for no date) correct the credited
        article. Stale for a `version` that is not the newest, Refused for spans that do not lie
        in the text.
        """
        with self._connection.transaction():
            before = self._fresh(id, who, version)
            prior = self._prior(before, who, before.status)
            changed = self._change(
                before, {name: value for name, value in changes.items() if value is not None}
            )
            if not changed:
                return before
            self._connection.run(
                "UPDATE clipping SET version = version + 1, frozen = 1 WHERE id = :id", id=id
            )
            said = reason or f"reworded: {', '.join(changed)}"
            self._steps.record(
                id, who, before.status, before.status, said, now,
                changed=changed, prior=prior, bulk=bulk,
            )  # fmt: skip
            return self.get(id)

    def remark(self, id: int, *, who: str, reason: str, now: datetime) -> Clipping:  # noqa: A002
        """Record what a person did to the clipping's story, though no word of it changed."""
        with self._connection.transaction():
            status = self._fresh(id, who, None).status
            self._connection.run("UPDATE clipping SET version = version + 1 WHERE id = :id", id=id)
            self._steps.record(id, who, status, status, reason, now)
            return self.get(id)

    def undo(self, step: Step, *, who: str, now: datetime) -> Clipping:
        """Take a person's own step back, as `Steps.undo`, which says when it is Refused."""
        with self._connection.transaction():
            self._steps.undo(step, who, now)
            return self.get(step.clipping)

    def _change(self, before: Clipping, changes: Mapping[str, Any]) -> dict[str, Any]:
        facts = {name: changes[name] for name in changes if name in corrections.FIELDS}
        words = {name: changes[name] for name in changes if name not in corrections.FIELDS}
        return self._wording.change(before, words) | self._corrections.change(before, facts)

    def _prior(self, before: Clipping, who: str, to: Status) -> str:
        """What taking the step back restores; "" for one that reaches beyond the desk."""
        beyond = Status.PUBLISHED in (before.status, to) and before.status is not to
        return "" if beyond or who == MACHINE else self._steps.prior(before.id)

    def _fresh(self, id: int, who: str, version: int | None) -> Clipping:  # noqa: A002
        if not who:
            raise Refused("A decision needs the name of the person who makes it.")
        before = self.get(id)
        if version is not None and version != before.version:
            last = self.history(id)[-1]
            raise Stale(
                f"Clipping {id} was changed since you looked: {last.who} made it {last.after} "
                f"at {last.at:%Y-%m-%d %H:%M} UTC. Look again before you decide."
            )
        return before

    # ------------------------------------------------------------ a round's acts

    def wake(self, now: datetime) -> tuple[int, ...]:
        """Bring the snoozed clippings whose time has come back into the queue; their ids."""
        asked = "SELECT id FROM clipping WHERE snoozed_until <= :now AND status = 'snoozed'"
        if not self._connection.rows(f"{asked} LIMIT 1", now=columns.time(now)):
            return ()
        with self._connection.transaction():
            due = [row["id"] for row in self._connection.rows(asked, now=columns.time(now))]
            for id in due:  # noqa: A001
                self.move(id, Status.QUEUED, who=MACHINE, now=now, reason="its time has come")
            return tuple(due)

    def queue(
        self,
        story: int,
        article: int,
        version: int,
        reading: Reading,
        now: datetime,
        *,
        who: str = MACHINE,
        why: str = "matched",
    ) -> int:
        """Put a story before the editors; the id of its clipping. `who` did it, and `why`."""
        id = self._connection.run(  # noqa: A001
            """
            INSERT INTO clipping (story, article, article_version, status, spans, words, share,
                queued_at)
            VALUES (:story, :article, :version, 'queued', :spans, :words, :share, :at)
            """,
            story=story,
            article=article,
            version=version,
            spans=columns.json_spans(reading.excerpt),
            words=reading.excerpt.words,
            share=reading.excerpt.share,
            at=columns.time(now),
        )
        self.tag(id, reading)
        self._steps.record(id, who, None, Status.QUEUED, why, now)
        return id

    def tag(self, id: int, reading: Reading) -> None:  # noqa: A002
        """Propose the reading's campaigns and labels as tags; what an editor took off stays off."""
        self._tags.propose(id, Origin.CAMPAIGN, [match.campaign for match in reading.matches])
        self._tags.propose(id, Origin.RULE, reading.tags)

    def follow(
        self,
        id: int,  # noqa: A002
        article: int,
        version: int,
        reading: Reading,
        now: datetime,
    ) -> None:
        """Cut the excerpt anew from an article's new version, unless a person froze it."""
        status = self._connection.value(
            """
            SELECT status FROM clipping
            WHERE id = :id AND article = :article AND article_version < :version
              AND frozen = 0 AND status IN ('queued', 'snoozed')
            """,
            id=id,
            article=article,
            version=version,
        )
        if status is None:
            return
        self._wording.cut(id, article, version, reading.excerpt)
        self.revised(id, "the outlet changed the text", now)

    def revised(self, id: int, reason: str, now: datetime) -> None:  # noqa: A002
        """Note that clipper changed what is shown of a clipping; its status stays."""
        same = self.status(id)
        self._connection.run("UPDATE clipping SET version = version + 1 WHERE id = :id", id=id)
        self._steps.record(id, MACHINE, same, same, reason, now)


def _no_such_step(id: int, before: Status, to: Status) -> Refused:  # noqa: A002
    return Refused(
        f"Clipping {id} is {before}; it can't become {to}. "
        f"From here it can become {_either(MOVES[before])}."
    )


def _either(statuses: Iterable[Status]) -> str:
    return " or ".join(sorted(status.value for status in statuses))


def _clipping(row: sqlite3.Row) -> Clipping:
    article = corrections.corrected(stored(row), row["corrections"])
    return Clipping(
        id=row["clipping"],
        story=row["story"],
        article=article,
        text=article.article.text,
        status=Status(row["status"]),
        reason=row["reason"],
        headline=row["headline"],
        preface=row["preface"],
        link=row["link"],
        image=row["image"],
        image_alt=row["image_alt"],
        note=row["note"],
        assignee=row["assignee"],
        excerpt=columns.excerpt(row["spans"], row["words"], row["share"]),
        matches=tuple(columns.match(*found) for found in json.loads(row["matches"])),
        tags=tuple(sorted(columns.texts(row["tags"]))),
        copies=tuple(sorted(json.loads(row["copies"]))),
        version=row["clipping_version"],
        queued_at=columns.read_time(row["queued_at"]),
        decided_at=columns.read_time_or_none(row["decided_at"]),
        decided_by=row["decided_by"],
    )
