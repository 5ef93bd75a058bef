"""What the queue filters and orders by, copied from article and match into `clipping`.

Triggers keep the copies, so that no statement that changes an article, a match or the
credited copy can forget to. `weight` is the relevance: for each clause that was found, once
a zone, its own weight times the zone's (title 3, lede 2, else 1), halved where the match is
weak; and a tenth for each hit up to twenty, so that among equals the fuller comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlite_utils.db import Database

_COLUMNS: Final = (
    "ALTER TABLE clipping ADD COLUMN outlet TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE clipping ADD COLUMN dated_at TEXT",
    "ALTER TABLE clipping ADD COLUMN doubts TEXT NOT NULL DEFAULT '[]'",
    "ALTER TABLE clipping ADD COLUMN weight REAL NOT NULL DEFAULT 0",
)

_FACTS: Final = """
    (outlet, dated_at, doubts) = (
        SELECT outlet, nullif(coalesce(
                (SELECT value FROM correction
                 WHERE correction.article = article.id AND field = 'published_at'),
                published_at), ''),
            iif(coalesce(
                (SELECT value FROM correction
                 WHERE correction.article = article.id AND field = 'wire'),
                wire) = '', doubts, json_insert(doubts, '$[#]', 'wire'))
        FROM article WHERE article.id = clipping.article)
"""

_WEIGHT: Final = """
    weight = coalesce((
        SELECT sum(best) + 0.1 * min(20, sum(hits)) FROM (
            SELECT max(json_extract(hit.value, '$[4]'))
                    * CASE json_extract(hit.value, '$[0]')
                        WHEN 'title' THEN 3 WHEN 'lede' THEN 2 ELSE 1 END
                    * iif(match.weak, 0.5, 1) AS best,
                count(*) AS hits
            FROM match, json_each(match.hits) AS hit
            WHERE match.article = clipping.article AND match.version = clipping.article_version
            GROUP BY match.campaign, match.query,
                json_extract(hit.value, '$[0]'), json_extract(hit.value, '$[3]'))), 0)
"""

_OF_MATCH: Final = "article = new.article AND article_version = new.version"

_TRIGGERS: Final = (
    ("clipping_queued", "INSERT ON clipping", f"{_FACTS}, {_WEIGHT}", "id = new.id"),
    (
        "clipping_recut",
        "UPDATE OF article, article_version ON clipping",
        f"{_FACTS}, {_WEIGHT}",
        "id = new.id",
    ),
    (
        "article_renewed",
        "UPDATE OF outlet, published_at, doubts, wire ON article",
        _FACTS,
        "article = new.id",
    ),
    ("correction_made", "INSERT ON correction", _FACTS, "article = new.article"),
    ("correction_changed", "UPDATE ON correction", _FACTS, "article = new.article"),
    ("correction_lost", "DELETE ON correction", _FACTS, "article = old.article"),
    ("match_found", "INSERT ON match", _WEIGHT, _OF_MATCH),
    ("match_changed", "UPDATE ON match", _WEIGHT, _OF_MATCH),
    ("match_lost", "DELETE ON match", _WEIGHT, _OF_MATCH.replace("new.", "old.")),
)
"""Each: its name, after what, what it sets anew, for which clippings."""

_TRIGGER: Final = "CREATE TRIGGER {} AFTER {} BEGIN UPDATE clipping SET {} WHERE {}; END"

_INDEXES: Final = (
    "CREATE INDEX clipping_weight ON clipping(status, weight, id)",
    "CREATE INDEX clipping_outlet ON clipping(status, outlet, queued_at, id)",
    "CREATE INDEX clipping_assignee ON clipping(assignee, status) WHERE assignee <> ''",
)


def create(db: Database) -> None:
    """Add the columns, fill them for what is there, and have them kept from now on."""
    fill = f"UPDATE clipping SET {_FACTS}, {_WEIGHT}"  # noqa: S608
    triggers = tuple(_TRIGGER.format(*each) for each in _TRIGGERS)
    for statement in (*_COLUMNS, fill, *triggers, *_INDEXES):
        db.execute(statement)
