"""How much of a feed's words is kept, in characters unless said, and how tables are written."""

import re

TITLE = 500
BYLINE = 200
SUMMARY = 20_000
CONTENT = 500_000
RAW_DATE = 100
TAG = 100
TAGS = 30
"""How many tags of an entry are kept."""

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


def word_set(lines: str) -> frozenset[str]:
    """A table of words, written as lines of them."""
    return frozenset(lines.split())
