"""What is shown of a clipping: its words, its tags, and the copy that it was cut from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ..errors import Refused
from ..model import Clipping, Excerpt
from . import columns
from .connection import Connection

SCHEMA: Final = """
ALTER TABLE clipping ADD COLUMN preface TEXT NOT NULL DEFAULT '';
"""

LINK: Final = """
ALTER TABLE clipping ADD COLUMN link TEXT NOT NULL DEFAULT '';
"""

_TEXTS: Final = ("headline", "link", "preface", "image", "image_alt", "note", "assignee")
"""What is changed as a text, by name."""


class Wording:
    """Changes to the tables `clipping` and `clipping_tag`, within a caller's transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def change(self, before: Clipping, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Make the changes; what was replaced and with what, by name.

        Raises Refused for a change that there is not, and for an excerpt that does not lie
        in the text.
        """
        unknown = changes.keys() - {*_TEXTS, "tags", "excerpt", "article"}
        if unknown:
            raise Refused(f"A clipping has no {', '.join(sorted(unknown))} that can be changed.")
        changed: dict[str, Any] = {}
        for name in _TEXTS:
            if name in changes and changes[name] != getattr(before, name):
                changed[name] = [getattr(before, name), changes[name]]
                self._connection.run(
                    f"UPDATE clipping SET {name} = :value WHERE id = :id",  # noqa: S608
                    id=before.id,
                    value=changes[name],
                )
        if "tags" in changes and set(changes["tags"]) != set(before.tags):
            changed["tags"] = [before.tags, tuple(changes["tags"])]
            self._retag(before.id, before.tags, changes["tags"])
        return changed | self._recut(before, changes)

    def _recut(self, before: Clipping, changes: Mapping[str, Any]) -> dict[str, Any]:
        excerpt: Excerpt = changes.get("excerpt", before.excerpt)
        article: int = changes.get("article", before.article.id)
        if "article" in changes:
            if "excerpt" not in changes:
                raise Refused("Crediting another copy needs an excerpt that is cut from it.")
            version, text = self._newest(article, before.story)
        else:
            version, text = before.article.version, before.text
        _refuse_outside(excerpt, text)
        was = (before.article.id, before.article.version, before.excerpt)
        if was == (article, version, excerpt):
            return {}
        self.cut(before.id, article, version, excerpt)
        return {"excerpt": [_cut_json(*was), _cut_json(article, version, excerpt)]}

    def _newest(self, article: int, story: int) -> tuple[int, str]:
        row = self._connection.row(
            "SELECT version, text FROM article WHERE id = :id AND story = :story",
            id=article,
            story=story,
        )
        if row is None:
            raise Refused(f"Article {article} is no copy of this story.")
        return row["version"], row["text"]

    def cut(self, id: int, article: int, version: int, excerpt: Excerpt) -> None:  # noqa: A002
        """Credit a version of an article, with an excerpt of exactly that text."""
        self._connection.run(
            """
            UPDATE clipping SET article = :article, article_version = :version,
                spans = :spans, words = :words, share = :share
            WHERE id = :id
            """,
            id=id,
            article=article,
            version=version,
            spans=columns.json_spans(excerpt),
            words=excerpt.words,
            share=excerpt.share,
        )

    def _retag(self, id: int, old: Iterable[str], new: Iterable[str]) -> None:  # noqa: A002
        # What an editor took off stays off, though a new copy brings it again; and what an
        # editor decided about is the editor's from then on, whoever proposed it.
        self._connection.many(
            """
            INSERT INTO clipping_tag (clipping, tag, removed) VALUES (:id, :tag, :removed)
            ON CONFLICT DO UPDATE SET removed = :removed,
                origin = iif(removed = :removed, origin, 'editor')
            """,
            [{"id": id, "tag": tag, "removed": 1} for tag in set(old) - set(new)]
            + [{"id": id, "tag": tag, "removed": 0} for tag in new],
        )


def _cut_json(article: int, version: int, excerpt: Excerpt) -> dict[str, Any]:
    return {
        "article": article,
        "version": version,
        "spans": [[span.start, span.end] for span in excerpt.spans],
    }


def _refuse_outside(excerpt: Excerpt, text: str) -> None:
    reached = 0
    for span in excerpt.spans:
        if not reached <= span.start < span.end <= len(text):
            raise Refused("The excerpt does not lie in the article's text. Look again and recut.")
        reached = span.end
