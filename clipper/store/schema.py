"""The tables, as migrations: an append-only tuple, each named and run once.

`user_version` is the number of migrations that a store has had. A migration that
was released is never changed; what it got wrong, a later one mends. `docs/reference/
schema.md` describes the outcome.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from . import (
    briefs,
    completeness,
    corrections,
    daily,
    elsewhere,
    facts,
    fingerprints,
    links,
    looks,
    notices,
    outlines,
    people,
    pictures,
    publishing,
    pulses,
    released,
    snapshots,
    steps,
    tallies,
    testimony,
    tombstones,
    warcs,
    wording,
)
from .search import is_odd

if TYPE_CHECKING:
    from sqlite_utils.db import Database

APPLICATION_ID = 0x436C6970
"""`Clip` in ASCII: what marks an SQLite file as a store of ours."""

READING = (
    *("url", "title", "text", "canonical_url", "lede", "authors", "byline", "dateline", "wire"),
    *("language", "published_at", "modified_at", "date_text", "captions", "section", "keywords"),
    *("image", "site_name", "origins", "doubts", "fetched_at", "snapshot", "page_error"),
)
"""The columns that extraction filled: they stand in `article` for the newest version,
and in `article_version` for the older ones."""

_READING_COLUMNS = """
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    lede TEXT NOT NULL,
    authors TEXT NOT NULL,
    byline TEXT NOT NULL,
    dateline TEXT NOT NULL,
    wire TEXT NOT NULL,
    language TEXT NOT NULL,
    published_at TEXT,
    modified_at TEXT,
    date_text TEXT NOT NULL,
    captions TEXT NOT NULL,
    section TEXT NOT NULL,
    keywords TEXT NOT NULL,
    image TEXT NOT NULL,
    site_name TEXT NOT NULL,
    origins TEXT NOT NULL,
    doubts TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    snapshot INTEGER REFERENCES snapshot(id),
    page_error TEXT NOT NULL
"""

_SOURCES = """
CREATE TABLE outlet (
    slug TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    active INTEGER NOT NULL,
    first_named_at TEXT NOT NULL
) STRICT;

