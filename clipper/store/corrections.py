"""What editors know better than the page: an article's authors, agency and date."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from ..model import Article, Clipping, Origin, StoredArticle
from . import columns
from .connection import Connection

SCHEMA: Final = """
CREATE TABLE correction (
    article INTEGER NOT NULL REFERENCES article(id),
    field TEXT NOT NULL CHECK (field IN ('authors', 'wire', 'published_at')),
    value TEXT NOT NULL,
    PRIMARY KEY (article, field)
) STRICT, WITHOUT ROWID;
"""

FIELDS: Final = ("authors", "wire", "published_at")
"""What of an article an editor may correct; `published_at` may be "" for "no date"."""

AS_JSON: Final = """(SELECT json_group_object(field, value) FROM correction
    WHERE correction.article = clipping.article)"""
"""The corrections of a clipping's article, for a statement over `clipping`."""


def _written(field: str, value: Any) -> str:
    if field == "authors":
        return columns.json_texts(value)
    return columns.time(value) if isinstance(value, datetime) else str(value)


def _read(field: str, value: str) -> Any:
    if field == "authors":
        return columns.texts(value)
    return columns.read_time_or_none(value or None) if field == "published_at" else value


def read_corrections(corrections: str) -> dict[str, Any]:
    """The values that `AS_JSON` holds, by field."""
    found: dict[str, str] = json.loads(corrections)
    return {field: _read(field, value) for field, value in found.items()}


def corrected(stored: StoredArticle, corrections: str) -> StoredArticle:
    """The article with the editors' corrections (JSON) in it, their origin `editor`.

    The outlet's later versions do not take them back.
    """
    values = read_corrections(corrections)
    if not values:
        return stored
    origins = dict(stored.article.origins) | dict.fromkeys(values, Origin.EDITOR.value)
    return replace(stored, article=replace(stored.article, origins=origins, **values))


class Corrections:
    """The table `correction`, within a caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self, before: Clipping, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Correct the credited article; what was replaced and with what, by field."""
        changed: dict[str, Any] = {}
        for field in FIELDS:
            if field not in changes:
                continue
            old = _written(field, _plain(before.article.article, field))
            new = _written(field, changes[field])
            if old != new:
                changed[field] = [_shown(field, old), _shown(field, new)]
                self._keep(before.article.id, field, new)
        return changed

    def _keep(self, article: int, field: str, value: str) -> None:
        self._connection.run(
            """
            INSERT INTO correction (article, field, value) VALUES (:article, :field, :value)
            ON CONFLICT (article, field) DO UPDATE SET value = :value
            """,
            article=article,
            field=field,
            value=value,
        )

    def restore(self, article: int, corrections: Mapping[str, str]) -> None:
        """Have exactly these corrections, as they were written, for the article."""
        self._connection.run("DELETE FROM correction WHERE article = :article", article=article)
        for field, value in corrections.items():
            self._keep(article, field, value)


def _plain(article: Article, field: str) -> Any:
    value = getattr(article, field)
    return "" if value is None else value


def _shown(field: str, value: str) -> Any:
    return json.loads(value) if field == "authors" else value
