"""Feeds of all kinds into entries: golden pairs, case tables, and what always holds."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from dataclasses import asdict, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clipper import text, urls
from clipper.model import Entry, PollError
from clipper.sources import MAX_ENTRIES, Document, dates, decode, identity, parse_feed, plain

DATA = Path(__file__).parent / "data" / "feeds"
GOLDEN = sorted(path.name.removesuffix(".expected.json") for path in DATA.glob("*.expected.json"))
URL = "https://ledger.example/feed/"
QUICK = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


def table(name: str) -> list[list[str]]:
    lines = (DATA / name).read_text().splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def shown(entry: Entry) -> dict[str, Any]:
    """An entry as the golden files write it: what is empty is left out."""
    fields = asdict(entry) | {"tags": list(entry.tags)}
    fields["published_at"] = entry.published_at.isoformat() if entry.published_at else None
    return {name: value for name, value in fields.items() if value not in ("", [], None)}


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{"".join(items)}</channel></rss>'.encode()


def item(n: int, *, guid: bool = True, link: str = "", title: str = "") -> str:
    known = f'<guid isPermaLink="false">g{n}</guid>' if guid else ""
    link = link or f"https://ledger.example/{n}"
    return f"<item><title>{title or f'Story {n}'}</title><link>{link}</link>{known}</item>"


def read(body: bytes, **wishes: Any) -> Document:
    result = parse_feed(body, "application/xml", URL, **wishes)
    assert isinstance(result, Document), result
    return result


def keys(document: Document) -> list[str]:
    return [entry.key for entry in document.entries]


# ---------------------------------------------------------------- golden pairs and tables


@pytest.mark.parametrize("name", GOLDEN)
def test_a_document_is_read_as_its_golden_file_says(name: str) -> None:
    expected = json.loads((DATA / f"{name}.expected.json").read_text())
    result = parse_feed((DATA / name).read_bytes(), expected["content_type"], expected["url"])
    if "error" in expected:
        assert isinstance(result, PollError)
        assert {"kind": result.kind, "text": result.text} == expected["error"]
        return
    assert isinstance(result, Document)
    entries = [
        {key: value for key, value in entry.items() if value is not None}
        for entry in expected["entries"]
    ]
    assert [shown(entry) for entry in result.entries] == entries
    fields = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(result).items()
        if name != "entries" and value not in ("", (), 0, None)
    }
    assert fields == expected["document"]


@pytest.mark.parametrize(("claim", "instant"), table("dates.tsv"))
def test_a_date_is_read_or_is_none(claim: str, instant: str) -> None:
    found = dates.read(claim)
    assert (found.isoformat() if found else "-") == instant


@pytest.mark.parametrize(("value", "unknown", "html"), table("texts.tsv"))
def test_titles_and_summaries_become_plain_text(value: str, unknown: str, html: str) -> None:
    assert plain.from_unknown(value, 500) == unknown
    assert plain.from_html(value, 500) == html


# ---------------------------------------------------------------- identity


@pytest.mark.parametrize(
    ("missing", "of", "rank"), [(0, 20, "id"), (1, 20, "id"), (2, 20, "link"), (1, 10, "link")]
)
def test_ids_serve_until_more_than_one_in_twenty_is_missing(
    missing: int, of: int, rank: str
) -> None:
    document = read(rss(*(item(n, guid=n >= missing) for n in range(of))))
    assert document.identity == rank
    assert len(set(keys(document))) == of


@pytest.mark.parametrize(("repeated", "rank"), [(1, "id"), (2, "link")])
def test_ids_serve_until_more_than_one_in_twenty_is_repeated(repeated: int, rank: str) -> None:
    items = [item(0).replace("/0<", f"/again{n}<") for n in range(repeated)]
    document = read(rss(*(item(n) for n in range(20)), *items))
    assert document.identity == rank
    assert len(set(keys(document))) == 20 + repeated


def test_a_source_that_fell_to_links_stays_with_links() -> None:
    good = rss(*(item(n) for n in range(5)))
    assert read(good).identity == "id"
    assert read(good, identity="link").identity == "link"


def test_tracking_parameters_and_order_do_not_change_keys() -> None:
    links = [f"https://ledger.example/{n}" for n in range(6)]
    one = read(rss(*(item(n, guid=False, link=link) for n, link in enumerate(links))))
    marked = [f"{link}?utm_source=rss&amp;utm_campaign=x#frag" for link in reversed(links)]
    two = read(rss(*(item(n, guid=False, link=link) for n, link in enumerate(marked))))
    assert set(keys(one)) == set(keys(two))


def test_an_edited_title_keeps_its_key() -> None:
    one, two = read(rss(item(1))), read(rss(item(1, title="Edited")))
    assert keys(one) == keys(two)


def test_an_id_of_any_length_is_a_short_key() -> None:
    document = read(rss(*(item(n).replace(f">g{n}<", f">{n}{'g' * 100_000}<") for n in range(3))))
    assert len(set(keys(document))) == 3
    assert all(len(key) <= 400 for key in keys(document))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "a", "b", "c"]),
            st.sampled_from(["", "/1", "/2"]),
            st.text("xy", max_size=1),
        ),
        max_size=12,
    ),
    st.sampled_from(["id", "link", "digest", "nonsense"]),
)
def test_keys_are_never_empty_and_never_shared(
    listed: list[tuple[str, str, str]], least: str
) -> None:
    entries = [Entry(key="", url=urls.join(URL, link), title=title) for _, link, title in listed]
    found, rank, doubles = identity.identify(entries, [known for known, _, _ in listed], least)
    assert all(entry.key for entry in found)
    assert len({entry.key for entry in found}) == len(found)
    assert len(found) + doubles == len(entries)
    assert rank in identity.RANKS


# ---------------------------------------------------------------- isolation and bounds


def test_one_bad_entry_among_fifty_costs_only_itself() -> None:
    """Whatever the bad entry holds, the other 49 come through as if it were not there."""
    good = [item(n) for n in range(49)]
    expected = read(rss(*good)).entries
    for bad in (
        "<item><title>x</item>",
        "<item><a b=c></item>",
        "<item><x:y/><b>&nope;</item>",
        "<item/><</item>",
    ):
        document = read(rss(*good[:20], bad, *good[20:]))
        found = [entry for entry in document.entries if entry.url]
        assert found == list(expected), bad


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60), st.integers(0, 10))
@QUICK
def test_whatever_stands_in_an_entry_the_others_are_read(noise: str, place: int) -> None:
    for opener in ("<!--", "<![CDATA[", "<?", "item", "<!"):
        noise = noise.replace(opener, "")
    good = [item(n) for n in range(10)]
    bad = f"<item><title>{noise}</title><link>https://ledger.example/bad</link><guid>bad</guid></item>"
    result = parse_feed(rss(*good[:place], bad, *good[place:]), "", URL)
    assert isinstance(result, Document)
    found = {entry.key for entry in result.entries}
    assert {f"g{n}" for n in range(10)} <= found or {
        f"ledger.example/{n}" for n in range(10)
    } <= found


@given(st.binary(max_size=400), st.text(max_size=40))
@QUICK
def test_no_bytes_make_it_raise(body: bytes, content_type: str) -> None:
    assert isinstance(parse_feed(body, content_type, URL), Document | PollError)


@given(st.sampled_from(GOLDEN), st.data())
@settings(parent=QUICK, max_examples=300)
def test_no_damage_to_a_feed_makes_it_raise_and_its_entries_stay_clean(
    name: str, data: st.DataObject
) -> None:
    body = (DATA / name).read_bytes()[:4000]
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 40)))
    noise = data.draw(
        st.sampled_from(
            [b"", b"<", b"&", b"\xff", b"]]>", b"<![CDATA[", b"<!--", b"\x00", b"</item>"]
        )
    )
    result = parse_feed(body[:start] + noise + body[end:], "text/xml", URL)
    if isinstance(result, PollError):
        assert result.text
        return
    assert len(set(keys(result))) == len(result.entries)
    for entry in result.entries:
        assert entry.url == "" or urls.is_web(entry.url)
        assert entry.title == text.clean(entry.title, 500)
        assert entry.summary == text.clean(entry.summary, 20_000)
        assert entry.byline == text.clean(entry.byline, 200)
        assert entry.published_at is None or entry.published_at.tzinfo is UTC
        json.dumps(asdict(replace(entry, published_at=None))).encode("utf-8", "strict")


def test_long_texts_are_cut_with_a_mark() -> None:
    long = f"<item><title>{'T' * 9000}</title><author>{'N ' * 900}</author><description>{'D ' * 30_000}</description></item>"
    entry = read(rss(long)).entries[0]
    assert (len(entry.title), entry.title[-1]) == (500, "…")
    assert len(entry.byline) <= 200
    assert len(entry.summary) <= 20_000


def test_entries_past_the_limit_are_counted() -> None:
    body = rss(*(item(n) for n in range(30)))
    document = read(body, limit=10)
    assert (keys(document), document.left_off) == ([f"g{n}" for n in range(10)], 20)
    listed = [{"id": str(n), "url": f"https://a.example/{n}", "title": "t"} for n in range(30)]
    document = read(json.dumps({"items": listed}).encode(), limit=10)
    assert (len(document.entries), document.left_off) == (10, 20)
    assert MAX_ENTRIES == 500


def test_a_body_past_ten_megabytes_is_refused_unread() -> None:
    result = parse_feed(b"<rss>" + b" " * (10 * 2**20), "", URL)
    assert isinstance(result, PollError)
    assert result.kind == "too-large"


def test_undated_entries_get_no_date_of_the_feed_or_of_now() -> None:
    assert read(rss(item(1))).entries[0].published_at is None


# ---------------------------------------------------------------- charsets


CODECS = """
    idna punycode unicode_escape raw_unicode_escape zlib zlib_codec base64 hex rot13 undefined
    utf-7 utf_8_sig mbcs oem bz2 uu quopri ../../etc/passwd palmos unknown charmap
