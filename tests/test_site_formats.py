"""The site's feeds and sitemap against the standards' own words: grammars that are not ours.

Atom by the grammar of RFC 4287 (libxml2 judges), the sitemap by a schema of its protocol,
JSON Feed by a schema of its rules, RSS by feedparser. Each grammar is shown to refuse.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import pytest
from lxml import etree

from clipper.publishers import pages, posts, preview, site, swap
from clipper.testing import HOSTILE, SAMPLE

from .test_posts import PNG

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
FORMATS = Path(__file__).parent / "data" / "formats"
ATOM = {"a": "http://www.w3.org/2005/Atom"}
ADDRESSES = ["https://press.example/news", ""]


def build(folder: Path, address: str) -> Path:
    (folder / "posts").mkdir()
    (folder / "posts" / "p.png").write_bytes(PNG)
    (folder / "posts" / "own.md").write_text(
        "---\ntitle: Own & <b>ours</b>\ndate: 2026-11-20\nimage: p.png\n---\n"
        "Words ]]> & <i>signs</i> \x01 ![x\n\n> quoted\n",
        encoding="utf-8",
    )
    own = posts.read(folder / "posts", {})
    assert own.problems == ()
    settings = pages.SiteSettings(url=address, description="What is written & said.")
    hostile = replace(HOSTILE, key="clipping-9", at=NOW, language="en")
    updates = [replace(SAMPLE, at=NOW - timedelta(days=40)), hostile, *preview.samples(NOW)]
    site.publish(updates, folder / "site", settings, NOW, own.posts)
    return folder / "site"


@pytest.fixture(params=ADDRESSES, ids=["with an address", "without"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return build(tmp_path, request.param)


@pytest.fixture(scope="module")
def atom() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(FORMATS / "atom.rng"))


@pytest.fixture(scope="module")
def sitemap() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(FORMATS / "sitemap.xsd"))


def broken_rules(feed: etree._Element) -> list[str]:
    """The Schematron rules of RFC 4287's grammar, and two of its prose that a grammar can't say."""
    rules = {
        "a feed or all its entries have an author": "a:author or not(a:entry[not(a:author)])",
        "an entry without content has an alternate link": "not(a:entry[not(a:content) "
        "and not(a:link[not(@rel) or @rel='alternate'])])",
        "no two ids are the same": "not(a:entry[a:id = preceding-sibling::a:entry/a:id])",
        "an entry's alternates differ": "not(a:entry[count(a:link[@rel='alternate']) > 1])",
    }
    return [rule for rule, test in rules.items() if not feed.xpath(test, namespaces=ATOM)]


def test_every_atom_feed_keeps_the_grammar_of_the_rfc(folder: Path, atom: etree.RelaxNG) -> None:
    feeds = [n for n in swap.names(folder) if n.endswith(".xml") and n not in _OTHERS]
    assert len(feeds) > 3
    for name in feeds:
        tree = etree.parse(folder / name)
        assert atom.validate(tree), (name, atom.error_log)
        assert broken_rules(tree.getroot()) == []


_OTHERS = {"rss.xml", "sitemap.xml"}


@pytest.mark.parametrize(
    "spoil",
    [
        ("<id>[^<]*</id>", ""),
        ("<updated>[^<]*</updated>", "<updated>yesterday</updated>"),
        ("<published>", "<created>x</created><published>"),
        ('href="[^"]*"', ""),
        ("<title>", "<title>x</title><title>"),
        ('type="html"', 'type="markdown"'),
        ("<category term=", "<category name="),
    ],
)
def test_the_atom_grammar_refuses(
    tmp_path: Path, atom: etree.RelaxNG, spoil: tuple[str, str]
) -> None:
    written = (build(tmp_path, ADDRESSES[0]) / "feed.xml").read_text(encoding="utf-8")
    spoiled = re.sub(spoil[0], spoil[1], written, count=1)
    assert spoiled != written
    assert not atom.validate(etree.fromstring(spoiled.encode()))


def test_the_sitemap_keeps_its_schema_and_the_schema_refuses(
    tmp_path: Path, sitemap: etree.XMLSchema
) -> None:
    written = (build(tmp_path, ADDRESSES[0]) / "sitemap.xml").read_text(encoding="utf-8")
    assert sitemap.validate(etree.fromstring(written.encode())), sitemap.error_log
    assert "updates/post-own.html" in written
    for old, new in (("<loc>", "<loc>/"), ("<lastmod>", "<lastmod>Monday "), ("loc>", "link>")):
        assert not sitemap.validate(etree.fromstring(written.replace(old, new).encode()))


def test_rss_is_read_without_complaint(tmp_path: Path) -> None:
    told = feedparser.parse((build(tmp_path, ADDRESSES[0]) / "rss.xml").read_bytes())
    assert (told.bozo, told.version) == (False, "rss20")
    [own] = [entry for entry in told.entries if entry.title.startswith("Own")]
    assert "<blockquote>" in own.summary


def test_pages_with_posts_of_ones_own_are_valid_html(folder: Path) -> None:
    """html5lib in strict mode refuses whatever the HTML standard calls a parse error."""
    import html5lib

    for name in ("index.html", "updates/post-own.html", "months/2026-11.html", "widget.html"):
        parser = html5lib.HTMLParser(strict=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            parser.parse((folder / name).read_text(encoding="utf-8"))


# ---------------------------------------------------------------- JSON Feed

_TYPES = {"string": str, "array": list, "object": dict, "boolean": bool, "number": (int, float)}


def faults(value: Any, rule: dict[str, Any], way: str = "") -> Iterator[str]:
    """What the schema says against a value: types, needed and unknown keys, formats."""
    if not isinstance(value, _TYPES[rule["type"]]):
        yield f"{way}: no {rule['type']}"
        return
    if value not in rule.get("enum", [value]):
        yield f"{way}: not one of {rule['enum']}"
    if "format" in rule and not _FORMATS[rule["format"]](value):
        yield f"{way}: no {rule['format']}"
    if rule["type"] == "array":
        for at, each in enumerate(value):
            yield from faults(each, rule["items"], f"{way}[{at}]")
    if rule["type"] == "object":
        yield from _in_object(value, rule, way)


def _in_object(value: dict[str, Any], rule: dict[str, Any], way: str) -> Iterator[str]:
    yield from (f"{way}.{key}: missing" for key in rule.get("required", ()) if key not in value)
    if rule.get("anyOf") and not any(set(keys) <= set(value) for keys in rule["anyOf"]):
        yield f"{way}: none of {rule['anyOf']}"
    for key, each in value.items():
        if key in rule["properties"]:
            yield from faults(each, rule["properties"][key], f"{way}.{key}")
        elif not key.startswith("_"):
            yield f"{way}.{key}: unknown"


def _is_address(value: str) -> bool:
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc) and " " not in value


def _is_rfc3339(value: str) -> bool:
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return bool(re.fullmatch(shape, value)) and bool(datetime.fromisoformat(value))


_FORMATS = {"uri": _is_address, "date-time": _is_rfc3339}


def test_the_json_feed_keeps_its_standard(folder: Path) -> None:
    rule = json.loads((FORMATS / "json-feed.json").read_bytes())
    told = json.loads((folder / "feed.json").read_bytes())
    assert list(faults(told, rule)) == []
    ids = [each["id"] for each in told["items"]]
    assert len(set(ids)) == len(ids) == 7


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", 7),
        ("date_published", "2026-11-27"),
        ("url", "/relative"),
        ("tags", "one"),
        ("titel", "x"),
    ],
)
def test_the_json_schema_refuses(tmp_path: Path, key: str, value: object) -> None:
    rule = json.loads((FORMATS / "json-feed.json").read_bytes())
    told = json.loads((build(tmp_path, ADDRESSES[0]) / "feed.json").read_bytes())
    told["items"][0][key] = value
    assert len(list(faults(told, rule))) == 1
