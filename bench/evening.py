"""The script that a user would write in an evening: the baseline of `bench/round.py`.

feedparser + requests in sixteen threads + trafilatura with metadata + SQLite. It has no
manners, no limits, no archive, no deduplication and no queries: what it does, it does
the plain way.

usage: python bench/evening.py FEED_URLS_FILE DATABASE
"""

from __future__ import annotations

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import feedparser
import requests
import trafilatura

session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=64, pool_maxsize=64))


def entries(url: str) -> list[tuple[str, str]]:
    feed = feedparser.parse(session.get(url, timeout=30).content)
    return [(entry.link, entry.title) for entry in feed.entries]


def article(entry: tuple[str, str]) -> tuple[str, str, str, str, str]:
    url, title = entry
    html = session.get(url, timeout=30).text
    document = trafilatura.bare_extraction(html, url=url, with_metadata=True)
    if document is None:
        return url, title, "", "", ""
    return url, document.title or title, document.author or "", document.date or "", document.text


def main(urls_file: str, database: str) -> None:
    db = sqlite3.connect(database)
    db.execute("create table if not exists article (url primary key, title, author, date, text)")
    known = {row[0] for row in db.execute("select url from article")}
    urls = Path(urls_file).read_text().split()
    with ThreadPoolExecutor(16) as pool:
        found = [entry for listed in pool.map(entries, urls) for entry in listed]
        new = [entry for entry in found if entry[0] not in known]
        for row in pool.map(article, new):
            db.execute("insert or ignore into article values (?, ?, ?, ?, ?)", row)
            db.commit()
    print(len(new), "articles")


if __name__ == "__main__":
    main(*sys.argv[1:])
