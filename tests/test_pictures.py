"""A picture of the campaign's own: only its pixels leave the house, and it is shown everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import etree, html

from clipper import desk, pictures
from clipper.errors import Refused
from clipper.model import Budget, Status, Update
from clipper.publishers import site
from clipper.publishers.markdown import Markdown
from clipper.publishers.pages import SiteSettings
from clipper.store import Store

from .keeping import NOW, OUTLETS, queued, synced

Image = pytest.importorskip("PIL.Image", reason="images are an extra")

ANA: dict[str, Any] = {"who": "ana", "now": NOW}
WIDE = Budget(words=500, share=1.0)
ALT = "People in front of the <hall>"


def drawn(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **saved: Any) -> bytes:
    out = BytesIO()
    picture = Image.new("RGB", size, "red")
    picture.paste("blue", (0, 0, size[0] // 2, size[1]))
    picture.save(out, format=kind, **saved)
    return out.getvalue()


def with_place() -> bytes:
    """A photograph that says where it was taken, by whom, and that it lies on its side."""
    exif = Image.Exif()
    exif[0x010F], exif[0x013B], exif[0x0112] = "SecretCam", "Ana Ruiz", 6
    exif.get_ifd(0x8825).update({1: "N", 2: (40.0, 26.0, 46.0)})
    return drawn(exif=exif, comment=b"at the safe house")


@pytest.mark.parametrize(
    "raw",
    [
        with_place,
        lambda: drawn("PNG", pnginfo=_said()),
        lambda: drawn("WEBP", exif=_exif(), xmp=b"<x>SecretCam</x>"),
        lambda: drawn("GIF", comment=b"SecretCam"),
    ],
    ids=["jpeg", "png", "webp", "gif"],
)
def test_nothing_but_the_pixels_goes_out(raw: Any) -> None:
    before = raw()
    assert b"SecretCam" in before
    found = pictures.draw(before)
    for told in (b"SecretCam", b"Ana Ruiz", b"safe house", b"Exif", b"GPS"):
        assert told not in found.body
    with Image.open(BytesIO(found.body)) as shown:
        assert not dict(shown.getexif())
        assert not {"comment", "xmp", "exif"} & shown.info.keys()


def _exif() -> Any:
    exif = Image.Exif()
    exif[0x010F] = "SecretCam"
    return exif


def _said() -> Any:
    from PIL.PngImagePlugin import PngInfo

    told = PngInfo()
    told.add_text("Author", "SecretCam")
    return told


def test_what_lies_on_its_side_is_put_upright_and_what_is_huge_made_small() -> None:
    with Image.open(BytesIO(pictures.draw(with_place()).body)) as shown:
        assert shown.size == (40, 60)
    with Image.open(BytesIO(pictures.draw(drawn(size=(4000, 1000))).body)) as shown:
        assert shown.size == (1600, 400)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "no JPEG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "no JPEG"),
        (b"%PDF-1.7", "no JPEG"),
        (b"x" * (pictures.MOST_BYTES + 1), "more than 12 MB"),
        (drawn()[:400], "damaged"),
        (drawn("PNG", size=(9000, 9000)), "81000000|9000 x 9000"),
    ],
    ids=["nothing", "svg", "pdf", "large", "cut", "wide"],
)
def test_what_is_no_picture_is_refused_with_the_reason(raw: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        pictures.draw(raw)


# ---------------------------------------------------------------- where it goes


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(tmp_path / "clipper.db") as opened:
        yield synced(opened)


@pytest.fixture
def update(store: Store) -> Update:
    number = queued(store)
    desk.illustrate(store, number, with_place(), alt=ALT, **ANA)
    desk.approve(store, number, budget=WIDE, **ANA)
    (found,) = desk.standing(store, OUTLETS, "", {})
    return found


def test_an_image_needs_words_for_those_who_can_not_see_it_and_can_be_taken_back(
    store: Store,
) -> None:
    number = queued(store)
    with pytest.raises(Refused, match="what the image shows"):
        desk.illustrate(store, number, with_place(), alt=" ", **ANA)
    plain = desk.update_of(store.clippings.get(number), OUTLETS[0])
    desk.illustrate(store, number, with_place(), alt=ALT, **ANA)
    assert desk.update_of(store.clippings.get(number), OUTLETS[0]).revision != plain.revision
    desk.undo(store, **ANA)
    assert desk.update_of(store.clippings.get(number), OUTLETS[0]) == plain
    desk.illustrate(store, number, with_place(), alt=ALT, **ANA)
    desk.illustrate(store, number, None, **ANA)
    assert store.clippings.get(number).status is Status.QUEUED
    assert desk.update_of(store.clippings.get(number), OUTLETS[0]) == plain


def test_the_site_shows_it_and_its_feeds_enclose_it(tmp_path: Path, update: Update) -> None:
    folder = tmp_path / "site"
    site.publish([update], folder, SiteSettings(url="https://group.example"), NOW)
    assert update.image is not None
    (file,) = (folder / "images").iterdir()
    assert file.read_bytes() == update.image.body
    (shown,) = html.fromstring((folder / "index.html").read_text("utf-8")).xpath("//article/img")
    assert (shown.get("src"), shown.get("alt")) == (f"images/{file.name}", ALT)
    address, size = f"https://group.example/images/{file.name}", str(len(update.image.body))
    (link,) = etree.parse(folder / "feed.xml").xpath("//*[local-name()='link'][@rel='enclosure']")
    assert (link.get("href"), link.get("length"), link.get("type")) == (address, size, "image/jpeg")
    (told,) = etree.parse(folder / "rss.xml").xpath("//enclosure")
    assert (told.get("url"), told.get("length"), told.get("type")) == (address, size, "image/jpeg")
    (item,) = json.loads((folder / "feed.json").read_text("utf-8"))["items"]
    assert item["image"] == address
    site.publish([], folder, SiteSettings(url="https://group.example"), NOW)
    assert not (folder / "images").exists() or not list((folder / "images").iterdir())


def test_a_file_names_it_and_takes_it_along_when_it_goes(tmp_path: Path, update: Update) -> None:
    place = Markdown(tmp_path / "news", "house")
    place.create(update, NOW)
    (file,) = (tmp_path / "news").glob("*.md")
    (image,) = (tmp_path / "news" / "images").iterdir()
    written = file.read_text("utf-8")
    assert f'image: "images/{image.name}"' in written
    assert json.dumps(ALT) in written
    place.withdraw(file.name)
    assert not image.exists()
