"""Posts of the campaign's own: what a file becomes, what is refused, and where it stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import feedparser
import pytest
from lxml import html
from PIL import Image

from clipper.cli import main
from clipper.config.reader import Problems
from clipper.errors import PublishError
from clipper.publishers import pages, posts, rendering, site, swap
from clipper.testing import SAMPLE

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
NAMES = {"prison-divestment": "Prison divestment"}
SETTINGS = pages.SiteSettings(url="https://press.example")


def image_of(kind: str, **told: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, format=kind, **told)
    return out.getvalue()


PNG = image_of("PNG")

GOOD = """\
---
title: 'Come on Monday: the vote'
date: 2026-11-20
campaign: prison-divestment
image: hall.png
image_alt: The town hall
---

Bring **friends** and [read more](https://example.org/a?b=1&c=2).

# Where

<script>alert(1)</script> in the hall; [write us](mailto:us@example.org).
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "posts").mkdir()
    (tmp_path / "posts" / "hall.png").write_bytes(PNG)
    return tmp_path / "posts"


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="utf-8")


def test_a_post_stands_everywhere_among_the_updates(folder: Path, tmp_path: Path) -> None:
    write(folder, "vote.md", GOOD)
    found = posts.read(folder, NAMES)
    assert found.problems == ()
    receipts = site.publish([SAMPLE], tmp_path / "s", SETTINGS, NOW, found.standing(NOW))
    assert [each.key for each in receipts] == [SAMPLE.key]
    for name in ("index.html", "campaigns/prison-divestment.html", "months/2026-11.html"):
        page = html.document_fromstring((tmp_path / "s" / name).read_bytes())
        [article] = page.xpath("//article[@class='own']")
        assert "Come on Monday: the vote" in article.text_content()
        assert "Our own news" in article.text_content()
        assert "Via " not in article.text_content()
        [image] = article.xpath("./img")
        assert image.get("alt") == "The town hall"
        source = (tmp_path / "s" / name).parent / image.get("src")
        with Image.open(source) as shown:
            assert (shown.format, shown.size) == ("PNG", (40, 30))
    atom = feedparser.parse((tmp_path / "s" / "feed.xml").read_bytes())
    rss = feedparser.parse((tmp_path / "s" / "rss.xml").read_bytes())
    [told] = [
        each
        for each in json.loads((tmp_path / "s" / "feed.json").read_bytes())["items"]
        if "Monday" in each["title"]
    ]
    address = "https://press.example/updates/post-vote.html"
    assert address in [entry.link for entry in atom.entries]
    assert address in [entry.link for entry in rss.entries]
    assert told["url"] == address
    assert "<strong>friends</strong>" in told["content_html"]
    assert told["image"].startswith("https://press.example/images/")
    assert address in (tmp_path / "s" / "sitemap.xml").read_text(encoding="utf-8")
    assert address in (tmp_path / "s" / "widget.html").read_text(encoding="utf-8")
    assert (tmp_path / "s" / "updates" / "post-vote.html").exists()


def test_raw_html_is_shown_as_typed_and_headings_stand_below_the_title(folder: Path) -> None:
    write(folder, "vote.md", GOOD)
    [post] = posts.read(folder, NAMES).posts
    tree = html.fromstring(f"<div>{post.body}</div>")
    assert not tree.xpath("//script")
    assert "<script>alert(1)</script>" in tree.text_content()
    assert tree.xpath("//h3/text()") == ["Where"]
    assert tree.xpath("//a/@href") == [
        "https://example.org/a?b=1&c=2",
        "mailto:us@example.org",
    ]


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:x",
        "data:text/html,x",
        "/join",
        "//evil.example",
        "ftp://x",
    ],
)
def test_a_link_elsewhere_is_refused_with_its_line(link: str) -> None:
    problems = Problems("posts/x.md")
    made = posts.html(f"First.\n\nA [word]({link}) here.", 7, problems)
    assert not html.fromstring(f"<div>{made}</div>").xpath("//a")
    [problem] = problems.all()
    assert problem.line == 9
    assert "https://" in problem.remedy