CREATE TABLE source (
    slug TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    address TEXT NOT NULL,
    outlet TEXT NOT NULL REFERENCES outlet(slug),
    interval REAL NOT NULL,
    active INTEGER NOT NULL,
    first_named_at TEXT NOT NULL,
    adopted TEXT NOT NULL DEFAULT '',
    mark TEXT NOT NULL DEFAULT '{}',
    due_at TEXT NOT NULL,
    last_polled_at TEXT,
    last_success_at TEXT,
    last_new_at TEXT,
    failures INTEGER NOT NULL DEFAULT 0,
    held_until TEXT,
    error_kind TEXT NOT NULL DEFAULT '',
    error TEXT NOT NULL DEFAULT '',
    gone INTEGER NOT NULL DEFAULT 0,
    moved_to TEXT NOT NULL DEFAULT '',
    moved_times INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX source_due ON source(due_at) WHERE active = 1;

CREATE TABLE source_address (
    source TEXT NOT NULL REFERENCES source(slug),
    used_from TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (source, used_from)
) STRICT, WITHOUT ROWID;
"""

_ENTRIES = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL REFERENCES source(slug),
    key TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'saved', 'known', 'given-up')),
    url TEXT NOT NULL,
    url_key TEXT NOT NULL,
    title TEXT NOT NULL,
    byline TEXT NOT NULL,
    summary TEXT NOT NULL,
    content TEXT NOT NULL,
    published_at TEXT,
    published_raw TEXT NOT NULL,
    language TEXT NOT NULL,
    tags TEXT NOT NULL,
    first_seen_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_try_at TEXT,
    why TEXT NOT NULL DEFAULT '',
    revisions INTEGER NOT NULL DEFAULT 0,
    article INTEGER REFERENCES article(id),
    UNIQUE (source, key)
) STRICT;
CREATE INDEX entry_url_key ON entry(url_key) WHERE url_key <> '' AND state <> 'known';
CREATE INDEX entry_pending ON entry(source, next_try_at, id) WHERE state = 'pending';
CREATE INDEX entry_article ON entry(article) WHERE article IS NOT NULL;

CREATE TABLE entry_revision (
    entry INTEGER NOT NULL REFERENCES entry(id),
    number INTEGER NOT NULL,
    seen_at TEXT NOT NULL,
    title TEXT NOT NULL,
    published_raw TEXT NOT NULL,
    PRIMARY KEY (entry, number)
) STRICT, WITHOUT ROWID;
"""

_ARTICLES = f"""
CREATE TABLE snapshot (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL,
    "offset" INTEGER NOT NULL,
    length INTEGER NOT NULL,
    digest TEXT NOT NULL,
    url TEXT NOT NULL,
    captured_at TEXT NOT NULL,
    UNIQUE (file, "offset")
) STRICT;

CREATE TABLE story (
    id INTEGER PRIMARY KEY,
    main_article INTEGER REFERENCES article(id),
    chosen_by TEXT NOT NULL DEFAULT '',
    began_at TEXT NOT NULL
) STRICT;

CREATE TABLE article (
    id INTEGER PRIMARY KEY,
    story INTEGER NOT NULL REFERENCES story(id),
    outlet TEXT NOT NULL REFERENCES outlet(slug),
    version INTEGER NOT NULL DEFAULT 1,
    first_seen_at TEXT NOT NULL,
    saved_at TEXT NOT NULL,
    kinship TEXT NOT NULL,
    best INTEGER REFERENCES article(id),
    containment REAL NOT NULL,
    resemblance REAL NOT NULL,
    shared INTEGER NOT NULL,
    {_READING_COLUMNS}
) STRICT;
CREATE INDEX article_story ON article(story);
CREATE INDEX article_saved ON article(saved_at);
CREATE INDEX article_outlet ON article(outlet, id);
CREATE INDEX article_best ON article(best) WHERE best IS NOT NULL;
CREATE INDEX article_snapshot ON article(snapshot) WHERE snapshot IS NOT NULL;

CREATE TABLE article_version (
    article INTEGER NOT NULL REFERENCES article(id),
    version INTEGER NOT NULL,
    replaced_at TEXT NOT NULL,
    {_READING_COLUMNS},
    PRIMARY KEY (article, version)
) STRICT;

CREATE INDEX article_version_snapshot ON article_version(snapshot) WHERE snapshot IS NOT NULL;

CREATE TABLE article_url (
    url_key TEXT NOT NULL,
    article INTEGER NOT NULL REFERENCES article(id),
    PRIMARY KEY (url_key, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX article_url_article ON article_url(article);

CREATE TABLE match (
    article INTEGER NOT NULL REFERENCES article(id),
    version INTEGER NOT NULL,
    campaign TEXT NOT NULL,
    query TEXT NOT NULL,
    hits TEXT NOT NULL,
    explanation TEXT NOT NULL,
    weak INTEGER NOT NULL,
    PRIMARY KEY (article, version, campaign, query)
) STRICT, WITHOUT ROWID;
CREATE INDEX match_campaign ON match(campaign, article);
"""

_CLIPPINGS = """
CREATE TABLE clipping (
    id INTEGER PRIMARY KEY,
    story INTEGER NOT NULL UNIQUE REFERENCES story(id),
    article INTEGER NOT NULL REFERENCES article(id),
    article_version INTEGER NOT NULL,
    frozen INTEGER NOT NULL DEFAULT 0,
    status TEXT NOT NULL CHECK (status IN
        ('queued', 'snoozed', 'approved', 'rejected', 'published', 'withdrawn')),
    reason TEXT NOT NULL DEFAULT '',
    headline TEXT NOT NULL DEFAULT '',
    note TEXT NOT NULL DEFAULT '',
    assignee TEXT NOT NULL DEFAULT '',
    spans TEXT NOT NULL,
    words INTEGER NOT NULL,
    share REAL NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    queued_at TEXT NOT NULL,
    decided_at TEXT,
    decided_by TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX clipping_status ON clipping(status, queued_at, id);
CREATE INDEX clipping_queued ON clipping(queued_at, id);
CREATE INDEX clipping_article ON clipping(article);

CREATE TABLE clipping_tag (
    clipping INTEGER NOT NULL REFERENCES clipping(id),
    tag TEXT NOT NULL,
    removed INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (clipping, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX clipping_tag_tag ON clipping_tag(tag, clipping) WHERE removed = 0;

CREATE TABLE transition (
    id INTEGER PRIMARY KEY,
    clipping INTEGER NOT NULL REFERENCES clipping(id),
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    reason TEXT NOT NULL,
    changed TEXT NOT NULL
) STRICT;
CREATE INDEX transition_clipping ON transition(clipping, id);
"""

_PUBLISHING = """
CREATE TABLE intent (
    publisher TEXT NOT NULL,
    key TEXT NOT NULL,
    revision TEXT NOT NULL,
    intended_at TEXT NOT NULL,
    PRIMARY KEY (publisher, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    publisher TEXT NOT NULL,
    key TEXT NOT NULL,
    revision TEXT NOT NULL,
    "where" TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (publisher, key)
) STRICT, WITHOUT ROWID;
"""

_ROUNDS = """
CREATE TABLE round (
    id INTEGER PRIMARY KEY,
    opened_at TEXT NOT NULL,
    closed_at TEXT
) STRICT;

CREATE TABLE ledger_line (
    round INTEGER NOT NULL REFERENCES round(id),
    source TEXT NOT NULL,
    outlet TEXT NOT NULL,
    looked INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    new INTEGER NOT NULL,
    fetched INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    queued INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    dropped TEXT NOT NULL,
    error TEXT NOT NULL,
    notes TEXT NOT NULL,
    PRIMARY KEY (round, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE kept (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    kept_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX kept_expires ON kept(expires_at);
"""


def _tables(script: str) -> Callable[[Database], None]:
    """A migration that runs a script (inside a transaction, sqlite-utils keeps it open)."""

    def create(db: Database) -> None:
        db.executescript(script)

    return create


def _full_text(db: Database) -> None:
    # No triggers: they flush the index once a statement, twice the cost (measured 0.20
    # against 0.11 ms an article); `articles` fills it by one executemany a transaction.
    db.table("article").enable_fts(
        ["title", "authors", "text"], tokenize="unicode61 remove_diacritics 2"
    )


def _full_text_with_lede(db: Database) -> None:
    # A query's terms look in title, lede and text: the index has to cover all three, and
    # the articles whose words it may cut otherwise have to be known.
    table = db.table("article")
    table.disable_fts()
    table.enable_fts(["title", "lede", "authors", "text"], tokenize="unicode61 remove_diacritics 2")
    db.execute(
        "CREATE TABLE article_odd (article INTEGER PRIMARY KEY REFERENCES article(id)) STRICT"
    )
    rows = db.execute("SELECT id, title, lede, text FROM article")
    odd = (tuple(row)[:1] for row in rows if is_odd(*tuple(row)[1:]))
    db.conn.executemany("INSERT INTO article_odd (article) VALUES (?)", odd)


_TAG_ORIGIN = """
ALTER TABLE clipping_tag ADD COLUMN origin TEXT NOT NULL DEFAULT 'editor'
    CHECK (origin IN ('campaign', 'rule', 'editor'));
UPDATE clipping_tag SET origin = 'campaign'
WHERE removed = 0 AND tag IN (SELECT campaign FROM match);
"""

_SOURCE_OPTIONS = """
ALTER TABLE source ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
"""

_WALLED = """
ALTER TABLE ledger_line ADD COLUMN walled INTEGER NOT NULL DEFAULT 0;
"""


class Migration(NamedTuple):
    """One step of the schema; `name` is recorded in the store and never reused."""

    name: str
    change: Callable[[Database], None]


MIGRATIONS: tuple[Migration, ...] = (
    Migration("sources", _tables(_SOURCES)),
    Migration("entries", _tables(_ENTRIES)),
    Migration("articles", _tables(_ARTICLES)),
    Migration("full-text", _full_text),
    Migration("clippings", _tables(_CLIPPINGS)),
    Migration("publishing", _tables(_PUBLISHING)),
    Migration("rounds", _tables(_ROUNDS)),
    Migration("fingerprints", fingerprints.create),
    Migration("people", _tables(people.SCHEMA)),
    Migration("steps", _tables(corrections.SCHEMA + steps.SCHEMA)),
    Migration("full-text-with-lede", _full_text_with_lede),
    Migration("tag-origin", _tables(_TAG_ORIGIN)),
    Migration("queue", facts.create),
    Migration("outbox", _tables(publishing.SCHEMA)),
    Migration("tallies", tallies.create),
    Migration("looks", _tables(looks.SCHEMA)),
    Migration("testimony", _tables(testimony.SCHEMA)),
    Migration("briefs", _tables(briefs.SCHEMA)),
    Migration("daily", _tables(daily.SCHEMA)),
    Migration("source-options", _tables(_SOURCE_OPTIONS)),
    Migration("pulses", _tables(pulses.SCHEMA)),
    Migration("pulse-dates", _tables(pulses.DATES)),
    Migration("walled", _tables(_WALLED)),
    Migration("completeness", _tables(completeness.SCHEMA)),
    Migration("snapshot-digest", _tables(snapshots.SCHEMA)),
    Migration("look-pages", _tables(looks.PAGES)),
    Migration("notices", _tables(notices.SCHEMA)),
    Migration("released", _tables(released.SCHEMA)),
    Migration("links", _tables(links.SCHEMA)),
    Migration("preface", _tables(wording.SCHEMA)),
    Migration("outlines", _tables(outlines.SCHEMA)),
    Migration("pictures", _tables(pictures.SCHEMA)),
    Migration("tombstones", _tables(tombstones.SCHEMA)),
    Migration("clipping-link", _tables(wording.LINK)),
    Migration("warcs", _tables(warcs.SCHEMA)),
    Migration("elsewhere", _tables(elsewhere.SCHEMA)),
)