"""


@pytest.mark.parametrize("name", CODECS.split())
def test_a_codec_that_is_no_charset_is_never_used(name: str) -> None:
    source = f'<?xml version="1.0" encoding="{name}"?>' + rss(item(1, title="Niño")).decode()
    body = source.encode("cp1252")
    document = parse_feed(body, f"text/xml; charset={name}", URL)
    assert isinstance(document, Document)
    assert document.entries[0].title == "Niño"


@pytest.mark.parametrize(
    ("codec", "title"),
    [
        ("cp1251", "Выборы в городе прошли спокойно"),
        ("koi8-r", "Выборы в городе прошли спокойно"),
        ("iso8859-5", "Выборы в городе прошли спокойно"),
        ("cp1253", "Εκλογές στην πόλη σήμερα"),
        ("cp1250", "Wybory w Łodzi przebiegły spokojnie"),
        ("iso8859-2", "Příliš žluťoučký kůň úpěl"),
        ("cp1252", "El niño volvió a Bogotá “ayer”"),
        ("cp1254", "Seçim İstanbul’da yapıldı"),
        ("cp1255", "הבחירות בעיר"),
        ("cp1256", "الانتخابات في المدينة"),
        ("euc_jp", "日本の新聞記事"),
        ("cp932", "日本の新聞記事"),
        ("iso2022_jp", "日本の新聞記事"),
        ("gb18030", "城市选举顺利进行"),
        ("big5", "城市選舉順利進行"),
        ("euc_kr", "도시 선거가 끝났다"),
    ],
)
@pytest.mark.parametrize("where", ["header", "declaration", "declaration against a default header"])
def test_no_mojibake_where_either_declaration_fits(codec: str, title: str, where: str) -> None:
    declared = f' encoding="{codec}"' if where != "header" else ""
    source = f'<?xml version="1.0"{declared}?>' + rss(item(1, title=title)).decode()
    header = {"header": f"text/xml; charset={codec}", "declaration": "text/xml"}.get(
        where, "text/xml; charset=ISO-8859-1"
    )
    document = parse_feed(source.encode(codec), header, URL)
    assert isinstance(document, Document)
    assert document.entries[0].title == text.clean(title, 500)


@given(st.binary(max_size=300), st.text(max_size=60))
def test_decoding_never_raises_and_gives_what_xml_allows(body: bytes, content_type: str) -> None:
    value, _ = decode.decode(body, content_type)
    assert not decode.NOT_XML.search(value)


# ---------------------------------------------------------------- nothing is acted upon


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss(item(1)))
    assert isinstance(parse_feed(str(secret).encode(), "", URL), PollError)


def test_expat_parses_whatever_else_is_installed(tmp_path: Path) -> None:
    """feedparser would prefer a libxml2 driver, and the environment can name another."""
    (tmp_path / "drv_libxml2.py").write_text(
        "def create_parser(): raise SystemExit('libxml2 was used')\n"
    )
    program = textwrap.dedent("""
        from clipper.sources import parse_feed
        print(len(parse_feed(b'<rss><channel><item><title>x</title></item></channel></rss>').entries))
    """)
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": str(tmp_path), "PY_SAX_PARSER": "drv_libxml2", "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("1\n", "")
