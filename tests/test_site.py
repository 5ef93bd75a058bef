"""The static site: what stands is exactly what was approved, whole, safe to show, and stable."""

from __future__ import annotations

import os
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html

from clipper.errors import PublishError
from clipper.model import Receipt, Update
from clipper.publishers import pages, site, swap

NOW = datetime(2026, 3, 9, 15, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=2)
SETTINGS = site.SiteSettings(title="In the news", description="What the press writes.")
ATOM = "{http://www.w3.org/2005/Atom}"


def update(number: int, **changes: object) -> Update:
    whole = Update(
        key=f"clipping-{number}",
        revision=f"r{number}",
        headline=f"Headline {number}",
        attribution="Via Stanford Daily | Julia Ingram",
        paragraphs=("The first words.", "[…]", "The last words."),
        url=f"https://gazette.example/story/{number}?a=1&b=2",
        outlet="Stanford Daily",
        campaigns=("Prison divestment",),
        at=NOW - timedelta(hours=number),
        language="en",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def written(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in swap.names(folder)}


def page(folder: Path, name: str = "index.html") -> html.HtmlElement:
    return html.document_fromstring((folder / name).read_bytes())


def headlines(folder: Path, name: str = "index.html") -> list[str]:
    return [heading.text_content() for heading in page(folder, name).xpath("//article/h2")]


def feed(folder: Path, name: str = "feed.xml") -> etree._Element:
    return etree.fromstring((folder / name).read_bytes())


# ---------------------------------------------------------------- what readers see


def test_an_update_shows_headline_credit_quotation_and_the_way_to_the_original(
    tmp_path: Path,
) -> None:
    site.publish([update(1)], tmp_path / "site", SETTINGS, NOW)
    [article] = page(tmp_path / "site").xpath("//article")
    assert article.xpath("string(h2)") == "Headline 1"
    assert article.xpath("string(p[@class='credit']/span)") == "Via Stanford Daily | Julia Ingram"
    assert article.xpath("string(p[@class='credit']/time/@datetime)") == "2026-03-09T14:30:00Z"
    assert article.xpath("string(p[@class='credit']/time)") == "March 9, 2026"
    assert article.xpath("blockquote/p/text()") == ["The first words.", "[…]", "The last words."]
    assert article.xpath("blockquote/@cite") == ["https://gazette.example/story/1?a=1&b=2"]
    [link] = article.xpath("p[@class='read']/a")
    assert link.get("href") == "https://gazette.example/story/1?a=1&b=2"
    assert "noopener" in link.get("rel")
    assert link.text == "Continue reading"
    assert link.text_content().startswith("Continue reading at Stanford Daily")


def test_the_newest_stands_first_and_long_lists_have_pages(tmp_path: Path) -> None:
    site.publish(
        [update(n) for n in (3, 1, 2, 5, 4)], tmp_path / "s", replace(SETTINGS, per_page=2), NOW
    )
    names = ("index.html", "index.2.html", "index.3.html")
    assert [headlines(tmp_path / "s", name) for name in names] == [
        ["Headline 1", "Headline 2"],
        ["Headline 3", "Headline 4"],
        ["Headline 5"],
    ]
    assert page(tmp_path / "s", "index.2.html").xpath("//a[@rel='prev']/@href") == ["index.html"]
    assert page(tmp_path / "s", "index.2.html").xpath("//a[@rel='next']/@href") == ["index.3.html"]


def test_each_campaign_has_a_page_and_a_feed(tmp_path: Path) -> None:
    both = update(2, campaigns=("Prison divestment", "Cárceles: ¿quién paga?"))
    site.publish([update(1), both], tmp_path / "s", SETTINGS, NOW)
    assert headlines(tmp_path / "s", "campaigns/prison-divestment.html") == [
        "Headline 1",
        "Headline 2",
    ]
    [other] = [
        name for name in swap.names(tmp_path / "s") if re.match(r"campaigns/carceles.*\.html", name)
    ]
    assert headlines(tmp_path / "s", other) == ["Headline 2"]
    assert len(feed(tmp_path / "s", other.replace(".html", ".xml")).findall(f"{ATOM}entry")) == 1


def test_campaigns_whose_names_differ_only_in_signs_do_not_share_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    site.publish(
        [update(n, campaigns=(name,)) for n, name in enumerate(("C", "C++", "C#", "日本", "中国"))],
        folder,
        SETTINGS,
        NOW,
    )
    assert len([name for name in swap.names(folder) if re.match(r"campaigns/.*\.html", name)]) == 5


def test_every_link_on_the_pages_leads_to_a_file_or_to_the_web(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    updates = [update(n, campaigns=("A", "B & <b>")) for n in range(5)]
    site.publish(updates, folder, replace(SETTINGS, per_page=2), NOW)
    for name in swap.names(folder):
        if name.endswith(".html"):
            for target in page(folder, name).xpath("//@href"):
                local = (folder / name).parent / target
                assert target.startswith("https://") or target == "#updates" or local.is_file(), (
                    name,
                    target,
                )


def test_pages_have_a_language_one_heading_no_script_and_a_policy_against_it(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "s"
    site.publish([update(1)], folder, SETTINGS, NOW)
    for name in ("index.html", "campaigns/prison-divestment.html", "updates/clipping-1.html"):
        tree = page(folder, name)
        assert tree.get("lang") == "en"
        assert len(tree.xpath("//h1")) == 1
        assert not tree.xpath("//script | //@onclick | //@style | //style | //img | //iframe")
        assert "default-src 'none'" in tree.xpath("string(//meta[@http-equiv]/@content)")


def test_the_pages_own_words_speak_the_sites_language(tmp_path: Path) -> None:
    site.publish([update(1)], tmp_path / "s", replace(SETTINGS, language="es"), NOW)
    shown = page(tmp_path / "s").text_content()
    assert "Seguir leyendo" in shown
    assert "9 de marzo de 2026" in shown
    assert {frozenset(words) for words in pages.WORDS.values()} == {frozenset(pages.WORDS["en"])}


def test_without_updates_the_site_says_so(tmp_path: Path) -> None:
    assert site.publish([], tmp_path / "s", SETTINGS, NOW) == ()
    assert "Nothing has been published yet." in page(tmp_path / "s").text_content()
    assert feed(tmp_path / "s").findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


# ---------------------------------------------------------------- the feed


def test_the_feed_has_what_rfc_4287_asks_for(tmp_path: Path) -> None:
    site.publish(
        [update(1), update(2)],
        tmp_path / "s",
        replace(SETTINGS, url="https://news.example/press"),
        NOW,
    )
    root = feed(tmp_path / "s")
    assert root.findtext(f"{ATOM}title") == "In the news"
    assert root.findtext(f"{ATOM}updated") == "2026-03-09T14:30:00Z"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {
        "self": "https://news.example/press/feed.xml",
        "alternate": "https://news.example/press/",
    }
    entries = root.findall(f"{ATOM}entry")
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 2
    assert all(entry.findtext(f"{ATOM}id", "").startswith("urn:uuid:") for entry in entries)
    parsed = feedparser.parse((tmp_path / "s" / "feed.xml").read_bytes())
    assert not parsed.bozo
    assert parsed.entries[0].link == "https://news.example/press/updates/clipping-1.html"
    assert "<blockquote" in parsed.entries[0].content[0].value


def test_ids_stay_when_the_site_is_built_anew_elsewhere_or_the_headline_changes(
    tmp_path: Path,
) -> None:
    site.publish([update(1)], tmp_path / "a", SETTINGS, NOW)
    site.publish([update(1, headline="Other", revision="x")], tmp_path / "b", SETTINGS, LATER)
    ids = [feed(tmp_path / name).findtext(f"{ATOM}entry/{ATOM}id") for name in ("a", "b")]
    assert ids[0] == ids[1]


def test_an_amended_update_is_dated_when_it_was_amended(tmp_path: Path) -> None:
    site.publish([update(1)], tmp_path / "s", SETTINGS, NOW)
    site.publish([update(1, headline="Amended", revision="r1b")], tmp_path / "s", SETTINGS, LATER)
    [entry] = feed(tmp_path / "s").findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}published") == "2026-03-09T14:30:00Z"
    assert entry.findtext(f"{ATOM}updated") == "2026-03-11T15:30:00Z"


# ---------------------------------------------------------------- reconciling


def test_the_plan_names_what_publishing_would_do_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    assert site.plan([update(1)], folder, SETTINGS).lines() == ("new: Headline 1 (clipping-1)",)
    assert not folder.exists()
    site.publish([update(1), update(2), update(3)], folder, SETTINGS, NOW)
    before = written(folder)
    plan = site.plan(
        [update(1), update(2, headline="Amended", revision="x"), update(4)], folder, SETTINGS
    )
    assert (plan.created, plan.amended, plan.withdrawn) == (
        ("clipping-4",),
        ("clipping-2",),
        ("clipping-3",),
    )
    assert plan.lines() == (
        "new: Headline 4 (clipping-4)",
        "changed: Amended (clipping-2)",
        "taken down: Headline 3 (clipping-3)",
    )
    assert written(folder) == before
    assert site.plan([update(1), update(2), update(3)], folder, SETTINGS).lines() == ()


def test_publishing_the_same_again_touches_no_file_and_gives_the_same_receipts(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "s"
    first = site.publish([update(1), update(2)], folder, SETTINGS, NOW)
    stamps = {name: (folder / name).stat().st_mtime_ns for name in swap.names(folder)}
    inode = folder.stat().st_ino
    assert site.publish([update(1), update(2)], folder, SETTINGS, LATER) == first
    assert {name: (folder / name).stat().st_mtime_ns for name in swap.names(folder)} == stamps
    assert folder.stat().st_ino == inode


def test_the_same_updates_give_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    site.publish([update(n) for n in range(4)], tmp_path / "a", SETTINGS, NOW)
    site.publish([update(n) for n in (2, 0, 3, 1)], tmp_path / "b", SETTINGS, NOW)
    assert written(tmp_path / "a") == written(tmp_path / "b")


def test_a_withdrawn_update_leaves_page_list_and_feed(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    site.publish([update(1), update(2, campaigns=("Gone",))], folder, SETTINGS, NOW)
    site.publish([update(1)], folder, SETTINGS, LATER)
    assert not (folder / "updates" / "clipping-2.html").exists()
    assert not (folder / "campaigns" / "gone.html").exists()
    assert b"Headline 2" not in b"".join(written(folder).values())


def test_receipts_say_where_and_when(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    [here] = site.publish([update(1)], folder, SETTINGS, NOW)
    assert here == Receipt(
        publisher="site",
        key="clipping-1",
        revision="r1",
        where=str(folder / "updates/clipping-1.html"),
        sent_at=NOW,
    )
    [there] = site.publish(
        [update(1)], folder, replace(SETTINGS, url="https://news.example/"), LATER
    )
    assert there.where == "https://news.example/updates/clipping-1.html"
    assert there.sent_at == NOW


def test_files_of_others_stay_but_a_strangers_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    site.publish([update(1)], folder, SETTINGS, NOW)
    (folder / "CNAME").write_text("news.example")
    site.publish([update(2)], folder, SETTINGS, LATER)
    assert (folder / "CNAME").read_text() == "news.example"
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("mine")
    for act in (
        lambda: site.publish([], home, SETTINGS, NOW),
        lambda: site.plan([], home, SETTINGS),
    ):
        with pytest.raises(PublishError, match="did not write"):
            act()
    assert written(home) == {"letter.txt": b"mine"}


def test_a_damaged_record_is_refused_with_a_remedy(tmp_path: Path) -> None:
    site.publish([update(1)], tmp_path / "s", SETTINGS, NOW)
    for damage in (b"", b"{", b"[]", b'{"format": 2, "updates": {}, "files": []}', b"[" * 100_000):
        (tmp_path / "s" / site.RECORD).write_bytes(damage)
        with pytest.raises(PublishError, match="Empty the folder"):
            site.plan([], tmp_path / "s", SETTINGS)


def test_two_updates_with_one_key_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="clipping-1"):
        site.publish([update(1), update(1)], tmp_path / "s", SETTINGS, NOW)


# ---------------------------------------------------------------- failing whole


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Files may not grow beyond `size` bytes, as on a disk that fills up."""
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_full_disk_leaves_the_old_site_whole_and_nothing_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    site.publish([update(1)], folder, SETTINGS, NOW)
    before = written(folder)
    with disk_of(3000), pytest.raises(PublishError, match="old pages stand"):
        site.publish([update(n) for n in range(30)], folder, SETTINGS, LATER)
    assert written(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["s"]
    site.publish([update(n) for n in range(30)], folder, SETTINGS, LATER)
    assert (folder / "updates" / "clipping-29.html").exists()


def test_a_place_that_cannot_be_written_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(PublishError, match=r"could not be written|can't be read"):
        site.publish([update(1)], tmp_path / "file" / "s", SETTINGS, NOW)


def test_the_folder_can_be_read_by_a_web_server_and_keeps_its_rights(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    old = os.umask(0o022)
    try:
        site.publish([update(1)], folder, SETTINGS, NOW)
        assert folder.stat().st_mode & 0o777 == 0o755
        folder.chmod(0o750)
        site.publish([update(2)], folder, SETTINGS, NOW)
        assert folder.stat().st_mode & 0o777 == 0o750
    finally:
        os.umask(old)


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    site.publish([update(1)], tmp_path / "link", SETTINGS, NOW)
    assert (tmp_path / "link").is_symlink()
    assert headlines(tmp_path / "real") == ["Headline 1"]


# ---------------------------------------------------------------- hostile updates

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'; alert(1) //",
    "]]><x/>",
    "<!--",
    "&lt;script&gt;",
    "{{ 7*7 }}{% raw %}",
    "\x00\x01\x08\x0b\x1f\x7f\x9f",
    "\ud800 \udfff \ufffe \uffff \ufdd0",
    "\u202etxt.exe\u2066",
    "z" + "\u0301" * 3000,
    "\U000e0041",
    "line\u2028line\u2029line\r\nline",
    "A" * 100_000,
    "</blockquote></article></main><base href=//evil.example>",
    "<svg/onload=alert(1)>",
    "=HYPERLINK(1)",
]
LINKS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    'https://a.example/"onclick="x',
    "",
    "https://[",
    "https://a.example/<script>",
]


@pytest.mark.parametrize("words", HOSTILE)
@pytest.mark.parametrize("link", LINKS[:2] + LINKS[3:4])
def test_hostile_words_are_inert_on_pages_and_in_feeds(
    tmp_path: Path, words: str, link: str
) -> None:
    folder = tmp_path / "s"
    hostile = update(
        1,
        headline=words,
        attribution=words,
        paragraphs=(words, words),
        outlet=words,
        campaigns=(words,),
        language=words,
        url=link,
        note=words,
    )
    site.publish(
        [hostile],
        folder,
        replace(SETTINGS, title=words, description=words, language=words, url=link),
        NOW,
    )
    for name in swap.names(folder):
        if name.endswith(".html"):
            tree = page(folder, name)
            assert not tree.xpath(
                "//script | //img | //svg | //base | //iframe | //*[@onclick or @onerror or @onload]"
            )
            assert all(
                re.match(r"https?://|[\w./#-]+$", target) for target in tree.xpath("//@href")
            )
            assert tree.xpath("//main//article | //ul[@class='clipper-updates'] | //main//h2")
        if name.endswith(".xml") and name not in ("rss.xml", "sitemap.xml"):
            root = feed(folder, name)
            inner = html.fragment_fromstring(
                root.findtext(f"{ATOM}entry/{ATOM}content"), create_parent=True
            )
            assert not inner.xpath(".//script | .//img | .//svg | .//base")


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.text(max_size=80), st.text(max_size=40), st.datetimes(timezones=st.just(UTC)))
def test_any_update_gives_well_formed_feeds_and_names_within_the_folder(
    words: str, key: str, at: datetime
) -> None:
    shown = pages.show(
        update(
            1,
            key=key,
            headline=words,
            paragraphs=(words,),
            campaigns=(words,),
            language=words,
            url=words,
            at=at,
        ),
        SETTINGS,
        at,
    )
    files = pages.render([shown], SETTINGS)
    for name, content in files.items():
        assert re.fullmatch(
            r"(?:(?:updates|campaigns|outlets|months)/)?[a-z0-9-]+(?:\.\d+)?\.(?:html|xml|css|json)",
            name,
        )
        if name.endswith(".xml"):
            etree.fromstring(content)


@given(st.lists(st.text(max_size=70), min_size=2, max_size=2, unique=True))
def test_different_keys_have_different_files_on_any_disk(keys: list[str]) -> None:
    one, other = (pages.file_name(key) for key in keys)
    assert one.lower() != other.lower()
    assert len(one) <= 60


@pytest.mark.parametrize("key", ["con", "com1", "..", "", "A", "a b", "x" * 300, "😀"])
def test_odd_keys_have_plain_file_names(key: str) -> None:
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", pages.file_name(key))
    assert pages.file_name(key) != key