def test_an_image_in_the_text_is_answered_with_where_it_belongs() -> None:
    for address in ("hall.png", "https://example.org/hall.png"):
        problems = Problems("posts/x.md")
        posts.html(f"One.\n\n![hall]({address})", 5, problems)
        [problem] = problems.all()
        assert (problem.line, "image: name.jpg" in problem.remedy) == (7, True)


HEAD = "---\ntitle: T\ndate: 2026-11-20\n"

BAD = {
    "no front matter": ("Only text.", 1, "clipper post new"),
    "no end": ("---\ntitle: T\n", 1, "Close it"),
    "no title": ("---\ndate: 2026-11-20\n---\nx", 1, "title"),
    "no date": ("---\ntitle: T\n---\nx", 1, "date"),
    "bad date": ("---\ntitle: T\ndate: last Monday\n---\nx", 3, "2026-11-27"),
    "mistyped key": (HEAD + "campain: x\n---\nx", 4, "`campaign`"),
    "unknown campaign": (HEAD + "campaign: Prison divestmnt\n---\nx", 4, "Prison divestment"),
    "no such image": (HEAD + "image: none.png\n---\nx", 4, "Copy it"),
    "image outside": (HEAD + "image: ../secret.png\n---\nx", 4, "Copy it"),
    "no image": (HEAD + "image: text.png\n---\nx", 4, "JPEG"),
    "draft or not": (HEAD + "draft: perhaps\n---\nx", 4, "neither"),
    "bad yaml": ("---\ntitle: 'T\n---\nx", 2, ""),
    "list": ("---\n- a\n---\nx", 1, "title"),
}


@pytest.mark.parametrize("case", BAD)
def test_each_bad_file_is_named_with_its_line_and_a_remedy(folder: Path, case: str) -> None:
    written, line, remedy = BAD[case]
    (folder.parent / "secret.png").write_bytes(PNG)
    (folder / "text.png").write_bytes(b"no picture")
    write(folder, "bad.md", written)
    write(folder, "good.md", GOOD)
    found = posts.read(folder, NAMES)
    assert [post.key for post in found.posts] == ["post-good"]
    problem = found.problems[0]
    assert problem.file == "posts/bad.md"
    assert problem.line in (line, line + 1) if case == "bad yaml" else problem.line == line
    assert remedy in str(problem)


