"""An outlet's sections `search` and `others`: its own search pages, and kinds of other packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote, quote_plus

from clipper.config.kinds import nearest, shown
from clipper.config.mailboxes import Where
from clipper.config.reader import Found, Problems
from clipper.errors import QueryError

BLANK: Final = "{query}"
READ_AS: Final = ("listing", "feed")
OUR_KINDS: Final = frozenset({"feed", "site", "sitemap", "wordpress", "listing", "mailbox"})
MOST: Final = 10
"""Searches of one outlet: each is a page that is asked for at each look."""


def searches(row: Found, top: Found, problems: Problems) -> list[Where]:
    """The outlet's search pages as sources: one for each of the words to search for."""
    section = row["search"]
    if not section.given:
        return []
    url, read_as = section["url"].value or "", section["as"].value
    if not section["url"].stands:
        problems.add(section.place, "no page is named.", f"Add `url: https://…?q={BLANK}`.")
    elif url and BLANK not in url.partition("://")[2].partition("/")[2]:
        remedy = f"Search for something there, and put {BLANK} where your words stand."
        problems.add(section["url"].place, f"{BLANK} stands nowhere in its way.", remedy)
        return []
    if read_as not in READ_AS:
        told = f"{shown(str(read_as))} is neither {' nor '.join(READ_AS)}."
        problems.add(section["as"].place, told)
    words = list(dict.fromkeys(_words(section, top, problems)))
    if not words and not problems.all():
        remedy = "Add `words: [prison divestment]`, or `campaigns:` with names of campaigns."
        problems.add(section.place, "it is not said what to search for.", remedy)
    if len(words) > MOST:
        told = f"these are {len(words)} searches; {MOST} are allowed for one outlet."
        problems.add(section.place, told, "Name the most telling ones in `words:`.")
    options = tuple((n, section[n].value) for n in ("links", "pattern") if section[n].value)
    told_how = options if read_as == "listing" else ()
    return [Where(read_as, filled(url, each), section.place, told_how) for each in words if url]


def filled(url: str, words: str) -> str:
    """The address with the words in it, encoded for the part in which they stand.

    >>> filled("https://a.example/s/{query}?q={query}", "Cárcel & co")
    'https://a.example/s/C%C3%A1rcel%20%26%20co?q=C%C3%A1rcel+%26+co'
    """
    way, mark, query = url.partition("?")
    way = way.replace(BLANK, quote(words, safe=""))
    return way + mark + query.replace(BLANK, quote_plus(words))


def _words(section: Found, top: Found, problems: Problems) -> Iterator[str]:
    for found in section["words"].some():
        yield found.value
    rows = {row["name"].value: row for row in top["campaigns"].some() if row["name"].value}
    for found in section["campaigns"].some():
        if found.value not in rows:
            near = nearest(found.value, list(rows))
            hint = f"Did you mean {shown(near)}?" if near else ""
            problems.add(found.place, f"no campaign is called {shown(found.value)}.", hint)
            continue
        yield from _asked_for(rows[found.value], top)


def _asked_for(campaign: Found, top: Found) -> Iterator[str]:
    """The phrases of a campaign's queries. A query that can't be read is told elsewhere."""
    from clipper.query import parse, phrases

    lists = {name: tuple(t.value for t in f.some()) for name, f in top["lists"].value.items()}
    for found in (*campaign["query"].some(), *campaign["queries"].some()):
        try:
            yield from phrases(parse(found.value, lists))
        except QueryError:
            continue


def others(row: Found, problems: Problems) -> list[Where]:
    """The outlet's sources of kinds that other packages bring."""
    made = []
    for each in row["others"].some():
        kind, address = each["kind"].value, each["address"].value
        if kind is None or address is None:
            continue  # told already
        if kind in OUR_KINDS:
            remedy = f"Write `{kind}:` in the outlet itself."
            problems.add(each["kind"].place, f"{shown(kind)} is a kind of clipper's own.", remedy)
        elif not re.fullmatch(r"[A-Za-z][\w.-]{0,60}", kind, re.ASCII):
            problems.add(each["kind"].place, f"{shown(kind)} is no kind's name.")
        else:
            options = {name: found.value for name, found in each["options"].value.items()}
            made.append(Where(kind, address, each.place, tuple(options.items())))
    return made
