"""Read an article out of a page: `Page -> Article | ExtractError`, pure and bounded.

    sniff -> decode -> parse once -> head's facts -> strip -> straighten -> body -> tidy
          -> JSON-LD's and the feed's own text -> second reader -> Article

Each field tells its origin, and what is doubtful is marked: see
`docs/explanation/extraction.md`. trafilatura and htmldate live in this room alone.
"""

from __future__ import annotations

from .article import extract, from_entry

__all__ = ["extract", "from_entry"]
