"""The commented file that a post of one's own begins with."""

from __future__ import annotations

from datetime import datetime

_FILE = """\
---
title: {title}
date: {when:%Y-%m-%d %H:%M}           # UTC; a later date holds the post back until then
{campaign}
# image: photo.jpg              # a picture of your own, beside this file
# image_alt: What it shows, for those who can't see it
draft: true                     # remove this line when the post is ready
---

Write here. A blank line begins a new paragraph.

**Bold**, *italic*, and [a link](https://example.org) are written like this.

- so is
- a list
"""


def starter(title: str, when: datetime, campaign: str) -> str:
    """The file's text; `campaign` may be ""."""
    named = f"campaign: {_quoted(campaign)}" if campaign else "# campaign: the campaign's name"
    return _FILE.format(title=_quoted(title), when=when, campaign=named)


def _quoted(words: str) -> str:
    return "'" + words.replace("'", "''") + "'"