def test_bytes_that_are_no_text_and_huge_files_are_refused(folder: Path) -> None:
    (folder / "a.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (folder / "b.md").write_bytes(b"x" * (posts.MAX_BYTES + 1))
    found = posts.read(folder, NAMES)
    assert [(problem.file, problem.line) for problem in found.problems] == [
        ("posts/a.md", 2),
        ("posts/b.md", 0),
    ]


def test_drafts_and_later_dates_are_held_back(folder: Path) -> None:
    write(folder, "draft.md", GOOD.replace("campaign:", "draft: true\ncampaign:"))
    write(folder, "later.md", GOOD.replace("2026-11-20", "2026-11-28 09:00"))
    found = posts.read(folder, NAMES)
    assert len(found.posts) == 2
    assert found.standing(NOW) == ()
    assert [each.key for each in found.standing(datetime(2026, 11, 29, tzinfo=UTC))] == [
        "post-later"
    ]


def test_publishing_again_touches_nothing_and_a_removed_post_goes(
    folder: Path, tmp_path: Path
) -> None:
    write(folder, "vote.md", GOOD)
    made = posts.read(folder, NAMES).standing(NOW)
    site.publish([SAMPLE], tmp_path / "s", SETTINGS, NOW, made)
    before = (tmp_path / "s").stat().st_ino
    later = datetime(2026, 11, 28, tzinfo=UTC)
    site.publish([SAMPLE], tmp_path / "s", SETTINGS, later, posts.read(folder, NAMES).posts)
    assert (tmp_path / "s").stat().st_ino == before
    assert site.plan([SAMPLE], tmp_path / "s", SETTINGS).lines() == (
        "taken down: Come on Monday: the vote (post-vote)",
    )
    site.publish([SAMPLE], tmp_path / "s", SETTINGS, later)
    assert not [name for name in swap.names(tmp_path / "s") if "post-" in name or "images" in name]


def test_an_image_by_a_link_that_leads_out_or_in_a_circle_is_refused(folder: Path) -> None:
    (folder.parent / "secret.png").write_bytes(PNG)
    (folder / "out.png").symlink_to(folder.parent / "secret.png")
    (folder / "circle.png").symlink_to(folder / "circle.png")
    for name in ("out.png", "circle.png", "a" * 400 + ".png"):
        write(folder, "vote.md", GOOD.replace("hall.png", name))
        found = posts.read(folder, NAMES)
        assert found.posts == ()
        assert found.problems[0].line == 5


# ---------------------------------------------------------------- as a person types it

CONFIG = """\
outlets:
  - name: The Daily
    feed: https://daily.example/feed
campaigns:
  - name: Prison divestment
    query: prison*
publish:
  theme: theme
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from clipper.store import Store

    (tmp_path / "sources.yaml").write_text(CONFIG, encoding="utf-8")
    (tmp_path / "data").mkdir()
    (tmp_path / "theme").mkdir()
    with Store.create(tmp_path / "data" / "clipper.db"):
        pass
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_new_list_and_publish(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["post", "list"]) == 0
    assert "clipper post new" in capsys.readouterr().out
    title = "It's: a 'vote' # today"
    assert main(["post", "new", title, "--campaign", "prison-divestment"]) == 0
    [file] = (home / "posts").iterdir()
    said = capsys.readouterr().out
    assert str(file) in said
    assert "clipper publish" in said
    assert main(["post", "list"]) == 0
    assert f"draft: {title} · Prison divestment" in capsys.readouterr().out
    assert main(["post", "new", title]) == 1
    assert "exists already" in capsys.readouterr().err
    ready = file.read_text(encoding="utf-8").replace("draft: true", "draft: false")
    file.write_text(ready, encoding="utf-8")
    assert main(["publish", "--dry-run"]) == 0
    assert f"site: new: {title}" in capsys.readouterr().out
    assert main(["publish"]) == 0
    assert "site: 1 post of your own." in capsys.readouterr().out
    page = (home / "data" / "site" / "index.html").read_text(encoding="utf-8")
    assert "a 'vote' # today" in html.document_fromstring(page).text_content()


def test_a_bad_post_is_named_and_the_rest_goes_out(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "posts").mkdir()
    write(home / "posts", "bad.md", "no front matter")
    write(home / "posts", "good.md", HEAD + "---\nText.\n")
    assert main(["publish"]) == 1
    said = capsys.readouterr()
    assert "posts/bad.md:1: no front matter" in said.err
    assert (home / "data" / "site" / "updates" / "post-good.html").exists()


def test_an_unknown_campaign_is_refused_with_those_that_are_known(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["post", "new", "A title", "--campaign", "other"]) == 1
    assert "Prison divestment" in capsys.readouterr().err
    assert not (home / "posts").exists()


def test_a_folder_that_cannot_be_made_or_holds_other_files_is_told(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "posts").write_text("a file", encoding="utf-8")
    assert main(["post", "new", "A title"]) == 1
    assert "can't be made" in capsys.readouterr().err
    assert main(["publish", "--preview", "theme/.."]) == 1
    assert "did not write" in capsys.readouterr().err
    assert (home / "sources.yaml").exists()


def test_a_preview_shows_samples_in_the_theme_and_publishes_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "theme" / "style.css").write_text("body { color: navy }", encoding="utf-8")
    assert main(["publish", "--preview", "look"]) == 0
    assert "index.html" in capsys.readouterr().out
    assert (home / "look" / "style.css").read_text(encoding="utf-8") == "body { color: navy }"
    page = (home / "look" / "index.html").read_text(encoding="utf-8")
    assert "Sample: an update as most are" in page
    assert "Sample: a post of your own" in page
    assert not (home / "data" / "site").exists()
    assert main(["publish", "--preview", "data/site"]) == 1
    assert "is the site itself" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("template", "line", "cause"),
    [
        ("<p>\n{{ update.headline }\n</p>", 2, "unexpected"),
        ("<p>\n\n{{ update.nonsense }}", 3, "nonsense"),
        ("\n{{ 1 / 0 }}", 2, "division"),
        ("\n\n\n{{ update.at + 1 }}", 4, "unsupported"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "unsafe"),
    ],
)
def test_a_mistake_in_a_template_is_told_with_file_and_line(
    home: Path, capsys: pytest.CaptureFixture[str], template: str, line: int, cause: str
) -> None:
    (home / "theme" / "update.html").write_text(template, encoding="utf-8")
    assert main(["publish", "--preview", "look"]) == 1
    said = capsys.readouterr().err
    assert f"{home / 'theme' / 'update.html'}, line {line}, can't be used" in said
    assert cause in said
    assert not (home / "look").exists()


def test_a_mistake_in_a_template_of_another_place_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "markdown.md").write_text("\n{{ 1 / 0 }}", encoding="utf-8")
    with pytest.raises(PublishError, match=r"markdown\.md, line 2, .*division"):
        rendering.rendered(SAMPLE, "markdown.md", tmp_path)


def test_a_theme_that_is_not_there_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "theme").rmdir()
    assert main(["publish", "--preview", "look"]) == 1
    assert "There is no theme folder" in capsys.readouterr().err


def test_all_templates_that_cannot_be_read_are_told_at_once(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "theme" / "update.html").write_text("{% if %}", encoding="utf-8")
    (home / "theme" / "list.html").write_text("\n{% endfor %}", encoding="utf-8")
    assert main(["publish", "--preview", "look"]) == 1
    said = capsys.readouterr().err
    assert "update.html, line 1" in said
    assert "list.html, line 2" in said


def located() -> bytes:
    """A picture as a telephone takes it: with the place and the camera's name."""
    exif = Image.Exif()
    exif[0x0110] = "Camera of Ana"
    exif.get_ifd(0x8825).update({1: "N", 2: (37.0, 25.0, 40.0), 3: "W", 4: (122.0, 10.0, 11.0)})
    return image_of("JPEG", exif=exif, comment=b"Ana was here")


def test_what_a_camera_wrote_into_an_image_does_not_go_out(folder: Path, tmp_path: Path) -> None:
    raw = located()
    assert b"Camera of Ana" in raw
    assert Image.open(BytesIO(raw)).getexif().get_ifd(0x8825)
    (folder / "hall.jpg").write_bytes(raw)
    write(folder, "vote.md", GOOD.replace("hall.png", "hall.jpg"))
    found = posts.read(folder, NAMES)
    site.publish([SAMPLE], tmp_path / "s", SETTINGS, NOW, found.standing(NOW))
    (out,) = [tmp_path / "s" / name for name in swap.names(tmp_path / "s") if "images/" in name]
    assert out.suffix == ".jpg"
    assert b"Ana" not in out.read_bytes()
    with Image.open(out) as shown:
        assert not shown.getexif()


def test_an_image_is_drawn_once_and_what_nobody_shows_is_not_kept(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "sources.yaml").write_text(
        "outlets:\n  - name: A\n    feed: https://a.example/f\n"
        "campaigns:\n  - name: Prison divestment\n    query: prison\n"
    )
    (folder / "hall.jpg").write_bytes(located())
    write(folder, "vote.md", GOOD.replace("hall.png", "hall.jpg"))
    words = ["--config", str(tmp_path / "sources.yaml"), "post", "list"]
    assert main(words) == 0
    (kept,) = (tmp_path / "data" / "drawn").iterdir()
    before = kept.stat().st_mtime_ns
    assert main(words) == 0
    assert kept.stat().st_mtime_ns == before
    write(folder, "vote.md", GOOD)
    assert main(words) == 0
    (other,) = (tmp_path / "data" / "drawn").iterdir()
    assert other.suffix == ".png"
